//! Passes over all rows, each on all threads.

use std::ops::Range;

use super::places::{Place, Places};
use super::products::product;
use crate::data::normals::{for_each_item, in_steps, rows_per_task};
use crate::parallel::steps::Progress;

/// Rows that one task of a scatter takes.
const ROWS_PER_TASK: usize = 2048;

/// Writes a run of numbers into some columns of row-major `x`, starting with number `cell` of
/// those columns; returns the number after the last.
pub(super) fn scatter(
    x: &mut [f64],
    d: usize,
    columns: Range<usize>,
    cell: usize,
    slices: &[&[f64]],
) -> usize {
    let width = columns.len();
    let total: usize = slices.iter().map(|s| s.len()).sum();
    if total == 0 {
        return cell;
    }
    let end = cell + total;
    let rows = cell / width..end.div_ceil(width);
    let tasks = x[rows.start * d..rows.end * d]
        .chunks_mut(ROWS_PER_TASK * d)
        .enumerate()
        .map(|(i, part)| (rows.start + i * ROWS_PER_TASK, part))
        .collect();
    for_each_item(tasks, |(first_row, part)| {
        let first_cell = (*first_row * width).max(cell);
        let mut numbers = Numbers::new(slices, first_cell - cell);
        let mut skip = first_cell - *first_row * width;
        for row in part.chunks_exact_mut(d) {
            numbers.take_into(&mut row[columns.clone()][skip..]);
            skip = 0;
        }
    });
    end
}

/// Reads through several slices as if they were one.
struct Numbers<'a> {
    now: &'a [f64],
    later: std::slice::Iter<'a, &'a [f64]>,
}

impl<'a> Numbers<'a> {
    fn new(slices: &'a [&'a [f64]], mut skip: usize) -> Self {
        let mut later = slices.iter();
        let mut now: &[f64] = &[];
        for slice in later.by_ref() {
            if skip < slice.len() {
                now = &slice[skip..];
                break;
            }
            skip -= slice.len();
        }
        Self { now, later }
    }

    /// Fills `out`, or as much of it as there are numbers left.
    #[inline(always)]
    fn take_into(&mut self, out: &mut [f64]) {
        if self.now.len() >= out.len() {
            let (taken, rest) = self.now.split_at(out.len());
            for (cell, &number) in out.iter_mut().zip(taken) {
                *cell = number;
            }
            self.now = rest;
        } else {
            self.take_across(out);
        }
    }

    fn take_across(&mut self, mut out: &mut [f64]) {
        loop {
            let n = out.len().min(self.now.len());
            let (filled, open) = out.split_at_mut(n);
            filled.copy_from_slice(&self.now[..n]);
            self.now = &self.now[n..];
            out = open;
            if out.is_empty() {
                return;
            }
            match self.later.next() {
                Some(slice) => self.now = slice,
                None => return,
            }
        }
    }
}

/// What turns a row of raw normals into a finished one. Matrices are row-major.
pub(super) struct RowMaker<'a> {
    pub(super) n_informative: usize,
    /// `(n_clusters, n_informative)`.
    pub(super) centroids: &'a [f64],
    /// `(n_clusters, n_informative, n_informative)`.
    pub(super) mixing: &'a [f64],
    /// `(n_informative, n_redundant)`.
    pub(super) redundant: &'a [f64],
    /// For each repeated column, which one it repeats.
    pub(super) repeated: &'a [usize],
    pub(super) n_useless: usize,
    /// A number a column, in the order before the shuffle.
    pub(super) shift: &'a [f64],
    pub(super) scale: &'a [f64],
    /// For each finished column, which one it was.
    pub(super) columns: &'a [usize],
}

/// A cluster, its size, its first row, the first of these rows within it, and the rows.
type Task<'a> = (usize, usize, usize, usize, &'a mut [f64]);

/// How long finishing a row takes: its products, and its numbers moved.
pub(super) fn row_units(n_informative: usize, n_redundant: usize, d: usize) -> usize {
    n_informative.saturating_mul(n_informative + n_redundant) + d
}

impl RowMaker<'_> {
    /// Finishes all rows in place; those of a cluster lie together, `sizes` says how many.
    pub(super) async fn finish_rows(&self, x: &mut [f64], sizes: &[usize], progress: &Progress) {
        let d = self.columns.len();
        let n = x.len() / d;
        let width = self.n_informative;
        let n_redundant = self.redundant.len() / width;
        let in_all = Places::new(n, width, n_redundant);
        let row_units = row_units(width, n_redundant, d);
        let per_task = rows_per_task(row_units);
        let (mut rest, mut start) = (x, 0);
        let tasks = sizes.iter().enumerate().flat_map(|(cluster, &size)| {
            let (rows, later) = std::mem::take(&mut rest).split_at_mut(size * d);
            rest = later;
            let first = start;
            start += size;
            let parts = rows.chunks_mut(per_task * d).enumerate();
            parts.map(move |(i, part)| (cluster, size, first, i * per_task, part))
        });
        let work = |(cluster, size, start, first, part): &mut Task<'_>| {
            let in_cluster = Places::new(*size, width, width);
            let mut scratch = vec![0.0; d];
            for (i, row) in part.chunks_exact_mut(d).enumerate() {
                let row_of_cluster = *first + i;
                self.mix(*cluster, in_cluster.of(row_of_cluster), row, &mut scratch);
                self.add_redundant(in_all.of(*start + row_of_cluster), &mut scratch);
                self.finish(row, &mut scratch);
            }
        };
        let units = |task: &Task<'_>| task.4.len() / d * row_units;
        in_steps(tasks, units, progress, work).await;
    }

    /// The informative columns: the cluster's mixture, moved to its place.
    #[inline(always)]
    fn mix(&self, cluster: usize, place: Place, row: &[f64], made: &mut [f64]) {
        let width = self.n_informative;
        let mixing = &self.mixing[cluster * width * width..][..width * width];
        let centroid = &self.centroids[cluster * width..][..width];
        let made = &mut made[..width];
        product(place, &row[..width], mixing, made);
        for (cell, c) in made.iter_mut().zip(centroid) {
            *cell += c;
        }
    }

    #[inline(always)]
    fn add_redundant(&self, place: Place, made: &mut [f64]) {
        let n_redundant = self.redundant.len() / self.n_informative;
        let (informative, rest) = made.split_at_mut(self.n_informative);
        product(place, informative, self.redundant, &mut rest[..n_redundant]);
    }

    /// The other columns; then every one into its last place.
    #[inline(always)]
    fn finish(&self, row: &mut [f64], made: &mut [f64]) {
        let useless = made.len() - self.n_useless;
        let n_original = useless - self.repeated.len();
        for (k, &source) in self.repeated.iter().enumerate() {
            made[n_original + k] = made[source];
        }
        made[useless..].copy_from_slice(&row[useless..]);
        for ((cell, &shift), &scale) in made.iter_mut().zip(self.shift).zip(self.scale) {
            *cell = (*cell + shift) * scale;
        }
        for (cell, &source) in row.iter_mut().zip(self.columns) {
            *cell = made[source];
        }
    }
}
