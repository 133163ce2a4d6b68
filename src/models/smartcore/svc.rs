//! `SVC`: support vectors that smartcore finds, and the decisions that they make.
//!
//! smartcore's fitted SVC borrows its settings, forgets them when saved, and joins the votes of
//! several classes by the order of a hash. So what it found is kept here, in libsvm's layout, and
//! decides here: for a row `x` and a pair of classes, `Σ coef · K(x, vector) + intercept`.

pub(super) mod params;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use self::params::Kernel;
pub use self::params::SvcParams;
use super::settings::refused;
use crate::error::{Error, Result};
use crate::models::classifier::{Attributes, Classifier};

/// A fitted model.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "SvcFile", into = "SvcFile")]
pub struct Svc(Arc<SvcFile>);

/// Support vectors and what they decide, as libsvm keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SvcFile {
    pub(super) kernel: Kernel,
    pub(super) n_features: u32,
    /// Support vectors of each class; the vectors lie class by class.
    pub(super) n_support: Vec<u32>,
    /// Row-major.
    pub(super) vectors: Vec<f64>,
    /// `[n_classes − 1][vector]`: the weight of a vector of class `c` against class `o` lies in row
    /// `o`, less one where `o > c`.
    pub(super) coef: Vec<f64>,
    /// Of the pairs (0, 1), (0, 2), …, (1, 2), …; a positive decision is for the second.
    pub(super) intercept: Vec<f64>,
    /// Whether the solver came within `tol` of every pair's optimum.
    pub(super) converged: bool,
}

impl From<Svc> for SvcFile {
    fn from(model: Svc) -> Self {
        Arc::unwrap_or_clone(model.0)
    }
}

impl TryFrom<SvcFile> for Svc {
    type Error = Error;

    fn try_from(file: SvcFile) -> Result<Self> {
        let (d, k) = (file.n_features as usize, file.n_support.len());
        let n = file
            .n_support
            .iter()
            .try_fold(0_usize, |sum, &n| sum.checked_add(n as usize));
        let pairs = k.checked_mul(k.saturating_sub(1)).map(|twice| twice / 2);
        let fits = |n: usize| {
            Some(file.vectors.len()) == n.checked_mul(d)
                && Some(file.coef.len()) == n.checked_mul(k - 1)
        };
        if d == 0 || k < 2 || pairs != Some(file.intercept.len()) || !n.is_some_and(fits) {
            return Err(refused("support vectors and their weights do not match"));
        }
        Ok(Self(Arc::new(file)))
    }
}

impl Svc {
    /// Calls `each` with a row's number and its decisions, one a pair of classes.
    fn decide(&self, x: &[f64], mut each: impl FnMut(usize, &[f64])) {
        let file = &*self.0;
        let (d, k) = (file.n_features as usize, file.n_support.len());
        let n: usize = file.vectors.len() / d;
        let mut values = vec![0.0; n];
        let mut starts = vec![0];
        for &count in &file.n_support {
            starts.push(starts[starts.len() - 1] + count as usize);
        }
        let mut decisions = file.intercept.clone();
        for (row, cells) in x.chunks_exact(d).enumerate() {
            for (value, vector) in values.iter_mut().zip(file.vectors.chunks_exact(d)) {
                *value = file.kernel.apply(cells, vector);
            }
            decisions.copy_from_slice(&file.intercept);
            let mut pair = 0;
            for first in 0..k {
                for second in first + 1..k {
                    for (of, against) in [(first, second - 1), (second, first)] {
                        let (from, to) = (starts[of], starts[of + 1]);
                        let coef = &file.coef[against * n + from..against * n + to];
                        for (weight, value) in coef.iter().zip(&values[from..to]) {
                            decisions[pair] += weight * value;
                        }
                    }
                    pair += 1;
                }
            }
            each(row, &decisions);
        }
    }
}

/// Votes of each class, and the sums of their decisions.
fn votes(decisions: &[f64], k: usize, votes: &mut [f64], confidence: &mut [f64]) {
    votes.fill(0.0);
    confidence.fill(0.0);
    let pairs = (0..k).flat_map(|first| (first + 1..k).map(move |second| (first, second)));
    for ((first, second), &decision) in pairs.zip(decisions) {
        votes[if decision > 0.0 { second } else { first }] += 1.0;
        confidence[first] -= decision;
        confidence[second] += decision;
    }
}

impl Classifier for Svc {
    fn n_features(&self) -> usize {
        self.0.n_features as usize
    }

    fn n_classes(&self) -> usize {
        self.0.n_support.len()
    }

    fn row_ns(&self) -> usize {
        4 * self.0.vectors.len()
    }

    fn predict_into(&self, x: &[f64], classes: &[i32], out: &mut [i32]) {
        let k = self.n_classes();
        let (mut won, mut confidence) = (vec![0.0; k], vec![0.0; k]);
        self.decide(x, |row, decisions| {
            votes(decisions, k, &mut won, &mut confidence);
            let mut best = 0;
            for class in 1..k {
                if won[class] > won[best] {
                    best = class;
                }
            }
            out[row] = classes[best];
        });
    }

    fn predict_proba_into(&self, _: &[f64], _: &mut [f64]) -> Result<()> {
        Err(Error::invalid(
            "predict_proba",
            "SVC",
            "decision_function: SVC has no probabilities",
        ))
    }

    /// With more than two classes scikit-learn's one-vs-rest shape: votes, and the confidences in
    /// them squeezed to less than half a vote.
    fn decision_function_into(&self, x: &[f64], out: &mut [f64]) -> Result<()> {
        let k = self.n_classes();
        let mut won = vec![0.0; k];
        self.decide(x, |row, decisions| {
            if k == 2 {
                out[row] = decisions[0];
                return;
            }
            let out = &mut out[row * k..(row + 1) * k];
            votes(decisions, k, &mut won, out);
            for (out, won) in out.iter_mut().zip(&won) {
                *out = won + *out / (3.0 * (out.abs() + 1.0));
            }
        });
        Ok(())
    }

    fn attributes(&self) -> Result<Attributes> {
        let file = &*self.0;
        let (d, k) = (file.n_features as usize, file.n_support.len());
        let n = file.vectors.len() / d;
        // scikit-learn: positive for the second of two classes, but for the first of a pair of more.
        let sign = if k == 2 { 1.0 } else { -1.0 };
        let signed = |values: &[f64]| values.iter().map(|value| sign * value).collect();
        Ok(Attributes::SupportVectors {
            support_vectors: file.vectors.chunks_exact(d).map(<[f64]>::to_vec).collect(),
            n_support: file.n_support.clone(),
            dual_coef: file.coef.chunks_exact(n.max(1)).map(signed).collect(),
            intercept: signed(&file.intercept),
            gamma: file.kernel.gamma,
            fit_status: u8::from(!file.converged),
        })
    }
}
