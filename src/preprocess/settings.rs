//! How rows are prepared.

use crate::data::schema::{Column, Described, Kind};
use crate::error::{Error, Result};

/// What stands in for a gap: scikit-learn's `strategy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Impute {
    /// The mean of the column's numbers.
    Mean,
    /// Their median.
    Median,
    /// The most frequent, of several the smallest.
    MostFrequent,
}

/// Settings of what stands in front of a classifier; `{}` is all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preprocess {
    /// What fills gaps of number columns; those of category columns get the most frequent. `None`: number columns have no
    /// gaps, and in category columns a gap is a category.
    pub impute: Option<Impute>,
    /// A column of 0 and 1 for each category: `OneHotEncoder(handle_unknown='ignore')`. Else a category's place among those
    /// of the training rows, −1 for others: `OrdinalEncoder(handle_unknown='use_encoded_value', unknown_value=-1)`; such
    /// columns are not scaled.
    pub one_hot: bool,
    /// So many columns of 0 and 1 for a category column at most, the last of them for all rare ones together.
    pub max_categories: Option<u32>,
    /// Number columns to mean 0 and variance 1: `StandardScaler()`.
    pub scale: bool,
}

impl Default for Preprocess {
    fn default() -> Self {
        Self {
            impute: Some(Impute::Mean),
            one_hot: true,
            max_categories: None,
            scale: true,
        }
    }
}

impl Preprocess {
    /// Refuses settings that do not go together.
    ///
    /// # Errors
    /// `InvalidParam` of `max_categories`.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub fn check(&self) -> Result<()> {
        let allowed = match self.max_categories {
            Some(0) => "a whole number from 1",
            Some(_) if !self.one_hot => "left out where one_hot is false",
            _ => return Ok(()),
        };
        let given = self.max_categories.unwrap_or_default();
        Err(Error::invalid("max_categories", given, allowed))
    }

    /// Refuses rows that it could not be fitted on.
    ///
    /// # Errors
    /// `InvalidParam`, naming the column: for gaps that nothing fills, and for categories that are none of its column's.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub fn refuse(&self, x: &Described) -> Result<()> {
        let takes = |column: &Column| column.kind == Kind::Category && self.one_hot;
        if self.impute.is_none()
            && let Some((row, column)) = x.first_gap(|column| !takes(column))
        {
            let allowed = format!("a strategy: {column} has a gap in row {row}");
            return Err(Error::invalid("preprocess.impute", "null", allowed));
        }
        let Some(schema) = &x.schema else {
            return Ok(());
        };
        for (column, values) in schema.columns.iter().zip(x.x.columns()) {
            let Some(names) = &column.categories else {
                continue;
            };
            let other = names.len() as f64;
            let unknown = values.iter().position(|&value| value == other);
            if let Some(row) = unknown {
                let got = format!("the category in row {row} of {}", column.shown());
                return Err(Error::invalid("X", got, "among its column's categories"));
            }
        }
        Ok(())
    }

    /// Columns that such rows come to have at most.
    #[must_use]
    pub fn most_columns(&self, x: &Described) -> usize {
        let Some(schema) = x.schema.as_ref().filter(|_| self.one_hot) else {
            return x.x.ncols();
        };
        let most = self.max_categories.map_or(usize::MAX, |most| most as usize);
        let width = |column: &Column| match &column.categories {
            None => 1,
            Some(categories) => (categories.len() + 1).min(most),
        };
        schema.columns.iter().map(width).sum()
    }
}
