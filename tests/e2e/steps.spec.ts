/** Questions about many rows: told of as they go, cancelled between steps, refused where the answer has no room. */
import { expect, type Page, type Worker as PageWorker, test } from '@playwright/test';
import type { Engine, Matrix, Model } from '../../www/breakeven.js';

type Api = typeof import('../../www/breakeven.js');
declare global {
  interface Window {
    api: Api;
    /** Lives from one evaluation to the next. */
    asked: { engine: Engine; X: Matrix; y: Int32Array; model: Model };
  }
}

/** What a cancel may take, and how much longer the next call, which has to wait for a step, on a busy machine. */
const AT_ONCE_MS = 200;
const BUSY_MS = 800;

test.beforeEach(async ({ page }) => {
  await page.goto('/runner.html');
  await page.evaluate(async (url) => {
    window.api = await import(url);
  }, '/breakeven.js');
});

for (const tier of ['threads', 'serial'] as const) {
  test(`in the ${tier} tier a cancel ends what a million rows are asked for, and the next call starts`, {
    tag: '@alone',
  }, async ({ page }) => {
    const results = await page.evaluate(async (tier) => {
      const engine = await window.api.load({ tier, n_threads: 2 });
      const { X, y } = await engine.makeClassification({ n_samples: 5000, n_features: 10, random_state: 0 });
      const many = await engine.tile(X, 1_000_000);
      const labels = new Int32Array(1_000_000);
      const few = await engine.matrix(new Float64Array(20), 2, 10);
      // Rows that take long, of which a step has few.
      const neighbours = await engine.fit({ estimator: 'KNeighborsClassifier' }, X, y);
      const vectors = await engine.fit({ estimator: 'SVC', params: { tol: 1 } }, X, y);
      const results: Record<string, { code: string; seen: number[]; told_ms: number; usable_ms: number }> = {};
      type Run = Parameters<typeof neighbours.predictProba>[1];
      const calls: Record<string, [(run: Run) => Promise<unknown>, () => Promise<unknown>]> = {
        predictProba: [(run) => neighbours.predictProba(many, run), () => neighbours.predictProba(few)],
        decisionFunction: [(run) => vectors.decisionFunction(many, run), () => vectors.decisionFunction(few)],
        score: [(run) => neighbours.score(many, labels, run), () => neighbours.score(few, new Int32Array(2))],
        confusionMatrix: [
          (run) => neighbours.confusionMatrix(many, labels, run),
          () => neighbours.confusionMatrix(few, new Int32Array(2)),
        ],
        predict: [(run) => engine.predict(neighbours, many, run), () => engine.predict(neighbours, few)],
      };
      for (const [name, [call, next]] of Object.entries(calls)) {
        const control = new AbortController();
        const seen: number[] = [];
        let cancelled_at = 0;
        const onProgress = ({ done, total }: { done: number; total: number }) => {
          seen.push(done / total);
          if (seen.length !== 3) return;
          cancelled_at = performance.now();
          control.abort();
        };
        const code = await call({ signal: control.signal, onProgress }).then(
          () => 'no error',
          (error) => error.code,
        );
        const told_ms = performance.now() - cancelled_at;
        await next();
        const usable_ms = performance.now() - cancelled_at;
        results[name] = { code, seen, told_ms, usable_ms };
      }
      await engine.dispose();
      return results;
    }, tier);
    expect(Object.keys(results)).toHaveLength(5);
    for (const [name, { code, seen, told_ms, usable_ms }] of Object.entries(results)) {
      expect(code, name).toBe('aborted');
      expect(seen, name).toHaveLength(3);
      expect(seen, name).toEqual([...new Set(seen)].sort((a, b) => a - b));
      expect(seen[2], name).toBeLessThan(0.5);
      expect(told_ms, name).toBeLessThan(AT_ONCE_MS);
      expect(usable_ms, name).toBeLessThan(AT_ONCE_MS + BUSY_MS);
    }
  });
}

