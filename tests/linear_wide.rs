//! More columns than rows, and many coefficients: against scikit-learn (tests/fixtures/linear_wide.json, written by
//! make_linear_wide.py), against the ways for narrow data, and in steps.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use breakeven::data::make_classification::{MakeClassification, make_classification};
use breakeven::measure::clock::SystemClock;
use breakeven::model_selection::fit::Fit;
use breakeven::models::classifier::{Attributes, Classifier};
use breakeven::models::estimator::EstimatorSpec;
use ndarray::{Array2, Axis, concatenate};
use serde_json::{Value, json};

#[derive(Debug, PartialEq)]
struct Found {
    coef: Vec<Vec<f64>>,
    intercept: Vec<f64>,
    objective: f64,
}

fn data(n: usize, d: usize, k: usize) -> (Array2<f64>, Vec<i32>) {
    make_classification(&MakeClassification {
        n_samples: n,
        n_features: d,
        n_informative: 6,
        n_classes: k,
        ..Default::default()
    })
    .unwrap()
}

fn start(estimator: &str, params: &Value, x: &Array2<f64>, y: &[i32]) -> Fit {
    let spec: EstimatorSpec =
        serde_json::from_value(json!({ "estimator": estimator, "params": params })).unwrap();
    let rows = x.as_standard_layout().into_owned();
    Fit::new(&spec, Arc::new(rows), y).unwrap()
}

/// Stops after so many pauses, again and again.
fn fit_in_steps(mut fit: Fit, n_pauses: u32) -> (Found, u32) {
    let mut n_steps = 0;
    loop {
        let n_asked = AtomicU32::new(0);
        n_steps += 1;
        let stop = || n_asked.fetch_add(1, Ordering::Relaxed) >= n_pauses;
        if let Some(model) = fit.run(&SystemClock::default(), &stop).unwrap() {
            let Attributes::Linear {
                coef,
                intercept,
                objective,
                ..
            } = model.fitted.attributes().unwrap()
            else {
                panic!("no linear model")
            };
            return (
                Found {
                    coef,
                    intercept,
                    objective,
                },
                n_steps,
            );
        }
    }
}

fn fit(estimator: &str, params: &Value, x: &Array2<f64>, y: &[i32]) -> Found {
    fit_in_steps(start(estimator, params, x, y), u32::MAX).0
}

fn settings() -> Vec<(&'static str, Value)> {
    vec![
        ("LogisticRegression", json!({})),
        (
            "LogisticRegression",
            json!({ "C": 100.0, "fit_intercept": false }),
        ),
        ("LogisticRegression", json!({ "penalty": "l1" })),
        (
            "LogisticRegression",
            json!({ "penalty": "elasticnet", "l1_ratio": 0.3, "class_weight": "balanced" }),
        ),
        ("LinearSVC", json!({})),
        (
            "LinearSVC",
            json!({ "loss": "hinge", "intercept_scaling": 3.0 }),
        ),
        ("LinearSVC", json!({ "penalty": "l1" })),
    ]
}

fn assert_like(got: &Found, wanted: &Found, d: usize, what: &str) {
    let off = (got.objective - wanted.objective).abs();
    assert!(
        off <= 1e-10 * wanted.objective,
        "{what}: {} against {}",
        got.objective,
        wanted.objective
    );
    let largest = wanted
        .coef
        .concat()
        .iter()
        .fold(0.0_f64, |m, w| m.max(w.abs()));
    for (got, wanted) in got.coef.iter().zip(&wanted.coef) {
        for (j, w) in got.iter().enumerate() {
            let wanted = if j < d { wanted[j] } else { 0.0 };
            assert!(
                (w - wanted).abs() <= 2e-6 * largest,
                "{what}, column {j}: {w} against {wanted}"
            );
        }
    }
}

/// Columns of zeros change no minimum, but who looks for it: the rows' space from as many columns as rows on,
/// few columns and products from some hundred coefficients on.
#[test]
fn columns_of_zeros_change_nothing() {
    for (n, d, k) in [(60, 60, 2), (75, 58, 3), (90, 40, 5)] {
        let (x, y) = data(n, d, k);
        for (estimator, params) in settings() {
            let few = fit(estimator, &params, &x, &y);
            for n_zeros in [n - d + 1, 300] {
                let wide =
                    concatenate(Axis(1), &[x.view(), Array2::zeros((n, n_zeros)).view()]).unwrap();
                let what =
                    format!("{estimator} {params}, {n} × {d}, {k} classes and {n_zeros} zeros");
                assert_like(&fit(estimator, &params, &wide, &y), &few, d, &what);
            }
        }
    }
}

