/** A table that is predicted by a saved model: the table with its labels, how many of each, and how many are right. */
import { BreakevenError } from '../api/error.js';
import type { Engine, Model, OwnTableSettings, RunOptions, Table } from '../api/types.js';
import { Ownership } from './ownership.js';

/** Where the table's own column of labels says otherwise: how many rows have one, and which share of them is right. */
export interface Compared {
  column: string;
  n_rows: number;
  accuracy: number;
}

export interface PredictedFile {
  n_rows: number;
  /** Rows by predicted class, the most frequent first. */
  counts: { name: string; n_rows: number }[];
  /** The table, with its predictions. */
  csv: Blob;
  ms: number;
  compared: Compared | null;
  /** How it was read, and why nothing was compared where it might have been; a sentence each. */
  notes: string[];
}

export interface PredictFileOptions extends Omit<RunOptions, 'onProgress'> {
  /** The column that the model learnt to tell. */
  target?: string | undefined;
  read?: OwnTableSettings['read'] | undefined;
  /** How much is done, 0 to 1. */
  onPart?: (part: number) => void;
}

/** How much of the work is done when a step begins, and when it ends; other steps tell nothing. */
const STEPS: Record<string, readonly [number, number]> = {
  'read table': [0, 0.5],
  predict: [0.55, 0.65],
  predict_proba: [0.65, 0.75],
  'write table': [0.75, 0.95],
};

/** Rejects as loadModel, readTable and predictTable do. All that it put into the engine is freed in every case. */
export async function predictFile(
  engine: Engine,
  file: Uint8Array,
  content: Blob,
  { target, read, signal, onPart }: PredictFileOptions = {},
): Promise<PredictedFile> {
  const begun = performance.now();
  const owned = new Ownership();
  const run = {
    ...(signal && { signal }),
    onProgress: ({ stage, done, total }: { stage: string; done: number; total: number }) => {
      const [from, to] = STEPS[stage] ?? [0, 0];
      if (to > 0 && total > 0) onPart?.(from + ((to - from) * done) / total);
    },
  };
  try {
    // The engine may take the bytes it is given.
    const model = owned.keep(await engine.loadModel(file.slice()));
    if (model.columns === null) throw nameless();
    const table = owned.keep(await engine.readTable(content, { ...read, ...run }));
    const { y, csv } = await engine.predictTable(model, table, run);
    const ms = performance.now() - begun;
    const { compared, why } = await compare(engine, model, table, target, { ...(signal && { signal }) });
    return {
      ...{ n_rows: y.length, counts: countsOf(y, model), csv, ms, compared },
      notes: [...table.notes, ...(why ? [why] : [])],
    };
  } finally {
    owned.freeAll();
  }
}

export function nameless(): BreakevenError {
  return new BreakevenError(
    'invalid_param',
    'This model knows no names of columns, since its rows had none, so no table can be matched to it: train one on a ' +
      'table of yours, or on a built-in data set.',
    'model',
  );
}

function countsOf(y: Int32Array, { class_names }: Model): PredictedFile['counts'] {
  const counts = new Map<number, number>();
  for (const label of y) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || a - b)
    .map(([label, n_rows]) => ({ name: class_names?.[label] ?? String(label), n_rows }));
}

/** The rows that have a label, once more: those without one are predicted all the same. */
async function compare(
  engine: Engine,
  model: Model,
  table: Table,
  target: string | undefined,
  cancel: Pick<RunOptions, 'signal'>,
): Promise<{ compared: Compared | null; why?: string }> {
  const column = table.columns.find(({ name }) => name === target);
  if (!column || column.n_missing === table.n_rows) return { compared: null };
  try {
    const { X, y } = await engine.dataset(table, {
      ...{ like: model, target: column.name, drop_missing: 'target' },
      ...cancel,
    });
    try {
      return {
        compared: { column: column.name, n_rows: y.length, accuracy: await model.score(X, y, cancel) },
      };
    } finally {
      X.free();
    }
  } catch (error) {
    // The predictions are there all the same.
    if (!(error instanceof BreakevenError) || error.code === 'aborted' || error.code === 'worker_failed') throw error;
    return { compared: null, why: `How many are right is not told: ${error.message}` };
  }
}
