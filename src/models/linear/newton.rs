//! The solver that all linear models share: proximal Newton on the small Gram matrix.
//!
//! Minimises `Σ loss_i(x_i·w) + ½ Σ l2_j w_j² + Σ l1_j |w_j|`. With few columns the exact Hessian
//! costs one pass over the rows; each step solves the quadratic model exactly (Cholesky, or
//! coordinate descent where an l1 penalty makes corners) and a backtracking search keeps it honest.
//! Source: Lee, Sun & Saunders 2014 (proximal Newton); Keerthi & DeCoste 2005 (squared hinge).

use crate::data::TrainingSet;

/// Rows handled at once: as columns they fit the first-level cache and fill vector registers.
const BLOCK: usize = 128;
/// Predicted gain, as a share of the objective, at which a problem counts as solved.
const SOLVED: f64 = 1e-14;
/// Halvings of a step at most.
const MAX_HALVINGS: u32 = 50;
/// What a step must gain of what was predicted.
const SUFFICIENT: f64 = 1e-4;

/// The rows of a fit, with a constant column appended where there is an intercept.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// The rows.
    pub data: TrainingSet<'a>,
    /// Value of the appended column.
    pub bias: Option<f64>,
}

impl Rows<'_> {
    /// Number of columns, the appended one included.
    #[must_use]
    pub fn width(&self) -> usize {
        self.data.n_features() + usize::from(self.bias.is_some())
    }

    /// Hands blocks of rows to `visit`, each turned into `width` columns of `BLOCK` values of which
    /// the first `len` count; the rest are 0.
    fn for_blocks(&self, mut visit: impl FnMut(&[[f64; BLOCK]], usize, usize)) {
        let d = self.data.n_features();
        let x = self.data.flat();
        let mut columns = vec![[0.0; BLOCK]; self.width()];
        for (block, rows) in self.data.rows.chunks(BLOCK).enumerate() {
            if rows.len() < BLOCK {
                columns.fill([0.0; BLOCK]);
            }
            for (i, &row) in rows.iter().enumerate() {
                for (column, &value) in columns
                    .iter_mut()
                    .zip(&x[row as usize * d..(row as usize + 1) * d])
                {
                    column[i] = value;
                }
            }
            if let Some(bias) = self.bias {
                columns[d][..rows.len()].fill(bias);
            }
            visit(&columns, block * BLOCK, rows.len());
        }
    }

    /// `x_i · w` of every row.
    #[must_use]
    pub fn margins(&self, w: &[f64]) -> Vec<f64> {
        let mut margins = vec![0.0; self.data.n_samples()];
        self.for_blocks(|columns, first, len| {
            let mut sums = [0.0; BLOCK];
            for (column, &w) in columns.iter().zip(w) {
                for (sum, value) in sums.iter_mut().zip(column) {
                    *sum += w * value;
                }
            }
            margins[first..first + len].copy_from_slice(&sums[..len]);
        });
        margins
    }

    /// `Σ slope_i x_i`, and `Σ curvature_i x_i x_iᵀ` with its upper half filled.
    fn gradient_and_gram(&self, slopes: &[f64], curvatures: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let width = self.width();
        let mut gradient = vec![0.0; width];
        let mut gram = vec![0.0; width * width];
        self.for_blocks(|columns, first, len| {
            let (mut slope, mut curvature) = ([0.0; BLOCK], [0.0; BLOCK]);
            slope[..len].copy_from_slice(&slopes[first..first + len]);
            curvature[..len].copy_from_slice(&curvatures[first..first + len]);
            for (j, column) in columns.iter().enumerate() {
                gradient[j] += dot(&slope, column);
                let mut weighted = [0.0; BLOCK];
                for ((weighted, value), curvature) in
                    weighted.iter_mut().zip(column).zip(&curvature)
                {
                    *weighted = value * curvature;
                }
                for (k, other) in columns.iter().enumerate().skip(j) {
                    gram[j * width + k] += dot(&weighted, other);
                }
            }
        });
        for j in 0..width {
            for k in 0..j {
                gram[j * width + k] = gram[k * width + j];
            }
        }
        (gradient, gram)
    }
}

/// Four running sums, so that the additions need not wait for each other.
#[inline]
fn dot(a: &[f64; BLOCK], b: &[f64; BLOCK]) -> f64 {
    let mut sums = [0.0; 8];
    for (a, b) in a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0) {
        for i in 0..8 {
            sums[i] += a[i] * b[i];
        }
    }
    ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]))
}

/// A loss, row by row.
pub trait Loss {
    /// Loss of row `i` (counted within the fit) at margin `z`.
    fn value(&self, i: usize, z: f64) -> f64;
    /// Its first and second derivative.
    fn derivatives(&self, i: usize, z: f64) -> (f64, f64);
}

