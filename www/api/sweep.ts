/** Measures one model over batch sizes and strategies: Rust plans and judges, this carries the samples out. */
import type { Wasm, WasmMatrix } from './instance.js';
import { impossible, type KeptModel, type Predictor, type Turns } from './predictor.js';
import type { Progress } from './protocol.js';
import { Sampling, type Task } from './sampling.js';
import type { MeasureReport, MeasureSpec, Strategy } from './types.js';

const DEFAULT_MIN_SAMPLES = 20;
const DEFAULT_BUDGET_MS = 1000;
const DEFAULT_BISECTIONS = 5;
const DEFAULT_CUTOFF_ROWS = 10_000;
const MAX_ROWS = 2 ** 31 - 1;
/** Rows made here take this much memory at most; longer batches repeat them. */
const MAX_MADE_BYTES = 2 ** 30;
/** How long samples may go on before the event loop turns, so that a cancel is heard. */
const STEP_MS = 40;

export interface MeasureContext {
  wasm: Wasm;
  predictor: Predictor;
  model: KeptModel;
  /** Rows to predict; made here where left out. */
  X: WasmMatrix | null;
  spec: Omit<MeasureSpec, 'model' | 'X'>;
  clock_step_ms: number;
  isHidden(): boolean;
  isCancelled(): boolean;
  /** Reports progress, lets the event loop turn, and throws when cancelled. */
  step(progress: Progress): Promise<void>;
}

export async function measure(context: MeasureContext): Promise<Omit<MeasureReport, 'environment'>> {
  const { wasm, model, predictor, spec, isCancelled } = context;
  check(context);
  const largest = Math.max(...spec.batch_sizes);
  const made = context.X === null ? rowsFor(wasm, model, largest, spec.random_state ?? 1) : null;
  const X = context.X ?? (made as WasmMatrix);
  const n_threads = spec.n_threads ?? predictor.n_threads;
  const sweep = new wasm.Sweep({
    strategies: [...new Set(spec.strategies)],
    batch_sizes: [...new Set(spec.batch_sizes)],
    n_threads,
    n_async: Math.min(spec.n_slices ?? 1, n_threads),
    min_samples: spec.min_samples ?? DEFAULT_MIN_SAMPLES,
    budget_ms: spec.budget_ms ?? DEFAULT_BUDGET_MS,
    random_state: spec.random_state ?? 0,
    clock_resolution_ms: context.clock_step_ms,
    parked: spec.pool === 'parked',
    n_rows: X.n_rows,
    max_bisections: spec.max_bisections ?? DEFAULT_BISECTIONS,
    cutoff_rows: spec.cutoff_rows ?? DEFAULT_CUTOFF_ROWS,
  });
  let now = '';
  let turned = performance.now();
  const step = async (): Promise<void> => {
    if (performance.now() - turned < STEP_MS) return;
    await context.step({ stage: 'measure', done: sweep.done, total: sweep.total, detail: now });
    turned = performance.now();
  };
  const turns: Turns = { step, isCancelled };
  let sampling: Sampling | null = null;
  try {
    sampling = new Sampling({ wasm, predictor, model, X, n_threads, spec, isHidden: context.isHidden, turns });
    for (let planned = sweep.next(); planned; planned = sweep.next()) {
      const { index, strategy, n_rows, n_threads, n_calls, n_warm, parked, part_rows } = planned;
      planned.free();
      const task: Task = { strategy: strategy as Strategy, n_rows, n_threads, n_calls, n_warm, parked, part_rows };
      now = `${strategy}, ${n_rows.toLocaleString('en')} rows`;
      sweep.record(index, await sampling.sample(task));
      await step();
    }
    return sweep.report();
  } finally {
    sampling?.free();
    sweep.free();
    made?.free();
  }
}

function check({ spec, predictor, X }: MeasureContext): void {
  const { strategies, batch_sizes, min_samples, max_bisections, cutoff_rows, budget_ms, pool } = spec;
  const shown = (value: unknown) => JSON.stringify(value);
  if (!Array.isArray(strategies) || strategies.length === 0)
    throw impossible('strategies', shown(strategies), 'a list of at least one strategy');
  for (const strategy of strategies) predictor.check(strategy, spec);
  const largest = X === null || spec.repeat_rows ? MAX_ROWS : X.n_rows;
  const fits = (n: number) => Number.isInteger(n) && n >= 1 && n <= largest;
  if (!Array.isArray(batch_sizes) || batch_sizes.length === 0 || !batch_sizes.every(fits)) {
    const limit = largest === MAX_ROWS ? `${largest}` : `${largest}, the rows of X`;
    throw impossible('batch_sizes', shown(batch_sizes), `a list of whole numbers from 1 to ${limit}`);
  }
  for (const [name, least, value] of [
    ['min_samples', 1, min_samples],
    ['cutoff_rows', 1, cutoff_rows],
    ['max_bisections', 0, max_bisections],
  ] as const) {
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= MAX_ROWS))
      throw impossible(name, shown(value), `a whole number of at least ${least}`);
  }
  if (budget_ms !== undefined && !(budget_ms > 0 && budget_ms < 1e9))
    throw impossible('budget_ms', shown(budget_ms), 'a number of milliseconds above 0');
  if (pool !== undefined && pool !== 'hot' && pool !== 'parked')
    throw impossible('pool', shown(pool), "'hot' or 'parked'");
}

/** Rows of the model's width: as many as are wanted, or as there is memory for. */
function rowsFor(wasm: Wasm, { model }: KeptModel, wanted: number, random_state: number): WasmMatrix {
  const n_features = model.n_features_in;
  const n_informative = Math.min(2, n_features);
  const params = {
    n_features,
    n_informative,
    n_redundant: Math.min(2, n_features - n_informative),
    n_clusters_per_class: 1,
    random_state,
  };
  const most = Math.max(1, Math.floor(MAX_MADE_BYTES / (8 * n_features)));
  for (let n_samples = Math.min(wanted, most); ; n_samples = Math.ceil(n_samples / 2)) {
    try {
      const data = wasm.makeClassification({ ...params, n_samples });
      const X = data.x;
      data.free();
      return X;
    } catch (error) {
      const isMemory = error instanceof Error && 'code' in error && error.code === 'out_of_memory';
      if (!isMemory || n_samples === 1) throw error;
    }
  }
}
