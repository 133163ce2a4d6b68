//! The texts of columns of numbers, where somebody needs them: labels that are not written plainly, categories of a model's.

use super::choose::Wanted;
use super::columns::{Cells, Column, Kind, Scratch};
use super::dictionary::Dictionary;
use super::reader::{Rows, Table, changed};
use super::records::Heard;
use crate::data::allocate::room;
use crate::error::Result;

/// Texts of some columns, while they are read.
pub struct Texts {
    rows: Rows,
    row: usize,
    columns: Vec<(usize, Column)>,
}

impl Table {
    /// Columns of numbers whose texts are needed: labels that are not written plainly, categories of a model's.
    #[must_use]
    pub fn texts_needed(&self, wanted: &Wanted) -> Vec<usize> {
        let has_numbers = |&j: &usize| matches!(self.columns[j].cells, Cells::Numbers(_));
        let target = wanted.target.filter(|&j| {
            let column = &self.columns[j];
            column.has_codes() && column.n_infinite == 0
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
            row: 0,
            columns: columns.iter().map(new).collect::<Result<_>>()?,
        })
    }

    /// # Errors
    /// `OutOfMemory`, `BadTable` where the text is another one.
    pub fn push_texts(&self, texts: &mut Texts, bytes: &[u8], last: bool) -> Result<()> {
        let Texts { rows, row, columns } = texts;
        let mut scratch = Scratch::default();
        rows.push(bytes, last, &mut |record| {
            // There is room for as many as there were.
            if *row == self.n_rows {
                return Err(changed());
            }
            *row += 1;
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
        if texts.row != self.n_rows {
            return Err(changed());
        }
        self.texts.extend(texts.columns);
        Ok(())
    }

    /// A column with its texts.
    pub(crate) fn with_texts(&self, j: usize) -> &Column {
        let kept = self.texts.iter().find(|(other, _)| *other == j);
        kept.map_or(&self.columns[j], |(_, column)| column)
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
