//! Data sets that come along: iris, breast_cancer, digits.

use ndarray::{Array2, Axis};

use super::Dataset;
use crate::error::{Error, MOST, Result, shortened};

/// Of each of them 'breast_cancer' has the mean, its error and the worst.
const CELL_PROPERTIES: [&str; 10] = [
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
];

/// A data set by name, from its file in `builtin/`: 'iris' (150×4, 3 classes), 'breast_cancer'
/// (569×30, 2) or 'digits' (1797×64, 10). Values, order and names are those of scikit-learn 1.9's
/// `load_iris`, `load_breast_cancer` and `load_digits`. The files are fetched by who asks for one:
/// they would be a seventh of the wasm.
///
/// # Errors
/// `NotFound` for any other name, `DamagedFile` for any other bytes.
#[cfg_attr(target_arch = "wasm32", optimize(size))]
pub fn read_dataset(name: &str, packed: &[u8]) -> Result<Dataset> {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let (crc32, feature_names, class_names): (u32, Vec<String>, Vec<String>) = match name {
        "iris" => (
            0x8854_1141,
            ["sepal length", "sepal width", "petal length", "petal width"]
                .map(|name| format!("{name} (cm)"))
                .to_vec(),
            owned(&["setosa", "versicolor", "virginica"]),
        ),
        "breast_cancer" => (
            0xe34e_0b75,
            [("mean ", ""), ("", " error"), ("worst ", "")]
                .iter()
                .flat_map(|(before, after)| {
                    CELL_PROPERTIES.map(|property| format!("{before}{property}{after}"))
                })
                .collect(),
            owned(&["malignant", "benign"]),
        ),
        "digits" => (
            0xc381_69ae,
            (0..64)
                .map(|i| format!("pixel_{}_{}", i / 8, i % 8))
                .collect(),
            (0..10).map(|digit| digit.to_string()).collect(),
        ),
        _ => {
            return Err(Error::NotFound {
                what: "data set",
                name: shortened(name, MOST),
                available: "'iris', 'breast_cancer', 'digits'".to_owned(),
            });
        }
    };
    if crc32fast::hash(packed) != crc32 {
        return Err(Error::DamagedFile {
            what: "data set",
            name: name.to_owned(),
        });
    }
    let (x, y) = unpack(packed, feature_names.len());
    Ok(Dataset {
        x,
        y,
        feature_names,
        class_names,
    })
}

/// Data and classes from the form that compresses well; `builtin/pack.py` writes and explains it.
fn unpack(packed: &[u8], n_columns: usize) -> (Array2<f64>, Vec<i32>) {
    // A row is its class and two bytes a column; a column has a base of two bytes.
    let n_rows = (packed.len() - 2 * n_columns) / (1 + 2 * n_columns);
    let (classes, rest) = packed.split_at(n_rows);
    let (bases, rest) = rest.split_at(2 * n_columns);
    let (upper, lower) = rest.split_at(n_rows * n_columns);
    let mut order: Vec<_> = (0..n_rows).collect();
    order.sort_by_key(|&row| classes[row]);
    let mut x = Array2::zeros((n_rows, n_columns));
    for (column, base) in bases.as_chunks().0.iter().enumerate() {
        let base = i32::from(i16::from_le_bytes(*base));
        for (place, &row) in order.iter().enumerate() {
            let at = column * n_rows + place;
            let upper = base + i32::from(upper[at]);
            let mantissa = 256 * upper.rem_euclid(40) + i32::from(lower[at]);
            // Both are exact, so that the quotient is the double next to the decimal meant.
            let unit = (upper.div_euclid(40)..0).fold(1.0, |unit, _| 10.0 * unit);
            x[[row, column]] = f64::from(mantissa) / unit;
        }
    }
    (x, classes.iter().map(|&class| i32::from(class)).collect())
}

/// Shifts and scales every column to mean 0 and variance 1, in place; constant columns become 0.
///
/// Source: `StandardScaler().fit_transform` of scikit-learn 1.9 (population variance, with the
/// correction for the rounding of the mean).
///
/// # Errors
/// `InvalidParam` where a column's numbers are too large to be squared; scikit-learn makes zeros or NaN of them.
pub fn standardise(x: &mut Array2<f64>) -> Result<()> {
    let n = x.nrows() as f64;
    for (number, mut column) in x.axis_iter_mut(Axis(1)).enumerate() {
        let mean = column.iter().fold(0.0, |sum, v| sum + v) / n;
        let (mut rest, mut squares) = (0.0, 0.0);
        for v in &column {
            let off = v - mean;
            rest += off;
            squares += off * off;
        }
        let variance = (squares - rest * rest / n) / n;
        if !variance.is_finite() {
            let allowed =
                format!("false where numbers are as large as in feature {number}, from 0");
            return Err(Error::invalid("standardise", true, allowed));
        }
        // Not told from rounding errors: taken as constant.
        let rounding = n * mean * f64::EPSILON;
        let scale = if variance <= n * f64::EPSILON * variance + rounding * rounding {
            1.0
        } else {
            variance.sqrt()
        };
        column.mapv_inplace(|v| (v - mean) / scale);
    }
    Ok(())
}
