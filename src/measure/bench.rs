//! What a measurement runs on: a browser's instance, or a machine that is made up to test it.

use super::plan::{Calls, Sample};
use crate::error::Result;

/// Times of the same work, milliseconds: on one thread, and on every thread at once; and what it
/// takes to hand them work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Alone.
    pub serial_ms: f64,
    /// On all threads; the same where there is one.
    pub threads_ms: f64,
    /// Those threads.
    pub n_threads: usize,
    /// From handing a task to each until all are done, with nothing to do; 0 where there is one.
    pub hand_over_ms: f64,
}

impl Pace {
    /// Nothing is known of it.
    pub const UNKNOWN: Self = Self {
        serial_ms: 0.0,
        threads_ms: 0.0,
        n_threads: 1,
        hand_over_ms: 0.0,
    };
}

/// A machine.
pub trait Bench {
    /// Milliseconds since some moment of its own.
    fn now_ms(&self) -> f64;

    /// Makes what labels of the first `n_rows` rows have to be, for about `max_ms`; true when that
    /// is done.
    ///
    /// # Errors
    /// `OutOfMemory`.
    fn prepare(&mut self, model: usize, n_rows: usize, max_ms: f64) -> Result<bool>;

    /// Whether these calls go by message: somebody else has to make them.
    fn is_by_message(&self, calls: &Calls) -> bool;

    /// Makes the calls on `n_rows` rows from row `first` on: all of a batch, or a part of it.
    ///
    /// # Errors
    /// `InvalidParam` where there are not so many threads, `OutOfMemory`.
    fn sample(&mut self, calls: &Calls, first: usize, n_rows: usize) -> Result<Sample>;

    /// How many cores the threads get when all of them work; `None` where they are not here.
    fn probe(&mut self) -> Option<f64>;

    /// The sentinels.
    fn pace(&mut self) -> Pace;

    /// Does nothing for this share of a step of the clock, so that samples begin at any phase of it.
    fn idle(&mut self, share: f64);
}