/// Penalties by column, the appended one included.
#[derive(Debug, Clone)]
pub struct Penalty {
    /// Weight of |w|.
    pub l1: Vec<f64>,
    /// Weight of ½ w².
    pub l2: Vec<f64>,
}

impl Penalty {
    /// The penalty's part of the objective.
    #[must_use]
    pub fn value(&self, w: &[f64]) -> f64 {
        w.iter()
            .zip(&self.l1)
            .zip(&self.l2)
            .map(|((w, l1), l2)| l1 * w.abs() + 0.5 * l2 * w * w)
            .sum()
    }
}

/// Where a problem's minimum lies.
#[derive(Debug, Clone)]
pub struct Solution {
    /// Coefficients, that of the appended column last.
    pub w: Vec<f64>,
    /// Value of the objective there.
    pub objective: f64,
    /// Newton steps.
    pub n_iter: u32,
}

/// Minimises from `start`.
#[must_use]
pub fn solve(
    rows: &Rows<'_>,
    loss: &impl Loss,
    penalty: &Penalty,
    start: Vec<f64>,
    max_iter: u32,
) -> Solution {
    let n = rows.data.n_samples();
    let mut w = start;
    let mut z = rows.margins(&w);
    let total = |z: &[f64], w: &[f64]| -> f64 {
        z.iter()
            .enumerate()
            .map(|(i, &z)| loss.value(i, z))
            .sum::<f64>()
            + penalty.value(w)
    };
    let mut objective = total(&z, &w);
    let has_corners = penalty.l1.iter().any(|&l1| l1 > 0.0);
    let (mut slopes, mut curvatures) = (vec![0.0; n], vec![0.0; n]);
    let mut n_iter = 0;
    while n_iter < max_iter {
        for (i, &z) in z.iter().enumerate() {
            (slopes[i], curvatures[i]) = loss.derivatives(i, z);
        }
        let (mut gradient, mut gram) = rows.gradient_and_gram(&slopes, &curvatures);
        let width = w.len();
        for j in 0..width {
            gradient[j] += penalty.l2[j] * w[j];
            gram[j * width + j] += penalty.l2[j];
        }
        let step = if has_corners {
            coordinate_descent(&gram, &gradient, &w, &penalty.l1)
        } else {
            newton_step(&gram, &gradient)
        };
        let gain = -predicted_change(&gradient, &step, &w, &penalty.l1);
        n_iter += 1;
        if gain.is_nan() || gain <= SOLVED * objective.abs() {
            break;
        }
        let dz = rows.margins(&step);
        let mut share = 1.0;
        let mut next = None;
        for _ in 0..MAX_HALVINGS {
            let w_next: Vec<f64> = w
                .iter()
                .zip(&step)
                .map(|(w, step)| w + share * step)
                .collect();
            let z_next: Vec<f64> = z.iter().zip(&dz).map(|(z, dz)| z + share * dz).collect();
            let value = total(&z_next, &w_next);
            if value <= objective - SUFFICIENT * share * gain {
                next = Some((w_next, z_next, value));
                break;
            }
            share *= 0.5;
        }
        // No step gains any more: rounding is all that is left.
        let Some((w_next, z_next, value)) = next else {
            break;
        };
        (w, z, objective) = (w_next, z_next, value);
    }
    Solution {
        w,
        objective,
        n_iter,
    }
}

/// Change of the linear part and the l1 penalty along a step: negative where the step descends.
fn predicted_change(gradient: &[f64], step: &[f64], w: &[f64], l1: &[f64]) -> f64 {
    (0..w.len())
        .map(|j| gradient[j] * step[j] + l1[j] * ((w[j] + step[j]).abs() - w[j].abs()))
        .sum()
}

/// Solves `gram · step = −gradient`; where the matrix is singular, with as much added to its
/// diagonal as makes it regular.
fn newton_step(gram: &[f64], gradient: &[f64]) -> Vec<f64> {
    let width = gradient.len();
    // Columns of unit diagonal: badly scaled features lose no digits to each other.
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
    let mut damping = 0.0;
    loop {
        let mut scaled: Vec<f64> = (0..width * width)
            .map(|i| {
                let (j, k) = (i / width, i % width);
                gram[i] * scale[j] * scale[k] + if j == k { damping } else { 0.0 }
            })
            .collect();
        if cholesky(&mut scaled, width) {
            let mut step: Vec<f64> = gradient.iter().zip(&scale).map(|(g, s)| -g * s).collect();
            cholesky_solve(&scaled, &mut step);
            step.iter_mut().zip(&scale).for_each(|(step, s)| *step *= s);
            return step;
        }
        damping = if damping == 0.0 {
            1e-13
        } else {
            damping * 10.0
        };
    }
}

