//! Systems with a symmetric matrix that is positive definite, or nearly so.

use crate::data::allocate::zeros;
use crate::data::scratch::Scratch;
use crate::error::Result;
use crate::models::linear::columns::dots::{add_dots, dot};
use crate::parallel::pause::{PRODUCTS, Pace, pause};

/// What is left of a unit diagonal where a column counts as a combination of those before it.
const SINGULAR: f64 = 1e-14;
/// First share of the diagonal that is added to a singular matrix.
const DAMPING: f64 = 1e-12;
/// What is left of a unit diagonal where no column is nearly a combination of others.
const REGULAR: f64 = 1e-8;

/// A matrix factored for solving.
pub(crate) struct Factor {
    /// Lower triangle of the scaled matrix, row by row.
    lower: Scratch<f64>,
    /// Makes the diagonal 1: badly scaled columns lose no digits to each other.
    scale: Scratch<f64>,
    /// Whether the matrix was regular as it came.
    pub(crate) is_regular: bool,
}

impl Factor {
    /// Factors `matrix`; where it is singular, with as much added to its diagonal as makes it
    /// regular.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) async fn new(matrix: &[f64], width: usize) -> Result<Self> {
        let scale = scale_of(matrix, width);
        let mut lower = Scratch::ask_zeros("a factor", width, width)?;
        let (mut damping, mut pace) = (0.0, Pace::default());
        loop {
            copy_scaled(matrix, &scale, &mut lower, &mut pace).await;
            for pivot in lower.iter_mut().step_by(width + 1) {
                *pivot += damping;
            }
            // A matrix that is not finite is beyond help; its step is not finite either.
            if factor(&mut lower, width, SINGULAR, &mut pace).await || damping > 1.0 {
                return Ok(Self {
                    lower,
                    scale,
                    is_regular: damping == 0.0,
                });
            }
            damping = if damping == 0.0 {
                DAMPING
            } else {
                damping * 10.0
            };
        }
    }

    pub(crate) fn width(&self) -> usize {
        self.scale.len()
    }

    /// Solves in place: `b` becomes the solution.
    pub(crate) async fn solve(&self, b: &mut [f64]) {
        let width = b.len();
        let row = |j: usize| &self.lower[j * width..j * width + j + 1];
        for (b, scale) in b.iter_mut().zip(&**self.scale) {
            *b *= scale;
        }
        for j in 0..width {
            b[j] = (b[j] - dot(&row(j)[..j], &b[..j])) / row(j)[j];
        }
        // Half-way: each half reads a wide factor once.
        pause().await;
        for j in (0..width).rev() {
            b[j] /= row(j)[j];
            let value = b[j];
            for (b, l) in b[..j].iter_mut().zip(row(j)) {
                *b -= value * l;
            }
        }
        for (b, scale) in b.iter_mut().zip(&**self.scale) {
            *b *= scale;
        }
    }
}

/// What makes a diagonal 1.
fn scale_of(matrix: &[f64], width: usize) -> Scratch<f64> {
    let mut scale = Scratch::empty(width);
    scale.extend(matrix.iter().step_by(width + 1).map(|&diagonal| {
        if diagonal > 0.0 && diagonal.is_finite() {
            1.0 / diagonal.sqrt()
        } else {
            1.0
        }
    }));
    scale
}

/// Writes the scaled matrix's lower triangle.
async fn copy_scaled(matrix: &[f64], scale: &[f64], lower: &mut [f64], pace: &mut Pace) {
    let width = scale.len();
    for j in 0..width {
        for k in j * width..=j * width + j {
            lower[k] = matrix[k] * scale[j] * scale[k - j * width];
        }
        pace.after(j / PRODUCTS).await;
    }
}

/// Columns factored together; even.
const PANEL: usize = 32;

/// Factors the lower triangle in place; false where a pivot is not above `least`.
async fn factor(a: &mut [f64], width: usize, least: f64, pace: &mut Pace) -> bool {
    for first in (0..width).step_by(PANEL) {
        let end = width.min(first + PANEL);
        for row in (first..width).step_by(4) {
            subtract_known(a, width, row, first, end);
            pace.after(4 * PANEL * first / PRODUCTS).await;
        }
        for j in first..end {
            let at = j * width;
            let known = &a[at + first..at + j];
            let pivot = a[at + j] - dot(known, known);
            if pivot.is_nan() || pivot <= least {
                return false;
            }
            a[at + j] = pivot.sqrt();
            let (above, below) = a.split_at_mut((j + 1) * width);
            let row = &above[at + first..=at + j];
            for other in below.chunks_exact_mut(width) {
                let known = dot(&other[first..j], &row[..j - first]);
                other[j] = (other[j] - known) / row[j - first];
            }
            pace.after(width - j).await;
        }
    }
    true
}

