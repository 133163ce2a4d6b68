"""train_test_split, with and without stratify: which rows, in which order."""

import math

import numpy as np
from sklearn.model_selection import train_test_split

from cases.tables import names, size


def case(rng):
    stratify = bool(rng.random() < 0.6)
    k = int(rng.integers(2, 9))
    n = size(rng, 4 * k, 20000)
    # Few rows of a class, and classes of one size, whose remainders are drawn.
    shares = rng.dirichlet(np.full(k, rng.choice([0.5, 3.0]))) if rng.random() < 0.7 else np.full(k, 1 / k)
    codes = rng.choice(k, n, p=shares)
    codes[: 2 * k] = np.repeat(np.arange(k), 2)
    y = names(rng, k)[rng.permutation(codes)]
    while True:
        test_size = float(rng.choice([0.2, 0.25, round(rng.uniform(0.01, 0.99), 2), rng.uniform(0.001, 0.999)]))
        n_test = math.ceil(test_size * n)
        if min(n_test, n - n_test) >= (k if stratify else 1):
            break
    seed = int(rng.choice([0, 2020, 2**32 - 1, rng.integers(0, 2**32)], p=[0.05, 0.05, 0.05, 0.85]))
    rows = np.arange(n)
    train, test = train_test_split(rows, test_size=test_size, random_state=seed, stratify=y if stratify else None)
    return {
        "settings": {"n": n, "n_classes": k, "test_size": test_size, "random_state": seed, "stratify": stratify},
        "data": {"y": y},
        "answer": {"train": train, "test": test, "y_train": y[train], "y_test": y[test]},
    }
