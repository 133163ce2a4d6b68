//! Linear classifiers, solved by Newton steps on small systems.

mod hinge;
pub mod linear_svc;
pub mod logistic_regression;
pub mod margins;
pub mod newton;
mod softmax;
