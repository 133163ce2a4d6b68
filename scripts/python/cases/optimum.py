"""scikit-learn's solution of a linear problem, carried on to the minimum.

scikit-learn stops early, on badly scaled rows far from the minimum. Coefficients can be compared to 1e-5 only
with those of the minimum itself: Newton steps from scikit-learn's own, with a term of absolute values solved
coordinate by coordinate, until the optimality conditions hold.
"""

from dataclasses import dataclass

import numpy as np


@dataclass
class Optimum:
    weights: np.ndarray
    #: Whether the optimality conditions hold.
    reached: bool
    #: Whether no other weights are as good, and these are known to 1e-7.
    unique: bool


class Softmax:
    """`sum weight * -log p(y)`; the weights' shape is `(n_classes, n_columns)`. Two classes have one row."""

    def __init__(self, Z, codes, k, weight):
        self.Z, self.codes, self.weight = Z, codes, weight
        self.rows = 1 if k == 2 else k
        self.onehot = np.eye(k)[codes]

    def margins(self, w):
        z = self.Z @ w.reshape(self.rows, -1).T
        return np.c_[np.zeros(len(z)), z[:, 0]] if self.rows == 1 else z

    def value(self, w):
        m = self.margins(w)
        top = m.max(1)
        return float(self.weight @ (top + np.log(np.exp(m - top[:, None]).sum(1)) - (m * self.onehot).sum(1)))

    def probabilities(self, w):
        m = self.margins(w)
        e = np.exp(m - m.max(1)[:, None])
        return e / e.sum(1)[:, None]

    def gradient(self, w):
        g = ((self.probabilities(w) - self.onehot) * self.weight[:, None]).T @ self.Z
        return (g[1:] if self.rows == 1 else g).ravel()

    def hessian(self, w):
        p, Z = self.probabilities(w), self.Z
        if self.rows == 1:
            return (Z * (self.weight * p[:, 0] * p[:, 1])[:, None]).T @ Z
        c = Z.shape[1]
        H = np.empty((self.rows * c, self.rows * c))
        for a in range(self.rows):
            for b in range(a, self.rows):
                curve = self.weight * p[:, a] * ((a == b) - p[:, b])
                H[a * c : (a + 1) * c, b * c : (b + 1) * c] = (Z * curve[:, None]).T @ Z
                H[b * c : (b + 1) * c, a * c : (a + 1) * c] = H[a * c : (a + 1) * c, b * c : (b + 1) * c].T
        return H

    def largest_gradient(self):
        return np.tile(self.weight @ np.abs(self.Z), self.rows)

    def shifts(self, free):
        """Directions that change nothing: the same added to every class's weight of a column without a penalty."""
        c = self.Z.shape[1]
        if self.rows == 1:
            return np.zeros((0, c))
        return np.stack([np.tile(np.eye(c)[j], self.rows) for j in np.flatnonzero(free[:c])] or [np.zeros(self.rows * c)])


class SquaredHinge:
    """`sum weight * max(0, 1 - s z)**2` of one problem, signs `s`."""

    def __init__(self, Z, signs, weight):
        self.Z, self.signs, self.weight = Z, signs, weight

    def short(self, w):
        return np.maximum(0.0, 1 - self.signs * (self.Z @ w))

    def value(self, w):
        return float(self.weight @ self.short(w) ** 2)

    def gradient(self, w):
        return -2 * (self.weight * self.signs * self.short(w)) @ self.Z

    def hessian(self, w):
        inside = self.short(w) > 0
        Z = self.Z[inside]
        return 2 * (Z * self.weight[inside, None]).T @ Z

    def largest_gradient(self):
        return 2 * self.weight @ np.abs(self.Z)

    def shifts(self, free):
        return np.zeros((0, len(free)))


def step_towards(H, g, w, l1):
    """Minimises `g d + d H d / 2 + sum l1 |w + d|` over d, roughly."""
    d = np.zeros_like(w)
    diagonal = np.maximum(np.diag(H), 1e-300)
    if not l1.any():
        scale = 1 / np.sqrt(diagonal)
        return -scale * np.linalg.lstsq(H * np.outer(scale, scale), scale * g, rcond=1e-14)[0]
    slope = g.copy()
    for sweep in range(300):
        largest = 0.0
        for j in range(len(w)):
            target = w[j] + d[j] - slope[j] / diagonal[j]
            new = np.sign(target) * max(abs(target) - l1[j] / diagonal[j], 0.0)
            change = new - w[j] - d[j]
            if change:
                d[j] += change
                slope += H[:, j] * change
                largest = max(largest, abs(change) * np.sqrt(diagonal[j]))
        if largest < 1e-14:
            break
    # What moves is known now: solved exactly, where no sign changes.
    moving = (w + d != 0) | (l1 == 0)
    sign = np.sign(w + d)
    scale = 1 / np.sqrt(diagonal[moving])
    rest = -w * ~moving
    right = -(g + l1 * sign + H @ rest)[moving]
    exact = rest.copy()
    exact[moving] = scale * np.linalg.lstsq(H[np.ix_(moving, moving)] * np.outer(scale, scale), scale * right, rcond=1e-14)[0]
    return exact if (np.sign(w + exact)[moving & (l1 > 0)] == sign[moving & (l1 > 0)]).all() else d


def minimise(loss, w, l1, l2):
    """From `w` to the minimum of `loss + sum l1 |w| + sum l2 w**2 / 2`."""

    def value(w):
        return loss.value(w) + l1 @ np.abs(w) + 0.5 * l2 @ w**2

    def violation(w, g):
        at_zero = np.maximum(np.abs(g) - l1, 0.0)
        return np.where(w != 0, np.abs(g + l1 * np.sign(w)), at_zero) / (loss.largest_gradient() + l1 + l2 * np.abs(w) + 1e-300)

    shifts = loss.shifts((l1 == 0) & (l2 == 0))
    now, d = value(w), np.zeros_like(w)
    for _ in range(60):
        g = loss.gradient(w) + l2 * w
        H = loss.hessian(w) + np.diag(l2)
        d = step_towards(H, g, w, l1)
        t, better = 1.0, False
        while t > 1e-12 and not better:
            new = value(w + t * d)
            better = new < now
            t /= 2
        if not better:
            break
        w, now = w + 2 * t * d, new
    g = loss.gradient(w) + l2 * w
    reached = bool(violation(w, g).max() < 1e-11)
    H = loss.hessian(w) + np.diag(l2) + (shifts.T @ shifts) * np.diag(H).max()
    near = (w != 0) | (np.abs(g) >= l1 * (1 - 1e-7))
    scale = 1 / np.sqrt(np.maximum(np.diag(H)[near], 1e-300))
    steep = near.sum() == 0 or np.linalg.eigvalsh(H[np.ix_(near, near)] * np.outer(scale, scale))[0] > 1e-9
    known = np.abs(d).max() < 1e-7 * max(1.0, np.abs(w).max())
    return Optimum(w, reached, bool(reached and steep and known))
