"""scikit-learn's side of `npm run compare -- training`: one task a line on stdin, one answer a line on stdout."""

import hashlib
import time

import numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

from wire import versions, work_off

# The notebook's, with the solver that can fit all 21 cells, and the one that can fit all 10.
SEARCHES = {
    "NB": (GaussianNB(), {}),
    "LR": (
        LogisticRegression(solver="saga", max_iter=1000, random_state=0),
        {"C": [0.001, 0.01, 0.1, 1, 10, 100, 1000], "l1_ratio": [1.0, 0.0, 0.5]},
    ),
    "SVC": (LinearSVC(dual=False), {"C": [0.01, 0.1, 1, 10, 100], "penalty": ["l1", "l2"]}),
    "RF": (RandomForestClassifier(random_state=0), {}),
}
PENALTIES = {1.0: "l1", 0.0: "l2", 0.5: "elasticnet"}
#: One row in so many is compared cell by cell where a matrix is too large to send.
STRIDE = 101


class Training:
    def prepare(self, n_samples, n_features, data_state, test_size, split_state):
        X, y = make_classification(n_samples=n_samples, n_features=n_features, random_state=data_state)
        self.split = train_test_split(X, y, test_size=test_size, random_state=split_state)
        return versions()

    def search(self, name, n_jobs):
        model, grid = SEARCHES[name]
        X_train, X_test, y_train, y_test = self.split
        search = GridSearchCV(model, grid, cv=5, scoring="accuracy", n_jobs=n_jobs)
        since = time.perf_counter()
        search.fit(X_train, y_train)
        seconds = time.perf_counter() - since
        best = dict(search.best_params_)
        if "l1_ratio" in best:
            best["penalty"] = PENALTIES[best.pop("l1_ratio")]
        answer = {
            "ms": seconds * 1000,
            "best_params": best,
            "best_score": search.best_score_,
            "train_acc": search.score(X_train, y_train),
            "test_acc": search.score(X_test, y_test),
            "mean_fit_time_ms": float(np.mean(search.cv_results_["mean_fit_time"])) * 1000,
        }
        if name == "RF":
            answer["trees"] = digest_of_trees(search.best_estimator_)
        return answer

    def forest(self, n_estimators):
        X_train, _, y_train, _ = self.split
        since = time.perf_counter()
        model = RandomForestClassifier(n_estimators, random_state=0, n_jobs=1).fit(X_train, y_train)
        return {"ms": (time.perf_counter() - since) * 1000, "trees": digest_of_trees(model)}

    def generate(self, n_samples, n_features, random_state):
        since = time.perf_counter()
        X, y = make_classification(n_samples=n_samples, n_features=n_features, random_state=random_state)
        ms = (time.perf_counter() - since) * 1000
        labels = hashlib.sha256(y.astype("<i4").tobytes()).hexdigest()
        return {"ms": ms, "labels": labels, "sample": X[::STRIDE]}


def digest_of_trees(model):
    digest = hashlib.sha256()
    for tree in (estimator.tree_ for estimator in model.estimators_):
        for values, kind in [
            (tree.feature, "<i4"),
            (tree.threshold, "<f8"),
            (tree.children_left, "<i4"),
            (tree.children_right, "<i4"),
            (tree.value, "<f8"),
        ]:
            digest.update(np.ascontiguousarray(values, dtype=kind).tobytes())
    return digest.hexdigest()


# joblib's processes import this file.
if __name__ == "__main__":
    work_off(Training())
