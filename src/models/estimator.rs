//! All models behind one name: what is to be fitted, how its fit splits into units of work, and
//! the fitted model.
//!
//! Over 400 lines: a match for each question that is asked of all models, and nothing else.

use serde::{Deserialize, Serialize};

use super::class_weight::ClassWeight;
use super::classifier::{Attributes, Classifier};
use super::forest::random_forest::{RandomForest, RandomForestParams, train_tree};
use super::forest::training::feature_ranks::Ranks;
use super::forest::training::out_of_bag::OutOfBag;
use super::forest::tree::Tree;
use super::gaussian_nb::{GaussianNb, GaussianNbParams};
use super::linear::linear_svc::{LinearSvc, LinearSvcParams};
use super::linear::logistic_regression::{LogisticRegression, LogisticRegressionParams};
use super::params::{ParamValue, Params};
use super::prepared::{Prepared, read_settings};
use super::smartcore::{SmartcoreEstimator, SmartcoreModel, SmartcorePart};
use crate::data::TrainingSet;
use crate::error::{Error, MOST, Result, shortened};
use crate::preprocess::{ColumnTransformer, Preprocess};

/// Whose code trains and predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// This crate's own kernels.
    Breakeven,
    /// smartcore's.
    Smartcore,
}

/// The estimators that this crate has kernels of its own for.
const OURS: [&str; 4] = [
    "GaussianNB",
    "LogisticRegression",
    "LinearSVC",
    "RandomForestClassifier",
];

/// A model by name, with settings under scikit-learn's names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EstimatorSpec {
    /// scikit-learn's class name.
    pub estimator: String,
    /// Settings; those left out have scikit-learn's defaults, `random_state` 0.
    #[serde(default)]
    pub params: Params,
    /// Left out: `Breakeven` where it has the estimator, else `Smartcore`.
    #[serde(default)]
    pub backend: Option<Backend>,
    /// How rows are prepared in front of it, as [`Preprocess`]; left out: not at all.
    #[serde(default)]
    pub preprocess: Option<Params>,
}

/// The estimators that draw: those that refuse null as a seed by themselves.
const DRAWING: [&str; 3] = ["RandomForestClassifier", "DecisionTreeClassifier", "SVC"];

/// Settings of scikit-learn's that have one value here, its default, or change nothing about what is found.
const SAYS_NOTHING: [&str; 8] = [
    "n_jobs",
    "verbose",
    "warm_start",
    "ccp_alpha",
    "min_weight_fraction_leaf",
    "monotonic_cst",
    "max_leaf_nodes",
    "multi_class",
];

/// Settings of which null is not the default.
const NULL_SAYS: [&str; 2] = ["penalty", "max_features"];

/// The estimators without probabilities, which refuse `predict_proba` by themselves.
const WITHOUT_PROBABILITIES: [&str; 2] = ["LinearSVC", "SVC"];

impl EstimatorSpec {
    /// The same, but with a fresh `random_state` where it is null and something is drawn: a number from 0 to 2³²−1,
    /// which the model then shows and keeps, so that it can be made again.
    ///
    /// # Errors
    /// `InvalidParam` where the system gives no random numbers.
    pub fn seeded(mut self) -> Result<Self> {
        if DRAWING.contains(&self.estimator.as_str())
            && let Some(seed @ ParamValue::Null) = self.params.get_mut("random_state")
        {
            *seed = ParamValue::Number(f64::from(fresh_seed()?));
        }
        Ok(self)
    }

    /// How rows are prepared in front of it.
    ///
    /// # Errors
    /// `InvalidParam` for a setting that there is not or that is out of range.
    pub fn preprocess(&self) -> Result<Option<Preprocess>> {
        self.preprocess.as_ref().map(read_settings).transpose()
    }

    /// Whether smartcore has to train it.
    #[must_use]
    pub fn is_smartcores(&self) -> bool {
        self.backend == Some(Backend::Smartcore) || !OURS.contains(&self.estimator.as_str())
    }

