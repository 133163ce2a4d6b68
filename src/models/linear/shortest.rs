//! The shortest of all coefficients that give every row the same margins.
//!
//! Without a penalty, columns that are combinations of others leave the coefficients open.
//! scikit-learn's solvers start from 0 and move along rows only, so that they end at the shortest,
//! the intercept counted like a coefficient.

use super::dots::dot;
use super::lanes::BLOCK;
use super::rows::{Rows, add_gram, margins, mirror};

/// What is left of a unit diagonal where a column counts as a combination of others.
const SINGULAR: f64 = 1e-14;
/// Share of the largest by which a margin may change.
const UNNOTICED: f64 = 1e-9;

/// Shortens coefficients of `rows`' columns as far as no margin notices.
pub(super) fn shorten(rows: &Rows<'_>, coefficients: &mut [Vec<f64>]) {
    let directions = unnoticed_directions(rows);
    for w in coefficients.iter_mut().filter(|_| !directions.is_empty()) {
        let mut shorter = w.clone();
        for direction in &directions {
            let part = dot(direction, &shorter);
            for (w, d) in shorter.iter_mut().zip(direction) {
                *w -= part * d;
            }
        }
        let change: Vec<f64> = shorter.iter().zip(&*w).map(|(a, b)| a - b).collect();
        if largest_margin(rows, &change) <= UNNOTICED * largest_margin(rows, w) {
            *w = shorter;
        }
    }
}

fn largest_margin(rows: &Rows<'_>, w: &[f64]) -> f64 {
    let mut largest = 0.0_f64;
    rows.for_blocks(|_, columns| {
        for margin in margins(columns, w) {
            largest = largest.max(margin.abs());
        }
    });
    largest
}

/// Perpendicular directions of length 1 in which no margin changes: what a Cholesky factor of the
/// Gram matrix, its largest pivot first each time, leaves over.
fn unnoticed_directions(rows: &Rows<'_>) -> Vec<Vec<f64>> {
    let width = rows.width();
    let mut gram = vec![0.0; width * width];
    rows.for_blocks(|_, columns| add_gram(columns, &[1.0; BLOCK], &mut gram, width));
    mirror(&mut gram, width, width);
    let scale: Vec<f64> = (0..width)
        .map(|j| {
            let diagonal = gram[j * width + j];
            if diagonal > 0.0 {
                1.0 / diagonal.sqrt()
            } else {
                1.0
            }
        })
        .collect();
    // Row k of the factor, by column of X: `factor[k][j]`.
    let mut factor: Vec<Vec<f64>> = Vec::new();
    let mut pivots: Vec<usize> = Vec::new();
    let mut left: Vec<f64> = (0..width)
        .map(|j| gram[j * width + j] * scale[j] * scale[j])
        .collect();
    while let Some(pivot) = (0..width)
        .filter(|j| !pivots.contains(j))
        .max_by(|&a, &b| left[a].total_cmp(&left[b]))
        .filter(|&j| left[j] > SINGULAR)
    {
        let root = left[pivot].sqrt();
        let row: Vec<f64> = (0..width)
            .map(|j| {
                if pivots.contains(&j) {
                    return 0.0;
                }
                let known: f64 = factor.iter().map(|row| row[pivot] * row[j]).sum();
                (gram[pivot * width + j] * scale[pivot] * scale[j] - known) / root
            })
            .collect();
        for (left, value) in left.iter_mut().zip(&row) {
            *left -= value * value;
        }
        factor.push(row);
        pivots.push(pivot);
    }
    let mut directions: Vec<Vec<f64>> = Vec::new();
    for over in (0..width).filter(|j| !pivots.contains(j)) {
        // That column less the combination of the pivots' that it is.
        let mut parts: Vec<f64> = factor.iter().map(|row| row[over]).collect();
        for k in (0..pivots.len()).rev() {
            parts[k] /= factor[k][pivots[k]];
            let part = parts[k];
            for (earlier, row) in parts[..k].iter_mut().zip(&factor) {
                *earlier -= part * row[pivots[k]];
            }
        }
        let mut direction = vec![0.0; width];
        direction[over] = scale[over];
        for (part, &pivot) in parts.iter().zip(&pivots) {
            direction[pivot] = -part * scale[pivot];
        }
        // Twice, so that rounding leaves nothing.
        for _ in 0..2 {
            for other in &directions {
                let part = dot(other, &direction);
                for (d, o) in direction.iter_mut().zip(other) {
                    *d -= part * o;
                }
            }
            let length = dot(&direction, &direction).sqrt();
            direction.iter_mut().for_each(|d| *d /= length);
        }
        directions.push(direction);
    }
    directions
}
