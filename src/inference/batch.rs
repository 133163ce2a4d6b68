//! One batch in steps, so that whoever drives it hears a cancel between two.

use std::sync::Arc;

use ndarray::{Array2, s};

use super::predict::{Numbers, Split, Timing, numbers_into, predict_into};
use crate::data::allocate::room;
use crate::error::Result;
use crate::measure::clock::Clock;
use crate::models::classifier::Classifier;
use crate::models::model::Model;

/// The first step goes by what the model says of itself: as many rows as take about so long, at least one and at
/// most so many.
const FIRST_NS: usize = 5_000_000;
const FIRST_ROWS: usize = 4096;
/// The share of the time that is used: what then is left is not worth a step.
const USED: f64 = 0.875;

/// A batch under way.
#[derive(Debug)]
pub struct Batch {
    model: Arc<Model>,
    x: Arc<Array2<f64>>,
    split: Split,
    answers: Answers,
    done: usize,
    /// What a row of the last step took.
    row_ms: f64,
    timing: Timing,
}

/// What a batch is asked for, as far as it is done.
#[derive(Debug)]
enum Answers {
    /// A label a row.
    Labels(Vec<i32>),
    /// Numbers, row-major, and how many a row has.
    Numbers(Numbers, usize, Vec<f64>),
}

impl Batch {
    /// Lines up all rows of `x` for their labels.
    ///
    /// # Errors
    /// `ShapeMismatch` where the width is not the model's, `InvalidParam` where `split` asks for
    /// more threads than there are, `OutOfMemory` where there is no room for the labels.
    pub fn new(model: Arc<Model>, x: Arc<Array2<f64>>, split: Split) -> Result<Self> {
        let answers = room("the labels", x.nrows(), 1).map(Answers::Labels);
        Self::asking(model, x, split, answers)
    }

    /// Lines up all rows of `x` for probabilities or margins.
    ///
    /// # Errors
    /// As [`Batch::new`]; `InvalidParam` also where the model has none.
    pub fn numbers(
        model: Arc<Model>,
        x: Arc<Array2<f64>>,
        numbers: Numbers,
        split: Split,
    ) -> Result<Self> {
        let width = numbers.width(&model)?;
        let answers = room(numbers.name(), x.nrows(), width)
            .map(|values| Answers::Numbers(numbers, width, values));
        Self::asking(model, x, split, answers)
    }

    fn asking(
        model: Arc<Model>,
        x: Arc<Array2<f64>>,
        split: Split,
        answers: Result<Answers>,
    ) -> Result<Self> {
        model.rows_of(x.view())?;
        split.check()?;
        Ok(Self {
            model,
            x,
            split,
            answers: answers?,
            done: 0,
            row_ms: 0.0,
            timing: Timing::default(),
        })
    }

    /// Works for about `max_ms`, for a step at least; true when all rows are done. Of slices that are
    /// prescribed a step has its share, and one at least.
    ///
    /// # Errors
    /// `BeyondFloat32`.
    pub fn run(&mut self, max_ms: f64, clock: &(dyn Clock + Sync)) -> Result<bool> {
        let begun = clock.now_ms();
        let mut spent_ms = 0.0;
        while self.done < self.x.nrows() {
            self.step(max_ms - spent_ms, clock)?;
            spent_ms = clock.now_ms() - begun;
            if spent_ms >= USED * max_ms {
                break;
            }
        }
        Ok(self.done == self.x.nrows())
    }

    /// As many rows as the last step says there is time for. They are no more than have been done
    /// before: a clock that is too coarse to have seen those is not to be trusted with more.
    fn step(&mut self, left_ms: f64, clock: &(dyn Clock + Sync)) -> Result<()> {
        let n_rows = self.x.nrows();
        let in_time = (left_ms / self.row_ms) as usize;
        let most = self.done.max(first_rows(&self.model));
        let rows = (n_rows - self.done).min(most).min(in_time.max(1));
        let (from, to) = (self.done, self.done + rows);
        let x = self.x.slice(s![from..to, ..]);
        let share =
            |n_slices: usize| (n_slices.min(n_rows) as u64 * rows as u64).div_ceil(n_rows as u64);
        let split = Split {
            n_slices: self.split.n_slices.map(|n_slices| share(n_slices) as usize),
            ..self.split
        };
        let model = &self.model;
        let step = match &mut self.answers {
            Answers::Labels(labels) => predict_into(model, x, more(labels, rows), split, clock),
            Answers::Numbers(numbers, width, values) => {
                let out = more(values, rows * *width);
                numbers_into(model, x, *numbers, out, split, clock)
            }
        };
        let step = step.map_err(|error| error.counted_from(from))?;
        self.row_ms = step.wall_ms / rows as f64;
        self.timing += step;
        self.done = to;
        Ok(())
    }

    /// Rows done and rows in all.
    #[must_use]
    pub fn done_of(&self) -> (usize, usize) {
        (self.done, self.x.nrows())
    }

    /// The labels that the model knows, ascending.
    #[must_use]
    pub fn classes(&self) -> &[i32] {
        &self.model.classes
    }

    /// Values that each row is answered with.
    #[must_use]
    pub fn width(&self) -> usize {
        match self.answers {
            Answers::Labels(_) => 1,
            Answers::Numbers(_, width, _) => width,
        }
    }

    /// Where the time went so far.
    #[must_use]
    pub fn timing(&self) -> Timing {
        self.timing
    }

    /// The labels of the rows done so far; none where numbers were asked for.
    #[must_use]
    pub fn labels(&self) -> &[i32] {
        match &self.answers {
            Answers::Labels(labels) => labels,
            Answers::Numbers(..) => &[],
        }
    }

    /// The numbers of the rows done so far, row-major; none where labels were asked for.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        match &self.answers {
            Answers::Labels(_) => &[],
            Answers::Numbers(.., values) => values,
        }
    }
}

/// Rows that nothing is known of yet: as many as a first step may have.
#[must_use]
pub fn first_rows(model: &Model) -> usize {
    (FIRST_NS / model.fitted.row_ns().max(1)).clamp(1, FIRST_ROWS)
}

/// The next `n` places, in room that there is already.
fn more<T: Copy + Default>(values: &mut Vec<T>, n: usize) -> &mut [T] {
    let from = values.len();
    values.resize(from + n, T::default());
    &mut values[from..]
}
