//! `RandomState` and sampling against numpy's and scikit-learn's.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use breakeven::parallel::pause::whole;
use breakeven::parallel::steps::Progress;
use breakeven::random::{RandomState, sample::sample_without_replacement};
use support::{doubles, fixture, number, numbers};

#[test]
fn random_state_is_numpys() {
    for case in fixture("random_state").as_array().unwrap() {
        let mut rng = RandomState::new(u32::try_from(number(&case["seed"])).unwrap());
        let draws: Vec<f64> = (0..3).map(|_| rng.random_sample()).collect();
        assert_eq!(draws, doubles(&case["doubles"]));
        let draws: Vec<f64> = (0..5).map(|_| rng.standard_normal()).collect();
        assert_eq!(draws, doubles(&case["normals"]));
        let draws: Vec<u32> = (0..5).map(|_| rng.randint(0, 1000)).collect();
        assert_eq!(draws, numbers(&case["randint"]));
        let draws: Vec<u32> = (0..3).map(|_| rng.randint(0, u32::MAX)).collect();
        assert_eq!(draws, numbers(&case["big"]));
        assert_eq!(rng.permutation(13), numbers(&case["permutation"]));
        assert_eq!(rng.choice(7, 5), numbers(&case["choice"]));
        let draws: Vec<f64> = (0..2).map(|_| rng.uniform(-3.0, 4.5)).collect();
        assert_eq!(draws, doubles(&case["uniform"]));
        let draws: Vec<f64> = (0..2).map(|_| rng.standard_normal()).collect();
        assert_eq!(draws, doubles(&case["normal_after"]));
    }
}

#[test]
fn samples_are_scikit_learns() {
    for case in fixture("sample_without_replacement").as_array().unwrap() {
        let size = |key: &str| u32::try_from(number(&case[key])).unwrap();
        let (mut rng, progress) = (RandomState::new(9), Progress::default());
        let (population, n) = (size("population"), size("size"));
        let sample = sample_without_replacement(population, n, &mut rng, &progress);
        assert_eq!(whole(sample).unwrap(), numbers(&case["values"]), "{case}");
        assert_eq!(rng.randint(0, 1_000_000), size("next"));
    }
    let (mut rng, progress) = (RandomState::new(0), Progress::default());
    let more = sample_without_replacement(3, 4, &mut rng, &progress);
    assert_eq!(whole(more), None);
}
