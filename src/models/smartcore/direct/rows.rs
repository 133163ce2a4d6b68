//! Rows as smartcore sees them: lent, never copied.
//!
//! smartcore's own matrix owns its numbers, so every fit and every batch would start with a copy.
//! It also joins rows by nesting one iterator a row, as deep as there are rows; see
//! [`Array2::concatenate_1d`] below.

use std::ops::Range;

use serde::{Deserialize, Serialize};
pub(in crate::models) use smartcore::error::Failed;
use smartcore::linalg::basic::arrays::{
    Array, Array2, ArrayView1, ArrayView2, MutArray, MutArrayView2,
};
use smartcore::linalg::basic::matrix::DenseMatrix;

use crate::data::TrainingSet;
use crate::error::Result;
use crate::models::smartcore::settings::refused;

/// A matrix: rows that are lent, or else smartcore's own.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "DenseMatrix<f64>", into = "DenseMatrix<f64>")]
pub(in crate::models) struct Rows<'a> {
    lent: Option<Lent<'a>>,
    /// Empty while rows are lent.
    own: DenseMatrix<f64>,
}

/// Rows of a row-major matrix: those listed, or all.
#[derive(Debug, Clone, Copy)]
struct Lent<'a> {
    x: &'a [f64],
    n_cols: usize,
    listed: Option<&'a [u32]>,
}

impl<'a> Lent<'a> {
    #[inline]
    fn row(&self, row: usize) -> &'a [f64] {
        let row = self.listed.map_or(row, |listed| listed[row] as usize);
        &self.x[row * self.n_cols..(row + 1) * self.n_cols]
    }

    fn n_rows(&self) -> usize {
        self.listed.map_or(self.x.len() / self.n_cols, <[u32]>::len)
    }

    fn copied(&self) -> DenseMatrix<f64> {
        let cells = (0..self.n_rows()).flat_map(|row| self.row(row)).copied();
        DenseMatrix::from_iterator(cells, self.n_rows(), self.n_cols, 0)
    }
}

impl<'a> Rows<'a> {
    /// The rows of one fit.
    pub(in crate::models) fn of(data: &TrainingSet<'a>) -> Self {
        Self::lent(data.flat(), data.n_features(), Some(data.rows))
    }

    /// All rows of `x`, row-major.
    pub(in crate::models) fn all(x: &'a [f64], n_cols: usize) -> Self {
        Self::lent(x, n_cols, None)
    }

    fn lent(x: &'a [f64], n_cols: usize, listed: Option<&'a [u32]>) -> Self {
        Self {
            lent: Some(Lent { x, n_cols, listed }),
            own: DenseMatrix::fill(0, 0, 0.0),
        }
    }

    fn own(&mut self) -> &mut DenseMatrix<f64> {
        if let Some(lent) = self.lent.take() {
            self.own = lent.copied();
        }
        &mut self.own
    }
}

impl From<Rows<'_>> for DenseMatrix<f64> {
    fn from(rows: Rows<'_>) -> Self {
        rows.lent.map_or(rows.own, |lent| lent.copied())
    }
}

impl From<DenseMatrix<f64>> for Rows<'_> {
    fn from(own: DenseMatrix<f64>) -> Self {
        Self { lent: None, own }
    }
}

impl Array<f64, (usize, usize)> for Rows<'_> {
    #[inline]
    fn get(&self, (row, col): (usize, usize)) -> &f64 {
        match &self.lent {
            Some(lent) => &lent.row(row)[col],
            None => self.own.get((row, col)),
        }
    }

    fn shape(&self) -> (usize, usize) {
        match &self.lent {
            Some(lent) => (lent.n_rows(), lent.n_cols),
            None => self.own.shape(),
        }
    }

    fn is_empty(&self) -> bool {
        let (n, d) = self.shape();
        n == 0 || d == 0
    }

    fn iterator<'b>(&'b self, axis: u8) -> Box<dyn Iterator<Item = &'b f64> + 'b> {
        let (n, d) = self.shape();
        Box::new((0..n * d).map(move |at| {
            let place = if axis == 0 {
                (at / d, at % d)
            } else {
                (at % n, at / n)
            };
            self.get(place)
        }))
    }
}

impl MutArray<f64, (usize, usize)> for Rows<'_> {
    fn set(&mut self, at: (usize, usize), value: f64) {
        self.own().set(at, value);
    }

    fn iterator_mut<'b>(&'b mut self, axis: u8) -> Box<dyn Iterator<Item = &'b mut f64> + 'b> {
        self.own().iterator_mut(axis)
    }
}

