//! What every fitted model can do.

use serde::Serialize;

use crate::error::Result;

/// A fitted classifier. Kernels: they see whole rows, write into the caller's buffer and allocate
/// nothing. Callers have checked the width of the rows.
pub trait Classifier: Send + Sync {
    /// Number of columns of the training rows.
    fn n_features(&self) -> usize;

    /// Number of classes.
    fn n_classes(&self) -> usize;

    /// Nanoseconds that a row takes, to an order of magnitude and rather more than less: how many rows a first
    /// step may have. The next ones go by the clock.
    fn row_ns(&self) -> usize {
        self.n_features() * self.n_classes()
    }

    /// Numbers that it reads are below this in size.
    fn most(&self) -> f64 {
        f64::INFINITY
    }

    /// The first number of `x` that the model cannot read: of a forest, the first too large for `f32`. Callers
    /// refuse rows that have one.
    fn unreadable(&self, _x: &[f64]) -> Option<usize> {
        None
    }

    /// Writes a label a row: `classes[code]`. `x` is row-major, `out.len() * n_features` long;
    /// `classes` has `n_classes` labels.
    fn predict_into(&self, x: &[f64], classes: &[i32], out: &mut [i32]);

    /// Writes `n_classes` probabilities a row, row-major.
    ///
    /// # Errors
    /// `InvalidParam` where the model has none (`LinearSVC`).
    fn predict_proba_into(&self, x: &[f64], out: &mut [f64]) -> Result<()>;

    /// Number of columns of `decision_function_into`: 1 for two classes, else `n_classes`.
    fn n_decisions(&self) -> usize {
        if self.n_classes() == 2 {
            1
        } else {
            self.n_classes()
        }
    }

    /// Writes `n_decisions` margins a row, row-major.
    ///
    /// # Errors
    /// `InvalidParam` where the model has none (forests, naive Bayes), as in scikit-learn.
    fn decision_function_into(&self, x: &[f64], out: &mut [f64]) -> Result<()>;

    /// Fitted attributes under scikit-learn's names without the trailing underscore.
    ///
    /// # Errors
    /// `OutOfMemory`.
    fn attributes(&self) -> Result<Attributes>;
}

/// Fitted attributes; they serialise to an object with these names.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Attributes {
    /// Of `GaussianNB`.
    GaussianNb {
        /// Means, `[n_classes][n_features]`.
        theta: Vec<Vec<f64>>,
        /// Variances with the smoothing added, `[n_classes][n_features]`.
        var: Vec<Vec<f64>>,
        /// Prior of each class.
        class_prior: Vec<f64>,
        /// Rows of each class.
        class_count: Vec<f64>,
        /// What was added to every variance.
        epsilon: f64,
    },
    /// Of `LogisticRegression` and `LinearSVC`.
    Linear {
        /// `[1 or n_classes][n_features]`.
        coef: Vec<Vec<f64>>,
        /// `[1 or n_classes]`.
        intercept: Vec<f64>,
        /// Iterations of each problem.
        n_iter: Vec<u32>,
        /// Value of the objective at the solution (summed over one-vs-rest problems).
        objective: f64,
    },
    /// Of forests and trees.
    Forest {
        /// In order of training.
        trees: Vec<TreeAttributes>,
    },
    /// Of `KNeighborsClassifier`.
    Neighbors {
        /// Rows that it looks for neighbours among.
        n_samples_fit: usize,
        /// How it measures distance.
        effective_metric: &'static str,
    },
    /// Of `SVC`.
    SupportVectors {
        /// `[n_vectors][n_features]`, class by class.
        support_vectors: Vec<Vec<f64>>,
        /// Vectors of each class.
        n_support: Vec<u32>,
        /// `[n_classes - 1][n_vectors]`.
        dual_coef: Vec<Vec<f64>>,
        /// Of each pair of classes.
        intercept: Vec<f64>,
        /// The kernel's, as a number.
        gamma: f64,
        /// 0 where the solver came within `tol` of the optimum, else 1.
        fit_status: u8,
    },
    /// Of models that show none.
    None {},
}

/// One tree in scikit-learn's node order (preorder); leaves have children −1 and feature −2.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TreeAttributes {
    /// Feature that each node tests.
    pub feature: Vec<i32>,
    /// Rows with `x <= threshold` go left.
    pub threshold: Vec<f64>,
    /// Number of the left child.
    pub children_left: Vec<i32>,
    /// Number of the right child.
    pub children_right: Vec<i32>,
    /// Class fractions, `[node][class]`.
    pub value: Vec<Vec<f64>>,
}
