"""The native side of `npm run compare -- inference`: one task a line on stdin, one answer a line on stdout."""

import base64
import hashlib
import signal
import sys
import time

import numpy as np
import onnxruntime
from joblib import Parallel, delayed
from skl2onnx import to_onnx
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC
from sklearn.utils import gen_even_slices

from wire import versions, work_off

# As tight as ours are, so that labels can be compared.
MODELS = {
    "NB": GaussianNB(),
    "LR": LogisticRegression(C=0.1, tol=1e-10, max_iter=10_000),
    "SVC": LinearSVC(C=0.01, dual=False, tol=1e-10, max_iter=10_000),
    "RF": RandomForestClassifier(random_state=0),
}
#: A turn's calls of one kind last about so long, and there are at least so many.
BUDGET_S = 0.3
FEWEST = 3


class Inference:
    def prepare(self, n_samples, n_features, data_state, test_size, split_state):
        X, y = make_classification(n_samples=n_samples, n_features=n_features, random_state=data_state)
        X, _, y, _ = train_test_split(X, y, test_size=test_size, random_state=split_state)
        self.models, self.onnx, self.sessions, self.rows = {}, {}, {}, (0, None, None)
        for name, model in MODELS.items():
            self.models[name] = model.fit(X, y)
            # As arrays; of LinearSVC they are so anyway.
            options = {} if name == "SVC" else {id(model): {"zipmap": False}}
            graph = to_onnx(model, X[:1].astype(np.float32), options=options).SerializeToString()
            self.onnx[name] = base64.b64encode(graph).decode()
        return {**versions(), "onnxruntime": onnxruntime.__version__, "onnx": self.onnx}

    def predict(self, name, n_rows, n_features, data_state, n_jobs):
        """Milliseconds of one call by each way; serial's labels, and onnxruntime's on one thread and on all."""
        if self.rows[0] != n_rows:
            self.rows = (0, None, None)
            X, _ = make_classification(n_samples=n_rows, n_features=n_features, random_state=data_state)
            self.rows = (n_rows, X, X.astype(np.float32))
        _, X, single = self.rows
        model = self.models[name]
        slices = list(gen_even_slices(n_rows, n_jobs))

        def by(backend):
            def call():
                parts = Parallel(n_jobs=n_jobs, backend=backend)(delayed(model.predict)(X[part]) for part in slices)
                return np.concatenate(parts)

            return call

        def by_onnx(n_threads):
            session = self.session(name, n_threads)
            feed = {session.get_inputs()[0].name: single}
            return lambda: session.run(["label"], feed)[0]

        ways = {
            "serial": lambda: model.predict(X),
            "threads": by("threading"),
            "processes": by("loky"),
            "onnx_1": by_onnx(1),
            "onnx_all": by_onnx(n_jobs),
        }
        times, labels = {}, {}
        for way, call in ways.items():
            labels[way] = call()
            times[way] = median_ms(call)
        serial = labels["serial"]
        if not all(np.array_equal(labels[way], serial) for way in ["threads", "processes"]):
            raise RuntimeError(f"joblib's labels of {n_rows} rows are not serial's")
        onnx = [
            {"n_other": int(np.count_nonzero(labels[way] != serial)), "labels": digest(labels[way])}
            for way in ["onnx_1", "onnx_all"]
        ]
        return {"times": times, "labels": digest(serial), "onnx": onnx}

    def session(self, name, n_threads):
        if (name, n_threads) not in self.sessions:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = n_threads
            options.inter_op_num_threads = 1
            graph = base64.b64decode(self.onnx[name])
            session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
            self.sessions[name, n_threads] = session
        return self.sessions[name, n_threads]


def digest(labels):
    return hashlib.sha256(labels.astype("<i4").tobytes()).hexdigest()


def median_ms(call):
    times = []
    while len(times) < FEWEST or sum(times) < BUDGET_S:
        since = time.perf_counter()
        call()
        times.append(time.perf_counter() - since)
    return float(np.median(times)) * 1000


# joblib's processes import this file.
if __name__ == "__main__":
    # Told to end, it ends its processes too; those that stay behind would keep the comparison waiting.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    work_off(Inference())
