//! Leads a text through both passes: how it is written, then what it holds.
//!
//! Over 400 lines: the states of one pass after the other.

use super::cell::{ANY, Gaps, Way};
use super::columns::{Column, Looks, Scratch};
use super::guess::{Guess, Options, ReadAs, guess};
use super::records::{Dialect, Heard, Record, Records, bad};
use super::summary::Summary;
use crate::data::allocate::room;
use crate::error::Result;

/// Of the beginning, by which is guessed how the table is written; more where it has few lines.
const SAMPLE: usize = 1 << 18;
const LONG_SAMPLE: usize = 1 << 23;
const LINES: usize = 20;
/// Rows from one place to the next of which it is known where they begin.
const STRIDE: usize = 1024;
const MOST_ROWS: usize = u32::MAX as usize;

/// Records that are rows: without the header, and without those that are empty.
pub(crate) struct Rows {
    records: Records,
    has_header: bool,
    width: usize,
    pub(crate) n_blank: u64,
    /// Bytes before them that are still to come.
    to_skip: u64,
}

impl Rows {
    /// Those of the whole table.
    pub(crate) fn all(form: &Form, keep_raw: bool) -> Self {
        let records = Records::at(form.dialect, form.at, form.line);
        Self {
            records: if keep_raw {
                records.keep_raw()
            } else {
                records
            },
            has_header: form.has_header,
            width: form.width,
            n_blank: 0,
            to_skip: form.at,
        }
    }

    /// Those from a row's beginning.
    pub(crate) fn from(form: &Form, place: Place) -> Self {
        Self {
            records: Records::at(form.dialect, place.at, place.line),
            has_header: false,
            width: form.width,
            n_blank: 0,
            to_skip: 0,
        }
    }

    pub(crate) fn push(
        &mut self,
        bytes: &[u8],
        last: bool,
        each: &mut dyn FnMut(&Record) -> Result<Heard>,
    ) -> Result<()> {
        let Self {
            records,
            has_header,
            width,
            n_blank,
            to_skip,
        } = self;
        let n = bytes
            .len()
            .min(usize::try_from(*to_skip).unwrap_or(usize::MAX));
        *to_skip -= n as u64;
        records.push(&bytes[n..], last, &mut |record| {
            if std::mem::take(has_header) {
                return Ok(Heard::More);
            }
            if record.is_blank_from(0) && (*width > 1 || record.len() > 1) {
                *n_blank += 1;
                return Ok(Heard::More);
            }
            let n = record.len();
            if n < *width || (n > *width && !record.is_blank_from(*width)) {
                return Err(bad(format!(
                    "line {} has {n} {}, but the table has {width} columns: complete it, or put quotes around cells that hold the delimiter",
                    record.line,
                    if n == 1 { "cell" } else { "cells" }
                )));
            }
            each(record)
        })
    }
}

/// How a table is written, and where its rows begin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    pub(crate) dialect: Dialect,
    pub(crate) has_header: bool,
    pub(crate) width: usize,
    at: u64,
    line: u64,
}

/// Where a row begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) at: u64,
    pub(crate) line: u64,
}

/// Reads a table in two passes over its text, given in chunks of any size.
pub struct Reader {
    options: Options,
    state: State,
}

enum State {
    Sample(Vec<u8>),
    First(Box<First>),
    Second(Box<Second>),
    Summary(Box<(Table, Summary)>),
    Over,
}

struct First {
    guess: Guess,
    form: Form,
    rows: Rows,
    looks: Vec<Looks>,
    gaps: Gaps,
    n_rows: usize,
    places: Vec<Place>,
    scratch: String,
}

struct Second {
    rows: Rows,
    table: Table,
    row: usize,
    scratch: Scratch,
}

/// A table that was read.
pub struct Table {
    /// Rows.
    pub n_rows: usize,
    /// Columns.
    pub columns: Vec<Column>,
    /// How it was read.
    pub read_as: ReadAs,
    /// What was guessed or left out, a sentence each.
    pub notes: Vec<String>,
    pub(crate) form: Form,
    pub(crate) gaps: Gaps,
    pub(crate) places: Vec<Place>,
    /// Texts of columns of numbers, where somebody needed them.
    pub(crate) texts: Vec<(usize, Column)>,
}

impl Reader {
    /// Waits for the first chunk.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            options,
            state: State::Sample(Vec::new()),
        }
    }

    /// The next bytes of the pass, in UTF-8 without a mark of it; `last` with the text's last ones.
    ///
    /// # Errors
    /// `BadTable` names line and column; `NotUtf8`; `InvalidParam` for options; `OutOfMemory`.
    pub fn push(&mut self, bytes: &[u8], last: bool) -> Result<()> {
        match &mut self.state {
            State::Sample(sample) => {
                room::<u8>("the table", sample.len() + bytes.len(), 1)?;
                sample.extend_from_slice(bytes);
                let is_long =
                    sample.len() >= SAMPLE && (sample.len() >= LONG_SAMPLE || has_lines(sample));
                if !last && !is_long {
                    return Ok(());
                }
                let sample = std::mem::take(sample);
                let mut first = Box::new(First::new(&sample, last, &self.options)?);
                first.push(&sample, last)?;
                self.state = State::First(first);
                Ok(())
            }
            State::First(first) => first.push(bytes, last),
            State::Second(second) => second.push(bytes, last),
            State::Summary(..) | State::Over => Ok(()),
        }
    }

    /// Ends the first pass: from now on the same text comes again, from its beginning.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn begin_second(&mut self) -> Result<()> {
        if let State::First(first) = std::mem::replace(&mut self.state, State::Over) {
            self.state = State::Second(Box::new(first.end()?));
        }
        Ok(())
    }

    /// After the second pass: counts about so many cells; whether all is done.
    ///
    /// # Errors
    /// `BadTable` where the text was another one than in the first pass; `OutOfMemory`.
    pub fn summarise(&mut self, max_cells: usize) -> Result<bool> {
        if let State::Second(second) = &self.state
            && second.row != second.table.n_rows
        {
            return Err(changed());
        }
        self.state = match std::mem::replace(&mut self.state, State::Over) {
            State::Second(second) => State::Summary(Box::new((second.table, Summary::default()))),
            other => other,
        };
        match &mut self.state {
            State::Summary(both) => {
                let (table, summary) = &mut **both;
                summary.run(&mut table.columns, &table.gaps, max_cells)
            }
            _ => Ok(true),
        }
    }

    /// What was read.
    #[must_use]
    pub fn finish(self) -> Option<Table> {
        match self.state {
            State::Summary(both) => {
                let (mut table, _) = *both;
                table.note_columns();
                Some(table)
            }
            _ => None,
        }
    }
}

