/** The page's engine, as this face's settings have it, and what it runs on. */
import type { Engine, Environment } from '../../api/types.js';
import type { Keeper } from './keeper.js';
import { session } from './session.js';

export class OwnEngine {
  readonly #face: Keeper;
  /** null before it runs. */
  environment: Environment | null = null;

  constructor(face: Keeper) {
    this.#face = face;
  }

  async open(): Promise<Engine> {
    const { experiment, tier } = this.#face;
    const engine = await session.open({ n_threads: experiment.n_threads, tier });
    if (this.#face.isConnected) {
      this.environment = engine.environment;
      this.#face.requestUpdate();
    }
    return engine;
  }
}
