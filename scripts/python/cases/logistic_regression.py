"""LogisticRegression: objective, coefficients and labels."""

import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression

from cases import linear
from cases.optimum import Softmax, minimise

SOLVERS = {
    "l2": ["auto", "lbfgs", "newton-cholesky", "newton-cg", "sag", "saga", "liblinear"],
    "l1": ["auto", "saga", "liblinear"],
    "elasticnet": ["auto", "saga"],
    None: ["auto", "lbfgs", "newton-cholesky", "saga"],
}
#: Whose answer stands for ours, which solves every penalty.
STANDS_FOR_AUTO = {"l2": "newton-cholesky", "l1": "saga", "elasticnet": "saga", None: "newton-cholesky"}


def case(rng):
    X, y, new = linear.rows(rng)
    classes, codes = np.unique(y, return_inverse=True)
    k = len(classes)
    chosen = linear.settings(rng)
    penalty = [None, "l1", "elasticnet", "l2"][int(rng.choice(4, p=[0.1, 0.3, 0.2, 0.4]))]
    solver = str(rng.choice(SOLVERS[penalty]))
    if solver == "liblinear" and k > 2:
        solver = "auto"
    chosen["penalty"] = penalty
    ratio = {"l1": 1.0, "elasticnet": float(rng.choice([0.5, round(rng.random(), 3)]))}.get(penalty, 0.0)
    if penalty == "elasticnet":
        chosen["l1_ratio"] = ratio
    if solver != "auto":
        chosen["solver"] = solver
    if penalty is None:
        del chosen["C"]
    bias = None
    if solver == "liblinear" and chosen.get("fit_intercept", True):
        bias = float(rng.choice([1.0, round(rng.uniform(0.1, 10), 2)]))
        chosen["intercept_scaling"] = bias

    model = LogisticRegression(
        C=chosen.get("C", np.inf),
        l1_ratio=ratio,
        solver=STANDS_FOR_AUTO[penalty] if solver == "auto" else solver,
        fit_intercept=chosen.get("fit_intercept", True),
        intercept_scaling=1.0 if bias is None else bias,
        class_weight=chosen.get("class_weight"),
        tol=1e-8,
        max_iter=5000,
        random_state=0,
    )
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        model.fit(X, y)
        optimum = carried_on(model, X, codes, k, ratio, bias, penalty is not None)
        found = linear.answer(model, X, new, *optimum)
    return {"settings": chosen, "data": {"X": X, "y": y, "new": new}, "answer": found}


def carried_on(model, X, codes, k, ratio, bias, penalised):
    C = model.C if penalised else 1.0
    Z = X if not model.fit_intercept else np.c_[X, np.full(len(X), 1.0 if bias is None else bias)]
    weight = C * linear.class_weights(codes, model.class_weight == "balanced")
    strength = np.ones(Z.shape[1]) if penalised else np.zeros(Z.shape[1])
    start = model.coef_
    if model.fit_intercept:
        if bias is None:
            strength[-1] = 0.0
        start = np.c_[start, model.intercept_ / (1.0 if bias is None else bias)]
    strength = np.tile(strength, len(start))
    best = minimise(Softmax(Z, codes, k, weight), start.ravel().copy(), ratio * strength, (1 - ratio) * strength)
    w = best.weights.reshape(len(start), -1)
    intercept = w[:, -1] * (1.0 if bias is None else bias) if model.fit_intercept else np.zeros(len(w))
    return w[:, : X.shape[1]], intercept, best.reached, best.unique