    /// Whether its models have probabilities.
    pub(crate) fn has_probabilities(&self) -> bool {
        !WITHOUT_PROBABILITIES.contains(&self.estimator.as_str())
    }

    /// The same without settings that are as if they were left out: those that say nothing here, and those that say none
    /// where that is the default. What a model shows, and keeps.
    #[must_use]
    pub fn told(mut self) -> Self {
        self.params.retain(|name, value| match value {
            ParamValue::Null => NULL_SAYS.contains(&name.as_str()),
            ParamValue::Text(word) => word != "deprecated" && word != "warn",
            _ => true,
        } && !SAYS_NOTHING.contains(&name.as_str()));
        self
    }

    /// The settings of a search's candidates, each with a seed of its own where that is null.
    pub(crate) fn seeded_each(&self, candidates: Vec<Params>) -> Result<Vec<Params>> {
        let seeded = candidates.into_iter().map(|params| {
            let alone = Self {
                params,
                ..self.clone()
            };
            alone.seeded().map(|spec| spec.params)
        });
        seeded.collect()
    }
}

#[cfg(feature = "entropy")]
fn fresh_seed() -> Result<u32> {
    let refused = |why| Error::invalid("random_state", "null", format!("a number here: {why}"));
    getrandom::u32().map_err(refused)
}

/// Where nobody asks for one.
#[cfg(not(feature = "entropy"))]
fn fresh_seed() -> Result<u32> {
    Err(Error::invalid("random_state", "null", "a number here"))
}

/// A model to fit, its settings checked.
#[derive(Debug, Clone)]
pub enum Estimator {
    /// Gaussian naive Bayes.
    GaussianNb(GaussianNbParams),
    /// Logistic regression.
    LogisticRegression(LogisticRegressionParams),
    /// Linear support vector classifier.
    LinearSvc(LinearSvcParams),
    /// Random forest.
    RandomForest(RandomForestParams),
    /// One of smartcore's.
    Smartcore(SmartcoreEstimator),
}

/// What one unit of a fit yields.
#[derive(Debug)]
pub enum Part {
    /// The whole model, ready.
    Whole(Box<Fitted>),
    /// One tree of a forest.
    Tree(Tree),
}

/// A fitted model of any kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Fitted {
    /// Gaussian naive Bayes.
    GaussianNb(GaussianNb),
    /// Logistic regression.
    LogisticRegression(LogisticRegression),
    /// Linear support vector classifier.
    LinearSvc(LinearSvc),
    /// Random forest.
    RandomForest(RandomForest),
    /// One of smartcore's.
    Smartcore(SmartcoreModel),
    /// One of the others, behind what prepares its rows. A file has the two apart, so that nothing in it nests.
    #[serde(skip)]
    Prepared(Box<Prepared<Fitted>>),
}

impl Estimator {
    /// Checks a name and its settings.
    ///
    /// # Errors
    /// `NotFound` for an unknown estimator, `InvalidParam` for a setting it does not take or a
    /// backend that does not have it.
    pub fn from_spec(spec: &EstimatorSpec) -> Result<Self> {
        let params = &spec.params;
        let name = spec.estimator.as_str();
        let ours = OURS.contains(&name);
        if spec.is_smartcores() {
            return match (SmartcoreEstimator::read(name, params)?, spec.backend) {
                (Some(_), Some(Backend::Breakeven)) => Err(Error::invalid(
                    "backend",
                    "'breakeven'",
                    format!("'smartcore' or left out for {name}"),
                )),
                (Some(estimator), _) => Ok(Self::Smartcore(estimator)),
                (None, _) if ours => Err(Error::invalid(
                    "backend",
                    "'smartcore'",
                    format!("'breakeven' or left out for {name}"),
                )),
                (None, _) => Err(Error::NotFound {
                    what: "estimator",
                    name: shortened(name, MOST),
                    available: format!(
                        "{}, KNeighborsClassifier, SVC, DecisionTreeClassifier",
                        OURS.join(", ")
                    ),
                }),
            };
        }
        match name {
            "GaussianNB" => GaussianNbParams::read(params).map(Self::GaussianNb),
            "LogisticRegression" => {
                LogisticRegressionParams::read(params).map(Self::LogisticRegression)
            }
            "LinearSVC" => LinearSvcParams::read(params).map(Self::LinearSvc),
            _ => RandomForestParams::read(params).map(Self::RandomForest),
        }
    }

