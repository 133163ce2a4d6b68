/** What a handle is worth when its engine is another, is gone, or was asked for more than there is. */
import { expect, type Worker as PageWorker, test } from '@playwright/test';

const told = `(call) => Promise.resolve().then(call).then(() => 'no error', ({ code, setting, message }) => ({ code, setting, message }))`;

test.beforeEach(async ({ page }) => {
  await page.goto('/runner.html');
  await page.evaluate(async (url) => {
    window.api = await import(url);
  }, '/breakeven.js');
});

test('more trees than can be listed are refused by name, and nothing is lost', async ({ page }) => {
  const found = await page.evaluate(async (source) => {
    const told = new Function(`return ${source}`)() as (call: () => Promise<unknown>) => Promise<unknown>;
    const engine = await window.api.load({ n_threads: 1 });
    const { X, y } = await engine.makeClassification({ n_samples: 60, n_features: 4, random_state: 0 });
    const forest = (n_estimators: number, backend?: 'smartcore') =>
      engine.fit(
        { estimator: 'RandomForestClassifier', params: { n_estimators }, ...(backend && { backend }) } as never,
        X,
        y,
      );
    const search = { estimator: 'RandomForestClassifier' as const, cv: 3 };
    const refused = await Promise.all([
      told(() => forest(1e9)),
      told(() => forest(4294967295)),
      told(() => forest(1e9, 'smartcore')),
      told(() => engine.gridSearchCV({ ...search, param_grid: { n_estimators: [1e9, 3] } }, X, y)),
    ]);
    const model = await forest(3);
    const { y: labels } = await engine.predict(model, X);
    await engine.dispose();
    return { refused, rows: labels.length };
  }, told);
  expect(found.rows).toBe(60);
  for (const one of found.refused) {
    expect(one).toMatchObject({ code: 'invalid_param', setting: 'n_estimators' });
    expect((one as { message: string }).message).toContain('there is no memory to list so many trees');
  }
});

test('what was lost with an engine says so, each time', async ({ page }) => {
  const started: PageWorker[] = [];
  page.on('worker', (worker) => worker.url().endsWith('/coordinator.worker.js') && started.push(worker));
  await page.evaluate(async () => {
    const engine = await window.api.load({ n_threads: 1 });
    const { X, y } = await engine.makeClassification({ n_samples: 60, n_features: 4, random_state: 0 });
    Object.assign(window, { kept: { engine, X, y } });
  });
  await started[0]?.evaluate(() => {
    setTimeout(() => {
      throw new Error('Thrown by the test.');
    });
  });
  const found = await page.evaluate(async (source) => {
    const told = new Function(`return ${source}`)() as (call: () => Promise<unknown>) => Promise<unknown>;
    const { engine, X, y } = (window as never as { kept: Record<string, never> }).kept as never as {
      engine: import('../../www/breakeven.js').Engine;
      X: import('../../www/breakeven.js').Matrix;
      y: Int32Array;
    };
    const train = () => told(() => engine.fit({ estimator: 'GaussianNB' }, X, y));
    // Until the worker's end is known.
    while ((await told(() => X.toArray())) === 'no error') await new Promise((resolve) => setTimeout(resolve, 20));
    const answers = [await train(), await train(), await told(() => X.toArray())];
    const again = await engine.makeClassification({ n_samples: 10, n_features: 4, random_state: 0 });
    answers.push(await train());
    await engine.dispose();
    return { answers, rows: again.X.n_rows, last: await train() };
  }, told);
  expect(found.rows).toBe(10);
  expect(found.answers).toHaveLength(4);
  for (const one of found.answers) {
    expect(one).toMatchObject({ code: 'worker_failed' });
    expect((one as { message: string }).message).toContain('This matrix was lost with it: make or load it again.');
  }
  expect(found.last).toMatchObject({ code: 'disposed' });
});

test("another engine's models and matrices are refused, and everybody's after the end", async ({ page }) => {
  const found = await page.evaluate(async (source) => {
    const told = new Function(`return ${source}`)() as (call: () => Promise<unknown>) => Promise<unknown>;
    const [one, other] = [await window.api.load({ n_threads: 1 }), await window.api.load({ tier: 'serial' })];
    const { X, y } = await one.makeClassification({ n_samples: 60, n_features: 4, random_state: 0 });
    const model = await one.fit({ estimator: 'GaussianNB' }, X, y);
    const measure = { model, X, strategies: ['serial' as const], batch_sizes: [10] };
    const all = () =>
      Promise.all([
        told(() => other.fit({ estimator: 'GaussianNB' }, X, y)),
        told(() => other.predict(model, X)),
        told(() => other.tile(X, 100)),
        told(() => other.trainTestSplit(X, y, { test_size: 0.5, random_state: 0 })),
        told(() => other.gridSearchCV({ estimator: 'GaussianNB', param_grid: {} }, X, y)),
        told(() => other.measure(measure)),
      ]);
    const before = await all();
    await other.dispose();
    const after = await all();
    const own = await told(() => one.predict(model, X));
    await one.dispose();
    return { before, after, own };
  }, told);
  for (const answer of found.before) {
    expect(answer).toMatchObject({ code: 'disposed' });
    expect((answer as { message: string }).message).toContain("is another engine's: make it with this one.");
  }
  for (const answer of found.after)
    expect(answer).toMatchObject({ code: 'disposed', message: expect.stringContaining('has been disposed of') });
  expect(found.own).toBe('no error');
});
