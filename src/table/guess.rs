//! How a table is written, by its beginning: what stands between cells, which decimal mark, whether names come first.
//!
//! Over 400 lines: each guess is a function, and they look at one sample in one order.

use super::cell::{Gaps, Way, Ways, ways_of, without_sign};
use super::header::{has_names, is_number, names, whole_number};
use super::records::{Comment, Dialect, Heard, Record, Records, bad, not_utf8, short};
use crate::error::{Error, Result};

/// How to read a table. What is `None` is found out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether the first record holds the columns' names.
    pub header: Option<bool>,
    /// What stands between cells: one ASCII character; a space is any run of spaces.
    pub delimiter: Option<String>,
    /// '.' or ','.
    pub decimal: Option<String>,
    /// How gaps are written, in place of [`GAPS`](super::GAPS).
    pub missing_values: Option<Vec<String>>,
}

/// How a table was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadAs {
    /// What stands between cells.
    pub delimiter: char,
    /// '.' or ','.
    pub decimal: char,
    /// Whether the columns' names are the table's.
    pub header: bool,
    /// What lines that were left out begin with.
    pub comment: Option<&'static str>,
    /// The line in which the table begins, from 1.
    pub first_line: u64,
}

pub(crate) struct Guess {
    pub(crate) dialect: Dialect,
    pub(crate) decimal: u8,
    /// Whether records begin with one of names.
    pub(crate) has_header: bool,
    pub(crate) names: Vec<String>,
    /// Of each column, whether it has no name of its own.
    pub(crate) unnamed: Vec<bool>,
    /// Where records begin: byte and line.
    pub(crate) at: u64,
    pub(crate) line: u64,
    /// Whether the names stand in a comment line.
    pub(crate) is_commented: bool,
    pub(crate) notes: Vec<String>,
}

/// Records of the beginning that are looked at, and cells of them.
const RECORDS: usize = 1000;
const CELLS: usize = 300_000;
const DELIMITERS: [u8; 4] = *b",\t;|";
/// Lines above a table at most that are none of it.
const TITLES: usize = 20;

/// A record of the beginning.
struct Seen {
    cells: Vec<String>,
    at: u64,
    line: u64,
}

/// The first records as a dialect cuts them; what cannot be cut ends them.
fn seen(sample: &[u8], at: u64, line: u64, whole: bool, dialect: Dialect) -> Vec<Seen> {
    let mut all = Vec::new();
    let mut n_cells = 0;
    let mut each = |record: &Record| {
        n_cells += record.len();
        if record.is_blank_from(0) {
            return Ok(Heard::More);
        }
        let cells = (0..record.len()).map(|i| record.cell(i).to_owned());
        all.push(Seen {
            cells: cells.collect(),
            at: record.at,
            line: record.line,
        });
        let enough = all.len() >= RECORDS || n_cells >= CELLS;
        Ok(if enough { Heard::Enough } else { Heard::More })
    };
    // What is wrong with it is told when it is read.
    let _ = Records::at(dialect, at, line).push(&sample[at as usize..], whole, &mut each);
    all
}

/// # Errors
/// `NotUtf8`, `BadTable` where there is nothing to read, `InvalidParam`.
pub(crate) fn guess(sample: &[u8], whole: bool, options: &Options) -> Result<Guess> {
    let gaps = Gaps {
        own: options.missing_values.clone(),
    };
    let sample = match std::str::from_utf8(sample) {
        Ok(_) => sample,
        // Half a letter at its end.
        Err(error) if !whole && error.error_len().is_none() => &sample[..error.valid_up_to()],
        Err(error) => {
            let before = &sample[..error.valid_up_to()];
            return Err(not_utf8(lines_before(before)));
        }
    };
    let mut notes = Vec::new();
    let decimal = decimal_of(options)?;
    let (mut at, mut line, said) = separator_line(sample);
    let delimiter = match &options.delimiter {
        None => said,
        Some(text) => Some(delimiter_of(text)?),
    };
    if said.is_some() {
        notes.push("Line 1 says what stands between cells.".to_owned());
    }
    let comment = leading_comment(&sample[at as usize..]);
    let delimiter = delimiter.unwrap_or_else(|| best_delimiter(sample, at, line, whole, comment));
    let mut dialect = Dialect { delimiter, comment };
    let mut records = seen(sample, at, line, whole, dialect);
    let mut commented = None;
    if let Some(comment) = comment {
        let body = &sample[at as usize..];
        commented = named_by_comment(body, comment, dialect, &records);
        notes.push(format!(
            "Lines that begin with {} are left out.",
            comment.text()
        ));
    }
    if records.is_empty() && comment.is_some() {
        // Nothing but such lines: they are the table.
        dialect.comment = None;
        notes.pop();
        records = seen(sample, at, line, whole, dialect);
    }
    let Some(first) = records.first() else {
        return Err(nothing_to_read(sample, at, line, whole, dialect));
    };
    (at, line) = (first.at, first.line);

    let usual = usual_length(&records);
    let n_titles = titles(&records, usual);
    if n_titles > 0 {
        notes.push(format!(
            "{} above the table {} left out: {}",
            lines_of(&records[..n_titles]),
            if n_titles == 1 { "is" } else { "are" },
            short(&records[0].cells.join(" "))
        ));
    }
    let counted = options.header.is_none()
        && records.len() > n_titles + 1
        && is_count(&records[n_titles..], whole);
    let n_above = n_titles + usize::from(counted);
    if counted {
        let cells = &records[n_titles].cells;
        notes.push(format!(
            "Line {} counts rows and columns and names classes ({}): it is left out.",
            records[n_titles].line,
            short(&cells[2..].join(", "))
        ));
    }
    records.drain(..n_above);
    if let Some(first) = records.first() {
        (at, line) = (first.at, first.line);
    }
    let rows: Vec<&[String]> = records.iter().map(|seen| seen.cells.as_slice()).collect();
    let has_header = commented.is_none()
        && options
            .header
            .unwrap_or_else(|| !counted && has_names(&rows, &gaps));
    let (names, unnamed) = names(&rows, has_header, commented.as_deref(), &mut notes);
    let decimal = decimal.unwrap_or_else(|| best_decimal(&rows, dialect.delimiter));
    Ok(Guess {
        dialect,
        decimal,
        has_header,
        names,
        unnamed,
        at,
        line,
        is_commented: commented.is_some(),
        notes,
    })
}

