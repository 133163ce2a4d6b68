//! Features by rank.

use ndarray::ArrayView2;

use super::sort::sort_long;
use crate::data::allocate::{room, zeros};
use crate::error::{Error, Result};
use crate::parallel::pause::{PIECE, Pace};

/// scikit-learn's `FEATURE_THRESHOLD`: values closer than this are never split.
const FEATURE_THRESHOLD: f32 = 1e-7;

/// Each feature's values as whole numbers in the order of the values, for all rows of a matrix.
///
/// Computed once; all folds and trees share it. Comparing ranks is comparing the `f32` values.
#[derive(Debug, Default)]
pub struct Ranks {
    n_rows: usize,
    columns: Vec<Column>,
}

/// One feature's.
#[derive(Debug, Default)]
pub struct Column {
    /// `[row]`.
    ranks: Vec<u32>,
    /// `[rank]`.
    values: Vec<f32>,
}

impl Column {
    /// Ranks one column of `x`.
    ///
    /// # Errors
    /// `BeyondFloat32`, also for NaN; `OutOfMemory`.
    pub async fn new(x: ArrayView2<'_, f64>, feature: usize) -> Result<Self> {
        let (column, n) = (x.column(feature), x.nrows());
        let mut pace = Pace::default();
        let mut order: Vec<u64> = room("the order of a feature", n, 1)?;
        for first in (0..n).step_by(PIECE) {
            for row in first..n.min(first + PIECE) {
                let value = column[row] as f32;
                if !value.is_finite() {
                    return Err(Error::BeyondFloat32 { row, col: feature });
                }
                order.push(u64::from(ordered_bits(value)) << 32 | row as u64);
            }
            pace.after(PIECE).await;
        }
        let mut spare = room("the order of a feature", n, 1)?;
        sort_long(&mut order, &mut spare, u32::MAX, 32, &mut pace).await;
        drop(spare);
        let mut ranks = zeros("the ranks of a feature", n, 1)?;
        let mut values: Vec<f32> = Vec::new();
        let mut last = None;
        for order in order.chunks(PIECE) {
            for &key in order {
                let row = (key as u32) as usize;
                if last != Some(key >> 32) {
                    last = Some(key >> 32);
                    values.push(column[row] as f32);
                }
                ranks[row] = values.len() as u32 - 1;
            }
            pace.after(order.len()).await;
        }
        Ok(Self { ranks, values })
    }
}

impl Ranks {
    /// Asks for memory for the ranks of so many rows and features.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn ask(n_rows: usize, n_features: usize) -> Result<()> {
        room::<u32>("the ranks of the features", n_rows, n_features).map(drop)
    }

    /// From all columns of a matrix.
    ///
    /// # Errors
    /// The columns'; of several, that of the first value in the order of rows.
    pub fn of_columns(n_rows: usize, columns: Vec<Result<Column>>) -> Result<Self> {
        let place = |error: &Error| match error {
            Error::BeyondFloat32 { row, col } => (*row, *col),
            _ => (0, 0),
        };
        let (mut all, mut first) = (Vec::with_capacity(columns.len()), None);
        for column in columns {
            match column {
                Ok(column) => all.push(column),
                Err(error) if first.as_ref().is_some_and(|f| place(f) < place(&error)) => {}
                Err(error) => first = Some(error),
            }
        }
        match first {
            Some(error) => Err(error),
            None => Ok(Self {
                n_rows,
                columns: all,
            }),
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Number of columns.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.columns.len()
    }

    /// The largest rank of any feature.
    #[must_use]
    pub fn largest(&self) -> u32 {
        self.columns
            .iter()
            .map(|column| column.values.len() as u32)
            .max()
            .unwrap_or(0)
            .saturating_sub(1)
    }

    /// A feature's rank in every row.
    #[must_use]
    pub fn of(&self, feature: usize) -> &[u32] {
        &self.columns[feature].ranks
    }

    /// The threshold half-way between two ranks.
    #[must_use]
    pub fn threshold(&self, feature: usize, below: u32, above: u32) -> f64 {
        let values = &self.columns[feature].values;
        f64::from(values[below as usize]) / 2.0 + f64::from(values[above as usize]) / 2.0
    }

    /// Whether scikit-learn tells two ranks' values apart.
    #[inline]
    #[must_use]
    pub fn apart(&self, feature: usize, below: u32, above: u32) -> bool {
        let values = &self.columns[feature].values;
        values[above as usize] > values[below as usize] + FEATURE_THRESHOLD
    }
}

/// Bits that order as the number does; both zeros are one.
fn ordered_bits(value: f32) -> u32 {
    let bits = (value + 0.0).to_bits();
    if bits >> 31 == 1 {
        !bits
    } else {
        bits | 1 << 31
    }
}
