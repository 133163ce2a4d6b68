//! A forest's settings.

use serde::{Deserialize, Serialize};

use super::training::criterion::Criterion;
use crate::error::{Error, Result};
use crate::models::class_weight::{ClassWeight, Least};
use crate::models::params::{ParamReader, ParamValue, Params};

/// What all rows of a tree weigh at most, together: squares of it are whole numbers still.
pub(super) const MOST: u32 = 1 << 26;

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
    /// Samples that are drawn for a tree; `None`: as many as there are. A share is of what they weigh together.
    pub max_samples: Option<Amount>,
    /// What samples of a class weigh: how often they are drawn.
    pub class_weight: ClassWeight,
    /// Whether each tree draws its samples with replacement.
    pub bootstrap: bool,
    /// Whether the trees are asked about the samples that they did not draw.
    pub oob_score: bool,
    /// Seed of everything random.
    pub random_state: u32,
}

impl RandomForestParams {
    /// Reads settings under scikit-learn's names. JavaScript has no whole numbers of their own: 1 is
    /// the count, shares are below 1, and all of something as a share is the text `'1.0'`.
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
            max_samples: max_samples(&mut reader)?,
            class_weight: class_weight(&mut reader)?,
            bootstrap: reader.boolean("bootstrap", true)?,
            oob_score: reader.boolean("oob_score", false)?,
            random_state: reader.integer("random_state", 0, 0)?,
        };
        for name in ["max_leaf_nodes", "monotonic_cst"] {
            reader.only(name, &ParamValue::Null)?;
        }
        for name in ["ccp_alpha", "min_weight_fraction_leaf"] {
            reader.only(name, &ParamValue::Number(0.0))?;
        }
        reader.only("warm_start", &ParamValue::Bool(false))?;
        reader.ignore(&["n_jobs", "verbose"]);
        reader.finish()?;
        read.refuse_without_bootstrap()?;
        Ok(read)
    }

    /// scikit-learn's rules of what takes a draw.
    fn refuse_without_bootstrap(&self) -> Result<()> {
        if self.bootstrap {
            return Ok(());
        }
        if self.oob_score {
            let allowed =
                "false with bootstrap false: without a draw no row is out of a tree's bag";
            return Err(Error::invalid("oob_score", true, allowed));
        }
        if self.max_samples.is_some() {
            let allowed = "null with bootstrap false: nothing is drawn";
            return Err(Error::invalid("max_samples", "a number", allowed));
        }
        if self.class_weight == ClassWeight::Balanced {
            let allowed = "null or whole numbers with bootstrap false: scikit-learn's splits then depend on the order \
                           in which it adds up weights, which is not kept here (with bootstrap true, rows are drawn by them)";
            return Err(Error::invalid("class_weight", "'balanced'", allowed));
        }
        Ok(())
    }
}

fn whole(value: f64, min: u32) -> Option<u32> {
    (value.fract() == 0.0 && value >= f64::from(min) && value <= f64::from(u32::MAX))
        .then_some(value as u32)
}

/// A share that is written with its point, as text: '1.0' is all, where the number 1.0 is the count 1 in JavaScript.
fn share(given: &ParamValue) -> Option<f64> {
    let share = match given {
        &ParamValue::Number(value) if value < 1.0 => Some(value),
        ParamValue::Text(text) if text.contains('.') => text.parse().ok(),
        _ => None,
    };
    share.filter(|&share| share > 0.0 && share <= 1.0)
}

/// A number of samples or a share of them; all of them as a share is for some settings only.
pub(in crate::models) fn amount(
    reader: &mut ParamReader<'_>,
    name: &'static str,
    min: u32,
) -> Result<Amount> {
    let Some(given) = reader.get(name) else {
        return Ok(Amount::Count(min));
    };
    // As in scikit-learn: leaves of all samples would be no split.
    let takes_all = name != "min_samples_leaf";
    let all = if takes_all {
        " (all of them: '1.0', as text)"
    } else {
        ""
    };
    let count = match given {
        &ParamValue::Number(value) => whole(value, min),
        _ => None,
    };
    let share = share(given).filter(|&share| takes_all || share < 1.0);
    let allowed = format!("a whole number from {min}, or a share between 0 and 1{all}");
    let amount = count.map(Amount::Count).or(share.map(Amount::Share));
    amount.ok_or_else(|| Error::invalid(name, given, allowed))
}

pub(in crate::models) fn max_features(reader: &mut ParamReader<'_>) -> Result<MaxFeatures> {
    let Some(given) = reader.get("max_features") else {
        return Ok(MaxFeatures::Sqrt);
    };
    let read = match given {
        ParamValue::Null => Some(MaxFeatures::All),
        ParamValue::Text(word) if word == "sqrt" => Some(MaxFeatures::Sqrt),
        ParamValue::Text(word) if word == "log2" => Some(MaxFeatures::Log2),
        _ => share(given).map(MaxFeatures::Share),
    };
    let count = match given {
        &ParamValue::Number(value) => whole(value, 1).map(MaxFeatures::Count),
        _ => None,
    };
    let allowed = "'sqrt', 'log2', null (all), a whole number from 1, or a share between 0 and 1 \
                   (1 and 1.0 are one number here, which counts: all are null, or '1.0' as text)";
    read.or(count)
        .ok_or_else(|| Error::invalid("max_features", given, allowed))
}

/// How many rows are drawn for a tree.
fn max_samples(reader: &mut ParamReader<'_>) -> Result<Option<Amount>> {
    match reader.get("max_samples") {
        None | Some(ParamValue::Null) => Ok(None),
        Some(given) => match amount(reader, "max_samples", 1)? {
            Amount::Count(count) if count > MOST => {
                let allowed = format!("null, a whole number from 1 to {MOST}, or a share");
                Err(Error::invalid("max_samples", given, allowed))
            }
            amount => Ok(Some(amount)),
        },
    }
}

/// 'balanced' of a tree's own rows would make weights of all sizes: scikit-learn's splits then depend on the order in
/// which its sort leaves equal values.
fn class_weight(reader: &mut ParamReader<'_>) -> Result<ClassWeight> {
    match reader.get("class_weight") {
        Some(given @ ParamValue::Text(word)) if word == "balanced_subsample" => {
            Err(Error::invalid(
                "class_weight",
                given,
                "'balanced', which draws each class's rows as often, a weight for each class, or null: weights by each \
             tree's own rows make splits depend on the order in which scikit-learn adds them up, which is not kept here",
            ))
        }
        _ => ClassWeight::read(reader, Least::None),
    }
}
