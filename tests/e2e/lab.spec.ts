/** Strategies and measurement in a real browser. */
import { expect, type Page, test } from '@playwright/test';
import type { Matrix, Model } from '../../www/api/types.js';

type Api = typeof import('../../www/breakeven.js');
declare global {
  interface Window {
    api: Api;
    engine: Awaited<ReturnType<Api['load']>>;
    killed: { model: Model; X: Matrix; open: Promise<string> };
  }
}

/** What the coordinator's worker has in the test of a killed one. */
interface Scope {
  isolated: Worker[];
}

test.beforeEach(async ({ page }) => {
  await page.goto('/runner.html');
  await page.evaluate(async (url) => {
    window.api = await import(url);
  }, '/breakeven.js');
});

test.afterEach(async ({ page }) => {
  await page.evaluate(() => window.engine?.dispose());
});

const load = (page: Page, n_threads: number) =>
  page.evaluate(async (n_threads) => {
    window.engine = await window.api.load({ n_threads });
  }, n_threads);

for (const n_threads of [1, 2, 3, 7]) {
  test(`every strategy gives every model's serial labels at every size, with ${n_threads} threads`, async ({
    page,
  }) => {
    await load(page, n_threads);
    const wrong = await page.evaluate(async (n_threads) => {
      const { engine } = window;
      const { X, y } = await engine.makeClassification({ n_samples: 4097, n_features: 5, random_state: 3 });
      const rows = await X.toArray();
      const wrong: string[] = [];
      for (const [estimator, params] of [
        ['GaussianNB', {}],
        ['LogisticRegression', {}],
        ['LinearSVC', {}],
        ['RandomForestClassifier', { n_estimators: 9, random_state: 1 }],
      ] as const) {
        const model = await engine.fit({ estimator, params }, X, y);
        const { y: serial } = await engine.predict(model, X, { strategy: 'serial' });
        for (const n_rows of [0, 1, 2, 63, 64, 65, 127, 128, 129, 1001, 4095, 4096, 4097]) {
          const some = await engine.matrix(rows.slice(0, n_rows * 5), n_rows, 5);
          for (const strategy of ['serial', 'threads', 'workers', 'async', 'auto'] as const) {
            for (const n_slices of [undefined, 3]) {
              const { y } = await engine.predict(model, some, { strategy, n_threads, n_slices });
              const same = y.length === n_rows && y.every((label, row) => label === serial[row]);
              if (!same) wrong.push(`${estimator} ${strategy} ${n_rows} rows ${n_slices} slices`);
            }
          }
          some.free();
        }
      }
      return wrong;
    }, n_threads);
    expect(wrong).toEqual([]);
  });
}

test('predictions asked for at once all come, each with its own labels', async ({ page }) => {
  await load(page, 2);
  const wrong = await page.evaluate(async () => {
    const { engine } = window;
    const { X, y } = await engine.makeClassification({ n_samples: 3000, n_features: 6, random_state: 0 });
    const models = await Promise.all(
      (['GaussianNB', 'LinearSVC', 'LogisticRegression'] as const).map((estimator) => engine.fit({ estimator }, X, y)),
    );
    const strategies = ['serial', 'threads', 'workers', 'async', 'auto'] as const;
    const calls = models.flatMap((model) =>
      strategies.flatMap((strategy) => [2, 3].map((n_slices) => ({ model, strategy, n_slices }))),
    );
    const serial = new Map(models.map((model) => [model, engine.predict(model, X, { strategy: 'serial' })]));
    const found = await Promise.all(
      calls.map(async ({ model, strategy, n_slices }) => {
        const { y } = await engine.predict(model, X, { strategy, n_slices });
        const wanted = (await serial.get(model))?.y;
        return y.every((label, row) => label === wanted?.[row]) && y.length === 3000;
      }),
    );
    return found.filter((right) => !right).length;
  });
  expect(wrong).toBe(0);
});

