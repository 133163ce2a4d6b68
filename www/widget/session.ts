/** One engine at a time, loaded when it is first needed and again when its options change. */
import { load } from '../api/engine.js';
import type { Engine } from '../api/types.js';
import type { TierChoice } from '../experiment/url.js';

export interface SessionOptions {
  n_threads: number | undefined;
  tier: TierChoice;
}

export class Session {
  #key = '';
  #engine: Promise<Engine> | null = null;

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

  /** Ends every worker. Calls still open reject. */
  async close(): Promise<void> {
    const engine = this.#engine;
    this.#engine = null;
    await engine?.then(
      (loaded) => loaded.dispose(),
      () => undefined,
    );
  }
}
