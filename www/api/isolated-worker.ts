/** The coordinator's end of one isolated worker: every request settles, whatever becomes of the worker. */
import { BreakevenError } from './error.js';
import type { Build } from './files.js';
import { lifeName, onceEnded } from './life.js';
import type { IsolatedReply, IsolatedRequest } from './protocol.js';
import { startWorker } from './start-worker.js';

/** Leaves `id` out of each kind of request. */
type Unsent = IsolatedRequest extends infer R ? (R extends IsolatedRequest ? Omit<R, 'id'> : never) : never;
type Answer = Extract<IsolatedReply, { ok: true }>;
interface Open {
  resolve: (reply: Answer) => void;
  reject: (error: BreakevenError) => void;
}

export class IsolatedWorker {
  readonly #build: Build;
  readonly #worker: Worker;
  readonly #open = new Map<number, Open>();
  readonly #watch = new AbortController();
  #next = 0;
  /** Why this worker is of no more use. */
  failed: BreakevenError | null = null;

  constructor(script: string, build: Build) {
    this.#build = build;
    this.#worker = startWorker(script);
    this.#worker.onmessage = ({ data }: MessageEvent<IsolatedReply>) => this.#hear(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.end(new BreakevenError('worker_failed', event.message || 'An isolated worker could not be started.'));
    };
  }

  /** Loads its wasm, and its pool where it is to have more than one thread. */
  async start(n_threads: number): Promise<void> {
    const life = lifeName();
    await this.send({ kind: 'start', build: this.#build, n_threads, life });
    const lost = 'An isolated worker ended unexpectedly. The next call starts another.';
    onceEnded(life, () => this.end(new BreakevenError('worker_failed', lost)), this.#watch.signal);
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
    if (this.failed) return;
    this.failed = error;
    this.#watch.abort();
    this.#worker.terminate();
    for (const open of this.#open.values()) open.reject(error);
    this.#open.clear();
  }

  #hear(reply: IsolatedReply): void {
    const open = this.#open.get(reply.id);
    this.#open.delete(reply.id);
    if (reply.ok) {
      open?.resolve(reply);
      return;
    }
    const error = new BreakevenError(reply.code, reply.message);
    open?.reject(error);
    if (reply.fatal) this.end(error);
  }
}
