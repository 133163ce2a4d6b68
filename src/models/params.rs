//! Settings by name, as they come from JavaScript, read into each model's typed parameters.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// One setting's value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "a setting must be a number, a word, true, false, null, a list of numbers or numbers by name"
)]
pub enum ParamValue {
    /// `null` / `None`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Any number.
    Number(f64),
    /// A word.
    Text(String),
    /// Several numbers.
    List(Vec<f64>),
    /// Numbers by name: a weight for each class.
    Weights(BTreeMap<String, f64>),
}

impl std::fmt::Display for ParamValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Text(value) => write!(f, "'{value}'"),
            Self::List(value) => write!(f, "{value:?}"),
            Self::Weights(value) => {
                let each: Vec<_> = value
                    .iter()
                    .map(|(name, number)| format!("{name}: {number}"))
                    .collect();
                write!(f, "{{{}}}", each.join(", "))
            }
        }
    }
}

/// Settings by scikit-learn's names; those left out have scikit-learn's defaults.
pub type Params = BTreeMap<String, ParamValue>;

/// Reads settings one by one, so that the unknown ones are left over and can be refused by name.
#[derive(Debug)]
pub struct ParamReader<'a> {
    estimator: &'static str,
    params: &'a Params,
    known: Vec<&'static str>,
}

impl<'a> ParamReader<'a> {
    /// Starts reading the settings of `estimator`.
    #[must_use]
    pub fn new(estimator: &'static str, params: &'a Params) -> Self {
        Self {
            estimator,
            params,
            known: Vec::new(),
        }
    }

    /// The raw value, `None` where it is left out.
    pub fn get(&mut self, name: &'static str) -> Option<&'a ParamValue> {
        if !self.known.contains(&name) {
            self.known.push(name);
        }
        self.params.get(name)
    }

    /// A number for which `ok` holds; `allowed` completes "it must be …".
    ///
    /// # Errors
    /// `InvalidParam` for anything else.
    pub fn number(
        &mut self,
        name: &'static str,
        default: f64,
        ok: impl Fn(f64) -> bool,
        allowed: &str,
    ) -> Result<f64> {
        match self.get(name) {
            None => Ok(default),
            Some(&ParamValue::Number(value)) if value.is_finite() && ok(value) => Ok(value),
            Some(other) => Err(Error::invalid(name, other, allowed)),
        }
    }

    /// A whole number, at least `min`.
    ///
    /// # Errors
    /// `InvalidParam` for anything else.
    pub fn integer(&mut self, name: &'static str, default: u32, min: u32) -> Result<u32> {
        let allowed = format!("a whole number from {min} to {}", u32::MAX);
        self.number(
            name,
            f64::from(default),
            |v| v.fract() == 0.0 && v >= f64::from(min) && v <= f64::from(u32::MAX),
            &allowed,
        )
        .map(|v| v as u32)
    }

    /// A whole number of at least `min`, or null for none.
    ///
    /// # Errors
    /// `InvalidParam` for anything else.
    pub fn optional_integer(&mut self, name: &'static str, min: u32) -> Result<Option<u32>> {
        match self.params.get(name) {
            None | Some(ParamValue::Null) => {
                self.known.push(name);
                Ok(None)
            }
            Some(_) => self.integer(name, min, min).map(Some),
        }
    }

    /// True or false.
    ///
    /// # Errors
    /// `InvalidParam` for anything else.
    pub fn boolean(&mut self, name: &'static str, default: bool) -> Result<bool> {
        match self.get(name) {
            None => Ok(default),
            Some(&ParamValue::Bool(value)) => Ok(value),
            Some(other) => Err(Error::invalid(name, other, "true or false")),
        }
    }

    /// One of several words, each with what it stands for; null goes by the word "null".
    ///
    /// # Errors
    /// `InvalidParam` that lists the words.
    pub fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        default: T,
        words: &[(&str, T)],
    ) -> Result<T> {
        let given = match self.get(name) {
            None => return Ok(default),
            Some(value) => value,
        };
        let word = match given {
            ParamValue::Text(word) => word.as_str(),
            ParamValue::Null => "null",
            _ => "",
        };
        words
            .iter()
            .find(|(w, _)| *w == word)
            .map(|&(_, value)| value)
            .ok_or_else(|| {
                let quoted = |word: &str| match word {
                    "null" => word.to_owned(),
                    _ => format!("'{word}'"),
                };
                let list: Vec<_> = words.iter().map(|(word, _)| quoted(word)).collect();
                Error::invalid(name, given, format!("one of {}", list.join(", ")))
            })
    }

    /// A setting of scikit-learn's that has one value here: its default, so that settings may be
    /// copied from there.
    ///
    /// # Errors
    /// `InvalidParam` for any other value.
    pub fn only(&mut self, name: &'static str, value: &ParamValue) -> Result<()> {
        match self.get(name) {
            Some(other) if other != value => Err(Error::invalid(name, other, value)),
            _ => Ok(()),
        }
    }

    /// Settings of scikit-learn's that change nothing about what is found: how much it prints, and
    /// how many processes it starts.
    pub fn ignore(&mut self, names: &[&'static str]) {
        self.known.extend(names);
    }

    /// Refuses settings that nothing asked for.
    ///
    /// # Errors
    /// `InvalidParam` that lists the known names.
    pub fn finish(self) -> Result<()> {
        match self
            .params
            .iter()
            .find(|(name, _)| !self.known.contains(&name.as_str()))
        {
            None => Ok(()),
            Some((name, value)) => Err(Error::invalid(
                name,
                value,
                format!(
                    "left out: {} has {}",
                    self.estimator,
                    if self.known.is_empty() {
                        "no settings".to_owned()
                    } else {
                        self.known.join(", ")
                    }
                ),
            )),
        }
    }
}
