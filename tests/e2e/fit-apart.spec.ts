/** smartcore's fits cannot pause: long ones have a worker of their own, and ending it loses nothing else. */
import { expect, type Page, test } from '@playwright/test';

type Api = typeof import('../../www/breakeven.js');
type Engine = Awaited<ReturnType<Api['load']>>;
declare global {
  interface Window {
    api: Api;
    labelled(engine: Engine, n: number): Promise<{ X: Awaited<ReturnType<Engine['matrix']>>; y: Int32Array }>;
  }
}

/** To end a worker and begin the next call; most of it is for a loaded machine. */
const SOON_MS = 600;

async function open(page: Page) {
  await page.goto('/runner.html');
  await page.evaluate(async (url) => {
    window.api = await import(url);
    // Two classes that overlap.
    window.labelled = async (engine, n) => {
      const cell = (i: number) => Math.sin(i * 1.7) + Math.cos(i * 0.31);
      const X = await engine.matrix(
        Float64Array.from({ length: n * 4 }, (_, i) => cell(i)),
        n,
        4,
      );
      const of = (row: number) => Number(cell(row * 4) + 0.4 * Math.sin(9 * cell(row * 4 + 1)) > 0.1);
      return { X, y: Int32Array.from({ length: n }, (_, row) => of(row)) };
    };
  }, '/breakeven.js');
}

for (const tier of ['threads', 'workers'] as const) {
  test(`an SVC that would take minutes is cancelled at once, alone and in a search (${tier})`, {
    tag: '@alone',
  }, async ({ page }) => {
    await open(page);
    const { codes, told_ms, usable_ms, same } = await page.evaluate(async (tier) => {
      const engine = await window.api.load({ tier, n_threads: 2 });
      const small = await window.labelled(engine, 100);
      const model = await engine.fit({ estimator: 'GaussianNB' }, small.X, small.y);
      const { y: wanted } = await engine.predict(model, small.X);
      const large = await window.labelled(engine, 6000);
      const codes: string[] = [];
      const [told, usable]: [number[], number[]] = [[], []];
      let same = true;
      const long = [
        (signal: AbortSignal) => engine.fit({ estimator: 'SVC' }, large.X, large.y, { signal }),
        (signal: AbortSignal) =>
          engine.gridSearchCV({ estimator: 'SVC', param_grid: { C: [1, 10] } }, large.X, large.y, { signal }),
      ];
      // While its worker starts, and while it computes. What else runs on this machine does not hinder all of them.
      for (const after_ms of [5, 1000, 1000]) {
        for (const begin of long) {
          const control = new AbortController();
          let begun = 0;
          setTimeout(() => {
            begun = performance.now();
            control.abort();
          }, after_ms);
          codes.push(
            await begin(control.signal).then(
              () => 'done',
              (error) => error.code,
            ),
          );
          told.push(performance.now() - begun);
          const { y } = await engine.predict(model, small.X);
          usable.push(performance.now() - begun);
          same &&= y.join() === wanted.join();
        }
      }
      await engine.dispose();
      return { codes, told_ms: Math.min(...told), usable_ms: Math.min(...usable), same };
    }, tier);
    expect(codes).toEqual(Array(6).fill('aborted'));
    expect(told_ms).toBeLessThan(SOON_MS);
    expect(usable_ms).toBeLessThan(SOON_MS);
    expect(same).toBe(true);
  });
}

