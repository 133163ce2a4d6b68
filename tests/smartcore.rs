//! The smartcore backend: against scikit-learn's answers, and against smartcore used plainly.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod smartcore_support;

use breakeven::inference::predict::{Split, predict_into};
use breakeven::measure::clock::NoClock;
use breakeven::model_selection::grid_search::{GridSearch, GridSearchSpec};
use breakeven::persist::model_file;
use smartcore_support::{ESTIMATORS, attempt, fit, fixture, generated, quick, spec};

#[test]
fn labels_and_numbers_are_scikit_learns_as_far_as_the_algorithms_are_the_same() {
    let fixture = fixture();
    for case in &fixture.cases {
        let context = format!("{} {} {:?}", case.data, case.estimator, case.params);
        let [(x, y), (x_test, y_test)] = fixture.data(&case.data);
        let model = fit(&case.estimator, case.params.clone(), &x, &y);
        let labels = model.predict(x_test.view()).unwrap();
        let wanted = case.labels();
        let n = labels.len() as f64;
        let same = labels.iter().zip(&wanted).filter(|(a, b)| a == b).count() as f64 / n;
        let right = labels.iter().zip(&y_test).filter(|(a, b)| a == b).count() as f64 / n;
        let least = match case.estimator.as_str() {
            "GaussianNB" | "LogisticRegression" | "KNeighborsClassifier" => 1.0,
            "SVC" => 0.99,
            _ => 0.0,
        };
        assert!(same >= least, "{context}: {same} of the labels");
        // smartcore's forest draws each class's rows by themselves, and its trees have one vote.
        let most = if case.estimator == "RandomForestClassifier" {
            0.05
        } else {
            0.03
        };
        let off = (right - case.accuracy).abs();
        assert!(off <= most, "{context}: {right} for {}", case.accuracy);

        let first = x_test.slice(ndarray::s![..12, ..]);
        let decision = model.decision_function(first);
        match &case.decision {
            Some(wanted) => close(&decision.unwrap(), wanted, 0.01, &context),
            None => assert_eq!(decision.unwrap_err().code(), "invalid_param"),
        }
        let proba = model.predict_proba(first);
        match &case.proba {
            Some(wanted) if least == 1.0 => close(&proba.unwrap(), wanted, 1e-8, &context),
            Some(_) => {
                for shares in proba.unwrap().chunks(model.classes.len()) {
                    assert!(
                        (shares.iter().sum::<f64>() - 1.0).abs() < 1e-12,
                        "{context}"
                    );
                    assert!(shares.iter().all(|share| *share >= 0.0), "{context}");
                }
            }
            None if case.estimator == "SVC" => assert!(proba.is_err()),
            None => assert_eq!(proba.unwrap().len(), 12 * model.classes.len()),
        }
        let attributes = serde_json::to_value(
            breakeven::models::classifier::Classifier::attributes(&model.fitted).unwrap(),
        )
        .unwrap();
        if let Some(gamma) = case.gamma {
            let got = attributes["gamma"].as_f64().unwrap();
            assert!((got / gamma - 1.0).abs() < 1e-12, "{context}: gamma {got}");
        }
        if let Some(depth) = case.depth {
            let got = smartcore_support::depth(&attributes["trees"][0]);
            let bound = case.params.get("max_depth").map(|_| depth);
            assert!(
                bound.is_none_or(|depth| got == depth),
                "{context}: {got} levels"
            );
        }
    }
}

fn close(got: &[f64], wanted: &[f64], tolerance: f64, context: &str) {
    assert_eq!(got.len(), wanted.len(), "{context}");
    for (got, wanted) in got.iter().zip(wanted) {
        assert!(
            (got - wanted).abs() <= tolerance,
            "{context}: {got} for {wanted}"
        );
    }
}

