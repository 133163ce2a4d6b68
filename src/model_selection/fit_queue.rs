//! Many fits as one queue of small units, worked off by all threads, in steps.
//!
//! Each (candidate, fold) fit splits into units (a forest's are its trees), and all units of all
//! fits lie in one list: threads stay busy to the end, progress is fine-grained, and the caller
//! can stop between two units, or where one pauses, and go on later or not at all. What comes out
//! does not depend on when that was.

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use ndarray::Array2;

use crate::data::{Labels, TrainingSet};
use crate::error::{Error, Result};
use crate::measure::clock::Clock;
use crate::models::classifier::Classifier;
use crate::models::estimator::{Estimator, Fitted, Part, Prepared};
use crate::parallel;

/// Rows scored at once.
const SCORE_ROWS: usize = 256;

/// One fit: which settings on which rows, and the rows it is scored on.
#[derive(Debug, Clone)]
pub struct FitJob {
    /// Index into the queue's estimators.
    pub estimator: usize,
    /// Rows to train on.
    pub train: Arc<[u32]>,
    /// Rows to score on; the model is dropped after that. `None` keeps the model.
    pub test: Option<Arc<[u32]>>,
}

/// What came of one fit.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The model, where it was to be kept.
    pub fitted: Option<Fitted>,
    /// Accuracy on the test rows.
    pub score: Option<f64>,
    /// Time inside the fit's units, milliseconds.
    pub fit_ms: f64,
    /// Why it could not be fitted.
    pub error: Option<Error>,
}

/// A unit under way.
struct Begun {
    job: u32,
    unit: u32,
    spent_ms: f64,
    fit: Pin<Box<dyn Future<Output = Result<Part>> + Send>>,
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unit {} of job {}", self.unit, self.job)
    }
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
    /// Codes as labels, so that predictions come out as codes.
    code_labels: Vec<i32>,
    estimators: Vec<Arc<Estimator>>,
    prepared: Option<Arc<Prepared>>,
    jobs: Vec<FitJob>,
    progress: Vec<Mutex<Progress>>,
    /// `(job, unit)`.
    units: Vec<(u32, u32)>,
    n_begun: usize,
    paused: Mutex<Vec<Begun>>,
    n_done: usize,
}

impl FitQueue {
    /// A queue of `jobs`; `x` has a row and `labels` a code a sample.
    #[must_use]
    pub fn new(
        x: Arc<Array2<f64>>,
        labels: Arc<Labels>,
        estimators: Vec<Estimator>,
        jobs: Vec<FitJob>,
    ) -> Self {
        let mut units = Vec::new();
        let mut progress = Vec::with_capacity(jobs.len());
        for (index, job) in jobs.iter().enumerate() {
            let n_units = estimators[job.estimator].n_units();
            units.extend((0..n_units).map(|unit| (index as u32, unit as u32)));
            let parts = (0..n_units).map(|_| None).collect();
            progress.push(Mutex::new(Progress {
                parts,
                ..Progress::default()
            }));
        }
        let code_labels = (0..labels.classes.len() as i32).collect();
        Self {
            x,
            labels,
            code_labels,
            estimators: estimators.into_iter().map(Arc::new).collect(),
            prepared: None,
            jobs,
            progress,
            units,
            n_begun: 0,
            paused: Mutex::default(),
            n_done: 0,
        }
    }

    /// Uses what another queue on the same matrix prepared.
    pub fn take_prepared(&mut self, other: &mut Self) {
        self.prepared = other.prepared.take();
    }

    /// Units done and units in all.
    #[must_use]
    pub fn done_of(&self) -> (usize, usize) {
        (self.n_done, self.units.len())
    }

    /// The job that the next unit belongs to.
    #[must_use]
    pub fn current(&self) -> Option<&FitJob> {
        self.units
            .get(self.n_done)
            .map(|&(job, _)| &self.jobs[job as usize])
    }

