//! Linear classifiers, solved by Newton steps on small systems.

mod binary;
mod cholesky;
mod class_pairs;
mod dots;
mod hinge;
mod lanes;
pub mod linear_svc;
pub mod logistic_regression;
pub mod margins;
mod newton;
mod quadratic;
mod rows;
mod sample;
mod shortest;
mod softmax;
