//! How long steps take.

use std::time::{Duration, Instant};

/// How long this thread has had a core: what other processes take from it does not count. Where
/// nobody says, all time counts.
pub(crate) fn core_time(begun: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|told| told.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| begun.elapsed(), Duration::from_nanos)
}

/// The longest step and the number of looks of the first of a few goes in which no step was `long`,
/// or of the last. The machine, too, keeps a step waiting now and then (it clears fresh memory, or
/// stands still as a whole), which counts as time on a core; a step that is long is so in each go.
pub(crate) fn calm_go(long: Duration, mut go: impl FnMut() -> (Duration, u32)) -> (Duration, u32) {
    let mut last = go();
    for _ in 0..3 {
        if last.0 < long {
            break;
        }
        last = go();
    }
    last
}
