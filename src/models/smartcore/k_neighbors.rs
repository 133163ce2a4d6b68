//! smartcore's `KNeighborsClassifier`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smartcore::algorithm::neighbour::KNNAlgorithmName;
use smartcore::error::Failed;
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::metrics::distance::Distance;
use smartcore::neighbors::KNNWeightFunction;
use smartcore::neighbors::knn_classifier::{KNNClassifier, KNNClassifierParameters};

use super::rows::{Rows, codes, labels_into, refused};
use crate::data::TrainingSet;
use crate::error::{Error, Result};
use crate::models::classifier::{Attributes, Classifier};
use crate::models::params::{ParamReader, Params};

type Smart = KNNClassifier<f64, u32, Rows<'static>, Vec<u32>, Minkowski>;

/// Checked settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NeighborsParams {
    n_neighbors: u32,
    /// Whether near neighbours weigh more.
    by_distance: bool,
    /// Whether all rows are looked at, rather than those that a cover tree leaves over.
    brute: bool,
    metric: Minkowski,
}

impl NeighborsParams {
    pub(super) fn read(params: &Params) -> Result<Self> {
        let mut read = ParamReader::new("KNeighborsClassifier", params);
        let n_neighbors = read.integer("n_neighbors", 5, 1)?;
        let weights = [("uniform", false), ("distance", true)];
        let by_distance = read.choice("weights", false, &weights)?;
        let algorithms = [("auto", false), ("brute", true)];
        let brute = read.choice("algorithm", false, &algorithms)?;
        let most = f64::from(u16::MAX);
        let whole = |p: f64| p.fract() == 0.0 && (1.0..=most).contains(&p);
        let p = read.number("p", 2.0, whole, "a whole number from 1 to 65535")? as u16;
        let metrics = [("minkowski", p), ("euclidean", 2), ("manhattan", 1)];
        let p = read.choice("metric", p, &metrics)?;
        read.finish()?;
        Ok(Self {
            n_neighbors,
            by_distance,
            brute,
            metric: Minkowski { p },
        })
    }

    fn smart(&self, x: &[f64], width: usize) -> KNNClassifierParameters<f64, Minkowski> {
        KNNClassifierParameters::default()
            .with_distance(self.metric)
            .with_k(self.n_neighbors as usize)
            .with_algorithm(if self.brute || n_scales(x, width) > MOST_SCALES {
                KNNAlgorithmName::LinearSearch
            } else {
                KNNAlgorithmName::CoverTree
            })
            .with_weight(if self.by_distance {
                KNNWeightFunction::Distance
            } else {
                KNNWeightFunction::Uniform
            })
    }
}

/// Powers of [`SCALE`] between the smallest and the largest distance for which there is a cover tree:
/// it is built and searched by recursion, a call for each, and a browser's stack is small.
const MOST_SCALES: f64 = 400.0;
/// smartcore's.
const SCALE: f64 = 1.3;

/// At most how many powers lie between two distances of row-major rows, by their gaps in each column.
fn n_scales(x: &[f64], width: usize) -> f64 {
    let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
    let mut column = Vec::with_capacity(x.len() / width);
    for j in 0..width {
        column.clear();
        column.extend(x.iter().skip(j).step_by(width).copied());
        column.sort_unstable_by(f64::total_cmp);
        for gap in column.windows(2).map(|pair| pair[1] - pair[0]) {
            least = if gap > 0.0 { least.min(gap) } else { least };
        }
        most += column
            .last()
            .zip(column.first())
            .map_or(0.0, |(a, b)| a - b);
    }
    (most / least).ln() / SCALE.ln()
}

/// `(Σ |a − b|^p)^(1/p)`. smartcore's own three are of three types, and call a function a number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Minkowski {
    p: u16,
}

impl Distance<Vec<f64>> for Minkowski {
    fn distance(&self, a: &Vec<f64>, b: &Vec<f64>) -> f64 {
        let gaps = a.iter().zip(b).map(|(a, b)| a - b);
        match self.p {
            1 => gaps.map(f64::abs).sum(),
            2 => gaps.map(|gap| gap * gap).sum::<f64>().sqrt(),
            p => {
                let p = f64::from(p);
                gaps.map(|gap| gap.abs().powf(p)).sum::<f64>().powf(1.0 / p)
            }
        }
    }
}

impl Minkowski {
    /// Whether no distance between rows of such numbers overflows: smartcore's cover tree would
    /// look for its scale without end.
    fn holds(self, x: &[f64]) -> bool {
        let largest = x.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
        let power = (2.0 * largest).powi(i32::from(self.p.max(2)));
        (power * x.len() as f64).is_finite()
    }
}

