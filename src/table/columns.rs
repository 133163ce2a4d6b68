//! What is kept of one column: first how its cells are written, then the cells themselves.

use super::cell::{Gaps, Sign, Way, Ways, Written, ways_of, without_sign};
use super::dictionary::{Coded, Dictionary};
use super::facts::Facts;
use super::records::short;

use crate::data::allocate::room;
use crate::error::Result;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Each cell that is no gap is a number.
    Number,
    /// Words, dates, true and false, codes.
    Category,
}

/// A cell and the line that it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) line: u64,
    pub(crate) text: String,
}

/// How a column's cells are written: what the first pass finds.
#[derive(Debug, Clone)]
pub(crate) struct Looks {
    pub(crate) ways: Ways,
    sign: Option<Sign>,
    written: Written,
    n_numbers: u64,
    n_missing: u64,
    first_missing: Option<u64>,
    /// The first cell because of which it is no column of numbers.
    odd: Option<Placed>,
}

impl Looks {
    pub(crate) fn new(ways: Ways) -> Self {
        Self {
            ways,
            sign: None,
            written: Written::default(),
            n_numbers: 0,
            n_missing: 0,
            first_missing: None,
            odd: None,
        }
    }

    pub(crate) fn look(&mut self, cell: &str, line: u64, gaps: &Gaps, scratch: &mut String) {
        if gaps.holds(cell) {
            self.n_missing += 1;
            self.first_missing.get_or_insert(line);
            return;
        }
        let (sign, rest) = without_sign(cell, scratch);
        let ways = ways_of(rest);
        self.n_numbers += u64::from(ways != 0);
        if self.ways == 0 {
            return;
        }
        let fits = self.written == Written::Unseen || self.sign == sign;
        self.ways = if fits { self.ways & ways } else { 0 };
        self.sign = sign;
        if self.ways == 0 {
            self.odd = Some(Placed {
                line,
                text: short(cell),
            });
        }
        if self.written != Written::Otherwise {
            let written = match sign {
                None => Written::of(cell),
                Some(_) => Written::Otherwise,
            };
            self.written = self.written.and(written);
        }
    }
}

/// What is kept of the cells.
#[derive(Debug, Clone)]
pub(crate) enum Cells {
    /// NaN for a gap.
    Numbers(Vec<f64>),
    /// The text of each, gaps too.
    Codes(Vec<u16>, Dictionary),
    /// More texts than are told apart.
    TooMany,
}

/// One column of a table.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name; `column_2` where it has none.
    pub name: String,
    /// Whether the table gives it no name.
    pub unnamed: bool,
    /// What it holds.
    pub kind: Kind,
    /// Gaps.
    pub n_missing: u64,
    /// Cells that are infinite, or larger than any double.
    pub n_infinite: u64,
    /// Cells of a category column that could be numbers.
    pub n_numbers: u64,
    pub(crate) first_missing: Option<u64>,
    /// Of a category column: the first cell that in a target would be a gap.
    pub(crate) first_unlabelled: Option<u64>,
    pub(crate) first_infinite: Option<Placed>,
    pub(crate) odd: Option<Placed>,
    pub(crate) way: Way,
    pub(crate) ways: Ways,
    pub(crate) sign: Option<Sign>,
    pub(crate) written: Written,
    pub(crate) cells: Cells,
    /// What was counted.
    pub facts: Facts,
}

impl Column {
    /// A column that its cells are to be put in.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn new(
        name: String,
        unnamed: bool,
        looks: Looks,
        decimal: u8,
        n_rows: usize,
    ) -> Result<Self> {
        const WHAT: &str = "the table";
        let way = Way::first_of(looks.ways, decimal);
        let cells = match way {
            Some(_) => Cells::Numbers(room(WHAT, n_rows, 1)?),
            None => Cells::Codes(room(WHAT, n_rows, 1)?, Dictionary::default()),
        };
        Ok(Self {
            name,
            unnamed,
            kind: if way.is_some() {
                Kind::Number
            } else {
                Kind::Category
            },
            n_missing: looks.n_missing,
            n_infinite: 0,
            n_numbers: looks.n_numbers,
            first_missing: looks.first_missing,
            first_unlabelled: None,
            first_infinite: None,
            odd: looks.odd,
            way: way.unwrap_or(Way {
                decimal,
                thousands: None,
            }),
            ways: looks.ways,
            sign: looks.sign,
            written: looks.written,
            cells,
            facts: Facts::default(),
        })
    }

    /// The next row's cell; false where it is not what the first pass saw.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn put(
        &mut self,
        cell: &str,
        line: u64,
        gaps: &Gaps,
        scratch: &mut Scratch,
    ) -> Result<bool> {
        match &mut self.cells {
            Cells::Numbers(values) => {
                let mut value = f64::NAN;
                if !gaps.holds(cell) {
                    let (_, rest) = without_sign(cell, &mut scratch.sign);
                    value = self.way.read(rest, &mut scratch.number);
                    if value.is_nan() {
                        return Ok(false);
                    }
                    if value.is_infinite() {
                        self.n_infinite += 1;
                        self.first_infinite.get_or_insert_with(|| Placed {
                            line,
                            text: short(cell),
                        });
                    }
                }
                values.push(value);
            }
            Cells::Codes(codes, dictionary) => {
                if self.first_unlabelled.is_none() && gaps.holds_label(cell) {
                    self.first_unlabelled = Some(line);
                }
                match dictionary.add(cell)? {
                    Coded::Code(code) => codes.push(code),
                    Coded::Full => self.cells = Cells::TooMany,
                }
            }
            Cells::TooMany => {}
        }
        Ok(true)
    }

    /// Whether there are more texts than are told apart.
    #[must_use]
    pub fn is_too_many(&self) -> bool {
        matches!(self.cells, Cells::TooMany)
    }

    /// Row by row, NaN for gaps, where it holds numbers.
    #[must_use]
    pub fn numbers(&self) -> Option<&[f64]> {
        match &self.cells {
            Cells::Numbers(values) => Some(values),
            _ => None,
        }
    }

    /// Of a category column the text of each row.
    #[must_use]
    pub fn texts(&self) -> Option<impl Iterator<Item = &str>> {
        match &self.cells {
            Cells::Codes(codes, dictionary) => {
                Some(codes.iter().map(|&code| dictionary.text(usize::from(code))))
            }
            _ => None,
        }
    }

    /// The first cell that is no number, and its line; of a column that would otherwise be one of numbers.
    #[must_use]
    pub fn odd_cell(&self) -> Option<(u64, &str)> {
        let odd = self.odd.as_ref()?;
        Some((odd.line, &odd.text))
    }

    /// What stands between thousands, where something does.
    #[must_use]
    pub fn thousands(&self) -> Option<char> {
        let is_needed = self.kind == Kind::Number && self.n_numbers > 0;
        self.way.thousands.filter(|_| is_needed).map(char::from)
    }

    /// The sign of money or percent that each cell has.
    #[must_use]
    pub fn sign(&self) -> Option<char> {
        match self.sign {
            Some(Sign::Before(sign) | Sign::After(sign)) if self.kind == Kind::Number => Some(sign),
            _ => None,
        }
    }
}

/// Room for one cell, made anew.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    sign: String,
    number: String,
}
