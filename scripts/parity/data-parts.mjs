// What is compared of data, splits and searches. `ask` runs in the page, where `engines` holds one of one thread and
// one of two; `compare` looks at what came back, beside scikit-learn's answer.
import { compareLists, difference, listDifference, relative, ulps, unequal } from './difference.mjs';

/** Cells may be that far off; and this share of all cells at most may be off at all. */
const CELL_ULPS = 2;
const INEXACT_SHARE = 0.001;

export const makeClassification = {
  name: 'make_classification',
  async ask({ settings }) {
    const made = [];
    for (const engine of globalThis.engines) {
      const { X, y } = await engine.makeClassification(settings);
      made.push({ X: await X.toArray(), y });
      X.free();
    }
    const bits = (array) => new BigUint64Array(array.buffer, array.byteOffset, array.length);
    const [one, two] = made.map(({ X, y }) => ({ X: bits(X), y }));
    const equal = (a, b) => a.length === b.length && a.every((value, i) => value === b[i]);
    return { ...made[0], same: equal(one.X, two.X) && equal(one.y, two.y) };
  },
  compare({ answer }, got, totals) {
    let inexact = 0;
    for (let i = 0; i < answer.X.length; i++) {
      const apart = ulps(answer.X[i], got.X[i]);
      if (apart > 0) inexact++;
      totals.atLeast('ulps', apart);
    }
    totals.add('cells', answer.X.length);
    totals.add('inexact', inexact);
    return [
      listDifference('y', answer.y, got.y, unequal),
      listDifference('X, in ULP', answer.X, got.X, ulps, CELL_ULPS),
      !got.same && difference('one thread and two', 'the same bits', 'others', 1),
    ];
  },
  finish: (totals) =>
    totals.of('inexact') > INEXACT_SHARE * totals.of('cells') &&
    difference('share of cells with other bits', `≤ ${INEXACT_SHARE}`, totals.of('inexact') / totals.of('cells'), 1),
  summary: (totals) =>
    `${totals.of('ulps')} ULP; ${(100 - (100 * totals.of('inexact')) / totals.of('cells')).toFixed(4)} % of ${totals.of('cells')} cells bit-equal`,
};

export const trainTestSplit = {
  name: 'train_test_split',
  async ask({ settings, y }) {
    const [engine] = globalThis.engines;
    // Rows that say which they are.
    const X = await engine.matrix(
      Float64Array.from(y, (_, row) => row),
      y.length,
      1,
    );
    const { test_size, random_state, stratify } = settings;
    const split = await engine.trainTestSplit(X, y, { test_size, random_state, stratify });
    const rows = async (matrix) => Int32Array.from(await matrix.toArray());
    const got = {
      train: await rows(split.X_train),
      test: await rows(split.X_test),
      y_train: split.y_train,
      y_test: split.y_test,
    };
    for (const matrix of [X, split.X_train, split.X_test]) matrix.free();
    return got;
  },
  compare({ answer }, got, totals) {
    totals.add('rows', answer.train.length + answer.test.length);
    return ['train', 'test', 'y_train', 'y_test'].map((side) => listDifference(side, answer[side], got[side], unequal));
  },
  summary: (totals) => `${totals.of('rows')} rows in order`,
};

/** Estimators whose fits are scikit-learn's to the bit, so that every score is too. */
const EXACT = ['GaussianNB', 'RandomForestClassifier'];
/** Deviations of equal scores: a square root and a sum of squares. */
const DEVIATION_BOUND = 1e-15;
/** Linear models end within their tolerance: a row on the boundary may fall either way, in this share of folds. */
const OTHER_FOLDS = 0.01;

export const gridSearchCV = {
  name: 'GridSearchCV',
  async ask({ settings, X, n, d, y }) {
    const [engine] = globalThis.engines;
    const matrix = await engine.matrix(X, n, d);
    const search = await engine.gridSearchCV(settings, matrix, y);
    const { y: labels } = await engine.predict(search.best_estimator, matrix);
    search.best_estimator.free();
    matrix.free();
    const { best_index, best_params, cv_results } = search;
    return { best_index, best_params, cv_results, labels };
  },
  compare({ settings, data, answer }, { best_index, best_params, cv_results, labels }, totals) {
    const scores = cv_results.split_test_score.flat();
    const other = compareLists(answer.split_test_score, scores, relative).count;
    const exact = EXACT.includes(settings.estimator);
    totals.add('candidates', answer.params.length);
    totals.add('scores', scores.length);
    totals.add('linear scores', exact ? 0 : scores.length);
    totals.add('other', exact ? 0 : other);
    const inRows = (a, b) => (Math.abs(a - b) * data.n) / settings.cv;
    const found = [
      listDifference('params', answer.params.map(inOrder), cv_results.params.map(inOrder), unequal),
      listDifference('split_test_score, in rows', answer.split_test_score, scores, inRows, exact ? 0 : 1.5),
    ];
    // What follows from scores is compared where they are equal.
    if (!exact && other > 0) return found;
    const of = (name, distance, bound) => listDifference(name, answer[name], cv_results[name], distance, bound);
    return [
      ...found,
      of('mean_test_score', unequal),
      of('std_test_score', relative, DEVIATION_BOUND),
      of('rank_test_score', unequal),
      listDifference(
        'best',
        [answer.best_index, inOrder(answer.best_params)],
        [best_index, inOrder(best_params)],
        unequal,
      ),
      exact && listDifference('labels', answer.labels, labels, unequal),
    ];
  },
  finish: (totals) =>
    totals.of('other') > OTHER_FOLDS * totals.of('linear scores') &&
    difference(
      'share of linear scores that differ',
      `≤ ${OTHER_FOLDS}`,
      totals.of('other') / totals.of('linear scores'),
      1,
    ),
  summary: (totals) =>
    `${totals.of('candidates')} candidates, ${totals.of('scores')} scores; ` +
    `${totals.of('other')} of ${totals.of('linear scores')} linear ones differ by a row`,
};

/** An object as text, its keys in order. */
function inOrder(object) {
  return JSON.stringify(
    Object.keys(object)
      .sort()
      .map((key) => [key, object[key]]),
  );
}
