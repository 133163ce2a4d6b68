//! Minimum of a quadratic model with an l1 penalty.

use super::cholesky::Factor;
use super::newton::Shifted;
use crate::data::allocate::room;
use crate::error::Result;

/// Share of the largest coefficient below which others matter no less for being smaller.
const NEGLIGIBLE: f64 = 1e-3;
/// Share of its penalty by which a slope may be too large: rounding.
const ROUNDING: f64 = 1e-10;
/// Rounds at most; a round costs a Cholesky factor of what is not zero.
const MAX_ROUNDS: usize = 1000;
/// The first rounds in which sweeps find out which coefficients are zero.
const SWEPT_ROUNDS: usize = 5;

/// `gradient · s + ½ sᵀ H s + Σ l1_j |w_j + s_j|` as a function of the step `s`.
pub(super) struct Quadratic {
    hessian: Vec<f64>,
    l1: Vec<f64>,
    /// Of the Hessian, where there is no l1 penalty.
    factor: Option<Factor>,
    shifted: Option<Shifted>,
}

impl Quadratic {
    /// # Errors
    /// `OutOfMemory` where there are so many coefficients that their Hessian does not fit.
    pub(super) fn new(l1: Vec<f64>, shifted: Option<Shifted>) -> Result<Self> {
        let n = l1.len();
        // Beside it its factor, and with an l1 penalty the part that is factored.
        let n_like_it = if l1.iter().any(|&l1| l1 > 0.0) { 3 } else { 2 };
        drop(room::<f64>(
            "a row of second derivatives a class and feature",
            n,
            n_like_it * n,
        )?);
        Ok(Self {
            hessian: vec![0.0; n * n],
            l1,
            factor: None,
            shifted,
        })
    }

    /// Whether the smooth part alone says what every coefficient is.
    pub(super) fn is_regular(&self) -> bool {
        self.factor.as_ref().is_some_and(|factor| factor.is_regular)
    }

    pub(super) fn set_hessian(&mut self, write: impl FnOnce(&mut [f64])) {
        write(&mut self.hessian);
        if self.l1.iter().all(|&l1| l1 == 0.0) {
            self.factor = Some(Factor::new(&self.hessian, self.l1.len()));
        }
    }

    /// The step from `w` to the minimum; where that takes many systems, to where less than this
    /// share of the step's gain is left.
    pub(super) fn step(&self, gradient: &[f64], w: &[f64], left: f64) -> Vec<f64> {
        if let Some(factor) = &self.factor {
            let mut step: Vec<f64> = gradient.iter().map(|g| -g).collect();
            factor.solve(&mut step);
            return step;
        }
        let mut descent = Descent {
            model: self,
            at: w.to_vec(),
            slope: gradient.to_vec(),
            sign: w.iter().map(|&w| sign(w)).collect(),
        };
        descent.run(|descent| {
            let steps = descent.at.iter().zip(w);
            let changes = steps.zip(gradient.iter().zip(&descent.slope)).zip(&self.l1);
            let gain: f64 = changes
                .map(|(((at, w), (before, after)), l1)| {
                    0.5 * (before + after) * (w - at) + l1 * (w.abs() - at.abs())
                })
                .sum();
            left * gain
        });
        descent.at.iter().zip(w).map(|(at, w)| at - w).collect()
    }

    /// Whether a step changes no coefficient by more than this share of itself, or of the largest's
    /// negligible part.
    pub(super) fn is_still(&self, step: &[f64], w: &[f64], share: f64) -> bool {
        let width = w.len();
        let size = |j: usize, value: f64| value.abs() * self.hessian[j * width + j].sqrt();
        let largest = (0..width).map(|j| size(j, w[j])).fold(0.0, f64::max);
        (0..width).all(|j| size(j, step[j]) <= share * size(j, w[j]).max(NEGLIGIBLE * largest))
    }
}

