//! Impurity of nodes, with scikit-learn's expressions in scikit-learn's order: a tree depends on
//! the last bit of these.

use serde::{Deserialize, Serialize};

/// How impure a set of rows is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Criterion {
    /// 1 − Σ p².
    Gini,
    /// −Σ p ln p.
    Entropy,
}

/// Weight of each class among some rows.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    by_class: Vec<f64>,
    weight: f64,
}

impl Sums {
    pub(super) fn new(n_classes: usize) -> Self {
        Self {
            by_class: vec![0.0; n_classes],
            weight: 0.0,
        }
    }

    pub(super) fn clear(&mut self) {
        self.by_class.fill(0.0);
        self.weight = 0.0;
    }

    pub(super) fn copy_from(&mut self, other: &Self) {
        self.by_class.copy_from_slice(&other.by_class);
        self.weight = other.weight;
    }

    /// Whole numbers: exact, also when taken away again.
    #[inline]
    pub(super) fn add(&mut self, class: usize, weight: f64) {
        self.by_class[class] += weight;
        self.weight += weight;
    }

    /// Share of each class.
    pub(super) fn shares(&self) -> impl Iterator<Item = f64> {
        self.by_class.iter().map(|sum| sum / self.weight)
    }
}

impl Criterion {
    pub(super) fn impurity(self, sums: &Sums) -> f64 {
        match self {
            Self::Gini => {
                let squares = match sums.by_class[..] {
                    [a, b] => a * a + b * b,
                    _ => sums
                        .by_class
                        .iter()
                        .fold(0.0, |squares, sum| squares + sum * sum),
                };
                1.0 - squares / (sums.weight * sums.weight)
            }
            Self::Entropy => {
                let mut entropy = 0.0;
                for &sum in &sums.by_class {
                    if sum > 0.0 {
                        let share = sum / sums.weight;
                        entropy -= share * share.ln();
                    }
                }
                entropy
            }
        }
    }

    /// What splits of one node are compared by.
    #[inline]
    pub(super) fn proxy(self, left: &Sums, right: &Sums) -> f64 {
        let (gl, gr) = (self.impurity(left), self.impurity(right));
        -right.weight * gr - left.weight * gl
    }

    /// By how much a split lowers the tree's impurity.
    pub(super) fn improvement(
        self,
        total: &Sums,
        impurity: f64,
        left: &Sums,
        right: &Sums,
        n_all: f64,
    ) -> f64 {
        let (gl, gr) = (self.impurity(left), self.impurity(right));
        let node = total.weight;
        (node / n_all) * (impurity - (right.weight / node * gr) - (left.weight / node * gl))
    }
}
