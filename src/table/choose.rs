//! Of a table the rows, features and labels that a classifier takes.

use std::collections::HashMap;

use super::MOST_DISTINCT;
use super::columns::{Cells, Kind};
use super::dictionary::Dictionary;
use super::reader::Table;
use super::records::{bad, short};
use crate::data::allocate::room;
use crate::error::Result;

/// Which rows are left out for their gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Drop {
    /// None: a gap in the target is refused.
    #[default]
    None,
    /// Those without a label.
    Target,
    /// Those with a gap in any column that is used.
    Any,
}

/// What is wanted of a table, by the numbers of its columns.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The column of labels; none where a model's features alone are wanted.
    pub target: Option<usize>,
    /// Features, in order.
    pub features: Vec<usize>,
    /// Rows to leave out.
    pub drop: Drop,
    /// How a model learnt the same columns.
    pub like: Option<Like>,
}

/// What a model knows of its columns and classes.
#[derive(Debug, Clone, Default)]
pub struct Like {
    /// One for each feature.
    pub columns: Vec<LikeColumn>,
    /// In the order of their numbers; where there are none no target can be had.
    pub class_names: Option<Vec<String>>,
}

/// One of a model's columns.
#[derive(Debug, Clone)]
pub struct LikeColumn {
    /// Number, or category.
    pub kind: Kind,
    /// Of a category, in the order of their codes.
    pub categories: Vec<String>,
}

/// Rows that can be written as numbers.
#[derive(Debug)]
pub struct Chosen {
    /// Those of the table's rows that are used; all where there are none here.
    rows: Option<Vec<u32>>,
    pub(crate) n_rows: usize,
    /// The features.
    pub features: Vec<Feature>,
    /// A label a row.
    pub y: Vec<i32>,
    /// What the labels are called.
    pub class_names: Vec<String>,
}

/// One feature.
#[derive(Debug)]
pub struct Feature {
    /// The table's column.
    pub column: usize,
    /// Of a category, in the order of their codes.
    pub categories: Option<Vec<String>>,
    /// What each text of the column is as a number.
    codes: Vec<f64>,
}

impl Chosen {
    /// Rows that are used.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    pub(crate) fn row(&self, i: usize) -> usize {
        self.rows.as_ref().map_or(i, |rows| rows[i] as usize)
    }
}

impl Table {
    pub(crate) fn name(&self, column: usize) -> String {
        short(&self.columns[column].name)
    }

    /// Finds rows, codes and labels.
    ///
    /// # Errors
    /// `BadTable` names the column that cannot be used so, and why; `OutOfMemory`.
    pub fn choose(&self, wanted: &Wanted) -> Result<Chosen> {
        if self.n_rows == 0 {
            return Err(bad(format!(
                "the table has no rows{}",
                if self.form.has_header {
                    ": there are names of columns and nothing below them"
                } else {
                    ""
                }
            )));
        }
        if wanted.features.is_empty() {
            return Err(bad(
                "no column is left to learn from: the table needs a feature beside the column of labels",
            ));
        }
        let classes = wanted.like.as_ref().map(|like| {
            let names = like.class_names.as_deref();
            names.filter(|names| !names.is_empty())
        });
        // Numbers of their own would be compared with the model's.
        if let (Some(target), Some(None)) = (wanted.target, classes) {
            return Err(bad(format!(
                "column '{}' cannot be the target: the model does not know the names of its classes, leave `target` out",
                self.name(target)
            )));
        }
        let features = wanted.features.iter().enumerate().map(|(k, &j)| {
            let like = wanted.like.as_ref().and_then(|like| like.columns.get(k));
            self.feature(j, like)
        });
        let features = features.collect::<Result<Vec<Feature>>>()?;
        let rows = self.kept_rows(wanted, &features)?;
        let n_rows = rows.as_ref().map_or(self.n_rows, Vec::len);
        if n_rows == 0 {
            return Err(bad(
                "no row is left: each has a gap in a column that is used",
            ));
        }
        let mut chosen = Chosen {
            rows,
            n_rows,
            features,
            y: Vec::new(),
            class_names: Vec::new(),
        };
        if let Some(target) = wanted.target {
            self.label(&mut chosen, target, classes.flatten())?;
            if wanted.like.is_none() {
                self.check_classes(&chosen, target)?;
            }
        }
        Ok(chosen)
    }

