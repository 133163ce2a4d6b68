//! smartcore's `KNeighborsClassifier`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::kernels::{Kernels, Source};
use super::neighbors_params::NeighborsParams;
use super::settings::refused;
use crate::data::TrainingSet;
use crate::error::{Error, Result};
use crate::models::classifier::{Attributes, Classifier};

/// The training rows, and smartcore's search tree of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "NeighborsFile", into = "NeighborsFile")]
pub struct Neighbors {
    file: Arc<NeighborsFile>,
    kernels: Kernels,
}

/// What of them is saved.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct NeighborsFile {
    params: NeighborsParams,
    n_features: u32,
    n_classes: u32,
    /// Row-major.
    x: Vec<f64>,
    /// The class of each row.
    codes: Vec<u32>,
}

impl Source for NeighborsFile {
    const VARIANT: u32 = 3;

    /// smartcore's search tree is not saved but built anew: it depends on nothing but the rows.
    #[cfg(feature = "smartcore")]
    fn kernels(&self) -> Result<Kernels> {
        super::direct::k_neighbors::kernels(
            &self.params,
            (&self.x, self.n_features as usize),
            &self.codes,
        )
    }
}

impl From<Neighbors> for NeighborsFile {
    fn from(model: Neighbors) -> Self {
        Arc::unwrap_or_clone(model.file)
    }
}

impl TryFrom<NeighborsFile> for Neighbors {
    type Error = Error;

    fn try_from(file: NeighborsFile) -> Result<Self> {
        let (d, k, n) = (
            file.n_features as usize,
            file.n_classes as usize,
            file.codes.len(),
        );
        if d == 0 || Some(file.x.len()) != n.checked_mul(d) {
            return Err(refused("neighbours need a class a row"));
        }
        let mut seen = vec![false; k.min(n)];
        for &code in &file.codes {
            match seen.get_mut(code as usize) {
                Some(seen) => *seen = true,
                None => return Err(refused("a row is of no class")),
            }
        }
        if k < 2 || k > n || seen.contains(&false) {
            return Err(refused("neighbours need rows of every class"));
        }
        let params = &file.params;
        let n_neighbors = params.n_neighbors as usize;
        if n_neighbors == 0 || n_neighbors > n {
            let allowed = format!("a whole number from 1 to {n}, the number of rows");
            return Err(Error::invalid("n_neighbors", n_neighbors, allowed));
        }
        if params.metric.p == 0
            || file.x.iter().any(|v| !v.is_finite())
            || !params.metric.holds(&file.x)
        {
            let allowed = "such that distances do not overflow: scale X, or take a smaller one";
            return Err(Error::invalid("p", params.metric.p, allowed));
        }
        Ok(Self {
            kernels: file.kernels()?,
            file: Arc::new(file),
        })
    }
}

impl Neighbors {
    /// Keeps the rows of a fit.
    pub(super) fn fit(params: &NeighborsParams, data: &TrainingSet<'_>) -> Result<Self> {
        NeighborsFile {
            params: params.clone(),
            n_features: data.n_features() as u32,
            n_classes: data.n_classes as u32,
            x: data.iter().flat_map(|(row, _)| row).copied().collect(),
            codes: data.iter().map(|(_, code)| code).collect(),
        }
        .try_into()
    }
}

impl Classifier for Neighbors {
    fn n_features(&self) -> usize {
        self.file.n_features as usize
    }

    fn n_classes(&self) -> usize {
        self.file.n_classes as usize
    }

    fn row_ns(&self) -> usize {
        16 * self.file.x.len()
    }

    fn predict_into(&self, x: &[f64], classes: &[i32], out: &mut [i32]) {
        let rows = (x, self.n_features());
        self.kernels.labels_into(&*self.file, rows, classes, out);
    }

    fn predict_proba_into(&self, x: &[f64], out: &mut [f64]) -> Result<()> {
        let rows = (x, self.n_features());
        self.kernels.shares_into(&*self.file, rows, out);
        Ok(())
    }

    fn decision_function_into(&self, _: &[f64], _: &mut [f64]) -> Result<()> {
        Err(Error::invalid(
            "decision_function",
            "KNeighborsClassifier",
            "asked of a linear model or SVC; probabilities are what this one has",
        ))
    }

    fn attributes(&self) -> Result<Attributes> {
        Ok(Attributes::Neighbors {
            n_samples_fit: self.file.codes.len(),
            effective_metric: match self.file.params.metric.p {
                1 => "manhattan",
                2 => "euclidean",
                _ => "minkowski",
            },
        })
    }
}
