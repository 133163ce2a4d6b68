//! smartcore's `KNeighborsClassifier`.

use std::sync::Arc;

use smartcore::algorithm::neighbour::KNNAlgorithmName;
use smartcore::error::Failed;
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::metrics::distance::Distance;
use smartcore::neighbors::KNNWeightFunction;
use smartcore::neighbors::knn_classifier::{KNNClassifier, KNNClassifierParameters};

use super::rows::Rows;
use crate::error::Result;
use crate::models::smartcore::kernels::{Kernels, Predicts};
use crate::models::smartcore::neighbors_params::{Minkowski, NeighborsParams};
use crate::models::smartcore::settings::refused;

type Smart = KNNClassifier<f64, u32, Rows<'static>, Vec<u32>, Minkowski>;

impl Predicts for Smart {
    /// smartcore panics where a distance is not a number; one row is then asked at a time.
    fn codes(&self, rows: &Rows<'_>) -> std::result::Result<Vec<u32>, Failed> {
        match rows.iterator(0).all(|v| v.is_finite()) {
            true => self.predict(rows),
            false => Err(Failed::predict("a row is not finite")),
        }
    }

    fn shares_into(&self, rows: &[f64], width: usize, out: &mut [f64]) {
        let k = out.len() * width / rows.len().max(1);
        for (row, out) in rows.chunks_exact(width).zip(out.chunks_exact_mut(k.max(1))) {
            // A row too far away for its distances to be numbers has no neighbours.
            let finite = row.iter().all(|v| v.is_finite());
            let shares = finite.then(|| self.predict_proba(&Rows::all(row, row.len())));
            match shares {
                Some(Ok(shares)) => out.copy_from_slice(&shares[0]),
                _ => out.fill(1.0 / k as f64),
            }
        }
    }
}

/// smartcore's model of rows of `width` numbers and their codes.
pub(in crate::models) fn kernels(
    params: &NeighborsParams,
    (x, width): (&[f64], usize),
    codes: &Vec<u32>,
) -> Result<Kernels> {
    // Lent rows would tie the model to them.
    let rows = DenseMatrix::new(codes.len(), width, x.to_vec(), false).map_err(refused)?;
    let smart = Smart::fit(&Rows::from(rows), codes, settings(params, x, width));
    Ok(Kernels(Arc::new(smart.map_err(refused)?)))
}

fn settings(
    params: &NeighborsParams,
    x: &[f64],
    width: usize,
) -> KNNClassifierParameters<f64, Minkowski> {
    KNNClassifierParameters::default()
        .with_distance(params.metric)
        .with_k(params.n_neighbors as usize)
        .with_algorithm(if params.brute || n_scales(x, width) > MOST_SCALES {
            KNNAlgorithmName::LinearSearch
        } else {
            KNNAlgorithmName::CoverTree
        })
        .with_weight(if params.by_distance {
            KNNWeightFunction::Distance
        } else {
            KNNWeightFunction::Uniform
        })
}

/// Powers of [`SCALE`] between the smallest and the largest distance for which there is a cover tree:
/// it is built and searched by recursion, a call for each, and a browser's stack is small.
const MOST_SCALES: f64 = 400.0;
/// smartcore's.
const SCALE: f64 = 1.3;

/// At most how many powers lie between two distances of row-major rows, by their gaps in each column.
fn n_scales(x: &[f64], width: usize) -> f64 {
    let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
    let mut column = Vec::with_capacity(x.len() / width);
    for j in 0..width {
        column.clear();
        column.extend(x.iter().skip(j).step_by(width).copied());
        column.sort_unstable_by(f64::total_cmp);
        for gap in column.windows(2).map(|pair| pair[1] - pair[0]) {
            least = if gap > 0.0 { least.min(gap) } else { least };
        }
        most += column
            .last()
            .zip(column.first())
            .map_or(0.0, |(a, b)| a - b);
    }
    (most / least).ln() / SCALE.ln()
}

impl Distance<Vec<f64>> for Minkowski {
    fn distance(&self, a: &Vec<f64>, b: &Vec<f64>) -> f64 {
        let gaps = a.iter().zip(b).map(|(a, b)| a - b);
        match self.p {
            1 => gaps.map(f64::abs).sum(),
            2 => gaps.map(|gap| gap * gap).sum::<f64>().sqrt(),
            p => {
                let p = f64::from(p);
                gaps.map(|gap| gap.abs().powf(p)).sum::<f64>().powf(1.0 / p)
            }
        }
    }
}
