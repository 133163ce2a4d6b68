//! Systems with a problem's second derivatives, which nobody writes down.

use super::dots::dot;
use super::newton::Smooth;
use crate::parallel::pause::pause;

/// Share of a direction's curvature by itself below which only rounding is left of it.
const FLAT: f64 = 1e-12;

/// Where H times the coefficients is `residual`; they and their curvatures are those whose `inverse`
/// curvature is not 0. Stops where about so much of the gain is left.
/// Source: Hestenes & Stiefel 1952; Nash & Sofer 1990 (when to stop).
pub(super) async fn conjugate_gradients(
    problem: &dyn Smooth,
    inverse: &[f64],
    mut residual: Vec<f64>,
    left: f64,
) -> Vec<f64> {
    let width = residual.len();
    let (mut step, mut direction) = (vec![0.0; width], vec![0.0; width]);
    let (mut gain, mut last_size) = (0.0, f64::INFINITY);
    for round in 1..=width {
        let scaled: Vec<f64> = residual.iter().zip(inverse).map(|(r, i)| r * i).collect();
        let size = dot(&residual, &scaled);
        for (direction, scaled) in direction.iter_mut().zip(scaled) {
            *direction = scaled + size / last_size * *direction;
        }
        let product = problem.times(&direction).await;
        let curvature = dot(&direction, &product);
        let alone: f64 = (direction.iter().zip(inverse))
            .filter(|(_, inverse)| **inverse > 0.0)
            .map(|(d, inverse)| d * d / inverse)
            .sum();
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
        if round as f64 * more <= left * gain {
            break;
        }
        pause().await;
    }
    step
}
