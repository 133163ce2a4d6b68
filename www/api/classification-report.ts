/** What a confusion matrix says of each class. */
import { labels } from './arguments.js';
import { BreakevenError, impossible } from './error.js';

/** Shares from 0 to 1; those of nothing are 0, as scikit-learn's with zero_division=0. */
export interface ClassScores {
  /** Of the rows predicted to be of the class, those that are. */
  precision: number;
  /** Of the rows of the class, those predicted to be. */
  recall: number;
  /** Their harmonic mean: 2 right / (rows of the class + rows predicted to be). */
  f1: number;
}

export interface ClassificationReport {
  /** In the order of `classes`; support: rows of the class. */
  classes: (ClassScores & { label: number; support: number })[];
  /** The unweighted mean over the classes, and that weighted by support. */
  macro: ClassScores;
  weighted: ClassScores;
  /** NaN where there are no rows. */
  accuracy: number;
  /** The share of the most frequent class: the accuracy of always saying it, beside which to see the accuracy. */
  majority_share: number;
  n_rows: number;
}

/**
 * Precision, recall and F1 of each class, and the accuracy beside the majority's share, from what
 * `Model.confusionMatrix` counted and the model's `classes`: scikit-learn 1.9.1's
 * `classification_report(labels=classes, zero_division=0.0)`. Throws 'shape_mismatch' where they do not go together.
 */
export function classificationReport(confusion: Int32Array, classes: Int32Array): ClassificationReport {
  const names = labels(classes, 'classes');
  const counts = labels(confusion, 'confusion');
  const k = names.length;
  if (counts.length !== k * k) {
    const message = `confusion must have ${k * k} counts, ${k} a class, but has ${counts.length}`;
    throw new BreakevenError('shape_mismatch', message, 'confusion');
  }
  const negative = counts.find((count) => count < 0);
  if (negative !== undefined) throw impossible('confusion', `a count of ${negative}`, 'made of counts from 0');
  const at = (truth: number, predicted: number) => counts[truth * k + predicted] as number;
  const codes = [...names.keys()];
  const rows = codes.map((code) => {
    const right = at(code, code);
    const support = sum(codes.map((other) => at(code, other)));
    const predicted = sum(codes.map((other) => at(other, code)));
    return {
      ...{ label: names[code] as number, support },
      ...{ precision: part(right, predicted), recall: part(right, support), f1: part(2 * right, support + predicted) },
    };
  });
  const n_rows = sum(rows.map((row) => row.support));
  const mean = (weight: (support: number) => number): ClassScores => {
    const weights = rows.map((row) => weight(row.support));
    const of = (key: keyof ClassScores) =>
      part(sum(rows.map((row, i) => row[key] * (weights[i] as number))), sum(weights));
    return { precision: of('precision'), recall: of('recall'), f1: of('f1') };
  };
  return {
    classes: rows,
    macro: mean(() => 1),
    weighted: mean((support) => support),
    accuracy: sum(codes.map((code) => at(code, code))) / n_rows,
    majority_share: Math.max(0, ...rows.map((row) => row.support)) / n_rows,
    n_rows,
  };
}

function part(some: number, all: number): number {
  return all > 0 ? some / all : 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
