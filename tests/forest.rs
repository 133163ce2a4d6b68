//! Forests against scikit-learn's own trees, and the quick ways against the plain ones.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod forest_support;

use std::sync::Arc;

use breakeven::error::Error;
use breakeven::inference::batch::Batch;
use breakeven::inference::predict::Split;
use breakeven::measure::clock::SystemClock;
use breakeven::model_selection::fit;
use breakeven::models::classifier::{Attributes, Classifier};
use breakeven::models::estimator::{EstimatorSpec, Fitted};
use breakeven::models::forest::params::{Amount, MaxFeatures};
use breakeven::models::forest::random_forest::{RandomForest, RandomForestParams};
use breakeven::models::forest::training::criterion::Criterion;
use breakeven::models::forest::training::out_of_bag::OutOfBag;
use breakeven::models::model::Model;
use breakeven::models::params::Params;
use breakeven::persist::model_file;
use forest_support::{Source, cases, fit, fit_rows, generate, numbers, plain, walks};
use ndarray::Array2;
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    data: Source,
    params: Params,
    trees: Vec<TreeCase>,
    n_trees: u32,
    predict: Vec<i32>,
    proba: String,
    importances: String,
    oob_score: Option<f64>,
    oob: Option<String>,
}

#[derive(Deserialize)]
struct TreeCase {
    feature: Vec<i32>,
    threshold: String,
    right: Vec<i32>,
    value: String,
}

fn settings(params: &Params, n_estimators: u32) -> RandomForestParams {
    let mut params = RandomForestParams::read(params).unwrap();
    params.n_estimators = n_estimators;
    params
}

#[test]
fn node_for_node_scikit_learns() {
    for case in cases::<Case>(include_str!("fixtures/forest.json")) {
        let context = format!("{:?} {:?}", case.data, case.params);
        let (x, codes) = generate(&case.data);
        let params = settings(&case.params, case.n_trees);
        let model = fit(&params, &x, &codes, case.data.k);
        let Ok(Attributes::Forest {
            trees,
            feature_importances: Some(importances),
            oob_score,
            oob_decision_function,
            ..
        }) = model.attributes()
        else {
            panic!()
        };
        assert_eq!(importances, numbers(&case.importances), "{context}");
        assert_eq!(oob_score, case.oob_score, "{context}");
        let oob = oob_decision_function.map(|rows| rows.concat());
        assert_eq!(oob, case.oob.as_deref().map(numbers), "{context}");
        for (tree, wanted) in trees.iter().zip(&case.trees) {
            assert_eq!(tree.feature, wanted.feature, "{context}");
            let splits: Vec<_> = (0..tree.feature.len())
                .filter(|&i| tree.feature[i] >= 0)
                .collect();
            let leaves = (0..tree.feature.len()).filter(|&i| tree.feature[i] < 0);
            assert_eq!(
                splits
                    .iter()
                    .map(|&i| tree.threshold[i])
                    .collect::<Vec<_>>(),
                numbers(&wanted.threshold),
                "{context}"
            );
            assert_eq!(
                splits
                    .iter()
                    .map(|&i| tree.children_right[i])
                    .collect::<Vec<_>>(),
                wanted.right,
                "{context}"
            );
            assert_eq!(
                leaves
                    .flat_map(|i| tree.value[i].clone())
                    .collect::<Vec<_>>(),
                numbers(&wanted.value),
                "{context}"
            );
        }
        let (new, _) = generate(&Source {
            seed: 99,
            n: 20,
            ..case.data
        });
        let classes: Vec<i32> = (0..case.data.k as i32).collect();
        let mut labels = vec![0; 20];
        model.predict_into(new.as_slice().unwrap(), &classes, &mut labels);
        assert_eq!(labels, case.predict, "{context}");
        let mut proba = vec![0.0; 20 * case.data.k];
        model
            .predict_proba_into(new.as_slice().unwrap(), &mut proba)
            .unwrap();
        assert_eq!(proba, numbers(&case.proba), "{context}");
    }
}

