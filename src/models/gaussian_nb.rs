//! scikit-learn's `GaussianNB` (compared with 1.9.1).

use serde::{Deserialize, Serialize};

use super::classifier::{Attributes, Classifier};
use super::params::{ParamReader, ParamValue, Params};
use crate::data::TrainingSet;
use crate::error::{Error, Result};

/// Checked settings.
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianNbParams {
    /// Prior of each class; `None`: its share of the rows.
    pub priors: Option<Vec<f64>>,
    /// Share of the largest variance that is added to all.
    pub var_smoothing: f64,
}

impl GaussianNbParams {
    /// Reads settings by scikit-learn's names.
    ///
    /// # Errors
    /// `InvalidParam`.
    pub fn read(params: &Params) -> Result<Self> {
        let mut read = ParamReader::new("GaussianNB", params);
        let priors = match read.get("priors") {
            None | Some(ParamValue::Null) => None,
            Some(ParamValue::List(priors))
                if priors.iter().all(|p| (0.0..=1.0).contains(p))
                    && (priors.iter().sum::<f64>() - 1.0).abs() < 1e-8 =>
            {
                Some(priors.clone())
            }
            Some(other) => {
                return Err(Error::invalid(
                    "priors",
                    other,
                    "null or a list of numbers from 0 to 1 with sum 1",
                ));
            }
        };
        let var_smoothing = read.number(
            "var_smoothing",
            1e-9,
            |v| v >= 0.0,
            "a number of at least 0",
        )?;
        read.finish()?;
        Ok(Self {
            priors,
            var_smoothing,
        })
    }
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fit", into = "Fit")]
pub struct GaussianNb {
    fit: Fit,
    two: Option<TwoClasses>,
    /// `ln π_c − ½ Σ ln(2πσ²)` of each class, as scikit-learn sums it.
    constant: Vec<f64>,
}

/// What is learnt, and saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Fit {
    n_features: usize,
    /// `[class][feature]`.
    theta: Vec<f64>,
    var: Vec<f64>,
    prior: Vec<f64>,
    count: Vec<f64>,
    epsilon: f64,
}

/// Two classes: the difference of the log-likelihoods is one quadratic in each feature.
#[derive(Debug, Clone, PartialEq)]
struct TwoClasses {
    /// `(a, b)` of each feature: the margin is `Σ (a x + b) x + c`, positive for the second class.
    a: Vec<f64>,
    b: Vec<f64>,
    c: f64,
    /// `Σ (|a| x² + |b x|) + |c|` times this bounds the rounding errors of both ways to compute.
    unsure: f64,
}

impl From<GaussianNb> for Fit {
    fn from(model: GaussianNb) -> Self {
        model.fit
    }
}

impl TryFrom<Fit> for GaussianNb {
    type Error = &'static str;

    fn try_from(fit: Fit) -> std::result::Result<Self, &'static str> {
        let (d, k) = (fit.n_features, fit.prior.len());
        if d == 0
            || k < 2
            || fit.count.len() != k
            || Some(fit.theta.len()) != d.checked_mul(k)
            || fit.var.len() != d * k
        {
            return Err("a naive Bayes model whose parts have different lengths");
        }
        Ok(Self::from_fit(fit))
    }
}

