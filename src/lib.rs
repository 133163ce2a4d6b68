//! Breakeven: generates data, trains and grid-searches classifiers, and measures
//! from which batch size parallel prediction pays.

#[cfg(all(target_arch = "wasm32", feature = "threads"))]
pub use wasm_bindgen_rayon::init_thread_pool;
