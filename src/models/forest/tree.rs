//! One tree: scikit-learn's depth-first builder, and the tree it leaves.

use serde::{Deserialize, Serialize};

use super::impurity::Sums;
use super::random_forest::RandomForestParams;
use super::splitter::{CLASS_BITS, CLASS_MASK, Ranks, Sample, Splitter, XorShift};
use crate::data::TrainingSet;
use crate::error::{Error, Result};
use crate::models::classifier::TreeAttributes;
use crate::random::RandomState;

/// scikit-learn's `EPSILON`.
const EPSILON: f64 = f64::EPSILON;
/// Feature of a leaf.
const NO_FEATURE: i32 = -2;

/// A tree in scikit-learn's node order: preorder, so a left child follows its parent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tree {
    /// Feature that a node tests; −2 for leaves.
    pub(super) feature: Vec<i32>,
    /// Rows up to it go left; −2 for leaves.
    pub(super) threshold: Vec<f64>,
    /// Number of the right child; 0 for leaves.
    pub(super) right: Vec<u32>,
    /// Share of each class, `[node][class]`.
    pub(super) value: Vec<f64>,
}

impl Tree {
    /// Number of nodes.
    #[must_use]
    pub fn n_nodes(&self) -> usize {
        self.feature.len()
    }

    pub(super) fn is_leaf(&self, node: usize) -> bool {
        self.feature[node] < 0
    }

    /// scikit-learn's arrays.
    pub(super) fn attributes(&self, n_classes: usize) -> TreeAttributes {
        let leaf = |node: usize, child: i32| if self.is_leaf(node) { -1 } else { child };
        let nodes = 0..self.n_nodes();
        TreeAttributes {
            feature: self.feature.clone(),
            threshold: self.threshold.clone(),
            children_left: nodes
                .clone()
                .map(|node| leaf(node, node as i32 + 1))
                .collect(),
            children_right: nodes
                .map(|node| leaf(node, self.right[node] as i32))
                .collect(),
            value: self.value.chunks(n_classes).map(<[f64]>::to_vec).collect(),
        }
    }

    /// Whether this is a tree over so many features and classes: files are not to be trusted.
    pub(super) fn check(
        &self,
        n_features: usize,
        n_classes: usize,
    ) -> std::result::Result<(), &'static str> {
        let n = self.n_nodes();
        if n == 0
            || self.threshold.len() != n
            || self.right.len() != n
            || self.value.len() != n * n_classes
        {
            return Err("a tree's parts have different lengths");
        }
        // In preorder the end of the left subtree is where the right one begins.
        let mut ends = vec![n];
        for node in 0..n {
            let Some(end) = ends.pop() else {
                return Err("a tree has nodes beside its root");
            };
            if self.is_leaf(node) {
                if end != node + 1 {
                    return Err("a tree's subtree does not end with its last leaf");
                }
                continue;
            }
            let right = self.right[node] as usize;
            if self.feature[node] as usize >= n_features || right <= node + 1 || right >= end {
                return Err("a tree's node points outside of it");
            }
            if !self.threshold[node].is_finite() {
                return Err("a tree's threshold is not finite");
            }
            ends.push(end);
            ends.push(right);
        }
        if ends.is_empty() {
            Ok(())
        } else {
            Err("a tree is cut short")
        }
    }
}

/// A node still to be built.
struct Pending {
    start: usize,
    end: usize,
    depth: usize,
    /// The parent whose right child this is.
    right_of: Option<usize>,
    n_constant: usize,
}

