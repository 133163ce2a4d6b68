//! Data sets that come along: iris, breast_cancer, digits.

use ndarray::{Array2, Axis};
use smartcore::dataset::{breast_cancer, digits, iris};

use super::Dataset;
use crate::error::{Error, Result};

/// A data set by name: 'iris' (150×4, 3 classes), 'breast_cancer' (569×30, 2) or 'digits'
/// (1797×64, 10). Values, order and names are those of scikit-learn's `load_iris`,
/// `load_breast_cancer` and `load_digits`.
///
/// The numbers come from smartcore, which keeps them as f32; the double meant is recovered through
/// the shortest decimal. Its iris is the UCI file, in which three cells differ from Fisher's paper;
/// they are corrected, as scikit-learn does.
///
/// # Errors
/// `NotFound` for any other name.
pub fn load_dataset(name: &str) -> Result<Dataset> {
    match name {
        "iris" => {
            let raw = iris::load_dataset();
            let mut x = doubles(&raw.data, raw.num_features)?;
            for (row, column, value) in [(34, 3, 0.2), (37, 1, 3.6), (37, 2, 1.4)] {
                x[[row, column]] = value;
            }
            Ok(Dataset {
                x,
                y: raw.target.iter().map(|&y| y as i32).collect(),
                feature_names: raw.feature_names,
                class_names: raw.target_names,
            })
        }
        "breast_cancer" => {
            let raw = breast_cancer::load_dataset();
            Ok(Dataset {
                x: doubles(&raw.data, raw.num_features)?,
                y: raw.target.iter().map(|&y| y as i32).collect(),
                feature_names: raw.feature_names,
                // smartcore has one text for both.
                class_names: ["malignant", "benign"].map(str::to_owned).to_vec(),
            })
        }
        "digits" => {
            let raw = digits::load_dataset();
            Ok(Dataset {
                x: doubles(&raw.data, raw.num_features)?,
                y: raw.target.iter().map(|&y| y as i32).collect(),
                // smartcore has those of iris here.
                feature_names: (0..raw.num_features)
                    .map(|i| format!("pixel_{}_{}", i / 8, i % 8))
                    .collect(),
                class_names: (0..10).map(|digit| digit.to_string()).collect(),
            })
        }
        _ => Err(Error::NotFound {
            what: "data set",
            name: name.to_owned(),
            available: "'iris', 'breast_cancer', 'digits'".to_owned(),
        }),
    }
}

/// The doubles whose decimal text the f32 were read from.
fn doubles(data: &[f32], width: usize) -> Result<Array2<f64>> {
    let values: Vec<f64> = data
        .iter()
        .map(|v| format!("{v}").parse().unwrap_or(f64::from(*v)))
        .collect();
    let rows = values.len() / width.max(1);
    Array2::from_shape_vec((rows, width), values).map_err(|e| Error::ShapeMismatch {
        what: "the data set",
        expected: format!("rows of {width} columns"),
        got: e.to_string(),
    })
}

/// Shifts and scales every column to mean 0 and variance 1, in place; constant columns become 0.
///
/// Source: `StandardScaler().fit_transform` of scikit-learn 1.9 (population variance, with the
/// correction for the rounding of the mean).
pub fn standardise(x: &mut Array2<f64>) {
    let n = x.nrows() as f64;
    for mut column in x.axis_iter_mut(Axis(1)) {
        let mean = column.iter().fold(0.0, |sum, v| sum + v) / n;
        let (mut rest, mut squares) = (0.0, 0.0);
        for v in &column {
            let off = v - mean;
            rest += off;
            squares += off * off;
        }
        let variance = (squares - rest * rest / n) / n;
        // Not told from rounding errors: taken as constant.
        let rounding = n * mean * f64::EPSILON;
        let scale = if variance <= n * f64::EPSILON * variance + rounding * rounding {
            1.0
        } else {
            variance.sqrt()
        };
        column.mapv_inplace(|v| (v - mean) / scale);
    }
}
