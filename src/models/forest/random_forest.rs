//! scikit-learn's `RandomForestClassifier`, tree for tree and node for node that of 1.9.1: the forest's trees, how
//! they are saved, and how their answers are put together.
//!
//! Each tree is grown on rows drawn with replacement. A node tries `max_features` columns in random order and takes
//! the split `x_j ≤ t` after which the impurity of both sides is least:
//!
//! ```text
//! gini: 1 − Σ_c p_c²      entropy, log_loss: −Σ_c p_c log₂ p_c
//! ```
//!
//! A row gets the class whose share, averaged over the leaves that it comes to, is largest; the first of several. A
//! tree takes about `n_samples · log² n_samples · max_features`, a row `n_estimators · depth` comparisons at most.
//!
//! ```
//! use std::sync::Arc;
//! use breakeven::data::make_classification::{MakeClassification, make_classification};
//! use breakeven::model_selection::fit::fit;
//! use breakeven::models::estimator::EstimatorSpec;
//! use ndarray::array;
//!
//! let (x, y) = make_classification(&MakeClassification {
//!     n_samples: 1000,
//!     n_features: 4,
//!     n_informative: 2,
//!     n_redundant: 0,
//!     shuffle: false,
//!     ..Default::default()
//! })?;
//! let spec: EstimatorSpec = serde_json::from_str(
//!     r#"{ "estimator": "RandomForestClassifier", "params": { "max_depth": 2, "random_state": 0 } }"#,
//! )?;
//! let model = fit(&spec, Arc::new(x), &y)?;
//! // scikit-learn's own example, and its answer.
//! assert_eq!(model.predict(array![[0., 0., 0., 0.]].view())?, [1]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use serde::{Deserialize, Serialize};

use super::inference::predict::Walk;
pub use super::params::RandomForestParams;
use super::training::grow;
use super::training::split_search::Ranks;
use super::tree::{self, Tree, check_size};
use crate::data::TrainingSet;
use crate::error::{Error, Result};
use crate::models::classifier::{Attributes, Classifier};
use crate::parallel::pause::whole;

/// The least that rounds to infinity as `f32`: half a step above the largest.
const BEYOND: f64 = f32::MAX as f64 + (1_u128 << 103) as f64;

/// A fitted forest.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "ForestFile", into = "ForestFile")]
pub struct RandomForest {
    n_features: usize,
    n_classes: usize,
    trees: Vec<Tree>,
    walk: Walk,
}

/// What of a forest is saved.
#[derive(Serialize, Deserialize)]
struct ForestFile {
    n_features: u32,
    n_classes: u32,
    trees: Vec<Tree>,
}

impl From<RandomForest> for ForestFile {
    fn from(forest: RandomForest) -> Self {
        Self {
            n_features: forest.n_features as u32,
            n_classes: forest.n_classes as u32,
            trees: forest.trees,
        }
    }
}

impl TryFrom<ForestFile> for RandomForest {
    type Error = &'static str;

    fn try_from(file: ForestFile) -> std::result::Result<Self, Self::Error> {
        let (n_features, n_classes) = (file.n_features as usize, file.n_classes as usize);
        if n_features == 0 || n_classes < 2 || file.trees.is_empty() {
            return Err("a forest needs features, two classes and a tree");
        }
        for tree in &file.trees {
            tree.check(n_features, n_classes)?;
        }
        Ok(whole(Self::assemble(n_features, n_classes, file.trees)))
    }
}

/// Trains one tree of a forest; `ranks` are those of all rows of `data.x`.
///
/// # Errors
/// `ShapeMismatch` where the ranks are of another matrix, or there are too many columns or classes.
pub async fn train_tree(
    params: &RandomForestParams,
    ranks: &Ranks,
    data: &TrainingSet<'_>,
    tree_index: usize,
) -> Result<Tree> {
    if (ranks.n_rows(), ranks.n_features()) != data.x.dim() {
        return Err(Error::ShapeMismatch {
            what: "the ranks",
            expected: format!("{:?}, as the matrix", data.x.dim()),
            got: format!("{:?}", (ranks.n_rows(), ranks.n_features())),
        });
    }
    check_size(data.n_features(), data.n_classes)?;
    Ok(grow::grow(params, ranks, data, tree_index).await)
}

impl RandomForest {
    /// Puts trained trees, in order, together.
    pub async fn assemble(n_features: usize, n_classes: usize, trees: Vec<Tree>) -> Self {
        let walk = Walk::new(n_features, n_classes, &trees).await;
        Self {
            n_features,
            n_classes,
            trees,
            walk,
        }
    }

    /// The trees, in order of training.
    #[must_use]
    pub fn trees(&self) -> &[Tree] {
        &self.trees
    }
}

impl Classifier for RandomForest {
    fn n_features(&self) -> usize {
        self.n_features
    }

    fn n_classes(&self) -> usize {
        self.n_classes
    }

    fn row_ns(&self) -> usize {
        16 * self.trees.len() * self.n_classes
    }

    fn most(&self) -> f64 {
        BEYOND
    }

    fn unreadable(&self, x: &[f64]) -> Option<usize> {
        // Sizes order as their bits do: a pass without a branch, and a look only where it found something.
        let over = |v: &f64| v.abs().to_bits() + (1 << 63) - BEYOND.to_bits();
        if x.iter().fold(0, |all, v| all | over(v)) >> 63 == 0 {
            return None;
        }
        x.iter().position(|v| v.abs() >= BEYOND)
    }

    fn predict_into(&self, x: &[f64], classes: &[i32], out: &mut [i32]) {
        self.walk.predict_into(x, classes, out);
    }

    fn predict_proba_into(&self, x: &[f64], out: &mut [f64]) -> Result<()> {
        self.walk.predict_proba_into(x, out);
        Ok(())
    }

    fn decision_function_into(&self, _x: &[f64], _out: &mut [f64]) -> Result<()> {
        Err(Error::invalid(
            "decision_function",
            "RandomForestClassifier",
            "asked of a linear model or SVC; probabilities are what this one has",
        ))
    }

    fn attributes(&self) -> Result<Attributes> {
        tree::attributes(&self.trees)
    }
}
