//! One experiment gives the same natively as in every browser: `tests/engines/same.spec.ts` compares with
//! the same file. `BREAKEVEN_WRITE_FIXTURE=1` writes it anew.
#![cfg(not(target_arch = "wasm32"))]

use std::sync::Arc;

use breakeven::data::make_classification::{MakeClassification, make_classification};
use breakeven::data::split::{take_rows, train_test_split_indices};
use breakeven::measure::clock::SystemClock;
use breakeven::model_selection::fit::fit;
use breakeven::model_selection::grid_search::{GridSearch, GridSearchSpec};
use breakeven::models::estimator::EstimatorSpec;
use breakeven::persist::model_file;
use serde_json::{Value, json};

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/everywhere.json"
);

/// FNV-1a over labels or bytes.
fn hash(values: impl IntoIterator<Item = i32>) -> u32 {
    values.into_iter().fold(0x811c_9dc5, |hash, value| {
        (hash ^ value as u32).wrapping_mul(0x0100_0193)
    })
}

#[test]
fn one_experiment_gives_what_browsers_found() {
    let mut file: Value = serde_json::from_slice(&std::fs::read(FILE).unwrap()).unwrap();
    let made = |name: &str| {
        let params: MakeClassification = serde_json::from_value(file[name].clone()).unwrap();
        make_classification(&params).unwrap()
    };
    let ((x, y), (unseen, _)) = (made("data"), made("unseen"));
    let size = file["split"]["test_size"].as_f64().unwrap();
    let seed = file["split"]["random_state"].as_u64().unwrap() as u32;
    let (train, test) = train_test_split_indices(y.len(), size, seed, None).unwrap();
    let rows_of = |rows: &[u32]| {
        let labels: Vec<i32> = rows.iter().map(|&row| y[row as usize]).collect();
        (take_rows(x.view(), rows).unwrap(), labels)
    };
    let ((x_train, y_train), (x_test, y_test)) = (rows_of(&train), rows_of(&test));
    let x_train = Arc::new(x_train);
    let found: Vec<Value> = file["searches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|search| {
            let spec: GridSearchSpec = serde_json::from_value(search.clone()).unwrap();
            let clock = SystemClock::default();
            let mut search = GridSearch::new(&spec, x_train.clone(), &y_train, &clock).unwrap();
            let found = search.run(&clock, &|| false).unwrap().unwrap();
            let model = &found.best_estimator;
            let labels = |x: &ndarray::Array2<f64>| model.predict(x.view()).unwrap();
            let right = labels(&x_test)
                .iter()
                .zip(&y_test)
                .filter(|(a, b)| a == b)
                .count();
            json!({
                "best_params": found.best_params,
                "best_score": found.best_score,
                "split_test_score": found.cv_results.split_test_score,
                "test_acc": right as f64 / y_test.len() as f64,
                "labels": hash(labels(&unseen)),
            })
        })
        .collect();
    let fitted: Vec<Value> = file["fits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|spec| {
            let spec: EstimatorSpec = serde_json::from_value(spec.clone()).unwrap();
            let model = fit(&spec, x_train.clone(), &y_train).unwrap();
            let bytes = model_file::save(&model).unwrap();
            json!({
                "labels": hash(model.predict(unseen.view()).unwrap()),
                "file": hash(bytes.into_iter().map(i32::from)),
            })
        })
        .collect();
    if std::env::var_os("BREAKEVEN_WRITE_FIXTURE").is_some() {
        file["found"] = json!(found);
        file["fitted"] = json!(fitted);
        let text = serde_json::to_string_pretty(&file).unwrap();
        std::fs::write(FILE, format!("{text}\n")).unwrap();
    }
    // Whole numbers are read as such: 1 is 1.0.
    let text = |value: &Value| {
        value
            .to_string()
            .replace(".0,", ",")
            .replace(".0]", "]")
            .replace(".0}", "}")
    };
    assert_eq!(text(&json!(found)), text(&file["found"]));
    assert_eq!(json!(fitted), file["fitted"]);
}
