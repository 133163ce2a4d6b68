//! A grown tree, as it is kept and saved.

use serde::{Deserialize, Serialize};

use crate::data::allocate::room;
use crate::data::scratch::{Scratch, kept};
use crate::error::{Error, Result};
use crate::models::classifier::{Attributes, TreeAttributes};

/// Marks a leaf in the list of features, as in scikit-learn.
const LEAF: i32 = -2;

/// Most features and most classes of a tree: lists are made as long, also of what a file says.
const MOST: usize = 1 << 20;

/// Room that a growing tree begins with, in nodes.
const NODES: usize = 1 << 10;

kept!(i32: 0);

/// A tree in preorder: a split's left child comes right after it, so that the list of splits and
/// leaves alone says who is whose child.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tree {
    n_classes: u32,
    /// Feature that each node tests, or [`LEAF`].
    features: Vec<i32>,
    /// Of each split, in order: rows with `x <= threshold` go left.
    thresholds: Vec<f64>,
    /// Of each leaf, in order: where its classes end.
    ends: Vec<u32>,
    /// The classes that occur in each leaf, ascending, each followed by its weight.
    weights: Vec<u32>,
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

/// A tree that grows, node by node in preorder.
pub(in crate::models) struct Growing {
    n_classes: u32,
    features: Scratch<i32>,
    thresholds: Scratch<f64>,
    ends: Scratch<u32>,
    weights: Scratch<u32>,
}

impl Growing {
    pub(in crate::models) fn new(n_classes: usize) -> Self {
        Self {
            n_classes: n_classes as u32,
            features: Scratch::empty(NODES),
            thresholds: Scratch::empty(NODES),
            ends: Scratch::empty(NODES),
            weights: Scratch::empty(NODES),
        }
    }

    pub(in crate::models) fn push_split(&mut self, feature: usize, threshold: f64) {
        self.features.push(feature as i32);
        self.thresholds.push(threshold);
    }

    /// Of classes, ascending, and their weights.
    pub(in crate::models) fn push_leaf(&mut self, weights: impl IntoIterator<Item = (u32, u32)>) {
        self.features.push(LEAF);
        for (class, weight) in weights {
            self.weights.extend([class, weight]);
        }
        self.ends.push(self.weights.len() as u32 / 2);
    }

    /// The tree as it is now, in no more room than it needs.
    pub(in crate::models) fn grown(&self) -> Tree {
        Tree {
            n_classes: self.n_classes,
            features: self.features.to_vec(),
            thresholds: self.thresholds.to_vec(),
            ends: self.ends.to_vec(),
            weights: self.weights.to_vec(),
        }
    }
}

impl Tree {
    /// Number of nodes.
    #[must_use]
    pub fn n_nodes(&self) -> usize {
        self.features.len()
    }

    /// Number of leaves.
    #[must_use]
    pub fn n_leaves(&self) -> usize {
        self.ends.len()
    }

    /// A leaf's classes, ascending, each with its weight.
    #[must_use]
    pub fn leaf(&self, leaf: usize) -> &[[u32; 2]] {
        let start = if leaf == 0 { 0 } else { self.ends[leaf - 1] };
        &self.weights.as_chunks().0[start as usize..self.ends[leaf] as usize]
    }

    /// The weight of a leaf.
    #[must_use]
    pub fn weight(&self, leaf: usize) -> u64 {
        let weights = self.leaf(leaf).iter();
        weights.map(|&[_, weight]| u64::from(weight)).sum()
    }

    /// A leaf's classes, ascending, each with its share of the leaf.
    pub fn fractions(&self, leaf: usize) -> impl Iterator<Item = (usize, f64)> {
        let total = self.weight(leaf) as f64;
        let weights = self.leaf(leaf).iter();
        weights.map(move |&[class, weight]| (class as usize, f64::from(weight) / total))
    }

