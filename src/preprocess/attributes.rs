//! What preparing has learnt, as it is shown: under scikit-learn's names.

use serde::Serialize;

use super::column_transformer::ColumnTransformer;
use crate::data::schema::Schema;

/// What was learnt: of columns that were not left out, numbers and categories each in their order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Attributes {
    /// `ColumnTransformer.get_feature_names_out()`: of the columns that the classifier sees.
    pub feature_names_out: Vec<String>,
    /// What fills gaps of each number column; none where nothing does.
    pub statistics: Vec<f64>,
    /// What is taken away from each.
    pub mean: Vec<f64>,
    /// What the rest is divided by.
    pub scale: Vec<f64>,
    /// What fills gaps of each category column; none where nothing does.
    pub most_frequent: Vec<String>,
    /// Of each those of the training rows, `nan` being a gap.
    pub categories: Vec<Vec<String>>,
    /// Those among them that are rare.
    pub infrequent_categories: Vec<Vec<String>>,
}

impl ColumnTransformer {
    /// `get_feature_names_out` of scikit-learn: `num__age`, `cat__sex_f`, `cat__sex_infrequent_sklearn`; columns without a
    /// name are `x0`, `x1`, ….
    #[must_use]
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    #[inline(never)]
    pub fn feature_names_out(&self, schema: Option<&Schema>) -> Vec<String> {
        let mut names = Vec::new();
        for column in &self.numbers {
            names.push(format!("num__{}", plain_name(schema, column.from)));
        }
        for column in &self.categories {
            let prefix = format!("cat__{}", plain_name(schema, column.from));
            if !self.one_hot {
                names.push(prefix);
                continue;
            }
            for (is_rare, codes) in column.places.members() {
                let last = match codes.first() {
                    Some(&code) if !is_rare => category(schema, column.from, code),
                    _ => "infrequent_sklearn".to_owned(),
                };
                names.push(format!("{prefix}_{last}"));
            }
        }
        names
    }

    /// What was learnt, to be shown.
    #[must_use]
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    #[inline(never)]
    pub fn attributes(&self, schema: Option<&Schema>) -> Attributes {
        let mut shown = Attributes {
            feature_names_out: self.feature_names_out(schema),
            statistics: Vec::new(),
            mean: Vec::new(),
            scale: Vec::new(),
            most_frequent: Vec::new(),
            categories: Vec::new(),
            infrequent_categories: Vec::new(),
        };
        for column in &self.numbers {
            shown.statistics.extend(column.fill);
            shown.mean.push(column.scaling.mean);
            shown.scale.push(column.scaling.scale);
        }
        for column in &self.categories {
            let named = |codes: &[usize]| -> Vec<String> {
                let names = codes
                    .iter()
                    .map(|&code| category(schema, column.from, code));
                names.collect()
            };
            let (mut all, mut rare) = (Vec::new(), Vec::new());
            for (is_rare, codes) in column.places.members() {
                all.extend_from_slice(&codes);
                if is_rare {
                    rare = codes;
                }
            }
            all.sort_unstable();
            let fill = column.fill.map(|code| code as usize);
            shown.most_frequent.append(&mut named(fill.as_slice()));
            shown.categories.push(named(&all));
            shown.infrequent_categories.push(named(&rare));
        }
        shown
    }
}

fn plain_name(schema: Option<&Schema>, from: u32) -> String {
    let column = schema.and_then(|schema| schema.columns.get(from as usize));
    column.map_or_else(|| format!("x{from}"), |column| column.name.clone())
}

/// A category's name; a gap's is `nan`.
fn category(schema: Option<&Schema>, from: u32, code: usize) -> String {
    let column = schema.and_then(|schema| schema.columns.get(from as usize));
    let name = column.and_then(|column| column.categories().get(code));
    name.map_or_else(|| "nan".to_owned(), String::clone)
}
