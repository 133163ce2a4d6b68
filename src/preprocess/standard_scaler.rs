//! A column to mean 0 and variance 1: `StandardScaler` of scikit-learn 1.9.1.

use crate::data::numpy_sum::pairwise_sum;

/// numpy's sum of a column.
pub(super) fn sum(n: usize, value: &dyn Fn(usize) -> f64) -> f64 {
    pairwise_sum(n, &value)
}

/// `(x − mean) / scale`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scaling {
    pub(super) mean: f64,
    pub(super) scale: f64,
}

impl Scaling {
    /// Leaves numbers as they are.
    pub(super) const NONE: Self = Self {
        mean: 0.0,
        scale: 1.0,
    };

    /// Learns from a column without gaps; `None` where its sums overflow.
    ///
    /// The variance is that of `_incremental_mean_and_var`, corrected for the rounding of the mean, summed in numpy's order;
    /// where `_is_constant_feature` cannot tell it from rounding errors the scale is 1.
    pub(super) fn fit(column: &[f64]) -> Option<Self> {
        let n = column.len() as f64;
        let mean = sum(column.len(), &|i| column[i]) / n;
        let correction = sum(column.len(), &|i| column[i] - mean);
        let squares = sum(column.len(), &|i| (column[i] - mean) * (column[i] - mean));
        let variance = (squares - correction * correction / n) / n;
        if !variance.is_finite() {
            return None;
        }
        let rounding = n * mean * f64::EPSILON;
        let is_constant = variance <= n * f64::EPSILON * variance + rounding * rounding;
        let scale = if is_constant { 1.0 } else { variance.sqrt() };
        Some(Self { mean, scale })
    }

    /// Whether it came from a fit: numbers that can be divided by.
    pub(super) fn is_possible(self) -> bool {
        self.mean.is_finite() && self.scale.is_finite() && self.scale > 0.0
    }

    #[inline]
    pub(super) fn apply(self, value: f64) -> f64 {
        (value - self.mean) / self.scale
    }
}
