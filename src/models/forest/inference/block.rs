//! Up to three levels of a tree in one step: seven splits tested at once.
//!
//! For rows of at most 16 features, whose ranks fit into two vectors of bytes, low and high. One
//! shuffle of each brings the features of all seven splits side by side.
#![allow(unsafe_code)]

use super::layout::{NARROW, Row};
use super::thresholds::NEVER;
use super::unit::Unit;
use crate::models::forest::tree::Node;
use crate::models::simd::Shorts;

/// Splits of a block.
const N_SPLITS: usize = 7;

/// Seven splits of three levels, in the order of a heap, and the eight places they lead to. A cache line.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Block {
    features: [u8; 8],
    /// Rows with a rank above it go right.
    thresholds: [i16; 8],
    exits: [i32; 8],
}

/// For each pattern of the splits that send a row right: the exit it takes.
static EXITS: [u8; 256] = {
    let (mut exits, mut pattern) = ([0; 256], 0);
    while pattern < 256 {
        let mut split = 0;
        while split < N_SPLITS {
            split = 2 * split + 1 + (pattern >> split & 1);
        }
        assert!(split - N_SPLITS < 8);
        exits[pattern] = (split - N_SPLITS) as u8;
        pattern += 1;
    }
    exits
};

/// Where `block` sends a row; its features are below [`NARROW`].
#[inline(always)]
fn hop(block: &Block, row: &Row) -> i32 {
    let ranks = Shorts::picked(&row.0, &block.features);
    let right = ranks.above(Shorts::of(&block.thresholds)).signs();
    // SAFETY: `EXITS` has numbers below 8, as was asserted when it was made, and there are 8 exits.
    unsafe {
        *block
            .exits
            .get_unchecked(usize::from(EXITS[usize::from(right)]))
    }
}

// SAFETY: `next` gives one of the exits, all of which are links that were given, but for those on the right
// of missing splits, where no rank sends a row. Features are `place`'s or 0. `n_rows` counts the rows that
// there are, each of which has all features.
unsafe impl Unit for Block {
    type Rows = [Row];

    fn leading_to(link: i32) -> Self {
        Self {
            features: [0; 8],
            thresholds: [NEVER; 8],
            exits: [link; 8],
        }
    }

    fn pack(
        tree: &[Node],
        root: usize,
        place: &impl Fn(usize, f64) -> (usize, i16),
        mut link: impl FnMut(usize) -> i32,
    ) -> Self {
        let mut block = Self::leading_to(0);
        // Where a branch ends early, the splits that are missing send every row left.
        let mut nodes = [None; 2 * N_SPLITS + 1];
        nodes[0] = Some(root);
        for split in 0..N_SPLITS {
            let (left, right) = match nodes[split].map(|node| tree[node]) {
                Some(Node::Split {
                    feature,
                    threshold,
                    left,
                    right,
                }) => {
                    let (place, rank) = place(feature, threshold);
                    (block.features[split], block.thresholds[split]) = (place as u8, rank);
                    (Some(left), Some(right))
                }
                _ => (nodes[split], None),
            };
            (nodes[2 * split + 1], nodes[2 * split + 2]) = (left, right);
        }
        for (exit, node) in block.exits.iter_mut().zip(&nodes[N_SPLITS..]) {
            if let &Some(node) = node {
                *exit = link(node);
            }
        }
        block
    }

    fn n_rows(rows: &[Row], end: usize) -> usize {
        if end <= NARROW { rows.len() } else { 0 }
    }

    #[inline(always)]
    unsafe fn next(&self, rows: &[Row], row: usize) -> i32 {
        // SAFETY: the row is below `n_rows`, which is at most the number of rows.
        hop(self, unsafe { rows.get_unchecked(row) })
    }
}
