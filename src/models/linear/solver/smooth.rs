//! What the solver asks of a problem.

use std::pin::Pin;

/// Long work, which pauses. Boxed: the ways to a minimum are compiled once, not for each loss.
pub(crate) type Work<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The smooth part of an objective, which remembers where it is.
pub(crate) trait Smooth: Send + Sync {
    /// Number of coefficients.
    fn width(&self) -> usize;
    /// Gradient at `w + step`, where `w` is where it is now.
    fn look<'a>(&'a mut self, w: &'a [f64], step: &'a [f64]) -> Work<'a, Vec<f64>>;
    /// Slope along the step last looked along, `share` of the way.
    fn slope_at(&self, share: f64, w: &[f64], step: &[f64]) -> f64;
    /// Goes `share` of the way that was last looked along.
    fn advance(&mut self, share: f64);
    /// Second derivatives where it last looked, row by row.
    fn hessian<'a>(&'a self, out: &'a mut [f64]) -> Work<'a, ()>;
    /// Those of single coefficients.
    fn diagonal<'a>(&'a self) -> Work<'a, Vec<f64>>;
    /// Whether most directions have no curvature but an l2 penalty's, the same for all.
    fn is_mostly_penalty(&self) -> bool;
    /// Whether second derivatives change at kinks alone, and most rows may end up near one.
    fn ends_at_kinks(&self) -> bool {
        false
    }
    /// Second derivatives like those of any class, row by row, where there are such.
    fn of_a_class(&self) -> Option<Work<'_, Vec<f64>>> {
        None
    }
    /// All of them times `v`.
    fn times<'a>(&'a self, v: &'a [f64]) -> Work<'a, Vec<f64>>;
    /// Value at `w`.
    fn value<'a>(&'a self, w: &'a [f64]) -> Work<'a, f64>;
    /// Whether there is a direction that the losses do not notice.
    fn shifted(&self) -> Option<Shifted> {
        None
    }
}

/// Coefficients stand class by class, and adding the same to a feature's of all classes leaves the
/// losses as they are.
pub(crate) struct Shifted {
    pub(crate) n_classes: usize,
    /// The l2 penalty of each feature.
    pub(crate) l2: Vec<f64>,
}
