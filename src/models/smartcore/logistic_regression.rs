//! smartcore's `LogisticRegression`: its fit and its labels.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::logistic_regression as smart;

use super::rows::{Rows, codes, labels_into, largest, refused, through_file};
use super::settings::only;
use crate::data::TrainingSet;
use crate::error::{Error, Result};
use crate::models::classifier::{Attributes, Classifier};
use crate::models::linear::logistic_regression::LogisticRegression;
use crate::models::params::{ParamReader, ParamValue, Params};

type Smart = smart::LogisticRegression<f64, u32, Rows<'static>, Vec<u32>>;

/// Checked settings.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticParams {
    c: f64,
    /// Whether there is a penalty, l2.
    penalised: bool,
}

impl LogisticParams {
    pub(super) fn read(params: &Params) -> Result<Self> {
        let mut read = ParamReader::new("LogisticRegression", params);
        let c = read.number("C", 1.0, |c| c > 0.0, "a number > 0")?;
        let penalties = [("l2", true), ("null", false)];
        let penalised = read.choice("penalty", true, &penalties)?;
        read.choice("solver", (), &[("lbfgs", ()), ("auto", ())])?;
        only(&mut read, "fit_intercept", &ParamValue::Bool(true))?;
        only(&mut read, "class_weight", &ParamValue::Null)?;
        // Read by elasticnet alone.
        read.get("l1_ratio");
        read.finish()?;
        Ok(Self { c, penalised })
    }

    /// Weight of the penalty against the losses.
    fn alpha(&self) -> f64 {
        if self.penalised { 1.0 / self.c } else { 0.0 }
    }
}

/// A model whose labels are smartcore's. Probabilities, margins and attributes are ours, of the
/// same coefficients.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "LogisticRegression", into = "LogisticRegression")]
pub struct Logistic {
    ours: LogisticRegression,
    smart: Arc<Smart>,
}

impl From<Logistic> for LogisticRegression {
    fn from(model: Logistic) -> Self {
        model.ours
    }
}

impl TryFrom<LogisticRegression> for Logistic {
    type Error = Error;

    fn try_from(ours: LogisticRegression) -> Result<Self> {
        let Ok(Attributes::Linear {
            coef, intercept, ..
        }) = ours.attributes()
        else {
            return Err(refused("it is no linear model"));
        };
        let (k, d) = (ours.n_classes(), ours.n_features());
        let matrix = |cells: Vec<f64>, d| DenseMatrix::new(intercept.len(), d, cells, false);
        let smart = through_file(&(
            Some(matrix(coef.concat(), d).map_err(refused)?),
            Some(matrix(intercept.clone(), 1).map_err(refused)?),
            Some((0..k as u32).collect::<Vec<_>>()),
            d,
            k,
        ))?;
        Ok(Self {
            ours,
            smart: Arc::new(smart),
        })
    }
}

impl Logistic {
    /// Minimises `Σ loss + |w|² / 2C`, scikit-learn's objective over `C`.
    pub(super) fn fit(params: &LogisticParams, data: &TrainingSet<'_>) -> Result<Self> {
        let alpha = params.alpha();
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
        let fitted = smart::LogisticRegression::fit(&Rows::of(data), &codes(data), settings)
            .map_err(refused)?;
        let (n_planes, d) = fitted.coefficients().shape();
        let plane = |plane: usize| -> Vec<f64> {
            let coef = (0..d).map(|j| *fitted.coefficients().get((plane, j)));
            coef.chain([*fitted.intercept().get((plane, 0))]).collect()
        };
        let planes: Vec<_> = (0..n_planes).map(plane).collect();
        if planes.iter().flatten().any(|w| !w.is_finite()) {
            return Err(refused("smartcore's solver came to no finite coefficients"));
        }
        let mut ours = LogisticRegression::from_planes(&planes, 0.0);
        let squares = planes.iter().flat_map(|w| &w[..d]).map(|w| w * w);
        let penalty = if params.penalised {
            0.5 * squares.sum::<f64>()
        } else {
            0.0
        };
        let objective = params.c * loss(&ours, data)? + penalty;
        ours = LogisticRegression::from_planes(&planes, objective);
        ours.try_into()
    }
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

impl Classifier for Logistic {
    fn n_features(&self) -> usize {
        self.ours.n_features()
    }

    fn n_classes(&self) -> usize {
        self.ours.n_classes()
    }

    fn predict_into(&self, x: &[f64], classes: &[i32], out: &mut [i32]) {
        let predict = |rows: &Rows<'_>| self.smart.predict(rows);
        labels_into(x, self.n_features(), classes, out, &predict);
    }

    fn predict_proba_into(&self, x: &[f64], out: &mut [f64]) -> Result<()> {
        self.ours.predict_proba_into(x, out)
    }

    fn decision_function_into(&self, x: &[f64], out: &mut [f64]) -> Result<()> {
        self.ours.decision_function_into(x, out)
    }

    /// `n_iter` stays empty: smartcore does not tell.
    fn attributes(&self) -> Result<Attributes> {
        let mut shown = self.ours.attributes();
        if let Ok(Attributes::Linear { n_iter, .. }) = &mut shown {
            n_iter.clear();
        }
        shown
    }
}
