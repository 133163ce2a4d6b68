//! A fitted model with the labels it was trained on: what users hold, save and predict with.

use std::sync::Arc;

use ndarray::ArrayView2;

use super::classifier::Classifier;
use super::estimator::{EstimatorSpec, Fitted};
use crate::data::allocate::zeros;
use crate::data::dataset::not_row_major;
use crate::data::schema::{Column, Described, Schema};
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
    /// What the columns of the training rows were, where that was known; `class_names[label]` where every label has one.
    pub schema: Option<Arc<Schema>>,
}

impl Model {
    /// The rows of `x` as kernels read them, one after the other.
    ///
    /// # Errors
    /// `ShapeMismatch` where the width is not this model's or `x` is not row-major.
    pub(crate) fn rows_of<'a>(&self, x: ArrayView2<'a, f64>) -> Result<&'a [f64]> {
        let width = self.fitted.n_features();
        if x.ncols() != width {
            return Err(Error::ShapeMismatch {
                what: "X",
                expected: format!("{width} columns, as in training"),
                got: format!("{}", x.ncols()),
            });
        }
        x.to_slice().ok_or_else(not_row_major)
    }

    /// Refuses rows whose columns are not of the kinds and categories that the training rows' were, and gaps where nothing
    /// fills them. Names are not compared.
    ///
    /// # Errors
    /// `ShapeMismatch`; `InvalidParam` naming the column.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub fn check_rows(&self, x: &Described) -> Result<()> {
        self.rows_of(x.x.view())?;
        let same = match (&self.schema, &x.schema) {
            (Some(own), Some(others)) => Arc::ptr_eq(own, others),
            (None, None) => true,
            _ => false,
        };
        let n_columns = if same { 0 } else { x.x.ncols() };
        for col in 0..n_columns {
            let own = column_of(&self.schema, col).and_then(|column| column.categories.as_ref());
            let column = column_of(&x.schema, col);
            let others = column.and_then(|column| column.categories.as_ref());
            if own != others {
                let name = column.or(column_of(&self.schema, col));
                let name = name.map_or_else(|| format!("column {col}"), Column::shown);
                let holds = |categories: Option<_>| match categories {
                    Some(_) => "categories",
                    None => "numbers",
                };
                let got = match (own, others) {
                    (Some(_), Some(_)) => "other categories, or another order of them",
                    _ => holds(others),
                };
                return Err(Error::invalid(
                    "X",
                    format!("a matrix whose {name} holds {got}"),
                    format!(
                        "{} there as in training: make it with the model's columns",
                        holds(own)
                    ),
                ));
            }
        }
        match x.first_gap(|_| true) {
            // What prepares rows tells itself which gaps it cannot fill.
            Some((row, column)) if self.fitted.parts().0.is_none() => Err(Error::invalid(
                "X",
                format!("a gap in row {row} of {column}"),
                "without gaps: this model was fitted without preprocess",
            )),
            _ => Ok(()),
        }
    }

    /// Refuses `rows` of which number `cell` is not one that the model can read.
    ///
    /// # Errors
    /// `BeyondFloat32`; `Unprepared` where that is told by what prepares them.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub(crate) fn refuse(&self, cell: Option<usize>, rows: &[f64]) -> Result<()> {
        let width = self.fitted.n_features();
        let Some(cell) = cell else {
            return Ok(());
        };
        let (row, col) = (cell / width, cell % width);
        if self.fitted.parts().0.is_none() {
            return Err(Error::BeyondFloat32 { row, col });
        }
        let column = column_of(&self.schema, col);
        Err(Error::Unprepared {
            row,
            column: column.map_or_else(|| format!("column {col}"), Column::shown),
            what: match rows.get(cell) {
                Some(value) if value.is_nan() => {
                    "has a gap, which this model cannot fill: fit it with preprocess.impute"
                }
                _ => "is too large a number to be prepared: give that column in other units",
            },
        })
    }

    /// A label a row of `x`, `(n_rows, n_features)`, row-major, on the calling thread.
    ///
    /// # Errors
    /// `ShapeMismatch` where the width is not the model's; `BeyondFloat32`, `OutOfMemory`.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Vec<i32>> {
        let rows = self.rows_of(x)?;
        let mut out = zeros("the labels", x.nrows(), 1)?;
        self.refuse(self.fitted.unreadable(rows), rows)?;
        self.fitted.predict_into(rows, &self.classes, &mut out);
        Ok(out)
    }

    /// `(n_rows, n_classes)` probabilities, row-major, of `x` as in [`Model::predict`].
    ///
    /// # Errors
    /// `ShapeMismatch`, `BeyondFloat32`, `OutOfMemory`; `InvalidParam` where the model has no probabilities.
    pub fn predict_proba(&self, x: ArrayView2<'_, f64>) -> Result<Vec<f64>> {
        let rows = self.rows_of(x)?;
        let mut out = zeros("the probabilities", x.nrows(), self.fitted.n_classes())?;
        self.refuse(self.fitted.unreadable(rows), rows)?;
        self.fitted.predict_proba_into(rows, &mut out)?;
        Ok(out)
    }

    /// `(n_rows, 1 or n_classes)` margins, row-major, of `x` as in [`Model::predict`].
    ///
    /// # Errors
    /// `ShapeMismatch`, `BeyondFloat32`, `OutOfMemory`; `InvalidParam` where the model has no decision function.
    pub fn decision_function(&self, x: ArrayView2<'_, f64>) -> Result<Vec<f64>> {
        let rows = self.rows_of(x)?;
        let mut out = zeros("the margins", x.nrows(), self.fitted.n_decisions())?;
        self.refuse(self.fitted.unreadable(rows), rows)?;
        self.fitted.decision_function_into(rows, &mut out)?;
        Ok(out)
    }
}

fn column_of(schema: &Option<Arc<Schema>>, col: usize) -> Option<&Column> {
    schema.as_ref().and_then(|schema| schema.columns.get(col))
}
