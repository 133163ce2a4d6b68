//! Data with more columns than rows, seen from the rows.
//!
//! Where coefficients are not penalised but by an l2 penalty, the best lie in the space that the rows
//! span: what lies across it changes no margin. In perpendicular coordinates of that space a problem
//! has a column a row at most, and losses, penalty and minimum are the same.
//! Source: Hastie & Tibshirani 2004 (quadratic regularisation of many columns).

use ndarray::Array2;

use super::columns::dots::dot;
use super::columns::lanes::BLOCK;
use super::columns::rows::{add_gram_long, mirror};
use super::solver::cholesky::Pivoted;
use crate::data::TrainingSet;
use crate::data::allocate::{room, zeros};
use crate::error::Result;
use crate::parallel::pause::{PRODUCTS, Pace};

/// Rows up to which their products cost no more than the steps that they shorten.
pub(super) const MAX_ROWS: usize = 1000;
/// As many for each plane that is looked for, where few steps are enough.
pub(super) const ROWS_A_PLANE: usize = 300;
/// What is left of a row of which nothing is left.
const ROUNDING: f64 = 1e-14;

/// What coordinates count along.
enum Axes {
    /// Combinations of the rows, by the factor of their products.
    Rows(Pivoted),
    /// Directions in the columns, one after the other.
    Columns(Vec<f64>),
}

/// The coordinates of some rows.
pub(super) struct RowSpace<'a> {
    data: TrainingSet<'a>,
    /// Value of the column that stands for the intercept, where it is one like the others.
    bias: Option<f64>,
    axes: Axes,
    /// `[row][coordinate]`.
    coordinates: Array2<f64>,
    codes: Vec<u32>,
    rows: Vec<u32>,
}

impl<'a> RowSpace<'a> {
    /// Where there are more columns than rows, and no more than `max_rows` of these; `bias` is
    /// appended to each.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(super) async fn new(
        data: &TrainingSet<'a>,
        bias: Option<f64>,
        max_rows: usize,
    ) -> Result<Option<Self>> {
        let n = data.n_samples();
        if n > max_rows || data.n_features() <= n {
            return Ok(None);
        }
        let gram = products(data, bias).await?;
        if gram.iter().any(|value| !value.is_finite()) {
            return Ok(None);
        }
        let factor = Pivoted::new(&gram, n).await?;
        if !factor.is_clear || !are_copies(data, bias, &factor.pivots).await {
            return Self::apart(data, bias).await.map(Some);
        }
        // Rows of zeros still have a column.
        let rank = factor.pivots.len().max(1);
        let mut coordinates = room("the coordinates of rows", n, rank)?;
        for row in 0..n {
            coordinates.extend_from_slice(&factor.line(row)[..rank]);
        }
        Ok(Some(Self {
            data: *data,
            bias,
            coordinates: Array2::from_shape_vec((n, rank), coordinates).unwrap_or_default(),
            axes: Axes::Rows(factor),
            codes: data.iter().map(|(_, code)| code).collect(),
            rows: (0..n as u32).collect(),
        }))
    }

    /// Products have twice as many digits as rows do, and where columns are of very different sizes half of them is all
    /// that there is. So here rows are taken apart themselves, each twice.
    /// Source: Giraud et al. 2005 (Gram–Schmidt, twice is enough).
    async fn apart(data: &TrainingSet<'a>, bias: Option<f64>) -> Result<Self> {
        let (n, d) = (data.n_samples(), data.n_features());
        let width = d + usize::from(bias.is_some());
        let mut axes: Vec<f64> = room("the directions of rows", n, width)?;
        let mut all = zeros("the coordinates of rows", n, n)?;
        let (mut rank, mut pace) = (0, Pace::default());
        let mut rest = Vec::with_capacity(width);
        for ((row, _), coordinates) in data.iter().zip(all.chunks_exact_mut(n)) {
            rest.clear();
            rest.extend(row.iter().copied().chain(bias));
            let size = norm(&rest);
            for _ in 0..2 {
                for (axis, coordinate) in axes.chunks_exact(width).zip(&mut *coordinates) {
                    let share = dot(axis, &rest);
                    *coordinate += share;
                    rest.iter_mut()
                        .zip(axis)
                        .for_each(|(rest, axis)| *rest -= share * axis);
                    pace.after(1 + width / PRODUCTS).await;
                }
            }
            let left = norm(&rest);
            if left > ROUNDING * size {
                coordinates[rank] = left;
                axes.extend(rest.iter().map(|value| value / left));
                rank += 1;
            }
        }
        let rank = rank.max(1);
        let mut coordinates = room("the coordinates of rows", n, rank)?;
        for row in all.chunks_exact(n) {
            coordinates.extend_from_slice(&row[..rank]);
        }
        Ok(Self {
            data: *data,
            bias,
            coordinates: Array2::from_shape_vec((n, rank), coordinates).unwrap_or_default(),
            axes: Axes::Columns(axes),
            codes: data.iter().map(|(_, code)| code).collect(),
            rows: (0..n as u32).collect(),
        })
    }

    /// Whether rows are of very different sizes along its directions.
    pub(super) fn is_steep(&self) -> bool {
        matches!(self.axes, Axes::Columns(_))
    }

    /// Turns coefficients of the coordinates into those of the columns; one that is left over, of an
    /// intercept apart, comes last in both.
    pub(super) async fn restore(&self, solutions: &mut [Vec<f64>]) {
        let mut pace = Pace::default();
        for w in solutions {
            let (parts, apart) = w.split_at(self.coordinates.ncols());
            let d = self.data.n_features();
            let mut restored = vec![0.0; d];
            match &self.axes {
                Axes::Rows(factor) => {
                    let mut shares = parts[..factor.pivots.len()].to_vec();
                    factor.solve_transposed(&mut shares);
                    for (share, &pivot) in shares.iter().zip(&factor.pivots) {
                        let row = self.data.x.row(self.data.rows[pivot] as usize);
                        for (sum, x) in restored.iter_mut().zip(row) {
                            *sum += share * x;
                        }
                        pace.after(d / PRODUCTS).await;
                    }
                    restored.extend(self.bias.map(|bias| bias * shares.iter().sum::<f64>()));
                }
                Axes::Columns(axes) => {
                    restored.resize(d + usize::from(self.bias.is_some()), 0.0);
                    for (share, axis) in parts.iter().zip(axes.chunks_exact(restored.len())) {
                        for (sum, value) in restored.iter_mut().zip(axis) {
                            *sum += share * value;
                        }
                        pace.after(d / PRODUCTS).await;
                    }
                }
            }
            restored.extend(apart);
            *w = restored;
        }
    }
}

