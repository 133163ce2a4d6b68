//! How well predictions agree with labels.

use crate::data::Labels;
use crate::error::{Error, Result};

/// Fraction of equal labels; NaN where there are none. scikit-learn's `accuracy_score`.
#[must_use]
pub fn accuracy_score(y_true: &[i32], y_pred: &[i32]) -> f64 {
    let equal = y_true.iter().zip(y_pred).filter(|(a, b)| a == b).count();
    equal as f64 / y_true.len() as f64
}

/// Counts of rows by true label (outer) and predicted label (inner), both in ascending order of
/// all labels that occur. scikit-learn's `confusion_matrix`.
///
/// # Errors
/// `ShapeMismatch` where the lengths differ; `TooFewClasses` where only one label occurs.
pub fn confusion_matrix(y_true: &[i32], y_pred: &[i32]) -> Result<Vec<Vec<u64>>> {
    if y_true.len() != y_pred.len() {
        return Err(Error::ShapeMismatch {
            what: "the predictions",
            expected: format!("{} labels", y_true.len()),
            got: y_pred.len().to_string(),
        });
    }
    let labels = Labels::encode(&[y_true, y_pred].concat())?;
    let n_classes = labels.classes.len();
    let mut counts = vec![vec![0; n_classes]; n_classes];
    let (of_true, of_pred) = labels.codes.split_at(y_true.len());
    for (&t, &p) in of_true.iter().zip(of_pred) {
        counts[t as usize][p as usize] += 1;
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_scikit_learn_documents() {
        let matrix = confusion_matrix(&[2, 0, 2, 2, 0, 1], &[0, 0, 2, 2, 0, 2]);
        assert_eq!(
            matrix,
            Ok(vec![vec![2, 0, 0], vec![0, 0, 1], vec![1, 0, 2]])
        );
        assert_eq!(accuracy_score(&[0, 1, 2, 3], &[0, 2, 1, 3]), 0.5);
    }
}
