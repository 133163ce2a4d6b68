//! Fits in steps: none is long, and where they end changes nothing.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

mod steps_support;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use breakeven::measure::clock::SystemClock;
use breakeven::model_selection::fit::Fit;
use breakeven::model_selection::grid_search::{GridSearch, GridSearchSpec};
use breakeven::models::estimator::{Estimator, EstimatorSpec};
use breakeven::models::model::Model;
use breakeven::persist::model_file;
use ndarray::Array2;
use serde_json::{Value, json};
use steps_support::{calm_go, core_time};

struct Case {
    estimator: &'static str,
    params: Value,
    x: Arc<Array2<f64>>,
    y: Vec<i32>,
}

impl Case {
    /// Rows whose first columns say something of their class.
    fn new(estimator: &'static str, params: Value, (n, d, k): (usize, usize, usize)) -> Self {
        let mut state = 7_u64;
        let mut draw = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / 16_777_216.0
        };
        let y: Vec<i32> = (0..n).map(|row| (row * 7919 % k) as i32).collect();
        let x = Array2::from_shape_fn((n, d), |(row, j)| {
            draw() + if j < 3 { 0.3 * f64::from(y[row]) } else { 0.0 }
        });
        let x = Arc::new(x);
        Self {
            estimator,
            params,
            x,
            y,
        }
    }

    fn fit(&self) -> Fit {
        let spec: EstimatorSpec =
            serde_json::from_value(json!({ "estimator": self.estimator, "params": self.params }))
                .unwrap();
        Fit::new(&spec, self.x.clone(), &self.y).unwrap()
    }

    fn name(&self) -> String {
        let dim = self.x.dim();
        format!("{} {} on {dim:?}", self.estimator, self.params)
    }
}

/// Stops after so many pauses, again and again; the model's file and the number of steps.
fn in_steps(case: &Case, n_pauses: u32) -> (Vec<u8>, u32) {
    let mut fit = case.fit();
    for n_steps in 1.. {
        let n_asked = AtomicU32::new(0);
        let stop = || n_asked.fetch_add(1, Ordering::Relaxed) >= n_pauses;
        let model: Option<Model> = fit.run(&SystemClock::default(), &stop).unwrap();
        if let Some(model) = model {
            return (model_file::save(&model).unwrap(), n_steps);
        }
    }
    unreachable!()
}

#[test]
fn steps_make_the_same_forest() {
    let rf = "RandomForestClassifier";
    let cases = [
        // Columns and nodes of more keys than are sorted at once; keys of 32 and of 64 bits.
        Case::new(rf, json!({ "n_estimators": 2 }), (150_000, 3, 2)),
        Case::new(
            rf,
            json!({ "n_estimators": 1, "max_depth": 5 }),
            (150_000, 2, 40_000),
        ),
        // A piece of a look for splits is short where each takes long.
        Case::new(
            rf,
            json!({ "n_estimators": 2, "criterion": "entropy" }),
            (3000, 3, 200),
        ),
        Case::new("GaussianNB", json!({}), (3000, 3, 2)),
    ];
    for case in cases {
        let (whole, once) = in_steps(&case, u32::MAX);
        assert_eq!(once, 1);
        for n_pauses in [1, 5] {
            let (model, n_steps) = in_steps(&case, n_pauses);
            assert!(n_steps > 4 / n_pauses, "{}: {n_steps} steps", case.name());
            assert!(model == whole, "{}, {n_pauses} pauses", case.name());
        }
    }
}

/// The longest time between two looks at whether to stop, and their number, until the fit is done or
/// has taken so much time.
fn longest_step(case: &Case, at_most: Duration) -> (Duration, u32) {
    let begun = Instant::now();
    let mut fit = case.fit();
    let first = core_time(begun);
    let seen = Mutex::new((first, Duration::ZERO, 0));
    let stop = || {
        let now = core_time(begun);
        let (last, longest, n) = &mut *seen.lock().unwrap();
        *longest = (*longest).max(now.saturating_sub(*last));
        (*last, *n) = (now, *n + 1);
        now.saturating_sub(first) > at_most
    };
    if fit.run(&SystemClock::default(), &stop).unwrap().is_some() {
        stop();
    }
    let (_, longest, n) = seen.into_inner().unwrap();
    (longest, n)
}

