//! One batch, its rows split over the pool's threads; the labels come out in row order.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use ndarray::ArrayView2;

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
/// Rows a chunk should have at least: every chunk of a forest's passes through all of its trees.
const ROWS_PER_CHUNK: usize = 256;
/// Chunks of long batches are multiples of this, a block of the forest's walk.
const BLOCK: usize = 64;
/// What a further thread is given at least, by what the model says of itself: to hand it over and to wait for it takes
/// some tenths of a microsecond, and models say rather too much.
const WORTH_NS: usize = 2000;

/// One thread that came, above the nanoseconds of three days.
const CAME: u64 = 1 << 48;

/// Where the time of one prediction went, milliseconds; nothing by a clock that stands.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Timing {
    /// From the call to its answer: the sum of the three that follow.
    pub wall_ms: f64,
    /// Of the calling thread: until its own kernels began.
    pub dispatch_ms: f64,
    /// Of the calling thread: inside the kernels.
    pub compute_ms: f64,
    /// Of the calling thread: from its last row to everybody's.
    pub join_ms: f64,
    /// Inside the kernels, summed over the threads: an upper bound on CPU time.
    pub busy_ms: f64,
    /// Threads that came, in all calls of a sum.
    pub n_came: u64,
}

impl std::ops::AddAssign for Timing {
    fn add_assign(&mut self, other: Self) {
        self.wall_ms += other.wall_ms;
        self.dispatch_ms += other.dispatch_ms;
        self.compute_ms += other.compute_ms;
        self.join_ms += other.join_ms;
        self.busy_ms += other.busy_ms;
        self.n_came += other.n_came;
    }
}

/// How a batch is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// Threads that may take part, the caller's included: 1 is serial, `usize::MAX` is all there
    /// are.
    pub n_threads: usize,
    /// Slices the rows are cut into; left out: as many as suit the batch.
    pub n_slices: Option<usize>,
}

impl Split {
    /// All on the calling thread.
    pub const SERIAL: Self = Self::over(1);
    /// On all threads of the pool.
    pub const ALL: Self = Self::over(usize::MAX);

    /// On up to `n_threads` threads.
    #[must_use]
    pub const fn over(n_threads: usize) -> Self {
        Self {
            n_threads,
            n_slices: None,
        }
    }

    /// Refuses more threads than there are: fewer in silence would be another measurement.
    ///
    /// # Errors
    /// `InvalidParam` naming the pool's size.
    pub fn check(self) -> Result<()> {
        let available = parallel::n_threads();
        let fits = (1..=available).contains(&self.n_threads) || self.n_threads == usize::MAX;
        if fits && self.n_slices != Some(0) {
            return Ok(());
        }
        Err(if fits {
            Error::invalid("n_slices", 0, "at least 1")
        } else {
            let allowed = format!(
                "from 1 to {available}, the threads of this pool: start a larger one to use more"
            );
            Error::invalid("n_threads", self.n_threads, allowed)
        })
    }

    /// Rows a chunk, for a batch of `n_rows` that take about `row_ns` each.
    fn chunk_len(self, n_rows: usize, row_ns: usize) -> usize {
        match self.n_slices {
            Some(n_slices) => n_rows.div_ceil(n_slices.max(1)),
            None => rows_a_chunk(
                n_rows,
                row_ns,
                self.n_threads.clamp(1, parallel::n_threads()),
            ),
        }
    }
}

/// Rows a chunk that suit a batch. Where there is little to do, as few chunks as threads are worth it, two at least.
fn rows_a_chunk(n_rows: usize, row_ns: usize, n_threads: usize) -> usize {
    if n_threads == 1 {
        return ROWS_PER_CALL;
    }
    let n_worth = (n_rows.saturating_mul(row_ns) / WORTH_NS).max(2);
    let n_threads = n_threads.min(n_worth);
    let even = n_rows.div_ceil(n_threads);
    let n_chunks = even.div_ceil(ROWS_PER_CHUNK).clamp(1, CHUNKS_PER_THREAD);
    let fine = n_rows.div_ceil(n_threads * n_chunks);
    if n_chunks < CHUNKS_PER_THREAD {
        fine
    } else {
        fine.next_multiple_of(BLOCK).min(ROWS_PER_CALL)
    }
}

/// Numbers that a model has for a row, beside its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// A probability a class.
    Probabilities,
    /// Margins: one for two classes, else one a class.
    Margins,
}

impl Numbers {
    /// Numbers a row.
    ///
    /// # Errors
    /// `InvalidParam` where the model has none.
    pub fn width(self, model: &Model) -> Result<usize> {
        // Of no rows at all: who has none says so.
        self.write(model, &[], &mut [])?;
        Ok(match self {
            Self::Probabilities => model.fitted.n_classes(),
            Self::Margins => model.fitted.n_decisions(),
        })
    }

    /// As it is told to those who wait for them.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Probabilities => "the probabilities",
            Self::Margins => "the margins",
        }
    }

    fn write(self, model: &Model, rows: &[f64], out: &mut [f64]) -> Result<()> {
        match self {
            Self::Probabilities => model.fitted.predict_proba_into(rows, out),
            Self::Margins => model.fitted.decision_function_into(rows, out),
        }
    }
}

