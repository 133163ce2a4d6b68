/** What charts of lines over batch size share. */

const LINE_OF_TEXT = 14;

/** The point of the largest batch, as a list. */
export function lastOf<T extends { n_rows: number }>(points: readonly T[]): T[] {
  return points.length === 0 ? [] : [points.reduce((a, b) => (b.n_rows > a.n_rows ? b : a))];
}

/** How far each label moves down from where it belongs, so that no two lie on each other. */
export function labelsApart(at: readonly number[]): number[] {
  const offsets = new Array<number>(at.length).fill(0);
  let previous = Number.NEGATIVE_INFINITY;
  const order = at.map((y, i) => [y, i] as const).sort(([a], [b]) => a - b);
  for (const [y, i] of order) {
    const placed = Math.max(y, previous + LINE_OF_TEXT);
    offsets[i] = placed - y;
    previous = placed;
  }
  return offsets;
}

/** 10000 → "10k". */
export function brief(n: number): string {
  if (n >= 1e6) return `${n / 1e6}M`;
  return n >= 1e3 ? `${n / 1e3}k` : String(n);
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** 10000 → "10⁴"; nothing between the powers. */
export function power(n: number): string {
  const exponent = Math.log10(n);
  if (Math.abs(exponent - Math.round(exponent)) > 1e-9) return '';
  return `10${String(Math.round(exponent)).replace(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)] ?? '')}`;
}

/** The powers of ten within the values, every `step`-th of them. */
export function powersIn(values: readonly number[], step: number): number[] {
  const powers: number[] = [];
  const last = Math.floor(Math.log10(Math.max(...values)) + 1e-9);
  const first = Math.ceil(Math.log10(Math.min(...values)) - 1e-9);
  for (let exponent = last; exponent >= first; exponent -= step) powers.unshift(10 ** exponent);
  return powers;
}
