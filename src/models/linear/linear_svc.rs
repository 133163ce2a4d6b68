//! scikit-learn's `LinearSVC` (objectives compared with 1.9.1).

use serde::{Deserialize, Serialize};

use super::hinge;
use super::logistic_regression::class_weights;
use super::margins::Planes;
use super::newton::{Loss, Penalty, Rows, solve};
use crate::data::TrainingSet;
use crate::error::{Error, Result};
use crate::models::classifier::{Attributes, Classifier};
use crate::models::params::{ParamReader, ParamValue, Params};

/// Checked settings.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearSvcParams {
    /// Weight of the losses against the penalty.
    pub c: f64,
    /// Whether the penalty is ‖w‖₁ rather than ½ ‖w‖².
    pub is_l1: bool,
    /// Whether the loss is squared.
    pub is_squared: bool,
    /// Value of the penalised column that stands for the intercept; `None`: no intercept.
    pub bias: Option<f64>,
    /// Whether classes weigh alike, whatever their number of rows.
    pub balanced: bool,
    /// Steps at most.
    pub max_iter: u32,
}

impl LinearSvcParams {
    /// Reads settings by scikit-learn's names. `dual`, `tol` and `random_state` are accepted: ours
    /// solves the one problem that both forms have, more tightly than any `tol` asked for.
    ///
    /// # Errors
    /// `InvalidParam`.
    pub fn read(params: &Params) -> Result<Self> {
        let mut read = ParamReader::new("LinearSVC", params);
        let c = read.number("C", 1.0, |c| c > 0.0, "a number > 0")?;
        let is_l1 = read.choice("penalty", false, &[("l1", true), ("l2", false)])?;
        let is_squared = read.choice("loss", true, &[("squared_hinge", true), ("hinge", false)])?;
        if is_l1 && !is_squared {
            return Err(Error::invalid(
                "loss",
                "'hinge'",
                "'squared_hinge' together with penalty 'l1'",
            ));
        }
        match read.get("dual") {
            None | Some(ParamValue::Bool(_)) => {}
            Some(ParamValue::Text(word)) if word == "auto" => {}
            Some(other) => return Err(Error::invalid("dual", other, "'auto', true or false")),
        }
        read.choice("multi_class", (), &[("ovr", ())])?;
        let fit_intercept = read.boolean("fit_intercept", true)?;
        let scaling = read.number("intercept_scaling", 1.0, |v| v > 0.0, "a number > 0")?;
        let balanced = read.choice(
            "class_weight",
            false,
            &[("null", false), ("balanced", true)],
        )?;
        read.number("tol", 1e-4, |v| v > 0.0, "a number > 0")?;
        let max_iter = read.integer("max_iter", 1000, 1)?;
        read.optional_integer("random_state", 0)?;
        read.finish()?;
        Ok(Self {
            c,
            is_l1,
            is_squared,
            bias: fit_intercept.then_some(scaling),
            balanced,
            max_iter: max_iter.max(1000),
        })
    }
}

/// `weight · max(0, 1 − y z)²`.
struct SquaredHinge {
    y: Vec<f64>,
    weight: Vec<f64>,
}

impl Loss for SquaredHinge {
    #[inline]
    fn value(&self, i: usize, z: f64) -> f64 {
        let short = (1.0 - self.y[i] * z).max(0.0);
        self.weight[i] * short * short
    }

    #[inline]
    fn derivatives(&self, i: usize, z: f64) -> (f64, f64) {
        let short = 1.0 - self.y[i] * z;
        if short > 0.0 {
            (
                -2.0 * self.weight[i] * self.y[i] * short,
                2.0 * self.weight[i],
            )
        } else {
            (0.0, 0.0)
        }
    }
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinearSvc {
    planes: Planes,
    n_iter: Vec<u32>,
    objective: f64,
}

impl LinearSvc {
    /// Minimises `C Σ max(0, 1 − y z)² + ½ ‖w‖²` (or `‖w‖₁`, or the plain hinge), one class against
    /// the rest where there are more than two.
    ///
    /// # Errors
    /// None for checked settings; `Result` as the other models'.
    pub fn fit(params: &LinearSvcParams, data: &TrainingSet<'_>) -> Result<Self> {
        let rows = Rows {
            data: *data,
            bias: params.bias,
        };
        let (l1, l2) = if params.is_l1 { (1.0, 0.0) } else { (0.0, 1.0) };
        let penalty = Penalty {
            l1: vec![l1; rows.width()],
            l2: vec![l2; rows.width()],
        };
        let weights = class_weights(data, params.c, params.balanced);
        let positives: Vec<u32> = if data.n_classes == 2 {
            vec![1]
        } else {
            (0..data.n_classes as u32).collect()
        };
        let mut solutions = Vec::with_capacity(positives.len());
        let (mut n_iter, mut objective) = (Vec::new(), 0.0);
        for positive in positives {
            let y: Vec<f64> = data
                .iter()
                .map(|(_, code)| if code == positive { 1.0 } else { -1.0 })
                .collect();
            let weight: Vec<f64> = if data.n_classes == 2 || !params.balanced {
                data.iter()
                    .map(|(_, code)| weights[code as usize])
                    .collect()
            } else {
                // liblinear weighs the class itself; the rest counts once.
                data.iter()
                    .map(|(_, code)| {
                        if code == positive {
                            weights[code as usize]
                        } else {
                            params.c
                        }
                    })
                    .collect()
            };
            let solution = if params.is_squared {
                let loss = SquaredHinge { y, weight };
                solve(
                    &rows,
                    &loss,
                    &penalty,
                    vec![0.0; rows.width()],
                    params.max_iter,
                )
            } else {
                hinge::solve(&rows, &y, &weight, params.max_iter)
            };
            solutions.push(solution.w);
            n_iter.push(solution.n_iter);
            objective += solution.objective;
        }
        Ok(Self {
            planes: Planes::new(&solutions, params.bias),
            n_iter,
            objective,
        })
    }
}

impl Classifier for LinearSvc {
    fn n_features(&self) -> usize {
        self.planes.n_features()
    }

    fn n_classes(&self) -> usize {
        self.planes.n_classes()
    }

    fn predict_into(&self, x: &[f64], classes: &[i32], out: &mut [i32]) {
        self.planes.predict_into(x, classes, out);
    }

    fn predict_proba_into(&self, _: &[f64], _: &mut [f64]) -> Result<()> {
        Err(Error::invalid(
            "predict_proba",
            "LinearSVC",
            "decision_function: LinearSVC has no probabilities",
        ))
    }

    fn decision_function_into(&self, x: &[f64], out: &mut [f64]) -> Result<()> {
        self.planes.decisions(x, out);
        Ok(())
    }

    fn attributes(&self) -> Attributes {
        Attributes::Linear {
            coef: self.planes.coef(),
            intercept: self.planes.intercept(),
            n_iter: self.n_iter.clone(),
            objective: self.objective,
        }
    }
}
