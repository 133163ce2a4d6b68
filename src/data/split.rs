//! Training and test rows.

use ndarray::{Array2, ArrayView2};

use super::allocate::{room, zeros};
use super::dataset::{Labels, refuse_other_length};
use super::normals::{in_steps, rows_per_task};
use crate::error::{Error, Result};
use crate::parallel::pause::{PIECE, pause, whole};
use crate::parallel::steps::Progress;
use crate::random::RandomState;

/// Rows with their labels.
pub type Rows = (Array2<f64>, Vec<i32>);

/// Rows to train on and rows to test on, with their labels; pauses on the way. A unit of its
/// progress is a number that is moved.
///
/// # Errors
/// As [`train_test_split_indices`]; `OutOfMemory`.
pub async fn split_in_steps(
    x: ArrayView2<'_, f64>,
    y: &[i32],
    test_size: f64,
    random_state: u32,
    stratify: bool,
    progress: &Progress,
) -> Result<(Rows, Rows)> {
    let (n, d) = x.dim();
    refuse_other_length(n, y)?;
    let order_units = if stratify { 6 } else { 1 };
    progress.expect(n, order_units + d + 1);
    let labels = if stratify {
        Some(Labels::encode_in_steps(y, progress).await?)
    } else {
        None
    };
    let codes = labels.as_ref().map(|labels| &labels.codes[..]);
    let (train, test) = indices_in_steps(n, test_size, random_state, codes, progress).await?;
    let train = take_labelled(x, y, &train, progress).await?;
    Ok((train, take_labelled(x, y, &test, progress).await?))
}

async fn take_labelled(
    x: ArrayView2<'_, f64>,
    y: &[i32],
    rows: &[u32],
    progress: &Progress,
) -> Result<Rows> {
    let labels = gather("the labels", y, 1, rows, progress).await?;
    Ok((take_in_steps(x, rows, progress).await?, labels))
}

/// Numbers of the rows to train on and to test on, in scikit-learn's shuffled order.
///
/// `stratify` gives a class code for each row, to keep their shares. Source:
/// `train_test_split(test_size=…, random_state=…, stratify=…)` of scikit-learn 1.9.
///
/// ```
/// use breakeven::data::split::train_test_split_indices;
///
/// // scikit-learn's own example.
/// let (train, test) = train_test_split_indices(5, 0.33, 42, None)?;
/// assert_eq!((train, test), (vec![2, 0, 3], vec![1, 4]));
/// # Ok::<(), breakeven::Error>(())
/// ```
///
/// # Errors
/// `InvalidParam` where `test_size` is not between 0 and 1, or where a side, or with `stratify` a
/// class on a side, would be left without rows; `ShapeMismatch` where `stratify` is not `n` long;
/// `OutOfMemory`.
pub fn train_test_split_indices(
    n: usize,
    test_size: f64,
    random_state: u32,
    stratify: Option<&[u32]>,
) -> Result<(Vec<u32>, Vec<u32>)> {
    let progress = Progress::default();
    whole(indices_in_steps(
        n,
        test_size,
        random_state,
        stratify,
        &progress,
    ))
}

async fn indices_in_steps(
    n: usize,
    test_size: f64,
    random_state: u32,
    stratify: Option<&[u32]>,
    progress: &Progress,
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
        let mut test = shuffled(&mut rng, n, progress).await?;
        let mut train = room("the rows to train on", n_train, 1)?;
        train.extend_from_slice(&test[n_test..]);
        test.truncate(n_test);
        return Ok((train, test));
    };
    if codes.len() != n {
        return Err(Error::ShapeMismatch {
            what: "stratify",
            expected: format!("{n} labels, one a row"),
            got: codes.len().to_string(),
        });
    }
    stratified(codes, n_train, n_test, &mut rng, progress).await
}

/// `0..n` in shuffled order.
pub(super) async fn shuffled(
    rng: &mut RandomState,
    n: usize,
    progress: &Progress,
) -> Result<Vec<u32>> {
    let mut order: Vec<u32> = zeros("the order of rows", n, 1)?;
    for (i, row) in order.iter_mut().enumerate() {
        *row = i as u32;
    }
    rng.shuffle_in_steps(&mut order, progress).await;
    Ok(order)
}

