//! Labelled rows: what is generated, loaded, split and fitted.

use ndarray::{Array2, ArrayView2};

use super::allocate::room;
use super::scratch::Scratch;
use super::shared::Shared;
use crate::error::{Error, Result};
use crate::parallel::pause::{PIECE, whole};
use crate::parallel::steps::Progress;

/// A matrix with a label a row, and the names that go with them.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// `(n_samples, n_features)`, row-major, finite.
    pub x: Array2<f64>,
    /// A label a row: an index into `class_names`.
    pub y: Vec<i32>,
    /// A name a column.
    pub feature_names: Vec<String>,
    /// A name a class, in the order of the labels.
    pub class_names: Vec<String>,
}

/// Labels as codes `0..n_classes`, in ascending order of the label (numpy's `unique`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// The distinct labels, ascending: scikit-learn's `classes_`.
    pub classes: Vec<i32>,
    /// A code a row: an index into `classes`.
    pub codes: Vec<u32>,
}

impl Labels {
    /// Encodes labels.
    ///
    /// # Errors
    /// `TooFewClasses` where there are fewer than two; `OutOfMemory`.
    pub fn encode(y: &[i32]) -> Result<Self> {
        whole(Self::encode_in_steps(y, &Progress::default()))
    }

    /// The same, and pauses on the way: two units a label.
    pub(crate) async fn encode_in_steps(y: &[i32], progress: &Progress) -> Result<Self> {
        let classes = distinct(y, progress).await?;
        if classes.len() < 2 {
            return Err(Error::TooFewClasses { got: classes.len() });
        }
        let mut codes = room("the codes of the labels", y.len(), 1)?;
        for some in y.chunks(PIECE) {
            let code = |label| classes.partition_point(|class| class < label) as u32;
            codes.extend(some.iter().map(code));
            progress.after(some.len()).await;
        }
        Ok(Self { classes, codes })
    }

    /// The codes that occur among `rows`, ascending, where some do not.
    pub(crate) fn present(&self, rows: &[u32]) -> Option<Vec<i32>> {
        let mut seen = Scratch::<bool>::zeros(self.classes.len());
        let mut missing = seen.len();
        for &row in rows {
            let seen = &mut seen[self.codes[row as usize] as usize];
            if !*seen {
                *seen = true;
                missing -= 1;
                if missing == 0 {
                    return None;
                }
            }
        }
        let codes = (0..).zip(&**seen).filter(|(_, seen)| **seen);
        Some(codes.map(|(code, _)| code).collect())
    }
}

/// The labels that there are, ascending.
async fn distinct(y: &[i32], progress: &Progress) -> Result<Vec<i32>> {
    let mut known: Vec<i32> = Vec::new();
    let mut fresh = room("labels", y.len().min(PIECE), 1)?;
    for some in y.chunks(PIECE) {
        let is_new = |label: &&i32| known.binary_search(label).is_err();
        fresh.extend(some.iter().filter(is_new));
        fresh.sort_unstable();
        fresh.dedup();
        if !fresh.is_empty() {
            let mut all = room("the classes", known.len() + fresh.len(), 1)?;
            let mut later = fresh.drain(..).peekable();
            for &label in &known {
                while let Some(before) = later.next_if(|&other| other < label) {
                    all.push(before);
                }
                all.push(label);
            }
            all.extend(later);
            known = all;
        }
        progress.after(some.len()).await;
    }
    Ok(known)
}

/// What is told of a matrix whose rows do not lie one after the other.
pub(crate) fn not_row_major() -> Error {
    Error::ShapeMismatch {
        what: "X",
        expected: "rows that lie one after the other (`as_standard_layout` copies them so)"
            .to_owned(),
        got: "others between them, or columns first".to_owned(),
    }
}

/// Refuses labels that are not one a row.
pub(crate) fn refuse_other_length(n_rows: usize, y: &[i32]) -> Result<()> {
    if n_rows == y.len() {
        return Ok(());
    }
    Err(Error::ShapeMismatch {
        what: "y",
        expected: format!("{n_rows} labels, one a row of X"),
        got: format!("{}", y.len()),
    })
}

/// The rows that one fit sees: numbers of rows of a shared matrix, never a copy of it.
#[derive(Debug, Clone, Copy)]
pub struct TrainingSet<'a> {
    /// `(n, n_features)`, row-major and contiguous, finite: all rows, also those not in this fit.
    pub x: ArrayView2<'a, f64>,
    /// A code in `0..n_classes` for each row of `x`. Every code occurs among `rows`.
    pub codes: &'a [u32],
    /// Number of classes, at least 2.
    pub n_classes: usize,
    /// The rows of this fit, ascending unless the caller's order is meant.
    pub rows: &'a [u32],
    /// What fits on these very rows share, where there are several.
    pub shared: Option<&'a Shared>,
}

impl<'a> TrainingSet<'a> {
    /// Number of rows in this fit.
    #[must_use]
    pub fn n_samples(&self) -> usize {
        self.rows.len()
    }

    /// Number of columns.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.x.ncols()
    }

    /// The rows of this fit with their codes, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'a [f64], u32)> + use<'a> {
        let (x, codes, d) = (self.flat(), self.codes, self.x.ncols());
        self.rows.iter().map(move |&row| {
            let row = row as usize;
            (&x[row * d..(row + 1) * d], codes[row])
        })
    }

    /// The whole matrix as one slice.
    #[must_use]
    pub fn flat(&self) -> &'a [f64] {
        // Contiguity is this type's contract; an empty slice would fail loudly on the first row.
        self.x.to_slice().unwrap_or_default()
    }
}

/// Refuses NaN and infinity.
///
/// # Errors
/// `NonFinite` with the first such cell.
pub fn check_finite(what: &'static str, x: ArrayView2<'_, f64>) -> Result<()> {
    let bad = match x.as_slice() {
        // A sum is NaN or infinite if a cell is (or if huge cells overflow): one fast pass, then look.
        Some(flat) => {
            if flat.iter().map(|v| v * 0.0).sum::<f64>() == 0.0 {
                return Ok(());
            }
            flat.iter().position(|v| !v.is_finite())
        }
        None => x.iter().position(|v| !v.is_finite()),
    };
    match bad {
        None => Ok(()),
        Some(at) => Err(Error::NonFinite {
            what,
            row: at / x.ncols(),
            col: at % x.ncols(),
        }),
    }
}
