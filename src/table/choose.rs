//! Of a table the rows, features and labels that a classifier takes.

use std::collections::HashMap;

use super::cell::Written;
use super::columns::{Cells, Column, Kind, Scratch};
use super::dictionary::Dictionary;
use super::reader::{Rows, Table};
use super::records::{Heard, bad, short};
use super::summary::number;
use super::{MOST_DISTINCT, ReadAs};
use crate::data::allocate::room;
use crate::error::{Error, Result};

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
    /// In the order of their numbers.
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
    n_rows: usize,
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

/// Cells that are not alike are told of by where the first one is.
fn at_line(line: Option<u64>) -> String {
    line.map_or_else(String::new, |line| format!(", first in line {line}"))
}

impl Table {
    fn name(&self, column: usize) -> String {
        short(&self.columns[column].name)
    }

    /// Columns of numbers whose texts are needed: labels that are not written plainly, categories of a model's.
    #[must_use]
    pub fn texts_needed(&self, wanted: &Wanted) -> Vec<usize> {
        let has_numbers = |&j: &usize| matches!(self.columns[j].cells, Cells::Numbers(_));
        let target = wanted.target.filter(|&j| {
            let column = &self.columns[j];
            let is_plain = matches!(column.written, Written::Integers | Written::Zeros(_));
            column.facts.are_whole && !is_plain && column.n_infinite == 0
        });
        let categories = wanted.like.iter().flat_map(|like| {
            let both = wanted.features.iter().zip(&like.columns);
            both.filter(|(_, column)| column.kind == Kind::Category)
                .map(|(&j, _)| j)
        });
        let mut all: Vec<usize> = target.into_iter().chain(categories).collect();
        all.retain(has_numbers);
        all.retain(|j| self.texts.iter().all(|(known, _)| known != j));
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Begins to read the texts of such columns, for which the whole text is to come once more.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn begin_texts(&self, columns: &[usize]) -> Result<Texts> {
        let n_rows = self.n_rows;
        let new = |&j: &usize| {
            let mut column = self.columns[j].clone_without_cells();
            column.cells = Cells::Codes(room("the table", n_rows, 1)?, Dictionary::default());
            Ok((j, column))
        };
        Ok(Texts {
            rows: Rows::all(&self.form, false),
            columns: columns.iter().map(new).collect::<Result<_>>()?,
        })
    }

    /// # Errors
    /// `OutOfMemory`, `BadTable` where the text is another one.
    pub fn push_texts(&self, texts: &mut Texts, bytes: &[u8], last: bool) -> Result<()> {
        let Texts { rows, columns } = texts;
        let mut scratch = Scratch::default();
        rows.push(bytes, last, &mut |record| {
            for (j, column) in columns.iter_mut() {
                column.put(record.cell(*j), record.line, &self.gaps, &mut scratch)?;
            }
            Ok(Heard::More)
        })
    }

    /// Keeps them.
    ///
    /// # Errors
    /// `BadTable` where the text was another one.
    pub fn end_texts(&mut self, texts: Texts) -> Result<()> {
        for (_, column) in &texts.columns {
            if let Cells::Codes(codes, _) = &column.cells
                && codes.len() != self.n_rows
            {
                return Err(bad("the table changed while it was read: read it again"));
            }
        }
        self.texts.extend(texts.columns);
        Ok(())
    }

    /// A column with its texts.
    fn with_texts(&self, j: usize) -> &Column {
        let kept = self.texts.iter().find(|(other, _)| *other == j);
        kept.map_or(&self.columns[j], |(_, column)| column)
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
            let classes = wanted
                .like
                .as_ref()
                .and_then(|like| like.class_names.as_deref());
            self.label(&mut chosen, target, classes)?;
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

    fn refuse_unlabelled(&self, target: usize) -> Result<()> {
        let column = &self.columns[target];
        let line = match column.kind {
            Kind::Number => column.first_missing,
            Kind::Category => column.first_unlabelled,
        };
        match line {
            None => Ok(()),
            Some(line) => Err(bad(format!(
                "line {line}, column {} ({}) has no label: complete it, or leave such rows out with drop_missing",
                target + 1,
                self.name(target)
            ))),
        }
    }

    fn label(&self, chosen: &mut Chosen, target: usize, known: Option<&[String]>) -> Result<()> {
        let name = self.name(target);
        let column = &self.columns[target];
        if let Some(infinite) = &column.first_infinite {
            return Err(bad(format!(
                "line {}, column {} ({name}): '{}' is no label: choose a column of classes",
                infinite.line,
                target + 1,
                infinite.text
            )));
        }
        if column.kind == Kind::Number && !column.facts.are_whole {
            let n = column.facts.n_distinct;
            return Err(bad(format!(
                "Unknown label type: continuous. Column '{name}' has {}{n} different numbers, not all of them whole: choose a column of classes, or make classes of it first",
                if n == MOST_DISTINCT { "at least " } else { "" },
            )));
        }
        chosen.y = room("labels", chosen.n_rows, 1)?;
        match &self.with_texts(target).cells {
            Cells::TooMany => Err(bad(format!(
                "column '{name}' has more than {MOST_DISTINCT} different labels: choose a column of classes"
            ))),
            Cells::Numbers(values) => self.label_numbers(chosen, target, values, known),
            Cells::Codes(codes, dictionary) => {
                self.label_texts(chosen, target, codes, dictionary, known)
            }
        }
    }

    fn label_numbers(
        &self,
        chosen: &mut Chosen,
        target: usize,
        values: &[f64],
        known: Option<&[String]>,
    ) -> Result<()> {
        let column = &self.columns[target];
        if column.facts.n_distinct == MOST_DISTINCT {
            return Err(bad(format!(
                "column '{}' has {MOST_DISTINCT} different labels or more: choose a column of classes",
                self.name(target)
            )));
        }
        let n_zeros = match column.written {
            Written::Zeros(n) => n,
            _ => 0,
        };
        let text = |value: f64| self.read_as.label(value, n_zeros);
        let mut numbers: HashMap<u64, i32> = HashMap::new();
        let bits = |value: f64| (value + 0.0).to_bits();
        match known {
            None => {
                let rows = (0..chosen.n_rows).map(|i| values[chosen.row(i)] + 0.0);
                let mut all: Vec<f64> = Vec::new();
                for value in rows {
                    if numbers.insert(bits(value), 0).is_none() {
                        all.push(value);
                    }
                }
                all.sort_unstable_by(f64::total_cmp);
                for (k, &value) in all.iter().enumerate() {
                    numbers.insert(bits(value), k as i32);
                }
                chosen.class_names = all.into_iter().map(text).collect();
            }
            Some(known) => {
                for (k, name) in known.iter().enumerate() {
                    if let Ok(value) = name.replace(',', ".").parse::<f64>() {
                        numbers.entry(bits(value)).or_insert(k as i32);
                    }
                }
                chosen.class_names = known.to_vec();
            }
        }
        for i in 0..chosen.n_rows {
            let value = values[chosen.row(i)];
            match numbers.get(&bits(value)) {
                Some(&label) => chosen.y.push(label),
                None => return Err(self.no_class(target, &number(value), &chosen.class_names)),
            }
        }
        Ok(())
    }

    fn label_texts(
        &self,
        chosen: &mut Chosen,
        target: usize,
        codes: &[u16],
        dictionary: &Dictionary,
        known: Option<&[String]>,
    ) -> Result<()> {
        let mut occurs = vec![false; dictionary.len()];
        for i in 0..chosen.n_rows {
            occurs[usize::from(codes[chosen.row(i)])] = true;
        }
        let names: Vec<String> = match known {
            Some(known) => known.to_vec(),
            None => {
                let all = (0..dictionary.len()).filter(|&code| occurs[code]);
                let mut all: Vec<String> =
                    all.map(|code| dictionary.text(code).to_owned()).collect();
                all.sort_unstable();
                all
            }
        };
        let numbers: HashMap<&str, i32> = names
            .iter()
            .enumerate()
            .map(|(k, text)| (text.as_str(), k as i32))
            .collect();
        let mut labels = vec![0; dictionary.len()];
        for (code, label) in labels.iter_mut().enumerate() {
            let text = dictionary.text(code);
            match numbers.get(text) {
                Some(&number) => *label = number,
                None if occurs[code] => return Err(self.no_class(target, text, &names)),
                None => {}
            }
        }
        for i in 0..chosen.n_rows {
            let code = codes[chosen.row(i)];
            chosen.y.push(labels[usize::from(code)]);
        }
        chosen.class_names = names;
        Ok(())
    }

    fn no_class(&self, target: usize, text: &str, names: &[String]) -> Error {
        let shown: Vec<String> = names.iter().take(20).map(|name| short(name)).collect();
        let more = if names.len() > 20 { ", …" } else { "" };
        bad(format!(
            "column '{}' has a label '{}' that the model does not know: its classes are {}{more}",
            self.name(target),
            short(text),
            shown.join(", ")
        ))
    }

    fn check_classes(&self, chosen: &Chosen, target: usize) -> Result<()> {
        let name = self.name(target);
        match chosen.class_names.len() {
            1 => Err(bad(format!(
                "column '{name}' has one class only, '{}': a classifier needs at least two",
                short(&chosen.class_names[0])
            ))),
            n if n == chosen.n_rows && n > 2 => Err(bad(format!(
                "column '{name}' has another label in each of the {n} rows{}: choose a column of classes",
                at_line(self.places.first().map(|place| place.line))
            ))),
            _ => Ok(()),
        }
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

impl Column {
    fn clone_without_cells(&self) -> Self {
        Self {
            name: self.name.clone(),
            cells: Cells::TooMany,
            odd: None,
            first_infinite: None,
            facts: super::Facts::default(),
            ..*self
        }
    }
}

impl ReadAs {
    /// A whole number as all of its column are written.
    fn label(&self, value: f64, n_zeros: usize) -> String {
        let whole = format!("{value:.0}");
        if n_zeros == 0 {
            return whole;
        }
        format!("{whole}{}{}", self.decimal, "0".repeat(n_zeros))
    }
}

/// Texts of some columns, while they are read.
pub struct Texts {
    rows: Rows,
    columns: Vec<(usize, Column)>,
}
