//! From rows and trees to classes.
//!
//! `predict` walks. It lays trees out as `packed_tree`s where their `thresholds` are few enough to be
//! numbered, rows then being `ranked_rows`: a `tree_top` takes four levels at once, `links` the rest, by
//! `unit`s of one split (`split_unit`) or, where rows are narrow, of seven (`block`). `votes` puts the
//! trees' answers together. `layout` is what they agree on, and imports none of them.

mod block;
mod layout;
mod links;
mod packed_tree;
pub(super) mod predict;
mod ranked_rows;
mod split_unit;
mod thresholds;
mod tree_top;
mod unit;
mod votes;
