/** One batch by any strategy: serial and threads in this instance, workers and async by message. */

import { refused } from '../arguments.js';
import type { Steps } from '../coordinator/turns.js';
import { BreakevenError, impossible } from '../error.js';
import {
  quietly,
  type Wasm,
  type WasmBatch,
  type WasmCosts,
  type WasmMatrix,
  type WasmModel,
  yieldToEvents,
} from '../instance.js';
import type { IsolatedPool, MessageTiming, RowSource } from '../isolated/pool.js';
import type { StartOptions } from '../protocol.js';
import type { Prediction, PredictOptions, RunOptions, Strategy } from '../types.js';

export type Used = Prediction['strategy_used'];

/** A model with the number that the isolated workers know it by. */
export interface KeptModel {
  id: number;
  model: WasmModel;
}

/** What is asked and told while rows go by message. */
export interface Going {
  isCancelled(): boolean;
  /** Hears how many rows are done. */
  onDone?(n_rows: number): void;
}

/** Lets the event loop turn, and throws when the call was cancelled. */
type Turn = () => Promise<void>;

/** What a call lets happen between its steps. */
export interface Turns extends Going {
  turn: Turn;
  /** Works all steps off; between them the event loop turns, and it throws when the call was cancelled. */
  work(steps: Steps): Promise<void>;
}

/** How wide a batch is spread. */
export interface Width {
  n_threads: number;
  n_slices?: number;
  threads_per_worker?: number;
}

type Options = Omit<PredictOptions, keyof RunOptions>;

/** Workers and threads beyond this are a typing error rather than a wish. */
const MAX_WORKERS = 256;
/** Isolated workers that take part where no number is asked for: each has a memory of its own. */
const DEFAULT_WORKERS = 16;
/** What this worker predicts of an async batch at once, where there is no other worker: so long, and so many rows. */
const TURN_MS = 25;
/** How long costs are measured before the event loop turns. */
const CALIBRATE_MS = 60;
const MAX_SLICE = 65_536;
/** How long the pool is left alone once all its threads sleep, before it counts as parked. */
const PARKED_MS = 2;
/** How long it is looked at before the event loop turns, and how often, where it does not go to sleep. */
const LOOK_MS = 10;
const MAX_LOOKS = 100;
/** Times the pool is woken, of which the median counts: wakes scatter by nature, and the first come from a caller that
 *  the kernel has not seen at work for long. */
const WAKES = 15;
/** Batches that tell what isolated workers cost, and the calls of each: some at once, for as many steps of the clock,
 *  the quickest of some tries. */
const WORKER_SIZES = [2, 256, 4096];
const WORKER_CALLS = 4;
const WORKER_STEPS = 2;
const WORKER_TRIES = 3;

export class Predictor {
  readonly #wasm: Wasm;
  readonly #isolated: IsolatedPool | null;
  readonly #start: StartOptions;
  readonly #clock_step_ms: number;
  /** What calls of a model cost, by model and threads, and with how many rows of its own that was measured. */
  readonly #costs = new Map<string, { costs: WasmCosts; n_rows: number }>();
  /** Milliseconds that sleeping threads need to be at work, by their number. */
  readonly #wake = new Map<number, number>();

  constructor(wasm: Wasm, isolated: IsolatedPool | null, start: StartOptions, clock_step_ms: number) {
    this.#wasm = wasm;
    this.#isolated = isolated;
    this.#start = start;
    this.#clock_step_ms = clock_step_ms;
  }

  get n_threads(): number {
    return this.#start.tier === 'serial' ? 1 : this.#start.n_threads;
  }

  /** Strategies of this tier. */
  allows(strategy: Strategy): boolean {
    if (strategy === 'threads') return this.#start.tier === 'threads';
    if (strategy === 'workers') return this.#isolated !== null;
    return ['serial', 'async', 'auto'].includes(strategy);
  }

