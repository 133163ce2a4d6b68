//! Against scikit-learn 1.9.1: tests/fixtures/reference.json, written by make_reference.py.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::{Arc, LazyLock};

use breakeven::data::builtin::load_dataset;
use breakeven::data::make_classification::{MakeClassification, make_classification};
use breakeven::data::split::{take_rows, train_test_split_indices};
use breakeven::measure::clock::SystemClock;
use breakeven::metrics::accuracy_score;
use breakeven::model_selection::grid_search::{Fit, GridSearch, GridSearchResult, GridSearchSpec};
use breakeven::model_selection::k_fold::stratified_k_fold;
use breakeven::models::classifier::{Attributes, Classifier};
use breakeven::models::estimator::EstimatorSpec;
use breakeven::models::model::Model;
use breakeven::persist::model_file;
use ndarray::Array2;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

static REFERENCE: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("fixtures/reference.json")).unwrap());

fn of<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"))
}

/// Python's `float.hex()`.
fn from_hex(text: &str) -> f64 {
    let (sign, text) = text
        .strip_prefix('-')
        .map_or((1.0, text), |rest| (-1.0, rest));
    let (mantissa, exponent) = text.strip_prefix("0x").unwrap().split_once('p').unwrap();
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = u64::from_str_radix(&format!("{whole}{fraction}"), 16).unwrap();
    let exponent = exponent.parse::<i32>().unwrap() - 4 * fraction.len() as i32;
    // Two factors: the power alone can be below the smallest double.
    sign * digits as f64 * 2_f64.powi(exponent / 2) * 2_f64.powi(exponent - exponent / 2)
}

fn hexes(value: &Value) -> Vec<f64> {
    of::<Vec<String>>(value)
        .iter()
        .map(|text| from_hex(text))
        .collect()
}

/// The rows of make_reference.py's `simple_data`.
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
    let mut fit = Fit::new(&spec, Arc::new(x.clone()), y).unwrap();
    fit.run(&SystemClock::default(), &|| false)
        .unwrap()
        .unwrap()
}

