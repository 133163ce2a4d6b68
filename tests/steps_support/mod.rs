//! How long steps take.

use std::time::{Duration, Instant};

/// How long this thread has had a core: what other processes take from it does not count. Where
/// nobody says, all time counts.
pub(crate) fn core_time(begun: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|told| told.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| begun.elapsed(), Duration::from_nanos)
}