/// Factors in place into a lower triangle; false where a pivot is not clearly positive.
fn cholesky(a: &mut [f64], width: usize) -> bool {
    for j in 0..width {
        let (above, here) = a.split_at_mut(j * width);
        let row = &mut here[..width];
        for k in 0..j {
            let other = &above[k * width..(k + 1) * width];
            let known: f64 = row[..k].iter().zip(other).map(|(a, b)| a * b).sum();
            row[k] = (row[k] - known) / other[k];
        }
        let known: f64 = row[..j].iter().map(|a| a * a).sum();
        let pivot = row[j] - known;
        // Scaled to a unit diagonal: what is left of 1.
        if pivot.is_nan() || pivot <= 1e-15 {
            return false;
        }
        row[j] = pivot.sqrt();
    }
    true
}

fn cholesky_solve(l: &[f64], b: &mut [f64]) {
    let width = b.len();
    for j in 0..width {
        let known: f64 = l[j * width..j * width + j]
            .iter()
            .zip(&*b)
            .map(|(l, b)| l * b)
            .sum();
        b[j] = (b[j] - known) / l[j * width + j];
    }
    for j in (0..width).rev() {
        let known: f64 = (j + 1..width).map(|k| l[k * width + j] * b[k]).sum();
        b[j] = (b[j] - known) / l[j * width + j];
    }
}

/// Rounds at most; a round costs `SWEEPS * width²` and a small Cholesky factor.
const MAX_ROUNDS: usize = 200;
/// Sweeps that find out which coefficients are zero, before the others are solved for together.
const SWEEPS: usize = 4;

/// Minimises the quadratic model together with the l1 penalty; the step from `w`.
///
/// Coordinate descent settles signs quickly but creeps along correlated columns, so between its
/// sweeps the coefficients that are not zero are moved together to their minimum, or as far as the
/// first of them reaches zero.
fn coordinate_descent(gram: &[f64], gradient: &[f64], w: &[f64], l1: &[f64]) -> Vec<f64> {
    let mut model = Quadratic {
        gram,
        l1,
        at: w.to_vec(),
        slope: gradient.to_vec(),
    };
    let mut gained = 0.0;
    for _ in 0..MAX_ROUNDS {
        let gain = (0..SWEEPS).map(|_| model.sweep()).fold(0.0, f64::max);
        gained += gain;
        if gain <= 1e-18 * gained {
            break;
        }
        model.move_together();
    }
    model.at.iter().zip(w).map(|(at, w)| at - w).collect()
}

/// The quadratic model and where its minimiser is thought to be.
struct Quadratic<'a> {
    gram: &'a [f64],
    l1: &'a [f64],
    at: Vec<f64>,
    /// Slope of the smooth part there.
    slope: Vec<f64>,
}

impl Quadratic<'_> {
    fn shift(&mut self, j: usize, change: f64) {
        let width = self.at.len();
        self.at[j] += change;
        for (slope, g) in self
            .slope
            .iter_mut()
            .zip(&self.gram[j * width..(j + 1) * width])
        {
            *slope += change * g;
        }
    }

    /// Moves each coefficient to its minimum with the others held; about what that gained.
    fn sweep(&mut self) -> f64 {
        let width = self.at.len();
        let mut gain = 0.0;
        for j in 0..width {
            let curvature = self.gram[j * width + j];
            let now = self.at[j];
            if curvature <= 0.0 {
                // A column of zeros: only the penalty speaks.
                if self.l1[j] > 0.0 {
                    self.at[j] = 0.0;
                }
                continue;
            }
            let free = now - self.slope[j] / curvature;
            let next = free.signum() * (free.abs() - self.l1[j] / curvature).max(0.0);
            if next != now {
                self.shift(j, next - now);
                gain += curvature * (next - now) * (next - now);
            }
        }
        gain
    }

    /// Moves all coefficients that are not zero towards their common minimum for their signs.
    fn move_together(&mut self) {
        let width = self.at.len();
        let active: Vec<usize> = (0..width)
            .filter(|&j| (self.at[j] != 0.0 || self.l1[j] == 0.0) && self.gram[j * width + j] > 0.0)
            .collect();
        if active.len() < 2 {
            return;
        }
        let mut part = Vec::with_capacity(active.len() * active.len());
        for &j in &active {
            part.extend(active.iter().map(|&k| self.gram[j * width + k]));
        }
        let slope: Vec<f64> = active
            .iter()
            .map(|&j| self.slope[j] + self.l1[j] * self.at[j].signum())
            .collect();
        let step = newton_step(&part, &slope);
        let mut share = 1.0;
        let mut stopped_by = None;
        for (&j, step) in active.iter().zip(&step) {
            let to_zero = -self.at[j] / step;
            if self.l1[j] > 0.0 && to_zero > 0.0 && to_zero < share {
                (share, stopped_by) = (to_zero, Some(j));
            }
        }
        for (&j, step) in active.iter().zip(&step) {
            self.shift(j, share * step);
        }
        if let Some(j) = stopped_by {
            self.shift(j, -self.at[j]);
            self.at[j] = 0.0;
        }
    }
}
