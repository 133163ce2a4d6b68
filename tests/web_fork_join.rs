//! In a browser's worker: the fork-join under load, hot, from sleep, and between the two.
#![cfg(all(target_arch = "wasm32", feature = "threads"))]
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::atomic::{AtomicU32, Ordering};

use breakeven::parallel;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
async fn a_hundred_thousand_dispatches_lose_none_whatever_the_helpers_do() {
    wasm_bindgen_futures::JsFuture::from(breakeven::init_thread_pool(3))
        .await
        .unwrap();
    parallel::start().unwrap();
    let pool = parallel::pool::pool().unwrap();
    // Looking all the time; going to sleep between two jobs or not; asleep at once.
    for spins in [50_000, 500, 0] {
        pool.set_spins(spins);
        for i in 0..100_000_usize {
            let n_tasks = i % 6;
            let sum = AtomicU32::new(0);
            let body = |tasks: &mut parallel::Tasks<'_>| {
                for task in tasks {
                    sum.fetch_add(task as u32 + 1, Ordering::Relaxed);
                }
            };
            if i % 4 < 2 {
                parallel::run(1 + i % 5, n_tasks, body);
            } else {
                parallel::run_own_first(1 + i % 5, n_tasks, body);
            }
            assert_eq!(sum.into_inner() as usize, n_tasks * (n_tasks + 1) / 2);
        }
    }
    // A job that is left early, as a cancelled one is, and one inside another.
    pool.set_spins(500);
    for _ in 0..1000 {
        parallel::run(4, 1_000_000, |tasks| {
            let _ = tasks.next();
        });
        let sum = AtomicU32::new(0);
        parallel::for_each(4, |_| {
            parallel::for_each(3, |task| {
                sum.fetch_add(task as u32 + 1, Ordering::Relaxed);
            });
        });
        assert_eq!(sum.into_inner(), 24);
    }
}
