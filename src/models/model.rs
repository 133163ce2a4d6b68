//! A fitted model with the labels it was trained on: what users hold, save and predict with.

use super::classifier::Classifier;
use super::estimator::{EstimatorSpec, Fitted};
use crate::data::allocate::zeros;
use crate::error::{Error, Result};

/// A fitted model.
#[derive(Debug, Clone)]
pub struct Model {
    /// What was fitted, with its settings.
    pub spec: EstimatorSpec,
    /// The labels, ascending: scikit-learn's `classes_`.
    pub classes: Vec<i32>,
    /// The kernels.
    pub fitted: Fitted,
}

impl Model {
    /// Checks that `x` is row-major with this model's width and gives its number of rows.
    ///
    /// # Errors
    /// `ShapeMismatch`.
    pub fn n_rows_of(&self, x_len: usize, n_cols: usize) -> Result<usize> {
        let width = self.fitted.n_features();
        if n_cols != width {
            return Err(Error::ShapeMismatch {
                what: "X",
                expected: format!("{width} columns, as in training"),
                got: format!("{n_cols}"),
            });
        }
        Ok(x_len / width)
    }

    /// Refuses rows of which number `cell` is not one that the model can read.
    ///
    /// # Errors
    /// `BeyondFloat32`.
    pub(crate) fn refuse(&self, cell: Option<usize>) -> Result<()> {
        let width = self.fitted.n_features();
        cell.map_or(Ok(()), |cell| {
            Err(Error::BeyondFloat32 {
                row: cell / width,
                col: cell % width,
            })
        })
    }

    /// A label a row of `x`, row-major with `n_cols` columns, on the calling thread.
    ///
    /// # Errors
    /// `ShapeMismatch` where the width is not the model's; `BeyondFloat32`, `OutOfMemory`.
    pub fn predict(&self, x: &[f64], n_cols: usize) -> Result<Vec<i32>> {
        let mut out = zeros("the labels", self.n_rows_of(x.len(), n_cols)?, 1)?;
        self.refuse(self.fitted.unreadable(x))?;
        self.fitted.predict_into(x, &self.classes, &mut out);
        Ok(out)
    }

    /// `(n_rows, n_classes)` probabilities, row-major.
    ///
    /// # Errors
    /// `ShapeMismatch`, `BeyondFloat32`, `OutOfMemory`; `InvalidParam` where the model has no probabilities.
    pub fn predict_proba(&self, x: &[f64], n_cols: usize) -> Result<Vec<f64>> {
        let n_rows = self.n_rows_of(x.len(), n_cols)?;
        let mut out = zeros("the probabilities", n_rows, self.fitted.n_classes())?;
        self.refuse(self.fitted.unreadable(x))?;
        self.fitted.predict_proba_into(x, &mut out)?;
        Ok(out)
    }

    /// `(n_rows, 1 or n_classes)` margins, row-major.
    ///
    /// # Errors
    /// `ShapeMismatch`, `OutOfMemory`; `InvalidParam` where the model has no decision function.
    pub fn decision_function(&self, x: &[f64], n_cols: usize) -> Result<Vec<f64>> {
        let n_rows = self.n_rows_of(x.len(), n_cols)?;
        let mut out = zeros("the margins", n_rows, self.fitted.n_decisions())?;
        self.fitted.decision_function_into(x, &mut out)?;
        Ok(out)
    }
}
