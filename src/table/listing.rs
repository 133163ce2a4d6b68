//! Some rows once more, as they are written: to be looked at, or with what a model says of them.

use std::io::Write;

use super::choose::Chosen;
use super::reader::{Rows, Table};
use super::records::Heard;
use crate::error::Result;

/// Cells of some rows.
pub struct Listing {
    rows: Rows,
    /// Rows before the first that is wanted, and those wanted that are still to come.
    before: usize,
    missing: usize,
    width: usize,
    /// The cells, their quotes undone.
    pub cells: Vec<Vec<String>>,
}

impl Listing {
    /// From row `from` to before `to`, and from which byte of the text on they are to be looked for.
    #[must_use]
    pub fn new(table: &Table, from: usize, to: usize) -> (Self, u64) {
        let to = to.min(table.n_rows);
        let from = from.min(to);
        let (at, before, rows) = match table.place(from) {
            Some((row, place)) => (place.at, from - row, Rows::from(&table.form, place)),
            None => (0, 0, Rows::all(&table.form, false)),
        };
        let listing = Self {
            rows,
            before,
            missing: to - from,
            width: table.columns.len(),
            cells: Vec::new(),
        };
        (listing, at)
    }

    /// Whether all are there.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.missing == 0
    }

    /// # Errors
    /// `BadTable` where the text is another one than was read.
    pub fn push(&mut self, bytes: &[u8], last: bool) -> Result<()> {
        let Self {
            rows,
            before,
            missing,
            width,
            cells,
        } = self;
        if *missing == 0 {
            return Ok(());
        }
        rows.push(bytes, last, &mut |record| {
            if *before > 0 {
                *before -= 1;
                return Ok(Heard::More);
            }
            cells.push((0..*width).map(|j| record.written(j).to_owned()).collect());
            *missing -= 1;
            Ok(if *missing == 0 {
                Heard::Enough
            } else {
                Heard::More
            })
        })
    }
}

/// The whole table once more, each row with what a model says of it.
pub struct Writing {
    rows: Rows,
    delimiter: u8,
    width: usize,
    lines: Vec<u8>,
    ends: Vec<usize>,
}

/// What comes after each of some rows.
#[derive(Debug, Clone, Copy)]
pub struct Suffixes<'a> {
    /// Names of the labels.
    pub names: &'a [String],
    /// Of each row which of them.
    pub labels: &'a [u32],
    /// Of each row the probabilities, one after the other.
    pub shares: &'a [f64],
}

impl Writing {
    /// The whole text is to come once more.
    #[must_use]
    pub fn new(table: &Table) -> Self {
        Self {
            rows: Rows::all(&table.form, true),
            delimiter: table.form.dialect.delimiter,
            width: table.columns.len(),
            lines: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// The first line: the table's names, and names of what is added, told apart from those.
    #[must_use]
    pub fn header(&self, table: &Table, added: &[String]) -> Vec<u8> {
        let mut line = Vec::new();
        let mut taken: Vec<&str> = Vec::new();
        for (j, column) in table.columns.iter().enumerate() {
            self.cell(&mut line, &column.name, j == 0);
            taken.push(&column.name);
        }
        for name in added {
            let mut unique = name.clone();
            let mut n = 0;
            while taken.contains(&unique.as_str()) {
                n += 1;
                unique = format!("{name}.{n}");
            }
            self.cell(&mut line, &unique, false);
        }
        line.push(b'\n');
        line
    }

    /// Takes rows as they are written; how many wait for what a model says of them.
    ///
    /// # Errors
    /// `BadTable` where the text is another one than was read.
    pub fn push(&mut self, bytes: &[u8], last: bool) -> Result<usize> {
        let Self {
            rows,
            delimiter,
            width,
            lines,
            ends,
        } = self;
        rows.push(bytes, last, &mut |record| {
            if record.len() == *width {
                lines.extend_from_slice(record.raw);
            } else {
                // Without what stands beyond its columns.
                for j in 0..*width {
                    write_cell(lines, record.written(j), j == 0, *delimiter);
                }
            }
            ends.push(lines.len());
            Ok(Heard::More)
        })?;
        Ok(self.ends.len())
    }

    /// Those rows, each with what is said of it.
    #[must_use]
    pub fn take(&mut self, suffixes: &Suffixes) -> Vec<u8> {
        let n = self.ends.len();
        let per_row = suffixes.shares.len() / n.max(1);
        let mut out = Vec::with_capacity(self.lines.len() + n * (16 + 20 * per_row));
        let mut start = 0;
        let delimiter = self.delimiter as char;
        for (i, &end) in self.ends.iter().enumerate() {
            out.extend_from_slice(&self.lines[start..end]);
            start = end;
            let label = suffixes.labels.get(i).copied().unwrap_or(0) as usize;
            let name = suffixes.names.get(label).map_or("", String::as_str);
            self.cell(&mut out, name, false);
            for share in &suffixes.shares[i * per_row..(i + 1) * per_row] {
                // Writing to a list never fails.
                let _ = write!(out, "{delimiter}{share:?}");
            }
            out.push(b'\n');
        }
        self.lines.clear();
        self.ends.clear();
        out
    }

    fn cell(&self, line: &mut Vec<u8>, text: &str, is_first: bool) {
        write_cell(line, text, is_first, self.delimiter);
    }
}

/// One more cell, in quotes where it would be cut otherwise.
fn write_cell(line: &mut Vec<u8>, text: &str, is_first: bool, delimiter: u8) {
    if !is_first {
        line.push(delimiter);
    }
    let is_cut = |byte: u8| byte == delimiter || matches!(byte, b'"' | b'\n' | b'\r');
    let bytes = text.as_bytes();
    let is_spaced = text.starts_with([' ', '\t']) || text.is_empty() && delimiter == b' ';
    if !is_spaced && !bytes.iter().any(|&byte| is_cut(byte)) {
        line.extend_from_slice(bytes);
        return;
    }
    line.push(b'"');
    line.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    line.push(b'"');
}

impl Chosen {
    /// The table's row that a row here is.
    #[must_use]
    pub fn row_of_table(&self, row: usize) -> usize {
        self.row(row)
    }
}
