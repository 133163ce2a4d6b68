//! Random forests, node for node scikit-learn's.

pub mod builder;
pub mod criterion;
pub mod packed;
pub mod params;
pub mod random_forest;
pub mod ranks;
pub mod seeds;
pub mod sort;
pub mod splitter;
pub mod tree;
pub mod walk;
