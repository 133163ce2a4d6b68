/** What once went in one piece: told of as it goes, cancelled between steps, and asked for before memory is taken. */
import { expect, type Page, type Worker as PageWorker, test } from '@playwright/test';
import type { Engine, Matrix, RunOptions } from '../../www/breakeven.js';

type Api = typeof import('../../www/breakeven.js');
declare global {
  interface Window {
    api: Api;
    /** Lives from one evaluation to the next. */
    kept: { engine: Engine; X: Matrix; y: Int32Array };
  }
}

/** What a cancel may take, and how much longer the next call, which has to wait for a step, on a busy machine. */
const AT_ONCE_MS = 200;
const BUSY_MS = 800;

test.beforeEach(async ({ page }) => {
  test.setTimeout(120_000);
  await page.goto('/runner.html');
  await page.evaluate(async (url) => {
    window.api = await import(url);
  }, '/breakeven.js');
});

for (const tier of ['threads', 'serial'] as const) {
  test(`data that are made and split are cancelled, and the next call starts (${tier})`, { tag: '@alone' }, async ({
    page,
  }) => {
    const results = await page.evaluate(async (tier) => {
      const engine = await window.api.load({ tier, n_threads: 2 });
      const small = await engine.makeClassification({ n_samples: 5000, n_features: 10, random_state: 0 });
      const slow = await engine.fit({ estimator: 'KNeighborsClassifier' }, small.X, small.y);
      const slow_rows = await engine.tile(small.X, 300_000);
      const few = await engine.matrix(new Float64Array(20), 2, 10);
      const large = await engine.makeClassification({ n_samples: 4_000_000, n_features: 4, random_state: 0 });
      const split = { test_size: 0.2, random_state: 0 };
      const calls: Record<string, (run: RunOptions) => Promise<unknown>> = {
        makeClassification: (run) =>
          engine.makeClassification({ n_samples: 3_000_000, n_features: 10, random_state: 0 }, run),
        trainTestSplit: (run) => engine.trainTestSplit(large.X, large.y, split, run),
        stratified: (run) => engine.trainTestSplit(large.X, large.y, { ...split, stratify: true }, run),
        tile: (run) => engine.tile(large.X, 20_000_000, run),
        async: (run) => engine.predict(slow, slow_rows, { strategy: 'async', ...run }),
        slices: (run) => {
          const strategy = tier === 'threads' ? 'threads' : 'serial';
          return engine.predict(slow, slow_rows, { strategy, n_slices: 1000, ...run });
        },
      };
      const results: Record<string, { code: string; seen: number[]; told_ms: number; usable_ms: number }> = {};
      for (const [name, call] of Object.entries(calls)) {
        const control = new AbortController();
        const seen: number[] = [];
        let cancelled_at = 0;
        const onProgress = ({ done, total }: { done: number; total: number }) => {
          seen.push(done / total);
          if (control.signal.aborted || done < 0.2 * total) return;
          cancelled_at = performance.now();
          control.abort();
        };
        const code = await call({ signal: control.signal, onProgress }).then(
          () => 'no error',
          (error) => error.code,
        );
        const told_ms = performance.now() - cancelled_at;
        await engine.predict(slow, few, { strategy: 'serial' });
        const usable_ms = performance.now() - cancelled_at;
        results[name] = { code, seen, told_ms, usable_ms };
      }
      await engine.dispose();
      return results;
    }, tier);
    expect(Object.keys(results)).toHaveLength(6);
    for (const [name, { code, seen, told_ms, usable_ms }] of Object.entries(results)) {
      expect(code, name).toBe('aborted');
      expect(seen, name).toEqual([...new Set(seen)].sort((a, b) => a - b));
      expect(seen.at(-1), name).toBeGreaterThanOrEqual(0.2);
      expect(seen.at(-1), name).toBeLessThan(1);
      expect(told_ms, name).toBeLessThan(AT_ONCE_MS);
      expect(usable_ms, name).toBeLessThan(AT_ONCE_MS + BUSY_MS);
    }
  });
}