    /// Works on all threads until everything is done or `stop` says so; `stop` is asked between
    /// units and where they pause. Returns whether everything is done.
    ///
    /// # Errors
    /// `OutOfMemory` while preparing. What goes wrong in one fit becomes that fit's outcome.
    pub fn run(
        &mut self,
        clock: &(dyn Clock + Sync),
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<bool> {
        if self.prepared.is_none()
            && let Some(job) = self.jobs.first()
        {
            let prepared = self.estimators[job.estimator].prepare(self.x.view())?;
            self.prepared = Some(Arc::new(prepared));
        }
        let (first, n_done) = (self.n_begun, AtomicUsize::new(0));
        let n_left = self.units.len() - first;
        let mut again: Vec<_> = std::mem::take(&mut *lock(&self.paused))
            .into_iter()
            .map(|begun| Mutex::new(Some(begun)))
            .collect();
        let n_drawn = AtomicUsize::new(0);
        parallel::run(usize::MAX, again.len() + n_left, |tasks| {
            // Stopping comes before drawing: a unit that was drawn gets on.
            while !stop() {
                let Some(task) = tasks.next() else { break };
                n_drawn.fetch_add(1, Ordering::Relaxed);
                let begun = match again.get(task) {
                    Some(begun) => lock(begun).take(),
                    None => Some(self.begin(self.units[first + task - again.len()])),
                };
                match begun.and_then(|begun| self.go_on(begun, clock, stop)) {
                    Some(begun) => lock(&self.paused).push(begun),
                    None => {
                        n_done.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
        });
        self.n_begun += n_drawn.into_inner().saturating_sub(again.len());
        self.n_done += n_done.into_inner();
        let mut paused = lock(&self.paused);
        paused.extend(again.iter_mut().filter_map(|begun| lock(begun).take()));
        Ok(self.n_done == self.units.len())
    }

    fn begin(&self, (job, unit): (u32, u32)) -> Begun {
        let train = self.jobs[job as usize].train.clone();
        let estimator = self.estimators[self.jobs[job as usize].estimator].clone();
        let (x, labels, prepared) = (self.x.clone(), self.labels.clone(), self.prepared.clone());
        let fit = async move {
            let present = present(&labels, &train);
            let local = present
                .as_ref()
                .map(|present| local_codes(&labels, present));
            let data = TrainingSet {
                x: x.view(),
                codes: local.as_deref().unwrap_or(&labels.codes),
                n_classes: present.as_ref().map_or(labels.classes.len(), Vec::len),
                rows: &train,
            };
            if data.n_classes < 2 {
                return Err(Error::TooFewClasses {
                    got: data.n_classes,
                });
            }
            let prepared = prepared.as_deref().unwrap_or(&Prepared::None);
            estimator.fit_unit(&data, prepared, unit as usize).await
        };
        Begun {
            job,
            unit,
            spent_ms: 0.0,
            fit: Box::pin(fit),
        }
    }

    /// Works on a unit until it is done or, where it pauses, `stop` says so: then it comes back.
    fn go_on(
        &self,
        mut begun: Begun,
        clock: &(dyn Clock + Sync),
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Option<Begun> {
        let start = clock.now_ms();
        let part = loop {
            // Nobody has to wake it: it never waits.
            match begun
                .fit
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
            {
                Poll::Ready(part) => break Some(part),
                Poll::Pending if stop() => break None,
                Poll::Pending => {}
            }
        };
        begun.spent_ms += clock.now_ms() - start;
        let Some(part) = part else {
            return Some(begun);
        };
        self.finish(
            begun.job as usize,
            begun.unit as usize,
            part,
            begun.spent_ms,
        );
        None
    }

    fn finish(&self, index: usize, unit: usize, part: Result<Part>, spent: f64) {
        let job = &self.jobs[index];
        let mut progress = lock(&self.progress[index]);
        progress.outcome.fit_ms += spent;
        progress.n_done += 1;
        match part {
            Ok(part) => progress.parts[unit] = Some(part),
            // The first by number: which was the first in time depends on the threads.
            Err(error) if progress.outcome.error.is_none() || unit < progress.failed => {
                progress.failed = unit;
                progress.outcome.error = Some(error);
            }
            Err(_) => {}
        }
        if progress.n_done < progress.parts.len() || progress.outcome.error.is_some() {
            return;
        }
        let parts = std::mem::take(&mut progress.parts)
            .into_iter()
            .flatten()
            .collect();
        let present = present(&self.labels, &job.train);
        let n_classes = present.as_ref().map_or(self.labels.classes.len(), Vec::len);
        let estimator = &self.estimators[job.estimator];
        let fitted = match estimator.assemble(self.x.ncols(), n_classes, parts) {
            Ok(fitted) => fitted,
            Err(error) => {
                progress.outcome.error = Some(error);
                return;
            }
        };
        match &job.test {
            None => progress.outcome.fitted = Some(fitted),
            Some(test) => {
                let labels = present.as_ref().unwrap_or(&self.code_labels);
                progress.outcome.score = Some(self.score(&fitted, labels, test));
            }
        }
    }

    fn score(&self, fitted: &Fitted, labels: &[i32], rows: &[u32]) -> f64 {
        let width = self.x.ncols();
        let mut block = Vec::with_capacity(SCORE_ROWS * width);
        let mut predicted = [0; SCORE_ROWS];
        let mut n_right = 0;
        for rows in rows.chunks(SCORE_ROWS) {
            block.clear();
            for &row in rows {
                block.extend(self.x.row(row as usize));
            }
            let predicted = &mut predicted[..rows.len()];
            fitted.predict_into(&block, labels, predicted);
            n_right += rows
                .iter()
                .zip(predicted.iter())
                .filter(|(row, code)| self.labels.codes[**row as usize] == **code as u32)
                .count();
        }
        n_right as f64 / rows.len() as f64
    }

    /// What came of the fits, in order of the jobs.
    pub fn take_outcomes(&mut self) -> Vec<Outcome> {
        self.progress
            .iter()
            .map(|progress| std::mem::take(&mut lock(progress).outcome))
            .collect()
    }
}

/// The codes that occur among `rows`, where some do not.
fn present(labels: &Labels, rows: &[u32]) -> Option<Vec<i32>> {
    let mut seen = vec![false; labels.classes.len()];
    let mut missing = seen.len();
    for &row in rows {
        let seen = &mut seen[labels.codes[row as usize] as usize];
        if !*seen {
            *seen = true;
            missing -= 1;
            if missing == 0 {
                return None;
            }
        }
    }
    Some(
        (0..)
            .zip(&seen)
            .filter(|(_, seen)| **seen)
            .map(|(code, _)| code)
            .collect(),
    )
}

/// Codes that count only the `present` ones.
fn local_codes(labels: &Labels, present: &[i32]) -> Vec<u32> {
    let local = |code: u32| present.partition_point(|&c| c < code as i32) as u32;
    labels.codes.iter().map(|&code| local(code)).collect()
}

/// A poisoned lock only means that a unit panicked, which ends the whole run elsewhere.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
