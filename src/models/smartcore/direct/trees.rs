//! smartcore's decision trees and forests of them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smartcore::ensemble::random_forest_classifier as forest;
use smartcore::error::Failed;
use smartcore::tree::decision_tree_classifier as tree;

use super::rows::{Rows, codes, through_file};
use crate::data::TrainingSet;
use crate::error::{Error, Result};
use crate::models::forest::tree::{Growing, Node, Tree, check_size};
use crate::models::smartcore::kernels::{Kernels, Predicts};
use crate::models::smartcore::settings::refused;
use crate::models::smartcore::tree_params::TreeParams;

type SmartTree = tree::DecisionTreeClassifier<f64, u32, Rows<'static>, Vec<u32>>;
type SmartForest = forest::RandomForestClassifier<f64, u32, Rows<'static>, Vec<u32>>;

/// smartcore's node, field for field.
#[derive(Serialize, Deserialize)]
struct SmartNode {
    output: usize,
    n_node_samples: usize,
    split_feature: usize,
    split_value: Option<f64>,
    split_score: Option<f64>,
    true_child: Option<usize>,
    false_child: Option<usize>,
    impurity: Option<f64>,
}

/// smartcore's tree, field for field: nodes, settings (prediction needs none), number of classes,
/// classes, depth, number of features.
type TreeFields = (Vec<SmartNode>, Option<()>, usize, Vec<u32>, u16, usize);

/// smartcore's forest, field for field: trees, classes, samples (kept on request only).
type ForestFields = (Option<Vec<TreeFields>>, Option<Vec<u32>>, Option<()>);

/// How a saved tree begins; the rest is not read.
type TreeStart = Vec<SmartNode>;

/// How a saved forest of one begins: there are trees, one, its nodes.
type ForestStart = (bool, u8, Vec<SmartNode>);

/// Most that the lists of one tree's training may take, bytes.
const MOST_BYTES: u64 = 1 << 30;

/// smartcore keeps, for each node that waits to be split, a list as long as there are rows.
///
/// # Errors
/// `OutOfMemory`, where a share of the rows that noisy labels make would wait at once.
fn check_memory(params: &TreeParams, n: usize) -> Result<()> {
    let bytes = |n: usize| {
        let deepest = params.max_depth.map_or(u64::MAX, |depth| {
            1_u64
                .checked_shl(depth.saturating_sub(1))
                .unwrap_or(u64::MAX)
        });
        let waiting = (n as u64 / 16).clamp(1, deepest);
        waiting * n as u64 * size_of::<usize>() as u64
    };
    if bytes(n) <= MOST_BYTES {
        return Ok(());
    }
    let mut largest_rows = n;
    while bytes(largest_rows) > MOST_BYTES {
        largest_rows -= largest_rows.div_ceil(64);
    }
    Err(Error::OutOfMemory {
        what: "growing a tree of smartcore's",
        needed_bytes: bytes(n),
        largest_rows: largest_rows as u64,
    })
}

fn criterion(params: &TreeParams) -> tree::SplitCriterion {
    if params.entropy {
        tree::SplitCriterion::Entropy
    } else {
        tree::SplitCriterion::Gini
    }
}

/// The deepest level, as smartcore counts: the root is level 1, and scikit-learn's depth 0.
fn levels(params: &TreeParams) -> Option<u16> {
    let levels = params.max_depth?.checked_add(1)?;
    u16::try_from(levels).ok()
}

/// Grows a `DecisionTreeClassifier`.
pub(in crate::models) fn grow(params: &TreeParams, data: &TrainingSet<'_>) -> Result<Tree> {
    let n = data.n_samples();
    check_memory(params, n)?;
    check_size(data.n_features(), data.n_classes)?;
    let settings = tree::DecisionTreeClassifierParameters {
        criterion: criterion(params),
        max_depth: levels(params),
        min_samples_leaf: params.min_samples_leaf.of(n, 1),
        min_samples_split: params.min_samples_split.of(n, 2),
        seed: Some(u64::from(params.random_state)),
    };
    let grown = tree::DecisionTreeClassifier::fit(&Rows::of(data), &codes(data), settings);
    let nodes: TreeStart = through_file(&grown.map_err(refused)?)?;
    // smartcore keeps no counts: the training rows are walked down once more.
    let rows = data.iter().map(|(row, code)| (leaf_of(&nodes, row), code));
    let mut reached: Vec<(usize, u32)> = rows.collect();
    reached.sort_unstable();
    Ok(preorder(&nodes, data.n_classes, &|id| {
        let of_leaf = reached.partition_point(|&(leaf, _)| leaf < id);
        let of_leaf = reached[of_leaf..].chunk_by(PartialEq::eq);
        of_leaf
            .take_while(|rows| rows[0].0 == id)
            .map(|rows| (rows[0].1, rows.len() as u32))
            .collect()
    }))
}

