/** One batch by any strategy: serial and threads in this instance, workers and async by message. */
import { BreakevenError } from './error.js';
import { type Wasm, type WasmMatrix, type WasmModel, yieldToEvents } from './instance.js';
import type { IsolatedPool, RowSource } from './isolated-pool.js';
import type { StartOptions } from './protocol.js';
import type { Prediction, Strategy } from './types.js';

export type Used = Prediction['strategy_used'];

/** A model with the number that the isolated workers know it by. */
export interface KeptModel {
  id: number;
  model: WasmModel;
}

/** Where the wall time of one batch went, milliseconds; what is left of it was waiting. */
export interface Stages {
  send: number;
  compute: number;
  gather: number;
}

/** Rows that tell what a row costs. */
const PROBE_ROWS = 512;
/** Empty dispatches that tell what a dispatch costs. */
const PROBE_CALLS = 20;
/** A gain that is no more than this many dispatches is left alone. */
const MARGIN = 2;

export class Predictor {
  readonly #wasm: Wasm;
  readonly #isolated: IsolatedPool | null;
  readonly #start: StartOptions;
  /** Measured milliseconds a row, by model. */
  readonly #rowCost = new Map<number, number>();

  constructor(wasm: Wasm, isolated: IsolatedPool | null, start: StartOptions) {
    this.#wasm = wasm;
    this.#isolated = isolated;
    this.#start = start;
  }

  /** Strategies of this tier. */
  allows(strategy: Strategy): boolean {
    if (strategy === 'threads') return this.#start.tier === 'threads';
    if (strategy === 'workers') return this.#isolated !== null;
    return ['serial', 'async', 'auto'].includes(strategy);
  }

  /** Refuses a strategy that there is not, or not in this tier. */
  check(strategy: Strategy): void {
    if (!['serial', 'threads', 'workers', 'async', 'auto'].includes(strategy)) {
      throw new BreakevenError(
        'invalid_param',
        `strategy = '${strategy}' is not possible: it must be 'serial', 'threads', 'workers', 'async' or 'auto'`,
      );
    }
    if (!this.allows(strategy)) {
      throw new BreakevenError(
        'threads_unavailable',
        `The strategy '${strategy}' is not available in the ${this.#start.tier} tier: use 'serial' or 'auto', ` +
          'or see environment.tier_reason for how to get a higher tier.',
      );
    }
  }

  forget(id: number): void {
    this.#rowCost.delete(id);
    this.#isolated?.drop(id);
  }

  async predict(
    kept: KeptModel,
    X: WasmMatrix,
    options: { strategy?: Strategy; n_threads?: number; n_slices?: number },
  ): Promise<Prediction> {
    const { strategy = 'auto', n_slices } = options;
    for (const name of ['n_threads', 'n_slices'] as const) {
      const value = options[name];
      if (value !== undefined && !(Number.isInteger(value) && value >= 1)) {
        throw new BreakevenError(
          'invalid_param',
          `${name} = ${value} is not possible: it must be a whole number of at least 1`,
        );
      }
    }
    this.check(strategy);
    const used = strategy === 'auto' ? this.choose(kept, X, X.n_rows) : strategy;
    const n_threads = options.n_threads ?? this.#start.n_threads;
    if (used === 'serial' || used === 'threads') {
      const timed = kept.model.predict(X, used === 'serial' ? 1 : n_threads, n_slices);
      const { y, wall_ms, busy_ms } = timed;
      timed.free();
      return { y, strategy_used: used, wall_ms, busy_ms };
    }
    if (X.n_cols !== kept.model.n_features_in) {
      throw new BreakevenError(
        'shape_mismatch',
        `X must have ${kept.model.n_features_in} columns, as in training, but has ${X.n_cols}`,
      );
    }
    await this.prepare(kept, used, n_threads);
    const y = new Int32Array(X.n_rows);
    const start = performance.now();
    const { busy_ms } = await this.byMessage(kept, X, y, used, n_threads, n_slices);
    return { y, strategy_used: used, wall_ms: performance.now() - start, busy_ms };
  }

  /** Starts what a strategy needs before its clock runs: joblib's pool, too, is warm when it is timed. */
  async prepare(kept: KeptModel, used: Used, n_threads: number): Promise<void> {
    if (this.#isolated && (used === 'workers' || used === 'async')) {
      const n = used === 'workers' ? n_threads : 1;
      await this.#isolated.prepare(n, kept.id, () => kept.model.save());
    }
  }

  /**
   * workers: slices to isolated workers. async: the whole batch handed to one executor and awaited, this worker stays
   * free; without other workers that is a turn of the event loop and then this worker itself.
   */
  async byMessage(
    kept: KeptModel,
    source: RowSource,
    out: Int32Array,
    used: 'workers' | 'async',
    n_threads: number,
    n_slices?: number,
  ): Promise<{ busy_ms: number; stages: Stages }> {
    if (!this.#isolated) {
      await yieldToEvents();
      const begin = performance.now();
      out.set(kept.model.predictRows(source.rows(0, source.n_rows), source.n_cols));
      const busy_ms = performance.now() - begin;
      return { busy_ms, stages: { send: 0, compute: busy_ms, gather: 0 } };
    }
    const n = used === 'workers' ? n_threads : 1;
    const t = await this.#isolated.predict(kept.id, source, out, n, used === 'async' ? (n_slices ?? 1) : n_slices);
    return { busy_ms: t.busy_ms, stages: { send: t.send_ms, compute: t.compute_ms, gather: t.gather_ms } };
  }

  /** Threads where this machine's measured costs say that they gain more than their dispatch. */
  choose({ id, model }: KeptModel, X: WasmMatrix, n_rows: number): Used {
    const { tier, n_threads } = this.#start;
    if (tier !== 'threads' || n_threads < 2 || n_rows < 2) return 'serial';
    const bench = new this.#wasm.Bench(model, X);
    try {
      let rowCost = this.#rowCost.get(id);
      if (rowCost === undefined) {
        const rows = Math.min(n_rows, PROBE_ROWS);
        bench.sample(rows, 1, 1);
        rowCost = bench.sample(rows, 1, PROBE_CALLS).wall_ms / PROBE_CALLS / rows;
        this.#rowCost.set(id, rowCost);
      }
      const dispatch = this.#wasm.dispatchCost(n_threads, PROBE_CALLS);
      const gain = rowCost * n_rows * (1 - 1 / n_threads);
      return gain > MARGIN * dispatch ? 'threads' : 'serial';
    } finally {
      bench.free();
    }
  }

  get n_threads(): number {
    return this.#start.n_threads;
  }
}
