// How far two answers are apart. Pure: tests/unit/parity.test.ts holds it to plain examples.

const bits = new DataView(new ArrayBuffer(8));

/** A number's place among all doubles, so that neighbours differ by one and both zeros are one. */
function place(x) {
  bits.setFloat64(0, x);
  const at = bits.getBigInt64(0);
  return at < 0n ? -(at & 0x7fffffffffffffffn) : at;
}

/** How many doubles lie between two, the second included; no end of them where just one is not a number. */
export function ulps(a, b) {
  if (Object.is(a, b)) return 0;
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b) ? 0 : Number.POSITIVE_INFINITY;
  const apart = place(a) - place(b);
  return Number(apart < 0n ? -apart : apart);
}

/** |a − b| as a share of the larger; 0 for equal ones, however they came to be. */
export function relative(a, b) {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  const apart = Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
  return Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart;
}

/**
 * Two lists place by place: { worst, at, count } where `count` is the number of places further apart than `bound`
 * and `at` the worst of all. Lists of different lengths are infinitely far apart.
 */
export function compareLists(wanted, got, distance, bound = 0) {
  if (wanted.length !== got.length) return { worst: Number.POSITIVE_INFINITY, at: -1, count: wanted.length };
  let [worst, at, count] = [0, -1, 0];
  for (let i = 0; i < wanted.length; i++) {
    // Equal ones are by far the most.
    if (wanted[i] === got[i]) continue;
    const apart = distance(wanted[i], got[i]);
    if (apart > bound) count++;
    if (apart > worst) [worst, at] = [apart, i];
  }
  return { worst, at, count };
}

/** 0 for equal ones, 1 for others. */
export const unequal = (a, b) => (Object.is(a, b) || a === b ? 0 : 1);

/** One difference, as it is printed. */
export function difference(what, wanted, got, apart) {
  return { what, wanted, got, apart };
}

/** The difference between two lists, if it is beyond the bound: its worst place and how many there are. */
export function listDifference(what, wanted, got, distance, bound = 0) {
  if (wanted.length !== got.length)
    return difference(`${what}: length`, wanted.length, got.length, Number.POSITIVE_INFINITY);
  const { worst, at, count } = compareLists(wanted, got, distance, bound);
  if (count === 0) return null;
  return difference(`${what}: ${count} of ${wanted.length}, worst [${at}]`, wanted[at], got[at], worst);
}
