//! Breakeven: generates data, trains and grid-searches classifiers, and measures
//! from which batch size parallel prediction pays.

#![cfg_attr(target_arch = "wasm32", feature(alloc_error_hook, optimize_attribute))]

pub mod data;
pub mod error;
pub mod inference;
pub mod measure;
pub mod metrics;
pub mod model_selection;
pub mod models;
pub mod parallel;
pub mod persist;
pub mod preprocess;
pub mod random;
#[cfg(feature = "table")]
pub mod table;

#[cfg(all(target_arch = "wasm32", feature = "page"))]
mod wasm;

pub use error::{Error, Result};

#[cfg(all(target_arch = "wasm32", feature = "threads"))]
pub use wasm_bindgen_rayon::init_thread_pool;
