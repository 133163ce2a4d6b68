"""What the two linear models' cases share: rows, settings, and scikit-learn's answer beside the minimum's."""

import numpy as np

from cases.tables import TAME, size, table, unseen


def rows(rng):
    wide = rng.random() < 0.08
    k = int(rng.choice([2, 2, 2, 3, 5]))
    n = size(rng, 50, 200) if wide else size(rng, 10 * k, 500)
    d = size(rng, 60, 300) if wide else size(rng, 1, 25)
    X, y = table(rng, n, d, k, kinds=TAME, scales=3.0)
    return X, y, unseen(rng, X, 300)


def settings(rng):
    chosen = {"C": float(10.0 ** rng.uniform(-3, 3))}
    if rng.random() < 0.3:
        chosen["fit_intercept"] = bool(rng.random() < 0.3)
    if rng.random() < 0.3:
        chosen["class_weight"] = "balanced"
    return chosen


def class_weights(codes, balanced):
    counts = np.bincount(codes)
    return (len(codes) / (len(counts) * counts))[codes] if balanced else np.ones(len(codes))


def answer(model, X, new, coef, intercept, reached, unique):
    """scikit-learn's own weights, and labels of those at the minimum where it was reached."""
    # Without an intercept LinearSVC has one number for all classes.
    own = {"coef": model.coef_.copy(), "intercept": model.intercept_ * np.ones(len(model.coef_))}
    if reached:
        model.coef_, model.intercept_ = coef, intercept
    return {
        **own,
        "optimum": {"coef": coef, "intercept": intercept} if reached else None,
        "unique": bool(unique),
        "labels": np.concatenate([model.predict(X), model.predict(new)]),
    }
