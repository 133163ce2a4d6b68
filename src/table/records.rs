//! Text, as it streams by, cut into records and cells.
//!
//! csv-core knows quotes and line ends. What it does not know stands around its calls, between one cell and the next: runs of
//! spaces, spaces before a quote, comment lines, where a record lies in the text, and lines as an editor counts them.
//!
//! Over 400 lines: one state machine around csv-core, whose states share all that it keeps.

use csv_core::ReadFieldResult;

use crate::error::{Error, Result, shortened};

/// One cell of more bytes than this is a quote that nobody closed.
const MOST_OF_A_CELL: usize = 1 << 20;
/// One record of more bytes than this is no record.
const MOST_OF_A_RECORD: usize = 1 << 24;
/// More cells than this are no columns.
pub(crate) const MOST_COLUMNS: usize = 100_000;

/// What lines that are no records begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comment {
    Hash,
    Percent,
    Slashes,
}

impl Comment {
    pub(crate) const ALL: [Self; 3] = [Self::Hash, Self::Percent, Self::Slashes];

    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Hash => "#",
            Self::Percent => "%",
            Self::Slashes => "//",
        }
    }
}

/// How a text is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// What stands between cells; a space stands for any run of spaces and tabs.
    pub(crate) delimiter: u8,
    pub(crate) comment: Option<Comment>,
}

/// One record, as long as it is looked at.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    cells: &'a str,
    ends: &'a [usize],
    /// The line in which it begins, from 1, as an editor counts.
    pub(crate) line: u64,
    /// Where it begins, in bytes from the text's beginning.
    pub(crate) at: u64,
    /// As it is written, without its end of line; where that was asked for.
    pub(crate) raw: &'a [u8],
}

impl Record<'_> {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A cell, its quotes undone; empty where there is none.
    pub(crate) fn written(&self, i: usize) -> &str {
        let start = if i == 0 {
            0
        } else {
            self.ends.get(i - 1).copied().unwrap_or(usize::MAX)
        };
        let end = self.ends.get(i).copied().unwrap_or(0);
        self.cells.get(start..end).unwrap_or("")
    }

    /// The same without spaces around it.
    pub(crate) fn cell(&self, i: usize) -> &str {
        let cell = self.written(i);
        let bytes = cell.as_bytes();
        match (bytes.first(), bytes.last()) {
            (Some(first), Some(last)) if first.is_ascii_graphic() && last.is_ascii_graphic() => {
                cell
            }
            _ => cell.trim(),
        }
    }

    /// Whether all cells from there on are empty.
    pub(crate) fn is_blank_from(&self, first: usize) -> bool {
        (first..self.len()).all(|i| self.cell(i).is_empty())
    }
}

/// Whether the record that was heard was the last one wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    Enough,
    More,
}

pub(crate) struct Records {
    core: csv_core::Reader,
    dialect: Dialect,
    /// Cells of the record so far, one after the other.
    cells: Vec<u8>,
    used: usize,
    ends: Vec<usize>,
    /// As it is written, where that is kept.
    raw: Option<Vec<u8>>,
    /// Bytes of it as written.
    n_raw: usize,
    /// What stays of a chunk where a comment may or may not begin.
    carried: Vec<u8>,
    place: Place,
    /// Whether a record begins where the bytes that are left do.
    is_begun: bool,
    /// Lines that have begun, and whether the last byte was a carriage return.
    line: u64,
    after_return: bool,
    at: u64,
    record_line: u64,
    record_at: u64,
    /// Of the cell: where it began, whether by a quote, and quotes so far.
    cell_line: u64,
    quotes: usize,
    is_quoted: bool,
    done: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    BetweenRecords,
    InComment,
    BeforeCell,
    InCell,
}

impl Records {
    /// As of there: byte and line of a record's beginning, or of the text's.
    pub(crate) fn at(dialect: Dialect, at: u64, line: u64) -> Self {
        let core = csv_core::ReaderBuilder::new()
            .delimiter(dialect.delimiter)
            .build();
        Self {
            core,
            dialect,
            cells: vec![0; 1024],
            used: 0,
            ends: Vec::new(),
            raw: None,
            n_raw: 0,
            carried: Vec::new(),
            place: Place::BetweenRecords,
            is_begun: false,
            line,
            after_return: false,
            at,
            record_line: line,
            record_at: at,
            cell_line: line,
            quotes: 0,
            is_quoted: false,
            done: false,
        }
    }

