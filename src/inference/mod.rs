//! Batch prediction on one thread or on the pool's, and which of the two pays.

pub mod batch;
pub mod predict;
pub mod strategy;
