//! Where rows come from: generated, built in, read from CSV; and how they are split.

pub mod builtin;
pub mod csv;
pub mod dataset;
pub mod make_classification;
pub mod split;

pub use dataset::{Dataset, Labels, TrainingSet, check_finite};
