//! How well a forest does on rows that its trees have not seen: scikit-learn's `oob_score_`.

use super::bootstrap::row_weights;
use super::randomness::tree_seed;
use crate::data::TrainingSet;
use crate::data::allocate::zeros;
use crate::data::scratch::Scratch;
use crate::error::Result;
use crate::models::forest::params::RandomForestParams;
use crate::models::forest::tree::Tree;
use crate::parallel::pause::Pace;

/// Numbers of a decision function that a model keeps at most: 8 MB.
const MOST_KEPT: usize = 1 << 20;

/// What the trees say of rows that they were not grown on.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfBag {
    /// Share of the rows whose class is told rightly. A row that is in every tree's bag counts for the first class,
    /// as in scikit-learn.
    pub score: f64,
    /// Such rows.
    pub n_never: u32,
    /// Class shares of the training rows, row-major, 0 where a row is never out of bag; empty where they are more
    /// than a million.
    pub decision_function: Vec<f64>,
}

impl OutOfBag {
    /// As a file has it.
    #[must_use]
    pub fn to_numbers(&self) -> Vec<f64> {
        let first = [self.score, f64::from(self.n_never)];
        [&first, &self.decision_function[..]].concat()
    }

    /// What such numbers say, of so many classes; `None` where they cannot be.
    #[must_use]
    pub fn of_numbers(mut numbers: Vec<f64>, n_classes: usize) -> Option<Self> {
        let is_share = |share: &f64| (0.0..=1.0 + 1e-9).contains(share);
        let (&[score, n_never], shares) = numbers.split_first_chunk()?;
        let is_possible = is_share(&score)
            && n_never.fract() == 0.0
            && (0.0..=f64::from(u32::MAX)).contains(&n_never)
            && shares.len() <= MOST_KEPT
            && shares.len().is_multiple_of(n_classes)
            && shares.iter().all(is_share);
        numbers.drain(..2);
        is_possible.then_some(Self {
            score,
            n_never: n_never as u32,
            decision_function: numbers,
        })
    }
}

/// Asks each tree about the rows that it was not grown on; pauses on the way.
///
/// # Errors
/// `OutOfMemory`.
pub async fn out_of_bag(
    params: &RandomForestParams,
    data: &TrainingSet<'_>,
    trees: &[Tree],
) -> Result<OutOfBag> {
    let (n, d, k) = (data.n_samples(), data.n_features(), data.n_classes);
    let mut pace = Pace::default();
    let mut shares = zeros::<f64>("out-of-bag shares", n, k)?;
    let mut n_trees = zeros::<u32>("how often rows are out of bag", n, 1)?;
    let mut weights = Scratch::any(n);
    let x = data.flat();
    for (index, tree) in trees.iter().enumerate() {
        let seed = tree_seed(params.random_state, index);
        row_weights(params, data, seed, &mut weights, &mut pace).await?;
        let nodes = tree.nodes();
        let rows = data.rows.iter().zip(&**weights).zip(&mut n_trees);
        for (((&row, &weight), n_trees), shares) in rows.zip(shares.chunks_exact_mut(k)) {
            if weight > 0 {
                continue;
            }
            let row = row as usize;
            let leaf = Tree::leaf_of(&nodes, &x[row * d..(row + 1) * d]);
            for (class, share) in tree.fractions(leaf) {
                shares[class] += share;
            }
            *n_trees += 1;
            pace.after(STEPS).await;
        }
    }
    let (mut n_never, mut n_right) = (0, 0_usize);
    for ((&row, &n_trees), shares) in data
        .rows
        .iter()
        .zip(&n_trees)
        .zip(shares.chunks_exact_mut(k))
    {
        n_never += u32::from(n_trees == 0);
        let n_trees = f64::from(n_trees.max(1));
        let mut best = 0;
        for class in 0..k {
            shares[class] /= n_trees;
            if shares[class] > shares[best] {
                best = class;
            }
        }
        n_right += usize::from(best == data.codes[row as usize] as usize);
        pace.after(k).await;
    }
    if shares.len() > MOST_KEPT {
        shares = Vec::new();
    }
    Ok(OutOfBag {
        score: n_right as f64 / n as f64,
        n_never,
        decision_function: shares,
    })
}

/// About as long as a row's way through a tree takes, in what [`Pace`] counts.
const STEPS: usize = 64;
