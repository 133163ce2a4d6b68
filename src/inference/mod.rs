//! Batch prediction on one thread or on the pool's.

pub mod predict;
