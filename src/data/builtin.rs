//! The data sets that ship with smartcore, with scikit-learn's names.

use ndarray::Array2;
use smartcore::dataset::{Dataset as Shipped, breast_cancer, digits, iris};

use super::dataset::Dataset;
use crate::error::{Error, Result};

const NAMES: &str = "'iris', 'breast_cancer', 'digits'";

const IRIS: [&str; 4] = [
    "sepal length (cm)",
    "sepal width (cm)",
    "petal length (cm)",
    "petal width (cm)",
];
const CANCER: [&str; 10] = [
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

/// Rows, labels and names of a data set by name.
///
/// # Errors
/// `NotFound` that lists the names.
pub fn load_dataset(name: &str) -> Result<Dataset> {
    match name {
        "iris" => {
            let names = IRIS.iter().map(ToString::to_string).collect();
            dataset(
                &iris::load_dataset(),
                names,
                &["setosa", "versicolor", "virginica"],
            )
        }
        "breast_cancer" => {
            let of =
                |prefix: &str, suffix: &str| CANCER.map(|name| format!("{prefix}{name}{suffix}"));
            let names = [of("mean ", ""), of("", " error"), of("worst ", "")].concat();
            dataset(
                &breast_cancer::load_dataset(),
                names,
                &["malignant", "benign"],
            )
        }
        "digits" => {
            let names = (0..64)
                .map(|pixel| format!("pixel_{}_{}", pixel / 8, pixel % 8))
                .collect();
            dataset(
                &digits::load_dataset(),
                names,
                &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
            )
        }
        _ => Err(Error::NotFound {
            what: "data set",
            name: name.to_owned(),
            available: NAMES.to_owned(),
        }),
    }
}

/// smartcore ships `f32`; the doubles that scikit-learn has are the shortest decimals that round
/// to them.
fn dataset<Y: Copy + ToString>(
    shipped: &Shipped<f32, Y>,
    feature_names: Vec<String>,
    class_names: &[&str],
) -> Result<Dataset> {
    let shape = (shipped.num_samples, shipped.num_features);
    let flat = shipped.data.iter().map(|&value| shortest(value)).collect();
    let damaged = |got: String| Error::ShapeMismatch {
        what: "the data set",
        expected: format!("{} rows of {} with a label each", shape.0, shape.1),
        got,
    };
    let x = Array2::from_shape_vec(shape, flat).map_err(|error| damaged(error.to_string()))?;
    // Labels are whole numbers, as integers or as floats, depending on the set.
    let y: Vec<i32> = shipped
        .target
        .iter()
        .filter_map(|label| label.to_string().parse().ok())
        .collect();
    if y.len() != shape.0 {
        return Err(damaged(format!("{} labels", y.len())));
    }
    let class_names = class_names.iter().map(ToString::to_string).collect();
    Ok(Dataset {
        x,
        y,
        feature_names,
        class_names,
    })
}

fn shortest(value: f32) -> f64 {
    value
        .to_string()
        .parse()
        .unwrap_or_else(|_| f64::from(value))
}

/// Centres and scales each column to mean 0 and population standard deviation 1; a constant column
/// becomes 0. scikit-learn's `StandardScaler`.
pub fn standardise(x: &mut Array2<f64>) {
    let n = x.nrows() as f64;
    for mut column in x.columns_mut() {
        let mean = column.sum() / n;
        column.mapv_inplace(|value| value - mean);
        let scale = (column.iter().map(|value| value * value).sum::<f64>() / n).sqrt();
        if scale > 10.0 * f64::EPSILON * mean.abs() {
            column.mapv_inplace(|value| value / scale);
        }
    }
}
