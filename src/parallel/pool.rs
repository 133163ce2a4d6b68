//! The one pool of this instance.

use std::sync::OnceLock;

use super::fork_join::{ForkJoin, Tasks};
use crate::error::{Error, Result};

static POOL: OnceLock<ForkJoin> = OnceLock::new();

/// Puts rayon's threads (started before, in a browser by `init_thread_pool`) to work here, for
/// good. To be called once.
///
/// # Errors
/// `ThreadsUnavailable` in a build without the feature `threads`, or when called again.
#[cfg(feature = "threads")]
pub fn start() -> Result<()> {
    let mut fresh = false;
    let pool = POOL.get_or_init(|| {
        fresh = true;
        ForkJoin::new(rayon::current_num_threads())
    });
    if !fresh {
        return Err(Error::ThreadsUnavailable {
            reason: "the pool is already running".to_owned(),
        });
    }
    // A task that panics where panics abort would leave its dispatcher waiting.
    #[cfg(panic = "abort")]
    {
        let tell = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            pool.fail(panic.to_string().into());
            tell(panic);
        }));
    }
    rayon::spawn_broadcast(|context| pool.help(context.index()));
    Ok(())
}

/// Puts rayon's threads to work here.
///
/// # Errors
/// Always: this is the build without shared memory.
#[cfg(not(feature = "threads"))]
pub fn start() -> Result<()> {
    Err(Error::ThreadsUnavailable {
        reason: "this build has no shared memory".to_owned(),
    })
}

/// Threads that work, the caller's included: 1 without a pool.
#[must_use]
pub fn n_threads() -> usize {
    POOL.get().map_or(1, ForkJoin::n_threads)
}

/// The pool, for tuning and measuring; `None` before [`start`].
#[must_use]
pub fn pool() -> Option<&'static ForkJoin> {
    POOL.get()
}

/// Calls `body` on up to `max_threads` threads, the caller's included, each with its share of the
/// tasks `0..n_tasks`; returns when all are done. They are drawn in ascending order: where bodies
/// return early, what was drawn is all below some number.
pub fn run(max_threads: usize, n_tasks: usize, body: impl Fn(&mut Tasks<'_>) + Sync) {
    pool_or_none().run(max_threads, n_tasks, &body);
}

/// The same, but each thread begins with the task of its own number, which costs it least, and what
/// follows is drawn in about ascending order. A body that draws nothing may leave a task undone.
pub fn run_own_first(max_threads: usize, n_tasks: usize, body: impl Fn(&mut Tasks<'_>) + Sync) {
    pool_or_none().run_own_first(max_threads, n_tasks, &body);
}

/// The pool, or one without helpers.
fn pool_or_none() -> &'static ForkJoin {
    static SERIAL: OnceLock<ForkJoin> = OnceLock::new();
    POOL.get()
        .unwrap_or_else(|| SERIAL.get_or_init(|| ForkJoin::new(0)))
}

/// Has up to `max_threads` threads meet in a job, so that the next one finds them awake; gives the
/// number of those that came.
pub fn rouse(max_threads: usize) -> usize {
    POOL.get().map_or(1, |pool| pool.rouse(max_threads))
}

/// Runs `task(0) … task(n_tasks - 1)`, each once, on all threads of the pool and the caller's,
/// and returns when all are done. Tasks are handed out in about ascending order, one at a time, so
/// uneven ones balance. Without a pool, or from inside a task, the caller runs them all.
pub fn for_each(n_tasks: usize, task: impl Fn(usize) + Sync) {
    run_own_first(usize::MAX, n_tasks, |tasks| tasks.for_each(&task));
}
