//! Number columns and category columns side by side: scikit-learn 1.9.1's
//! `ColumnTransformer([('num', SimpleImputer → StandardScaler, …), ('cat', SimpleImputer → OneHotEncoder, …)])`.
//!
//! A fit costs a pass or some over each column of the training rows, and sorts it for a median; a row costs its columns.
//!
//! Over 400 lines: what is learnt, how it transforms, and the numbers that it is kept as have one layout of columns.

use std::sync::{Mutex, PoisonError};

use ndarray::Array2;

use super::one_hot::{Places, whole};
use super::settings::Preprocess;
use super::simple_imputer::{most_frequent, statistic};
use super::standard_scaler::Scaling;
use crate::data::allocate::zeros;
use crate::data::normals::rows_per_task;
use crate::data::schema::{Described, Schema};
use crate::data::scratch::Scratch;
use crate::error::{Error, Result};
use crate::parallel;
use crate::parallel::pause::{PIECE, pause};
use crate::parallel::steps::Progress;

/// A number column that has one in what is passed on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NumberColumn {
    /// Its place among the columns that come in.
    pub(super) from: u32,
    /// What fills its gaps.
    pub(super) fill: Option<f64>,
    pub(super) scaling: Scaling,
}

/// A category column that has columns in what is passed on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CategoryColumn {
    pub(super) from: u32,
    /// The code that fills its gaps.
    pub(super) fill: Option<u32>,
    pub(super) places: Places,
}

/// What was learnt of training rows.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnTransformer {
    pub(super) n_columns: u32,
    pub(super) one_hot: bool,
    pub(super) numbers: Vec<NumberColumn>,
    pub(super) categories: Vec<CategoryColumn>,
}

/// What was learnt of a column.
enum Learnt {
    Number(NumberColumn),
    Category(CategoryColumn),
}

