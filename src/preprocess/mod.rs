//! Preparing rows in front of a classifier: scikit-learn's `ColumnTransformer` of `SimpleImputer`, `StandardScaler` and
//! `OneHotEncoder`. Knows data, no model.
//!
//! | columns | what is learnt of the training rows | what becomes of a row |
//! |---|---|---|
//! | numbers | `simple_imputer`: a number for gaps; `standard_scaler`: mean and scale | `(x − mean) / scale` |
//! | categories | `simple_imputer`: a category for gaps; `one_hot`: which there are, and which are rare | 0 or 1 for each |
//!
//! `column_transformer` puts them together: numbers first, then categories, each in their order. What is passed on is a
//! [`ColumnTransformer`] and the [`Preprocess`] that it was fitted by.
//!
//! ```
//! use std::sync::Arc;
//! use breakeven::data::schema::{Column, Described, Schema};
//! use breakeven::parallel::pause::whole;
//! use breakeven::parallel::steps::Progress;
//! use breakeven::preprocess::{ColumnTransformer, Preprocess};
//! use ndarray::array;
//!
//! let sizes = ["large", "small"].map(str::to_owned).to_vec();
//! let columns = vec![Column::category("size".to_owned(), sizes), Column::number("age".to_owned())];
//! let schema = Schema { columns, class_names: None };
//! let x = array![[1., 20.], [0., f64::NAN], [1., 40.]];
//! let rows = Described::new(Arc::new(x), Arc::new(schema))?;
//! let progress = Progress::default();
//! let fitted = whole(ColumnTransformer::fit(&Preprocess::default(), &rows, &[0, 1, 2], &progress))?;
//! let names = fitted.feature_names_out(rows.schema.as_deref());
//! assert_eq!(names, ["num__age", "cat__size_large", "cat__size_small"]);
//! let mut prepared = [0.; 3];
//! fitted.transform_into(&[0., f64::NAN], &mut prepared);
//! assert_eq!(prepared, [0., 1., 0.]);
//! # Ok::<(), breakeven::Error>(())
//! ```

mod attributes;
mod column_transformer;
mod one_hot;
mod settings;
mod simple_imputer;
mod standard_scaler;

pub use attributes::Attributes;
pub use column_transformer::ColumnTransformer;
pub use settings::{Impute, Preprocess};
