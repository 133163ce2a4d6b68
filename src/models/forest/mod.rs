//! Random forests, node for node scikit-learn's.

pub mod builder;
pub mod criterion;
mod hop;
mod packed;
pub mod params;
pub mod random_forest;
mod ranked;
pub mod ranks;
pub mod seeds;
pub mod sort;
pub mod splitter;
mod tally;
mod thresholds;
mod top;
pub mod tree;
mod units;
mod vector;
mod walk;