impl ColumnTransformer {
    /// Learns from the rows of `x` with these numbers, on all threads; pauses between columns. A unit of its progress is a
    /// cell. Columns of nothing but gaps are left out where gaps are filled.
    ///
    /// # Errors
    /// `InvalidParam` of `preprocess`, naming the column: of what [`Preprocess::refuse`] refuses, where a column's numbers
    /// are too large to be added up or squared, and where no column is left; `OutOfMemory`.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub async fn fit(
        settings: &Preprocess,
        x: &Described,
        rows: &[u32],
        progress: &Progress,
    ) -> Result<Self> {
        settings.refuse(x)?;
        let n_columns = x.x.ncols();
        let columns: Vec<Mutex<Result<Option<Learnt>>>> =
            (0..n_columns).map(|_| Mutex::new(Ok(None))).collect();
        let learn = |col: usize| {
            let learnt = learn_column(settings, x, rows, col);
            *columns[col].lock().unwrap_or_else(PoisonError::into_inner) = learnt;
        };
        in_steps(n_columns, rows.len(), &learn, progress).await;
        Self::assembled(settings, columns)
    }

    /// Of what was learnt of each column.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    #[inline(never)]
    fn assembled(
        settings: &Preprocess,
        columns: Vec<Mutex<Result<Option<Learnt>>>>,
    ) -> Result<Self> {
        let mut fitted = Self {
            n_columns: columns.len() as u32,
            one_hot: settings.one_hot,
            numbers: Vec::new(),
            categories: Vec::new(),
        };
        for learnt in columns {
            match learnt
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner)?
            {
                Some(Learnt::Number(column)) => fitted.numbers.push(column),
                Some(Learnt::Category(column)) => fitted.categories.push(column),
                None => {}
            }
        }
        if fitted.width() == 0 {
            let allowed = "left out here: no column has anything but gaps in the rows to train on";
            return Err(Error::invalid("preprocess", "given", allowed));
        }
        Ok(fitted)
    }

    /// All rows of `x` prepared, on all threads; pauses on the way. A unit of its progress is a cell.
    ///
    /// # Errors
    /// `OutOfMemory`; `InvalidParam` where a number is too large to be scaled.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub async fn transform(&self, x: &Described, progress: &Progress) -> Result<Array2<f64>> {
        let (n_rows, n_columns) = x.x.dim();
        let width = self.width();
        let cells = x.x.as_slice().unwrap_or_default();
        self.refuse_too_large(x).await?;
        let mut prepared = zeros("the prepared rows", n_rows, width)?;
        let per_task = rows_per_task(n_columns + width);
        let chunks = prepared.chunks_mut(per_task * width).map(Mutex::new);
        let chunks: Vec<Mutex<&mut [f64]>> = chunks.collect();
        let transform = |chunk: usize| {
            let mut out = chunks[chunk].lock().unwrap_or_else(PoisonError::into_inner);
            let n = out.len() / width * n_columns;
            self.transform_into(&cells[chunk * per_task * n_columns..][..n], &mut out);
        };
        in_steps(chunks.len(), per_task * width, &transform, progress).await;
        drop(chunks);
        Array2::from_shape_vec((n_rows, width), prepared).map_err(|error| Error::ShapeMismatch {
            what: "the prepared rows",
            expected: format!("{n_rows} rows of {width}"),
            got: error.to_string(),
        })
    }

    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    #[inline(never)]
    async fn refuse_too_large(&self, x: &Described) -> Result<()> {
        let cells = x.x.as_slice().unwrap_or_default();
        let n_columns = self.n_columns();
        let n_rows = rows_per_task(n_columns);
        for (part, cells) in cells.chunks((n_rows * n_columns).max(1)).enumerate() {
            if let Some(cell) = self.unreadable(cells, f64::INFINITY) {
                let (row, col) = (part * n_rows + cell / n_columns, cell % n_columns);
                let place = format!("row {row} of {}", name_of(x.schema.as_deref(), col));
                return Err(too_large("scale", "true", "false", place));
            }
            pause().await;
        }
        Ok(())
    }

    /// Number of columns that come in.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        self.n_columns as usize
    }

    /// Number of columns that are passed on.
    #[must_use]
    pub fn width(&self) -> usize {
        let of_categories = |column: &CategoryColumn| self.width_of(column);
        self.numbers.len() + self.categories.iter().map(of_categories).sum::<usize>()
    }

    fn width_of(&self, column: &CategoryColumn) -> usize {
        if self.one_hot {
            column.places.n as usize
        } else {
            1
        }
    }

    /// Writes whole rows, row-major, as they are passed on.
    pub fn transform_into(&self, rows: &[f64], out: &mut [f64]) {
        let (n_columns, width) = (self.n_columns as usize, self.width());
        if self.one_hot {
            out.fill(0.0);
        }
        for (
            at,
            NumberColumn {
                from,
                fill,
                scaling,
            },
        ) in self.numbers.iter().enumerate()
        {
            let cells = rows.iter().skip(*from as usize).step_by(n_columns);
            let fill = fill.unwrap_or(f64::NAN);
            for (out, &value) in out.iter_mut().skip(at).step_by(width).zip(cells) {
                *out = scaling.apply(if value.is_nan() { fill } else { value });
            }
        }
        let mut at = self.numbers.len();
        for column in &self.categories {
            let fill = column.fill.map_or(f64::NAN, f64::from);
            let cells = rows.iter().skip(column.from as usize).step_by(n_columns);
            for (out, &cell) in out.chunks_exact_mut(width).zip(cells) {
                let place = column.places.of(if cell.is_nan() { fill } else { cell });
                if !self.one_hot {
                    out[at] = f64::from(place) - 1.0;
                } else if place > 0 {
                    out[at + place as usize - 1] = 1.0;
                }
            }
            at += self.width_of(column);
        }
    }

    /// The first cell, of whole rows, that is not passed on as a number below `most` in size: a gap that nothing fills, or a
    /// number too large.
    #[must_use]
    pub fn unreadable(&self, rows: &[f64], most: f64) -> Option<usize> {
        let n_columns = self.n_columns as usize;
        let mut first = None;
        for NumberColumn {
            from,
            fill,
            scaling,
        } in &self.numbers
        {
            let fill = fill.unwrap_or(f64::NAN);
            let cells = rows.iter().skip(*from as usize).step_by(n_columns);
            let is_readable = |value: f64| {
                let value = if value.is_nan() { fill } else { value };
                scaling.apply(value).abs() < most
            };
            // All of them: without a branch it is many at once.
            if cells
                .clone()
                .fold(true, |all, &value| all & is_readable(value))
            {
                continue;
            }
            let row = cells.clone().position(|&value| !is_readable(value));
            let cell = row.map(|row| row * n_columns + *from as usize);
            first = first.into_iter().chain(cell).min();
        }
        first
    }

    /// Of a column that is passed on, the one that it comes from.
    #[must_use]
    pub fn from_column(&self, col: usize) -> usize {
        if let Some(column) = self.numbers.get(col) {
            return column.from as usize;
        }
        let mut at = self.numbers.len();
        let of = self.categories.iter().find(|column| {
            at += self.width_of(column);
            col < at
        });
        of.map_or(0, |column| column.from as usize)
    }

    /// What was learnt as numbers alone, to be kept.
    #[must_use]
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub fn to_numbers(&self) -> Vec<f64> {
        let n = |of: usize| of as f64;
        let mut all = vec![n(self.n_columns()), n(self.numbers.len())];
        for NumberColumn {
            from,
            fill,
            scaling,
        } in &self.numbers
        {
            let fill = fill.unwrap_or(f64::NAN);
            all.extend([f64::from(*from), fill, scaling.mean, scaling.scale]);
        }
        for CategoryColumn { from, fill, places } in &self.categories {
            let fill = fill.map_or(f64::NAN, f64::from);
            all.extend([f64::from(*from), fill]);
            places.write(&mut all);
        }
        all
    }

    /// Of what `to_numbers` gave, of whatever comes from outside; `None` where it is not that of a fit with these settings on
    /// rows of such columns.
    #[must_use]
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub fn of_numbers(
        numbers: &[f64],
        settings: &Preprocess,
        schema: Option<&Schema>,
    ) -> Option<Self> {
        let mut all = numbers.iter().copied();
        let number_or_gap = |value: f64| (!value.is_nan()).then_some(value);
        let mut read = Self {
            n_columns: whole(all.next()?)?,
            one_hot: settings.one_hot,
            numbers: Vec::new(),
            categories: Vec::new(),
        };
        for _ in 0..whole(all.next()?)? {
            read.numbers.push(NumberColumn {
                from: whole(all.next()?)?,
                fill: number_or_gap(all.next()?),
                scaling: Scaling {
                    mean: all.next()?,
                    scale: all.next()?,
                },
            });
        }
        while let Some(from) = all.next() {
            let fill = number_or_gap(all.next()?);
            read.categories.push(CategoryColumn {
                from: whole(from)?,
                fill: match fill {
                    Some(code) => Some(whole(code)?),
                    None => None,
                },
                places: Places::read(&mut all)?,
            });
        }
        read.is_possible(settings, schema).then_some(read)
    }

    /// Whether it came from a fit with these settings on rows of such columns.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    fn is_possible(&self, settings: &Preprocess, schema: Option<&Schema>) -> bool {
        let column = |from: u32| schema.and_then(|schema| schema.columns.get(from as usize));
        let fills = settings.impute.is_some();
        let is_number = |number: &NumberColumn| {
            number.from < self.n_columns
                && column(number.from).is_none_or(|column| column.categories.is_none())
                && number.fill.is_some() == fills
                && number.fill.is_none_or(f64::is_finite)
                && number.scaling.is_possible()
                && (settings.scale || number.scaling == Scaling::NONE)
        };
        let is_category = |category: &CategoryColumn| {
            let names = column(category.from).and_then(|column| column.categories.as_ref());
            let fill = category.fill;
            names.is_some_and(|names| {
                category.places.is_possible(names.len())
                    && fill.is_some() == fills
                    && fill.is_none_or(|fill| category.places.of(f64::from(fill)) > 0)
            })
        };
        settings.check().is_ok()
            && self.one_hot == settings.one_hot
            && schema.is_none_or(|schema| schema.columns.len() == self.n_columns())
            && self.numbers.is_sorted_by(|a, b| a.from < b.from)
            && self.categories.is_sorted_by(|a, b| a.from < b.from)
            && self.numbers.iter().all(is_number)
            && self.categories.iter().all(is_category)
            && self.width() > 0
    }
}

