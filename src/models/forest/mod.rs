//! Random forests, node for node scikit-learn's.
//!
//! A [`tree::Tree`] is all that passes from `training` to `inference`. Training grows it out of ranked
//! columns, with numpy's random numbers; inference lays all trees of a forest out anew, in one of
//! three layouts by how wide rows are and whether thresholds can be numbered, and walks many rows at once.

mod importances;
mod inference;
pub mod params;
pub mod random_forest;
pub mod training;
pub mod tree;
