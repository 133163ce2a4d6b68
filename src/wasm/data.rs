//! Matrices and where they come from.

use std::sync::Arc;

use js_sys::{Float64Array, Int32Array};
use ndarray::Array2;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::clock::BrowserClock;
use super::convert::from_js;
use crate::data::allocate::zeros;
use crate::data::csv::{CsvOptions, read_csv as read};
use crate::data::make_classification::{MakeClassification, make_classification as make};
use crate::data::split::{take_rows, tile, train_test_split_indices};
use crate::data::{Labels, builtin, check_finite};
use crate::error::{Error, Result};
use crate::measure::clock::Clock;
use crate::measure::read::sum;

/// A row-major matrix in this instance's memory.
#[wasm_bindgen]
#[derive(Debug, Clone)]
pub struct Matrix(pub(super) Arc<Array2<f64>>);

#[wasm_bindgen]
impl Matrix {
    /// Copies `data`, row-major, `n_rows * n_cols` long, finite.
    ///
    /// # Errors
    /// `shape_mismatch`, `non_finite`, `out_of_memory`.
    #[wasm_bindgen(constructor)]
    pub fn new(data: &Float64Array, n_rows: usize, n_cols: usize) -> Result<Self> {
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
        check_finite("data", x.view())?;
        Ok(Self(Arc::new(x)))
    }

    /// Number of rows.
    #[wasm_bindgen(getter)]
    pub fn n_rows(&self) -> usize {
        self.0.nrows()
    }

    /// Number of columns.
    #[wasm_bindgen(getter)]
    pub fn n_cols(&self) -> usize {
        self.0.ncols()
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

    /// A copy, row-major.
    #[wasm_bindgen(js_name = toArray)]
    pub fn to_array(&self) -> Float64Array {
        Float64Array::from(self.flat())
    }

    /// A copy of the rows from `start` up to `end`, row-major, in a buffer of its own.
    pub fn rows(&self, start: usize, end: usize) -> Float64Array {
        let (end, width) = (end.min(self.0.nrows()), self.0.ncols());
        let copy = Float64Array::new_with_length((end.saturating_sub(start) * width) as u32);
        if let Some(rows) = self.flat().get(start * width..end * width) {
            copy.copy_from(rows);
        }
        copy
    }

    /// Rows repeated in turn until there are `n_rows`.
    ///
    /// # Errors
    /// `out_of_memory`.
    pub fn tile(&self, n_rows: usize) -> Result<Self> {
        tile(self.0.view(), n_rows).map(|x| Self(Arc::new(x)))
    }
}

impl Matrix {
    pub(super) fn flat(&self) -> &[f64] {
        self.0.as_slice().unwrap_or_default()
    }
}

/// Rows with labels and names.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Dataset {
    x: Matrix,
    y: Vec<i32>,
    feature_names: Vec<String>,
    class_names: Vec<String>,
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

    /// A name a column.
    #[wasm_bindgen(getter)]
    pub fn feature_names(&self) -> Vec<String> {
        self.feature_names.clone()
    }

    /// A name a label.
    #[wasm_bindgen(getter)]
    pub fn class_names(&self) -> Vec<String> {
        self.class_names.clone()
    }
}

impl From<crate::data::Dataset> for Dataset {
    fn from(data: crate::data::Dataset) -> Self {
        Self {
            x: Matrix(Arc::new(data.x)),
            y: data.y,
            feature_names: data.feature_names,
            class_names: data.class_names,
        }
    }
}

/// scikit-learn's `make_classification`.
///
/// # Errors
/// `invalid_param`, `out_of_memory`.
#[wasm_bindgen(js_name = makeClassification)]
#[cfg_attr(target_arch = "wasm32", optimize(size))]
pub fn make_classification(
    #[wasm_bindgen(unchecked_param_type = "MakeClassification")] params: JsValue,
) -> Result<Dataset> {
    let params: MakeClassification = from_js("makeClassification", params)?;
    let (x, y) = make(&params)?;
    Ok(Dataset {
        x: Matrix(Arc::new(x)),
        y,
        feature_names: Vec::new(),
        class_names: Vec::new(),
    })
}

/// Training and test rows.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct Split {
    /// Rows to train on.
    #[wasm_bindgen(js_name = X_train)]
    pub x_train: Matrix,
    /// Rows to test on.
    #[wasm_bindgen(js_name = X_test)]
    pub x_test: Matrix,
    /// Labels to train on.
    pub y_train: Int32Array,
    /// Labels to test on.
    pub y_test: Int32Array,
}

/// scikit-learn's `train_test_split`.
///
/// # Errors
/// `invalid_param`, `shape_mismatch`, `out_of_memory`.
#[wasm_bindgen(js_name = trainTestSplit)]
pub fn train_test_split(
    x: &Matrix,
    y: Vec<i32>,
    test_size: f64,
    random_state: f64,
    stratify: bool,
) -> Result<Split> {
    if x.n_rows() != y.len() {
        return Err(Error::ShapeMismatch {
            what: "y",
            expected: format!("{} labels, one a row of X", x.n_rows()),
            got: format!("{}", y.len()),
        });
    }
    let seed = super::convert::seed("random_state", random_state)?;
    let labels = if stratify {
        Some(Labels::encode(&y)?)
    } else {
        None
    };
    let codes = labels.as_ref().map(|labels| &labels.codes[..]);
    let (train, test) = train_test_split_indices(y.len(), test_size, seed, codes)?;
    let pick = |rows: &[u32]| -> Result<(Matrix, Int32Array)> {
        let labels: Vec<_> = rows.iter().map(|&row| y[row as usize]).collect();
        Ok((
            Matrix(Arc::new(take_rows(x.0.view(), rows)?)),
            Int32Array::from(&labels[..]),
        ))
    };
    let (x_train, y_train) = pick(&train)?;
    let (x_test, y_test) = pick(&test)?;
    Ok(Split {
        x_train,
        x_test,
        y_train,
        y_test,
    })
}

/// A data set that comes along, from its file.
///
/// # Errors
/// `not_found`; `worker_failed` where the file is damaged.
#[wasm_bindgen(js_name = readDataset)]
pub fn read_dataset(name: &str, packed: &[u8], standardise: bool) -> Result<Dataset> {
    let mut data = builtin::read_dataset(name, packed)?;
    if standardise {
        builtin::standardise(&mut data.x);
    }
    Ok(data.into())
}

/// Rows and labels from CSV text.
///
/// # Errors
/// `bad_csv`, `invalid_param`.
#[wasm_bindgen(js_name = readCsv)]
pub fn read_csv(text: &str, options: JsValue) -> Result<Dataset> {
    let options: CsvOptions = from_js("readCsv", options)?;
    read(text, &options).map(Into::into)
}
