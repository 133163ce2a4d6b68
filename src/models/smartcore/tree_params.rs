//! Settings of smartcore's trees and forests.

use serde::{Deserialize, Serialize};

use super::settings::only;
use crate::error::Result;
use crate::models::forest::params::{Amount, MaxFeatures, amount, max_features};
use crate::models::params::{ParamReader, ParamValue, Params};

/// Checked settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TreeParams {
    /// Of a forest.
    pub(super) n_estimators: u32,
    /// Entropy rather than Gini impurity.
    pub(super) entropy: bool,
    pub(super) max_depth: Option<u32>,
    pub(super) min_samples_split: Amount,
    pub(super) min_samples_leaf: Amount,
    /// Of a forest.
    pub(super) max_features: MaxFeatures,
    pub(super) random_state: u32,
}

impl TreeParams {
    /// Reads the settings of a `DecisionTreeClassifier` or a `RandomForestClassifier`.
    pub(super) fn read(params: &Params, is_forest: bool) -> Result<Self> {
        let name = if is_forest {
            "RandomForestClassifier"
        } else {
            "DecisionTreeClassifier"
        };
        let mut read = ParamReader::new(name, params);
        let criteria = [("gini", false), ("entropy", true), ("log_loss", true)];
        let settings = Self {
            n_estimators: if is_forest {
                read.integer("n_estimators", 100, 1)?
            } else {
                1
            },
            entropy: read.choice("criterion", false, &criteria)?,
            max_depth: read.optional_integer("max_depth", 1)?,
            min_samples_split: amount(&mut read, "min_samples_split", 2)?,
            min_samples_leaf: amount(&mut read, "min_samples_leaf", 1)?,
            max_features: if is_forest {
                max_features(&mut read)?
            } else {
                MaxFeatures::All
            },
            random_state: read.integer("random_state", 0, 0)?,
        };
        if is_forest {
            only(&mut read, "bootstrap", &ParamValue::Bool(true))?;
        } else {
            read.choice("splitter", (), &[("best", ())])?;
            only(&mut read, "max_features", &ParamValue::Null)?;
        }
        if is_forest {
            only(&mut read, "max_samples", &ParamValue::Null)?;
            only(&mut read, "oob_score", &ParamValue::Bool(false))?;
            only(&mut read, "warm_start", &ParamValue::Bool(false))?;
            read.ignore(&["n_jobs", "verbose"]);
        }
        for name in ["ccp_alpha", "min_weight_fraction_leaf"] {
            only(&mut read, name, &ParamValue::Number(0.0))?;
        }
        only(&mut read, "monotonic_cst", &ParamValue::Null)?;
        only(&mut read, "min_impurity_decrease", &ParamValue::Number(0.0))?;
        only(&mut read, "max_leaf_nodes", &ParamValue::Null)?;
        only(&mut read, "class_weight", &ParamValue::Null)?;
        read.finish()?;
        Ok(settings)
    }
}
