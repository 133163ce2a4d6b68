//! Linear classifiers, solved by Newton steps on small systems.

pub mod linear_svc;
pub mod logistic_regression;
pub mod newton;