test('pools within pools give the same labels', async ({ page }) => {
  await load(page, 2);
  const result = await page.evaluate(async () => {
    const { engine } = window;
    const { X, y } = await engine.makeClassification({ n_samples: 5000, n_features: 6, random_state: 0 });
    const model = await engine.fit({ estimator: 'GaussianNB' }, X, y);
    const { y: serial } = await engine.predict(model, X, { strategy: 'serial' });
    const same: boolean[] = [];
    // Each number of threads starts other workers.
    for (const threads_per_worker of [2, 3, 1]) {
      const { y } = await engine.predict(model, X, { strategy: 'workers', n_threads: 3, threads_per_worker });
      same.push(y.every((label, row) => label === serial[row]));
    }
    return same;
  });
  expect(result).toEqual([true, true, true]);
});

test('more threads than the pool has are refused, by name and number', async ({ page }) => {
  await load(page, 2);
  const errors = await page.evaluate(async () => {
    const { engine } = window;
    const { X, y } = await engine.makeClassification({ n_samples: 100, n_features: 5, random_state: 0 });
    const model = await engine.fit({ estimator: 'GaussianNB' }, X, y);
    const said = (call: Promise<unknown>) =>
      call.then(
        () => 'no error',
        (error) => `${error.code}: ${error.message}`,
      );
    return {
      threads: await said(engine.predict(model, X, { strategy: 'threads', n_threads: 3 })),
      auto: await said(engine.predict(model, X, { n_threads: 3 })),
      measure: await said(
        engine.measure({ model, strategies: ['serial', 'threads'], batch_sizes: [10], n_threads: 3 }),
      ),
      none: await said(engine.predict(model, X, { strategy: 'threads', n_threads: 0 })),
      slices: await said(engine.predict(model, X, { strategy: 'threads', n_slices: 0.5 })),
      // Isolated workers are no pool: there may be more of them.
      workers: await said(engine.predict(model, X, { strategy: 'workers', n_threads: 3 })),
      many: await said(engine.predict(model, X, { strategy: 'workers', n_threads: 300 })),
    };
  });
  expect(errors.threads).toMatch(/^invalid_param: n_threads = 3 .*from 1 to 2.*load\(\{ n_threads: 3 \}\)/);
  expect(errors.auto).toBe(errors.threads);
  expect(errors.measure).toBe(errors.threads);
  expect(errors.none).toMatch(/^invalid_param: n_threads = 0/);
  expect(errors.slices).toMatch(/^invalid_param: n_slices = 0.5/);
  expect(errors.workers).toBe('no error');
  expect(errors.many).toMatch(/^invalid_param: n_threads = 300 .*256/);
});

test('an isolated worker that is killed fails its open call; the next one, on the same data, works', async ({
  page,
}) => {
  await load(page, 2);
  const coordinator = page.workers()[0];
  if (!coordinator) throw new Error('there is no coordinator');
  await coordinator.evaluate(() => {
    const scope = globalThis as unknown as Scope;
    scope.isolated = [];
    globalThis.Worker = class extends Worker {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        scope.isolated.push(this);
      }
    };
  });
  await page.evaluate(async () => {
    const { engine } = window;
    const { X, y } = await engine.makeClassification({ n_samples: 2000, n_features: 6, random_state: 0 });
    const model = await engine.fit(
      { estimator: 'RandomForestClassifier', params: { n_estimators: 400, random_state: 0 } },
      X,
      y,
    );
    const many = await engine.tile(X, 400_000);
    await engine.predict(model, X, { strategy: 'workers' });
    const open = engine.predict(model, many, { strategy: 'workers' }).then(
      () => 'no error',
      (error) => error.code,
    );
    window.killed = { model, X, open };
  });
  // Without a word: no error event comes of this.
  await coordinator.evaluate(() => (globalThis as unknown as Scope).isolated[0]?.terminate());
  const result = await page.evaluate(async () => {
    const { engine, killed } = window;
    const { model, X, open } = killed;
    const code = await open;
    const again = await engine.predict(model, X, { strategy: 'workers' });
    const serial = await engine.predict(model, X, { strategy: 'serial' });
    return { code, same: again.y.every((label, row) => label === serial.y[row]) };
  });
  expect(result).toEqual({ code: 'worker_failed', same: true });
  const started = await coordinator.evaluate(() => (globalThis as unknown as Scope).isolated.length);
  expect(started).toBe(3);
});