/// Does so many tasks of so many units on all threads, and pauses on the way.
#[cfg_attr(target_arch = "wasm32", optimize(size))]
async fn in_steps(n: usize, units: usize, task: &(dyn Fn(usize) + Sync), progress: &Progress) {
    let at_once = (PIECE / units.max(1)).max(1) * parallel::n_threads();
    for first in (0..n).step_by(at_once) {
        let some = at_once.min(n - first);
        parallel::for_each(some, |i| task(first + i));
        progress.after(some * units).await;
    }
}

/// Of one column.
#[cfg_attr(target_arch = "wasm32", optimize(size))]
#[inline(never)]
fn learn_column(
    settings: &Preprocess,
    x: &Described,
    rows: &[u32],
    col: usize,
) -> Result<Option<Learnt>> {
    let column = x.schema.as_ref().map(|schema| &schema.columns[col]);
    match column.and_then(|column| column.categories.as_ref()) {
        None => learn_number(settings, x, rows, col),
        Some(categories) => Ok(learn_category(settings, x, rows, col, categories.len())),
    }
}

#[cfg_attr(target_arch = "wasm32", optimize(size))]
fn learn_number(
    settings: &Preprocess,
    x: &Described,
    rows: &[u32],
    col: usize,
) -> Result<Option<Learnt>> {
    let name = || name_of(x.schema.as_deref(), col);
    let mut column = Scratch::<f64>::ask_zeros("a column", rows.len(), 1)?;
    let cells = x.x.column(col);
    for (value, &row) in column.iter_mut().zip(rows) {
        *value = cells[row as usize];
    }
    let fill = match settings.impute {
        None => None,
        Some(strategy) => match statistic(strategy, &column) {
            None => return Ok(None),
            Some(fill) if fill.is_finite() => Some(fill),
            Some(_) => {
                let allowed = "'most_frequent' or null";
                return Err(too_large("impute", "a mean", allowed, name()));
            }
        },
    };
    if let Some(fill) = fill.filter(|_| x.has_gaps()) {
        let gaps = column.iter_mut().filter(|value| value.is_nan());
        gaps.for_each(|value| *value = fill);
    }
    let scaling = if settings.scale {
        Scaling::fit(&column).ok_or_else(|| too_large("scale", "true", "false", name()))?
    } else {
        Scaling::NONE
    };
    Ok(Some(Learnt::Number(NumberColumn {
        from: col as u32,
        fill,
        scaling,
    })))
}

