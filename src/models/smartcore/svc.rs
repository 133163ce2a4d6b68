//! `SVC`: support vectors that smartcore finds, and the decisions that they make.
//!
//! smartcore's fitted SVC borrows its settings, forgets them when saved, and joins the votes of
//! several classes by the order of a hash. So what it found is kept here, in libsvm's layout, and
//! decides here: for a row `x` and a pair of classes, `Σ coef · K(x, vector) + intercept`.

mod lasvm;
mod params;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use self::params::Kernel;
pub use self::params::SvcParams;
use super::rows::{codes, refused};
use crate::data::TrainingSet;
use crate::data::allocate::room;
use crate::error::{Error, Result};
use crate::models::classifier::{Attributes, Classifier};

/// smartcore's solver stays with a row until no margin is off by 1000. From this product of `C` and
/// the kernel on that can take it longer than anybody waits; from 1e18, for ever.
const LARGEST_PRODUCT: f64 = 1e7;

/// Rows of one pair of classes from which the kernel values that smartcore keeps, one for every two
/// support vectors, may not fit into a tab.
const MOST_ROWS: usize = 10_000;

/// A fitted model.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "SvcFile", into = "SvcFile")]
pub struct Svc(Arc<SvcFile>);

/// Support vectors and what they decide, as libsvm keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct SvcFile {
    kernel: Kernel,
    n_features: u32,
    /// Support vectors of each class; the vectors lie class by class.
    n_support: Vec<u32>,
    /// Row-major.
    vectors: Vec<f64>,
    /// `[n_classes − 1][vector]`: the weight of a vector of class `c` against class `o` lies in row
    /// `o`, less one where `o > c`.
    coef: Vec<f64>,
    /// Of the pairs (0, 1), (0, 2), …, (1, 2), …; a positive decision is for the second.
    intercept: Vec<f64>,
    /// Whether the solver came within `tol` of every pair's optimum.
    converged: bool,
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
    /// Fits every pair of classes.
    pub(super) fn fit(params: &SvcParams, data: &TrainingSet<'_>) -> Result<Self> {
        let (k, d, n) = (data.n_classes, data.n_features(), data.n_samples());
        let codes = codes(data);
        let mut sizes = vec![0; k];
        codes.iter().for_each(|&code| sizes[code as usize] += 1);
        let (mut most, mut next) = (0, 0);
        for size in sizes {
            (most, next) = (most.max(size), next.max(size.min(most)));
        }
        if most + next > MOST_ROWS {
            let entry = size_of::<(usize, usize, f64)>() as u64;
            let pairs = ((most + next) as u64).saturating_pow(2);
            return Err(Error::OutOfMemory {
                what: "the kernel values that smartcore's SVC keeps",
                needed_bytes: pairs.saturating_mul(entry),
                largest_rows: n as u64 * MOST_ROWS as u64 / (most + next) as u64,
            });
        }
        drop(room::<f64>("the weights of all pairs of classes", n, k)?);
        let kernel = params.kernel(data);
        let squares = data
            .iter()
            .map(|(row, _)| row.iter().map(|v| v * v).sum::<f64>());
        let most = kernel.most(squares.fold(0.0, f64::max));
        if !(kernel.gamma.is_finite() && most.is_finite()) {
            return Err(kernel.beyond_numbers());
        }
        let product = params.c * most;
        // No number where C is infinite and the kernel nothing.
        if product.is_nan() || product > LARGEST_PRODUCT {
            let allowed = format!(
                "at most {:e} where the kernel comes to {most:e}, or smartcore's solver may not \
                 come to an end: scale X",
                LARGEST_PRODUCT / most
            );
            return Err(Error::invalid("C", params.c, allowed));
        }
        let x: Arc<[f64]> = data.iter().flat_map(|(row, _)| row).copied().collect();
        // A row's weight against each other class, as the file has it.
        let mut coef_of = vec![vec![0.0; n]; k - 1];
        let n_pairs = k * (k - 1) / 2;
        let mut intercept = Vec::with_capacity(n_pairs);
        let mut converged = true;
        for first in 0..k as u32 {
            for second in first + 1..k as u32 {
                let machine = lasvm::fit(params, kernel, &x, &codes, [first, second], n_pairs)?;
                for (row, weight) in machine.weights.into_iter().enumerate() {
                    if weight != 0.0 {
                        // A row is of the second class where its weight is positive.
                        let against = if weight > 0.0 { first } else { second - 1 };
                        coef_of[against as usize][row] = weight;
                    }
                }
                intercept.push(machine.intercept);
                converged &= machine.converged;
            }
        }
        let mut file = SvcFile {
            kernel,
            n_features: d as u32,
            n_support: vec![0; k],
            vectors: Vec::new(),
            coef: Vec::new(),
            intercept,
            converged,
        };
        let mut support = Vec::new();
        for class in 0..k {
            for (row, &code) in codes.iter().enumerate() {
                if code as usize == class && coef_of.iter().any(|coef| coef[row] != 0.0) {
                    file.n_support[class] += 1;
                    file.vectors.extend_from_slice(&x[row * d..(row + 1) * d]);
                    support.push(row);
                }
            }
        }
        for coef in coef_of {
            file.coef.extend(support.iter().map(|&row| coef[row]));
        }
        file.try_into()
    }

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

