//! Which columns a forest's splits tell most by: scikit-learn's `feature_importances_`.

use super::training::criterion::Criterion;
use super::tree::{Node, Tree};
use crate::data::allocate::zeros;
use crate::data::numpy_sum::pairwise_sum;
use crate::error::Result;

/// How much each column's splits lower the impurity, as a share of what all do: of each tree, and of these the mean.
/// All 0 where no tree has a split. Takes a look at each node's classes.
///
/// # Errors
/// `OutOfMemory`.
pub(super) fn importances(
    trees: &[Tree],
    criterion: Criterion,
    n_features: usize,
    n_classes: usize,
) -> Result<Vec<f64>> {
    let mut all = zeros::<f64>("the importance of the columns", n_features, 1)?;
    let mut n_trees = 0.0;
    for tree in trees.iter().filter(|tree| tree.n_nodes() > 1) {
        let own = of_tree(tree, criterion, n_features, n_classes)?;
        all.iter_mut().zip(own).for_each(|(all, own)| *all += own);
        n_trees += 1.0;
    }
    if n_trees > 0.0 {
        all.iter_mut().for_each(|one| *one /= n_trees);
        let sum = pairwise_sum(n_features, &|i| all[i]);
        all.iter_mut().for_each(|one| *one /= sum);
    }
    Ok(all)
}

/// In scikit-learn's order of operations.
fn of_tree(
    tree: &Tree,
    criterion: Criterion,
    n_features: usize,
    n_classes: usize,
) -> Result<Vec<f64>> {
    let nodes = tree.nodes();
    // Weight times impurity, and weight, of each node. Children have higher numbers: going backwards, a split's
    // left child is the last whose classes are counted, its right one the last but one.
    let mut impure = zeros::<[f64; 2]>("the impurity of the nodes", nodes.len(), 1)?;
    let mut waiting: Vec<Vec<u64>> = Vec::new();
    let mut spare: Vec<Vec<u64>> = Vec::new();
    for (id, node) in nodes.iter().enumerate().rev() {
        let counts = match *node {
            Node::Leaf(leaf) => {
                let mut counts = match spare.pop() {
                    Some(counts) => counts,
                    None => zeros("the classes of a node", n_classes, 1)?,
                };
                counts.fill(0);
                for &[class, weight] in tree.leaf(leaf) {
                    counts[class as usize] = u64::from(weight);
                }
                counts
            }
            Node::Split { .. } => {
                // A tree has been checked: both are there.
                let mut counts = waiting.pop().unwrap_or_default();
                let right = waiting.pop().unwrap_or_default();
                counts.iter_mut().zip(&right).for_each(|(a, b)| *a += b);
                spare.push(right);
                counts
            }
        };
        let weight = counts.iter().sum::<u64>() as f64;
        impure[id] = [weight * criterion.impurity(&counts), weight];
        waiting.push(counts);
    }
    let mut own = zeros::<f64>("the importance of the columns", n_features, 1)?;
    for (id, node) in nodes.iter().enumerate() {
        if let &Node::Split {
            feature,
            left,
            right,
            ..
        } = node
        {
            own[feature] += impure[id][0] - impure[left][0] - impure[right][0];
        }
    }
    let weight = impure[0][1];
    own.iter_mut().for_each(|one| *one /= weight);
    let sum = pairwise_sum(n_features, &|i| own[i]);
    if sum > 0.0 {
        own.iter_mut().for_each(|one| *one /= sum);
    }
    Ok(own)
}
