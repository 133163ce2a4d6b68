//! Systems with a problem's second derivatives, which nobody writes down.

use super::cholesky::Factor;
use super::smooth::Smooth;
use crate::models::linear::columns::dots::dot;
use crate::parallel::pause::pause;

/// Share of a direction's curvature by itself below which only rounding is left of it.
const FLAT: f64 = 1e-12;

/// What may be left to gain: a share of the gain, or so much.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left {
    pub(crate) share: f64,
    pub(crate) least: f64,
}

impl Left {
    /// Whether `more` may be left of `gain`.
    pub(crate) fn allows(self, more: f64, gain: f64) -> bool {
        more <= (self.share * gain).max(self.least)
    }
}

/// What H is thought to be like, so that few directions are enough.
pub(crate) enum Rough {
    /// A diagonal matrix, by its inverse. Coefficients for which that is 0 stay where they are.
    Inverse(Vec<f64>),
    /// The same matrix for each class.
    Class(Factor),
}

impl Rough {
    async fn solve(&self, residual: &[f64]) -> Vec<f64> {
        match self {
            Self::Inverse(inverse) => residual.iter().zip(inverse).map(|(r, i)| r * i).collect(),
            Self::Class(factor) => {
                let mut scaled = residual.to_vec();
                for class in scaled.chunks_exact_mut(factor.width()) {
                    factor.solve(class).await;
                }
                scaled
            }
        }
    }
}

/// Where H times the coefficients is `residual`. Stops where about so much is left to gain.
/// Source: Hestenes & Stiefel 1952; Nash & Sofer 1990 (when to stop).
pub(crate) async fn conjugate_gradients(
    problem: &dyn Smooth,
    rough: &Rough,
    mut residual: Vec<f64>,
    left: Left,
) -> Vec<f64> {
    let width = residual.len();
    let (mut step, mut direction) = (vec![0.0; width], vec![0.0; width]);
    let (mut gain, mut last_size, mut alone) = (0.0, f64::INFINITY, 0.0);
    for round in 1..=width {
        let scaled = rough.solve(&residual).await;
        let size = dot(&residual, &scaled);
        let turn: f64 = size / last_size;
        // The curvature that the direction would have if H were what it is like.
        alone = size + turn * turn * alone;
        for (direction, scaled) in direction.iter_mut().zip(scaled) {
            *direction = scaled + turn * *direction;
        }
        let product = problem.times(&direction).await;
        let curvature = dot(&direction, &product);
        if curvature.is_nan() || curvature <= FLAT * alone {
            break;
        }
        let share = size / curvature;
        for j in 0..width {
            step[j] += share * direction[j];
            residual[j] -= share * product[j];
        }
        let more = 0.5 * share * size;
        gain += more;
        last_size = size;
        if left.allows(round as f64 * more, gain) {
            break;
        }
        pause().await;
    }
    step
}
