import { expect, test } from '@playwright/test';
import type { Column, Preprocess } from '../../www/breakeven.js';

type Api = typeof import('../../www/breakeven.js');

/** 300 people: an age with gaps, a sex with gaps, a town of which some are rare; the class hangs on all of them. */
function people() {
  let seed = 7;
  const draw = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const columns: Column[] = [
    { name: 'age', kind: 'number', categories: null },
    { name: 'sex', kind: 'category', categories: ['f', 'm'] },
    { name: 'town', kind: 'category', categories: ['Bonn', 'Köln', 'Ulm', 'Worms', 'Zell'] },
  ];
  const [data, y]: [number[], number[]] = [[], []];
  for (let row = 0; row < 300; row++) {
    const [age, sex, town] = [20 + 50 * draw(), Math.floor(2 * draw()), Math.floor(5 * draw() ** 3)];
    y.push(age / 50 + sex + town / 2 + draw() > 2 ? 1 : 0);
    data.push(draw() < 0.1 ? Number.NaN : age, draw() < 0.1 ? Number.NaN : sex, town);
  }
  return { columns, data, y };
}

test.beforeEach(async ({ page }) => {
  await page.goto('/runner.html');
  await page.evaluate(async (url) => {
    Object.assign(window, { api: await import(url) });
  }, '/breakeven.js');
});

const ESTIMATORS = [
  { estimator: 'GaussianNB', param_grid: { var_smoothing: [1e-9, 1e-3] } },
  { estimator: 'LogisticRegression', param_grid: { C: [0.1, 1] } },
  { estimator: 'LinearSVC', param_grid: { C: [0.1, 1] } },
  { estimator: 'RandomForestClassifier', params: { n_estimators: 20 }, param_grid: { max_depth: [3, null] } },
] as const;

test('rows with gaps and categories go in raw: searched, predicted by every strategy, saved and loaded', async ({
  page,
}) => {
  const { columns, data, y } = people();
  const found = await page.evaluate(
    async ({ columns, data, y, estimators }) => {
      const { api } = window as unknown as { api: Api };
      const engine = await api.load({ n_threads: 2 });
      const all = await engine.matrix(Float64Array.from(data), 300, 3, { columns, class_names: ['no', 'yes'] });
      const split = { test_size: 0.3, random_state: 1 };
      const { X_train, X_test, y_train, y_test } = await engine.trainTestSplit(all, Int32Array.from(y), split);
      // A town that there was none of, and gaps in all columns.
      const few = new Float64Array([30, 0, 5, Number.NaN, Number.NaN, Number.NaN, 60, 2, 1]);
      const searches = [];
      for (const spec of estimators) {
        const preprocess: Preprocess = { max_categories: 3 };
        const search = { ...spec, preprocess, cv: 3 } as unknown as Parameters<typeof engine.gridSearchCV>[0];
        const { best_estimator: model, best_score } = await engine.gridSearchCV(search, X_train, y_train);
        const copy = await engine.loadModel(await model.save());
        const labels: number[][] = [];
        for (const strategy of ['serial', 'threads', 'workers', 'async', 'auto'] as const)
          for (const one of [model, copy]) labels.push([...(await engine.predict(one, X_test, { strategy })).y]);
        const asked = await engine.matrix(few, 3, 3, { columns: copy.columns ?? [] });
        const { preprocess: learnt } = (await copy.attributes()) as { preprocess: Record<string, unknown> };
        searches.push({
          ...{ best_score, learnt, labels: [...new Set(labels.map(String))].length },
          accuracy: await copy.score(X_test, y_test),
          asked: [...(await engine.predict(copy, asked)).y],
          known: [copy.columns, copy.feature_names, copy.class_names, copy.n_features_in],
        });
      }
      const towns = (await X_train.toArray()).filter((_, at) => at % 3 === 2);
      const kept = [X_test.columns, (await engine.tile(X_test, 7)).columns];
      await engine.dispose();
      return { searches, kept, towns: [...towns] };
    },
    { columns, data, y, estimators: ESTIMATORS },
  );
  const towns = columns[2]?.categories ?? [];
  const counts = towns.map((town, code) => ({ town, n: found.towns.filter((one) => one === code).length }));
  const frequent = [...counts].sort((a, b) => b.n - a.n).slice(0, 2);
  expect(counts.every(({ n }) => n > 0)).toBe(true);
  const is_frequent = ({ town }: { town: string }) => frequent.some((one) => one.town === town);
  const names = counts.filter(is_frequent).map(({ town }) => `cat__town_${town}`);
  const rare = counts.filter((one) => !is_frequent(one)).map(({ town }) => town);
  for (const [i, { estimator }] of ESTIMATORS.entries()) {
    const { best_score, learnt, labels, accuracy, asked, known } = found.searches[i] as (typeof found.searches)[0];
    expect(labels, `${estimator}: all strategies and the copy give the same labels`).toBe(1);
    expect(best_score, estimator).toBeGreaterThan(0.75);
    expect(accuracy, estimator).toBeGreaterThan(0.75);
    expect(asked.length, estimator).toBe(3);
    expect(known, estimator).toEqual([columns, ['age', 'sex', 'town'], ['no', 'yes'], 3]);
    expect(learnt, estimator).toMatchObject({
      feature_names_out: ['num__age', 'cat__sex_f', 'cat__sex_m', ...names, 'cat__town_infrequent_sklearn'],
      infrequent_categories: [[], rare],
    });
  }
  expect(found.kept).toEqual([columns, columns]);
});

