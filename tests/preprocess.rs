//! Rows prepared in front of classifiers, against scikit-learn's `ColumnTransformer` in `GridSearchCV`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;

use breakeven::data::schema::{Column, Described, Schema};
use breakeven::error::Result;
use breakeven::inference::predict::{Split, predict_into};
use breakeven::measure::clock::NoClock;
use breakeven::model_selection::fit::{Fit, fit};
use breakeven::model_selection::grid_search::{GridSearch, GridSearchResult};
use breakeven::models::classifier::Classifier;
use breakeven::models::estimator::EstimatorSpec;
use breakeven::parallel::pause::whole;
use breakeven::parallel::steps::Progress;
use breakeven::persist::model_file;
use breakeven::preprocess::{ColumnAttributes, ColumnTransformer, Preprocess};
use ndarray::{Array2, array};
use serde_json::{Value, json};

fn fixture() -> Value {
    serde_json::from_str(include_str!("fixtures/preprocess.json")).unwrap()
}

fn items(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

/// They are texts: JSON is read to a unit of the last place.
fn numbers(value: &Value) -> Vec<f64> {
    texts(value).iter().map(|text| text.parse().unwrap()).collect()
}

fn labels(value: &Value) -> Vec<i32> {
    let label = |v: &Value| v.as_i64().unwrap() as i32;
    items(value).iter().map(label).collect()
}

fn texts(value: &Value) -> Vec<&str> {
    items(value).iter().map(|v| v.as_str().unwrap()).collect()
}

/// Of each column the number of categories, null of numbers; names as scikit-learn gives them to columns without any.
fn schema(kinds: &Value) -> Arc<Schema> {
    let column = |(i, kind): (usize, &Value)| match kind.as_u64() {
        None => Column::number(format!("x{i}")),
        Some(n) => Column::category(
            format!("x{i}"),
            (0..n).map(|code| format!("{code}.0")).collect(),
        ),
    };
    Arc::new(Schema {
        columns: items(kinds).iter().enumerate().map(column).collect(),
        class_names: None,
    })
}

fn rows(value: &Value, schema: &Arc<Schema>) -> Described {
    let cells: Vec<f64> = items(value).iter().flat_map(numbers).collect();
    let x = Array2::from_shape_vec((items(value).len(), schema.columns.len()), cells).unwrap();
    Described::new(Arc::new(x), schema.clone()).unwrap()
}

fn search(
    spec: &Value,
    preprocess: &Value,
    cv: &Value,
    x: &Described,
    y: &[i32],
) -> Result<GridSearchResult> {
    let mut spec = spec.clone();
    (spec["cv"], spec["preprocess"]) = (cv.clone(), preprocess.clone());
    // The linear models' optimum, as in the fixture.
    match spec["estimator"].as_str().unwrap() {
        "LinearSVC" | "LogisticRegression" => spec["params"]["tol"] = json!(1e-10),
        _ => {}
    }
    let spec = serde_json::from_value(spec).unwrap();
    let mut search = GridSearch::new(&spec, x.clone(), y, &NoClock)?;
    Ok(search.run(&NoClock, &|| false)?.unwrap())
}

fn settings(value: &Value) -> Preprocess {
    serde_json::from_value(value.clone()).unwrap()
}

fn transformer(settings: &Preprocess, x: &Described) -> Result<ColumnTransformer> {
    let all: Vec<u32> = (0..x.x.nrows() as u32).collect();
    whole(ColumnTransformer::fit(
        settings,
        x,
        &all,
        &Progress::default(),
    ))
}

#[test]
fn prepared_rows_are_scikit_learns() {
    let (mut n, mut n_equal) = (0, 0);
    for (name, table) in fixture()["tables"].as_object().unwrap() {
        let schema = schema(&table["kinds"]);
        let x = rows(&table["X"], &schema);
        for run in items(&table["runs"]) {
            let what = format!("{name} {}", run["preprocess"]);
            let fitted = transformer(&settings(&run["preprocess"]), &x).expect(&what);
            let names = fitted.feature_names_out(Some(&schema));
            assert_eq!(names, texts(&run["feature_names_out"]), "{what}");
            let ask = rows(&run["ask"], &schema);
            let got = whole(fitted.transform(&ask, &Progress::default())).unwrap();
            let wanted: Vec<f64> = items(&run["transformed"])
                .iter()
                .flat_map(numbers)
                .collect();
            assert_eq!(got.len(), wanted.len(), "{what}");
            for (at, (got, wanted)) in got.iter().zip(&wanted).enumerate() {
                let name = &names[at % names.len()];
                assert!(
                    (got - wanted).abs() <= 1e-12 * wanted.abs(),
                    "{what} {name}: {got}, not {wanted}"
                );
                n += 1;
                n_equal += usize::from(got.to_bits() == wanted.to_bits());
            }
        }
    }
    // What numpy's vectors of another processor round is no more than some.
    assert!(
        n_equal * 100 >= n * 99,
        "{n_equal} of {n} are the same bit for bit"
    );
}

#[test]
fn searches_find_what_scikit_learns_find() {
    for (name, table) in fixture()["tables"].as_object().unwrap() {
        let schema = schema(&table["kinds"]);
        let (x, y) = (rows(&table["X"], &schema), labels(&table["y"]));
        for run in items(&table["runs"]) {
            let ask = rows(&run["ask"], &schema);
            for wanted in items(&run["searches"]) {
                let what = format!("{name} {} {}", run["preprocess"], wanted["estimator"]);
                let found = search(wanted, &run["preprocess"], &table["cv"], &x, &y).expect(&what);
                let scores: Vec<_> = items(&wanted["split_test_score"])
                    .iter()
                    .map(numbers)
                    .collect();
                assert_eq!(found.cv_results.split_test_score, scores, "{what}");
                assert_eq!(
                    found.cv_results.mean_test_score,
                    numbers(&wanted["mean_test_score"]),
                    "{what}"
                );
                let best = serde_json::to_value(&found.best_params).unwrap();
                for (name, value) in wanted["best_params"].as_object().unwrap() {
                    assert_eq!(best[name].as_f64(), value.as_f64(), "{what}");
                }
                let model = found.best_estimator;
                let (prepared, inner) = model.fitted.parts();
                assert!(prepared.is_some());
                assert_eq!(
                    inner.n_features() as u64,
                    wanted["width"].as_u64().unwrap(),
                    "{what}"
                );
                // Raw rows, and by the file as well; on several threads as on one.
                let loaded = model_file::load(&model_file::save(&model).unwrap()).unwrap();
                assert_eq!(loaded.spec, model.spec);
                for (rows, wanted) in [(&x, &wanted["predicted"]), (&ask, &wanted["asked"])] {
                    let wanted = labels(wanted);
                    assert_eq!(model.predict(rows.x.view()).unwrap(), wanted, "{what}");
                    assert_eq!(loaded.predict(rows.x.view()).unwrap(), wanted, "{what}");
                    let mut out = vec![0; wanted.len()];
                    predict_into(&model, rows.x.view(), &mut out, Split::ALL, &NoClock).unwrap();
                    assert_eq!(out, wanted, "{what}");
                }
            }
        }
    }
}
