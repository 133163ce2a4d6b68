//! Linear classifiers.
//!
//! Rows and settings enter an estimator (`logistic_regression`, `linear_svc`), [`margins::Planes`] leave
//! it and predict. In between a `problem` is a `loss` over `columns` and an l2 penalty, which a `solver`
//! minimises: Newton steps, on small systems or by products alone, and for the plain hinge an
//! interior-point method or coordinate descent. Wide data are seen from their rows (`row_space`), long
//! ones from a `sample` first. `columns` know no loss, a loss no solver but what one asks of it.

mod columns;
pub mod linear_svc;
pub mod logistic_regression;
mod loss;
pub mod margins;
mod problem;
mod row_space;
mod sample;
mod solver;
