//! What the columns of a matrix are: numbers or categories, and what they and the classes are called.
//!
//! A category column holds codes, a whole number a category: its place in `categories`, which scikit-learn would have in
//! ascending order. Their number is the code of any other category, NaN a gap; a number column may have gaps, too.

use std::collections::BTreeSet;
use std::sync::Arc;

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::Dataset;
use super::dataset::check_finite;
use crate::error::{Error, Result, shortened};

/// Categories of all columns and classes together at most, and bytes of all names: more is no table but a text.
const MOST_NAMES: usize = 1 << 20;
const MOST_BYTES: usize = 64 << 20;
/// Letters of a name that a message repeats at most.
const SHOWN: usize = 60;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Numbers as they are.
    Number,
    /// Codes of categories.
    Category,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// What it is called.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// The categories in the order of their codes; `None` of numbers.
    pub categories: Option<Vec<String>>,
}

impl Column {
    /// A column of numbers.
    #[must_use]
    pub fn number(name: String) -> Self {
        Self {
            name,
            kind: Kind::Number,
            categories: None,
        }
    }

    /// A column of categories, in the order of their codes.
    #[must_use]
    pub fn category(name: String, categories: Vec<String>) -> Self {
        Self {
            name,
            kind: Kind::Category,
            categories: Some(categories),
        }
    }

    /// The categories; none of numbers.
    #[must_use]
    pub fn categories(&self) -> &[String] {
        self.categories.as_deref().unwrap_or_default()
    }

    /// The name as a message has it.
    pub(crate) fn shown(&self) -> String {
        format!("column '{}'", shortened(&self.name, SHOWN))
    }

    /// Whether it may hold such a number.
    fn takes(&self, value: f64) -> bool {
        value.is_nan()
            || match self.kind {
                Kind::Number => value.is_finite(),
                Kind::Category => {
                    value.fract() == 0.0 && (0.0..=self.categories().len() as f64).contains(&value)
                }
            }
    }
}

/// The columns of a matrix, and the names of the classes that its rows are of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// In order.
    pub columns: Vec<Column>,
    /// `class_names[label]`, where they have names.
    pub class_names: Option<Vec<String>>,
}

/// As the labels of a table are told apart.
fn are_distinct(names: &[String]) -> bool {
    names.iter().collect::<BTreeSet<_>>().len() == names.len()
}

impl Schema {
    /// Refuses what does not describe `n_columns` columns, or is out of all proportion: for whatever comes from outside.
    ///
    /// # Errors
    /// `InvalidParam` naming `columns` or `class_names`.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub fn check(&self, n_columns: usize) -> Result<()> {
        if self.columns.len() != n_columns {
            let got = format!("a list of {}", self.columns.len());
            let allowed = format!("one entry a column of the matrix, {n_columns}");
            return Err(Error::invalid("columns", got, allowed));
        }
        let (mut n_names, mut n_bytes) = (0, 0);
        let mut count = |setting: &str, names: &[String]| {
            n_names += names.len();
            n_bytes += names.iter().map(String::len).sum::<usize>();
            if n_names <= MOST_NAMES && n_bytes <= MOST_BYTES {
                return Ok(());
            }
            let allowed = format!(
                "categories and classes of at most {MOST_NAMES} names and {MOST_BYTES} bytes in all: leave out columns of \
                 free text"
            );
            Err(Error::invalid(setting, "a list of more", allowed))
        };
        for column in &self.columns {
            count("columns", std::slice::from_ref(&column.name))?;
            count("columns", column.categories())?;
            if (column.kind == Kind::Category) != column.categories.is_some() {
                let allowed = "a list where its kind is 'category', else null";
                let got = format!("the categories of {}", column.shown());
                return Err(Error::invalid("columns", got, allowed));
            }
            if !are_distinct(column.categories()) {
                let got = format!("the categories of {}, some of them twice,", column.shown());
                return Err(Error::invalid("columns", got, "there once each"));
            }
        }
        let classes = self.class_names.as_deref().unwrap_or_default();
        count("class_names", classes)?;
        if are_distinct(classes) {
            return Ok(());
        }
        let allowed = "there once each: they tell the classes apart";
        Err(Error::invalid(
            "class_names",
            "a list with a name twice",
            allowed,
        ))
    }

    /// Whether all columns are numbers.
    #[must_use]
    pub fn is_numeric(&self) -> bool {
        self.columns
            .iter()
            .all(|column| column.kind == Kind::Number)
    }

    /// The names of the columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }
}

