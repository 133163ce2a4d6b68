//! Two classes: a loss of each row's margin, and an l2 penalty.

use crate::models::linear::columns::dots::dot;
use crate::models::linear::columns::lanes::{BLOCK, Column, exp_of_negatives, ln_1p_to_one};
use crate::models::linear::columns::rows::{Rows, add_squares};
use crate::models::linear::solver::smooth::{Smooth, Work};

/// A convex loss of a margin that is positive where the row is classified rightly.
pub(crate) trait Loss {
    /// Whether it is made of parabolas.
    const HAS_KINKS: bool;
    /// First and second derivative at each of a block's margins.
    fn derivatives(
        margins: &Column,
        weights: &Column,
        slopes: &mut Column,
        curvatures: &mut Column,
    );
    /// Turns margins into the losses of rows of weight 1.
    fn values(margins: &mut Column);
}

/// `ln(1 + e^−m)`.
pub(crate) struct Logistic;

impl Loss for Logistic {
    const HAS_KINKS: bool = false;

    #[inline]
    fn derivatives(
        margins: &Column,
        weights: &Column,
        slopes: &mut Column,
        curvatures: &mut Column,
    ) {
        let mut powers = margins.map(|margin| -margin.abs());
        exp_of_negatives(&mut powers);
        for i in 0..BLOCK {
            let e = powers[i];
            // The larger of the two probabilities, and that of the wrong class.
            let larger = 1.0 / (1.0 + e);
            let wrong = if margins[i] > 0.0 { e * larger } else { larger };
            slopes[i] = -weights[i] * wrong;
            curvatures[i] = weights[i] * e * larger * larger;
        }
    }

    #[inline]
    fn values(margins: &mut Column) {
        let mut logs = margins.map(|margin| -margin.abs());
        exp_of_negatives(&mut logs);
        ln_1p_to_one(&mut logs);
        for (margin, log) in margins.iter_mut().zip(logs) {
            let short = if *margin < 0.0 { -*margin } else { 0.0 };
            *margin = short + log;
        }
    }
}

/// `max(0, 1 − m)²`.
pub(crate) struct SquaredHinge;

impl Loss for SquaredHinge {
    const HAS_KINKS: bool = true;

    #[inline]
    fn derivatives(
        margins: &Column,
        weights: &Column,
        slopes: &mut Column,
        curvatures: &mut Column,
    ) {
        for i in 0..BLOCK {
            let short = 1.0 - margins[i];
            let double = if short > 0.0 { 2.0 * weights[i] } else { 0.0 };
            slopes[i] = -double * short;
            curvatures[i] = double;
        }
    }

    #[inline]
    fn values(margins: &mut Column) {
        for margin in margins {
            let short = 1.0 - *margin;
            *margin = if short > 0.0 { short * short } else { 0.0 };
        }
    }
}

/// `Σ weight_i L(m_i) + ½ Σ l2_j w_j²`.
pub(crate) struct Binary<'a, L> {
    rows: Rows<'a>,
    weights: Vec<Column>,
    l2: Vec<f64>,
    margins: Vec<Column>,
    /// How the margins change along the step last looked along.
    change: Vec<Column>,
    curvatures: Vec<Column>,
    loss: std::marker::PhantomData<L>,
}

impl<'a, L: Loss> Binary<'a, L> {
    /// At coefficients of 0; `weights` by class.
    pub(crate) fn new(rows: Rows<'a>, weights: &[f64], l2: Vec<f64>) -> Self {
        let zeros = vec![[0.0; BLOCK]; rows.n_blocks()];
        Self {
            weights: rows.spread(rows.codes().map(|code| weights[code as usize])),
            l2,
            margins: zeros.clone(),
            change: zeros.clone(),
            curvatures: zeros,
            rows,
            loss: std::marker::PhantomData,
        }
    }
}

