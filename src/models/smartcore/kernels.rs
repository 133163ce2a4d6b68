//! The door to smartcore's code: what predicts with a model. Behind it is that code itself (feature `smartcore`), or else
//! a file of its own that is called ([`apart`](super::apart)).

use std::fmt::Debug;
#[cfg(feature = "smartcore")]
use std::sync::Arc;

use serde::Serialize;

#[cfg(not(feature = "smartcore"))]
use super::apart::Held;
#[cfg(feature = "smartcore")]
use super::direct::rows::{Failed, Rows, labels_into};
use crate::error::Result;

/// A model as it is saved, which smartcore's is made of.
pub(super) trait Source: Serialize + Sized {
    /// Its place among the variants of [`SmartcoreModel`](super::SmartcoreModel), which begins what is saved.
    #[cfg_attr(
        feature = "smartcore",
        allow(dead_code, reason = "what is sent begins with it")
    )]
    const VARIANT: u32;

    /// What predicts with it.
    ///
    /// # Errors
    /// `InvalidParam` where smartcore is of another version than this was written for.
    #[cfg(feature = "smartcore")]
    fn kernels(&self) -> Result<Kernels>;

    /// What predicts with it.
    ///
    /// # Errors
    /// `InvalidParam`, `Stopped`, `OutOfMemory`.
    #[cfg(not(feature = "smartcore"))]
    fn kernels(&self) -> Result<Kernels> {
        Held::of(&(Self::VARIANT, self)).map(Kernels)
    }
}

/// A model of smartcore's, whatever it is.
#[cfg(feature = "smartcore")]
pub(super) trait Predicts: Debug + Send + Sync {
    /// A code a row.
    fn codes(&self, rows: &Rows<'_>) -> std::result::Result<Vec<u32>, Failed>;

    /// Shares of the classes a row, where it has them.
    fn shares_into(&self, _rows: &[f64], _width: usize, _out: &mut [f64]) {}
}

/// What predicts with a model.
#[cfg(feature = "smartcore")]
#[derive(Debug, Clone)]
pub(super) struct Kernels(pub(super) Arc<dyn Predicts>);

/// What predicts with a model.
#[cfg(not(feature = "smartcore"))]
#[derive(Debug, Clone)]
pub(super) struct Kernels(Held);

#[cfg(feature = "smartcore")]
impl Kernels {
    /// Writes `classes[code]` a row of `rows`, `width` numbers each.
    pub(super) fn labels_into(
        &self,
        _: &impl Source,
        (rows, width): (&[f64], usize),
        classes: &[i32],
        out: &mut [i32],
    ) {
        let predict = |rows: &Rows<'_>| self.0.codes(rows);
        labels_into(rows, width, classes, out, &predict);
    }

    /// Writes the shares of the classes a row.
    pub(super) fn shares_into(
        &self,
        _: &impl Source,
        (rows, width): (&[f64], usize),
        out: &mut [f64],
    ) {
        self.0.shares_into(rows, width, out);
    }
}

#[cfg(not(feature = "smartcore"))]
impl Kernels {
    /// Writes `classes[code]` a row of `rows`.
    pub(super) fn labels_into<S: Source>(
        &self,
        source: &S,
        (rows, _): (&[f64], usize),
        classes: &[i32],
        out: &mut [i32],
    ) {
        self.0.codes_into(&(S::VARIANT, source), rows, out);
        for label in out {
            *label = classes[*label as usize];
        }
    }

    /// Writes the shares of the classes a row.
    pub(super) fn shares_into<S: Source>(
        &self,
        source: &S,
        (rows, _): (&[f64], usize),
        out: &mut [f64],
    ) {
        self.0.shares_into(&(S::VARIANT, source), rows, out);
    }
}
