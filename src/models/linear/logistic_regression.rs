//! scikit-learn's `LogisticRegression` (objectives compared with 1.9.1).
//!
//! Two classes, `t_i = ±1`, are told apart by the plane `w, b` that minimises
//!
//! ```text
//! C Σ_i log(1 + exp(−t_i (w·x_i + b))) + penalty(w)
//! ```
//!
//! where the penalty is `½ ‖w‖²` (l2), `‖w‖₁` (l1), `l1_ratio ‖w‖₁ + (1 − l1_ratio) ½ ‖w‖²` (elastic net) or
//! nothing; more classes have a plane each and the softmax of their margins (with `solver='liblinear'` they are
//! refused). The minimum is found by Newton's method to within what its objective can tell; a step passes over the
//! rows once, at a cost of `n_samples · n_features²`, or less where the data are wide.
//!
//! ```
//! use std::sync::Arc;
//! use breakeven::model_selection::fit::fit;
//! use breakeven::models::estimator::EstimatorSpec;
//! use ndarray::array;
//!
//! let x = array![[0.], [1.], [2.], [3.], [4.], [5.]];
//! let spec: EstimatorSpec =
//!     serde_json::from_str(r#"{ "estimator": "LogisticRegression", "params": { "C": 10 } }"#)?;
//! let model = fit(&spec, Arc::new(x), &[0, 0, 0, 1, 1, 1])?;
//! // The classes lie alike about 2.5.
//! let shares = model.predict_proba(array![[2.5], [5.]].view())?;
//! assert!((shares[0] - 0.5).abs() < 1e-9 && shares[3] > 0.99);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use serde::{Deserialize, Serialize};

use super::columns::rows::Rows;
use super::loss::multinomial;
use super::margins::Planes;
use super::problem::{Loss, Problem};
use super::row_space::{MAX_ROWS, ROWS_A_PLANE, RowSpace, seen};
use super::solver::newton::Precision;
use super::solver::shortest::shorten;
use crate::data::TrainingSet;
use crate::error::{Error, Result};
use crate::models::classifier::{Attributes, Classifier};
use crate::models::params::{ParamReader, ParamValue, Params};

/// Share of the losses' weight below which losses without a penalty count as nothing: where the
/// classes can be separated they fall without end.
const NOTHING: f64 = 1e-16;

