//! What it costs to hand work to the pool's threads, beside rayon's way. `npm run bench -- --bench dispatch`
//!
//! Each number of threads has a pool of its own. Where there are fewer cores it shows that handing over
//! costs some changes of thread at most, not that it scales.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::spin_loop;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use breakeven::parallel::fork_join::ForkJoin;
use criterion::{Criterion, criterion_group, criterion_main};

const N_THREADS: [usize; 4] = [2, 4, 8, 16];

/// A pool that stays, apart from rayon's, which is to be compared with.
fn pool(n_threads: usize) -> &'static ForkJoin {
    let pool: &'static ForkJoin = Box::leak(Box::new(ForkJoin::new(n_threads - 1)));
    for index in 0..n_threads - 1 {
        std::thread::spawn(move || pool.help(index));
    }
    pool
}

/// One task for each thread, as a small batch has.
fn dispatch(pool: &ForkJoin) {
    let n = pool.n_threads();
    let sum = AtomicU32::new(0);
    pool.run_own_first(n, n, &|tasks| {
        for task in tasks {
            sum.fetch_add(task as u32 + 1, Ordering::Relaxed);
        }
    });
    assert_eq!(sum.into_inner() as usize, n * (n + 1) / 2);
}

/// The caller stays awake, as one that has just got its rows ready.
fn wait_until_parked(pool: &ForkJoin) {
    while pool.n_asleep() + 1 < pool.n_threads() {
        spin_loop();
    }
    let since = Instant::now();
    while since.elapsed() < Duration::from_millis(2) {
        spin_loop();
    }
}

fn hot_and_parked(c: &mut Criterion) {
    for n_threads in N_THREADS {
        let pool = pool(n_threads);
        c.bench_function(&format!("dispatch, hot, {n_threads} threads"), |b| {
            b.iter(|| dispatch(pool));
        });
        let name = format!("dispatch, hot, until {n_threads} threads have met");
        c.bench_function(&name, |b| b.iter(|| pool.rouse(n_threads)));
        let name = format!("dispatch, parked, until {n_threads} threads have met");
        c.bench_function(&name, |b| {
            b.iter_custom(|n| {
                (0..n)
                    .map(|_| {
                        wait_until_parked(pool);
                        let start = Instant::now();
                        pool.rouse(n_threads);
                        start.elapsed()
                    })
                    .sum()
            });
        });
        // So that nobody looks for work while the next are measured.
        wait_until_parked(pool);
    }
}

#[cfg(feature = "threads")]
fn rayons(c: &mut Criterion) {
    use rayon::prelude::*;
    let mut out = vec![0_u32; rayon::current_num_threads()];
    c.bench_function("dispatch, rayon's par_chunks_mut", |b| {
        b.iter(|| out.par_chunks_mut(1).for_each(|chunk| chunk[0] += 1));
    });
}

#[cfg(not(feature = "threads"))]
fn rayons(_: &mut Criterion) {}

criterion_group! {
    name = benches;
    config = Criterion::default().measurement_time(Duration::from_secs(3));
    targets = hot_and_parked, rayons
}
criterion_main!(benches);
