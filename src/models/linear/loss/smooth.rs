//! What the solver asks of a problem.
//!
//! A closed list instead of a trait: the ways to a minimum are compiled once, not for each loss, and work that pauses
//! needs no box for each of its parts.

use super::binary::{Binary, Logistic, SquaredHinge};
use super::multinomial::{Shifted, Softmax};
use crate::data::scratch::Scratch;

/// The smooth part of an objective, which remembers where it is.
pub(crate) enum Smooth<'a> {
    Logistic(Binary<'a, Logistic>),
    SquaredHinge(Binary<'a, SquaredHinge>),
    Softmax(Softmax<'a>),
}

/// Calls the same of whichever it is.
macro_rules! whichever {
    ($self:expr, $it:ident => $call:expr) => {
        match $self {
            Smooth::Logistic($it) => $call,
            Smooth::SquaredHinge($it) => $call,
            Smooth::Softmax($it) => $call,
        }
    };
}

impl Smooth<'_> {
    /// Number of coefficients.
    pub(crate) fn width(&self) -> usize {
        whichever!(self, it => it.width())
    }

    /// Writes the gradient at `w + step`, where `w` is where it is now.
    pub(crate) async fn look(&mut self, w: &[f64], step: &[f64], gradient: &mut [f64]) {
        whichever!(self, it => it.look(w, step, gradient).await);
    }

    /// Slope along the step last looked along, `share` of the way.
    pub(crate) fn slope_at(&self, share: f64, w: &[f64], step: &[f64]) -> f64 {
        whichever!(self, it => it.slope_at(share, w, step))
    }

    /// Goes `share` of the way that was last looked along.
    pub(crate) fn advance(&mut self, share: f64) {
        whichever!(self, it => it.advance(share));
    }

    /// Second derivatives where it last looked, row by row.
    pub(crate) async fn hessian(&self, out: &mut [f64]) {
        whichever!(self, it => it.hessian(out).await);
    }

    /// Those of single coefficients.
    pub(crate) async fn diagonal(&self, out: &mut [f64]) {
        whichever!(self, it => it.diagonal(out).await);
    }

    /// Whether most directions have no curvature but an l2 penalty's, the same for all.
    pub(crate) fn is_mostly_penalty(&self) -> bool {
        whichever!(self, it => it.is_mostly_penalty())
    }

    /// Whether second derivatives change at kinks alone, and most rows may end up near one.
    pub(crate) fn ends_at_kinks(&self) -> bool {
        match self {
            Self::SquaredHinge(it) => it.ends_at_kinks(),
            _ => false,
        }
    }

    /// Second derivatives like those of any class, row by row, where there are such.
    pub(crate) async fn of_a_class(&self) -> Option<Scratch<f64>> {
        match self {
            Self::Softmax(it) => Some(it.of_a_class().await),
            _ => None,
        }
    }

    /// Writes all of them times `v`.
    pub(crate) async fn times(&self, v: &[f64], product: &mut [f64]) {
        whichever!(self, it => it.times(v, product).await);
    }

    /// Value at `w`.
    pub(crate) async fn value(&self, w: &[f64]) -> f64 {
        whichever!(self, it => it.value(w).await)
    }

    /// Whether there is a direction that the losses do not notice.
    pub(crate) fn shifted(&self) -> Option<Shifted> {
        match self {
            Self::Softmax(it) => it.shifted(),
            _ => None,
        }
    }
}
