"""The page's snippet, run as it is printed (snippets.mjs): npm test -- python"""

import contextlib
import io
import time
import unittest
from pathlib import Path
from statistics import median
from types import SimpleNamespace

import joblib
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

SNIPPETS = Path(__file__).parents[2] / ".cache" / "snippets"
#: A call may take so much longer than plain predict: joblib's comes in steps of 10 ms, and the machine has other work.
TOLERANCE = 1.5
#: What the machine did meanwhile is forgiven twice; what the snippet does is not.
ATTEMPTS = 3

X_train, y_train = make_classification(n_samples=2000, n_features=10, random_state=0)
X_large, _ = make_classification(n_samples=200_000, n_features=10, random_state=1)


class Sleeper(ClassifierMixin, BaseEstimator):
    """A classifier that takes as long as it says on any machine; as many at once as there are threads."""

    def __init__(self, call_s=0.0, row_s=0.0):
        self.call_s = call_s
        self.row_s = row_s

    def predict(self, X):
        time.sleep(self.call_s + self.row_s * len(X))
        return X[:, 0] > 0


class Halver(ClassifierMixin, BaseEstimator):
    """A classifier whose labels depend on the batch as a whole."""

    def predict(self, X):
        return np.arange(len(X)) < len(X) / 2


def run(tier, model, X):
    """The names that the snippet has defined in the end, and what it has printed."""
    file = SNIPPETS / f"{tier}.py"
    names, printed = {"model": model, "X": X}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(file.read_text(encoding="utf-8"), file, "exec"), names)
    return SimpleNamespace(**names, names=names, printed=printed.getvalue())


def state(model):
    """All that the model is. A search tree counts its visits, whoever asks."""
    learnt = {name: value for name, value in vars(model).items() if name != "_tree"}
    return joblib.hash(learnt), model.get_params(), getattr(model, "n_jobs", None)


def ms(call, *args):
    since = time.perf_counter()
    call(*args)
    return 1000 * (time.perf_counter() - since)


def slower(call, other, X, rounds=7):
    """How many times longer a call takes than the other: the median of rounds in which both are made."""
    call(X)
    return median(ms(call, X) / ms(other, X) for _ in range(rounds))


