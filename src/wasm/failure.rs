//! Last words: a thread that can do no more throws an error that says why, which a bare trap would
//! not.

use std::sync::Once;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::parallel;

/// What is thrown where there is no memory.
const OUT_OF_MEMORY: &str = "out of memory";

/// Has panics and failed allocations throw their reasons. A thread of the pool tells the one that
/// waits for it, too.
#[wasm_bindgen(js_name = tellFailures)]
pub fn tell_failures() {
    static TOLD: Once = Once::new();
    TOLD.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            wasm_bindgen::throw_str(&panic.to_string())
        }));
        std::alloc::set_alloc_error_hook(|_| {
            #[cfg(panic = "abort")]
            if let Some(pool) = parallel::pool::pool() {
                pool.fail(OUT_OF_MEMORY.into());
            }
            wasm_bindgen::throw_str(OUT_OF_MEMORY)
        });
    });
}