/// `StratifiedShuffleSplit`, its first split.
async fn stratified(
    codes: &[u32],
    n_train: usize,
    n_test: usize,
    rng: &mut RandomState,
    progress: &Progress,
) -> Result<(Vec<u32>, Vec<u32>)> {
    let (mut members, ends) = by_class(codes, progress).await?;
    pause().await;
    let counts = counts_of(&ends)?;
    if let Some(at) = counts.iter().position(|&count| count < 2) {
        let code = codes[members[ends[at] - 1] as usize];
        return Err(Error::invalid(
            "stratify",
            format!("a class with 1 row (number {code})"),
            "left out, or every class must have at least 2 rows",
        ));
    }
    let n_classes = counts.len();
    if n_train < n_classes || n_test < n_classes {
        return Err(Error::invalid(
            "test_size",
            format!("{n_train} training and {n_test} test rows"),
            format!(
                "so that each side has at least as many rows as there are classes: {n_classes}"
            ),
        ));
    }
    let in_train = approximate_mode(&counts, n_train, rng).await?;
    let mut left = room("the classes", n_classes, 1)?;
    left.extend(counts.iter().zip(&in_train).map(|(c, t)| c - t));
    let in_test = approximate_mode(&left, n_test, rng).await?;

    let mut train = room("the rows to train on", n_train, 1)?;
    let mut test = room("the rows to test on", n_test, 1)?;
    let mut start = 0;
    for (k, &end) in ends.iter().enumerate() {
        let rows = &mut members[start..end];
        rng.shuffle_in_steps(rows, progress).await;
        train.extend_from_slice(&rows[..in_train[k]]);
        test.extend_from_slice(&rows[in_train[k]..in_train[k] + in_test[k]]);
        start = end;
    }
    rng.shuffle_in_steps(&mut train, progress).await;
    rng.shuffle_in_steps(&mut test, progress).await;
    Ok((train, test))
}

/// Numbers of rows, those of each class together, in order; and where each class ends. Codes
/// without rows are no classes.
async fn by_class(codes: &[u32], progress: &Progress) -> Result<(Vec<u32>, Vec<usize>)> {
    let n_codes = codes.iter().max().map_or(0, |&most| most as usize + 1);
    let mut ends: Vec<usize> = zeros("the classes", n_codes, 1)?;
    for some in codes.chunks(PIECE) {
        for &code in some {
            ends[code as usize] += 1;
        }
        progress.after(some.len()).await;
    }
    // Where each begins, then, row by row, where its next one goes.
    let mut start = 0;
    for end in &mut ends {
        start += *end;
        *end = start - *end;
    }
    let mut members: Vec<u32> = zeros("the rows of each class", codes.len(), 1)?;
    for (first, some) in (0..).step_by(PIECE).zip(codes.chunks(PIECE)) {
        for (row, &code) in (first..).zip(some) {
            members[ends[code as usize]] = row;
            ends[code as usize] += 1;
        }
        progress.after(some.len()).await;
    }
    // Ends where it began, at the last one's end: no rows.
    ends.dedup();
    if ends.first() == Some(&0) {
        ends.remove(0);
    }
    Ok((members, ends))
}

fn counts_of(ends: &[usize]) -> Result<Vec<usize>> {
    let mut counts = room("the classes", ends.len(), 1)?;
    let mut start = 0;
    for &end in ends {
        counts.push(end - start);
        start = end;
    }
    Ok(counts)
}

/// The most likely numbers of each class among `n_draws`; ties in the remainders are broken at
/// random. scikit-learn's `_approximate_mode`.
async fn approximate_mode(
    counts: &[usize],
    n_draws: usize,
    rng: &mut RandomState,
) -> Result<Vec<usize>> {
    let of_each = || room("the shares of the classes", counts.len(), 1);
    let total: usize = counts.iter().sum();
    let (mut drawn, mut remainders) =
        (room("the rows of each class", counts.len(), 1)?, of_each()?);
    for &count in counts {
        let share = count as f64 / total as f64 * n_draws as f64;
        drawn.push(share.floor() as usize);
        remainders.push(share - share.floor());
    }
    let mut missing = n_draws.saturating_sub(drawn.iter().sum());
    pause().await;
    let mut values: Vec<f64> = of_each()?;
    values.extend_from_slice(&remainders);
    values.sort_unstable_by(|a, b| b.total_cmp(a));
    values.dedup();
    pause().await;
    // Counted for nothing beside the rows, but it pauses.
    let aside = Progress::default();
    for value in values {
        if missing == 0 {
            break;
        }
        let mut tied: Vec<u32> = room("classes of equal shares", counts.len(), 1)?;
        tied.extend(
            (0..)
                .zip(&remainders)
                .filter(|&(_, &other)| other == value)
                .map(|(k, _)| k),
        );
        let add = tied.len().min(missing);
        aside.after(counts.len()).await;
        // choice(tied, add, replace=False)
        for &at in &shuffled(rng, tied.len(), &aside).await?[..add] {
            drawn[tied[at as usize] as usize] += 1;
        }
        missing -= add;
        aside.after(PIECE).await;
    }
    Ok(drawn)
}