impl GaussianNb {
    /// Learns each class's mean and variance.
    ///
    /// # Errors
    /// `InvalidParam` where `priors` has not one number a class.
    pub fn fit(params: &GaussianNbParams, data: &TrainingSet<'_>) -> Result<Self> {
        let (d, k) = (data.n_features(), data.n_classes);
        if let Some(priors) = params.priors.as_ref().filter(|priors| priors.len() != k) {
            return Err(Error::invalid(
                "priors",
                format!("{priors:?}"),
                format!("{k} numbers, one a class"),
            ));
        }
        let n = data.n_samples() as f64;
        let mut count = vec![0.0; k];
        let mut theta = vec![0.0; k * d];
        let mut all = vec![0.0; d];
        for (row, code) in data.iter() {
            let code = code as usize;
            count[code] += 1.0;
            for ((sum, all), value) in theta[code * d..(code + 1) * d]
                .iter_mut()
                .zip(&mut all)
                .zip(row)
            {
                *sum += value;
                *all += value;
            }
        }
        for (theta, count) in theta.chunks_exact_mut(d).zip(&count) {
            theta.iter_mut().for_each(|sum| *sum /= count);
        }
        all.iter_mut().for_each(|sum| *sum /= n);
        // Second pass: squares of distances, not differences of squares.
        let mut var = vec![0.0; k * d];
        let mut all_var = vec![0.0; d];
        for (row, code) in data.iter() {
            let at = code as usize * d;
            for j in 0..d {
                var[at + j] += (row[j] - theta[at + j]).powi(2);
                all_var[j] += (row[j] - all[j]).powi(2);
            }
        }
        let epsilon = params.var_smoothing * all_var.iter().map(|sum| sum / n).fold(0.0, f64::max);
        for (var, count) in var.chunks_exact_mut(d).zip(&count) {
            var.iter_mut().for_each(|sum| *sum = *sum / count + epsilon);
        }
        let prior = params
            .priors
            .clone()
            .unwrap_or_else(|| count.iter().map(|count| count / n).collect());
        Ok(Self::from_fit(Fit {
            n_features: d,
            theta,
            var,
            prior,
            count,
            epsilon,
        }))
    }

    fn from_fit(fit: Fit) -> Self {
        let d = fit.n_features;
        let constant: Vec<f64> = fit
            .var
            .chunks_exact(d)
            .zip(&fit.prior)
            .map(|(var, prior)| {
                let logs: Vec<f64> = var
                    .iter()
                    .map(|var| (2.0 * std::f64::consts::PI * var).ln())
                    .collect();
                prior.ln() - 0.5 * pairwise_sum(&logs)
            })
            .collect();
        let mut model = Self {
            fit,
            two: None,
            constant,
        };
        model.two = model.two_classes();
        model
    }

    fn two_classes(&self) -> Option<TwoClasses> {
        let Fit {
            n_features: d,
            theta,
            var,
            ..
        } = &self.fit;
        let &[c0, c1] = &self.constant[..] else {
            return None;
        };
        let (theta0, theta1) = theta.split_at(*d);
        let (var0, var1) = var.split_at(*d);
        let mut two = TwoClasses {
            a: Vec::new(),
            b: Vec::new(),
            c: c1 - c0,
            unsure: 0.0,
        };
        let mut scale = c1.abs() + c0.abs();
        for j in 0..*d {
            two.a.push(0.5 / var0[j] - 0.5 / var1[j]);
            two.b.push(theta1[j] / var1[j] - theta0[j] / var0[j]);
            let (q0, q1) = (
                0.5 * theta0[j] * theta0[j] / var0[j],
                0.5 * theta1[j] * theta1[j] / var1[j],
            );
            two.c += q0 - q1;
            scale += q0 + q1;
        }
        // Constants, too, are sums that have lost digits: their scale joins every row's.
        two.unsure = scale;
        let usable = two
            .a
            .iter()
            .chain(&two.b)
            .chain([&two.c])
            .all(|value| value.is_finite());
        usable.then_some(two)
    }

    /// `ln π_c + ln p(x | c)`, in scikit-learn's order of operations.
    fn joint_log_likelihood(&self, row: &[f64], class: usize) -> f64 {
        let d = self.fit.n_features;
        let (theta, var) = (&self.fit.theta[class * d..], &self.fit.var[class * d..]);
        let terms = (0..d).map(|j| (row[j] - theta[j]).powi(2) / var[j]);
        let sum = if d < 8 {
            terms.fold(0.0, |sum, term| sum + term)
        } else {
            pairwise_sum(&terms.collect::<Vec<_>>())
        };
        self.constant[class] - 0.5 * sum
    }

    fn exact(&self, row: &[f64]) -> usize {
        let mut best = (0, f64::NEG_INFINITY);
        for class in 0..self.constant.len() {
            let likelihood = self.joint_log_likelihood(row, class);
            if likelihood > best.1 {
                best = (class, likelihood);
            }
        }
        best.0
    }

