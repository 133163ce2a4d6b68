//! Prediction by a forest: all trees in one array of nodes, several rows on their way at once.
//!
//! A step is `child = left + (x > threshold)`; leaves lead to themselves, so lanes need no branch.
//! Thresholds are the largest `f32` not above scikit-learn's `f64` ones: rows are `f32` there too,
//! so every comparison comes out the same.

use super::lanes::{LANES, Node, walk};
use super::tree::Tree;

/// Rows that go through one tree before the next: their values and a tree stay in the cache.
const BLOCK: usize = 128;
/// Trees after which rows whose class is decided leave the block.
const TREES_PER_ROUND: usize = 8;

/// The layout for prediction.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    nodes: Vec<Node>,
    /// First node and number of levels of each tree.
    roots: Vec<(u32, u32)>,
    /// Class of a leaf, by node: meaningful where all leaves are pure.
    leaf_class: Vec<u16>,
    /// Shares of a leaf, `[leaf number][class]`, and the number of each node's: for impure leaves.
    leaf_value: Vec<f64>,
    leaf_number: Vec<u32>,
    is_pure: bool,
    n_features: usize,
    n_classes: usize,
}

impl Walk {
    pub(super) fn new(trees: &[Tree], n_features: usize, n_classes: usize) -> Self {
        let mut walk = Self {
            nodes: Vec::new(),
            roots: Vec::new(),
            leaf_class: Vec::new(),
            leaf_value: Vec::new(),
            leaf_number: Vec::new(),
            is_pure: true,
            n_features,
            n_classes,
        };
        for tree in trees {
            walk.push(tree);
        }
        walk
    }

    /// Lays a tree out level by level, children side by side.
    fn push(&mut self, tree: &Tree) {
        let base = self.nodes.len() as u32;
        let mut order = vec![0_u32];
        let mut level_end = 1;
        let mut n_levels = 0;
        let mut at = 0;
        while at < order.len() {
            let node = order[at] as usize;
            let place = base + at as u32;
            if tree.is_leaf(node) {
                let value = &tree.value[node * self.n_classes..(node + 1) * self.n_classes];
                self.is_pure &= value.iter().all(|&share| share == 0.0 || share == 1.0);
                self.leaf_class.push(argmax(value) as u16);
                self.leaf_number
                    .push((self.leaf_value.len() / self.n_classes) as u32);
                self.leaf_value.extend_from_slice(value);
                self.nodes.push(Node::leaf(place));
            } else {
                self.leaf_class.push(0);
                self.leaf_number.push(0);
                let left = base + order.len() as u32;
                self.nodes.push(Node::inner(
                    tree.feature[node] as u32,
                    at_most(tree.threshold[node]),
                    left,
                ));
                order.extend([node as u32 + 1, tree.right[node]]);
            }
            at += 1;
            if at == level_end && at < order.len() {
                level_end = order.len();
                n_levels += 1;
            }
        }
        self.roots.push((base, n_levels));
    }

    pub(super) fn predict_into(&self, x: &[f64], classes: &[i32], out: &mut [i32]) {
        let mut block = Block::default();
        for (x, out) in x.chunks(BLOCK * self.n_features).zip(out.chunks_mut(BLOCK)) {
            block.fill(x, self.n_features);
            if self.is_pure && self.n_classes == 2 {
                self.vote(&mut block, [classes[0], classes[1]], out);
            } else {
                block.sums.clear();
                block.sums.resize(out.len() * self.n_classes, 0.0);
                self.add_up(&block.values, &mut block.sums);
                for (label, sums) in out.iter_mut().zip(block.sums.chunks(self.n_classes)) {
                    *label = classes[argmax(sums)];
                }
            }
        }
    }

    pub(super) fn predict_proba_into(&self, x: &[f64], out: &mut [f64]) {
        let mut block = Block::default();
        let n_trees = self.roots.len() as f64;
        for (x, out) in x
            .chunks(BLOCK * self.n_features)
            .zip(out.chunks_mut(BLOCK * self.n_classes))
        {
            block.fill(x, self.n_features);
            out.fill(0.0);
            self.add_up(&block.values, out);
            for share in out {
                *share /= n_trees;
            }
        }
    }

