//! One batch in steps, so that whoever drives it hears a cancel between two.

use std::sync::Arc;

use ndarray::Array2;

use super::predict::{Split, Timing, predict_into};
use crate::data::allocate::zeros;
use crate::error::{Error, Result};
use crate::measure::clock::Clock;
use crate::models::model::Model;

/// Rows of the first step, whose time says how many rows the next may have.
const FIRST_ROWS: usize = 4096;

/// A prediction under way.
#[derive(Debug)]
pub struct Batch {
    model: Arc<Model>,
    x: Arc<Array2<f64>>,
    split: Split,
    out: Vec<i32>,
    done: usize,
    timing: Timing,
}

impl Batch {
    /// Lines up all rows of `x`.
    ///
    /// # Errors
    /// `ShapeMismatch` where the width is not the model's, `InvalidParam` where `split` asks for
    /// more threads than there are, `OutOfMemory`.
    pub fn new(model: Arc<Model>, x: Arc<Array2<f64>>, split: Split) -> Result<Self> {
        model.n_rows_of(x.len(), x.ncols())?;
        split.check()?;
        let out = zeros("the labels", x.nrows(), 1)?;
        Ok(Self {
            model,
            x,
            split,
            out,
            done: 0,
            timing: Timing::default(),
        })
    }

    /// Predicts for about `max_ms`; true when all rows are done. A batch whose slices are
    /// prescribed goes in one step, a short one too.
    ///
    /// # Errors
    /// `BeyondFloat32`.
    pub fn run(&mut self, max_ms: f64, clock: &(dyn Clock + Sync)) -> Result<bool> {
        let (n_rows, n_cols) = self.x.dim();
        let x = self.x.as_slice().unwrap_or_default();
        let begun = clock.now_ms();
        while self.done < n_rows {
            let left = n_rows - self.done;
            let room_ms = max_ms - (clock.now_ms() - begun);
            let rows = if self.split.n_slices.is_some() {
                left
            } else if self.done == 0 {
                left.min(FIRST_ROWS)
            } else if room_ms > 0.0 {
                // A clock too coarse to have seen the rows so far allows all.
                let row_ms = self.timing.wall_ms / self.done as f64;
                left.min(((room_ms / row_ms) as usize).max(FIRST_ROWS))
            } else {
                return Ok(false);
            };
            let (from, to) = (self.done, self.done + rows);
            self.timing += predict_into(
                &self.model,
                &x[from * n_cols..to * n_cols],
                n_cols,
                &mut self.out[from..to],
                self.split,
                clock,
            )
            .map_err(|error| match error {
                Error::BeyondFloat32 { row, col } => Error::BeyondFloat32 {
                    row: from + row,
                    col,
                },
                error => error,
            })?;
            self.done = to;
        }
        Ok(true)
    }

    /// Rows done and rows in all.
    #[must_use]
    pub fn done_of(&self) -> (usize, usize) {
        (self.done, self.out.len())
    }

    /// The labels, those of rows not done yet 0, and where the time went.
    #[must_use]
    pub fn finish(self) -> (Vec<i32>, Timing) {
        (self.out, self.timing)
    }
}
