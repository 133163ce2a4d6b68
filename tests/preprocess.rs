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
use breakeven::models::prepared::read_settings;
use breakeven::parallel::pause::whole;
use breakeven::parallel::steps::Progress;
use breakeven::persist::model_file;
use breakeven::preprocess::{ColumnTransformer, Preprocess};
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
    texts(value)
        .iter()
        .map(|text| text.parse().unwrap())
        .collect()
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
    read_settings(&serde_json::from_value(value.clone()).unwrap()).unwrap()
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

fn described(x: Array2<f64>, columns: Vec<Column>) -> Described {
    let schema = Schema {
        columns,
        class_names: None,
    };
    Described::new(Arc::new(x), Arc::new(schema)).unwrap()
}

fn names(of: &[&str]) -> Vec<String> {
    of.iter().map(|&name| name.to_owned()).collect()
}

/// Number, category, number, with gaps; the last number's squares are too large.
fn table() -> (Described, Vec<i32>) {
    let nan = f64::NAN;
    let x = array![
        [1., 0., 1e300],
        [nan, 1., 2e300],
        [3., nan, 1e300],
        [4., 1., 5e300],
        [9., 2., 1e300],
        [8., 0., 0.],
    ];
    let columns = vec![
        Column::number("age".to_owned()),
        Column::category("sex".to_owned(), names(&["f", "m", "x"])),
        Column::number("pay".to_owned()),
    ];
    (described(x, columns), vec![0, 0, 0, 1, 1, 1])
}

fn spec(estimator: &str, preprocess: Value) -> EstimatorSpec {
    serde_json::from_value(json!({ "estimator": estimator, "preprocess": preprocess })).unwrap()
}

fn refused<T: std::fmt::Debug>(result: Result<T>, setting: &str, words: &str) {
    let error = result.unwrap_err();
    let text = error.to_string();
    assert_eq!(error.code(), "invalid_param", "{text}");
    assert!(
        text.starts_with(&format!("{setting} = ")) && text.contains(words),
        "{text}"
    );
}

#[test]
fn what_cannot_be_prepared_is_refused_by_name() {
    let (x, y) = table();
    let with = |preprocess: Value| fit(&spec("GaussianNB", preprocess), x.clone(), &y);
    refused(
        with(json!({})),
        "preprocess.scale",
        "as large as in column 'pay'",
    );
    refused(
        with(json!({ "impute": null })),
        "preprocess.impute",
        "column 'age' has a gap in row 1",
    );
    let ordinal = json!({ "impute": null, "one_hot": false });
    refused(
        with(ordinal),
        "preprocess.impute",
        "column 'age' has a gap in row 1",
    );
    refused(
        with(json!({ "impute": "mode" })),
        "preprocess.impute",
        "'most_frequent', null",
    );
    refused(
        with(json!({ "max_categories": 0 })),
        "preprocess.max_categories",
        "from 1",
    );
    let both = json!({ "one_hot": false, "max_categories": 2 });
    refused(
        with(both),
        "preprocess.max_categories",
        "left out where one_hot is false",
    );
    refused(
        with(json!({ "onehot": true })),
        "preprocess.onehot",
        "one_hot, max_categories",
    );

    let huge = described(
        array![[1e308], [1.5e308], [1.7e308], [0.]],
        vec![Column::number("n".to_owned())],
    );
    let plain = spec("GaussianNB", json!({ "scale": false }));
    refused(
        fit(&plain, huge, &[0, 0, 1, 1]),
        "preprocess.impute",
        "as large as in column 'n'",
    );
    let gaps = Array2::from_elem((4, 1), f64::NAN);
    let gaps = described(gaps, vec![Column::number("n".to_owned())]);
    refused(
        fit(&plain, gaps, &[0, 0, 1, 1]),
        "preprocess",
        "no column has anything but gaps",
    );
    let other = Column::category("c".to_owned(), names(&["u"]));
    let other = described(array![[0.], [1.], [0.], [0.]], vec![other]);
    refused(
        fit(&plain, other, &[0, 0, 1, 1]),
        "X",
        "the category in row 1 of column 'c'",
    );

    // Only where all is prepared anew does a fold tell.
    let grid = json!({
        "estimator": "GaussianNB", "param_grid": { "var_smoothing": [1e-9] }, "cv": 3, "preprocess": {},
    });
    let search = serde_json::from_value(grid).unwrap();
    let mut search = GridSearch::new(&search, x, &y, &NoClock).unwrap();
    refused(
        search.run(&NoClock, &|| false),
        "preprocess.scale",
        "column 'pay'",
    );
}

