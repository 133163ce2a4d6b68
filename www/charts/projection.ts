/** Two dimensions of many: the first two principal components, by power iteration without a covariance matrix. */

const MAX_TURNS = 100;
/** The direction changes by less than this: settled, as far as a picture can tell. */
const SETTLED = 1e-6;

export interface Projection {
  /** `[first, second]` for each row. */
  scores: [number, number][];
  /** The share of the variance that each has. */
  shares: [number, number];
}

/** Row-major rows of `n_cols` features; they are centred first, and not scaled. */
export function principalComponents(X: Float64Array, n_cols: number): Projection {
  const n_rows = Math.floor(X.length / n_cols);
  const rows = centred(X, n_rows, n_cols);
  const total = rows.reduce((sum, value) => sum + value * value, 0);
  const [first, shareOfFirst] = leading(rows, n_cols, null, total);
  const [second, shareOfSecond] = leading(rows, n_cols, first, total);
  const scores = Array.from({ length: n_rows }, (_, row): [number, number] => [
    dot(rows, row * n_cols, first),
    dot(rows, row * n_cols, second),
  ]);
  return { scores, shares: [shareOfFirst, shareOfSecond] };
}

function centred(X: Float64Array, n_rows: number, n_cols: number): Float64Array {
  const means = new Float64Array(n_cols);
  for (let i = 0; i < n_rows * n_cols; i++) means[i % n_cols] = at(means, i % n_cols) + at(X, i) / n_rows;
  return X.map((value, i) => value - at(means, i % n_cols));
}

/** The direction of the largest variance among those at a right angle to `other`, and its share. */
function leading(
  rows: Float64Array,
  n_cols: number,
  other: Float64Array | null,
  total: number,
): [Float64Array, number] {
  // Any start does that is not at a right angle to the answer; the signs differ so that sums do not cancel.
  let vector = unit(
    Float64Array.from({ length: n_cols }, (_, i) => 1 + ((i * 7) % 5) / 5),
    other,
  );
  let variance = 0;
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    const next = new Float64Array(n_cols);
    variance = 0;
    for (let start = 0; start < rows.length; start += n_cols) {
      const score = dot(rows, start, vector);
      variance += score * score;
      for (let i = 0; i < n_cols; i++) next[i] = at(next, i) + score * at(rows, start + i);
    }
    const turned = unit(next, other);
    const moved = turned.reduce((sum, value, i) => sum + Math.abs(value - at(vector, i)), 0);
    vector = turned;
    if (moved < SETTLED) break;
  }
  return [vector, total > 0 ? variance / total : 0];
}

/** Length one, at a right angle to `other`; zero where nothing is left. */
function unit(vector: Float64Array, other: Float64Array | null): Float64Array {
  const along = other ? dot(vector, 0, other) : 0;
  const turned = vector.map((value, i) => value - (other ? along * at(other, i) : 0));
  const length = Math.sqrt(dot(turned, 0, turned));
  // What rounding has left is no direction.
  const some = length > 1e-9 * Math.sqrt(dot(vector, 0, vector));
  return turned.map((value) => (some ? value / length : 0));
}

function dot(values: Float64Array, start: number, vector: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += at(values, start + i) * at(vector, i);
  return sum;
}

/** For indexes that are in range by construction. */
function at(values: Float64Array, i: number): number {
  return values[i] as number;
}
