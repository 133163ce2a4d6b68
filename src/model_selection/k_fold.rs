//! scikit-learn's `StratifiedKFold`, not shuffled.

use crate::error::{Error, Result};

/// Rows to train and to test on, both ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// Rows to train on.
    pub train: Vec<u32>,
    /// Rows to test on.
    pub test: Vec<u32>,
}

/// `n_splits` folds that keep each class's share; `codes` holds a class `0..n_classes` a row.
///
/// # Errors
/// `InvalidParam` where `n_splits` is below 2 or larger than every class.
pub fn stratified_k_fold(codes: &[u32], n_classes: usize, n_splits: usize) -> Result<Vec<Fold>> {
    // Classes are numbered by first appearance.
    let mut place = vec![usize::MAX; n_classes];
    let mut counts = Vec::with_capacity(n_classes);
    for &code in codes {
        let place = &mut place[code as usize];
        if *place == usize::MAX {
            *place = counts.len();
            counts.push(0_usize);
        }
        counts[*place] += 1;
    }
    let largest = counts.iter().copied().max().unwrap_or(0);
    if n_splits < 2 || n_splits > largest {
        return Err(Error::invalid(
            "cv",
            n_splits,
            format!("from 2 to {largest}, the rows of the largest class"),
        ));
    }
    // Sorted by class, every n_splits-th row from the i-th on goes to fold i.
    let mut allocation = vec![vec![0_usize; counts.len()]; n_splits];
    let sorted = counts
        .iter()
        .enumerate()
        .flat_map(|(class, &count)| std::iter::repeat_n(class, count));
    for (i, class) in sorted.enumerate() {
        allocation[i % n_splits][class] += 1;
    }
    // Within a class, folds take blocks of rows in the data's order.
    let mut next_fold = vec![0; counts.len()];
    let mut fold_of = Vec::with_capacity(codes.len());
    for &code in codes {
        let class = place[code as usize];
        while allocation[next_fold[class]][class] == 0 {
            next_fold[class] += 1;
        }
        allocation[next_fold[class]][class] -= 1;
        fold_of.push(next_fold[class]);
    }
    let rows_where = |keep: &dyn Fn(usize) -> bool| -> Vec<u32> {
        (0..)
            .zip(&fold_of)
            .filter(|(_, fold)| keep(**fold))
            .map(|(row, _)| row)
            .collect()
    };
    Ok((0..n_splits)
        .map(|fold| Fold {
            train: rows_where(&|other| other != fold),
            test: rows_where(&|other| other == fold),
        })
        .collect())
}
