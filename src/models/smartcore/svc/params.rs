//! Settings of the support vector machine, and its kernel.

use serde::{Deserialize, Serialize};

#[cfg(feature = "smartcore")]
use crate::data::TrainingSet;
use crate::error::{Error, Result};
use crate::models::params::{ParamReader, ParamValue, Params};
use crate::models::smartcore::settings::only;

/// How `gamma` is given.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Gamma {
    /// `1 / (n_features * X.var())`.
    Scale,
    /// `1 / n_features`.
    Auto,
    Number(f64),
}

/// Checked settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SvcParams {
    pub(in crate::models) c: f64,
    pub(in crate::models) tol: f64,
    pub(in crate::models) random_state: u32,
    kind: Kind,
    gamma: Gamma,
    degree: u32,
    coef0: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    Linear,
    Rbf,
    Poly,
}

/// A kernel with its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(in crate::models) struct Kernel {
    kind: Kind,
    pub(in crate::models) gamma: f64,
    degree: u32,
    coef0: f64,
}

impl Default for Kernel {
    fn default() -> Self {
        Self {
            kind: Kind::Linear,
            gamma: 1.0,
            degree: 1,
            coef0: 0.0,
        }
    }
}

impl Kernel {
    /// Of two rows, in smartcore's order of operations.
    #[inline]
    pub(in crate::models) fn apply(&self, a: &[f64], b: &[f64]) -> f64 {
        let dot = || a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        match self.kind {
            Kind::Linear => dot(),
            Kind::Rbf => {
                let square = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
                (-self.gamma * square).exp()
            }
            Kind::Poly => (self.gamma * dot() + self.coef0).powf(f64::from(self.degree)),
        }
    }

    /// Why its values on some rows are no numbers.
    #[cfg(feature = "smartcore")]
    pub(in crate::models) fn beyond_numbers(&self) -> Error {
        let allowed = "smaller: the kernel of these rows is beyond all numbers; or scale X";
        match self.kind {
            Kind::Poly => Error::invalid("degree", self.degree, allowed),
            Kind::Linear | Kind::Rbf => Error::invalid("gamma", self.gamma, allowed),
        }
    }

    /// A bound of its size on rows whose squares sum to `square` at most.
    #[cfg(feature = "smartcore")]
    pub(in crate::models) fn most(&self, square: f64) -> f64 {
        match self.kind {
            Kind::Linear => square,
            Kind::Rbf => 1.0,
            Kind::Poly => (self.gamma * square + self.coef0.abs()).powf(f64::from(self.degree)),
        }
    }
}

impl SvcParams {
    pub(crate) fn read(params: &Params) -> Result<Self> {
        let mut read = ParamReader::new("SVC", params);
        let kinds = [
            ("rbf", Kind::Rbf),
            ("linear", Kind::Linear),
            ("poly", Kind::Poly),
        ];
        let settings = Self {
            c: read.number("C", 1.0, |c| c > 0.0, "a number > 0")?,
            tol: read.number("tol", 1e-3, |tol| tol > 0.0, "a number > 0")?,
            random_state: read.integer("random_state", 0, 0)?,
            kind: read.choice("kernel", Kind::Rbf, &kinds)?,
            gamma: gamma(&mut read)?,
            degree: read.integer("degree", 3, 0)?,
            coef0: read.number("coef0", 0.0, |_| true, "a number")?,
        };
        only(&mut read, "class_weight", &ParamValue::Null)?;
        // What scikit-learn 1.9 has where it is left out.
        let deprecated = ParamValue::Text("deprecated".to_owned());
        if read.get("probability") != Some(&deprecated) {
            only(&mut read, "probability", &ParamValue::Bool(false))?;
        }
        only(&mut read, "break_ties", &ParamValue::Bool(false))?;
        only(&mut read, "max_iter", &ParamValue::Number(-1.0))?;
        read.choice("decision_function_shape", (), &[("ovr", ())])?;
        // libsvm's ways to the same minimum.
        read.boolean("shrinking", true)?;
        read.ignore(&["cache_size", "verbose"]);
        read.finish()?;
        Ok(settings)
    }

    #[cfg(feature = "smartcore")]
    pub(in crate::models) fn kernel(&self, data: &TrainingSet<'_>) -> Kernel {
        let gamma = match self.gamma {
            Gamma::Number(gamma) => gamma,
            Gamma::Auto => 1.0 / data.n_features() as f64,
            Gamma::Scale => match variance(data) {
                0.0 => 1.0,
                variance => 1.0 / (data.n_features() as f64 * variance),
            },
        };
        Kernel {
            kind: self.kind,
            gamma,
            degree: self.degree,
            coef0: self.coef0,
        }
    }
}

fn gamma(read: &mut ParamReader<'_>) -> Result<Gamma> {
    match read.get("gamma") {
        None => Ok(Gamma::Scale),
        Some(ParamValue::Text(word)) if word == "scale" => Ok(Gamma::Scale),
        Some(ParamValue::Text(word)) if word == "auto" => Ok(Gamma::Auto),
        Some(&ParamValue::Number(gamma)) if gamma >= 0.0 && gamma.is_finite() => {
            Ok(Gamma::Number(gamma))
        }
        Some(other) => Err(Error::invalid(
            "gamma",
            other,
            "'scale', 'auto' or a number from 0",
        )),
    }
}

/// Of all cells together: `X.var()`.
#[cfg(feature = "smartcore")]
fn variance(data: &TrainingSet<'_>) -> f64 {
    let n = (data.n_samples() * data.n_features()) as f64;
    let cells = || data.iter().flat_map(|(row, _)| row);
    let mean = cells().sum::<f64>() / n;
    cells().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n
}
