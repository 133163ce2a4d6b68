//! Where rows come from: generated, built in, read from CSV; what their columns are; and how they are split.

pub(crate) mod allocate;
pub mod builtin;
pub mod csv;
pub mod dataset;
pub mod make_classification;
pub(crate) mod normals;
pub(crate) mod numpy_sum;
pub mod schema;
pub(crate) mod scratch;
pub mod shared;
pub mod split;

pub use dataset::{Dataset, Labels, TrainingSet, check_finite};
pub use make_classification::{MakeClassification, make_classification};
pub use schema::{Described, Schema};
