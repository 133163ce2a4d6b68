import { expect, type Page, type Worker as PageWorker, test } from '@playwright/test';
import type { Engine, Matrix } from '../../www/breakeven.js';

type Api = typeof import('../../www/breakeven.js');
declare global {
  interface Window {
    api: Api;
    /** An engine whose worker will die, and the codes that its open calls end with. */
    doomed: { engine: Engine; X: Matrix; open: Promise<string>[] };
  }
}

const TIERS = ['threads', 'workers', 'serial'] as const;

test.beforeEach(async ({ page }) => {
  await library(page, '/runner.html');
});

async function library(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.evaluate(async (url) => {
    window.api = await import(url);
  }, '/breakeven.js');
}

for (const tier of TIERS) {
  test(`the ${tier} tier trains, predicts and agrees with itself by every strategy it has`, async ({ page }) => {
    const result = await page.evaluate(async (tier) => {
      const engine = await window.api.load({ tier, n_threads: 2 });
      const { X, y } = await engine.makeClassification({ n_samples: 600, n_features: 6, random_state: 3 });
      const model = await engine.fit(
        { estimator: 'RandomForestClassifier', params: { n_estimators: 20, random_state: 1 } },
        X,
        y,
      );
      const serial = await engine.predict(model, X, { strategy: 'serial' });
      const equal: Record<string, boolean | string> = {};
      for (const strategy of ['threads', 'workers', 'async', 'auto'] as const) {
        try {
          const other = await engine.predict(model, X, { strategy });
          equal[strategy] = other.y.every((label, row) => label === serial.y[row]) && other.y.length === 600;
        } catch (error) {
          equal[strategy] = (error as { code: string }).code;
        }
      }
      const copy = await engine.loadModel(await model.save());
      const again = await engine.predict(copy, X, { strategy: 'serial' });
      const score = await model.score(X, y);
      const { environment } = engine;
      await engine.dispose();
      return {
        tier: environment.tier,
        reason: environment.tier_reason,
        equal,
        score,
        same: again.y.every((label, row) => label === serial.y[row]),
      };
    }, tier);
    expect(result.tier).toBe(tier);
    expect(result.same).toBe(true);
    expect(result.score).toBeGreaterThan(0.99);
    expect(result.equal).toEqual({
      threads: tier === 'threads' ? true : 'threads_unavailable',
      workers: tier === 'serial' ? 'threads_unavailable' : true,
      async: true,
      auto: true,
    });
    if (tier === 'threads') expect(result.reason).toBeNull();
    else expect(result.reason).toContain('was asked for');
  });
}

test("smartcore's models train, search, predict by every strategy and survive their files", async ({ page }) => {
  const result = await page.evaluate(async () => {
    const engine = await window.api.load({ tier: 'threads', n_threads: 2 });
    const three = { n_features: 6, n_informative: 4, n_classes: 3, random_state: 3 };
    const { X, y } = await engine.makeClassification({ n_samples: 400, ...three });
    const result: Record<string, Record<string, unknown>> = {};
    for (const [estimator, params, param_grid] of [
      ['GaussianNB', {}, {}],
      ['LogisticRegression', {}, { C: [0.1, 1] }],
      ['RandomForestClassifier', { n_estimators: 12 }, { max_depth: [2, null] }],
      ['KNeighborsClassifier', { weights: 'distance' }, { n_neighbors: [3, 9] }],
      ['SVC', { C: 10 }, { kernel: ['rbf', 'linear'] }],
      ['DecisionTreeClassifier', {}, { min_samples_leaf: [1, 5] }],
    ] as const) {
      const spec = {
        estimator,
        params: { ...params } as Record<string, string | number>,
        backend: 'smartcore',
      } as const;
      const grid = Object.fromEntries(Object.entries(param_grid).map(([name, values]) => [name, [...values]]));
      const search = await engine.gridSearchCV({ ...spec, param_grid: grid, cv: 3 }, X, y);
      const model = await engine.fit(spec, X, y);
      const serial = await engine.predict(model, X, { strategy: 'serial' });
      const same: Record<string, boolean> = {};
      for (const strategy of ['threads', 'workers', 'async', 'auto'] as const) {
        const other = await engine.predict(model, X, { strategy });
        same[strategy] = other.y.join() === serial.y.join();
      }
      const copy = await engine.loadModel(await model.save());
      same.file = (await engine.predict(copy, X)).y.join() === serial.y.join();
      result[estimator] = {
        same,
        score: await model.score(X, y),
        best: search.best_score,
        columns:
          estimator === 'SVC'
            ? (await model.decisionFunction(X)).length / 400
            : (await model.predictProba(X)).length / 400,
      };
    }
    const refused = await engine.fit({ estimator: 'SVC', backend: 'breakeven' }, X, y).then(
      () => 'no error',
      (error) => `${error.code}: ${error.message}`,
    );
    await engine.dispose();
    return { result, refused };
  });
  for (const [estimator, { same, score, best, columns }] of Object.entries(result.result)) {
    expect(same, estimator).toEqual({ threads: true, workers: true, async: true, auto: true, file: true });
    expect(score, estimator).toBeGreaterThan(0.6);
    expect(best, estimator).toBeGreaterThan(0.5);
    expect(columns, estimator).toBe(3);
  }
  expect(Object.keys(result.result)).toHaveLength(6);
  expect(result.refused).toMatch(/^invalid_param: backend = 'breakeven'.*'smartcore'/);
});

