//! Whatever the settings and the rows: at the coefficients that the solvers find no direction leads down.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;

use breakeven::model_selection::fit;
use breakeven::models::classifier::{Attributes, Classifier};
use breakeven::models::estimator::EstimatorSpec;
use ndarray::Array2;
use proptest::prelude::*;
use serde_json::{Value, json};

#[derive(Debug, Clone)]
struct Rows {
    x: Array2<f64>,
    y: Vec<i32>,
    k: usize,
}

/// Overlapping classes; columns of all sizes, some of them constant.
fn rows() -> impl Strategy<Value = Rows> {
    (2_usize..5, 1_usize..6, 20_usize..90, any::<bool>()).prop_flat_map(|(k, d, n, scaled)| {
        let power = if scaled { 3 } else { 0 };
        (
            prop::collection::vec(-1.0..1.0, n * d),
            prop::collection::vec(0.0..1.0, n),
            prop::collection::vec((-power..=power, 0_u32..8), d),
        )
            .prop_map(move |(values, noise, columns)| {
                let mut x = Array2::from_shape_vec((n, d), values).unwrap();
                let y = (0..n)
                    .map(|row| {
                        // Each class is there, and each is where others are, too.
                        let place = (x[[row, 0]] + 1.0) / 2.0;
                        let score = if noise[row] < 0.3 {
                            noise[row] / 0.3
                        } else {
                            place
                        };
                        if row < k {
                            row as i32
                        } else {
                            (score * k as f64) as i32
                        }
                    })
                    .collect();
                for (mut column, (power, kind)) in x.columns_mut().into_iter().zip(columns) {
                    let scale = 10_f64.powi(power);
                    column.mapv_inplace(|v| if kind == 0 { scale } else { v * scale });
                }
                Rows { x, y, k }
            })
    })
}

/// Coefficients, a row a problem, the intercept last where there is one.
fn fit(estimator: &str, params: &Value, rows: &Rows) -> (Vec<Vec<f64>>, f64) {
    let spec: EstimatorSpec =
        serde_json::from_value(json!({ "estimator": estimator, "params": params })).unwrap();
    let model = fit::fit(&spec, Arc::new(rows.x.clone()), &rows.y).unwrap();
    let Attributes::Linear {
        coef,
        intercept,
        objective,
        ..
    } = model.fitted.attributes().unwrap()
    else {
        panic!("no linear model")
    };
    let has_intercept = params["fit_intercept"].as_bool().unwrap();
    let mut all = coef;
    for (w, b) in all.iter_mut().zip(intercept) {
        if has_intercept {
            w.push(b);
        }
    }
    (all, objective)
}

/// Penalties of one coefficient: `l1 |w| + l2 w² / 2`.
#[derive(Debug, Clone, Copy)]
struct Penalty {
    l1: f64,
    l2: f64,
}

/// How much each row counts.
fn row_weights(params: &Value, rows: &Rows) -> Vec<f64> {
    let c = params["C"].as_f64().unwrap();
    let weight = |y: &i32| {
        let alike = rows.y.iter().filter(|other| *other == y).count();
        if params["class_weight"] == json!("balanced") {
            c * rows.y.len() as f64 / (rows.k * alike) as f64
        } else {
            c
        }
    };
    rows.y.iter().map(weight).collect()
}

/// Asserts that `slope`, of the smooth part of the losses, and the penalties' balance at each `w`.
/// `size` is what the slope's terms sum to without their signs.
fn assert_balanced(
    w: &[f64],
    slope: &[f64],
    size: &[f64],
    penalties: &[Penalty],
) -> Result<(), TestCaseError> {
    for (j, (&w, penalty)) in w.iter().zip(penalties).enumerate() {
        let smooth = slope[j] + penalty.l2 * w;
        let bound = 1e-5 * (size[j] + penalty.l1 + penalty.l2 * w.abs());
        let off = if w == 0.0 {
            (smooth.abs() - penalty.l1).max(0.0)
        } else {
            (smooth + penalty.l1 * w.signum()).abs()
        };
        prop_assert!(
            off <= bound,
            "coefficient {}: {} off, {} allowed",
            j,
            off,
            bound
        );
    }
    Ok(())
}