/// Takes from four rows what the columns before `first` contribute to those up to `end`. Most of the
/// work, so in tiles of four by four.
fn subtract_known(a: &mut [f64], width: usize, i: usize, first: usize, end: usize) {
    if first == 0 {
        return;
    }
    for j in (first..end.min(i + 4)).step_by(4) {
        // Rows beyond the end are stood in for by the last.
        let known = |from: usize, k: usize| {
            let row = (from + k).min(width - 1) * width;
            a[row..row + first].as_chunks::<PANEL>().0
        };
        let mut sums = [[[[0.0; 2]; 2]; 4]; 2];
        for part in 0..first / PANEL {
            let rows: [_; 4] = std::array::from_fn(|k| &known(i, k)[part]);
            for (half, sums) in sums.iter_mut().enumerate() {
                let others = [0, 1].map(|l| &known(j, 2 * half + l)[part]);
                add_dots(rows, others, sums);
            }
        }
        for (half, sums) in sums.iter().enumerate() {
            for (k, sums) in sums.iter().enumerate().take(width - i) {
                for (l, [even, odd]) in sums.iter().enumerate() {
                    let column = j + 2 * half + l;
                    if column < end {
                        a[(i + k) * width + column] -= even + odd;
                    }
                }
            }
        }
    }
}

/// A factor that takes the largest pivot first each time, until nothing is left: `matrix = L Lᵀ`
/// with no more columns than the matrix's rank.
pub(crate) struct Pivoted {
    lower: Vec<f64>,
    width: usize,
    /// The rows that stand for all others.
    pub(crate) pivots: Vec<usize>,
    /// Whether its digits can be relied on: much was left of each of these when it was taken.
    pub(crate) is_clear: bool,
}

impl Pivoted {
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) async fn new(matrix: &[f64], width: usize) -> Result<Self> {
        let mut pace = Pace::default();
        let mut lower = zeros("a factor", width, width)?;
        let scale = scale_of(matrix, width);
        copy_scaled(matrix, &scale, &mut lower, &mut pace).await;
        // Any order will do, and one that is known beforehand takes a fraction of the time.
        if factor(&mut lower, width, REGULAR, &mut pace).await {
            for (j, line) in lower.chunks_exact_mut(width.max(1)).enumerate() {
                line[j + 1..].fill(0.0);
                line.iter_mut().for_each(|value| *value /= scale[j]);
                pace.after(width / PRODUCTS).await;
            }
            return Ok(Self {
                lower,
                width,
                pivots: (0..width).collect(),
                is_clear: true,
            });
        }
        lower.fill(0.0);
        let diagonal = |j: usize| matrix[j * width + j];
        let (mut pivots, mut is_clear) = (Vec::new(), true);
        // Share of the diagonal that is left.
        let mut left: Vec<f64> = (0..width)
            .map(|j| f64::from(u8::from(diagonal(j) > 0.0)))
            .collect();
        while let Some(pivot) = (0..width)
            .max_by(|&a, &b| left[a].total_cmp(&left[b]))
            .filter(|&j| left[j] > SINGULAR)
        {
            let rank = pivots.len();
            is_clear &= left[pivot] > REGULAR;
            let row = lower[pivot * width..pivot * width + rank].to_vec();
            let root = (left[pivot] * diagonal(pivot)).sqrt();
            for (j, line) in lower.chunks_exact_mut(width).enumerate() {
                if left[j] > f64::NEG_INFINITY {
                    let value = (matrix[pivot * width + j] - dot(&line[..rank], &row)) / root;
                    line[rank] = value;
                    left[j] -= value * value / diagonal(j);
                }
                pace.after(1 + rank / PRODUCTS).await;
            }
            left[pivot] = f64::NEG_INFINITY;
            pivots.push(pivot);
        }
        Ok(Self {
            lower,
            width,
            pivots,
            is_clear,
        })
    }

    /// A row of L; zeros follow.
    pub(crate) fn line(&self, row: usize) -> &[f64] {
        &self.lower[row * self.width..(row + 1) * self.width]
    }

    /// Solves with the transpose of the pivots' rows: the shares of these rows that make up `b`.
    pub(crate) fn solve_transposed(&self, b: &mut [f64]) {
        for k in (0..self.pivots.len()).rev() {
            let line = self.line(self.pivots[k]);
            b[k] /= line[k];
            let value = b[k];
            for (b, l) in b[..k].iter_mut().zip(line) {
                *b -= value * l;
            }
        }
    }
}
