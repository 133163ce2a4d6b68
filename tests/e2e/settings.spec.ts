/** Settings as scikit-learn writes them, through the wasm: weights by class, infinity, shares as text, and what a model shows. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import type { EstimatorName, EstimatorSpec } from '../../www/breakeven.js';

const written = JSON.parse(readFileSync(new URL('../fixtures/settings.json', import.meta.url), 'utf8')) as {
  get_params: Record<string, Record<EstimatorName, NonNullable<EstimatorSpec['params']>>>;
};

test.beforeEach(async ({ page }) => {
  await page.goto('/runner.html');
  await page.evaluate(async (url) => {
    window.api = await import(url);
  }, '/breakeven.js');
});

test('a whole get_params() is taken, and the model shows what of it says something', async ({ page }) => {
  const shown = await page.evaluate(async (get_params) => {
    const engine = await window.api.load({ tier: 'serial' });
    const { X, y } = await engine.makeClassification({ n_samples: 60, n_features: 4, random_state: 1 });
    const shown: Record<string, string[]> = {};
    for (const [version, estimators] of Object.entries(get_params)) {
      for (const [estimator, params] of Object.entries(estimators)) {
        const model = await engine.fit({ estimator: estimator as 'SVC', params }, X, y);
        shown[`${estimator} ${version}`] = Object.keys(model.params).sort();
      }
    }
    await engine.dispose();
    return shown;
  }, written.get_params);
  expect(Object.keys(shown)).toHaveLength(14);
  for (const names of Object.values(shown))
    for (const none of ['n_jobs', 'verbose', 'warm_start', 'multi_class', 'ccp_alpha', 'class_weight', 'max_depth'])
      expect(names).not.toContain(none);
  expect(shown['RandomForestClassifier 1.9.1']).toContain('random_state');
});

test('weights by class, infinity and shares as text', async ({ page }) => {
  const found = await page.evaluate(async () => {
    const engine = await window.api.load({ tier: 'workers', n_threads: 2 });
    const { X, y } = await engine.makeClassification({ n_samples: 300, n_features: 5, random_state: 2, flip_y: 0.2 });
    const ones = async (class_weight: Record<string, number> | null, estimator: EstimatorName) => {
      const model = await engine.fit({ estimator, params: { class_weight } }, X, y);
      const again = await engine.loadModel(await model.save());
      const { y: said } = await engine.predict(again, X, { strategy: 'serial' });
      return { n: said.reduce((sum, label) => sum + label, 0), kept: again.params.class_weight };
    };
    const weighed: Record<string, unknown> = {};
    for (const estimator of ['LogisticRegression', 'LinearSVC', 'RandomForestClassifier'] as const) {
      const [even, some] = [await ones(null, estimator), await ones({ 0: 1, 1: 60 }, estimator)];
      weighed[estimator] = { more: some.n > even.n, kept: some.kept };
    }
    const search = await engine.gridSearchCV(
      { estimator: 'LogisticRegression', param_grid: { C: [Number.POSITIVE_INFINITY, 'inf'] } },
      X,
      y,
    );
    const params = { n_estimators: 5, oob_score: true, max_samples: '1.0', max_features: '1.0', max_leaf_nodes: null };
    const forest = await engine.fit({ estimator: 'RandomForestClassifier', params }, X, y);
    const told = async (model: typeof forest) => {
      const { trees: _, ...rest } = await model.attributes();
      return rest as { feature_importances: number[]; oob_score: number; oob_decision_function: number[][] };
    };
    const [first, again] = [await told(forest), await told(await engine.loadModel(await forest.save()))];
    const rare = y.map((label, row) => (row === 0 ? 7 : label));
    const { notes } = await engine.gridSearchCV({ estimator: 'GaussianNB', param_grid: {} }, X, rare);
    const refused: Record<string, string> = {};
    for (const class_weight of [{ 2: 1 }, { 0: -1 }, { 0: [1] }, 'even']) {
      try {
        await engine.fit({ estimator: 'LinearSVC', params: { class_weight } as never }, X, y);
      } catch (error) {
        const { code, message } = error as { code: string; message: string };
        refused[JSON.stringify(class_weight)] = `${code}: ${message}`;
      }
    }
    await engine.dispose();
    return {
      ...{ weighed, scores: search.cv_results.mean_test_score, best: search.best_params, none: search.notes },
      ...{ forest: forest.params, first, equal: JSON.stringify(first) === JSON.stringify(again), notes, refused },
    };
  });
  const kept = { more: true, kept: { 0: 1, 1: 60 } };
  expect(found.weighed).toEqual({ LogisticRegression: kept, LinearSVC: kept, RandomForestClassifier: kept });
  expect(found.scores[0]).toBe(found.scores[1]);
  expect([found.best, found.none]).toEqual([{ C: Number.POSITIVE_INFINITY }, []]);
  expect(found.forest).toEqual({ n_estimators: 5, oob_score: true, max_samples: '1.0', max_features: '1.0' });
  expect(found.first.feature_importances.reduce((sum, one) => sum + one)).toBeCloseTo(1, 12);
  expect(found.first.oob_score).toBeGreaterThan(0.6);
  expect(found.first.oob_decision_function).toHaveLength(300);
  expect(found.equal).toBe(true);
  expect(found.notes).toEqual([expect.stringContaining('The least populated class has only 1 row')]);
  expect(found.refused).toEqual({
    '{"2":1}': expect.stringMatching(
      /^invalid_param: class_weight of class 2 = 1 is .* left out: y has the classes 0, 1/,
    ),
    '{"0":-1}': expect.stringMatching(/^invalid_param: class_weight of class 0 = -1 is not possible: .*a number > 0/),
    '{"0":[1]}': expect.stringMatching(/^invalid_param: spec\.params\.class_weight = an object .*numbers by class/),
    '"even"': expect.stringMatching(
      /^invalid_param: class_weight = 'even' is not possible: it must be null, 'balanced'/,
    ),
  });
});
