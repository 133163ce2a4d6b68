/**
 * A worker with a wasm instance and memory of its own, and where it is asked to with a pool of its own. Models come
 * once, as files; rows come by message and are copied in. Or it trains one, which goes back as a file.
 */
import { type Found, found } from './coordinator/found.js';
import { progressOf, STEP_MS } from './coordinator/turns.js';
import type { Build } from './files.js';
import { type Fit, instantiate, type Wasm, type WasmModel } from './instance.js';
import type { Schema } from './protocol.js';
import type { Channel } from './rpc/messages.js';
import { type Call, type Method, serve } from './rpc/serve.js';
import {
  bytes,
  fields,
  flag,
  float64s,
  int32s,
  number,
  oneOf,
  optional,
  record,
  text,
  whole,
  wholes,
} from './rpc/shapes.js';
import type { EstimatorSpec, GridSearchSpec } from './types.js';
import { within } from './within.js';
import { THREADS_RUN, tieLife } from './worker-liveness.js';

let wasm: Wasm;
const models = new Map<number, WasmModel>();

export interface IsolatedStart {
  build: Build;
  n_threads: number;
  timeout_ms: number;
  /** Maximum sizes to try for its memory. */
  max_pages: number[];
  /** Its life's name; it gives those of its threads. */
  life: string;
}

/** Labels, and milliseconds in its kernels, in all its threads, and copying. */
export interface IsolatedPrediction {
  y: Int32Array;
  compute_ms: number;
  busy_ms: number;
  copy_ms: number;
}

/** What is to be trained. */
export type Training = ({ kind: 'fit'; spec: EstimatorSpec } | { kind: 'search'; spec: GridSearchSpec }) & {
  /** smartcore's file, where that trains. */
  smartcore: Uint8Array | undefined;
  /** What the columns of the rows are. */
  schema: Schema | undefined;
};

/** A model as its file, and what a search found. */
export interface Trained {
  file: Uint8Array;
  found: Found | null;
}

async function start(_: unknown, start: IsolatedStart): Promise<string[]> {
  const { build, n_threads, timeout_ms, max_pages, life } = start;
  wasm = await instantiate(build, timeout_ms, max_pages);
  const lives = [life];
  self.addEventListener(THREADS_RUN, (event) => lives.push(...(event as CustomEvent<string[]>).detail));
  if (n_threads > 1) {
    await within(timeout_ms, "Starting an isolated worker's threads", wasm.initThreadPool(n_threads - 1));
    wasm.startPool();
  }
  await tieLife(life);
  return lives;
}

/** `smartcore`: its file, where the model needs that. */
function learn(_: unknown, key: number, file: Uint8Array, smartcore?: Uint8Array): void {
  if (smartcore) wasm.keepSmartcore(smartcore);
  models.set(key, wasm.Model.load(file));
}

function drop(_: unknown, key: number): void {
  models.get(key)?.free();
  models.delete(key);
}

/** Cores that its threads get. */
function spin(_: unknown, clock_step_ms: number): number {
  return wasm.probeCores(wasm.nThreads(), clock_step_ms);
}

function predict(_: unknown, key: number, rows: Float64Array, n_cols: number, first_row: number): IsolatedPrediction {
  const model = models.get(key);
  if (!model) throw new Error('the model is not here');
  const start = performance.now();
  const labels = model.predictRows(rows, n_cols, first_row);
  const { y, compute_ms, busy_ms } = labels;
  labels.free();
  return { y, compute_ms, busy_ms, copy_ms: performance.now() - start - compute_ms };
}

function train(call: Call, training: Training, rows: Float64Array, n_cols: number, y: Int32Array): Trained {
  const { kind, spec, smartcore, schema } = training;
  if (smartcore) wasm.keepSmartcore(smartcore);
  const X = new wasm.Matrix(rows, rows.length / n_cols, n_cols, schema);
  if (kind === 'fit') return { file: worked(call, new wasm.Fit(spec, X, y)).save(), found: null };
  const result = worked(call, new wasm.GridSearch(spec, X, y));
  return { file: result.best_estimator.save(), found: found(result) };
}

/** Nobody is heard meanwhile: who cancels this ends the worker. */
function worked<T>(call: Call, fit: Fit<T>): T {
  while (!fit.run(STEP_MS)) call.onProgress({ stage: '', ...progressOf(fit) });
  return fit.finish();
}

const build = fields({ glue: text, wasm: text, shared: flag });
const training = fields({
  kind: oneOf('fit', 'search'),
  spec: record,
  smartcore: optional(bytes),
  schema: optional(record),
});
const METHODS = new Map<string, Method>([
  [
    'start',
    { shapes: [fields({ build, n_threads: whole, timeout_ms: number, max_pages: wholes, life: text })], run: start },
  ],
  ['learn', { shapes: [whole, bytes, optional(bytes)], run: learn }],
  ['drop', { shapes: [whole], run: drop }],
  ['spin', { shapes: [number], run: spin }],
  ['predict', { shapes: [whole, float64s, whole, whole], run: predict }],
  ['train', { shapes: [training, float64s, whole, int32s], run: train }],
]);

serve(self as Channel, METHODS, 'An isolated worker');
