//! One fit on all rows: at once, or worked off in steps.

use std::sync::Arc;

use ndarray::Array2;

use super::fit_job::{FitJob, Outcome};
use super::prepared_queue::PreparedQueue;
use crate::data::dataset::{not_row_major, refuse_other_length};
use crate::data::{Described, Labels, Schema};
use crate::error::{Error, Result};
use crate::measure::clock::{Clock, NoClock};
use crate::models::estimator::{Estimator, EstimatorSpec};
use crate::models::model::Model;

/// Fits an estimator on `x`, `(n_samples, n_features)`, row-major, and a label a row, on all threads of the pool.
///
/// # Errors
/// `InvalidParam`, `NotFound`, `TooFewClasses`, `ShapeMismatch`, `OutOfMemory`.
pub fn fit(spec: &EstimatorSpec, x: impl Into<Described>, y: &[i32]) -> Result<Model> {
    let whole = Fit::new(spec, x, y)?.run(&NoClock, &|| false)?;
    // A fit that nothing stops is done.
    whole.ok_or(Error::Aborted)
}

/// A fit of one estimator.
#[derive(Debug)]
pub struct Fit {
    spec: EstimatorSpec,
    labels: Arc<Labels>,
    schema: Option<Arc<Schema>>,
    queue: PreparedQueue,
}

impl Fit {
    /// Checks the settings and lines up the fit's units.
    ///
    /// # Errors
    /// `InvalidParam`, `NotFound`, `TooFewClasses`, `ShapeMismatch`.
    pub fn new(spec: &EstimatorSpec, x: impl Into<Described>, y: &[i32]) -> Result<Self> {
        let spec = spec.clone().seeded()?;
        let estimator = Estimator::from_spec(&spec)?;
        let x = x.into();
        let labels = Arc::new(checked_labels(&x.x, y)?);
        let estimator = estimator.of_classes(&labels.classes, x.class_names())?;
        let job = FitJob {
            estimator: 0,
            train: (0..x.x.nrows() as u32).collect(),
            test: None,
            shared: None,
        };
        let settings = spec.preprocess()?;
        let folds = vec![vec![job]];
        let queue = PreparedQueue::new(&x, &labels, vec![estimator], folds, settings)?;
        Ok(Self {
            spec,
            schema: schema_of(&x, &labels),
            labels,
            queue,
        })
    }

    /// Units done and units in all.
    #[must_use]
    pub fn done_of(&self) -> (usize, usize) {
        self.queue.done_of()
    }

    /// Milliseconds that it may go on without a pause, at most.
    #[must_use]
    pub fn longest_ms(&self) -> f64 {
        self.queue.longest_ms()
    }

    /// Works until done or `stop` says so; the model comes with the last step.
    ///
    /// # Errors
    /// `InvalidParam` where the settings do not go with the data, `OutOfMemory`.
    pub fn run(
        &mut self,
        clock: &(dyn Clock + Sync),
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Model>> {
        if !self.queue.run(clock, stop)? {
            return Ok(None);
        }
        let spec = self.spec.clone();
        take_model(&mut self.queue, spec, &self.labels, self.schema.clone()).map(Some)
    }
}

/// A code for every label, one a row of `x`, which is row-major.
///
/// # Errors
/// `ShapeMismatch`, `TooFewClasses`.
pub(super) fn checked_labels(x: &Array2<f64>, y: &[i32]) -> Result<Labels> {
    if !x.is_standard_layout() {
        return Err(not_row_major());
    }
    refuse_other_length(x.nrows(), y)?;
    Labels::encode(y)
}

/// What a model keeps of the rows' schema: the names of classes only where every label has one.
pub(super) fn schema_of(x: &Described, labels: &Labels) -> Option<Arc<Schema>> {
    let schema = x.schema.as_ref()?;
    let n_names = schema.class_names.as_ref().map_or(0, Vec::len);
    let is_named = |label: &i32| usize::try_from(*label).is_ok_and(|label| label < n_names);
    if schema.class_names.is_none() || labels.classes.iter().all(is_named) {
        return Some(schema.clone());
    }
    Some(Arc::new(Schema {
        columns: schema.columns.clone(),
        class_names: None,
    }))
}

/// The model of the last job of a queue that is done.
///
/// # Errors
/// What that fit could not go on for.
pub(super) fn take_model(
    queue: &mut PreparedQueue,
    spec: EstimatorSpec,
    labels: &Labels,
    schema: Option<Arc<Schema>>,
) -> Result<Model> {
    match queue.take_outcomes().pop() {
        Some(Outcome {
            fitted: Some(fitted),
            ..
        }) => Ok(Model {
            spec: spec.told(),
            classes: labels.classes.clone(),
            fitted,
            schema,
        }),
        Some(Outcome {
            error: Some(error), ..
        }) => Err(error),
        _ => Err(Error::Aborted),
    }
}
