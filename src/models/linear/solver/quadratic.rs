//! A quadratic model with an l1 penalty: its second derivatives, and systems of them.

use super::active_factor::ActiveFactor;
use super::cholesky::Factor;
use super::conjugate::{Left, Rough, conjugate_gradients};
use crate::data::scratch::Scratch;
use crate::error::Result;
use crate::models::linear::loss::{Shifted, Smooth};

/// Share of the largest coefficient below which others matter no less for being smaller.
const NEGLIGIBLE: f64 = 1e-3;
/// Coefficients up to which all second derivatives are worth their cost: for one system …
const MAX_MATRIX: usize = 300;
/// … and for the sweeps and systems that an l1 penalty takes, or where sizes differ so much that what is found direction
/// by direction is lost to rounding before the next is.
const MAX_SWEPT_MATRIX: usize = 1500;

/// `gradient · s + ½ sᵀ H s + Σ l1_j |w_j + s_j|` as a function of the step `s`.
pub(crate) struct Quadratic {
    pub(super) l1: Scratch<f64>,
    pub(super) curvature: Curvature,
    pub(super) shifted: Option<Shifted>,
}

pub(super) enum Curvature {
    /// All of H, and its factor where there is no l1 penalty.
    Matrix {
        hessian: Scratch<f64>,
        factor: Option<Factor>,
    },
    /// Its diagonal; the problem itself multiplies by H, which is like `class` where there is one.
    Diagonal {
        diagonal: Scratch<f64>,
        class: Option<Rough>,
    },
}

impl Quadratic {
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn new(l1: &[f64], shifted: Option<Shifted>, is_steep: bool) -> Result<Self> {
        let width = l1.len();
        let is_swept = l1.iter().any(|&l1| l1 > 0.0);
        let most = if is_swept || is_steep {
            MAX_SWEPT_MATRIX
        } else {
            MAX_MATRIX
        };
        let curvature = if width <= most {
            Curvature::Matrix {
                hessian: Scratch::ask_zeros("the second derivatives", width, width)?,
                factor: None,
            }
        } else {
            Curvature::Diagonal {
                diagonal: Scratch::default(),
                class: None,
            }
        };
        Ok(Self {
            l1: Scratch::of(l1),
            curvature,
            shifted,
        })
    }

    /// Whether it is good for other places than where it was last updated.
    pub(crate) fn is_lasting(&self) -> bool {
        matches!(self.curvature, Curvature::Matrix { .. })
    }

    /// Whether the smooth part alone is known to say what every coefficient is.
    pub(crate) fn is_regular(&self) -> bool {
        match &self.curvature {
            Curvature::Matrix { factor, .. } => factor.as_ref().is_some_and(|f| f.is_regular),
            Curvature::Diagonal { .. } => false,
        }
    }

    /// Takes the second derivatives where `problem` last looked.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) async fn update(&mut self, problem: &Smooth<'_>) -> Result<()> {
        match &mut self.curvature {
            Curvature::Matrix { hessian, factor } => {
                problem.hessian(hessian).await;
                if self.l1.iter().all(|&l1| l1 == 0.0) {
                    *factor = Some(Factor::new(hessian, self.l1.len()).await?);
                }
            }
            Curvature::Diagonal { diagonal, class } => {
                let is_swept = self.l1.iter().any(|&l1| l1 > 0.0);
                // Where rows alone differ, columns do not: a penalty that is the same along all
                // directions but theirs should stay so.
                *diagonal = Scratch::any(self.l1.len());
                if !is_swept && problem.is_mostly_penalty() {
                    diagonal.fill(1.0);
                    return Ok(());
                }
                problem.diagonal(diagonal).await;
                if !is_swept && let Some(matrix) = problem.of_a_class().await {
                    let width = matrix.len().isqrt();
                    *class = Some(Rough::Class(Factor::new(&matrix, width).await?));
                }
            }
        }
        Ok(())
    }

    /// Turns `pull` into where H times the `active` coefficients is `pull`, the others being 0.
    pub(super) async fn solve(
        &self,
        problem: &Smooth<'_>,
        active: &[usize],
        pull: &mut [f64],
        left: Left,
        known: &mut ActiveFactor,
    ) {
        let width = pull.len();
        match &self.curvature {
            Curvature::Matrix {
                factor: Some(factor),
                ..
            } => factor.solve(pull).await,
            Curvature::Matrix { hessian, .. } => {
                let mut is_active = Scratch::zeros(width);
                active.iter().for_each(|&j| is_active[j] = true);
                known.follow(hessian, &is_active).await;
                known.solve(pull);
            }
            Curvature::Diagonal {
                class: Some(class), ..
            } => conjugate_gradients(problem, class, pull, left).await,
            Curvature::Diagonal { diagonal, .. } => {
                let mut inverse = Scratch::zeros(width);
                for &j in active.iter().filter(|&&j| diagonal[j] > 0.0) {
                    inverse[j] = 1.0 / diagonal[j];
                }
                conjugate_gradients(problem, &Rough::Inverse(inverse), pull, left).await;
            }
        }
    }

    /// Writes H times a step.
    pub(super) async fn times(&self, problem: &Smooth<'_>, step: &[f64], product: &mut [f64]) {
        let Curvature::Matrix { hessian, .. } = &self.curvature else {
            return problem.times(step, product).await;
        };
        product.fill(0.0);
        for (row, step) in hessian.chunks_exact(step.len()).zip(step) {
            if *step != 0.0 {
                for (sum, h) in product.iter_mut().zip(row) {
                    *sum += step * h;
                }
            }
        }
    }

    pub(super) fn diagonal(&self, j: usize) -> f64 {
        match &self.curvature {
            Curvature::Matrix { hessian, .. } => hessian[j * (self.l1.len() + 1)],
            Curvature::Diagonal { diagonal, .. } => diagonal[j],
        }
    }

    /// Whether a step changes no coefficient by more than this share of itself, or of the largest's
    /// negligible part.
    pub(crate) fn is_still(&self, step: &[f64], w: &[f64], share: f64) -> bool {
        let size = |j: usize, value: f64| value.abs() * self.diagonal(j).sqrt();
        let largest = (0..w.len()).map(|j| size(j, w[j])).fold(0.0, f64::max);
        (0..w.len()).all(|j| size(j, step[j]) <= share * size(j, w[j]).max(NEGLIGIBLE * largest))
    }
}
