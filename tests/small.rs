//! Every estimator of our own on a few rows: what a batch is answered, its rows are answered one by one. So little work that
//! Miri looks at all of it (`npm run miri`), above all at the kernels that take rows in pairs and in groups.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

mod forest_support;
mod smartcore_support;

use breakeven::models::estimator::EstimatorSpec;
use breakeven::models::forest::random_forest::RandomForestParams;
use breakeven::models::{Classifier, ParamValue, Params};
use breakeven::parallel::chunks::for_each_chunk;
use forest_support::{fit, plain};
use ndarray::Array2;
use smartcore_support::{attempt, spec};

const N_TRAIN: usize = 24;
/// Below, at and above a group of rows, with every rest of a pair and of four.
const BATCHES: [usize; 6] = [1, 2, 7, 16, 17, 35];

/// A few columns of tenths, some of them equal, and classes that follow them.
fn table(n: usize, d: usize, k: usize) -> (Array2<f64>, Vec<i32>) {
    let mut state = 1_u32;
    let mut draw = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 24) / 10.0
    };
    let x = Array2::from_shape_fn((n, d), |_| draw());
    let class = |i: usize| ((x[(i, 0)] + x[(i, d - 1)]) as usize + i) % k;
    let y = (0..n).map(|i| if i < k { i } else { class(i) } as i32);
    let y = y.collect();
    (x, y)
}

fn settings(estimator: &str) -> Params {
    let setting = match estimator {
        "RandomForestClassifier" => ("n_estimators", 3.0),
        "GaussianNB" => return Params::new(),
        _ => ("max_iter", 3.0),
    };
    [(setting.0.to_owned(), ParamValue::Number(setting.1))].into()
}

#[test]
fn a_batch_is_answered_as_its_rows_are() {
    let n = BATCHES[BATCHES.len() - 1];
    for estimator in [
        "GaussianNB",
        "LogisticRegression",
        "LinearSVC",
        "RandomForestClassifier",
    ] {
        for (d, k) in [(1, 2), (3, 3), (6, 2)] {
            let (x, y) = table(n, d, k);
            let train = x.slice(ndarray::s![..N_TRAIN, ..]).to_owned();
            let spec = EstimatorSpec {
                backend: None,
                ..spec(estimator, settings(estimator))
            };
            let model = attempt(&spec, &train, &y[..N_TRAIN]).unwrap();
            let alone: Vec<i32> = x
                .axis_chunks_iter(ndarray::Axis(0), 1)
                .flat_map(|row| model.predict(row).unwrap())
                .collect();
            for batch in BATCHES {
                let labels = model.predict(x.slice(ndarray::s![..batch, ..])).unwrap();
                assert_eq!(
                    labels,
                    alone[..batch],
                    "{estimator}, {d} columns, {batch} rows"
                );
            }
        }
    }
}

#[test]
fn a_forest_is_what_walking_its_trees_gives() {
    for (d, k) in [(1, 2), (4, 3), (5, 7)] {
        let (x, y) = table(N_TRAIN + 11, d, k);
        let codes: Vec<u32> = y.iter().map(|&code| code as u32).collect();
        let params = RandomForestParams::read(&settings("RandomForestClassifier")).unwrap();
        let model = fit(&params, &x, &codes, k);
        let rows = x.as_slice().unwrap();
        let mut proba = vec![0.0; rows.len() / d * k];
        model.predict_proba_into(rows, &mut proba).unwrap();
        assert_eq!(proba, plain::proba(&model, rows, k));
    }
}

#[test]
fn every_chunk_is_written_once() {
    for n in [0, 1, 5, 8] {
        let mut out = vec![0_u8; n];
        for_each_chunk(2, &mut out, 3, |_, chunks| {
            for (first, chunk) in chunks {
                for (at, value) in chunk.iter_mut().enumerate() {
                    *value += 1 + (first + at) as u8;
                }
            }
        });
        assert!(
            out.iter()
                .zip(1..)
                .all(|(value, expected)| *value == expected)
        );
    }
}
