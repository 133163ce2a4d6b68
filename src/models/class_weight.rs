//! scikit-learn's `class_weight`: what a row of each class weighs.

use std::collections::BTreeMap;

use super::params::{ParamReader, ParamValue};
use crate::data::TrainingSet;
use crate::error::{Error, Result};

/// How much rows of a class weigh.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum ClassWeight {
    /// All alike.
    #[default]
    Even,
    /// Each class as much as any other, whatever its number of rows: `n_samples / (n_classes * count)` a row.
    Balanced,
    /// What is said of a class, by its name or its label; 1 where nothing is.
    Named(Vec<(String, f64)>),
    /// The same by labels, ascending; once a fit knows its classes ([`ClassWeight::by_code`]) by their codes.
    Each(Vec<(i32, f64)>),
}

impl ClassWeight {
    /// Reads the setting: null, `'balanced'`, or `{ "0": 1, "1": 60 }` by the classes' numbers or names. Weights are from
    /// `least` on.
    ///
    /// # Errors
    /// `InvalidParam` for anything else.
    pub(super) fn read(reader: &mut ParamReader<'_>, least: Least) -> Result<Self> {
        let Some(given) = reader.get("class_weight") else {
            return Ok(Self::Even);
        };
        let refused = |allowed: String| Error::invalid("class_weight", given, allowed);
        match given {
            ParamValue::Null => Ok(Self::Even),
            ParamValue::Text(word) if word == "balanced" => Ok(Self::Balanced),
            ParamValue::Weights(each) => {
                for (name, &weight) in each {
                    if !(weight.is_finite() && least.takes(weight)) {
                        let class = format!("class_weight of class {name}");
                        return Err(Error::invalid(&class, weight, least.words()));
                    }
                }
                let each = each.iter().map(|(name, &weight)| (name.clone(), weight));
                Ok(Self::Named(each.collect()))
            }
            _ => Err(refused(
                "null, 'balanced', or a weight for each class by its number, as { \"0\": 1, \"1\": 60 }".to_owned(),
            )),
        }
    }

    /// The same for rows of the classes `labels`, ascending, which may have names: `names[label]`. Where they have, a
    /// number that is a name is that name.
    ///
    /// # Errors
    /// `InvalidParam` for a class that there is not, or that is there twice. (scikit-learn passes over one that there is
    /// not where every class that there is has a weight.)
    pub(super) fn of_classes(&self, labels: &[i32], names: Option<&[String]>) -> Result<Self> {
        let Self::Named(named) = self else {
            return Ok(self.clone());
        };
        let by_name: BTreeMap<_, _> = names.unwrap_or_default().iter().zip(0_i32..).collect();
        let refused = |name: &str, weight: f64, allowed: String| {
            Error::invalid(&format!("class_weight of class {name}"), weight, allowed)
        };
        let mut weights = Vec::with_capacity(named.len());
        for (name, weight) in named {
            let label = by_name.get(name).copied().or(name.trim().parse().ok());
            let known = label.filter(|label| labels.binary_search(label).is_ok());
            let label = known.ok_or_else(|| {
                let known = listed(labels, names);
                refused(
                    name,
                    *weight,
                    format!("left out: y has the classes {known}"),
                )
            })?;
            weights.push((label, *weight));
        }
        weights.sort_unstable_by_key(|&(label, _)| label);
        if let Some(pair) = weights.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let (label, weight) = pair[1];
            let name = label.to_string();
            return Err(refused(
                &name,
                weight,
                "left out: that class is there twice".to_owned(),
            ));
        }
        Ok(Self::Each(weights))
    }

    /// The same by the codes that stand for `labels`, which ascend, in a fit.
    #[must_use]
    pub(super) fn by_code(&self, labels: &[i32]) -> Self {
        match self {
            Self::Each(weights) => {
                let code = |label: &i32| labels.binary_search(label).ok();
                let known = weights.iter();
                let known =
                    known.filter_map(|(label, weight)| Some((code(label)? as i32, *weight)));
                Self::Each(known.collect())
            }
            other => other.clone(),
        }
    }

    /// What a row of each class of a fit weighs.
    #[must_use]
    pub(super) fn of(&self, data: &TrainingSet<'_>) -> Vec<f64> {
        let mut weights = vec![1.0; data.n_classes];
        match self {
            Self::Even => {}
            Self::Balanced => {
                let mut counts = vec![0_u32; data.n_classes];
                for &row in data.rows {
                    counts[data.codes[row as usize] as usize] += 1;
                }
                let (n, k) = (data.n_samples() as f64, data.n_classes as f64);
                for (weight, count) in weights.iter_mut().zip(counts) {
                    *weight = n / (k * f64::from(count));
                }
            }
            // By codes, where nobody said what the classes' labels are.
            Self::Named(named) => {
                for (name, weight) in named {
                    let code = name.parse::<usize>().ok();
                    if let Some(one) = code.and_then(|code| weights.get_mut(code)) {
                        *one = *weight;
                    }
                }
            }
            Self::Each(each) => {
                for &(code, weight) in each {
                    if let Some(one) = weights.get_mut(code as usize) {
                        *one = weight;
                    }
                }
            }
        }
        weights
    }
}

/// The first classes, by their names where they have them.
fn listed(labels: &[i32], names: Option<&[String]>) -> String {
    let most = 20;
    let name = |&label: &i32| {
        let name = usize::try_from(label).ok().and_then(|at| names?.get(at));
        name.cloned().unwrap_or_else(|| label.to_string())
    };
    let known: Vec<_> = labels.iter().take(most).map(name).collect();
    let more = if labels.len() > most { ", …" } else { "" };
    format!("{}{more}", known.join(", "))
}

/// The least that a class may weigh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Least {
    /// More than nothing: a loss without a class's rows may have no minimum.
    Some,
    /// Nothing: its rows are left out.
    None,
}

impl Least {
    fn takes(self, weight: f64) -> bool {
        match self {
            Self::Some => weight > 0.0,
            Self::None => weight >= 0.0,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Some => "a number > 0 (to leave a class out, leave out its rows)",
            Self::None => "a number from 0",
        }
    }
}
