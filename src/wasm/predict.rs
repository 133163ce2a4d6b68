//! One batch in steps, and what is known of a model's costs.

use js_sys::{Float64Array, Int32Array};
use ndarray::s;
use wasm_bindgen::prelude::wasm_bindgen;

use super::clock::{BrowserClock, after};
use super::data::Matrix;
use super::model::Model;
use crate::error::{Error, Result};
use crate::inference::batch;
use crate::inference::predict::{Numbers, Split};
use crate::inference::strategy::{self, Choice, Line};
use crate::metrics::{Confusion, code_of, n_equal};
use crate::parallel;
use crate::parallel::steps::Steps;

/// Labels that are copied here at once to be compared.
const COMPARED: usize = 4096;

/// A batch under way. What it is asked for lies in this instance's memory until it is freed.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Batch(batch::Batch);

#[wasm_bindgen]
impl Batch {
    /// Lines up all rows of `x` for their labels, on up to `n_threads` threads or on all, cut into
    /// `n_slices` or as many slices as suit.
    ///
    /// # Errors
    /// `shape_mismatch`, `invalid_param`, `out_of_memory`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        model: &Model,
        x: &Matrix,
        n_threads: Option<usize>,
        n_slices: Option<usize>,
    ) -> Result<Self> {
        let split = Split {
            n_threads: n_threads.unwrap_or(usize::MAX),
            n_slices,
        };
        batch::Batch::new(model.0.clone(), x.0.x.clone(), split).map(Self)
    }

    /// Lines up all rows of `x` for `(n_rows, n_classes)` probabilities, on all threads.
    ///
    /// # Errors
    /// `shape_mismatch`, `out_of_memory`; `invalid_param` where the model has none.
    pub fn probabilities(model: &Model, x: &Matrix) -> Result<Self> {
        Self::numbers_of(model, x, Numbers::Probabilities)
    }

    /// Lines up all rows of `x` for `(n_rows, 1 or n_classes)` margins, on all threads.
    ///
    /// # Errors
    /// `shape_mismatch`, `out_of_memory`; `invalid_param` where the model has none.
    pub fn margins(model: &Model, x: &Matrix) -> Result<Self> {
        Self::numbers_of(model, x, Numbers::Margins)
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

    /// Values that each row is answered with.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> usize {
        self.0.width()
    }

    /// From the calls of its steps to their answers, milliseconds.
    #[wasm_bindgen(getter)]
    pub fn wall_ms(&self) -> f64 {
        self.0.timing().wall_ms
    }

    /// Inside the kernels, summed over the threads, milliseconds.
    #[wasm_bindgen(getter)]
    pub fn busy_ms(&self) -> f64 {
        self.0.timing().busy_ms
    }

    /// Copies the labels of a batch that is done; `out` has a place a row.
    pub fn labels(&self, out: &Int32Array) {
        out.copy_from(self.0.labels());
    }

    /// Copies the numbers of a batch that is done; `out` has `width` places a row.
    pub fn numbers(&self, out: &Float64Array) {
        out.copy_from(self.0.values());
    }

    /// The fraction of rows of a batch that is done whose label is that of `y`. Needs no memory.
    pub fn score(&self, y: &Int32Array) -> f64 {
        let labels = self.0.labels();
        let mut n_right = 0;
        let beside = |truth: &[i32], from: usize| {
            n_right += n_equal(truth, &labels[from..from + truth.len()]);
            Ok(())
        };
        // Comparing refuses nothing.
        let _: Result<()> = in_pieces(y, labels.len(), beside);
        n_right as f64 / labels.len() as f64
    }

    /// Refuses a label of `y`, one a row, that is no class of the model: before the batch is worked off. Needs no memory.
    ///
    /// # Errors
    /// `invalid_param`.
    #[wasm_bindgen(js_name = checkLabels)]
    pub fn check_labels(&self, y: &Int32Array) -> Result<()> {
        let classes = self.0.classes();
        in_pieces(y, self.0.done_of().1, |truth, _| {
            let mut labels = truth.iter();
            labels.try_for_each(|label| code_of(*label, classes).map(|_| ()))
        })
    }

    /// Counts of a batch that is done, `(n_classes, n_classes)` row-major, by label in `y` (outer) and predicted label.
    ///
    /// # Errors
    /// `invalid_param` for a label that is no class of the model, `out_of_memory`.
    #[wasm_bindgen(js_name = confusionMatrix)]
    pub fn confusion_matrix(&self, y: &Int32Array) -> Result<Int32Array> {
        let labels = self.0.labels();
        let mut confusion = Confusion::new(self.0.classes())?;
        in_pieces(y, labels.len(), |truth, from| {
            confusion.add(truth, &labels[from..from + truth.len()])
        })?;
        Ok(Int32Array::from(&confusion.counts[..]))
    }
}

