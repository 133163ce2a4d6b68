//! Many fits as one queue of small units, worked off by all threads, in steps.
//!
//! Each (candidate, fold) fit splits into units (a forest's are its trees), and all units of all
//! fits lie in one list: threads stay busy to the end, progress is fine-grained, and the caller
//! can stop between two units, or where one pauses, and go on later or not at all. What comes out
//! does not depend on when that was.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use ndarray::Array2;

use super::fit_job::{Begun, FitJob, Outcome, Product, local_codes};
use super::scoring::score;
use crate::data::{Labels, TrainingSet};
use crate::error::{Error, Result};
use crate::measure::clock::Clock;
use crate::models::estimator::{Estimator, Part};
use crate::models::forest::training::feature_ranks::{Column, Ranks};
use crate::parallel;

/// How far a list of works has come.
#[derive(Debug, Default)]
struct Line {
    n_begun: usize,
    n_done: usize,
    paused: Mutex<Vec<Begun>>,
}

#[derive(Debug, Default)]
struct Progress {
    parts: Vec<Option<Part>>,
    n_done: usize,
    /// The unit that the outcome's error is of.
    failed: usize,
    outcome: Outcome,
}

/// Fits on one matrix, and how far they have come.
#[derive(Debug)]
pub struct FitQueue {
    x: Arc<Array2<f64>>,
    labels: Arc<Labels>,
    estimators: Vec<Arc<Estimator>>,
    /// Of columns to be ranked before the first unit.
    columns: Vec<Mutex<Option<Result<Column>>>>,
    ranking: Line,
    ranks: Option<Arc<Ranks>>,
    jobs: Vec<FitJob>,
    progress: Vec<Mutex<Progress>>,
    /// `(job, unit)`.
    units: Vec<(u32, u32)>,
    fitting: Line,
}

impl FitQueue {
    /// A queue of `jobs`; `x` has a row and `labels` a code a sample.
    ///
    /// # Errors
    /// `InvalidParam` where there is no memory to list so many trees.
    pub fn new(
        x: Arc<Array2<f64>>,
        labels: Arc<Labels>,
        estimators: Vec<Estimator>,
        jobs: Vec<FitJob>,
    ) -> Result<Self> {
        let mut units = Vec::new();
        let mut progress = Vec::with_capacity(jobs.len());
        for (index, job) in jobs.iter().enumerate() {
            let n_units = estimators[job.estimator].n_units();
            let mut parts: Vec<Option<Part>> = Vec::new();
            // A stranger says how many trees there are.
            let asked =
                (units.try_reserve(n_units)).and_then(|()| parts.try_reserve_exact(n_units));
            asked.map_err(|_| {
                Error::invalid(
                    "n_estimators",
                    n_units,
                    "fewer: there is no memory to list so many trees",
                )
            })?;
            units.extend((0..n_units).map(|unit| (index as u32, unit as u32)));
            parts.resize_with(n_units, || None);
            progress.push(Mutex::new(Progress {
                parts,
                ..Progress::default()
            }));
        }
        Ok(Self {
            x,
            labels,
            estimators: estimators.into_iter().map(Arc::new).collect(),
            columns: Vec::new(),
            ranking: Line::default(),
            ranks: None,
            jobs,
            progress,
            units,
            fitting: Line::default(),
        })
    }

    /// Uses the ranks that another queue on the same matrix made.
    pub fn take_ranks(&mut self, other: &mut Self) {
        self.ranks = other.ranks.take();
    }

    /// Has the fits use other rows, as many, of which none has been looked at yet.
    pub(super) fn replace_rows(&mut self, x: Arc<Array2<f64>>) {
        self.x = x;
    }

    /// Units done and units in all.
    #[must_use]
    pub fn done_of(&self) -> (usize, usize) {
        (self.fitting.n_done, self.units.len())
    }

    /// Milliseconds that one of its fits, on so many columns, may go on without a pause, at most.
    #[must_use]
    pub fn longest_ms(&self, n_features: usize) -> f64 {
        let (n, k) = (self.x.nrows(), self.labels.classes.len());
        let each = self
            .estimators
            .iter()
            .map(|one| one.longest_ms(n, n_features, k));
        each.fold(0.0, f64::max)
    }

