//! Against scikit-learn 1.9.1: tests/fixtures/linear.json, written by make_linear.py.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::{Arc, LazyLock};

use breakeven::data::make_classification::{MakeClassification, make_classification};
use breakeven::data::split::{take_rows, train_test_split_indices};
use breakeven::measure::clock::SystemClock;
use breakeven::metrics::accuracy_score;
use breakeven::model_selection::fit;
use breakeven::model_selection::grid_search::{GridSearch, GridSearchResult, GridSearchSpec};
use breakeven::models::classifier::{Attributes, Classifier};
use breakeven::models::estimator::EstimatorSpec;
use breakeven::models::model::Model;
use breakeven::persist::model_file;
use ndarray::Array2;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

static REFERENCE: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("fixtures/linear.json")).unwrap());

fn of<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"))
}

/// The rows of make_linear.py's `simple_data`.
fn simple_data(
    (n, d, k, seed, decimals): (usize, usize, usize, u64, i32),
) -> (Array2<f64>, Vec<i32>) {
    let mut state = seed;
    let mut draw = || {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31);
        state as f64 / f64::from(1_u32 << 31)
    };
    let (mut x, mut y) = (Vec::new(), Vec::new());
    let scale = 10_f64.powi(decimals);
    for _ in 0..n {
        let first = x.len();
        x.extend((0..d).map(|_| (draw() * scale).floor()));
        let score = (x[first] + 0.5 * x[first + 1 % d]) / scale + 0.4 * draw();
        y.push(((score / 1.9 * k as f64) as i32).min(k as i32 - 1));
    }
    (Array2::from_shape_vec((n, d), x).unwrap(), y)
}

fn fit(estimator: &str, params: &Value, x: &Array2<f64>, y: &[i32]) -> Model {
    let spec: EstimatorSpec = of(&json!({ "estimator": estimator, "params": params }));
    fit::fit(&spec, Arc::new(x.clone()), y).unwrap()
}

fn predict(model: &Model, x: &Array2<f64>) -> Vec<i32> {
    model.predict(x.view()).unwrap()
}

fn assert_close(got: &[f64], wanted: &[f64], relative: f64, what: &str) {
    assert_eq!(got.len(), wanted.len(), "{what}");
    for (i, (got, wanted)) in got.iter().zip(wanted).enumerate() {
        let bound = relative * wanted.abs().max(1.0);
        assert!(
            (got - wanted).abs() <= bound,
            "{what}[{i}]: {got} against {wanted}"
        );
    }
}

#[test]
fn linear_models_reach_the_same_minimum() {
    let mut n_stopped_early = 0;
    for case in REFERENCE["linear"].as_array().unwrap() {
        let data: (usize, usize, usize, u64, i32) = of(&case["data"]);
        let (x, y) = simple_data(data);
        let x = x.mapv(|value| value / 10_f64.powi(data.4) - 0.5);
        let estimator: String = of(&case["estimator"]);
        let model = fit(&estimator, &case["params"], &x, &y);
        let Attributes::Linear {
            coef,
            intercept,
            objective,
            ..
        } = model.fitted.attributes().unwrap()
        else {
            panic!("no linear model")
        };
        let what = format!("{estimator} {} on {data:?}", case["params"]);
        let reference: f64 = of(&case["objective"]);
        assert!(
            objective <= reference * (1.0 + 1e-9),
            "{what}: {objective} above {reference}"
        );
        if objective < reference * (1.0 - 1e-7) {
            // saga looks at coefficients alone: with all of them 0 it stops before the intercept is
            // right.
            n_stopped_early += 1;
            continue;
        }
        let scale = coef
            .concat()
            .iter()
            .fold(1.0_f64, |scale, value| scale.max(value.abs()));
        assert_close(
            &coef.concat(),
            &of::<Vec<f64>>(&case["coef"]),
            1e-4 * scale,
            &what,
        );
        assert_close(
            &intercept,
            &of::<Vec<f64>>(&case["intercept"]),
            1e-4 * scale,
            &what,
        );
        let labels = of::<Vec<i32>>(&case["predict"]);
        let n_other = predict(&model, &x)
            .iter()
            .zip(&labels)
            .filter(|(a, b)| a != b)
            .count();
        assert!(n_other == 0, "{what}: {n_other} labels differ");
    }
    assert!(
        n_stopped_early <= 3,
        "{n_stopped_early} references stopped early"
    );
}

