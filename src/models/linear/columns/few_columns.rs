//! The columns that an l1 penalty may leave in, copied together.
//!
//! Source: Friedman, Hastie & Tibshirani 2010 (active sets); Massias, Gramfort & Salmon 2018 (how many
//! columns to add).

use ndarray::Array2;

use crate::data::TrainingSet;
use crate::data::allocate::room;
use crate::error::Result;

/// Share by which a slope exceeds the penalty that nobody sees.
const UNSEEN: f64 = 1e-7;
/// Columns to add where there are none yet, or hardly any.
const FIRST: usize = 20;

/// Some columns of a fit's rows.
pub(crate) struct FewColumns {
    columns: Vec<usize>,
    is_in: Vec<bool>,
    x: Array2<f64>,
    codes: Vec<u32>,
    rows: Vec<u32>,
}

impl FewColumns {
    pub(crate) fn none(data: &TrainingSet<'_>) -> Self {
        Self {
            columns: Vec::new(),
            is_in: vec![false; data.n_features()],
            x: Array2::default((0, 0)),
            codes: data.iter().map(|(_, code)| code).collect(),
            rows: (0..data.n_samples() as u32).collect(),
        }
    }

    /// Adds columns with the largest of `slopes`, in units of the penalty: no more than `n_used` and
    /// those that equal the last, but for the first. Whether there were any to add.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn add(
        &mut self,
        data: &TrainingSet<'_>,
        slopes: &[f64],
        n_used: usize,
    ) -> Result<bool> {
        let is_out = |j: usize| !self.is_in[j] && slopes[j] > 1.0 + UNSEEN;
        let mut sizes: Vec<f64> = (0..slopes.len())
            .filter(|&j| is_out(j))
            .map(|j| slopes[j])
            .collect();
        sizes.sort_unstable_by(f64::total_cmp);
        let n_left = sizes.len().saturating_sub(n_used.max(FIRST));
        let least = sizes.get(n_left).copied().unwrap_or(f64::INFINITY);
        let left_out: Vec<usize> = (0..slopes.len())
            .filter(|&j| is_out(j) && slopes[j] >= least)
            .collect();
        for &j in &left_out {
            self.is_in[j] = true;
        }
        self.columns.extend(&left_out);
        let shape = (data.n_samples(), self.columns.len());
        let mut x = room("the columns in use", shape.0, shape.1)?;
        for (row, _) in data.iter() {
            x.extend(self.columns.iter().map(|&j| row[j]));
        }
        self.x = Array2::from_shape_vec(shape, x).unwrap_or_default();
        Ok(!left_out.is_empty())
    }

    pub(crate) fn len(&self) -> usize {
        self.columns.len()
    }

    /// Those columns as data.
    pub(crate) fn data(&self, n_classes: usize) -> TrainingSet<'_> {
        TrainingSet {
            x: self.x.view(),
            codes: &self.codes,
            n_classes,
            rows: &self.rows,
            shared: None,
        }
    }

    /// Their coefficients and the intercept's out of those of all columns.
    pub(crate) fn pick(&self, all: &[f64]) -> Vec<f64> {
        let after = &all[self.is_in.len()..];
        let few = self.columns.iter().map(|&j| &all[j]);
        few.chain(after).copied().collect()
    }

    /// Puts them back.
    pub(crate) fn put(&self, few: &[f64], all: &mut [f64]) {
        for (&j, w) in self.columns.iter().zip(few) {
            all[j] = *w;
        }
        all[self.is_in.len()..].copy_from_slice(&few[self.columns.len()..]);
    }
}
