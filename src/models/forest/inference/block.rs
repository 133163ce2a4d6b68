//! Up to three levels of a tree in one step: seven splits tested at once.
//!
//! For rows of at most 16 features, whose ranks fit into two vectors of bytes, low and high. One
//! shuffle of each brings the features of all seven splits side by side.
#![allow(unsafe_code)]

use super::layout::{NARROW, Row};
use super::thresholds::NEVER;
use super::unit::Unit;
use crate::models::forest::tree::Node;

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
        exits[pattern] = (split - N_SPLITS) as u8;
        pattern += 1;
    }
    exits
};

/// Where `block` sends a row; its features are below [`NARROW`].
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline(always)]
fn hop(block: &Block, row: &Row) -> i32 {
    use super::vector::{bytes, half, numbers};
    use std::arch::wasm32::{i8x16_shuffle, i8x16_swizzle, i16x8_bitmask, i16x8_gt};
    let features = half(&block.features);
    let [low, high] = [0, 1].map(|plane| i8x16_swizzle(bytes(&row.0[plane]), features));
    let ranks = i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(low, high);
    exit(
        block,
        i16x8_bitmask(i16x8_gt(ranks, numbers(&block.thresholds))),
    )
}

/// The same without vectors.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline(always)]
fn hop(block: &Block, row: &Row) -> i32 {
    let mut pattern = 0;
    for (split, (&feature, threshold)) in block.features.iter().zip(block.thresholds).enumerate() {
        let feature = usize::from(feature) % NARROW;
        let rank = i16::from_le_bytes(row.0.map(|bytes| bytes[feature]));
        pattern |= u8::from(rank > threshold) << split;
    }
    exit(block, pattern)
}

#[inline(always)]
fn exit(block: &Block, pattern: u8) -> i32 {
    // SAFETY: all exits are below 8.
    unsafe {
        *block
            .exits
            .get_unchecked(usize::from(EXITS[usize::from(pattern)]))
    }
}

// SAFETY: `next` gives one of the exits, all of which are links that were given, but for those on the right
// of missing splits, where no rank sends a row. `n_rows` counts the rows that there are, whole.
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
        // SAFETY: the row is below `n_rows`, the number of rows.
        hop(self, unsafe { rows.get_unchecked(row) })
    }
}
