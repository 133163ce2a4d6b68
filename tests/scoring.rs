//! Searches by other scores than accuracy, against scikit-learn's.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;

use breakeven::error::Result;
use breakeven::measure::clock::NoClock;
use breakeven::metrics::Confusion;
use breakeven::model_selection::grid_search::{CvResults, GridSearch};
use ndarray::Array2;
use serde_json::{Value, json};

fn fixture() -> Value {
    serde_json::from_str(include_str!("fixtures/scoring.json")).unwrap()
}

/// NaN where JSON has null.
fn numbers(value: &Value) -> Vec<f64> {
    let values = value.as_array().unwrap().iter();
    values.map(|v| v.as_f64().unwrap_or(f64::NAN)).collect()
}

fn labels(value: &Value) -> Vec<i32> {
    let values = value.as_array().unwrap().iter();
    values.map(|v| v.as_i64().unwrap() as i32).collect()
}

fn rows(value: &Value) -> Arc<Array2<f64>> {
    let rows: Vec<_> = value.as_array().unwrap().iter().map(numbers).collect();
    Arc::new(Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap())
}

fn search(spec: &Value, x: &Arc<Array2<f64>>, y: &[i32], cv: &Value) -> Result<CvResults> {
    let mut spec = spec.clone();
    spec["cv"] = cv.clone();
    // The linear models' optimum, as in the fixture.
    match spec["estimator"].as_str().unwrap() {
        "LinearSVC" | "LogisticRegression" => spec["params"]["tol"] = json!(1e-10),
        _ => {}
    }
    let spec = serde_json::from_value(spec).unwrap();
    let mut search = GridSearch::new(&spec, x.clone(), y, &NoClock)?;
    let found = search.run(&NoClock, &|| false)?.unwrap();
    Ok(found.cv_results)
}

fn close(got: &[f64], wanted: &[f64], within: f64) -> bool {
    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= within || a.is_nan() && b.is_nan();
    got.len() == wanted.len() && got.iter().zip(wanted).all(near)
}

#[test]
fn scores_are_scikit_learns() {
    let (mut n_equal, mut n_refused) = (0, 0);
    for (name, data) in fixture()["data"].as_object().unwrap() {
        let (x, y) = (rows(&data["X"]), labels(&data["y"]));
        let n_classes = y.iter().max().unwrap() + 1;
        for spec in data["searches"].as_array().unwrap() {
            let word = |key: &str| spec[key].as_str().unwrap();
            let (estimator, scoring) = (word("estimator"), word("scoring"));
            let what = format!("{name}: {estimator}, {scoring}");
            let means = numbers(&spec["mean_test_score"]);
            let found = search(spec, &x, &y, &data["cv"]);
            // scikit-learn's plain roc_auc knows two classes; in folds that happen to have two it would pass for more.
            if means.iter().all(|mean| mean.is_nan()) || scoring == "roc_auc" && n_classes > 2 {
                let refused = found.expect_err(&what);
                assert_eq!(refused.code(), "invalid_param", "{what}");
                assert!(
                    refused
                        .to_string()
                        .starts_with(&format!("scoring = '{scoring}' is not possible")),
                    "{what}: {refused}"
                );
                n_refused += 1;
                continue;
            }
            let found = found.expect(&what);
            // All but logarithms of probabilities, which differ by what the optimum leaves undone, is added up as there;
            // the fixture's numbers are read to a unit of their last place.
            let within = if scoring == "neg_log_loss" {
                1e-7
            } else {
                2e-16
            };
            let splits = spec["split_test_score"].as_array().unwrap();
            for (got, wanted) in found.split_test_score.iter().zip(splits) {
                let wanted = numbers(wanted);
                assert!(close(got, &wanted, within), "{what}: {got:?}, {wanted:?}");
            }
            assert!(close(&found.mean_test_score, &means, within), "{what}");
            let deviations = numbers(&spec["std_test_score"]);
            assert!(close(&found.std_test_score, &deviations, within), "{what}");
            let ranks: Vec<u32> = serde_json::from_value(spec["rank_test_score"].clone()).unwrap();
            assert_eq!(found.rank_test_score, ranks, "{what}");
            assert!(found.error.iter().all(Option::is_none), "{what}");
            n_equal += 1;
        }
    }
    assert_eq!((n_equal, n_refused), (116, 29));
}

#[test]
fn what_cannot_be_scored_is_refused_with_what_there_is() {
    let data = &fixture()["data"];
    let refusal = |name: &str, spec: Value| {
        let data = &data[name];
        search(&spec, &rows(&data["X"]), &labels(&data["y"]), &data["cv"])
            .unwrap_err()
            .to_string()
    };
    let by = |scoring: &str| json!({ "estimator": "LinearSVC", "params": {}, "param_grid": {}, "scoring": scoring });
    assert_eq!(
        refusal("two", by("roc_auc_ovr")),
        "scoring = 'roc_auc_ovr' is not possible: it must be one of 'accuracy', 'balanced_accuracy', 'f1_macro', \
         'roc_auc', 'neg_log_loss'"
    );
    assert_eq!(
        refusal("three", by("roc_auc")),
        "scoring = 'roc_auc' is not possible: it must be one of 'accuracy', 'balanced_accuracy', 'f1_macro', \
         'neg_log_loss' where there are 3 classes: roc_auc is of two"
    );
    assert_eq!(
        refusal("two", by("neg_log_loss")),
        "scoring = 'neg_log_loss' is not possible: it must be one of 'accuracy', 'balanced_accuracy', 'f1_macro', \
         'roc_auc' for LinearSVC, which has no probabilities"
    );
    assert_eq!(
        refusal("a rare class", by("roc_auc")),
        "scoring = 'roc_auc' is not possible: it must be another where a fold's test rows are of 1 of 2 classes, or cv less"
    );
}

#[test]
fn confusion_matrices_are_scikit_learns() {
    for report in fixture()["reports"].as_array().unwrap() {
        let classes = labels(&report["classes"]);
        let mut confusion = Confusion::new(&classes).unwrap();
        let (truth, predicted) = (labels(&report["y_true"]), labels(&report["y_pred"]));
        confusion.add(&truth, &predicted).unwrap();
        assert_eq!(confusion.counts, labels(&report["confusion_matrix"]));
    }
}
