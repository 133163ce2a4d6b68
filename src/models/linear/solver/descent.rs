//! The way to the minimum of a quadratic model: one system where it is smooth, and where there is an l1 penalty a
//! descent that finds out which coefficients are zero.

use super::active_factor::ActiveFactor;
use super::conjugate::Left;
use super::quadratic::{Curvature, Quadratic};
use crate::data::scratch::Scratch;
use crate::models::linear::loss::{Shifted, Smooth};
use crate::parallel::pause::pause;

/// Share of its penalty by which a slope may be too large: rounding.
const ROUNDING: f64 = 1e-10;
/// Rounds at most; a round costs a Cholesky factor of what is not zero.
const MAX_ROUNDS: usize = 1000;
/// The first rounds in which sweeps find out which coefficients are zero.
const SWEPT_ROUNDS: usize = 10;
/// Moves by systems in such a round at most: where signs are far from right, each stops at once.
const MOVES_BEFORE_SWEEP: usize = 4;

impl Quadratic {
    /// Writes the step from `w` to the minimum; where that takes many systems or products, to where no
    /// more than this is left to gain.
    pub(crate) async fn step(
        &self,
        problem: &Smooth<'_>,
        gradient: &[f64],
        w: &[f64],
        left: Left,
        step: &mut [f64],
    ) {
        if self.l1.iter().all(|&l1| l1 == 0.0) {
            let all = Scratch::of_all(0..w.len());
            step.iter_mut().zip(gradient).for_each(|(s, g)| *s = -g);
            let mut known = ActiveFactor::none(0);
            return self.solve(problem, &all, step, left, &mut known).await;
        }
        let mut descent = Descent {
            model: self,
            problem,
            at: Scratch::of(w),
            slope: Scratch::of(gradient),
            sign: Scratch::of_all(w.iter().map(|&w| sign(w))),
            known: ActiveFactor::none(w.len()),
        };
        descent.run(gradient, w, left).await;
        let steps = descent.at.iter().zip(w).map(|(at, w)| at - w);
        step.iter_mut().zip(steps).for_each(|(s, step)| *s = step);
    }
}

/// Where the minimum with an l1 penalty is thought to be.
///
/// With the signs known, it takes one system over the coefficients that are not zero. Coordinate
/// descent finds most signs quickly, but creeps along correlated columns and may never agree with
/// the system; so after a few rounds of both, coefficients are let go one by one, which always ends.
/// Source: Lee, Battle, Raina & Ng 2006 (feature-sign search).
///
/// Where H is not at hand, all whose slope exceeds their penalty are let go instead of sweeping.
struct Descent<'a, 'p> {
    model: &'a Quadratic,
    problem: &'a Smooth<'p>,
    at: Scratch<f64>,
    /// Slope of the smooth part there.
    slope: Scratch<f64>,
    /// Side of 0 on which a coefficient is or shall be; 0 where it stays there. Those without a
    /// penalty are never held.
    sign: Scratch<f64>,
    /// Of the last system, where H is at hand.
    known: ActiveFactor,
}

impl Descent<'_, '_> {
    /// Goes from `w` to the minimum, or to where no more than this is left to gain.
    async fn run(&mut self, gradient: &[f64], w: &[f64], left: Left) {
        for round in 0..MAX_ROUNDS {
            let matrix = match &self.model.curvature {
                Curvature::Matrix { hessian, .. } if round < SWEPT_ROUNDS => Some(hessian),
                _ => None,
            };
            let mut n_moves = 1;
            let is_common = loop {
                if self.move_together(left).await {
                    break true;
                }
                if matrix.is_some() && n_moves == MOVES_BEFORE_SWEEP {
                    break false;
                }
                n_moves += 1;
                pause().await;
            };
            let (worst, more) = self.wrongly_held();
            if is_common && (worst.is_none() || left.allows(more, self.gain(gradient, w))) {
                break;
            }
            if let Some(hessian) = matrix {
                self.sweep(hessian).await;
            } else if round < SWEPT_ROUNDS {
                self.let_go();
            } else if let Some(worst) = worst {
                self.sign[worst] = -self.slope[worst].signum();
            }
            pause().await;
        }
    }

    /// How much lower the model is here than at `w`.
    fn gain(&self, gradient: &[f64], w: &[f64]) -> f64 {
        let steps = self.at.iter().zip(w);
        let changes = steps
            .zip(gradient.iter().zip(&**self.slope))
            .zip(&**self.model.l1);
        changes
            .map(|(((at, w), (before, after)), l1)| {
                0.5 * (before + after) * (w - at) + l1 * (w.abs() - at.abs())
            })
            .sum()
    }

    /// Whether it is held at 0 though its slope exceeds its penalty.
    fn is_wrongly_held(&self, j: usize) -> bool {
        let l1 = self.model.l1[j];
        self.sign[j] == 0.0
            && l1 > 0.0
            && self.slope[j].abs() > l1 * (1.0 + ROUNDING)
            && self.model.diagonal(j) > 0.0
    }

    /// Takes the signs as they are here; whether one changes.
    fn take_signs(&mut self) -> bool {
        let mut is_changed = false;
        for (known, &at) in self.sign.iter_mut().zip(&**self.at) {
            is_changed |= *known != sign(at);
            *known = sign(at);
        }
        is_changed
    }

