//! smartcore's decision trees and forests of them.
//!
//! What is kept and saved is our own [`Tree`], whose shape can be checked; smartcore's nodes are
//! made from it, after a fit as after loading, so that both predict alike to the bit.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::kernels::{Kernels, Source};
use super::settings::refused;
use crate::error::{Error, Result};
use crate::models::classifier::{Attributes, Classifier};
use crate::models::forest::tree::{Node, Tree, attributes};

/// A fitted tree or forest.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "TreesFile<'_>", into = "TreesFile<'_>")]
pub struct Trees {
    n_features: usize,
    n_classes: usize,
    is_forest: bool,
    trees: Arc<[Tree]>,
    kernels: Kernels,
}

/// What of it is saved.
#[derive(Serialize, Deserialize)]
struct TreesFile<'a> {
    n_features: u32,
    n_classes: u32,
    is_forest: bool,
    trees: Cow<'a, [Tree]>,
}

impl Source for TreesFile<'_> {
    const VARIANT: u32 = 2;

    #[cfg(feature = "smartcore")]
    fn kernels(&self) -> Result<Kernels> {
        let (d, k) = (self.n_features as usize, self.n_classes as usize);
        super::direct::trees::kernels(&self.trees, d, k, self.is_forest)
    }
}

impl From<Trees> for TreesFile<'_> {
    fn from(model: Trees) -> Self {
        TreesFile {
            trees: Cow::Owned(model.trees.to_vec()),
            ..model.file()
        }
    }
}

impl TryFrom<TreesFile<'_>> for Trees {
    type Error = Error;

    fn try_from(file: TreesFile<'_>) -> Result<Self> {
        let (d, k) = (file.n_features as usize, file.n_classes as usize);
        let n_trees = file.trees.len();
        if d == 0 || k < 2 || n_trees == 0 || (!file.is_forest && n_trees > 1) {
            return Err(refused("it needs features, two classes and its trees"));
        }
        for tree in &*file.trees {
            tree.check(d, k).map_err(refused)?;
        }
        Self::new(d, k, file.is_forest, file.trees.into_owned())
    }
}

impl Trees {
    pub(super) fn new(
        n_features: usize,
        n_classes: usize,
        is_forest: bool,
        trees: Vec<Tree>,
    ) -> Result<Self> {
        let file = TreesFile {
            n_features: n_features as u32,
            n_classes: n_classes as u32,
            is_forest,
            trees: Cow::Borrowed(&trees),
        };
        Ok(Self {
            kernels: file.kernels()?,
            n_features,
            n_classes,
            is_forest,
            trees: trees.into(),
        })
    }

    /// Whether it is a forest, and not a single tree.
    pub(super) fn is_forest(&self) -> bool {
        self.is_forest
    }

    fn file(&self) -> TreesFile<'_> {
        TreesFile {
            n_features: self.n_features as u32,
            n_classes: self.n_classes as u32,
            is_forest: self.is_forest,
            trees: Cow::Borrowed(&self.trees),
        }
    }
}

impl Classifier for Trees {
    fn n_features(&self) -> usize {
        self.n_features
    }

    fn n_classes(&self) -> usize {
        self.n_classes
    }

    fn row_ns(&self) -> usize {
        128 * self.trees.len() * self.n_classes
    }

    fn predict_into(&self, x: &[f64], classes: &[i32], out: &mut [i32]) {
        let rows = (x, self.n_features);
        self.kernels.labels_into(&self.file(), rows, classes, out);
    }

    /// Of a tree, the shares of the classes in the leaf; of a forest, the shares of the votes.
    fn predict_proba_into(&self, x: &[f64], out: &mut [f64]) -> Result<()> {
        out.fill(0.0);
        let share = 1.0 / self.trees.len() as f64;
        for tree in &self.trees[..] {
            let nodes = tree.nodes();
            let rows = x.chunks_exact(self.n_features);
            for (row, out) in rows.zip(out.chunks_exact_mut(self.n_classes)) {
                let mut at = 0;
                let leaf = loop {
                    match nodes[at] {
                        Node::Leaf(leaf) => break leaf,
                        Node::Split {
                            feature,
                            threshold,
                            left,
                            right,
                        } => {
                            at = if row[feature] <= threshold {
                                left
                            } else {
                                right
                            }
                        }
                    }
                };
                let total = tree.weight(leaf) as f64;
                for &[class, weight] in tree.leaf(leaf) {
                    out[class as usize] += share * f64::from(weight) / total;
                }
            }
        }
        Ok(())
    }

    fn decision_function_into(&self, _: &[f64], _: &mut [f64]) -> Result<()> {
        Err(Error::invalid(
            "decision_function",
            "a tree or forest",
            "asked of a linear model or SVC; probabilities are what this one has",
        ))
    }

    fn attributes(&self) -> Result<Attributes> {
        attributes(&self.trees)
    }
}
