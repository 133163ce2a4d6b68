"""LinearSVC: objective, coefficients and labels."""

import warnings

import numpy as np
from sklearn.svm import LinearSVC

from cases import linear
from cases.optimum import SquaredHinge, minimise


def case(rng):
    X, y, new = linear.rows(rng)
    classes, codes = np.unique(y, return_inverse=True)
    k = len(classes)
    chosen = linear.settings(rng)
    kind = rng.random()
    if kind < 0.3:
        chosen["penalty"] = "l1"
    elif kind < 0.45:
        chosen["loss"] = "hinge"
    if chosen.get("fit_intercept", True) and rng.random() < 0.3:
        chosen["intercept_scaling"] = float(round(rng.uniform(0.1, 10), 2))
    is_hinge = chosen.get("loss") == "hinge"
    model = LinearSVC(**chosen, dual=is_hinge, tol=1e-8, max_iter=20000, random_state=0)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        model.fit(X, y)
        if is_hinge:
            # Not smooth: scikit-learn's answer as it is. Its gap bounds how far it is from the minimum.
            optimum = (None, None, False, False)
        else:
            optimum = carried_on(model, X, codes, k)
        found = linear.answer(model, X, new, *optimum)
    return {"settings": chosen, "data": {"X": X, "y": y, "new": new}, "answer": found}


def carried_on(model, X, codes, k):
    scaling = model.intercept_scaling
    Z = np.c_[X, np.full(len(X), scaling)] if model.fit_intercept else X
    weights = model.C * linear.class_weights(codes, model.class_weight == "balanced")
    l1 = np.full(Z.shape[1], 1.0 if model.penalty == "l1" else 0.0)
    coef, intercept, reached, unique = [], [], True, True
    for row, own in enumerate(np.atleast_1d(model.intercept_) * np.ones(len(model.coef_))):
        signs = np.where(codes == (1 if k == 2 else row), 1.0, -1.0)
        # Of more than two classes liblinear weighs the one; the rest counts once.
        weight = weights if k == 2 else np.where(signs > 0, weights, model.C)
        start = np.r_[model.coef_[row], own / scaling] if model.fit_intercept else model.coef_[row]
        best = minimise(SquaredHinge(Z, signs, weight), start.copy(), l1, 1 - l1)
        coef.append(best.weights[: X.shape[1]])
        intercept.append(best.weights[-1] * scaling if model.fit_intercept else 0.0)
        reached, unique = reached and best.reached, unique and best.unique
    return np.array(coef), np.array(intercept), reached, unique
