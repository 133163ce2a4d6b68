//! The second backend: [smartcore](https://docs.rs/smartcore) 0.7 trains, and predicts wherever
//! what it fitted can be made again from a file.
//!
//! Nothing but these files names smartcore. They stand between it and the rest:
//! settings under scikit-learn's names, with those that smartcore lacks refused; checks before
//! whatever it would panic at; files that can be checked before its kernels see them.
//!
//! smartcore's own code is behind a door, `kernels` and `fit_unit`: inside, in `direct` (the feature
//! `smartcore`, on by default), or in a file of its own, which `apart` calls and `served` answers for.
//!
//! | estimator | what it minimises or looks for | cost of a fit, of a row |
//! |---|---|---|
//! | `GaussianNB` | as [ours](super::gaussian_nb), without `var_smoothing` | cells; classes · columns |
//! | `LogisticRegression` | as [ours](super::linear::logistic_regression), l2 or no penalty, by lbfgs | cells · steps; columns |
//! | `RandomForestClassifier`, `DecisionTreeClassifier` | splits of least gini or entropy, CART | cells · depth; depth |
//! | `KNeighborsClassifier` | the `n_neighbors` nearest rows, `(Σ \|a − b\|^p)^(1/p)` | rows · log rows; log rows to rows |
//! | `SVC` | `½ ‖w‖² + C Σ hinge` in the kernel's space, by LASVM | rows² at least; support vectors · columns |
//!
//! ```
//! use std::sync::Arc;
//! use breakeven::model_selection::fit::fit;
//! use breakeven::models::estimator::EstimatorSpec;
//! use ndarray::array;
//!
//! let x = array![[0., 0.], [1., 0.], [0., 1.], [5., 5.], [6., 5.], [5., 6.]];
//! let spec: EstimatorSpec = serde_json::from_str(
//!     r#"{ "estimator": "KNeighborsClassifier", "params": { "n_neighbors": 3 }, "backend": "smartcore" }"#,
//! )?;
//! let model = fit(&spec, Arc::new(x), &[0, 0, 0, 1, 1, 1])?;
//! assert_eq!(model.predict(array![[1., 1.], [4., 4.]].view())?, [0, 1]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(any(test, not(feature = "smartcore")))]
pub mod apart;
#[cfg(feature = "smartcore")]
mod direct;
mod k_neighbors;
mod kernels;
mod logistic_params;
mod logistic_regression;
mod naive_bayes;
mod neighbors_params;
#[cfg(feature = "smartcore")]
pub mod served;
mod settings;
mod svc;
mod tree_params;
mod trees;
mod wire;

use serde::{Deserialize, Serialize};

pub use self::k_neighbors::Neighbors;
pub use self::logistic_params::LogisticParams;
pub use self::logistic_regression::Logistic;
pub use self::naive_bayes::NaiveBayes;
pub use self::neighbors_params::NeighborsParams;
pub use self::svc::{Svc, SvcParams};
pub use self::tree_params::TreeParams;
pub use self::trees::Trees;
use super::classifier::Classifier;
use super::forest::tree::Tree;
use super::gaussian_nb::GaussianNbParams;
use super::params::Params;
use crate::data::TrainingSet;
use crate::error::Result;

/// A model of smartcore's to fit, its settings checked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum SmartcoreEstimator {
    /// `GaussianNB`.
    GaussianNb(GaussianNbParams),
    /// `LogisticRegression`.
    LogisticRegression(LogisticParams),
    /// `RandomForestClassifier`.
    RandomForest(TreeParams),
    /// `DecisionTreeClassifier`.
    DecisionTree(TreeParams),
    /// `KNeighborsClassifier`.
    KNeighbors(NeighborsParams),
    /// `SVC`.
    Svc(SvcParams),
}

/// What one unit of a fit yields.
#[derive(Debug, Serialize, Deserialize)]
pub enum SmartcorePart {
    /// The whole model.
    Whole(SmartcoreModel),
    /// One tree of a forest.
    Tree(Tree),
}

/// A fitted model.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum SmartcoreModel {
    /// `GaussianNB`.
    GaussianNb(NaiveBayes),
    /// `LogisticRegression`.
    LogisticRegression(Logistic),
    /// `RandomForestClassifier` and `DecisionTreeClassifier`.
    Trees(Trees),
    /// `KNeighborsClassifier`.
    KNeighbors(Neighbors),
    /// `SVC`.
    Svc(Svc),
}

