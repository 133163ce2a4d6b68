//! smartcore's `GaussianNB`: its fit and its labels.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smartcore::naive_bayes::gaussian::{GaussianNB, GaussianNBParameters};

use super::rows::{Rows, codes, labels_into, refused, through_file};
use crate::data::TrainingSet;
use crate::error::{Error, Result};
use crate::models::classifier::{Attributes, Classifier};
use crate::models::gaussian_nb::{GaussianNb, GaussianNbParams};
use crate::models::params::{ParamValue, Params};

type Smart = GaussianNB<f64, u32, Rows<'static>, Vec<u32>>;

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
    smart: Arc<Smart>,
}

impl From<NaiveBayes> for GaussianNb {
    fn from(model: NaiveBayes) -> Self {
        model.ours
    }
}

impl TryFrom<GaussianNb> for NaiveBayes {
    type Error = Error;

    fn try_from(ours: GaussianNb) -> Result<Self> {
        let Ok(Attributes::GaussianNb {
            theta,
            var,
            class_prior,
            class_count,
            ..
        }) = ours.attributes()
        else {
            return Err(refused("it is no naive Bayes model"));
        };
        let classes: Vec<u32> = (0..class_prior.len() as u32).collect();
        let counts: Vec<usize> = class_count.iter().map(|&count| count as usize).collect();
        let smart = through_file(&Some((classes, counts, class_prior, var, theta)))?;
        Ok(Self {
            ours,
            smart: Arc::new(smart),
        })
    }
}

impl NaiveBayes {
    pub(super) fn fit(params: &GaussianNbParams, data: &TrainingSet<'_>) -> Result<Self> {
        if let Some(priors) = params.priors.as_ref().filter(|p| p.len() != data.n_classes) {
            return Err(Error::invalid(
                "priors",
                ParamValue::List(priors.clone()),
                format!("{} numbers, one a class", data.n_classes),
            ));
        }
        let settings = GaussianNBParameters {
            priors: params.priors.clone(),
        };
        let smart = GaussianNB::fit(&Rows::of(data), &codes(data), settings).map_err(refused)?;
        let unusable = |var: &Vec<f64>| var.iter().position(|v| !(v.is_finite() && *v > 0.0));
        if let Some(column) = smart.var().iter().find_map(unusable) {
            return Err(refused(format!(
                "smartcore's GaussianNB has no var_smoothing, and column {column} is constant \
                 within a class or too large to square"
            )));
        }
        GaussianNb::from_moments(
            data.n_features(),
            [smart.theta().concat(), smart.var().concat()],
            smart.class_priors().clone(),
            smart.class_count().iter().map(|&n| n as f64).collect(),
        )
        .try_into()
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
        let predict = |rows: &Rows<'_>| self.smart.predict(rows);
        labels_into(x, self.n_features(), classes, out, &predict);
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