    /// From now on records come as they are written, too.
    pub(crate) fn keep_raw(mut self) -> Self {
        self.raw = Some(Vec::new());
        self
    }

    /// Hands each record that ends in these bytes to `each`; with `last` the text's end is one's, too.
    ///
    /// # Errors
    /// What `each` answers, and `BadTable`.
    pub(crate) fn push(
        &mut self,
        bytes: &[u8],
        last: bool,
        each: &mut dyn FnMut(&Record) -> Result<Heard>,
    ) -> Result<()> {
        if self.carried.is_empty() {
            return self.go(bytes, last, each);
        }
        let mut joined = std::mem::take(&mut self.carried);
        joined.extend_from_slice(bytes);
        self.go(&joined, last, each)
    }

    fn go(
        &mut self,
        mut bytes: &[u8],
        last: bool,
        each: &mut dyn FnMut(&Record) -> Result<Heard>,
    ) -> Result<()> {
        while !self.done {
            if matches!(self.place, Place::BetweenRecords | Place::InComment) {
                bytes = match self.place {
                    Place::InComment => self.comment(bytes),
                    _ => self.between(bytes, last),
                };
                if bytes.is_empty() {
                    self.done = last;
                    return Ok(());
                }
                if !self.is_begun {
                    continue;
                }
            } else if self.place == Place::BeforeCell {
                bytes = self.before_cell(bytes);
            }
            if bytes.is_empty() && !last {
                return Ok(());
            }
            if self.place != Place::InCell {
                self.begin_cell(bytes);
            }
            bytes = self.in_cell(bytes, each)?;
        }
        Ok(())
    }

    /// Counts lines of what is passed by.
    fn pass(&mut self, bytes: &[u8]) {
        self.at += bytes.len() as u64;
        for &byte in bytes {
            let is_end = byte == b'\r' || (byte == b'\n' && !self.after_return);
            self.line += u64::from(is_end);
            self.after_return = byte == b'\r';
        }
    }

    fn is_space(&self, byte: u8) -> bool {
        byte == b' ' || (byte == b'\t' && self.dialect.delimiter != b'\t')
    }

