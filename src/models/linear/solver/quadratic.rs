//! A quadratic model with an l1 penalty: its second derivatives, and systems of them.

use super::active_factor::ActiveFactor;
use super::cholesky::Factor;
use super::conjugate::{Left, Rough, conjugate_gradients};
use super::smooth::{Shifted, Smooth};
use crate::data::allocate::zeros;
use crate::error::Result;

/// Share of the largest coefficient below which others matter no less for being smaller.
const NEGLIGIBLE: f64 = 1e-3;
/// Coefficients up to which all second derivatives are worth their cost: for one system …
const MAX_MATRIX: usize = 300;
/// … and for the sweeps and systems that an l1 penalty takes.
const MAX_SWEPT_MATRIX: usize = 1500;

/// `gradient · s + ½ sᵀ H s + Σ l1_j |w_j + s_j|` as a function of the step `s`.
pub(crate) struct Quadratic {
    pub(super) l1: Vec<f64>,
    pub(super) curvature: Curvature,
    pub(super) shifted: Option<Shifted>,
}

pub(super) enum Curvature {
    /// All of H, and its factor where there is no l1 penalty.
    Matrix {
        hessian: Vec<f64>,
        factor: Option<Factor>,
    },
    /// Its diagonal; the problem itself multiplies by H, which is like `class` where there is one.
    Diagonal {
        diagonal: Vec<f64>,
        class: Option<Rough>,
    },
}

impl Quadratic {
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn new(l1: Vec<f64>, shifted: Option<Shifted>) -> Result<Self> {
        let width = l1.len();
        let is_swept = l1.iter().any(|&l1| l1 > 0.0);
        let most = if is_swept {
            MAX_SWEPT_MATRIX
        } else {
            MAX_MATRIX
        };
        let curvature = if width <= most {
            Curvature::Matrix {
                hessian: zeros("the second derivatives", width, width)?,
                factor: None,
            }
        } else {
            Curvature::Diagonal {
                diagonal: Vec::new(),
                class: None,
            }
        };
        Ok(Self {
            l1,
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
    pub(crate) async fn update(&mut self, problem: &dyn Smooth) -> Result<()> {
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
                if !is_swept && problem.is_mostly_penalty() {
                    *diagonal = vec![1.0; self.l1.len()];
                    return Ok(());
                }
                *diagonal = problem.diagonal().await;
                if let Some(matrix) = problem.of_a_class().filter(|_| !is_swept) {
                    let matrix = matrix.await;
                    let width = matrix.len().isqrt();
                    *class = Some(Rough::Class(Factor::new(&matrix, width).await?));
                }
            }
        }
        Ok(())
    }

    /// Where H times the `active` coefficients is `pull`, the others being 0.
    pub(super) async fn solve(
        &self,
        problem: &dyn Smooth,
        active: &[usize],
        mut pull: Vec<f64>,
        left: Left,
        known: &mut ActiveFactor,
    ) -> Result<Vec<f64>> {
        let width = pull.len();
        match &self.curvature {
            Curvature::Matrix {
                factor: Some(factor),
                ..
            } => {
                factor.solve(&mut pull).await;
                Ok(pull)
            }
            Curvature::Matrix { hessian, .. } => {
                let mut is_active = vec![false; width];
                active.iter().for_each(|&j| is_active[j] = true);
                known.follow(hessian, &is_active).await;
                Ok(known.solve(&pull))
            }
            Curvature::Diagonal {
                class: Some(class), ..
            } => Ok(conjugate_gradients(problem, class, pull, left).await),
            Curvature::Diagonal { diagonal, .. } => {
                let mut inverse = vec![0.0; width];
                for &j in active.iter().filter(|&&j| diagonal[j] > 0.0) {
                    inverse[j] = 1.0 / diagonal[j];
                }
                Ok(conjugate_gradients(problem, &Rough::Inverse(inverse), pull, left).await)
            }
        }
    }

    /// H times a step.
    pub(super) async fn times(&self, problem: &dyn Smooth, step: &[f64]) -> Vec<f64> {
        let Curvature::Matrix { hessian, .. } = &self.curvature else {
            return problem.times(step).await;
        };
        let mut product = vec![0.0; step.len()];
        for (row, step) in hessian.chunks_exact(step.len()).zip(step) {
            if *step != 0.0 {
                for (sum, h) in product.iter_mut().zip(row) {
                    *sum += step * h;
                }
            }
        }
        product
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
