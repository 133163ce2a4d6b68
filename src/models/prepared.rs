//! A classifier with what prepares rows for it: scikit-learn's `Pipeline` of a `ColumnTransformer` and a classifier. Rows
//! come in as they are in the table, and are prepared in blocks, each in a list that its thread keeps.

use std::ops::Range;

use super::classifier::{Attributes, Classifier};
use super::params::{ParamReader, Params};
use crate::data::scratch::Scratch;
use crate::error::{Error, Result};
use crate::preprocess::{ColumnTransformer, Impute, Preprocess};

/// Rows of a block at most: a few blocks of a forest's walk; and numbers of one, 512 kB of them.
const BLOCK_ROWS: usize = 256;
const BLOCK_NUMBERS: usize = 1 << 16;

/// Reads how rows are to be prepared; `{}` is all of it.
///
/// # Errors
/// `InvalidParam` for a setting that is unknown, out of range or does not go with another, by its path.
#[cfg_attr(target_arch = "wasm32", optimize(size))]
pub fn read_settings(params: &Params) -> Result<Preprocess> {
    const STRATEGIES: [(&str, Option<Impute>); 4] = [
        ("mean", Some(Impute::Mean)),
        ("median", Some(Impute::Median)),
        ("most_frequent", Some(Impute::MostFrequent)),
        ("null", None),
    ];
    let read = || {
        let mut reader = ParamReader::new("preprocess", params);
        let default = Preprocess::default();
        let settings = Preprocess {
            impute: reader.choice("impute", default.impute, &STRATEGIES)?,
            one_hot: reader.boolean("one_hot", default.one_hot)?,
            max_categories: reader.optional_integer("max_categories", 1)?,
            scale: reader.boolean("scale", default.scale)?,
        };
        reader.finish()?;
        settings.check()?;
        Ok(settings)
    };
    read().map_err(|error| match error {
        Error::InvalidParam {
            name,
            value,
            allowed,
        } => Error::InvalidParam {
            name: format!("preprocess.{name}"),
            value,
            allowed,
        },
        other => other,
    })
}

/// A fitted classifier, and what its rows go through first.
#[derive(Debug, Clone)]
pub struct Prepared<F> {
    transformer: ColumnTransformer,
    inner: F,
}

/// Takes prepared rows, and which they are.
type Each<'a> = dyn FnMut(&[f64], Range<usize>) -> Result<()> + 'a;

impl<F: Classifier> Prepared<F> {
    /// Puts both together.
    #[must_use]
    pub fn new(transformer: ColumnTransformer, inner: F) -> Self {
        Self { transformer, inner }
    }

    /// What rows go through first.
    #[must_use]
    pub fn transformer(&self) -> &ColumnTransformer {
        &self.transformer
    }

    /// The classifier.
    #[must_use]
    pub fn inner(&self) -> &F {
        &self.inner
    }

    /// Hands `each` blocks of prepared rows with their numbers.
    #[inline(never)]
    fn in_blocks(&self, x: &[f64], each: &mut Each<'_>) -> Result<()> {
        let (n_columns, n_prepared) = (self.n_features(), self.transformer.width());
        let n_rows = x.len() / n_columns;
        let at_once = (BLOCK_NUMBERS / n_prepared).clamp(1, BLOCK_ROWS);
        let mut block = Scratch::<f64>::any(at_once.min(n_rows) * n_prepared);
        for first in (0..n_rows).step_by(at_once) {
            let rows = first..n_rows.min(first + at_once);
            let block = &mut block[..rows.len() * n_prepared];
            let raw = &x[rows.start * n_columns..rows.end * n_columns];
            self.transformer.transform_into(raw, block);
            each(block, rows)?;
        }
        Ok(())
    }
}

impl<F: Classifier> Classifier for Prepared<F> {
    fn n_features(&self) -> usize {
        self.transformer.n_columns()
    }

    fn n_classes(&self) -> usize {
        self.inner.n_classes()
    }

    fn row_ns(&self) -> usize {
        let prepared = self.n_features().saturating_add(self.transformer.width());
        self.inner.row_ns().saturating_add(prepared)
    }

    fn unreadable(&self, x: &[f64]) -> Option<usize> {
        self.transformer.unreadable(x, self.inner.most())
    }

    fn predict_into(&self, x: &[f64], classes: &[i32], out: &mut [i32]) {
        // Labels are never refused.
        let _ = self.in_blocks(x, &mut |block, rows| {
            self.inner.predict_into(block, classes, &mut out[rows]);
            Ok(())
        });
    }

    fn predict_proba_into(&self, x: &[f64], out: &mut [f64]) -> Result<()> {
        // Of no rows at all: who has none says so.
        self.inner.predict_proba_into(&[], &mut [])?;
        let width = self.n_classes();
        self.in_blocks(x, &mut |block, rows| {
            let out = &mut out[rows.start * width..rows.end * width];
            self.inner.predict_proba_into(block, out)
        })
    }

    fn n_decisions(&self) -> usize {
        self.inner.n_decisions()
    }

    fn decision_function_into(&self, x: &[f64], out: &mut [f64]) -> Result<()> {
        self.inner.decision_function_into(&[], &mut [])?;
        let width = self.n_decisions();
        self.in_blocks(x, &mut |block, rows| {
            let out = &mut out[rows.start * width..rows.end * width];
            self.inner.decision_function_into(block, out)
        })
    }

    fn attributes(&self) -> Result<Attributes> {
        self.inner.attributes()
    }
}
