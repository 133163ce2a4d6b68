//! smartcore itself: its fits, and its models made of what is saved. Nothing else names it.

pub(super) mod k_neighbors;
mod lasvm;
pub(super) mod logistic_regression;
pub(super) mod naive_bayes;
pub(super) mod rows;
pub(super) mod svc;
pub(super) mod trees;
