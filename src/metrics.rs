//! How well predictions agree with labels.

/// Fraction of equal labels; NaN where there are none. scikit-learn's `accuracy_score`.
#[must_use]
pub fn accuracy_score(y_true: &[i32], y_pred: &[i32]) -> f64 {
    let equal = y_true.iter().zip(y_pred).filter(|(a, b)| a == b).count();
    equal as f64 / y_true.len() as f64
}
