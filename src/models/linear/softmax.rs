//! Multinomial logistic regression: one class's coefficients at a time, until none moves.
//!
//! With the others held, a class's problem has the same shape as the binary one and the same small
//! Gram matrix. Source: Friedman, Hastie & Tibshirani 2010, section 4.

use super::newton::{Loss, Penalty, Rows, solve as solve_one};

/// Relative gain of a whole round at which the problem counts as solved.
const SOLVED: f64 = 1e-12;
/// Newton steps for one class before the next has its turn.
const STEPS: u32 = 2;
/// Rounds over all classes at most, as a multiple of `max_iter`.
const ROUNDS: u32 = 10;

/// Where the minimum lies.
pub(super) struct Solution {
    /// Coefficients by class.
    pub(super) w: Vec<Vec<f64>>,
    pub(super) objective: f64,
    pub(super) n_iter: u32,
}

/// `weight · (ln(Σ e^z) − z_own)` as a function of one class's margin.
struct OneClass {
    /// Logarithm of the sum over the other classes.
    others: Vec<f64>,
    /// Whether the row belongs to the class; else its own margin, which stays.
    is_own: Vec<bool>,
    own: Vec<f64>,
    weight: Vec<f64>,
}

impl Loss for OneClass {
    #[inline]
    fn value(&self, i: usize, z: f64) -> f64 {
        let (high, low) = if z > self.others[i] {
            (z, self.others[i])
        } else {
            (self.others[i], z)
        };
        let own = if self.is_own[i] { z } else { self.own[i] };
        self.weight[i] * (high + (low - high).exp().ln_1p() - own)
    }

    #[inline]
    fn derivatives(&self, i: usize, z: f64) -> (f64, f64) {
        let t = z - self.others[i];
        let e = (-t.abs()).exp();
        let p = if t >= 0.0 {
            1.0 / (1.0 + e)
        } else {
            e / (1.0 + e)
        };
        (
            self.weight[i] * (p - f64::from(self.is_own[i])),
            self.weight[i] * e / ((1.0 + e) * (1.0 + e)),
        )
    }
}

pub(super) fn solve(
    rows: &Rows<'_>,
    weights: &[f64],
    penalty: &Penalty,
    max_iter: u32,
) -> Solution {
    let k = weights.len();
    let n = rows.data.n_samples();
    let codes: Vec<usize> = rows.data.iter().map(|(_, code)| code as usize).collect();
    let weight: Vec<f64> = codes.iter().map(|&code| weights[code]).collect();
    let mut w = vec![vec![0.0; rows.width()]; k];
    let mut z = vec![vec![0.0; n]; k];
    let mut objective = f64::INFINITY;
    let mut n_iter = 0;
    while n_iter < max_iter * ROUNDS {
        n_iter += 1;
        for class in 0..k {
            let loss = OneClass {
                others: (0..n)
                    .map(|i| log_sum_exp((0..k).filter(|&c| c != class).map(|c| z[c][i])))
                    .collect(),
                is_own: codes.iter().map(|&code| code == class).collect(),
                own: codes
                    .iter()
                    .enumerate()
                    .map(|(i, &code)| z[code][i])
                    .collect(),
                weight: weight.clone(),
            };
            w[class] = solve_one(rows, &loss, penalty, std::mem::take(&mut w[class]), STEPS).w;
            z[class] = rows.margins(&w[class]);
        }
        let losses =
            (0..n).map(|i| weight[i] * (log_sum_exp((0..k).map(|c| z[c][i])) - z[codes[i]][i]));
        let now = losses.sum::<f64>() + w.iter().map(|w| penalty.value(w)).sum::<f64>();
        let is_solved = objective - now <= SOLVED * now.abs();
        objective = now;
        if is_solved {
            break;
        }
    }
    if rows.bias.is_some() && penalty.l2.last() == Some(&0.0) && penalty.l1.last() == Some(&0.0) {
        // Free intercepts are known up to a common shift: scikit-learn's sum to 0.
        let last = rows.width() - 1;
        let mean = w.iter().map(|w| w[last]).sum::<f64>() / k as f64;
        w.iter_mut().for_each(|w| w[last] -= mean);
    }
    Solution {
        w,
        objective,
        n_iter,
    }
}

fn log_sum_exp(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = values.clone().fold(f64::NEG_INFINITY, f64::max);
    largest
        + values
            .map(|value| (value - largest).exp())
            .sum::<f64>()
            .ln()
}

/// Turns margins into probabilities.
pub(super) fn softmax(margins: &mut [f64]) {
    let largest = margins.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    margins.iter_mut().for_each(|z| *z = (*z - largest).exp());
    let sum: f64 = margins.iter().sum();
    margins.iter_mut().for_each(|p| *p /= sum);
}
