//! Timed samples of one model on the first rows of one matrix, and their check against serial.

use std::sync::Arc;

use wasm_bindgen::prelude::wasm_bindgen;

use super::clock::BrowserClock;
use super::data::Matrix;
use super::model::Model;
use crate::data::allocate::zeros;
use crate::error::Result;
use crate::inference::predict::{Split, predict_into};
use crate::measure::clock::Clock;

/// A model, rows, and the labels that serial prediction gives them.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Bench {
    model: Arc<crate::models::model::Model>,
    x: Matrix,
    expected: Vec<i32>,
    out: Vec<i32>,
}

/// Times of some calls, milliseconds, all calls together.
#[wasm_bindgen]
#[derive(Debug, Clone, Copy)]
pub struct BenchSample {
    /// From the first call to the last answer.
    pub wall_ms: f64,
    /// Inside the kernels, summed over the threads.
    pub busy_ms: f64,
    /// Whether every label was serial's.
    pub equal_to_serial: bool,
}

#[wasm_bindgen]
impl Bench {
    /// Takes a model and rows of its width.
    ///
    /// # Errors
    /// `shape_mismatch`, `out_of_memory`.
    #[wasm_bindgen(constructor)]
    pub fn new(model: &Model, x: &Matrix) -> Result<Self> {
        let n_rows = model.0.n_rows_of(x.flat().len(), x.n_cols())?;
        let out = zeros("the labels", n_rows, 1)?;
        Ok(Self {
            model: model.0.clone(),
            x: x.clone(),
            expected: Vec::new(),
            out,
        })
    }

    /// Predicts the first `n_rows` rows `n_calls` times on up to `n_threads` threads.
    ///
    /// # Errors
    /// `out_of_memory`.
    pub fn sample(&mut self, n_rows: usize, n_threads: usize, n_calls: u32) -> Result<BenchSample> {
        let width = self.x.n_cols();
        let n_rows = n_rows.min(self.out.len());
        self.expect(n_rows)?;
        let split = Split {
            n_threads,
            n_slices: None,
        };
        let rows = &self.x.flat()[..n_rows * width];
        let out = &mut self.out[..n_rows];
        out.fill(i32::MIN);
        let mut busy_ms = 0.0;
        let start = BrowserClock.now_ms();
        for _ in 0..n_calls {
            busy_ms += predict_into(&self.model, rows, width, out, split, &BrowserClock)?.busy_ms;
        }
        let wall_ms = BrowserClock.now_ms() - start;
        Ok(BenchSample {
            wall_ms,
            busy_ms,
            equal_to_serial: *out == self.expected[..n_rows],
        })
    }

    /// Whether these are serial's labels of the first rows.
    ///
    /// # Errors
    /// `out_of_memory`.
    pub fn check(&mut self, y: &[i32]) -> Result<bool> {
        self.expect(y.len())?;
        Ok(y == &self.expected[..y.len()])
    }

    /// Makes sure that serial's labels of the first `n_rows` rows are known.
    fn expect(&mut self, n_rows: usize) -> Result<()> {
        let known = self.expected.len();
        if known < n_rows {
            let width = self.x.n_cols();
            let mut more = zeros("the labels", n_rows - known, 1)?;
            let rows = &self.x.flat()[known * width..n_rows * width];
            predict_into(
                &self.model,
                rows,
                width,
                &mut more,
                Split::SERIAL,
                &BrowserClock,
            )?;
            self.expected.append(&mut more);
        }
        Ok(())
    }
}