    /// Two classes, pure leaves: every tree has one vote, and a row leaves once the trees still to
    /// come cannot change its class. The lower class wins a draw, as in scikit-learn.
    fn vote(&self, block: &mut Block, classes: [i32; 2], out: &mut [i32]) {
        let n_trees = self.roots.len() as u32;
        block.active.clear();
        block
            .active
            .extend((0..out.len() as u32).map(|row| row * self.n_features as u32));
        block.votes.clear();
        block.votes.resize(out.len(), 0);
        let mut done = 0;
        for round in self.roots.chunks(TREES_PER_ROUND) {
            let Block {
                values,
                active,
                votes,
                ..
            } = &mut *block;
            for &(root, n_levels) in round {
                for (lane, votes) in active.chunks(LANES).zip(votes.chunks_mut(LANES)) {
                    let leaves = self.lane(values, lane, root, n_levels);
                    for (vote, leaf) in votes.iter_mut().zip(leaves) {
                        *vote += u32::from(self.leaf_class[leaf as usize]);
                    }
                }
            }
            done += round.len() as u32;
            let left = n_trees - done;
            // Rows that are decided go; those that are not move up.
            let mut kept = 0;
            for i in 0..block.active.len() {
                let (row, ones) = (block.active[i], block.votes[i]);
                let zeros = done - ones;
                if ones > zeros + left || zeros >= ones + left {
                    out[row as usize / self.n_features] = classes[usize::from(ones > zeros)];
                } else {
                    block.active[kept] = row;
                    block.votes[kept] = ones;
                    kept += 1;
                }
            }
            block.active.truncate(kept);
            block.votes.truncate(kept);
            if kept == 0 {
                break;
            }
        }
    }

    /// Adds every tree's shares to `sums`, `[row][class]`, in the order of the trees.
    fn add_up(&self, values: &[f32], sums: &mut [f64]) {
        let k = self.n_classes;
        let starts: Vec<u32> = (0..sums.len() / k)
            .map(|row| (row * self.n_features) as u32)
            .collect();
        for &(root, n_levels) in &self.roots {
            for (lane, sums) in starts.chunks(LANES).zip(sums.chunks_mut(LANES * k)) {
                let leaves = self.lane(values, lane, root, n_levels);
                for (sums, leaf) in sums.chunks_mut(k).zip(leaves) {
                    let number = self.leaf_number[leaf as usize] as usize;
                    for (sum, share) in sums
                        .iter_mut()
                        .zip(&self.leaf_value[number * k..(number + 1) * k])
                    {
                        *sum += share;
                    }
                }
            }
        }
    }

    /// Leaves of up to `LANES` rows; `starts` are the places of their values.
    #[inline]
    fn lane(&self, values: &[f32], starts: &[u32], root: u32, n_levels: u32) -> [u32; LANES] {
        let mut full = [starts[0]; LANES];
        full[..starts.len()].copy_from_slice(starts);
        walk(&self.nodes, self.n_features, values, full, root, n_levels)
    }
}

/// Room for one block of rows.
#[derive(Debug, Default)]
struct Block {
    values: Vec<f32>,
    /// Places of the rows not decided yet.
    active: Vec<u32>,
    votes: Vec<u32>,
    sums: Vec<f64>,
}

impl Block {
    fn fill(&mut self, x: &[f64], n_features: usize) {
        self.values.clear();
        self.values.extend(x.iter().map(|&value| value as f32));
        debug_assert_eq!(self.values.len() % n_features, 0);
    }
}

/// The first of the largest.
fn argmax(values: &[f64]) -> usize {
    let mut best = 0;
    for (i, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = i;
        }
    }
    best
}

/// The largest `f32` that is not above `threshold`.
fn at_most(threshold: f64) -> f32 {
    let near = threshold as f32;
    if f64::from(near) > threshold {
        near.next_down()
    } else {
        near
    }
}
