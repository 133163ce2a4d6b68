// From one thread to many: what searches, fits, predictions and dispatch take on each number of threads, from where
// threads pay, and whether the automatic choice finds the best number.
import { GRIDS } from '../models.mjs';
import { markdownTable } from '../table.mjs';
import { withPage } from './browser.mjs';
import { ourDispatch } from './dispatch.mjs';

/** Times each is done; the least counts, as whatever else runs only makes it longer. */
const TIMES = 5;
/** Batches that prediction is timed at. */
const BATCHES = { RF: 100_000, NB: 1_000_000 };
/** Sizes at which the automatic choice is compared with each number of threads. */
const AUTO_SIZES = [10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000];

/** By number of threads, what was measured; and what the automatic choice costs on the most. */
export async function scaling(counts, onCount = () => {}) {
  return withPage(async (page) => {
    const by_threads = {};
    for (const n_threads of counts) {
      const one = await page.evaluate(onThreads, { n_threads, grids: GRIDS, times: TIMES, batches: BATCHES });
      if (n_threads > 1) one.dispatch = await ourDispatch(page, n_threads);
      by_threads[n_threads] = one;
      onCount(n_threads, one);
    }
    const most = Math.max(...counts);
    const auto =
      most > 1 ? await page.evaluate(chosen, { n_threads: most, counts, grids: GRIDS, sizes: AUTO_SIZES }) : null;
    return { user_agent: await page.evaluate(() => navigator.userAgent), by_threads, auto };
  });
}

/** In the page, where `api` is the library. */
async function onThreads({ n_threads, grids, times, batches }) {
  const engine = await window.api.load({ n_threads });
  const timed = async (work) => {
    const begun = performance.now();
    const value = await work();
    return { ms: performance.now() - begun, value };
  };
  const least = async (work) => {
    const tries = [];
    for (let i = 0; i < times; i++) tries.push(await timed(work));
    return tries.reduce((a, b) => (b.ms < a.ms ? b : a));
  };
  try {
    const { X, y } = await engine.makeClassification({ n_samples: 10_000, n_features: 10, random_state: 0 });
    const { X_train, y_train } = await engine.trainTestSplit(X, y, { test_size: 0.2, random_state: 2020 });
    const [search_ms, fit_ms, models, scores] = [{}, {}, {}, {}];
    for (const [name, grid] of Object.entries(grids)) {
      const { ms, value } = await least(() => engine.gridSearchCV(grid, X_train, y_train));
      const fits = value.cv_results.mean_fit_time_ms;
      [search_ms[name], fit_ms[name]] = [ms, fits.reduce((sum, ms) => sum + ms, 0) / fits.length];
      [models[name], scores[name]] = [value.best_estimator, value.best_score];
    }
    const rows = (n_samples) => engine.makeClassification({ n_samples, n_features: 10, random_state: 5 });
    const made = await least(async () => {
      const { X } = await rows(1_000_000);
      X.free();
    });
    const predict_ms = {};
    for (const [name, n_rows] of Object.entries(batches)) {
      const { X } = await rows(n_rows);
      const strategy = n_threads > 1 ? 'threads' : 'serial';
      const told = await least(() => engine.predict(models[name], X, { strategy }));
      predict_ms[name] = told.value.wall_ms;
      X.free();
    }
    const pays = {};
    if (n_threads > 1) {
      const batch_sizes = [1, 10, 100, 1000, 10_000, 100_000];
      const { NB, LR, RF } = models;
      const measurement = engine.measurement({
        models: { NB, LR, RF },
        strategies: ['serial', 'threads'],
        batch_sizes,
      });
      const reports = await measurement.go({ total_ms: 15_000 });
      measurement.free();
      for (const [name, { break_even }] of Object.entries(reports)) pays[name] = break_even[0];
    }
    return { search_ms, fit_ms, scores, make_ms: made.ms, predict_ms, pays };
  } finally {
    await engine.dispose();
  }
}

/** In the page: each number of threads, and the automatic choice, beside serial at the same sizes. */
async function chosen({ n_threads, counts, grids, sizes }) {
  const engine = await window.api.load({ n_threads });
  try {
    const { X, y } = await engine.makeClassification({ n_samples: 10_000, n_features: 10, random_state: 0 });
    const found = {};
    for (const name of ['NB', 'RF']) {
      const { estimator, params } = grids[name];
      const model = await engine.fit({ estimator, params }, X, y);
      const { points } = await engine.measure({
        ...{ model, strategies: ['serial', 'threads', 'auto'], batch_sizes: sizes },
        ...{ thread_counts: counts.filter((n) => n > 1), budget_ms: 1000, max_bisections: 0 },
      });
      found[name] = points.map(({ strategy, n_rows, n_threads, n_threads_used, median_ms }) => ({
        ...{ strategy, n_rows, n_threads, n_threads_used, median_ms },
      }));
    }
    return found;
  } finally {
    await engine.dispose();
  }
}

/** How much longer the automatic choice takes than the best number of threads, over the sizes: a share. */
export function regretOf(points) {
  const sizes = [...new Set(points.map((point) => point.n_rows))];
  const ratios = sizes.flatMap((n_rows) => {
    const here = points.filter((point) => point.n_rows === n_rows);
    const auto = here.find((point) => point.strategy === 'auto');
    const best = Math.min(...here.filter((point) => point !== auto).map((point) => point.median_ms));
    return auto ? [{ n_rows, n_threads: auto.n_threads_used, ratio: auto.median_ms / best }] : [];
  });
  const logs = ratios.map(({ ratio }) => Math.log(ratio));
  const worst = ratios.reduce((a, b) => (b.ratio > a.ratio ? b : a));
  return {
    mean: Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length) - 1,
    worst: worst.ratio - 1,
    worst_n_rows: worst.n_rows,
    chosen: ratios.map(({ n_rows, n_threads }) => [n_rows, n_threads]),
  };
}

const brief = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** As a table: a column a number of threads. */
export function scalingTable({ by_threads }) {
  const counts = Object.keys(by_threads);
  const row = (name, of) => [
    name,
    ...counts.map((n) => {
      const value = of(by_threads[n]);
      return value === undefined || value === null ? '' : typeof value === 'number' ? brief(value) : value;
    }),
  ];
  const rows = (pays) =>
    pays ? (pays.verdict === 'pays' ? `${pays.n_rows} [${pays.ci95.join(', ')}]` : pays.verdict) : '';
  return markdownTable(
    ['', ...counts.map((n) => `${n} ${n === '1' ? 'thread' : 'threads'}`)],
    [
      ...Object.keys(GRIDS).map((name) => row(`${name} search, ms`, (one) => one.search_ms[name])),
      row('mean time of one LR fit, ms', (one) => one.fit_ms.LR),
      row('mean time of one RF fit, ms', (one) => one.fit_ms.RF),
      row('make_classification 10⁶ × 10, ms', (one) => one.make_ms),
      row('dispatch, hot, µs', (one) => one.dispatch?.hot_us),
      row('dispatch, parked, µs', (one) => one.dispatch?.parked_us),
      row('RF predict 10⁵, ms', (one) => one.predict_ms.RF),
      row('NB predict 10⁶, ms', (one) => one.predict_ms.NB),
      ...['NB', 'LR', 'RF'].map((name) => row(`${name} pays from, rows`, (one) => rows(one.pays[name]))),
    ],
  );
}
