/** Measures one model over batch sizes and strategies: Rust plans and judges, this carries the samples out. */
import { BreakevenError } from './error.js';
import type { Sample, Wasm, WasmBench, WasmMatrix } from './instance.js';
import type { KeptModel, Predictor, Used } from './predictor.js';
import type { Progress } from './protocol.js';
import type { MeasureReport, MeasureSpec, Strategy } from './types.js';

const DEFAULT_MIN_SAMPLES = 20;
const DEFAULT_BUDGET_MS = 1000;
const MAX_ROWS = 2 ** 31 - 1;
/** How long samples may go on before the event loop turns, so that a cancel is heard. */
const STEP_MS = 40;
/** How long the pool is left alone once all its threads sleep, before a parked sample. */
const PARKED_MS = 2;

export interface MeasureContext {
  wasm: Wasm;
  predictor: Predictor;
  model: KeptModel;
  /** Rows to predict; made here where left out. */
  X: WasmMatrix | null;
  spec: Omit<MeasureSpec, 'model' | 'X'>;
  clock_step_ms: number;
  isHidden(): boolean;
  /** Reports progress, lets the event loop turn, and throws when cancelled. */
  step(progress: Progress): Promise<void>;
}

export async function measure(context: MeasureContext): Promise<Omit<MeasureReport, 'environment'>> {
  const { wasm, model, spec } = context;
  check(context);
  const made = context.X === null ? rowsFor(wasm, model, Math.max(...spec.batch_sizes), spec.random_state ?? 1) : null;
  const X = context.X ?? (made as WasmMatrix);
  const bench = new wasm.Bench(model.model, X);
  const sweep = new wasm.Sweep({
    strategies: spec.strategies,
    batch_sizes: spec.batch_sizes,
    n_threads: spec.n_threads ?? context.predictor.n_threads,
    min_samples: spec.min_samples ?? DEFAULT_MIN_SAMPLES,
    budget_ms: spec.budget_ms ?? DEFAULT_BUDGET_MS,
    random_state: spec.random_state ?? 0,
    clock_resolution_ms: context.clock_step_ms,
    parked: spec.pool === 'parked',
  });
  try {
    const run = new Run(context, X, bench);
    let turned = performance.now();
    for (let task = sweep.next(); task; task = sweep.next()) {
      const { index, n_rows, n_threads, n_calls } = task;
      const strategy = task.strategy as Strategy;
      task.free();
      sweep.record(index, await run.sample(strategy, n_rows, n_threads, n_calls));
      if (performance.now() - turned > STEP_MS) {
        const detail = `${strategy}, ${n_rows.toLocaleString('en')} rows`;
        await context.step({ stage: 'measure', done: sweep.done, total: sweep.total, detail });
        turned = performance.now();
      }
    }
    return sweep.report();
  } finally {
    sweep.free();
    bench.free();
    made?.free();
  }
}

/** Carries out samples on the first rows of one matrix. */
class Run {
  readonly #context: MeasureContext;
  readonly #X: WasmMatrix;
  readonly #bench: WasmBench;
  #out = new Int32Array(0);

  constructor(context: MeasureContext, X: WasmMatrix, bench: WasmBench) {
    this.#context = context;
    this.#X = X;
    this.#bench = bench;
  }

  async sample(strategy: Strategy, n_rows: number, n_threads: number, n_calls: number): Promise<Sample> {
    const { predictor, model, spec, isHidden } = this.#context;
    const used = strategy === 'auto' ? predictor.choose(model, this.#X, n_rows) : strategy;
    if (spec.pool === 'parked') await this.#parked();
    const sample =
      used === 'serial' || used === 'threads'
        ? this.#here(used, n_rows, n_threads, n_calls)
        : await this.#byMessage(used, n_rows, n_threads, n_calls);
    return { ...sample, hidden: isHidden() };
  }

  #here(used: Used, n_rows: number, n_threads: number, n_calls: number): Omit<Sample, 'hidden'> {
    const threads = used === 'serial' ? 1 : n_threads;
    const timed = this.#bench.sample(n_rows, threads, n_calls);
    const { wall_ms, busy_ms, equal_to_serial } = timed;
    timed.free();
    // Nothing is sent or gathered in shared memory: what the threads did not compute, they waited.
    const compute = Math.min(wall_ms, busy_ms / Math.min(threads, Math.max(1, n_rows)));
    const stages = { send: 0, compute, gather: 0, wait: wall_ms - compute };
    return { n_calls, wall_ms, busy_ms, stages, equal_to_serial };
  }

