//! scikit-learn's `make_classification`: its draws bit for bit, its sums but for their last digits.
//!
//! ```
//! use breakeven::data::make_classification::{MakeClassification, make_classification};
//!
//! let (x, y) = make_classification(&MakeClassification { random_state: 42, ..Default::default() })?;
//! assert_eq!((x.dim(), &y[..5]), ((100, 20), &[0, 0, 1, 1, 0][..]));
//! # Ok::<(), breakeven::Error>(())
//! ```

mod generate;
mod order;
mod places;
mod products;
mod rows;

use serde::{Deserialize, Serialize};

pub use generate::{make_classification, make_in_steps};

use crate::error::{Error, Result};

/// Settings of [`make_classification`]: scikit-learn's names and defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "page", derive(tsify::Tsify))]
pub struct MakeClassification {
    /// Rows, at least 1.
    pub n_samples: usize,
    /// Columns, at least 1.
    pub n_features: usize,
    /// Columns that place the clusters, at least 1.
    pub n_informative: usize,
    /// Random mixtures of the informative columns.
    pub n_redundant: usize,
    /// Copies of informative and redundant columns.
    pub n_repeated: usize,
    /// Classes, at least 1.
    pub n_classes: usize,
    /// Clusters of each class, at least 1.
    pub n_clusters_per_class: usize,
    /// Share of each class, or of all but the last. Equal shares where `None`.
    #[cfg_attr(feature = "page", tsify(type = "number[] | null"))]
    pub weights: Option<Vec<f64>>,
    /// Share of rows whose label is drawn anew, 0 to 1.
    pub flip_y: f64,
    /// Half the side of the hypercube that the clusters sit on; above 0.
    pub class_sep: f64,
    /// Clusters on a hypercube rather than a random polytope.
    pub hypercube: bool,
    /// Added to each column; drawn at random where `None`.
    #[cfg_attr(feature = "page", tsify(type = "number | number[] | null"))]
    pub shift: Option<PerFeature>,
    /// Multiplies each column after the shift; drawn at random where `None`. Above 0.
    #[cfg_attr(feature = "page", tsify(type = "number | number[] | null"))]
    pub scale: Option<PerFeature>,
    /// Whether rows and columns are shuffled.
    pub shuffle: bool,
    /// The seed.
    pub random_state: u32,
}

/// One number for all columns, or one each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(feature = "page", derive(tsify::Tsify))]
pub enum PerFeature {
    /// For all columns.
    One(f64),
    /// `n_features` numbers, in the order before columns are shuffled.
    Each(Vec<f64>),
}

impl Default for MakeClassification {
    fn default() -> Self {
        Self {
            n_samples: 100,
            n_features: 20,
            n_informative: 2,
            n_redundant: 2,
            n_repeated: 0,
            n_classes: 2,
            n_clusters_per_class: 2,
            weights: None,
            flip_y: 0.01,
            class_sep: 1.0,
            hypercube: true,
            shift: Some(PerFeature::One(0.0)),
            scale: Some(PerFeature::One(1.0)),
            shuffle: true,
            random_state: 0,
        }
    }
}

/// Beyond this the arithmetic of the fused products could overflow.
const LARGEST: f64 = 1e100;

impl MakeClassification {
    /// Number of columns that are pure noise.
    fn n_useless(&self) -> usize {
        self.n_features - self.n_informative - self.n_redundant - self.n_repeated
    }

    /// Number of clusters.
    fn n_clusters(&self) -> usize {
        self.n_classes * self.n_clusters_per_class
    }

