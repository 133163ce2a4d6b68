/** Isolated workers, each with a model of its own: rows are copied to them, labels gathered in order. */
import { BreakevenError } from './error.js';
import type { Build } from './files.js';
import type { IsolatedReply, IsolatedRequest } from './protocol.js';
import { startWorker } from './start-worker.js';

/** Rows a message carries at most: 10⁷ rows must not lie in memory twice. */
const MAX_SLICE = 65_536;
/** Slices a worker gets of a long batch, so that a slow one does not keep the others waiting. */
const SLICES_PER_WORKER = 4;
/** Below this many rows a slice is not cut further for balance. */
const MIN_SLICE = 1_024;
/** Slices under way per worker: one being computed, one waiting in its inbox. */
const IN_FLIGHT = 2;

/** Leaves `id` out of each kind of request. */
type Unsent = IsolatedRequest extends infer R ? (R extends IsolatedRequest ? Omit<R, 'id'> : never) : never;
type Answer = Extract<IsolatedReply, { ok: true }>;
interface Open {
  resolve: (reply: Answer) => void;
  reject: (error: BreakevenError) => void;
}

class IsolatedWorker {
  readonly #worker: Worker;
  readonly #open = new Map<number, Open>();
  #next = 0;
  failed: BreakevenError | null = null;

  constructor(script: string) {
    this.#worker = startWorker(script);
    this.#worker.onmessage = ({ data: reply }: MessageEvent<IsolatedReply>) => {
      const open = this.#open.get(reply.id);
      this.#open.delete(reply.id);
      if (reply.ok) {
        open?.resolve(reply);
        return;
      }
      const error = new BreakevenError(reply.code, reply.message);
      // A trap leaves the instance unusable.
      if (reply.code === 'worker_failed') this.failed = error;
      open?.reject(error);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.end(new BreakevenError('worker_failed', event.message || 'An isolated worker could not be started.'));
    };
  }

  send(request: Unsent, transfer: Transferable[] = []): Promise<Answer> {
    if (this.failed) return Promise.reject(this.failed);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id } as IsolatedRequest, transfer);
    });
  }

  end(error: BreakevenError): void {
    this.failed ??= error;
    this.#worker.terminate();
    for (const open of this.#open.values()) open.reject(error);
    this.#open.clear();
  }
}

/** Where the time of one batch went, milliseconds. */
export interface IsolatedTiming {
  /** Copying rows out and posting them. */
  send_ms: number;
  /** Inside the workers' kernels: the busiest worker's, and all summed. */
  compute_ms: number;
  busy_ms: number;
  /** Copying labels together. */
  gather_ms: number;
}

/** The rows of a batch, cut where they are needed. */
export interface RowSource {
  readonly n_rows: number;
  readonly n_cols: number;
  /** A copy of some rows, in a buffer of its own. */
  rows(start: number, end: number): Float64Array;
}

export class IsolatedPool {
  readonly #script: string;
  readonly #build: Build;
  readonly #workers: IsolatedWorker[] = [];
  /** Model files that every worker has, or will have before its first slice. */
  readonly #models = new Map<number, Uint8Array>();

  constructor(script: string, build: Build) {
    this.#script = script;
    this.#build = build;
  }

  /** Makes sure that `n` workers run and all have the model. */
  async prepare(n: number, key: number, file: () => Uint8Array): Promise<void> {
    for (let i = this.#workers.length - 1; i >= 0; i--) {
      if (this.#workers[i]?.failed) this.#workers.splice(i, 1);
    }
    const bytes = this.#models.get(key) ?? file();
    const known = this.#models.has(key);
    const old = [...this.#workers];
    const fresh: IsolatedWorker[] = [];
    while (this.#workers.length < n) {
      const worker = new IsolatedWorker(this.#script);
      this.#workers.push(worker);
      fresh.push(worker);
    }
    this.#models.set(key, bytes);
    await Promise.all([
      ...(known ? [] : old.map((worker) => worker.send({ kind: 'model', key, bytes }))),
      ...fresh.map(async (worker) => {
        await worker.send({ kind: 'start', build: this.#build });
        for (const [key, bytes] of this.#models) await worker.send({ kind: 'model', key, bytes });
      }),
    ]);
  }

  /** Forgets a model. */
  drop(key: number): void {
    if (!this.#models.delete(key)) return;
    for (const worker of this.#workers) worker.send({ kind: 'drop', key }).catch(() => {});
  }

  /** Predicts `source` on the first `n_workers` workers into `out`, in row order. */
  async predict(
    key: number,
    source: RowSource,
    out: Int32Array,
    n_workers: number,
    n_slices?: number,
  ): Promise<IsolatedTiming> {
    const workers = this.#workers.slice(0, n_workers);
    const length = sliceLength(source.n_rows, workers.length, n_slices);
    const timing: IsolatedTiming = { send_ms: 0, compute_ms: 0, busy_ms: 0, gather_ms: 0 };
    let next = 0;
    const busy = workers.map(() => 0);
    const lane = async (worker: IsolatedWorker, index: number): Promise<void> => {
      while (next < source.n_rows) {
        const start = next;
        const end = Math.min(start + length, source.n_rows);
        next = end;
        const sending = performance.now();
        const rows = source.rows(start, end);
        const answer = worker.send({ kind: 'predict', key, rows, n_cols: source.n_cols }, [rows.buffer]);
        timing.send_ms += performance.now() - sending;
        const { y, busy_ms = 0 } = await answer;
        const gathering = performance.now();
        if (y) out.set(y, start);
        timing.gather_ms += performance.now() - gathering;
        busy[index] = (busy[index] ?? 0) + busy_ms;
      }
    };
    // Every worker gets its first slice before any gets a second.
    const lanes = Array.from({ length: IN_FLIGHT }, () => workers.map(lane)).flat();
    await Promise.all(lanes);
    timing.busy_ms = busy.reduce((sum, ms) => sum + ms, 0);
    timing.compute_ms = Math.max(0, ...busy);
    return timing;
  }

  dispose(error: BreakevenError): void {
    for (const worker of this.#workers) worker.end(error);
    this.#workers.length = 0;
    this.#models.clear();
  }
}

function sliceLength(n_rows: number, n_workers: number, n_slices: number | undefined): number {
  const wanted =
    n_slices === undefined
      ? Math.min(
          Math.ceil(n_rows / n_workers),
          Math.max(Math.ceil(n_rows / (n_workers * SLICES_PER_WORKER)), MIN_SLICE),
        )
      : Math.ceil(n_rows / n_slices);
  return Math.max(1, Math.min(wanted, MAX_SLICE));
}
