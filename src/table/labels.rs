//! Labels of a table's rows: numbers where they are written plainly, else texts; none are merged.

use std::collections::HashMap;

use super::MOST_DISTINCT;
use super::cell::Written;
use super::choose::Chosen;
use super::columns::{Cells, Kind};
use super::dictionary::Dictionary;
use super::reader::Table;
use super::records::{bad, short};
use super::summary::number;
use crate::data::allocate::room;
use crate::error::{Error, Result};

impl Table {
    pub(crate) fn refuse_unlabelled(&self, target: usize) -> Result<()> {
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

    pub(crate) fn label(
        &self,
        chosen: &mut Chosen,
        target: usize,
        known: Option<&[String]>,
    ) -> Result<()> {
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
        let text = |value: f64| label(value, n_zeros, column.way.decimal);
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
                let named = known.iter().enumerate().filter_map(|(k, name)| {
                    let value: f64 = name.replace(',', ".").parse().ok()?;
                    Some((k, name, value))
                });
                let mut named: Vec<(usize, &String, f64)> = named.collect();
                // Of the classes 01 and 1 the one that is written as the column's cells are, then as numbers are.
                named.sort_by_cached_key(|&(_, name, value)| {
                    (*name != text(value), *name != number(value))
                });
                for (k, _, value) in named {
                    numbers.entry(bits(value)).or_insert(k as i32);
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

    pub(crate) fn check_classes(&self, chosen: &Chosen, target: usize) -> Result<()> {
        let name = self.name(target);
        match chosen.class_names.len() {
            1 => Err(bad(format!(
                "column '{name}' has one class only, '{}': a classifier needs at least two",
                short(&chosen.class_names[0])
            ))),
            n if n == chosen.n_rows && n > 2 => Err(bad(format!(
                "column '{name}' has another label in each of the {n} rows: choose a column of classes"
            ))),
            _ => Ok(()),
        }
    }
}

/// A whole number as all of its column are written.
fn label(value: f64, n_zeros: usize, decimal: u8) -> String {
    let whole = format!("{value:.0}");
    if n_zeros == 0 {
        return whole;
    }
    format!("{whole}{}{}", char::from(decimal), "0".repeat(n_zeros))
}