test('a search by other scores, and which class is taken for which', async ({ page }) => {
  const told = await page.evaluate(async () => {
    const engine = await window.api.load({ n_threads: 2 });
    const { X, y } = await engine.loadDataset('breast_cancer', { standardise: true });
    const grid = { estimator: 'LogisticRegression' as const, param_grid: { C: [0.01, 1] }, cv: 3 };
    const refused = (call: Promise<unknown>) =>
      call.then(
        () => 'no error',
        (error) => `${error.code} ${error.setting}: ${error.message}`,
      );
    const scores: Record<string, number> = {};
    for (const scoring of ['balanced_accuracy', 'f1_macro', 'roc_auc', 'neg_log_loss'] as const)
      scores[scoring] = (await engine.gridSearchCV({ ...grid, scoring }, X, y)).best_score;
    const model = await engine.fit({ estimator: 'LogisticRegression' }, X, y);
    const other = y.slice();
    other[500] = 7;
    const report = window.api.classificationReport(await model.confusionMatrix(X, y), model.classes);
    const result = {
      ...{ scores, report, score: await model.score(X, y) },
      loss: await refused(engine.gridSearchCV({ ...grid, estimator: 'LinearSVC', scoring: 'neg_log_loss' }, X, y)),
      other: await refused(engine.gridSearchCV({ ...grid, scoring: 'recall' as never }, X, y)),
      label: await refused(model.confusionMatrix(X, other)),
      length: await refused(model.confusionMatrix(X, other.slice(1))),
    };
    await engine.dispose();
    return result;
  });
  // GridSearchCV(LogisticRegression(), { 'C': [0.01, 1] }, cv=3, scoring=…) of scikit-learn 1.9.1.
  expect(told.scores.balanced_accuracy).toBeCloseTo(0.9727837613918808, 9);
  expect(told.scores.f1_macro).toBeCloseTo(0.9736183584107492, 9);
  expect(told.scores.roc_auc).toBeCloseTo(0.9941565358537781, 9);
  expect(told.scores.neg_log_loss).toBeCloseTo(-0.08868094884386472, 5);
  expect(told.report.accuracy).toBe(told.score);
  expect(told.report.classes.map(({ label, support }) => [label, support])).toEqual([
    [0, 212],
    [1, 357],
  ]);
  expect(told.loss).toMatch(/^invalid_param scoring: .*for LinearSVC, which has no probabilities/);
  expect(told.other).toMatch(/^invalid_param scoring: .*'recall'.*one of 'accuracy', .*'neg_log_loss'/);
  expect(told.label).toMatch(/^invalid_param y: y = 7 is not possible: it must be a class of the model: 0, 1/);
  expect(told.length).toMatch(/^shape_mismatch y: /);
});

test('all tiers give the same forest', async ({ page }) => {
  const files = await page.evaluate(async (tiers) => {
    const files: string[] = [];
    for (const tier of tiers) {
      const engine = await window.api.load({ tier, n_threads: 3 });
      const { X, y } = await engine.makeClassification({ n_samples: 500, n_features: 8, random_state: 7 });
      const model = await engine.fit(
        { estimator: 'RandomForestClassifier', params: { n_estimators: 9, random_state: 2 } },
        X,
        y,
      );
      files.push((await model.save()).join());
      await engine.dispose();
    }
    return files;
  }, TIERS);
  expect(files[1]).toBe(files[0]);
  expect(files[2]).toBe(files[0]);
});

