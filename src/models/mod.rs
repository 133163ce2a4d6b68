//! The classifiers: checked parameters, a fit that returns a fitted model, kernels that predict.

pub mod classifier;
pub mod estimator;
pub mod forest;
pub mod gaussian_nb;
pub mod linear;
pub mod model;
pub mod params;
pub mod prepared;
pub(crate) mod simd;
pub mod smartcore;

pub use classifier::{Attributes, Classifier, TreeAttributes};
pub use params::{ParamReader, ParamValue, Params};
