//! A forest's settings.

use serde::{Deserialize, Serialize};

use super::training::criterion::Criterion;
use crate::error::{Error, Result};
use crate::models::params::{ParamReader, ParamValue, Params};

/// A number of samples, or a share of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Amount {
    /// That many.
    Count(u32),
    /// That share of all, rounded up.
    Share(f64),
}

impl Amount {
    /// The number of samples out of `n`, at least `min`.
    #[must_use]
    pub fn of(self, n: usize, min: usize) -> usize {
        match self {
            Self::Count(count) => count as usize,
            Self::Share(share) => ((share * n as f64).ceil() as usize).max(min),
        }
    }
}

/// How many features a node looks at.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum MaxFeatures {
    /// The square root of their number.
    Sqrt,
    /// The binary logarithm of their number.
    Log2,
    /// All.
    All,
    /// That many.
    Count(u32),
    /// That share of them.
    Share(f64),
}

impl MaxFeatures {
    /// The number of features out of `n`.
    #[must_use]
    pub fn of(self, n: usize) -> usize {
        let some = match self {
            Self::Sqrt => (n as f64).sqrt() as usize,
            Self::Log2 => (n as f64).log2() as usize,
            Self::All => n,
            Self::Count(count) => count as usize,
            Self::Share(share) => (share * n as f64) as usize,
        };
        some.max(1)
    }
}

/// Settings of a random forest.
#[derive(Debug, Clone, PartialEq)]
pub struct RandomForestParams {
    /// Number of trees.
    pub n_estimators: u32,
    /// What splits are judged by.
    pub criterion: Criterion,
    /// No node is deeper than this.
    pub max_depth: Option<u32>,
    /// A node with fewer samples is a leaf.
    pub min_samples_split: Amount,
    /// Samples that each child needs.
    pub min_samples_leaf: Amount,
    /// Features that a node looks at.
    pub max_features: MaxFeatures,
    /// A split that gains less is not made.
    pub min_impurity_decrease: f64,
    /// Whether each tree draws its samples with replacement.
    pub bootstrap: bool,
    /// Seed of everything random.
    pub random_state: u32,
}

impl RandomForestParams {
    /// Reads settings under scikit-learn's names. JavaScript has no whole numbers of their own: 1 is
    /// the count, shares are below 1.
    ///
    /// # Errors
    /// `InvalidParam` for what is unknown or out of range.
    pub fn read(params: &Params) -> Result<Self> {
        let mut reader = ParamReader::new("RandomForestClassifier", params);
        let criteria = [
            ("gini", Criterion::Gini),
            ("entropy", Criterion::Entropy),
            ("log_loss", Criterion::Entropy),
        ];
        let read = Self {
            n_estimators: reader.integer("n_estimators", 100, 1)?,
            criterion: reader.choice("criterion", Criterion::Gini, &criteria)?,
            max_depth: reader.optional_integer("max_depth", 1)?,
            min_samples_split: amount(&mut reader, "min_samples_split", 2)?,
            min_samples_leaf: amount(&mut reader, "min_samples_leaf", 1)?,
            max_features: max_features(&mut reader)?,
            min_impurity_decrease: reader.number(
                "min_impurity_decrease",
                0.0,
                |v| v >= 0.0,
                "a number from 0",
            )?,
            bootstrap: reader.boolean("bootstrap", true)?,
            random_state: reader.integer("random_state", 0, 0)?,
        };
        for name in [
            "max_leaf_nodes",
            "class_weight",
            "max_samples",
            "monotonic_cst",
        ] {
            reader.only(name, &ParamValue::Null)?;
        }
        for name in ["ccp_alpha", "min_weight_fraction_leaf"] {
            reader.only(name, &ParamValue::Number(0.0))?;
        }
        for name in ["oob_score", "warm_start"] {
            reader.only(name, &ParamValue::Bool(false))?;
        }
        reader.ignore(&["n_jobs", "verbose"]);
        reader.finish()?;
        Ok(read)
    }
}

fn whole(value: f64, min: u32) -> Option<u32> {
    (value.fract() == 0.0 && value >= f64::from(min) && value <= f64::from(u32::MAX))
        .then_some(value as u32)
}

pub(in crate::models) fn amount(
    reader: &mut ParamReader<'_>,
    name: &'static str,
    min: u32,
) -> Result<Amount> {
    let allowed = format!("a whole number from {min}, or a share between 0 and 1");
    let ok = |v: f64| whole(v, min).is_some() || (v > 0.0 && v < 1.0);
    let value = reader.number(name, f64::from(min), ok, &allowed)?;
    Ok(whole(value, min).map_or(Amount::Share(value), Amount::Count))
}

pub(in crate::models) fn max_features(reader: &mut ParamReader<'_>) -> Result<MaxFeatures> {
    let Some(given) = reader.get("max_features") else {
        return Ok(MaxFeatures::Sqrt);
    };
    let read = match given {
        ParamValue::Null => Some(MaxFeatures::All),
        ParamValue::Text(word) if word == "sqrt" => Some(MaxFeatures::Sqrt),
        ParamValue::Text(word) if word == "log2" => Some(MaxFeatures::Log2),
        &ParamValue::Number(value) if value > 0.0 && value < 1.0 => Some(MaxFeatures::Share(value)),
        &ParamValue::Number(value) => whole(value, 1).map(MaxFeatures::Count),
        _ => None,
    };
    let allowed = "'sqrt', 'log2', null, a whole number from 1, or a share between 0 and 1";
    read.ok_or_else(|| Error::invalid("max_features", given, allowed))
}