/// Grows one tree of a `RandomForestClassifier`: smartcore's forest of one, with a seed of its own,
/// so that trees can be grown at the same time. Its generator is another one where pointers have 32
/// bits, so a browser's forest is not that of a native build.
pub(in crate::models) fn grow_one_of_forest(
    params: &TreeParams,
    data: &TrainingSet<'_>,
    index: usize,
) -> Result<Tree> {
    let n = data.n_samples();
    check_memory(params, n)?;
    check_size(data.n_features(), data.n_classes)?;
    let settings = forest::RandomForestClassifierParameters {
        criterion: criterion(params),
        max_depth: levels(params),
        min_samples_leaf: params.min_samples_leaf.of(n, 1),
        min_samples_split: params.min_samples_split.of(n, 2),
        n_trees: 1,
        m: Some(params.max_features.of(data.n_features())),
        keep_samples: false,
        seed: u64::from(params.random_state) << 32 | index as u64,
    };
    let grown = forest::RandomForestClassifier::fit(&Rows::of(data), &codes(data), settings);
    let (_, _, nodes): ForestStart = through_file(&grown.map_err(refused)?)?;
    // Which samples came into a leaf smartcore does not tell, only how many; its leaf votes for one
    // class.
    Ok(preorder(&nodes, data.n_classes, &|id| {
        vec![(nodes[id].output as u32, nodes[id].n_node_samples as u32)]
    }))
}

/// The test of a node and its children, where it is no leaf.
fn split_of(node: &SmartNode) -> Option<(f64, usize, usize)> {
    match (node.split_value, node.true_child, node.false_child) {
        (Some(value), Some(yes), Some(no)) if value.is_finite() => Some((value, yes, no)),
        _ => None,
    }
}

fn leaf_of(nodes: &[SmartNode], row: &[f64]) -> usize {
    let mut at = 0;
    while let Some((value, yes, no)) = split_of(&nodes[at]) {
        at = if row[nodes[at].split_feature] <= value {
            yes
        } else {
            no
        };
    }
    at
}

/// Our tree of smartcore's nodes, which lie level by level.
fn preorder(
    nodes: &[SmartNode],
    n_classes: usize,
    weights: &dyn Fn(usize) -> Vec<(u32, u32)>,
) -> Tree {
    let mut tree = Growing::new(n_classes);
    let mut waiting = vec![0];
    while let Some(id) = waiting.pop() {
        match split_of(&nodes[id]) {
            Some((value, yes, no)) => {
                tree.push_split(nodes[id].split_feature, value);
                waiting.extend([no, yes]);
            }
            None => tree.push_leaf(weights(id)),
        }
    }
    tree.grown()
}

/// smartcore's tree of ours; one of a forest, which has them itself, needs no `classes`.
fn fields_of(tree: &Tree, n_features: usize, classes: Vec<u32>) -> TreeFields {
    let empty = || SmartNode {
        output: 0,
        n_node_samples: 0,
        split_feature: 0,
        split_value: None,
        split_score: None,
        true_child: None,
        false_child: None,
        impurity: None,
    };
    let nodes = tree.nodes().into_iter().map(|node| match node {
        Node::Leaf(leaf) => SmartNode {
            output: most(tree.leaf(leaf)),
            ..empty()
        },
        Node::Split {
            feature,
            threshold,
            left,
            right,
        } => SmartNode {
            split_feature: feature,
            split_value: Some(threshold),
            true_child: Some(left),
            false_child: Some(right),
            ..empty()
        },
    });
    (nodes.collect(), None, classes.len(), classes, 0, n_features)
}

/// The class that weighs most, the first of several.
fn most(leaf: &[[u32; 2]]) -> usize {
    let first_most = leaf.iter().rev().max_by_key(|[_, weight]| *weight);
    first_most.map_or(0, |&[class, _]| class as usize)
}

impl Predicts for SmartTree {
    fn codes(&self, rows: &Rows<'_>) -> std::result::Result<Vec<u32>, Failed> {
        self.predict(rows)
    }
}

impl Predicts for SmartForest {
    fn codes(&self, rows: &Rows<'_>) -> std::result::Result<Vec<u32>, Failed> {
        self.predict(rows)
    }
}

/// smartcore's tree or forest of ours.
pub(in crate::models) fn kernels(
    trees: &[Tree],
    n_features: usize,
    n_classes: usize,
    is_forest: bool,
) -> Result<Kernels> {
    let classes: Vec<u32> = (0..n_classes as u32).collect();
    if is_forest {
        let fields = |tree| fields_of(tree, n_features, Vec::new());
        let trees = trees.iter().map(fields).collect();
        let fields: ForestFields = (Some(trees), Some(classes), None);
        let smart: SmartForest = through_file(&fields)?;
        return Ok(Kernels(Arc::new(smart)));
    }
    let tree = trees.first().ok_or_else(|| refused("there is no tree"))?;
    let smart: SmartTree = through_file(&fields_of(tree, n_features, classes))?;
    Ok(Kernels(Arc::new(smart)))
}
