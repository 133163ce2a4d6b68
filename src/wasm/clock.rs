//! `performance.now()` of whichever worker asks. Each worker's clock has its own origin: only
//! differences taken on one thread mean anything.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::measure::clock::Clock;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// The browser's clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct BrowserClock;

impl Clock for BrowserClock {
    fn now_ms(&self) -> f64 {
        now()
    }
}
