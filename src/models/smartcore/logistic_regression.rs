//! smartcore's `LogisticRegression`: a model of ours whose labels are smartcore's.

use serde::{Deserialize, Serialize};

use super::kernels::{Kernels, Source};
use crate::error::{Error, Result};
use crate::models::classifier::{Attributes, Classifier};
use crate::models::linear::logistic_regression::LogisticRegression;

/// A model whose labels are smartcore's. Probabilities, margins and attributes are ours, of the
/// same coefficients.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "LogisticRegression", into = "LogisticRegression")]
pub struct Logistic {
    ours: LogisticRegression,
    kernels: Kernels,
}

impl Source for LogisticRegression {
    const VARIANT: u32 = 1;

    #[cfg(feature = "smartcore")]
    fn kernels(&self) -> Result<Kernels> {
        super::direct::logistic_regression::kernels(self)
    }
}

impl From<Logistic> for LogisticRegression {
    fn from(model: Logistic) -> Self {
        model.ours
    }
}

impl TryFrom<LogisticRegression> for Logistic {
    type Error = Error;

    fn try_from(ours: LogisticRegression) -> Result<Self> {
        Ok(Self {
            kernels: ours.kernels()?,
            ours,
        })
    }
}

impl Classifier for Logistic {
    fn n_features(&self) -> usize {
        self.ours.n_features()
    }

    fn n_classes(&self) -> usize {
        self.ours.n_classes()
    }

    fn predict_into(&self, x: &[f64], classes: &[i32], out: &mut [i32]) {
        let width = self.n_features();
        self.kernels
            .labels_into(&self.ours, (x, width), classes, out);
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
