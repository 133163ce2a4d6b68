//! How well predictions agree with labels.

use crate::data::Labels;
use crate::data::allocate::{room, zeros};
use crate::error::{Error, Result};

/// How many labels are equal.
#[must_use]
pub fn n_equal(y_true: &[i32], y_pred: &[i32]) -> usize {
    y_true.iter().zip(y_pred).filter(|(a, b)| a == b).count()
}

/// Fraction of equal labels; NaN where there are none. scikit-learn's `accuracy_score`.
#[must_use]
pub fn accuracy_score(y_true: &[i32], y_pred: &[i32]) -> f64 {
    n_equal(y_true, y_pred) as f64 / y_true.len() as f64
}

/// Counts of rows, `(n_classes, n_classes)` row-major: by true label (outer) and predicted label
/// (inner), both in ascending order of all labels that occur. scikit-learn's `confusion_matrix`.
///
/// # Errors
/// `ShapeMismatch` where the lengths differ; `TooFewClasses` where only one label occurs;
/// `OutOfMemory`: it takes 8 bytes for each pair of classes.
pub fn confusion_matrix(y_true: &[i32], y_pred: &[i32]) -> Result<Vec<u64>> {
    if y_true.len() != y_pred.len() {
        return Err(Error::ShapeMismatch {
            what: "the predictions",
            expected: format!("{} labels", y_true.len()),
            got: y_pred.len().to_string(),
        });
    }
    let mut both = room("all labels", y_true.len(), 2)?;
    both.extend_from_slice(y_true);
    both.extend_from_slice(y_pred);
    let labels = Labels::encode(&both)?;
    let n_classes = labels.classes.len();
    let mut counts: Vec<u64> = zeros("the confusion matrix", n_classes, n_classes)?;
    let (of_true, of_pred) = labels.codes.split_at(y_true.len());
    for (&t, &p) in of_true.iter().zip(of_pred) {
        counts[t as usize * n_classes + p as usize] += 1;
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_scikit_learn_documents() {
        let matrix = confusion_matrix(&[2, 0, 2, 2, 0, 1], &[0, 0, 2, 2, 0, 2]);
        assert_eq!(matrix, Ok(vec![2, 0, 0, 0, 0, 1, 1, 0, 2]));
        assert_eq!(accuracy_score(&[0, 1, 2, 3], &[0, 2, 1, 3]), 0.5);
    }

    /// 2^44 counts: more bytes than a 64-bit system addresses, and far more than a 32-bit one.
    #[test]
    fn more_classes_than_the_matrix_has_memory_for_are_refused() {
        let labels: Vec<i32> = (0..1 << 22).collect();
        let refused = confusion_matrix(&labels, &labels).unwrap_err();
        assert_eq!(refused.code(), "out_of_memory");
    }
}
