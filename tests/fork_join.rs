//! The fork-join: every task once, no lost wake-up, panics handed on.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread;

use breakeven::parallel::fork_join::{ForkJoin, Tasks};
use breakeven::random::Mt19937;

/// Dispatches that are enough to lose one: fewer where an interpreter looks at each.
const MANY: usize = if cfg!(miri) { 100 } else { 100_000 };

/// A pool whose threads end with the test.
struct Pool(Arc<ForkJoin>, Vec<thread::JoinHandle<()>>);

impl Pool {
    fn new(n_helpers: usize) -> Self {
        let pool = Arc::new(ForkJoin::new(n_helpers));
        let handles = (0..n_helpers)
            .map(|index| {
                let pool = Arc::clone(&pool);
                thread::spawn(move || pool.help(index))
            })
            .collect();
        Self(pool, handles)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.0.stop();
        for handle in self.1.drain(..) {
            handle.join().unwrap();
        }
    }
}

/// The two ways to have tasks done: all from one counter, and each thread its own first.
type Way = for<'p, 'b, 'c> fn(&'p ForkJoin, usize, usize, &'b (dyn Fn(&mut Tasks<'_>) + Sync + 'c));
const WAYS: [Way; 2] = [ForkJoin::run, ForkJoin::run_own_first];

fn sum_by(way: Way, pool: &ForkJoin, max_threads: usize, n_tasks: usize) -> u64 {
    let sum = AtomicU64::new(0);
    way(pool, max_threads, n_tasks, &|tasks| {
        for task in tasks {
            sum.fetch_add(task as u64 + 1, Ordering::Relaxed);
        }
    });
    sum.into_inner()
}

fn sum_of_tasks(pool: &ForkJoin, max_threads: usize, n_tasks: usize) -> u64 {
    sum_by(ForkJoin::run, pool, max_threads, n_tasks)
}

/// Runs so many tasks and sees that each was done once.
fn each_once(way: Way, pool: &ForkJoin, max_threads: usize, n_tasks: usize) {
    let done: Vec<AtomicU32> = (0..n_tasks).map(|_| AtomicU32::new(0)).collect();
    way(pool, max_threads, n_tasks, &|tasks| {
        for task in tasks {
            done[task].fetch_add(1, Ordering::Relaxed);
        }
    });
    let done: Vec<u32> = done.into_iter().map(AtomicU32::into_inner).collect();
    assert_eq!(done, vec![1; n_tasks], "of {max_threads} threads");
}

#[test]
fn every_task_runs_once_for_any_number_of_threads_and_tasks() {
    for n_helpers in [0, 1, 2, 6, 15] {
        let pool = Pool::new(n_helpers);
        for n_tasks in [0, 1, 2, 3, 7, 16, 17, 100] {
            for max_threads in [0, 1, 2, 3, 9, 100] {
                for way in WAYS {
                    each_once(way, &pool.0, max_threads, n_tasks);
                }
            }
        }
    }
}

#[test]
fn every_task_runs_once_on_one_to_sixteen_threads_whatever_the_helpers_do() {
    let mut rng = Mt19937::new(42);
    for n_helpers in 1..=15 {
        let pool = Pool::new(n_helpers);
        // Asleep at once, between two jobs or not, looking all the time.
        for spins in [0, 1, 100, 10_000] {
            pool.0.set_spins(spins);
            for _ in 0..MANY / 200 {
                let [max_threads, n_tasks, way] = [n_helpers + 2, 3 * n_helpers, 2]
                    .map(|below| (rng.next_u32() % below as u32) as usize);
                each_once(WAYS[way], &pool.0, max_threads, n_tasks);
            }
        }
    }
}

#[test]
fn helpers_that_never_come_are_not_waited_for_and_their_tasks_are_done() {
    // Six places, two threads that live.
    let pool = Arc::new(ForkJoin::new(6));
    let handles = [1, 4].map(|index| {
        let pool = Arc::clone(&pool);
        thread::spawn(move || pool.help(index))
    });
    for i in 0..MANY / 10 {
        each_once(WAYS[i % 2], &pool, 1 + i % 8, i % 11);
    }
    pool.stop();
    for handle in handles {
        handle.join().unwrap();
    }
}

#[test]
fn who_comes_wakes_the_others_and_each_begins_with_its_own_task() {
    let pool = Pool::new(15);
    pool.0.set_spins(1);
    for n_threads in [2, 3, 8, 16] {
        for _ in 0..MANY / 1000 {
            while pool.0.n_asleep() < 15 {
                thread::yield_now();
            }
            // Nobody draws before all are here, so nobody takes another's.
            let n_here = AtomicU32::new(0);
            pool.0.run_own_first(n_threads, n_threads + 2, &|tasks| {
                n_here.fetch_add(1, Ordering::Relaxed);
                while n_here.load(Ordering::Relaxed) < n_threads as u32 {
                    thread::yield_now();
                }
                assert_eq!(tasks.next(), Some(tasks.thread()));
                tasks.for_each(drop);
            });
        }
    }
}

#[test]
fn what_was_drawn_in_order_is_all_below_some_number() {
    let pool = Pool::new(7);
    for spins in [0, 10_000] {
        pool.0.set_spins(spins);
        for i in 0..MANY / 100 {
            let n_drawn = AtomicU32::new(0);
            let highest = AtomicU32::new(0);
            pool.0.run(8, 100, &|tasks| {
                // Each leaves at another time, some before they have drawn.
                for task in tasks.take((i + tasks.thread()) % 5) {
                    n_drawn.fetch_add(1, Ordering::Relaxed);
                    highest.fetch_max(task as u32 + 1, Ordering::Relaxed);
                }
            });
            assert_eq!(n_drawn.into_inner(), highest.into_inner());
        }
    }
}

