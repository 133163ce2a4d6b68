//! The pool starts in a browser's worker, and its threads share their memory.
#![cfg(all(target_arch = "wasm32", feature = "threads"))]

use rayon::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
async fn a_pool_of_two_sums_in_parallel() {
    assert!(JsFuture::from(breakeven::init_thread_pool(2)).await.is_ok());
    assert_eq!(rayon::current_num_threads(), 2);
    let sum: u64 = (0..100_000u64).into_par_iter().sum();
    assert_eq!(sum, 100_000 * 99_999 / 2);
}