  /** Refuses a strategy that there is not, or not in this tier, and a width that it cannot have. */
  check(strategy: Strategy, { n_threads, n_slices, threads_per_worker }: Partial<Width>): void {
    if (!['serial', 'threads', 'workers', 'async', 'auto'].includes(strategy)) {
      throw refused('strategy', "'serial', 'threads', 'workers', 'async' or 'auto'", strategy);
    }
    for (const [name, value] of Object.entries({ n_threads, n_slices, threads_per_worker })) {
      if (value !== undefined && !(Number.isInteger(value) && value >= 1)) {
        throw refused(name, 'a whole number of at least 1', value);
      }
    }
    const { tier } = this.#start;
    if (!this.allows(strategy)) {
      throw new BreakevenError(
        'threads_unavailable',
        `The strategy '${strategy}' is not available in the ${tier} tier: use 'serial' or 'auto', ` +
          'or see environment.tier_reason for how to get a higher tier.',
      );
    }
    const inPool = strategy === 'threads' || (strategy === 'auto' && tier === 'threads');
    if (inPool && n_threads !== undefined && n_threads > this.n_threads) {
      const size = `${this.n_threads}, the threads of this engine's pool: load({ n_threads: ${n_threads} }) starts a larger one`;
      throw impossible('n_threads', n_threads, `from 1 to ${size}`);
    }
    if ((n_threads ?? 1) * (threads_per_worker ?? 1) > MAX_WORKERS) {
      const product = `${n_threads ?? 1} with ${threads_per_worker ?? 1} threads each`;
      const name = (threads_per_worker ?? 1) > MAX_WORKERS ? 'threads_per_worker' : 'n_threads';
      throw impossible(name, product, `at most ${MAX_WORKERS} threads in all workers`);
    }
    if ((threads_per_worker ?? 1) > 1 && tier !== 'threads') {
      throw new BreakevenError(
        'threads_unavailable',
        `threads_per_worker = ${threads_per_worker} needs shared memory, which the ${tier} tier has not.`,
      );
    }
  }

  forget(id: number): void {
    for (const [key, { costs }] of this.#costs) {
      if (!key.startsWith(`${id} `)) continue;
      costs.free();
      this.#costs.delete(key);
    }
    this.#isolated?.drop(id);
  }

  async predict(kept: KeptModel, X: WasmMatrix, options: Options, turns: Turns): Promise<Prediction> {
    const { strategy = 'auto', n_slices, threads_per_worker } = options;
    this.check(strategy, options);
    const byMessage = strategy === 'workers' || strategy === 'async';
    const n_threads = options.n_threads ?? Math.min(this.n_threads, byMessage ? DEFAULT_WORKERS : this.n_threads);
    const width: Width = { n_threads, n_slices, threads_per_worker };
    refuseOtherWidth(kept, X);
    const used = strategy === 'auto' ? await this.choose(kept, X, width.n_threads, () => turns.turn()) : strategy;
    if (used === 'serial' || used === 'threads') return this.#here(kept, X, used, width, turns);
    await this.prepare(kept, used, width);
    const y = room(Int32Array, X.n_rows);
    const { wall_ms, busy_ms } = await this.byMessage(kept, X, y, used, width, turns);
    return { y, strategy_used: used, wall_ms, busy_ms };
  }

