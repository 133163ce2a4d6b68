//! What preparing has learnt, as it is shown: under scikit-learn's names.

use serde::Serialize;

use super::column_transformer::{CategoryColumn, ColumnTransformer, NumberColumn};
use crate::data::schema::{Column, Schema};

/// What was learnt.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Attributes {
    /// `ColumnTransformer.get_feature_names_out()`: of the columns that the classifier sees.
    pub feature_names_out: Vec<String>,
    /// Of each column that was not left out.
    pub columns: Vec<ColumnAttributes>,
}

/// What was learnt of a column.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ColumnAttributes {
    /// Of numbers.
    Number {
        /// What it is called.
        name: String,
        /// What fills gaps.
        statistic: Option<f64>,
        /// What is taken away.
        mean: f64,
        /// What the rest is divided by.
        scale: f64,
    },
    /// Of categories.
    Category {
        /// What it is called.
        name: String,
        /// What fills gaps.
        statistic: Option<String>,
        /// Those of the training rows; null is a gap.
        categories: Vec<Option<String>>,
        /// Those among them that are rare.
        infrequent_categories: Vec<Option<String>>,
    },
}

impl ColumnTransformer {
    /// `get_feature_names_out` of scikit-learn: `num__age`, `cat__sex_f`, `cat__sex_infrequent_sklearn`; columns without a
    /// name are `x0`, `x1`, ….
    #[must_use]
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub fn feature_names_out(&self, schema: Option<&Schema>) -> Vec<String> {
        let name = |from: u32| plain_name(schema, from);
        let of_number = |column: &NumberColumn| format!("num__{}", name(column.from));
        let mut names: Vec<_> = self.numbers.iter().map(of_number).collect();
        for column in &self.categories {
            let prefix = format!("cat__{}", name(column.from));
            if !self.one_hot {
                names.push(prefix);
                continue;
            }
            for (is_rare, codes) in column.places.members() {
                let of_one = codes
                    .first()
                    .and_then(|&code| category(schema, column.from, code));
                let last = match of_one {
                    _ if is_rare => "infrequent_sklearn".to_owned(),
                    Some(name) => name,
                    None => "nan".to_owned(),
                };
                names.push(format!("{prefix}_{last}"));
            }
        }
        names
    }

    /// What was learnt, to be shown.
    #[must_use]
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub fn attributes(&self, schema: Option<&Schema>) -> Attributes {
        let of_number = |column: &NumberColumn| ColumnAttributes::Number {
            name: plain_name(schema, column.from),
            statistic: column.fill,
            mean: column.scaling.mean,
            scale: column.scaling.scale,
        };
        let of_category = |column: &CategoryColumn| {
            let (mut rare, mut all) = (Vec::new(), Vec::new());
            for (is_rare, codes) in column.places.members() {
                all.extend(&codes);
                rare.extend(codes.into_iter().filter(|_| is_rare));
            }
            all.sort_unstable();
            let named = |codes: Vec<usize>| {
                let names = codes
                    .into_iter()
                    .map(|code| category(schema, column.from, code));
                names.collect()
            };
            ColumnAttributes::Category {
                name: plain_name(schema, column.from),
                statistic: column
                    .fill
                    .and_then(|code| category(schema, column.from, code as usize)),
                categories: named(all),
                infrequent_categories: named(rare),
            }
        };
        let numbers = self.numbers.iter().map(of_number);
        Attributes {
            feature_names_out: self.feature_names_out(schema),
            columns: numbers
                .chain(self.categories.iter().map(of_category))
                .collect(),
        }
    }
}

fn plain_name(schema: Option<&Schema>, from: u32) -> String {
    let column = schema.and_then(|schema| schema.columns.get(from as usize));
    column.map_or_else(|| format!("x{from}"), |column| column.name.clone())
}

/// A category's name; `None` of a gap.
fn category(schema: Option<&Schema>, from: u32, code: usize) -> Option<String> {
    let column: &Column = schema?.columns.get(from as usize)?;
    column.categories().get(code).cloned()
}