/// Rows, and what their columns are, where that is known.
#[derive(Debug, Clone)]
pub struct Described {
    /// `(n_samples, n_features)`, row-major; finite where there is no schema.
    pub x: Arc<Array2<f64>>,
    /// A column each.
    pub schema: Option<Arc<Schema>>,
    /// Whether some cell may be NaN.
    has_gaps: bool,
}

impl Described {
    /// Rows that a schema describes.
    ///
    /// # Errors
    /// `InvalidParam` where the schema is not of these columns, or a cell is neither a gap nor what its column holds.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub fn new(x: Arc<Array2<f64>>, schema: Arc<Schema>) -> Result<Self> {
        schema.check(x.ncols())?;
        let has_gaps = has_gaps(x.view(), &schema)?;
        Ok(Self {
            x,
            schema: Some(schema),
            has_gaps,
        })
    }

    /// Names of the classes of labels that go with it, where there are any: `names[label]`.
    #[must_use]
    pub fn class_names(&self) -> Option<&[String]> {
        self.schema.as_ref()?.class_names.as_deref()
    }

    /// Rows made of these, such as some of them: what their columns are stays.
    #[must_use]
    pub fn with_rows(&self, x: Array2<f64>) -> Self {
        Self {
            x: Arc::new(x),
            schema: self.schema.clone(),
            has_gaps: self.has_gaps,
        }
    }

    /// Refuses what no classifier reads by itself: gaps, and codes of categories.
    ///
    /// # Errors
    /// `InvalidParam` of `preprocess`, naming the column.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub fn refuse_unprepared(&self) -> Result<()> {
        let Some(schema) = &self.schema else {
            return Ok(());
        };
        let refused = |why: String| Err(Error::invalid("preprocess", "nothing", why));
        if let Some(column) = schema
            .columns
            .iter()
            .find(|column| column.kind == Kind::Category)
        {
            return refused(format!(
                "given, {{}} at least: {} holds categories, which no classifier reads as numbers",
                column.shown()
            ));
        }
        match self.first_gap(|_| true) {
            None => Ok(()),
            Some((row, column)) => refused(format!(
                "given, {{}} at least: {column} has a gap in row {row}"
            )),
        }
    }

    /// The first gap in the columns that are asked about: its row, and its column as a message has it.
    pub(crate) fn first_gap(&self, asked: impl Fn(&Column) -> bool) -> Option<(usize, String)> {
        let schema = self.schema.as_ref().filter(|_| self.has_gaps)?;
        let gaps = self.x.indexed_iter().filter(|(_, value)| value.is_nan());
        let mut gaps = gaps.map(|((row, col), _)| (row, &schema.columns[col]));
        let (row, column) = gaps.find(|(_, column)| asked(column))?;
        Some((row, column.shown()))
    }

    /// Whether some cell may be NaN.
    #[must_use]
    pub fn has_gaps(&self) -> bool {
        self.has_gaps
    }
}

impl From<Arc<Array2<f64>>> for Described {
    fn from(x: Arc<Array2<f64>>) -> Self {
        Self {
            x,
            schema: None,
            has_gaps: false,
        }
    }
}

impl Dataset {
    /// The rows and their labels; the names become the rows' schema.
    #[must_use]
    pub fn described(self) -> (Described, Vec<i32>) {
        let schema = Schema {
            columns: self.feature_names.into_iter().map(Column::number).collect(),
            class_names: Some(self.class_names),
        };
        let rows = Described {
            x: Arc::new(self.x),
            schema: Some(Arc::new(schema)),
            has_gaps: false,
        };
        (rows, self.y)
    }
}

/// Looks at every cell.
fn has_gaps(x: ArrayView2<'_, f64>, schema: &Schema) -> Result<bool> {
    if schema.is_numeric() && check_finite("X", x).is_ok() {
        return Ok(false);
    }
    let mut has_gaps = false;
    for ((row, col), &value) in x.indexed_iter() {
        let column = &schema.columns[col];
        if !column.takes(value) {
            let got = format!("{value} in row {row} of {}", column.shown());
            let what = match column.kind {
                Kind::Number => "finite, or NaN for a gap".to_owned(),
                Kind::Category => format!(
                    "a code below {0}, {0} for any other category, or NaN for a gap",
                    column.categories().len()
                ),
            };
            return Err(Error::invalid("columns", got, what));
        }
        has_gaps |= value.is_nan();
    }
    Ok(has_gaps)
}
