//! Random forests, node for node scikit-learn's.

pub mod impurity;
mod lanes;
pub mod random_forest;
pub mod splitter;
pub mod tree;
mod walk;