/// A copy of some rows, in the order given.
///
/// # Errors
/// `ShapeMismatch` where there is no such row; `OutOfMemory`.
pub fn take_rows(x: ArrayView2<'_, f64>, rows: &[u32]) -> Result<Array2<f64>> {
    whole(take_in_steps(x, rows, &Progress::default()))
}

async fn take_in_steps(
    x: ArrayView2<'_, f64>,
    rows: &[u32],
    progress: &Progress,
) -> Result<Array2<f64>> {
    let (n, d) = x.dim();
    if let Some(row) = rows.iter().find(|&&row| row as usize >= n) {
        return Err(Error::ShapeMismatch {
            what: "the matrix",
            expected: format!("a row {row}"),
            got: format!("{n} rows"),
        });
    }
    let x = x.as_standard_layout();
    let cells = x.as_slice().unwrap_or_default();
    let taken = gather("the rows taken", cells, d, rows, progress).await?;
    matrix(taken, rows.len(), d)
}

/// A copy of some rows of `d` cells, on all threads.
async fn gather<T: Copy + Default + Send + Sync>(
    what: &'static str,
    cells: &[T],
    d: usize,
    rows: &[u32],
    progress: &Progress,
) -> Result<Vec<T>> {
    let mut taken: Vec<T> = zeros(what, rows.len(), d)?;
    if d == 0 {
        return Ok(taken);
    }
    let per_task = rows_per_task(d);
    let tasks = taken.chunks_mut(per_task * d).zip(rows.chunks(per_task));
    let copy = |(out, rows): &mut (&mut [T], &[u32])| {
        for (out, &row) in out.chunks_exact_mut(d).zip(*rows) {
            out.copy_from_slice(&cells[row as usize * d..][..d]);
        }
    };
    in_steps(tasks, |(out, _)| out.len(), progress, copy).await;
    Ok(taken)
}

/// The rows of a matrix repeated in turn until there are `n_rows`.
///
/// # Errors
/// `OutOfMemory`; `ShapeMismatch` where there is no row to repeat.
pub fn tile(x: ArrayView2<'_, f64>, n_rows: usize) -> Result<Array2<f64>> {
    whole(tile_in_steps(x, n_rows, &Progress::default()))
}

/// The same, and pauses on the way. A unit of its progress is a number.
///
/// # Errors
/// As [`tile`].
pub async fn tile_in_steps(
    x: ArrayView2<'_, f64>,
    n_rows: usize,
    progress: &Progress,
) -> Result<Array2<f64>> {
    let d = x.ncols();
    let x = x.as_standard_layout();
    let cells = x.as_slice().unwrap_or_default();
    if cells.is_empty() && n_rows > 0 {
        return Err(Error::ShapeMismatch {
            what: "X",
            expected: "at least one row to repeat".to_owned(),
            got: "none".to_owned(),
        });
    }
    progress.expect(n_rows, d);
    let mut tiled: Vec<f64> = zeros("the repeated rows", n_rows, d)?;
    let per_task = rows_per_task(d) * d.max(1);
    let copy = |(task, out): &mut (usize, &mut [f64])| {
        let mut from = *task * per_task % cells.len();
        let mut out = &mut out[..];
        while !out.is_empty() {
            let (now, later) = out.split_at_mut(out.len().min(cells.len() - from));
            now.copy_from_slice(&cells[from..from + now.len()]);
            (out, from) = (later, 0);
        }
    };
    let tasks = tiled.chunks_mut(per_task).enumerate();
    in_steps(tasks, |(_, out)| out.len(), progress, copy).await;
    matrix(tiled, n_rows, d)
}

fn matrix(cells: Vec<f64>, n_rows: usize, d: usize) -> Result<Array2<f64>> {
    Array2::from_shape_vec((n_rows, d), cells).map_err(|e| Error::ShapeMismatch {
        what: "the rows taken",
        expected: format!("{n_rows} rows of {d}"),
        got: e.to_string(),
    })
}
