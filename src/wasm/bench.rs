//! Timed samples of one model on rows of one matrix, every label of every call compared with
//! serial's.

use std::sync::Arc;

use ndarray::{ArrayView2, s};

use super::clock::BrowserClock;
use super::data::Matrix;
use super::model::Model;
use super::predict::Costs;
use crate::data::allocate::{room, zeros};
use crate::error::Result;
use crate::inference::predict::{Split, Timing, predict_into};
use crate::inference::strategy::Choice;
use crate::measure::clock::{Clock, NoClock};
use crate::measure::plan::{self, Sample, Stages, Used};
use crate::parallel;

/// Labels that are kept for comparison before the clock is stopped for it: each call of a sample
/// writes to a place of its own, or a later call would hide what an earlier one did wrong. Samples
/// of 50 steps of an isolated page's clock stay far below, and so within the nearer caches.
const MAX_LABELS: usize = 1 << 21;

/// One in so many of a sample's calls is made again to see where its time goes.
const STAMPED: usize = 4;

/// A model, rows, and the labels that serial prediction gives them.
#[derive(Debug)]
pub(super) struct Bench {
    model: Arc<crate::models::model::Model>,
    x: Matrix,
    expected: Vec<i32>,
    out: Vec<i32>,
    /// What one look at the clock costs.
    stamp_ms: f64,
}

/// The rows and the way of a sample's calls.
struct Calls<'a> {
    model: &'a crate::models::model::Model,
    rows: ArrayView2<'a, f64>,
    n_threads: usize,
    costs: Option<&'a Costs>,
    expected: &'a [i32],
    /// No label of the model: stands where none has been written.
    unwritten: i32,
    stamp_ms: f64,
}

impl Calls<'_> {
    fn call(&self, out: &mut [i32], clock: &(dyn Clock + Sync)) -> Result<Timing> {
        let n_threads = match self.costs.map(|costs| costs.now(out.len())) {
            Some(Choice::Serial) => 1,
            Some(Choice::Threads(n_threads)) => n_threads,
            _ => self.n_threads,
        };
        let split = Split::over(n_threads);
        predict_into(self.model, self.rows, out, split, clock)
    }

    /// Predicts once into each `n_rows` of `out`. Gives the sum of what the calls say of
    /// themselves by `clock`, the time from the first call to the last answer, and whether all
    /// labels are the expected ones, which is asked when the clock has stopped.
    fn pass(
        &self,
        out: &mut [i32],
        n_rows: usize,
        clock: &(dyn Clock + Sync),
    ) -> Result<(Timing, f64, bool)> {
        out.fill(self.unwritten);
        let mut sum = Timing::default();
        let start = BrowserClock.now_ms();
        for out in out.chunks_exact_mut(n_rows) {
            sum += self.call(out, clock)?;
        }
        let wall_ms = BrowserClock.now_ms() - start;
        let is_equal = out.chunks_exact(n_rows).all(|y| y == self.expected);
        Ok((sum, wall_ms, is_equal))
    }

    /// One call carries its stamps itself. Of many, each too short for the clock and hardly longer
    /// than a stamp, the wall time is taken without any between them, and its parts from some calls
    /// more that are stamped: their shares, without the stamps' own cost, are right on average,
    /// whatever the clock's step.
    fn timed(&self, out: &mut [i32], n_rows: usize) -> Result<(Timing, bool)> {
        if out.len() == n_rows {
            let (timing, _, is_equal) = self.pass(out, n_rows, &BrowserClock)?;
            return Ok((timing, is_equal));
        }
        let (_, wall_ms, is_equal) = self.pass(out, n_rows, &NoClock)?;
        let n_stamped = (out.len() / n_rows).div_ceil(STAMPED);
        let some = &mut out[..n_stamped * n_rows];
        let (stamped, _, is_equal_again) = self.pass(some, n_rows, &BrowserClock)?;
        // Between two stamps lies the cost of one.
        let of_all = self.stamp_ms * n_stamped as f64;
        let [dispatch_ms, compute_ms, join_ms] =
            [stamped.dispatch_ms, stamped.compute_ms, stamped.join_ms]
                .map(|ms| (ms - of_all).max(0.0));
        let busy_ms = (stamped.busy_ms - self.stamp_ms * stamped.n_came as f64).max(0.0);
        let known_ms = dispatch_ms + compute_ms + join_ms;
        let share = if known_ms > 0.0 {
            wall_ms / known_ms
        } else {
            0.0
        };
        let timing = Timing {
            wall_ms,
            dispatch_ms: dispatch_ms * share,
            compute_ms: compute_ms * share,
            join_ms: join_ms * share,
            busy_ms: busy_ms * share,
            n_came: stamped.n_came,
        };
        Ok((timing, is_equal && is_equal_again))
    }
}

/// What one look at the clock costs, milliseconds: the least of some tries.
fn stamp_cost() -> f64 {
    const LOOKS: u32 = 2000;
    (0..5)
        .map(|_| {
            let start = BrowserClock.now_ms();
            for _ in 1..LOOKS {
                std::hint::black_box(BrowserClock.now_ms());
            }
            (BrowserClock.now_ms() - start) / f64::from(LOOKS)
        })
        .fold(f64::INFINITY, f64::min)
}

