"""make_classification: every parameter, any seed."""

import numpy as np
from sklearn.datasets import make_classification

from cases.tables import size


def shares(rng, n_classes):
    """Weights of the classes, or of all but the last; sometimes of zero."""
    parts = np.round(rng.dirichlet(np.full(n_classes, rng.choice([0.5, 5.0]))), int(rng.integers(1, 6)))
    parts = np.abs(parts) * (0.999 if rng.random() < 0.2 else 1.0)
    all_but_last = [float(v) for v in parts[: n_classes - 1]]
    if rng.random() < 0.5:
        weights = all_but_last
    else:
        weights = [float(v) for v in parts]
    # Python 3.12 sums floats another way than 3.11: only shares that both sum alike.
    total = 0.0
    for weight in weights:
        total += weight
    if total != float(sum(weights)) or total != float(np.sum(np.array(weights, dtype=np.longdouble))) or total > 1.0:
        return None
    return weights


def per_feature(rng, d, draw):
    kind = rng.random()
    if kind < 0.55:
        return "default"
    if kind < 0.7:
        return float(draw(1)[0])
    return None if kind < 0.85 else [float(v) for v in draw(d)]


def settings(rng):
    large = rng.random()
    n_informative = size(rng, 1, 12) if large < 0.9 else int(rng.integers(13, 71))
    n_redundant, n_repeated, n_useless = (int(rng.choice([0, size(rng, 1, 8)])) for _ in range(3))
    d = n_informative + n_redundant + n_repeated + n_useless
    while True:
        n_classes, n_clusters = int(rng.integers(1, 8)), int(rng.integers(1, 5))
        if n_classes * n_clusters <= 2**n_informative:
            break
    chosen = {
        "n_samples": size(rng, 1, 20000) if rng.random() < 0.97 else size(rng, 100_000, 300_000),
        "n_features": d,
        "n_informative": n_informative,
        "n_redundant": n_redundant,
        "n_repeated": n_repeated,
        "n_classes": n_classes,
        "n_clusters_per_class": n_clusters,
        "weights": shares(rng, n_classes) if rng.random() < 0.5 and n_classes > 1 else None,
        "flip_y": float(rng.choice([0.0, 0.01, round(rng.random(), 3), 1.0])),
        "class_sep": float(rng.choice([1.0, round(rng.uniform(0.01, 3), 3)])),
        "hypercube": bool(rng.random() < 0.7),
        "shuffle": bool(rng.random() < 0.7),
        "random_state": int(rng.choice([0, 1, 42, 2**31, 2**32 - 1, rng.integers(0, 2**32)], p=[0.05] * 5 + [0.75])),
    }
    if chosen["n_samples"] > 50_000 and d > 12:
        chosen["n_samples"] //= 20
    shift = per_feature(rng, d, lambda n: np.round(rng.uniform(-3, 3, n), 3))
    scale = per_feature(rng, d, lambda n: np.round(rng.uniform(0.01, 100, n), 3))
    chosen.update({name: value for name, value in [("shift", shift), ("scale", scale)] if value != "default"})
    return chosen


def case(rng):
    chosen = settings(rng)
    arrays = {name: np.array(chosen[name]) for name in ("shift", "scale") if isinstance(chosen.get(name), list)}
    X, y = make_classification(**{**chosen, **arrays})
    return {"settings": chosen, "answer": {"X": X, "y": y}}
