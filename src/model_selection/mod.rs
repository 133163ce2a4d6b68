//! Folds, grids, and the search over them.

pub mod fit;
pub mod fit_job;
pub mod fit_queue;
pub mod grid_search;
pub mod k_fold;
pub mod parameter_grid;
mod prepared_queue;
pub mod scoring;
