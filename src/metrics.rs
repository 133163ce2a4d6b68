//! How well predictions agree with labels.

pub(crate) mod log_loss;
pub(crate) mod roc_auc;

use crate::data::Labels;
use crate::data::allocate::{room, zeros};
use crate::data::numpy_sum::pairwise_sum;
use crate::data::scratch::Scratch;
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
/// `OutOfMemory`: it takes 4 bytes for each pair of classes.
pub fn confusion_matrix(y_true: &[i32], y_pred: &[i32]) -> Result<Vec<i32>> {
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
    let mut confusion = Confusion::new(&labels.classes)?;
    confusion.add(y_true, y_pred)?;
    Ok(confusion.counts)
}

/// A confusion matrix that is filled piece by piece, its classes given: scikit-learn's
/// `confusion_matrix(y_true, y_pred, labels=classes)`.
#[derive(Debug)]
pub struct Confusion<'a> {
    classes: &'a [i32],
    /// `(n_classes, n_classes)` row-major, rows are the truth.
    pub counts: Vec<i32>,
}

impl<'a> Confusion<'a> {
    /// Of no rows yet; `classes` ascend.
    ///
    /// # Errors
    /// `OutOfMemory`: it takes 4 bytes for each pair of classes.
    pub fn new(classes: &'a [i32]) -> Result<Self> {
        let counts = zeros("the confusion matrix", classes.len(), classes.len())?;
        Ok(Self { classes, counts })
    }

    /// Counts some rows.
    ///
    /// # Errors
    /// `InvalidParam` for a label that is none of the classes.
    pub fn add(&mut self, y_true: &[i32], y_pred: &[i32]) -> Result<()> {
        for (&truth, &predicted) in y_true.iter().zip(y_pred) {
            let (row, column) = (
                code_of(truth, self.classes)?,
                code_of(predicted, self.classes)?,
            );
            self.counts[row * self.classes.len() + column] += 1;
        }
        Ok(())
    }
}

/// The place of a label among `classes`, which ascend.
///
/// # Errors
/// `InvalidParam` where it is none of them.
pub fn code_of(label: i32, classes: &[i32]) -> Result<usize> {
    classes.binary_search(&label).map_err(|_| {
        let some = classes.iter().take(10).map(ToString::to_string);
        let more = if classes.len() > 10 { ", …" } else { "" };
        let some = some.collect::<Vec<_>>().join(", ");
        Error::invalid("y", label, format!("a class of the model: {some}{more}"))
    })
}

/// Of each class, by code: rows that are of it, that were predicted to be, and both.
#[derive(Debug)]
pub(crate) struct ClassCounts {
    n_true: Scratch<usize>,
    n_predicted: Scratch<usize>,
    n_right: Scratch<usize>,
}

impl ClassCounts {
    /// Of no rows yet.
    pub(crate) fn new(n_classes: usize) -> Self {
        Self {
            n_true: Scratch::zeros(n_classes),
            n_predicted: Scratch::zeros(n_classes),
            n_right: Scratch::zeros(n_classes),
        }
    }

    /// Counts a row.
    pub(crate) fn add(&mut self, truth: usize, predicted: usize) {
        self.n_true[truth] += 1;
        self.n_predicted[predicted] += 1;
        self.n_right[truth] += usize::from(truth == predicted);
    }

    /// Fraction of rows that are right. scikit-learn's `accuracy_score`.
    pub(crate) fn accuracy(&self) -> f64 {
        let sum = |counts: &[usize]| counts.iter().sum::<usize>() as f64;
        sum(&self.n_right) / sum(&self.n_true)
    }

    /// `mean over classes of n_right / n_true`, of the classes that rows are of: scikit-learn 1.9.1's
    /// `balanced_accuracy_score`, which leaves the others out, too.
    pub(crate) fn balanced_accuracy(&self) -> f64 {
        let recall = |code: usize| self.n_right[code] as f64 / self.n_true[code] as f64;
        self.mean(|code| self.n_true[code] > 0, recall)
    }

    /// `mean over classes of 2 n_right / (n_true + n_predicted)`, of the classes that rows are of or were
    /// predicted to be: scikit-learn 1.9.1's `f1_score(average='macro')`.
    pub(crate) fn f1_macro(&self) -> f64 {
        let n = |code: usize| self.n_true[code] + self.n_predicted[code];
        let f1 = |code: usize| 2.0 * self.n_right[code] as f64 / n(code) as f64;
        self.mean(|code| n(code) > 0, f1)
    }

    fn mean(&self, counts: impl Fn(usize) -> bool, value: impl Fn(usize) -> f64) -> f64 {
        let codes = (0..self.n_true.len()).filter(|code| counts(*code));
        let mut values = Scratch::<f64>::empty(self.n_true.len());
        values.extend(codes.map(value));
        mean(&values)
    }
}

/// numpy's mean.
pub(crate) fn mean(values: &[f64]) -> f64 {
    pairwise_sum(values.len(), &|i| values[i]) / values.len() as f64
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

    #[test]
    fn classes_that_are_given_and_labels_that_are_none() {
        let mut confusion = Confusion::new(&[-1, 3, 7]).unwrap();
        confusion.add(&[7, 7, -1], &[3, 7, -1]).unwrap();
        confusion.add(&[7], &[3]).unwrap();
        assert_eq!(confusion.counts, [1, 0, 0, 0, 0, 0, 0, 2, 1]);
        let refused = confusion.add(&[4], &[3]).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "y = 4 is not possible: it must be a class of the model: -1, 3, 7"
        );
    }

    /// What scikit-learn 1.9.1 answers to `y_true = [0, 0, 2, 2, 2, 0]`, `y_pred = [0, 1, 2, 2, 0, 0]` of four classes:
    /// 1 was predicted and never true, 3 neither.
    #[test]
    fn classes_without_rows() {
        let mut counts = ClassCounts::new(4);
        for (truth, predicted) in [(0, 0), (0, 1), (2, 2), (2, 2), (2, 0), (0, 0)] {
            counts.add(truth, predicted);
        }
        assert_eq!(counts.accuracy(), 0.6666666666666666);
        assert_eq!(counts.balanced_accuracy(), 0.6666666666666666);
        assert_eq!(counts.f1_macro(), 0.48888888888888893);
    }

    /// 2^44 counts: more bytes than a 64-bit system addresses, and far more than a 32-bit one.
    #[test]
    fn more_classes_than_the_matrix_has_memory_for_are_refused() {
        let labels: Vec<i32> = (0..1 << 22).collect();
        let refused = confusion_matrix(&labels, &labels).unwrap_err();
        assert_eq!(refused.code(), "out_of_memory");
    }
}
