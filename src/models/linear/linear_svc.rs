//! scikit-learn's `LinearSVC` (objectives compared with 1.9.1).
//!
//! Two classes, `t_i = ±1`, are told apart by the plane `w, b` that minimises
//!
//! ```text
//! C Σ_i max(0, 1 − t_i (w·x_i + b))² + ½ (‖w‖² + b²)
//! ```
//!
//! with `loss='hinge'` without the square, with `penalty='l1'` over `‖w‖₁ + |b|`; `b` is the weight of a column of
//! `intercept_scaling`. More classes have a plane each, against all others. The squared hinge is minimised by
//! Newton's method, the plain one by an interior-point method or by coordinate descent; a step passes over the
//! rows once.
//!
//! ```
//! use std::sync::Arc;
//! use breakeven::model_selection::fit::fit;
//! use breakeven::models::estimator::EstimatorSpec;
//! use ndarray::array;
//!
//! let x = array![[0., 1.], [1., 0.], [4., 5.], [5., 4.]];
//! let spec: EstimatorSpec = serde_json::from_str(r#"{ "estimator": "LinearSVC" }"#)?;
//! let model = fit(&spec, Arc::new(x), &[3, 3, 7, 7])?;
//! assert_eq!(model.predict(array![[1., 1.], [4., 4.]].view())?, [3, 7]);
//! // It has margins, and no probabilities.
//! assert!(model.decision_function(array![[4., 4.]].view())?[0] > 0.0);
//! assert_eq!(model.predict_proba(array![[4., 4.]].view()).unwrap_err().code(), "invalid_param");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use serde::{Deserialize, Serialize};

use super::columns::rows::Rows;
use super::logistic_regression::class_weights;
use super::margins::Planes;
use super::problem::{Loss, Problem};
use super::row_space::{MAX_ROWS, RowSpace, seen};
use super::solver::newton::Precision;
use super::solver::{coordinate_descent, interior_point};
use crate::data::TrainingSet;
use crate::data::allocate::room;
use crate::error::{Error, Result};
use crate::models::classifier::{Attributes, Classifier};
use crate::models::params::{ParamReader, ParamValue, Params};

/// Rows up to which the plain hinge, which needs all columns' products, takes the rows' instead.
const MAX_HINGE_ROWS: usize = 2000;

/// Where rows are so few for their columns, to factorise a matrix of the rows' size takes less than to read them some
/// hundred times: the rows' square is no more than so many columns.
const DESCENT_COLUMNS: usize = 16;

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
    /// Newton steps at most.
    pub max_iter: u32,
}

impl LinearSvcParams {
    /// Reads settings by scikit-learn's names. `tol` and `random_state` are accepted, and `dual` where
    /// scikit-learn has that form: ours solves the one problem that both forms have, more tightly
    /// than any `tol` asked for, and draws nothing. `max_iter` is raised to what that takes.
    ///
    /// # Errors
    /// `InvalidParam`.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
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
            Some(&ParamValue::Bool(dual)) if dual && is_l1 => {
                return Err(Error::invalid("dual", dual, "false with penalty 'l1'"));
            }
            Some(&ParamValue::Bool(dual)) if !dual && !is_squared => {
                return Err(Error::invalid("dual", dual, "true with loss 'hinge'"));
            }
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
        let max_iter = read.integer("max_iter", 1000, 0)?;
        read.optional_integer("random_state", 0)?;
        read.ignore(&["verbose"]);
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
    /// `OutOfMemory`.
    pub async fn fit(params: &LinearSvcParams, data: &TrainingSet<'_>) -> Result<Self> {
        let weights = class_weights(data, params.c, params.balanced);
        let (l1, l2) = if params.is_l1 { (1.0, 0.0) } else { (0.0, 1.0) };
        let mut problem = Problem {
            loss: Loss::SquaredHinge { positive: 1 },
            weights: weights.clone(),
            bias: params.bias,
            is_bias_penalised: true,
            l1,
            l2,
        };
        let positives = if data.n_classes == 2 {
            1..2
        } else {
            0..data.n_classes as u32
        };
        let weights_for = |positive: u32| {
            let mut own = weights.clone();
            if data.n_classes > 2 {
                // liblinear weighs the class itself; the rest counts once.
                own.fill(params.c);
                own[positive as usize] = weights[positive as usize];
            }
            own
        };
        let mut solutions = Vec::with_capacity(positives.len());
        let (mut n_iter, mut objective) = (Vec::new(), 0.0);
        // Coordinate descent takes the planes in turn, as long as it gets to them; what is left has the other way.
        let mut left = positives;
        while !params.is_squared
            && let Some(positive) = left.clone().next()
            && let Some(found) =
                descend(data, params.bias, positive, &weights_for(positive)).await?
        {
            left.next();
            solutions.push(found.w);
            n_iter.push(found.n_iter);
            objective += found.objective;
        }
        if left.is_empty() {
            return Ok(Self {
                planes: Planes::new(&solutions, params.bias),
                n_iter,
                objective,
            });
        }
        let max_rows = if params.is_squared {
            MAX_ROWS
        } else {
            MAX_HINGE_ROWS
        };
        let space = problem.space(data, max_rows).await?;
        let seen = seen(&space, data);
        let n_descended = solutions.len();
        for positive in left {
            problem.weights = weights_for(positive);
            let (w, value, steps) = if params.is_squared {
                problem.loss = Loss::SquaredHinge { positive };
                let mut precision = Precision::full(params.max_iter);
                precision.is_steep = space.as_ref().is_some_and(RowSpace::is_steep);
                let found = problem.minimise(&seen, precision).await?;
                (found.w.to_vec(), found.objective, found.n_iter)
            } else {
                let rows = Rows::new(seen, problem.bias, Some(positive));
                let cost = costs(&rows, &problem.weights)?;
                let found = interior_point::solve(&rows, &cost, params.max_iter).await?;
                (found.w, found.objective, found.n_iter)
            };
            solutions.push(w);
            n_iter.push(steps);
            objective += value;
        }
        if let Some(space) = &space {
            space.restore(&mut solutions[n_descended..]).await;
        }
        Ok(Self {
            planes: Planes::new(&solutions, params.bias),
            n_iter,
            objective,
        })
    }
}

/// What each row's loss is weighed by.
fn costs(rows: &Rows<'_>, weights: &[f64]) -> Result<Vec<f64>> {
    let mut cost = room("what the rows cost", rows.len(), 1)?;
    cost.extend(rows.codes().map(|code| weights[code as usize]));
    Ok(cost)
}

/// A plane of the plain hinge by coordinate descent, where that is the way to it.
async fn descend(
    data: &TrainingSet<'_>,
    bias: Option<f64>,
    positive: u32,
    weights: &[f64],
) -> Result<Option<interior_point::Solution>> {
    let rows = Rows::new(*data, bias, Some(positive));
    let (n, width) = (rows.len(), rows.width());
    if rows.is_long() && rows.is_wide() && n * n > DESCENT_COLUMNS * width {
        coordinate_descent::descend(&rows, &costs(&rows, weights)?).await
    } else {
        Ok(None)
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

    fn attributes(&self) -> Result<Attributes> {
        Ok(Attributes::Linear {
            coef: self.planes.coef(),
            intercept: self.planes.intercept(),
            n_iter: self.n_iter.clone(),
            objective: self.objective,
        })
    }
}
