/** Has the engine fetch and start all that a run needs, so that a run fetches nothing. */
import type { Engine } from '../../api/types.js';
import { Ownership } from '../../experiment/ownership.js';

export async function warmUp(engine: Engine): Promise<void> {
  if (engine.environment.tier === 'serial') return;
  const owned = new Ownership();
  try {
    const { X, y } = await engine.makeClassification({ n_samples: 64, n_features: 4, random_state: 0 });
    owned.keep(X);
    const model = owned.keep(await engine.fit({ estimator: 'GaussianNB' }, X, y));
    // The isolated workers start with the first batch that is sent to them.
    await engine.predict(model, X, { strategy: 'workers' });
  } finally {
    owned.freeAll();
  }
}
