//! Tables of numbers with a column of labels, from text.

use std::collections::BTreeMap;

use csv::{ReaderBuilder, StringRecord, Trim};
use ndarray::Array2;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::Dataset;
use super::builtin::standardise;
use crate::error::{Error, Result, shortened};

/// Columns that a message names at most.
const SHOWN: usize = 20;

/// Which column holds the labels.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "target must be the name of a column, or its number from 0"
)]
pub enum Target {
    /// By its name in the header.
    Name(String),
    /// By its place, from 0.
    Index(usize),
}

/// How to read a table. What is `None` is found out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CsvOptions {
    /// The column of labels; the last where `None`.
    pub target: Option<Target>,
    /// Whether the first row holds names; if not said, it does where a column other than the
    /// target's has no number in it.
    pub header: Option<bool>,
    /// What stands between cells; if not said, the comma, semicolon or tab that splits the first
    /// lines evenly.
    #[serde(deserialize_with = "one_byte")]
    pub delimiter: Option<u8>,
    /// Whether columns are brought to mean 0 and variance 1, as [`standardise`] does.
    pub standardise: bool,
}

/// A delimiter comes as text of one ASCII character.
fn one_byte<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<u8>, D::Error> {
    match Option::<String>::deserialize(from)?
        .as_deref()
        .map(str::as_bytes)
    {
        None => Ok(None),
        Some(&[byte]) if byte.is_ascii() => Ok(Some(byte)),
        Some(_) => Err(D::Error::custom(
            "delimiter must be one ASCII character, such as ';'",
        )),
    }
}

/// Reads a table: numbers, and a column of labels. Labels that are all numbers are ordered as
/// numbers, others as text; `class_names` has them in that order.
///
/// # Errors
/// `BadCsv` names the line and column of the first cell that is no finite number, of a row of
/// another length, of an empty label, or a target that is not there; `InvalidParam` where the numbers are too large to
/// standardise.
#[cfg_attr(target_arch = "wasm32", optimize(size))]
pub fn read_csv(text: &str, options: &CsvOptions) -> Result<Dataset> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let delimiter = options.delimiter.unwrap_or_else(|| sniff(text));
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let mut records = reader.records().map(|record| {
        record.map_err(|e| Error::BadCsv {
            reason: e.to_string(),
        })
    });
    let first = match records.next() {
        Some(first) => first?,
        None => return bad("it is empty"),
    };
    let width = first.len();
    if width < 2 {
        return bad(format!(
            "line 1 has one column, but a feature and a label are needed; is the delimiter \
             really {:?}?",
            char::from(delimiter)
        ));
    }
    let named = matches!(options.target, Some(Target::Name(_)));
    let target = match &options.target {
        None => width - 1,
        Some(Target::Index(index)) if *index < width => *index,
        Some(Target::Index(index)) => {
            return bad(format!("there is no column {index}: line 1 has {width}"));
        }
        Some(Target::Name(name)) => match first.iter().position(|cell| cell == name) {
            Some(index) => index,
            None => {
                let names: Vec<_> = first.iter().take(SHOWN).map(short).collect();
                let names = names.join(", ");
                let rest = if width > SHOWN { ", …" } else { "" };
                return bad(format!(
                    "there is no column '{}': line 1 has {names}{rest}",
                    short(name)
                ));
            }
        },
    };
    let has_header = options.header.unwrap_or_else(|| {
        let is_name = |(i, cell): (usize, &str)| i != target && cell.parse::<f64>().is_err();
        named || first.iter().enumerate().any(is_name)
    });
    let mut feature_names: Vec<String> = if has_header {
        first.iter().map(str::to_owned).collect()
    } else {
        (0..width).map(|i| format!("column_{i}")).collect()
    };

    let mut table = Table {
        target,
        names: &feature_names,
        cells: Vec::new(),
        labels: Vec::new(),
    };
    if !has_header {
        table.push(&first)?;
    }
    for record in records {
        table.push(&record?)?;
    }
    let Table { cells, labels, .. } = table;
    if labels.is_empty() {
        return bad("there are no rows below the header");
    }
    let (class_names, y) = encode(&labels);
    feature_names.remove(target);
    let shape = (labels.len(), width - 1);
    let mut x = Array2::from_shape_vec(shape, cells).map_err(|e| Error::BadCsv {
        reason: e.to_string(),
    })?;
    if options.standardise {
        standardise(&mut x)?;
    }
    Ok(Dataset {
        x,
        y,
        feature_names,
        class_names,
    })
}

