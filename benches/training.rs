//! Fits and searches on the notebook's 8000 rows. `npm run bench -- --bench training`
#![allow(missing_docs, clippy::unwrap_used)]

mod notebook;

use std::hint::black_box;

use breakeven::measure::clock::SystemClock;
use breakeven::model_selection::grid_search::{GridSearch, GridSearchSpec};
use criterion::{Criterion, criterion_group, criterion_main};
use notebook::{classifiers, fit, spec, training_rows};
use serde_json::{Value, json};

fn fits(c: &mut Criterion) {
    let (x, y) = training_rows();
    let mut group = c.benchmark_group("fit");
    for (name, spec) in &classifiers()[..3] {
        group.bench_function(*name, |b| b.iter(|| fit(spec, black_box(&x), &y)));
    }
    // One unit of a forest: ranks are made once a search, so ten trees show mostly the trees.
    let ten = spec(
        "RandomForestClassifier",
        json!({ "n_estimators": 10, "random_state": 0 }),
    );
    group.bench_function("RF, 10 trees", |b| b.iter(|| fit(&ten, black_box(&x), &y)));
    group.finish();
}

fn searches(c: &mut Criterion) {
    notebook::start_pool();
    let (x, y) = training_rows();
    let grids: [(&str, &str, Value, Value, f64); 4] = [
        ("NB", "GaussianNB", json!({}), json!({}), 0.779_875),
        (
            "LR, 21 cells",
            "LogisticRegression",
            json!({ "l1_ratio": 0.5 }),
            json!({ "penalty": ["l1", "l2", "elasticnet"], "C": [0.001, 0.01, 0.1, 1, 10, 100, 1000] }),
            0.824_25,
        ),
        (
            "SVC, 10 cells",
            "LinearSVC",
            json!({}),
            json!({ "penalty": ["l1", "l2"], "C": [0.01, 0.1, 1, 10, 100] }),
            0.823,
        ),
        (
            "RF, 100 trees",
            "RandomForestClassifier",
            json!({ "random_state": 0 }),
            json!({}),
            0.909_75,
        ),
    ];
    let mut group = c.benchmark_group("5-fold search on all cores");
    group.sample_size(10);
    for (name, estimator, params, param_grid, score) in grids {
        let spec: GridSearchSpec = serde_json::from_value(
            json!({ "estimator": estimator, "params": params, "param_grid": param_grid }),
        )
        .unwrap();
        let clock = SystemClock::default();
        let run = || {
            let mut search = GridSearch::new(&spec, x.clone(), &y, &clock).unwrap();
            search.run(&clock, &|| false).unwrap().unwrap()
        };
        let found = run().best_score;
        assert!((found - score).abs() < 1e-9, "{name}: {found}");
        group.bench_function(name, |b| b.iter(run));
    }
    group.finish();
}

criterion_group!(benches, fits, searches);
criterion_main!(benches);
