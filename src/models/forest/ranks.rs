//! Features by rank.

use ndarray::ArrayView2;

use crate::data::allocate::room;
use crate::error::{Error, Result};

/// scikit-learn's `FEATURE_THRESHOLD`: values closer than this are never split.
const FEATURE_THRESHOLD: f32 = 1e-7;

/// Each feature's values as whole numbers in the order of the values, for all rows of a matrix.
///
/// Computed once; all folds and trees share it. Comparing ranks is comparing the `f32` values.
#[derive(Debug)]
pub struct Ranks {
    n_rows: usize,
    n_features: usize,
    /// `[feature][row]`.
    ranks: Vec<u32>,
    /// `[feature][rank]`.
    values: Vec<Vec<f32>>,
}

impl Ranks {
    /// Ranks all columns of `x`.
    ///
    /// # Errors
    /// `BeyondFloat32`, also for NaN; `OutOfMemory`.
    pub fn new(x: ArrayView2<'_, f64>) -> Result<Self> {
        let (n_rows, n_features) = x.dim();
        if let Some(at) = x.iter().position(|&v| !(v as f32).is_finite()) {
            return Err(Error::BeyondFloat32 {
                row: at / n_features,
                col: at % n_features,
            });
        }
        let mut ranks = room("the ranks of the features", n_rows, n_features)?;
        ranks.resize(n_rows * n_features, 0);
        let mut order: Vec<(u32, u32)> = room("the order of a feature", n_rows, 1)?;
        let mut values = Vec::with_capacity(n_features);
        for (feature, column) in x.columns().into_iter().enumerate() {
            order.clear();
            order.extend(
                column
                    .iter()
                    .zip(0..)
                    .map(|(&v, row)| (ordered_bits(v as f32), row)),
            );
            order.sort_unstable();
            let out = &mut ranks[feature * n_rows..(feature + 1) * n_rows];
            let mut distinct: Vec<f32> = Vec::new();
            let mut last = None;
            for &(bits, row) in &order {
                if last != Some(bits) {
                    last = Some(bits);
                    distinct.push(x[(row as usize, feature)] as f32);
                }
                out[row as usize] = distinct.len() as u32 - 1;
            }
            values.push(distinct);
        }
        Ok(Self {
            n_rows,
            n_features,
            ranks,
            values,
        })
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Number of columns.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// The largest rank of any feature.
    #[must_use]
    pub fn largest(&self) -> u32 {
        self.values
            .iter()
            .map(|v| v.len() as u32)
            .max()
            .unwrap_or(0)
            .saturating_sub(1)
    }

    /// A feature's rank in every row.
    #[must_use]
    pub fn of(&self, feature: usize) -> &[u32] {
        &self.ranks[feature * self.n_rows..(feature + 1) * self.n_rows]
    }

    /// The threshold half-way between two ranks.
    #[must_use]
    pub fn threshold(&self, feature: usize, below: u32, above: u32) -> f64 {
        let values = &self.values[feature];
        f64::from(values[below as usize]) / 2.0 + f64::from(values[above as usize]) / 2.0
    }

    /// Whether scikit-learn tells two ranks' values apart.
    #[inline]
    #[must_use]
    pub fn apart(&self, feature: usize, below: u32, above: u32) -> bool {
        let values = &self.values[feature];
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
