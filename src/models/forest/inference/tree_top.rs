//! The largest splits of a tree, tested for many rows at once.
//!
//! Instead of going down, all of them are tested, as in QuickScorer (Lucchese et al., 2015): each split
//! that sends a row right closes the exits on its left, and the row takes the first that is open. That
//! needs no branch and no gathered load, so these four levels cost less than one level of a walk.

use super::layout::{LANES, N_EXITS, slots};
use super::ranked_rows::Ranked;
use super::thresholds::NEVER;
use crate::data::scratch::Scratch;
use crate::models::forest::tree::Node;
use crate::models::simd::Shorts;

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
    ) -> (Self, Scratch<usize>) {
        let mut top = Self {
            features: [0; N_SPLITS],
            thresholds: [NEVER; N_SPLITS],
            left: [0; N_SPLITS],
        };
        let mut exits = Scratch::empty(N_EXITS);
        exits.push(0);
        let sizes = sizes(tree);
        // Splits, and the exits that they have on the left: from, to.
        let (mut taken, mut n_taken) = ([(0, 0, 0); N_SPLITS], 0);
        // Splits one exit at a time: its place is taken by the two that it leads to.
        while n_taken < N_SPLITS {
            let largest = (0..exits.len()).max_by_key(|&exit| (sizes[exits[exit]], exits[exit]));
            let Some((exit, Node::Split { left, right, .. })) =
                largest.map(|exit| (exit, tree[exits[exit]]))
            else {
                break;
            };
            // Ranges of exits: those behind move up by one, and this one counts twice.
            for (_, start, end) in &mut taken[..n_taken] {
                *start += usize::from(*start > exit);
                *end += usize::from(*end > exit);
            }
            taken[n_taken] = (exits[exit], exit, exit + 1);
            n_taken += 1;
            exits[exit] = left;
            exits.insert(exit + 1, right);
        }
        for (split, &(node, start, end)) in taken[..n_taken].iter().enumerate() {
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

    /// The slots of the exits of one row with these ranks, of several trees.
    pub(super) fn exits_of_row(tops: [&Self; LANES], ranks: &[i16]) -> [u16; LANES] {
        let closed = tops.map(|top| top.closed(ranks).cast_signed());
        let mut of = [0; LANES];
        slots(Shorts::of(&closed)).write(&mut of);
        of
    }

    /// The exits that are closed to a row with these ranks.
    fn closed(&self, ranks: &[i16]) -> u16 {
        let splits = self.features.iter().zip(self.thresholds).zip(self.left);
        splits.fold(0, |closed, ((&feature, threshold), left)| {
            let right = ranks[usize::from(feature)] > threshold;
            closed | if right { left } else { 0 }
        })
    }

    /// Tests all splits for `N` vectors of rows, and finds the slots of their exits.
    #[inline(always)]
    fn close<const N: usize>(
        &self,
        columns: [&[[i16; LANES]]; N_SPLITS],
        start: usize,
        slots_of: &mut [[u16; LANES]; N],
    ) {
        let mut closed = [Shorts::all(0); N];
        for (split, column) in columns.iter().enumerate() {
            let threshold = Shorts::all(self.thresholds[split].cast_unsigned());
            let left = Shorts::all(self.left[split]);
            for (closed, ranks) in closed.iter_mut().zip(&column[start..start + N]) {
                *closed = *closed | (Shorts::of(ranks).above(threshold) & left);
            }
        }
        for (slots_of, closed) in slots_of.iter_mut().zip(closed) {
            slots(closed).write(slots_of);
        }
    }
}

/// How many splits there are from each node on. Children come after their parents.
fn sizes(tree: &[Node]) -> Scratch<usize> {
    let mut sizes = Scratch::<usize>::zeros(tree.len());
    for (node, split) in tree.iter().enumerate().rev() {
        if let Node::Split { left, right, .. } = *split {
            sizes[node] = 1 + sizes[left] + sizes[right];
        }
    }
    sizes
}
