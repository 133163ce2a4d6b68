//! Forests of every shape against a plain walk over what `attributes()` gives, row for row: natively, and
//! in a browser, where the same kernels run on its vectors.

use super::{Source, fit, generate, plain};
use breakeven::models::classifier::Classifier;
use breakeven::models::forest::params::Amount;
use breakeven::models::forest::random_forest::{RandomForest, RandomForestParams};
use breakeven::models::params::Params;

/// Most rows of a batch: one more than of a block.
const N_ROWS: usize = 1025;

/// Rows of up to 40 features: one split a unit from 17 on, seven below.
pub fn are_plain(n_classes: usize) {
    for d in 1..=40 {
        for is_pure in [true, false] {
            let shape = Shape {
                d,
                k: n_classes,
                is_pure,
            };
            shape.check();
        }
    }
}

#[derive(Debug)]
struct Shape {
    d: usize,
    k: usize,
    is_pure: bool,
}

impl Shape {
    fn check(&self) {
        let Self { d, k, .. } = *self;
        let forest = self.forest();
        let x = self.rows(&forest);
        let wanted = plain::proba(&forest, &x, k);
        let classes: Vec<i32> = (0..k as i32).map(|class| 5 * class - 3).collect();
        let first = |means: &[f64]| {
            let class = (0..k).rev().max_by(|&a, &b| means[a].total_cmp(&means[b]));
            classes[class.unwrap()]
        };
        let labels: Vec<i32> = wanted.chunks(k).map(first).collect();
        for n in self.sizes() {
            let mut got = vec![0; n];
            forest.predict_into(&x[..n * d], &classes, &mut got);
            assert_eq!(got, labels[..n], "{self:?}, labels of {n} rows");
            // The last rows: other ones share vectors with each other.
            let start = N_ROWS - n;
            let mut means = vec![0.0; n * k];
            forest
                .predict_proba_into(&x[start * d..], &mut means)
                .unwrap();
            assert_eq!(means, wanted[start * k..], "{self:?}, means of {n} rows");
        }
    }

    /// A single tree, a few, and so many that rows leave early.
    fn forest(&self) -> RandomForest {
        let Self { d, k, is_pure } = *self;
        // Values between which there is a threshold of zero, or none that repeat.
        let levels = if (d + k).is_multiple_of(2) { 4 } else { 0 };
        let (mut x, codes) = generate(&Source {
            seed: (100 * d + k) as u64,
            n: 300,
            d,
            k,
            levels,
        });
        if levels > 0 {
            x += 0.5 / f64::from(levels);
        }
        let params = RandomForestParams {
            n_estimators: [1, 2, 7, 20][(d / 2 + k) % 4],
            max_depth: [None, Some(5)][usize::from(!is_pure && d.is_multiple_of(3))],
            min_samples_leaf: Amount::Count(if is_pure { 1 } else { 3 }),
            ..RandomForestParams::read(&Params::new()).unwrap()
        };
        fit(&params, &x, &codes, k)
    }

    /// Ordinary values; what a forest splits at, and beside it; what no float is above or below; NaN.
    fn rows(&self, forest: &RandomForest) -> Vec<f64> {
        let Self { d, k, .. } = *self;
        let mut splits = vec![vec![0.0]; d];
        for tree in forest.trees().iter().map(|tree| tree.attributes()) {
            for (&feature, threshold) in tree.feature.iter().zip(tree.threshold) {
                if feature >= 0 {
                    splits[feature as usize].push(threshold);
                }
            }
        }
        let (x, _) = generate(&Source {
            seed: (100 * d + k + 1) as u64,
            n: N_ROWS,
            d,
            k,
            levels: 0,
        });
        let mut state = (d + k) as u64;
        let mut draw = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as usize % below
        };
        let odd = [
            f64::NAN,
            0.0,
            -0.0,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::from(f32::MAX),
            f64::from(f32::MIN),
            1e-45,
            -1e-45,
        ];
        let value = |(at, x): (usize, f64)| {
            let of = &splits[at % d];
            let split = of[draw(of.len())];
            match draw(16) {
                0 | 1 => odd[draw(odd.len())],
                2 => split,
                3 => split.next_up(),
                4 => f64::from((split as f32).next_up()),
                5 => f64::from((split as f32).next_down()),
                _ => x,
            }
        };
        x.into_iter().enumerate().map(value).collect()
    }

    /// Rows alone, vectors and groups of four of them, blocks: whole, one more, one less.
    fn sizes(&self) -> Vec<usize> {
        // A block is of fewer rows where they are wide.
        let block = (16_384 / self.d).min(1024) / 8 * 8;
        let around = [8, 16, 32, 64].into_iter().flat_map(|n| n - 1..=n + 1);
        let large = [257, block - 1, block, block + 1, N_ROWS];
        let mut sizes: Vec<usize> = (1..=6).chain(around).chain([40]).chain(large).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }
}
