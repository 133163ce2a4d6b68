/** The page's end of one coordinator worker: every call settles, whatever becomes of the worker. */

import type { Args, MethodName, Result } from './coordinator/methods.js';
import type { Kind } from './coordinator/store.js';
import { BreakevenError } from './error.js';
import type { Place } from './place.js';
import { Caller } from './rpc/caller.js';
import type { RunOptions } from './types.js';

export class Link {
  readonly #place: Place;
  readonly #caller: Caller;
  readonly #hear: () => void;

  constructor(place: Place) {
    this.#place = place;
    this.#caller = new Caller(place.port, (error) => this.end(error));
    place.onFailure(({ code, message }) => this.end(new BreakevenError(code, message)));
    this.#hear = () => this.#tell('setHidden', document.hidden);
    if (typeof document === 'undefined') return;
    document.addEventListener('visibilitychange', this.#hear);
    // Opened in a page that nobody sees.
    if (document.hidden) this.#hear();
  }

  /** Why this worker is of no more use. */
  get ended(): BreakevenError | null {
    return this.#caller.ended;
  }

  /**
   * Makes one call; it rejects at once when the signal aborts or the worker ends. `patient`: after an abort it still
   * waits for what the worker says, which may have come to its end before it heard.
   */
  async call<K extends MethodName>(
    name: K,
    args: Args<K>,
    { signal, onProgress, patient = false }: RunOptions & { patient?: boolean } = {},
  ): Promise<Result<K>> {
    if (signal?.aborted) throw aborted();
    const { id, answer } = this.#caller.call(name, args, { onProgress });
    const abort = () => {
      this.#tell('cancel', id);
      if (!patient) this.#caller.abandon(id, aborted());
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return (await answer) as Result<K>;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  free(kind: Kind, id: number): void {
    this.#tell('free', kind, id);
  }

  /** Ends the worker, and with it its pool and memory; calls still open reject with `error`. */
  end(error: BreakevenError): void {
    if (this.ended) return;
    this.#caller.end(error);
    this.#place.end();
    if (typeof document !== 'undefined') document.removeEventListener('visibilitychange', this.#hear);
  }

  /** A call whose answer nobody waits for. */
  #tell<K extends MethodName>(name: K, ...args: Args<K>): void {
    this.#caller.call(name, args).answer.catch(() => {});
  }
}

export function aborted(): BreakevenError {
  return new BreakevenError('aborted', 'The work was cancelled.');
}
