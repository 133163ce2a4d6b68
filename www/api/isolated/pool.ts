/** Isolated workers, each with a model of its own: rows are copied to them, labels gathered in order. */
import { BreakevenError } from '../error.js';
import type { Build } from '../files.js';
import { IsolatedWorker, type ModelFile } from './worker.js';

/** Rows a message carries at most: 10⁷ rows must not lie in memory twice. */
const MAX_SLICE = 65_536;
/** How long a worker computes on one slice at most: a cancel waits for those under way. */
const SLICE_MS = 25;
/** Rows of a slice where nothing is known of their cost. */
const FIRST_SLICE = 4_096;
/** Slices a worker gets of a long batch, so that a slow one does not keep the others waiting. */
const SLICES_PER_WORKER = 4;
/** Below this many rows a slice is not cut further for balance. */
const MIN_SLICE = 1_024;
/** Slices under way per worker: one being computed, one waiting in its inbox. */
const IN_FLIGHT = 2;

/** Where the wall time of one batch went, milliseconds, by the caller's clock; they sum to it. */
export interface Stages {
  /** Copying rows out and posting them, and the workers copying them in while the caller waits. */
  send: number;
  /** The caller waits, the busiest worker computes. */
  compute: number;
  /** Copying labels together. */
  gather: number;
  /** The caller waits for something else: messages under way. */
  wait: number;
}

export interface MessageTiming {
  wall_ms: number;
  /** Inside the workers' kernels, summed over all threads. */
  busy_ms: number;
  stages: Stages;
}

/** The rows of a batch, cut where they are needed. */
export interface RowSource {
  readonly n_rows: number;
  readonly n_cols: number;
  /** A copy of some rows, in a buffer of its own. */
  rows(start: number, end: number): Float64Array;
}

/** How a batch is spread. */
export interface Spread {
  n_workers: number;
  n_slices?: number;
  /** Asked before each slice. */
  isCancelled(): boolean;
  /** Told after each slice: rows done. */
  onDone?(n_rows: number): void;
}

export class IsolatedPool {
  readonly #script: string;
  readonly #build: Build;
  readonly #timeout_ms: number;
  /** Threads of each worker. */
  #n_threads = 1;
  #workers: IsolatedWorker[] = [];
  /** Model files that every worker has, or will have before its first slice. */
  readonly #models = new Map<number, ModelFile>();
  /** What a row of a model costs a worker, milliseconds. */
  readonly #rowMs = new Map<number, number>();

  /** `timeout_ms`: what a step of a worker's start may take. */
  constructor(script: string, build: Build, timeout_ms: number) {
    this.#script = script;
    this.#build = build;
    this.#timeout_ms = timeout_ms;
  }

  /** Has `n` workers spin together, and sums up how many cores they got. */
  async cores(n: number, n_threads: number, clock_step_ms: number): Promise<number> {
    await this.#atLeast(n, n_threads);
    const workers = this.#workers.slice(0, n);
    const spins = workers.map((worker) => worker.spin(clock_step_ms));
    return (await Promise.all(spins)).reduce((sum, cores) => sum + cores, 0);
  }

  /** Makes sure that `n` workers of `n_threads` threads each run and all have the model. */
  async prepare(n: number, n_threads: number, key: number, file: () => ModelFile): Promise<void> {
    const known = this.#models.has(key);
    const model = this.#models.get(key) ?? file();
    this.#models.set(key, model);
    try {
      const old = await this.#atLeast(n, n_threads);
      if (known) return;
      await this.#orNone(Promise.all(old.map((worker) => worker.learn(key, model))));
    } catch (error) {
      // One that cannot be learnt would keep fresh workers from all others.
      if (!known) this.#models.delete(key);
      throw error;
    }
  }

  /** Makes sure that `n` workers of `n_threads` threads each run; fresh ones get all models. Gives those that ran. */
  async #atLeast(n: number, n_threads: number): Promise<IsolatedWorker[]> {
    if (n_threads !== this.#n_threads) {
      this.#end(new BreakevenError('aborted', 'This worker was replaced by one with another number of threads.'));
      this.#n_threads = n_threads;
    }
    this.#workers = this.#workers.filter((worker) => !worker.failed);
    const old = [...this.#workers];
    const fresh = Array.from(
      { length: Math.max(0, n - old.length) },
      () => new IsolatedWorker(this.#script, this.#build),
    );
    this.#workers.push(...fresh);
    await this.#orNone(
      Promise.all(
        fresh.map(async (worker) => {
          await worker.start(this.#n_threads, this.#timeout_ms);
          for (const [key, model] of this.#models) await worker.learn(key, model);
        }),
      ),
    );
    return old;
  }

  /** Half a pool is none: the next call starts a whole one. */
  async #orNone(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#end(error instanceof BreakevenError ? error : new BreakevenError('worker_failed', String(error)));
      throw error;
    }
  }