class Snippet:
    tier: str

    def check(self, model, n_rows):
        X = X_large[:n_rows]
        model.fit(X_train, y_train)
        before = state(model)
        labels = model.predict(X)

        for attempt in range(ATTEMPTS):
            snippet = run(self.tier, model, X)
            least = snippet.least
            sizes = [size for size in [1, 1000, (least or n_rows) - 1, least, n_rows] if size and size <= n_rows]
            for size in sizes:
                answer = snippet.predict(X[:size])
                self.assertEqual(answer.dtype, labels.dtype)
                np.testing.assert_array_equal(answer, labels[:size])
            np.testing.assert_array_equal(snippet.split(snippet.single, X), labels)
            self.assertEqual(state(model), before, "the caller's model has changed")
            self.assertEqual(snippet.single.n_jobs, 1)
            self.assert_told(snippet, n_rows)

            found = {size: slower(snippet.predict, model.predict, X[:size]) for size in sizes}
            if max(found.values()) <= TOLERANCE:
                return least
        self.fail(f"with the break-even at {least} rows, predict took so much longer than the model's: {found}")

    def assert_told(self, snippet, n_rows):
        found = f"pay from {snippet.least:,}" if snippet.least else f"do not pay with {n_rows:,}"
        told, *doubts = snippet.printed.splitlines()
        self.assertEqual(told, f"{snippet.N_JOBS} {self.tier} {found} rows")
        ratio = snippet.after / snippet.before
        self.assertEqual(len(doubts), 0 if 1 / 1.5 < ratio < 1.5 else 1, doubts)

    def assert_serial(self, model, n_rows):
        """With few rows: never."""
        self.assertIsNone(self.check(model, n_rows))

    def test_gaussian_nb(self):
        self.check(GaussianNB(), 200_000)

    def test_gaussian_nb_is_serial_with_a_thousand_rows(self):
        self.assert_serial(GaussianNB(), 1000)

    def test_logistic_regression(self):
        self.assert_serial(LogisticRegression(), 10_000)

    def test_linear_svc(self):
        self.assert_serial(LinearSVC(), 10_000)

    def test_random_forest(self):
        self.check(RandomForestClassifier(random_state=0), 10_000)

    def test_random_forest_with_jobs_of_its_own(self):
        self.check(RandomForestClassifier(random_state=0, n_jobs=2), 4000)

    def test_k_neighbors(self):
        self.check(KNeighborsClassifier(n_jobs=-1), 500)

    def test_svc(self):
        self.check(SVC(), 1000)

    def test_decision_tree(self):
        self.check(DecisionTreeClassifier(random_state=0), 200_000)

    def test_finds_where_the_lines_cross(self):
        """With half as many rows it is slower, with three times as many faster: what a call of joblib takes may double."""
        model, X = Sleeper(row_s=1e-4), X_large[:3000]
        found = []
        for attempt in range(ATTEMPTS):
            snippet = run(self.tier, model, X[:1000])
            if not snippet.least:
                continue
            few, many = X[: snippet.least // 2], X[: 3 * snippet.least]
            found = [slower(lambda X: snippet.split(model, X), model.predict, X) for X in (few, many)]
            if found[1] < 1 < found[0]:
                return self.assert_told(snippet, 1000)
        self.fail(f"the break-even is at {snippet.least} rows, beside which splitting takes {found} times as long")

    def test_finds_it_to_a_tenth_of_its_rows(self):
        """By a clock of the test's own, where a row takes 1 and a split call takes more once, half for each row."""
        snippet, now = run(self.tier, Sleeper(), X_large[:10]), 0

        def take(duration, X):
            nonlocal now
            now += duration
            return np.zeros(len(X))

        model = SimpleNamespace(predict=lambda X: take(len(X), X))
        snippet.names["perf_counter"] = lambda: now
        for more in [0, 1, 3, 50, 700, 4000, 4999]:
            snippet.names["split"] = lambda model, X: take(more + len(X) / 2, X)
            least, crossing = snippet.break_even(model, X_large[:10_000]), max(2, 2 * more)
            self.assertTrue(crossing <= least <= 1.1 * crossing + 1, f"{least} rows, not {crossing}")
        snippet.names["split"] = lambda model, X: take(5000 + len(X) / 2, X)
        self.assertIsNone(snippet.break_even(model, X_large[:10_000]))

    def test_says_when_the_same_call_takes_longer_once(self):
        class Slowing(Sleeper):
            calls = 0

            def predict(self, X):
                Slowing.calls += 1
                self.call_s = 0.01 if Slowing.calls < 10 else 0.2
                return super().predict(X)

        if self.tier == "threads":  # Processes do not share the count.
            self.assertIn("Do not trust it", run(self.tier, Slowing(), X_large[:100]).printed)

    def test_never_where_every_call_costs_the_same(self):
        snippet = run(self.tier, Sleeper(call_s=0.02), X_large[:2000])
        self.assertIsNone(snippet.least)
        self.assert_told(snippet, 2000)

    def test_below_the_break_even_nothing_is_split(self):
        snippet = run(self.tier, Sleeper(), X_large[:1000])
        calls = []
        snippet.names["split"] = lambda model, X: calls.append(len(X))
        for least in [None, 500]:
            snippet.names["least"] = least
            for size in [1, 499, 500, 1000]:
                snippet.predict(X_large[:size])
        self.assertEqual(calls, [500, 1000])

    def test_labels_that_depend_on_the_batch_are_refused(self):
        with self.assertRaisesRegex(ValueError, "another label"):
            run(self.tier, Halver(), X_large[:1000])

    def test_a_call_of_joblib_takes_some_10_ms(self):
        model = GaussianNB().fit(X_train, y_train)
        snippet = run(self.tier, model, X_large[:1000])
        self.assertIn("joblib takes some 10 ms", (SNIPPETS / f"{self.tier}.py").read_text(encoding="utf-8"))
        taken = min(ms(snippet.split, model, X_large[:1000]) for _ in range(9))
        self.assertTrue(3 < taken < 100, f"{taken:.1f} ms")


class Threads(Snippet, unittest.TestCase):
    tier = "threads"


class Processes(Snippet, unittest.TestCase):
    tier = "processes"


if __name__ == "__main__":
    unittest.main()