#[test]
fn files_are_checked() {
    let source = Source {
        seed: 1,
        n: 80,
        d: 3,
        k: 2,
        levels: 0,
    };
    let (x, codes) = generate(&source);
    let model = fit(&settings(&Params::new(), 4), &x, &codes, 2);
    let bytes = postcard::to_allocvec(&model).unwrap();
    let again: RandomForest = postcard::from_bytes(&bytes).unwrap();
    assert_eq!(again.trees(), model.trees());
    let good = serde_json::to_value(&model).unwrap();
    let broken: [fn(&mut serde_json::Value); 14] = [
        |m| m["trees"][0]["features"][0] = 3.into(),
        |m| m["trees"][0]["features"][0] = (-2).into(),
        |m| {
            m["trees"][0]["features"]
                .as_array_mut()
                .unwrap()
                .truncate(2)
        },
        |m| {
            m["trees"][0]["features"]
                .as_array_mut()
                .unwrap()
                .push((-2).into())
        },
        |m| {
            m["trees"][1]["thresholds"]
                .as_array_mut()
                .unwrap()
                .truncate(1)
        },
        |m| m["trees"][1]["weights"].as_array_mut().unwrap().truncate(1),
        |m| {
            m["trees"][1]["weights"]
                .as_array_mut()
                .unwrap()
                .push(1.into())
        },
        |m| m["trees"][1]["weights"][0] = 2.into(),
        |m| m["trees"][1]["weights"][1] = 0.into(),
        |m| m["trees"][1]["ends"].as_array_mut().unwrap().truncate(1),
        |m| m["trees"][1]["ends"][0] = 9999.into(),
        |m| m["trees"][1]["ends"][0] = 0.into(),
        |m| m["n_classes"] = 3.into(),
        |m| m["n_features"] = 0.into(),
    ];
    assert!(serde_json::from_value::<RandomForest>(good.clone()).is_ok());
    for (i, damage) in broken.iter().enumerate() {
        let mut bad = good.clone();
        damage(&mut bad);
        assert!(
            serde_json::from_value::<RandomForest>(bad).is_err(),
            "damage {i}"
        );
    }
    for end in 0..bytes.len() {
        assert!(postcard::from_bytes::<RandomForest>(&bytes[..end]).is_err());
    }
    // Whatever loads can be used.
    for (i, flip) in (0..bytes.len()).flat_map(|i| [(i, 1_u8), (i, 0x80), (i, 0xff)]) {
        let mut bad = bytes.clone();
        bad[i] ^= flip;
        if let Ok(model) = postcard::from_bytes::<RandomForest>(&bad) {
            let row = vec![0.5; model.n_features()];
            let classes = vec![0; model.n_classes()];
            model.predict_into(&row, &classes, &mut [0]);
        }
    }
}