    /// Says what is wrong with a tree from a file, so that nothing after this needs to check.
    ///
    /// # Errors
    /// A reason.
    pub fn check(
        &self,
        n_features: usize,
        n_classes: usize,
    ) -> std::result::Result<(), &'static str> {
        check_size(n_features, n_classes).map_err(|_| "a tree has too many features or classes")?;
        if self.n_classes as usize != n_classes {
            return Err("a tree has another number of classes than its forest");
        }
        let is_leaf = |&&feature: &&i32| feature == LEAF;
        let n_leaves = self.features.iter().filter(is_leaf).count();
        if self.ends.len() != n_leaves || self.thresholds.len() != self.n_nodes() - n_leaves {
            return Err("a tree has too few or too many leaves or thresholds");
        }
        let (weights, rest) = self.weights.as_chunks::<2>();
        let n_weights = self.ends.last().map_or(0, |&end| end as usize);
        if n_weights != weights.len() || !rest.is_empty() || !self.ends.is_sorted() {
            return Err("a tree has too few or too many class weights");
        }
        let is_right = |leaf: &[[u32; 2]]| {
            let fits = |&[class, weight]: &[u32; 2]| (class as usize) < n_classes && weight > 0;
            !leaf.is_empty() && leaf.iter().all(fits) && leaf.is_sorted_by(|a, b| a[0] < b[0])
        };
        if !(0..n_leaves).all(|leaf| is_right(self.leaf(leaf))) {
            return Err("a tree has a leaf whose classes or weights are none");
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
        if open != 0 {
            return Err("a tree lacks nodes");
        }
        Ok(())
    }

    /// All nodes with their children, in preorder.
    #[must_use]
    pub fn nodes(&self) -> Vec<Node> {
        let mut nodes = Vec::with_capacity(self.n_nodes());
        self.append_nodes(&mut nodes);
        nodes
    }

    /// Appends all nodes, which count from the first of them.
    pub(in crate::models) fn append_nodes(&self, all: &mut Vec<Node>) {
        let first = all.len();
        // Splits whose right child is still to come.
        let mut waiting = Scratch::<usize>::empty(NODES);
        let (mut n_leaves, mut after_leaf) = (0, false);
        let mut thresholds = self.thresholds.iter();
        for (id, &feature) in self.features.iter().enumerate() {
            if after_leaf
                && let Some(parent) = waiting.pop()
                && let Node::Split { right, .. } = &mut all[first + parent]
            {
                *right = id;
            }
            after_leaf = feature == LEAF;
            if after_leaf {
                all.push(Node::Leaf(n_leaves));
                n_leaves += 1;
            } else {
                let threshold = thresholds.next().copied().unwrap_or_default();
                all.push(Node::Split {
                    feature: feature as usize,
                    threshold,
                    left: id + 1,
                    right: 0,
                });
                waiting.push(id);
            }
        }
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
        let mut shown = TreeAttributes {
            feature: self.features.clone(),
            threshold: vec![f64::from(LEAF); nodes.len()],
            children_left: vec![-1; nodes.len()],
            children_right: vec![-1; nodes.len()],
            value: vec![vec![0.0; k]; nodes.len()],
        };
        // Whole numbers until all are summed. Children have higher numbers, so going backwards their
        // weights are there already.
        for (id, node) in nodes.iter().enumerate().rev() {
            let (above, below) = shown.value.split_at_mut(id + 1);
            let weights = &mut above[id];
            match *node {
                Node::Leaf(leaf) => {
                    for &[class, weight] in self.leaf(leaf) {
                        weights[class as usize] = f64::from(weight);
                    }
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
                    let children = below[left - id - 1].iter().zip(&below[right - id - 1]);
                    for (weight, (l, r)) in weights.iter_mut().zip(children) {
                        *weight = l + r;
                    }
                }
            }
        }
        for weights in &mut shown.value {
            let total = weights.iter().sum::<f64>();
            weights.iter_mut().for_each(|weight| *weight /= total);
        }
        shown
    }
}

/// Trees as scikit-learn shows them.
///
/// # Errors
/// `OutOfMemory`.
pub fn attributes(trees: &[Tree]) -> Result<Attributes> {
    let n_nodes = trees.iter().map(Tree::n_nodes).sum();
    let n_classes = trees.first().map_or(0, |tree| tree.n_classes as usize);
    // Asked for as a whole: the lists that it is made of would abort.
    drop(room::<f64>(
        "a row of class fractions a node",
        n_nodes,
        n_classes,
    )?);
    Ok(Attributes::Forest {
        trees: trees.iter().map(Tree::attributes).collect(),
        feature_importances: None,
        oob_score: None,
        oob_decision_function: None,
        n_never_out_of_bag: None,
    })
}

/// Refuses what no tree is made for.
///
/// # Errors
/// `ShapeMismatch`.
pub fn check_size(n_features: usize, n_classes: usize) -> Result<()> {
    if n_features.max(n_classes) <= MOST {
        return Ok(());
    }
    Err(Error::ShapeMismatch {
        what: "training data for trees",
        expected: format!("at most {MOST} columns and as many classes"),
        got: format!("{n_features} and {n_classes}"),
    })
}