test('a measurement and a prediction that would last minutes are cancelled, by any strategy', async ({ page }) => {
  await load(page, 2);
  const codes = await page.evaluate(async () => {
    const { engine } = window;
    const { X, y } = await engine.makeClassification({ n_samples: 2000, n_features: 10, random_state: 0 });
    const model = await engine.fit(
      { estimator: 'RandomForestClassifier', params: { n_estimators: 500, random_state: 0 } },
      X,
      y,
    );
    const many = await engine.tile(X, 5_000_000);
    const codes: string[] = [];
    for (const strategy of ['serial', 'threads', 'workers', 'async', 'auto'] as const) {
      for (const kind of ['predict', 'measure'] as const) {
        const control = new AbortController();
        const run = { signal: control.signal };
        const open =
          kind === 'predict'
            ? engine.predict(model, many, { strategy, ...run })
            : engine.measure({ model, X: many, strategies: [strategy], batch_sizes: [5_000_000] }, run);
        setTimeout(() => control.abort(), 300);
        const code = await open.then(
          () => 'no error',
          (error) => error.code,
        );
        // The engine is free again: this waits for what is under way.
        await engine.predict(model, X, { strategy: 'serial' });
        codes.push(code);
      }
    }
    return codes;
  });
  expect(codes).toEqual(Array(10).fill('aborted'));
});

test('a sweep finds where threads pay, narrows it down, and judges the automatic choice', async ({ page }) => {
  await load(page, 2);
  const report = await page.evaluate(async () => {
    const { engine } = window;
    const { X, y } = await engine.makeClassification({ n_samples: 20_000, n_features: 10, random_state: 0 });
    const model = await engine.fit({ estimator: 'GaussianNB' }, X, y);
    return engine.measure({
      model,
      X,
      strategies: ['serial', 'threads', 'auto'],
      batch_sizes: [10, 20_000],
      budget_ms: 200,
      cutoff_rows: 50,
    });
  });
  const sizes = (strategy: string) => report.points.filter((p) => p.strategy === strategy).map((p) => p.n_rows);
  expect(sizes('auto')).toEqual([10, 20_000]);
  // Sizes that were added are measured both ways.
  expect(sizes('serial')).toEqual(sizes('threads'));
  const [threads, ...others] = report.break_even;
  expect(others, 'a choice between others has no break-even').toEqual([]);
  if (threads?.verdict === 'pays') {
    const [low, high] = threads.ci95 ?? [Number.NaN, Number.NaN];
    const n_rows = threads.n_rows ?? Number.NaN;
    expect(low).toBeLessThanOrEqual(n_rows);
    expect(n_rows).toBeLessThanOrEqual(high);
    expect(n_rows).toBeLessThanOrEqual(20_000);
    const beside = sizes('threads').filter((n) => n > 10 && n < 20_000);
    expect(beside.length, 'sizes beside it').toBeGreaterThanOrEqual(1);
    expect(Math.min(...sizes('threads').filter((n) => n >= n_rows)) / n_rows).toBeLessThan(200);
  } else {
    // Only where others had the cores.
    expect(threads).toMatchObject({ verdict: 'unclear', n_rows: null, ci95: null });
    expect(report.capacity?.n_disturbed).toBeGreaterThan(0);
  }
  for (const point of report.points) {
    expect(point.equal_to_serial).toBe(true);
    if (point.strategy === 'auto') expect(['serial', 'threads']).toContain(point.strategy_used);
    else expect(point.strategy_used).toBe(point.strategy);
    const { send, compute, gather, wait } = point.stages_ms;
    expect(send + compute + gather + wait).toBeCloseTo(point.median_ms, 6);
  }
  expect(report.auto_regret).toMatchObject({ n_sizes: 2, cutoff_rows: 50 });
  expect(report.cost_model.map((line) => line.strategy)).toEqual(['serial', 'threads', 'auto']);
});

