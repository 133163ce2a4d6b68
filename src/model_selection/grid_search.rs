//! Exhaustive search over a grid with stratified folds: scikit-learn's `GridSearchCV`, refit
//! included.
//!
//! ```
//! use std::sync::Arc;
//! use breakeven::data::make_classification::{MakeClassification, make_classification};
//! use breakeven::measure::clock::NoClock;
//! use breakeven::model_selection::grid_search::GridSearch;
//!
//! let (x, y) = make_classification(&MakeClassification { n_samples: 200, ..Default::default() })?;
//! let spec = serde_json::from_str(
//!     r#"{ "estimator": "LogisticRegression", "param_grid": { "C": [0.01, 1], "penalty": ["l1", "l2"] } }"#,
//! )?;
//! let mut search = GridSearch::new(&spec, Arc::new(x), &y, &NoClock)?;
//! let found = search.run(&NoClock, &|| false)?.expect("nothing stopped it");
//! assert_eq!(found.cv_results.params.len(), 4);
//! assert_eq!(found.best_score, found.cv_results.mean_test_score[found.best_index]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Over 400 lines with this example: settings, steps and results of a search are read together.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::fit::{checked_labels, schema_of, take_model};
use super::fit_job::{FitJob, Outcome};
use super::k_fold::stratified_k_fold;
use super::parameter_grid::{Grid, ParameterGrid, best_index, rank_test_score};
use super::prepared_queue::PreparedQueue;
use super::scoring::Scoring;
use crate::data::numpy_sum::pairwise_sum;
use crate::data::shared::Shared;
use crate::data::{Described, Labels, Schema};
use crate::error::{Error, Result};
use crate::measure::clock::Clock;
use crate::models::estimator::{Estimator, EstimatorSpec};
use crate::models::model::Model;
use crate::models::params::{ParamValue, Params};

/// Memory for what the fits of a search share, all folds together.
const SHARED_BYTES: usize = 32 << 20;

/// One grid or several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ParamGrid {
    /// One.
    One(Grid),
    /// Several, searched one after the other.
    Several(Vec<Grid>),
}

/// What to search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GridSearchSpec {
    /// The estimator, with the settings that stay.
    #[serde(flatten)]
    pub estimator: EstimatorSpec,
    /// The settings that vary.
    pub param_grid: ParamGrid,
    /// Number of stratified folds, not shuffled; 5 where left out.
    #[serde(default)]
    pub cv: Option<f64>,
    /// A name of [`Scoring`]; `accuracy` where left out.
    #[serde(default)]
    pub scoring: Option<String>,
}

/// scikit-learn's `cv_results_`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "page", derive(tsify::Tsify))]
#[cfg_attr(feature = "page", tsify(missing_as_null, hashmap_as_object))]
pub struct CvResults {
    /// The candidates, in the grid's order.
    #[cfg_attr(feature = "page", tsify(type = "Record<string, unknown>[]"))]
    pub params: Vec<Params>,
    /// `[candidate][fold]`.
    pub split_test_score: Vec<Vec<f64>>,
    /// Unweighted mean over the folds.
    pub mean_test_score: Vec<f64>,
    /// Population standard deviation over the folds.
    pub std_test_score: Vec<f64>,
    /// 1 is best; equal scores share the smallest rank; NaN ranks last.
    pub rank_test_score: Vec<u32>,
    /// Mean time inside a fit, milliseconds.
    pub mean_fit_time_ms: Vec<f64>,
    /// Why a candidate could not be fitted, or scored.
    pub error: Vec<Option<String>>,
}

/// What a search found.
#[derive(Debug)]
pub struct GridSearchResult {
    /// Settings of the best candidate.
    pub best_params: Params,
    /// Its mean score over the folds.
    pub best_score: f64,
    /// Its place among the candidates.
    pub best_index: usize,
    /// Fitted with them on all rows.
    pub best_estimator: Model,
    /// All candidates.
    pub cv_results: CvResults,
    /// Search and refit, milliseconds of wall clock.
    pub training_time_ms: f64,
    /// The refit alone.
    pub refit_time_ms: f64,
    /// What a reader of the scores should know.
    pub notes: Vec<String>,
}

#[derive(Debug)]
enum Stage {
    Search(PreparedQueue),
    Refit {
        queue: PreparedQueue,
        cv_results: CvResults,
        best_index: usize,
        since_ms: f64,
    },
    Done,
}

/// A search that is worked off in steps.
#[derive(Debug)]
pub struct GridSearch {
    spec: EstimatorSpec,
    x: Described,
    schema: Option<Arc<Schema>>,
    labels: Arc<Labels>,
    candidates: Vec<Params>,
    /// The candidates' estimators, or why there is none.
    checked: Vec<Result<Estimator>>,
    n_folds: usize,
    stage: Stage,
    since_ms: f64,
    done: usize,
    total: usize,
}

