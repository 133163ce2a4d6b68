//! What the columns of a matrix are, from the matrix to the model's file.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

mod smartcore_support;

use std::sync::Arc;

use breakeven::data::schema::{Column, Described, Schema};
use breakeven::model_selection::fit::fit;
use breakeven::models::estimator::EstimatorSpec;
use breakeven::models::model::Model;
use breakeven::persist::model_file;
use ndarray::{Array2, array};
use smartcore_support::generated;

fn column(name: &str, categories: Option<&[&str]>) -> Column {
    match categories {
        None => Column::number(name.to_owned()),
        Some(names) => Column::category(
            name.to_owned(),
            names.iter().map(|&name| name.to_owned()).collect(),
        ),
    }
}

fn schema(columns: Vec<Column>, classes: Option<&[&str]>) -> Arc<Schema> {
    Arc::new(Schema {
        columns,
        class_names: classes.map(|names| names.iter().map(|&name| name.to_owned()).collect()),
    })
}

fn described(x: Array2<f64>, schema: &Arc<Schema>) -> breakeven::Result<Described> {
    Described::new(Arc::new(x), schema.clone())
}

fn naive_bayes() -> EstimatorSpec {
    serde_json::from_str(r#"{ "estimator": "GaussianNB" }"#).unwrap()
}

fn refused<T: std::fmt::Debug>(result: breakeven::Result<T>, words: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.code(), "invalid_param");
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn cells_are_what_their_columns_hold() {
    let schema = schema(
        vec![column("age", None), column("sex", Some(&["f", "m"]))],
        None,
    );
    let rows = |cells: [f64; 4]| Array2::from_shape_vec((2, 2), cells.to_vec()).unwrap();
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    assert!(
        !described(rows([1.5, 0., -3., 2.]), &schema)
            .unwrap()
            .has_gaps()
    );
    assert!(
        described(rows([1.5, 0., nan, 1.]), &schema)
            .unwrap()
            .has_gaps()
    );
    assert!(
        described(rows([1.5, nan, 2., 1.]), &schema)
            .unwrap()
            .has_gaps()
    );
    refused(
        described(rows([1.5, 0., inf, 1.]), &schema),
        "inf in row 1 of column 'age'",
    );
    for code in [-1., 0.5, 3., inf] {
        let words = format!("{code} in row 1 of column 'sex'");
        refused(described(rows([1.5, 0., 1., code]), &schema), &words);
    }
}

#[test]
fn a_schema_from_outside_is_checked() {
    let refused = |columns: Vec<Column>, words: &str| {
        refused(schema(columns, None).check(2), words);
    };
    refused(vec![column("a", None)], "a list of 1");
    let twice = column("b", Some(&["x", "y", "x"]));
    refused(
        vec![column("a", None), twice],
        "the categories of column 'b', some of them twice",
    );
    let mut odd = column("b", Some(&["x"]));
    odd.kind = breakeven::data::schema::Kind::Number;
    refused(vec![column("a", None), odd], "the categories of column 'b'");
    let many: Vec<String> = (0..1_100_000).map(|i| i.to_string()).collect();
    refused(
        vec![column("a", None), Column::category("b".to_owned(), many)],
        "leave out columns of free text",
    );
}

#[test]
fn no_classifier_reads_gaps_and_codes_as_numbers() {
    let y = [0, 0, 1, 1];
    let x = array![[1., 0.], [2., 1.], [3., 0.], [f64::NAN, 1.]];
    let numbers = schema(vec![column("a", None), column("b", None)], None);
    let rows = described(x.clone(), &numbers).unwrap();
    refused(
        fit(&naive_bayes(), rows, &y),
        "column 'a' has a gap in row 3",
    );
    let codes = schema(
        vec![column("a", None), column("b", Some(&["u", "v"]))],
        None,
    );
    let rows = described(x, &codes).unwrap();
    refused(fit(&naive_bayes(), rows, &y), "column 'b' holds categories");
}

#[test]
fn a_model_knows_its_columns_and_its_file_keeps_them() {
    let schema = schema(
        vec![column("a", None), column("b", None)],
        Some(&["no", "yes"]),
    );
    let x = array![[1., 0.], [2., 1.], [3., 0.], [4., 1.]];
    let rows = described(x.clone(), &schema).unwrap();
    let model = fit(&naive_bayes(), rows.clone(), &[0, 0, 1, 1]).unwrap();
    assert_eq!(model.schema.as_deref(), Some(&*schema));
    let loaded = model_file::load(&model_file::save(&model).unwrap()).unwrap();
    assert_eq!(loaded.schema.as_deref(), Some(&*schema));
    loaded.check_rows(&rows).unwrap();
    loaded.check_rows(&Arc::new(x.clone()).into()).unwrap();

    // Names of classes go only where each label has one.
    let model = fit(&naive_bayes(), rows, &[7, 7, 9, 9]).unwrap();
    assert_eq!(model.schema.as_ref().unwrap().class_names, None);

    let with_gap = array![[1., f64::NAN]];
    let gap = described(with_gap, &schema).unwrap();
    refused(loaded.check_rows(&gap), "a gap in row 0 of column 'b'");
    let codes = self::schema(
        vec![column("a", None), column("b", Some(&["u", "v"]))],
        None,
    );
    let codes = described(x, &codes).unwrap();
    refused(loaded.check_rows(&codes), "column 'b' holds categories");
}

/// Written by this crate before there were schemas.
#[test]
fn files_of_an_older_format_are_read() {
    let (x, y) = generated(12, 4, 2, 3);
    let files: [(&str, &str, &[u8]); 2] = [
        (
            "GaussianNB",
            "{}",
            include_bytes!("fixtures/models/format-2-GaussianNB.model"),
        ),
        (
            "RandomForestClassifier",
            r#"{"n_estimators":2,"max_depth":2}"#,
            include_bytes!("fixtures/models/format-2-RandomForestClassifier.model"),
        ),
    ];
    for (estimator, params, file) in files {
        let text = format!(
            r#"{{ "estimator": "{estimator}", "params": {params}, "backend": "breakeven" }}"#
        );
        let spec: EstimatorSpec = serde_json::from_str(&text).unwrap();
        let fresh = fit(&spec, Arc::new(x.clone()), &y).unwrap();
        let old = model_file::load(file).unwrap();
        assert_eq!((&old.spec, &old.schema), (&spec, &None));
        let proba = |model: &Model| model.predict_proba(x.view()).unwrap();
        assert_eq!(proba(&old), proba(&fresh), "{estimator}");
    }
}