/// Checked settings.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticRegressionParams {
    /// Weight of the losses against the penalty.
    pub c: f64,
    /// Share of the l1 penalty; `None`: no penalty at all.
    pub l1_ratio: Option<f64>,
    /// Whether there is an intercept.
    pub fit_intercept: bool,
    /// liblinear's way: the intercept is the weight of a penalised column of this value.
    pub penalised_bias: Option<f64>,
    /// Whether classes weigh alike, whatever their number of rows.
    pub balanced: bool,
    /// Newton steps at most.
    pub max_iter: u32,
    /// Whether more than two classes are refused.
    two_classes_only: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Solver {
    /// Ours, for everything.
    Auto,
    /// lbfgs, the Newton ones, sag: smooth penalties only.
    Smooth(&'static str),
    Saga,
    Liblinear,
}

impl LogisticRegressionParams {
    /// Reads settings by scikit-learn's names, as 1.9 does: without a `penalty`, `l1_ratio` says
    /// which (0: l2, 1: l1, between: elastic net) and `C` = ∞ that there is none. An explicit
    /// 'elasticnet' without an `l1_ratio` has 0.5 (scikit-learn's default of 0 would make it l2).
    ///
    /// One solver of ours fits everything; `solver` says which of scikit-learn's is meant, and so
    /// which penalties it takes and whether the intercept is penalised. The default, `'auto'`, takes
    /// all penalties. `tol` and `random_state` are accepted: ours solves more tightly than any `tol`
    /// asked for, and draws nothing. `max_iter` is raised to what that takes.
    ///
    /// # Errors
    /// `InvalidParam`.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub fn read(params: &Params) -> Result<Self> {
        let mut read = ParamReader::new("LogisticRegression", params);
        let c = match read.get("C") {
            Some(&ParamValue::Number(c)) if c == f64::INFINITY => c,
            // JSON has no number for it.
            Some(ParamValue::Text(word)) if word == "inf" => f64::INFINITY,
            _ => read.number("C", 1.0, |c| c > 0.0, "a number > 0")?,
        };
        let ratio = match read.get("l1_ratio") {
            None | Some(ParamValue::Null) => None,
            Some(&ParamValue::Number(ratio)) if (0.0..=1.0).contains(&ratio) => Some(ratio),
            Some(other) => return Err(Error::invalid("l1_ratio", other, "a number from 0 to 1")),
        };
        let words = ["l1", "l2", "elasticnet", "null"].map(|word| (word, Some(word)));
        let penalty = match read.get("penalty") {
            // What scikit-learn 1.9 has where it is left out.
            Some(ParamValue::Text(word)) if word == "deprecated" => None,
            _ => read.choice("penalty", None, &words)?,
        };
        let penalty = match (penalty, ratio) {
            _ if c == f64::INFINITY => "null",
            (Some(penalty), _) => penalty,
            (None, None | Some(0.0)) => "l2",
            (None, Some(1.0)) => "l1",
            (None, Some(_)) => "elasticnet",
        };
        let solvers = [
            ("auto", Solver::Auto),
            ("lbfgs", Solver::Smooth("lbfgs")),
            ("newton-cg", Solver::Smooth("newton-cg")),
            ("newton-cholesky", Solver::Smooth("newton-cholesky")),
            ("sag", Solver::Smooth("sag")),
            ("saga", Solver::Saga),
            ("liblinear", Solver::Liblinear),
        ];
        let solver = read.choice("solver", Solver::Auto, &solvers)?;
        let allowed = match solver {
            Solver::Smooth(name) if matches!(penalty, "l1" | "elasticnet") => {
                Some(format!("'l2' or null: solver '{name}' supports only those"))
            }
            Solver::Liblinear if matches!(penalty, "elasticnet" | "null") => {
                Some("'l1' or 'l2': solver 'liblinear' supports only those".to_owned())
            }
            _ => None,
        };
        if let Some(allowed) = allowed {
            return Err(Error::invalid("penalty", format!("'{penalty}'"), allowed));
        }
        if read.boolean("dual", false)? && (solver != Solver::Liblinear || penalty != "l2") {
            let allowed = "false; only solver 'liblinear' has a dual form, with penalty 'l2'";
            return Err(Error::invalid("dual", true, allowed));
        }
        let fit_intercept = read.boolean("fit_intercept", true)?;
        let scaling = read.number("intercept_scaling", 1.0, |v| v > 0.0, "a number > 0")?;
        let balanced = read.choice(
            "class_weight",
            false,
            &[("null", false), ("balanced", true)],
        )?;
        read.number("tol", 1e-4, |v| v >= 0.0, "a number ≥ 0")?;
        let max_iter = read.integer("max_iter", 100, 0)?;
        read.optional_integer("random_state", 0)?;
        read.only("warm_start", &ParamValue::Bool(false))?;
        read.ignore(&["n_jobs", "verbose"]);
        read.finish()?;
        Ok(Self {
            // Without a penalty C has no meaning.
            c: if penalty == "null" { 1.0 } else { c },
            l1_ratio: match penalty {
                "l1" => Some(1.0),
                "l2" => Some(0.0),
                "elasticnet" => Some(ratio.unwrap_or(0.5)),
                _ => None,
            },
            fit_intercept,
            penalised_bias: (solver == Solver::Liblinear && fit_intercept).then_some(scaling),
            balanced,
            max_iter: max_iter.max(100),
            two_classes_only: solver == Solver::Liblinear,
        })
    }
}