    fn let_go(&mut self) {
        self.shift_classes();
        self.take_signs();
        for j in 0..self.at.len() {
            if self.is_wrongly_held(j) {
                self.sign[j] = -self.slope[j].signum();
            }
        }
    }

    /// The coefficient held at 0 whose slope exceeds its penalty most, if any does, and about what
    /// letting go of all such would gain.
    fn wrongly_held(&self) -> (Option<usize>, f64) {
        let (mut worst, mut most, mut left) = (None, 1.0, 0.0);
        for j in (0..self.at.len()).filter(|&j| self.is_wrongly_held(j)) {
            let (slope, l1) = (self.slope[j].abs(), self.model.l1[j]);
            left += (slope - l1).powi(2) / (2.0 * self.model.diagonal(j));
            if slope / l1 > most {
                (worst, most) = (Some(j), slope / l1);
            }
        }
        (worst, left)
    }

    /// Moves each coefficient to its minimum with the others held, over and over until signs settle
    /// or as much has been done as a system takes.
    async fn sweep(&mut self, hessian: &[f64]) {
        let width = self.at.len();
        for _ in 0..4 + width / 8 {
            for j in 0..width {
                let row = &hessian[j * width..(j + 1) * width];
                let (curvature, l1, now) = (row[j], self.model.l1[j], self.at[j]);
                // A column of zeros: only the penalty speaks.
                let mut next = if l1 > 0.0 { 0.0 } else { now };
                if curvature > 0.0 {
                    let free = now - self.slope[j] / curvature;
                    next = free.signum() * (free.abs() - l1 / curvature).max(0.0);
                }
                if next != now {
                    for (slope, h) in self.slope.iter_mut().zip(row) {
                        *slope += (next - now) * h;
                    }
                    self.at[j] = next;
                }
            }
            self.shift_classes();
            if !self.take_signs() {
                break;
            }
            pause().await;
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
            let mut zeros = Scratch::of_all(all.clone().map(|j| -self.at[j]));
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
                    self.at[j] += change;
                    self.slope[j] += l2[feature] * change;
                }
            }
        }
    }

    /// Moves all coefficients that are not held towards their common minimum for their signs; those
    /// that reach 0 on the way are held there. Whether none did.
    async fn move_together(&mut self, left: Left) -> bool {
        let (model, problem) = (self.model, self.problem);
        let l1 = &model.l1;
        let width = self.at.len();
        let mut active = Scratch::empty(width);
        active.extend(
            (0..width)
                .filter(|&j| (self.sign[j] != 0.0 || l1[j] == 0.0) && model.diagonal(j) > 0.0),
        );
        // What pulls at each, and then how far it goes.
        let mut step = Scratch::zeros(width);
        for &j in &**active {
            step[j] = -self.slope[j] - l1[j] * self.sign[j];
        }
        let known = &mut self.known;
        model.solve(problem, &active, &mut step, left, known).await;
        let goes_back = |sign: f64, j: usize| l1[j] > 0.0 && sign * step[j] < 0.0;
        let (mut moves, mut slope_change) = (Scratch::zeros(width), Scratch::any(width));
        // All that would change sides stop at 0, if the objective is the lower for it.
        let mut share = 1.0;
        for _ in 0..4 {
            let mut stops = 0;
            for &j in &**active {
                let now = self.at[j];
                let next = now + share * step[j];
                let stops_here = goes_back(self.sign[j], j) && self.sign[j] * next <= 0.0;
                stops += usize::from(stops_here);
                moves[j] = if stops_here { -now } else { next - now };
            }
            let is_whole = share == 1.0 && stops == 0;
            model.times(problem, &moves, &mut slope_change).await;
            let change: f64 = active
                .iter()
                .map(|&j| {
                    let penalty = (self.at[j] + moves[j]).abs() - self.at[j].abs();
                    moves[j] * (self.slope[j] + 0.5 * slope_change[j]) + l1[j] * penalty
                })
                .sum();
            if is_whole || change < 0.0 {
                self.shift(&moves, &slope_change);
                for &j in &**active {
                    if l1[j] > 0.0 && self.at[j] == 0.0 {
                        self.sign[j] = 0.0;
                    }
                }
                return is_whole;
            }
            if stops == 0 {
                break;
            }
            share *= 0.25;
        }
        // As far as the first.
        let mut share = 1.0;
        let mut stopped_by = None;
        for &j in &**active {
            if goes_back(self.sign[j], j) && -self.at[j] / step[j] < share {
                (share, stopped_by) = (-self.at[j] / step[j], Some(j));
            }
        }
        let shares = step.iter().map(|step| share * step);
        moves
            .iter_mut()
            .zip(shares)
            .for_each(|(m, share)| *m = share);
        if let Some(j) = stopped_by {
            moves[j] = -self.at[j];
        }
        model.times(problem, &moves, &mut slope_change).await;
        self.shift(&moves, &slope_change);
        for &j in &**active {
            if goes_back(self.sign[j], j) && self.at[j] == 0.0 {
                self.sign[j] = 0.0;
            }
        }
        stopped_by.is_none()
    }

    fn shift(&mut self, moves: &[f64], slope_change: &[f64]) {
        let changes = moves.iter().zip(slope_change);
        for ((at, slope), (change, slope_change)) in
            self.at.iter_mut().zip(&mut **self.slope).zip(changes)
        {
            *at += change;
            *slope += slope_change;
        }
    }
}

fn sign(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value.signum() }
}