/** A cancel waits for a step of training, 60 ms, and the unit of work that ends it; what is more is for a busy machine. */
const QUICKLY_MS = 1000;

test('a search reports progress, can be cancelled quickly, and leaves the engine usable', { tag: '@alone' }, async ({
  page,
}) => {
  const result = await page.evaluate(async () => {
    const engine = await window.api.load({ n_threads: 2 });
    const { X, y } = await engine.makeClassification({ n_samples: 4000, n_features: 10, random_state: 0 });
    const spec = { estimator: 'RandomForestClassifier', params: { random_state: 0 }, param_grid: {} } as const;
    const control = new AbortController();
    const seen: number[] = [];
    let code = '';
    let cancelled_at = 0;
    await engine
      .gridSearchCV({ ...spec, param_grid: { n_estimators: [3000] } }, X, y, {
        signal: control.signal,
        onProgress: ({ done }) => {
          seen.push(done);
          if (seen.length !== 3) return;
          cancelled_at = performance.now();
          control.abort();
        },
      })
      .catch((error) => {
        code = error.code;
      });
    const told_ms = performance.now() - cancelled_at;
    const { y: labels } = await engine.predict(await engine.fit({ estimator: 'GaussianNB' }, X, y), X);
    const usable_ms = performance.now() - cancelled_at;
    await engine.dispose();
    return { code, seen, n: labels.length, told_ms, usable_ms };
  });
  expect(result.code).toBe('aborted');
  // The third is the last that is heard, and each is further on than the one before.
  expect(result.seen).toHaveLength(3);
  expect(result.seen).toEqual([...new Set(result.seen)].sort((a, b) => a - b));
  expect(result.seen[2]).toBeLessThan(3000);
  expect(result.told_ms).toBeLessThan(QUICKLY_MS);
  expect(result.usable_ms).toBeLessThan(QUICKLY_MS);
  expect(result.n).toBe(4000);
});

test('impossible settings give a typed error that names the setting, and the engine goes on', async ({ page }) => {
  const errors = await page.evaluate(async () => {
    const engine = await window.api.load({ n_threads: 2 });
    const { X, y } = await engine.makeClassification({ n_samples: 60, n_features: 5, random_state: 0 });
    const attempts: Record<string, () => Promise<unknown>> = {
      n_informative: () =>
        engine.makeClassification({ n_samples: 10, n_features: 3, n_informative: 9, random_state: 0 }),
      test_size: () => engine.trainTestSplit(X, y, { test_size: 2, random_state: 0 }),
      split_seed: () => engine.trainTestSplit(X, y, { test_size: 0.2, random_state: null as unknown as number }),
      split_flag: () =>
        engine.trainTestSplit(X, y, { test_size: 0.2, random_state: 0, stratify: 'no' as unknown as boolean }),
      no_engine: () => window.api.runExperiment(undefined as unknown as Engine, {}),
      C: () => engine.fit({ estimator: 'LogisticRegression', params: { C: 0 } }, X, y),
      empty_grid: () => engine.gridSearchCV({ estimator: 'LinearSVC', param_grid: { C: [] } }, X, y),
      large_grid: () => {
        const values = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
        return engine.gridSearchCV({ estimator: 'LinearSVC', param_grid: { C: values(167), tol: values(3) } }, X, y);
      },
      one_class: () => engine.fit({ estimator: 'GaussianNB' }, X, new Int32Array(60)),
      nan: () => engine.matrix(new Float64Array([1, Number.NaN]), 1, 2),
      memory: () => engine.makeClassification({ n_samples: 400_000_000, n_features: 10, random_state: 0 }),
      estimator: () => engine.fit({ estimator: 'Oracle' as 'SVC' }, X, y),
      width: async () =>
        engine.predict(
          await engine.fit({ estimator: 'GaussianNB' }, X, y),
          await engine.matrix(new Float64Array(3), 1, 3),
        ),
      file: () => engine.loadModel(new Uint8Array([1, 2, 3])),
      format: async () => {
        const file = await (await engine.fit({ estimator: 'GaussianNB' }, X, y)).save();
        file[8] = 9;
        return engine.loadModel(file);
      },
      unknown: () => engine.fit({ estimator: 'GaussianNB', params: { smoothing: 1 } }, X, y),
      strategy: async () =>
        engine.predict(await engine.fit({ estimator: 'GaussianNB' }, X, y), X, { strategy: 'magic' as 'serial' }),
    };
    const errors: Record<string, string> = {};
    for (const [name, attempt] of Object.entries(attempts)) {
      errors[name] = await attempt().then(
        () => 'no error',
        (error) => `${error.code}: ${error.message}`,
      );
    }
    errors.after = String((await engine.fit({ estimator: 'GaussianNB' }, X, y)).n_features_in);
    await engine.dispose();
    errors.disposed = await engine.makeClassification({ n_samples: 10, n_features: 4, random_state: 0 }).then(
      () => 'no error',
      (error) => error.code,
    );
    return errors;
  });
  expect(errors.n_informative).toMatch(/^invalid_param: .*n_informative/);
  expect(errors.test_size).toMatch(/^invalid_param: test_size = 2 .*above 0 and below 1$/);
  expect(errors.split_seed).toMatch(/^invalid_param: params.random_state = null .*a whole number from 0/);
  expect(errors.split_flag).toBe("invalid_param: params.stratify = 'no' is not possible: it must be true or false");
  expect(errors.no_engine).toMatch(/^invalid_param: engine = undefined .*what load\(\) resolves with/);
  expect(errors.C).toMatch(/^invalid_param: C = 0 .*a number > 0$/);
  expect(errors.empty_grid).toMatch(/^invalid_param: .*C/);
  expect(errors.large_grid).toBe(
    'invalid_param: spec.param_grid = a grid of 501 settings is not possible: it must be one of at most 500',
  );
  expect(errors.one_class).toMatch(/^too_few_classes: .*at least 2/);
  expect(errors.nan).toMatch(/^non_finite: .*row 0, column 1/);
  expect(errors.memory).toMatch(/^out_of_memory: .*at most \d+ rows fit/);
  expect(errors.estimator).toMatch(/^not_found: .*GaussianNB/);
  expect(errors.width).toMatch(/^shape_mismatch: .*5 columns/);
  expect(errors.file).toMatch(/^bad_model_file/);
  expect(errors.format).toMatch(/^bad_model_file: .*it has format 9, this page reads formats 2 to 3/);
  expect(errors.unknown).toMatch(/^invalid_param: smoothing.*var_smoothing/);
  expect(errors.strategy).toMatch(/^invalid_param: strategy/);
  expect(errors.after).toBe('5');
  expect(errors.disposed).toBe('disposed');
});