    fn check(&self) -> Result<()> {
        for (name, value, least) in [
            ("n_samples", self.n_samples, 1),
            ("n_features", self.n_features, 1),
            ("n_informative", self.n_informative, 1),
            ("n_redundant", self.n_redundant, 0),
            ("n_repeated", self.n_repeated, 0),
            ("n_classes", self.n_classes, 1),
            ("n_clusters_per_class", self.n_clusters_per_class, 1),
        ] {
            // Row numbers are 32 bits, labels 31.
            let most = i32::MAX as usize;
            if value < least || value > most {
                let allowed = format!("a whole number from {least} to {most}");
                return Err(Error::invalid(name, value, allowed));
            }
        }
        let (inf, red, rep) = (
            self.n_informative as u64,
            self.n_redundant as u64,
            self.n_repeated as u64,
        );
        if inf + red + rep > self.n_features as u64 {
            return Err(Error::invalid(
                "n_informative + n_redundant + n_repeated",
                format!("{inf} + {red} + {rep}"),
                format!("at most n_features = {}", self.n_features),
            ));
        }
        let clusters = (self.n_classes as u64).saturating_mul(self.n_clusters_per_class as u64);
        let corners = 1_u64.checked_shl(inf as u32).unwrap_or(u64::MAX);
        if clusters > corners {
            return Err(Error::invalid(
                "n_classes * n_clusters_per_class",
                format!("{} * {}", self.n_classes, self.n_clusters_per_class),
                format!("at most 2^n_informative = {corners} (n_informative is {inf})"),
            ));
        }
        if clusters > u64::from(u32::MAX) {
            let allowed = format!("less than 2^32, but is {clusters}");
            return Err(Error::invalid(
                "n_classes * n_clusters_per_class",
                clusters,
                allowed,
            ));
        }
        if !(0.0..=1.0).contains(&self.flip_y) {
            return Err(Error::invalid("flip_y", self.flip_y, "from 0 to 1"));
        }
        if !(self.class_sep > 0.0 && self.class_sep <= LARGEST) {
            let allowed = "above 0, at most 1e100";
            return Err(Error::invalid("class_sep", self.class_sep, allowed));
        }
        self.check_per_feature("shift", self.shift.as_ref(), |v| v.abs() <= LARGEST, "")?;
        self.check_per_feature(
            "scale",
            self.scale.as_ref(),
            |v| v > 0.0 && v <= LARGEST,
            "above 0, ",
        )?;
        self.check_weights()
    }

    fn check_per_feature(
        &self,
        name: &str,
        given: Option<&PerFeature>,
        ok: impl Fn(f64) -> bool,
        range: &str,
    ) -> Result<()> {
        let values = match given {
            None => return Ok(()),
            Some(PerFeature::One(value)) => std::slice::from_ref(value),
            Some(PerFeature::Each(values)) => {
                if values.len() != self.n_features {
                    return Err(Error::invalid(
                        name,
                        format!("{} numbers", values.len()),
                        format!("one number, or n_features = {}", self.n_features),
                    ));
                }
                values
            }
        };
        match values.iter().find(|&&v| !ok(v)) {
            None => Ok(()),
            Some(bad) => {
                let allowed = format!("{range}at most 1e100 in size");
                Err(Error::invalid(name, bad, allowed))
            }
        }
    }

    fn check_weights(&self) -> Result<()> {
        let Some(weights) = &self.weights else {
            return Ok(());
        };
        let n = self.n_classes;
        if weights.len() != n && weights.len() + 1 != n {
            return Err(Error::invalid(
                "weights",
                format!("{} numbers", weights.len()),
                format!("n_classes = {n} numbers, or {}", n - 1),
            ));
        }
        if let Some(bad) = weights.iter().find(|&&w| !(0.0..=1.0).contains(&w)) {
            return Err(Error::invalid("weights", bad, "from 0 to 1 each"));
        }
        let sum: f64 = weights.iter().sum();
        // Shares like 0.1 do not sum exactly.
        if sum > 1.0 + 1e-9 {
            let allowed = "at most 1 in sum";
            return Err(Error::invalid("weights", format!("{sum} in sum"), allowed));
        }
        Ok(())
    }

    /// Rows of each cluster, in order.
    fn cluster_sizes(&self) -> Result<Vec<usize>> {
        let n_classes = self.n_classes;
        let mut weights = match &self.weights {
            None => vec![1.0 / n_classes as f64; n_classes],
            Some(weights) => weights.clone(),
        };
        if weights.len() < n_classes {
            weights.push(1.0 - weights.iter().sum::<f64>());
        }
        let n_clusters = self.n_clusters();
        let mut sizes: Vec<usize> = super::allocate::zeros("clusters", n_clusters, 1)?;
        let mut placed = 0;
        for (k, size) in sizes.iter_mut().enumerate() {
            let share = self.n_samples as f64 * weights[k % n_classes];
            *size = (share / self.n_clusters_per_class as f64) as usize;
            placed += *size;
        }
        if placed > self.n_samples {
            return Err(Error::invalid(
                "weights",
                format!("{:?}", self.weights),
                "at most 1 in sum",
            ));
        }
        for i in 0..self.n_samples - placed {
            sizes[i % n_clusters] += 1;
        }
        Ok(sizes)
    }
}