  async #byMessage(
    used: 'workers' | 'async',
    n_rows: number,
    n_threads: number,
    n_calls: number,
  ): Promise<Omit<Sample, 'hidden'>> {
    const { predictor, model } = this.#context;
    await predictor.prepare(model, used, n_threads);
    if (this.#out.length !== n_rows) this.#out = new Int32Array(n_rows);
    const X = this.#X;
    const source = { n_rows, n_cols: X.n_cols, rows: (start: number, end: number) => X.rows(start, end) };
    const stages = { send: 0, compute: 0, gather: 0, wait: 0 };
    let busy_ms = 0;
    this.#out.fill(-1);
    const start = performance.now();
    for (let call = 0; call < n_calls; call++) {
      const timing = await predictor.byMessage(model, source, this.#out, used, n_threads);
      busy_ms += timing.busy_ms;
      stages.send += timing.stages.send;
      stages.compute += timing.stages.compute;
      stages.gather += timing.stages.gather;
    }
    const wall_ms = performance.now() - start;
    stages.wait = Math.max(0, wall_ms - stages.send - stages.compute - stages.gather);
    return { n_calls, wall_ms, busy_ms, stages, equal_to_serial: this.#bench.check(this.#out) };
  }

  async #parked(): Promise<void> {
    const { wasm } = this.#context;
    do {
      await new Promise((resolve) => setTimeout(resolve, PARKED_MS));
    } while (wasm.nAsleep() < wasm.nThreads() - 1);
  }
}

function check({ spec, predictor, X }: MeasureContext): void {
  const refuse = (name: string, value: unknown, allowed: string) => {
    throw new BreakevenError(
      'invalid_param',
      `${name} = ${JSON.stringify(value)} is not possible: it must be ${allowed}`,
    );
  };
  const { strategies, batch_sizes, n_threads, min_samples, budget_ms, pool } = spec;
  if (!Array.isArray(strategies) || strategies.length === 0)
    refuse('strategies', strategies, 'a list of at least one strategy');
  for (const strategy of strategies) predictor.check(strategy);
  const largest = X?.n_rows ?? MAX_ROWS;
  const fits = (n: number) => Number.isInteger(n) && n >= 1 && n <= largest;
  if (!Array.isArray(batch_sizes) || batch_sizes.length === 0 || !batch_sizes.every(fits)) {
    refuse('batch_sizes', batch_sizes, `a list of whole numbers from 1 to ${largest}${X ? ', the rows of X' : ''}`);
  }
  for (const [name, value] of Object.entries({ n_threads, min_samples })) {
    if (value !== undefined && !(Number.isInteger(value) && value >= 1))
      refuse(name, value, 'a whole number of at least 1');
  }
  if (budget_ms !== undefined && !(budget_ms > 0 && budget_ms < 1e9))
    refuse('budget_ms', budget_ms, 'a number of milliseconds above 0');
  if (pool !== undefined && pool !== 'hot' && pool !== 'parked') refuse('pool', pool, "'hot' or 'parked'");
}

/** Rows of the model's width. */
function rowsFor(wasm: Wasm, { model }: KeptModel, n_samples: number, random_state: number): WasmMatrix {
  const n_features = model.n_features_in;
  const n_informative = Math.min(2, n_features);
  const data = wasm.makeClassification({
    n_samples,
    n_features,
    n_informative,
    n_redundant: Math.min(2, n_features - n_informative),
    n_clusters_per_class: 1,
    random_state,
  });
  const X = data.x;
  data.free();
  return X;
}
