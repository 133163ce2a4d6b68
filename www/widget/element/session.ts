/** The one engine that all widgets of a page share, and whose turn it is. */

import { BreakevenError } from '../../api/error.js';
import { load } from '../../api/load.js';
import type { Engine } from '../../api/types.js';
import type { TierChoice } from '../../experiment/url.js';

/** A cancelled run that has not ended after this long loses its engine: the next run must not wait for it. */
const PATIENCE_MS = 500;

export interface SessionOptions {
  n_threads: number | undefined;
  tier: TierChoice;
}

export class Session {
  readonly #users = new Set<object>();
  readonly #ends = new Set<() => void>();
  #key = '';
  #engine: Promise<Engine> | null = null;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** Whoever may want the engine says so, and when that is over. The last one to leave ends the engine. */
  join(user: object): void {
    this.#users.add(user);
  }

  leave(user: object): void {
    if (this.#users.delete(user) && this.#users.size === 0) void this.close();
  }

  /** Whether somebody else has the turn. */
  get busy(): boolean {
    return this.#waiting > 0;
  }

  /**
   * Waits for the turns taken before this one, and has the next until `work` settles: two runs at once would measure
   * each other.
   *
   * Throws BreakevenError 'aborted' where the signal was given while waiting, or `work` did not heed it.
   */
  async inTurn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    let done = () => {};
    this.#last = new Promise((resolve) => {
      done = resolve;
    });
    this.#waiting += 1;
    const over = () => {
      this.#waiting -= 1;
      done();
    };
    try {
      await waitFor(before, signal);
    } catch (error) {
      // Whoever comes after still waits for those before.
      void before.then(over);
      throw error;
    }
    const late = new AbortController();
    try {
      return await Promise.race([work(), this.#endLate(signal, late.signal)]);
    } finally {
      late.abort();
      over();
    }
  }

  /** Rejects some time after the signal, when the engine has been ended; never once `over` is given. */
  #endLate(signal: AbortSignal, over: AbortSignal): Promise<never> {
    return new Promise((_, reject) => {
      const wait = () => {
        const timer = setTimeout(() => void this.close().finally(() => reject(aborted())), PATIENCE_MS);
        over.addEventListener('abort', () => clearTimeout(timer));
      };
      if (signal.aborted) wait();
      else signal.addEventListener('abort', wait, { once: true, signal: over });
    });
  }

  /** The engine for these options. The one for others is disposed of first: two pools would share the cores. */
  async open({ n_threads, tier }: SessionOptions): Promise<Engine> {
    const key = `${n_threads ?? ''} ${tier}`;
    if (this.#engine === null || this.#key !== key) {
      const before = this.close();
      this.#key = key;
      const loading = before.then(() =>
        load({ ...(n_threads === undefined ? {} : { n_threads }), ...(tier === 'auto' ? {} : { tier }) }),
      );
      this.#engine = loading;
      // A load that failed is tried again the next time.
      loading.catch(() => {
        if (this.#engine === loading) this.#engine = null;
      });
    }
    return this.#engine;
  }

  /** Calls `end` when the engine of now is about to end, for what lives in it from turn to turn; answers how to stop. */
  onEnd(end: () => void): () => void {
    this.#ends.add(end);
    return () => this.#ends.delete(end);
  }

  /** Ends every worker. Calls still open reject. */
  async close(): Promise<void> {
    const engine = this.#engine;
    this.#engine = null;
    for (const end of this.#ends) end();
    this.#ends.clear();
    await engine?.then(
      (loaded) => loaded.dispose(),
      () => undefined,
    );
  }
}

function waitFor(before: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(aborted());
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    void before.then(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
  });
}

function aborted(): BreakevenError {
  return new BreakevenError('aborted', 'The experiment was cancelled.');
}

export const session = new Session();
