//! Data made in steps: none is long, and where they end changes nothing.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

mod steps_support;

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use breakeven::data::Labels;
use breakeven::data::make_classification::{
    MakeClassification, PerFeature, make_classification, make_in_steps,
};
use breakeven::data::split::{
    Rows, split_in_steps, take_rows, tile, tile_in_steps, train_test_split_indices,
};
use breakeven::error::Result;
use breakeven::parallel::steps::{Progress, Steps};
use ndarray::Array2;
use steps_support::{calm_go, core_time};

fn making(params: MakeClassification) -> Steps<Result<Rows>> {
    Steps::new(async move |progress: Rc<Progress>| make_in_steps(&params, &progress).await)
}

fn splitting(x: Array2<f64>, y: Vec<i32>, stratify: bool) -> Steps<Result<(Rows, Rows)>> {
    Steps::new(async move |progress: Rc<Progress>| {
        split_in_steps(x.view(), &y, 0.3, 7, stratify, &progress).await
    })
}

fn tiling(x: Array2<f64>, n_rows: usize) -> Steps<Result<Array2<f64>>> {
    Steps::new(async move |progress: Rc<Progress>| tile_in_steps(x.view(), n_rows, &progress).await)
}

/// Stops wherever it may; what came of it, after how many steps. Progress goes up, to the end.
fn in_steps<T>(mut steps: Steps<Result<T>>) -> (T, usize) {
    let mut last = (0, 0);
    for n in 1.. {
        let made = steps.run(&|| true);
        let (done, total) = steps.done_of();
        assert!(done >= last.0 && done <= total);
        last = (done, total);
        if let Some(made) = made {
            assert!(
                steps.run(&|| false).is_none(),
                "what comes of it comes once"
            );
            assert!(20 * done >= 19 * total, "{done} of {total}");
            return (made.unwrap(), n);
        }
    }
    unreachable!()
}

fn params(n_samples: usize, n_features: usize, n_informative: usize) -> MakeClassification {
    MakeClassification {
        n_samples,
        n_features,
        n_informative,
        n_redundant: 2.min(n_features - n_informative),
        random_state: 3,
        ..MakeClassification::default()
    }
}

#[test]
fn steps_make_the_same_data() {
    let few = params(70_000, 6, 3);
    let cases = [
        few.clone(),
        MakeClassification {
            shuffle: false,
            hypercube: false,
            n_repeated: 1,
            weights: Some(vec![0.9]),
            flip_y: 0.3,
            shift: None,
            scale: Some(PerFeature::One(3.0)),
            ..few.clone()
        },
        // All classes' corners are shuffled, and a cluster begins within a piece.
        MakeClassification {
            n_classes: 3,
            n_informative: 17,
            n_features: 20,
            n_clusters_per_class: 500,
            n_redundant: 0,
            ..few
        },
    ];
    for params in cases {
        let whole = make_classification(&params).unwrap();
        let (made, n_steps) = in_steps(making(params.clone()));
        assert!(made == whole, "{params:?}");
        assert!(n_steps > 5, "{params:?}: {n_steps}");
    }
}

#[test]
fn steps_split_and_repeat_the_same_rows() {
    let (x, mut y) = make_classification(&params(150_000, 3, 2)).unwrap();
    // Labels that are no codes.
    y.iter_mut().for_each(|label| *label = 5 - 3 * *label);
    for stratify in [false, true] {
        let codes = stratify.then(|| Labels::encode(&y).unwrap().codes);
        let (train, test) = train_test_split_indices(y.len(), 0.3, 7, codes.as_deref()).unwrap();
        let (parts, n_steps) = in_steps(splitting(x.clone(), y.clone(), stratify));
        assert!(n_steps > 5, "{n_steps}");
        for (rows, (part, labels)) in [(train, parts.0), (test, parts.1)] {
            assert!(part == take_rows(x.view(), &rows).unwrap());
            let wanted: Vec<i32> = rows.iter().map(|&row| y[row as usize]).collect();
            assert!(labels == wanted);
        }
    }
    let (tiled, n_steps) = in_steps(tiling(x.clone(), 400_001));
    assert!(n_steps > 2, "{n_steps}");
    assert!(tiled == tile(x.view(), 400_001).unwrap());
    for (row, wanted) in [(149_999, 149_999), (150_000, 0), (400_000, 100_000)] {
        assert_eq!(tiled.row(row), x.row(wanted));
    }
}

#[test]
fn labels_are_encoded_by_pieces() {
    // More than a piece, many classes that come late, among those that came before.
    let y: Vec<i32> = (0..200_000_i64)
        .map(|i| (i * i % 99_991 - 50_000) as i32)
        .collect();
    let mut classes = y.clone();
    classes.sort_unstable();
    classes.dedup();
    let labels = Labels::encode(&y).unwrap();
    assert!(labels.classes == classes);
    assert!((0..y.len()).all(|i| labels.classes[labels.codes[i] as usize] == y[i]));
}

/// The longest time between two looks at whether to stop, and their number.
fn longest_step<T>(mut steps: Steps<Result<T>>) -> (Duration, u32) {
    let begun = Instant::now();
    let seen = Cell::new((core_time(begun), Duration::ZERO, 0));
    let look = || {
        let now = core_time(begun);
        let (last, longest, n) = seen.get();
        seen.set((now, longest.max(now.saturating_sub(last)), n + 1));
        false
    };
    let made = steps.run(&look).unwrap();
    look();
    // What frees it is no step.
    assert!(made.is_ok());
    let (_, longest, n) = seen.get();
    (longest, n)
}

/// Of making data by some settings.
fn made(params: MakeClassification) -> impl Fn() -> (Duration, u32) {
    move || longest_step(making(params.clone()))
}

/// Of splitting rows.
fn split(x: &Array2<f64>, y: Vec<i32>, stratify: bool) -> impl Fn() -> (Duration, u32) {
    move || longest_step(splitting(x.clone(), y.clone(), stratify))
}

#[test]
fn no_step_is_long() {
    let check = |what: &str, go: &dyn Fn() -> (Duration, u32)| {
        let long = Duration::from_millis(60);
        let (longest, n) = calm_go(long, go);
        println!("{what}: {longest:?}, {n} looks");
        assert!(n > 10 && longest < long, "{what}: {longest:?}, {n} looks");
    };
    check("rows", &made(params(1_000_000, 10, 2)));
    check("labels", &made(params(5_000_000, 2, 2)));
    check("wide", &made(params(400, 1200, 1100)));

    let n = 5_000_000;
    let x = Array2::from_shape_fn((n, 2), |(row, j)| (row + j) as f64);
    let few: Vec<i32> = (0..n).map(|row| (row % 3) as i32).collect();
    let many: Vec<i32> = (0..n)
        .map(|row| (row / 5 * 7919 % 1_000_003) as i32)
        .collect();
    check("split", &split(&x, few.clone(), false));
    check("stratified", &split(&x, few, true));
    check("classes", &split(&x, many, true));
    let seven = x.slice(ndarray::s![..7, ..]).to_owned();
    check("tile", &|| longest_step(tiling(seven.clone(), n)));
}
