//! scikit-learn's `make_classification`: the same rows and labels for the same seed.
//!
//! Compared with scikit-learn 1.9.1 and numpy 2.4.6. Labels, row order and the generator's
//! position are exact; values differ in a last bit where the C library's `log` is not correctly
//! rounded (see `random::ln`).

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::dataset::try_vec;
use crate::error::{Error, Result};
use crate::random::RandomState;
use crate::random::ln::two_product_error;

/// Settings under scikit-learn's names, with its defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct MakeClassification {
    /// Rows.
    pub n_samples: u32,
    /// Columns.
    pub n_features: u32,
    /// Columns that the classes depend on.
    pub n_informative: u32,
    /// Columns that are mixtures of those.
    pub n_redundant: u32,
    /// Columns that repeat informative and redundant ones.
    pub n_repeated: u32,
    /// Classes.
    pub n_classes: u32,
    /// Clusters a class.
    pub n_clusters_per_class: u32,
    /// Share of each class, the last may be left out; null: equal shares.
    #[cfg_attr(target_arch = "wasm32", tsify(type = "number[] | null"))]
    pub weights: Option<Vec<f64>>,
    /// Share of rows whose label is drawn anew.
    pub flip_y: f64,
    /// Half the side of the hypercube whose corners the clusters lie at.
    pub class_sep: f64,
    /// Whether the clusters lie at a hypercube's corners rather than a random polytope's.
    pub hypercube: bool,
    /// Added to every value; null: drawn for each column.
    #[cfg_attr(target_arch = "wasm32", tsify(type = "number | null"))]
    pub shift: Option<f64>,
    /// Multiplies every value after the shift; null: drawn for each column.
    #[cfg_attr(target_arch = "wasm32", tsify(type = "number | null"))]
    pub scale: Option<f64>,
    /// Whether rows and columns are shuffled.
    pub shuffle: bool,
    /// Seed, `0 … 2³²−1`.
    pub random_state: u32,
}

impl Default for MakeClassification {
    fn default() -> Self {
        Self {
            n_samples: 100,
            n_features: 20,
            n_informative: 2,
            n_redundant: 2,
            n_repeated: 0,
            n_classes: 2,
            n_clusters_per_class: 2,
            weights: None,
            flip_y: 0.01,
            class_sep: 1.0,
            hypercube: true,
            shift: Some(0.0),
            scale: Some(1.0),
            shuffle: true,
            random_state: 0,
        }
    }
}

impl MakeClassification {
    fn check(&self) -> Result<()> {
        let at_least_1 = [
            ("n_samples", self.n_samples),
            ("n_features", self.n_features),
            ("n_informative", self.n_informative),
            ("n_classes", self.n_classes),
            ("n_clusters_per_class", self.n_clusters_per_class),
        ];
        for (name, value) in at_least_1 {
            if value == 0 {
                return Err(Error::invalid(name, value, "a whole number of at least 1"));
            }
        }
        let used = [self.n_informative, self.n_redundant, self.n_repeated]
            .map(u64::from)
            .iter()
            .sum::<u64>();
        if used > u64::from(self.n_features) {
            let (name, value) = if self.n_informative > self.n_features {
                ("n_informative", self.n_informative)
            } else {
                ("n_informative + n_redundant + n_repeated", used as u32)
            };
            return Err(Error::invalid(
                name,
                value,
                format!("at most n_features = {}", self.n_features),
            ));
        }
        let n_clusters = u64::from(self.n_classes) * u64::from(self.n_clusters_per_class);
        if self.n_informative < 63 && n_clusters > 1 << self.n_informative {
            return Err(Error::invalid(
                "n_classes * n_clusters_per_class",
                n_clusters,
                format!(
                    "at most 2 ** n_informative = {}",
                    1_u64 << self.n_informative
                ),
            ));
        }
        if !(0.0..=1.0).contains(&self.flip_y) {
            return Err(Error::invalid(
                "flip_y",
                self.flip_y,
                "a number from 0 to 1",
            ));
        }
        if !(self.class_sep > 0.0 && self.class_sep.is_finite()) {
            return Err(Error::invalid(
                "class_sep",
                self.class_sep,
                "a number above 0",
            ));
        }
        for (name, value) in [("shift", self.shift), ("scale", self.scale)] {
            if value.is_some_and(|value| !value.is_finite()) {
                return Err(Error::invalid(
                    name,
                    "NaN or infinity",
                    "a finite number or null",
                ));
            }
        }
        if let Some(weights) = &self.weights {
            let n = self.n_classes as usize;
            let allowed = format!(
                "null, or {n} or {} numbers from 0 to 1, one a class, with a sum of at most 1",
                n - 1
            );
            let ok = (weights.len() == n || weights.len() + 1 == n)
                && weights.iter().all(|weight| (0.0..=1.0).contains(weight))
                && weights.iter().sum::<f64>() <= 1.0 + 1e-9;
            if !ok {
                return Err(Error::invalid("weights", format!("{weights:?}"), allowed));
            }
        }
        Ok(())
    }