    /// What rows of a class weigh, for those that can be told.
    fn class_weight(&mut self) -> Option<&mut ClassWeight> {
        match self {
            Self::LogisticRegression(params) => Some(&mut params.class_weight),
            Self::LinearSvc(params) => Some(&mut params.class_weight),
            Self::RandomForest(params) => Some(&mut params.class_weight),
            Self::GaussianNb(_) | Self::Smartcore(_) => None,
        }
    }

    /// The same for rows of the classes `labels`, ascending, which may have names: `names[label]`.
    ///
    /// # Errors
    /// `InvalidParam` for the weight of a class that there is not.
    pub fn of_classes(mut self, labels: &[i32], names: Option<&[String]>) -> Result<Self> {
        if let Some(weight) = self.class_weight() {
            *weight = weight.of_classes(labels, names)?;
        }
        Ok(self)
    }

    /// The same as a fit sees it, by whose codes the classes go: `labels`, ascending, are theirs.
    #[must_use]
    pub fn by_code(mut self, labels: &[i32]) -> Self {
        if let Some(weight) = self.class_weight() {
            *weight = weight.by_code(labels);
        }
        self
    }

    /// A model as its file has it, with what settings tell of it.
    #[must_use]
    pub fn complete(&self, fitted: Fitted, out_of_bag: Option<OutOfBag>) -> Fitted {
        match (self, fitted) {
            (Self::RandomForest(params), Fitted::RandomForest(forest)) => {
                Fitted::RandomForest(forest.known(params.criterion, out_of_bag))
            }
            (_, fitted) => fitted,
        }
    }

    /// Whether a fit makes such a model.
    #[must_use]
    pub fn makes(&self, fitted: &Fitted) -> bool {
        match (self, fitted) {
            (Self::GaussianNb(_), Fitted::GaussianNb(_))
            | (Self::LogisticRegression(_), Fitted::LogisticRegression(_))
            | (Self::LinearSvc(_), Fitted::LinearSvc(_))
            | (Self::RandomForest(_), Fitted::RandomForest(_)) => true,
            (Self::Smartcore(estimator), Fitted::Smartcore(model)) => estimator.makes(model),
            _ => false,
        }
    }

    /// Into how many units of work a fit splits; they may run in any order and at the same time.
    #[must_use]
    pub fn n_units(&self) -> usize {
        match self {
            Self::RandomForest(params) => params.n_estimators as usize,
            Self::Smartcore(estimator) => estimator.n_units(),
            _ => 1,
        }
    }

    /// Milliseconds that a fit may go on without a pause, at most: nothing for what pauses inside.
    #[must_use]
    pub fn longest_ms(&self, n_samples: usize, n_features: usize, n_classes: usize) -> f64 {
        match self {
            Self::Smartcore(estimator) => estimator.longest_ms(n_samples, n_features, n_classes),
            _ => 0.0,
        }
    }

    /// How many columns of a matrix are to be ranked before the first unit.
    ///
    /// # Errors
    /// `OutOfMemory` where the ranks would not fit.
    pub fn n_ranked(&self, (n_rows, n_features): (usize, usize)) -> Result<usize> {
        if !matches!(self, Self::RandomForest(_)) {
            return Ok(0);
        }
        Ranks::ask(n_rows, n_features)?;
        Ok(n_features)
    }