  async #here(kept: KeptModel, X: WasmMatrix, used: Used, width: Width, turns: Turns): Promise<Prediction> {
    const n_threads = used === 'serial' ? 1 : width.n_threads;
    const batch = new this.#wasm.Batch(kept.model, X, n_threads, width.n_slices);
    return freeing(batch, async () => {
      const y = room(Int32Array, batch.total);
      await turns.work(batch);
      batch.labels(y);
      const { wall_ms, busy_ms } = batch;
      return { y, strategy_used: used, wall_ms, busy_ms };
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
    if (y.length !== X.n_rows) {
      throw new BreakevenError(
        'shape_mismatch',
        `y must have ${X.n_rows} labels, one a row of X, but has ${y.length}`,
        'y',
      );
    }
    const batch = new this.#wasm.Batch(model, X);
    return freeing(batch, async () => {
      await turns.work(batch);
      return batch.score(y);
    });
  }

  /** Starts what a strategy needs before its clock runs: joblib's pool, too, is warm when it is timed. */
  async prepare(kept: KeptModel, used: Used, width: Width): Promise<void> {
    if (this.#isolated && (used === 'workers' || used === 'async')) {
      const threads = width.threads_per_worker ?? 1;
      await this.#isolated.prepare(workersOf(used, width), threads, kept.id, () => kept.model.save());
    }
  }

  /**
   * workers: slices to isolated workers. async: the batch handed to one and awaited, this worker stays free; with
   * n_slices as many tasks, on up to n_threads workers, are awaited together. Without other workers async is a turn of
   * the event loop and then this worker itself.
   */
  async byMessage(
    kept: KeptModel,
    source: RowSource,
    out: Int32Array,
    used: 'workers' | 'async',
    width: Width,
    going: Going,
  ): Promise<MessageTiming> {
    if (!this.#isolated) return this.#inTurn(kept, source, out, going);
    return this.#isolated.predict(kept.id, source, out, {
      n_workers: workersOf(used, width),
      n_slices: used === 'async' ? (width.n_slices ?? 1) : width.n_slices,
      isCancelled: () => going.isCancelled(),
      onDone: (n_rows) => going.onDone?.(n_rows),
    });
  }

