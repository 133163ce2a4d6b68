//! Passes over the rows of a fit: from coefficients to margins, and back to sums of rows.

use super::dots::{add_dots, dot};
use super::lanes::{BLOCK, Column};
use super::rows::{Rows, add_gradient, margins};
use crate::data::scratch::Scratch;
use crate::parallel::pause::{PRODUCTS, Pace};

/// Rows taken together: coefficients and sums are read once for all of them.
const FEW: usize = 4;
/// Columns taken together.
const PART: usize = 32;

impl Rows<'_> {
    /// Hands every block's number and its margins, a column a plane, to `visit`, and adds to `sums`,
    /// plane by plane, the rows times what it leaves there; where there are no `sums`, nothing.
    pub(crate) async fn pass(
        &self,
        planes: &[f64],
        visit: &mut (dyn FnMut(usize, &mut [Column]) + Send),
        sums: &mut [f64],
    ) {
        let width = self.width();
        let mut columns_of = Scratch::<Column>::zeros(planes.len() / width.max(1));
        if self.is_long() {
            return self
                .pass_by_rows(planes, &mut columns_of, visit, sums)
                .await;
        }
        let work = columns_of.len() * (1 + usize::from(!sums.is_empty()));
        self.for_blocks(work, &mut |block, columns| {
            for (out, plane) in columns_of.iter_mut().zip(planes.chunks_exact(width)) {
                *out = margins(columns, plane);
            }
            visit(block, &mut columns_of);
            for (slopes, sums) in columns_of.iter().zip(sums.chunks_exact_mut(width)) {
                add_gradient(columns, slopes, sums);
            }
        })
        .await;
    }

    /// The same, row by row: rows are long, and to turn them into columns would take longer.
    async fn pass_by_rows(
        &self,
        planes: &[f64],
        columns_of: &mut [Column],
        visit: &mut (dyn FnMut(usize, &mut [Column]) + Send),
        sums: &mut [f64],
    ) {
        let (width, mut pace) = (self.width(), Pace::default());
        for block in 0..self.n_blocks() {
            let first = block * BLOCK;
            let end = self.len().min(first + BLOCK);
            let few = |at: usize| -> ([&[f64]; FEW], [f64; FEW]) {
                // Rows beyond the end are stood in for by the last, times 0.
                let sign = |row: usize| if row < end { self.sign(row) } else { 0.0 };
                let rows = std::array::from_fn(|i| self.row((at + i).min(end - 1)));
                (rows, std::array::from_fn(|i| sign(at + i)))
            };
            for (out, plane) in columns_of.iter_mut().zip(planes.chunks_exact(width)) {
                let (bias, plane) = self.split(plane);
                let (fours, _) = out.as_chunks_mut::<FEW>();
                for (at, out) in (first..end).step_by(FEW).zip(fours) {
                    let (rows, signs) = few(at);
                    let products = dots_of(rows, plane);
                    *out = std::array::from_fn(|i| signs[i] * (products[i] + bias));
                    pace.after(FEW * width / PRODUCTS).await;
                }
            }
            visit(block, columns_of);
            for (weights, sums) in columns_of.iter().zip(sums.chunks_exact_mut(width)) {
                let (weights, _) = weights.as_chunks::<FEW>();
                let mut sum = 0.0;
                // Backwards: the last rows are still in the cache.
                for (at, weights) in (first..end).step_by(FEW).zip(weights).rev() {
                    let (rows, signs) = few(at);
                    let weights = std::array::from_fn(|i| signs[i] * weights[i]);
                    add_rows(rows, weights, sums);
                    sum += weights.iter().sum::<f64>();
                    pace.after(FEW * width / PRODUCTS).await;
                }
                self.add_to_bias(sum, sums);
            }
        }
    }
}

/// The products of some rows with a vector.
fn dots_of(rows: [&[f64]; FEW], vector: &[f64]) -> [f64; FEW] {
    let rows = rows.map(|row| row.as_chunks::<PART>());
    let (parts, rest) = vector.as_chunks::<PART>();
    let mut sums = [[[0.0; 2]; 1]; FEW];
    for (i, part) in parts.iter().enumerate() {
        add_dots(rows.map(|(row, _)| &row[i]), [part], &mut sums);
    }
    std::array::from_fn(|i| {
        let [[even, odd]] = sums[i];
        even + odd + dot(rows[i].1, rest)
    })
}

/// Adds some rows, each times its weight.
fn add_rows([a, b, c, d]: [&[f64]; FEW], weights: [f64; FEW], sums: &mut [f64]) {
    for ((((sum, a), b), c), d) in sums.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *sum += (weights[0] * a + weights[1] * b) + (weights[2] * c + weights[3] * d);
    }
}