fn bad<T>(reason: impl ToString) -> Result<T> {
    Err(Error::BadCsv {
        reason: reason.to_string(),
    })
}

/// A cell as a message has it: a quote that is not closed makes one of a whole file.
fn short(cell: &str) -> String {
    shortened(cell, 40)
}

/// The delimiter that occurs equally often, and most often, in each of the first lines.
fn sniff(text: &str) -> u8 {
    let count = |line: &str, delimiter: u8| {
        let mut quoted = false;
        line.bytes()
            .filter(|&byte| {
                quoted ^= byte == b'"';
                byte == delimiter && !quoted
            })
            .count()
    };
    let lines = || text.lines().filter(|line| !line.trim().is_empty()).take(10);
    let score = |delimiter: u8| {
        let mut counts = lines().map(|line| count(line, delimiter));
        let first = counts.next().unwrap_or(0);
        (first > 0 && counts.all(|n| n == first), first)
    };
    let mut best = b',';
    for delimiter in [b';', b'\t'] {
        if score(delimiter) > score(best) {
            best = delimiter;
        }
    }
    best
}

/// What was read so far.
struct Table<'a> {
    target: usize,
    names: &'a [String],
    cells: Vec<f64>,
    labels: Vec<String>,
}

impl Table<'_> {
    fn push(&mut self, record: &StringRecord) -> Result<()> {
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != self.names.len() {
            return bad(format!(
                "line {line} has {} columns, line 1 has {}",
                record.len(),
                self.names.len()
            ));
        }
        for (i, cell) in record.iter().enumerate() {
            let place = || format!("line {line}, column {} ({})", i + 1, short(&self.names[i]));
            if i == self.target {
                if cell.is_empty() {
                    return bad(format!("{} has no label", place()));
                }
                self.labels.push(cell.to_owned());
                continue;
            }
            match cell.parse::<f64>() {
                Ok(value) if value.is_finite() => self.cells.push(value),
                Ok(_) => return bad(format!("{} is not finite: '{}'", place(), short(cell))),
                Err(_) if cell.is_empty() => return bad(format!("{} is empty", place())),
                Err(_) => return bad(format!("{} is no number: '{}'", place(), short(cell))),
            }
        }
        Ok(())
    }
}

/// Names of the classes in order, and the number of its class for each label.
#[cfg_attr(target_arch = "wasm32", optimize(size))]
fn encode(labels: &[String]) -> (Vec<String>, Vec<i32>) {
    let number = |label: &String| label.parse::<f64>().ok().filter(|v| v.is_finite());
    let numbers: Option<Vec<f64>> = labels.iter().map(number).collect();
    match numbers {
        Some(numbers) => {
            // 1 and 1.0 are the same class, called as it was first; so are 0 and -0.
            let mut order: Vec<usize> = (0..labels.len()).collect();
            order.sort_by(|&a, &b| (numbers[a] + 0.0).total_cmp(&(numbers[b] + 0.0)));
            let mut names: Vec<String> = Vec::new();
            let mut y = vec![0; labels.len()];
            let mut last = f64::NAN;
            for i in order {
                if numbers[i] != last {
                    names.push(labels[i].clone());
                    last = numbers[i];
                }
                y[i] = names.len() as i32 - 1;
            }
            (names, y)
        }
        None => {
            let mut codes: BTreeMap<&str, i32> = labels.iter().map(|l| (l.as_str(), 0)).collect();
            for (code, slot) in codes.values_mut().enumerate() {
                *slot = code as i32;
            }
            let y = labels.iter().map(|l| codes[l.as_str()]).collect();
            (codes.into_keys().map(str::to_owned).collect(), y)
        }
    }
}
