"""GaussianNB: attributes, probabilities and labels."""

import warnings

import numpy as np
from sklearn.naive_bayes import GaussianNB

from cases.tables import size, table, unseen


def case(rng):
    k = int(rng.integers(2, 7))
    n, d = size(rng, 3 * k, 3000), size(rng, 1, 40)
    X, y = table(rng, n, d, k, scales=6.0)
    settings = {}
    if rng.random() < 0.4:
        priors = rng.dirichlet(np.ones(k))
        if rng.random() < 0.2:
            priors[rng.integers(k)] = 0.0
            priors /= priors.sum()
        settings["priors"] = [float(p) for p in priors]
    if rng.random() < 0.6:
        settings["var_smoothing"] = float(rng.choice([1e-12, 1e-9, 1e-6, 1e-3, 1.0, 10.0 ** rng.uniform(-12, 0)]))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        model = GaussianNB(**settings).fit(X, y)
        new = unseen(rng, X, 500)
        answer = {
            "theta": model.theta_,
            "var": model.var_,
            "class_prior": model.class_prior_,
            "class_count": model.class_count_,
            "epsilon": np.array([model.epsilon_]),
            "labels": np.concatenate([model.predict(X), model.predict(new)]),
            "proba": model.predict_proba(new),
        }
    return {"settings": settings, "data": {"X": X, "y": y, "new": new}, "answer": answer}
