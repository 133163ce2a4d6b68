//! The notebook's rows and models, for every benchmark.
#![allow(dead_code, unreachable_pub)]

use std::sync::Arc;

use breakeven::data::make_classification::{MakeClassification, make_classification};
use breakeven::data::split::{take_rows, train_test_split_indices};
use breakeven::model_selection::fit;
use breakeven::models::estimator::EstimatorSpec;
use breakeven::models::model::Model;
use ndarray::Array2;
use serde_json::{Value, json};

/// The classifiers with the settings that the notebook's search finds best.
pub fn classifiers() -> [(&'static str, EstimatorSpec); 4] {
    [
        ("NB", spec("GaussianNB", json!({}))),
        (
            "LR",
            spec("LogisticRegression", json!({ "C": 0.1, "penalty": "l1" })),
        ),
        (
            "SVC",
            spec("LinearSVC", json!({ "C": 0.01, "penalty": "l1" })),
        ),
        (
            "RF",
            spec("RandomForestClassifier", json!({ "random_state": 0 })),
        ),
    ]
}

pub fn spec(estimator: &str, params: Value) -> EstimatorSpec {
    serde_json::from_value(json!({ "estimator": estimator, "params": params })).unwrap()
}

/// 8000 rows of 10 features to train on.
pub fn training_rows() -> (Arc<Array2<f64>>, Vec<i32>) {
    let (x, y) = rows(10_000, 0);
    let (train, _) = train_test_split_indices(y.len(), 0.2, 2020, None).unwrap();
    let labels = train.iter().map(|&row| y[row as usize]).collect();
    (Arc::new(take_rows(x.view(), &train).unwrap()), labels)
}

/// Rows of 10 features, as the notebook makes them.
pub fn rows(n_samples: usize, random_state: u32) -> (Array2<f64>, Vec<i32>) {
    make_classification(&MakeClassification {
        n_samples,
        n_features: 10,
        random_state,
        ..Default::default()
    })
    .unwrap()
}

pub fn fit(spec: &EstimatorSpec, x: &Arc<Array2<f64>>, y: &[i32]) -> Model {
    fit::fit(spec, x.clone(), y).unwrap()
}

/// Starts the pool on all cores, the caller's included; without the feature there is none.
pub fn start_pool() {
    #[cfg(feature = "threads")]
    {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        rayon::ThreadPoolBuilder::new()
            .num_threads(cores - 1)
            .build_global()
            .unwrap();
        breakeven::parallel::start().unwrap();
    }
}