/// Writes a label a row of `x`, `(out.len(), n_features)`, row-major, into `out`. Nothing is allocated.
///
/// # Errors
/// `ShapeMismatch` where the width is not the model's or `x` has another number of rows than
/// `out`; `InvalidParam` where `split` asks for more threads than there are; `BeyondFloat32`, and the
/// labels then mean nothing.
pub fn predict_into(
    model: &Model,
    x: ArrayView2<'_, f64>,
    out: &mut [i32],
    split: Split,
    clock: &(dyn Clock + Sync),
) -> Result<Timing> {
    let kernel = |rows: &[f64], out: &mut [i32]| {
        model.fitted.predict_into(rows, &model.classes, out);
        Ok(())
    };
    write_rows(model, x, (out, 1), split, clock, &kernel)
}

/// Writes the numbers of each row of `x`, `(n_rows, n_features)`, row-major, into `out`, row-major: bit
/// for bit the same however the rows are split.
///
/// # Errors
/// As [`predict_into`]; `InvalidParam` also where the model has no such numbers.
pub fn numbers_into(
    model: &Model,
    x: ArrayView2<'_, f64>,
    numbers: Numbers,
    out: &mut [f64],
    split: Split,
    clock: &(dyn Clock + Sync),
) -> Result<Timing> {
    let out = (out, numbers.width(model)?);
    let kernel = |rows: &[f64], out: &mut [f64]| numbers.write(model, rows, out);
    write_rows(model, x, out, split, clock, &kernel)
}

/// Writes what is asked for of whole rows, as many as there is room for.
type Kernel<'a, T> = dyn Fn(&[f64], &mut [T]) -> Result<()> + Sync + 'a;

/// Has `kernel` write `width` values for each row of `x` into `out`, on as many threads as `split` says.
fn write_rows<T: Send>(
    model: &Model,
    x: ArrayView2<'_, f64>,
    (out, width): (&mut [T], usize),
    split: Split,
    clock: &(dyn Clock + Sync),
    kernel: &Kernel<'_, T>,
) -> Result<Timing> {
    let (n_rows, n_cols) = x.dim();
    let x = model.rows_of(x)?;
    if n_rows * width != out.len() {
        return Err(Error::ShapeMismatch {
            what: "the buffer",
            expected: format!("{} places, {width} a row", n_rows * width),
            got: format!("{}", out.len()),
        });
    }
    split.check()?;
    let called = clock.now_ms();
    // One word, since all threads write to it: nanoseconds, and above them how many came.
    let busy_and_came = AtomicU64::new(0);
    let unreadable = AtomicUsize::new(usize::MAX);
    let refused = OnceLock::new();
    // When the calling thread's kernels began and ended; where it found no row left, at once.
    let mine = [called, called].map(|at| AtomicU64::new(at.to_bits()));
    parallel::for_each_chunk(
        split.n_threads,
        out,
        split.chunk_len(n_rows, model.fitted.row_ns()) * width,
        |thread, chunks| {
            let begin = clock.now_ms();
            for (first, out) in chunks {
                for (at, out) in (first / width..)
                    .step_by(ROWS_PER_CALL)
                    .zip(out.chunks_mut(ROWS_PER_CALL * width))
                {
                    let rows = &x[at * n_cols..(at + out.len() / width) * n_cols];
                    // Here, where the rows are about to be read anyway, it costs next to nothing.
                    if let Some(cell) = model.fitted.unreadable(rows) {
                        unreadable.fetch_min(at * n_cols + cell, Ordering::Relaxed);
                    }
                    if let Err(error) = kernel(rows, out) {
                        // One is enough: a model that refuses does so for all rows.
                        let _ = refused.set(error);
                    }
                }
            }
            let end = clock.now_ms();
            if clock.stands() {
                return;
            }
            let busy_ns = ((end - begin) * 1e6) as u64 & (CAME - 1);
            busy_and_came.fetch_add(CAME | busy_ns, Ordering::Relaxed);
            if thread == 0 {
                mine[0].store(begin.to_bits(), Ordering::Relaxed);
                mine[1].store(end.to_bits(), Ordering::Relaxed);
            }
        },
    );
    let answered = clock.now_ms();
    if let Some(error) = refused.into_inner() {
        return Err(error);
    }
    let unreadable = unreadable.into_inner();
    model.refuse((unreadable < x.len()).then_some(unreadable), x)?;
    let busy_and_came = busy_and_came.into_inner();
    let [begin, end] = mine.map(|at| f64::from_bits(at.into_inner()));
    Ok(Timing {
        wall_ms: answered - called,
        dispatch_ms: begin - called,
        compute_ms: end - begin,
        join_ms: answered - end,
        busy_ms: (busy_and_came & (CAME - 1)) as f64 / 1e6,
        n_came: busy_and_came / CAME,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_work_is_for_few_threads() {
        let n_chunks = |n_rows: usize, row_ns, n_threads| {
            n_rows.div_ceil(rows_a_chunk(n_rows, row_ns, n_threads))
        };
        // Of 16 threads 20 rows of 100 ns are worth two, 80 rows four, and 320 all.
        assert_eq!(
            [20, 80, 320].map(|n_rows| n_chunks(n_rows, 100, 16)),
            [2, 4, 16]
        );
        // Two at least, however little it is: what is asked for is measured.
        assert_eq!([2, 20].map(|n_rows| n_chunks(n_rows, 1, 16)), [2, 2]);
        // A forest's rows are worth a thread each.
        assert_eq!(
            [2, 3, 16].map(|n_rows| n_chunks(n_rows, 3200, 16)),
            [2, 3, 16]
        );
        // Long batches have several chunks a thread, so that late ones do not matter.
        assert_eq!(n_chunks(1_000_000, 20, 2), 245);
        assert!(n_chunks(20_000, 20, 2) >= 16);
    }
}
