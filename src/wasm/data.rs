//! Matrices and where they come from.

use std::rc::Rc;
use std::sync::Arc;

use js_sys::{Array, Float64Array, Int32Array, Reflect};
use ndarray::Array2;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::clock::{BrowserClock, after};
use super::convert::{from_js, to_js};
use crate::data::allocate::zeros;
use crate::data::csv::{CsvOptions, read_csv as read};
use crate::data::make_classification::{MakeClassification, make_in_steps};
use crate::data::schema::{Column, Kind};
use crate::data::split::{split_in_steps, tile, tile_in_steps};
use crate::data::{Described, Schema, builtin, check_finite};
use crate::error::{Error, Result};
use crate::measure::clock::Clock;
use crate::measure::read::sum;
use crate::parallel::steps::{Progress, Steps};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = Float64Array, extends = Float64Array)]
    type Asked;
    /// Throws where there is no memory, which js-sys leaves to the caller's caller.
    #[wasm_bindgen(constructor, catch, js_class = "Float64Array")]
    fn new(length: usize) -> std::result::Result<Asked, JsValue>;
}

/// JavaScript's memory for rows, asked for as `allocate::room` asks for ours.
fn room_for_rows(n_rows: usize, width: usize) -> Result<Float64Array> {
    let ask = |n_rows: usize| Asked::new(n_rows * width);
    ask(n_rows).map(Into::into).map_err(|_| {
        let mut largest_rows = n_rows / 2;
        while largest_rows > 0 && ask(largest_rows).is_err() {
            largest_rows /= 2;
        }
        Error::OutOfMemory {
            what: "a copy of the rows",
            needed_bytes: (8 * n_rows as u64) * width as u64,
            largest_rows: largest_rows as u64,
        }
    })
}

/// A row-major matrix in this instance's memory, with what its columns are where that is known.
#[wasm_bindgen]
#[derive(Debug, Clone)]
pub struct Matrix(pub(super) Described);

#[wasm_bindgen]
impl Matrix {
    /// Copies `data`, row-major, `n_rows * n_cols` long: finite, or with gaps and codes as its schema has them.
    ///
    /// # Errors
    /// `shape_mismatch`, `non_finite`, `invalid_param` of the schema, `out_of_memory`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        data: &Float64Array,
        n_rows: usize,
        n_cols: usize,
        #[wasm_bindgen(unchecked_optional_param_type = "object | null")] schema: JsValue,
    ) -> Result<Self> {
        if n_cols == 0 || n_rows.checked_mul(n_cols) != Some(data.length() as usize) {
            return Err(Error::ShapeMismatch {
                what: "data",
                expected: format!(
                    "n_rows * n_cols = {n_rows} * {n_cols} numbers, row-major, with at least one column"
                ),
                got: format!("{}", data.length()),
            });
        }
        let mut flat = zeros("the matrix", n_rows, n_cols)?;
        data.copy_to(&mut flat);
        let x =
            Array2::from_shape_vec((n_rows, n_cols), flat).map_err(|_| Error::ShapeMismatch {
                what: "data",
                expected: "whole rows".into(),
                got: "others".into(),
            })?;
        if !schema.is_falsy() {
            let schema = schema_of(&schema)?;
            return Described::new(Arc::new(x), Arc::new(schema)).map(Self);
        }
        check_finite("data", x.view())?;
        Ok(Self(Arc::new(x).into()))
    }

    /// Says what the columns are.
    ///
    /// # Errors
    /// `invalid_param` where that does not describe them.
    #[wasm_bindgen(js_name = setSchema)]
    pub fn set_schema(&mut self, schema: JsValue) -> Result<()> {
        let schema = schema_of(&schema)?;
        self.0 = Described::new(self.0.x.clone(), Arc::new(schema))?;
        Ok(())
    }

    /// What the columns are: `{ columns, class_names }`; null where that is not known.
    #[wasm_bindgen(unchecked_return_type = "any")]
    pub fn schema(&self) -> JsValue {
        schema_to_js(self.0.schema.as_deref())
    }

    /// Number of rows.
    #[wasm_bindgen(getter)]
    pub fn n_rows(&self) -> usize {
        self.0.x.nrows()
    }

    /// Number of columns.
    #[wasm_bindgen(getter)]
    pub fn n_cols(&self) -> usize {
        self.0.x.ncols()
    }

    /// To compare kernels with: milliseconds that reading every value once takes, from end to end or
    /// at four places in turn.
    #[wasm_bindgen(js_name = readCost)]
    pub fn read_cost(&self, at_four_places: bool) -> f64 {
        let start = BrowserClock.now_ms();
        // Many calls: V8 optimises what is called anew.
        for part in self.flat().chunks(1 << 16) {
            std::hint::black_box(sum(std::hint::black_box(part), at_four_places));
        }
        BrowserClock.now_ms() - start
    }

    /// A copy of the rows from `start` up to `end`, row-major, in a buffer of its own.
    ///
    /// # Errors
    /// `out_of_memory`.
    pub fn rows(&self, start: usize, end: usize) -> Result<Float64Array> {
        let (end, width) = (end.min(self.0.x.nrows()), self.0.x.ncols());
        let copy = room_for_rows(end.saturating_sub(start), width)?;
        if let Some(rows) = self.flat().get(start * width..end * width) {
            copy.copy_from(rows);
        }
        Ok(copy)
    }

    /// Rows repeated in turn until there are `n_rows`.
    ///
    /// # Errors
    /// `out_of_memory`.
    pub fn tile(&self, n_rows: usize) -> Result<Self> {
        tile(self.0.x.view(), n_rows).map(|x| Self(self.0.with_rows(x)))
    }
}

