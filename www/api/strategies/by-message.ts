/** Batches by message: to isolated workers, or in turns of this worker's own event loop. */
import { BreakevenError } from '../error.js';
import { yieldToEvents } from '../instance.js';
import type { IsolatedPool, MessageTiming, RowSource } from '../isolated/pool.js';
import { type KeptModel, type Used, type Width, workersOf } from './width.js';

/** What is asked and told while rows go by message. */
export interface Going {
  isCancelled(): boolean;
  /** Hears how many rows are done. */
  onDone?(n_rows: number): void;
}

/** What this worker predicts of an async batch at once, where there is no other worker: so long, and so many rows. */
const TURN_MS = 25;
const MAX_SLICE = 65_536;

export class ByMessage {
  readonly #isolated: IsolatedPool | null;
  readonly #clock_step_ms: number;

  constructor(isolated: IsolatedPool | null, clock_step_ms: number) {
    this.#isolated = isolated;
    this.#clock_step_ms = clock_step_ms;
  }

  forget(id: number): void {
    this.#isolated?.drop(id);
  }

  /** Starts what a strategy needs before its clock runs: joblib's pool, too, is warm when it is timed. */
  async prepare(kept: KeptModel, used: Used, width: Width): Promise<void> {
    if (this.#isolated && (used === 'workers' || used === 'async')) {
      const threads = width.threads_per_worker ?? 1;
      const file = () => ({ file: kept.model.save(), smartcore: kept.model.smartcoreFile() });
      await this.#isolated.prepare(workersOf(used, width), threads, kept.id, file);
    }
  }

  /**
   * workers: slices to isolated workers. async: the batch handed to one and awaited, this worker stays free; with
   * n_slices as many tasks, on up to n_threads workers, are awaited together. Without other workers async is a turn of
   * the event loop and then this worker itself.
   */
  async predict(
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

  /** How many cores isolated workers get when all of them spin together. */
  async cores({ n_threads, threads_per_worker }: Width): Promise<number> {
    if (!this.#isolated) return 1;
    const n_workers = Math.max(1, n_threads);
    return this.#isolated.cores(n_workers, threads_per_worker ?? 1, this.#clock_step_ms);
  }
}
