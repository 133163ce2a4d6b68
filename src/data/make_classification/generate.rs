//! The draws, in scikit-learn's order, and the passes over the rows between them.

use std::ops::Range;

use ndarray::Array2;

use super::order::reorder;
use super::rows::{RowMaker, row_units, scatter};
use super::{MakeClassification, PerFeature};
use crate::data::allocate::zeros;
use crate::data::normals::standard_normals;
use crate::data::split::shuffled;
use crate::error::{Error, Result};
use crate::parallel::pause::{PIECE, pause, whole};
use crate::parallel::steps::Progress;
use crate::random::{RandomState, sample::sample_without_replacement};

/// Generates labelled rows: `(n_samples, n_features)` and a label in `0..n_classes` each.
///
/// Labels, row order and the generator's position are exactly scikit-learn 1.9's (numpy 2.4,
/// `random_state` an integer); cells are bit-equal but for sums that BLAS adds in another order.
/// The same for every number of threads. Memory: the result, at most half as much again where there is room for it, and 8 bytes a row.
///
/// # Errors
/// `InvalidParam` names the setting and its range; `OutOfMemory`.
pub fn make_classification(params: &MakeClassification) -> Result<(Array2<f64>, Vec<i32>)> {
    whole(make_in_steps(params, &Progress::default()))
}

/// The same, and pauses on the way. A unit of its progress is a number that is drawn, multiplied or moved.
///
/// # Errors
/// `InvalidParam` names the setting and its range; `OutOfMemory`.
pub async fn make_in_steps(
    params: &MakeClassification,
    progress: &Progress,
) -> Result<(Array2<f64>, Vec<i32>)> {
    params.check()?;
    let (n, d) = (params.n_samples, params.n_features);
    let n_informative = params.n_informative;
    let sizes = params.cluster_sizes()?;
    let mut x: Vec<f64> = zeros("the generated rows", n, d)?;
    let mut y: Vec<i32> = zeros("the labels", n, 1)?;
    let n_useless = params.n_useless();
    let shuffles = if params.shuffle { 2 * d + 3 } else { 0 };
    let finish = row_units(n_informative, params.n_redundant, d);
    progress.expect(n, n_informative + n_useless + 1 + finish + shuffles);

    let mut rng = RandomState::new(params.random_state);
    let centroids = draw_centroids(params, &mut rng).await?;
    draw_columns(&mut rng, &mut x, d, 0..n_informative, progress).await;

    // A matrix a cluster mixes its columns; then the redundant ones are mixed from all rows alike.
    let mixing = draw_signed(&mut rng, sizes.len(), n_informative * n_informative).await?;
    let redundant = draw_signed(&mut rng, n_informative, params.n_redundant).await?;
    let n_original = n_informative + params.n_redundant;
    let repeated: Vec<usize> = (0..params.n_repeated)
        .map(|_| ((n_original - 1) as f64 * rng.random_sample() + 0.5) as usize)
        .collect();
    draw_columns(&mut rng, &mut x, d, d - n_useless..d, progress).await;

    label(params, &sizes, &mut rng, &mut y, progress).await;
    let shift = per_feature(params.shift.as_ref(), d, || {
        (2.0 * rng.random_sample() - 1.0) * params.class_sep
    });
    let scale = per_feature(params.scale.as_ref(), d, || {
        1.0 + 100.0 * rng.random_sample()
    });

    // All draws first: then every row can be finished in one pass, columns in their last order.
    let mut order: Vec<u32> = Vec::new();
    let mut columns: Vec<usize> = (0..d).collect();
    if params.shuffle {
        order = shuffled(&mut rng, n, progress).await?;
        rng.shuffle(&mut columns);
    }

    let maker = RowMaker {
        n_informative,
        centroids: &centroids,
        mixing: &mixing,
        redundant: &redundant,
        repeated: &repeated,
        n_useless,
        shift: &shift,
        scale: &scale,
        columns: &columns,
    };
    maker.finish_rows(&mut x, &sizes, progress).await;
    if params.shuffle {
        reorder(&mut x, d, &order, progress).await?;
        reorder(&mut y, 1, &order, progress).await?;
    }

    let x = Array2::from_shape_vec((n, d), x).map_err(|e| Error::ShapeMismatch {
        what: "the generated rows",
        expected: format!("{n} rows of {d}"),
        got: e.to_string(),
    })?;
    Ok((x, y))
}

