//! smartcore's `GaussianNB`.

use std::sync::Arc;

use smartcore::error::Failed;
use smartcore::naive_bayes::gaussian::{GaussianNB, GaussianNBParameters};

use super::rows::{Rows, codes, through_file};
use crate::data::TrainingSet;
use crate::error::{Error, Result};
use crate::models::classifier::{Attributes, Classifier};
use crate::models::gaussian_nb::{GaussianNb, GaussianNbParams};
use crate::models::params::ParamValue;
use crate::models::smartcore::kernels::{Kernels, Predicts};
use crate::models::smartcore::settings::refused;

type Smart = GaussianNB<f64, u32, Rows<'static>, Vec<u32>>;

impl Predicts for Smart {
    fn codes(&self, rows: &Rows<'_>) -> std::result::Result<Vec<u32>, Failed> {
        self.predict(rows)
    }
}

/// smartcore's model of ours.
pub(in crate::models) fn kernels(ours: &GaussianNb) -> Result<Kernels> {
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
    let smart: Smart = through_file(&Some((classes, counts, class_prior, var, theta)))?;
    Ok(Kernels(Arc::new(smart)))
}

pub(in crate::models) fn fit(
    params: &GaussianNbParams,
    data: &TrainingSet<'_>,
) -> Result<GaussianNb> {
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
    Ok(GaussianNb::from_moments(
        data.n_features(),
        [smart.theta().concat(), smart.var().concat()],
        smart.class_priors().clone(),
        smart.class_count().iter().map(|&n| n as f64).collect(),
    ))
}