#[test]
fn a_fit_pauses_and_its_pauses_change_nothing() {
    let (x, y) = data(50, 400, 4);
    let (tall, tall_y) = data(20_000, 40, 2);
    for (estimator, params) in settings() {
        for (x, y) in [(&x, &y), (&tall, &tall_y)] {
            let whole = fit(estimator, &params, x, y);
            for n_pauses in [1, 7] {
                let (found, n_steps) = fit_in_steps(start(estimator, &params, x, y), n_pauses);
                assert!(
                    n_steps > 2 / n_pauses,
                    "{estimator} {params}: {n_steps} steps"
                );
                assert_eq!(found, whole, "{estimator} {params}");
            }
        }
    }
}

/// Without a penalty classes can be told apart by ever larger coefficients; of all that do as well, the shortest.
#[test]
fn without_a_penalty_it_ends_within_the_rows_space() {
    for k in [2, 5] {
        let (x, y) = data(70, 300, k);
        let found = fit("LogisticRegression", &json!({ "penalty": null }), &x, &y);
        assert!(found.objective < 1e-12, "{}", found.objective);
        // With a penalty that hardly counts, it goes the same way less far.
        let held = fit("LogisticRegression", &json!({ "C": 1e8 }), &x, &y);
        for (w, held) in found.coef.iter().zip(&held.coef) {
            let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
            let cosine = dot(w, held) / (dot(w, w) * dot(held, held)).sqrt();
            assert!(cosine > 0.9, "{k} classes: {cosine}");
        }
    }
}

#[test]
fn equal_rows_and_rows_of_zeros_are_seen_too() {
    let (mut x, y) = data(30, 200, 2);
    x.row_mut(3).fill(0.0);
    let copy = x.row(4).to_owned();
    x.row_mut(9).assign(&copy);
    let zeros = Array2::zeros((30, 200));
    for (estimator, params) in settings() {
        let found = fit(estimator, &params, &x, &y);
        assert!(found.objective > 0.0 && found.objective.is_finite());
        let found = fit(estimator, &params, &zeros, &y);
        assert!(
            found.coef.concat().iter().all(|&w| w == 0.0),
            "{estimator} {params}"
        );
    }
}

#[test]
fn wide_models_are_no_worse_than_scikit_learns() {
    let reference: Value = serde_json::from_str(include_str!("fixtures/linear_wide.json")).unwrap();
    for case in reference["wide"].as_array().unwrap() {
        let (n, d, k): (usize, usize, usize) =
            serde_json::from_value(case["data"].clone()).unwrap();
        let (x, y) = simple_data(n, d, k);
        let estimator = case["estimator"].as_str().unwrap();
        let found = fit(estimator, &case["params"], &x, &y);
        let what = format!("{estimator} {} on {n} × {d}, {k} classes", case["params"]);
        let [tight, default] =
            ["objective", "objective_at_default_tol"].map(|name| case[name].as_f64().unwrap());
        assert!(
            found.objective <= tight * (1.0 + 1e-9),
            "{what}: {} above {tight}",
            found.objective
        );
        assert!(
            found.objective <= default * (1.0 + 1e-9),
            "{what}: {} above {default}",
            found.objective
        );
        // Where scikit-learn got there, too.
        if found.objective >= tight * (1.0 - 1e-9) {
            let length = |w: &[f64]| w.iter().map(|w| w * w).sum::<f64>().sqrt();
            let wanted = case["length"].as_f64().unwrap();
            let got = length(&found.coef.concat());
            assert!(
                (got - wanted).abs() <= 1e-3 * wanted,
                "{what}: {got} against {wanted}"
            );
        }
    }
}

/// The rows of make_linear_wide.py's `simple_data`.
fn simple_data(n: usize, d: usize, k: usize) -> (Array2<f64>, Vec<i32>) {
    let mut state = 7_u64;
    let mut draw = || {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31);
        state as f64 / f64::from(1_u32 << 31)
    };
    let y: Vec<i32> = (0..n).map(|row| (row % k) as i32).collect();
    let mut x = Array2::zeros((n, d));
    for (row, label) in y.iter().enumerate() {
        for j in 0..d {
            let is_own = j % k == *label as usize && j < 10 * k;
            x[[row, j]] = draw() - 0.5 + if is_own { 0.4 } else { 0.0 };
        }
    }
    (x, y)
}

/// Newton steps, and the pauses of all their passes.
fn steps_and_pauses(estimator: &str, x: &Array2<f64>, y: &[i32]) -> (u32, u32) {
    iterations(start(estimator, &json!({}), x, y))
}

fn iterations(mut fit: Fit) -> (u32, u32) {
    let n_asked = AtomicU32::new(0);
    let stop = || {
        n_asked.fetch_add(1, Ordering::Relaxed);
        false
    };
    let model = fit.run(&SystemClock::default(), &stop).unwrap().unwrap();
    let Attributes::Linear { n_iter, .. } = model.fitted.attributes().unwrap() else {
        panic!("no linear model")
    };
    (n_iter[0], n_asked.into_inner())
}