/// Why there is not a single record in the beginning.
fn nothing_to_read(sample: &[u8], at: u64, line: u64, whole: bool, dialect: Dialect) -> Error {
    if whole {
        return bad("the table is empty: it has not a single cell");
    }
    if sample.trim_ascii().is_empty() {
        return bad(
            "the table begins with more blank lines than can be looked through: leave them out",
        );
    }
    let pushed = Records::at(dialect, at, line)
        .push(&sample[at as usize..], whole, &mut |_| Ok(Heard::Enough));
    pushed.err().unwrap_or_else(|| {
        bad(format!(
            "line {line} is longer than a record can be: are there line ends?"
        ))
    })
}

fn lines_before(bytes: &[u8]) -> u64 {
    let ends = bytes
        .iter()
        .enumerate()
        .filter(|&(i, &byte)| byte == b'\n' && (i == 0 || bytes[i - 1] != b'\r') || byte == b'\r');
    ends.count() as u64 + 1
}

fn lines_of(records: &[Seen]) -> String {
    match records {
        [one] => format!("Line {}", one.line),
        [first, .., last] => format!("Lines {} to {}", first.line, last.line),
        [] => String::new(),
    }
}

pub(crate) fn delimiter_of(text: &str) -> Result<u8> {
    match text.as_bytes() {
        &[byte]
            if byte.is_ascii()
                && !byte.is_ascii_alphanumeric()
                && !b"\"\n\r.-+".contains(&byte) =>
        {
            Ok(byte)
        }
        _ => Err(Error::invalid(
            "delimiter",
            format!("'{text}'"),
            "one ASCII character that is no letter, digit, quote or line end, such as ';'",
        )),
    }
}

fn decimal_of(options: &Options) -> Result<Option<u8>> {
    match options.decimal.as_deref() {
        None => Ok(None),
        Some(".") => Ok(Some(b'.')),
        Some(",") => Ok(Some(b',')),
        Some(other) => Err(Error::invalid(
            "decimal",
            format!("'{other}'"),
            "'.' or ','",
        )),
    }
}

/// A first line as Excel writes it, sep=; : where the next begins, and what it says.
fn separator_line(sample: &[u8]) -> (u64, u64, Option<u8>) {
    let end = sample
        .iter()
        .position(|&byte| byte == b'\n' || byte == b'\r')
        .unwrap_or(sample.len());
    let line = sample[..end].trim_ascii();
    let line = line
        .strip_prefix(b"\"")
        .and_then(|line| line.strip_suffix(b"\""))
        .unwrap_or(line);
    match line {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', byte] if byte.is_ascii() => {
            let is_two = sample[end..].starts_with(b"\r\n");
            let next = (end + if is_two { 2 } else { 1 }).min(sample.len());
            (next as u64, 2, Some(*byte))
        }
        // A tab has been trimmed off.
        b"sep=" => {
            let is_two = sample[end..].starts_with(b"\r\n");
            let next = (end + if is_two { 2 } else { 1 }).min(sample.len());
            (next as u64, 2, Some(b'\t'))
        }
        _ => (0, 1, None),
    }
}

fn leading_comment(sample: &[u8]) -> Option<Comment> {
    let start = sample.trim_ascii_start();
    Comment::ALL
        .into_iter()
        .find(|comment| start.starts_with(comment.text().as_bytes()))
}

