//! What it costs to hand work to the pool's threads, beside rayon's way. `npm run bench -- --bench dispatch`
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use breakeven::parallel::fork_join::ForkJoin;
use criterion::{Criterion, criterion_group, criterion_main};

fn n_threads() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// A pool of its own: rayon's stays free to be compared with.
fn pool() -> &'static ForkJoin {
    static POOL: OnceLock<ForkJoin> = OnceLock::new();
    static STARTED: OnceLock<()> = OnceLock::new();
    let pool = POOL.get_or_init(|| ForkJoin::new(n_threads() - 1));
    STARTED.get_or_init(|| {
        for index in 0..n_threads() - 1 {
            std::thread::spawn(move || pool.help(index));
        }
    });
    pool
}

fn dispatch() {
    let n = n_threads();
    let sum = AtomicU32::new(0);
    pool().run(n, n, &|tasks| {
        for task in tasks {
            sum.fetch_add(task as u32 + 1, Ordering::Relaxed);
        }
    });
    assert_eq!(sum.into_inner() as usize, n * (n + 1) / 2);
}

fn hot(c: &mut Criterion) {
    c.bench_function("dispatch, hot", |b| b.iter(dispatch));
}

fn parked(c: &mut Criterion) {
    c.bench_function("dispatch, parked", |b| {
        b.iter_custom(|n| {
            let mut total = Duration::ZERO;
            for _ in 0..n {
                while pool().n_asleep() < n_threads() - 1 {
                    std::thread::sleep(Duration::from_micros(200));
                }
                std::thread::sleep(Duration::from_millis(1));
                let start = Instant::now();
                dispatch();
                total += start.elapsed();
            }
            total
        });
    });
}

#[cfg(feature = "threads")]
fn rayons(c: &mut Criterion) {
    use rayon::prelude::*;
    let mut out = vec![0_u32; n_threads()];
    c.bench_function("dispatch, rayon's par_chunks_mut", |b| {
        b.iter(|| out.par_chunks_mut(1).for_each(|chunk| chunk[0] += 1));
    });
}

#[cfg(not(feature = "threads"))]
fn rayons(_: &mut Criterion) {}

criterion_group! {
    name = benches;
    config = Criterion::default().measurement_time(Duration::from_secs(3));
    targets = hot, parked, rayons
}
criterion_main!(benches);