impl Matrix {
    pub(super) fn flat(&self) -> &[f64] {
        self.0.x.as_slice().unwrap_or_default()
    }
}

/// Rows with labels and names.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Dataset {
    x: Matrix,
    y: Vec<i32>,
}

#[wasm_bindgen]
impl Dataset {
    /// The rows.
    #[wasm_bindgen(getter)]
    pub fn x(&self) -> Matrix {
        self.x.clone()
    }

    /// A label a row.
    #[wasm_bindgen(getter)]
    pub fn y(&self) -> Int32Array {
        Int32Array::from(&self.y[..])
    }
}

impl From<(Described, Vec<i32>)> for Dataset {
    fn from((x, y): (Described, Vec<i32>)) -> Self {
        Self { x: Matrix(x), y }
    }
}

/// Reads `{ columns, class_names }`: by hand, which takes a fraction of the code.
#[cfg_attr(target_arch = "wasm32", optimize(size))]
fn schema_of(schema: &JsValue) -> Result<Schema> {
    let get = |of: &JsValue, field: &str| Reflect::get(of, &field.into()).unwrap_or_default();
    let list = |value: JsValue| value.dyn_into::<Array>().ok();
    let texts = |value: JsValue| -> Option<Vec<String>> {
        list(value)?.iter().map(|text| text.as_string()).collect()
    };
    let column = |column: JsValue| {
        let categories = get(&column, "categories");
        Some(Column {
            name: get(&column, "name").as_string()?,
            kind: match get(&column, "kind").as_string()?.as_str() {
                "number" => Kind::Number,
                "category" => Kind::Category,
                _ => return None,
            },
            categories: match categories.is_falsy() {
                true => None,
                false => Some(texts(categories)?),
            },
        })
    };
    let read = || {
        let class_names = get(schema, "class_names");
        Some(Schema {
            columns: list(get(schema, "columns"))?
                .iter()
                .map(column)
                .collect::<Option<_>>()?,
            class_names: match class_names.is_falsy() {
                true => None,
                false => Some(texts(class_names)?),
            },
        })
    };
    read().ok_or_else(|| {
        let allowed =
            "a list of { name, kind: 'number' or 'category', categories: a list of texts or null }";
        Error::invalid("columns", "this", allowed)
    })
}

