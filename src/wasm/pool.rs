//! The pool, as JavaScript starts and tunes it.

use wasm_bindgen::prelude::wasm_bindgen;

use super::clock::BrowserClock;
use crate::error::Error;
use crate::measure::clock::Clock;
use crate::parallel;

/// Puts the threads that `initThreadPool` started to work. Call once, after it.
///
/// # Errors
/// `threads_unavailable` in the build without threads.
#[wasm_bindgen(js_name = startPool)]
pub fn start_pool() -> Result<(), Error> {
    parallel::start()
}

/// Threads that work, the caller's included.
#[wasm_bindgen(js_name = nThreads)]
#[must_use]
pub fn n_threads() -> usize {
    parallel::n_threads()
}

/// Number of pool threads that sleep now.
#[wasm_bindgen(js_name = nAsleep)]
#[must_use]
pub fn n_asleep() -> usize {
    parallel::pool::pool().map_or(0, |pool| pool.n_asleep())
}

/// The crate's version.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Milliseconds that handing an empty task to each of `n_threads` threads takes, the mean of
/// `n_calls` calls.
#[wasm_bindgen(js_name = dispatchCost)]
#[must_use]
pub fn dispatch_cost(n_threads: usize, n_calls: u32) -> f64 {
    let start = BrowserClock.now_ms();
    for _ in 0..n_calls {
        parallel::run(n_threads, n_threads, |tasks| tasks.for_each(drop));
    }
    (BrowserClock.now_ms() - start) / f64::from(n_calls.max(1))
}