test('every tier answers the same, bit for bit, and progress goes up to 1', async ({ page }) => {
  const results = await page.evaluate(async () => {
    const N = 60_000;
    const results: Record<string, Record<string, unknown>> = {};
    let files: Record<string, Uint8Array> = {};
    const count = (truth: Int32Array, predicted: Int32Array) => {
      const counts = new Array<number>(9).fill(0);
      for (const [i, label] of truth.entries()) (counts[3 * label + (predicted[i] as number)] as number) += 1;
      return counts;
    };
    for (const tier of ['threads', 'workers', 'serial'] as const) {
      const engine = await window.api.load({ tier, n_threads: 2 });
      const { X: rows, y: labels } = await engine.makeClassification({
        ...{ n_samples: 400, n_features: 6, n_informative: 4, n_classes: 3, random_state: 3 },
      });
      const X = await engine.tile(rows, N);
      const y = Int32Array.from({ length: N }, (_, i) => labels[i % 400] as number);
      if (tier === 'threads') {
        for (const [estimator, backend] of [
          ['GaussianNB', 'breakeven'],
          ['LogisticRegression', 'breakeven'],
          ['LinearSVC', 'breakeven'],
          ['RandomForestClassifier', 'breakeven'],
          ['LogisticRegression', 'smartcore'],
          ['RandomForestClassifier', 'smartcore'],
          ['DecisionTreeClassifier', 'smartcore'],
          ['SVC', 'smartcore'],
        ] as const) {
          const params: Record<string, number> = estimator === 'RandomForestClassifier' ? { n_estimators: 40 } : {};
          const model = await engine.fit({ estimator, params, backend }, rows, labels);
          files = { ...files, [`${estimator} ${backend}`]: await model.save() };
        }
      }
      for (const [name, file] of Object.entries(files)) {
        const model = await engine.loadModel(file.slice());
        const hash = async (call: (typeof model)['predictProba']) => {
          const seen: number[] = [0];
          let stages = '';
          const onProgress = ({ done, total, stage }: { done: number; total: number; stage: string }) => {
            seen.push(done / total);
            stages = stage;
          };
          const values = await call(X, { onProgress }).catch((error) => error.code as string);
          if (typeof values === 'string') return values;
          const told = seen.at(-1) === 1 && seen.every((v, i) => i === 0 || v > (seen[i - 1] as number));
          const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', values as Float64Array<ArrayBuffer>));
          return `${stages} ${told} ${values.length / N} ${[...digest].join()}`;
        };
        const { y: predicted } = await engine.predict(model, X, { strategy: 'serial' });
        results[`${name} ${tier}`] = {
          proba: await hash(model.predictProba),
          decision: await hash(model.decisionFunction),
          score: await model.score(X, y),
          confusion: [...(await model.confusionMatrix(X, y))],
          counted: count(y, predicted),
          right: predicted.filter((label, i) => label === y[i]).length / N,
        };
      }
      await engine.dispose();
    }
    return results;
  });
  const names = Object.keys(results).filter((name) => name.endsWith(' threads'));
  expect(names).toHaveLength(8);
  for (const name of names) {
    const { proba, decision, score, right, confusion, counted } = results[name] as Record<string, string>;
    for (const tier of ['workers', 'serial']) {
      expect(results[name.replace(/threads$/, tier)], name).toEqual(results[name]);
    }
    expect(score, name).toBe(right);
    expect(confusion, name).toEqual(counted);
    expect(confusion, name).toHaveLength(9);
    expect(score, name).toBeGreaterThan(0.6);
    const hasMargins = /^(Linear|Logistic|SVC)/.test(name);
    const hasProba = !/SVC/.test(name);
    expect(decision, name).toMatch(hasMargins ? /^decision_function true 3 / : /^invalid_param$/);
    expect(proba, name).toMatch(hasProba ? /^predict_proba true 3 / : /^invalid_param$/);
  }
});