  /** Forgets a model. */
  drop(key: number): void {
    this.#rowMs.delete(key);
    if (!this.#models.delete(key)) return;
    for (const worker of this.#workers) worker.drop(key).catch(() => {});
  }

  /** Predicts `source` on the first workers into `out`, in row order. */
  async predict(key: number, source: RowSource, out: Int32Array, spread: Spread): Promise<MessageTiming> {
    const workers = this.#workers.slice(0, spread.n_workers);
    const length = this.#sliceLength(key, source.n_rows, workers.length, spread.n_slices);
    const [compute, copy] = [workers.map(() => 0), workers.map(() => 0)];
    let [send, gather, busy_ms, next, done] = [0, 0, 0, 0, 0];
    let isOver = false;
    const lane = async (worker: IsolatedWorker, index: number): Promise<void> => {
      while (next < source.n_rows && !isOver) {
        if (spread.isCancelled()) throw new BreakevenError('aborted', 'The work was cancelled.');
        const sending = performance.now();
        const start = next;
        const end = Math.min(start + length, source.n_rows);
        next = end;
        const rows = source.rows(start, end);
        const answer = worker.predict(key, rows, source.n_cols, start);
        send += performance.now() - sending;
        const { y, compute_ms, copy_ms, busy_ms: busy } = await answer;
        const gathering = performance.now();
        if (!isOver) out.set(y, start);
        compute[index] = (compute[index] ?? 0) + compute_ms;
        copy[index] = (copy[index] ?? 0) + copy_ms;
        busy_ms += busy;
        gather += performance.now() - gathering;
        done += end - start;
        if (!isOver) spread.onDone?.(done);
      }
    };
    const begun = performance.now();
    try {
      // Every worker gets its first slice before any gets a second.
      await Promise.all(Array.from({ length: IN_FLIGHT }, () => workers.map(lane)).flat());
    } finally {
      // Where one lane failed the others stop, or they would run into the next call.
      isOver = true;
    }
    const wall_ms = performance.now() - begun;
    const computed = compute.reduce((sum, ms) => sum + ms, 0);
    if (source.n_rows > 0 && computed > 0) this.#rowMs.set(key, computed / source.n_rows);
    return { wall_ms, busy_ms, stages: stages(wall_ms, send, gather, compute, copy) };
  }

  dispose(error: BreakevenError): void {
    this.#end(error);
    this.#models.clear();
  }

  #end(error: BreakevenError): void {
    for (const worker of this.#workers) worker.end(error);
    this.#workers = [];
  }

  #sliceLength(key: number, n_rows: number, n_workers: number, n_slices: number | undefined): number {
    const wanted =
      n_slices === undefined
        ? Math.min(
            Math.ceil(n_rows / n_workers),
            Math.max(Math.ceil(n_rows / (n_workers * SLICES_PER_WORKER)), MIN_SLICE),
          )
        : Math.ceil(n_rows / n_slices);
    const row_ms = this.#rowMs.get(key);
    const longest = row_ms === undefined ? FIRST_SLICE : Math.floor(SLICE_MS / row_ms);
    return Math.max(1, Math.min(wanted, longest, MAX_SLICE));
  }
}

/**
 * Sending and gathering happen on the caller's thread and are stamped there; the rest of the wall time it waits. Of
 * that, as much as the busiest worker computed counts as computing, and as much as it copied rows in as sending.
 */
function stages(wall_ms: number, send: number, gather: number, compute: number[], copy: number[]): Stages {
  const waited = Math.max(0, wall_ms - send - gather);
  let busiest = 0;
  for (const index of compute.keys()) {
    const all = (i: number) => (compute[i] ?? 0) + (copy[i] ?? 0);
    if (all(index) > all(busiest)) busiest = index;
  }
  const computing = Math.min(waited, compute[busiest] ?? 0);
  const copying = Math.min(waited - computing, copy[busiest] ?? 0);
  return { send: send + copying, compute: computing, gather, wait: waited - computing - copying };
}
