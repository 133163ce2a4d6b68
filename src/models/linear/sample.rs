//! Samples of the rows to look at first: close to the minimum for a fraction of the work.

use super::solver::newton::Precision;
use crate::data::TrainingSet;
use crate::data::scratch::Scratch;

/// One row in so many is looked at first …
const ONE_IN: u32 = 4;
/// … where that leaves at least so many rows a coefficient.
const ROWS_EACH: usize = 20;
/// How closely to solve for a sample's minimum, which lies somewhere else anyway.
pub(super) const ROUGHLY: Precision = Precision {
    gain: 1e-3,
    last_gain: 1.0,
    still: f64::INFINITY,
    floor: 0.0,
    max_iter: 8,
    is_steep: false,
};

/// Some rows, and what each of them weighs by its class.
pub(super) struct Sample {
    pub(super) rows: Scratch<u32>,
    pub(super) weights: Scratch<f64>,
}

/// One row in four of each class, one in four of those and so on, the smallest sample last.
pub(super) fn samples(
    data: &TrainingSet<'_>,
    weights: &[f64],
    n_coefficients: usize,
) -> Vec<Sample> {
    let mut samples: Vec<Sample> = Vec::new();
    loop {
        let (all, weights) = match samples.last() {
            Some(sample) => (&sample.rows[..], &sample.weights[..]),
            None => (data.rows, weights),
        };
        if all.len() < n_coefficients * ROWS_EACH * ONE_IN as usize {
            return samples;
        }
        let mut counts = Scratch::<u32>::zeros(weights.len());
        let mut rows = Scratch::<u32>::any(all.len());
        let mut n_taken = 0;
        for &row in all {
            let count = &mut counts[data.codes[row as usize] as usize];
            rows[n_taken] = row;
            n_taken += usize::from((*count).is_multiple_of(ONE_IN));
            *count += 1;
        }
        // Of classes of a row or two none is left out: then there is nothing to gain, nor an end to it.
        if n_taken > all.len() / 2 {
            return samples;
        }
        rows.truncate(n_taken);
        let counts = weights.iter().zip(&**counts);
        let weights =
            Scratch::of_all(counts.map(|(weight, &count)| {
                weight * f64::from(count) / f64::from(count.div_ceil(ONE_IN))
            }));
        samples.push(Sample { rows, weights });
    }
}
