/** The page's end of one coordinator worker: every call settles, whatever becomes of the worker. */
import { proxy, type Remote, wrap } from 'comlink';
import type { Coordinator, Kind } from './coordinator.js';
import { BreakevenError } from './error.js';
import type { Place } from './place.js';
import type { Settled, StartOptions, StartReport } from './protocol.js';
import type { RunOptions } from './types.js';

type Calls = Remote<Coordinator>;

export class Link {
  readonly #place: Place;
  readonly #remote: Calls;
  readonly #open = new Set<(error: BreakevenError) => void>();
  readonly #hear: () => void;
  #next = 1;
  /** Why this worker is of no more use. */
  ended: BreakevenError | null = null;

  constructor(place: Place) {
    this.#place = place;
    this.#remote = wrap<Coordinator>(place.port);
    place.onFailure((message) => this.end(new BreakevenError('worker_failed', message)));
    this.#hear = () => void this.#remote.setHidden(document.hidden);
    if (typeof document === 'undefined') return;
    document.addEventListener('visibilitychange', this.#hear);
    // Opened in a page that nobody sees.
    if (document.hidden) this.#hear();
  }

  start(options: StartOptions): Promise<StartReport> {
    return this.#settle(this.#remote.start(options));
  }

  /** Makes one call; it rejects at once when the signal aborts or the worker ends. */
  call<T>(
    make: (remote: Calls, call: number, onProgress?: NonNullable<RunOptions['onProgress']>) => Promise<Settled<T>>,
    { signal, onProgress }: RunOptions = {},
  ): Promise<T> {
    if (signal?.aborted) return Promise.reject(aborted());
    const call = this.#next++;
    let over = false;
    const listener =
      onProgress && proxy((progress: Parameters<typeof onProgress>[0]) => void (over || onProgress(progress)));
    return new Promise<T>((resolve, reject) => {
      const abort = () => {
        void this.#remote.cancel(call);
        reject(aborted());
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#settle(make(this.#remote, call, listener))
        .then(resolve, reject)
        .finally(() => signal?.removeEventListener('abort', abort));
    }).finally(() => {
      over = true;
    });
  }

  /** Waits for an answer, or for the worker's end; a trap in the instance is its end. */
  #settle<T>(answer: Promise<Settled<T>>): Promise<T> {
    if (this.ended) return Promise.reject(this.ended);
    return new Promise<T>((resolve, reject) => {
      this.#open.add(reject);
      answer
        .then((settled) => {
          if (settled.ok) {
            resolve(settled.value);
            return;
          }
          const error = new BreakevenError(settled.code, settled.message);
          if (settled.fatal) this.end(error);
          reject(error);
        }, reject)
        .finally(() => this.#open.delete(reject));
    });
  }

  free(kind: Kind, id: number): void {
    if (!this.ended) void this.#remote.free(kind, id);
  }

  /** Ends the worker, and with it its pool and memory; calls still open reject with `error`. */
  end(error: BreakevenError): void {
    if (this.ended) return;
    this.ended = error;
    this.#place.end();
    if (typeof document !== 'undefined') document.removeEventListener('visibilitychange', this.#hear);
    for (const reject of this.#open) reject(error);
    this.#open.clear();
  }
}

export function aborted(): BreakevenError {
  return new BreakevenError('aborted', 'The work was cancelled.');
}
