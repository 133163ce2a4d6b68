//! More than two classes: the multinomial loss, with the exact Hessian over all classes.
//!
//! Coefficients stand class by class.

use super::class_pairs;
use crate::data::allocate::room;
use crate::data::scratch::Scratch;
use crate::error::Result;
use crate::models::linear::columns::dots::dot;
use crate::models::linear::columns::lanes::{BLOCK, Column, exp_of_negatives};
use crate::models::linear::columns::rows::{Rows, add_squares};

/// Coefficients stand class by class, and adding the same to a feature's of all classes leaves the
/// losses as they are.
pub(crate) struct Shifted {
    pub(crate) n_classes: usize,
    /// The l2 penalty of each feature.
    pub(crate) l2: Vec<f64>,
}

/// `Σ weight_i (ln Σ_c e^z_c − z_own) + ½ Σ l2_j w_j²`.
pub(crate) struct Softmax<'a> {
    rows: Rows<'a>,
    n_classes: usize,
    codes: Vec<[u32; BLOCK]>,
    weights: Scratch<Column>,
    /// By column, alike for all classes.
    l2: Scratch<f64>,
    /// Whether an l1 penalty settles what is common to a column's coefficients.
    is_settled: Vec<bool>,
    /// `[block][class]`, as the next two.
    margins: Scratch<Column>,
    /// How the margins change along the step last looked along.
    change: Scratch<Column>,
    /// Probabilities at its end.
    chances: Scratch<Column>,
}

impl<'a> Softmax<'a> {
    /// At coefficients of 0; `weights` by class, penalties by column.
    ///
    /// # Errors
    /// `OutOfMemory` where a number a row and class, three times, does not fit.
    pub(crate) fn new(
        rows: Rows<'a>,
        weights: &[f64],
        l1: &[f64],
        l2: Scratch<f64>,
    ) -> Result<Self> {
        let n_classes = weights.len();
        let n_rows = rows.n_blocks() * BLOCK;
        drop(room::<[f64; 3]>(
            "a probability a row and class",
            n_rows,
            n_classes,
        )?);
        let zeros = || Scratch::zeros(rows.n_blocks() * n_classes);
        let mut codes = vec![[0; BLOCK]; rows.n_blocks()];
        for (slot, code) in codes.as_flattened_mut().iter_mut().zip(rows.codes()) {
            *slot = code;
        }
        Ok(Self {
            n_classes,
            codes,
            weights: rows.spread(rows.codes().map(|code| weights[code as usize])),
            is_settled: l1.iter().map(|&l1| l1 > 0.0).collect(),
            l2,
            margins: zeros(),
            change: zeros(),
            chances: zeros(),
            rows,
        })
    }

    /// Turns a block's margins into chances and slopes.
    fn chances_and_slopes(
        &self,
        block: usize,
        margins: &[Column],
        chances: &mut [Column],
        slopes: &mut [Column],
    ) {
        let (codes, weights) = (&self.codes[block], &self.weights[block]);
        let largest = largest(margins);
        let (mut all, mut others) = ([0.0; BLOCK], [0.0; BLOCK]);
        for (class, (margins, chances)) in (0..).zip(margins.iter().zip(chances.iter_mut())) {
            for i in 0..BLOCK {
                chances[i] = margins[i] - largest[i];
            }
            exp_of_negatives(chances);
            for i in 0..BLOCK {
                all[i] += chances[i];
                // Not 1 less the own class's: that would lose the digits of small chances.
                let is_other = f64::from(u8::from(codes[i] != class));
                others[i] += is_other * chances[i];
            }
        }
        for (class, (slopes, chances)) in (0..).zip(slopes.iter_mut().zip(chances)) {
            for i in 0..BLOCK {
                chances[i] /= all[i];
                let own = -others[i] / all[i];
                slopes[i] = weights[i] * if codes[i] == class { own } else { chances[i] };
            }
        }
    }

    pub(super) fn width(&self) -> usize {
        self.n_classes * self.rows.width()
    }

