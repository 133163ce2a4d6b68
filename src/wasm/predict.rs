//! One batch predicted in steps, and what is known of a model's costs.

use js_sys::Int32Array;
use wasm_bindgen::prelude::wasm_bindgen;

use super::clock::BrowserClock;
use super::data::Matrix;
use super::model::Model;
use crate::error::Result;
use crate::inference::batch;
use crate::inference::predict::Split;
use crate::inference::strategy::{self, Line};
use crate::parallel;

/// Labels and where the time went.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct TimedLabels {
    /// A label a row.
    pub y: Int32Array,
    /// From the call to its answer, milliseconds.
    pub wall_ms: f64,
    /// Inside the kernels, summed over the threads, milliseconds.
    pub busy_ms: f64,
}

/// A prediction under way.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Batch(batch::Batch);

#[wasm_bindgen]
impl Batch {
    /// Lines up all rows of `x` on up to `n_threads` threads, cut into `n_slices` or as many
    /// slices as suit.
    ///
    /// # Errors
    /// `shape_mismatch`, `invalid_param`, `out_of_memory`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        model: &Model,
        x: &Matrix,
        n_threads: usize,
        n_slices: Option<usize>,
    ) -> Result<Self> {
        let split = Split {
            n_threads,
            n_slices,
        };
        batch::Batch::new(model.0.clone(), x.0.clone(), split).map(Self)
    }

    /// Works for about `max_ms`; true when done.
    ///
    /// # Errors
    /// `non_finite`.
    pub fn run(&mut self, max_ms: f64) -> Result<bool> {
        self.0.run(max_ms, &BrowserClock)
    }

    /// Rows done.
    #[wasm_bindgen(getter)]
    pub fn done(&self) -> usize {
        self.0.done_of().0
    }

    /// Rows in all.
    #[wasm_bindgen(getter)]
    pub fn total(&self) -> usize {
        self.0.done_of().1
    }

    /// Nothing to say of a single prediction.
    #[wasm_bindgen(getter)]
    pub fn detail(&self) -> String {
        String::new()
    }

    /// The labels of a batch that is done.
    pub fn finish(self) -> TimedLabels {
        let (y, timing) = self.0.finish();
        TimedLabels {
            y: Int32Array::from(&y[..]),
            wall_ms: timing.wall_ms,
            busy_ms: timing.busy_ms,
        }
    }
}

/// What calls of one model cost on this machine.
#[wasm_bindgen]
#[derive(Debug, Clone, Copy)]
pub struct Costs(pub(super) strategy::Costs);

#[wasm_bindgen]
impl Costs {
    /// Measures serial and `n_threads` threads on the first rows of `x`; `wake_ms` is what
    /// sleeping threads need to be at work.
    ///
    /// # Errors
    /// `shape_mismatch`, `invalid_param`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        model: &Model,
        x: &Matrix,
        n_threads: usize,
        clock_step_ms: f64,
        wake_ms: f64,
    ) -> Result<Self> {
        let n_rows = x.n_rows().min(strategy::CALIBRATION_ROWS);
        let rows = &x.flat()[..n_rows * x.n_cols()];
        let clock = &BrowserClock;
        let mut costs =
            strategy::calibrate(&model.0, rows, x.n_cols(), n_threads, clock_step_ms, clock)?;
        // While the others wake the caller works, so only the rest of it is lost.
        costs.wake_ms = wake_ms * (1.0 - 1.0 / n_threads.max(1) as f64);
        Ok(Self(costs))
    }

    /// Adds what isolated workers cost: `ms[i]` for `n_rows[i]` rows.
    #[wasm_bindgen(js_name = setWorkers)]
    pub fn set_workers(&mut self, n_rows: &[f64], ms: &[f64]) {
        let times: Vec<_> = n_rows.iter().copied().zip(ms.iter().copied()).collect();
        self.0.workers = Some(Line::fit(&times));
    }

    /// 'serial', 'threads' or 'workers', whatever is fastest for `n_rows` rows with the pool as it
    /// is now.
    #[wasm_bindgen(unchecked_return_type = "'serial' | 'threads' | 'workers'")]
    pub fn choose(&self, n_rows: usize) -> String {
        self.now(n_rows).name().to_owned()
    }

    /// Rows that costs are best measured with.
    #[wasm_bindgen(js_name = calibrationRows)]
    #[must_use]
    pub fn calibration_rows() -> usize {
        strategy::CALIBRATION_ROWS
    }
}

impl Costs {
    pub(super) fn now(&self, n_rows: usize) -> strategy::Choice {
        let asleep = parallel::pool::pool().is_some_and(|pool| pool.n_asleep() > 0);
        self.0.choose(n_rows, asleep)
    }
}