impl SmartcoreEstimator {
    /// Checks settings; `None` for an estimator that smartcore does not have.
    ///
    /// # Errors
    /// `InvalidParam` for a setting that is unknown, out of range, or not within smartcore's power.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub fn read(estimator: &str, params: &Params) -> Result<Option<Self>> {
        let read = match estimator {
            "GaussianNB" => naive_bayes::read(params).map(Self::GaussianNb),
            "LogisticRegression" => LogisticParams::read(params).map(Self::LogisticRegression),
            "RandomForestClassifier" => TreeParams::read(params, true).map(Self::RandomForest),
            "DecisionTreeClassifier" => TreeParams::read(params, false).map(Self::DecisionTree),
            "KNeighborsClassifier" => NeighborsParams::read(params).map(Self::KNeighbors),
            "SVC" => SvcParams::read(params).map(Self::Svc),
            _ => return Ok(None),
        };
        read.map(Some).map_err(settings::name_backend)
    }

    /// Whether a fit makes such a model.
    #[must_use]
    pub fn makes(&self, model: &SmartcoreModel) -> bool {
        match (self, model) {
            (Self::GaussianNb(_), SmartcoreModel::GaussianNb(_))
            | (Self::LogisticRegression(_), SmartcoreModel::LogisticRegression(_))
            | (Self::KNeighbors(_), SmartcoreModel::KNeighbors(_))
            | (Self::Svc(_), SmartcoreModel::Svc(_)) => true,
            (Self::RandomForest(_), SmartcoreModel::Trees(trees)) => trees.is_forest(),
            (Self::DecisionTree(_), SmartcoreModel::Trees(trees)) => !trees.is_forest(),
            _ => false,
        }
    }

    /// Into how many units a fit splits: a forest's trees, else one. smartcore cannot be
    /// interrupted within a unit.
    #[must_use]
    pub fn n_units(&self) -> usize {
        match self {
            Self::RandomForest(params) => params.n_estimators as usize,
            _ => 1,
        }
    }

    /// Milliseconds that a unit of a fit on `n_samples` rows takes at most in a browser; infinite
    /// where nobody can say. Generous: less is often a tenth of it.
    #[must_use]
    pub fn longest_ms(&self, n_samples: usize, n_features: usize, n_classes: usize) -> f64 {
        let (n, k) = (n_samples as f64, n_classes as f64);
        let cells = n * n_features as f64;
        let ns = match self {
            Self::GaussianNb(_) => 100.0 * cells,
            // It may go over them for a thousand times.
            Self::LogisticRegression(_) => 50_000.0 * cells * (k - 1.0).max(1.0),
            // All rows are looked at for each node.
            Self::RandomForest(params) | Self::DecisionTree(params) => {
                let depth = params.max_depth.map_or(f64::INFINITY, f64::from);
                n.min(depth.exp2()) * cells * (4.0 + k)
            }
            // Its tree is grown again wherever its file is read, so nothing is won elsewhere.
            Self::KNeighbors(_) => 0.0,
            // Starts anew while it gets nearer: with a hundred rows some seconds, or none.
            Self::Svc(_) => f64::INFINITY,
        };
        ns / 1e6
    }

    /// Does one unit of a fit.
    ///
    /// # Errors
    /// `InvalidParam` where the settings do not go with the data or smartcore does not cope with
    /// it, `OutOfMemory`.
    #[cfg(feature = "smartcore")]
    pub fn fit_unit(&self, data: &TrainingSet<'_>, unit: usize) -> Result<SmartcorePart> {
        let (d, k) = (data.n_features(), data.n_classes);
        let model = match self {
            Self::GaussianNb(params) => {
                SmartcoreModel::GaussianNb(direct::naive_bayes::fit(params, data)?.try_into()?)
            }
            Self::LogisticRegression(params) => SmartcoreModel::LogisticRegression(
                direct::logistic_regression::fit(params, data)?.try_into()?,
            ),
            Self::RandomForest(params) => {
                let tree = direct::trees::grow_one_of_forest(params, data, unit);
                return tree.map(SmartcorePart::Tree);
            }
            Self::DecisionTree(params) => {
                let tree = direct::trees::grow(params, data)?;
                SmartcoreModel::Trees(Trees::new(d, k, false, vec![tree])?)
            }
            Self::KNeighbors(params) => SmartcoreModel::KNeighbors(Neighbors::fit(params, data)?),
            Self::Svc(params) => SmartcoreModel::Svc(direct::svc::fit(params, data)?),
        };
        Ok(SmartcorePart::Whole(model))
    }

    /// Does one unit of a fit.
    ///
    /// # Errors
    /// `InvalidParam` where the settings do not go with the data or smartcore does not cope with
    /// it, `OutOfMemory`, `Stopped`.
    #[cfg(not(feature = "smartcore"))]
    pub fn fit_unit(&self, data: &TrainingSet<'_>, unit: usize) -> Result<SmartcorePart> {
        match self {
            // Nothing is trained but the search tree, which comes with the model.
            Self::KNeighbors(params) => {
                let model = SmartcoreModel::KNeighbors(Neighbors::fit(params, data)?);
                Ok(SmartcorePart::Whole(model))
            }
            _ => apart::fit_unit(self, data, unit),
        }
    }
}

impl SmartcoreModel {
    /// Puts a forest's trees, in order, together.
    ///
    /// # Errors
    /// `InvalidParam` where smartcore is of another version than this was written for.
    pub fn forest(n_features: usize, n_classes: usize, trees: Vec<Tree>) -> Result<Self> {
        Trees::new(n_features, n_classes, true, trees).map(Self::Trees)
    }

    /// Whether smartcore predicts with it: an SVC decides by itself.
    #[must_use]
    pub fn has_kernels(&self) -> bool {
        !matches!(self, Self::Svc(_))
    }

    /// The model as what every model can do.
    pub(super) fn inner(&self) -> &dyn Classifier {
        match self {
            Self::GaussianNb(model) => model,
            Self::LogisticRegression(model) => model,
            Self::Trees(model) => model,
            Self::KNeighbors(model) => model,
            Self::Svc(model) => model,
        }
    }
}