    fn feature(&self, j: usize, like: Option<&LikeColumn>) -> Result<Feature> {
        let name = self.name(j);
        let wants_numbers = like.map(|like| like.kind == Kind::Number);
        let column = match wants_numbers {
            Some(false) => self.with_texts(j),
            _ => &self.columns[j],
        };
        match &column.cells {
            Cells::TooMany => Err(bad(format!(
                "column '{name}' has more than {MOST_DISTINCT} different texts and can be no feature: leave it out"
            ))),
            Cells::Numbers(_) => {
                if let Some(infinite) = &column.first_infinite {
                    return Err(bad(format!(
                        "line {}, column {} ({name}): '{}' is no number that can be reckoned with: correct it, leave the column out, or name it among missing_values",
                        infinite.line,
                        j + 1,
                        infinite.text
                    )));
                }
                Ok(Feature {
                    column: j,
                    categories: None,
                    codes: Vec::new(),
                })
            }
            Cells::Codes(_, dictionary) => {
                if wants_numbers == Some(true) {
                    let (line, text) = column.odd_cell().unwrap_or((0, ""));
                    return Err(bad(format!(
                        "line {line}, column {} ({name}): '{text}' is no number, but the model learnt numbers from this column",
                        j + 1
                    )));
                }
                let known = like.map(|like| like.categories.as_slice());
                let (categories, codes) = self.categories(dictionary, known);
                Ok(Feature {
                    column: j,
                    categories: Some(categories),
                    codes,
                })
            }
        }
    }

    /// Categories in order, and what each text is: its category's number, NaN for a gap, the number of categories where it is
    /// none of them.
    fn categories(
        &self,
        dictionary: &Dictionary,
        known: Option<&[String]>,
    ) -> (Vec<String>, Vec<f64>) {
        let is_gap = |code: usize| self.gaps.holds(dictionary.text(code));
        let categories = match known {
            Some(known) => known.to_vec(),
            None => {
                let all = (0..dictionary.len()).filter(|&code| !is_gap(code));
                let mut all: Vec<String> =
                    all.map(|code| dictionary.text(code).to_owned()).collect();
                all.sort_unstable();
                all
            }
        };
        let numbers: HashMap<&str, usize> = categories
            .iter()
            .enumerate()
            .map(|(k, text)| (text.as_str(), k))
            .collect();
        let codes = (0..dictionary.len()).map(|code| {
            if is_gap(code) {
                return f64::NAN;
            }
            let number = numbers.get(dictionary.text(code)).copied();
            number.unwrap_or(categories.len()) as f64
        });
        let codes = codes.collect();
        (categories, codes)
    }

    /// Rows that have what they need; none where all have. A gap in the target is refused or its row left out.
    fn kept_rows(&self, wanted: &Wanted, features: &[Feature]) -> Result<Option<Vec<u32>>> {
        if wanted.drop == Drop::None {
            return match wanted.target {
                Some(target) => self.refuse_unlabelled(target).map(|()| None),
                None => Ok(None),
            };
        }
        let mut keep: Vec<bool> = room("rows", self.n_rows, 1)?;
        keep.resize(self.n_rows, true);
        if let Some(target) = wanted.target {
            let column = &self.columns[target];
            match &column.cells {
                Cells::Numbers(values) => {
                    let both = keep.iter_mut().zip(values);
                    both.for_each(|(keep, value)| *keep &= !value.is_nan());
                }
                Cells::Codes(codes, dictionary) => {
                    let texts = (0..dictionary.len()).map(|code| dictionary.text(code));
                    let gaps: Vec<bool> = texts.map(|text| self.gaps.holds_label(text)).collect();
                    let both = keep.iter_mut().zip(codes);
                    both.for_each(|(keep, &code)| *keep &= !gaps[usize::from(code)]);
                }
                Cells::TooMany => {}
            }
        }
        if wanted.drop == Drop::Any {
            for feature in features {
                for (i, keep) in keep.iter_mut().enumerate() {
                    *keep &= !self.value(feature, i).is_nan();
                }
            }
        }
        let n = keep.iter().filter(|&&keep| keep).count();
        if n == self.n_rows {
            return Ok(None);
        }
        let mut rows = room("rows", n, 1)?;
        rows.extend((0..self.n_rows as u32).filter(|&row| keep[row as usize]));
        Ok(Some(rows))
    }

    fn value(&self, feature: &Feature, row: usize) -> f64 {
        let column = match &feature.categories {
            Some(_) => self.with_texts(feature.column),
            None => &self.columns[feature.column],
        };
        match &column.cells {
            Cells::Numbers(values) => values[row],
            Cells::Codes(codes, _) => feature.codes[usize::from(codes[row])],
            Cells::TooMany => f64::NAN,
        }
    }

    /// Writes rows from `first`, each feature in its place.
    pub fn fill(&self, chosen: &Chosen, first: usize, out: &mut [f64]) {
        let width = chosen.features.len();
        // A column at a time: each is looked up once.
        for (k, feature) in chosen.features.iter().enumerate() {
            let column = match &feature.categories {
                Some(_) => self.with_texts(feature.column),
                None => &self.columns[feature.column],
            };
            let places = out.iter_mut().skip(k).step_by(width).enumerate();
            match &column.cells {
                Cells::Numbers(values) => {
                    places.for_each(|(i, place)| *place = values[chosen.row(first + i)]);
                }
                Cells::Codes(codes, _) => places.for_each(|(i, place)| {
                    *place = feature.codes[usize::from(codes[chosen.row(first + i)])];
                }),
                Cells::TooMany => {}
            }
        }
    }
}