/// As many columns as rows can give each its best margin: a squared hinge's steps are exact there, and
/// logistic ones longer than a quadratic model says.
#[test]
fn wide_fits_take_few_steps_and_little_work() {
    for (n, d, estimator, most) in [
        (400, 1500, "LogisticRegression", (7, 100)),
        (400, 1500, "LinearSVC", (8, 250)),
        (700, 1400, "LogisticRegression", (7, 170)),
        (700, 1400, "LinearSVC", (10, 600)),
    ] {
        let (x, y) = data(n, d, 2);
        let (n_steps, n_pauses) = steps_and_pauses(estimator, &x, &y);
        assert!(
            n_steps <= most.0 && n_pauses <= most.1,
            "{estimator} on {n} × {d}: {n_steps} steps, {n_pauses} pauses"
        );
    }
}

/// Columns of zeros change nothing but how many there are: with few the plain hinge is solved a row at a time, with many in
/// the rows' space, and where rows overlap too much for the former, by the latter as well.
#[test]
fn the_plain_hinge_has_one_minimum_whichever_way_it_is_found() {
    for (n, d, k, c) in [(90, 100, 2, 1.0), (90, 100, 3, 30.0), (120, 130, 2, 0.01)] {
        let (x, y) = data(n, d, k);
        let params = json!({ "loss": "hinge", "C": c });
        let by_rows = fit("LinearSVC", &params, &x, &y);
        let padded = concatenate![Axis(1), x, Array2::zeros((n, 10 * d))];
        let in_space = fit("LinearSVC", &params, &padded, &y);
        let off = by_rows.objective / in_space.objective - 1.0;
        assert!(off.abs() < 1e-9, "{n} × {d}, C = {c}: {off}");
        for (plane, other) in by_rows.coef.iter().zip(&in_space.coef) {
            for (a, b) in plane.iter().zip(other) {
                assert!((a - b).abs() < 1e-4, "{n} × {d}, C = {c}: {a} {b}");
            }
        }
    }
}

#[test]
fn the_plain_hinge_of_long_rows_takes_some_hundred_passes() {
    let (x, y) = data(500, 1500, 2);
    let model = start("LinearSVC", &json!({ "loss": "hinge" }), &x, &y);
    let (n_iter, n_pauses) = iterations(model);
    // A step of the interior-point method would be a hundred pauses by itself.
    assert!(
        (40..=200).contains(&n_iter) && n_pauses < 200,
        "{n_iter}, {n_pauses}"
    );
}

/// The objective is as convex as its penalty, ½ |w|²: half the squared slope is more than is left to gain.
fn left_to_gain(x: &Array2<f64>, y: &[i32], c: f64, coef: &[Vec<f64>]) -> f64 {
    let mut slopes: Vec<Vec<f64>> = coef.to_vec();
    for (row, &label) in x.rows().into_iter().zip(y) {
        let margins: Vec<f64> = (coef.iter())
            .map(|w| w.iter().zip(row).map(|(w, x)| w * x).sum())
            .collect();
        let chances: Vec<f64> = match margins[..] {
            [margin] => vec![1.0 / (1.0 + (-margin).exp())],
            _ => {
                let largest = margins.iter().copied().fold(f64::MIN, f64::max);
                let all: Vec<f64> = margins.iter().map(|m| (m - largest).exp()).collect();
                let sum: f64 = all.iter().sum();
                all.iter().map(|e| e / sum).collect()
            }
        };
        let own = |class: usize| match chances.len() {
            1 => f64::from(label),
            _ => f64::from(u8::from(label as usize == class)),
        };
        for (class, slopes) in slopes.iter_mut().enumerate() {
            let excess = c * (chances[class] - own(class));
            for (slope, x) in slopes.iter_mut().zip(row) {
                *slope += excess * x;
            }
        }
    }
    slopes
        .concat()
        .iter()
        .map(|slope| 0.5 * slope * slope)
        .sum()
}

/// Products of rows then have no digits left for what is small in them.
#[test]
fn columns_of_very_different_sizes_are_solved_for_to_the_last() {
    for (n, d, k) in [(60, 90, 2), (80, 110, 5)] {
        let (mut x, y) = data(n, d, k);
        for (j, mut column) in x.columns_mut().into_iter().enumerate() {
            // Large ones far from zero, which tell next to nothing.
            if j % 4 == 0 {
                column.mapv_inplace(|value| 1e4 + 1e-3 * value);
            } else {
                column.mapv_inplace(|value| 0.03 * value);
            }
        }
        for j in (7..d).step_by(13) {
            let alike = x.column(j - 7).to_owned();
            x.column_mut(j).assign(&alike);
        }
        let params = json!({ "C": 13.0, "fit_intercept": false });
        let found = fit("LogisticRegression", &params, &x, &y);
        let left = left_to_gain(&x, &y, 13.0, &found.coef);
        assert!(
            left <= 1e-7 * found.objective,
            "{left} of {}",
            found.objective
        );
    }
}
