//! scikit-learn's `train_test_split`: the same rows in the same order for the same seed.

use ndarray::{Array2, ArrayView2};

use super::dataset::try_vec;
use crate::error::{Error, Result};
use crate::random::RandomState;

/// Numbers of the training and of the test rows, in scikit-learn's order. `stratify` holds a class
/// code a row where each class is to keep its share (scikit-learn's `StratifiedShuffleSplit`).
///
/// # Errors
/// `InvalidParam` where `test_size` is not between 0 and 1 or leaves one part empty, or a class is
/// too small to stratify by.
pub fn train_test_split_indices(
    n_samples: usize,
    test_size: f64,
    random_state: u32,
    stratify: Option<&[u32]>,
) -> Result<(Vec<u32>, Vec<u32>)> {
    if !(test_size > 0.0 && test_size < 1.0) {
        return Err(Error::invalid(
            "test_size",
            test_size,
            "a number between 0 and 1, the share of the test rows",
        ));
    }
    let n_test = (test_size * n_samples as f64).ceil() as usize;
    let n_train = n_samples.saturating_sub(n_test);
    if n_train == 0 || n_test == 0 {
        let allowed =
            format!("one that leaves rows to train and to test on: there are {n_samples}");
        return Err(Error::invalid("test_size", test_size, allowed));
    }
    let mut rng = RandomState::new(random_state);
    match stratify {
        Some(codes) => stratified(codes, n_train, n_test, &mut rng),
        None => {
            let mut test = rng.permutation(n_samples as u32);
            let train = test.split_off(n_test);
            Ok((train, test))
        }
    }
}

fn stratified(
    codes: &[u32],
    n_train: usize,
    n_test: usize,
    rng: &mut RandomState,
) -> Result<(Vec<u32>, Vec<u32>)> {
    let n_classes = codes.iter().max().map_or(0, |&max| max as usize + 1);
    let mut by_class = vec![Vec::new(); n_classes];
    for (row, &code) in (0..).zip(codes) {
        by_class[code as usize].push(row);
    }
    let counts: Vec<usize> = by_class.iter().map(Vec::len).collect();
    if counts.iter().any(|&count| count < 2) {
        return Err(Error::invalid(
            "stratify",
            true,
            "false, or every class must have at least 2 rows",
        ));
    }
    if n_train < n_classes || n_test < n_classes {
        let allowed = format!("one that leaves both parts at least {n_classes} rows, one a class");
        return Err(Error::invalid(
            "test_size",
            format!("{n_test} of {} rows", codes.len()),
            allowed,
        ));
    }
    let train_counts = approximate_mode(&counts, n_train, rng);
    let left: Vec<usize> = counts
        .iter()
        .zip(&train_counts)
        .map(|(all, train)| all - train)
        .collect();
    let test_counts = approximate_mode(&left, n_test, rng);
    let (mut train, mut test) = (Vec::with_capacity(n_train), Vec::with_capacity(n_test));
    for ((rows, &n_train), &n_test) in by_class.iter().zip(&train_counts).zip(&test_counts) {
        let order: Vec<u32> = rng
            .permutation(rows.len() as u32)
            .iter()
            .map(|&at| rows[at as usize])
            .collect();
        train.extend_from_slice(&order[..n_train]);
        test.extend_from_slice(&order[n_train..n_train + n_test]);
    }
    rng.shuffle(&mut train);
    rng.shuffle(&mut test);
    Ok((train, test))
}

/// scikit-learn's `_approximate_mode`: shares rounded down, the rest by largest remainder, ties drawn.
fn approximate_mode(counts: &[usize], n_draws: usize, rng: &mut RandomState) -> Vec<usize> {
    let total = counts.iter().sum::<usize>() as f64;
    let exact: Vec<f64> = counts
        .iter()
        .map(|&count| count as f64 / total * n_draws as f64)
        .collect();
    let mut taken: Vec<usize> = exact.iter().map(|&share| share as usize).collect();
    let remainders: Vec<f64> = exact.iter().map(|share| share - share.floor()).collect();
    let mut missing = n_draws.saturating_sub(taken.iter().sum());
    let mut values = remainders.clone();
    values.sort_by(|a, b| b.total_cmp(a));
    values.dedup();
    for value in values {
        if missing == 0 {
            break;
        }
        let tied: Vec<usize> = (0..counts.len())
            .filter(|&class| remainders[class] == value)
            .collect();
        let n = missing.min(tied.len());
        for &at in rng.permutation(tied.len() as u32).iter().take(n) {
            taken[tied[at as usize]] += 1;
        }
        missing -= n;
    }
    taken
}

/// Some rows of a matrix, in the order given.
///
/// # Errors
/// `OutOfMemory`.
pub fn take_rows(x: ArrayView2<'_, f64>, rows: &[u32]) -> Result<Array2<f64>> {
    let mut flat = try_vec("the part of X", rows.len(), x.ncols())?;
    for &row in rows {
        flat.extend(x.row(row as usize));
    }
    shaped(rows.len(), x.ncols(), flat)
}

/// The rows of a matrix repeated in turn until there are `n_rows`.
///
/// # Errors
/// `OutOfMemory`; `ShapeMismatch` where there is no row to repeat.
pub fn tile(x: ArrayView2<'_, f64>, n_rows: usize) -> Result<Array2<f64>> {
    if x.nrows() == 0 && n_rows > 0 {
        return Err(Error::ShapeMismatch {
            what: "X",
            expected: "at least one row".into(),
            got: "none".into(),
        });
    }
    let mut flat = try_vec("the repeated rows", n_rows, x.ncols())?;
    for row in (0..x.nrows()).cycle().take(n_rows) {
        flat.extend(x.row(row));
    }
    shaped(n_rows, x.ncols(), flat)
}

fn shaped(n_rows: usize, n_cols: usize, flat: Vec<f64>) -> Result<Array2<f64>> {
    Array2::from_shape_vec((n_rows, n_cols), flat).map_err(|error| Error::ShapeMismatch {
        what: "X",
        expected: format!("{n_rows} rows of {n_cols}"),
        got: error.to_string(),
    })
}