test('batches longer than the rows are streamed and still checked, where that is asked for', async ({ page }) => {
  await load(page, 2);
  const result = await page.evaluate(async () => {
    const { engine } = window;
    const { X, y } = await engine.makeClassification({ n_samples: 1000, n_features: 4, random_state: 0 });
    const model = await engine.fit({ estimator: 'GaussianNB' }, X, y);
    const spec = { model, X, batch_sizes: [1000, 2500], budget_ms: 50, max_bisections: 0 };
    const strategies = ['serial', 'threads', 'workers', 'async'] as const;
    const refused = await engine.measure({ ...spec, strategies: ['serial'] }).catch((error) => error.message);
    const { points } = await engine.measure({ ...spec, strategies: [...strategies], repeat_rows: true });
    return { refused, points };
  });
  expect(result.refused).toMatch(/batch_sizes = \[1000,2500\] .*1000, the rows of X/);
  expect(result.points).toHaveLength(8);
  for (const { n_rows, equal_to_serial, flags } of result.points) {
    expect(equal_to_serial).toBe(true);
    expect(flags.includes('streamed')).toBe(n_rows === 2500);
  }
});

test('a pool that sleeps takes longer, and the clock can tell', async ({ page }) => {
  await load(page, 2);
  const [hot, parked] = await page.evaluate(async () => {
    const { engine } = window;
    const { X, y } = await engine.makeClassification({ n_samples: 2000, n_features: 10, random_state: 0 });
    const model = await engine.fit({ estimator: 'GaussianNB' }, X, y);
    const spec = { model, X, strategies: ['serial', 'threads'] as ('serial' | 'threads')[], batch_sizes: [200] };
    const limits = { budget_ms: 300, max_bisections: 0 };
    const hot = await engine.measure({ ...spec, ...limits });
    return [hot, await engine.measure({ ...spec, ...limits, pool: 'parked' })];
  });
  for (const { points } of [hot, parked]) {
    expect(points.map((point) => point.strategy)).toEqual(['serial', 'threads']);
    for (const point of points) {
      expect(point.equal_to_serial).toBe(true);
      expect(point.n_samples).toBeGreaterThanOrEqual(3);
    }
  }
  // To wake a thread takes tens of microseconds, 200 rows two.
  const ms = ({ points }: typeof hot) => points[1]?.median_ms ?? Number.NaN;
  expect(ms(parked)).toBeGreaterThan(ms(hot) + 0.01);
});

test('several models are measured in the same rounds, and the measurement goes on', async ({ page }) => {
  await load(page, 2);
  const found = await page.evaluate(async () => {
    const { engine } = window;
    const { X, y } = await engine.makeClassification({ n_samples: 5000, n_features: 10, random_state: 0 });
    const NB = await engine.fit({ estimator: 'GaussianNB' }, X, y);
    const LR = await engine.fit({ estimator: 'LogisticRegression' }, X, y);
    const measurement = engine.measurement({
      ...{ models: { NB, LR }, X, strategies: ['serial', 'threads'], batch_sizes: [10, 1000], budget_ms: 400 },
      once_above_rows: 1000,
    });
    const rounds: number[] = [];
    const first = await measurement.go({ total_ms: 3000, onReport: ({ NB }) => rounds.push(NB?.n_rounds ?? 0) });
    const again = await measurement.go({ total_ms: 3000, batch_sizes: [5000], precision: 1.01 });
    measurement.free();
    const after = await measurement.go().catch((error) => error.code);
    return { first, again, rounds, after };
  });
  expect(Object.keys(found.first)).toEqual(['NB', 'LR']);
  expect(found.first.NB?.n_rounds).toBe(found.first.LR?.n_rounds);
  expect(found.rounds).toEqual([...found.rounds].sort((a, b) => a - b));
  expect(found.rounds.at(-1)).toBe(found.first.NB?.n_rounds);
  expect(found.again.NB?.n_rounds).toBeGreaterThan(found.first.NB?.n_rounds ?? Number.NaN);
  const once = found.again.NB?.points.filter(({ n_rows }) => n_rows === 5000) ?? [];
  expect(once.map(({ flags }) => flags.includes('once'))).toEqual([true, true]);
  expect(found.first.NB?.capacity).toMatchObject({ n_threads: 2 });
  expect(found.first.NB?.capacity?.median_cores).toBeGreaterThan(0);
  expect(found.first.NB?.capacity?.median_cores).toBeLessThan(2.5);
  expect(found.after).toBe('disposed');
});