/// What a row of each class weighs, `c` included.
pub(super) fn class_weights(data: &TrainingSet<'_>, c: f64, balanced: bool) -> Vec<f64> {
    let mut weights = vec![c; data.n_classes];
    if balanced {
        let mut counts = vec![0_u32; data.n_classes];
        for &row in data.rows {
            counts[data.codes[row as usize] as usize] += 1;
        }
        let even = data.n_samples() as f64 / data.n_classes as f64;
        for (weight, count) in weights.iter_mut().zip(counts) {
            *weight *= even / f64::from(count);
        }
    }
    weights
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogisticRegression {
    planes: Planes,
    n_iter: u32,
    objective: f64,
}

impl LogisticRegression {
    /// A model whose planes were fitted elsewhere: coefficients, the intercept last.
    #[cfg(feature = "smartcore")]
    pub(in crate::models) fn from_planes(planes: &[Vec<f64>], objective: f64) -> Self {
        Self {
            planes: Planes::new(planes, Some(1.0)),
            n_iter: 0,
            objective,
        }
    }

    /// Minimises `C Σ ln(1 + e^(−y z)) + ½ (1−ρ) ‖w‖² + ρ ‖w‖₁`; with more than two classes the
    /// softmax loss.
    ///
    /// # Errors
    /// `InvalidParam` where the solver asked for takes two classes only; `OutOfMemory`.
    pub async fn fit(params: &LogisticRegressionParams, data: &TrainingSet<'_>) -> Result<Self> {
        let is_multinomial = data.n_classes > 2;
        if is_multinomial && params.two_classes_only {
            return Err(Error::invalid(
                "solver",
                "'liblinear'",
                "another with more than two classes, such as 'auto'",
            ));
        }
        let bias = params
            .fit_intercept
            .then_some(params.penalised_bias.unwrap_or(1.0));
        let (l1, l2) = params
            .l1_ratio
            .map_or((0.0, 0.0), |ratio| (ratio, 1.0 - ratio));
        let mut problem = Problem {
            loss: if is_multinomial {
                Loss::Softmax
            } else {
                Loss::Logistic { positive: 1 }
            },
            weights: class_weights(data, params.c, params.balanced),
            bias,
            is_bias_penalised: params.penalised_bias.is_some(),
            l1,
            l2,
        };
        let mut precision = Precision::full(params.max_iter);
        if params.l1_ratio.is_none() {
            precision.floor = NOTHING * problem.weights.iter().sum::<f64>();
        }
        let max_rows = match params.l1_ratio {
            Some(_) => MAX_ROWS.min(ROWS_A_PLANE * problem.n_planes()),
            // Losses fall without end, in many steps.
            None => MAX_ROWS,
        };
        let space = problem.space(data, max_rows).await?;
        precision.is_steep = space.as_ref().is_some_and(RowSpace::is_steep);
        let seen = seen(&space, data);
        let minimum = problem.minimise(&seen, precision).await?;
        let width = problem.width(seen.n_features());
        let mut solutions: Vec<Vec<f64>> = minimum.w.chunks(width).map(<[f64]>::to_vec).collect();
        if is_multinomial {
            multinomial::centre(&mut solutions, &problem.by_column(l1, seen.n_features()));
        }
        if params.l1_ratio.is_none() && minimum.is_open() {
            shorten(&Rows::new(seen, problem.bias, None), &mut solutions).await?;
        }
        if let Some(space) = &space {
            space.restore(&mut solutions).await;
        }
        Ok(Self {
            planes: Planes::new(&solutions, bias),
            n_iter: minimum.n_iter,
            objective: minimum.objective,
        })
    }
}

impl Classifier for LogisticRegression {
    fn n_features(&self) -> usize {
        self.planes.n_features()
    }

    fn n_classes(&self) -> usize {
        self.planes.n_classes()
    }

    fn predict_into(&self, x: &[f64], classes: &[i32], out: &mut [i32]) {
        self.planes.predict_into(x, classes, out);
    }

    fn predict_proba_into(&self, x: &[f64], out: &mut [f64]) -> Result<()> {
        let k = self.n_classes();
        if k > 2 {
            self.planes.decisions(x, out);
            out.chunks_exact_mut(k).for_each(multinomial::softmax);
            return Ok(());
        }
        for (row, shares) in x
            .chunks_exact(self.n_features())
            .zip(out.chunks_exact_mut(2))
        {
            self.planes.decisions(row, &mut shares[..1]);
            shares[1] = 1.0 / (1.0 + (-shares[0]).exp());
            shares[0] = 1.0 - shares[1];
        }
        Ok(())
    }

    fn decision_function_into(&self, x: &[f64], out: &mut [f64]) -> Result<()> {
        self.planes.decisions(x, out);
        Ok(())
    }

    fn attributes(&self) -> Result<Attributes> {
        Ok(Attributes::Linear {
            coef: self.planes.coef(),
            intercept: self.planes.intercept(),
            n_iter: vec![self.n_iter],
            objective: self.objective,
        })
    }
}
