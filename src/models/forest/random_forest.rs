//! scikit-learn's `RandomForestClassifier`, node for node (compared with 1.9.1).

use serde::{Deserialize, Serialize};

use super::impurity::Criterion;
use super::splitter::Ranks;
use super::tree::{self, Tree};
use super::walk::Walk;
use crate::data::TrainingSet;
use crate::error::{Error, Result};
use crate::models::classifier::{Attributes, Classifier};
use crate::models::params::{ParamReader, ParamValue, Params};

/// Features to look at in a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MaxFeatures {
    /// The square root of their number.
    Sqrt,
    /// The logarithm of their number.
    Log2,
    /// All.
    All,
    /// So many.
    Count(u32),
    /// This share.
    Share(f64),
}

/// Checked settings.
#[derive(Debug, Clone, PartialEq)]
pub struct RandomForestParams {
    /// Trees.
    pub n_estimators: u32,
    /// How impure a node is.
    pub criterion: Criterion,
    /// Levels at most.
    pub max_depth: Option<u32>,
    /// Rows that a node must have to be split.
    pub min_samples_split: u32,
    /// Rows that a leaf must have.
    pub min_samples_leaf: u32,
    /// Features to look at in a node.
    pub max_features: MaxFeatures,
    /// What a split must gain.
    pub min_impurity_decrease: f64,
    /// Whether each tree sees a sample with replacement.
    pub bootstrap: bool,
    /// Seed.
    pub random_state: u32,
}

/// Limits in numbers, for one training set.
pub(super) struct Limits {
    pub(super) max_features: usize,
    pub(super) max_depth: usize,
    pub(super) min_samples_split: usize,
    pub(super) min_samples_leaf: usize,
}

impl RandomForestParams {
    /// Reads settings by scikit-learn's names; those left out have its defaults, `random_state` 0.
    ///
    /// # Errors
    /// `InvalidParam`.
    pub fn read(params: &Params) -> Result<Self> {
        let mut read = ParamReader::new("RandomForestClassifier", params);
        let max_features = match read.get("max_features") {
            None => MaxFeatures::Sqrt,
            Some(ParamValue::Null) => MaxFeatures::All,
            Some(ParamValue::Text(word)) if word == "sqrt" => MaxFeatures::Sqrt,
            Some(ParamValue::Text(word)) if word == "log2" => MaxFeatures::Log2,
            Some(&ParamValue::Number(n))
                if n >= 1.0 && n.fract() == 0.0 && n <= f64::from(u32::MAX) =>
            {
                // 1.0 and 1 are one number here; scikit-learn's int wins.
                MaxFeatures::Count(n as u32)
            }
            Some(&ParamValue::Number(n)) if n > 0.0 && n < 1.0 => MaxFeatures::Share(n),
            Some(other) => {
                let allowed = "'sqrt', 'log2', null, a whole number of at least 1, or a share between 0 and 1";
                return Err(Error::invalid("max_features", other, allowed));
            }
        };
        for name in ["max_leaf_nodes", "class_weight"] {
            if let Some(value) = read.get(name).filter(|value| **value != ParamValue::Null) {
                return Err(Error::invalid(name, value, "null"));
            }
        }
        let words = [
            ("gini", Criterion::Gini),
            ("entropy", Criterion::Entropy),
            ("log_loss", Criterion::Entropy),
        ];
        let params = Self {
            n_estimators: read.integer("n_estimators", 100, 1)?,
            criterion: read.choice("criterion", Criterion::Gini, &words)?,
            max_depth: read.optional_integer("max_depth", 1)?,
            min_samples_split: read.integer("min_samples_split", 2, 2)?,
            min_samples_leaf: read.integer("min_samples_leaf", 1, 1)?,
            max_features,
            min_impurity_decrease: read.number(
                "min_impurity_decrease",
                0.0,
                |v| v >= 0.0,
                "a number of at least 0",
            )?,
            bootstrap: read.boolean("bootstrap", true)?,
            random_state: read.integer("random_state", 0, 0)?,
        };
        read.finish()?;
        Ok(params)
    }