    pub(super) async fn look(&mut self, w: &[f64], step: &[f64], gradient: &mut [f64]) {
        let k = self.n_classes;
        let there = self.l2.iter().cycle().zip(w.iter().zip(step));
        for (slope, (l2, (w, step))) in gradient.iter_mut().zip(there) {
            *slope = l2 * (w + step);
        }
        let mut all_changes = std::mem::take(&mut self.change);
        let mut all_chances = std::mem::take(&mut self.chances);
        let mut there = Scratch::<Column>::zeros(k);
        let mut visit = |block: usize, planes: &mut [Column]| {
            let classes = block * k..(block + 1) * k;
            all_changes[classes.clone()].copy_from_slice(planes);
            add(&mut there, &self.margins[classes.clone()], planes, 1.0);
            self.chances_and_slopes(block, &there, &mut all_chances[classes], planes);
        };
        self.rows.pass(step, &mut visit, gradient).await;
        (self.change, self.chances) = (all_changes, all_chances);
    }

    pub(super) fn slope_at(&self, share: f64, w: &[f64], step: &[f64]) -> f64 {
        let k = self.n_classes;
        let l2 = self.l2.iter().cycle();
        let mut slope: f64 = l2
            .zip(w.iter().zip(step))
            .map(|(l2, (w, step))| l2 * (w + share * step) * step)
            .sum();
        let [mut there, mut chances, mut slopes] = [(); 3].map(|()| Scratch::<Column>::zeros(k));
        for block in 0..self.rows.n_blocks() {
            let classes = block * k..(block + 1) * k;
            let changes = &self.change[classes.clone()];
            add(&mut there, &self.margins[classes], changes, share);
            self.chances_and_slopes(block, &there, &mut chances, &mut slopes);
            slope += dot(slopes.as_flattened(), changes.as_flattened());
        }
        slope
    }

    pub(super) fn advance(&mut self, share: f64) {
        let changes = self.change.as_flattened();
        for (margin, change) in self.margins.as_flattened_mut().iter_mut().zip(changes) {
            *margin += share * change;
        }
    }

    pub(super) async fn hessian(&self, out: &mut [f64]) {
        let k = self.n_classes;
        let losses = class_pairs::hessian(
            &self.rows,
            |block, class, other| {
                let chances = &self.chances[block * k..(block + 1) * k];
                let mut curvatures = self.weights[block];
                for i in 0..BLOCK {
                    curvatures[i] *= chances[class][i] * chances[other][i];
                }
                curvatures
            },
            k,
            out,
        );
        losses.await;
        let width = self.rows.width();
        for (j, l2) in self.l2.iter().enumerate() {
            class_pairs::add_ridge(out, k, width, j, *l2);
            if !self.is_settled[j] {
                class_pairs::stiffen_common_part(out, k, width, j);
            }
        }
    }

    pub(super) async fn diagonal(&self, out: &mut [f64]) {
        let (width, k) = (self.rows.width(), self.n_classes);
        for sums in out.chunks_exact_mut(width) {
            sums.copy_from_slice(&self.l2);
        }
        let mut visit = |block: usize, columns: &[Column]| {
            let chances = &self.chances[block * k..(block + 1) * k];
            for (chances, sums) in chances.iter().zip(out.chunks_exact_mut(width)) {
                let mut curvatures = self.weights[block];
                for (curvature, chance) in curvatures.iter_mut().zip(chances) {
                    *curvature *= chance * (1.0 - chance);
                }
                add_squares(columns, &curvatures, sums);
            }
        };
        self.rows.for_blocks(k, &mut visit).await;
    }

    pub(super) fn is_mostly_penalty(&self) -> bool {
        self.rows.is_wide() && self.l2[0] > 0.0
    }

    pub(super) async fn of_a_class(&self) -> Scratch<f64> {
        let (width, k) = (self.rows.width(), self.n_classes);
        let mut curvatures = self.weights.clone();
        for (curvatures, chances) in curvatures.iter_mut().zip(self.chances.chunks_exact(k)) {
            let mut squares = [0.0; BLOCK];
            for chances in chances {
                for i in 0..BLOCK {
                    squares[i] += chances[i] * chances[i];
                }
            }
            for i in 0..BLOCK {
                curvatures[i] *= (1.0 - squares[i]) / k as f64;
            }
        }
        let mut matrix = Scratch::zeros(width * width);
        self.rows.gram(&curvatures, &mut matrix).await;
        for (pivot, l2) in matrix.iter_mut().step_by(width + 1).zip(&**self.l2) {
            *pivot += l2;
        }
        matrix
    }

