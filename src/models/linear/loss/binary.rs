//! Two classes: a loss of each row's margin, and an l2 penalty.

use crate::data::scratch::Scratch;
use crate::models::linear::columns::dots::dot;
use crate::models::linear::columns::lanes::{BLOCK, Column, exp_of_negatives, ln_1p_to_one};
use crate::models::linear::columns::rows::{Rows, add_squares};

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
    weights: Scratch<Column>,
    l2: Scratch<f64>,
    margins: Scratch<Column>,
    /// How the margins change along the step last looked along.
    change: Scratch<Column>,
    curvatures: Scratch<Column>,
    loss: std::marker::PhantomData<L>,
}

impl<'a, L: Loss + Send + Sync> Binary<'a, L> {
    /// At coefficients of 0; `weights` by class.
    pub(crate) fn new(rows: Rows<'a>, weights: &[f64], l2: Scratch<f64>) -> Self {
        let zeros = || Scratch::zeros(rows.n_blocks());
        Self {
            weights: rows.spread(rows.codes().map(|code| weights[code as usize])),
            l2,
            margins: zeros(),
            change: zeros(),
            curvatures: zeros(),
            rows,
            loss: std::marker::PhantomData,
        }
    }

    pub(super) fn width(&self) -> usize {
        self.rows.width()
    }

    pub(super) async fn look(&mut self, w: &[f64], step: &[f64], gradient: &mut [f64]) {
        let there = self.l2.iter().zip(w.iter().zip(step));
        for (slope, (l2, (w, step))) in gradient.iter_mut().zip(there) {
            *slope = l2 * (w + step);
        }
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
        self.rows.pass(step, &mut visit, gradient).await;
    }

    pub(super) fn slope_at(&self, share: f64, w: &[f64], step: &[f64]) -> f64 {
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

    pub(super) fn advance(&mut self, share: f64) {
        let changes = self.change.as_flattened();
        for (margin, change) in self.margins.as_flattened_mut().iter_mut().zip(changes) {
            *margin += share * change;
        }
    }

    pub(super) async fn hessian(&self, out: &mut [f64]) {
        let width = self.rows.width();
        self.rows.gram(&self.curvatures, out).await;
        for (j, l2) in self.l2.iter().enumerate() {
            out[j * width + j] += l2;
        }
    }

    pub(super) async fn diagonal(&self, out: &mut [f64]) {
        out.copy_from_slice(&self.l2);
        let mut visit = |block: usize, columns: &[Column]| {
            add_squares(columns, &self.curvatures[block], out);
        };
        self.rows.for_blocks(1, &mut visit).await;
    }

    pub(super) fn is_mostly_penalty(&self) -> bool {
        self.rows.is_wide() && self.l2[0] > 0.0
    }

    pub(super) fn ends_at_kinks(&self) -> bool {
        // With as many columns as rows, every row can have the margin that it should.
        L::HAS_KINKS && self.rows.is_wide()
    }

    pub(super) async fn times(&self, v: &[f64], product: &mut [f64]) {
        for (product, (l2, v)) in product.iter_mut().zip(self.l2.iter().zip(v)) {
            *product = l2 * v;
        }
        let mut visit = |block: usize, planes: &mut [Column]| {
            let slopes = planes.as_flattened_mut().iter_mut();
            for (slope, curvature) in slopes.zip(&self.curvatures[block]) {
                *slope *= curvature;
            }
        };
        self.rows.pass(v, &mut visit, product).await;
    }

    pub(super) async fn value(&self, w: &[f64]) -> f64 {
        let penalty: f64 = self.l2.iter().zip(w).map(|(l2, w)| l2 * w * w).sum();
        let mut losses = 0.0;
        let mut visit = |block: usize, planes: &mut [Column]| {
            planes.iter_mut().for_each(L::values);
            losses += dot(planes.as_flattened(), &self.weights[block]);
        };
        self.rows.pass(w, &mut visit, &mut []).await;
        losses + 0.5 * penalty
    }
}
