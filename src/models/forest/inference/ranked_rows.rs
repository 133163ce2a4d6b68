//! A block of rows as ranks, laid out for the top of a tree and for what lies below.

use super::layout::{LANES, MAX_ROWS, NARROW, ROOM, Row};
use super::thresholds::Thresholds;

/// Ranks of a block of rows.
#[derive(Debug)]
pub(super) struct Ranked {
    /// `[feature][row]`.
    columns: Vec<i16>,
    /// Between the starts of two columns.
    stride: usize,
    n_features: usize,
    /// The rows once more, where they are narrow.
    rows: Vec<Row>,
}

impl Ranked {
    pub(super) fn new() -> Self {
        Self {
            columns: vec![0; ROOM],
            stride: 0,
            n_features: 0,
            rows: vec![Row([[0; NARROW]; 2]); MAX_ROWS],
        }
    }

    /// Rows of a block with so many features: a multiple of [`LANES`].
    pub(super) fn n_rows(n_features: usize) -> usize {
        let n_rows = (ROOM / n_features.max(1)).min(MAX_ROWS);
        n_rows - n_rows % LANES
    }

    /// Ranks the rows with these numbers, at most `n_rows`, of `x` with `width` columns.
    #[inline(never)]
    pub(super) fn fill(
        &mut self,
        thresholds: &Thresholds,
        x: &[f64],
        width: usize,
        numbers: &[u16],
    ) {
        self.n_features = thresholds.n_features();
        self.stride = Self::n_rows(self.n_features);
        let columns = self.columns.chunks_exact_mut(self.stride);
        for (feature, ((column, rank), ranks)) in thresholds.features().zip(columns).enumerate() {
            let ranks = &mut ranks[..numbers.len()];
            for (to, &row) in ranks.iter_mut().zip(numbers) {
                *to = rank(x[usize::from(row) * width + column]);
            }
            if self.n_features <= NARROW {
                for (row, rank) in self.rows.iter_mut().zip(ranks) {
                    [row.0[0][feature], row.0[1][feature]] = rank.to_le_bytes();
                }
            }
        }
    }

    /// A feature's rank in every row.
    pub(super) fn column(&self, feature: usize) -> &[i16] {
        &self.columns[feature * self.stride..(feature + 1) * self.stride]
    }

    /// All columns.
    pub(super) fn columns(&self) -> &[i16] {
        &self.columns
    }

    /// The rows, where there are no more than [`NARROW`] features.
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Keeps only the rows with these numbers, ascending.
    #[inline(never)]
    pub(super) fn keep(&mut self, kept: &[u16]) {
        for column in self
            .columns
            .chunks_exact_mut(self.stride)
            .take(self.n_features)
        {
            for (to, &from) in kept.iter().enumerate() {
                column[to] = column[usize::from(from)];
            }
        }
        if self.n_features <= NARROW {
            for (to, &from) in kept.iter().enumerate() {
                self.rows[to] = self.rows[usize::from(from)];
            }
        }
    }
}

/// One narrow row.
pub(super) fn rank_row(thresholds: &Thresholds, x: &[f64]) -> ([i16; NARROW], Row) {
    let (mut ranks, mut row) = ([0; NARROW], Row([[0; NARROW]; 2]));
    for (feature, ((column, rank), to)) in thresholds.features().zip(&mut ranks).enumerate() {
        *to = rank(x[column]);
        [row.0[0][feature], row.0[1][feature]] = to.to_le_bytes();
    }
    (ranks, row)
}
