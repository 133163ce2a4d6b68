//! Fits and searches, worked off in steps so that the worker hears a cancel between two.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::clock::{BrowserClock, after};
use super::convert::{from_js, to_js};
use super::data::Matrix;
use super::model::Model;
use crate::error::{Error, Result};
use crate::model_selection::fit;
use crate::model_selection::grid_search::{self, GridSearchSpec};
use crate::models::estimator::EstimatorSpec;
use crate::models::params::{ParamValue, Params};

fn settings(params: &Params) -> String {
    let one = |(name, value): (&String, &ParamValue)| match value {
        ParamValue::Text(word) => format!("{name}={word}"),
        value => format!("{name}={value}"),
    };
    params.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A grid search under way.
#[wasm_bindgen]
#[derive(Debug)]
pub struct GridSearch {
    search: grid_search::GridSearch,
    needs_smartcore: bool,
    result: Option<grid_search::GridSearchResult>,
}

#[wasm_bindgen]
impl GridSearch {
    /// Checks the grid and lines up its fits.
    ///
    /// # Errors
    /// `invalid_param`, `not_found`, `too_few_classes`, `shape_mismatch`.
    #[wasm_bindgen(constructor)]
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub fn new(spec: JsValue, x: &Matrix, y: Vec<i32>) -> Result<Self> {
        let spec: GridSearchSpec = from_js("gridSearchCV", spec)?;
        let search = grid_search::GridSearch::new(&spec, x.0.clone(), &y, &BrowserClock)?;
        Ok(Self {
            search,
            needs_smartcore: spec.estimator.is_smartcores(),
            result: None,
        })
    }

    /// Works for about `max_ms`; true when done.
    ///
    /// # Errors
    /// Of the fits where every candidate failed, or of the refit.
    pub fn run(&mut self, max_ms: f64) -> Result<bool> {
        self.result = self.search.run(&BrowserClock, &after(max_ms))?;
        Ok(self.result.is_some())
    }

    /// Milliseconds that a fit may go on without a pause, at most.
    #[wasm_bindgen(getter)]
    pub fn longest_ms(&self) -> f64 {
        self.search.longest_ms()
    }

    /// Whether smartcore has to train it.
    #[wasm_bindgen(getter)]
    pub fn needs_smartcore(&self) -> bool {
        self.needs_smartcore
    }

    /// Units of work done.
    #[wasm_bindgen(getter)]
    pub fn done(&self) -> usize {
        self.search.done_of().0
    }

    /// Units of work in all.
    #[wasm_bindgen(getter)]
    pub fn total(&self) -> usize {
        self.search.done_of().1
    }

    /// The settings now being fitted.
    #[wasm_bindgen(getter)]
    pub fn detail(&self) -> String {
        self.search
            .current()
            .map_or_else(|| "refit on all rows".to_owned(), settings)
    }

    /// The result of a search that is done, once.
    ///
    /// # Errors
    /// `aborted` where it is not done.
    pub fn finish(self) -> Result<SearchResult> {
        self.result.map(SearchResult).ok_or(Error::Aborted)
    }
}

/// What a search found.
#[wasm_bindgen]
#[derive(Debug)]
pub struct SearchResult(grid_search::GridSearchResult);

#[wasm_bindgen]
impl SearchResult {
    /// Fitted with the best settings on all rows. Leaves the result without it.
    #[wasm_bindgen(getter)]
    pub fn best_estimator(&self) -> Model {
        self.0.best_estimator.clone().into()
    }

    /// All candidates.
    #[wasm_bindgen(getter, unchecked_return_type = "CvResults")]
    pub fn cv_results(&self) -> JsValue {
        to_js(&self.0.cv_results)
    }

    /// The best settings.
    #[wasm_bindgen(getter, unchecked_return_type = "Record<string, unknown>")]
    pub fn best_params(&self) -> JsValue {
        to_js(&self.0.best_params)
    }

    /// Their mean accuracy.
    #[wasm_bindgen(getter)]
    pub fn best_score(&self) -> f64 {
        self.0.best_score
    }

    /// Their place in the grid.
    #[wasm_bindgen(getter)]
    pub fn best_index(&self) -> usize {
        self.0.best_index
    }

    /// What a reader of the scores should know.
    #[wasm_bindgen(getter)]
    pub fn notes(&self) -> Vec<String> {
        self.0.notes.clone()
    }

    /// Search and refit, milliseconds.
    #[wasm_bindgen(getter)]
    pub fn training_time_ms(&self) -> f64 {
        self.0.training_time_ms
    }

    /// The refit alone, milliseconds.
    #[wasm_bindgen(getter)]
    pub fn refit_time_ms(&self) -> f64 {
        self.0.refit_time_ms
    }
}

/// One fit under way.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Fit {
    fit: fit::Fit,
    needs_smartcore: bool,
    model: Option<Model>,
}

#[wasm_bindgen]
impl Fit {
    /// Checks the settings.
    ///
    /// # Errors
    /// `invalid_param`, `not_found`, `too_few_classes`, `shape_mismatch`.
    #[wasm_bindgen(constructor)]
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub fn new(spec: JsValue, x: &Matrix, y: Vec<i32>) -> Result<Self> {
        let spec: EstimatorSpec = from_js("fit", spec)?;
        Ok(Self {
            fit: fit::Fit::new(&spec, x.0.clone(), &y)?,
            needs_smartcore: spec.is_smartcores(),
            model: None,
        })
    }

    /// Works for about `max_ms`; true when done.
    ///
    /// # Errors
    /// `invalid_param` where the settings do not go with the data, `out_of_memory`.
    pub fn run(&mut self, max_ms: f64) -> Result<bool> {
        self.model = self.fit.run(&BrowserClock, &after(max_ms))?.map(Into::into);
        Ok(self.model.is_some())
    }

    /// Milliseconds that it may go on without a pause, at most.
    #[wasm_bindgen(getter)]
    pub fn longest_ms(&self) -> f64 {
        self.fit.longest_ms()
    }

    /// Whether smartcore has to train it.
    #[wasm_bindgen(getter)]
    pub fn needs_smartcore(&self) -> bool {
        self.needs_smartcore
    }

    /// Units of work done.
    #[wasm_bindgen(getter)]
    pub fn done(&self) -> usize {
        self.fit.done_of().0
    }

    /// Units of work in all.
    #[wasm_bindgen(getter)]
    pub fn total(&self) -> usize {
        self.fit.done_of().1
    }

    /// Nothing to say of a single fit.
    #[wasm_bindgen(getter)]
    pub fn detail(&self) -> String {
        String::new()
    }

    /// The model of a fit that is done, once.
    ///
    /// # Errors
    /// `aborted` where it is not done.
    pub fn finish(self) -> Result<Model> {
        self.model.ok_or(Error::Aborted)
    }
}
