//! A first look at a sample of the rows: close to the minimum for a quarter of the work.

use super::newton::{Minimum, Precision};
use crate::data::TrainingSet;
use crate::error::Result;

/// One row in so many is looked at first …
const ONE_IN: u32 = 4;
/// … where that leaves at least so many rows a coefficient.
const ROWS_EACH: usize = 20;
/// How closely to solve for a sample's minimum, which lies somewhere else anyway.
const ROUGHLY: Precision = Precision {
    gain: 1e-3,
    last_gain: 1.0,
    still: f64::INFINITY,
    floor: 0.0,
    max_iter: 8,
};

/// Fits some rows, of which each counts by its class, from 0 or from a similar problem's minimum.
pub(super) trait Fit:
    Fn(TrainingSet<'_>, &[f64], Option<Minimum>, Precision) -> Result<Minimum>
{
}
impl<F: Fn(TrainingSet<'_>, &[f64], Option<Minimum>, Precision) -> Result<Minimum>> Fit for F {}

/// Fits all rows, where there are enough of them from the minimum for one in four of each class.
pub(super) fn fit_sample_first(
    data: &TrainingSet<'_>,
    weights: &[f64],
    n_coefficients: usize,
    precision: Precision,
    fit: &impl Fit,
) -> Result<Minimum> {
    let mut like = None;
    if data.n_samples() >= n_coefficients * ROWS_EACH * ONE_IN as usize {
        let mut counts = vec![0_u32; weights.len()];
        let mut rows = vec![0; data.n_samples()];
        let mut n_taken = 0;
        for &row in data.rows {
            let count = &mut counts[data.codes[row as usize] as usize];
            rows[n_taken] = row;
            n_taken += usize::from((*count).is_multiple_of(ONE_IN));
            *count += 1;
        }
        // Of classes of a row or two none is left out: then there is nothing to gain, nor an end to it.
        if n_taken <= data.n_samples() / 2 {
            rows.truncate(n_taken);
            let weights: Vec<f64> = weights
                .iter()
                .zip(&counts)
                .map(|(weight, &count)| {
                    weight * f64::from(count) / f64::from(count.div_ceil(ONE_IN))
                })
                .collect();
            let sample = TrainingSet {
                rows: &rows,
                ..*data
            };
            like = Some(fit_sample_first(
                &sample,
                &weights,
                n_coefficients,
                ROUGHLY,
                fit,
            )?);
        }
    }
    fit(*data, weights, like, precision)
}
