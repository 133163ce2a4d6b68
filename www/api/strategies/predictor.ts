/** One batch by any strategy: serial and threads in this instance, workers and async by message. */
import { BreakevenError } from '../error.js';
import { quietly, type Steps, type Wasm, type WasmBatch, type WasmMatrix } from '../instance.js';
import type { IsolatedPool } from '../isolated/pool.js';
import type { StartOptions } from '../protocol.js';
import type { Prediction, PredictOptions, RunOptions, Strategy } from '../types.js';
import { Auto, type Turn } from './auto.js';
import { ByMessage, type Going } from './by-message.js';
import { checkWidth, type KeptModel, threadsOf, type Used, type Width, workersOf } from './width.js';

/** What a call lets happen between its steps. */
export interface Turns extends Going {
  turn: Turn;
  /** Works all steps off; between them the event loop turns, and it throws when the call was cancelled. */
  work(steps: Steps): Promise<void>;
}

type Options = Omit<PredictOptions, keyof RunOptions>;

/** Isolated workers that take part where no number is asked for: each has a memory of its own. */
const DEFAULT_WORKERS = 16;

export class Predictor {
  readonly #wasm: Wasm;
  readonly #start: StartOptions;
  readonly byMessage: ByMessage;
  readonly auto: Auto;

  constructor(wasm: Wasm, isolated: IsolatedPool | null, start: StartOptions, clock_step_ms: number) {
    this.#wasm = wasm;
    this.#start = start;
    this.byMessage = new ByMessage(isolated, clock_step_ms);
    this.auto = new Auto(wasm, this.byMessage, start, clock_step_ms);
  }

  get n_threads(): number {
    return threadsOf(this.#start);
  }

  /** Refuses a strategy that there is not, or not in this tier, and a width that it cannot have. */
  check(strategy: Strategy, width: Partial<Width>): void {
    checkWidth(this.#start, strategy, width);
  }

  forget(id: number): void {
    this.auto.forget(id);
    this.byMessage.forget(id);
  }

  async predict(kept: KeptModel, X: WasmMatrix, options: Options, turns: Turns): Promise<Prediction> {
    const { strategy = 'auto', n_slices, threads_per_worker } = options;
    this.check(strategy, options);
    const byMessage = strategy === 'workers' || strategy === 'async';
    const n_threads = options.n_threads ?? Math.min(this.n_threads, byMessage ? DEFAULT_WORKERS : this.n_threads);
    refuseOtherWidth(kept, X);
    const { used, n_threads: n_threads_used } =
      strategy === 'auto'
        ? await this.auto.choose(kept, X, n_threads, () => turns.turn())
        : { used: strategy, n_threads: strategy === 'serial' ? 1 : n_threads };
    const width: Width = { n_threads: n_threads_used, n_slices, threads_per_worker };
    if (used === 'serial' || used === 'threads') return this.#here(kept, X, used, width, turns);
    await this.byMessage.prepare(kept, used, width);
    const y = room(Int32Array, X.n_rows);
    const { wall_ms, busy_ms } = await this.byMessage.predict(kept, X, y, used, width, turns);
    return { y, strategy_used: used, n_threads_used: workersOf(used, width), wall_ms, busy_ms };
  }

  async #here(kept: KeptModel, X: WasmMatrix, used: Used, width: Width, turns: Turns): Promise<Prediction> {
    const { n_threads } = width;
    const batch = new this.#wasm.Batch(kept.model, X, n_threads, width.n_slices);
    return freeing(batch, async () => {
      const y = room(Int32Array, batch.total);
      await turns.work(batch);
      batch.labels(y);
      const { wall_ms, busy_ms } = batch;
      return { y, strategy_used: used, n_threads_used: n_threads, wall_ms, busy_ms };
    });
  }

  /** Probabilities, row-major, on all threads there are here. */
  probabilities({ model }: KeptModel, X: WasmMatrix, turns: Turns): Promise<Float64Array> {
    return numbers(this.#wasm.Batch.probabilities(model, X), turns);
  }

  /** Margins, row-major, on all threads there are here. */
  margins({ model }: KeptModel, X: WasmMatrix, turns: Turns): Promise<Float64Array> {
    return numbers(this.#wasm.Batch.margins(model, X), turns);
  }

  /** The fraction of labels that are right, on all threads there are here. */
  async score({ model }: KeptModel, X: WasmMatrix, y: Int32Array, turns: Turns): Promise<number> {
    refuseOtherLength(X, y);
    const batch = new this.#wasm.Batch(model, X);
    return freeing(batch, async () => {
      await turns.work(batch);
      return batch.score(y);
    });
  }

  /** Counts by label and prediction, row-major, on all threads there are here. */
  async confusionMatrix({ model }: KeptModel, X: WasmMatrix, y: Int32Array, turns: Turns): Promise<Int32Array> {
    refuseOtherLength(X, y);
    const batch = new this.#wasm.Batch(model, X);
    return freeing(batch, async () => {
      batch.checkLabels(y);
      await turns.work(batch);
      return batch.confusionMatrix(y);
    });
  }
}

function refuseOtherLength(X: WasmMatrix, y: Int32Array): void {
  if (y.length === X.n_rows) return;
  const message = `y must have ${X.n_rows} labels, one a row of X, but has ${y.length}`;
  throw new BreakevenError('shape_mismatch', message, 'y');
}

async function numbers(batch: WasmBatch, turns: Turns): Promise<Float64Array> {
  return freeing(batch, async () => {
    const values = room(Float64Array, batch.total * batch.width);
    await turns.work(batch);
    batch.numbers(values);
    return values;
  });
}

/** Frees a batch, whatever becomes of it. */
async function freeing<T>(batch: WasmBatch, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    quietly(() => batch.free());
  }
}

/** An array for an answer, asked for before there is one. */
function room<T>(Kind: new (length: number) => T, length: number): T {
  try {
    return new Kind(length);
  } catch {
    throw new BreakevenError(
      'out_of_memory',
      `There is no memory for an answer of ${length} numbers: take fewer rows.`,
    );
  }
}

function refuseOtherWidth({ model }: KeptModel, X: WasmMatrix): void {
  if (X.n_cols === model.n_features_in) return;
  throw new BreakevenError(
    'shape_mismatch',
    `X must have ${model.n_features_in} columns, as in training, but has ${X.n_cols}`,
  );
}
