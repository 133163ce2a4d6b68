//! Trees packed for walking, and the walk itself: the one place without bounds checks.
#![allow(unsafe_code)]

use super::tree::Node;

/// Rows that are walked at the same time, so that one row's wait for memory is another's work.
pub(super) const LANES: usize = 8;
/// Levels before it is first asked which rows have arrived, and between further questions.
const LEVELS: [usize; 2] = [8, 4];
/// Most rows of one call.
pub(super) const MAX_ROWS: usize = 640;

/// Eight bytes: where to go, and by what.
#[derive(Debug, Clone, Copy)]
struct PackedNode {
    /// Rows with at most this go to the child, others to the node after it. Leaves: infinity.
    threshold: f32,
    /// `child << feature_bits | feature`. A leaf is its own child, so that walking on changes nothing.
    link: u32,
}

/// Trees whose links are known to be good: only this module makes and reads them.
#[derive(Debug, Clone)]
pub(super) struct Packed {
    n_features: usize,
    feature_bits: u32,
    nodes: Vec<PackedNode>,
    /// Of each node: number of the leaf within its tree.
    leaves: Vec<u32>,
    /// Where each tree starts, and the end.
    starts: Vec<usize>,
}

impl Packed {
    pub(super) fn new(n_features: usize) -> Self {
        let feature_bits = u32::BITS - (n_features as u32).saturating_sub(1).leading_zeros();
        Self {
            n_features,
            feature_bits,
            nodes: Vec::new(),
            leaves: Vec::new(),
            starts: vec![0],
        }
    }

    /// Appends a tree, level by level so that siblings are neighbours. False if it does not fit into
    /// the links' bits or is no tree.
    pub(super) fn push(&mut self, tree: &[Node]) -> bool {
        let n = tree.len();
        if n == 0 || (n as u64) << self.feature_bits > 1 << 32 {
            return false;
        }
        let mut queue = Vec::with_capacity(n);
        queue.push(0);
        let mut at = 0;
        while let Some(&id) = queue.get(at) {
            let (threshold, child, feature, leaf) = match tree[id] {
                Node::Leaf(leaf) => (f32::INFINITY, at, 0, leaf),
                Node::Split {
                    feature,
                    threshold,
                    left,
                    right,
                } => {
                    let child = queue.len();
                    queue.extend([left, right]);
                    (floor_f32(threshold), child, feature, 0)
                }
            };
            if queue.len() > n || feature >= self.n_features {
                return false;
            }
            self.nodes.push(PackedNode {
                threshold,
                link: (child << self.feature_bits | feature) as u32,
            });
            self.leaves.push(leaf as u32);
            at += 1;
        }
        self.starts.push(self.nodes.len());
        true
    }

    pub(super) fn n_trees(&self) -> usize {
        self.starts.len() - 1
    }

    /// Number of nodes.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Where a tree's nodes start.
    pub(super) fn start(&self, tree: usize) -> usize {
        self.starts[tree]
    }

    /// The leaf's number in its tree, of every node.
    pub(super) fn leaves(&self) -> &[u32] {
        &self.leaves
    }

