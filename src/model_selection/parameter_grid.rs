//! scikit-learn's `ParameterGrid`, and the ranking of its candidates.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::models::params::{ParamValue, Params};

/// Values to try, by setting.
pub type Grid = BTreeMap<String, Vec<ParamValue>>;

/// Every combination of the values of each grid: settings in order of their names, the last one
/// fastest; grids one after the other. A grid without settings has one candidate, the defaults.
///
/// # Errors
/// `InvalidParam` where a setting has no value or there is no grid.
pub fn candidates(grids: &[Grid]) -> Result<Vec<Params>> {
    if grids.is_empty() {
        return Err(Error::invalid(
            "param_grid",
            "[]",
            "a grid or a list of at least one grid",
        ));
    }
    let mut candidates = Vec::new();
    for grid in grids {
        let mut here = vec![Params::new()];
        for (name, values) in grid {
            if values.is_empty() {
                return Err(Error::invalid(
                    &format!("param_grid.{name}"),
                    "[]",
                    "a list of at least one value",
                ));
            }
            here = here
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
        candidates.append(&mut here);
    }
    Ok(candidates)
}

/// 1 for the best score; equal scores share the smallest rank; NaN ranks last.
#[must_use]
pub fn rank_test_score(scores: &[f64]) -> Vec<u32> {
    let better = |a: f64, b: f64| if b.is_nan() { !a.is_nan() } else { a > b };
    scores
        .iter()
        .map(|&score| 1 + scores.iter().filter(|&&other| better(other, score)).count() as u32)
        .collect()
}

/// The first of the best scores; `None` where all are NaN.
#[must_use]
pub fn best_index(scores: &[f64]) -> Option<usize> {
    let ranks = rank_test_score(scores);
    let best = ranks.iter().position(|&rank| rank == 1)?;
    Some(best).filter(|&best| !scores[best].is_nan())
}