/// Trains tree number `index` of a forest.
///
/// # Errors
/// `InvalidParam` for more classes than a tree can tell apart.
pub(super) fn train(
    params: &RandomForestParams,
    ranks: &Ranks,
    data: &TrainingSet<'_>,
    index: usize,
) -> Result<Tree> {
    if data.n_classes > CLASS_MASK as usize {
        return Err(Error::invalid(
            "y",
            format!("{} classes", data.n_classes),
            format!("at most {CLASS_MASK} classes"),
        ));
    }
    let mut seeds = RandomState::new(params.random_state);
    let mut seed = 0;
    for _ in 0..=index {
        seed = seeds.randint(i32::MAX as u32);
    }
    let mut samples = bootstrap(params, data, seed);
    let n_all = samples.iter().map(|sample| sample.weight()).sum::<f64>();
    let limits = params.limits(data.n_features(), data.n_samples());
    let random = XorShift(RandomState::new(seed).randint(i32::MAX as u32));
    let criterion = params.criterion;
    let mut splitter = Splitter::new(
        ranks,
        criterion,
        data.n_classes,
        limits.max_features,
        limits.min_samples_leaf,
        random,
    );
    let mut tree = Tree::default();
    let (mut total, mut left, mut right) = (
        Sums::new(data.n_classes),
        Sums::new(data.n_classes),
        Sums::new(data.n_classes),
    );
    let mut pending = vec![Pending {
        start: 0,
        end: samples.len(),
        depth: 0,
        right_of: None,
        n_constant: 0,
    }];
    while let Some(Pending {
        start,
        end,
        depth,
        right_of,
        mut n_constant,
    }) = pending.pop()
    {
        let here = &mut samples[start..end];
        sum_up(&mut total, here);
        let impurity = criterion.impurity(&total);
        let is_leaf = depth >= limits.max_depth
            || here.len() < limits.min_samples_split
            || here.len() < 2 * limits.min_samples_leaf
            || impurity <= EPSILON;
        let mut split = if is_leaf {
            None
        } else {
            splitter.best_split(here, &total, &mut n_constant)
        };
        let mut middle = 0;
        if let Some(found) = split {
            middle = partition(here, ranks.of(found.feature), found.rank);
            if params.min_impurity_decrease > 0.0 {
                sum_up(&mut left, &here[..middle]);
                sum_up(&mut right, &here[middle..]);
                let improvement = criterion.improvement(&total, impurity, &left, &right, n_all);
                if improvement + EPSILON < params.min_impurity_decrease {
                    split = None;
                }
            }
        }
        let node = tree.n_nodes();
        if let Some(parent) = right_of {
            tree.right[parent] = node as u32;
        }
        tree.feature
            .push(split.map_or(NO_FEATURE, |split| split.feature as i32));
        tree.threshold
            .push(split.map_or(-2.0, |split| split.threshold));
        tree.right.push(0);
        tree.value.extend(total.shares());
        if split.is_some() {
            let depth = depth + 1;
            pending.push(Pending {
                start: start + middle,
                end,
                depth,
                right_of: Some(node),
                n_constant,
            });
            pending.push(Pending {
                start,
                end: start + middle,
                depth,
                right_of: None,
                n_constant,
            });
        }
    }
    Ok(tree)
}

/// The rows that a tree sees, with how often it drew them.
fn bootstrap(params: &RandomForestParams, data: &TrainingSet<'_>, seed: u32) -> Vec<Sample> {
    let n = data.n_samples();
    let mut counts = vec![0_u32; n];
    if params.bootstrap {
        let mut rng = RandomState::new(seed);
        for _ in 0..n {
            counts[rng.randint(n as u32) as usize] += 1;
        }
    } else {
        counts.fill(1);
    }
    data.rows
        .iter()
        .zip(&counts)
        .filter(|(_, count)| **count > 0)
        .map(|(&row, &count)| Sample {
            row,
            payload: count << CLASS_BITS | data.codes[row as usize],
        })
        .collect()
}

fn sum_up(sums: &mut Sums, samples: &[Sample]) {
    sums.clear();
    for sample in samples {
        sums.add(sample.class(), sample.weight());
    }
}

/// Puts the rows with a rank up to `rank` first; how many there are. The order does not matter.
fn partition(samples: &mut [Sample], ranks: &[u32], rank: u32) -> usize {
    let mut middle = 0;
    for i in 0..samples.len() {
        let sample = samples[i];
        let is_left = ranks[sample.row as usize] <= rank;
        samples[i] = samples[middle];
        samples[middle] = sample;
        middle += usize::from(is_left);
    }
    middle
}