fn has_lines(sample: &[u8]) -> bool {
    let ends = sample
        .iter()
        .filter(|&&byte| byte == b'\n' || byte == b'\r');
    ends.take(LINES).count() == LINES
}

pub(crate) fn changed() -> crate::Error {
    bad("the table changed while it was read: read it again")
}

impl First {
    fn new(sample: &[u8], whole: bool, options: &Options) -> Result<Self> {
        let guess = guess(sample, whole, options)?;
        let form = Form {
            dialect: guess.dialect,
            has_header: guess.has_header,
            width: guess.names.len(),
            at: guess.at,
            line: guess.line,
        };
        let ways = match &options.decimal {
            None => ANY,
            Some(_) => Way::by(guess.decimal),
        };
        let mut looks: Vec<Looks> = room("the table", form.width, 1)?;
        looks.resize(form.width, Looks::new(ways));
        Ok(Self {
            form,
            rows: Rows::all(&form, false),
            looks,
            gaps: Gaps {
                own: options.missing_values.clone(),
            },
            guess,
            n_rows: 0,
            places: Vec::new(),
            scratch: String::new(),
        })
    }

    fn push(&mut self, bytes: &[u8], last: bool) -> Result<()> {
        let Self {
            rows,
            looks,
            gaps,
            n_rows,
            places,
            scratch,
            ..
        } = self;
        rows.push(bytes, last, &mut |record| {
            if n_rows.is_multiple_of(STRIDE) {
                places.push(Place {
                    at: record.at,
                    line: record.line,
                });
            }
            if *n_rows == MOST_ROWS {
                return Err(bad("the table has more rows than can be counted"));
            }
            *n_rows += 1;
            for (j, looks) in looks.iter_mut().enumerate() {
                looks.look(record.cell(j), record.line, gaps, scratch);
            }
            Ok(Heard::More)
        })
    }

    fn end(self) -> Result<Second> {
        let Self {
            guess,
            form,
            rows,
            looks,
            gaps,
            n_rows,
            places,
            ..
        } = self;
        // All of it is asked for before any of it is taken.
        let bytes = |looks: &Looks| if looks.ways == 0 { 2 } else { 8 };
        drop(room::<u8>(
            "the table",
            n_rows,
            looks.iter().map(bytes).sum(),
        )?);
        let mut notes = guess.notes;
        let n_blank = rows.n_blank;
        if n_blank > 0 {
            let lines = if n_blank == 1 {
                "record is"
            } else {
                "records are"
            };
            notes.push(format!("{n_blank} empty {lines} left out."));
        }
        let columns = guess.names.into_iter().zip(looks).enumerate();
        let columns = columns.map(|(j, (name, looks))| {
            let unnamed = guess.unnamed[j];
            Column::new(name, unnamed, looks, guess.decimal, n_rows)
        });
        let table = Table {
            n_rows,
            columns: columns.collect::<Result<_>>()?,
            read_as: ReadAs {
                delimiter: form.dialect.delimiter.into(),
                decimal: guess.decimal.into(),
                header: guess.has_header || guess.is_commented,
                comment: form.dialect.comment.map(super::records::Comment::text),
                first_line: guess.line,
            },
            notes,
            form,
            gaps,
            places,
            texts: Vec::new(),
        };
        Ok(Second {
            rows: Rows::all(&form, false),
            table,
            row: 0,
            scratch: Scratch::default(),
        })
    }
}

impl Second {
    fn push(&mut self, bytes: &[u8], last: bool) -> Result<()> {
        let Self {
            rows,
            table,
            row,
            scratch,
        } = self;
        let Table {
            columns,
            gaps,
            n_rows,
            ..
        } = table;
        rows.push(bytes, last, &mut |record| {
            if *row == *n_rows {
                return Err(changed());
            }
            *row += 1;
            for (j, column) in columns.iter_mut().enumerate() {
                if !column.put(record.cell(j), record.line, gaps, scratch)? {
                    return Err(changed());
                }
            }
            Ok(Heard::More)
        })
    }
}

impl Table {
    /// Where to begin to come to a row: the number of a row not far before it, and where that begins.
    pub(crate) fn place(&self, row: usize) -> Option<(usize, Place)> {
        let i = (row / STRIDE).min(self.places.len().checked_sub(1)?);
        Some((i * STRIDE, self.places[i]))
    }
}
