//! Fitted models.

use js_sys::{Int32Array, Reflect, Uint8Array};
use ndarray::ArrayView2;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::clock::BrowserClock;
use super::convert::to_js;
use super::data::{Matrix, schema_to_js};
use crate::data::allocate::zeros;
use crate::error::{Error, Result};
use crate::inference::batch::first_rows;
use crate::inference::predict::{Split, predict_into};
use crate::models::classifier::Classifier;
use crate::persist::model_file;

/// A fitted model in this instance's memory.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Model(pub(super) std::sync::Arc<crate::models::model::Model>);

/// Labels of rows that came by message, and where the time went.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct RowLabels {
    /// A label a row.
    pub y: Vec<i32>,
    /// In the kernels, from the first row to the last, milliseconds.
    pub compute_ms: f64,
    /// In the kernels, summed over the threads, milliseconds.
    pub busy_ms: f64,
}

#[wasm_bindgen]
impl Model {
    /// Reads a model file.
    ///
    /// # Errors
    /// `bad_model_file`.
    pub fn load(bytes: &[u8]) -> Result<Self> {
        model_file::load(bytes).map(Into::into)
    }

    /// Writes a model file.
    ///
    /// # Errors
    /// `bad_model_file` where a part cannot be written.
    pub fn save(&self) -> Result<Vec<u8>> {
        model_file::save(&self.0)
    }

    /// scikit-learn's class name.
    #[wasm_bindgen(getter)]
    pub fn estimator(&self) -> String {
        self.0.spec.estimator.clone()
    }

    /// The settings that were given.
    #[wasm_bindgen(getter, unchecked_return_type = "Record<string, unknown>")]
    pub fn params(&self) -> JsValue {
        to_js(&self.0.spec.params)
    }

    /// The labels, ascending.
    #[wasm_bindgen(getter)]
    pub fn classes(&self) -> Int32Array {
        Int32Array::from(&self.0.classes[..])
    }

    /// Number of columns of the training rows.
    #[wasm_bindgen(getter)]
    pub fn n_features_in(&self) -> usize {
        self.0.fitted.n_features()
    }

    /// What the columns and classes of the training rows were: `{ columns, class_names }`; null where that was not known.
    #[wasm_bindgen(unchecked_return_type = "any")]
    pub fn schema(&self) -> JsValue {
        schema_to_js(self.0.schema.as_deref())
    }

    /// Refuses rows that are not as those of training were: of other columns, or with gaps that it cannot fill.
    ///
    /// # Errors
    /// `shape_mismatch`, `invalid_param`.
    pub fn check(&self, x: &Matrix) -> Result<()> {
        self.0.check_rows(&x.0)
    }

    /// Rows that take some milliseconds at most.
    #[wasm_bindgen(getter)]
    pub fn first_rows(&self) -> usize {
        first_rows(&self.0)
    }

    /// Whether smartcore has to predict with it.
    #[wasm_bindgen(getter)]
    pub fn needs_smartcore(&self) -> bool {
        self.0.fitted.is_smartcores()
    }

    /// smartcore's file, where it is needed and has been fetched: to predict elsewhere.
    #[wasm_bindgen(js_name = smartcoreFile)]
    pub fn smartcore_file(&self) -> Option<Uint8Array> {
        let file = self.needs_smartcore().then(super::smartcore::file);
        file.flatten().map(Uint8Array::from)
    }

    /// Fitted attributes under scikit-learn's names without the trailing underscore, `preprocess` those of what prepares rows.
    ///
    /// # Errors
    /// `out_of_memory`.
    #[wasm_bindgen(unchecked_return_type = "Record<string, unknown>")]
    pub fn attributes(&self) -> Result<JsValue> {
        let shown = to_js(&self.0.fitted.attributes()?);
        if let Some(transformer) = self.0.fitted.parts().0 {
            let learnt = to_js(&transformer.attributes(self.0.schema.as_deref()));
            // Setting a property of a fresh object cannot fail.
            let _ = Reflect::set(&shown, &"preprocess".into(), &learnt);
        }
        Ok(shown)
    }

    /// A label a row of `rows`, row-major with `n_cols` columns, on all threads of this instance:
    /// for isolated workers, whose rows come by message. The first one is the caller's row
    /// `first_row`: errors tell its numbers.
    ///
    /// # Errors
    /// `shape_mismatch`, `non_finite`, `out_of_memory`.
    #[wasm_bindgen(js_name = predictRows)]
    pub fn predict_rows(&self, rows: &[f64], n_cols: usize, first_row: usize) -> Result<RowLabels> {
        let shape = || Error::ShapeMismatch {
            what: "X",
            expected: format!("{n_cols} numbers a row"),
            got: format!("{} in all", rows.len()),
        };
        // A view would leave out a last row that is not whole.
        if n_cols == 0 || !rows.len().is_multiple_of(n_cols) {
            return Err(shape());
        }
        let n_rows = rows.len() / n_cols;
        let x = ArrayView2::from_shape((n_rows, n_cols), rows).map_err(|_| shape())?;
        let mut y = zeros("the labels", n_rows, 1)?;
        let timing = predict_into(&self.0, x, &mut y, Split::ALL, &BrowserClock)
            .map_err(|error| error.counted_from(first_row))?;
        Ok(RowLabels {
            y,
            compute_ms: timing.wall_ms,
            busy_ms: timing.busy_ms,
        })
    }
}

impl From<crate::models::model::Model> for Model {
    fn from(model: crate::models::model::Model) -> Self {
        Self(std::sync::Arc::new(model))
    }
}