/// What cuts the first records most evenly, into cells that hold no other delimiter.
fn best_delimiter(sample: &[u8], at: u64, line: u64, whole: bool, comment: Option<Comment>) -> u8 {
    let score = |delimiter: u8| {
        let records = seen(sample, at, line, whole, Dialect { delimiter, comment });
        let records = &records[..records.len().min(100)];
        let usual = usual_length(records);
        if usual < 2 {
            return 0.0;
        }
        let even: Vec<&Seen> = records.iter().filter(|r| r.cells.len() == usual).collect();
        let cells = even.iter().flat_map(|record| &record.cells);
        let (mut n, mut clean, mut numbers) = (0.0, 0.0, 0.0);
        for cell in cells {
            let is_number = is_number(cell);
            let others = DELIMITERS.iter().filter(|&&other| other != delimiter);
            let holds_another = others.clone().any(|&other| cell.contains(other as char));
            n += 1.0;
            clean += f64::from(u8::from(is_number || !holds_another));
            numbers += f64::from(u8::from(is_number));
        }
        // Words have spaces between them, too.
        if delimiter == b' ' && numbers * 3.0 < n {
            return 0.0;
        }
        even.len() as f64 / records.len() as f64 * (clean / n)
    };
    let mut best = (b',', 0.0);
    for delimiter in DELIMITERS {
        let score = score(delimiter);
        if score > best.1 {
            best = (delimiter, score);
        }
    }
    // Runs of spaces where nothing else cuts evenly.
    if best.1 < 0.9 && score(b' ') > best.1 {
        best.0 = b' ';
    }
    best.0
}

/// Cells of most records.
fn usual_length(records: &[Seen]) -> usize {
    let mut counts: Vec<(usize, usize)> = Vec::new();
    for record in records {
        let len = record.cells.len();
        match counts.iter_mut().find(|(other, _)| *other == len) {
            Some((_, n)) => *n += 1,
            None => counts.push((len, 1)),
        }
    }
    counts
        .into_iter()
        .max_by_key(|&(len, n)| (n, len))
        .map_or(0, |(len, _)| len)
}

/// Records above a table of several columns that have one cell.
fn titles(records: &[Seen], usual: usize) -> usize {
    if usual < 2 {
        return 0;
    }
    let n = records
        .iter()
        .take_while(|record| {
            let cells = &record.cells;
            cells.len() < usual && cells[1..].iter().all(String::is_empty)
        })
        .count();
    if n > TITLES || n + 1 >= records.len() {
        0
    } else {
        n
    }
}

/// A first line as old archives have it: how many rows, how many columns, and what the classes are called.
fn is_count(records: &[Seen], whole: bool) -> bool {
    let first = &records[0].cells;
    let width = usual_length(&records[1..]);
    let (Some(rows), Some(columns)) = (
        first.first().and_then(|cell| whole_number(cell)),
        first.get(1).and_then(|cell| whole_number(cell)),
    ) else {
        return false;
    };
    let rest = &first[2..];
    let is_named = !rest.is_empty() && rest.iter().all(|cell| !cell.is_empty() && !is_number(cell));
    let fits = columns as usize + 1 == width && is_named;
    let counted = !whole || records.len() >= RECORDS || rows as usize == records.len() - 1;
    fits && counted
}

/// The names in the last comment line above the records, where it has as many cells as they and they have no names.
fn named_by_comment(
    body: &[u8],
    comment: Comment,
    dialect: Dialect,
    records: &[Seen],
) -> Option<Vec<String>> {
    let usual = usual_length(records);
    let first = records.first()?;
    let text = std::str::from_utf8(body).ok()?;
    let line = text
        .split(['\n', '\r'])
        .map(str::trim_start)
        .filter(|line| !line.is_empty())
        .take_while(|line| line.starts_with(comment.text()))
        .last()?;
    let line = line.trim_start_matches(['#', '%', '/']).trim_start();
    let plain = Dialect {
        comment: None,
        ..dialect
    };
    let cells = seen(line.as_bytes(), 0, 1, true, plain).pop()?.cells;
    let are_names = cells
        .iter()
        .all(|cell| !cell.is_empty() && !is_number(cell));
    let has_numbers = first.cells.iter().any(|cell| is_number(cell));
    let fits = usual > 1 && cells.len() == usual && are_names && has_numbers;
    fits.then_some(cells)
}

/// The decimal mark that more cells can only be read with.
fn best_decimal(rows: &[&[String]], delimiter: u8) -> u8 {
    // None by the other mark, although that would be preferred.
    let only = |ways: Ways, decimal: u8| {
        let other = if decimal == b'.' { b',' } else { b'.' };
        Way::first_of(ways, other).is_some_and(|way| way.decimal == decimal)
    };
    let (mut points, mut commas, mut doubtful) = (0u32, 0u32, 0u32);
    let mut scratch = String::new();
    for cell in rows.iter().flat_map(|row| row.iter()) {
        let ways = ways_of(without_sign(cell, &mut scratch).1);
        if only(ways, b'.') {
            points += 1;
        } else if only(ways, b',') {
            commas += 1;
        } else if ways != 0 && cell.contains(',') {
            doubtful += 1;
        }
    }
    let mostly_commas = commas > points || (commas == points && doubtful > 0 && delimiter != b',');
    if mostly_commas { b',' } else { b'.' }
}
