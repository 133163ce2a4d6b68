"""Rows and labels of every kind that a setting may meet: ties, constants, duplicates, bad scales."""

import numpy as np

KINDS = ["normal", "uniform", "integers", "decimals", "constant", "nearly constant", "copy", "signs", "heavy", "skewed"]
#: Columns on which solvers that see only sums of products have a fair chance.
TAME = ["normal", "uniform", "integers", "decimals", "constant", "copy", "signs", "skewed"]


def column(rng, kind, n, before):
    """A column of `n` cells; `before` are those already there."""
    if kind == "uniform":
        return rng.uniform(-1, 3, n)
    if kind == "integers":
        return rng.integers(-3, 1 + rng.integers(1, 8), n).astype(float)
    if kind == "decimals":
        return np.round(rng.standard_normal(n), int(rng.integers(0, 3)))
    if kind == "constant":
        return np.full(n, rng.choice([0.0, -1.5, 7.0, 1e6]))
    if kind == "nearly constant":
        # About the difference below which scikit-learn's trees see one value.
        return 0.25 + rng.integers(0, 4, n) * rng.choice([3e-8, 6e-8, 1e-7, 1.2e-7, 3e-7])
    if kind == "copy" and before:
        return before[rng.integers(len(before))].copy()
    if kind == "signs":
        return rng.choice([-1.0, -0.0, 0.0, 1.0], n)
    if kind == "heavy":
        return np.clip(rng.standard_cauchy(n), -1e6, 1e6)
    if kind == "skewed":
        return np.exp(rng.standard_normal(n))
    return rng.standard_normal(n) + rng.uniform(-2, 2)


def labels(rng, X, k, noise):
    """Labels that follow some columns, every class at least twice, named by any whole numbers."""
    n = len(X)
    spread = X - X.mean(0)
    scale = np.abs(spread).max(0)
    spread = spread / np.where(scale > 0, scale, 1.0)
    score = spread @ rng.standard_normal(X.shape[1]) + noise * rng.standard_normal(n)
    # Shares of the classes from even to very uneven.
    shares = rng.dirichlet(np.full(k, rng.choice([0.7, 3.0, 100.0])))
    bounds = np.quantile(score, np.clip(np.cumsum(shares)[:-1], 0, 1))
    codes = rng.permutation(k)[np.searchsorted(bounds, score)]
    codes[rng.permutation(n)[: 2 * k]] = np.repeat(np.arange(k), 2)
    return names(rng, k)[codes]


def names(rng, k):
    """`k` labels, ascending: 0, 1, … or any others."""
    if rng.random() < 0.6:
        return np.arange(k)
    return np.sort(rng.choice(np.arange(-1000, 1000), k, replace=False))


def table(rng, n, d, k, kinds=KINDS, scales=8.0):
    """`(n, d)` rows and `n` labels of `k` classes; columns up to 10**±scales now and then."""
    plain = rng.random() < 0.3
    columns = []
    for _ in range(d):
        kind = "normal" if plain else rng.choice(kinds)
        columns.append(column(rng, kind, n, columns))
    X = np.ascontiguousarray(np.stack(columns, axis=1))
    if not plain and rng.random() < 0.4:
        X *= 10.0 ** rng.uniform(-scales, scales, d)
    if rng.random() < 0.25:
        # Whole rows twice or more, with labels that may contradict.
        X = X[rng.integers(0, n, n)]
    y = labels(rng, X, k, rng.choice([0.0, 0.1, 0.5, 2.0]))
    return X, y


def unseen(rng, X, n):
    """Rows near to, between and far from those of X."""
    a, b = X[rng.integers(0, len(X), n)], X[rng.integers(0, len(X), n)]
    t = rng.choice([0.0, 0.5, 1.0, rng.random()], (n, 1))
    mixed = a * (1 - t) + b * t
    far = rng.random(n) < 0.1
    mixed[far] *= rng.uniform(-5, 5, (int(far.sum()), 1))
    return mixed


def size(rng, low, high):
    """A whole number from `low` to `high`, small ones as often as large ones."""
    return int(np.exp(rng.uniform(np.log(low), np.log(high + 1)))) if high > low else low