/// Fills some columns of row-major `x` with normals, row by row.
async fn draw_columns(
    rng: &mut RandomState,
    x: &mut [f64],
    d: usize,
    columns: Range<usize>,
    progress: &Progress,
) {
    let (count, mut cell) = ((x.len() / d) as u64 * columns.len() as u64, 0);
    let mut sink = |slices: &[&[f64]]| cell = scatter(x, d, columns.clone(), cell, slices);
    standard_normals(rng, count, progress, &mut sink).await;
}

/// A corner of the hypercube for each cluster: `(n_clusters, n_informative)`.
async fn draw_centroids(params: &MakeClassification, rng: &mut RandomState) -> Result<Vec<f64>> {
    let (n_clusters, dims) = (params.n_clusters(), params.n_informative);
    let mut centroids: Vec<f64> = zeros("the centroids of the clusters", n_clusters, dims)?;
    // Few beside the rows: they count for nothing, but pause.
    let aside = Progress::default();
    // The bits of a number name a corner; all but the last 30 are coins, drawn before.
    let first = dims.saturating_sub(30);
    for row in centroids.chunks_exact_mut(dims) {
        for cell in &mut row[..first] {
            *cell = f64::from(rng.interval(1));
        }
        aside.after(dims).await;
    }
    let bits = dims - first;
    let corners = sample_without_replacement(1 << bits, n_clusters as u32, rng, &aside)
        .await
        .ok_or(Error::OutOfMemory {
            what: "the corners of the hypercube",
            needed_bytes: 4 << bits,
            largest_rows: 0,
        })?;
    for (row, corner) in centroids.chunks_exact_mut(dims).zip(corners) {
        for (i, cell) in row[first..].iter_mut().enumerate() {
            *cell = f64::from(corner >> (bits - 1 - i) & 1);
        }
        for cell in row {
            *cell *= 2.0 * params.class_sep;
            *cell -= params.class_sep;
        }
        aside.after(dims).await;
    }
    if !params.hypercube {
        for row in centroids.chunks_exact_mut(dims) {
            let factor = rng.random_sample();
            row.iter_mut().for_each(|cell| *cell *= factor);
        }
        let factors: Vec<f64> = (0..dims).map(|_| rng.random_sample()).collect();
        for row in centroids.chunks_exact_mut(dims) {
            row.iter_mut().zip(&factors).for_each(|(c, f)| *c *= f);
        }
    }
    Ok(centroids)
}

/// `rows * width` doubles in [-1, 1).
async fn draw_signed(rng: &mut RandomState, rows: usize, width: usize) -> Result<Vec<f64>> {
    let mut values: Vec<f64> = zeros("the matrices that mix columns", rows, width)?;
    for some in values.chunks_mut(PIECE) {
        for value in some {
            *value = 2.0 * rng.random_sample() - 1.0;
        }
        pause().await;
    }
    Ok(values)
}

/// The clusters' labels, some of them drawn anew.
async fn label(
    params: &MakeClassification,
    sizes: &[usize],
    rng: &mut RandomState,
    y: &mut [i32],
    progress: &Progress,
) {
    const FLIP: i32 = -1;
    let mut sizes = sizes.iter().copied().enumerate();
    let (mut cluster, mut left) = (0, 0);
    for some in y.chunks_mut(PIECE) {
        for label in &mut *some {
            while left == 0
                && let Some(next) = sizes.next()
            {
                (cluster, left) = next;
            }
            left -= 1;
            *label = if rng.random_sample() < params.flip_y {
                FLIP
            } else {
                (cluster % params.n_classes) as i32
            };
        }
        progress.after(some.len()).await;
    }
    let last = params.n_classes as u32 - 1;
    for some in y.chunks_mut(PIECE) {
        for label in some.iter_mut().filter(|label| **label == FLIP) {
            *label = rng.interval(last) as i32;
        }
        pause().await;
    }
}

fn per_feature(given: Option<&PerFeature>, d: usize, draw: impl FnMut() -> f64) -> Vec<f64> {
    match given {
        Some(&PerFeature::One(value)) => vec![value; d],
        Some(PerFeature::Each(values)) => values.clone(),
        None => std::iter::repeat_with(draw).take(d).collect(),
    }
}
