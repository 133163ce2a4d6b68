//! The end that has smartcore: what a file of its own is asked by builds without it. One instance serves one thread.

use std::collections::BTreeMap;

use super::wire::{Unit, answer, decoded};
use super::{SmartcoreEstimator, SmartcoreModel, SmartcorePart};
use crate::data::TrainingSet;
use crate::data::allocate::room;
use crate::error::Result;

/// Models by the numbers that the other end has given them.
#[derive(Debug, Default)]
pub struct Served {
    models: BTreeMap<u32, Held>,
}

#[derive(Debug)]
struct Held {
    model: SmartcoreModel,
    /// Its labels are its codes.
    codes: Vec<i32>,
}

/// Does one unit of a fit on all rows of `x`, row-major, with a code each; gives the answer's bytes.
#[must_use]
pub fn fit(request: &[u8], x: &[f64], codes: &[u32]) -> Vec<u8> {
    answer(fitted(request, x, codes))
}

fn fitted(request: &[u8], x: &[f64], codes: &[u32]) -> Result<SmartcorePart> {
    let unit: Unit<SmartcoreEstimator> = decoded(request)?;
    let mut rows = room("numbers of rows", codes.len(), 1)?;
    rows.extend(0..codes.len() as u32);
    let shape = (codes.len(), unit.n_features as usize);
    let data = TrainingSet {
        x: ndarray::ArrayView2::from_shape(shape, x).map_err(super::settings::refused)?,
        codes,
        n_classes: unit.n_classes as usize,
        rows: &rows,
        shared: None,
    };
    unit.estimator.fit_unit(&data, unit.unit as usize)
}

impl Served {
    /// Makes a model ready, under a number; gives the answer's bytes.
    pub fn hold(&mut self, number: u32, model: &[u8]) -> Vec<u8> {
        answer(decoded::<SmartcoreModel>(model).map(|model| {
            let codes = (0..model.inner().n_classes() as i32).collect();
            self.models.insert(number, Held { model, codes });
        }))
    }

    /// Forgets a model.
    pub fn release(&mut self, number: u32) {
        self.models.remove(&number);
    }

    /// Writes a code a row of `x`; false where there is no such model.
    pub fn codes(&self, number: u32, x: &[f64], out: &mut [i32]) -> bool {
        let Some(held) = self.models.get(&number) else {
            return false;
        };
        held.model.inner().predict_into(x, &held.codes, out);
        true
    }

    /// Writes a model's probabilities for each row of `x`; false where there is no such model, or it has none.
    pub fn shares(&self, number: u32, x: &[f64], out: &mut [f64]) -> bool {
        let model = self.models.get(&number).map(|held| held.model.inner());
        model.is_some_and(|model| model.predict_proba_into(x, out).is_ok())
    }
}