#[test]
fn no_step_is_long() {
    let rf = "RandomForestClassifier";
    let all = json!({ "n_estimators": 1, "max_features": null, "max_depth": 4 });
    let entropy = json!({ "n_estimators": 1, "criterion": "entropy", "max_depth": 1 });
    let cases = [
        // Ranks alone took as long in one step.
        Case::new(rf, all, (1_000_000, 2, 2)),
        Case::new(rf, json!({ "n_estimators": 1 }), (5000, 10, 2500)),
        Case::new(rf, entropy, (10_000, 2, 2000)),
        Case::new("GaussianNB", json!({}), (300_000, 10, 2)),
        Case::new(
            "LogisticRegression",
            json!({ "penalty": "l1" }),
            (200_000, 10, 2),
        ),
        // All products of columns, and of rows.
        Case::new("LinearSVC", json!({ "loss": "hinge" }), (2100, 3000, 2)),
        Case::new("LinearSVC", json!({ "loss": "hinge" }), (1900, 2500, 2)),
    ];
    for case in cases {
        let long = Duration::from_millis(100);
        let (longest, n) = calm_go(long, || longest_step(&case, Duration::from_secs(3)));
        println!("{}: {longest:?}, {n} looks", case.name());
        assert!(n > 3 && longest < long, "{}: {longest:?}", case.name());
    }
}

/// A row may take longer to score than a whole model to fit: smartcore looks at all rows for each.
#[test]
fn rows_that_take_long_are_scored_few_at_once() {
    let Case { x, y, .. } = Case::new("KNeighborsClassifier", json!({}), (600, 300, 2));
    let spec: GridSearchSpec = serde_json::from_value(json!({
        "estimator": "KNeighborsClassifier",
        "param_grid": { "algorithm": ["brute"] },
        "cv": 2,
    }))
    .unwrap();
    let n_looks = AtomicU32::new(0);
    let stop = || {
        n_looks.fetch_add(1, Ordering::Relaxed);
        false
    };
    let mut search = GridSearch::new(&spec, x, &y, &SystemClock::default()).unwrap();
    let found = search.run(&SystemClock::default(), &stop).unwrap().unwrap();
    assert!(found.best_score > 0.3, "{}", found.best_score);
    let n_looks = n_looks.into_inner();
    assert!(n_looks > 600 / 16, "{n_looks} looks");
}

/// By this number a fit goes into a worker of its own, or does not.
#[test]
fn how_long_a_fit_may_go_on_without_a_pause_is_known() {
    let ms = |estimator: &str, params: Value, (n, d, k): (usize, usize, usize)| {
        let spec = json!({ "estimator": estimator, "params": params, "backend": "smartcore" });
        let spec: EstimatorSpec = serde_json::from_value(spec).unwrap();
        Estimator::from_spec(&spec).unwrap().longest_ms(n, d, k)
    };
    let none = || json!({});
    let (short, long) = ((150, 4, 3), (20_000, 10, 2));
    assert!(ms("SVC", none(), short).is_infinite());
    for estimator in [
        "GaussianNB",
        "LogisticRegression",
        "DecisionTreeClassifier",
        "RandomForestClassifier",
    ] {
        let (of_short, of_long) = (ms(estimator, none(), short), ms(estimator, none(), long));
        assert!(
            of_short > 0.0 && of_short < 100.0,
            "{estimator}: {of_short} ms"
        );
        assert!(
            (of_long > 100.0) == (estimator != "GaussianNB"),
            "{estimator}: {of_long} ms"
        );
    }
    let flat = ms("DecisionTreeClassifier", json!({ "max_depth": 3 }), long);
    assert!(flat < 100.0, "{flat} ms");
    for case in [
        Case::new("LinearSVC", none(), (100, 3, 2)),
        Case::new("RandomForestClassifier", none(), (100, 3, 2)),
    ] {
        assert!(case.fit().longest_ms() <= 0.0, "{}", case.name());
    }
    let svc = Case::new("SVC", none(), (100, 3, 2));
    assert!(svc.fit().longest_ms().is_infinite());
}