    /// The job that the next unit belongs to.
    #[must_use]
    pub fn current(&self) -> Option<&FitJob> {
        self.units
            .get(self.fitting.n_done)
            .map(|&(job, _)| &self.jobs[job as usize])
    }

    /// Works on all threads until everything is done or `stop` says so; `stop` is asked between
    /// units and where they pause. Returns whether everything is done.
    ///
    /// # Errors
    /// `OutOfMemory` or `BeyondFloat32` of columns to be ranked. What goes wrong in one fit becomes
    /// that fit's outcome.
    pub fn run(
        &mut self,
        clock: &(dyn Clock + Sync),
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<bool> {
        if self.ranks.is_none()
            && let Some(job) = self.jobs.first()
        {
            let (estimator, dim) = (&self.estimators[job.estimator], self.x.dim());
            if self.columns.is_empty() {
                let n_columns = estimator.n_ranked(dim)?;
                self.columns.resize_with(n_columns, Mutex::default);
            }
            let mut line = std::mem::take(&mut self.ranking);
            let begin = |column| self.begin_column(column as u32);
            let finished = self.work_off(&mut line, self.columns.len(), &begin, clock, stop);
            self.ranking = line;
            if !finished {
                return Ok(false);
            }
            let columns = self.columns.drain(..).filter_map(|column| {
                let column = column.into_inner();
                column.unwrap_or_else(PoisonError::into_inner)
            });
            self.ranks = Some(Arc::new(Ranks::of_columns(dim.0, columns.collect())?));
        }
        let mut line = std::mem::take(&mut self.fitting);
        let begin = |task| self.begin(self.units[task]);
        let finished = self.work_off(&mut line, self.units.len(), &begin, clock, stop);
        self.fitting = line;
        Ok(finished)
    }

    /// Works on a line of `n` until all of it is done or `stop` says so; gives whether it is.
    fn work_off(
        &self,
        line: &mut Line,
        n: usize,
        begin: &(dyn Fn(usize) -> Begun + Sync),
        clock: &(dyn Clock + Sync),
        stop: &(dyn Fn() -> bool + Sync),
    ) -> bool {
        let (first, n_done) = (line.n_begun, AtomicUsize::new(0));
        let mut again: Vec<_> = std::mem::take(&mut *lock(&line.paused))
            .into_iter()
            .map(|begun| Mutex::new(Some(begun)))
            .collect();
        let (n_drawn, paused) = (AtomicUsize::new(0), &line.paused);
        parallel::run(usize::MAX, again.len() + n - first, |tasks| {
            // Stopping comes before drawing: a unit that was drawn gets on.
            while !stop() {
                let Some(task) = tasks.next() else { break };
                n_drawn.fetch_add(1, Ordering::Relaxed);
                let begun = match again.get(task) {
                    Some(begun) => lock(begun).take(),
                    None => Some(begin(first + task - again.len())),
                };
                match begun.and_then(|begun| self.go_on(begun, clock, stop)) {
                    Some(begun) => lock(paused).push(begun),
                    None => {
                        n_done.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
        });
        line.n_begun += n_drawn.into_inner().saturating_sub(again.len());
        line.n_done += n_done.into_inner();
        let left = again.iter_mut().filter_map(|begun| lock(begun).take());
        lock(&line.paused).extend(left);
        line.n_done == n
    }

    fn begin_column(&self, column: u32) -> Begun {
        let x = self.x.clone();
        let work = async move {
            let ranked = Column::new(x.view(), column as usize);
            Ok(Product::Column(ranked.await))
        };
        Begun::new(column, 0, Box::pin(work))
    }

    fn begin(&self, (job, unit): (u32, u32)) -> Begun {
        let FitJob {
            estimator,
            train,
            shared,
            ..
        } = self.jobs[job as usize].clone();
        let estimator = self.estimators[estimator].clone();
        let (x, labels, ranks) = (self.x.clone(), self.labels.clone(), self.ranks.clone());
        let work = async move {
            let present = labels.present(&train);
            let local = present
                .as_ref()
                .map(|present| local_codes(&labels, present));
            let data = TrainingSet {
                x: x.view(),
                codes: local.as_deref().unwrap_or(&labels.codes),
                n_classes: present.as_ref().map_or(labels.classes.len(), Vec::len),
                rows: &train,
                shared: shared.as_deref(),
            };
            if data.n_classes < 2 {
                return Err(Error::TooFewClasses {
                    got: data.n_classes,
                });
            }
            let ranks = ranks.unwrap_or_default();
            let part = estimator.fit_unit(&data, &ranks, unit as usize);
            part.await.map(Product::Part)
        };
        Begun::new(job, unit, Box::pin(work))
    }

    /// Works until it is done or, where it pauses, `stop` says so: then it comes back.
    fn go_on(
        &self,
        mut begun: Begun,
        clock: &(dyn Clock + Sync),
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Option<Begun> {
        loop {
            let start = clock.now_ms();
            let product = loop {
                // Nobody has to wake it: it never waits.
                match begun
                    .work
                    .as_mut()
                    .poll(&mut Context::from_waker(Waker::noop()))
                {
                    Poll::Ready(product) => break Some(product),
                    Poll::Pending if stop() => break None,
                    Poll::Pending => {}
                }
            };
            begun.spent_ms += clock.now_ms() - start;
            let Some(product) = product else {
                return Some(begun);
            };
            begun = self.finish(&begun, product)?;
        }
    }

    /// Takes in what came of a work; gives what is still to be done after a fit's last unit.
    fn finish(&self, begun: &Begun, product: Result<Product>) -> Option<Begun> {
        let (index, unit) = (begun.index as usize, begun.unit as usize);
        let mut progress = match product {
            Ok(Product::Column(column)) => {
                *lock(&self.columns[index]) = Some(column);
                return None;
            }
            Ok(Product::Fit(fitted, score)) => {
                let mut progress = lock(&self.progress[index]);
                (progress.outcome.fitted, progress.outcome.score) = (fitted, score);
                return None;
            }
            Ok(Product::Part(part)) => {
                let mut progress = lock(&self.progress[index]);
                progress.parts[unit] = Some(part);
                progress
            }
            Err(error) => {
                let mut progress = lock(&self.progress[index]);
                // The first by number: which was the first in time depends on the threads.
                if progress.outcome.error.is_none() || unit < progress.failed {
                    progress.failed = unit;
                    progress.outcome.error = Some(error);
                }
                progress
            }
        };
        progress.n_done += 1;
        progress.outcome.fit_ms += begun.spent_ms;
        if progress.n_done != progress.parts.len() || progress.outcome.error.is_some() {
            return None;
        }
        let parts = std::mem::take(&mut progress.parts);
        Some(self.put_together(index as u32, parts.into_iter().flatten().collect()))
    }

    /// Puts a fit's parts together and scores it, where that is asked for.
    fn put_together(&self, job: u32, parts: Vec<Part>) -> Begun {
        let FitJob {
            estimator,
            train,
            test,
            ..
        } = self.jobs[job as usize].clone();
        let estimator = self.estimators[estimator].clone();
        let (x, labels) = (self.x.clone(), self.labels.clone());
        let work = async move {
            let present = labels.present(&train);
            let n_classes = present.as_ref().map_or(labels.classes.len(), Vec::len);
            let fitted = estimator.assemble(x.ncols(), n_classes, parts).await?;
            let Some((test, scoring)) = test else {
                return Ok(Product::Fit(Some(fitted), None));
            };
            // Codes as labels, so that predictions come out as codes.
            let codes = present.unwrap_or_else(|| (0..n_classes as i32).collect());
            let score = score(scoring, &fitted, &x, &labels, &codes, &test).await?;
            Ok(Product::Fit(None, Some(score)))
        };
        Begun::new(job, 0, Box::pin(work))
    }

    /// What came of the fits, in order of the jobs.
    pub fn take_outcomes(&mut self) -> Vec<Outcome> {
        self.progress
            .iter()
            .map(|progress| std::mem::take(&mut lock(progress).outcome))
            .collect()
    }
}

/// A poisoned lock only means that a unit panicked, which ends the whole run elsewhere.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
