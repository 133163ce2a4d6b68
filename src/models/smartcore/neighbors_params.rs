//! Settings of smartcore's nearest neighbours.

use serde::{Deserialize, Serialize};

use super::settings::only;
use crate::error::Result;
use crate::models::params::{ParamReader, ParamValue, Params};

/// Checked settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NeighborsParams {
    pub(super) n_neighbors: u32,
    /// Whether near neighbours weigh more.
    pub(super) by_distance: bool,
    /// Whether all rows are looked at, rather than those that a cover tree leaves over.
    pub(super) brute: bool,
    pub(super) metric: Minkowski,
}

impl NeighborsParams {
    pub(super) fn read(params: &Params) -> Result<Self> {
        let mut read = ParamReader::new("KNeighborsClassifier", params);
        let n_neighbors = read.integer("n_neighbors", 5, 1)?;
        let weights = [("uniform", false), ("distance", true)];
        let by_distance = read.choice("weights", false, &weights)?;
        let algorithms = [("auto", false), ("brute", true)];
        let brute = read.choice("algorithm", false, &algorithms)?;
        let most = f64::from(u16::MAX);
        let whole = |p: f64| p.fract() == 0.0 && (1.0..=most).contains(&p);
        let p = read.number("p", 2.0, whole, "a whole number from 1 to 65535")? as u16;
        let metrics = [("minkowski", p), ("euclidean", 2), ("manhattan", 1)];
        let p = read.choice("metric", p, &metrics)?;
        only(&mut read, "metric_params", &ParamValue::Null)?;
        // How large scikit-learn's trees' leaves are changes no neighbour.
        read.ignore(&["leaf_size", "n_jobs"]);
        read.finish()?;
        Ok(Self {
            n_neighbors,
            by_distance,
            brute,
            metric: Minkowski { p },
        })
    }
}

/// `(Σ |a − b|^p)^(1/p)`. smartcore's own three are of three types, and call a function a number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Minkowski {
    pub(super) p: u16,
}

impl Minkowski {
    /// Whether no distance between rows of such numbers overflows: smartcore's cover tree would
    /// look for its scale without end.
    pub(super) fn holds(self, x: &[f64]) -> bool {
        let largest = x.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
        let power = (2.0 * largest).powi(i32::from(self.p.max(2)));
        (power * x.len() as f64).is_finite()
    }
}