impl<L: Loss + Send + Sync> Smooth for Binary<'_, L> {
    fn width(&self) -> usize {
        self.rows.width()
    }

    fn look<'a>(&'a mut self, w: &'a [f64], step: &'a [f64]) -> Work<'a, Vec<f64>> {
        Box::pin(async move {
            let mut gradient: Vec<f64> = self
                .l2
                .iter()
                .zip(w.iter().zip(step))
                .map(|(l2, (w, step))| l2 * (w + step))
                .collect();
            let Self {
                weights,
                margins: begin,
                change,
                curvatures,
                ..
            } = self;
            let mut visit = |block: usize, planes: &mut [Column]| {
                let [slopes] = planes else { return };
                change[block] = *slopes;
                let mut there = begin[block];
                for i in 0..BLOCK {
                    there[i] += change[block][i];
                }
                L::derivatives(&there, &weights[block], slopes, &mut curvatures[block]);
            };
            self.rows.pass(step, &mut visit, &mut gradient).await;
            gradient
        })
    }

    fn slope_at(&self, share: f64, w: &[f64], step: &[f64]) -> f64 {
        let mut slope: f64 = (0..w.len())
            .map(|j| self.l2[j] * (w[j] + share * step[j]) * step[j])
            .sum();
        for block in 0..self.margins.len() {
            let (margins, change) = (&self.margins[block], &self.change[block]);
            let mut there = [0.0; BLOCK];
            for i in 0..BLOCK {
                there[i] = margins[i] + share * change[i];
            }
            let (mut slopes, mut curvatures) = ([0.0; BLOCK], [0.0; BLOCK]);
            L::derivatives(&there, &self.weights[block], &mut slopes, &mut curvatures);
            slope += dot(&slopes, change);
        }
        slope
    }

    fn advance(&mut self, share: f64) {
        let changes = self.change.as_flattened();
        for (margin, change) in self.margins.as_flattened_mut().iter_mut().zip(changes) {
            *margin += share * change;
        }
    }

    fn hessian<'a>(&'a self, out: &'a mut [f64]) -> Work<'a, ()> {
        Box::pin(async move {
            let width = self.rows.width();
            self.rows.gram(&self.curvatures, out).await;
            for (j, l2) in self.l2.iter().enumerate() {
                out[j * width + j] += l2;
            }
        })
    }

    fn diagonal<'a>(&'a self) -> Work<'a, Vec<f64>> {
        Box::pin(async move {
            let mut diagonal = self.l2.clone();
            self.rows
                .for_blocks(1, &mut |block, columns| {
                    add_squares(columns, &self.curvatures[block], &mut diagonal);
                })
                .await;
            diagonal
        })
    }

    fn is_mostly_penalty(&self) -> bool {
        self.rows.is_wide() && self.l2[0] > 0.0
    }

    fn ends_at_kinks(&self) -> bool {
        // With as many columns as rows, every row can have the margin that it should.
        L::HAS_KINKS && self.rows.is_wide()
    }

    fn times<'a>(&'a self, v: &'a [f64]) -> Work<'a, Vec<f64>> {
        Box::pin(async move {
            let mut product: Vec<f64> = self.l2.iter().zip(v).map(|(l2, v)| l2 * v).collect();
            let mut visit = |block: usize, planes: &mut [Column]| {
                let slopes = planes.as_flattened_mut().iter_mut();
                for (slope, curvature) in slopes.zip(&self.curvatures[block]) {
                    *slope *= curvature;
                }
            };
            self.rows.pass(v, &mut visit, &mut product).await;
            product
        })
    }

    fn value<'a>(&'a self, w: &'a [f64]) -> Work<'a, f64> {
        Box::pin(async move {
            let penalty: f64 = self.l2.iter().zip(w).map(|(l2, w)| l2 * w * w).sum();
            let mut losses = 0.0;
            let mut visit = |block: usize, planes: &mut [Column]| {
                planes.iter_mut().for_each(L::values);
                losses += dot(planes.as_flattened(), &self.weights[block]);
            };
            self.rows.pass(w, &mut visit, &mut []).await;
            losses + 0.5 * penalty
        })
    }
}
