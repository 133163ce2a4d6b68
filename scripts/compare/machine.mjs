// The machine that a comparison ran on, and statistics of its repetitions. Pure but for `machine`.
import { availableParallelism, cpus } from 'node:os';
import { median } from '../median.mjs';
import { Fail } from '../run.mjs';

export const cores = () => availableParallelism();

/** A sentence under a table. */
export function machine({ chromium, versions }) {
  const { scikit_learn, numpy, blas, python } = versions;
  const cpu = cpus()[0]?.model.trim() || 'an unnamed CPU';
  return (
    `${cpu}, ${cores()} cores, ${process.platform} ${process.arch}; Chromium ${chromium}; ` +
    `scikit-learn ${scikit_learn}, numpy ${numpy}, ${blas}, Python ${python}.`
  );
}

/** Median absolute deviation as a share of the median. */
export function spread(values) {
  const middle = median(values);
  return median(values.map((value) => Math.abs(value - middle))) / middle;
}

/** Median of the ratios within repetitions: what drifts between them does not count. */
export function pairedRatio(theirs, ours) {
  return median(theirs.map((value, i) => value / ours[i]));
}

/** A time with its spread, in the unit that suits it. */
export function time(values) {
  const middle = median(values);
  const text = middle >= 1000 ? `${significant(middle / 1000)} s` : `${significant(middle)} ms`;
  return values.length > 1 ? `${text} ±${Math.round(100 * spread(values))} %` : text;
}

/** Three digits that count. */
export function significant(value) {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** The --repetitions of the command line. */
export function repetitionsOf(text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Fail(`--repetitions takes a whole number from 1, not '${text}'.`);
  return value;
}
