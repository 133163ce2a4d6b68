//! The plain hinge loss with an l2 penalty: dual coordinate descent.
//!
//! Source: Hsieh et al. 2008 (liblinear's algorithm 1, with its shuffled order).

use super::newton::{Rows, Solution};
use crate::measure::stats::SplitMix;

/// Largest violation of the optimality conditions that counts as solved.
const SOLVED: f64 = 1e-10;
/// Rounds over all rows at most, as a multiple of `max_iter`.
const ROUNDS: u32 = 20;

pub(super) fn solve(rows: &Rows<'_>, y: &[f64], weight: &[f64], max_iter: u32) -> Solution {
    let d = rows.data.n_features();
    let bias = rows.bias.unwrap_or(0.0);
    let samples: Vec<&[f64]> = rows.data.iter().map(|(row, _)| row).collect();
    let dot = |w: &[f64], row: &[f64]| -> f64 {
        row.iter().zip(w).map(|(x, w)| x * w).sum::<f64>() + w.get(d).map_or(0.0, |w| w * bias)
    };
    let squares: Vec<f64> = samples
        .iter()
        .map(|row| row.iter().map(|x| x * x).sum::<f64>() + bias * bias)
        .collect();
    let mut w = vec![0.0; rows.width()];
    let mut alpha = vec![0.0; y.len()];
    let mut order: Vec<usize> = (0..y.len()).collect();
    let mut rng = SplitMix::new(0);
    let mut n_iter = 0;
    while n_iter < max_iter.saturating_mul(ROUNDS) {
        n_iter += 1;
        rng.shuffle(&mut order);
        let mut violation = 0.0_f64;
        for &i in &order {
            if squares[i] == 0.0 {
                alpha[i] = weight[i];
                continue;
            }
            let slope = y[i] * dot(&w, samples[i]) - 1.0;
            let projected = if alpha[i] <= 0.0 {
                slope.min(0.0)
            } else if alpha[i] >= weight[i] {
                slope.max(0.0)
            } else {
                slope
            };
            violation = violation.max(projected.abs());
            if projected != 0.0 {
                let next = (alpha[i] - slope / squares[i]).clamp(0.0, weight[i]);
                let change = (next - alpha[i]) * y[i];
                alpha[i] = next;
                for (w, x) in w.iter_mut().zip(samples[i]) {
                    *w += change * x;
                }
                if let Some(w) = w.get_mut(d) {
                    *w += change * bias;
                }
            }
        }
        if violation < SOLVED {
            break;
        }
    }
    let losses = samples
        .iter()
        .zip(y)
        .zip(weight)
        .map(|((row, y), c)| c * (1.0 - y * dot(&w, row)).max(0.0));
    let objective = losses.sum::<f64>() + 0.5 * w.iter().map(|w| w * w).sum::<f64>();
    Solution {
        w,
        objective,
        n_iter,
    }
}
