//! What one of many fits is, and what comes of it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use super::scoring::Scoring;
use crate::data::Labels;
use crate::data::shared::Shared;
use crate::error::{Error, Result};
use crate::models::estimator::{Fitted, Part};
use crate::models::forest::training::feature_ranks::Column;

/// One fit: which settings on which rows, and the rows it is scored on.
#[derive(Debug, Clone)]
pub struct FitJob {
    /// Index into the queue's estimators.
    pub estimator: usize,
    /// Rows to train on.
    pub train: Arc<[u32]>,
    /// Rows to score on, and by what; the model is dropped after that. `None` keeps the model.
    pub test: Option<(Arc<[u32]>, Scoring)>,
    /// What it shares with the other fits on these rows.
    pub shared: Option<Arc<Shared>>,
}

/// What came of one fit.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The model, where it was to be kept.
    pub fitted: Option<Fitted>,
    /// On the test rows.
    pub score: Option<f64>,
    /// Time inside the fit's units, milliseconds.
    pub fit_ms: f64,
    /// Why it could not be fitted, or scored.
    pub error: Option<Error>,
}

/// What work leads to.
pub(super) enum Product {
    Column(Result<Column>),
    Part(Part),
    /// A fit put together: the model, where it is to be kept, or how it scored.
    Fit(Option<Fitted>, Option<f64>),
}

pub(super) type Work = Pin<Box<dyn Future<Output = Result<Product>> + Send>>;

/// Work under way: of a column, or of a job.
pub(super) struct Begun {
    /// Of the column, or of the job.
    pub(super) index: u32,
    pub(super) unit: u32,
    pub(super) spent_ms: f64,
    pub(super) work: Work,
}

impl Begun {
    pub(super) fn new(index: u32, unit: u32, work: Work) -> Self {
        Self {
            index,
            unit,
            spent_ms: 0.0,
            work,
        }
    }
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unit {} of {}", self.unit, self.index)
    }
}

/// Codes that count only the `present` ones.
pub(super) fn local_codes(labels: &Labels, present: &[i32]) -> Vec<u32> {
    let local = |code: u32| present.partition_point(|&c| c < code as i32) as u32;
    labels.codes.iter().map(|&code| local(code)).collect()
}
