//! Ways to a minimum.
//!
//! `newton` goes step by step for any loss that is smooth, and an l1 penalty; a step is the
//! minimum of a `quadratic` model (`descent`), by a factor (`cholesky`, `active_factor`) or by `conjugate` gradients.
//! The plain hinge has ways of its own: `interior_point`, and `coordinate_descent` where rows are long.

mod active_factor;
pub(super) mod cholesky;
mod conjugate;
pub(super) mod coordinate_descent;
mod descent;
pub(super) mod interior_point;
pub(super) mod newton;
mod quadratic;
pub(super) mod shortest;
