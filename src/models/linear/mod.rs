//! Linear classifiers, solved by Newton steps, on small systems or by products alone, and the
//! plain hinge by an interior-point method or by coordinate descent.

mod active_factor;
mod binary;
mod cholesky;
mod class_pairs;
mod conjugate;
mod descent;
mod dots;
mod few_columns;
mod hinge;
mod lanes;
pub mod linear_svc;
pub mod logistic_regression;
pub mod margins;
mod newton;
mod passes;
mod problem;
mod quadratic;
mod row_space;
mod rows;
mod sample;
mod shortest;
mod softmax;
