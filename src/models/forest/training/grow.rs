//! Grows one tree, depth first, in scikit-learn's order of nodes and draws.

use super::bootstrap::row_weights;
use super::criterion::{Criterion, improvement};
use super::randomness::{FeatureRandom, tree_seed};
use super::split_search::{Layout, Ranks, Sample, Split, Splitter};
use crate::data::TrainingSet;
use crate::data::scratch::{Scratch, kept};
use crate::error::{Error, Result};
use crate::models::forest::params::RandomForestParams;
use crate::models::forest::tree::{Growing, Tree};
use crate::parallel::pause::Pace;

/// Nodes that wait at once, in most trees.
const STACK: usize = 64;
/// How often a node goes through lists of all classes, about.
const LISTS: usize = 8;

/// A node that waits to be grown.
#[derive(Clone, Copy)]
struct Pending {
    start: usize,
    end: usize,
    depth: u32,
    n_constants: usize,
    impurity: f64,
}

impl Pending {
    /// The root of a tree.
    const fn root(end: usize, impurity: f64) -> Self {
        Self {
            start: 0,
            end,
            depth: 0,
            n_constants: 0,
            impurity,
        }
    }
}

kept!(Pending: Pending::root(0, 0.0));

/// Limits of a tree, in numbers.
struct Limits {
    max_depth: u32,
    min_split: usize,
    min_leaf: usize,
    max_features: usize,
    min_decrease: f64,
}

/// Grows tree number `tree_index` of the forest.
///
/// # Errors
/// `InvalidParam` where classes or samples weigh what no tree can hold, `OutOfMemory`.
pub async fn grow(
    params: &RandomForestParams,
    ranks: &Ranks,
    data: &TrainingSet<'_>,
    tree_index: usize,
) -> Result<Tree> {
    let n = data.n_samples();
    let seed = tree_seed(params.random_state, tree_index);
    let mut pace = Pace::default();
    let mut weights = Scratch::any(n);
    row_weights(params, data, seed, &mut weights, &mut pace).await?;
    let bits = |largest: u32| u32::BITS - largest.leading_zeros();
    let class_bits = bits(data.n_classes as u32 - 1);
    let shift = class_bits + bits(weights.iter().copied().max().unwrap_or(1));
    // Weight and class share 32 bits; only a few rows drawn many millions of times, of many classes, need more.
    if shift >= u32::BITS {
        let name = match params.max_samples {
            Some(_) => "max_samples",
            None => "class_weight",
        };
        let allowed = "less: a row of this tree would weigh more than it can hold";
        return Err(Error::invalid(
            name,
            format!("2^{}", shift - class_bits),
            allowed,
        ));
    }
    let layout = Layout { class_bits, shift };
    let weighed = data.rows.iter().zip(&**weights);
    let drawn = weighed.filter(|&(_, &weight)| weight > 0);
    let mut samples = Scratch::empty(n);
    samples.extend(drawn.map(|(&row, &weight)| Sample {
        row,
        payload: weight << class_bits | data.codes[row as usize],
    }));
    drop(weights);
    let limits = Limits {
        max_depth: params.max_depth.unwrap_or(u32::MAX),
        min_leaf: params.min_samples_leaf.of(n, 1),
        min_split: params
            .min_samples_split
            .of(n, 2)
            .max(2 * params.min_samples_leaf.of(n, 1)),
        max_features: params.max_features.of(ranks.n_features()),
        min_decrease: params.min_impurity_decrease,
    };
    let (criterion, min_leaf) = (params.criterion, limits.min_leaf);
    let is_narrow = bits(ranks.largest()) + shift <= u32::BITS;
    let n_samples = samples.len();
    let splitters = Splitters {
        narrow: is_narrow.then(|| Splitter::new(ranks, layout, criterion, min_leaf, n_samples)),
        wide: Splitter::new(ranks, layout, criterion, min_leaf, 0),
    };
    let builder = Builder {
        ranks,
        layout,
        criterion,
        splitters,
        limits,
        moved: Scratch::any(samples.len()),
        samples,
        random: FeatureRandom::of_tree(seed),
        features: Scratch::of_all(0..ranks.n_features()),
        constants: Scratch::zeros(ranks.n_features()),
    };
    Ok(builder.grow(data.n_classes, pace).await)
}

struct Splitters<'a> {
    /// For short nodes, which are nearly all, where such keys are wide enough: only together many rows
    /// and many classes take more.
    narrow: Option<Splitter<'a, u32>>,
    /// For all others.
    wide: Splitter<'a, u64>,
}

impl Splitters<'_> {
    async fn evaluate(
        &mut self,
        samples: &[Sample],
        counts: &[u64],
        feature: usize,
        best: &mut Option<Split>,
        pace: &mut Pace,
    ) -> bool {
        match &mut self.narrow {
            Some(narrow) if !narrow.is_long(samples.len(), counts.len()) => {
                narrow.evaluate(samples, counts, feature, best)
            }
            _ => {
                let looked = self
                    .wide
                    .evaluate_long(samples, counts, feature, best, pace);
                looked.await
            }
        }
    }
}

