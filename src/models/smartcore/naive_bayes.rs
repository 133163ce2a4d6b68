//! smartcore's `GaussianNB`: a model of ours whose labels are smartcore's.

use serde::{Deserialize, Serialize};

use super::kernels::{Kernels, Source};
use crate::error::{Error, Result};
use crate::models::classifier::{Attributes, Classifier};
use crate::models::gaussian_nb::{GaussianNb, GaussianNbParams};
use crate::models::params::Params;

/// Settings: those of `GaussianNB`, of which smartcore has no `var_smoothing`.
pub(super) fn read(params: &Params) -> Result<GaussianNbParams> {
    let read = GaussianNbParams::read(params)?;
    match params.get("var_smoothing") {
        Some(given) if read.var_smoothing != 0.0 => Err(Error::invalid("var_smoothing", given, 0)),
        _ => Ok(read),
    }
}

/// A model whose labels are smartcore's. Probabilities and attributes are ours, of the same means
/// and variances.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "GaussianNb", into = "GaussianNb")]
pub struct NaiveBayes {
    ours: GaussianNb,
    kernels: Kernels,
}

impl Source for GaussianNb {
    const VARIANT: u32 = 0;

    #[cfg(feature = "smartcore")]
    fn kernels(&self) -> Result<Kernels> {
        super::direct::naive_bayes::kernels(self)
    }
}

impl From<NaiveBayes> for GaussianNb {
    fn from(model: NaiveBayes) -> Self {
        model.ours
    }
}

impl TryFrom<GaussianNb> for NaiveBayes {
    type Error = Error;

    fn try_from(ours: GaussianNb) -> Result<Self> {
        Ok(Self {
            kernels: ours.kernels()?,
            ours,
        })
    }
}

impl Classifier for NaiveBayes {
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

    fn attributes(&self) -> Result<Attributes> {
        self.ours.attributes()
    }
}
