//! Fits in one queue; where their rows are prepared, in one queue a fold, each with rows of its own that are gone before the
//! next one's are made: what is learnt for them is learnt of the fold's training rows alone.

use std::fmt;
use std::sync::Arc;

use ndarray::Array2;

use super::fit_job::{FitJob, Outcome};
use super::fit_queue::FitQueue;
use crate::data::{Described, Labels};
use crate::error::{Error, Result};
use crate::measure::clock::Clock;
use crate::models::estimator::Estimator;
use crate::parallel::steps::Steps;
use crate::preprocess::{ColumnTransformer, Preprocess};

/// What was learnt of a fold's training rows, and all rows prepared by it.
type Rows = Result<(ColumnTransformer, Arc<Array2<f64>>)>;

/// Fits, and how far they have come.
pub(super) struct PreparedQueue {
    x: Described,
    labels: Arc<Labels>,
    estimators: Vec<Estimator>,
    settings: Option<Preprocess>,
    /// The fold under way: its rows, where they are still being prepared, what prepared them, and its fits.
    preparing: Option<Steps<Rows>>,
    transformer: Option<ColumnTransformer>,
    queue: FitQueue,
    /// The jobs of the folds that follow, the last of them first.
    later: Vec<Vec<FitJob>>,
    /// Of the folds that are done, one after the other.
    outcomes: Vec<Outcome>,
    n_queues: usize,
    n_done_before: usize,
}

impl fmt::Debug for PreparedQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedQueue")
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

impl PreparedQueue {
    /// Lines up the jobs of each fold, which are alike but for their rows.
    ///
    /// # Errors
    /// `InvalidParam`: what `FitQueue::new` and `Preprocess::refuse` refuse; without preparing, rows with gaps or categories.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub(super) fn new(
        x: &Described,
        labels: &Arc<Labels>,
        estimators: Vec<Estimator>,
        folds: Vec<Vec<FitJob>>,
        settings: Option<Preprocess>,
    ) -> Result<Self> {
        match &settings {
            None => x.refuse_unprepared()?,
            Some(settings) => settings.refuse(x)?,
        }
        let mut later = folds;
        if settings.is_none() {
            // Fit by fit, as outcomes are read; the sort keeps the folds' order.
            let mut all = later.concat();
            all.sort_by_key(|job| job.estimator);
            later = vec![all];
        }
        later.reverse();
        let first = later.pop().unwrap_or_default();
        Ok(Self {
            preparing: (settings.as_ref()).and_then(|settings| prepare(settings, x, &first)),
            queue: FitQueue::new(x.x.clone(), labels.clone(), estimators.clone(), first)?,
            x: x.clone(),
            labels: labels.clone(),
            estimators,
            settings,
            transformer: None,
            n_queues: later.len() + 1,
            later,
            outcomes: Vec::new(),
            n_done_before: 0,
        })
    }

    /// Uses the ranks that another queue on the same matrix made.
    pub(super) fn take_ranks(&mut self, other: &mut Self) {
        if self.settings.is_none() {
            self.queue.take_ranks(&mut other.queue);
        }
    }

    /// Units done and units in all.
    pub(super) fn done_of(&self) -> (usize, usize) {
        let (done, n) = self.queue.done_of();
        (self.n_done_before + done, n.saturating_mul(self.n_queues))
    }

    /// Milliseconds that one of its fits may go on without a pause, at most.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub(super) fn longest_ms(&self) -> f64 {
        let n_features = match &self.settings {
            Some(settings) => settings.most_columns(&self.x),
            None => self.x.x.ncols(),
        };
        self.queue.longest_ms(n_features)
    }

    /// The job that the next unit belongs to.
    pub(super) fn current(&self) -> Option<&FitJob> {
        self.queue.current()
    }

    /// Works until everything is done or `stop` says so; gives whether it is.
    ///
    /// # Errors
    /// As `FitQueue::run`; of preparing.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub(super) fn run(
        &mut self,
        clock: &(dyn Clock + Sync),
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<bool> {
        loop {
            if let Some(preparing) = &mut self.preparing {
                let Some(rows) = preparing.run(&|| stop()) else {
                    return Ok(false);
                };
                self.preparing = None;
                let (transformer, rows) = match rows {
                    Ok(rows) => rows,
                    Err(error) => {
                        // Whoever asks again gets nothing of rows that are not prepared.
                        let (x, labels) = (self.x.x.clone(), self.labels.clone());
                        self.queue = FitQueue::new(x, labels, self.estimators.clone(), Vec::new())?;
                        self.later.clear();
                        return Err(error);
                    }
                };
                self.queue.replace_rows(rows);
                self.transformer = Some(transformer);
            }
            match (self.queue.run(clock, stop), &self.transformer) {
                (Ok(true), _) => {}
                (Err(error), Some(transformer)) => return Err(of_raw_rows(error, transformer)),
                (other, _) => return other,
            }
            let Some(jobs) = self.later.pop() else {
                return Ok(true);
            };
            self.n_done_before += self.queue.done_of().1;
            self.take_fold();
            let (x, labels, estimators) = (&self.x, &self.labels, &self.estimators);
            let settings = self.settings.as_ref();
            self.preparing = settings.and_then(|settings| prepare(settings, x, &jobs));
            self.queue = FitQueue::new(x.x.clone(), labels.clone(), estimators.clone(), jobs)?;
        }
    }

    /// What came of the fits: of each estimator one a fold, or as the queue has them where there is one.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub(super) fn take_outcomes(&mut self) -> Vec<Outcome> {
        self.take_fold();
        let mut all = std::mem::take(&mut self.outcomes);
        let n_each = (all.len() / self.n_queues).max(1);
        let mut outcomes = Vec::with_capacity(all.len());
        for fit in 0..n_each {
            let of_folds = all.iter_mut().skip(fit).step_by(n_each);
            outcomes.extend(of_folds.map(std::mem::take));
        }
        outcomes
    }

    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    fn take_fold(&mut self) {
        let mut outcomes = self.queue.take_outcomes();
        if let Some(transformer) = self.transformer.take() {
            for outcome in &mut outcomes {
                let fitted = outcome.fitted.take();
                outcome.fitted = fitted.map(|fitted| fitted.prepared_by(transformer.clone()));
                outcome.error =
                    (outcome.error.take()).map(|error| of_raw_rows(error, &transformer));
            }
        }
        self.outcomes.append(&mut outcomes);
    }
}

/// Learns of the rows that the fits train on, and prepares all by that.
#[cfg_attr(target_arch = "wasm32", optimize(size))]
fn prepare(settings: &Preprocess, x: &Described, jobs: &[FitJob]) -> Option<Steps<Rows>> {
    let (settings, x, rows) = (settings.clone(), x.clone(), jobs.first()?.train.clone());
    Some(Steps::new(async move |progress| {
        let fitted = ColumnTransformer::fit(&settings, &x, &rows, &progress).await?;
        let prepared = fitted.transform(&x, &progress).await?;
        Ok((fitted, Arc::new(prepared)))
    }))
}

/// An error of prepared rows, told by the caller's columns.
fn of_raw_rows(error: Error, transformer: &ColumnTransformer) -> Error {
    match error {
        Error::BeyondFloat32 { row, col } => Error::BeyondFloat32 {
            row,
            col: transformer.from_column(col),
        },
        other => other,
    }
}