#[cfg_attr(target_arch = "wasm32", optimize(size))]
fn learn_category(
    settings: &Preprocess,
    x: &Described,
    rows: &[u32],
    col: usize,
    n_categories: usize,
) -> Option<Learnt> {
    let mut counts = Scratch::<u32>::zeros(n_categories + 1);
    let cells = x.x.column(col);
    for &row in rows {
        let cell = cells[row as usize];
        let code = if cell.is_nan() {
            n_categories
        } else {
            cell as usize
        };
        counts[code] += 1;
    }
    let mut fill = None;
    if settings.impute.is_some() {
        let (gaps, counts) = counts.split_last_mut()?;
        let code = most_frequent(counts)?;
        counts[code] += std::mem::take(gaps);
        fill = Some(code as u32);
    }
    Some(Learnt::Category(CategoryColumn {
        from: col as u32,
        fill,
        places: Places::of_counts(&counts, settings.max_categories),
    }))
}

/// As a message has it.
fn name_of(schema: Option<&Schema>, col: usize) -> String {
    match schema.and_then(|schema| schema.columns.get(col)) {
        Some(column) => column.shown(),
        None => format!("column {col}"),
    }
}

/// Of a setting that is too much for numbers of such a size.
fn too_large(setting: &str, value: &str, allowed: &str, place: String) -> Error {
    let allowed =
        format!("{allowed} where numbers are as large as in {place}: or give them in other units");
    Error::invalid(&format!("preprocess.{setting}"), value, allowed)
}
