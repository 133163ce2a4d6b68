// The notebook's four, for what compares and measures them.

/** With the settings that its searches found the best. */
export const MODELS = {
  NB: { estimator: 'GaussianNB' },
  LR: { estimator: 'LogisticRegression', params: { C: 0.1 } },
  SVC: { estimator: 'LinearSVC', params: { C: 0.01 } },
  RF: { estimator: 'RandomForestClassifier', params: { random_state: 0 } },
};
