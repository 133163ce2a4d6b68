/** The experiment's data: rows to train on, rows to predict, and how many of them are feasible. */
import { BreakevenError } from '../api/error.js';
import type { Engine, Matrix, RunOptions } from '../api/types.js';
import { type CompleteExperiment, MAX_CLASSES } from './config.js';
import { count } from './format.js';
import {
  type CompleteTable,
  contentOf,
  guessTarget,
  hashOf,
  indexOf,
  isTable,
  nameOf,
  told,
} from './table-settings.js';

/** Rows of one matrix, at 8 bytes a cell: a quarter of wasm's 4 GiB, for the engine needs room beside it. */
const MAX_ROWS_BYTES = 2 ** 30;

type Data = CompleteExperiment['data'];
/** A data set, and of a table of the visitor's own what was guessed or left out, and what a report tells of it. */
export interface TrainingRows {
  X: Matrix;
  y: Int32Array;
  feature_names?: string[];
  class_names?: string[];
  notes?: string[];
  told?: CompleteTable;
  /** The name of the column of labels, where it has one. */
  target?: string;
}

/** How making them is cancelled. */
type Cancel = Pick<RunOptions, 'signal'>;

/** Rows and labels. Of a table of the visitor's own also what a report tells of it. */
export async function trainingRows(engine: Engine, data: Data, run: RunOptions = {}): Promise<TrainingRows> {
  const cancel = { ...(run.signal && { signal: run.signal }) };
  if (isTable(data)) return tableRows(engine, data, run);
  if ('csv' in data) {
    const { csv, ...options } = data;
    const rows = await engine.readCsv(csv, options);
    try {
      checkLabels(rows.class_names ?? [], rows.y.length);
    } catch (error) {
      rows.X.free();
      throw error;
    }
    return rows;
  }
  if ('dataset' in data) return engine.loadDataset(data.dataset, { standardise: data.standardise });
  return engine.makeClassification(data, cancel);
}

async function tableRows(engine: Engine, data: CompleteTable, run: RunOptions): Promise<TrainingRows> {
  const content = await contentOf(data);
  const table = await engine.readTable(content, { ...data.read, ...run });
  try {
    const target = data.target ?? guessTarget(table.columns);
    const { features, drop_missing } = data;
    const rows = await engine.dataset(table, { target, drop_missing, ...(features && { features }), ...run });
    const notes = [...table.notes, ...(rows.notes ?? [])];
    try {
      const isOther = await differs(data, content);
      if (isOther) notes.unshift(isOther);
      const { name } = table.columns[indexOf(table.columns, target)] ?? {};
      return { ...rows, notes, told: await told(data, content, table), ...(name !== undefined && { target: name }) };
    } catch (error) {
      rows.X.free();
      throw error;
    }
  } finally {
    table.free();
  }
}

/** A table that a report knows by size and hash may have been edited since. */
async function differs({ size, sha256 }: CompleteTable, content: Blob): Promise<string | null> {
  const isSame = (size ?? content.size) === content.size && (!sha256 || ((await hashOf(content)) ?? sha256) === sha256);
  return isSame
    ? null
    : 'The table is another than the one that the settings were kept with: its size or its hash differs.';
}

/**
 * Labels have to be classes. Where each row has one of its own no fold could hold a second row of any; numbers that are
 * not whole are measured, and scikit-learn's classifiers refuse them, too ("Unknown label type: continuous").
 *
 * Throws BreakevenError 'bad_csv'.
 */
function checkLabels(class_names: readonly string[], n_rows: number): void {
  const numbers = class_names.map(Number);
  const isReal = numbers.every(Number.isFinite) && !numbers.every(Number.isInteger);
  const n = class_names.length;
  if (n < 2 || (n < n_rows && n <= MAX_CLASSES && !isReal)) return;
  const what = isReal ? 'different numbers, not all of them whole,' : 'different values';
  throw new BreakevenError(
    'bad_csv',
    `The label column (the last one, unless 'data.target' is another) has ${count(n)} ${what} in ` +
      `${count(n_rows)} rows: choose a column of classes.`,
  );
}

/** What measured rows go by; null for generated ones. */
export function measuredRows(data: Data): { name: string; standardise: boolean } | null {
  if (isTable(data)) return { name: nameOf(data), standardise: false };
  if ('csv' in data) return { name: 'the CSV file', standardise: data.standardise };
  return 'dataset' in data ? { name: data.dataset, standardise: data.standardise } : null;
}

/**
 * Rows to predict. Generated data: fresh rows of the same distribution from the inference seed, as in the notebook.
 * A data set or a CSV file: its own rows, repeated in order.
 */
export async function inferenceRows(
  engine: Engine,
  { data, inference }: CompleteExperiment,
  X: Matrix,
  n_rows: number,
  cancel: Cancel,
): Promise<Matrix> {
  if (!('n_samples' in data)) return engine.tile(X, n_rows, cancel);
  const { random_state } = inference;
  return (await engine.makeClassification({ ...data, n_samples: n_rows, random_state }, cancel)).X;
}

/** The same where the experiment's own rows are not there any more. */
export async function inferenceRowsAnew(
  engine: Engine,
  config: CompleteExperiment,
  n_rows: number,
  cancel: Cancel,
): Promise<Matrix> {
  if ('n_samples' in config.data) {
    const { random_state } = config.inference;
    return (await engine.makeClassification({ ...config.data, n_samples: n_rows, random_state }, cancel)).X;
  }
  const { X } = await trainingRows(engine, config.data, cancel);
  try {
    return await engine.tile(X, n_rows, cancel);
  } finally {
    X.free();
  }
}

/** The sweep's rows: as many as the largest size, or as there is memory for; longer batches then repeat them. */
export async function sweepRows(
  engine: Engine,
  experiment: CompleteExperiment,
  X: Matrix,
  batch_sizes: readonly number[],
  notes: string[],
  cancel: Cancel,
): Promise<Matrix | null> {
  const largest = Math.max(...batch_sizes);
  if (batch_sizes.length === 0) return null;
  const row_bytes = 8 * X.n_cols;
  for (let n_rows = Math.min(largest, Math.floor(MAX_ROWS_BYTES / row_bytes)); n_rows >= 1; n_rows >>= 1) {
    try {
      const rows = await inferenceRows(engine, experiment, X, n_rows, cancel);
      if (n_rows < largest) {
        const size = gibibytes(largest * row_bytes);
        notes.push(
          `Batches of more than ${count(n_rows)} rows repeat these: the ${X.n_cols} features of ` +
            `${count(largest)} rows need ${size}, more than there is memory for.`,
        );
      }
      return rows;
    } catch (error) {
      if (!(error instanceof BreakevenError && error.code === 'out_of_memory')) throw error;
    }
  }
  notes.push('Nothing was swept: there is no memory for a single row.');
  return null;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