impl GridSearch {
    /// Checks the grid and lines up its fits.
    ///
    /// # Errors
    /// `InvalidParam` for an empty grid, a number of folds that the classes do not allow, a scoring
    /// that there is not or that does not go with the estimator or the classes, or where no candidate's settings are possible; `TooFewClasses`; `ShapeMismatch`.
    pub fn new(
        spec: &GridSearchSpec,
        x: impl Into<Described>,
        y: &[i32],
        clock: &dyn Clock,
    ) -> Result<Self> {
        let scoring = Scoring::named(spec.scoring.as_deref())?;
        let cv = spec.cv.unwrap_or(5.0);
        if cv.fract() != 0.0 || !(2.0..=1e6).contains(&cv) {
            return Err(Error::invalid("cv", cv, "a whole number of at least 2"));
        }
        let since_ms = clock.now_ms();
        let x = x.into();
        let labels = Arc::new(checked_labels(&x.x, y)?);
        scoring.refuse(&spec.estimator, labels.classes.len())?;
        let grids = match &spec.param_grid {
            ParamGrid::One(grid) => vec![grid.clone()],
            ParamGrid::Several(grids) => grids.clone(),
        };
        let estimator = spec.estimator.clone().seeded()?;
        let candidates = estimator.seeded_each(ParameterGrid::new(grids)?.candidates())?;
        let checked: Vec<_> = candidates
            .iter()
            .map(|candidate| {
                Estimator::from_spec(&with(&estimator, candidate))?
                    .of_classes(&labels.classes, x.class_names())
            })
            .collect();
        let folds = stratified_k_fold(&labels.codes, labels.classes.len(), cv as usize)?;
        let estimators: Vec<_> = checked
            .iter()
            .filter_map(|e| e.as_ref().ok().cloned())
            .collect();
        if estimators.is_empty()
            && let Some(Err(error)) = checked.first()
        {
            return Err(error.clone());
        }
        let n_folds = folds.len();
        let each = folds.into_iter().map(|fold| {
            let (train, test): (Arc<[u32]>, Arc<[u32]>) = (fold.train.into(), fold.test.into());
            let shared =
                (estimators.len() > 1).then(|| Arc::new(Shared::new(SHARED_BYTES / n_folds)));
            let job = |estimator| FitJob {
                estimator,
                train: train.clone(),
                test: Some((test.clone(), scoring)),
                shared: shared.clone(),
            };
            (0..estimators.len()).map(job).collect()
        });
        let jobs: Vec<Vec<_>> = each.collect();
        let refit_units = estimators.iter().map(Estimator::n_units).max().unwrap_or(1);
        let settings = estimator.preprocess()?;
        let queue = PreparedQueue::new(&x, &labels, estimators, jobs, settings)?;
        let total = queue.done_of().1 + refit_units;
        Ok(Self {
            spec: estimator,
            schema: schema_of(&x, &labels),
            x,
            labels,
            candidates,
            checked,
            n_folds,
            stage: Stage::Search(queue),
            since_ms,
            done: 0,
            total,
        })
    }

    /// Units done and units in all.
    #[must_use]
    pub fn done_of(&self) -> (usize, usize) {
        (self.done, self.total)
    }

    /// Milliseconds that a fit may go on without a pause, at most.
    #[must_use]
    pub fn longest_ms(&self) -> f64 {
        match &self.stage {
            Stage::Search(queue) | Stage::Refit { queue, .. } => queue.longest_ms(),
            Stage::Done => 0.0,
        }
    }

    /// Settings now being fitted, or `None` in the refit.
    #[must_use]
    pub fn current(&self) -> Option<&Params> {
        match &self.stage {
            Stage::Search(queue) => {
                let job = queue.current()?;
                let valid = self
                    .checked
                    .iter()
                    .zip(&self.candidates)
                    .filter(|(checked, _)| checked.is_ok());
                valid.map(|(_, params)| params).nth(job.estimator)
            }
            _ => None,
        }
    }