  /** A long batch goes in slices, and the event loop turns again between them. */
  async #inTurn({ model }: KeptModel, source: RowSource, out: Int32Array, going: Going): Promise<MessageTiming> {
    const stages = { send: 0, compute: 0, gather: 0, wait: 0 };
    const called = performance.now();
    let [turned, busy_ms, most] = [Number.NEGATIVE_INFINITY, 0, model.first_rows];
    for (let start = 0; start < source.n_rows; ) {
      const before = performance.now();
      if (before - turned >= TURN_MS) {
        await yieldToEvents();
        if (going.isCancelled()) throw new BreakevenError('aborted', 'The work was cancelled.');
        turned = performance.now();
        stages.wait += turned - before;
      }
      const end = Math.min(start + most, source.n_rows);
      const begun = performance.now();
      const labels = model.predictRows(source.rows(start, end), source.n_cols, start);
      const predicted = performance.now();
      out.set(labels.y, start);
      stages.compute += labels.compute_ms;
      stages.send += predicted - begun - labels.compute_ms;
      busy_ms += labels.busy_ms;
      labels.free();
      stages.gather += performance.now() - predicted;
      // No more than came before: a clock that is too coarse to have seen those is not to be trusted with more.
      const in_time = Math.floor((TURN_MS * (end - start)) / (predicted - begun));
      most = Math.max(1, Math.min(end, in_time, MAX_SLICE));
      going.onDone?.(end);
      start = end;
    }
    return { wall_ms: performance.now() - called, busy_ms, stages };
  }

  /**
   * The fastest strategy by what calls of this model cost on this machine. Rows need not be copied to threads, so where
   * there are threads isolated workers are not asked.
   */
  async choose(kept: KeptModel, X: WasmMatrix, n_threads: number, turn: Turn): Promise<Used> {
    // One row cannot be split, and what a single thread would cost need not be known.
    if (X.n_rows < 2 || n_threads < 2) return 'serial';
    return (await this.costs(kept, X, n_threads, turn)).choose(X.n_rows);
  }

  /** Measured when first asked for, and kept; measured again once there are as many rows as that needs. */
  async costs(kept: KeptModel, X: WasmMatrix, n_threads: number, turn: Turn): Promise<WasmCosts> {
    const { Costs, Calibration } = this.#wasm;
    const key = `${kept.id} ${n_threads}`;
    const known = this.#costs.get(key);
    const wanted = Costs.calibrationRows();
    const n_rows = Math.min(X.n_rows, wanted);
    if (known && (known.n_rows >= n_rows || n_rows < wanted)) return known.costs;
    const rows = X.n_rows < wanted ? X.tile(wanted) : X;
    try {
      const inPool = this.#start.tier === 'threads' ? n_threads : 1;
      const wake_ms = inPool > 1 ? await this.#wakeCost(inPool) : 0;
      const calibration = new Calibration(kept.model, rows, inPool, this.#clock_step_ms, wake_ms);
      try {
        while (!calibration.run(CALIBRATE_MS)) await turn();
      } catch (error) {
        quietly(() => calibration.free());
        throw error;
      }
      const costs = calibration.finish();
      if (this.#start.tier === 'workers') await this.#workerCosts(kept, rows, n_threads, costs, turn);
      known?.costs.free();
      this.#costs.set(key, { costs, n_rows });
      return costs;
    } finally {
      if (rows !== X) quietly(() => rows.free());
    }
  }

  async #wakeCost(n_threads: number): Promise<number> {
    const known = this.#wake.get(n_threads);
    if (known !== undefined) return known;
    const times: number[] = [];
    while (times.length < WAKES) {
      await this.untilAsleep();
      times.push(this.#wasm.dispatchCost(n_threads, 1));
    }
    const wake_ms = times.sort((a, b) => a - b)[WAKES >> 1] ?? 0;
    this.#wake.set(n_threads, wake_ms);
    return wake_ms;
  }

  async #workerCosts(kept: KeptModel, X: WasmMatrix, n_threads: number, costs: WasmCosts, turn: Turn): Promise<void> {
    const width = { n_threads };
    await this.prepare(kept, 'workers', width);
    const times: number[] = [];
    for (const n_rows of WORKER_SIZES) {
      const source = { n_rows, n_cols: X.n_cols, rows: (start: number, end: number) => X.rows(start, end) };
      const out = new Int32Array(n_rows);
      let least = Number.POSITIVE_INFINITY;
      for (let attempt = 0; attempt < WORKER_TRIES; attempt++) {
        await turn();
        const begun = nextTick();
        let [calls, took_ms] = [0, 0];
        while (calls < WORKER_CALLS || took_ms < WORKER_STEPS * this.#clock_step_ms) {
          await this.byMessage(kept, source, out, 'workers', width, { isCancelled: () => false });
          calls += 1;
          took_ms = performance.now() - begun;
        }
        least = Math.min(least, took_ms / calls);
      }
      times.push(least);
    }
    costs.setWorkers(Float64Array.from(WORKER_SIZES), Float64Array.from(times));
  }

  /** How many cores isolated workers get when all of them spin together. */
  async cores({ n_threads, threads_per_worker }: Width): Promise<number> {
    if (!this.#isolated) return 1;
    const n_workers = Math.max(1, n_threads);
    return this.#isolated.cores(n_workers, threads_per_worker ?? 1, this.#clock_step_ms);
  }

  /**
   * Resolves when all threads of the pool have been asleep for a while. This one stays awake, as a caller is who has
   * just got its rows ready: kernels that pack threads put one that is woken by an idle caller on the caller's own core.
   */
  async untilAsleep(): Promise<void> {
    for (let look = 0; look < MAX_LOOKS; look++) {
      await yieldToEvents();
      const begun = performance.now();
      let [now, since] = [begun, begun];
      do {
        // By a coarse clock one step ends both: it is looked at before the time is over.
        now = performance.now();
        if (this.#wasm.nAsleep() < this.#wasm.nThreads() - 1) since = now;
        else if (now - since >= PARKED_MS) return;
      } while (now - begun < LOOK_MS);
    }
  }
}

/** The time when the clock's next step begins: what is measured from there is off by no part of a step at its start. */
function nextTick(): number {
  const before = performance.now();
  for (;;) {
    const now = performance.now();
    if (now > before) return now;
  }
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

/** Isolated workers that take part. */
function workersOf(used: Used, { n_threads, n_slices = 1 }: Width): number {
  return used === 'async' ? Math.min(n_slices, n_threads) : n_threads;
}

function refuseOtherWidth({ model }: KeptModel, X: WasmMatrix): void {
  if (X.n_cols === model.n_features_in) return;
  throw new BreakevenError(
    'shape_mismatch',
    `X must have ${model.n_features_in} columns, as in training, but has ${X.n_cols}`,
  );
}