test('a measurement checks every point, fits costs and gives a verdict for each strategy', { tag: '@alone' }, async ({
  page,
}) => {
  const report = await page.evaluate(async () => {
    const engine = await window.api.load({ n_threads: 2 });
    const { X, y } = await engine.makeClassification({ n_samples: 2000, n_features: 10, random_state: 0 });
    const model = await engine.fit({ estimator: 'GaussianNB' }, X, y);
    const report = await engine.measure({
      model,
      strategies: ['serial', 'threads', 'workers', 'async'],
      batch_sizes: [10, 1000],
      budget_ms: 200,
      random_state: 4,
    });
    await engine.dispose();
    return report;
  });
  // All that were asked for; looking for break-evens adds others between.
  for (const strategy of ['serial', 'threads', 'workers', 'async']) {
    const rows = report.points.filter((point) => point.strategy === strategy).map((point) => point.n_rows);
    expect(rows, strategy).toEqual(expect.arrayContaining([10, 1000]));
    expect(new Set(rows).size, strategy).toBe(rows.length);
    expect([Math.min(...rows), Math.max(...rows)], strategy).toEqual([10, 1000]);
  }
  for (const point of report.points) {
    expect(point.equal_to_serial).toBe(true);
    expect(point.median_ms).toBeGreaterThan(0);
    expect(point.min_ms).toBeLessThanOrEqual(point.median_ms);
    expect(point.ci95_ms[0]).toBeLessThanOrEqual(point.median_ms);
    expect(point.ci95_ms[1]).toBeGreaterThanOrEqual(point.median_ms);
    expect(point.rows_per_s).toBeCloseTo(point.n_rows / (point.median_ms / 1000), -1);
  }
  expect(report.cost_model.map((line) => line.strategy).sort()).toEqual(['async', 'serial', 'threads', 'workers']);
  for (const { strategy, overhead_us, ns_per_row, worst_residual } of report.cost_model) {
    // A line through points that scatter may lie flat, or begin at 0; it misses none by more than it says.
    expect(overhead_us + ns_per_row, strategy).toBeGreaterThan(0);
    const off = report.points
      .filter((point) => point.strategy === strategy)
      .map(({ n_rows, median_ms }) => Math.abs((overhead_us / 1e3 + (ns_per_row / 1e6) * n_rows) / median_ms - 1));
    expect(Math.max(...off), strategy).toBeCloseTo(worst_residual ?? Number.NaN, 6);
  }
  // A batch handed to one worker cannot pay: only of the others it is asked. Whether they pay is the machine's to say;
  // if they do it is said from where, and if that cannot be told, why.
  expect(report.break_even.map(({ strategy }) => strategy).sort()).toEqual(['threads', 'workers']);
  for (const { strategy, verdict, n_rows, ci95, reason } of report.break_even) {
    const said = [n_rows !== null, ci95 !== null, reason !== null];
    expect(said, strategy).toEqual([verdict === 'pays', verdict === 'pays', verdict === 'unclear']);
    const [low, high] = ci95 ?? [1, 1000];
    expect(n_rows ?? low, strategy).toBeGreaterThanOrEqual(low);
    expect(n_rows ?? low, strategy).toBeLessThanOrEqual(Math.min(high, 1000));
  }
  // A message takes 0.3 ms, a thousand rows done serially 0.01 ms; but of a machine whose cores others took, nothing
  // is said.
  const workers = report.break_even.find(({ strategy }) => strategy === 'workers');
  // Where others used the cores, or these were far from each other, too little may be left to tell.
  const { n_disturbed = 0, apart = 0 } = report.capacity ?? {};
  const open = n_disturbed > 0 || apart > 0 ? ['unclear, cores_taken', 'unclear, noise', 'unclear, budget'] : [];
  expect(['never_pays, null', ...open]).toContain(`${workers?.verdict}, ${workers?.reason}`);
});