    /// Works until done or `stop` says so; the result comes with the last step.
    ///
    /// # Errors
    /// Of the fits where every candidate failed, or of the refit.
    pub fn run(
        &mut self,
        clock: &(dyn Clock + Sync),
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<GridSearchResult>> {
        if let Stage::Search(queue) = &mut self.stage {
            let finished = queue.run(clock, stop)?;
            self.done = queue.done_of().0;
            if !finished {
                return Ok(None);
            }
            self.begin_refit(clock)?;
        }
        if let Stage::Refit { queue, .. } = &mut self.stage {
            let n_search = self.total - queue.done_of().1;
            let finished = queue.run(clock, stop)?;
            self.done = n_search + queue.done_of().0;
            if !finished {
                return Ok(None);
            }
        }
        self.finish(clock)
    }

    fn begin_refit(&mut self, clock: &dyn Clock) -> Result<()> {
        let Stage::Search(mut queue) = std::mem::replace(&mut self.stage, Stage::Done) else {
            return Ok(());
        };
        let outcomes = queue.take_outcomes();
        // Where nothing has a score though it could be fitted, the scoring is at fault.
        let unscored = outcomes.iter().find_map(|outcome| match &outcome.error {
            Some(error @ Error::InvalidParam { name, .. }) if name == "scoring" => {
                Some(error.clone())
            }
            _ => None,
        });
        let cv_results = self.checked_results(outcomes);
        let best_index = best_index(&cv_results.rank_test_score).unwrap_or_default();
        // Where the best is NaN, so is every other: none could be fitted, or scored.
        if cv_results
            .mean_test_score
            .get(best_index)
            .is_none_or(|score| score.is_nan())
        {
            let reason = cv_results
                .error
                .into_iter()
                .flatten()
                .next()
                .unwrap_or_default();
            let allowed = "one with a candidate that can be fitted";
            let refused = self
                .checked
                .iter()
                .find_map(|checked| checked.as_ref().err().cloned());
            return Err(refused
                .or(unscored)
                .unwrap_or_else(|| Error::invalid("param_grid", reason, allowed)));
        }
        let Some(Ok(estimator)) = self.checked.get(best_index) else {
            return Ok(());
        };
        let rows: Arc<[u32]> = (0..self.x.x.nrows() as u32).collect();
        let job = FitJob {
            estimator: 0,
            train: rows,
            test: None,
            shared: None,
        };
        let mut refit = PreparedQueue::new(
            &self.x,
            &self.labels,
            vec![estimator.clone()],
            vec![vec![job]],
            self.spec.preprocess()?,
        )?;
        refit.take_ranks(&mut queue);
        self.total = queue.done_of().1 + refit.done_of().1;
        self.stage = Stage::Refit {
            queue: refit,
            cv_results,
            best_index,
            since_ms: clock.now_ms(),
        };
        Ok(())
    }

    /// scikit-learn's table: fits that failed score NaN, as do candidates that were never possible.
    fn checked_results(&self, outcomes: Vec<Outcome>) -> CvResults {
        let mut outcomes = outcomes.into_iter();
        let mut results = CvResults {
            params: self.candidates.clone(),
            split_test_score: Vec::new(),
            mean_test_score: Vec::new(),
            std_test_score: Vec::new(),
            rank_test_score: Vec::new(),
            mean_fit_time_ms: Vec::new(),
            error: Vec::new(),
        };
        for checked in &self.checked {
            let folds: Vec<_> = match checked {
                Ok(_) => outcomes.by_ref().take(self.n_folds).collect(),
                Err(_) => Vec::new(),
            };
            let mut scores: Vec<_> = folds
                .iter()
                .map(|fold| fold.score.unwrap_or(f64::NAN))
                .collect();
            scores.resize(self.n_folds, f64::NAN);
            let n = self.n_folds as f64;
            // numpy's order of summing: it decides which of equal means ranks first.
            let mean = pairwise_sum(self.n_folds, &|i| scores[i]) / n;
            let square = |i: usize| (scores[i] - mean) * (scores[i] - mean);
            let variance = pairwise_sum(self.n_folds, &square) / n;
            let error = match checked {
                Err(error) => Some(error.to_string()),
                Ok(_) => folds
                    .iter()
                    .find_map(|fold| fold.error.as_ref().map(ToString::to_string)),
            };
            results
                .mean_fit_time_ms
                .push(folds.iter().map(|fold| fold.fit_ms).sum::<f64>() / n);
            results.split_test_score.push(scores);
            results.mean_test_score.push(mean);
            results.std_test_score.push(variance.sqrt());
            results.error.push(error);
        }
        results.rank_test_score = rank_test_score(&results.mean_test_score);
        results
    }

    /// scikit-learn's warning of a class that some folds lack.
    fn notes(&self) -> Vec<String> {
        let mut counts = vec![0_usize; self.labels.classes.len()];
        for &code in &self.labels.codes {
            counts[code as usize] += 1;
        }
        let least = counts.iter().copied().min().unwrap_or_default();
        if least >= self.n_folds {
            return Vec::new();
        }
        let rows = if least == 1 { "row" } else { "rows" };
        vec![format!(
            "The least populated class has only {least} {rows}, which is less than the {} folds: some test rows lack it.",
            self.n_folds
        )]
    }

    fn finish(&mut self, clock: &dyn Clock) -> Result<Option<GridSearchResult>> {
        let Stage::Refit {
            mut queue,
            cv_results,
            best_index,
            since_ms,
        } = std::mem::replace(&mut self.stage, Stage::Done)
        else {
            return Ok(None);
        };
        let best_params = self.candidates[best_index].clone();
        let spec = with(&self.spec, &best_params);
        let best_estimator = take_model(&mut queue, spec, &self.labels, self.schema.clone())?;
        let now = clock.now_ms();
        Ok(Some(GridSearchResult {
            best_score: cv_results.mean_test_score[best_index],
            best_params,
            best_index,
            best_estimator,
            cv_results,
            notes: self.notes(),
            training_time_ms: now - self.since_ms,
            refit_time_ms: now - since_ms,
        }))
    }
}

/// The settings that stay together with a candidate's, which win.
fn with(spec: &EstimatorSpec, candidate: &Params) -> EstimatorSpec {
    let mut spec = spec.clone();
    spec.params.extend(
        candidate
            .iter()
            .map(|(name, value): (&String, &ParamValue)| (name.clone(), value.clone())),
    );
    spec
}