/// The training rows, in smartcore's keeping.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "NeighborsFile", into = "NeighborsFile")]
pub struct Neighbors {
    file: Arc<NeighborsFile>,
    smart: Arc<Smart>,
}

/// What of them is saved.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct NeighborsFile {
    params: NeighborsParams,
    n_features: u32,
    n_classes: u32,
    /// Row-major.
    x: Vec<f64>,
    /// The class of each row.
    codes: Vec<u32>,
}

impl From<Neighbors> for NeighborsFile {
    fn from(model: Neighbors) -> Self {
        Arc::unwrap_or_clone(model.file)
    }
}

impl TryFrom<NeighborsFile> for Neighbors {
    type Error = Error;

    /// smartcore's search tree is not saved but built anew: it depends on nothing but the rows.
    fn try_from(file: NeighborsFile) -> Result<Self> {
        let (d, k, n) = (
            file.n_features as usize,
            file.n_classes as usize,
            file.codes.len(),
        );
        if d == 0 || Some(file.x.len()) != n.checked_mul(d) {
            return Err(refused("neighbours need a class a row"));
        }
        let mut seen = vec![false; k.min(n)];
        for &code in &file.codes {
            match seen.get_mut(code as usize) {
                Some(seen) => *seen = true,
                None => return Err(refused("a row is of no class")),
            }
        }
        if k < 2 || k > n || seen.contains(&false) {
            return Err(refused("neighbours need rows of every class"));
        }
        let params = &file.params;
        let n_neighbors = params.n_neighbors as usize;
        if n_neighbors == 0 || n_neighbors > n {
            let allowed = format!("a whole number from 1 to {n}, the number of rows");
            return Err(Error::invalid("n_neighbors", n_neighbors, allowed));
        }
        if params.metric.p == 0
            || file.x.iter().any(|v| !v.is_finite())
            || !params.metric.holds(&file.x)
        {
            let allowed = "such that distances do not overflow: scale X, or take a smaller one";
            return Err(Error::invalid("p", params.metric.p, allowed));
        }
        // Lent rows would tie the model to them.
        let rows = DenseMatrix::new(n, d, file.x.clone(), false).map_err(refused)?;
        let smart = KNNClassifier::fit(&Rows::from(rows), &file.codes, params.smart(&file.x, d));
        Ok(Self {
            smart: Arc::new(smart.map_err(refused)?),
            file: Arc::new(file),
        })
    }
}

impl Neighbors {
    pub(super) fn fit(params: &NeighborsParams, data: &TrainingSet<'_>) -> Result<Self> {
        NeighborsFile {
            params: params.clone(),
            n_features: data.n_features() as u32,
            n_classes: data.n_classes as u32,
            x: data.iter().flat_map(|(row, _)| row).copied().collect(),
            codes: codes(data),
        }
        .try_into()
    }
}

impl Classifier for Neighbors {
    fn n_features(&self) -> usize {
        self.file.n_features as usize
    }

    fn n_classes(&self) -> usize {
        self.file.n_classes as usize
    }

    fn row_ns(&self) -> usize {
        16 * self.file.x.len()
    }

    fn predict_into(&self, x: &[f64], classes: &[i32], out: &mut [i32]) {
        // smartcore panics where a distance is not a number; one row is then asked at a time.
        let predict = |rows: &Rows<'_>| match rows.iterator(0).all(|v| v.is_finite()) {
            true => self.smart.predict(rows),
            false => Err(Failed::predict("a row is not finite")),
        };
        labels_into(x, self.n_features(), classes, out, &predict);
    }

    fn predict_proba_into(&self, x: &[f64], out: &mut [f64]) -> Result<()> {
        let k = self.n_classes();
        for (row, out) in x
            .chunks_exact(self.n_features())
            .zip(out.chunks_exact_mut(k))
        {
            // A row too far away for its distances to be numbers has no neighbours.
            let finite = row.iter().all(|v| v.is_finite());
            let shares = finite.then(|| self.smart.predict_proba(&Rows::all(row, row.len())));
            match shares {
                Some(Ok(shares)) => out.copy_from_slice(&shares[0]),
                _ => out.fill(1.0 / k as f64),
            }
        }
        Ok(())
    }

    fn decision_function_into(&self, _: &[f64], _: &mut [f64]) -> Result<()> {
        Err(Error::invalid(
            "decision_function",
            "KNeighborsClassifier",
            "asked of a linear model or SVC; probabilities are what this one has",
        ))
    }

    fn attributes(&self) -> Result<Attributes> {
        Ok(Attributes::Neighbors {
            n_samples_fit: self.file.codes.len(),
            effective_metric: match self.file.params.metric.p {
                1 => "manhattan",
                2 => "euclidean",
                _ => "minkowski",
            },
        })
    }
}