    /// Blank lines, and what stands before a record's first cell.
    fn between<'a>(&mut self, bytes: &'a [u8], last: bool) -> &'a [u8] {
        let n = bytes
            .iter()
            .take_while(|&&byte| byte == b'\n' || byte == b'\r' || self.is_space(byte))
            .count();
        self.pass(&bytes[..n]);
        let rest = &bytes[n..];
        if let Some(comment) = self.dialect.comment {
            let mark = comment.text().as_bytes();
            if rest.starts_with(mark) {
                self.place = Place::InComment;
            } else if !last && !rest.is_empty() && mark.starts_with(rest) {
                self.carried = rest.to_vec();
                return &[];
            }
        }
        self.is_begun = self.place == Place::BetweenRecords && !rest.is_empty();
        if self.is_begun {
            self.record_line = self.line;
            self.record_at = self.at;
            self.n_raw = 0;
        }
        rest
    }

    fn comment<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let n = bytes
            .iter()
            .position(|&byte| byte == b'\n' || byte == b'\r')
            .unwrap_or(bytes.len());
        self.pass(&bytes[..n]);
        if n < bytes.len() {
            self.place = Place::BetweenRecords;
        }
        self.is_begun = false;
        &bytes[n..]
    }

    /// Spaces before a cell are none of it, so that a quote after them is one.
    fn before_cell<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let n = bytes
            .iter()
            .take_while(|&&byte| self.is_space(byte))
            .count();
        self.write_raw(&bytes[..n]);
        self.pass(&bytes[..n]);
        self.n_raw += n;
        &bytes[n..]
    }

    fn begin_cell(&mut self, bytes: &[u8]) {
        self.place = Place::InCell;
        self.cell_line = self.line;
        self.quotes = 0;
        self.is_quoted = bytes.first() == Some(&b'"');
    }

    fn in_cell<'a>(
        &mut self,
        bytes: &'a [u8],
        each: &mut dyn FnMut(&Record) -> Result<Heard>,
    ) -> Result<&'a [u8]> {
        let (result, n_read, n_written) = self.core.read_field(bytes, &mut self.cells[self.used..]);
        let read = &bytes[..n_read];
        if self.is_quoted {
            self.quotes += read.iter().filter(|&&byte| byte == b'"').count();
        }
        self.write_raw(read);
        self.pass(read);
        self.used += n_written;
        self.n_raw += n_read;
        let rest = &bytes[n_read..];
        let begun = self.ends.last().copied().unwrap_or(0);
        if self.used - begun > MOST_OF_A_CELL || self.n_raw > MOST_OF_A_RECORD {
            return Err(self.endless());
        }
        match result {
            ReadFieldResult::InputEmpty => {}
            ReadFieldResult::OutputFull => {
                let n = self.cells.len() * 2;
                self.cells.resize(n, 0);
            }
            ReadFieldResult::Field { record_end } => {
                if bytes.is_empty() && self.is_quoted && self.quotes % 2 == 1 {
                    return Err(self.endless());
                }
                self.end_cell(record_end, each)?;
            }
            ReadFieldResult::End => self.done = true,
        }
        Ok(rest)
    }

    fn end_cell(
        &mut self,
        record_end: bool,
        each: &mut dyn FnMut(&Record) -> Result<Heard>,
    ) -> Result<()> {
        let begun = self.ends.last().copied().unwrap_or(0);
        // Spaces at a line's end are no delimiter.
        let is_none = self.dialect.delimiter == b' '
            && record_end
            && self.used == begun
            && !self.is_quoted
            && !self.ends.is_empty();
        if !is_none {
            if self.ends.len() == MOST_COLUMNS {
                return Err(bad(format!(
                    "line {} has more than {MOST_COLUMNS} cells: is the delimiter right, and are there line ends?",
                    self.record_line
                )));
            }
            self.ends.push(self.used);
        }
        if !record_end {
            self.place = Place::BeforeCell;
            return Ok(());
        }
        let cells = std::str::from_utf8(&self.cells[..self.used]).ok();
        // Two halves of a letter in two cells are none.
        let cells = cells.filter(|cells| self.ends.iter().all(|&end| cells.is_char_boundary(end)));
        let Some(cells) = cells else {
            return Err(not_utf8(self.record_line));
        };
        let raw = self.raw.as_deref().unwrap_or_default();
        let end = raw.iter().rposition(|&byte| byte != b'\n' && byte != b'\r');
        let heard = each(&Record {
            cells,
            ends: &self.ends,
            line: self.record_line,
            at: self.record_at,
            raw: &raw[..end.map_or(0, |end| end + 1)],
        })?;
        self.done = heard == Heard::Enough;
        self.used = 0;
        self.ends.clear();
        if let Some(raw) = &mut self.raw {
            raw.clear();
        }
        self.place = Place::BetweenRecords;
        Ok(())
    }

    fn write_raw(&mut self, bytes: &[u8]) {
        if let Some(raw) = &mut self.raw
            && raw.len() <= MOST_OF_A_RECORD
        {
            raw.extend_from_slice(bytes);
        }
    }

    fn endless(&self) -> Error {
        let column = self.ends.len() + 1;
        if self.is_quoted {
            return bad(format!(
                "line {}, column {column}: the quote that opens there is not closed: close it, or write it twice where it is part of the text",
                self.cell_line
            ));
        }
        bad(format!(
            "line {}, column {column} is longer than a cell can be: are there line ends, and is the delimiter right?",
            self.cell_line
        ))
    }
}

pub(crate) fn bad(reason: impl Into<String>) -> Error {
    Error::BadTable {
        reason: reason.into(),
    }
}

/// What an error says where bytes are not UTF-8: whoever reads on by another encoding asks for this.
pub(crate) fn not_utf8(line: u64) -> Error {
    Error::NotUtf8 { line }
}

/// A cell as a message has it: a quote that is not closed makes one of a whole file.
pub(crate) fn short(cell: &str) -> String {
    shortened(&cell.replace(['\n', '\r'], " "), 40)
}
