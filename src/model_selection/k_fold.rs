//! Folds with the classes' shares of the whole.

use crate::error::{Error, Result};

/// One split of cross-validation: numbers of rows, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// Rows to train on.
    pub train: Vec<u32>,
    /// Rows to test on.
    pub test: Vec<u32>,
}

/// scikit-learn's `StratifiedKFold(n_splits)` without shuffling, as `GridSearchCV` uses it for
/// classifiers. `codes` holds a class in `0..n_classes` for each row.
///
/// # Errors
/// `InvalidParam` where `cv` is below 2, above the number of rows, or above the number of rows of
/// every class; `ShapeMismatch` where a code is not below `n_classes`.
///
/// Source: scikit-learn 1.9, `StratifiedKFold._make_test_folds`.
pub fn stratified_k_fold(codes: &[u32], n_classes: usize, n_splits: usize) -> Result<Vec<Fold>> {
    if n_splits < 2 {
        return Err(Error::invalid("cv", n_splits, "at least 2"));
    }
    if n_splits > codes.len() {
        let allowed = format!("at most the number of rows, {}", codes.len());
        return Err(Error::invalid("cv", n_splits, allowed));
    }
    let mut counts = vec![0_usize; n_classes];
    // Classes in order of their first row: scikit-learn encodes them so.
    let mut order = Vec::new();
    for &code in codes {
        let Some(count) = counts.get_mut(code as usize) else {
            return Err(Error::ShapeMismatch {
                what: "the labels",
                expected: format!("{n_classes} classes"),
                got: format!("a code {code}"),
            });
        };
        if *count == 0 {
            order.push(code as usize);
        }
        *count += 1;
    }
    let most = counts.iter().max().copied().unwrap_or(0);
    if n_splits > most {
        let allowed = format!("at most the number of rows of some class: the largest has {most}");
        return Err(Error::invalid("cv", n_splits, allowed));
    }

    // Sorted by class, rows are dealt to the folds in turn; that gives how many of a class a fold
    // gets. Which ones: blocks in the order of the data.
    let mut room = vec![vec![0_usize; n_splits]; n_classes];
    let mut dealt = 0;
    for &class in &order {
        for (fold, room) in room[class].iter_mut().enumerate() {
            // Positions dealt..dealt + count that are ≡ fold modulo n_splits.
            let up_to = |end: usize| (end + n_splits - 1 - fold) / n_splits;
            *room = up_to(dealt + counts[class]) - up_to(dealt);
        }
        dealt += counts[class];
    }
    let mut current = vec![0_usize; n_classes];
    let mut folds: Vec<Fold> = (0..n_splits)
        .map(|_| Fold {
            train: Vec::with_capacity(codes.len() - codes.len() / n_splits),
            test: Vec::with_capacity(codes.len().div_ceil(n_splits)),
        })
        .collect();
    for (row, &code) in codes.iter().enumerate() {
        let (room, fold) = (&mut room[code as usize], &mut current[code as usize]);
        while room[*fold] == 0 {
            *fold += 1;
        }
        room[*fold] -= 1;
        for (i, split) in folds.iter_mut().enumerate() {
            if i == *fold {
                split.test.push(row as u32);
            } else {
                split.train.push(row as u32);
            }
        }
    }
    Ok(folds)
}
