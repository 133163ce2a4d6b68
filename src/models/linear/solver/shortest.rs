//! The shortest of all coefficients that give every row the same margins.
//!
//! Without a penalty, columns that are combinations of others leave the coefficients open.
//! scikit-learn's solvers start from 0 and move along rows only, so that they end at the shortest,
//! the intercept counted like a coefficient.

use super::cholesky::Pivoted;
use crate::data::allocate::zeros;
use crate::error::Result;
use crate::models::linear::columns::dots::dot;
use crate::models::linear::columns::rows::{Rows, margins};
use crate::parallel::pause::{PRODUCTS, Pace, pause};

/// Share of the largest by which a margin may change.
const UNNOTICED: f64 = 1e-9;

/// Shortens coefficients of `rows`' columns as far as no margin notices.
pub(crate) async fn shorten(rows: &Rows<'_>, coefficients: &mut [Vec<f64>]) -> Result<()> {
    let directions = unnoticed_directions(rows).await?;
    let mut pace = Pace::default();
    for w in coefficients.iter_mut().filter(|_| !directions.is_empty()) {
        let mut shorter = w.clone();
        for direction in &directions {
            take_part(direction, &mut shorter);
            pace.after(w.len() / PRODUCTS).await;
        }
        let change: Vec<f64> = shorter.iter().zip(&*w).map(|(a, b)| a - b).collect();
        if largest_margin(rows, &change).await <= UNNOTICED * largest_margin(rows, w).await {
            *w = shorter;
        }
    }
    Ok(())
}

async fn largest_margin(rows: &Rows<'_>, w: &[f64]) -> f64 {
    let mut largest = 0.0_f64;
    rows.for_blocks(1, &mut |_, columns| {
        for margin in margins(columns, w) {
            largest = largest.max(margin.abs());
        }
    })
    .await;
    largest
}

/// Perpendicular directions of length 1 in which no margin changes: what a Cholesky factor of the
/// Gram matrix, its largest pivot first each time, leaves over.
async fn unnoticed_directions(rows: &Rows<'_>) -> Result<Vec<Vec<f64>>> {
    let width = rows.width();
    let mut gram = zeros("the products of columns", width, width)?;
    let weights = rows.spread(std::iter::repeat_n(1.0, rows.len()));
    rows.gram(&weights, &mut gram).await;
    drop(weights);
    let factor = Pivoted::new(&gram, width).await?;
    let rank = factor.pivots.len();
    let mut pace = Pace::default();
    let mut directions: Vec<Vec<f64>> = Vec::new();
    for over in (0..width).filter(|j| !factor.pivots.contains(j)) {
        // That column less the combination of the pivots' that it is.
        let mut parts = factor.line(over)[..rank].to_vec();
        factor.solve_transposed(&mut parts);
        let mut direction = zeros("the directions without a margin", width, 1)?;
        direction[over] = 1.0;
        for (part, &pivot) in parts.iter().zip(&factor.pivots) {
            direction[pivot] = -part;
        }
        // Twice, so that rounding leaves nothing.
        for _ in 0..2 {
            for other in &directions {
                take_part(other, &mut direction);
                pace.after(width / PRODUCTS).await;
            }
            let length = dot(&direction, &direction).sqrt();
            direction.iter_mut().for_each(|d| *d /= length);
        }
        directions.push(direction);
        pause().await;
    }
    Ok(directions)
}

/// Takes out what `w` has of a direction of length 1.
fn take_part(direction: &[f64], w: &mut [f64]) {
    let part = dot(direction, w);
    for (w, d) in w.iter_mut().zip(direction) {
        *w -= part * d;
    }
}
