//! In a browser's worker, where panics trap: a thread of the pool that dies in a task takes its
//! dispatcher with it, which JavaScript hears of, instead of leaving it waiting for ever.
#![cfg(all(target_arch = "wasm32", feature = "threads"))]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::sync::atomic::{AtomicBool, Ordering};

use breakeven::parallel;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
async fn a_panic_on_another_thread_ends_the_call() {
    wasm_bindgen_futures::JsFuture::from(breakeven::init_thread_pool(1))
        .await
        .unwrap();
    parallel::start().unwrap();
    let job = Closure::<dyn Fn()>::new(|| {
        let came = AtomicBool::new(false);
        parallel::run(2, 2, |tasks| {
            let _ = tasks.next();
            if tasks.thread() > 0 {
                came.store(true, Ordering::SeqCst);
                panic!("a task fails");
            }
            while !came.load(Ordering::SeqCst) {
                std::hint::spin_loop();
            }
        });
    });
    let called = job
        .as_ref()
        .unchecked_ref::<js_sys::Function>()
        .call0(&JsValue::NULL);
    assert!(
        called.is_err(),
        "the call came back as if nothing had happened"
    );
}
