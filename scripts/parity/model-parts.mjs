// What is compared of fitted models. `ask` runs in the page, `compare` here.
import { compareLists, difference, listDifference, relative, unequal } from './difference.mjs';

const ATTRIBUTE_BOUND = 1e-12;
/** Not a promise of the issue, but near enough that a wrong formula shows: exp and log of two libraries meet here. */
const PROBABILITY_BOUND = 1e-9;

/** Fits in the page, once on one thread and once on two, and predicts serially and in parallel. */
async function fitInPage({ estimator, settings, X, n, d, y, fresh, n_fresh, proba }) {
  const fits = [];
  for (const [engine, strategy] of [
    [globalThis.engines[0], 'serial'],
    [globalThis.engines[1], 'threads'],
  ]) {
    const matrix = await engine.matrix(X, n, d);
    const other = await engine.matrix(fresh, n_fresh, d);
    const model = await engine.fit({ estimator, params: settings }, matrix, y);
    const labels = [];
    const probabilities = [];
    for (const rows of [matrix, other]) {
      labels.push(...(await engine.predict(model, rows, { strategy })).y);
      if (proba) probabilities.push(...(await model.predictProba(rows)));
    }
    const { trees, ...attributes } = await model.attributes();
    const flat = (name) => trees.flatMap((tree) => tree[name].flat());
    fits.push({
      labels,
      proba: probabilities,
      ...attributes,
      ...(trees && {
        n_nodes: trees.map((tree) => tree.feature.length),
        ...Object.fromEntries(
          ['feature', 'threshold', 'children_left', 'children_right', 'value'].map((name) => [name, flat(name)]),
        ),
      }),
    });
    model.free();
    matrix.free();
    other.free();
  }
  return { ...fits[0], same: JSON.stringify(fits[0]) === JSON.stringify(fits[1]) };
}

const sameThreads = (got) => !got.same && difference('one thread and two', 'the same model', 'another', 1);

export const gaussianNb = {
  name: 'GaussianNB',
  proba: true,
  ask: fitInPage,
  compare({ answer }, got, totals) {
    const attributes = ['theta', 'var', 'class_prior', 'class_count', 'epsilon'].map((name) => {
      const list = [got[name]].flat(2);
      totals.atLeast('attribute', compareLists(answer[name], list, relative).worst);
      return listDifference(name, answer[name], list, relative, ATTRIBUTE_BOUND);
    });
    totals.add('rows', answer.labels.length);
    const fresh = got.proba.slice(got.proba.length - answer.proba.length);
    const apart = (a, b) => (Number.isNaN(a) && Number.isNaN(b) ? 0 : Math.abs(a - b));
    totals.atLeast('proba', compareLists(answer.proba, fresh, apart).worst);
    return [
      ...attributes,
      listDifference('labels', answer.labels, got.labels, unequal),
      listDifference('proba', answer.proba, fresh, apart, PROBABILITY_BOUND),
      sameThreads(got),
    ];
  },
  summary: (totals) =>
    `attributes ${scientific(totals.of('attribute'))} relative; labels of ${totals.of('rows')} rows; probabilities ${scientific(totals.of('proba'))}`,
};

export const randomForest = {
  name: 'RandomForestClassifier',
  proba: true,
  ask: fitInPage,
  compare({ answer }, got, totals) {
    totals.add('trees', answer.n_nodes.length);
    totals.add('nodes', answer.feature.length);
    totals.add('rows', answer.labels.length);
    const exact = ['n_nodes', 'feature', 'threshold', 'children_left', 'children_right', 'value', 'labels', 'proba'];
    return [...exact.map((name) => listDifference(name, answer[name], got[name], unequal)), sameThreads(got)];
  },
  summary: (totals) =>
    `${totals.of('nodes')} nodes of ${totals.of('trees')} trees; labels and probabilities of ${totals.of('rows')} rows`,
};

export const fit = fitInPage;

/** A number short enough for a table. */
export const scientific = (value) => (value === 0 ? '0' : value.toExponential(1));
