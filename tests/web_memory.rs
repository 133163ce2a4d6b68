//! The build is what its feature says: shared memory with `threads`, its own without.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
fn memory_is_shared_exactly_with_threads() {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let shared = memory
        .buffer()
        .is_instance_of::<js_sys::SharedArrayBuffer>();
    assert_eq!(shared, cfg!(feature = "threads"));
}
