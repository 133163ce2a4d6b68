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

/// Lets threads of the pool look for work for about `spin_us` microseconds before they sleep; 0: not
/// at all. Nothing happens without a pool.
#[wasm_bindgen(js_name = setSpinTime)]
pub fn set_spin_time(spin_us: f64) {
    const LOOKS: u32 = 300_000;
    /// No processor looks faster: where the clock is too coarse to tell, it is taken to be this.
    const LEAST_NS: f64 = 0.5;
    if let Some(pool) = parallel::pool::pool() {
        // The fastest of three: whatever interrupts one makes looks seem long. A clock of 100 ms
        // says 0.
        let look_ms = (0..3)
            .map(|_| mean_ms(1, || pool.look(LOOKS)) / f64::from(LOOKS))
            .fold(f64::INFINITY, f64::min)
            .max(LEAST_NS / 1e6);
        pool.set_spins((spin_us / 1e3 / look_ms) as u32);
    }
}

/// Milliseconds from handing a task to each of `n_threads` threads until all have met in it and are
/// done, the mean of `n_calls` calls: of a pool that looks for work, or, in a single call, of one
/// that sleeps.
#[wasm_bindgen(js_name = dispatchCost)]
#[must_use]
pub fn dispatch_cost(n_threads: usize, n_calls: u32) -> f64 {
    mean_ms(n_calls, || {
        parallel::rouse(n_threads);
    })
}

/// To compare with: milliseconds that rayon's `broadcast` takes, with nothing to do in it.
///
/// # Errors
/// `threads_unavailable` once [`start_pool`] has taken rayon's threads, and in the build without
/// threads.
#[wasm_bindgen(js_name = rayonDispatchCost)]
pub fn rayon_dispatch_cost(n_calls: u32) -> Result<f64, Error> {
    #[cfg(feature = "threads")]
    if parallel::pool::pool().is_none() {
        return Ok(mean_ms(n_calls, || {
            rayon::broadcast(|_| ());
        }));
    }
    let _ = n_calls;
    Err(Error::ThreadsUnavailable {
        reason: "rayon has none of its own here".to_owned(),
    })
}

fn mean_ms(n_calls: u32, mut call: impl FnMut()) -> f64 {
    let start = BrowserClock.now_ms();
    for _ in 0..n_calls {
        call();
    }
    (BrowserClock.now_ms() - start) / f64::from(n_calls.max(1))
}