    pub(super) fn limits(&self, n_features: usize, _n_samples: usize) -> Limits {
        let d = n_features as f64;
        let max_features = match self.max_features {
            MaxFeatures::Sqrt => d.sqrt() as usize,
            MaxFeatures::Log2 => d.log2() as usize,
            MaxFeatures::All => n_features,
            MaxFeatures::Count(n) => (n as usize).min(n_features),
            MaxFeatures::Share(share) => (share * d) as usize,
        };
        let min_samples_leaf = self.min_samples_leaf as usize;
        Limits {
            max_features: max_features.max(1),
            max_depth: self.max_depth.map_or(usize::MAX, |depth| depth as usize),
            min_samples_split: (self.min_samples_split as usize).max(2 * min_samples_leaf),
            min_samples_leaf,
        }
    }
}

/// Trains tree number `index` of a forest: a unit of work of its own.
///
/// # Errors
/// `InvalidParam` for more classes than a tree can tell apart.
pub fn train_tree(
    params: &RandomForestParams,
    ranks: &Ranks,
    data: &TrainingSet<'_>,
    index: usize,
) -> Result<Tree> {
    tree::train(params, ranks, data, index)
}

/// A fitted forest.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Trees", into = "Trees")]
pub struct RandomForest {
    trees: Trees,
    walk: Walk,
}

/// What is saved of a forest; the layout for prediction is made from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Trees {
    n_features: u32,
    n_classes: u32,
    trees: Vec<Tree>,
}

impl From<RandomForest> for Trees {
    fn from(forest: RandomForest) -> Self {
        forest.trees
    }
}

impl TryFrom<Trees> for RandomForest {
    type Error = &'static str;

    fn try_from(trees: Trees) -> std::result::Result<Self, &'static str> {
        let (n_features, n_classes) = (trees.n_features as usize, trees.n_classes as usize);
        if n_features == 0 || n_classes < 2 || trees.trees.is_empty() {
            return Err("a forest without trees, features or classes");
        }
        for tree in &trees.trees {
            tree.check(n_features, n_classes)?;
        }
        let walk = Walk::new(&trees.trees, n_features, n_classes);
        Ok(Self { trees, walk })
    }
}

impl PartialEq for RandomForest {
    fn eq(&self, other: &Self) -> bool {
        self.trees == other.trees
    }
}

impl RandomForest {
    /// Puts trees, in order, together.
    #[must_use]
    pub fn assemble(n_features: usize, n_classes: usize, trees: Vec<Tree>) -> Self {
        let walk = Walk::new(&trees, n_features, n_classes);
        Self {
            trees: Trees {
                n_features: n_features as u32,
                n_classes: n_classes as u32,
                trees,
            },
            walk,
        }
    }

    /// The trees, in order.
    #[must_use]
    pub fn trees(&self) -> &[Tree] {
        &self.trees.trees
    }
}

impl Classifier for RandomForest {
    fn n_features(&self) -> usize {
        self.trees.n_features as usize
    }

    fn n_classes(&self) -> usize {
        self.trees.n_classes as usize
    }

    fn predict_into(&self, x: &[f64], classes: &[i32], out: &mut [i32]) {
        self.walk.predict_into(x, classes, out);
    }

    fn predict_proba_into(&self, x: &[f64], out: &mut [f64]) -> Result<()> {
        self.walk.predict_proba_into(x, out);
        Ok(())
    }

    fn decision_function_into(&self, _: &[f64], _: &mut [f64]) -> Result<()> {
        Err(Error::invalid(
            "decision_function",
            "RandomForestClassifier",
            "predict_proba: a forest has no margin",
        ))
    }

    fn attributes(&self) -> Attributes {
        let n_classes = self.n_classes();
        Attributes::Forest {
            trees: self
                .trees
                .trees
                .iter()
                .map(|tree| tree.attributes(n_classes))
                .collect(),
        }
    }
}
