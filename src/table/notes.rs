//! What is worth a word about a column: that it only counts rows, how its numbers are read, what stands in the way of that.

use super::MOST_DISTINCT;
use super::cell::Written;
use super::columns::{Cells, Column, Kind};
use super::reader::Table;
use super::records::short;

/// Notes on columns at most.
const NOTES: usize = 20;

impl Table {
    /// What is worth a word about single columns.
    pub(super) fn note_columns(&mut self) {
        let notes = self.columns.iter().filter_map(note).take(NOTES);
        let notes: Vec<String> = notes.collect();
        self.notes.extend(notes);
    }
}

fn note(column: &Column) -> Option<String> {
    let name = short(&column.name);
    let n_cells = column.n_numbers;
    if column.kind == Kind::Category {
        let (line, text) = column.odd_cell()?;
        let n_texts: u64 = match &column.cells {
            Cells::Codes(codes, _) => codes.len() as u64 - column.n_missing,
            _ => return too_many(column),
        };
        let mostly = n_cells * 2 > n_texts;
        return mostly.then(|| {
            format!(
                "Column '{name}' is taken for categories, although {n_cells} of its {n_texts} cells are numbers: line {line} has '{text}'."
            )
        });
    }
    if column.facts.counts_on && column.is_index() {
        return Some(format!(
            "Column '{name}' only counts rows: it is no feature unless it is asked for."
        ));
    }
    if let Some(sign) = column.sign() {
        return Some(format!(
            "Column '{name}' is read as numbers without their {sign}."
        ));
    }
    let thousands = column.thousands()?;
    if column.way.is_doubtful(column.ways) {
        return Some(format!(
            "Column '{name}' is read with '{thousands}' between thousands: if that is the decimal mark, say so."
        ));
    }
    Some(format!(
        "Column '{name}' is read with '{thousands}' between thousands."
    ))
}

fn too_many(column: &Column) -> Option<String> {
    column.is_too_many().then(|| {
        format!(
            "Column '{}' has more than {} different texts: it can be no feature and no target.",
            short(&column.name),
            MOST_DISTINCT
        )
    })
}

/// Names that a column of row numbers may have.
const INDEX: [&str; 14] = [
    "",
    "#",
    "n",
    "no",
    "no.",
    "nr",
    "nr.",
    "id",
    "idx",
    "index",
    "row",
    "row_id",
    "rownames",
    "unnamed: 0",
];

impl Column {
    /// Whether it has no name, or one that an index has.
    #[must_use]
    pub fn is_index(&self) -> bool {
        self.unnamed || INDEX.contains(&self.name.to_lowercase().as_str())
    }

    /// Whether it counts rows and has no other name than that: no feature, unless asked for.
    #[must_use]
    pub fn is_counter(&self) -> bool {
        self.facts.counts_on && self.is_index()
    }

    /// Whether its numbers are whole, and not all written in one plain way: as labels they go by their texts.
    #[must_use]
    pub fn has_codes(&self) -> bool {
        // The zeros of 1,000 are no decimals where the mark stands between thousands.
        let is_plain = match self.written {
            Written::Integers => true,
            Written::Zeros(_) => self.way.thousands.is_none(),
            Written::Unseen | Written::Otherwise => false,
        };
        matches!(self.cells, Cells::Numbers(_)) && self.facts.are_whole && !is_plain
    }
}
