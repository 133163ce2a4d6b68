//! smartcore's `LogisticRegression`.

use std::sync::Arc;

use smartcore::error::Failed;
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::logistic_regression as smart;

use super::rows::{Rows, codes, largest, through_file};
use crate::data::TrainingSet;
use crate::error::Result;
use crate::models::classifier::{Attributes, Classifier};
use crate::models::linear::logistic_regression::LogisticRegression;
use crate::models::smartcore::kernels::{Kernels, Predicts};
use crate::models::smartcore::logistic_params::LogisticParams;
use crate::models::smartcore::settings::refused;

type Smart = smart::LogisticRegression<f64, u32, Rows<'static>, Vec<u32>>;

impl Predicts for Smart {
    fn codes(&self, rows: &Rows<'_>) -> std::result::Result<Vec<u32>, Failed> {
        self.predict(rows)
    }
}

/// smartcore's model of ours.
pub(in crate::models) fn kernels(ours: &LogisticRegression) -> Result<Kernels> {
    let Ok(Attributes::Linear {
        coef, intercept, ..
    }) = ours.attributes()
    else {
        return Err(refused("it is no linear model"));
    };
    let (k, d) = (ours.n_classes(), ours.n_features());
    let matrix = |cells: Vec<f64>, d| DenseMatrix::new(intercept.len(), d, cells, false);
    let smart: Smart = through_file(&(
        Some(matrix(coef.concat(), d).map_err(refused)?),
        Some(matrix(intercept.clone(), 1).map_err(refused)?),
        Some((0..k as u32).collect::<Vec<_>>()),
        d,
        k,
    ))?;
    Ok(Kernels(Arc::new(smart)))
}

/// Weight of the penalty against the losses.
fn alpha(params: &LogisticParams) -> f64 {
    if params.penalised {
        1.0 / params.c
    } else {
        0.0
    }
}

/// Minimises `Σ loss + |w|² / 2C`, scikit-learn's objective over `C`.
pub(in crate::models) fn fit(
    params: &LogisticParams,
    data: &TrainingSet<'_>,
) -> Result<LogisticRegression> {
    let alpha = alpha(params);
    // The first step goes along the gradient, at most this long; from where its square
    // overflows smartcore's line search panics.
    let gradient = data.n_samples() as f64 * largest(data).max(1.0);
    let square = gradient * gradient * (data.n_features() * data.n_classes) as f64;
    if !(square * square * (1.0 + alpha)).is_finite() {
        return Err(refused(
            "with numbers so large, or C so small, smartcore's solver overflows",
        ));
    }
    let settings = smart::LogisticRegressionParameters::default().with_alpha(alpha);
    let fitted =
        smart::LogisticRegression::fit(&Rows::of(data), &codes(data), settings).map_err(refused)?;
    let (n_planes, d) = fitted.coefficients().shape();
    let plane = |plane: usize| -> Vec<f64> {
        let coef = (0..d).map(|j| *fitted.coefficients().get((plane, j)));
        coef.chain([*fitted.intercept().get((plane, 0))]).collect()
    };
    let planes: Vec<_> = (0..n_planes).map(plane).collect();
    if planes.iter().flatten().any(|w| !w.is_finite()) {
        return Err(refused("smartcore's solver came to no finite coefficients"));
    }
    let ours = LogisticRegression::from_planes(&planes, 0.0);
    let squares = planes.iter().flat_map(|w| &w[..d]).map(|w| w * w);
    let penalty = if params.penalised {
        0.5 * squares.sum::<f64>()
    } else {
        0.0
    };
    let objective = params.c * loss(&ours, data)? + penalty;
    Ok(LogisticRegression::from_planes(&planes, objective))
}

/// Sum of the losses: minus the logarithm of the probability of each row's class.
fn loss(model: &LogisticRegression, data: &TrainingSet<'_>) -> Result<f64> {
    let mut z = vec![0.0; model.n_decisions()];
    let mut sum = 0.0;
    for (row, code) in data.iter() {
        model.decision_function_into(row, &mut z)?;
        sum += match z[..] {
            [z] => {
                let t = if code == 1 { -z } else { z };
                t.max(0.0) + (-t.abs()).exp().ln_1p()
            }
            _ => {
                let top = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let total: f64 = z.iter().map(|z| (z - top).exp()).sum();
                total.ln() + top - z[code as usize]
            }
        };
    }
    Ok(sum)
}