#[cfg(test)]
mod tests {
    use smartcore::linalg::basic::matrix::DenseMatrix;
    use smartcore::svm::svc::{SVC, SVCParameters};
    use smartcore::svm::{Kernel as _, Kernels};

    use super::*;

    /// Rows as columns of sines, of two classes that overlap.
    fn rows(n: usize, d: usize) -> (Vec<f64>, Vec<u32>) {
        let cell = |at: usize| (at as f64 * 1.7).sin() + (at as f64 * 0.31).cos();
        let x: Vec<f64> = (0..n * d).map(cell).collect();
        let code = |row: &[f64]| u32::from(row[0] + 0.4 * (row[1] * 9.0).sin() > 0.1);
        let codes = x.chunks(d).map(code).collect();
        (x, codes)
    }

    #[test]
    fn decisions_are_those_of_smartcore_used_plainly() {
        let (n, d) = (90, 4);
        let (x, codes) = rows(n, d);
        let listed: Vec<u32> = (0..n as u32).collect();
        let data = TrainingSet {
            x: ndarray::ArrayView2::from_shape((n, d), &x).unwrap(),
            codes: &codes,
            n_classes: 2,
            rows: &listed,
            shared: None,
        };
        let matrix = |x: &[f64]| DenseMatrix::new(x.len() / d, d, x.to_vec(), false).unwrap();
        let (train, test) = (matrix(&x), rows(140, d).0);
        for (settings, smart) in [
            ("{}", Kernels::rbf()),
            (r#"{"kernel":"linear"}"#, Kernels::linear()),
            (
                r#"{"kernel":"poly","coef0":0.5}"#,
                Kernels::polynomial().with_degree(3.0).with_coef0(0.5),
            ),
        ] {
            let mut params = SvcParams::read(&serde_json::from_str(settings).unwrap()).unwrap();
            // Content with the first epochs.
            params.tol = 1e9;
            let kernel = params.kernel(&data);
            let smart = smart.with_gamma(kernel.gamma);
            for (a, b) in x.chunks(d).zip(test.chunks(d).rev()) {
                let plain = smart.apply(&a.to_vec(), &b.to_vec()).unwrap();
                assert_eq!(kernel.apply(a, b).to_bits(), plain.to_bits());
            }
            let plain_params = SVCParameters::default()
                .with_kernel(smart)
                .with_tol(1e9)
                .with_seed(Some(0));
            let plain = SVC::fit(&train, &codes, &plain_params).unwrap();
            let test_rows = matrix(&test);
            let wanted = plain.decision_function(&test_rows).unwrap();
            let ours = Svc::fit(&params, &data).unwrap();
            let mut got = vec![0.0; 140];
            ours.decision_function_into(&test, &mut got).unwrap();
            for (got, wanted) in got.iter().zip(&wanted) {
                assert!(
                    (got - wanted).abs() < 1e-12,
                    "{settings}: {got} for {wanted}"
                );
            }
        }
    }
}