    /// Does one unit of a fit; what is long in one piece pauses now and then. `ranks` are those of
    /// all columns of `data.x` where they are to be ranked.
    ///
    /// # Errors
    /// `InvalidParam` where the settings do not go with the data.
    pub async fn fit_unit(
        &self,
        data: &TrainingSet<'_>,
        ranks: &Ranks,
        unit: usize,
    ) -> Result<Part> {
        let fitted = match self {
            Self::GaussianNb(params) => Fitted::GaussianNb(GaussianNb::fit(params, data).await?),
            Self::LogisticRegression(params) => {
                Fitted::LogisticRegression(LogisticRegression::fit(params, data).await?)
            }
            Self::LinearSvc(params) => Fitted::LinearSvc(LinearSvc::fit(params, data).await?),
            Self::RandomForest(params) => {
                return train_tree(params, ranks, data, unit).await.map(Part::Tree);
            }
            Self::Smartcore(estimator) => match estimator.fit_unit(data, unit)? {
                SmartcorePart::Whole(model) => Fitted::Smartcore(model),
                SmartcorePart::Tree(tree) => return Ok(Part::Tree(tree)),
            },
        };
        Ok(Part::Whole(Box::new(fitted)))
    }

    /// Puts a fit's parts, in order of their units, together.
    ///
    /// # Errors
    /// `InvalidParam` where smartcore is of another version than this was written for; `OutOfMemory`.
    pub async fn assemble(&self, data: &TrainingSet<'_>, parts: Vec<Part>) -> Result<Fitted> {
        let mut trees = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Part::Whole(fitted) => return Ok(*fitted),
                Part::Tree(tree) => trees.push(tree),
            }
        }
        match self {
            Self::RandomForest(params) => {
                let forest = RandomForest::of_fit(params, data, trees);
                forest.await.map(Fitted::RandomForest)
            }
            _ => SmartcoreModel::forest(data.n_features(), data.n_classes, trees)
                .map(Fitted::Smartcore),
        }
    }
}

impl Fitted {
    /// Behind what prepares its rows.
    #[must_use]
    pub fn prepared_by(self, transformer: ColumnTransformer) -> Self {
        Self::Prepared(Box::new(Prepared::new(transformer, self)))
    }

    /// What prepares its rows, and the classifier behind that.
    #[must_use]
    pub fn parts(&self) -> (Option<&ColumnTransformer>, &Self) {
        match self {
            Self::Prepared(prepared) => (Some(prepared.transformer()), prepared.inner()),
            plain => (None, plain),
        }
    }

    /// Whether smartcore has to predict with it.
    #[must_use]
    pub fn is_smartcores(&self) -> bool {
        matches!(self.parts().1, Self::Smartcore(model) if model.has_kernels())
    }

    /// What a forest's trees say of rows that they have not seen, where it was asked for.
    #[must_use]
    pub fn out_of_bag(&self) -> Option<&OutOfBag> {
        match self.parts().1 {
            Self::RandomForest(forest) => forest.out_of_bag(),
            _ => None,
        }
    }

    fn inner(&self) -> &dyn Classifier {
        match self {
            Self::GaussianNb(model) => model,
            Self::LogisticRegression(model) => model,
            Self::LinearSvc(model) => model,
            Self::RandomForest(model) => model,
            Self::Smartcore(model) => model.inner(),
            Self::Prepared(model) => &**model,
        }
    }
}

impl Classifier for Fitted {
    fn n_features(&self) -> usize {
        self.inner().n_features()
    }

    fn n_classes(&self) -> usize {
        self.inner().n_classes()
    }

    fn row_ns(&self) -> usize {
        self.inner().row_ns()
    }

    fn most(&self) -> f64 {
        self.inner().most()
    }

    fn unreadable(&self, x: &[f64]) -> Option<usize> {
        self.inner().unreadable(x)
    }

    fn predict_into(&self, x: &[f64], classes: &[i32], out: &mut [i32]) {
        self.inner().predict_into(x, classes, out);
    }

    fn predict_proba_into(&self, x: &[f64], out: &mut [f64]) -> Result<()> {
        self.inner().predict_proba_into(x, out)
    }

    fn n_decisions(&self) -> usize {
        self.inner().n_decisions()
    }

    fn decision_function_into(&self, x: &[f64], out: &mut [f64]) -> Result<()> {
        self.inner().decision_function_into(x, out)
    }

    fn attributes(&self) -> Result<Attributes> {
        self.inner().attributes()
    }
}
