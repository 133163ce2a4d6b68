//! A unit of one split, for rows of any width.
#![allow(unsafe_code)]

use super::layout::ROOM;
use super::thresholds::NEVER;
use super::unit::Unit;
use crate::models::forest::tree::Node;

/// One split.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(16))]
pub(super) struct Step {
    /// Rows with a rank above it go right.
    threshold: i16,
    /// Where its feature's ranks start.
    column: u16,
    /// Links to the left and to the right.
    children: [i32; 2],
}

// A column is a place in such a block.
const _: () = assert!(ROOM <= 1 << u16::BITS);

// SAFETY: `next` gives one of the two children, which are links that were given, and reads the row's
// place in the one column, which is `place`'s or 0: below the slice's end for the rows that `n_rows` counts.
unsafe impl Unit for Step {
    /// Columns, one after the other.
    type Rows = [i16];

    fn leading_to(link: i32) -> Self {
        Self {
            threshold: NEVER,
            column: 0,
            children: [link; 2],
        }
    }

    fn pack(
        tree: &[Node],
        root: usize,
        place: &impl Fn(usize, f64) -> (usize, i16),
        mut link: impl FnMut(usize) -> i32,
    ) -> Self {
        match tree[root] {
            Node::Leaf(_) => Self::leading_to(link(root)),
            Node::Split {
                feature,
                threshold,
                left,
                right,
            } => {
                let (column, threshold) = place(feature, threshold);
                Self {
                    threshold,
                    column: column as u16,
                    children: [link(left), link(right)],
                }
            }
        }
    }

    fn n_rows(columns: &[i16], end: usize) -> usize {
        (columns.len() + 1).saturating_sub(end.max(1))
    }

    #[inline(always)]
    unsafe fn next(&self, columns: &[i16], row: usize) -> i32 {
        // SAFETY: the column is at most `end - 1`, where `end` counts as 1 at least, and the row below
        // `len + 1 - end`, so at most `len - end`: their sum is below `len`.
        let rank = unsafe { *columns.get_unchecked(usize::from(self.column) + row) };
        self.children[usize::from(rank > self.threshold)]
    }
}
