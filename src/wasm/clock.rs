//! `performance.now()` of whichever worker asks. Each worker's clock has its own origin: only
//! differences taken on one thread mean anything.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::Performance;

use crate::measure::clock::Clock;

thread_local! {
    /// Whatever kind of worker or window this is, its global object has one.
    static PERFORMANCE: Performance = js_sys::Reflect::get(&js_sys::global(), &"performance".into())
        .unwrap_or(JsValue::UNDEFINED)
        .unchecked_into();
}

/// The browser's clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct BrowserClock;

impl Clock for BrowserClock {
    fn now_ms(&self) -> f64 {
        PERFORMANCE.with(Performance::now)
    }
}

/// A stop that comes when `max_ms` have passed on the calling thread's clock. Other threads have
/// clocks of their own, so each counts from its own first look.
pub(super) fn after(max_ms: f64) -> impl Fn() -> bool + Sync {
    use std::sync::atomic::{AtomicBool, Ordering};
    thread_local!(static SINCE: std::cell::Cell<(u32, f64)> = const { std::cell::Cell::new((0, 0.0)) });
    static STEP: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let step = STEP.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
    let over = AtomicBool::new(false);
    move || {
        if over.load(Ordering::Relaxed) {
            return true;
        }
        let now = BrowserClock.now_ms();
        let (seen, since) = SINCE.get();
        if seen != step {
            SINCE.set((step, now));
            return false;
        }
        let is_over = now - since >= max_ms;
        if is_over {
            over.store(true, Ordering::Relaxed);
        }
        is_over
    }
}
