//! The data of the fixtures, and fits on them.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)]

pub mod plain;
pub mod walks;

use breakeven::data::TrainingSet;
use breakeven::models::forest::random_forest::{RandomForest, RandomForestParams, train_tree};
use breakeven::models::forest::training::feature_ranks::{Column, Ranks};
use breakeven::parallel::pause::whole;
use ndarray::Array2;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// What to generate.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Source {
    pub seed: u64,
    pub n: usize,
    pub d: usize,
    pub k: usize,
    pub levels: u32,
}

/// The cases of a fixture; whose answers they are stands beside them.
pub fn cases<T: DeserializeOwned>(text: &str) -> Vec<T> {
    #[derive(Deserialize)]
    struct Fixture<T> {
        scikit_learn: String,
        cases: Vec<T>,
    }
    let fixture: Fixture<T> = serde_json::from_str(text).unwrap();
    assert_eq!(fixture.scikit_learn, "1.9.1");
    fixture.cases
}

/// As in make_forest.py.
pub fn generate(source: &Source) -> (Array2<f64>, Vec<u32>) {
    let Source {
        seed,
        n,
        d,
        k,
        levels,
    } = *source;
    let (mut state, levels) = (seed, f64::from(levels));
    let mut draw = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / 16_777_216.0
    };
    let mut x = Array2::zeros((n, d));
    let mut codes = vec![0; n];
    for i in 0..n {
        for j in 0..d {
            let value = draw() + draw() + draw() + draw() - 2.0;
            x[(i, j)] = if levels > 0.0 {
                (value * levels).floor() / levels
            } else {
                value
            };
        }
        let score = (x[(i, 0)] + 0.5 * x[(i, d - 1)] + draw()) * k as f64 * 0.7 + 40.0 * k as f64;
        codes[i] = (score.floor() as usize % k) as u32;
    }
    for (code, class) in codes.iter_mut().zip(0..k as u32) {
        *code = class;
    }
    (x, codes)
}

pub fn fit(params: &RandomForestParams, x: &Array2<f64>, codes: &[u32], k: usize) -> RandomForest {
    fit_rows(
        params,
        x,
        codes,
        k,
        &(0..x.nrows() as u32).collect::<Vec<_>>(),
    )
}

pub fn fit_rows(
    params: &RandomForestParams,
    x: &Array2<f64>,
    codes: &[u32],
    k: usize,
    rows: &[u32],
) -> RandomForest {
    let data = TrainingSet {
        x: x.view(),
        codes,
        n_classes: k,
        rows,
        shared: None,
    };
    let columns = (0..x.ncols()).map(|feature| whole(Column::new(x.view(), feature)));
    let ranks = Ranks::of_columns(x.nrows(), columns.collect()).unwrap();
    let trees = (0..params.n_estimators as usize)
        .map(|t| whole(train_tree(params, &ranks, &data, t)).unwrap())
        .collect();
    whole(RandomForest::of_fit(params, &data, trees)).unwrap()
}

/// Numbers with spaces between them.
pub fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect()
}