impl ArrayView2<f64> for Rows<'_> {}
impl MutArrayView2<f64> for Rows<'_> {}

impl Array2<f64> for Rows<'_> {
    fn fill(n: usize, d: usize, value: f64) -> Self {
        DenseMatrix::fill(n, d, value).into()
    }

    fn slice<'b>(
        &'b self,
        rows: Range<usize>,
        cols: Range<usize>,
    ) -> Box<dyn ArrayView2<f64> + 'b> {
        let (n, d) = (rows.len(), cols.len());
        let cells = rows.flat_map(|row| cols.clone().map(move |col| *self.get((row, col))));
        Box::new(Self::from_iterator(cells, n, d, 0))
    }

    fn slice_mut<'b>(
        &'b mut self,
        rows: Range<usize>,
        cols: Range<usize>,
    ) -> Box<dyn MutArrayView2<f64> + 'b> {
        self.own().slice_mut(rows, cols)
    }

    fn from_iterator<I: Iterator<Item = f64>>(cells: I, n: usize, d: usize, axis: u8) -> Self {
        DenseMatrix::from_iterator(cells, n, d, axis).into()
    }

    fn get_row<'b>(&'b self, row: usize) -> Box<dyn ArrayView1<f64> + 'b> {
        let cells = (0..self.shape().1).map(|col| *self.get((row, col)));
        Box::new(cells.collect::<Vec<_>>())
    }

    fn get_col<'b>(&'b self, col: usize) -> Box<dyn ArrayView1<f64> + 'b> {
        let cells = (0..self.shape().0).map(|row| *self.get((row, col)));
        Box::new(cells.collect::<Vec<_>>())
    }

    fn transpose(&self) -> Self {
        DenseMatrix::from(self.clone()).transpose().into()
    }

    /// smartcore's own would overflow the stack at some thousand rows, and take time by their
    /// square.
    fn concatenate_1d<'b>(arrays: &'b [&'b dyn ArrayView1<f64>], axis: u8) -> Self {
        let (n, d) = (
            arrays.len(),
            arrays.first().map_or(0, |first| first.shape()),
        );
        let mut cells = Vec::with_capacity(n * d);
        for array in arrays {
            cells.extend(array.iterator(0));
        }
        match axis {
            0 => Self::from_iterator(cells.into_iter(), n, d, 0),
            _ => Self::from_iterator(cells.into_iter(), d, n, 1),
        }
    }
}

/// The codes of the rows of one fit, in their order.
pub(in crate::models) fn codes(data: &TrainingSet<'_>) -> Vec<u32> {
    data.iter().map(|(_, code)| code).collect()
}

/// The largest size of a number in one fit's rows.
pub(in crate::models) fn largest(data: &TrainingSet<'_>) -> f64 {
    let sizes = data.iter().flat_map(|(row, _)| row).map(|v| v.abs());
    sizes.fold(0.0, f64::max)
}

/// Writes the labels that smartcore predicts, as codes, for the rows of `x`.
///
/// smartcore gives up a whole batch for one row that it has no answer to; such a row gets the
/// first class and the others theirs, so that labels do not depend on how rows are cut.
pub(in crate::models) fn labels_into(
    x: &[f64],
    n_cols: usize,
    classes: &[i32],
    out: &mut [i32],
    predict: &dyn Fn(&Rows<'_>) -> std::result::Result<Vec<u32>, Failed>,
) {
    if out.is_empty() {
        return;
    }
    match predict(&Rows::all(x, n_cols)) {
        Ok(codes) => {
            for (label, code) in out.iter_mut().zip(codes) {
                *label = classes[code as usize];
            }
        }
        Err(_) if out.len() == 1 => out[0] = classes[0],
        Err(_) => {
            for (row, label) in x.chunks_exact(n_cols).zip(out.chunks_mut(1)) {
                labels_into(row, n_cols, classes, label, predict);
            }
        }
    }
}

/// Reads what smartcore keeps to itself, or makes what it lets nobody make: its types say how they
/// are saved, and postcard writes nothing but the fields, in order, so `To` needs only the same
/// fields.
///
/// # Errors
/// `InvalidParam` where the two differ, which only another version of smartcore could bring about.
pub(in crate::models) fn through_file<From: Serialize, To: for<'de> Deserialize<'de>>(
    from: &From,
) -> Result<To> {
    let bytes = postcard::to_allocvec(from).map_err(refused)?;
    postcard::from_bytes(&bytes).map_err(refused)
}
