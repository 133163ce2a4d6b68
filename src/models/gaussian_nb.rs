//! Gaussian naive Bayes: scikit-learn 1.9's `GaussianNB`, its numbers bit for bit but for the last
//! digits of sums.
//!
//! Within class `c` column `j` is taken for normal, with the mean `θ_cj` and the variance `σ²_cj` of the
//! training rows of that class (plus `var_smoothing` times the largest variance of any column), and for
//! independent of the other columns. A row gets the class with the largest
//!
//! ```text
//! log prior_c − ½ Σ_j ( log 2πσ²_cj + (x_j − θ_cj)² / σ²_cj )
//! ```
//!
//! A fit passes over the rows twice; a prediction takes two multiplications a class and column.
//!
//! ```
//! use std::sync::Arc;
//! use breakeven::model_selection::fit::fit;
//! use breakeven::models::estimator::EstimatorSpec;
//! use ndarray::array;
//!
//! let x = array![[-1., -1.], [-2., -1.], [-3., -2.], [1., 1.], [2., 1.], [3., 2.]];
//! let spec: EstimatorSpec = serde_json::from_str(r#"{ "estimator": "GaussianNB" }"#)?;
//! let model = fit(&spec, Arc::new(x), &[1, 1, 1, 2, 2, 2])?;
//! assert_eq!(model.predict(array![[-0.8, -1.]].view())?, [1]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod kernel;
mod lead;
mod polynomial;

use serde::{Deserialize, Serialize};

use self::kernel::{Gaussians, Kernel};
use super::classifier::{Attributes, Classifier};
use super::params::{ParamReader, ParamValue, Params};
use crate::data::TrainingSet;
use crate::data::numpy_sum::pairwise_sum;
use crate::error::{Error, Result};
use crate::parallel::pause::pause;

/// Settings of Gaussian naive Bayes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GaussianNbParams {
    /// Priors of the classes; left out, they are the classes' shares of the rows.
    pub priors: Option<Vec<f64>>,
    /// Share of the largest variance of any feature that is added to all variances.
    pub var_smoothing: f64,
}

impl GaussianNbParams {
    /// Reads settings under scikit-learn's names.
    ///
    /// # Errors
    /// `InvalidParam` for what is unknown or out of range.
    pub fn read(params: &Params) -> Result<Self> {
        let mut reader = ParamReader::new("GaussianNB", params);
        let priors = match reader.get("priors") {
            None | Some(ParamValue::Null) => None,
            // As close to 1 as numpy's `isclose` asks for.
            Some(ParamValue::List(priors))
                if priors.iter().all(|&p| p >= 0.0)
                    && (priors.iter().sum::<f64>() - 1.0).abs() <= 1e-8 + 1e-5 =>
            {
                Some(priors.clone())
            }
            Some(other) => {
                return Err(Error::invalid(
                    "priors",
                    other,
                    "null or numbers from 0 that sum to 1",
                ));
            }
        };
        let var_smoothing =
            reader.number("var_smoothing", 1e-9, |v| v >= 0.0, "a number from 0")?;
        reader.finish()?;
        Ok(Self {
            priors,
            var_smoothing,
        })
    }
}

/// A fitted Gaussian naive Bayes model.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "GaussianNbFile", into = "GaussianNbFile")]
pub struct GaussianNb {
    gaussians: Gaussians,
    class_count: Vec<f64>,
    epsilon: f64,
    kernel: Kernel,
}

/// What of a model is saved.
#[derive(Serialize, Deserialize)]
struct GaussianNbFile {
    n_features: u32,
    theta: Vec<f64>,
    var: Vec<f64>,
    class_prior: Vec<f64>,
    class_count: Vec<f64>,
    epsilon: f64,
}

impl From<GaussianNb> for GaussianNbFile {
    fn from(model: GaussianNb) -> Self {
        let GaussianNb {
            gaussians,
            class_count,
            epsilon,
            ..
        } = model;
        let Gaussians {
            n_features,
            theta,
            var,
            class_prior,
        } = gaussians;
        Self {
            n_features: n_features as u32,
            theta,
            var,
            class_prior,
            class_count,
            epsilon,
        }
    }
}

impl TryFrom<GaussianNbFile> for GaussianNb {
    type Error = &'static str;

    fn try_from(file: GaussianNbFile) -> std::result::Result<Self, Self::Error> {
        let GaussianNbFile {
            n_features,
            theta,
            var,
            class_prior,
            class_count,
            epsilon,
        } = file;
        let (n_features, k) = (n_features as usize, class_prior.len());
        let values = n_features.checked_mul(k);
        if n_features == 0
            || k < 2
            || class_count.len() != k
            || values != Some(theta.len())
            || values != Some(var.len())
        {
            return Err(
                "naive Bayes needs a mean and a variance a class and feature, and a prior a class",
            );
        }
        Ok(Self::new(
            Gaussians {
                n_features,
                theta,
                var,
                class_prior,
            },
            class_count,
            epsilon,
        ))
    }
}

impl GaussianNb {
    fn new(gaussians: Gaussians, class_count: Vec<f64>, epsilon: f64) -> Self {
        let kernel = Kernel::new(&gaussians);
        Self {
            gaussians,
            class_count,
            epsilon,
            kernel,
        }
    }

    /// A model whose means and variances, `[class][feature]`, were fitted elsewhere.
    #[cfg(feature = "smartcore")]
    pub(super) fn from_moments(
        n_features: usize,
        [theta, var]: [Vec<f64>; 2],
        class_prior: Vec<f64>,
        class_count: Vec<f64>,
    ) -> Self {
        let gaussians = Gaussians {
            n_features,
            theta,
            var,
            class_prior,
        };
        Self::new(gaussians, class_count, 0.0)
    }

