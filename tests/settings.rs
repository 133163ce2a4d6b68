//! Settings as they stand in scikit-learn 1.9.1's `get_params()`, and words for those that cannot be.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod forest_support;

use std::collections::BTreeMap;
use std::sync::Arc;

use breakeven::data::make_classification::{MakeClassification, make_classification};
use breakeven::data::schema::{Column, Described, Schema};
use breakeven::measure::clock::NoClock;
use breakeven::model_selection::fit::fit;
use breakeven::model_selection::grid_search::{GridSearch, GridSearchResult};
use breakeven::models::classifier::{Attributes, Classifier};
use breakeven::models::estimator::{Estimator, EstimatorSpec};
use breakeven::models::model::Model;
use breakeven::models::params::ParamValue;
use breakeven::persist::model_file;
use forest_support::{Source, generate};
use serde::Deserialize;
use serde_json::{Value, json};

fn read(estimator: &str, params: &Value) -> Result<Estimator, String> {
    let spec: EstimatorSpec =
        serde_json::from_value(json!({ "estimator": estimator, "params": params }))
            .map_err(|error| error.to_string())?;
    Estimator::from_spec(&spec).map_err(|error| error.to_string())
}

#[derive(Deserialize)]
struct Fixture {
    /// By version, and by estimator.
    get_params: BTreeMap<String, BTreeMap<String, Value>>,
    weighted: Vec<Weighted>,
}

#[derive(Deserialize)]
struct Weighted {
    data: Source,
    estimator: String,
    params: Value,
    coef: Vec<f64>,
    intercept: Vec<f64>,
    predict: Vec<i32>,
}

/// What make_settings.py wrote.
fn fixture() -> Fixture {
    serde_json::from_str(include_str!("fixtures/settings.json")).unwrap()
}

#[test]
fn scikit_learns_defaults_are_taken_and_change_nothing() {
    let fixture = fixture();
    assert_eq!(fixture.get_params.len(), 2);
    for (version, estimators) in fixture.get_params {
        assert_eq!(estimators.len(), 7);
        for (estimator, params) in estimators {
            // Null draws a seed, which is another test's.
            let mut seeded = params.clone();
            if ["RandomForestClassifier", "DecisionTreeClassifier", "SVC"].contains(&&*estimator) {
                assert_eq!(seeded["random_state"], Value::Null);
                seeded["random_state"] = json!(0);
            }
            for n_jobs in [Value::Null, json!(-1), json!(4)] {
                if let Some(given) = seeded.get_mut("n_jobs") {
                    *given = n_jobs;
                }
                let copied = read(&estimator, &seeded).unwrap();
                let left_out = read(&estimator, &json!({})).unwrap();
                assert_eq!(
                    format!("{copied:?}"),
                    format!("{left_out:?}"),
                    "{estimator} of {version}"
                );
            }
        }
    }
}

#[test]
fn a_model_shows_of_them_what_says_something_and_is_read_by_it() {
    let (x, y) = make_classification(&MakeClassification::default()).unwrap();
    let x = Arc::new(x);
    for (estimator, params) in &fixture().get_params["1.4.2"] {
        let smartcores = ["KNeighborsClassifier", "SVC", "DecisionTreeClassifier"];
        if smartcores.contains(&&**estimator) {
            continue;
        }
        let mut params = params.clone();
        if estimator == "RandomForestClassifier" {
            params["n_estimators"] = json!(2);
            params["max_features"] = Value::Null;
        }
        if estimator == "LogisticRegression" {
            params["penalty"] = Value::Null;
        }
        let spec: EstimatorSpec =
            serde_json::from_value(json!({ "estimator": estimator, "params": params })).unwrap();
        let model = fit(&spec, x.clone(), &y).unwrap();
        let shown: Vec<&str> = model.spec.params.keys().map(String::as_str).collect();
        let wanted: &[&str] = match estimator.as_str() {
            "GaussianNB" => &["var_smoothing"],
            "LogisticRegression" => &[
                "C",
                "dual",
                "fit_intercept",
                "intercept_scaling",
                "max_iter",
                "penalty",
                "solver",
                "tol",
            ],
            "LinearSVC" => &[
                "C",
                "fit_intercept",
                "intercept_scaling",
                "loss",
                "max_iter",
                "penalty",
                "tol",
            ],
            _ => &[
                "bootstrap",
                "criterion",
                "max_features",
                "min_impurity_decrease",
                "min_samples_leaf",
                "min_samples_split",
                "n_estimators",
                "oob_score",
                "random_state",
            ],
        };
        assert_eq!(shown, wanted, "{estimator}");
        // What is left out is as good as there: the same model comes of what is shown.
        let again = fit(&model.spec, x.clone(), &y).unwrap();
        assert_eq!(again.spec, model.spec);
        let attributes = |model: &Model| model.fitted.attributes().unwrap();
        assert_eq!(attributes(&again), attributes(&model), "{estimator}");
    }
}

