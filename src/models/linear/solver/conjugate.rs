//! Systems with a problem's second derivatives, which nobody writes down.

use super::cholesky::Factor;
use crate::data::scratch::Scratch;
use crate::models::linear::columns::dots::dot;
use crate::models::linear::loss::Smooth;
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
    Inverse(Scratch<f64>),
    /// The same matrix for each class.
    Class(Factor),
}

impl Rough {
    async fn solve(&self, residual: &[f64], solution: &mut [f64]) {
        match self {
            Self::Inverse(inverse) => {
                let products = residual.iter().zip(&***inverse).map(|(r, i)| r * i);
                solution.iter_mut().zip(products).for_each(|(s, p)| *s = p);
            }
            Self::Class(factor) => {
                solution.copy_from_slice(residual);
                for class in solution.chunks_exact_mut(factor.width()) {
                    factor.solve(class).await;
                }
            }
        }
    }
}

/// Turns `residual` into where H times the coefficients is `residual`. Stops where about so much is left to gain.
/// Source: Hestenes & Stiefel 1952; Nash & Sofer 1990 (when to stop).
pub(crate) async fn conjugate_gradients(
    problem: &Smooth<'_>,
    rough: &Rough,
    residual: &mut [f64],
    left: Left,
) {
    let width = residual.len();
    let [mut step, mut direction, mut scaled, mut product] =
        [(); 4].map(|()| Scratch::<f64>::zeros(width));
    let (mut gain, mut last_size, mut alone) = (0.0, f64::INFINITY, 0.0);
    for round in 1..=width {
        rough.solve(residual, &mut scaled).await;
        let size = dot(residual, &scaled);
        let turn: f64 = size / last_size;
        // The curvature that the direction would have if H were what it is like.
        alone = size + turn * turn * alone;
        for (direction, scaled) in direction.iter_mut().zip(&**scaled) {
            *direction = scaled + turn * *direction;
        }
        problem.times(&direction, &mut product).await;
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
    residual.copy_from_slice(&step);
}