impl Bench {
    /// Takes a model and rows of its width.
    ///
    /// # Errors
    /// `shape_mismatch`.
    pub(super) fn new(model: &Model, x: &Matrix) -> Result<Self> {
        model.0.check_rows(&x.0)?;
        Ok(Self {
            model: model.0.clone(),
            x: x.clone(),
            expected: Vec::new(),
            out: Vec::new(),
            stamp_ms: stamp_cost(),
        })
    }

    /// Whether these are serial's labels of the rows from row `first` on.
    ///
    /// # Errors
    /// `out_of_memory`; `invalid_param` where there are fewer rows.
    pub(super) fn check(&mut self, first: usize, y: &[i32]) -> Result<bool> {
        let end = self.end(first, y.len())?;
        self.expect(end)?;
        Ok(y == &self.expected[first..end])
    }

    /// Makes serial's labels of the first `end` rows for about `max_ms`; true when they are known.
    ///
    /// # Errors
    /// `out_of_memory`; `invalid_param` where there are fewer rows.
    pub(super) fn prepare(&mut self, end: usize, max_ms: f64) -> Result<bool> {
        self.end(0, end)?;
        self.reserve(end)?;
        let begun = BrowserClock.now_ms();
        while self.expected.len() < end {
            if BrowserClock.now_ms() - begun > max_ms {
                return Ok(false);
            }
            self.expect(end.min(self.expected.len() + STEP_ROWS))?;
        }
        Ok(true)
    }
}

/// Rows of serial's labels made at a time.
const STEP_ROWS: usize = 4096;

impl Bench {
    /// Predicts the `n_rows` rows from row `first` on as `calls` says; where there are `costs` each
    /// call asks them first whether to be serial.
    ///
    /// # Errors
    /// `out_of_memory`; `invalid_param` where there are fewer threads or rows.
    pub(super) fn sample(
        &mut self,
        calls: &plan::Calls,
        first: usize,
        n_rows: usize,
        costs: Option<&Costs>,
    ) -> Result<Sample> {
        let plan::Calls {
            n_threads,
            n_calls,
            n_warm,
            ..
        } = *calls;
        let end = self.end(first, n_rows)?;
        self.expect(end)?;
        let n_calls = n_calls as usize;
        let at_once = n_calls.min((MAX_LABELS / n_rows).max(1));
        self.make_room(at_once * n_rows)?;
        let classes = &self.model.classes;
        let calls = Calls {
            model: &self.model,
            rows: self.x.0.x.slice(s![first..end, ..]),
            n_threads,
            costs,
            expected: &self.expected[first..end],
            // Labels ascend: those that fill the range from its start are stepped over.
            unwritten: classes
                .iter()
                .fold(i32::MIN, |free, &class| free + i32::from(class == free)),
            stamp_ms: self.stamp_ms,
        };
        let mut sum = Timing::default();
        let mut equal_to_serial = true;
        let mut left = n_calls;
        while left > 0 {
            let now = left.min(at_once);
            left -= now;
            let out = &mut self.out[..now * n_rows];
            if n_warm > 0 {
                parallel::rouse(n_threads);
                for _ in 0..n_warm {
                    calls.call(&mut out[..n_rows], &BrowserClock)?;
                }
            }
            let (timing, is_equal) = calls.timed(out, n_rows)?;
            sum += timing;
            equal_to_serial &= is_equal;
        }
        Ok(Sample {
            wall_ms: sum.wall_ms,
            busy_ms: sum.busy_ms,
            stages: Stages {
                send: sum.dispatch_ms,
                compute: sum.compute_ms,
                wait: sum.join_ms,
                gather: 0.0,
            },
            hidden: false,
            equal_to_serial,
            strategy_used: Used::Serial,
        })
    }

    fn end(&self, first: usize, n_rows: usize) -> Result<usize> {
        let all = self.x.n_rows();
        match first.checked_add(n_rows) {
            Some(end) if end <= all && n_rows > 0 => Ok(end),
            _ => Err(crate::error::Error::invalid(
                "n_rows",
                n_rows,
                format!(
                    "from 1 to {}, what is left of the matrix",
                    all - first.min(all)
                ),
            )),
        }
    }

    /// Makes sure that so many labels can be written.
    fn make_room(&mut self, len: usize) -> Result<()> {
        if self.out.len() < len {
            self.out = Vec::new();
            self.out = zeros("the labels", len, 1)?;
        }
        Ok(())
    }

    /// Makes sure that serial's labels of the first `n_rows` rows are known.
    fn expect(&mut self, n_rows: usize) -> Result<()> {
        let known = self.expected.len();
        if known >= n_rows {
            return Ok(());
        }
        self.reserve(n_rows)?;
        self.expected.resize(n_rows, 0);
        let rows = self.x.0.x.slice(s![known..n_rows, ..]);
        let out = &mut self.expected[known..];
        predict_into(&self.model, rows, out, Split::SERIAL, &NoClock)?;
        Ok(())
    }

    fn reserve(&mut self, n_rows: usize) -> Result<()> {
        if self.expected.capacity() < n_rows {
            let mut roomy = room("the labels", n_rows, 1)?;
            roomy.append(&mut self.expected);
            self.expected = roomy;
        }
        Ok(())
    }
}