#[test]
fn linear_models_come_to_the_same_with_weights_for_classes() {
    let mut n = 0;
    for case in fixture().weighted {
        let (x, codes) = generate(&case.data);
        // Labels of their own: weights go by these.
        let label = |code: u32| 10 * code as i32 - 7;
        let y: Vec<i32> = codes.iter().map(|&code| label(code)).collect();
        let mut params = case.params.clone();
        if let Some(weights) = params["class_weight"].as_object_mut() {
            *weights = std::mem::take(weights)
                .into_iter()
                .map(|(code, weight)| (label(code.parse().unwrap()).to_string(), weight))
                .collect();
        }
        let what = format!("{} {params} {:?}", case.estimator, case.data);
        let spec: EstimatorSpec =
            serde_json::from_value(json!({ "estimator": case.estimator, "params": params }))
                .unwrap();
        let model = fit(&spec, Arc::new(x.clone()), &y).unwrap();
        let Attributes::Linear {
            coef, intercept, ..
        } = model.fitted.attributes().unwrap()
        else {
            panic!("{what}")
        };
        let scale = case
            .coef
            .iter()
            .fold(1.0_f64, |most, one| most.max(one.abs()));
        for (mine, wanted) in [(coef.concat(), &case.coef), (intercept, &case.intercept)] {
            assert_eq!(mine.len(), wanted.len(), "{what}");
            for (mine, wanted) in mine.iter().zip(wanted) {
                assert!(
                    (mine - wanted).abs() < 1e-6 * scale,
                    "{what}: {mine} {wanted}"
                );
            }
        }
        let labels: Vec<i32> = case
            .predict
            .iter()
            .map(|&code| label(code as u32))
            .collect();
        assert_eq!(model.predict(x.view()).unwrap(), labels, "{what}");
        // The file has the weights.
        let kept = model_file::load(&model_file::save(&model).unwrap()).unwrap();
        assert_eq!(kept.spec, model.spec);
        n += 1;
    }
    assert!(n >= 16, "{n}");
}

