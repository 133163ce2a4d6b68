/**
 * The question put to scikit-learn: a snippet that times the reader's own model on the reader's own rows. The browser's
 * break-evens stand in it to be compared with, not to be used: to hand rows over, joblib takes milliseconds.
 */
import type { Report, Strategy } from '../api/types.js';
import { about, count, duration } from './format.js';
import { isWide } from './words.js';

type Told = Pick<Report, 'environment' | 'sweeps' | 'training'>;

/** scikit-learn and joblib, ready to paste where `model` and `X` are. */
export function pythonSnippet({ environment, sweeps, training }: Told): string {
  const { n_threads, tier } = environment;
  // Without shared memory, what isolated workers are is what processes are in Python.
  const strategy = tier === 'threads' ? 'threads' : 'workers';
  const prefer = tier === 'threads' ? 'threads' : 'processes';
  return `import copy
from time import perf_counter
from timeit import repeat

import numpy as np
from joblib import Parallel, delayed
from sklearn.utils import gen_even_slices

# Rows from which splitting a batch paid in a browser (${strategy}: ${n_threads}):
${breakEvens(sweeps, training, strategy).join('\n')}
# ${callCost(sweeps, strategy)}joblib takes some 10 ms:
# in Python the numbers are others. What follows measures yours.
N_JOBS = ${Math.max(2, n_threads)}


def split(model, X):
    """Labels in the order of the rows, by N_JOBS ${prefer}."""
    parts = Parallel(n_jobs=N_JOBS, prefer="${prefer}")(
        delayed(model.predict)(X[rows])
        for rows in gen_even_slices(X.shape[0], N_JOBS)
    )
    return np.concatenate(parts)


def break_even(model, X, rounds=7):
    """Rows from which splitting pays; None: not even with all rows of X."""
    def pays(n_rows):
        gains = []
        for _ in range(rounds):
            start = perf_counter()
            model.predict(X[:n_rows])
            between = perf_counter()
            split(model, X[:n_rows])
            gains.append((between - start) / (perf_counter() - between))
        return np.median(gains) > 1

    if not np.array_equal(split(model, X), model.predict(X)):
        raise ValueError("Split, some rows get another label.")
    least, less = None, X.shape[0]
    while less >= N_JOBS and pays(less):
        least, less = less, less // 2
    while least and least - less > max(1, less // 10):
        middle = (less + least) // 2
        least, less = (middle, less) if pays(middle) else (least, middle)
    return least


def predict(X):
    """What model.predict(X) answers, split where that pays."""
    pays = least is not None and X.shape[0] >= least
    return split(single, X) if pays else single.predict(X)


def seconds():
    """A split call with all rows: the middle one of three."""
    return np.median(repeat(lambda: split(single, X), number=1, repeat=3))


# \`model\` is fitted; \`X\` has as many rows as you ever predict at once.
single = copy.copy(model)  # yours stays as it is; this one never splits
single.n_jobs = 1
before = seconds()
least = break_even(single, X)
after = seconds()
print(f"{N_JOBS} ${prefer} pay from {least:,} rows" if least else
      f"{N_JOBS} ${prefer} do not pay with {X.shape[0]:,} rows")
if not 1 / 1.5 < after / before < 1.5:
    print("Do not trust it: the same call's times differ by more than half.")
`;
}

type Sweeps = Told['sweeps'];

/** A line of comment for each classifier. */
function breakEvens(sweeps: Sweeps, training: Told['training'], strategy: Strategy): string[] {
  const rows = Object.entries(sweeps).map(([classifier, { break_even, points }]) => {
    const estimator = training.find((row) => row.classifier === classifier)?.estimator ?? '';
    const found = break_even.find((one) => one.strategy === strategy);
    const largest = Math.max(0, ...points.map((point) => point.n_rows));
    const [low, high] = (found && isWide(found) && found.ci95) || [];
    const pays = low && high ? `${about(low)} to ${about(high)}` : about(found?.n_rows ?? 0);
    const words = { pays, never_pays: `not up to ${count(largest)}`, unclear: 'not clear' };
    return [classifier, estimator, found ? words[found.verdict] : 'not measured'];
  });
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `#   ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`);
}

/** The most that a call took beyond its rows, over the classifiers; '' where it was not measured. */
function callCost(sweeps: Sweeps, strategy: Strategy): string {
  const costs = Object.values(sweeps).flatMap(({ cost_model }) =>
    cost_model.filter((cost) => cost.strategy === strategy).map((cost) => cost.overhead_us / 1000),
  );
  return costs.length > 0
    ? `There a call took up to ${duration(Math.max(0, ...costs))} besides its rows, `
    : 'A call of ';
}
