//! scikit-learn's `class_weight`: what a row of each class weighs.

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
    /// What is said of a class by its label, ascending; 1 where nothing is. Once a fit knows its classes
    /// ([`ClassWeight::by_code`]) their codes stand in the labels' place.
    Each(Vec<(i32, f64)>),
}

impl ClassWeight {
    /// Reads the setting: null, `'balanced'`, or `{ "0": 1, "1": 60 }` by the classes' numbers. Weights are from
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
                let mut weights = Vec::with_capacity(each.len());
                for (name, &weight) in each {
                    let label = name.trim().parse::<i32>().map_err(|_| {
                        refused("one that names each class by its number in y, as { \"0\": 1, \"1\": 60 }".to_owned())
                    })?;
                    if !(weight.is_finite() && least.takes(weight)) {
                        return Err(Error::invalid(
                            &format!("class_weight of class {label}"),
                            weight,
                            least.words(),
                        ));
                    }
                    weights.push((label, weight));
                }
                weights.sort_unstable_by_key(|&(label, _)| label);
                let twice = weights.windows(2).find(|pair| pair[0].0 == pair[1].0);
                match twice {
                    Some(pair) => Err(refused(format!("one that names class {} once", pair[0].0))),
                    None => Ok(Self::Each(weights)),
                }
            }
            _ => Err(refused(
                "null, 'balanced', or a weight for each class by its number, as { \"0\": 1, \"1\": 60 }".to_owned(),
            )),
        }
    }

    /// Refuses a class that is not among `classes`, the labels of all rows.
    ///
    /// # Errors
    /// `InvalidParam` that names it. (scikit-learn passes over it where every class that there is has a weight.)
    pub(super) fn refuse_unknown(&self, classes: &[i32]) -> Result<()> {
        let Self::Each(weights) = self else {
            return Ok(());
        };
        let unknown = weights
            .iter()
            .find(|(label, _)| classes.binary_search(label).is_err());
        let Some((label, weight)) = unknown else {
            return Ok(());
        };
        let most = 20;
        let known: Vec<_> = classes.iter().take(most).map(ToString::to_string).collect();
        let more = if classes.len() > most { ", …" } else { "" };
        let allowed = format!("left out: y has the classes {}{more}", known.join(", "));
        Err(Error::invalid(
            &format!("class_weight of class {label}"),
            weight,
            allowed,
        ))
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
