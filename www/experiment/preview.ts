/** A look at the data: how many rows of which class, and some of them to draw. */
import type { Engine, Matrix } from '../api/types.js';
import type { CompleteExperiment } from './config.js';
import { Ownership } from './ownership.js';
import { trainingRows } from './rows.js';
import { isTable } from './table-settings.js';

/** As many points as a scatter can show. */
const MAX_ROWS = 2000;
/** Rows × features that are fetched at most: wide tables give fewer rows. */
const MAX_CELLS = 100_000;
/** Larger data are made for a run only. */
const MAX_UNASKED_CELLS = 2_000_000;

/** What a report keeps of it. */
export interface DataSummary {
  n_rows: number;
  n_train: number;
  n_test: number;
  n_features: number;
  classes: { name: string; n_rows: number }[];
}

export interface Preview extends DataSummary {
  feature_names: string[];
  /** Some of the rows to train on, row-major, and the class of each as an index into `classes`. */
  X: Float64Array;
  y: Int32Array;
  /** Of a table of the visitor's own: its columns of numbers, which have gaps and units of their own. */
  numbers?: readonly number[];
}

/** The parts of a data set, split. Generated data have no names. */
export interface SplitRows {
  X: Matrix;
  y: Int32Array;
  X_train: Matrix;
  X_test: Matrix;
  y_train: Int32Array;
  feature_names?: string[];
  class_names?: string[];
}

export function summaryOf({ X, y, X_train, X_test, class_names }: SplitRows): DataSummary {
  const counts = new Map<number, number>();
  for (const label of y) counts.set(label, (counts.get(label) ?? 0) + 1);
  const labels = [...counts.keys()].sort((a, b) => a - b);
  return {
    ...{ n_rows: X.n_rows, n_train: X_train.n_rows, n_test: X_test.n_rows, n_features: X.n_cols },
    classes: labels.map((label) => ({ name: class_names?.[label] ?? String(label), n_rows: counts.get(label) ?? 0 })),
  };
}

/** The first rows to train on: the split has shuffled them. */
export async function previewOf(engine: Engine, rows: SplitRows, isOwn = false): Promise<Preview> {
  const { X, X_train, y, y_train, feature_names } = rows;
  const n = Math.max(1, Math.min(MAX_ROWS, X_train.n_rows, Math.floor(MAX_CELLS / X.n_cols)));
  const some = await engine.tile(X_train, n);
  try {
    const labels = [...new Set(y)].sort((a, b) => a - b);
    const columns = isOwn ? [...(X.columns ?? []).entries()] : null;
    return {
      ...summaryOf(rows),
      ...(columns && { numbers: columns.filter(([, { kind }]) => kind === 'number').map(([at]) => at) }),
      feature_names: Array.from({ length: X.n_cols }, (_, i) => feature_names?.[i] ?? `feature ${i + 1}`),
      X: await some.toArray(),
      y: Int32Array.from(y_train.subarray(0, n), (label) => labels.indexOf(label)),
    };
  } finally {
    some.free();
  }
}

/** Makes an experiment's data only to look at them; null where that would take long. */
export async function preview(engine: Engine, config: CompleteExperiment): Promise<Preview | null> {
  const { data } = config;
  if ('n_samples' in data && data.n_samples * data.n_features > MAX_UNASKED_CELLS) return null;
  // Read for its own look already; as points it is shown by a run.
  if (isTable(data)) return null;
  const owned = new Ownership();
  try {
    const { X, y, ...names } = await trainingRows(engine, data);
    owned.keep(X);
    const split = await engine.trainTestSplit(X, y, config.split);
    owned.keep(split.X_train);
    owned.keep(split.X_test);
    return await previewOf(engine, { X, y, ...names, ...split });
  } finally {
    owned.freeAll();
  }
}
