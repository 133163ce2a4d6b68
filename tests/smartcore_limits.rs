//! The smartcore backend where smartcore by itself would panic: odd rows, damaged files. And that
//! it is smartcore which answers.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod smartcore_support;

use breakeven::models::estimator::Fitted;
use breakeven::models::params::Params;
use breakeven::persist::model_file;
use ndarray::Array2;
use serde_json::{Value, json};
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore_support::{ESTIMATORS, attempt, fit, generated, quick, spec};

fn params(text: &str) -> Params {
    serde_json::from_str(text).unwrap()
}

#[test]
fn labels_are_those_of_smartcore_used_plainly() {
    use smartcore::algorithm::neighbour::KNNAlgorithmName::{CoverTree, LinearSearch};
    use smartcore::linear::logistic_regression as lr;
    use smartcore::naive_bayes::gaussian::GaussianNB;
    use smartcore::neighbors::KNNWeightFunction::{Distance, Uniform};
    use smartcore::neighbors::knn_classifier as knn;
    use smartcore::tree::decision_tree_classifier as tree;

    for k in [2, 4] {
        let (x, y) = generated(300, 6, k, 8);
        let rows = |range: std::ops::Range<usize>| {
            let cells = x.as_slice().unwrap()[range.start * 6..range.end * 6].to_vec();
            DenseMatrix::new(range.len(), 6, cells, false).unwrap()
        };
        let (train, test) = (rows(0..200), rows(200..300));
        let codes: Vec<u32> = y[..200].iter().map(|&y| y as u32).collect();
        let ours = |estimator: &str, settings: &str| -> Vec<u32> {
            let train = x.slice(ndarray::s![..200, ..]).to_owned();
            let model = fit(estimator, params(settings), &train, &y[..200]);
            let labels = model.predict(x.slice(ndarray::s![200.., ..])).unwrap();
            labels.into_iter().map(|label| label as u32).collect()
        };

        let plain = GaussianNB::fit(&train, &codes, Default::default()).unwrap();
        assert_eq!(ours("GaussianNB", "{}"), plain.predict(&test).unwrap());

        let settings = lr::LogisticRegressionParameters::default().with_alpha(0.25);
        let plain = lr::LogisticRegression::fit(&train, &codes, settings).unwrap();
        let got = ours("LogisticRegression", r#"{"C":4}"#);
        assert_eq!(got, plain.predict(&test).unwrap());

        for (ours_said, levels, leaf) in [
            (r#"{"random_state":3}"#, None, 1),
            (r#"{"max_depth":3,"min_samples_leaf":4}"#, Some(4), 4),
        ] {
            let settings = tree::DecisionTreeClassifierParameters {
                max_depth: levels,
                min_samples_leaf: leaf,
                ..Default::default()
            };
            let plain = tree::DecisionTreeClassifier::fit(&train, &codes, settings).unwrap();
            let got = ours("DecisionTreeClassifier", ours_said);
            assert_eq!(got, plain.predict(&test).unwrap());
        }

        for (ours_said, algorithm, weight) in [
            (r#"{"n_neighbors":4}"#, CoverTree, Uniform),
            (
                r#"{"n_neighbors":4,"algorithm":"brute"}"#,
                LinearSearch,
                Uniform,
            ),
            (
                r#"{"n_neighbors":4,"weights":"distance"}"#,
                CoverTree,
                Distance,
            ),
        ] {
            let settings = knn::KNNClassifierParameters::default()
                .with_k(4)
                .with_algorithm(algorithm)
                .with_weight(weight);
            let plain = knn::KNNClassifier::fit(&train, &codes, settings).unwrap();
            let got = ours("KNeighborsClassifier", ours_said);
            assert_eq!(got, plain.predict(&test).unwrap());
        }
    }
}

#[test]
fn a_forest_is_of_as_many_different_trees_as_asked_for_and_its_labels_are_their_votes() {
    let (x, y) = generated(200, 6, 3, 4);
    let settings = r#"{"n_estimators":15,"random_state":7,"max_depth":3}"#;
    let model = fit("RandomForestClassifier", params(settings), &x, &y);
    let proba = model.predict_proba(x.view()).unwrap();
    for (shares, label) in proba.chunks(3).zip(model.predict(x.view()).unwrap()) {
        let top = shares.iter().copied().fold(0.0, f64::max);
        let first = shares.iter().position(|share| top - share < 1e-9);
        assert_eq!(first, Some(label as usize), "{shares:?}");
    }
    let shown = serde_json::to_value(&model.fitted).unwrap();
    let trees = shown["Smartcore"]["Trees"]["trees"].as_array().unwrap();
    assert_eq!(trees.len(), 15);
    for (at, tree) in trees.iter().enumerate() {
        assert!(!trees[..at].contains(tree));
    }
    let again = fit("RandomForestClassifier", params(settings), &x, &y);
    assert_eq!(
        model_file::save(&again).unwrap(),
        model_file::save(&model).unwrap()
    );
}

/// Rows that are legal and unusual, by name.
fn odd_rows() -> Vec<(&'static str, Array2<f64>, Vec<i32>)> {
    let table = |n: usize, d: usize, cell: &dyn Fn(usize, usize) -> f64| {
        Array2::from_shape_fn((n, d), |(i, j)| cell(i, j))
    };
    let halves = |n: usize| (0..n as i32).map(|i| i % 2).collect::<Vec<_>>();
    let wave = |i: usize, j: usize| ((i * 7 + j * 13) as f64).sin();
    vec![
        ("two rows", table(2, 3, &wave), vec![-5, 9]),
        ("two equal rows", table(2, 3, &|_, _| 1.5), vec![0, 1]),
        ("all rows equal", table(20, 2, &|_, _| -3.0), halves(20)),
        (
            "one constant column",
            table(30, 3, &|i, j| if j == 1 { 4.0 } else { wave(i, j) }),
            halves(30),
        ),
        ("one column", table(25, 1, &wave), halves(25)),
        ("more columns than rows", table(6, 40, &wave), halves(6)),
        ("a class a row", table(12, 3, &wave), (0..12).collect()),
        (
            "one row of a class",
            table(40, 2, &wave),
            (0..40).map(|i| i32::from(i == 17)).collect(),
        ),
        ("huge", table(24, 3, &|i, j| 1e250 * wave(i, j)), halves(24)),
        (
            "largest",
            table(24, 2, &|i, j| f64::MAX * wave(i, j).signum()),
            halves(24),
        ),
        ("large", table(24, 3, &|i, j| 1e60 * wave(i, j)), halves(24)),
        (
            "unscaled",
            table(40, 3, &|i, j| 1e5 * wave(i, j)),
            halves(40),
        ),
        (
            "tiny",
            table(24, 3, &|i, j| 1e-250 * wave(i, j)),
            halves(24),
        ),
        (
            "denormal",
            table(24, 2, &|i, j| 5e-324 * (i % 5 + j) as f64),
            halves(24),
        ),
        (
            "every scale",
            table(600, 1, &|i, _| 2_f64.powi(i as i32 - 300)),
            halves(600),
        ),
        (
            "columns of all scales",
            table(30, 3, &|i, j| wave(i, j) * [1e-8, 1.0, 1e4][j]),
            halves(30),
        ),
        (
            "separable by far",
            table(30, 2, &|i, j| (i % 2) as f64 * 1e3 + wave(i, j)),
            halves(30),
        ),
    ]
}

#[test]
fn odd_rows_are_fitted_or_refused_but_never_panic() {
    for (name, x, y) in odd_rows() {
        let d = x.ncols();
        for (estimator, settings) in [
            ("GaussianNB", "{}"),
            ("LogisticRegression", "{}"),
            ("LogisticRegression", r#"{"C":1e-200}"#),
            ("LogisticRegression", r#"{"penalty":null}"#),
            ("RandomForestClassifier", r#"{"n_estimators":5}"#),
            ("KNeighborsClassifier", r#"{"n_neighbors":2}"#),
            (
                "KNeighborsClassifier",
                r#"{"n_neighbors":2,"weights":"distance","algorithm":"brute"}"#,
            ),
            ("KNeighborsClassifier", r#"{"n_neighbors":1,"p":40}"#),
            ("SVC", "{}"),
            ("SVC", r#"{"kernel":"linear"}"#),
            ("SVC", r#"{"kernel":"poly","gamma":"auto"}"#),
            ("SVC", r#"{"C":1e6,"gamma":0}"#),
            ("DecisionTreeClassifier", "{}"),
            (
                "DecisionTreeClassifier",
                r#"{"min_samples_leaf":0.4,"min_samples_split":0.5}"#,
            ),
        ] {
            let context = format!("{estimator} {settings} on rows: {name}");
            let model = match attempt(&spec(estimator, params(settings)), &x, &y) {
                Ok(model) => model,
                Err(error) => {
                    assert_eq!(error.code(), "invalid_param", "{context}: {error}");
                    continue;
                }
            };
            let mut queries = x.clone();
            for value in [0.0, 1e308, -1e308, f64::NAN, f64::INFINITY, 1e-310] {
                queries.push_row(ndarray::aview1(&vec![value; d])).unwrap();
            }
            let labels = model.predict(queries.view()).unwrap();
            assert!(
                labels.iter().all(|label| model.classes.contains(label)),
                "{context}"
            );
            for (row, label) in queries.axis_chunks_iter(ndarray::Axis(0), 1).zip(&labels) {
                assert_eq!(model.predict(row).unwrap()[0], *label, "{context}: {row:?}");
            }
            let _ = (
                model.predict_proba(queries.view()),
                model.decision_function(queries.view()),
            );
            let copy = model_file::load(&model_file::save(&model).unwrap()).unwrap();
            assert_eq!(copy.predict(queries.view()).unwrap(), labels, "{context}");
        }
    }
}

#[test]
fn models_whose_parts_do_not_match_are_refused() {
    let (x, y) = generated(60, 4, 3, 6);
    let shown = |estimator: &str| {
        let model = fit(estimator, quick(estimator), &x, &y);
        serde_json::to_value(&model.fitted).unwrap()
    };
    let refused = |estimator: &str, at: &str, to: &dyn Fn(&mut Value)| {
        let mut value = shown(estimator);
        assert!(
            serde_json::from_value::<Fitted>(value.clone()).is_ok(),
            "{estimator}"
        );
        to(value.pointer_mut(&format!("/Smartcore/{at}")).unwrap());
        let read = serde_json::from_value::<Fitted>(value);
        assert!(read.is_err(), "{estimator}: {at}");
    };
    let pop = |list: &mut Value| {
        list.as_array_mut().unwrap().pop();
    };
    refused("GaussianNB", "GaussianNb/theta", &pop);
    refused("GaussianNB", "GaussianNb/class_count", &pop);
    refused("LogisticRegression", "LogisticRegression/planes/coef", &pop);
    refused("DecisionTreeClassifier", "Trees/n_features", &|v| {
        *v = json!(1)
    });
    refused("DecisionTreeClassifier", "Trees/trees/0/features", &pop);
    refused("RandomForestClassifier", "Trees/trees/3/thresholds", &pop);
    refused("RandomForestClassifier", "Trees/is_forest", &|v| {
        *v = json!(false)
    });
    refused("RandomForestClassifier", "Trees/trees", &|v| *v = json!([]));
    refused("KNeighborsClassifier", "KNeighbors/x", &pop);
    refused("KNeighborsClassifier", "KNeighbors/codes", &pop);
    refused("KNeighborsClassifier", "KNeighbors/codes/0", &|v| {
        *v = json!(3)
    });
    refused("KNeighborsClassifier", "KNeighbors/n_classes", &|v| {
        *v = json!(4)
    });
    refused("KNeighborsClassifier", "KNeighbors/n_features", &|v| {
        *v = json!(0)
    });
    refused(
        "KNeighborsClassifier",
        "KNeighbors/params/n_neighbors",
        &|v| *v = json!(61),
    );
    refused("KNeighborsClassifier", "KNeighbors/params/metric/p", &|v| {
        *v = json!(0)
    });
    refused("KNeighborsClassifier", "KNeighbors/x/5", &|v| {
        *v = json!(1e200)
    });
    refused("SVC", "Svc/coef", &pop);
    refused("SVC", "Svc/vectors", &pop);
    refused("SVC", "Svc/intercept", &pop);
    refused("SVC", "Svc/n_support/0", &|v| *v = json!(u32::MAX));
    refused("SVC", "Svc/n_support", &|v| *v = json!([]));
    refused("SVC", "Svc/n_features", &|v| *v = json!(0));
}

/// With the right checksum, so that only the checks of the content stand between it and the kernels.
#[test]
fn files_with_any_byte_changed_are_refused_or_predict() {
    const HEADER: usize = 16;
    let (x, y) = generated(40, 4, 2, 1);
    let mut state = 1_u64;
    let mut draw = move |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % below
    };
    for estimator in ESTIMATORS {
        let model = fit(estimator, quick(estimator), &x, &y);
        let file = model_file::save(&model).unwrap();
        assert_eq!(
            model_file::load(&file[..file.len() - 1])
                .unwrap_err()
                .code(),
            "bad_model_file"
        );
        let (mut n_refused, mut n_read) = (0, 0);
        for _ in 0..3000 {
            let mut changed = file.clone();
            for _ in 0..=draw(3) {
                let at = HEADER + draw(changed.len() - HEADER);
                changed[at] = draw(256) as u8;
            }
            if draw(8) == 0 {
                changed.truncate(HEADER + draw(changed.len() - HEADER));
            }
            let crc = crc32fast::hash(&changed[HEADER..]);
            changed[12..16].copy_from_slice(&crc.to_le_bytes());
            match model_file::load(&changed) {
                Err(error) => {
                    assert_eq!(error.code(), "bad_model_file");
                    n_refused += 1;
                }
                Ok(model) => {
                    n_read += 1;
                    if let Ok(labels) = model.predict(x.view()) {
                        assert!(labels.iter().all(|label| model.classes.contains(label)));
                        let _ = (
                            model.predict_proba(x.view()),
                            model.decision_function(x.view()),
                        );
                    }
                }
            }
        }
        assert!(
            n_refused > 100 && n_read > 100,
            "{estimator}: {n_refused} refused, {n_read} read"
        );
    }
}