/// A row's columns, a one for the intercept after them.
fn row_of(rows: &Rows, i: usize, width: usize, bias: f64) -> Vec<f64> {
    let mut row = rows.x.row(i).to_vec();
    row.resize(width, bias);
    row
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn common() -> impl Strategy<Value = (f64, bool, bool)> {
    (-2.5..2.0_f64, any::<bool>(), any::<bool>())
        .prop_map(|(power, fit_intercept, balanced)| (10_f64.powf(power), fit_intercept, balanced))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn logistic_regression_is_at_its_minimum(
        rows in rows(), (c, fit_intercept, balanced) in common(),
        penalty in prop::sample::select(vec!["l1", "l2", "elasticnet"]), ratio in 0.05..0.95,
    ) {
        let mut params = json!({
            "C": c, "penalty": penalty, "fit_intercept": fit_intercept,
            "class_weight": if balanced { json!("balanced") } else { Value::Null },
        });
        let share = match penalty { "l1" => 1.0, "l2" => 0.0, _ => ratio };
        if penalty == "elasticnet" {
            params["l1_ratio"] = json!(ratio);
        }
        let (found, objective) = fit("LogisticRegression", &params, &rows);
        let width = rows.x.ncols() + usize::from(fit_intercept);
        // Two classes have one row of coefficients: the other class's are 0.
        let w: Vec<Vec<f64>> = if rows.k == 2 { vec![vec![0.0; width], found[0].clone()] } else { found.clone() };
        let weights = row_weights(&params, &rows);
        let (mut slope, mut size) = (vec![vec![0.0; width]; rows.k], vec![vec![0.0; width]; rows.k]);
        let mut value = 0.0;
        for (i, &y) in rows.y.iter().enumerate() {
            let row = row_of(&rows, i, width, 1.0);
            let margins: Vec<f64> = w.iter().map(|w| dot(w, &row)).collect();
            let largest = margins.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = margins.iter().map(|m| (m - largest).exp()).sum();
            value += weights[i] * (largest + sum.ln() - margins[y as usize]);
            for class in 0..rows.k {
                let chance = (margins[class] - largest).exp() / sum;
                let residual = chance - f64::from(class as i32 == y);
                for j in 0..width {
                    slope[class][j] += weights[i] * residual * row[j];
                    size[class][j] += weights[i] * (residual * row[j]).abs();
                }
            }
        }
        let first = usize::from(rows.k == 2);
        let penalties: Vec<Penalty> = (0..width)
            .map(|j| if j < rows.x.ncols() { Penalty { l1: share, l2: 1.0 - share } } else { Penalty { l1: 0.0, l2: 0.0 } })
            .collect();
        for class in first..rows.k {
            assert_balanced(&w[class], &slope[class], &size[class], &penalties)?;
            for (w, penalty) in w[class].iter().zip(&penalties) {
                value += penalty.l1 * w.abs() + 0.5 * penalty.l2 * w * w;
            }
        }
        prop_assert!((value - objective).abs() <= 1e-9 * value, "{} is said to be {}", value, objective);
    }

    #[test]
    fn linear_svc_is_at_its_minimum(
        rows in rows(), (c, fit_intercept, balanced) in common(),
        kind in prop::sample::select(vec![("l1", "squared_hinge"), ("l2", "squared_hinge"), ("l2", "hinge")]),
        scaling in 0.2..5.0,
    ) {
        let (penalty, loss) = kind;
        let params = json!({
            "C": c, "penalty": penalty, "loss": loss, "fit_intercept": fit_intercept, "intercept_scaling": scaling,
            "class_weight": if balanced { json!("balanced") } else { Value::Null },
        });
        let (found, _) = fit("LinearSVC", &params, &rows);
        let width = rows.x.ncols() + usize::from(fit_intercept);
        let is_l1 = penalty == "l1";
        let penalties = vec![Penalty { l1: f64::from(is_l1), l2: f64::from(!is_l1) }; width];
        let positives = if rows.k == 2 { vec![1] } else { (0..rows.k as i32).collect() };
        for (mut w, positive) in found.into_iter().zip(positives) {
            // The intercept's coefficient is that of a column of `scaling`.
            if fit_intercept {
                w[width - 1] /= scaling;
            }
            let mut weights = row_weights(&params, &rows);
            if rows.k > 2 {
                // liblinear weighs the class itself; the rest counts once.
                for (weight, &y) in weights.iter_mut().zip(&rows.y) {
                    *weight = if y == positive { *weight } else { c };
                }
            }
            let sign = |y: i32| if y == positive { 1.0 } else { -1.0 };
            let margin = |w: &[f64], i: usize| sign(rows.y[i]) * dot(w, &row_of(&rows, i, width, scaling));
            if loss == "squared_hinge" {
                let (mut slope, mut size) = (vec![0.0; width], vec![0.0; width]);
                for (i, weight) in weights.iter().enumerate() {
                    let short = (1.0 - margin(&w, i)).max(0.0);
                    for (j, value) in row_of(&rows, i, width, scaling).iter().enumerate() {
                        let part = -2.0 * weight * short * sign(rows.y[i]) * value;
                        slope[j] += part;
                        size[j] += part.abs();
                    }
                }
                assert_balanced(&w, &slope, &size, &penalties)?;
            } else {
                let value = |w: &[f64]| {
                    let losses: f64 = weights.iter().enumerate().map(|(i, weight)| weight * (1.0 - margin(w, i)).max(0.0)).sum();
                    losses + 0.5 * dot(w, w)
                };
                let here = value(&w);
                // Not smooth: along every axis and away from 0, near and far, it rises.
                for j in 0..=width {
                    for step in [1e-4, 1e-2, 0.3, -1e-4, -1e-2, -0.3] {
                        let mut there = w.clone();
                        if j == width {
                            there.iter_mut().for_each(|w| *w *= 1.0 + step);
                        } else {
                            there[j] += step * there[j].abs().max(1e-3);
                        }
                        prop_assert!(value(&there) >= here * (1.0 - 1e-9), "{} is less than {}", value(&there), here);
                    }
                }
            }
        }
    }
}
