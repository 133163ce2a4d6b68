//! What one of many fits is, what comes of it, and how it is scored.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use ndarray::Array2;

use crate::data::Labels;
use crate::data::scratch::Scratch;
use crate::data::shared::Shared;
use crate::error::{Error, Result};
use crate::models::classifier::Classifier;
use crate::models::estimator::{Fitted, Part};
use crate::models::forest::training::feature_ranks::Column;
use crate::parallel::pause::pause;

/// Rows scored at once, and how long that may take about.
const SCORE_ROWS: usize = 256;
const SCORE_NS: usize = 20_000_000;

/// One fit: which settings on which rows, and the rows it is scored on.
#[derive(Debug, Clone)]
pub struct FitJob {
    /// Index into the queue's estimators.
    pub estimator: usize,
    /// Rows to train on.
    pub train: Arc<[u32]>,
    /// Rows to score on; the model is dropped after that. `None` keeps the model.
    pub test: Option<Arc<[u32]>>,
    /// What it shares with the other fits on these rows.
    pub shared: Option<Arc<Shared>>,
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

/// Accuracy on `rows`.
pub(super) async fn score(
    fitted: &Fitted,
    x: &Array2<f64>,
    labels: &Labels,
    codes: &[i32],
    rows: &[u32],
) -> f64 {
    let mut block = Scratch::empty(SCORE_ROWS * x.ncols());
    let mut predicted = [0; SCORE_ROWS];
    let mut n_right = 0;
    let at_once = SCORE_NS / fitted.row_ns().max(1);
    for rows in rows.chunks(at_once.clamp(1, SCORE_ROWS)) {
        block.clear();
        for &row in rows {
            block.extend(x.row(row as usize));
        }
        let predicted = &mut predicted[..rows.len()];
        fitted.predict_into(&block, codes, predicted);
        n_right += rows
            .iter()
            .zip(predicted.iter())
            .filter(|(row, code)| labels.codes[**row as usize] == **code as u32)
            .count();
        pause().await;
    }
    n_right as f64 / rows.len() as f64
}

/// The codes that occur among `rows`, where some do not.
pub(super) fn present(labels: &Labels, rows: &[u32]) -> Option<Vec<i32>> {
    let mut seen = Scratch::<bool>::zeros(labels.classes.len());
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
            .zip(&**seen)
            .filter(|(_, seen)| **seen)
            .map(|(code, _)| code)
            .collect(),
    )
}

/// Codes that count only the `present` ones.
pub(super) fn local_codes(labels: &Labels, present: &[i32]) -> Vec<u32> {
    let local = |code: u32| present.partition_point(|&c| c < code as i32) as u32;
    labels.codes.iter().map(|&code| local(code)).collect()
}
