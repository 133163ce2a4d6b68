//! What training asks the allocator for. In a browser all threads share one allocator behind one lock, so that what
//! is asked for within loops keeps them from each other: fits take their lists from those that their thread keeps.
#![cfg(not(target_arch = "wasm32"))]
#![allow(unsafe_code, clippy::unwrap_used)]

#[path = "../benches/notebook/mod.rs"]
mod notebook;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use breakeven::measure::clock::NoClock;
use breakeven::model_selection::grid_search::{GridSearch, GridSearchSpec};
use ndarray::Array2;
use serde_json::{Value, json};

/// The system's allocator, counted.
struct Counted;

static ASKED: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's duties are those of this call.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        ASKED.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's duties are those of this call.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ASKED.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's duties are those of this call.
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's duties are those of this call.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTED: Counted = Counted;

/// How often a search in so many folds asks.
fn asked(x: &Arc<Array2<f64>>, y: &[i32], spec: &Value, cv: usize) -> usize {
    let mut spec = spec.clone();
    spec["cv"] = json!(cv);
    let spec: GridSearchSpec = serde_json::from_value(spec).unwrap();
    let before = ASKED.load(Ordering::Relaxed);
    let mut search = GridSearch::new(&spec, x.clone(), y, &NoClock).unwrap();
    search.run(&NoClock, &|| false).unwrap().unwrap();
    ASKED.load(Ordering::Relaxed) - before
}

/// One test, as whatever else runs would be counted, too.
#[test]
fn a_fit_takes_what_its_thread_keeps() {
    let (x, y) = notebook::training_rows();
    let cs = json!([0.001, 0.01, 0.1, 1, 10, 100, 1000]);
    let lr = |penalty: &str| {
        json!({ "estimator": "LogisticRegression", "params": { "penalty": penalty, "l1_ratio": 0.5 },
        "param_grid": { "C": cs } })
    };
    let svc = |penalty: &str| json!({ "estimator": "LinearSVC", "params": { "penalty": penalty }, "param_grid": { "C": cs } });
    let scored = |scoring: &str| {
        let mut spec = lr("l2");
        spec["scoring"] = json!(scoring);
        spec
    };
    let forest = json!({ "estimator": "RandomForestClassifier", "params": { "random_state": 0, "n_estimators": 20 },
        "param_grid": {} });
    // Of each: how many fits, or trees, a fold has, and how often one of them may ask.
    let cases = [
        ("LR, l1", lr("l1"), 7, 20),
        ("LR, l2", lr("l2"), 7, 20),
        ("LR, elastic net", lr("elasticnet"), 7, 20),
        ("SVC, l1", svc("l1"), 7, 20),
        ("SVC, l2", svc("l2"), 7, 20),
        ("LR, f1_macro", scored("f1_macro"), 7, 20),
        ("LR, roc_auc", scored("roc_auc"), 7, 20),
        ("LR, neg_log_loss", scored("neg_log_loss"), 7, 20),
        ("RF, a tree", forest, 20, 30),
    ];
    for (name, spec, n_a_fold, most) in cases {
        // What is kept is there after the first; between the others lies what three more folds take.
        asked(&x, &y, &spec, 5);
        let more = asked(&x, &y, &spec, 5) - asked(&x, &y, &spec, 2);
        let each = more as f64 / (3 * n_a_fold) as f64;
        println!("{name}: {each:.1}");
        assert!(
            each <= f64::from(most),
            "{name}: {each:.1} are more than {most}"
        );
    }
}
