//! What is told of a column: range, mean, how many different cells and which most often, a histogram.

use super::MOST_DISTINCT;
use super::cell::Gaps;
use super::columns::{Cells, Column};
use super::dictionary::Counter;
use super::facts::{Facts, Range};
use crate::error::Result;

/// Values whose counts are told.
pub const MOST_FREQUENT: usize = 20;
const BINS: usize = 20;

/// One column after the other, in steps.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    column: usize,
    row: usize,
    is_second: bool,
    counter: Counter,
    /// Of this column, so far.
    n: u64,
    is_full: bool,
    facts: Facts,
}

impl Summary {
    /// Looks at about so many cells; whether all is done.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn run(
        &mut self,
        columns: &mut [Column],
        gaps: &Gaps,
        mut max_cells: usize,
    ) -> Result<bool> {
        while let Some(column) = columns.get_mut(self.column) {
            if max_cells == 0 {
                return Ok(false);
            }
            match &column.cells {
                Cells::Numbers(values) => {
                    let end = values.len().min(self.row + max_cells);
                    let part = &values[self.row..end];
                    max_cells -= part.len().max(1).min(max_cells);
                    if self.is_second {
                        self.sort_in(part);
                    } else {
                        self.count(part)?;
                    }
                    self.row = end;
                    if end < values.len() {
                        continue;
                    }
                    self.row = 0;
                    if !self.is_second {
                        self.counted();
                        self.is_second = true;
                        continue;
                    }
                }
                Cells::Codes(_, dictionary) => {
                    max_cells = max_cells.saturating_sub(dictionary.len() + 1);
                    let texts = (0..dictionary.len())
                        .map(|code| (dictionary.text(code), dictionary.count(code)))
                        .filter(|(text, _)| !gaps.holds(text));
                    let texts: Vec<(&str, u64)> = texts.collect();
                    self.facts.gap_words = (0..dictionary.len())
                        .map(|code| (dictionary.text(code), dictionary.count(code)))
                        .filter(|(text, _)| gaps.holds(text) && !gaps.holds_label(text))
                        .map(|(text, n)| (text.to_owned(), n))
                        .collect();
                    self.facts.n_distinct = texts.len();
                    self.facts.most_frequent = most_frequent(texts, |a, b| a.cmp(b))
                        .into_iter()
                        .map(|(text, n)| (text.to_owned(), n))
                        .collect();
                }
                Cells::TooMany => {
                    max_cells = max_cells.saturating_sub(1);
                    self.facts.n_distinct = MOST_DISTINCT;
                }
            }
            column.facts = std::mem::take(&mut self.facts);
            self.is_second = false;
            self.column += 1;
        }
        self.counter = Counter::default();
        Ok(true)
    }

    fn count(&mut self, values: &[f64]) -> Result<()> {
        if self.row == 0 {
            self.counter.begin()?;
            self.n = 0;
            self.is_full = false;
            self.facts.are_whole = true;
            self.facts.counts_on = values
                .first()
                .is_some_and(|&first| first == 0.0 || first == 1.0);
        }
        let first = if self.row == 0 {
            values.first().copied().unwrap_or(0.0)
        } else {
            self.facts.range.map_or(0.0, |range| range.min)
        };
        for (i, &value) in values.iter().enumerate() {
            let is_next = value == first + (self.row + i) as f64;
            self.facts.counts_on &= is_next;
            if !value.is_finite() {
                continue;
            }
            self.n += 1;
            self.facts.are_whole &= value.fract() == 0.0;
            let range = self.facts.range.get_or_insert(Range {
                min: value,
                max: value,
                mean: value,
            });
            range.min = range.min.min(value);
            range.max = range.max.max(value);
            // Halves: the difference of two large numbers may be infinite.
            range.mean += (value / 2.0 - range.mean / 2.0) / self.n as f64 * 2.0;
            if !self.is_full && !self.counter.add(value) {
                self.is_full = true;
            }
        }
        Ok(())
    }

    fn counted(&mut self) {
        self.facts.n_distinct = self.counter.len();
        if !self.is_full {
            let frequent = most_frequent(self.counter.all().collect(), |a, b| a.total_cmp(b));
            self.facts.most_frequent = frequent
                .into_iter()
                .map(|(value, n)| (number(value), n))
                .collect();
        }
        let is_constant = self.facts.range.is_none_or(|range| range.min == range.max);
        let n_bins = if is_constant { 1 } else { BINS };
        self.facts.histogram = vec![0; if self.n == 0 { 0 } else { n_bins }];
    }

    fn sort_in(&mut self, values: &[f64]) {
        let Some(Range { min, max, .. }) = self.facts.range else {
            return;
        };
        let bins = &mut self.facts.histogram;
        let last = bins.len().saturating_sub(1);
        let width = max / 2.0 - min / 2.0;
        for value in values.iter().filter(|value| value.is_finite()) {
            let share = (value / 2.0 - min / 2.0) / width;
            // NaN, where all are the same, is bin 0.
            let bin = (share * bins.len() as f64) as usize;
            bins[bin.min(last)] += 1;
        }
    }
}

/// The most frequent, and of equally frequent ones the first.
fn most_frequent<T>(
    mut all: Vec<(T, u64)>,
    order: impl Fn(&T, &T) -> std::cmp::Ordering,
) -> Vec<(T, u64)> {
    let by = |a: &(T, u64), b: &(T, u64)| b.1.cmp(&a.1).then_with(|| order(&a.0, &b.0));
    if all.len() > MOST_FREQUENT {
        all.select_nth_unstable_by(MOST_FREQUENT, by);
        all.truncate(MOST_FREQUENT);
    }
    all.sort_unstable_by(by);
    all
}

/// A number as briefly as it can be read back.
pub(crate) fn number(value: f64) -> String {
    let text = format!("{value:?}");
    match text.strip_suffix(".0") {
        Some(whole) => whole.to_owned(),
        None => text,
    }
}
