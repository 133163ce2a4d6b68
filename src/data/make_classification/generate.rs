//! The draws, in scikit-learn's order, and the passes over the rows between them.

use ndarray::Array2;

use super::order::reorder;
use super::rows::{RowMaker, scatter};
use super::{MakeClassification, PerFeature};
use crate::data::allocate::zeros;
use crate::data::normals::standard_normals;
use crate::error::{Error, Result};
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
    params.check()?;
    let (n, d) = (params.n_samples, params.n_features);
    let n_informative = params.n_informative;
    let sizes = params.cluster_sizes()?;
    let mut x: Vec<f64> = zeros("the generated rows", n, d)?;
    let mut y: Vec<i32> = zeros("the labels", n, 1)?;

    let mut rng = RandomState::new(params.random_state);
    let centroids = draw_centroids(params, &mut rng)?;
    let mut cell = 0;
    standard_normals(&mut rng, n as u64 * n_informative as u64, |slices| {
        cell = scatter(&mut x, d, 0..n_informative, cell, slices);
    });

    // A matrix a cluster mixes its columns; then the redundant ones are mixed from all rows alike.
    let mixing = draw_signed(&mut rng, sizes.len(), n_informative * n_informative)?;
    let redundant = draw_signed(&mut rng, n_informative, params.n_redundant)?;
    let n_original = n_informative + params.n_redundant;
    let repeated: Vec<usize> = (0..params.n_repeated)
        .map(|_| ((n_original - 1) as f64 * rng.random_sample() + 0.5) as usize)
        .collect();

    let n_useless = params.n_useless();
    let mut cell = 0;
    standard_normals(&mut rng, n as u64 * n_useless as u64, |slices| {
        cell = scatter(&mut x, d, d - n_useless..d, cell, slices);
    });

    label(params, &sizes, &mut rng, &mut y);
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
        order = zeros("the order of rows", n, 1)?;
        for (i, row) in order.iter_mut().enumerate() {
            *row = i as u32;
        }
        rng.shuffle(&mut order);
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
    maker.finish_rows(&mut x, &sizes);
    if params.shuffle {
        reorder(&mut x, d, &order);
        reorder(&mut y, 1, &order);
    }

    let x = Array2::from_shape_vec((n, d), x).map_err(|e| Error::ShapeMismatch {
        what: "the generated rows",
        expected: format!("{n} rows of {d}"),
        got: e.to_string(),
    })?;
    Ok((x, y))
}

/// A corner of the hypercube for each cluster: `(n_clusters, n_informative)`.
fn draw_centroids(params: &MakeClassification, rng: &mut RandomState) -> Result<Vec<f64>> {
    let (n_clusters, dims) = (params.n_clusters(), params.n_informative);
    let mut centroids: Vec<f64> = zeros("the centroids of the clusters", n_clusters, dims)?;
    // The bits of a number name a corner; all but the last 30 are coins, drawn before.
    let first = dims.saturating_sub(30);
    for row in centroids.chunks_exact_mut(dims) {
        for cell in &mut row[..first] {
            *cell = f64::from(rng.interval(1));
        }
    }
    let bits = dims - first;
    let corners = sample_without_replacement(1 << bits, n_clusters as u32, rng).ok_or(
        Error::OutOfMemory {
            what: "the corners of the hypercube",
            needed_bytes: 4 << bits,
            largest_rows: 0,
        },
    )?;
    for (row, corner) in centroids.chunks_exact_mut(dims).zip(corners) {
        for (i, cell) in row[first..].iter_mut().enumerate() {
            *cell = f64::from(corner >> (bits - 1 - i) & 1);
        }
    }
    for cell in &mut centroids {
        *cell *= 2.0 * params.class_sep;
        *cell -= params.class_sep;
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
fn draw_signed(rng: &mut RandomState, rows: usize, width: usize) -> Result<Vec<f64>> {
    let mut values = zeros("the matrices that mix columns", rows, width)?;
    for value in &mut values {
        *value = 2.0 * rng.random_sample() - 1.0;
    }
    Ok(values)
}

/// The clusters' labels, some of them drawn anew.
fn label(params: &MakeClassification, sizes: &[usize], rng: &mut RandomState, y: &mut [i32]) {
    let mut rest = &mut *y;
    for (k, &size) in sizes.iter().enumerate() {
        let (cluster, later) = rest.split_at_mut(size);
        cluster.fill((k % params.n_classes) as i32);
        rest = later;
    }
    const FLIP: i32 = -1;
    for label in y.iter_mut() {
        if rng.random_sample() < params.flip_y {
            *label = FLIP;
        }
    }
    let last = params.n_classes as u32 - 1;
    for label in y.iter_mut().filter(|label| **label == FLIP) {
        *label = rng.interval(last) as i32;
    }
}

fn per_feature(given: Option<&PerFeature>, d: usize, draw: impl FnMut() -> f64) -> Vec<f64> {
    match given {
        Some(&PerFeature::One(value)) => vec![value; d],
        Some(PerFeature::Each(values)) => values.clone(),
        None => std::iter::repeat_with(draw).take(d).collect(),
    }
}
