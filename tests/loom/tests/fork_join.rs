//! Every order in which a caller and its helpers can run: each task once, nobody waits for ever (loom finds that no thread
//! can go on), no job is read while it is written, and a panic comes back to the caller.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fork_join_model::fork_join::ForkJoin;
use loom::model::Builder;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU32, Ordering};
use loom::thread::{self, JoinHandle};

/// Runs `body` with a pool whose helpers sleep at once, in every order with so many preemptions.
fn explore(n_helpers: usize, preemptions: usize, body: impl Fn(&ForkJoin) + Sync + Send + 'static) {
    let mut model = Builder::new();
    model.preemption_bound = Some(preemptions);
    model.max_branches = 100_000;
    model.check(move || {
        let pool = Arc::new(ForkJoin::new(n_helpers));
        pool.set_spins(0);
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
    explore(1, 3, |pool| {
        for _ in 0..3 {
            each_once(pool, 2);
        }
    });
}

#[test]
fn two_helpers_share_three_jobs() {
    explore(2, 2, |pool| {
        for _ in 0..3 {
            each_once(pool, 3);
        }
    });
}

#[test]
fn a_panic_of_any_thread_comes_back_and_the_next_job_is_done() {
    explore(2, 2, |pool| {
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
    explore(1, 3, |pool| {
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
    explore(2, 3, |_| {});
}