#[test]
fn files_bring_back_every_bit_and_every_way_to_cut_a_batch_gives_the_same_labels() {
    #[cfg(feature = "threads")]
    breakeven::parallel::start().unwrap();
    for k in [2, 3] {
        let (x, y) = generated(240, 6, k, 5);
        for estimator in ESTIMATORS {
            let model = fit(estimator, quick(estimator), &x, &y);
            let copy = model_file::load(&model_file::save(&model).unwrap()).unwrap();
            assert_eq!(copy.spec, model.spec);
            let labels = model.predict(x.view()).unwrap();
            assert!(
                labels.iter().zip(&y).filter(|(a, b)| a == b).count() > 160,
                "{estimator}"
            );
            assert_eq!(copy.predict(x.view()).unwrap(), labels, "{estimator}");
            let bits = |values: breakeven::Result<Vec<f64>>| {
                values.map(|values| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>())
            };
            for (a, b) in [
                (model.predict_proba(x.view()), copy.predict_proba(x.view())),
                (
                    model.decision_function(x.view()),
                    copy.decision_function(x.view()),
                ),
            ] {
                assert_eq!(bits(a), bits(b), "{estimator}");
            }
            for n_rows in [0, 1, 65, 240] {
                for (n_threads, n_slices) in [(1, None), (3, None), (2, Some(7))] {
                    let mut out = vec![-1; n_rows];
                    let split = Split {
                        n_threads: n_threads.min(breakeven::parallel::n_threads()),
                        n_slices,
                    };
                    let rows = x.slice(ndarray::s![..n_rows, ..]);
                    predict_into(&model, rows, &mut out, split, &NoClock).unwrap();
                    assert_eq!(out, labels[..n_rows], "{estimator}");
                }
            }
        }
    }
}