struct Builder<'a> {
    ranks: &'a Ranks,
    layout: Layout,
    criterion: Criterion,
    limits: Limits,
    samples: Scratch<Sample>,
    moved: Scratch<Sample>,
    splitters: Splitters<'a>,
    random: FeatureRandom,
    // Never reset between nodes: a node starts from the order that the one before it left.
    features: Scratch<usize>,
    constants: Scratch<usize>,
}

impl Builder<'_> {
    async fn grow(mut self, n_classes: usize, mut pace: Pace) -> Tree {
        let mut tree = Growing::new(n_classes);
        let [mut counts, mut left, mut right] = [(); 3].map(|()| Scratch::zeros(n_classes));
        self.count(0, self.samples.len(), &mut counts);
        let total = counts.iter().sum::<u64>() as f64;
        let impurity = self.criterion.impurity(&counts);
        let mut stack = Scratch::empty(STACK);
        stack.push(Pending::root(self.samples.len(), impurity));
        while let Some(mut node) = stack.pop() {
            let Pending {
                start,
                end,
                depth,
                impurity,
                ..
            } = node;
            self.count(start, end, &mut counts);
            // Lists of all classes are gone through several times a node.
            pace.after(2 * (end - start) + LISTS * n_classes).await;
            let leaf = depth >= self.limits.max_depth
                || end - start < self.limits.min_split
                || impurity <= f64::EPSILON;
            let split = if leaf {
                None
            } else {
                self.search(&mut node, &counts, &mut pace).await
            };
            let Some(split) = split else {
                tree.push_leaf(occurring(&counts));
                continue;
            };
            let middle = self.partition(start, end, &split);
            self.count(start, middle, &mut left);
            for ((right, &all), &left) in right.iter_mut().zip(&**counts).zip(&**left) {
                *right = all - left;
            }
            let side = |counts: &[u64]| {
                (
                    counts.iter().sum::<u64>() as f64,
                    self.criterion.impurity(counts),
                )
            };
            let (left, right) = (side(&left), side(&right));
            if improvement(total, impurity, left, right) + f64::EPSILON < self.limits.min_decrease {
                tree.push_leaf(occurring(&counts));
                continue;
            }
            tree.push_split(
                split.feature,
                self.ranks
                    .threshold(split.feature, split.below, split.above),
            );
            let n_constants = node.n_constants;
            stack.push(Pending {
                start: middle,
                end,
                depth: depth + 1,
                n_constants,
                impurity: right.1,
            });
            stack.push(Pending {
                start,
                end: middle,
                depth: depth + 1,
                n_constants,
                impurity: left.1,
            });
        }
        tree.grown()
    }

    fn count(&self, start: usize, end: usize, counts: &mut [u64]) {
        counts.fill(0);
        let class_mask = (1 << self.layout.class_bits) - 1;
        for sample in &self.samples[start..end] {
            counts[(sample.payload & class_mask) as usize] +=
                u64::from(sample.payload >> self.layout.class_bits);
        }
    }

    /// Draws features without replacement until enough have been looked at; constant ones are
    /// remembered for the node's descendants. scikit-learn's `node_split_best`, step for step.
    async fn search(
        &mut self,
        node: &mut Pending,
        counts: &[u64],
        pace: &mut Pace,
    ) -> Option<Split> {
        let known = node.n_constants;
        let (mut drawn, mut found, mut visited) = (0, 0, 0);
        let mut total = known;
        let mut unseen = self.features.len();
        let mut best = None;
        while unseen > total && (visited < self.limits.max_features || visited <= found + drawn) {
            visited += 1;
            let mut at = self.random.between(drawn, unseen - found);
            if at < known {
                self.features.swap(drawn, at);
                drawn += 1;
                continue;
            }
            at += found;
            let samples = &self.samples[node.start..node.end];
            let feature = self.features[at];
            let looked = self
                .splitters
                .evaluate(samples, counts, feature, &mut best, pace);
            let differs = looked.await;
            // Of short ones, too: there may be many.
            pace.after(samples.len() + counts.len()).await;
            if differs {
                unseen -= 1;
                self.features.swap(unseen, at);
            } else {
                self.features.swap(at, total);
                found += 1;
                total += 1;
            }
        }
        self.features[..known].copy_from_slice(&self.constants[..known]);
        self.constants[known..total].copy_from_slice(&self.features[known..total]);
        node.n_constants = total;
        best
    }

    /// Moves the samples that go left to the front, keeping their order; gives where the others start.
    fn partition(&mut self, start: usize, end: usize, split: &Split) -> usize {
        let column = self.ranks.of(split.feature);
        let (mut n_left, mut n_right) = (0, 0);
        let samples = &mut self.samples[start..end];
        let moved = &mut self.moved[..samples.len()];
        for i in 0..samples.len() {
            let sample = samples[i];
            let goes_left = column[sample.row as usize] <= split.below;
            samples[n_left] = sample;
            moved[n_right] = sample;
            n_left += usize::from(goes_left);
            n_right += usize::from(!goes_left);
        }
        samples[n_left..].copy_from_slice(&moved[..n_right]);
        start + n_left
    }
}

/// The classes that occur, each with its weight.
fn occurring(counts: &[u64]) -> impl Iterator<Item = (u32, u32)> {
    let all = (0..).zip(counts.iter().map(|&count| count as u32));
    all.filter(|&(_, count)| count > 0)
}
