"""Draws settings from seeds, asks scikit-learn, and prints setting and answer as a line of JSON a seed.

    python parity.py PART FIRST COUNT

The first line names the versions.
"""

import importlib
import sys
import zlib

import numpy as np

from wire import versions, write

PARTS = {
    "make_classification": "generated",
    "train_test_split": "splits",
    "GridSearchCV": "search",
    "GaussianNB": "naive_bayes",
    "LogisticRegression": "logistic_regression",
    "LinearSVC": "linear_svc",
    "RandomForestClassifier": "forest",
}


def main():
    part, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    cases = importlib.import_module(f"cases.{PARTS[part]}")
    write({"versions": versions()})
    for seed in range(first, first + count):
        # A stream of its own for each part and seed: a case can be repeated by itself.
        rng = np.random.default_rng([zlib.crc32(part.encode()), seed])
        write({"seed": seed, **cases.case(rng)})


main()