/// `{ columns, class_names }`, or null.
pub(super) fn schema_to_js(schema: Option<&Schema>) -> JsValue {
    schema.map_or(JsValue::NULL, to_js)
}

/// Rows that are being made, worked off in steps.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Making {
    steps: Steps<Result<Vec<Dataset>>>,
    made: Option<Vec<Dataset>>,
}

#[wasm_bindgen]
impl Making {
    /// scikit-learn's `make_classification`: one data set.
    ///
    /// # Errors
    /// `invalid_param`.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub fn classification(
        #[wasm_bindgen(unchecked_param_type = "MakeClassification")] params: JsValue,
    ) -> Result<Self> {
        let params: MakeClassification = from_js("makeClassification", params)?;
        Ok(Self::of(async move |progress| {
            let (x, y) = make_in_steps(&params, &progress).await?;
            Ok(vec![(Arc::new(x).into(), y).into()])
        }))
    }

    /// scikit-learn's `train_test_split`: rows to train on, and rows to test on.
    ///
    /// # Errors
    /// `invalid_param`.
    pub fn split(
        x: &Matrix,
        y: Vec<i32>,
        test_size: f64,
        random_state: f64,
        stratify: bool,
    ) -> Result<Self> {
        let seed = super::convert::seed("random_state", random_state)?;
        let from = x.0.clone();
        Ok(Self::of(async move |progress| {
            let x = from.x.view();
            let split = split_in_steps(x, &y, test_size, seed, stratify, &progress);
            let (train, test) = split.await?;
            let of = |(x, y)| (from.with_rows(x), y).into();
            Ok(vec![of(train), of(test)])
        }))
    }

    /// The rows of `x` repeated in turn until there are `n_rows`.
    pub fn tiled(x: &Matrix, n_rows: usize) -> Self {
        let from = x.0.clone();
        Self::of(async move |progress| {
            let x = tile_in_steps(from.x.view(), n_rows, &progress).await?;
            Ok(vec![(from.with_rows(x), Vec::new()).into()])
        })
    }

    /// Works for about `max_ms`; true when done.
    ///
    /// # Errors
    /// `invalid_param`, `shape_mismatch`, `too_few_classes`, `out_of_memory`.
    pub fn run(&mut self, max_ms: f64) -> Result<bool> {
        if let Some(made) = self.steps.run(&after(max_ms)) {
            self.made = Some(made?);
        }
        Ok(self.made.is_some())
    }

    /// Numbers drawn, multiplied and moved.
    #[wasm_bindgen(getter)]
    pub fn done(&self) -> f64 {
        self.steps.done_of().0 as f64
    }

    /// Of so many.
    #[wasm_bindgen(getter)]
    pub fn total(&self) -> f64 {
        self.steps.done_of().1 as f64
    }

    /// What has been made, once it is done.
    ///
    /// # Errors
    /// `aborted` where it is not.
    pub fn finish(self) -> Result<Vec<Dataset>> {
        self.made.ok_or(Error::Aborted)
    }
}

impl Making {
    fn of<W: Future<Output = Result<Vec<Dataset>>> + 'static>(
        work: impl FnOnce(Rc<Progress>) -> W,
    ) -> Self {
        Self {
            steps: Steps::new(work),
            made: None,
        }
    }
}

/// A data set that comes along, from its file.
///
/// # Errors
/// `not_found`; `worker_failed` where the file is damaged.
#[wasm_bindgen(js_name = readDataset)]
pub fn read_dataset(name: &str, packed: &[u8], standardise: bool) -> Result<Dataset> {
    let mut data = builtin::read_dataset(name, packed)?;
    if standardise {
        builtin::standardise(&mut data.x)?;
    }
    Ok(data.described().into())
}

/// Rows and labels from CSV text.
///
/// # Errors
/// `bad_csv`, `invalid_param`.
#[wasm_bindgen(js_name = readCsv)]
pub fn read_csv(text: &str, options: JsValue) -> Result<Dataset> {
    let options: CsvOptions = from_js("readCsv", options)?;
    read(text, &options).map(|data| data.described().into())
}
