//! A grown tree, as it is kept and saved.

use serde::{Deserialize, Serialize};

use crate::models::classifier::TreeAttributes;

/// Marks a leaf in the list of features, as in scikit-learn.
const LEAF: i32 = -2;

/// A tree in preorder: a split's left child comes right after it, so that the list of splits and
/// leaves alone says who is whose child.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tree {
    n_classes: u32,
    /// Feature that each node tests, or [`LEAF`].
    features: Vec<i32>,
    /// Of each split, in order: rows with `x <= threshold` go left.
    thresholds: Vec<f64>,
    /// Weights a class of each leaf, in order.
    counts: Vec<u32>,
}

/// A node of a walked tree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Node {
    /// A test.
    Split {
        /// Feature.
        feature: usize,
        /// Rows with at most this go left.
        threshold: f64,
        /// Number of the left child.
        left: usize,
        /// Number of the right child.
        right: usize,
    },
    /// An end, with its number among the leaves.
    Leaf(usize),
}

impl Tree {
    pub(in crate::models) fn new(n_classes: usize) -> Self {
        Self {
            n_classes: n_classes as u32,
            features: Vec::new(),
            thresholds: Vec::new(),
            counts: Vec::new(),
        }
    }

    pub(in crate::models) fn push_split(&mut self, feature: usize, threshold: f64) {
        self.features.push(feature as i32);
        self.thresholds.push(threshold);
    }

    pub(in crate::models) fn push_leaf(&mut self, counts: &[u64]) {
        self.features.push(LEAF);
        self.counts.extend(counts.iter().map(|&count| count as u32));
    }

    /// Number of nodes.
    #[must_use]
    pub fn n_nodes(&self) -> usize {
        self.features.len()
    }

    /// Number of leaves.
    #[must_use]
    pub fn n_leaves(&self) -> usize {
        self.features.len() - self.thresholds.len()
    }

    /// Weights a class of a leaf.
    #[must_use]
    pub fn leaf(&self, leaf: usize) -> &[u32] {
        let k = self.n_classes as usize;
        &self.counts[leaf * k..(leaf + 1) * k]
    }

    /// Says what is wrong with a tree from a file, so that nothing after this needs to check.
    ///
    /// # Errors
    /// A reason.
    pub fn check(&self, n_features: usize, n_classes: usize) -> Result<(), &'static str> {
        if self.n_classes as usize != n_classes {
            return Err("a tree has another number of classes than its forest");
        }
        let n_splits = self
            .features
            .iter()
            .filter(|&&feature| feature != LEAF)
            .count();
        let n_leaves = self.n_nodes() - n_splits;
        if self.thresholds.len() != n_splits
            || Some(self.counts.len()) != n_leaves.checked_mul(n_classes)
        {
            return Err("a tree has too few or too many thresholds or class weights");
        }
        let known = |&f: &i32| f == LEAF || usize::try_from(f).is_ok_and(|f| f < n_features);
        if !self.features.iter().all(known) || !self.thresholds.iter().all(|t| t.is_finite()) {
            return Err("a tree tests a feature that there is not, or against no number");
        }
        // Preorder: the places still to be filled run out exactly at the end.
        let mut open = 1_usize;
        for &feature in &self.features {
            open = match (open, feature) {
                (0, _) => return Err("a tree has nodes without a parent"),
                (_, LEAF) => open - 1,
                _ => open + 1,
            };
        }
        let weight = |leaf| self.leaf(leaf).iter().map(|&c| u64::from(c)).sum::<u64>();
        if open != 0 || (0..n_leaves).any(|leaf| weight(leaf) == 0) {
            return Err("a tree lacks nodes or has empty leaves");
        }
        Ok(())
    }

    /// All nodes with their children, in preorder.
    #[must_use]
    pub fn nodes(&self) -> Vec<Node> {
        let mut nodes: Vec<Node> = Vec::with_capacity(self.n_nodes());
        // Splits whose right child is still to come.
        let mut waiting: Vec<usize> = Vec::new();
        let (mut n_leaves, mut after_leaf) = (0, false);
        let mut thresholds = self.thresholds.iter();
        for (id, &feature) in self.features.iter().enumerate() {
            if after_leaf
                && let Some(parent) = waiting.pop()
                && let Node::Split { right, .. } = &mut nodes[parent]
            {
                *right = id;
            }
            after_leaf = feature == LEAF;
            if after_leaf {
                nodes.push(Node::Leaf(n_leaves));
                n_leaves += 1;
            } else {
                let threshold = thresholds.next().copied().unwrap_or_default();
                nodes.push(Node::Split {
                    feature: feature as usize,
                    threshold,
                    left: id + 1,
                    right: 0,
                });
                waiting.push(id);
            }
        }
        nodes
    }

    /// The leaf that a row reaches: the plain way, for trees that the quick layout cannot hold.
    #[must_use]
    pub fn leaf_of(nodes: &[Node], row: &[f64]) -> usize {
        let mut at = 0;
        loop {
            match nodes[at] {
                Node::Leaf(leaf) => return leaf,
                Node::Split {
                    feature,
                    threshold,
                    left,
                    right,
                } => {
                    // NaN goes left, as in the other layouts: it exceeds nothing.
                    at = if f64::from(row[feature] as f32) > threshold {
                        right
                    } else {
                        left
                    };
                }
            }
        }
    }

    /// The tree as scikit-learn shows it.
    #[must_use]
    pub fn attributes(&self) -> TreeAttributes {
        let nodes = self.nodes();
        let k = self.n_classes as usize;
        let mut weights = vec![vec![0_u64; k]; nodes.len()];
        let mut shown = TreeAttributes {
            feature: self.features.clone(),
            threshold: vec![f64::from(LEAF); nodes.len()],
            children_left: vec![-1; nodes.len()],
            children_right: vec![-1; nodes.len()],
            value: Vec::new(),
        };
        // Children have higher numbers, so going backwards their weights are there already.
        for (id, node) in nodes.iter().enumerate().rev() {
            match *node {
                Node::Leaf(leaf) => {
                    weights[id] = self.leaf(leaf).iter().map(|&c| u64::from(c)).collect()
                }
                Node::Split {
                    threshold,
                    left,
                    right,
                    ..
                } => {
                    shown.threshold[id] = threshold;
                    shown.children_left[id] = left as i32;
                    shown.children_right[id] = right as i32;
                    weights[id] = weights[left]
                        .iter()
                        .zip(&weights[right])
                        .map(|(l, r)| l + r)
                        .collect();
                }
            }
        }
        shown.value = weights.iter().map(|weights| fractions(weights)).collect();
        shown
    }
}

fn fractions(weights: &[u64]) -> Vec<f64> {
    let total = weights.iter().sum::<u64>() as f64;
    weights
        .iter()
        .map(|&weight| weight as f64 / total)
        .collect()
}
