//! In a browser's worker: models, with a pool and without.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::sync::Arc;

use breakeven::data::make_classification::{MakeClassification, make_classification};
#[cfg(feature = "threads")]
use breakeven::inference::predict::{Split, predict_into};
#[cfg(feature = "threads")]
use breakeven::measure::clock::NoClock;
use breakeven::model_selection::fit;
use breakeven::models::estimator::{Backend, EstimatorSpec};
use breakeven::models::model::Model;
use breakeven::models::params::{ParamValue, Params};
use breakeven::parallel;
use breakeven::persist::model_file;
use ndarray::Array2;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

fn data() -> (Array2<f64>, Vec<i32>) {
    make_classification(&MakeClassification {
        n_samples: 700,
        n_features: 10,
        ..Default::default()
    })
    .unwrap()
}

fn fit(
    estimator: &str,
    backend: Option<Backend>,
    params: Params,
    x: &Array2<f64>,
    y: &[i32],
) -> Model {
    let spec = EstimatorSpec {
        estimator: estimator.to_owned(),
        params,
        backend,
        preprocess: None,
    };
    fit::fit(&spec, Arc::new(x.clone()), y).unwrap()
}

#[wasm_bindgen_test]
fn make_classification_gives_scikit_learns_values_here_too() {
    let (x, y) = make_classification(&MakeClassification {
        n_samples: 200,
        n_features: 10,
        ..Default::default()
    })
    .unwrap();
    let wanted = [-0.972_402_89, 0.582_218_63, 0.622_519_14, -0.391_567_63];
    for (got, wanted) in x.row(0).iter().zip(wanted) {
        assert!((got - wanted).abs() < 1e-8, "{got} against {wanted}");
    }
    assert_eq!(y[..10], [1, 0, 1, 1, 1, 0, 1, 0, 0, 1]);
}

#[wasm_bindgen_test]
fn every_model_trains_predicts_and_survives_its_file() {
    let (x, y) = data();
    let smartcore = Some(Backend::Smartcore);
    for (estimator, backend) in [
        ("GaussianNB", None),
        ("LogisticRegression", None),
        ("LinearSVC", None),
        ("RandomForestClassifier", None),
        ("GaussianNB", smartcore),
        ("LogisticRegression", smartcore),
        ("RandomForestClassifier", smartcore),
        ("KNeighborsClassifier", None),
        ("SVC", None),
        ("DecisionTreeClassifier", None),
    ] {
        let mut params = Params::new();
        if estimator == "RandomForestClassifier" {
            params.insert("n_estimators".to_owned(), ParamValue::Number(10.0));
        }
        let model = fit(estimator, backend, params, &x, &y);
        let copy = model_file::load(&model_file::save(&model).unwrap()).unwrap();
        let labels = model.predict(x.view()).unwrap();
        assert_eq!(labels, copy.predict(x.view()).unwrap(), "{estimator}");
        let right = labels.iter().zip(&y).filter(|(a, b)| a == b).count();
        assert!(right > 500, "{estimator}: {right} of 700");
    }
}

/// Alone, a row goes the plain way; among others it shares vectors with one of them.
#[wasm_bindgen_test]
fn rows_get_the_labels_together_that_each_gets_alone() {
    let (wide, y) = data();
    for d in 1..=10 {
        let x = wide.slice(ndarray::s![.., ..d]).to_owned();
        let mut rows = x.clone();
        for (i, value) in rows.iter_mut().enumerate().filter(|(i, _)| i % 7 == 0) {
            *value *= [0.0, 1e4, -1e9, 1e160, f64::NAN, f64::INFINITY][i / 7 % 6];
        }
        for estimator in ["GaussianNB", "LogisticRegression", "LinearSVC"] {
            let model = fit(estimator, None, Params::new(), &x, &y);
            let alone: Vec<i32> = (rows.axis_chunks_iter(ndarray::Axis(0), 1))
                .map(|row| model.predict(row).unwrap()[0])
                .collect();
            for n_rows in [1, 7, 8, 9, 16, 17, 255, 256, 257, 699, 700] {
                let together = model
                    .predict(rows.slice(ndarray::s![..n_rows, ..]))
                    .unwrap();
                assert_eq!(
                    together,
                    alone[..n_rows],
                    "{estimator}, {n_rows} rows of {d}"
                );
            }
        }
    }
}

/// smartcore descends by recursion, a level for every scale of distance, and a browser's stack is
/// small.
#[wasm_bindgen_test]
fn neighbours_on_a_thousand_scales_do_not_overflow_the_stack() {
    let x = Array2::from_shape_fn((1000, 1), |(i, _)| 2_f64.powi(i as i32 - 500));
    let y: Vec<i32> = (0..1000).map(|i| i / 100).collect();
    let mut params = Params::new();
    params.insert("n_neighbors".to_owned(), ParamValue::Number(1.0));
    let model = fit("KNeighborsClassifier", None, params, &x, &y);
    assert_eq!(model.predict(x.view()).unwrap(), y);
}

#[cfg(not(feature = "threads"))]
#[wasm_bindgen_test]
fn the_build_without_threads_says_so() {
    let error = parallel::start().unwrap_err();
    assert_eq!(error.code(), "threads_unavailable");
    assert_eq!(parallel::n_threads(), 1);
}

#[cfg(feature = "threads")]
#[wasm_bindgen_test]
async fn the_pool_agrees_with_serial_row_for_row() {
    wasm_bindgen_futures::JsFuture::from(breakeven::init_thread_pool(2))
        .await
        .unwrap();
    parallel::start().unwrap();
    assert_eq!(parallel::n_threads(), 3);

    let (x, y) = data();
    let mut params = Params::new();
    params.insert("n_estimators".to_owned(), ParamValue::Number(20.0));
    let model = fit("RandomForestClassifier", None, params, &x, &y);
    for n_rows in [0, 1, 2, 63, 64, 65, 129, 255, 256, 257, 511, 700] {
        let rows = x.slice(ndarray::s![..n_rows, ..]);
        let serial = model.predict(rows).unwrap();
        for n_threads in [1, 2, 3, usize::MAX] {
            for n_slices in [None, Some(1), Some(3), Some(1000)] {
                let mut out = vec![-1; n_rows];
                predict_into(
                    &model,
                    rows,
                    &mut out,
                    Split {
                        n_threads,
                        n_slices,
                    },
                    &NoClock,
                )
                .unwrap();
                assert_eq!(
                    out, serial,
                    "{n_rows} rows, {n_threads} threads, {n_slices:?} slices"
                );
            }
        }
    }

    // More threads than there are would be another measurement than was asked for.
    let mut out = vec![-1; 700];
    let error = predict_into(&model, x.view(), &mut out, Split::over(7), &NoClock).unwrap_err();
    assert_eq!(error.code(), "invalid_param");
    assert!(error.to_string().contains("from 1 to 3"), "{error}");
}
