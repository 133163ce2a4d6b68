/**
 * Fits that go on for long without a pause: smartcore's. Each has a worker of its own, where there can be one; to end
 * that is how it is cancelled, and nothing else is lost with it. So it is with one that finds no memory, or panics.
 */
import type { BreakevenError } from '../error.js';
import type { Files } from '../files.js';
import { MAX_PAGES, type Steps, type WasmMatrix } from '../instance.js';
import { IsolatedWorker } from '../isolated/worker.js';
import type { Trained, Training } from '../isolated.worker.js';
import type { StartOptions } from '../protocol.js';
import type { Call } from '../rpc/serve.js';
import type { Turns } from './turns.js';

/** What surely takes no longer stays here: starting a worker takes as long. */
const SHORT_MS = 100;
/** Rows copied at once. */
const ROWS = 65_536;

/** Steps that say how long they may go on without a pause, at most. */
interface Unpausing extends Steps {
  readonly longest_ms: number;
  free(): void;
}

export class Apart {
  readonly #files: Files;
  readonly #start: StartOptions;
  readonly #turns: Turns;
  #canStart: boolean;

  constructor(files: Files, start: StartOptions, turns: Turns) {
    this.#files = files;
    this.#start = start;
    this.#turns = turns;
    this.#canStart = start.tier !== 'serial';
  }

  /**
   * What came of a training, whose steps are freed; null where it is as well done here, or cannot be done elsewhere: then
   * they are still to be done.
   */
  async train(
    call: Call,
    stage: string,
    training: Training,
    X: WasmMatrix,
    y: Int32Array,
    steps: Unpausing,
  ): Promise<Trained | null> {
    if (!this.#canStart || steps.longest_ms <= SHORT_MS) return null;
    const rows = copied(X);
    if (!rows) return null;
    const { tier, n_threads, timeout_ms } = this.#start;
    const { isolated, threads, single } = this.#files;
    const worker = new IsolatedWorker(isolated, tier === 'threads' ? threads : single);
    const end = (error: BreakevenError) => worker.end(error);
    return this.#turns.ending(call, end, async () => {
      try {
        await worker.start(tier === 'threads' ? Math.min(n_threads, steps.total) : 1, timeout_ms, MAX_PAGES);
      } catch (error) {
        if (!this.#turns.isCancelled(call)) {
          this.#canStart = false;
          return null;
        }
        steps.free();
        throw error;
      }
      const { total } = steps;
      steps.free();
      const trained = await worker.train(training, rows, X.n_cols, y, (news) => call.onProgress({ ...news, stage }));
      call.onProgress({ stage, done: total, total });
      return trained;
    });
  }
}

/** All rows, in a buffer of their own; null where there is no memory for them twice. */
function copied(X: WasmMatrix): Float64Array | null {
  const { n_rows, n_cols } = X;
  try {
    const rows = new Float64Array(n_rows * n_cols);
    for (let start = 0; start < n_rows; start += ROWS) rows.set(X.rows(start, start + ROWS), start * n_cols);
    return rows;
  } catch {
    return null;
  }
}
