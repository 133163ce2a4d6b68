// Thin first version: a report of the environment alone. To be replaced.
import { BreakevenError, type load } from '../api/index.js';

const FIELDS = ['data', 'split', 'classifiers', 'inference', 'sweep', 'n_threads'];

interface Progress {
  stage: string;
  done: number;
  total: number;
}

export async function runExperiment(
  engine: Awaited<ReturnType<typeof load>>,
  experiment: Record<string, unknown>,
  run: { onProgress?: (progress: Progress) => void } = {},
) {
  const unknown = Object.keys(experiment).find((key) => !FIELDS.includes(key));
  if (unknown) throw new BreakevenError('invalid_param', `Unknown field '${unknown}': use ${FIELDS.join(', ')}.`);
  run.onProgress?.({ stage: 'environment', done: 1, total: 1 });
  return { format: 'breakeven-report', version: 0, environment: engine.environment };
}
