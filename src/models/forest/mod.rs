//! Random forests, node for node scikit-learn's.

pub mod random_forest;
pub mod splitter;
pub mod tree;
pub mod walk;
