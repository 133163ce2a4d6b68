//! Fits through the smartcore backend, and the fixture.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;

use breakeven::data::make_classification::{MakeClassification, make_classification};
use breakeven::model_selection::fit;
use breakeven::models::estimator::{Backend, EstimatorSpec};
use breakeven::models::model::Model;
use breakeven::models::params::{ParamValue, Params};
use ndarray::{Array2, s};
use serde::Deserialize;
use serde_json::Value;

pub const ESTIMATORS: [&str; 6] = [
    "GaussianNB",
    "LogisticRegression",
    "RandomForestClassifier",
    "KNeighborsClassifier",
    "SVC",
    "DecisionTreeClassifier",
];

#[derive(Deserialize)]
pub struct Fixture {
    n: usize,
    n_train: usize,
    data: BTreeMap<String, Value>,
    pub cases: Vec<Case>,
}

#[derive(Deserialize)]
pub struct Case {
    pub data: String,
    pub estimator: String,
    pub params: Params,
    pub accuracy: f64,
    predict: String,
    pub decision: Option<Vec<f64>>,
    pub proba: Option<Vec<f64>>,
    pub gamma: Option<f64>,
    pub depth: Option<usize>,
}

pub type Labelled = (Array2<f64>, Vec<i32>);

impl Fixture {
    /// Rows to train on, and rows to test.
    pub fn data(&self, name: &str) -> [Labelled; 2] {
        let mut settings = self.data[name].clone();
        settings["n_samples"] = self.n.into();
        let settings: MakeClassification = serde_json::from_value(settings).unwrap();
        let (x, y) = make_classification(&settings).unwrap();
        let n = self.n_train;
        [
            (x.slice(s![..n, ..]).to_owned(), y[..n].to_vec()),
            (x.slice(s![n.., ..]).to_owned(), y[n..].to_vec()),
        ]
    }
}

impl Case {
    pub fn labels(&self) -> Vec<i32> {
        let digits = self.predict.chars();
        digits
            .map(|digit| digit.to_digit(10).unwrap() as i32)
            .collect()
    }
}

pub fn fixture() -> Fixture {
    let text = include_str!("../fixtures/smartcore.json");
    let all: Value = serde_json::from_str(text).unwrap();
    assert_eq!(all["scikit_learn"], "1.9.1");
    serde_json::from_value(all).unwrap()
}

pub fn generated(n: usize, d: usize, k: usize, seed: u32) -> Labelled {
    make_classification(&MakeClassification {
        n_samples: n,
        n_features: d,
        n_informative: 3,
        n_redundant: 1,
        n_classes: k,
        n_clusters_per_class: 1,
        random_state: seed,
        ..Default::default()
    })
    .unwrap()
}

/// Settings with which a test is quick.
pub fn quick(estimator: &str) -> Params {
    match estimator {
        "RandomForestClassifier" => [("n_estimators".to_owned(), ParamValue::Number(12.0))].into(),
        _ => Params::new(),
    }
}

pub fn spec(estimator: &str, params: Params) -> EstimatorSpec {
    EstimatorSpec {
        estimator: estimator.to_owned(),
        params,
        backend: Some(Backend::Smartcore),
        preprocess: None,
    }
}

pub fn attempt(spec: &EstimatorSpec, x: &Array2<f64>, y: &[i32]) -> breakeven::Result<Model> {
    fit::fit(spec, Arc::new(x.clone()), y)
}

pub fn fit(estimator: &str, params: Params, x: &Array2<f64>, y: &[i32]) -> Model {
    attempt(&spec(estimator, params), x, y).unwrap()
}

/// Splits on the longest way down, of a tree as attributes show it.
pub fn depth(tree: &Value) -> usize {
    let child = |side: &str, node: usize| tree[side][node].as_i64().unwrap();
    let mut deepest = 0;
    let mut waiting = vec![(0, 0)];
    while let Some((node, level)) = waiting.pop() {
        deepest = deepest.max(level);
        for side in ["children_left", "children_right"] {
            if let Ok(child) = usize::try_from(child(side, node)) {
                waiting.push((child, level + 1));
            }
        }
    }
    deepest
}