/// Where the minimum with an l1 penalty is thought to be.
///
/// With the signs known, it takes one system over the coefficients that are not zero. Coordinate
/// descent finds most signs quickly, but creeps along correlated columns and may never agree with
/// the system; so after a few rounds of both, coefficients are let go one by one, which always ends.
/// Source: Lee, Battle, Raina & Ng 2006 (feature-sign search).
struct Descent<'a> {
    model: &'a Quadratic,
    at: Vec<f64>,
    /// Slope of the smooth part there.
    slope: Vec<f64>,
    /// Side of 0 on which a coefficient is or shall be; 0 where it stays there. Those without a
    /// penalty are never held.
    sign: Vec<f64>,
}

impl Descent<'_> {
    /// Goes to the minimum, or to where less is left to gain than `enough` says.
    fn run(&mut self, enough: impl Fn(&Self) -> f64) {
        for round in 0..MAX_ROUNDS {
            while !self.move_together() {}
            let (worst, left) = self.wrongly_held();
            let Some(worst) = worst else {
                break;
            };
            if left <= enough(self) {
                break;
            }
            if round < SWEPT_ROUNDS {
                self.sweep();
            } else {
                self.sign[worst] = -self.slope[worst].signum();
            }
        }
    }

    /// The coefficient held at 0 whose slope exceeds its penalty most, if any does, and about what
    /// letting go of all such would gain.
    fn wrongly_held(&self) -> (Option<usize>, f64) {
        let (mut worst, mut most, mut left) = (None, 1.0 + ROUNDING, 0.0);
        for (j, &l1) in self.model.l1.iter().enumerate() {
            let (slope, curvature) = (self.slope[j].abs(), self.row(j)[j]);
            if self.sign[j] == 0.0 && slope > l1 * (1.0 + ROUNDING) && l1 > 0.0 && curvature > 0.0 {
                left += (slope - l1).powi(2) / (2.0 * curvature);
                if slope / l1 > most {
                    (worst, most) = (Some(j), slope / l1);
                }
            }
        }
        (worst, left)
    }

    fn row(&self, j: usize) -> &[f64] {
        let width = self.at.len();
        &self.model.hessian[j * width..(j + 1) * width]
    }

    fn shift(&mut self, j: usize, change: f64) {
        let width = self.at.len();
        self.at[j] += change;
        let row = &self.model.hessian[j * width..(j + 1) * width];
        for (slope, h) in self.slope.iter_mut().zip(row) {
            *slope += change * h;
        }
    }

    /// Moves each coefficient to its minimum with the others held, over and over until signs settle
    /// or as much has been done as a system takes.
    fn sweep(&mut self) {
        let width = self.at.len();
        for _ in 0..4 + width / 8 {
            let before = self.sign.clone();
            for j in 0..width {
                let (curvature, l1, now) = (self.row(j)[j], self.model.l1[j], self.at[j]);
                // A column of zeros: only the penalty speaks.
                let mut next = if l1 > 0.0 { 0.0 } else { now };
                if curvature > 0.0 {
                    let free = now - self.slope[j] / curvature;
                    next = free.signum() * (free.abs() - l1 / curvature).max(0.0);
                }
                if next != now {
                    self.shift(j, next - now);
                    self.at[j] = next;
                }
            }
            self.shift_classes();
            self.sign = self.at.iter().map(|&at| sign(at)).collect();
            if self.sign == before {
                break;
            }
        }
    }

    /// Moves the coefficients that a feature has for all classes by as much as their penalty likes
    /// best: the losses do not notice, so that moves of single ones get there slowly or never.
    fn shift_classes(&mut self) {
        let Some(Shifted { n_classes, l2 }) = &self.model.shifted else {
            return;
        };
        let n_classes = *n_classes;
        let width = self.at.len() / n_classes;
        for feature in (0..width).filter(|&j| self.model.l1[j] > 0.0) {
            let all = (feature..self.at.len()).step_by(width);
            let l1 = self.model.l1[feature];
            // Of the l2 penalty; nothing else has a part along this direction.
            let slope: f64 = all.clone().map(|j| self.slope[j]).sum();
            let curvature = l2[feature] * n_classes as f64;
            let mut zeros: Vec<f64> = all.clone().map(|j| -self.at[j]).collect();
            zeros.sort_unstable_by(f64::total_cmp);
            let mut change = 0.0;
            for (i, &zero) in zeros.iter().enumerate() {
                // Slope beyond this zero.
                let signs = (2 * i + 2) as f64 - n_classes as f64;
                if slope + curvature * zero + l1 * (signs + ROUNDING) >= 0.0 {
                    change = zero;
                    let before = slope + curvature * zero + l1 * (signs - 2.0);
                    if before > 0.0 {
                        change = zero - before / curvature;
                    }
                    break;
                }
            }
            if change.is_finite() && change != 0.0 {
                for j in all {
                    self.shift(j, change);
                }
            }
        }
    }

    /// Moves all coefficients that are not held towards their common minimum for their signs; those
    /// that reach 0 on the way are held there. Whether none did.
    fn move_together(&mut self) -> bool {
        let l1 = &self.model.l1;
        let width = self.at.len();
        let active: Vec<usize> = (0..width)
            .filter(|&j| (self.sign[j] != 0.0 || l1[j] == 0.0) && self.row(j)[j] > 0.0)
            .collect();
        let mut part = Vec::with_capacity(active.len() * active.len());
        for &j in &active {
            let row = self.row(j);
            part.extend(active.iter().map(|&k| row[k]));
        }
        let mut step: Vec<f64> = active
            .iter()
            .map(|&j| -self.slope[j] - l1[j] * self.sign[j])
            .collect();

        Factor::new(&part, active.len()).solve(&mut step);
        let goes_back = |j: usize, step: f64| l1[j] > 0.0 && self.sign[j] * step < 0.0;
        // All that would change sides stop at 0, if the objective is the lower for it.
        let mut share = 1.0;
        for _ in 0..4 {
            let mut is_whole = share == 1.0;
            let moves: Vec<f64> = active
                .iter()
                .zip(&step)
                .map(|(&j, step)| {
                    let now = self.at[j];
                    let next = now + share * step;
                    if goes_back(j, *step) && self.sign[j] * next <= 0.0 {
                        is_whole = false;
                        return -now;
                    }
                    next - now
                })
                .collect();
            let mut slope_change = vec![0.0; width];
            for (&j, change) in active.iter().zip(&moves) {
                for (sum, h) in slope_change.iter_mut().zip(self.row(j)) {
                    *sum += change * h;
                }
            }
            let change: f64 = active
                .iter()
                .zip(&moves)
                .map(|(&j, change)| {
                    let penalty = (self.at[j] + change).abs() - self.at[j].abs();
                    change * (self.slope[j] + 0.5 * slope_change[j]) + l1[j] * penalty
                })
                .sum();
            if is_whole || change < 0.0 {
                for (&j, change) in active.iter().zip(&moves) {
                    self.at[j] += change;
                    if l1[j] > 0.0 && self.at[j] == 0.0 {
                        self.sign[j] = 0.0;
                    }
                }
                for (slope, change) in self.slope.iter_mut().zip(slope_change) {
                    *slope += change;
                }
                return is_whole;
            }
            if moves
                .iter()
                .zip(&active)
                .all(|(change, &j)| *change != -self.at[j])
            {
                break;
            }
            share *= 0.25;
        }
        // As far as the first.
        let mut share = 1.0;
        let mut stopped_by = None;
        for (&j, step) in active.iter().zip(&step) {
            if goes_back(j, *step) && -self.at[j] / step < share {
                (share, stopped_by) = (-self.at[j] / step, Some(j));
            }
        }
        for (&j, step) in active.iter().zip(&step) {
            self.shift(j, share * step);
        }
        if let Some(j) = stopped_by {
            self.shift(j, -self.at[j]);
            (self.at[j], self.sign[j]) = (0.0, 0.0);
        }
        stopped_by.is_none()
    }
}

fn sign(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value.signum() }
}