/** What can become of the coordinator's worker: each is done in the worker, and told by the browser. */
const DEATHS: Record<string, (worker: PageWorker) => Promise<void>> = {
  'whose instance traps for want of memory': (worker) =>
    worker.evaluate(async (glue) => {
      const { __wbindgen_malloc } = await (await import(glue)).default();
      for (let size = 2 ** 30; size >= 16; size /= 2) {
        try {
          while (true) __wbindgen_malloc(size, 1);
        } catch {
          // Not even that many bytes.
        }
      }
    }, '/wasm/threads/breakeven.js'),
  'whose script throws': (worker) =>
    worker.evaluate(() => {
      setTimeout(() => {
        throw new Error('Thrown by the test.');
      });
    }),
  'that ends without a word': (worker) => worker.evaluate(() => self.close()),
};

for (const [death, kill] of Object.entries(DEATHS)) {
  test(`a worker ${death} rejects its open calls, and the next call starts a fresh one`, async ({ page }) => {
    const started: PageWorker[] = [];
    page.on('worker', (worker) => worker.url().endsWith('/coordinator.worker.js') && started.push(worker));
    await page.evaluate(async () => {
      // One thread: memory that ends in another one of the pool would be another death.
      const engine = await window.api.load({ n_threads: 1 });
      const { X, y } = await engine.makeClassification({ n_samples: 3000, n_features: 10, random_state: 0 });
      const code = (call: Promise<unknown>) =>
        call.then(
          () => 'no error',
          (error) => error.code,
        );
      await new Promise<void>((begun) => {
        const spec = { estimator: 'RandomForestClassifier', params: { n_estimators: 5000 } } as const;
        const fit = code(engine.fit(spec, X, y, { onProgress: () => begun() }));
        window.doomed = { engine, X, open: [fit, code(X.toArray())] };
      });
    });
    expect(started).toHaveLength(1);
    await kill(started[0] as PageWorker);
    const found = await page.evaluate(async () => {
      const { engine, X, open } = window.doomed;
      const codes = await Promise.all(open);
      const stale = await X.toArray().then(
        () => 'no error',
        (error) => error.code,
      );
      const fresh = await engine.makeClassification({ n_samples: 10, n_features: 4, random_state: 0 });
      await engine.dispose();
      return { codes, stale, rows: fresh.X.n_rows };
    });
    const code = death.includes('memory') ? 'out_of_memory' : 'worker_failed';
    expect(found).toEqual({ codes: [code, code], stale: code, rows: 10 });
    expect(started).toHaveLength(2);
    await expect.poll(() => page.workers()).toEqual([]);
  });
}