test('costs by a coarse clock, and rows to measure with, are cancelled, and then made anew', { tag: '@alone' }, async ({
  page,
}) => {
  const results = await page.evaluate(async () => {
    const engine = await window.api.load({ n_threads: 2 });
    const { X, y } = await engine.makeClassification({ n_samples: 4000, n_features: 10, random_state: 0 });
    const model = await engine.fit({ estimator: 'KNeighborsClassifier' }, X, y);
    const few = await engine.matrix(new Float64Array(20), 2, 10);
    const cancelled = async (call: (signal: AbortSignal) => Promise<unknown>, after_ms: number) => {
      const control = new AbortController();
      let cancelled_at = 0;
      setTimeout(() => {
        cancelled_at = performance.now();
        control.abort();
      }, after_ms);
      const code = await call(control.signal).then(
        () => 'no error',
        (error) => error.code,
      );
      await engine.predict(model, few, { strategy: 'serial' });
      return { code, usable_ms: performance.now() - cancelled_at };
    };
    const auto = await cancelled((signal) => engine.predict(model, X, { strategy: 'auto', signal }), 50);
    const measurement = engine.measurement({
      ...{ models: { model }, strategies: ['serial'], batch_sizes: [10, 10_000_000], once_above_rows: 10 },
      ...{ budget_ms: 50, min_rounds: 1 },
    });
    const rows = await cancelled((signal) => measurement.go({ signal }), 100);
    measurement.free();
    const again = engine.measurement({
      ...{ models: { model }, strategies: ['serial'], batch_sizes: [10, 2_000_000], budget_ms: 50, min_rounds: 1 },
      total_ms: 500,
    });
    const begun = await cancelled((signal) => again.go({ signal, total_ms: 500 }), 30);
    await engine.dispose();
    return { auto, rows, begun };
  });
  for (const [name, { code, usable_ms }] of Object.entries(results)) {
    expect(code, name).toBe('aborted');
    expect(usable_ms, name).toBeLessThan(AT_ONCE_MS + BUSY_MS);
  }
});

test('a measurement whose rows were cancelled makes them when it goes on', async ({ page }) => {
  const result = await page.evaluate(async () => {
    const engine = await window.api.load({ n_threads: 2 });
    const { X, y } = await engine.makeClassification({ n_samples: 400, n_features: 10, random_state: 0 });
    const model = await engine.fit({ estimator: 'GaussianNB' }, X, y);
    const measurement = engine.measurement({
      ...{ models: { model }, strategies: ['serial'], batch_sizes: [10, 3_000_000], budget_ms: 500, min_rounds: 1 },
    });
    const control = new AbortController();
    setTimeout(() => control.abort(), 50);
    const code = await measurement.go({ signal: control.signal }).then(
      () => 'no error',
      (error) => error.code,
    );
    const { model: report } = await measurement.go({ total_ms: 10_000 });
    await engine.dispose();
    return { code, sizes: report?.points.map(({ n_rows }) => n_rows) };
  });
  expect(result.code).toBe('aborted');
  expect(result.sizes).toContain(3_000_000);
});

async function oneCoordinator(page: Page, start: () => Promise<void>): Promise<PageWorker> {
  const started: PageWorker[] = [];
  page.on('worker', (worker) => worker.url().endsWith('/coordinator.worker.js') && started.push(worker));
  await start();
  expect(started).toHaveLength(1);
  return started[0] as PageWorker;
}

