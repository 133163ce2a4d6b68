//! Batches in steps, serial and on threads: every value is that of the whole batch at once, bit for bit.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod smartcore_support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use breakeven::error::Error;
use breakeven::inference::batch::Batch;
use breakeven::inference::predict::{Numbers, Split};
use breakeven::measure::clock::{Clock, NoClock};
use breakeven::models::estimator::EstimatorSpec;
use breakeven::models::model::Model;
use ndarray::{Array2, s};
use smartcore_support::{ESTIMATORS, attempt, generated, quick, spec};

const N: usize = 9000;
const N_TRAIN: usize = 300;
const D: usize = 6;

/// A millisecond passes between two looks, so that steps are many.
#[derive(Default)]
struct Ticks(AtomicU32);

impl Clock for Ticks {
    fn now_ms(&self) -> f64 {
        f64::from(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// All estimators of both backends, trained on the first rows of what they are to be asked about.
fn models(k: usize) -> (Arc<Array2<f64>>, Vec<Arc<Model>>) {
    let (x, y) = generated(N, D, k, 5);
    let train = x.slice(s![..N_TRAIN, ..]).to_owned();
    let ours = [
        "GaussianNB",
        "LogisticRegression",
        "LinearSVC",
        "RandomForestClassifier",
    ];
    let specs = ours
        .map(|name| EstimatorSpec {
            backend: None,
            ..spec(name, quick(name))
        })
        .into_iter()
        .chain(ESTIMATORS.map(|name| spec(name, quick(name))));
    let models = specs.map(|spec| Arc::new(attempt(&spec, &train, &y[..N_TRAIN]).unwrap()));
    (Arc::new(x), models.collect())
}

/// Works a batch off; gives the number of calls that took.
fn work(batch: &mut Batch, max_ms: f64, clock: &(dyn Clock + Sync)) -> usize {
    let mut calls = 1;
    while !batch.run(max_ms, clock).unwrap() {
        let (done, total) = batch.done_of();
        assert!(done > 0 && done < total && total == N);
        assert!(batch.labels().len() + batch.values().len() == done * batch.width());
        calls += 1;
    }
    assert_eq!(batch.done_of(), (N, N));
    calls
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn every_value_is_that_of_the_whole_batch() {
    #[cfg(feature = "threads")]
    breakeven::parallel::start().unwrap();
    let seven = Split {
        n_slices: Some(7),
        ..Split::ALL
    };
    for k in [2, 3] {
        let (x, models) = models(k);
        for model in &models {
            let name = format!("{:?} {k}", model.spec);
            let labels = model.predict(x.view()).unwrap();
            for (numbers, whole) in [
                (Numbers::Probabilities, model.predict_proba(x.view())),
                (Numbers::Margins, model.decision_function(x.view())),
            ] {
                let asked = |split| Batch::numbers(model.clone(), x.clone(), numbers, split);
                let Ok(whole) = whole else {
                    assert_eq!(asked(Split::ALL).unwrap_err(), whole.unwrap_err(), "{name}");
                    continue;
                };
                for split in [Split::SERIAL, Split::ALL, seven] {
                    let (mut batch, mut in_steps) = (asked(split).unwrap(), asked(split).unwrap());
                    assert_eq!(work(&mut batch, 60.0, &NoClock), 1, "{name}");
                    assert_eq!(
                        bits(batch.values()),
                        bits(&whole),
                        "{name} {numbers:?} {split:?}"
                    );
                    let calls = work(&mut in_steps, 5.0, &Ticks::default());
                    assert!(calls > 1, "{name} {split:?}");
                    assert_eq!(
                        bits(in_steps.values()),
                        bits(&whole),
                        "{name} {numbers:?} {split:?}"
                    );
                    assert!(batch.labels().is_empty());
                }
            }
            for split in [Split::SERIAL, Split::ALL, seven] {
                let mut batch = Batch::new(model.clone(), x.clone(), split).unwrap();
                work(&mut batch, 5.0, &Ticks::default());
                assert_eq!(batch.labels(), labels, "{name} {split:?}");
                assert!(batch.values().is_empty());
            }
        }
    }
}

/// Whatever the clock says, a step has no more rows than came before it.
#[test]
fn steps_grow_by_what_was_done() {
    let (x, models) = models(2);
    let fine = Split {
        n_slices: Some(N),
        ..Split::ALL
    };
    let clocks = [&NoClock as &(dyn Clock + Sync), &Ticks::default()];
    for (clock, split) in clocks.into_iter().zip([Split::SERIAL, fine]) {
        let mut batch = Batch::new(models[0].clone(), x.clone(), split).unwrap();
        let mut before = 0;
        // No time at all is one step.
        while !batch.run(0.0, clock).unwrap() {
            let (done, _) = batch.done_of();
            assert!(
                done > before && done - before <= before.max(4096),
                "{before} {done}"
            );
            before = done;
        }
        assert!(before > 0);
    }
}

#[test]
fn a_batch_of_no_rows_is_done_and_one_that_cannot_be_is_refused_first() {
    let (x, models) = models(2);
    let empty = Arc::new(Array2::zeros((0, D)));
    let wide = Arc::new(Array2::zeros((4, D + 1)));
    let n_threads = breakeven::parallel::n_threads() + 1;
    for model in &models {
        let mut batch = Batch::new(model.clone(), empty.clone(), Split::ALL).unwrap();
        assert_eq!(batch.run(60.0, &NoClock), Ok(true));
        assert!(batch.labels().is_empty());
        for numbers in [Numbers::Probabilities, Numbers::Margins] {
            let Ok(width) = numbers.width(model) else {
                continue;
            };
            assert!(width == 1 || width == 2);
            let asked = |x: &Arc<Array2<f64>>, split| {
                Batch::numbers(model.clone(), x.clone(), numbers, split)
            };
            assert_eq!(
                asked(&empty, Split::ALL).unwrap().run(60.0, &NoClock),
                Ok(true)
            );
            assert_eq!(
                asked(&wide, Split::ALL).unwrap_err().code(),
                "shape_mismatch"
            );
            let error = asked(&x, Split::over(n_threads)).unwrap_err();
            assert!(matches!(error, Error::InvalidParam { .. }));
        }
    }
}

/// A call on threads is what is measured, so that a batch that takes no time is one of them; of a slow model a step is
/// but some rows, whatever the clock shows.
#[test]
fn a_first_step_goes_by_what_a_row_takes() {
    let (x, y) = generated(4000, D, 2, 5);
    let x = Arc::new(x);
    let first = |name: &str, n_train: usize| {
        let train = x.slice(s![..n_train, ..]).to_owned();
        let spec = EstimatorSpec {
            backend: None,
            ..spec(name, quick(name))
        };
        let model = attempt(&spec, &train, &y[..n_train]).unwrap();
        let mut batch = Batch::new(Arc::new(model), x.clone(), Split::SERIAL).unwrap();
        // Time for one step, whatever that has.
        batch.run(1.0, &Ticks::default()).unwrap();
        batch.done_of().0
    };
    for name in ["GaussianNB", "LogisticRegression", "LinearSVC"] {
        assert_eq!(first(name, 300), 4000, "{name}");
    }
    let [few, many] = [300, 4000].map(|n_train| first("KNeighborsClassifier", n_train));
    assert!((1..400).contains(&few) && many < few, "{few} {many}");
}
