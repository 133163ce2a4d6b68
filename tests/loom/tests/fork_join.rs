//! Every order in which a caller and its helpers can run: each task once, nobody waits for ever (loom finds that no thread
//! can go on), no job is read while it is written, and a panic comes back to the caller.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fork_join_model::fork_join::{ForkJoin, Tasks};
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

/// The two ways to have tasks done: all from one counter, and each thread its own first.
type Way = for<'p, 'b, 'c> fn(&'p ForkJoin, usize, usize, &'b (dyn Fn(&mut Tasks<'_>) + Sync + 'c));
const IN_ORDER: Way = ForkJoin::run;
const OWN_FIRST: Way = ForkJoin::run_own_first;

/// Runs `n_tasks` and sees that each was done once.
fn each_once(way: Way, pool: &ForkJoin, n_tasks: usize) {
    let done: Vec<AtomicU32> = (0..n_tasks).map(|_| AtomicU32::new(0)).collect();
    way(pool, pool.n_threads(), n_tasks, &|tasks| {
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
            each_once(IN_ORDER, pool, 2);
        }
    });
}

/// One of them comes late, or not at all: whose first task is taken must not do it again, in no job.
#[test]
fn a_helper_has_its_own_task_in_three_jobs_or_another_does_it() {
    explore(1, NONE, 3, |pool| {
        for n_tasks in [2, 3, 2] {
            each_once(OWN_FIRST, pool, n_tasks);
        }
    });
}

#[test]
fn two_helpers_share_two_jobs() {
    explore(2, NONE, 2, |pool| {
        for _ in 0..2 {
            each_once(IN_ORDER, pool, 3);
        }
    });
}

/// The second has no place in the job between.
#[test]
fn two_helpers_have_their_own_tasks_or_each_others() {
    explore(2, NONE, 2, |pool| {
        for n_tasks in [3, 2, 3] {
            each_once(OWN_FIRST, pool, n_tasks);
        }
    });
}

#[test]
fn a_panic_of_any_thread_comes_back_and_the_next_job_is_done() {
    for way in [IN_ORDER, OWN_FIRST] {
        explore(2, NONE, 2, move |pool| {
            let came_back = catch_unwind(AssertUnwindSafe(|| {
                way(pool, 3, 3, &|tasks| {
                    for task in tasks {
                        assert_ne!(task, 1, "on purpose");
                    }
                });
            }));
            assert!(came_back.is_err());
            each_once(way, pool, 2);
        });
    }
}

#[test]
fn a_job_inside_of_a_job_is_done_by_its_caller() {
    for way in [IN_ORDER, OWN_FIRST] {
        explore(1, NONE, 3, move |pool| {
            let inner = AtomicU32::new(0);
            way(pool, 2, 2, &|tasks| {
                for _ in tasks {
                    way(pool, 2, 2, &|tasks| {
                        inner.fetch_add(tasks.count() as u32, Ordering::Relaxed);
                    });
                }
            });
            assert_eq!(inner.load(Ordering::Relaxed), 4);
        });
    }
}

#[test]
fn helpers_that_were_never_needed_end() {
    explore(2, NONE, 3, |_| {});
}

#[test]
fn a_helper_that_looks_again_before_it_sleeps_takes_part_in_two_jobs() {
    explore(1, ONE, 3, |pool| {
        for way in [IN_ORDER, OWN_FIRST] {
            each_once(way, pool, 2);
        }
    });
}

/// What is drawn when some leave early is all below some number.
#[test]
fn tasks_are_drawn_in_order() {
    explore(1, NONE, 3, |pool| {
        let (n_drawn, highest) = (AtomicU32::new(0), AtomicU32::new(0));
        pool.run(2, 4, &|tasks| {
            let n = 2 - tasks.thread();
            for task in tasks.take(n) {
                n_drawn.fetch_add(1, Ordering::Relaxed);
                highest.fetch_max(task as u32 + 1, Ordering::Relaxed);
            }
        });
        let n_drawn = n_drawn.load(Ordering::Relaxed);
        assert_eq!(highest.load(Ordering::Relaxed), n_drawn);
    });
}

/// All threads meet in a job: a helper that went to sleep while it was opened would be waited for in vain.
fn meet(pool: &ForkJoin) {
    let here = AtomicU32::new(0);
    let n_threads = pool.n_threads();
    pool.run_own_first(n_threads, n_threads, &|tasks| {
        here.fetch_add(1, Ordering::Relaxed);
        while here.load(Ordering::Relaxed) < n_threads as u32 {
            thread::yield_now();
        }
        assert_eq!(tasks.next(), Some(tasks.thread()));
    });
}

#[test]
fn a_job_that_waits_for_a_helper_gets_it() {
    explore(1, NONE, 3, meet);
}

/// The caller wakes two: who wakes the third?
#[test]
fn a_job_that_waits_for_three_sleepers_gets_them() {
    explore(3, NONE, 0, |pool| {
        while pool.n_asleep() < 3 {
            thread::yield_now();
        }
        meet(pool);
    });
}
