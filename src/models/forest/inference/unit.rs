//! What a walk takes in one step.
#![allow(unsafe_code)]

use crate::models::forest::tree::Node;

/// A split or several, and where they lead.
///
/// # Safety
/// A unit follows no links but those it was made of: `leading_to`'s, and what `link` gave to `pack`. It
/// reads no features but those that `place` gave to `pack`, and feature 0. `n_rows` gives no more rows
/// than `next` may read, whatever the features below `end`.
pub(super) unsafe trait Unit: Copy {
    /// What a walk reads of rows.
    type Rows: ?Sized;

    /// Leads to `link` whatever the row.
    fn leading_to(link: i32) -> Self;

    /// Packs the splits of `tree` from node `root` on. `place` says where a split's feature is found
    /// and how its threshold ranks, `link` what leads to a node further down.
    fn pack(
        tree: &[Node],
        root: usize,
        place: &impl Fn(usize, f64) -> (usize, i16),
        link: impl FnMut(usize) -> i32,
    ) -> Self;

    /// How many rows units may be asked about, if all places of their features are below `end`.
    fn n_rows(rows: &Self::Rows, end: usize) -> usize;

    /// The link that a row follows.
    ///
    /// # Safety
    /// `row` is below `n_rows`, for an `end` above the places of this unit's features.
    unsafe fn next(&self, rows: &Self::Rows, row: usize) -> i32;
}
