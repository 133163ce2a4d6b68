// The notebook's four, for what compares and measures them.

/** With the settings that its searches found the best. */
export const MODELS = {
  NB: { estimator: 'GaussianNB' },
  LR: { estimator: 'LogisticRegression', params: { C: 0.1 } },
  SVC: { estimator: 'LinearSVC', params: { C: 0.01 } },
  RF: { estimator: 'RandomForestClassifier', params: { random_state: 0 } },
};

/** The notebook's searches. */
export const GRIDS = {
  NB: { estimator: 'GaussianNB', param_grid: {} },
  LR: {
    estimator: 'LogisticRegression',
    param_grid: { C: [0.001, 0.01, 0.1, 1, 10, 100, 1000], penalty: ['l1', 'l2', 'elasticnet'] },
  },
  SVC: { estimator: 'LinearSVC', param_grid: { C: [0.01, 0.1, 1, 10, 100], penalty: ['l1', 'l2'] } },
  RF: { estimator: 'RandomForestClassifier', params: { random_state: 0 }, param_grid: {} },
};