    /// Rows of each cluster, by the classes' shares.
    fn cluster_sizes(&self) -> Vec<usize> {
        let n_classes = self.n_classes as usize;
        let mut weights = self
            .weights
            .clone()
            .unwrap_or_else(|| vec![1.0 / n_classes as f64; n_classes]);
        if weights.len() + 1 == n_classes {
            weights.push(1.0 - weights.iter().sum::<f64>());
        }
        let n_clusters = n_classes * self.n_clusters_per_class as usize;
        let n_samples = f64::from(self.n_samples);
        let mut sizes: Vec<usize> = (0..n_clusters)
            .map(|k| {
                (n_samples * weights[k % n_classes] / f64::from(self.n_clusters_per_class)) as usize
            })
            .collect();
        let mut left = (self.n_samples as usize).saturating_sub(sizes.iter().sum());
        while left > 0 {
            for size in sizes.iter_mut().take(left) {
                *size += 1;
            }
            left -= left.min(n_clusters);
        }
        sizes
    }
}

/// Rows `(n_samples, n_features)` and a label `0 … n_classes − 1` a row.
///
/// # Errors
/// `InvalidParam` naming the setting; `OutOfMemory` with the number of rows that would fit.
pub fn make_classification(params: &MakeClassification) -> Result<(Array2<f64>, Vec<i32>)> {
    params.check()?;
    let n = params.n_samples as usize;
    let d = params.n_features as usize;
    let n_inf = params.n_informative as usize;
    let n_classes = params.n_classes as usize;
    let mut x = try_vec("make_classification's X", n, d)?;
    let mut y = try_vec("make_classification's y", n, 1)?;
    x.resize(n * d, 0.0);
    let mut rng = RandomState::new(params.random_state);

    let sizes = params.cluster_sizes();
    let centroids = centroids(params, sizes.len(), &mut rng);
    draw_normals(&mut rng, &mut x, d, 0..n_inf);
    let mut first = 0;
    for (k, (size, centroid)) in sizes.iter().zip(centroids.chunks_exact(n_inf)).enumerate() {
        y.resize(first + size, (k % n_classes) as i32);
        let a: Vec<f64> = (0..n_inf * n_inf)
            .map(|_| 2.0 * rng.random_sample() - 1.0)
            .collect();
        let mut mixed = vec![0.0; n_inf];
        for row in x[first * d..(first + size) * d].chunks_exact_mut(d) {
            product(&row[..n_inf], &a, &mut mixed);
            for ((value, mixed), centre) in row.iter_mut().zip(&mixed).zip(centroid) {
                *value = mixed + centre;
            }
        }
        first += size;
    }

    let n_red = params.n_redundant as usize;
    if n_red > 0 {
        let b: Vec<f64> = (0..n_inf * n_red)
            .map(|_| 2.0 * rng.random_sample() - 1.0)
            .collect();
        for row in x.chunks_exact_mut(d) {
            let (informative, rest) = row.split_at_mut(n_inf);
            product(informative, &b, &mut rest[..n_red]);
        }
    }
    let n_used = n_inf + n_red;
    let n_rep = params.n_repeated as usize;
    let copied: Vec<usize> = (0..n_rep)
        .map(|_| ((n_used - 1) as f64 * rng.random_sample() + 0.5) as usize)
        .collect();
    for row in x.chunks_exact_mut(d) {
        for (k, &from) in copied.iter().enumerate() {
            row[n_used + k] = row[from];
        }
    }
    draw_normals(&mut rng, &mut x, d, n_used + n_rep..d);

    let flipped: Vec<u32> = (0..params.n_samples)
        .filter(|_| rng.random_sample() < params.flip_y)
        .collect();
    for row in flipped {
        y[row as usize] = rng.randint(params.n_classes) as i32;
    }
    shift_and_scale(params, &mut rng, &mut x);
    if params.shuffle {
        let rows = rng.permutation(params.n_samples);
        let mut columns: Vec<u32> = (0..params.n_features).collect();
        rng.shuffle(&mut columns);
        permute(&mut x, &mut y, rows, &columns);
    }
    let x = Array2::from_shape_vec((n, d), x)
        .map_err(|error| Error::invalid("n_samples", params.n_samples, error))?;
    Ok((x, y))
}

