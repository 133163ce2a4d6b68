/** What to do with the answer: a rule for each classifier, and the same in Python. */
import type { Report, Strategy } from '../api/types.js';
import { about, count, duration } from './format.js';
import { toldOf } from './words.js';

export interface Rule {
  classifier: string;
  estimator: string;
  /** Rows from which `strategy` is used; null: never. */
  from: number | null;
  /** And up to which; null: up to the largest measured. */
  to: number | null;
  ci95: [number, number] | null;
  strategy: string;
  words: string;
}

type Sweeps = Report['sweeps'];
type Named = readonly Pick<Report['training'][number], 'classifier' | 'estimator'>[];

export function rules(sweeps: Sweeps, training: Named): Rule[] {
  return Object.entries(sweeps).map(([classifier, { break_even, points }]) => {
    const estimator = training.find((row) => row.classifier === classifier)?.estimator ?? classifier;
    const found = toldOf(break_even);
    if (found?.verdict === 'pays' && found.n_rows !== null) {
      const { strategy, n_rows: from, to_rows: to, ci95 } = found;
      const words = to
        ? `Serial below about ${about(from)} and above about ${about(to)} rows, ${strategy} between.`
        : `Serial below about ${about(from)} rows, ${strategy} from there on.`;
      return { classifier, estimator, from, to: to || null, ci95, strategy, words };
    }
    const largest = count(Math.max(0, ...points.map((point) => point.n_rows)));
    const more = found?.verdict === 'unclear' ? '; the measurements do not tell more' : '';
    const words = `Serial, up to ${largest} rows${more}.`;
    return { classifier, estimator, from: null, to: null, ci95: null, strategy: 'serial', words };
  });
}

/** Two digits: more would be false precision in a rule. */
export function rounded(n_rows: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, n_rows))) - 1);
  return Math.ceil(n_rows / step) * step;
}

type Told = Pick<Report, 'environment' | 'sweeps'>;

/** The most that a call takes beyond its rows, over the classifiers; NaN where not measured. */
function overheadMs(sweeps: Sweeps, strategy: Strategy): number {
  const costs = Object.values(sweeps).flatMap(({ cost_model }) =>
    cost_model.filter((cost) => cost.strategy === strategy),
  );
  return costs.length === 0 ? Number.NaN : Math.max(0, ...costs.map((cost) => cost.overhead_us)) / 1000;
}

/** scikit-learn and joblib, ready to paste. */
export function pythonSnippet({ environment, sweeps }: Told, rules: readonly Rule[]): string {
  const { n_threads } = environment;
  // Without shared memory, what isolated workers are is what processes are in Python.
  const strategy = environment.tier === 'threads' ? 'threads' : 'workers';
  const prefer = strategy === 'threads' ? 'threads' : 'processes';
  const overhead = overheadMs(sweeps, strategy);
  const table = rules.map(({ classifier, estimator }) => {
    const found = sweeps[classifier]?.break_even.find((one) => one.strategy === strategy && one.verdict === 'pays');
    const value = found?.n_rows ? rounded(found.n_rows).toLocaleString('en-US').replaceAll(',', '_') : 'None';
    return `    ${JSON.stringify(estimator)}: ${value},`;
  });
  const dispatch = Number.isFinite(overhead) ? `# Handing a batch over cost ${duration(overhead)} there. ` : '# ';
  return `import numpy as np
from joblib import Parallel, delayed
from sklearn.utils import gen_even_slices

# Rows from which ${n_threads} ${prefer} were faster, as Breakeven measured in a browser on this machine.
${dispatch}joblib takes longer:
# in Python these are the least, and timing predict() with and without will tell yours.
BREAK_EVEN = {
${[...new Set(table)].join('\n')}
}


def predict(model, X, n_jobs=${n_threads}):
    """Labels in the order of the rows: serial below the break-even, ${prefer} from there on."""
    least = BREAK_EVEN.get(type(model).__name__)
    if least is None or len(X) < least:
        n_jobs = 1
    if hasattr(model, "estimators_") or hasattr(model, "kneighbors"):
        # These split the work themselves; elsewhere predict() takes no notice of n_jobs.
        return model.set_params(n_jobs=n_jobs).predict(X)
    if n_jobs == 1:
        return model.predict(X)
    parts = Parallel(n_jobs=n_jobs, prefer="${prefer}")(
        delayed(model.predict)(X[rows]) for rows in gen_even_slices(len(X), n_jobs)
    )
    return np.concatenate(parts)
`;
}
