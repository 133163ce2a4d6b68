// The objectives that linear models minimise, the plain way: scikit-learn's weights and ours go through the same
// lines, so that their values can be compared. Pure, tested in tests/unit/parity.test.ts.

/** Sum with the rounding errors carried along (Neumaier). */
function exactSum(terms) {
  let [sum, lost] = [0, 0];
  for (const term of terms) {
    const next = sum + term;
    lost += Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum;
    sum = next;
  }
  return sum + lost;
}

/** `[rows][planes]` margins. */
export function margins({ X, n, d }, coef, intercept) {
  const planes = intercept.length;
  return Array.from({ length: n }, (_, i) =>
    Array.from({ length: planes }, (_, p) => {
      let z = intercept[p];
      for (let j = 0; j < d; j++) z += X[i * d + j] * coef[p * d + j];
      return z;
    }),
  );
}

const logOnePlusExp = (t) => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));

function logSumExp(values) {
  const top = Math.max(...values);
  return top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0));
}

/** Weight of each class: 1, or with 'balanced' the same for each class's rows together. */
function classWeights(codes, k, balanced) {
  const counts = new Array(k).fill(0);
  for (const code of codes) counts[code]++;
  return counts.map((count) => (balanced ? codes.length / (k * count) : 1));
}

/** Loss of a row: `z` its margins, `code` its class, `weight` a class. One plane stands for two classes. */
const LOSSES = {
  logistic: (z, code, weight) =>
    weight[code] * (z.length === 1 ? logOnePlusExp(code === 1 ? -z[0] : z[0]) : logSumExp(z) - z[code]),
  squared_hinge: (z, code, weight) => oneVersusRest(z, code, weight, (short) => short * short),
  hinge: (z, code, weight) => oneVersusRest(z, code, weight, (short) => short),
};

/** Of more than two classes liblinear weighs the one; rows of the rest count once. */
function oneVersusRest(z, code, weight, loss) {
  return z.reduce((sum, margin, plane) => {
    const own = z.length === 1 ? code === 1 : code === plane;
    return sum + (z.length === 1 || own ? weight[code] : 1) * loss(Math.max(0, 1 - (own ? margin : -margin)));
  }, 0);
}

/**
 * Value of `C Σ loss + (1 − l1_ratio) ½ ‖w‖² + l1_ratio ‖w‖₁`.
 *
 * `data`: { X, n, d, codes, k }; `problem`: { loss, C, l1_ratio (null: no penalty), balanced, bias }, where `bias` is
 * the value of the column whose penalised weight is the intercept, null where the intercept goes unpenalised.
 */
export function objective(data, problem, coef, intercept) {
  const weight = classWeights(data.codes, data.k, problem.balanced);
  const loss = LOSSES[problem.loss];
  const terms = margins(data, coef, intercept).map((z, i) => problem.C * loss(z, data.codes[i], weight));
  if (problem.l1_ratio !== null) {
    const weights = [...coef];
    if (problem.bias !== null) weights.push(...Array.from(intercept, (value) => value / problem.bias));
    for (const w of weights) terms.push(((1 - problem.l1_ratio) / 2) * w * w + problem.l1_ratio * Math.abs(w));
  }
  return exactSum(terms);
}

/** Weights of one column that only matter up to a common constant: their mean taken off. */
export function centred(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}