test('what trains apart is sent what its columns are, and so is another start of the engine', async ({ page }) => {
  const { columns, data, y } = people();
  const found = await page.evaluate(
    async ({ columns, data, y }) => {
      const { api } = window as unknown as { api: Api };
      const engine = await api.load({ n_threads: 2 });
      const X = await engine.matrix(Float64Array.from(data), 300, 3, { columns });
      const model = await engine.fit({ estimator: 'SVC', preprocess: {} }, X, Int32Array.from(y));
      const score = await model.score(X, Int32Array.from(y));
      const measured = {
        model,
        X,
        strategies: ['serial', 'threads'],
        batch_sizes: [10, 100],
        repeat_rows: true,
      } as const;
      const spec = { ...measured, total_ms: 3_000, precision: 1.001, budget_ms: 2_000 };
      const report = await engine.measure(spec as unknown as Parameters<typeof engine.measure>[0]);
      await engine.dispose();
      const equal = report.points.every(({ equal_to_serial }) => equal_to_serial);
      return { columns: model.columns, score, equal, n_loads: report.n_loads };
    },
    { columns, data, y },
  );
  expect(found).toMatchObject({ columns, equal: true });
  expect(found.score).toBeGreaterThan(0.75);
  expect(found.n_loads).toBeGreaterThan(1);
});

test('what cannot be prepared is refused by the name of its column or setting', async ({ page }) => {
  const { columns, data, y } = people();
  const told = await page.evaluate(
    async ({ columns, data, y }) => {
      const { api } = window as unknown as { api: Api };
      const engine = await api.load({ n_threads: 2 });
      const X = await engine.matrix(Float64Array.from(data), 300, 3, { columns });
      const labels = Int32Array.from(y);
      const estimator = 'GaussianNB' as const;
      const model = await engine.fit({ estimator, preprocess: {} }, X, labels);
      const plain = await engine.matrix(new Float64Array(3), 1, 3);
      const numbers = columns.map(({ name }) => ({ name, kind: 'number' as const, categories: null }));
      const gaps = await engine.matrix(Float64Array.of(1, Number.NaN, 2), 1, 3, { columns: numbers });
      const other = columns.map((column) => ({ ...column, categories: column.categories && ['x', 'y'] }));
      const others = await engine.matrix(new Float64Array(3), 1, 3, { columns: other });
      const plainModel = await engine.fit(
        { estimator },
        (await engine.loadDataset('iris')).X,
        new Int32Array(150).fill(1, 9),
      );
      const wide = await engine.matrix(new Float64Array(4).fill(Number.NaN), 1, 4, {
        columns: [...numbers, { name: 'd', kind: 'number', categories: null }],
      });
      const asFit = (preprocess: unknown) => () =>
        engine.fit({ estimator, preprocess: preprocess as Preprocess }, X, labels);
      const calls: Record<string, () => Promise<unknown>> = {
        left_out: () => engine.fit({ estimator }, X, labels),
        unknown: asFit({ onehot: true }),
        strategy: asFit({ impute: 'mode' }),
        most: asFit({ max_categories: 0 }),
        type: asFit([]),
        gap: asFit({ impute: null }),
        together: asFit({ one_hot: false, max_categories: 2 }),
        plain: () => engine.predict(model, plain),
        gaps: () => engine.predict(model, gaps, { strategy: 'workers' }),
        others: () => model.predictProba(others),
        wide: () => engine.predict(plainModel, wide, { strategy: 'workers' }),
        nan: () => engine.matrix(Float64Array.of(Number.NaN), 1, 1),
        code: () => engine.matrix(Float64Array.of(1, 7, 0), 1, 3, { columns }),
        kind: () =>
          engine.matrix(new Float64Array(1), 1, 1, {
            columns: [{ name: 'a', kind: 'date' as 'number', categories: null }],
          }),
        names: () => engine.matrix(new Float64Array(1), 1, 1, { columns: [] }),
      };
      const told: Record<string, string> = {};
      for (const [name, call] of Object.entries(calls)) {
        told[name] = await call().then(
          () => 'taken',
          ({ code, setting, message }) => `${code} ${setting}: ${message}`,
        );
      }
      await engine.dispose();
      return told;
    },
    { columns, data, y },
  );
  const expected: Record<string, RegExp> = {
    left_out: /^invalid_param preprocess: .*column 'sex' holds categories/,
    unknown: /^invalid_param spec\.preprocess\.onehot: .*use impute, one_hot, max_categories, scale/,
    strategy: /^invalid_param spec\.preprocess\.impute: .*'most_frequent' or null/,
    most: /^invalid_param spec\.preprocess\.max_categories: /,
    type: /^invalid_param spec\.preprocess: /,
    gap: /^invalid_param preprocess\.impute: .*column 'age' has a gap in row \d+/,
    together: /^invalid_param preprocess\.max_categories: .*one_hot is false/,
    plain: /^invalid_param X: .*column 'sex' holds numbers/,
    gaps: /^invalid_param X: .*column 'sex' holds numbers/,
    others: /^invalid_param X: .*column 'sex' holds other categories/,
    wide: /^invalid_param X: .*a gap in row 0 of column 'age'/,
    nan: /^non_finite /,
    code: /^invalid_param columns: .*7 in row 0 of column 'sex'/,
    kind: /^invalid_param options\.columns\[0\]\.kind: /,
    names: /^invalid_param columns: .*a list of 0/,
  };
  for (const [name, pattern] of Object.entries(expected)) expect(told[name], name).toMatch(pattern);
});
