//! More than two classes: the multinomial loss, with the exact Hessian over all classes.
//!
//! Coefficients stand class by class. Adding the same to all classes' leaves the losses as they are,
//! so where the penalty does not settle that, the Hessian gets a term along it: the gradient has no
//! part there, so no step is changed by it.

use super::dots::dot;
use super::lanes::{BLOCK, Column, exp_of_negatives};
use super::newton::{Shifted, Smooth};
use super::rows::{Rows, add_gradient, add_gram, add_margins};

/// `Σ weight_i (ln Σ_c e^z_c − z_own) + ½ Σ l2_j w_j²`.
pub(super) struct Softmax<'a> {
    rows: Rows<'a>,
    n_classes: usize,
    codes: Vec<[u32; BLOCK]>,
    weights: Vec<Column>,
    /// By column, alike for all classes.
    l2: Vec<f64>,
    /// Whether the common part of a column's coefficients is settled by l1.
    is_settled: Vec<bool>,
    /// `[block][class]`.
    margins: Vec<Column>,
    change: Vec<Column>,
    chances: Vec<Column>,
}

impl<'a> Softmax<'a> {
    /// At coefficients of 0; `weights` by class, penalties by column.
    pub(super) fn new(rows: Rows<'a>, weights: &[f64], l1: &[f64], l2: Vec<f64>) -> Self {
        let n_classes = weights.len();
        let zeros = vec![[0.0; BLOCK]; rows.n_blocks() * n_classes];
        let mut codes = vec![[0; BLOCK]; rows.n_blocks()];
        for (slot, code) in codes.as_flattened_mut().iter_mut().zip(rows.codes()) {
            *slot = code;
        }
        Self {
            n_classes,
            codes,
            weights: rows.spread(rows.codes().map(|code| weights[code as usize])),
            is_settled: l1.iter().map(|&l1| l1 > 0.0).collect(),
            l2,
            margins: zeros.clone(),
            change: zeros.clone(),
            chances: zeros,
            rows,
        }
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
        for (class, (margins, chances)) in margins.iter().zip(chances.iter_mut()).enumerate() {
            for i in 0..BLOCK {
                chances[i] = margins[i] - largest[i];
            }
            exp_of_negatives(chances);
            for i in 0..BLOCK {
                all[i] += chances[i];
                // Not 1 less the own class's: that would lose the digits of small chances.
                others[i] += if codes[i] == class as u32 {
                    0.0
                } else {
                    chances[i]
                };
            }
        }
        for (class, (slopes, chances)) in slopes.iter_mut().zip(chances).enumerate() {
            for i in 0..BLOCK {
                chances[i] /= all[i];
                slopes[i] = weights[i]
                    * if codes[i] == class as u32 {
                        -others[i] / all[i]
                    } else {
                        chances[i]
                    };
            }
        }
    }
}

