"""RandomForestClassifier: every tree node for node, probabilities and labels."""

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from cases.tables import size, table, unseen


def settings(rng, d):
    # One more choice each: left out.
    options = {
        "criterion": ["gini", "entropy", "log_loss"],
        "max_depth": [None, 1, int(rng.integers(2, 12))],
        "min_samples_split": [2, int(rng.integers(3, 30)), float(round(rng.uniform(0.001, 0.3), 3))],
        "min_samples_leaf": [1, int(rng.integers(2, 15)), float(round(rng.uniform(0.001, 0.1), 3))],
        "max_features": ["sqrt", "log2", None, int(rng.integers(1, d + 3)), float(round(rng.uniform(0.05, 0.95), 3))],
        "min_impurity_decrease": [0.0, float(10.0 ** rng.uniform(-6, -1))],
        "bootstrap": [True, False],
    }
    chosen = {}
    for name, values in options.items():
        pick = int(rng.integers(0, len(values) + 1))
        if pick < len(values):
            chosen[name] = values[pick]
    chosen["n_estimators"] = int(rng.choice([1, 5, 10, 25]))
    chosen["random_state"] = int(rng.choice([0, 2**32 - 1, rng.integers(0, 2**32)], p=[0.1, 0.05, 0.85]))
    return chosen


def case(rng):
    k = int(rng.choice([2, 2, 2, 3, 4, 7]))
    n, d = size(rng, 4 * k, 2000), size(rng, 1, 40)
    X, y = table(rng, n, d, k)
    chosen = settings(rng, d)
    model = RandomForestClassifier(**chosen).fit(X, y)
    new = unseen(rng, X, 300)
    trees = [tree.tree_ for tree in model.estimators_]
    join = lambda name: np.concatenate([getattr(tree, name) for tree in trees])
    return {
        "settings": chosen,
        "data": {"X": X, "y": y, "new": new},
        "answer": {
            "n_nodes": np.array([tree.node_count for tree in trees]),
            "feature": join("feature"),
            "threshold": join("threshold"),
            "children_left": join("children_left"),
            "children_right": join("children_right"),
            "value": np.concatenate([tree.value[:, 0, :] for tree in trees]),
            "labels": np.concatenate([model.predict(X), model.predict(new)]),
            "proba": np.concatenate([model.predict_proba(X), model.predict_proba(new)]),
        },
    }