    #[inline]
    fn two_class_rows<const D: usize>(
        &self,
        two: &TwoClasses,
        x: &[f64],
        classes: [i32; 2],
        out: &mut [i32],
    ) {
        let (Some(a), Some(b)) = (two.a.first_chunk::<D>(), two.b.first_chunk::<D>()) else {
            return;
        };
        for (row, label) in x.as_chunks::<D>().0.iter().zip(out) {
            let mut margin = two.c;
            let mut size = two.unsure;
            for j in 0..D {
                let term = (a[j] * row[j] + b[j]) * row[j];
                margin += term;
                size += (a[j] * row[j] * row[j]).abs() + (b[j] * row[j]).abs();
            }
            *label = self.label(row, margin, size, classes);
        }
    }

    /// The label of a margin; where rounding could decide, scikit-learn's own way of rounding does.
    #[inline]
    fn label(&self, row: &[f64], margin: f64, size: f64, classes: [i32; 2]) -> i32 {
        if margin.abs() > 1e-12 * size {
            classes[usize::from(margin > 0.0)]
        } else {
            classes[self.exact(row)]
        }
    }
}

/// Sums as numpy does along a contiguous axis, up to 128 numbers: eight running sums.
fn pairwise_sum(values: &[f64]) -> f64 {
    let n = values.len();
    if n < 8 {
        return values.iter().fold(0.0, |sum, value| sum + value);
    }
    if n > 128 {
        let half = n / 2 - (n / 2) % 8;
        return pairwise_sum(&values[..half]) + pairwise_sum(&values[half..]);
    }
    let mut r = [0.0; 8];
    r.copy_from_slice(&values[..8]);
    let mut chunks = values[8..].chunks_exact(8);
    for chunk in &mut chunks {
        for (sum, value) in r.iter_mut().zip(chunk) {
            *sum += value;
        }
    }
    let sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    chunks
        .remainder()
        .iter()
        .fold(sum, |sum, value| sum + value)
}

impl Classifier for GaussianNb {
    fn n_features(&self) -> usize {
        self.fit.n_features
    }

    fn n_classes(&self) -> usize {
        self.constant.len()
    }

    fn predict_into(&self, x: &[f64], classes: &[i32], out: &mut [i32]) {
        let d = self.fit.n_features;
        let (Some(two), &[zero, one]) = (&self.two, classes) else {
            for (row, label) in x.chunks_exact(d).zip(out) {
                *label = classes[self.exact(row)];
            }
            return;
        };
        let pair = [zero, one];
        macro_rules! by_width {
            ($($width:literal)*) => {
                match d {
                    $($width => self.two_class_rows::<$width>(two, x, pair, out),)*
                    _ => for (row, label) in x.chunks_exact(d).zip(out) {
                        let (mut margin, mut size) = (two.c, two.unsure);
                        for ((&value, &a), &b) in row.iter().zip(&two.a).zip(&two.b) {
                            margin += (a * value + b) * value;
                            size += (a * value * value).abs() + (b * value).abs();
                        }
                        *label = self.label(row, margin, size, pair);
                    },
                }
            };
        }
        by_width!(2 4 6 8 10 12 16 20);
    }

    fn predict_proba_into(&self, x: &[f64], out: &mut [f64]) -> Result<()> {
        let k = self.constant.len();
        for (row, out) in x
            .chunks_exact(self.fit.n_features)
            .zip(out.chunks_exact_mut(k))
        {
            for (class, share) in out.iter_mut().enumerate() {
                *share = self.joint_log_likelihood(row, class);
            }
            let largest = out.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let log_sum = largest
                + out
                    .iter()
                    .map(|log| (log - largest).exp())
                    .sum::<f64>()
                    .ln();
            out.iter_mut().for_each(|log| *log = (*log - log_sum).exp());
        }
        Ok(())
    }

    fn decision_function_into(&self, _: &[f64], _: &mut [f64]) -> Result<()> {
        Err(Error::invalid(
            "decision_function",
            "GaussianNB",
            "predict_proba: naive Bayes has no margin",
        ))
    }

    fn attributes(&self) -> Attributes {
        let by_class = |flat: &[f64]| {
            flat.chunks(self.fit.n_features)
                .map(<[f64]>::to_vec)
                .collect()
        };
        Attributes::GaussianNb {
            theta: by_class(&self.fit.theta),
            var: by_class(&self.fit.var),
            class_prior: self.fit.prior.clone(),
            class_count: self.fit.count.clone(),
            epsilon: self.fit.epsilon,
        }
    }
}