/// The rows of a fit in their own coordinates, where there are such, or as they are.
pub(super) fn seen<'a>(
    space: &'a Option<RowSpace<'_>>,
    data: &'a TrainingSet<'_>,
) -> TrainingSet<'a> {
    let (x, codes, rows) = match space {
        Some(space) => (space.coordinates.view(), &space.codes[..], &space.rows[..]),
        None => (data.x.reborrow(), data.codes, data.rows),
    };
    TrainingSet {
        x,
        codes,
        n_classes: data.n_classes,
        rows,
        // Of the rows as they are.
        shared: data.shared.filter(|_| space.is_none()),
    }
}

/// Whether every row is one of `pivots`, the same as one of them, or nothing: of others their products cannot tell
/// whether a little is left or only rounding.
async fn are_copies(data: &TrainingSet<'_>, bias: Option<f64>, pivots: &[usize]) -> bool {
    let row = |i: usize| data.x.row(data.rows[i] as usize);
    let mut is_pivot = vec![false; data.n_samples()];
    pivots.iter().for_each(|&pivot| is_pivot[pivot] = true);
    let mut pace = Pace::default();
    for i in (0..data.n_samples()).filter(|&i| !is_pivot[i]) {
        let is_nothing = bias.is_none() && row(i).iter().all(|&x| x == 0.0);
        if !is_nothing && !pivots.iter().any(|&pivot| row(pivot) == row(i)) {
            return false;
        }
        pace.after(pivots.len() * (1 + data.n_features() / PRODUCTS))
            .await;
    }
    true
}

/// The products of all pairs of rows.
async fn products(data: &TrainingSet<'_>, bias: Option<f64>) -> Result<Vec<f64>> {
    let (n, d) = (data.n_samples(), data.n_features());
    let mut gram = zeros("the products of rows", n, n)?;
    gram.fill(bias.map_or(0.0, |bias| bias * bias));
    let mut pace = Pace::default();
    // Rows take the columns' part.
    let mut rows = zeros("a part of all rows", n, BLOCK)?;
    let (rows, _) = rows.as_chunks_mut();
    for first in (0..d).step_by(BLOCK) {
        for (part, (row, _)) in rows.iter_mut().zip(data.iter()) {
            let values = &row[first..d.min(first + BLOCK)];
            part[..values.len()].copy_from_slice(values);
            part[values.len()..].fill(0.0);
        }
        // Rows that lie far apart.
        pace.after(n * BLOCK / 4).await;
        add_gram_long(rows, &[1.0; BLOCK], &mut gram, &mut pace).await;
    }
    mirror(&mut gram, n, &mut pace).await;
    Ok(gram)
}

fn norm(values: &[f64]) -> f64 {
    dot(values, values).sqrt()
}