test('a copy that JavaScript has no memory for, and a fit that wasm has none for, are refused', async ({ page }) => {
  const coordinator = await oneCoordinator(page, () =>
    page.evaluate(async () => {
      const engine = await window.api.load({ n_threads: 1 });
      const { X, y } = await engine.makeClassification({ n_samples: 40_000, n_features: 4, random_state: 0 });
      window.kept = { engine, X, y };
    }),
  );
  const told = (call: 'copy' | 'fit') =>
    page.evaluate(async (call) => {
      const { engine, X, y } = window.kept;
      const hinge = { estimator: 'LinearSVC', params: { loss: 'hinge' } } as const;
      const answer: Promise<unknown> = call === 'copy' ? X.toArray() : engine.fit(hinge, X, y);
      return answer.then(
        () => 'done',
        (error) => `${error.code}: ${error.message}`,
      );
    }, call);
  await coordinator.evaluate(() => {
    Object.assign(self, {
      Float64Array: new Proxy(Float64Array, {
        construct(Real, args, target) {
          if (args[0] > 100_000) throw new RangeError('Array buffer allocation failed');
          return Reflect.construct(Real, args, target);
        },
      }),
    });
  });
  expect(await told('copy')).toMatch(
    /^out_of_memory: no memory for a copy of the rows: 1280000 bytes.* at most 20000 rows fit/,
  );
  // All but less than two MiB of wasm's memory is taken, and then one MiB given back.
  await coordinator.evaluate(async (glue) => {
    const { __wbindgen_malloc, __wbindgen_free } = await (await import(glue)).default();
    const taken: [number, number][] = [];
    for (let size = 2 ** 30; size >= 2 ** 20; size /= 2) {
      try {
        while (true) taken.push([__wbindgen_malloc(size, 1), size]);
      } catch {
        // Not even that many bytes.
      }
    }
    const [at, size] = taken.pop() as [number, number];
    __wbindgen_free(at, size, 1);
    Object.assign(self, { taken });
  }, '/wasm/threads/breakeven.js');
  expect(await told('fit')).toMatch(/^out_of_memory: no memory for .*: \d+ bytes.* rows fit/);
  await coordinator.evaluate(async (glue) => {
    const { __wbindgen_free } = await (await import(glue)).default();
    for (const [at, size] of (self as unknown as { taken: [number, number][] }).taken) __wbindgen_free(at, size, 1);
  }, '/wasm/threads/breakeven.js');
  // The same engine, the same rows.
  expect(await told('fit')).toBe('done');
  await page.evaluate(() => window.kept.engine.dispose());
});

for (const n_classes of [10_500, 20_000]) {
  test(`a forest of ${n_classes} classes is there or has no room, and the next call is answered`, async ({ page }) => {
    test.setTimeout(180_000);
    const { fitted, next } = await page.evaluate(async (n_classes) => {
      const engine = await window.api.load({ n_threads: 2 });
      const { X } = await engine.makeClassification({ n_samples: 20_000, n_features: 10, random_state: 0 });
      const y = Int32Array.from({ length: X.n_rows }, (_, row) => row % n_classes);
      const forest = { estimator: 'RandomForestClassifier', params: { n_estimators: 2, random_state: 0 } } as const;
      const fitted = await engine.fit(forest, X, y).then(
        async (model) => {
          const { y: predicted } = await engine.predict(model, X);
          return {
            n_classes: model.classes.length,
            share: predicted.filter((label, row) => label === y[row]).length / 2e4,
          };
        },
        (error) => ({ code: error.code as string }),
      );
      const few = await engine.makeClassification({ n_samples: 200, n_features: 4, random_state: 0 });
      const bayes = await engine.fit({ estimator: 'GaussianNB' }, few.X, few.y);
      const next = await bayes.score(few.X, few.y);
      await engine.dispose();
      return { fitted, next };
    }, n_classes);
    if ('code' in fitted) expect(fitted.code).toBe('out_of_memory');
    else {
      expect(fitted.n_classes).toBe(n_classes);
      // A bootstrap draws 63 % of the rows, and a tree tells each that it has seen; no other row has a chance.
      expect(fitted.share).toBeGreaterThan(0.5);
      expect(fitted.share).toBeLessThan(0.9);
    }
    expect(next).toBeGreaterThan(0.7);
  });
}
