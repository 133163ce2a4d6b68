//! Tables of numbers with a column of labels, from text.

use std::collections::BTreeSet;

use csv::{ReaderBuilder, StringRecord, Trim};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::dataset::Dataset;
use crate::error::{Error, Result};

/// Which column holds the labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Target {
    /// By position from 0; negative ones count from the end.
    Index(i32),
    /// By the name in the first line.
    Name(String),
}

/// How to read a table; what is left out is found out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadCsv {
    /// The labels' column; the last where left out.
    pub target: Option<Target>,
    /// Whether the first line holds names; left out: whether it holds a cell that is no number in a
    /// column that is one below.
    pub header: Option<bool>,
    /// What stands between cells; left out: the most frequent of comma, semicolon and tab.
    pub delimiter: Option<String>,
}

/// Reads rows of numbers and a label each. Labels may be words; classes are in ascending order.
///
/// # Errors
/// `BadCsv` with the line and column, `InvalidParam` for the options.
pub fn read_csv(text: &str, options: &ReadCsv) -> Result<Dataset> {
    let delimiter = delimiter(text, options)?;
    let mut records = Vec::new();
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    for record in reader.records() {
        records.push(record.map_err(|error| bad(error.to_string()))?);
    }
    let first = records
        .first()
        .ok_or_else(|| bad("it holds no line".to_owned()))?;
    let n_cols = first.len();
    if n_cols < 2 {
        return Err(bad(
            "it needs at least two columns, features and a label: is the delimiter right?"
                .to_owned(),
        ));
    }
    let has_header = options
        .header
        .unwrap_or_else(|| looks_like_header(&records));
    let names: Vec<String> = if has_header {
        first.iter().map(str::to_owned).collect()
    } else {
        (0..n_cols).map(|column| format!("x{column}")).collect()
    };
    let target = target(&names, options.target.as_ref())?;
    let rows = &records[usize::from(has_header)..];
    if rows.is_empty() {
        return Err(bad("it holds no row".to_owned()));
    }
    let mut flat = Vec::with_capacity(rows.len() * (n_cols - 1));
    let mut labels = Vec::with_capacity(rows.len());
    for record in rows {
        let line = record.position().map_or(0, csv::Position::line);
        for (column, cell) in record.iter().enumerate() {
            if column == target {
                labels.push(cell);
            } else {
                let value = cell.parse::<f64>().ok().filter(|value| value.is_finite());
                flat.push(value.ok_or_else(|| {
                    bad(format!(
                        "line {line}, column '{}': '{cell}' is no finite number",
                        names[column]
                    ))
                })?);
            }
        }
    }
    let (y, class_names) = encode(&labels);
    let x = Array2::from_shape_vec((rows.len(), n_cols - 1), flat)
        .map_err(|error| bad(error.to_string()))?;
    let mut feature_names = names;
    feature_names.remove(target);
    Ok(Dataset {
        x,
        y,
        feature_names,
        class_names,
    })
}

fn bad(reason: String) -> Error {
    Error::BadCsv { reason }
}

fn delimiter(text: &str, options: &ReadCsv) -> Result<u8> {
    match options.delimiter.as_deref().map(str::as_bytes) {
        Some(&[byte]) if byte.is_ascii() => Ok(byte),
        Some(_) => Err(Error::invalid(
            "delimiter",
            format!("{:?}", options.delimiter.as_deref().unwrap_or_default()),
            "one ASCII character, such as ',' or ';'",
        )),
        None => {
            let line = text.lines().next().unwrap_or_default();
            let count = |delimiter: u8| line.bytes().filter(|&byte| byte == delimiter).count();
            // On a tie the earlier one.
            Ok(*b",;\t"
                .iter()
                .rev()
                .max_by_key(|&&delimiter| count(delimiter))
                .unwrap_or(&b','))
        }
    }
}

fn looks_like_header(records: &[StringRecord]) -> bool {
    let is_number = |cell: &str| cell.parse::<f64>().is_ok();
    match records {
        [first, second, ..] => first
            .iter()
            .zip(second)
            .any(|(name, cell)| !is_number(name) && is_number(cell)),
        _ => false,
    }
}

fn target(names: &[String], wanted: Option<&Target>) -> Result<usize> {
    let n = names.len();
    let found = match wanted {
        None => Some(n - 1),
        Some(&Target::Index(index)) if index < 0 => n.checked_sub(index.unsigned_abs() as usize),
        Some(&Target::Index(index)) => Some(index as usize).filter(|&index| index < n),
        Some(Target::Name(name)) => names.iter().position(|other| other == name),
    };
    found.ok_or_else(|| {
        let shown = match wanted {
            Some(Target::Name(name)) => format!("'{name}'"),
            Some(Target::Index(index)) => index.to_string(),
            None => String::new(),
        };
        Error::invalid(
            "target",
            shown,
            format!(
                "a column: 0 to {}, or one of '{}'",
                n - 1,
                names.join("', '")
            ),
        )
    })
}

/// Labels as positions among the sorted classes: numbers by value, words by letter.
fn encode(labels: &[&str]) -> (Vec<i32>, Vec<String>) {
    let mut classes: Vec<&str> = labels
        .iter()
        .copied()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let numbers: Option<Vec<f64>> = classes.iter().map(|class| class.parse().ok()).collect();
    if let Some(numbers) = numbers {
        let mut order: Vec<usize> = (0..classes.len()).collect();
        order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
        classes = order.into_iter().map(|at| classes[at]).collect();
    }
    let place: std::collections::BTreeMap<&str, i32> = classes.iter().copied().zip(0..).collect();
    let y = labels.iter().map(|label| place[label]).collect();
    (y, classes.iter().map(ToString::to_string).collect())
}
