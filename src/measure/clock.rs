//! Where the time comes from.

/// A clock with longer steps, milliseconds, is coarse: some browsers round it so that a page cannot be told
/// from others. What is measured by it is measured in fewer steps.
pub const COARSE_MS: f64 = 5.0;

/// A clock that never goes back. Differences of two readings on one thread are times.
pub trait Clock {
    /// Milliseconds since some moment of its own.
    fn now_ms(&self) -> f64;

    /// Whether it stands still: then there is nothing to sum up.
    fn stands(&self) -> bool {
        false
    }
}

/// The clock of the standard library, for native runs.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock(std::time::Instant);

impl Default for SystemClock {
    fn default() -> Self {
        Self(std::time::Instant::now())
    }
}

impl Clock for SystemClock {
    fn now_ms(&self) -> f64 {
        self.0.elapsed().as_secs_f64() * 1e3
    }
}

/// A clock that stands: for work that is timed from outside, where stamps inside would cost more than a small batch,
/// or not at all.
#[derive(Debug, Clone, Copy)]
pub struct NoClock;

impl Clock for NoClock {
    fn now_ms(&self) -> f64 {
        0.0
    }

    fn stands(&self) -> bool {
        true
    }
}
