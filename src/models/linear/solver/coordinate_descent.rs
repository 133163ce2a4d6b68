//! The plain hinge loss where rows are longer than they are many: coordinate descent on the dual.
//!
//! Rows of many columns hardly overlap, so that setting one row's α at a time, liblinear's way, gets to
//! the last digits in some hundred passes, each of which reads the rows once; the interior-point
//! method would factorise a matrix of the rows' size twenty times. Where rows overlap more than that,
//! the gap says so early, and it is left to that method.
//! Source: Hsieh et al. 2008 (dual coordinate descent).

use super::interior_point::Solution;
use crate::data::allocate::{room, zeros};
use crate::error::Result;
use crate::models::linear::columns::dots::dot;
use crate::models::linear::columns::rows::Rows;
use crate::parallel::pause::{PRODUCTS, Pace};
use crate::random::RandomState;

/// Gap between the objective and its dual, as a share of it, at which the problem counts as solved.
const SOLVED: f64 = 1e-12;
/// What rounding leaves of a margin that is 1: of rows that cost much, more than such a share.
const ROUNDING: f64 = 4e-15;
/// Passes at most, and between two looks at the gap.
const MAX_PASSES: u32 = 400;
const LOOK_EVERY: u32 = 10;
/// Looks before it can be told how fast the gap falls.
const FIRST_LOOKS: u32 = 3;

/// The minimum, or `None` where this is not the way to it.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) async fn descend(rows: &Rows<'_>, cost: &[f64]) -> Result<Option<Solution>> {
    let n = rows.len();
    let mut pace = Pace::default();
    let mut w = zeros("the plane", rows.width(), 1)?;
    let mut alpha = zeros::<f64>("the rows' multipliers", n, 1)?;
    let mut sizes = room("the rows' sizes", n, 1)?;
    let bias = rows.bias_squared();
    for i in 0..n {
        let row = rows.row(i);
        sizes.push(dot(row, row) + bias);
        pace.after(row.len() / PRODUCTS).await;
    }
    let mut order = room("the rows' order", n, 1)?;
    order.extend(0..n as u32);
    let mut random = RandomState::new(0);
    let rounding = ROUNDING * cost.iter().sum::<f64>();
    let mut earlier = f64::INFINITY;
    for pass in 1..=MAX_PASSES {
        random.shuffle(&mut order);
        for &i in &order {
            let i = i as usize;
            let (sign, row) = (rows.sign(i), rows.row(i));
            // A row of zeros is as far from 1 as it will ever be.
            let step = (1.0 - margin(rows, i, &w)) / sizes[i];
            let next = if sizes[i] > 0.0 {
                (alpha[i] + step).clamp(0.0, cost[i])
            } else {
                cost[i]
            };
            let change = next - alpha[i];
            if change != 0.0 {
                alpha[i] = next;
                add(rows, row, sign * change, &mut w);
            }
            pace.after(2 * row.len() / PRODUCTS).await;
        }
        if pass % LOOK_EVERY != 0 {
            continue;
        }
        // Anew from the rows: small changes leave their rounding behind.
        w.fill(0.0);
        for (i, &alpha) in alpha.iter().enumerate().filter(|(_, alpha)| **alpha != 0.0) {
            add(rows, rows.row(i), rows.sign(i) * alpha, &mut w);
            pace.after(w.len() / PRODUCTS).await;
        }
        let mut losses = 0.0;
        for (i, cost) in cost.iter().enumerate() {
            losses += cost * (1.0 - margin(rows, i, &w)).max(0.0);
            pace.after(w.len() / PRODUCTS).await;
        }
        let penalty = 0.5 * dot(&w, &w);
        let objective = penalty + losses;
        let gap = objective - (alpha.iter().sum::<f64>() - penalty);
        if gap <= SOLVED * objective + rounding {
            return Ok(Some(Solution {
                w,
                objective,
                n_iter: pass,
            }));
        }
        let looks_left = f64::from((MAX_PASSES - pass) / LOOK_EVERY);
        let looks_needed = ((SOLVED * objective + rounding) / gap).ln() / (gap / earlier).ln();
        // Not so either where numbers are so large that there is no gap to be seen.
        let gets_there = gap < earlier && looks_needed <= looks_left;
        if pass >= FIRST_LOOKS * LOOK_EVERY && !gets_there {
            break;
        }
        earlier = gap;
    }
    Ok(None)
}

fn margin(rows: &Rows<'_>, i: usize, w: &[f64]) -> f64 {
    let (bias, plane) = rows.split(w);
    rows.sign(i) * (dot(rows.row(i), plane) + bias)
}

/// Adds a row, so many times.
fn add(rows: &Rows<'_>, row: &[f64], times: f64, w: &mut [f64]) {
    for (w, x) in w.iter_mut().zip(row) {
        *w += times * x;
    }
    rows.add_to_bias(times, w);
}