/// Hands the first `n` labels of `y` on, piece by piece, each with the row that it begins at.
fn in_pieces(
    y: &Int32Array,
    n: usize,
    mut piece: impl FnMut(&[i32], usize) -> Result<()>,
) -> Result<()> {
    let mut labels = [0; COMPARED];
    for from in (0..n).step_by(COMPARED) {
        let labels = &mut labels[..COMPARED.min(n - from)];
        y.subarray(from as u32, (from + labels.len()) as u32)
            .copy_to(labels);
        piece(labels, from)?;
    }
    Ok(())
}

impl Batch {
    fn numbers_of(model: &Model, x: &Matrix, numbers: Numbers) -> Result<Self> {
        batch::Batch::numbers(model.0.clone(), x.0.x.clone(), numbers, Split::ALL).map(Self)
    }
}

/// What calls of one model cost on this machine.
#[wasm_bindgen]
#[derive(Debug, Clone)]
pub struct Costs(pub(super) strategy::Costs);

/// Costs that are being measured, in steps.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Calibration {
    steps: Steps<Result<strategy::Costs>>,
    costs: Option<Costs>,
}

#[wasm_bindgen]
impl Calibration {
    /// Lines up serial and up to `n_threads` threads on the first rows of `x`; `wake_ms` is what sleeping threads
    /// need to be at work, a number for each of `Costs.widths`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        model: &Model,
        x: &Matrix,
        n_threads: usize,
        clock_step_ms: f64,
        wake_ms: Vec<f64>,
    ) -> Self {
        let (model, x) = (model.0.clone(), x.clone());
        let work = async move |_| {
            let n_rows = x.n_rows().min(strategy::CALIBRATION_ROWS);
            let rows = x.0.x.slice(s![..n_rows, ..]);
            let clock = &BrowserClock;
            let costs = strategy::calibrate(&model, rows, n_threads, clock_step_ms, clock);
            let mut costs = costs.await?;
            for (some, wake_ms) in costs.threads.iter_mut().zip(wake_ms) {
                // While the others wake the caller works, so only the rest of it is lost.
                some.wake_ms = wake_ms * (1.0 - 1.0 / some.n_threads as f64);
            }
            Ok(costs)
        };
        Self {
            steps: Steps::new(work),
            costs: None,
        }
    }

    /// Works for about `max_ms`; true when done.
    ///
    /// # Errors
    /// `shape_mismatch`, `invalid_param`.
    pub fn run(&mut self, max_ms: f64) -> Result<bool> {
        if let Some(costs) = self.steps.run(&after(max_ms)) {
            self.costs = Some(Costs(costs?));
        }
        Ok(self.costs.is_some())
    }

    /// What has been measured, once it is done.
    ///
    /// # Errors
    /// `aborted` where it is not.
    pub fn finish(self) -> Result<Costs> {
        self.costs.ok_or(Error::Aborted)
    }
}

#[wasm_bindgen]
impl Costs {
    /// Adds what isolated workers cost: `ms[i]` for `n_rows[i]` rows.
    #[wasm_bindgen(js_name = setWorkers)]
    pub fn set_workers(&mut self, n_rows: &[f64], ms: &[f64]) {
        let times: Vec<_> = n_rows.iter().copied().zip(ms.iter().copied()).collect();
        self.0.workers = Some(Line::fit(&times));
    }

    /// Takes in what was measured of the same model before: of two times the shorter counts.
    #[wasm_bindgen(js_name = keepLeast)]
    pub fn keep_least(&mut self, before: &Costs) {
        self.0.keep_least(&before.0);
    }

    /// Threads that are fastest for `n_rows` rows with the pool as it is now: 1 is serial, 0 isolated workers.
    #[must_use]
    pub fn choose(&self, n_rows: usize) -> usize {
        match self.now(n_rows) {
            Choice::Serial => 1,
            Choice::Threads(n_threads) => n_threads,
            Choice::Workers => 0,
        }
    }

    /// Numbers of threads that costs are measured of, where there are `n_threads`.
    #[must_use]
    pub fn widths(n_threads: usize, clock_step_ms: f64) -> Vec<usize> {
        strategy::widths(n_threads, clock_step_ms)
    }

    /// Rows that costs are best measured with.
    #[wasm_bindgen(js_name = calibrationRows)]
    #[must_use]
    pub fn calibration_rows() -> usize {
        strategy::CALIBRATION_ROWS
    }
}

impl Costs {
    pub(super) fn now(&self, n_rows: usize) -> Choice {
        let pool = parallel::pool::pool();
        // Of those that would take part: the others go to sleep while few are used.
        let is_asleep = |n_threads| pool.is_some_and(|pool| pool.n_asleep_of(n_threads) > 0);
        self.0.choose(n_rows, &is_asleep)
    }
}