fn search(
    estimator: &str,
    params: Value,
    grid: Value,
    x: &Arc<Array2<f64>>,
    y: &[i32],
) -> GridSearchResult {
    let spec: GridSearchSpec =
        of(&json!({ "estimator": estimator, "params": params, "param_grid": grid }));
    let clock = SystemClock::default();
    let mut search = GridSearch::new(&spec, x.clone(), y, &clock).unwrap();
    search.run(&clock, &|| false).unwrap().unwrap()
}

#[test]
fn the_notebooks_table_is_scikit_learns() {
    let params = MakeClassification {
        n_samples: 10_000,
        n_features: 10,
        ..Default::default()
    };
    let (x, y) = make_classification(&params).unwrap();
    let (train, test) = train_test_split_indices(y.len(), 0.2, 2020, None).unwrap();
    let pick = |rows: &[u32]| -> (Arc<Array2<f64>>, Vec<i32>) {
        let labels = rows.iter().map(|&row| y[row as usize]).collect();
        (Arc::new(take_rows(x.view(), rows).unwrap()), labels)
    };
    let ((x_train, y_train), (x_test, y_test)) = (pick(&train), pick(&test));
    let rows = [
        ("NB", "GaussianNB", json!({}), json!({}), 0.0),
        (
            "LR",
            "LogisticRegression",
            json!({}),
            json!({ "penalty": ["l1", "l2", "elasticnet"], "C": [0.001, 0.01, 0.1, 1, 10, 100, 1000] }),
            0.0015,
        ),
        (
            "SVC",
            "LinearSVC",
            json!({}),
            json!({ "penalty": ["l1", "l2"], "C": [0.01, 0.1, 1, 10, 100] }),
            0.0015,
        ),
        (
            "RF",
            "RandomForestClassifier",
            json!({ "random_state": 0 }),
            json!({}),
            0.0,
        ),
    ];
    for (name, estimator, params, grid, within) in rows {
        let found = search(estimator, params, grid, &x_train, &y_train);
        let model = &found.best_estimator;
        let wanted = &REFERENCE["notebook"][name];
        let check = |what: &str, got: f64| {
            let apart = (got - of::<f64>(&wanted[what])).abs();
            assert!(
                apart <= within + 1e-12,
                "{name} {what}: {got} against {}",
                wanted[what]
            );
        };
        check("best_score", found.best_score);
        check(
            "train_acc",
            accuracy_score(&y_train, &predict(model, &x_train)),
        );
        check(
            "test_acc",
            accuracy_score(&y_test, &predict(model, &x_test)),
        );
        assert!(found.cv_results.error.iter().all(Option::is_none));
        let copy = model_file::load(&model_file::save(model).unwrap()).unwrap();
        assert_eq!(predict(&copy, &x_test), predict(model, &x_test));
    }
}

#[test]
fn more_classes_than_memory_has_room_for_are_refused() {
    // 300 000 classes: their probabilities alone would take 2 TB.
    let n = 300_000;
    let (x, y) = (
        Array2::from_shape_fn((n, 1), |(i, _)| i as f64),
        (0..n as i32).collect::<Vec<_>>(),
    );
    let spec: EstimatorSpec = of(&json!({ "estimator": "LogisticRegression" }));
    let error = fit::fit(&spec, Arc::new(x), &y).unwrap_err();
    assert_eq!(error.code(), "out_of_memory", "{error}");
}

#[test]
fn three_hundred_classes_are_told_apart() {
    // On a circle, a corner a class.
    let (n, k) = (600, 300);
    let y: Vec<i32> = (0..n).map(|i| i % k).collect();
    let x = Array2::from_shape_fn((n as usize, 2), |(i, j)| {
        let angle = f64::from(y[i]) / f64::from(k) * std::f64::consts::TAU;
        100.0 * [angle.cos(), angle.sin()][j]
    });
    for (name, params) in [
        ("GaussianNB", json!({})),
        ("LogisticRegression", json!({ "C": 10 })),
        ("LinearSVC", json!({ "C": 1e6 })),
    ] {
        let model = fit(name, &params, &x, &y);
        assert_eq!(accuracy_score(&y, &predict(&model, &x)), 1.0, "{name}");
    }
}
