// What is compared of linear models: the objective they reach, their coefficients where there is one minimum, labels.
import { difference, listDifference, unequal } from './difference.mjs';
import { fit, scientific } from './model-parts.mjs';
import { centred, margins, objective } from './objective.mjs';

const OBJECTIVE_BOUND = 1e-9;
const COEFFICIENT_BOUND = 1e-5;
/** Rows whose two best margins are no further apart than this, or this share of what they are summed from, fall either way. */
const ROUNDING = 1e-9;
/** Share of all rows that may have another label. */
const LABEL_SHARE = 0.0001;
/** Without a penalty the minimum may be 0: then the objective at zero weights is the measure. */
const OBJECTIVE_FLOOR = 1e-6;

/** Rows and class numbers, as the objective takes them. */
function rowsOf({ X, n, d, y }) {
  const classes = [...new Set(y)].sort((a, b) => a - b);
  return { X, n, d, codes: Array.from(y, (label) => classes.indexOf(label)), k: classes.length };
}

/** Coefficients as they can be compared: free shifts between classes taken off. */
function comparable(coef, intercept, d, { freeCoef, freeIntercept }) {
  const planes = intercept.length;
  const columns = Array.from({ length: d }, (_, j) => Array.from({ length: planes }, (_, p) => coef[p * d + j]));
  const all = [
    ...columns.map((column) => (freeCoef && planes > 1 ? centred(column) : column)),
    freeIntercept && planes > 1 ? centred(Array.from(intercept)) : Array.from(intercept),
  ];
  return all.flat();
}

/** To 1e-5 of the coefficient itself, or, where it is smaller than that, so that margins move by 1e-5 at most. */
function coefficientBounds({ X, n, d }, wanted, planes) {
  return wanted.map((value, at) => {
    const j = Math.floor(at / planes);
    let largest = 1;
    if (j < d) for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(X[i * d + j]));
    return COEFFICIENT_BOUND * Math.max(Math.abs(value), 1 / largest);
  });
}

/**
 * Which rows, of the training and the new ones, the weights decide: whose two best margins (or one, of two classes) are
 * apart by more than rounding, and than what moving the weights by `slack` could do.
 */
function decided({ X, n, d }, fresh, { coef, intercept }, slack, bias) {
  const planes = intercept.length;
  const norms = Array.from({ length: planes }, (_, p) =>
    Array.from({ length: d }, (_, j) => Math.abs(coef[p * d + j])),
  );
  const side = (x, count) =>
    margins({ X: x, n: count, d }, coef, intercept).map((z, i) => {
      const row = x.subarray(i * d, (i + 1) * d);
      const [best, next] = planes === 1 ? [z[0], -z[0]] : [...z].sort((a, b) => b - a);
      const size = Math.max(
        ...norms.map((w, p) => w.reduce((sum, w, j) => sum + w * Math.abs(row[j]), Math.abs(intercept[p]))),
      );
      const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, bias * bias));
      return Math.abs(best - next) > 2 * (ROUNDING * Math.max(1, size) + slack * length);
    });
  return [...side(X, n), ...side(fresh, fresh.length / d)];
}

function compareLinear(problemOf) {
  return ({ settings, data, answer }, got, totals) => {
    const rows = rowsOf(data);
    const problem = problemOf(settings);
    const [coef, intercept] = [got.coef.flat(), got.intercept];
    const value = (coef, intercept) => objective(rows, problem, coef, intercept);
    const [ours, theirs] = [value(coef, intercept), value(answer.coef, answer.intercept)];
    const zero = value(new Float64Array(answer.coef.length), new Float64Array(answer.intercept.length));
    const excess = (ours - theirs) / Math.max(theirs, OBJECTIVE_FLOOR * zero);
    totals.atLeast('excess', excess);
    const differences = [excess > OBJECTIVE_BOUND && difference('objective', theirs, ours, excess)];

    const isHinge = problem.loss === 'hinge';
    const best = answer.unique ? answer.optimum : isHinge ? answer : null;
    if (!best) {
      totals.add('open', 1);
      return differences;
    }
    const planes = intercept.length;
    const shifts = { freeCoef: problem.l1_ratio === null, freeIntercept: problem.bias === null };
    const wanted = comparable(best.coef, best.intercept, rows.d, shifts);
    const found = comparable(coef, intercept, rows.d, shifts);
    // The objective is strongly convex: a gap of g leaves weights within √(2g) of the minimum.
    const apart = isHinge ? Math.sqrt(2 * Math.max(0, theirs - ours)) : 0;
    const slack = apart * Math.max(1, problem.bias ?? 0);
    const bounds = coefficientBounds(rows, wanted, planes);
    const scaled = wanted.map((w, i) => Math.max(0, Math.abs(w - found[i]) - slack) / bounds[i]);
    const worst = scaled.reduce((at, value, i) => (value > scaled[at] ? i : at), 0);
    totals.atLeast('coefficient', scaled[worst] * COEFFICIENT_BOUND);
    if (!(scaled[worst] <= 1))
      differences.push(
        difference(
          `coefficient [${worst}] of ${wanted.length}`,
          wanted[worst],
          found[worst],
          scaled[worst] * COEFFICIENT_BOUND,
        ),
      );

    const isDecided = decided(rows, data.fresh, best, apart, problem.bias ?? 1);
    const of = (labels) => Array.from(labels).filter((_, i) => isDecided[i]);
    const [labels, ourLabels] = [of(answer.labels), of(got.labels)];
    const other = labels.reduce((count, label, i) => count + unequal(label, ourLabels[i]), 0);
    totals.add('rows', labels.length);
    totals.add('undecided', answer.labels.length - labels.length);
    totals.add('other labels', other);
    // All rows together decide, too, in `finish`.
    if (other > 2) differences.push(listDifference('labels', labels, ourLabels, unequal));
    differences.push(!got.same && difference('one thread and two', 'the same model', 'another', 1));
    return differences;
  };
}

const common = {
  ask: fit,
  finish: (totals) =>
    totals.of('other labels') > LABEL_SHARE * totals.of('rows') &&
    difference('share of other labels', `≤ ${LABEL_SHARE}`, totals.of('other labels') / totals.of('rows'), 1),
  summary: (totals) =>
    `objective ${scientific(totals.of('excess'))} above; coefficients ${scientific(totals.of('coefficient'))}; ` +
    `${totals.of('other labels')} of ${totals.of('rows')} labels, ${totals.of('undecided')} more on the boundary; ${totals.of('open')} without one minimum that scikit-learn's leads to`,
};

export const logisticRegression = {
  name: 'LogisticRegression',
  ...common,
  compare: compareLinear((settings) => ({
    loss: 'logistic',
    C: settings.C ?? 1,
    l1_ratio: { l1: 1, l2: 0, elasticnet: settings.l1_ratio }[settings.penalty] ?? null,
    balanced: settings.class_weight === 'balanced',
    bias: settings.solver === 'liblinear' ? (settings.intercept_scaling ?? 1) : null,
  })),
};

export const linearSvc = {
  name: 'LinearSVC',
  ...common,
  compare: compareLinear((settings) => ({
    loss: settings.loss ?? 'squared_hinge',
    C: settings.C ?? 1,
    l1_ratio: settings.penalty === 'l1' ? 1 : 0,
    balanced: settings.class_weight === 'balanced',
    bias: settings.intercept_scaling ?? 1,
  })),
};
