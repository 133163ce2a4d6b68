/** What to do with the answer: a rule for each classifier. */
import type { Report } from '../api/types.js';
import { about, count } from './format.js';
import { earliest } from './sentences.js';

export interface Rule {
  classifier: string;
  estimator: string;
  /** Rows from which `strategy` is used; null: never. */
  from: number | null;
  ci95: [number, number] | null;
  strategy: string;
  words: string;
}

type Sweeps = Report['sweeps'];
type Named = readonly Pick<Report['training'][number], 'classifier' | 'estimator'>[];

export function rules(sweeps: Sweeps, training: Named): Rule[] {
  return Object.entries(sweeps).map(([classifier, { break_even, points }]) => {
    const estimator = training.find((row) => row.classifier === classifier)?.estimator ?? classifier;
    const found = earliest(break_even);
    const largest = Math.max(0, ...points.map((point) => point.n_rows));
    const unclear = break_even.some(({ verdict }) => verdict === 'unclear');
    return {
      ...{ classifier, estimator, from: found?.n_rows ?? null, ci95: found?.ci95 ?? null },
      strategy: found?.strategy ?? 'serial',
      words: found
        ? `Serial below about ${about(found.n_rows)} rows, ${found.strategy} from there on.`
        : `Serial, up to ${count(largest)} rows${unclear ? '; the measurements do not tell more' : ''}.`,
    };
  });
}
