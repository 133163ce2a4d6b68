/**
 * A worker with a wasm instance and memory of its own, and where it is asked to with a pool of its own. Models come
 * once, as files; rows come by message and are copied in.
 */
import type { Build } from './files.js';
import { instantiate, MAX_PAGES_OF_ONE, type Wasm, type WasmModel } from './instance.js';
import { THREADS_RUN, tieLife } from './life.js';
import type { Channel } from './rpc/messages.js';
import { type Method, serve } from './rpc/serve.js';
import { bytes, fields, flag, float64s, number, text, whole } from './rpc/shapes.js';
import { within } from './within.js';

let wasm: Wasm;
const models = new Map<number, WasmModel>();

export interface IsolatedStart {
  build: Build;
  n_threads: number;
  timeout_ms: number;
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

async function start(_: unknown, { build, n_threads, timeout_ms, life }: IsolatedStart): Promise<string[]> {
  wasm = await instantiate(build, timeout_ms, MAX_PAGES_OF_ONE);
  const lives = [life];
  self.addEventListener(THREADS_RUN, (event) => lives.push(...(event as CustomEvent<string[]>).detail));
  if (n_threads > 1) {
    await within(timeout_ms, "Starting an isolated worker's threads", wasm.initThreadPool(n_threads - 1));
    wasm.startPool();
  }
  await tieLife(life);
  return lives;
}

function learn(_: unknown, key: number, file: Uint8Array): void {
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

const build = fields({ glue: text, wasm: text, shared: flag });
const METHODS = new Map<string, Method>([
  ['start', { shapes: [fields({ build, n_threads: whole, timeout_ms: number, life: text })], run: start }],
  ['learn', { shapes: [whole, bytes], run: learn }],
  ['drop', { shapes: [whole], run: drop }],
  ['spin', { shapes: [number], run: spin }],
  ['predict', { shapes: [whole, float64s, whole, whole], run: predict }],
]);

serve(self as Channel, METHODS);