/// `(n_clusters, n_informative)` corners, row-major.
fn centroids(params: &MakeClassification, n_clusters: usize, rng: &mut RandomState) -> Vec<f64> {
    let n_inf = params.n_informative as usize;
    // 32-bit corners hold 30 columns; scikit-learn draws those beyond one by one, before.
    let n_low = n_inf.min(30);
    let extra: Vec<u32> = (0..n_clusters * (n_inf - n_low))
        .map(|_| rng.randint(2))
        .collect();
    let corners = rng.sample_without_replacement(1 << n_low, n_clusters as u32);
    let side = 2.0 * params.class_sep;
    let mut centroids = Vec::with_capacity(n_clusters * n_inf);
    for (k, corner) in corners.iter().enumerate() {
        let extra = &extra[k * (n_inf - n_low)..(k + 1) * (n_inf - n_low)];
        let low = (0..n_low).rev().map(|bit| corner >> bit & 1);
        centroids.extend(
            extra
                .iter()
                .copied()
                .chain(low)
                .map(|bit| f64::from(bit) * side - params.class_sep),
        );
    }
    if !params.hypercube {
        let by_cluster: Vec<f64> = (0..n_clusters).map(|_| rng.random_sample()).collect();
        let by_column: Vec<f64> = (0..n_inf).map(|_| rng.random_sample()).collect();
        for (row, by_cluster) in centroids.chunks_exact_mut(n_inf).zip(&by_cluster) {
            for (value, by_column) in row.iter_mut().zip(&by_column) {
                *value = *value * by_cluster * by_column;
            }
        }
    }
    centroids
}

/// Standard normals into some columns, row by row.
fn draw_normals(rng: &mut RandomState, x: &mut [f64], d: usize, columns: std::ops::Range<usize>) {
    let n_rows = x.len() / d;
    let (mut row, mut column) = (0, columns.start);
    rng.standard_normals(n_rows * columns.len(), |normal| {
        x[row * d + column] = normal;
        column += 1;
        if column == columns.end {
            column = columns.start;
            row += 1;
        }
    });
}

/// `row · matrix` as BLAS computes it on machines with fused multiply-add: in order of the rows of
/// `matrix`, each term rounded once together with the sum.
fn product(row: &[f64], matrix: &[f64], out: &mut [f64]) {
    let width = out.len();
    for (j, out) in out.iter_mut().enumerate() {
        let mut sum = row[0] * matrix[j];
        for (i, &value) in row.iter().enumerate().skip(1) {
            sum = fused(value, matrix[i * width + j], sum);
        }
        *out = sum;
    }
}

/// `a · b + c`, rounded once but for very rare ties; the same with and without hardware for it.
fn fused(a: f64, b: f64, c: f64) -> f64 {
    let product = a * b;
    let sum = product + c;
    let c_part = sum - product;
    let error = (product - (sum - c_part)) + (c - c_part);
    sum + (error + two_product_error(a, b, product))
}

fn shift_and_scale(params: &MakeClassification, rng: &mut RandomState, x: &mut [f64]) {
    let d = params.n_features as usize;
    let mut column = |given: Option<f64>, draw: &dyn Fn(f64) -> f64| -> Vec<f64> {
        match given {
            Some(value) => vec![value; d],
            None => (0..d).map(|_| draw(rng.random_sample())).collect(),
        }
    };
    let shift = column(params.shift, &|u| (2.0 * u - 1.0) * params.class_sep);
    let scale = column(params.scale, &|u| 1.0 + 100.0 * u);
    if params.shift == Some(0.0) && params.scale == Some(1.0) {
        return;
    }
    for row in x.chunks_exact_mut(d) {
        for ((value, shift), scale) in row.iter_mut().zip(&shift).zip(&scale) {
            *value = (*value + shift) * scale;
        }
    }
}

/// Row i becomes old row `rows[i]`, its column k old column `columns[k]`: in place, cycle by cycle,
/// since a second copy of X may not fit.
fn permute(x: &mut [f64], y: &mut [i32], mut rows: Vec<u32>, columns: &[u32]) {
    let d = columns.len();
    let mut first = vec![0.0; d];
    for start in 0..y.len() {
        if rows[start] as usize == start {
            continue;
        }
        first.copy_from_slice(&x[start * d..(start + 1) * d]);
        let first_y = y[start];
        let mut to = start;
        loop {
            let from = std::mem::replace(&mut rows[to], to as u32) as usize;
            if from == start {
                x[to * d..(to + 1) * d].copy_from_slice(&first);
                y[to] = first_y;
                break;
            }
            x.copy_within(from * d..(from + 1) * d, to * d);
            y[to] = y[from];
            to = from;
        }
    }
    for row in x.chunks_exact_mut(d) {
        first.copy_from_slice(row);
        for (value, &from) in row.iter_mut().zip(columns) {
            *value = first[from as usize];
        }
    }
}
