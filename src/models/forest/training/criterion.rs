//! Impurities, in scikit-learn's order of operations.
//!
//! Weights are whole numbers, so all sums, products and squares here are exact below 2^53.

use crate::random::log::log;

/// What a split is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Criterion {
    /// Gini impurity.
    Gini,
    /// Entropy in bits (`entropy` and `log_loss`).
    Entropy,
}

impl Criterion {
    /// Impurity of a node with these weights a class.
    #[must_use]
    pub fn impurity(self, counts: &[u64]) -> f64 {
        let weight = counts.iter().sum::<u64>() as f64;
        match self {
            Self::Gini => gini(sum_of_squares(counts), weight),
            Self::Entropy => {
                let mut entropy = 0.0;
                for &count in counts {
                    if count > 0 {
                        let share = count as f64 / weight;
                        // To the last bit: two splits may differ in nothing else.
                        entropy -= share * (log(share) / std::f64::consts::LN_2);
                    }
                }
                entropy
            }
        }
    }
}

/// Gini impurity from the sum of squared class weights and the weight.
#[inline]
#[must_use]
pub fn gini(squares: f64, weight: f64) -> f64 {
    1.0 - squares / (weight * weight)
}

/// Sum of squared class weights.
#[must_use]
pub fn sum_of_squares(counts: &[u64]) -> f64 {
    counts
        .iter()
        .map(|&count| count as f64 * count as f64)
        .sum()
}

/// What scikit-learn maximises over a node's splits.
#[inline]
#[must_use]
pub fn proxy(weight_left: f64, impurity_left: f64, weight_right: f64, impurity_right: f64) -> f64 {
    -weight_right * impurity_right - weight_left * impurity_left
}

/// Decrease of impurity by a split, as a share of the whole tree's weight.
#[must_use]
pub fn improvement(total: f64, impurity: f64, left: (f64, f64), right: (f64, f64)) -> f64 {
    let weight = left.0 + right.0;
    (weight / total) * (impurity - (right.0 / weight * right.1) - (left.0 / weight * left.1))
}
