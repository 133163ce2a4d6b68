"""GridSearchCV: StratifiedKFold, ParameterGrid, scores a split, means, ranks, the refit."""

import warnings

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB

from cases.tables import TAME, size, table

ESTIMATORS = {
    "GaussianNB": GaussianNB,
    "LogisticRegression": LogisticRegression,
    "RandomForestClassifier": RandomForestClassifier,
}


def some(rng, values):
    """A few of the values, in any order."""
    count = int(rng.integers(1, len(values) + 1))
    return [values[i] for i in rng.permutation(len(values))[:count]]


def grid(rng, estimator):
    if estimator == "GaussianNB":
        whole = {"var_smoothing": [1e-9, 1e-6, 1e-3, 0.1, 1.0, 100.0]}
    elif estimator == "LogisticRegression":
        whole = {"C": [0.01, 0.1, 1.0, 10.0], "fit_intercept": [True, False]}
    else:
        # Named so that the order of keys matters, and with settings that often tie.
        whole = {"criterion": ["gini", "entropy"], "max_depth": [1, 2, 3, None], "min_samples_leaf": [1, 2, 5]}
    names = some(rng, list(whole))
    return {name: some(rng, whole[name])[:3] for name in names}


def case(rng):
    estimator = str(rng.choice(list(ESTIMATORS), p=[0.4, 0.2, 0.4]))
    k = int(rng.choice([2, 2, 3, 5]))
    cv = int(rng.choice([2, 3, 5, 8, 10]))
    n, d = size(rng, max(6 * k, 2 * k * cv), 600), size(rng, 1, 10)
    X, y = table(rng, n, d, k, kinds=TAME, scales=1.0)
    classes, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    # Every training side needs every class, and few rows of one are worth a look.
    rare = rng.permutation(n)[: 2 * k]
    y[rare] = np.repeat(classes, 2)
    fixed = {}
    if estimator == "RandomForestClassifier":
        fixed = {"n_estimators": int(rng.integers(1, 8)), "random_state": int(rng.integers(0, 2**32))}
    if estimator == "LogisticRegression":
        fixed = {"max_iter": 10000}
    grids = [grid(rng, estimator) for _ in range(int(rng.integers(1, 3)))]
    param_grid = grids[0] if len(grids) == 1 else grids
    exact = {"tol": 1e-8, "solver": "newton-cholesky"} if estimator == "LogisticRegression" else {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        search = GridSearchCV(ESTIMATORS[estimator](**fixed, **exact), param_grid, cv=cv, scoring="accuracy").fit(X, y)
    results = search.cv_results_
    return {
        "settings": {"estimator": estimator, "params": fixed, "param_grid": param_grid, "cv": cv},
        "data": {"X": X, "y": y},
        "answer": {
            "params": results["params"],
            "split_test_score": np.stack([results[f"split{i}_test_score"] for i in range(cv)], axis=1),
            "mean_test_score": results["mean_test_score"],
            "std_test_score": results["std_test_score"],
            "rank_test_score": results["rank_test_score"],
            "best_index": int(search.best_index_),
            "best_params": search.best_params_,
            "labels": search.predict(X),
        },
    }
