//! One batch, its rows split over the pool's threads; the labels come out in row order.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};
use crate::measure::clock::Clock;
use crate::models::classifier::Classifier;
use crate::models::model::Model;
use crate::parallel;

/// Rows a kernel call sees at most. Small enough that a long batch is many calls, so that a
/// browser's optimising compiler takes over soon, large enough that a call costs nothing.
const ROWS_PER_CALL: usize = 4096;
/// Chunks each thread gets where the batch is long enough: the rows of a forest are uneven, and a
/// thread may start late.
const CHUNKS_PER_THREAD: usize = 8;
/// Chunks of long batches are multiples of this, a block of the forest's walk.
const BLOCK: usize = 64;

/// Where the time of one prediction went.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Timing {
    /// From the call to its answer, milliseconds.
    pub wall_ms: f64,
    /// Inside the kernels, summed over the threads, milliseconds: an upper bound on CPU time.
    pub busy_ms: f64,
}

/// How a batch is split.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Split {
    /// Threads that may take part, the caller's included. 1 is serial; more than the pool has are
    /// as many as it has.
    pub n_threads: usize,
    /// Slices the rows are cut into; left out: as many as suit the batch.
    pub n_slices: Option<usize>,
}

impl Split {
    /// All on the calling thread.
    pub const SERIAL: Self = Self {
        n_threads: 1,
        n_slices: None,
    };

    /// Rows a chunk, for a batch of `n_rows`.
    fn chunk_len(self, n_rows: usize) -> usize {
        let n_threads = self.n_threads.clamp(1, parallel::n_threads());
        match self.n_slices {
            Some(n_slices) => n_rows.div_ceil(n_slices.max(1)),
            None if n_threads == 1 => ROWS_PER_CALL,
            None => {
                let even = n_rows.div_ceil(n_threads);
                let fine = n_rows.div_ceil(n_threads * CHUNKS_PER_THREAD);
                if even <= BLOCK {
                    even
                } else {
                    fine.next_multiple_of(BLOCK).min(ROWS_PER_CALL)
                }
            }
        }
    }
}

/// Writes a label a row of `x`, `(out.len(), n_cols)` row-major, into `out`.
///
/// # Errors
/// `ShapeMismatch` where the width is not the model's or `x` has another number of rows than `out`.
pub fn predict_into(
    model: &Model,
    x: &[f64],
    n_cols: usize,
    out: &mut [i32],
    split: Split,
    clock: &(dyn Clock + Sync),
) -> Result<Timing> {
    let n_rows = model.n_rows_of(x.len(), n_cols)?;
    if n_rows != out.len() {
        return Err(Error::ShapeMismatch {
            what: "the label buffer",
            expected: format!("{n_rows} places, one a row"),
            got: format!("{}", out.len()),
        });
    }
    let start = clock.now_ms();
    let busy_ns = AtomicU64::new(0);
    parallel::for_each_chunk(
        split.n_threads.max(1),
        out,
        split.chunk_len(n_rows),
        |chunks| {
            let start = clock.now_ms();
            for (first, out) in chunks {
                for (at, out) in (first..)
                    .step_by(ROWS_PER_CALL)
                    .zip(out.chunks_mut(ROWS_PER_CALL))
                {
                    let rows = &x[at * n_cols..(at + out.len()) * n_cols];
                    model.fitted.predict_into(rows, &model.classes, out);
                }
            }
            let spent = (clock.now_ms() - start) * 1e6;
            busy_ns.fetch_add(spent as u64, Ordering::Relaxed);
        },
    );
    Ok(Timing {
        wall_ms: clock.now_ms() - start,
        busy_ms: busy_ns.into_inner() as f64 / 1e6,
    })
}