#[test]
fn weights_go_by_name_where_classes_have_names() {
    let (x, y) = make_classification(&MakeClassification {
        n_samples: 200,
        flip_y: 0.3,
        ..MakeClassification::default()
    })
    .unwrap();
    let x = Arc::new(x);
    let columns = (0..x.ncols()).map(|i| Column::number(format!("x{i}")));
    let named = |names: [&str; 2]| {
        let schema = Schema {
            columns: columns.clone().collect(),
            class_names: Some(names.map(str::to_owned).to_vec()),
        };
        Described::new(x.clone(), Arc::new(schema)).unwrap()
    };
    let spec = |class_weight: Value, preprocess: Value| -> EstimatorSpec {
        serde_json::from_value(json!({
            "estimator": "RandomForestClassifier", "preprocess": preprocess,
            "params": { "n_estimators": 3, "oob_score": true, "class_weight": class_weight },
        }))
        .unwrap()
    };
    let grown = |weights: Value, names| fit(&spec(weights, Value::Null), named(names), &y);
    let shown = |model: &Model| model.fitted.attributes().unwrap();
    let wanted = shown(&fit(&spec(json!({ "1": 60 }), Value::Null), x.clone(), &y).unwrap());
    for (weights, names) in [
        (json!({ "yes": 60 }), ["no", "yes"]),
        (json!({ "1": 60, "no": 1 }), ["no", "yes"]),
        // A number that is a name is that class.
        (json!({ "2": 60, "1": 1 }), ["1", "2"]),
        (json!({ "0117": 60 }), ["0017", "0117"]),
    ] {
        assert_eq!(shown(&grown(weights, names).unwrap()), wanted);
    }
    for (weights, words) in [
        (
            json!({ "maybe": 2 }),
            "class maybe = 2 is not possible: it must be left out: y has the classes no, yes",
        ),
        (
            json!({ "yes": 2, "1": 3 }),
            "left out: that class is there twice",
        ),
    ] {
        let error = grown(weights, ["no", "yes"]).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    // Behind what prepares its rows it knows as much, and so does its file.
    let prepared = spec(json!({ "yes": 60 }), json!({}));
    let model = fit(&prepared, named(["no", "yes"]), &y).unwrap();
    assert!(model.fitted.out_of_bag().is_some());
    let kept = model_file::load(&model_file::save(&model).unwrap()).unwrap();
    assert_eq!(kept.fitted.out_of_bag(), model.fitted.out_of_bag());
    assert_eq!(kept.spec, model.spec);
}

/// A fold may lack a class: the others' weights are still theirs.
#[test]
fn weights_go_by_label_where_a_fold_lacks_a_class() {
    let x: Vec<f64> = (0..40).map(|row| f64::from(row * 7 % 11)).collect();
    let x = Arc::new(ndarray::Array2::from_shape_vec((40, 1), x).unwrap());
    // The only row of class 0 is in one fold's test rows.
    let y: Vec<i32> = (0..40)
        .map(|row| match row {
            0 => 0,
            _ => 4 + 3 * i32::from(row % 4 == 3),
        })
        .collect();
    let search = |class_weight: Value| {
        let spec = serde_json::from_value(json!({
            "estimator": "RandomForestClassifier", "cv": 2, "param_grid": {},
            "params": { "n_estimators": 5, "class_weight": class_weight, "oob_score": true },
        }));
        let mut search = GridSearch::new(&spec.unwrap(), x.clone(), &y, &NoClock)?;
        search.run(&NoClock, &|| false).map(Option::unwrap)
    };
    let alike = search(Value::Null).unwrap();
    let four = search(json!({ "4": 1000.0 })).unwrap();
    let seven = search(json!({ "7": 1000.0, "0": 1e-3 })).unwrap();
    let note = "The least populated class has only 1 row, which is less than the 2 folds";
    assert!(alike.notes[0].starts_with(note), "{:?}", alike.notes);
    let accuracy = |of: &GridSearchResult| of.cv_results.mean_test_score[0];
    // Either class is nearly all that the forest of such weights has seen: three quarters of the rows, or one.
    assert!(accuracy(&four) > 0.65, "{}", accuracy(&four));
    assert!(accuracy(&seven) < 0.35, "{}", accuracy(&seven));
    assert_eq!(four.best_params, alike.best_params);
    let error = search(json!({ "4": 1, "5": 2 })).unwrap_err().to_string();
    let words = "class_weight of class 5 = 2 is not possible: it must be left out: y has the classes 0, 4, 7";
    assert_eq!(error, words);
}

#[test]
fn what_is_refused_is_named_with_what_would_be_taken() {
    for (estimator, params, words) in [
        (
            "RandomForestClassifier",
            json!({ "oob_score": true, "bootstrap": false }),
            "oob_score = true is not possible: it must be false with bootstrap false",
        ),
        (
            "RandomForestClassifier",
            json!({ "max_samples": 1.5 }),
            "max_samples = 1.5 is not possible: it must be a whole number from 1, or a share between 0 and 1 (all of \
             them: '1.0', as text)",
        ),
        (
            "RandomForestClassifier",
            json!({ "max_features": "1" }),
            "(1 and 1.0 are one number here, which counts: all are null, or '1.0' as text)",
        ),
        (
            "RandomForestClassifier",
            json!({ "class_weight": "balanced_subsample" }),
            "it must be 'balanced', which draws each class's rows as often",
        ),
        (
            "RandomForestClassifier",
            json!({ "class_weight": "balanced", "bootstrap": false }),
            "it must be null or whole numbers with bootstrap false",
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
            "penalty = 'none' is not possible: it must be null for no penalty, or one of 'l1', 'l2', 'elasticnet'",
        ),
        (
            "LogisticRegression",
            json!({ "penalty": null, "solver": "liblinear" }),
            "penalty = null is not possible: it must be 'l1' or 'l2'",
        ),
        (
            "LogisticRegression",
            json!({ "multi_class": "ovr" }),
            "multi_class = 'ovr' is not possible: it must be 'auto', 'multinomial' or left out",
        ),
        (
            "LogisticRegression",
            json!({ "class_weight": { "0": 0 } }),
            "class_weight of class 0 = 0 is not possible: it must be a number > 0",
        ),
        (
            "LinearSVC",
            json!({ "class_weight": { "1": -60 } }),
            "class_weight of class 1 = -60 is not possible",
        ),
        (
            "LinearSVC",
            json!({ "C": "inf" }),
            "C = 'inf' is not possible: it must be a number > 0, and finite",
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
            json!({ "class_weight": { "0": "1" } }),
            "a setting must be a number, a word, true, false, null, a list of numbers or numbers by name",
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