    /// Walks `rows` (numbers of rows of `x`) down a tree; `at[i]` is where row `rows[i]` arrives,
    /// counted from the tree's start.
    pub(super) fn walk(&self, tree: usize, x: &[f32], rows: &[u16], at: &mut [u32]) {
        let nodes = &self.nodes[self.starts[tree]..self.starts[tree + 1]];
        let n = rows.len();
        let largest = rows.iter().copied().max().map_or(0, usize::from);
        assert!(n <= MAX_ROWS && at.len() >= n && (largest + 1) * self.n_features <= x.len());
        let mut pending = [0_u16; MAX_ROWS];
        for (i, slot) in pending[..n].iter_mut().enumerate() {
            *slot = i as u16;
        }
        at[..n].fill(0);
        let (mut n_pending, mut levels) = (n, LEVELS[0]);
        while n_pending >= LANES {
            let mut kept = 0;
            let whole = n_pending - n_pending % LANES;
            for first in (0..whole).step_by(LANES) {
                let mut lane = [0_usize; LANES];
                let mut base = [0_usize; LANES];
                let mut node = [0_u32; LANES];
                for l in 0..LANES {
                    lane[l] = usize::from(pending[first + l]);
                    base[l] = usize::from(rows[lane[l]]) * self.n_features;
                    node[l] = at[lane[l]];
                }
                for _ in 0..levels {
                    for l in 0..LANES {
                        // SAFETY: `base` is a row of `x` (asserted above); `node` is 0 or came from a step.
                        node[l] = unsafe { self.step(nodes, x, base[l], node[l]) };
                    }
                }
                for l in 0..LANES {
                    at[lane[l]] = node[l];
                    pending[kept] = lane[l] as u16;
                    kept += usize::from(nodes[node[l] as usize].threshold != f32::INFINITY);
                }
            }
            pending.copy_within(whole..n_pending, kept);
            n_pending = kept + n_pending - whole;
            levels = LEVELS[1];
        }
        for &i in &pending[..n_pending] {
            let base = usize::from(rows[usize::from(i)]) * self.n_features;
            let mut node = at[usize::from(i)];
            while nodes[node as usize].threshold != f32::INFINITY {
                // SAFETY: as above.
                node = unsafe { self.step(nodes, x, base, node) };
            }
            at[usize::from(i)] = node;
        }
    }

    /// Walks one row down `LANES` trees, from `first` on; past the last tree, the last is repeated.
    /// Gives where it arrives, counted from the start of all nodes.
    pub(super) fn walk_trees(&self, first: usize, row: &[f32]) -> [usize; LANES] {
        assert!(row.len() >= self.n_features && first < self.n_trees());
        let last = self.n_trees() - 1;
        let start: [usize; LANES] = std::array::from_fn(|l| self.starts[(first + l).min(last)]);
        let end: [usize; LANES] = std::array::from_fn(|l| self.starts[(first + l).min(last) + 1]);
        let trees: [&[PackedNode]; LANES] = std::array::from_fn(|l| &self.nodes[start[l]..end[l]]);
        let mut node = [0_u32; LANES];
        loop {
            for _ in 0..LEVELS[1] {
                for l in 0..LANES {
                    // SAFETY: the row's width is asserted above; `node` is 0 or came from a step.
                    node[l] = unsafe { self.step(trees[l], row, 0, node[l]) };
                }
            }
            let arrived = |l: usize| trees[l][node[l] as usize].threshold == f32::INFINITY;
            if (0..LANES).all(arrived) {
                return std::array::from_fn(|l| start[l] + node[l] as usize);
            }
        }
    }

    /// One level down.
    ///
    /// # Safety
    /// `nodes` is one of this forest's trees, `node` one of its nodes, `base + n_features <= x.len()`.
    #[inline(always)]
    unsafe fn step(&self, nodes: &[PackedNode], x: &[f32], base: usize, node: u32) -> u32 {
        debug_assert!((node as usize) < nodes.len() && base + self.n_features <= x.len());
        // SAFETY: by contract.
        let PackedNode { threshold, link } = unsafe { *nodes.get_unchecked(node as usize) };
        let feature = (link & ((1 << self.feature_bits) - 1)) as usize;
        // SAFETY: `push` takes only features below `n_features`.
        let value = unsafe { *x.get_unchecked(base + feature) };
        // `push` put both children of a split inside the tree. Nothing is above a leaf's infinity, so
        // a leaf never leads to the node after it.
        (link >> self.feature_bits) + u32::from(value > threshold)
    }
}

/// The largest `f32` that is at most `value`: an `f32` is at most the one exactly if at most the other.
fn floor_f32(value: f64) -> f32 {
    let near = value as f32;
    let floor = if f64::from(near) > value {
        near.next_down()
    } else {
        near
    };
    // Splits must not look like leaves.
    floor.min(f32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floor_is_below_and_the_next_is_above() {
        for value in [
            0.1,
            -0.1,
            1.0,
            1e-50,
            -1e-50,
            0.3 + 1e-12,
            f64::from(f32::MAX),
        ] {
            let floor = floor_f32(value);
            assert!(
                f64::from(floor) <= value && f64::from(floor.next_up()) > value,
                "{value}"
            );
        }
    }
}
