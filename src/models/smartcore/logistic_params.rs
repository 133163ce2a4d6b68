//! Settings of smartcore's logistic regression.

use serde::{Deserialize, Serialize};

use super::settings::only;
use crate::error::Result;
use crate::models::params::{ParamReader, ParamValue, Params};

/// Checked settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogisticParams {
    pub(super) c: f64,
    /// Whether there is a penalty, l2.
    pub(super) penalised: bool,
}

impl LogisticParams {
    pub(super) fn read(params: &Params) -> Result<Self> {
        let mut read = ParamReader::new("LogisticRegression", params);
        let c = read.number("C", 1.0, |c| c > 0.0, "a number > 0")?;
        let penalties = [("l2", true), ("null", false)];
        let penalised = read.choice("penalty", true, &penalties)?;
        read.choice("solver", (), &[("lbfgs", ()), ("auto", ())])?;
        only(&mut read, "fit_intercept", &ParamValue::Bool(true))?;
        only(&mut read, "class_weight", &ParamValue::Null)?;
        // Read by elasticnet alone.
        read.get("l1_ratio");
        read.finish()?;
        Ok(Self { c, penalised })
    }
}