test('an answer that there is no memory for is refused, and the engine goes on', async ({ page }) => {
  const coordinator = await oneCoordinator(page, async () => {
    await page.evaluate(async () => {
      // One thread: memory that ends in another one of the pool would be another error.
      const engine = await window.api.load({ n_threads: 1 });
      const K = 1000;
      const y = Int32Array.from({ length: 2 * K }, (_, i) => i % K);
      const X = await engine.matrix(
        Float64Array.from(y, (label, i) => label + i / 1e5),
        2 * K,
        1,
      );
      const model = await engine.fit({ estimator: 'GaussianNB' }, X, y);
      const many = await engine.tile(X, 1_200_000);
      const labels = Int32Array.from({ length: 1_200_000 }, (_, i) => y[i % (2 * K)] as number);
      window.asked = { engine, X: many, y: labels, model };
    });
  });
  const code = (call: 'predictProba' | 'decisionFunction' | 'score') =>
    page.evaluate(async (call) => {
      const { model, X, y } = window.asked;
      const answer = call === 'score' ? model.score(X, y) : model[call](X);
      return answer.then(String, (error) => `${error.code}: ${error.message}`);
    }, call);
  // 8 bytes for each of 1.2 milliard.
  expect(await code('predictProba')).toMatch(
    /^out_of_memory: no memory for the probabilities: 9600000000 bytes.*\d+ rows fit/,
  );
  // All but less than two MiB of the memory is taken: there is no room for 4 bytes a row.
  await coordinator.evaluate(async (glue) => {
    const { __wbindgen_malloc } = await (await import(glue)).default();
    const taken: [number, number][] = [];
    for (let size = 2 ** 30; size >= 2 ** 20; size /= 2) {
      try {
        while (true) taken.push([__wbindgen_malloc(size, 1), size]);
      } catch {
        // Not even that many bytes.
      }
    }
    Object.assign(self, { taken });
  }, '/wasm/threads/breakeven.js');
  expect(await code('score')).toMatch(/^out_of_memory: no memory for the labels: 4800000 bytes/);
  await coordinator.evaluate(async (glue) => {
    const { __wbindgen_free } = await (await import(glue)).default();
    for (const [at, size] of (self as unknown as { taken: [number, number][] }).taken) __wbindgen_free(at, size, 1);
  }, '/wasm/threads/breakeven.js');
  // The same engine, the same model and rows.
  expect(await code('score')).toMatch(/^(1|0\.\d+)$/);
  expect(await code('decisionFunction')).toMatch(/^invalid_param/);
  await page.evaluate(() => window.asked.engine.dispose());
});

async function oneCoordinator(page: Page, start: () => Promise<void>): Promise<PageWorker> {
  const started: PageWorker[] = [];
  page.on('worker', (worker) => worker.url().endsWith('/coordinator.worker.js') && started.push(worker));
  await start();
  expect(started).toHaveLength(1);
  return started[0] as PageWorker;
}

test('margins that there is no memory for are refused', async ({ page }) => {
  const code = await page.evaluate(async () => {
    const engine = await window.api.load({ n_threads: 2 });
    const K = 400;
    const y = Int32Array.from({ length: 2 * K }, (_, i) => i % K);
    const X = await engine.matrix(Float64Array.from(y), 2 * K, 1);
    const model = await engine.fit({ estimator: 'LinearSVC' }, X, y);
    const many = await engine.tile(X, 3_000_000);
    const code = await model.decisionFunction(many).then(
      () => 'no error',
      (error) => error.code,
    );
    const next = await model.decisionFunction(X);
    await engine.dispose();
    return `${code} ${next.length}`;
  });
  expect(code).toBe('out_of_memory 320000');
});

test("a number too large for a forest is told by the caller's row, whatever carries the rows", async ({ page }) => {
  const told = await page.evaluate(async () => {
    const engine = await window.api.load({ tier: 'threads', n_threads: 2 });
    const { X, y } = await engine.makeClassification({ n_samples: 300, n_features: 4, random_state: 1 });
    const spec = { estimator: 'RandomForestClassifier', params: { n_estimators: 5 } } as const;
    const model = await engine.fit(spec, X, y);
    const cells = await (await engine.tile(X, 30_000)).toArray();
    cells[4 * 23_456 + 2] = 1e39;
    const rows = await engine.matrix(cells, 30_000, 4);
    const refused = (call: Promise<unknown>) =>
      call.then(
        () => 'no error',
        (error) => `${error.code}: ${error.message}`,
      );
    const told: Record<string, string> = {
      predictProba: await refused(model.predictProba(rows)),
      score: await refused(model.score(rows, new Int32Array(30_000))),
    };
    for (const strategy of ['serial', 'threads', 'workers', 'async'] as const) {
      told[strategy] = await refused(engine.predict(model, rows, { strategy }));
    }
    await engine.dispose();
    return told;
  });
  expect(Object.keys(told)).toHaveLength(6);
  for (const [name, text] of Object.entries(told)) {
    expect(text, name).toMatch(/^non_finite: .*in row 23456, column 2:/);
  }
});
