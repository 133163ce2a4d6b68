//! Generated rows against scikit-learn's; reference values from `fixtures/make_data.py`.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use breakeven::data::make_classification::PerFeature;
use breakeven::data::{MakeClassification, make_classification};
use serde_json::Value;
use support::{doubles, fixture, hash_f64, hash_i32, numbers};

/// Every row of many settings. By hand: `make_data.py --full DIR`, then
/// `BREAKEVEN_REFERENCE=DIR cargo test --release --test make_classification -- --ignored --nocapture`.
#[test]
#[ignore = "needs whole matrices from make_data.py --full"]
fn whole_matrices() {
    let folder = std::env::var("BREAKEVEN_REFERENCE").unwrap();
    let cases = std::fs::read_to_string(format!("{folder}/cases.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&cases).unwrap();
    let (mut all, mut equal, mut worst) = (0_u64, 0_u64, 0);
    for (i, params) in cases.into_iter().enumerate() {
        let text = params.to_string();
        let params: MakeClassification = serde_json::from_value(params).unwrap();
        let start = std::time::Instant::now();
        let (x, y) = make_classification(&params).unwrap();
        let took = start.elapsed();
        let expected_y: Vec<i32> = std::fs::read(format!("{folder}/{i}.y"))
            .unwrap()
            .chunks_exact(4)
            .map(|b| i32::from_le_bytes(b.try_into().unwrap()))
            .collect();
        assert_eq!(y, expected_y, "{text}");
        let (mut case_equal, mut case_worst) = (0, 0);
        let reference = std::fs::read(format!("{folder}/{i}.x")).unwrap();
        for (ours, theirs) in x.iter().zip(reference.chunks_exact(8)) {
            let theirs = i64::from_le_bytes(theirs.try_into().unwrap());
            let ulps = (ours.to_bits() as i64).wrapping_sub(theirs).unsigned_abs();
            case_equal += u64::from(ulps == 0);
            case_worst = case_worst.max(ulps);
        }
        println!(
            "{case_equal}/{} worst {case_worst} {took:?} {text}",
            x.len()
        );
        all += x.len() as u64;
        equal += case_equal;
        worst = worst.max(case_worst);
    }
    println!("{equal} of {all} bit-equal, worst {worst} ULP");
    assert!(equal as f64 >= 0.999 * all as f64 && worst <= 2);
}

#[test]
fn is_scikit_learns() {
    let (mut all, mut equal) = (0, 0);
    for case in fixture("make_classification").as_array().unwrap() {
        let params: MakeClassification = serde_json::from_value(case["params"].clone()).unwrap();
        let (x, y) = make_classification(&params).unwrap();
        assert_eq!(hash_i32(&y), case["y_hash"].as_str().unwrap(), "{params:?}");
        let rows = numbers(&case["rows"]);
        for (row, expected) in rows.iter().zip(case["x"].as_array().unwrap()) {
            for (ours, theirs) in x.row(*row as usize).iter().zip(doubles(expected)) {
                let ulps = (ours.to_bits() as i64).wrapping_sub(theirs.to_bits() as i64);
                assert!(
                    ulps.abs() <= 2,
                    "{ours} {theirs} in row {row} of {params:?}"
                );
                all += 1;
                equal += usize::from(ulps == 0);
            }
        }
        let head = x
            .iter()
            .take((4000 / params.n_features).max(1) * params.n_features);
        assert_eq!(
            hash_f64(head),
            case["x_hash"].as_str().unwrap(),
            "{params:?}"
        );
    }
    assert!(equal * 1000 >= all * 999, "{equal} of {all} bit-equal");
}

#[test]
fn names_what_is_wrong() {
    type Change = fn(&mut MakeClassification);
    let changes: [(&str, Change); 17] = [
        ("n_samples", |p| p.n_samples = 0),
        ("n_features", |p| p.n_features = 0),
        ("n_informative", |p| p.n_informative = 0),
        ("n_classes", |p| p.n_classes = 0),
        ("n_clusters_per_class", |p| p.n_clusters_per_class = 0),
        ("n_informative + n_redundant + n_repeated", |p| {
            p.n_repeated = 17
        }),
        ("n_classes * n_clusters_per_class", |p| p.n_classes = 3),
        ("weights", |p| p.weights = Some(vec![])),
        ("weights", |p| p.weights = Some(vec![0.5, 0.4, 0.1])),
        ("weights", |p| p.weights = Some(vec![0.9, 0.2])),
        ("weights", |p| p.weights = Some(vec![-0.1])),
        ("weights", |p| p.weights = Some(vec![f64::NAN])),
        ("flip_y", |p| p.flip_y = 1.1),
        ("flip_y", |p| p.flip_y = f64::NAN),
        ("class_sep", |p| p.class_sep = 0.0),
        ("scale", |p| p.scale = Some(PerFeature::One(0.0))),
        ("shift", |p| p.shift = Some(PerFeature::Each(vec![0.0]))),
    ];
    for (name, change) in changes {
        let mut params = MakeClassification::default();
        change(&mut params);
        let error = make_classification(&params).unwrap_err();
        assert_eq!(error.code(), "invalid_param");
        assert!(error.to_string().starts_with(name), "{error}");
    }
}

#[test]
fn too_large_is_an_error_that_says_what_fits() {
    let params = MakeClassification {
        n_samples: i32::MAX as usize,
        n_features: 1 << 30,
        ..MakeClassification::default()
    };
    match make_classification(&params) {
        Err(breakeven::Error::OutOfMemory {
            needed_bytes,
            largest_rows,
            ..
        }) => {
            assert_eq!(needed_bytes, i32::MAX as u64 * (8 << 30));
            assert!(largest_rows < i32::MAX as u64);
        }
        other => panic!("{other:?}"),
    }
}