    pub(super) async fn times(&self, v: &[f64], product: &mut [f64]) {
        let k = self.n_classes;
        let l2 = self.l2.iter().cycle();
        for (product, (l2, v)) in product.iter_mut().zip(l2.zip(v)) {
            *product = l2 * v;
        }
        let mut visit = |block: usize, changes: &mut [Column]| {
            let chances = &self.chances[block * k..(block + 1) * k];
            let codes = &self.codes[block];
            // Less the own class's change: where that class is sure, only differences matter.
            let mut own = [0.0; BLOCK];
            for (class, change) in (0..).zip(&*changes) {
                for i in 0..BLOCK {
                    own[i] = if codes[i] == class { change[i] } else { own[i] };
                }
            }
            let mut mean = [0.0; BLOCK];
            for (change, chances) in changes.iter_mut().zip(chances) {
                for i in 0..BLOCK {
                    change[i] -= own[i];
                    mean[i] += chances[i] * change[i];
                }
            }
            for (change, chances) in changes.iter_mut().zip(chances) {
                for i in 0..BLOCK {
                    change[i] = self.weights[block][i] * chances[i] * (change[i] - mean[i]);
                }
            }
        };
        self.rows.pass(v, &mut visit, product).await;
    }

    pub(super) async fn value(&self, w: &[f64]) -> f64 {
        let l2 = self.l2.iter().cycle();
        let penalty: f64 = l2.zip(w).map(|(l2, w)| l2 * w * w).sum();
        let mut losses = 0.0;
        let mut visit = |block: usize, planes: &mut [Column]| {
            let values = losses_of(planes, &self.codes[block]);
            losses += dot(&values, &self.weights[block]);
        };
        self.rows.pass(w, &mut visit, &mut []).await;
        losses + 0.5 * penalty
    }

    pub(super) fn shifted(&self) -> Option<Shifted> {
        self.is_settled.contains(&true).then(|| Shifted {
            n_classes: self.n_classes,
            l2: self.l2.to_vec(),
        })
    }
}

/// `sums = begin + share · changes`.
fn add(sums: &mut [Column], begin: &[Column], changes: &[Column], share: f64) {
    for (sums, (begin, changes)) in sums.iter_mut().zip(begin.iter().zip(changes)) {
        for i in 0..BLOCK {
            sums[i] = begin[i] + share * changes[i];
        }
    }
}

/// `ln Σ_c e^z_c − z_own` of each row of a block.
fn losses_of(margins: &[Column], codes: &[u32; BLOCK]) -> Column {
    let largest = largest(margins);
    let mut losses = largest;
    // The largest power, which is 1, stays apart: beside it small ones would lose their digits.
    let mut others = [-1.0; BLOCK];
    let mut small = [0.0; BLOCK];
    for (class, margins) in (0..).zip(margins) {
        let mut powers = *margins;
        for i in 0..BLOCK {
            losses[i] -= if codes[i] == class { margins[i] } else { 0.0 };
            powers[i] -= largest[i];
        }
        exp_of_negatives(&mut powers);
        for i in 0..BLOCK {
            if powers[i] == 1.0 {
                others[i] += 1.0;
            } else {
                small[i] += powers[i];
            }
        }
    }
    for i in 0..BLOCK {
        losses[i] += (others[i] + small[i]).ln_1p();
    }
    losses
}

/// The largest margin of each row.
fn largest(margins: &[Column]) -> Column {
    let mut largest = [f64::NEG_INFINITY; BLOCK];
    for margins in margins {
        for (largest, &margin) in largest.iter_mut().zip(margins) {
            *largest = if margin > *largest { margin } else { *largest };
        }
    }
    largest
}

/// Of all that the penalty leaves alike, takes the coefficients whose sum over the classes is 0, as
/// scikit-learn's solvers do. `l1` by column.
pub(crate) fn centre(solutions: &mut [Vec<f64>], l1: &[f64]) {
    let k = solutions.len() as f64;
    for j in (0..l1.len()).filter(|&j| l1[j] == 0.0) {
        let mean = solutions.iter().map(|w| w[j]).sum::<f64>() / k;
        solutions.iter_mut().for_each(|w| w[j] -= mean);
    }
}

/// Turns margins into probabilities.
pub(crate) fn softmax(margins: &mut [f64]) {
    let largest = margins.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    margins.iter_mut().for_each(|z| *z = (*z - largest).exp());
    let sum: f64 = margins.iter().sum();
    margins.iter_mut().for_each(|p| *p /= sum);
}
