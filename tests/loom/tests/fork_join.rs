//! Every order in which a caller and its helpers can run: each task once, nobody waits for ever (loom finds that no thread
//! can go on), no job is read while it is written, and a panic comes back to the caller.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fork_join_model::fork_join::ForkJoin;
use loom::model::Builder;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU32, Ordering};
use loom::thread::{self, JoinHandle};

/// Looks for work before a thread sleeps: none, and one.
const NONE: u32 = 0;
const ONE: u32 = 1;

/// Runs `body` with so many helpers, in every order with so many preemptions.
fn explore(
    n_helpers: usize,
    spins: u32,
    preemptions: usize,
    body: impl Fn(&ForkJoin) + Sync + Send + 'static,
) {
    let mut model = Builder::new();
    model.preemption_bound = Some(preemptions);
    model.max_branches = 100_000;
    model.check(move || {
        let pool = Arc::new(ForkJoin::new(n_helpers));
        pool.set_spins(spins);
        let help = |index| {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.help(index))
        };
        let helpers: Vec<JoinHandle<()>> = (0..n_helpers).map(help).collect();
        body(&pool);
        pool.stop();
        for helper in helpers {
            helper.join().expect("a helper returns");
        }
    });
}

/// Runs `n_tasks` and sees that each was done once.
fn each_once(pool: &ForkJoin, n_tasks: usize) {
    let done: Vec<AtomicU32> = (0..n_tasks).map(|_| AtomicU32::new(0)).collect();
    pool.run(pool.n_threads(), n_tasks, &|tasks| {
        for task in tasks {
            done[task].fetch_add(1, Ordering::Relaxed);
        }
    });
    for (task, times) in done.iter().enumerate() {
        assert_eq!(times.load(Ordering::Relaxed), 1, "task {task}");
    }
}

#[test]
fn a_helper_that_sleeps_or_is_about_to_takes_part_in_three_jobs() {
    explore(1, NONE, 3, |pool| {
        for _ in 0..3 {
            each_once(pool, 2);
        }
    });
}

#[test]
fn two_helpers_share_three_jobs() {
    explore(2, NONE, 2, |pool| {
        for _ in 0..3 {
            each_once(pool, 3);
        }
    });
}

#[test]
fn a_panic_of_any_thread_comes_back_and_the_next_job_is_done() {
    explore(2, NONE, 2, |pool| {
        let came_back = catch_unwind(AssertUnwindSafe(|| {
            pool.run(3, 3, &|tasks| {
                for task in tasks {
                    assert_ne!(task, 1, "on purpose");
                }
            });
        }));
        assert!(came_back.is_err());
        each_once(pool, 2);
    });
}

#[test]
fn a_job_inside_of_a_job_is_done_by_its_caller() {
    explore(1, NONE, 3, |pool| {
        let inner = AtomicU32::new(0);
        pool.run(2, 2, &|tasks| {
            for _ in tasks {
                pool.run(2, 2, &|tasks| {
                    inner.fetch_add(tasks.count() as u32, Ordering::Relaxed);
                });
            }
        });
        assert_eq!(inner.load(Ordering::Relaxed), 4);
    });
}

#[test]
fn helpers_that_were_never_needed_end() {
    explore(2, NONE, 3, |_| {});
}

#[test]
fn a_helper_that_looks_again_before_it_sleeps_takes_part_in_two_jobs() {
    explore(1, ONE, 4, |pool| {
        for _ in 0..2 {
            each_once(pool, 2);
        }
    });
}

/// A helper that went to sleep while the job was opened would be waited for in vain.
#[test]
fn a_job_that_waits_for_a_helper_gets_it() {
    explore(1, NONE, 3, |pool| {
        let here = AtomicU32::new(0);
        pool.run(2, 2, &|tasks| {
            let _ = tasks.next();
            here.fetch_add(1, Ordering::Relaxed);
            while here.load(Ordering::Relaxed) < 2 {
                thread::yield_now();
            }
        });
    });
}
