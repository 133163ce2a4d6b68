//! Training and test rows.

use ndarray::{Array2, ArrayView2};

use super::allocate::{room, zeros};
use super::normals::for_each_item;
use crate::error::{Error, Result};
use crate::random::RandomState;

/// Numbers of the rows to train on and to test on, in scikit-learn's shuffled order.
///
/// `stratify` gives a class code for each row, to keep their shares. Source:
/// `train_test_split(test_size=…, random_state=…, stratify=…)` of scikit-learn 1.9.
///
/// # Errors
/// `InvalidParam` where `test_size` is not between 0 and 1, or where a side, or with `stratify` a
/// class on a side, would be left without rows; `ShapeMismatch` where `stratify` is not `n` long.
pub fn train_test_split_indices(
    n: usize,
    test_size: f64,
    random_state: u32,
    stratify: Option<&[u32]>,
) -> Result<(Vec<u32>, Vec<u32>)> {
    if !(test_size > 0.0 && test_size < 1.0) {
        return Err(Error::invalid(
            "test_size",
            test_size,
            "above 0 and below 1",
        ));
    }
    if n > u32::MAX as usize {
        return Err(Error::invalid("n_samples", n, "below 2^32"));
    }
    let n_test = (test_size * n as f64).ceil() as usize;
    let n_train = n.saturating_sub(n_test);
    if n_train == 0 {
        let allowed = format!("small enough to leave rows to train on: there are only {n}");
        return Err(Error::invalid("test_size", test_size, allowed));
    }
    let mut rng = RandomState::new(random_state);
    let Some(codes) = stratify else {
        let mut train = zeros::<u32>("the order of rows", n, 1)?;
        for (i, row) in train.iter_mut().enumerate() {
            *row = i as u32;
        }
        rng.shuffle(&mut train);
        let test = train.drain(..n_test).collect();
        return Ok((train, test));
    };
    if codes.len() != n {
        return Err(Error::ShapeMismatch {
            what: "stratify",
            expected: format!("{n} labels, one a row"),
            got: codes.len().to_string(),
        });
    }
    stratified(codes, n_train, n_test, &mut rng)
}

/// `StratifiedShuffleSplit`, its first split.
fn stratified(
    codes: &[u32],
    n_train: usize,
    n_test: usize,
    rng: &mut RandomState,
) -> Result<(Vec<u32>, Vec<u32>)> {
    // Codes without rows are no classes.
    let mut distinct = codes.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); distinct.len()];
    for (row, code) in codes.iter().enumerate() {
        members[distinct.partition_point(|c| c < code)].push(row as u32);
    }
    if let Some(at) = members.iter().position(|m| m.len() < 2) {
        return Err(Error::invalid(
            "stratify",
            format!("a class with 1 row (number {})", distinct[at]),
            "left out, or every class must have at least 2 rows",
        ));
    }
    let n_classes = members.len();
    if n_train < n_classes || n_test < n_classes {
        return Err(Error::invalid(
            "test_size",
            format!("{n_train} training and {n_test} test rows"),
            format!(
                "so that each side has at least as many rows as there are classes: {n_classes}"
            ),
        ));
    }
    let counts: Vec<usize> = members.iter().map(Vec::len).collect();
    let in_train = approximate_mode(&counts, n_train, rng);
    let left: Vec<usize> = counts.iter().zip(&in_train).map(|(c, t)| c - t).collect();
    let in_test = approximate_mode(&left, n_test, rng);

    let mut train = Vec::with_capacity(n_train);
    let mut test = Vec::with_capacity(n_test);
    for (k, rows) in members.iter_mut().enumerate() {
        rng.shuffle(rows);
        train.extend_from_slice(&rows[..in_train[k]]);
        test.extend_from_slice(&rows[in_train[k]..in_train[k] + in_test[k]]);
    }
    rng.shuffle(&mut train);
    rng.shuffle(&mut test);
    Ok((train, test))
}

/// The most likely numbers of each class among `n_draws`; ties in the remainders are broken at
/// random. scikit-learn's `_approximate_mode`.
fn approximate_mode(counts: &[usize], n_draws: usize, rng: &mut RandomState) -> Vec<usize> {
    let total: usize = counts.iter().sum();
    let continuous: Vec<f64> = counts
        .iter()
        .map(|&c| c as f64 / total as f64 * n_draws as f64)
        .collect();
    let mut drawn: Vec<usize> = continuous.iter().map(|c| c.floor() as usize).collect();
    let mut missing = n_draws.saturating_sub(drawn.iter().sum());
    let remainders: Vec<f64> = continuous.iter().map(|c| c - c.floor()).collect();
    let mut values = remainders.clone();
    values.sort_unstable_by(|a, b| b.total_cmp(a));
    values.dedup();
    for value in values {
        if missing == 0 {
            break;
        }
        let tied: Vec<usize> = (0..counts.len())
            .filter(|&k| remainders[k] == value)
            .collect();
        let add = tied.len().min(missing);
        // choice(tied, add, replace=False)
        for &at in &rng.permutation(tied.len())[..add] {
            drawn[tied[at as usize]] += 1;
        }
        missing -= add;
    }
    drawn
}

/// A copy of some rows, in the order given.
///
/// # Errors
/// `ShapeMismatch` where there is no such row; `OutOfMemory`.
pub fn take_rows(x: ArrayView2<'_, f64>, rows: &[u32]) -> Result<Array2<f64>> {
    const ROWS_PER_TASK: usize = 4096;
    let (n, d) = x.dim();
    if let Some(row) = rows.iter().find(|&&row| row as usize >= n) {
        return Err(Error::ShapeMismatch {
            what: "the matrix",
            expected: format!("a row {row}"),
            got: format!("{n} rows"),
        });
    }
    let mut taken: Vec<f64> = zeros("the rows taken", rows.len(), d)?;
    if d > 0 {
        let tasks = taken
            .chunks_mut(ROWS_PER_TASK * d)
            .zip(rows.chunks(ROWS_PER_TASK))
            .collect();
        for_each_item(tasks, |(out, rows)| {
            for (cells, &row) in out.chunks_exact_mut(d).zip(*rows) {
                match x.row(row as usize).as_slice() {
                    Some(source) => cells.copy_from_slice(source),
                    None => cells
                        .iter_mut()
                        .zip(x.row(row as usize))
                        .for_each(|(cell, value)| *cell = *value),
                }
            }
        });
    }
    Array2::from_shape_vec((rows.len(), d), taken).map_err(|e| Error::ShapeMismatch {
        what: "the rows taken",
        expected: format!("{} rows of {d}", rows.len()),
        got: e.to_string(),
    })
}

/// The rows of a matrix repeated in turn until there are `n_rows`.
///
/// # Errors
/// `OutOfMemory`; `ShapeMismatch` where there is no row to repeat.
pub fn tile(x: ArrayView2<'_, f64>, n_rows: usize) -> Result<Array2<f64>> {
    let n = x.nrows() as u32;
    if n == 0 && n_rows > 0 {
        return Err(Error::ShapeMismatch {
            what: "X",
            expected: "at least one row to repeat".to_owned(),
            got: "none".to_owned(),
        });
    }
    let mut rows = room("the repeated rows", n_rows, 1)?;
    rows.extend((0..n).cycle().take(n_rows));
    take_rows(x, &rows)
}
