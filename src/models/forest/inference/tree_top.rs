//! The largest splits of a tree, tested for many rows at once.
//!
//! Instead of going down, all of them are tested, as in QuickScorer (Lucchese et al., 2015): each split
//! that sends a row right closes the exits on its left, and the row takes the first that is open. That
//! needs no branch and no gathered load, so these four levels cost less than one level of a walk.

use super::layout::{LANES, N_EXITS, slot};
use super::ranked_rows::Ranked;
use super::thresholds::NEVER;
use crate::models::forest::tree::Node;

/// Splits that are tested at once.
const N_SPLITS: usize = N_EXITS - 1;
/// A tree's first splits.
#[derive(Debug, Clone)]
pub(super) struct Top {
    features: [u16; N_SPLITS],
    /// Rows with a rank above it go right.
    thresholds: [i16; N_SPLITS],
    /// The exits on the left, one a bit.
    left: [u16; N_SPLITS],
}

impl Top {
    /// Takes the splits with most below them; gives the nodes that they lead to, from left to right.
    /// `place` says which feature a split tests and how its threshold ranks.
    pub(super) fn of(
        tree: &[Node],
        place: impl Fn(usize, f64) -> (usize, i16),
    ) -> (Self, Vec<usize>) {
        let mut top = Self {
            features: [0; N_SPLITS],
            thresholds: [NEVER; N_SPLITS],
            left: [0; N_SPLITS],
        };
        let mut exits = vec![0];
        let sizes = sizes(tree);
        let mut taken: Vec<(usize, usize, usize)> = Vec::with_capacity(N_SPLITS);
        // Splits one exit at a time: its place is taken by the two that it leads to.
        while taken.len() < N_SPLITS {
            let largest = (0..exits.len()).max_by_key(|&exit| (sizes[exits[exit]], exits[exit]));
            let Some((exit, Node::Split { left, right, .. })) =
                largest.map(|exit| (exit, tree[exits[exit]]))
            else {
                break;
            };
            // Ranges of exits: those behind move up by one, and this one counts twice.
            for (_, start, end) in &mut taken {
                *start += usize::from(*start > exit);
                *end += usize::from(*end > exit);
            }
            taken.push((exits[exit], exit, exit + 1));
            exits.splice(exit..=exit, [left, right]);
        }
        for (split, &(node, start, end)) in taken.iter().enumerate() {
            if let Node::Split {
                feature, threshold, ..
            } = tree[node]
            {
                let (feature, rank) = place(feature, threshold);
                (top.features[split], top.thresholds[split]) = (feature as u16, rank);
                top.left[split] = (start..end).fold(0, |exits, exit| exits | 1 << exit);
            }
        }
        (top, exits)
    }

    /// The slots of the rows' exits, for a multiple of [`LANES`] of rows.
    pub(super) fn exits(&self, ranked: &Ranked, slots: &mut [u16]) {
        let column = |split: usize| {
            let column = ranked.column(usize::from(self.features[split]));
            &column.as_chunks::<LANES>().0[..slots.len() / LANES]
        };
        let columns: [_; N_SPLITS] = std::array::from_fn(column);
        let slots = slots.as_chunks_mut::<LANES>().0;
        let mut start = 0;
        // Four vectors share what each split needs.
        for slots in slots.as_chunks_mut::<4>().0 {
            self.close(columns, start, slots);
            start += 4;
        }
        for slots in slots.as_chunks_mut::<4>().1 {
            self.close(columns, start, std::array::from_mut(slots));
            start += 1;
        }
    }

    /// The slot of the exit of one row with these ranks.
    pub(super) fn exit(&self, ranks: &[i16]) -> u16 {
        let mut closed = 0;
        let splits = self.features.iter().zip(self.thresholds).zip(self.left);
        for ((&feature, threshold), left) in splits {
            let right = ranks[usize::from(feature)] > threshold;
            closed |= if right { left } else { 0 };
        }
        slot(closed)
    }

    /// Tests all splits for `N` vectors of rows, and finds the slots of their exits.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    #[inline(always)]
    fn close<const N: usize>(
        &self,
        columns: [&[[i16; LANES]]; N_SPLITS],
        start: usize,
        slots: &mut [[u16; LANES]; N],
    ) {
        use super::layout::DE_BRUIJN;
        use super::vector::{numbers, write};
        use std::arch::wasm32::{
            i16x8_add, i16x8_gt, i16x8_mul, i16x8_splat, u16x8_shr, u16x8_splat, v128_and,
            v128_andnot, v128_or,
        };
        let mut closed = [u16x8_splat(0); N];
        for (split, column) in columns.iter().enumerate() {
            let threshold = i16x8_splat(self.thresholds[split]);
            let left = u16x8_splat(self.left[split]);
            for (closed, ranks) in closed.iter_mut().zip(&column[start..start + N]) {
                let right = i16x8_gt(numbers(ranks), threshold);
                *closed = v128_or(*closed, v128_and(right, left));
            }
        }
        for (slots, closed) in slots.iter_mut().zip(closed) {
            let first = v128_andnot(i16x8_add(closed, u16x8_splat(1)), closed);
            write(
                slots,
                u16x8_shr(i16x8_mul(first, u16x8_splat(DE_BRUIJN)), 12),
            );
        }
    }

    /// The same without vectors.
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    #[inline(always)]
    fn close<const N: usize>(
        &self,
        columns: [&[[i16; LANES]]; N_SPLITS],
        start: usize,
        slots: &mut [[u16; LANES]; N],
    ) {
        for (at, slots) in slots.iter_mut().enumerate() {
            let mut closed = [0; LANES];
            for (split, column) in columns.iter().enumerate() {
                for (closed, &rank) in closed.iter_mut().zip(&column[start + at]) {
                    let right = rank > self.thresholds[split];
                    *closed |= if right { self.left[split] } else { 0 };
                }
            }
            *slots = closed.map(slot);
        }
    }
}

/// How many splits there are from each node on. Children come after their parents.
fn sizes(tree: &[Node]) -> Vec<usize> {
    let mut sizes = vec![0; tree.len()];
    for (node, split) in tree.iter().enumerate().rev() {
        if let Node::Split { left, right, .. } = *split {
            sizes[node] = 1 + sizes[left] + sizes[right];
        }
    }
    sizes
}