#[test]
fn settings_are_checked() {
    let read =
        |text: &str| RandomForestParams::read(&serde_json::from_str::<Params>(text).unwrap());
    for good in [
        "{}",
        r#"{"max_features":null}"#,
        r#"{"max_leaf_nodes":null,"class_weight":null}"#,
        r#"{"max_features":"1.0","min_samples_split":"1.0","max_samples":"1.0"}"#,
        r#"{"min_samples_leaf":"0.25","max_samples":67108864}"#,
        r#"{"class_weight":{"0":0,"-7":2.5}}"#,
    ] {
        assert!(read(good).is_ok(), "{good}");
    }
    for bad in [
        r#"{"n_estimators":0}"#,
        r#"{"max_features":"auto"}"#,
        r#"{"max_features":0}"#,
        r#"{"max_features":1.5}"#,
        r#"{"min_samples_split":1}"#,
        r#"{"max_leaf_nodes":5}"#,
        r#"{"class_weight":"balanced_subsample"}"#,
        r#"{"class_weight":"balanced","bootstrap":false}"#,
        r#"{"class_weight":{"0":-1}}"#,
        r#"{"oob_score":true,"bootstrap":false}"#,
        r#"{"max_samples":2,"bootstrap":false}"#,
        r#"{"max_samples":0}"#,
        r#"{"max_samples":67108865}"#,
        r#"{"max_samples":1.5}"#,
        r#"{"max_samples":"1.5"}"#,
        r#"{"max_samples":"1"}"#,
        r#"{"min_samples_leaf":"1.0"}"#,
        r#"{"max_features":"0.0"}"#,
        r#"{"max_features":"nan."}"#,
        r#"{"nestimators":5}"#,
        r#"{"random_state":-1}"#,
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
}

#[test]
fn wide_rows_and_many_classes() {
    for (d, k, n) in [
        (80, 2, 200),
        (1100, 3, 60),
        (2, 70, 300),
        (3, 300, 700),
        (2, 600, 700),
    ] {
        let (x, codes) = generate(&Source {
            seed: 5,
            n,
            d,
            k,
            levels: 0,
        });
        let model = fit(&settings(&Params::new(), 3), &x, &codes, k);
        let new = x.as_slice().unwrap();
        let wanted = plain::proba(&model, new, k);
        let classes: Vec<i32> = (0..k as i32).collect();
        for take in [1, n] {
            let (mut labels, mut proba) = (vec![0; take], vec![0.0; take * k]);
            model.predict_into(&new[..take * d], &classes, &mut labels);
            model
                .predict_proba_into(&new[..take * d], &mut proba)
                .unwrap();
            assert_eq!(proba, wanted[..take * k], "{d} {k}");
            for (label, row) in labels.iter().zip(wanted.chunks(k)) {
                let first = (0..k)
                    .rev()
                    .max_by(|&a, &b| row[a].total_cmp(&row[b]))
                    .unwrap();
                assert_eq!(*label, classes[first], "{d} {k}");
            }
        }
    }
}

/// As in a browser: see `web_forest.rs`.
#[test]
fn walks_of_every_shape_are_plain() {
    for k in [2, 3, 7] {
        walks::are_plain(k);
    }
}

/// A model as users hold it.
fn model(forest: RandomForest) -> Model {
    Model {
        spec: EstimatorSpec {
            estimator: "RandomForestClassifier".to_owned(),
            params: Params::new(),
            backend: None,
            preprocess: None,
        },
        classes: (0..forest.n_classes() as i32).collect(),
        fitted: Fitted::RandomForest(forest),
        schema: None,
    }
}

#[test]
fn what_float32_cannot_hold_is_refused() {
    let source = Source {
        seed: 3,
        n: 5000,
        d: 3,
        k: 2,
        levels: 0,
    };
    let (mut x, codes) = generate(&source);
    let model = Arc::new(model(fit(&settings(&Params::new(), 3), &x, &codes, 2)));
    let labels: Vec<i32> = codes.iter().map(|&code| code as i32).collect();
    let train = |x: &Array2<f64>| fit::fit(&model.spec, Arc::new(x.clone()), &labels).map(drop);
    let half_a_step_above: f64 = 340_282_356_779_733_661_637_539_395_458_142_568_448.0;
    let (row, col) = (4321, 2);
    let beyond = Error::BeyondFloat32 { row, col };
    assert_eq!(beyond.code(), "non_finite");
    for (value, fits) in [
        (1e39, false),
        (-1e39, false),
        (half_a_step_above, false),
        (half_a_step_above.next_down(), true),
        (-half_a_step_above.next_down(), true),
        (f64::INFINITY, false),
    ] {
        x[(row, col)] = value;
        // Labels, probabilities, in steps, and training.
        let mut batch = Batch::new(model.clone(), Arc::new(x.clone()), Split::ALL).unwrap();
        let told = [
            model.predict(x.view()).map(drop),
            model.predict_proba(x.view()).map(drop),
            batch.run(f64::INFINITY, &SystemClock::default()).map(drop),
            train(&x),
        ];
        let wanted = if fits { Ok(()) } else { Err(beyond.clone()) };
        assert_eq!(told, [0; 4].map(|_| wanted.clone()), "{value}");
    }
    x[(row, col)] = f64::NAN;
    // Of several, the first in the order of rows.
    x[(row + 1, 0)] = f64::NAN;
    assert_eq!(train(&x).unwrap_err(), beyond);
}

#[test]
fn nan_goes_left_whatever_the_layout() {
    // Narrow rows, many and few; a split a unit; trees as they are.
    for (d, k, n) in [(5, 3, 300), (40, 2, 300), (3, 1100, 1500)] {
        let source = Source {
            seed: 8,
            n,
            d,
            k,
            levels: 0,
        };
        let (mut x, codes) = generate(&source);
        let forest = fit(&settings(&Params::new(), 4), &x, &codes, k);
        for (at, value) in x.iter_mut().enumerate() {
            if at % 3 == 0 {
                *value = f64::NAN;
            }
        }
        let x = x.as_slice().unwrap();
        let wanted = plain::proba(&forest, x, k);
        for take in [1, n] {
            let mut proba = vec![0.0; take * k];
            forest
                .predict_proba_into(&x[..take * d], &mut proba)
                .unwrap();
            assert_eq!(proba, wanted[..take * k], "{d} {k} {take}");
        }
    }
}

#[test]
fn whatever_was_fitted_can_be_saved_and_loaded() {
    let source = Source {
        seed: 4,
        n: 60,
        d: 2,
        k: 2,
        levels: 0,
    };
    let (mut x, codes) = generate(&source);
    // As far apart as float32 allows.
    for (at, value) in x.iter_mut().enumerate().step_by(7) {
        *value = f64::from(f32::MAX) * if at % 2 == 0 { 1.0 } else { -1.0 };
    }
    let model = model(fit(&settings(&Params::new(), 5), &x, &codes, 2));
    let again = model_file::load(&model_file::save(&model).unwrap()).unwrap();
    assert_eq!(again.predict(x.view()), model.predict(x.view()));
}

/// A file of which only the content is to be judged.
fn sealed(content: &impl serde::Serialize) -> Vec<u8> {
    let content = postcard::to_allocvec(content).unwrap();
    let version = 3_u32.to_le_bytes();
    let crc = crc32fast::hash(&content).to_le_bytes();
    [b"brkevnML", &version[..], &crc[..], &content[..]].concat()
}

/// `(estimator, settings, backend, labels, which model, the model)`.
type Content<M> = (String, Vec<u8>, Option<u8>, Vec<i32>, u8, M);

/// Columns, classes, trees: classes, features, thresholds, ends, weights.
type SmallForest = (u32, u32, Vec<(u32, Vec<i32>, Vec<f64>, Vec<u32>, Vec<u32>)>);

fn small(name: &str, labels: Vec<i32>, forest: SmallForest) -> Content<SmallForest> {
    (name.to_owned(), Vec::new(), None, labels, 3, forest)
}

#[test]
fn a_small_file_cannot_ask_for_much_nor_be_two_things() {
    // One split on a feature, two leaves.
    let forest = |n_features: u32, n_classes: u32, feature: i32| -> SmallForest {
        let tree = (
            n_classes,
            vec![feature, -2, -2],
            vec![0.5],
            vec![1, 2],
            vec![0, 1, 1, 1],
        );
        (n_features, n_classes, vec![tree])
    };
    let name = "RandomForestClassifier";
    let good = sealed(&small(name, vec![-1, 1], forest(1 << 20, 2, 5)));
    let model = model_file::load(&good).unwrap();
    assert_eq!(model.fitted.n_features(), 1 << 20);
    // It is of format 2: what is written now says more after that.
    let saved = model_file::save(&model).unwrap();
    assert!(saved[16..].starts_with(&good[16..]));
    let again = model_file::load(&saved).unwrap();
    assert_eq!(again.fitted.attributes(), model.fitted.attributes());
    for (why, bad) in [
        ("columns", small(name, vec![-1, 1], forest(u32::MAX, 2, 5))),
        (
            "columns",
            small(name, vec![-1, 1], forest((1 << 20) + 1, 2, 5)),
        ),
        (
            "a column",
            small(name, vec![-1, 1], forest(u32::MAX, 2, i32::MAX)),
        ),
        ("classes", small(name, vec![-1, 1], forest(9, u32::MAX, 5))),
        ("classes", small(name, vec![-1, 1], forest(9, 1 << 20, 5))),
        ("equal labels", small(name, vec![1, 1], forest(9, 2, 5))),
        ("descending", small(name, vec![1, -1], forest(9, 2, 5))),
        (
            "its name",
            small("GaussianNB", vec![-1, 1], forest(9, 2, 5)),
        ),
        ("no name", small("Forest", vec![-1, 1], forest(9, 2, 5))),
    ] {
        let error = model_file::load(&sealed(&bad)).unwrap_err();
        assert_eq!(error.code(), "bad_model_file", "{why}");
    }
    let longer = sealed(&(small(name, vec![-1, 1], forest(9, 2, 5)), 7_u8));
    assert_eq!(
        model_file::load(&longer).unwrap_err().code(),
        "bad_model_file"
    );
    let pickle = model_file::load(&[0x80, 4, 0x95]).unwrap_err().to_string();
    assert!(
        pickle.contains("a pickle, which only Python reads"),
        "{pickle}"
    );
}

#[test]
fn any_number_of_classes_is_learnt_in_memory_by_the_rows() {
    for (n, k, n_trees) in [(1500, 300, 3), (12_000, 10_500, 1)] {
        let rows: Vec<u32> = (0..n as u32).collect();
        let codes: Vec<u32> = rows.iter().map(|row| row % k as u32).collect();
        let x = Array2::from_shape_fn((n, 2), |(row, j)| {
            f64::from(codes[row] * [1, 7][j]) + 1e-3 * (row / k) as f64
        });
        let params = RandomForestParams {
            bootstrap: false,
            max_features: MaxFeatures::All,
            ..settings(&Params::new(), n_trees)
        };
        let model = model(fit(&params, &x, &codes, k));
        let some = x.slice(ndarray::s![..1500, ..]);
        let labels = model.predict(some).unwrap();
        let mut right = labels.iter().zip(&codes);
        assert!(right.all(|(&label, &code)| label == code as i32));
        let file = model_file::save(&model).unwrap();
        let most = n_trees as usize * n * 40;
        assert!(file.len() < most, "{k} classes: {} bytes", file.len());
        let again = model_file::load(&file).unwrap();
        assert_eq!(again.predict(some).unwrap(), labels);
    }
}

#[test]
fn leaves_of_too_many_fractions_are_kept_plain() {
    let source = Source {
        seed: 6,
        n: 30_000,
        d: 2,
        k: 900,
        levels: 0,
    };
    let (x, codes) = generate(&source);
    let params = RandomForestParams {
        min_samples_leaf: Amount::Count(3),
        ..settings(&Params::new(), 1)
    };
    let model = fit(&params, &x, &codes, 900);
    let few = &x.as_slice().unwrap()[..2 * 50];
    let mut proba = vec![0.0; 900 * 50];
    model.predict_proba_into(few, &mut proba).unwrap();
    assert_eq!(proba, plain::proba(&model, few, 900));
}

/// `(score, rows never out of bag, shares of the rows)`.
fn out_of_bag(model: &Model) -> (f64, u32, Option<Vec<Vec<f64>>>) {
    match model.fitted.attributes().unwrap() {
        Attributes::Forest {
            oob_score: Some(score),
            n_never_out_of_bag: Some(n_never),
            oob_decision_function,
            ..
        } => (score, n_never, oob_decision_function),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_out_of_bag_is_kept_and_checked() {
    let source = Source {
        seed: 41,
        n: 200,
        d: 3,
        k: 3,
        levels: 0,
    };
    let (x, codes) = generate(&source);
    let y: Vec<i32> = codes.iter().map(|&code| code as i32).collect();
    let spec = |params: &str| -> EstimatorSpec {
        let text = format!(r#"{{"estimator":"RandomForestClassifier","params":{params}}}"#);
        serde_json::from_str(&text).unwrap()
    };
    let x = Arc::new(x);
    let asked = spec(r#"{"n_estimators":3,"oob_score":true,"criterion":"entropy"}"#);
    let model = fit::fit(&asked, x.clone(), &y).unwrap();
    let (score, n_never, shares) = out_of_bag(&model);
    let shares = shares.unwrap();
    // A row that each of three trees has drawn has no shares, and is taken for the first class.
    let is_never = |row: &&Vec<f64>| row.iter().all(|&share| share == 0.0);
    let never: Vec<_> = shares.iter().filter(is_never).collect();
    assert!(n_never > 0 && never.len() == n_never as usize);
    let first = |row: &[f64]| (0..3).rev().max_by(|&a, &b| row[a].total_cmp(&row[b]));
    let n_right = shares
        .iter()
        .zip(&y)
        .filter(|(row, y)| first(row) == Some(**y as usize));
    assert_eq!(n_right.count() as f64 / 200.0, score);
    let bytes = model_file::save(&model).unwrap();
    let again = model_file::load(&bytes).unwrap();
    assert_eq!(again.fitted.attributes(), model.fitted.attributes());
    assert_eq!(model_file::save(&again).unwrap(), bytes);

    // The same trees, and nothing of it, where it is not asked for.
    let plain = fit::fit(
        &spec(r#"{"n_estimators":3,"criterion":"entropy"}"#),
        x.clone(),
        &y,
    )
    .unwrap();
    let Ok(Attributes::Forest {
        trees,
        oob_score: None,
        oob_decision_function: None,
        n_never_out_of_bag: None,
        feature_importances: Some(importances),
    }) = plain.fitted.attributes()
    else {
        panic!()
    };
    let Ok(Attributes::Forest {
        trees: others,
        feature_importances,
        ..
    }) = model.fitted.attributes()
    else {
        panic!()
    };
    assert_eq!((trees, Some(importances)), (others, feature_importances));

    // Shares that cannot be, or are those of other classes, are nothing that a file may hold.
    let found = model.fitted.out_of_bag().unwrap();
    for (change, is_good) in [
        ((|_| ()) as fn(&mut Vec<f64>), true),
        (|numbers| numbers[0] = 1.5, false),
        (|numbers| numbers[0] = f64::NAN, false),
        (|numbers| numbers[1] = 0.5, false),
        (|numbers| numbers[1] = -1.0, false),
        (|numbers| numbers[7] = -0.1, false),
        (|numbers| numbers[7] = f64::INFINITY, false),
        (|numbers| numbers.truncate(601), false),
        (|numbers| numbers.truncate(1), false),
    ] {
        let mut numbers = found.to_numbers();
        change(&mut numbers);
        let read = OutOfBag::of_numbers(numbers, 3);
        assert_eq!(read.as_ref(), is_good.then_some(found));
    }
}

#[test]
fn shares_of_too_many_rows_are_not_kept_but_their_score_is() {
    let source = Source {
        seed: 42,
        n: 2700,
        d: 2,
        k: 400,
        levels: 0,
    };
    let (x, codes) = generate(&source);
    let y: Vec<i32> = codes.iter().map(|&code| code as i32).collect();
    let text =
        r#"{"estimator":"RandomForestClassifier","params":{"n_estimators":2,"oob_score":true}}"#;
    let model = fit::fit(&serde_json::from_str(text).unwrap(), Arc::new(x), &y).unwrap();
    let (score, n_never, shares) = out_of_bag(&model);
    assert!(score > 0.0 && score < 1.0 && n_never > 0 && shares.is_none());
}

/// Weights that are drawn by may be of any size; those that are added up have to be whole.
#[test]
fn weights_of_classes_are_refused_where_no_tree_can_hold_them() {
    let source = Source {
        seed: 43,
        n: 60,
        d: 2,
        k: 2,
        levels: 0,
    };
    let (x, codes) = generate(&source);
    let y: Vec<i32> = codes.iter().map(|&code| code as i32).collect();
    let x = Arc::new(x);
    let grown = |params: &str| {
        let text = format!(r#"{{"estimator":"RandomForestClassifier","params":{params}}}"#);
        fit::fit(&serde_json::from_str(&text).unwrap(), x.clone(), &y)
    };
    for good in [
        r#"{"n_estimators":2,"class_weight":{"0":1e-300,"1":1e300}}"#,
        r#"{"n_estimators":2,"class_weight":{"0":0,"1":1},"oob_score":true}"#,
        r#"{"n_estimators":1,"max_samples":67108864,"max_depth":1}"#,
        r#"{"n_estimators":2,"class_weight":{"0":1000000,"1":0},"bootstrap":false}"#,
    ] {
        let model = grown(good).unwrap();
        let again = model_file::load(&model_file::save(&model).unwrap()).unwrap();
        assert_eq!(
            again.predict(x.view()).unwrap(),
            model.predict(x.view()).unwrap()
        );
    }
    for (bad, words) in [
        (
            r#"{"class_weight":{"no":1}}"#,
            "class_weight of class no = 1 is not possible: it must be left out: y has the classes 0, 1",
        ),
        (
            r#"{"class_weight":{"1":1,"01":2}}"#,
            "left out: that class is there twice",
        ),
        (
            r#"{"class_weight":{"0":0,"1":0}}"#,
            "class_weight = 0 for all rows together",
        ),
        (
            r#"{"class_weight":{"0":1e308,"1":1e308}}"#,
            "class_weight = inf for all rows together",
        ),
        (
            r#"{"class_weight":{"0":1.5},"bootstrap":false}"#,
            "class_weight = 1.5 is not possible: it must be a whole number",
        ),
        (
            r#"{"class_weight":{"0":2000000},"bootstrap":false}"#,
            "at most 1118481",
        ),
    ] {
        let error = grown(bad).unwrap_err();
        assert_eq!(error.code(), "invalid_param");
        assert!(error.to_string().contains(words), "{error}");
    }
}

/// Settings of every kind, those of `quick_is_plain`'s own left as they are.
fn limits() -> impl Strategy<Value = RandomForestParams> {
    let features = prop::sample::select(vec![
        MaxFeatures::Sqrt,
        MaxFeatures::Log2,
        MaxFeatures::All,
        MaxFeatures::Count(2),
        MaxFeatures::Count(9),
        MaxFeatures::Share(0.6),
    ]);
    let amount = |min: u32| {
        prop_oneof![
            2 => Just(Amount::Count(min)),
            1 => (min..12).prop_map(Amount::Count),
            1 => (0.001..0.2).prop_map(Amount::Share),
        ]
    };
    (
        prop::sample::select(vec![Criterion::Gini, Criterion::Entropy]),
        prop::option::of(1_u32..8),
        amount(2),
        amount(1),
        features,
        prop_oneof![Just(0.0), 1e-6..0.05],
    )
        .prop_map(
            |(criterion, depth, split, leaf, features, decrease)| RandomForestParams {
                criterion,
                max_depth: depth,
                min_samples_split: split,
                min_samples_leaf: leaf,
                max_features: features,
                min_impurity_decrease: decrease,
                ..settings(&Params::new(), 1)
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn quick_is_plain(
        seed in 0_u64..1000, n in 20_usize..400, d in 1_usize..8, k in 2_usize..5,
        levels in prop::sample::select(vec![0_u32, 1, 3, 20, 5_000_000]),
        bootstrap: bool, n_trees in 1_u32..30, every in 1_usize..3, limits in limits(),
    ) {
        let (x, codes) = generate(&Source { seed, n, d, k, levels });
        let params = RandomForestParams {
            n_estimators: n_trees,
            bootstrap,
            random_state: seed as u32,
            ..limits
        };
        // The first k rows hold every class.
        let rows: Vec<u32> = (0..n as u32).filter(|&row| (row as usize) < k || (row as usize).is_multiple_of(every)).collect();
        let model = fit_rows(&params, &x, &codes, k, &rows);
        prop_assert_eq!(model.trees()[0].attributes(), plain::tree(&params, &x, &codes, k, &rows));

        let (new, _) = generate(&Source { seed: seed + 1, n: 1000, d, k, levels });
        let new = new.as_slice().unwrap();
        let classes: Vec<i32> = (0..k as i32).map(|c| 10 * c - 7).collect();
        let wanted = plain::proba(&model, new, k);
        for take in [1, 7, 100, 1000] {
            let mut labels = vec![0; take];
            model.predict_into(&new[..take * d], &classes, &mut labels);
            let mut proba = vec![0.0; take * k];
            model.predict_proba_into(&new[..take * d], &mut proba).unwrap();
            prop_assert_eq!(&proba[..], &wanted[..take * k]);
            for (label, row) in labels.iter().zip(wanted.chunks(k)) {
                let first = (0..k).rev().max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap();
                prop_assert_eq!(*label, classes[first]);
            }
        }
    }
}