impl Smooth for Softmax<'_> {
    fn width(&self) -> usize {
        self.n_classes * self.rows.width()
    }

    fn look(&mut self, w: &[f64], step: &[f64]) -> Vec<f64> {
        let (width, k) = (self.rows.width(), self.n_classes);
        let l2 = self.l2.iter().cycle();
        let mut gradient: Vec<f64> = l2
            .zip(w.iter().zip(step))
            .map(|(l2, (w, step))| l2 * (w + step))
            .collect();
        let mut change = std::mem::take(&mut self.change);
        let mut chances = std::mem::take(&mut self.chances);
        let (mut there, mut slopes) = (vec![[0.0; BLOCK]; k], vec![[0.0; BLOCK]; k]);
        self.rows.for_blocks(|block, columns| {
            let classes = block * k..(block + 1) * k;
            let change = &mut change[classes.clone()];
            let margins = &self.margins[classes.clone()];
            for class in 0..k {
                change[class].fill(0.0);
                let step = &step[class * width..(class + 1) * width];
                add_margins(columns, step, &mut change[class]);
                for i in 0..BLOCK {
                    there[class][i] = margins[class][i] + change[class][i];
                }
            }
            self.chances_and_slopes(block, &there, &mut chances[classes], &mut slopes);
            for (slopes, gradient) in slopes.iter().zip(gradient.chunks_exact_mut(width)) {
                add_gradient(columns, slopes, gradient);
            }
        });
        (self.change, self.chances) = (change, chances);
        gradient
    }

    fn slope_at(&self, share: f64, w: &[f64], step: &[f64]) -> f64 {
        let k = self.n_classes;
        let mut slope: f64 = self
            .l2
            .iter()
            .cycle()
            .zip(w.iter().zip(step))
            .map(|(l2, (w, step))| l2 * (w + share * step) * step)
            .sum();
        let mut parts = vec![[[0.0; BLOCK]; 3]; 0];
        parts.clear();
        let (mut there, mut chances, mut slopes) = (
            vec![[0.0; BLOCK]; k],
            vec![[0.0; BLOCK]; k],
            vec![[0.0; BLOCK]; k],
        );
        for block in 0..self.rows.n_blocks() {
            let classes = block * k..(block + 1) * k;
            let change = &self.change[classes.clone()];
            for (class, margins) in self.margins[classes].iter().enumerate() {
                for i in 0..BLOCK {
                    there[class][i] = margins[i] + share * change[class][i];
                }
            }
            self.chances_and_slopes(block, &there, &mut chances, &mut slopes);
            slope += dot(slopes.as_flattened(), change.as_flattened());
        }
        slope
    }

    fn advance(&mut self, share: f64) {
        let changes = self.change.as_flattened();
        for (margin, change) in self.margins.as_flattened_mut().iter_mut().zip(changes) {
            *margin += share * change;
        }
    }

    fn hessian(&self, out: &mut [f64]) {
        let (width, k) = (self.rows.width(), self.n_classes);
        let stride = k * width;
        out.fill(0.0);
        // Of each pair of classes, what lies below both diagonals.
        self.rows.for_blocks(|block, columns| {
            let chances = &self.chances[block * k..(block + 1) * k];
            for class in 1..k {
                for other in 0..class {
                    let mut weights = self.weights[block];
                    for i in 0..BLOCK {
                        weights[i] *= -chances[class][i] * chances[other][i];
                    }
                    let first = class * width * stride + other * width;
                    add_gram(columns, &weights, &mut out[first..], stride);
                }
            }
        });
        for j in 0..width {
            for k_ in 0..=j {
                self.complete(out, j, k_);
            }
        }
        for j in 0..width {
            for class in 0..k {
                out[(class * width + j) * (stride + 1)] += self.l2[j];
            }
        }
        for j in (0..width).filter(|&j| !self.is_settled[j]) {
            let at = |class: usize| class * width + j;
            let size = (0..k).map(|c| out[at(c) * (stride + 1)]).sum::<f64>() / k as f64;
            for class in 0..k {
                for other in 0..k {
                    out[at(class) * stride + at(other)] += size;
                }
            }
        }
    }

    fn value(&self, w: &[f64]) -> f64 {
        let l2 = self.l2.iter().cycle();
        let penalty: f64 = l2.zip(w).map(|(l2, w)| l2 * w * w).sum();
        let mut margins = vec![[0.0; BLOCK]; self.n_classes];
        let mut losses = 0.0;
        self.rows.for_blocks(|block, columns| {
            for (margins, w) in margins.iter_mut().zip(w.chunks_exact(columns.len())) {
                margins.fill(0.0);
                add_margins(columns, w, margins);
            }
            let largest = largest(&margins);
            // The largest power, which is 1, stays apart: beside it small ones would lose digits.
            let (mut others, mut ones) = ([0.0; BLOCK], [0.0; BLOCK]);
            let mut short = largest;
            for (class, margins) in margins.iter_mut().enumerate() {
                for i in 0..BLOCK {
                    if self.codes[block][i] == class as u32 {
                        short[i] -= margins[i];
                    }
                    margins[i] -= largest[i];
                    ones[i] += if margins[i] == 0.0 { 1.0 } else { 0.0 };
                }
                let is_largest = margins.map(|margin| margin == 0.0);
                exp_of_negatives(margins);
                for i in 0..BLOCK {
                    others[i] += if is_largest[i] { 0.0 } else { margins[i] };
                }
            }
            let weights = &self.weights[block];
            for i in 0..BLOCK {
                losses += weights[i] * (short[i] + (others[i] + (ones[i] - 1.0)).ln_1p());
            }
        });
        losses + 0.5 * penalty
    }

    fn shifted(&self) -> Option<Shifted> {
        self.is_settled.contains(&true).then(|| Shifted {
            n_classes: self.n_classes,
            l2: self.l2.clone(),
        })
    }
}

impl Softmax<'_> {
    /// Fills in one cell, and its mirror image, of all classes' blocks from those of pairs: a row of
    /// blocks sums to 0.
    fn complete(&self, out: &mut [f64], j: usize, k: usize) {
        let (width, n) = (self.rows.width(), self.n_classes);
        let stride = n * width;
        for class in 0..n {
            let mut sum = 0.0;
            for other in 0..n {
                if other == class {
                    continue;
                }
                let (low, high) = (class.min(other), class.max(other));
                let value = out[(high * width + j) * stride + low * width + k];
                sum -= value;
            }
            out[(class * width + j) * stride + class * width + k] = sum;
            out[(class * width + k) * stride + class * width + j] = sum;
        }
        for class in 1..n {
            for other in 0..class {
                let value = out[(class * width + j) * stride + other * width + k];
                for (a, b) in [(j, k), (k, j)] {
                    out[(class * width + a) * stride + other * width + b] = value;
                    out[(other * width + b) * stride + class * width + a] = value;
                }
            }
        }
    }
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
pub(super) fn centre(solutions: &mut [Vec<f64>], l1: &[f64]) {
    let k = solutions.len() as f64;
    for j in (0..l1.len()).filter(|&j| l1[j] == 0.0) {
        let mean = solutions.iter().map(|w| w[j]).sum::<f64>() / k;
        solutions.iter_mut().for_each(|w| w[j] -= mean);
    }
}

/// Turns margins into probabilities.
pub(super) fn softmax(margins: &mut [f64]) {
    let largest = margins.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    margins.iter_mut().for_each(|z| *z = (*z - largest).exp());
    let sum: f64 = margins.iter().sum();
    margins.iter_mut().for_each(|p| *p /= sum);
}