    /// Fits means, variances and priors.
    ///
    /// # Errors
    /// `InvalidParam` where there is not one prior a class.
    pub async fn fit(params: &GaussianNbParams, data: &TrainingSet<'_>) -> Result<Self> {
        let (k, d) = (data.n_classes, data.n_features());
        if let Some(priors) = params.priors.as_ref().filter(|priors| priors.len() != k) {
            let priors = ParamValue::List(priors.clone());
            return Err(Error::invalid(
                "priors",
                priors,
                format!("{k} numbers, one a class"),
            ));
        }
        let mut class_count = vec![0.0; k];
        for (_, code) in data.iter() {
            class_count[code as usize] += 1.0;
        }
        let (_, all) = moments(data, &[data.n_samples() as f64]).await;
        let epsilon = params.var_smoothing * all.into_iter().fold(0.0, f64::max);
        let (theta, mut var) = moments(data, &class_count).await;
        for var in &mut var {
            *var += epsilon;
        }
        let class_prior = params.priors.clone().unwrap_or_else(|| {
            let total = data.n_samples() as f64;
            class_count.iter().map(|count| count / total).collect()
        });
        Ok(Self::new(
            Gaussians {
                n_features: d,
                theta,
                var,
                class_prior,
            },
            class_count,
            epsilon,
        ))
    }
}

/// Means and variances of every class, or of all rows where there is one count, `[group][feature]`, in
/// numpy's order of operations; pauses after each pass.
async fn moments(data: &TrainingSet<'_>, counts: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let d = data.n_features();
    let is_one = counts.len() == 1;
    let group = |code: u32| if is_one { 0 } else { code as usize };
    let sums = |of: &dyn Fn(usize, f64) -> f64| -> Vec<f64> {
        let mut sums = vec![0.0; counts.len() * d];
        if d == 1 {
            // numpy sums a lone column pairwise, several from top to bottom.
            for (sum, g) in sums.iter_mut().zip(0..) {
                let rows = data.iter().filter(|&(_, code)| group(code) == g);
                let values: Vec<f64> = rows.map(|(row, _)| of(g, row[0])).collect();
                *sum = pairwise_sum(values.len(), &|i| values[i]);
            }
            return sums;
        }
        for (row, code) in data.iter() {
            let start = group(code) * d;
            for (at, (sum, &x)) in (start..).zip(sums[start..start + d].iter_mut().zip(row)) {
                *sum += of(at, x);
            }
        }
        sums
    };
    let mut means = sums(&|_, x| x);
    pause().await;
    for (group, count) in means.chunks_exact_mut(d).zip(counts) {
        group.iter_mut().for_each(|mean| *mean /= count);
    }
    let mut vars = sums(&|at, x| (x - means[at]) * (x - means[at]));
    pause().await;
    for (group, count) in vars.chunks_exact_mut(d).zip(counts) {
        group.iter_mut().for_each(|var| *var /= count);
    }
    (means, vars)
}

impl Classifier for GaussianNb {
    fn n_features(&self) -> usize {
        self.gaussians.n_features
    }

    fn n_classes(&self) -> usize {
        self.gaussians.class_prior.len()
    }

    fn predict_into(&self, x: &[f64], classes: &[i32], out: &mut [i32]) {
        self.kernel.predict_into(&self.gaussians, x, classes, out);
    }

    fn predict_proba_into(&self, x: &[f64], out: &mut [f64]) -> Result<()> {
        let rows = x
            .chunks_exact(self.n_features())
            .zip(out.chunks_exact_mut(self.n_classes()));
        for (row, out) in rows {
            for (class, value) in out.iter_mut().enumerate() {
                *value = self
                    .kernel
                    .joint_log_likelihood(&self.gaussians, row, class);
            }
            let log_sum = log_sum_exp(out);
            for value in out {
                *value = (*value - log_sum).exp();
            }
        }
        Ok(())
    }

    fn decision_function_into(&self, _x: &[f64], _out: &mut [f64]) -> Result<()> {
        Err(Error::invalid(
            "decision_function",
            "GaussianNB",
            "asked of a linear model or SVC; probabilities are what this one has",
        ))
    }

    fn attributes(&self) -> Result<Attributes> {
        let Gaussians {
            n_features,
            theta,
            var,
            class_prior,
        } = &self.gaussians;
        let rows = |values: &[f64]| {
            values
                .chunks_exact(*n_features)
                .map(<[f64]>::to_vec)
                .collect()
        };
        Ok(Attributes::GaussianNb {
            theta: rows(theta),
            var: rows(var),
            class_prior: class_prior.clone(),
            class_count: self.class_count.clone(),
            epsilon: self.epsilon,
        })
    }
}

/// Logarithm of the sum of exponentials, in scikit-learn's order: the largest is kept apart.
fn log_sum_exp(values: &[f64]) -> f64 {
    let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let n_max = values.iter().filter(|&&value| value == max).count() as f64;
    let shift = if max.is_finite() { max } else { 0.0 };
    let rest = |i: usize| {
        if values[i] == max {
            0.0
        } else {
            (values[i] - shift).exp()
        }
    };
    let sum = pairwise_sum(values.len(), &rest);
    let share = if sum == 0.0 { sum } else { sum / n_max };
    share.ln_1p() + n_max.ln() + max
}
