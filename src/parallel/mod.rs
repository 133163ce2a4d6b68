//! Work split over the pool's threads: a fork-join that answers in microseconds.
//!
//! rayon (wasm-bindgen-rayon in a browser) starts the threads; they then stay in
//! [`fork_join`]'s loop. One mechanism serves prediction, where a dispatch must cost no more
//! than a microsecond, and training, where jobs are uneven: tasks are handed out one at a time.
//! What is long [pauses](pause), so that whoever drives it, a [queue](crate::model_selection) or
//! [steps](steps::Steps), can leave it for a while, or for good.

pub mod chunks;
pub mod fork_join;
pub mod pause;
pub mod pool;
mod seat;
pub mod steps;
mod sync;
mod tasks;

pub use chunks::for_each_chunk;
pub use fork_join::Tasks;
pub use pool::{for_each, n_threads, rouse, run, run_own_first, start};