#[test]
fn a_prepared_model_reads_raw_rows_and_tells_which_it_cannot() {
    let (mut x, y) = table();
    x = x.with_rows(&*x.x * &array![1., 1., 1e-300]);
    let settings = json!({ "scale": false });
    let model = fit(&spec("LogisticRegression", settings), x.clone(), &y).unwrap();
    let shown = model
        .fitted
        .parts()
        .0
        .unwrap()
        .attributes(model.schema.as_deref());
    assert_eq!(
        shown.feature_names_out,
        [
            "num__age",
            "num__pay",
            "cat__sex_f",
            "cat__sex_m",
            "cat__sex_x"
        ]
    );
    assert_eq!(shown.statistics, [5.0, 10.0 / 6.0]);
    assert_eq!(shown.most_frequent, ["f"]);
    assert_eq!(shown.categories, [["f", "m", "x"]]);
    assert_eq!((shown.mean, shown.scale), (vec![0.0; 2], vec![1.0; 2]));
    // A category that there was none of is no category, a gap what was learnt for it.
    let decide = |cells: [f64; 3]| {
        let x = Array2::from_shape_vec((1, 3), cells.to_vec()).unwrap();
        model.decision_function(x.view()).unwrap()[0]
    };
    assert_eq!(decide([f64::NAN, f64::NAN, 1.]), decide([5., 0., 1.]));
    assert_ne!(decide([5., 3., 1.]), decide([5., 0., 1.]));
    model.check_rows(&x).unwrap();

    let no_gaps = x.with_rows(Array2::from_shape_fn((6, 3), |at| {
        if at.1 == 1 { x.x[at] } else { at.0 as f64 }
    }));
    let model = fit(
        &spec("RandomForestClassifier", json!({ "impute": null })),
        no_gaps,
        &y,
    )
    .unwrap();
    let error = model.predict(x.x.view()).unwrap_err();
    assert_eq!(error.code(), "non_finite");
    assert!(
        error
            .to_string()
            .starts_with("row 1 of column 'age' has a gap"),
        "{error}"
    );
    let error = model
        .predict(array![[1., 0., 1.], [1., 0., 1e39]].view())
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("row 1 of column 'pay' is too large"),
        "{error}"
    );
    // As StandardScaler has it, that of the whole column is no more than others' tenths.
    assert_eq!(
        model
            .predict(array![[1., f64::NAN, 1e38]].view())
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn steps_and_threads_change_nothing() {
    let table = &fixture()["tables"]["mixed"];
    let schema = schema(&table["kinds"]);
    let (x, y) = (rows(&table["X"], &schema), labels(&table["y"]));
    let spec = json!({
        "estimator": "RandomForestClassifier", "params": { "n_estimators": 6 },
        "param_grid": { "max_depth": [2, 5] }, "cv": 4, "preprocess": { "max_categories": 4 },
    });
    let spec = serde_json::from_value(spec).unwrap();
    let new = || GridSearch::new(&spec, x.clone(), &y, &NoClock).unwrap();
    let at_once = new().run(&NoClock, &|| false).unwrap().unwrap();
    let mut search = new();
    let (mut n_steps, mut last) = (0, 0);
    let stepped = loop {
        // Stops wherever it is asked: preparing, too, gets on.
        if let Some(found) = search.run(&NoClock, &|| true).unwrap() {
            break found;
        }
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let second = || asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 2;
        if let Some(found) = search.run(&NoClock, &second).unwrap() {
            break found;
        }
        let (done, total) = search.done_of();
        assert!(last <= done && done <= total);
        assert_eq!(total, 6 * 2 * 4 + 6);
        (n_steps, last) = (n_steps + 1, done);
    };
    assert!(n_steps > 10, "{n_steps}");
    assert_eq!(search.done_of(), (54, 54));
    assert_eq!(
        stepped.cv_results.split_test_score,
        at_once.cv_results.split_test_score
    );
    let file = |found: &GridSearchResult| model_file::save(&found.best_estimator).unwrap();
    assert_eq!(file(&stepped), file(&at_once));

    let one = || Fit::new(&found_spec(&at_once), x.clone(), &y).unwrap();
    let mut fit = one();
    while fit.run(&NoClock, &|| true).unwrap().is_none() {
        if let Some(model) = fit.run(&NoClock, &|| false).unwrap() {
            assert_eq!(model_file::save(&model).unwrap(), file(&at_once));
            break;
        }
    }
}

fn found_spec(found: &GridSearchResult) -> EstimatorSpec {
    found.best_estimator.spec.clone()
}

#[test]
fn smartcores_estimators_are_prepared_for_as_well() {
    let (x, y) = table();
    let x = x.with_rows(&*x.x * &array![1., 1., 1e-300]);
    for (estimator, backend) in [
        ("KNeighborsClassifier", "smartcore"),
        ("SVC", "smartcore"),
        ("DecisionTreeClassifier", "smartcore"),
        ("RandomForestClassifier", "smartcore"),
    ] {
        let mut spec = spec(estimator, json!({}));
        spec.backend = serde_json::from_value(json!(backend)).unwrap();
        if estimator == "KNeighborsClassifier" {
            spec.params = serde_json::from_value(json!({ "n_neighbors": 2 })).unwrap();
        }
        let model = fit(&spec, x.clone(), &y).expect(estimator);
        let loaded = model_file::load(&model_file::save(&model).unwrap()).unwrap();
        let labels = model.predict(x.x.view()).unwrap();
        assert_eq!(loaded.predict(x.x.view()).unwrap(), labels, "{estimator}");
        assert_eq!(model.fitted.is_smartcores(), estimator != "SVC");
    }
}
