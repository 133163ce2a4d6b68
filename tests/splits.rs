//! Splits, folds, grids and ranks against scikit-learn's.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::BTreeMap;

use breakeven::data::split::{take_rows, train_test_split_indices};
use breakeven::model_selection::k_fold::stratified_k_fold;
use breakeven::model_selection::parameter_grid::{ParameterGrid, best_index, rank_test_score};
use breakeven::models::ParamValue;
use proptest::prelude::*;
use support::{fixture, hash_u32, number, numbers};

#[test]
fn train_test_split_is_scikit_learns() {
    for case in fixture("train_test_split").as_array().unwrap() {
        let codes = case["codes"].as_array().map(|_| numbers(&case["codes"]));
        let (train, test) = train_test_split_indices(
            number(&case["n"]),
            case["test_size"].as_f64().unwrap(),
            u32::try_from(number(&case["seed"])).unwrap(),
            codes.as_deref(),
        )
        .unwrap();
        assert_eq!(train.len(), number(&case["n_train"]));
        assert_eq!(train[..train.len().min(25)], numbers(&case["train"]));
        assert_eq!(test[..test.len().min(25)], numbers(&case["test"]));
        assert_eq!(hash_u32(&train), case["train_hash"].as_str().unwrap());
        assert_eq!(hash_u32(&test), case["test_hash"].as_str().unwrap());
    }
}

#[test]
fn split_refuses_empty_sides() {
    for size in [0.0, 1.0, -0.1, 2.0, f64::NAN] {
        let error = train_test_split_indices(10, size, 0, None).unwrap_err();
        assert!(error.to_string().contains("test_size"), "{error}");
    }
    for (n, size) in [(0, 0.5), (1, 0.5), (2, 0.9)] {
        assert_eq!(
            train_test_split_indices(n, size, 0, None)
                .unwrap_err()
                .code(),
            "invalid_param"
        );
    }
    let lonely = train_test_split_indices(5, 0.4, 0, Some(&[0, 0, 1, 0, 0])).unwrap_err();
    assert!(lonely.to_string().contains("stratify"), "{lonely}");
    assert!(train_test_split_indices(4, 0.25, 0, Some(&[0, 0, 1, 1])).is_err());
    assert!(train_test_split_indices(4, 0.25, 0, Some(&[0, 0])).is_err());
}

#[test]
fn rows_are_taken_in_order() {
    let x = ndarray::array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
    let taken = take_rows(x.view(), &[2, 0, 2]).unwrap();
    assert_eq!(taken, ndarray::array![[5.0, 6.0], [1.0, 2.0], [5.0, 6.0]]);
    assert_eq!(
        take_rows(x.t(), &[1]).unwrap(),
        ndarray::array![[2.0, 4.0, 6.0]]
    );
    assert!(take_rows(x.view(), &[3]).is_err());
}

#[test]
fn folds_are_scikit_learns() {
    for case in fixture("stratified_k_fold").as_array().unwrap() {
        let codes = numbers(&case["codes"]);
        let n_splits = number(&case["n_splits"]);
        let folds = stratified_k_fold(&codes, number(&case["n_classes"]), n_splits).unwrap();
        let mut test_fold = vec![u32::MAX; codes.len()];
        for (i, fold) in folds.iter().enumerate() {
            for &row in &fold.test {
                test_fold[row as usize] = u32::try_from(i).unwrap();
            }
        }
        assert_eq!(test_fold, numbers(&case["test_fold"]));
    }
}

#[test]
fn folds_refuse_what_scikit_learn_refuses() {
    for (codes, n_splits) in [
        (&[0, 1, 0, 1][..], 1),
        (&[0, 1, 0, 1], 0),
        (&[0, 1, 0, 1], 3),
        (&[0, 1, 0, 1], 5),
    ] {
        let error = stratified_k_fold(codes, 2, n_splits).unwrap_err();
        assert!(error.to_string().starts_with("cv = "), "{error}");
    }
    // One class is large enough: scikit-learn only warns.
    assert!(stratified_k_fold(&[0, 1, 0, 0], 2, 3).is_ok());
    assert!(stratified_k_fold(&[0, 2, 0, 0], 2, 3).is_err());
}

#[test]
fn ranks_are_scikit_learns() {
    for case in fixture("rank").as_array().unwrap() {
        let means: Vec<f64> = case["means"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v.as_f64().unwrap_or(f64::NAN))
            .collect();
        let ranks = rank_test_score(&means);
        assert_eq!(ranks, numbers(&case["rank"]));
        assert_eq!(best_index(&ranks), Some(number(&case["best"])));
    }
    assert_eq!(best_index(&rank_test_score(&[])), None);
}

#[test]
fn grids_in_scikit_learns_order() {
    let values = |list: &[f64]| {
        list.iter()
            .map(|&v| ParamValue::Number(v))
            .collect::<Vec<_>>()
    };
    let two = BTreeMap::from([
        ("b".to_owned(), values(&[1.0, 2.0])),
        ("a".to_owned(), values(&[3.0, 4.0])),
    ]);
    let one = BTreeMap::from([("c".to_owned(), values(&[5.0]))]);
    let grid = ParameterGrid::new(vec![two, BTreeMap::new(), one]).unwrap();
    let printed: Vec<String> = grid
        .candidates()
        .iter()
        .map(|params| {
            let cells: Vec<_> = params.iter().map(|(k, v)| format!("{k}={v}")).collect();
            cells.join(" ")
        })
        .collect();
    assert_eq!(
        printed,
        ["a=3 b=1", "a=3 b=2", "a=4 b=1", "a=4 b=2", "", "c=5"]
    );
    assert_eq!(grid.n_candidates(), 6);

    let empty = BTreeMap::from([("C".to_owned(), Vec::new())]);
    let error = ParameterGrid::new(vec![empty]).unwrap_err();
    assert!(error.to_string().contains("empty grid"), "{error}");
    assert!(ParameterGrid::new(Vec::new()).is_err());
}

proptest! {
    #[test]
    fn folds_partition_the_rows(codes in prop::collection::vec(0_u32..4, 4..200), n_splits in 2_usize..6) {
        if let Ok(folds) = stratified_k_fold(&codes, 4, n_splits) {
            let mut tested = vec![0; codes.len()];
            for fold in &folds {
                prop_assert!(fold.train.is_sorted() && fold.test.is_sorted());
                prop_assert_eq!(fold.train.len() + fold.test.len(), codes.len());
                for &row in &fold.test {
                    tested[row as usize] += 1;
                    prop_assert!(fold.train.binary_search(&row).is_err());
                }
            }
            prop_assert!(tested.iter().all(|&n| n == 1));
            for class in 0..4 {
                let of = |f: &breakeven::model_selection::k_fold::Fold| {
                    f.test.iter().filter(|&&r| codes[r as usize] == class).count()
                };
                let sizes: Vec<usize> = folds.iter().map(of).collect();
                prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
            }
        }
    }

    #[test]
    fn splits_partition_the_rows(n in 2_usize..300, size in 0.01_f64..0.99, seed: u32, classes in 1_u32..5) {
        let codes: Vec<u32> = (0..n as u32).map(|i| i * 7919 % classes).collect();
        for stratify in [None, Some(&codes[..])] {
            if let Ok((train, test)) = train_test_split_indices(n, size, seed, stratify) {
                let mut all = [train, test].concat();
                all.sort_unstable();
                prop_assert_eq!(all, (0..n as u32).collect::<Vec<_>>());
            }
        }
    }
}
