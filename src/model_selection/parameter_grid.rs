//! Every combination of settings, and which of them did best.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::models::params::{ParamValue, Params};

/// Values to try for each setting.
pub type Grid = BTreeMap<String, Vec<ParamValue>>;

/// One grid or several, checked: every setting has a value.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterGrid {
    grids: Vec<Grid>,
}

impl ParameterGrid {
    /// Checks the grids.
    ///
    /// # Errors
    /// `InvalidParam` where a setting has no values to try, or where there is no grid.
    pub fn new(grids: Vec<Grid>) -> Result<Self> {
        if grids.is_empty() {
            let allowed = "one grid or several: {} tries the defaults";
            return Err(Error::invalid("param_grid", "[]", allowed));
        }
        for (name, values) in grids.iter().flatten() {
            if values.is_empty() {
                let allowed = "at least one value in a list (an empty grid tries nothing)";
                return Err(Error::invalid(name, "[]", allowed));
            }
        }
        Ok(Self { grids })
    }

    /// Number of candidates.
    #[must_use]
    pub fn n_candidates(&self) -> usize {
        self.grids
            .iter()
            .map(|grid| grid.values().map(Vec::len).product::<usize>())
            .sum()
    }

    /// Every combination, in scikit-learn's order: settings sorted by name, the last one changing
    /// fastest; one grid after the other. A grid without settings is one candidate without any.
    #[must_use]
    pub fn candidates(&self) -> Vec<Params> {
        let mut candidates = Vec::with_capacity(self.n_candidates());
        for grid in &self.grids {
            let mut partial = vec![Params::new()];
            for (name, values) in grid {
                partial = partial
                    .iter()
                    .flat_map(|params| {
                        values.iter().map(|value| {
                            let mut params = params.clone();
                            params.insert(name.clone(), value.clone());
                            params
                        })
                    })
                    .collect();
            }
            candidates.append(&mut partial);
        }
        candidates
    }
}

/// scikit-learn's `rank_test_score`: 1 for the highest mean, the same rank for equal ones, which
/// then take several ranks; NaN counts as worse than all others.
#[must_use]
pub fn rank_test_score(means: &[f64]) -> Vec<u32> {
    if means.iter().all(|m| m.is_nan()) {
        return vec![1; means.len()];
    }
    let lowest = means.iter().copied().fold(f64::INFINITY, f64::min);
    let filled: Vec<f64> = means
        .iter()
        .map(|&m| if m.is_nan() { lowest - 1.0 } else { m })
        .collect();
    filled
        .iter()
        .map(|m| 1 + filled.iter().filter(|other| *other > m).count() as u32)
        .collect()
}

/// The first candidate of the smallest rank; `None` of none.
#[must_use]
pub fn best_index(ranks: &[u32]) -> Option<usize> {
    let best = ranks.iter().min()?;
    ranks.iter().position(|rank| rank == best)
}