test('what is trained in a worker of its own is, byte for byte, what is trained here', async ({ page }) => {
  await open(page);
  const found = await page.evaluate(async () => {
    const of: Record<string, { files: string[]; found: string; stages: string[] }> = {};
    for (const tier of ['threads', 'workers', 'serial'] as const) {
      const engine = await window.api.load({ tier, n_threads: tier === 'serial' ? 1 : 2 });
      const { X, y } = await window.labelled(engine, 300);
      const stages = new Set<string>();
      const heard = {
        onProgress: ({ stage, done, total }: { stage: string; done: number; total: number }) => {
          // What is told between goes by the clock.
          if (done === total) stages.add(`${stage}: all ${total}`);
        },
      };
      const svc = await engine.fit({ estimator: 'SVC', params: { tol: 0.1 } }, X, y, heard);
      const params = { n_estimators: 6, random_state: 3 };
      const forest = await engine.fit({ estimator: 'RandomForestClassifier', params, backend: 'smartcore' }, X, y);
      const param_grid = { C: [0.1, 1], tol: [10], gamma: ['scale', 'none'] };
      const search = await engine.gridSearchCV({ estimator: 'SVC', param_grid, cv: 2 }, X, y, heard);
      const files = [];
      for (const model of [svc, forest, search.best_estimator]) files.push((await model.save()).join());
      const { best_estimator, training_time_ms, refit_time_ms, cv_results, ...best } = search;
      const { mean_fit_time_ms, ...scores } = cv_results;
      of[tier] = {
        files,
        found: JSON.stringify({ ...best, ...scores }),
        stages: [...stages].sort(),
      };
      if (!(training_time_ms >= refit_time_ms && mean_fit_time_ms.length === 4)) throw new Error('times are missing');
      await engine.dispose();
    }
    return of;
  });
  expect(found.serial?.found).toContain('"best_score":0.');
  expect(found.threads).toEqual(found.serial);
  expect(found.workers).toEqual(found.serial);
});

test('a fit whose worker finds no memory says so, and the engine goes on', async ({ page }) => {
  // What a browser has that is short of memory: some MiB, and no more.
  await page.route('**/isolated.worker.js*', async (route) => {
    const response = await route.fetch();
    const short = `const { Memory } = WebAssembly;
      WebAssembly.Memory = class extends Memory { constructor(of) { super({ ...of, maximum: 160 }); } };`;
    await route.fulfill({ response, body: short + (await response.text()) });
  });
  await open(page);
  const { code, message, before, after } = await page.evaluate(async () => {
    const engine = await window.api.load({ tier: 'threads', n_threads: 2 });
    // There the rows alone are too many.
    const { X, y } = await window.labelled(engine, 300_000);
    const model = await engine.fit({ estimator: 'GaussianNB' }, X, y);
    const before = await model.score(X, y);
    const { code, message } = await engine.fit({ estimator: 'SVC' }, X, y).then(
      () => ({ code: 'done', message: '' }),
      (error) => error as { code: string; message: string },
    );
    // Matrix and model are still there.
    const after = await model.score(X, y);
    await engine.dispose();
    return { code, message, before, after };
  });
  expect(message).toMatch(/^no memory for the matrix: /);
  expect(code).toBe('out_of_memory');
  expect(after).toBe(before);
});

test('where isolated workers do not start, it is fitted here', async ({ page }) => {
  let n_asked = 0;
  await page.route('**/isolated.worker.js*', (route) => {
    n_asked += 1;
    return route.fulfill({ status: 404 });
  });
  await open(page);
  const files = await page.evaluate(async () => {
    const engine = await window.api.load({ tier: 'threads', n_threads: 2 });
    const { X, y } = await window.labelled(engine, 100);
    const files = [];
    for (const _ of [1, 2]) files.push((await (await engine.fit({ estimator: 'SVC' }, X, y)).save()).length);
    await engine.dispose();
    return files;
  });
  // It was started once, and its host asked once what is wrong.
  expect(n_asked).toBe(2);
  expect(files[0]).toBeGreaterThan(1000);
  expect(files[1]).toBe(files[0]);
});

test('what is surely short starts no worker', async ({ page }) => {
  let n_asked = 0;
  await page.route('**/isolated.worker.js*', (route) => {
    n_asked += 1;
    return route.continue();
  });
  await open(page);
  await page.evaluate(async () => {
    const engine = await window.api.load({ tier: 'threads', n_threads: 2 });
    const { X, y } = await window.labelled(engine, 150);
    const large = await window.labelled(engine, 20_000);
    const backend = 'smartcore';
    await engine.fit({ estimator: 'GaussianNB', backend }, large.X, large.y);
    await engine.fit({ estimator: 'LogisticRegression' }, large.X, large.y);
    await engine.fit({ estimator: 'LogisticRegression', backend }, X, y);
    await engine.fit({ estimator: 'DecisionTreeClassifier' }, X, y);
    await engine.fit({ estimator: 'RandomForestClassifier', backend }, X, y);
    await engine.dispose();
  });
  expect(n_asked).toBe(0);
});