#[test]
fn a_hundred_thousand_dispatches_lose_none_whether_helpers_spin_or_sleep() {
    for spins in [0, 10, 10_000] {
        let pool = Pool::new(2);
        pool.0.set_spins(spins);
        for _ in 0..MANY / 3 {
            assert_eq!(sum_of_tasks(&pool.0, 3, 4), 10);
        }
    }
}

#[test]
fn a_panicking_task_reaches_the_caller_and_the_pool_lives_on() {
    let pool = Pool::new(2);
    for (bad, way) in (0..20).flat_map(|bad| WAYS.map(|way| (bad, way))) {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            way(&pool.0, 3, 20, &|tasks| {
                for task in tasks {
                    assert_ne!(task, bad, "task {bad} fails");
                }
            });
        }));
        assert!(result.is_err());
        assert_eq!(sum_of_tasks(&pool.0, 3, 10), 55);
    }
}

#[test]
fn a_job_inside_a_job_or_beside_it_still_runs_whole() {
    let pool = Pool::new(2);
    let total = AtomicU32::new(0);
    pool.0.run(3, 10, &|tasks| {
        for _ in tasks {
            total.fetch_add(sum_of_tasks(&pool.0, 3, 4) as u32, Ordering::Relaxed);
        }
    });
    assert_eq!(total.into_inner(), 100);
    thread::scope(|scope| {
        for i in 0..4 {
            let pool = &pool.0;
            scope.spawn(move || {
                for _ in 0..1_000 {
                    assert_eq!(sum_by(WAYS[i % 2], pool, 3, 5), 15);
                }
            });
        }
    });
}

#[test]
fn a_hundred_thousand_dispatches_from_sleep_lose_no_helper() {
    // One spin: helpers are going to sleep, asleep or waking whenever a job comes.
    let pool = Pool::new(3);
    pool.0.set_spins(1);
    for i in 0..MANY {
        let n_tasks = i % 7;
        let n = n_tasks as u64;
        let sum = sum_by(WAYS[i / 7 % 2], &pool.0, 1 + i % 5, n_tasks);
        assert_eq!(sum, n * (n + 1) / 2);
    }
}

#[test]
fn a_cancelled_job_ends_early_and_the_pool_lives_on() {
    let pool = Pool::new(2);
    for (limit, way) in [0, 1, 5, 50]
        .into_iter()
        .flat_map(|limit| WAYS.map(|way| (limit, way)))
    {
        // Whoever sees the limit stops drawing: the rest is left undone.
        let done = AtomicU32::new(0);
        way(&pool.0, 3, 1_000_000, &|tasks| {
            for _ in tasks {
                if done.fetch_add(1, Ordering::Relaxed) >= limit {
                    return;
                }
            }
        });
        assert!((limit + 1..=limit + 3).contains(&done.into_inner()));
        assert_eq!(sum_of_tasks(&pool.0, 3, 10), 55);
    }
}

#[test]
fn no_more_threads_take_part_than_there_are_tasks_or_were_asked_for() {
    let pool = Pool::new(6);
    for (max_threads, n_tasks) in [(7, 2), (3, 100), (1, 100), (7, 1)] {
        for _ in 0..200 {
            let came: [AtomicU32; 7] = Default::default();
            pool.0.run(max_threads, n_tasks, &|tasks| {
                came[tasks.thread()].fetch_add(1, Ordering::Relaxed);
                tasks.for_each(drop);
            });
            let came = came.map(AtomicU32::into_inner);
            assert_eq!(came[0], 1, "the caller works too");
            assert!(came.iter().all(|&times| times <= 1));
            let n_came = came.iter().sum::<u32>() as usize;
            assert!(n_came <= max_threads.min(n_tasks));
        }
    }
}

#[test]
fn only_as_many_sleepers_are_woken_as_there_are_places() {
    let pool = Pool::new(6);
    pool.0.set_spins(1);
    // Looking without taking: it must not take a place.
    pool.0.look(1000);
    let all_asleep = || {
        while pool.0.n_asleep() < 6 {
            thread::yield_now();
        }
    };
    all_asleep();
    // Two helpers may come to three tasks; the caller holds its own until it has looked.
    let n_awake = AtomicU32::new(u32::MAX);
    pool.0.run(7, 3, &|tasks| {
        if tasks.thread() == 0 {
            n_awake.store(6 - pool.0.n_asleep() as u32, Ordering::Relaxed);
        }
        tasks.for_each(drop);
    });
    assert!(n_awake.into_inner() <= 2);
}

#[test]
fn rousing_brings_all_helpers_to_work() {
    let pool = Pool::new(2);
    while pool.0.n_asleep() < 2 {
        thread::yield_now();
    }
    // A busy machine may not give each its core in time, but not for ever.
    let came = (0..10_000).map(|_| pool.0.rouse(3)).find(|&came| came == 3);
    assert_eq!(came, Some(3));
    assert_eq!(pool.0.rouse(1), 1);
    // From inside a task there is nobody to rouse, and nobody is waited for.
    pool.0.run(3, 3, &|tasks| {
        tasks.for_each(|_| assert_eq!(pool.0.rouse(3), 1))
    });
    assert_eq!(sum_of_tasks(&pool.0, 3, 3), 6);
}

#[test]
fn idle_helpers_sleep() {
    let pool = Pool::new(2);
    assert_eq!(sum_of_tasks(&pool.0, 3, 4), 10);
    while pool.0.n_asleep() < 2 {
        thread::yield_now();
    }
    assert_eq!(sum_of_tasks(&pool.0, 3, 4), 10);
}
