/** Which strategy is the fastest, and on how many threads, by what calls cost on this machine: measured once a model, and kept. */
import { quietly, type Wasm, type WasmCosts, type WasmMatrix, yieldToEvents } from '../instance.js';
import type { StartOptions } from '../protocol.js';
import type { ByMessage } from './by-message.js';
import type { KeptModel, Used } from './width.js';

/** Lets the event loop turn, and throws when the call was cancelled. */
export type Turn = () => Promise<void>;

/** How long after they were measured costs are measured again. */
const AGAIN_MS = [1000, 4000, 16_000];
/** How long costs are measured before the event loop turns. */
const CALIBRATE_MS = 60;
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

/** What was chosen. */
export interface Chosen {
  used: Used;
  n_threads: number;
}

/** What was measured, with how many rows of the model's own, when last, and how often. */
interface Learnt {
  costs: WasmCosts;
  n_rows: number;
  at: number;
  times: number;
}

export class Auto {
  readonly #wasm: Wasm;
  readonly #byMessage: ByMessage;
  readonly #start: StartOptions;
  readonly #clock_step_ms: number;
  /** What calls of a model cost, by model and threads. */
  readonly #costs = new Map<string, Learnt>();
  /** Milliseconds that sleeping threads need to be at work, by their number. */
  readonly #wake = new Map<number, number>();

  constructor(wasm: Wasm, byMessage: ByMessage, start: StartOptions, clock_step_ms: number) {
    this.#wasm = wasm;
    this.#byMessage = byMessage;
    this.#start = start;
    this.#clock_step_ms = clock_step_ms;
  }

  forget(id: number): void {
    for (const [key, { costs }] of this.#costs) {
      if (!key.startsWith(`${id} `)) continue;
      costs.free();
      this.#costs.delete(key);
    }
  }

  /**
   * The fastest strategy by what calls of this model cost on this machine. Rows need not be copied to threads, so where
   * there are threads isolated workers are not asked.
   */
  async choose(kept: KeptModel, X: WasmMatrix, n_threads: number, turn: Turn): Promise<Chosen> {
    // One row cannot be split, and what a single thread would cost need not be known.
    if (X.n_rows < 2 || n_threads < 2) return { used: 'serial', n_threads: 1 };
    const some = (await this.costs(kept, X, n_threads, turn)).choose(X.n_rows);
    if (some === 0) return { used: 'workers', n_threads };
    return { used: some === 1 ? 'serial' : 'threads', n_threads: some };
  }

  /**
   * Measured when first asked for, and kept; measured again once there are as many rows as that needs, and some times
   * later: a machine may be in a bad phase when it is first measured, and of two times the shorter counts.
   */
  async costs(kept: KeptModel, X: WasmMatrix, n_threads: number, turn: Turn): Promise<WasmCosts> {
    const { Costs, Calibration } = this.#wasm;
    const key = `${kept.id} ${n_threads}`;
    const known = this.#costs.get(key);
    const wanted = Costs.calibrationRows();
    const n_rows = Math.min(X.n_rows, wanted);
    const isDue =
      known !== undefined && performance.now() - known.at >= (AGAIN_MS[known.times - 1] ?? Number.POSITIVE_INFINITY);
    if (known && !isDue && (known.n_rows >= n_rows || n_rows < wanted)) return known.costs;
    const rows = X.n_rows < wanted ? X.tile(wanted) : X;
    try {
      const inPool = this.#start.tier === 'threads' ? n_threads : 1;
      const wake_ms: number[] = [];
      for (const some of Costs.widths(inPool, this.#clock_step_ms)) wake_ms.push(await this.#wakeCost(some, turn));
      const calibration = new Calibration(kept.model, rows, inPool, this.#clock_step_ms, Float64Array.from(wake_ms));
      try {
        while (!calibration.run(CALIBRATE_MS)) await turn();
      } catch (error) {
        quietly(() => calibration.free());
        throw error;
      }
      const costs = calibration.finish();
      if (this.#start.tier === 'workers') await this.#workerCosts(kept, rows, n_threads, costs, turn);
      // Rows of its own tell more than a few that are repeated.
      if (known && known.n_rows === n_rows) costs.keepLeast(known.costs);
      known?.costs.free();
      this.#costs.set(key, { costs, n_rows, at: performance.now(), times: (known?.times ?? 0) + 1 });
      return costs;
    } finally {
      if (rows !== X) quietly(() => rows.free());
    }
  }

  async #wakeCost(n_threads: number, turn: Turn): Promise<number> {
    const known = this.#wake.get(n_threads);
    if (known !== undefined) return known;
    const times: number[] = [];
    while (times.length < WAKES) {
      await turn();
      await this.untilAsleep();
      times.push(this.#wasm.dispatchCost(n_threads, 1));
    }
    const wake_ms = times.sort((a, b) => a - b)[WAKES >> 1] ?? 0;
    this.#wake.set(n_threads, wake_ms);
    return wake_ms;
  }

  async #workerCosts(kept: KeptModel, X: WasmMatrix, n_threads: number, costs: WasmCosts, turn: Turn): Promise<void> {
    const width = { n_threads };
    await this.#byMessage.prepare(kept, 'workers', width);
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
          await this.#byMessage.predict(kept, source, out, 'workers', width, { isCancelled: () => false });
          calls += 1;
          took_ms = performance.now() - begun;
        }
        least = Math.min(least, took_ms / calls);
      }
      times.push(least);
    }
    costs.setWorkers(Float64Array.from(WORKER_SIZES), Float64Array.from(times));
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