fn predict(model: &Model, x: &Array2<f64>) -> Vec<i32> {
    model.predict(x.as_slice().unwrap(), x.ncols()).unwrap()
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
fn generated_labels_are_equal_and_values_within_2_ulp() {
    let (mut n_equal, mut n_all) = (0, 0);
    for case in REFERENCE["make_classification"].as_array().unwrap() {
        let params: MakeClassification = of(&case["params"]);
        let (x, y) = make_classification(&params).unwrap();
        assert_eq!(y, of::<Vec<i32>>(&case["y"]), "{}", case["params"]);
        // Products of many columns, and a shift, round near zero to many units in the last place.
        let largest = x
            .iter()
            .fold(0.0_f64, |largest, value| largest.max(value.abs()));
        for (got, wanted) in x.iter().zip(hexes(&case["X"])) {
            let apart = (got - wanted).abs();
            let ulp = f64::from_bits(wanted.abs().to_bits() + 1) - wanted.abs();
            let is_near = apart <= 2.0 * ulp || apart <= 4.0 * f64::EPSILON * largest;
            assert!(is_near, "{got} against {wanted}: {}", case["params"]);
            // BLAS adds up long products in an order of its own.
            if params.n_informative < 8 {
                n_equal += usize::from(apart == 0.0);
                n_all += 1;
            }
        }
    }
    assert!(
        n_equal * 1000 >= n_all * 985,
        "{n_equal} of {n_all} values are equal to the bit"
    );
}

#[test]
fn splits_and_folds_are_equal() {
    let splits = &REFERENCE["splits"];
    let codes: Vec<u32> = of(&splits["y"]);
    for case in splits["train_test_split"].as_array().unwrap() {
        let stratify = of::<bool>(&case["stratify"]).then_some(&codes[..]);
        let (train, test) = train_test_split_indices(
            codes.len(),
            of(&case["test_size"]),
            of(&case["random_state"]),
            stratify,
        )
        .unwrap();
        assert_eq!(
            (train, test),
            (of(&case["train"]), of(&case["test"])),
            "{case}"
        );
    }
    for (n, tests) in splits["stratified_k_fold"].as_object().unwrap() {
        let folds = stratified_k_fold(&codes, 3, n.parse().unwrap()).unwrap();
        let found: Vec<_> = folds.iter().map(|fold| fold.test.clone()).collect();
        assert_eq!(found, of::<Vec<Vec<u32>>>(tests));
        for fold in folds {
            let mut all = [fold.train, fold.test].concat();
            all.sort_unstable();
            assert_eq!(all, (0..codes.len() as u32).collect::<Vec<_>>());
        }
    }
}

#[test]
fn forests_are_equal_node_for_node() {
    for case in REFERENCE["forest"].as_array().unwrap() {
        let data: (usize, usize, usize, u64, i32) = of(&case["data"]);
        let (x, y) = simple_data(data);
        let model = fit("RandomForestClassifier", &case["params"], &x, &y);
        let Attributes::Forest { trees } = model.fitted.attributes() else {
            panic!("no forest")
        };
        let wanted = case["trees"].as_array().unwrap();
        assert_eq!(trees.len(), wanted.len());
        for (tree, wanted) in trees.iter().zip(wanted) {
            let what = &case["params"];
            assert_eq!(tree.feature, of::<Vec<i32>>(&wanted["feature"]), "{what}");
            assert_eq!(tree.threshold, hexes(&wanted["threshold"]), "{what}");
            assert_eq!(
                tree.children_left,
                of::<Vec<i32>>(&wanted["children_left"]),
                "{what}"
            );
            assert_eq!(
                tree.children_right,
                of::<Vec<i32>>(&wanted["children_right"]),
                "{what}"
            );
            assert_eq!(tree.value.concat(), hexes(&wanted["value"]), "{what}");
        }
        let (z, _) = simple_data((50, data.1, data.2, 99, data.4));
        assert_eq!(
            predict(&model, &z),
            of::<Vec<i32>>(&case["predict"]),
            "{}",
            case["params"]
        );
        let proba = model
            .predict_proba(z.as_slice().unwrap(), z.ncols())
            .unwrap();
        assert_eq!(proba, hexes(&case["proba"]), "{}", case["params"]);
    }
}

#[test]
fn naive_bayes_is_equal() {
    for case in REFERENCE["gaussian_nb"].as_array().unwrap() {
        let data: (usize, usize, usize, u64, i32) = of(&case["data"]);
        let (x, y) = simple_data(data);
        let model = fit("GaussianNB", &case["params"], &x, &y);
        let Attributes::GaussianNb { theta, var, .. } = model.fitted.attributes() else {
            panic!("no naive Bayes")
        };
        assert_close(
            &theta.concat(),
            &of::<Vec<f64>>(&case["theta"]),
            1e-12,
            "theta",
        );
        assert_close(&var.concat(), &of::<Vec<f64>>(&case["var"]), 1e-12, "var");
        let (z, _) = simple_data((300, data.1, data.2, 99, data.4));
        assert_eq!(
            predict(&model, &z),
            of::<Vec<i32>>(&case["predict"]),
            "{}",
            case["params"]
        );
        let proba = model
            .predict_proba(z.as_slice().unwrap(), z.ncols())
            .unwrap();
        assert_close(&proba, &of::<Vec<f64>>(&case["proba"]), 1e-9, "proba");
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
        } = model.fitted.attributes()
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
fn shipped_data_sets_are_scikit_learns() {
    for (name, wanted) in REFERENCE["datasets"].as_object().unwrap() {
        let data = load_dataset(name).unwrap();
        assert_eq!(
            data.x.dim(),
            of::<(usize, usize)>(&wanted["shape"]),
            "{name}"
        );
        assert_eq!(
            data.x
                .iter()
                .take(3 * data.x.ncols())
                .copied()
                .collect::<Vec<_>>(),
            of::<Vec<f64>>(&wanted["first"])
        );
        let sums: Vec<f64> = data
            .x
            .columns()
            .into_iter()
            .map(|column| column.sum())
            .collect();
        // smartcore's iris is the widespread copy with two mistaken rows, scikit-learn's is Fisher's.
        let within = if name == "iris" { 2e-3 } else { 1e-9 };
        assert_close(&sums, &of::<Vec<f64>>(&wanted["column_sums"]), within, name);
        assert_eq!(data.y[..60], of::<Vec<i32>>(&wanted["y"]), "{name}");
        assert_eq!(
            data.feature_names,
            of::<Vec<String>>(&wanted["feature_names"]),
            "{name}"
        );
        assert_eq!(
            data.class_names,
            of::<Vec<String>>(&wanted["class_names"]),
            "{name}"
        );
    }
}