#[test]
fn searches_work_as_with_the_other_backend() {
    let (x, y) = generated(120, 5, 2, 3);
    for (estimator, grid, best) in [
        ("KNeighborsClassifier", r#"{"n_neighbors":[3,500,5]}"#, None),
        ("SVC", r#"{"kernel":["linear","rbf","sigmoid"]}"#, None),
        ("DecisionTreeClassifier", r#"{"max_depth":[1,3]}"#, Some(1)),
        (
            "LogisticRegression",
            r#"{"penalty":["l1","l2"],"C":[0.1,1]}"#,
            None,
        ),
        ("RandomForestClassifier", r#"{"n_estimators":[3,8]}"#, None),
        ("GaussianNB", "{}", Some(0)),
    ] {
        let spec = GridSearchSpec {
            estimator: spec(estimator, Default::default()),
            param_grid: serde_json::from_str(grid).unwrap(),
            cv: Some(3.0),
            scoring: None,
        };
        let x = std::sync::Arc::new(x.clone());
        let mut search = GridSearch::new(&spec, x, &y, &NoClock).unwrap();
        let found = search.run(&NoClock, &|| false).unwrap().unwrap();
        assert!(found.best_score > 0.7, "{estimator}: {}", found.best_score);
        assert!(
            best.is_none_or(|best| found.best_index == best),
            "{estimator}"
        );
        for (params, error) in found.cv_results.params.iter().zip(&found.cv_results.error) {
            let text = serde_json::to_string(params).unwrap();
            let impossible = ["500", "sigmoid", "l1"]
                .iter()
                .any(|bad| text.contains(bad));
            assert_eq!(error.is_some(), impossible, "{text}: {error:?}");
        }
    }
}

#[test]
fn what_smartcore_cannot_do_is_refused_by_name() {
    let (x, y) = generated(60, 4, 2, 0);
    for (estimator, params, name, told) in [
        (
            "LogisticRegression",
            r#"{"penalty":"l1"}"#,
            "penalty",
            "'l2', null",
        ),
        (
            "LogisticRegression",
            r#"{"penalty":"elasticnet"}"#,
            "penalty",
            "'l2', null",
        ),
        (
            "LogisticRegression",
            r#"{"solver":"saga"}"#,
            "solver",
            "lbfgs",
        ),
        (
            "LogisticRegression",
            r#"{"fit_intercept":false}"#,
            "fit_intercept",
            "true",
        ),
        (
            "LogisticRegression",
            r#"{"class_weight":"balanced"}"#,
            "class_weight",
            "null",
        ),
        ("LogisticRegression", r#"{"tol":0.1}"#, "tol", "left out"),
        ("LogisticRegression", r#"{"C":0}"#, "C", "> 0"),
        (
            "GaussianNB",
            r#"{"var_smoothing":1e-9}"#,
            "var_smoothing",
            "0",
        ),
        (
            "GaussianNB",
            r#"{"priors":[0.2,0.3,0.5]}"#,
            "priors",
            "2 numbers",
        ),
        (
            "RandomForestClassifier",
            r#"{"bootstrap":false}"#,
            "bootstrap",
            "true",
        ),
        (
            "RandomForestClassifier",
            r#"{"class_weight":"balanced"}"#,
            "class_weight",
            "null",
        ),
        (
            "RandomForestClassifier",
            r#"{"max_leaf_nodes":8}"#,
            "max_leaf_nodes",
            "null",
        ),
        (
            "RandomForestClassifier",
            r#"{"min_impurity_decrease":0.1}"#,
            "min_impurity_decrease",
            "0",
        ),
        (
            "DecisionTreeClassifier",
            r#"{"splitter":"random"}"#,
            "splitter",
            "best",
        ),
        (
            "DecisionTreeClassifier",
            r#"{"max_features":"sqrt"}"#,
            "max_features",
            "null",
        ),
        (
            "DecisionTreeClassifier",
            r#"{"ccp_alpha":0.1}"#,
            "ccp_alpha",
            "0",
        ),
        (
            "DecisionTreeClassifier",
            r#"{"max_depth":0}"#,
            "max_depth",
            "from 1",
        ),
        (
            "DecisionTreeClassifier",
            r#"{"n_estimators":3}"#,
            "n_estimators",
            "criterion",
        ),
        (
            "KNeighborsClassifier",
            r#"{"algorithm":"kd_tree"}"#,
            "algorithm",
            "'auto', 'brute'",
        ),
        (
            "KNeighborsClassifier",
            r#"{"n_neighbors":0}"#,
            "n_neighbors",
            "from 1",
        ),
        (
            "KNeighborsClassifier",
            r#"{"n_neighbors":61}"#,
            "n_neighbors",
            "1 to 60",
        ),
        ("KNeighborsClassifier", r#"{"p":1.5}"#, "p", "whole"),
        ("KNeighborsClassifier", r#"{"p":60000}"#, "p", "overflow"),
        (
            "KNeighborsClassifier",
            r#"{"metric":"cosine"}"#,
            "metric",
            "euclidean",
        ),
        (
            "SVC",
            r#"{"kernel":"sigmoid"}"#,
            "kernel",
            "'rbf', 'linear', 'poly'",
        ),
        ("SVC", r#"{"probability":true}"#, "probability", "false"),
        (
            "SVC",
            r#"{"class_weight":"balanced"}"#,
            "class_weight",
            "null",
        ),
        (
            "SVC",
            r#"{"decision_function_shape":"ovo"}"#,
            "decision_function_shape",
            "ovr",
        ),
        ("SVC", r#"{"max_iter":100}"#, "max_iter", "-1"),
        ("SVC", r#"{"gamma":"big"}"#, "gamma", "'scale', 'auto'"),
        ("SVC", r#"{"degree":2.5}"#, "degree", "whole"),
        ("SVC", r#"{"C":1e12}"#, "C", "scale X"),
        (
            "SVC",
            r#"{"kernel":"poly","degree":1000000}"#,
            "degree",
            "smaller",
        ),
        ("LinearSVC", "{}", "backend", "'breakeven'"),
    ] {
        let params = serde_json::from_str(params).unwrap();
        let error = attempt(&spec(estimator, params), &x, &y).unwrap_err();
        let text = error.to_string();
        assert_eq!(error.code(), "invalid_param", "{estimator}: {text}");
        assert!(
            text.starts_with(&format!("{name} = ")),
            "{estimator}: {text}"
        );
        assert!(text.contains(told), "{estimator}: {text}");
    }
}

#[test]
fn the_backend_is_ours_where_there_is_one_else_smartcores_and_a_wrong_one_is_refused() {
    use breakeven::models::estimator::{Backend, Estimator, EstimatorSpec};
    let of = |estimator: &str, backend| {
        Estimator::from_spec(&EstimatorSpec {
            estimator: estimator.to_owned(),
            params: Default::default(),
            backend,
            preprocess: None,
        })
    };
    for name in ESTIMATORS {
        let ours = of(name, Some(Backend::Breakeven));
        let left_out = of(name, None).unwrap();
        assert_eq!(
            matches!(left_out, Estimator::Smartcore(_)),
            ours.is_err(),
            "{name}"
        );
        assert!(matches!(
            of(name, Some(Backend::Smartcore)),
            Ok(Estimator::Smartcore(_))
        ));
        if let Err(error) = ours {
            assert!(
                error.to_string().starts_with("backend = 'breakeven'"),
                "{error}"
            );
        }
    }
    let error = of("Oracle", Some(Backend::Smartcore)).unwrap_err();
    assert!(
        error.code() == "not_found" && error.to_string().contains("SVC"),
        "{error}"
    );
    let backend: Backend = serde_json::from_str("\"smartcore\"").unwrap();
    assert_eq!(backend, Backend::Smartcore);
}
