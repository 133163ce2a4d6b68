/** Data sets that come along: fetched when somebody asks for one, and told of when they cannot be. */
import { expect, type Page, test } from '@playwright/test';

/** The engine, in `window.engine`, whose type tests/e2e/lab.spec.ts declares. */
async function load(page: Page): Promise<void> {
  await page.goto('/runner.html');
  await page.evaluate(async (url) => {
    const { load } = (await import(url)) as typeof import('../../www/breakeven.js');
    window.engine = await load({ n_threads: 2 });
  }, '/breakeven.js');
}

const shapes = (page: Page) =>
  page.evaluate(async () => {
    const found: unknown[] = [];
    for (const name of ['iris', 'breast_cancer', 'digits', 'wine', 'constructor']) {
      const told = await window.engine.loadDataset(name).then(
        ({ X, class_names }) => [X.n_rows, X.n_cols, class_names.length],
        ({ code, message }) => [code, message],
      );
      found.push([name, ...told]);
    }
    return found;
  });

test('each is fetched when it is asked for, and not before', async ({ page }) => {
  const fetched: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.includes('/data/')) fetched.push(pathname);
  });
  await load(page);
  expect(fetched).toEqual([]);
  const none = (name: string) => [
    name,
    'not_found',
    `there is no data set '${name}': choose one of 'iris', 'breast_cancer', 'digits'`,
  ];
  expect(await shapes(page)).toEqual([
    ['iris', 150, 4, 3],
    ['breast_cancer', 569, 30, 2],
    ['digits', 1797, 64, 10],
    none('wine'),
    none('constructor'),
  ]);
  expect(fetched).toEqual(['/data/iris.bin', '/data/breast_cancer.bin', '/data/digits.bin']);
});

test('one that is not there, cut off or another file is an error that loses nothing', async ({ page }) => {
  await page.route('**/data/iris.bin*', (route) => route.fulfill({ status: 404, body: 'no' }));
  await page.route('**/data/breast_cancer.bin', (route) => route.abort());
  await page.route('**/data/digits.bin', (route) => route.fulfill({ body: '<!doctype html>' }));
  await load(page);
  const told = await page.evaluate(async () => {
    const { engine } = window;
    const { X, y } = await engine.makeClassification({ n_samples: 50, n_features: 4, random_state: 0 });
    const model = await engine.fit({ estimator: 'GaussianNB' }, X, y);
    const errors: string[] = [];
    for (const name of ['iris', 'breast_cancer', 'digits'])
      await engine.loadDataset(name).catch(({ code, message }) => errors.push(`${code}: ${message}`));
    const { y: still } = await engine.predict(model, X);
    return { errors, n_rows: still.length };
  });
  expect(told.errors[0]).toMatch(/^worker_failed: The data set could not be fetched: 404 http.*\/data\/iris\.bin/);
  expect(told.errors[1]).toMatch(/^worker_failed: The data set could not be fetched \(Failed to fetch\): http/);
  expect(told.errors[2]).toBe(
    "worker_failed: the file of the data set 'digits' is not as it was published: copy it anew",
  );
  expect(told.n_rows).toBe(50);
});
