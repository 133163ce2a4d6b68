//! Settings as they stand in scikit-learn 1.9.1's `get_params()`, and words for those that cannot be.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use breakeven::data::make_classification::{MakeClassification, make_classification};
use breakeven::measure::clock::NoClock;
use breakeven::model_selection::fit::fit;
use breakeven::model_selection::grid_search::GridSearch;
use breakeven::models::classifier::Classifier;
use breakeven::models::estimator::{Estimator, EstimatorSpec};
use breakeven::models::model::Model;
use breakeven::models::params::ParamValue;
use breakeven::persist::model_file;
use serde_json::{Value, json};

fn read(estimator: &str, params: &Value) -> Result<Estimator, String> {
    let spec: EstimatorSpec =
        serde_json::from_value(json!({ "estimator": estimator, "params": params }))
            .map_err(|error| error.to_string())?;
    Estimator::from_spec(&spec).map_err(|error| error.to_string())
}

fn defaults() -> [(&'static str, Value); 4] {
    [
        (
            "GaussianNB",
            json!({ "priors": null, "var_smoothing": 1e-9 }),
        ),
        (
            "LogisticRegression",
            json!({
                "C": 1.0, "class_weight": null, "dual": false, "fit_intercept": true,
                "intercept_scaling": 1, "l1_ratio": 0.0, "max_iter": 100, "n_jobs": null,
                "penalty": "deprecated", "random_state": null, "solver": "lbfgs", "tol": 0.0001,
                "verbose": 0, "warm_start": false
            }),
        ),
        (
            "LinearSVC",
            json!({
                "C": 1.0, "class_weight": null, "dual": "auto", "fit_intercept": true,
                "intercept_scaling": 1, "loss": "squared_hinge", "max_iter": 1000,
                "multi_class": "ovr", "penalty": "l2", "random_state": null, "tol": 0.0001,
                "verbose": 0
            }),
        ),
        (
            "RandomForestClassifier",
            json!({
                "bootstrap": true, "ccp_alpha": 0.0, "class_weight": null, "criterion": "gini",
                "max_depth": null, "max_features": "sqrt", "max_leaf_nodes": null,
                "max_samples": null, "min_impurity_decrease": 0.0, "min_samples_leaf": 1,
                "min_samples_split": 2, "min_weight_fraction_leaf": 0.0, "monotonic_cst": null,
                "n_estimators": 100, "n_jobs": -1, "oob_score": false, "random_state": 0,
                "verbose": 0, "warm_start": false
            }),
        ),
    ]
}

#[test]
fn scikit_learns_defaults_are_taken_and_change_nothing() {
    for (estimator, params) in defaults() {
        let copied = read(estimator, &params).unwrap();
        let left_out = read(estimator, &json!({})).unwrap();
        assert_eq!(
            format!("{copied:?}"),
            format!("{left_out:?}"),
            "{estimator}"
        );
    }
}

#[test]
fn what_is_refused_is_named_with_what_would_be_taken() {
    for (estimator, params, words) in [
        (
            "RandomForestClassifier",
            json!({ "oob_score": true }),
            "oob_score = true is not possible: it must be false",
        ),
        (
            "RandomForestClassifier",
            json!({ "max_samples": 0.5 }),
            "max_samples = 0.5 is not possible: it must be null",
        ),
        (
            "RandomForestClassifier",
            json!({ "ccp_alpha": 0.1 }),
            "ccp_alpha = 0.1 is not possible: it must be 0",
        ),
        (
            "LogisticRegression",
            json!({ "warm_start": true }),
            "warm_start = true is not possible: it must be false",
        ),
        (
            "LogisticRegression",
            json!({ "penalty": "none" }),
            "it must be one of 'l1', 'l2', 'elasticnet', null",
        ),
        (
            "LogisticRegression",
            json!({ "c": 1 }),
            "c = 1 is not possible: it must be left out",
        ),
        (
            "GaussianNB",
            json!({ "n_jobs": 2 }),
            "it must be left out: GaussianNB has priors, var_smoothing",
        ),
        (
            "LinearSVC",
            json!({ "class_weight": { "0": 1, "1": 60 } }),
            "a setting must be a number, a word, true, false, null or a list",
        ),
    ] {
        let error = read(estimator, &params).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn infinity_goes_by_its_word() {
    let inf = read("LogisticRegression", &json!({ "C": "inf" })).unwrap();
    let none = read("LogisticRegression", &json!({ "penalty": null })).unwrap();
    assert_eq!(format!("{inf:?}"), format!("{none:?}"));
}

/// scikit-learn's `random_state=None`, but that the seed is shown, so that the forest can be grown again.
#[test]
fn without_a_seed_each_forest_is_another_one_and_tells_its_own() {
    let (x, labels) = make_classification(&MakeClassification::default()).unwrap();
    let x = Arc::new(x);
    let spec: EstimatorSpec = serde_json::from_str(
        r#"{ "estimator": "RandomForestClassifier", "params": { "n_estimators": 5, "random_state": null } }"#,
    )
    .unwrap();
    let grow = |spec: &EstimatorSpec| fit(spec, x.clone(), &labels).unwrap();
    let (one, other) = (grow(&spec), grow(&spec));
    assert_ne!(one.spec, other.spec);
    let shown = |model: &Model| model.fitted.attributes().unwrap();
    assert_ne!(shown(&one), shown(&other));
    let kept = model_file::load(&model_file::save(&one).unwrap()).unwrap();
    assert_eq!(shown(&grow(&kept.spec)), shown(&one));

    let search = serde_json::from_str(
        r#"{ "estimator": "RandomForestClassifier", "params": { "n_estimators": 3 },
             "param_grid": { "random_state": [null, 7, null] } }"#,
    )
    .unwrap();
    let found = GridSearch::new(&search, x.clone(), &labels, &NoClock)
        .unwrap()
        .run(&NoClock, &|| false)
        .unwrap()
        .unwrap();
    let seeds: Vec<_> = (found.cv_results.params.iter())
        .map(|params| params["random_state"].clone())
        .collect();
    assert!(
        !seeds.contains(&ParamValue::Null)
            && seeds[0] != seeds[2]
            && seeds[1] == ParamValue::Number(7.0),
        "{seeds:?}"
    );
    assert_eq!(
        found.best_estimator.spec.params["random_state"],
        found.best_params["random_state"]
    );
}

#[test]
fn every_estimator_takes_null_for_a_seed_as_scikit_learn_does() {
    let (x, y) = make_classification(&MakeClassification::default()).unwrap();
    let x = Arc::new(x);
    for estimator in [
        "LogisticRegression",
        "LinearSVC",
        "RandomForestClassifier",
        "DecisionTreeClassifier",
        "SVC",
    ] {
        let spec: EstimatorSpec = serde_json::from_value(
            json!({ "estimator": estimator, "params": { "random_state": null } }),
        )
        .unwrap();
        let model = fit(&spec, x.clone(), &y).unwrap();
        assert_eq!(
            model.predict(x.view()).unwrap().len(),
            y.len(),
            "{estimator}"
        );
    }
}

/// Kernels read rows one after the other.
#[test]
fn a_matrix_that_is_not_row_major_is_refused_in_training_as_in_prediction() {
    let (x, y) = make_classification(&MakeClassification::default()).unwrap();
    let spec: EstimatorSpec = serde_json::from_value(json!({ "estimator": "GaussianNB" })).unwrap();
    let columns_first = x.t().as_standard_layout().into_owned().reversed_axes();
    assert_eq!(columns_first, x);
    let trained = fit(&spec, Arc::new(columns_first.clone()), &y).unwrap_err();
    let model = fit(&spec, Arc::new(x), &y).unwrap();
    assert_eq!(trained, model.predict(columns_first.view()).unwrap_err());
    assert_eq!(trained.code(), "shape_mismatch");
}
