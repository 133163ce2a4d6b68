//! By what the fits of a search are compared: scikit-learn's scorers.

use ndarray::Array2;

use crate::data::Labels;
use crate::data::scratch::Scratch;
use crate::error::{Error, MOST, Result, shortened};
use crate::metrics::ClassCounts;
use crate::metrics::log_loss::LogLoss;
use crate::metrics::roc_auc::Scores;
use crate::models::classifier::Classifier;
use crate::models::estimator::{EstimatorSpec, Fitted};
use crate::parallel::pause::{Pace, pause};

/// Rows scored at once, and how long that may take about.
const SCORE_ROWS: usize = 256;
const SCORE_NS: usize = 20_000_000;

/// scikit-learn 1.9.1's scorers of these names; of each, more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scoring {
    /// The fraction of rows that are right.
    Accuracy,
    /// The mean over classes of the fraction of their rows that are right.
    BalancedAccuracy,
    /// The mean over classes of F1.
    F1Macro,
    /// The area under the ROC curve, of two classes: by margins where a model has them, else by probabilities.
    RocAuc,
    /// The mean logarithm of the probability that a row's class was given.
    NegLogLoss,
}

const NAMES: [(&str, Scoring); 5] = [
    ("accuracy", Scoring::Accuracy),
    ("balanced_accuracy", Scoring::BalancedAccuracy),
    ("f1_macro", Scoring::F1Macro),
    ("roc_auc", Scoring::RocAuc),
    ("neg_log_loss", Scoring::NegLogLoss),
];

impl Scoring {
    /// That of the name; `accuracy` where left out.
    ///
    /// # Errors
    /// `InvalidParam` for another name.
    pub fn named(name: Option<&str>) -> Result<Self> {
        let Some(name) = name else {
            return Ok(Self::Accuracy);
        };
        let found = NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, scoring)| *scoring).ok_or_else(|| {
            let name = format!("'{}'", shortened(name, MOST));
            Error::invalid("scoring", name, format!("one of {}", names(|_| true)))
        })
    }

    /// Refuses what no fold could be scored by.
    ///
    /// # Errors
    /// `InvalidParam` for `roc_auc` of more than two classes, and for `neg_log_loss` of an estimator without
    /// probabilities.
    pub fn refuse(self, spec: &EstimatorSpec, n_classes: usize) -> Result<()> {
        let refused = |allowed| Err(self.at_fault(allowed));
        match self {
            Self::RocAuc if n_classes > 2 => refused(format!(
                "one of {} where there are {n_classes} classes: roc_auc is of two",
                names(|it| it != Self::RocAuc)
            )),
            Self::NegLogLoss if !spec.has_probabilities() => refused(format!(
                "one of {} for {}, which has no probabilities",
                names(|it| it != Self::NegLogLoss && (it != Self::RocAuc || n_classes == 2)),
                spec.estimator
            )),
            _ => Ok(()),
        }
    }

    /// An error that names this scoring, and what it should be instead.
    fn at_fault(self, allowed: String) -> Error {
        let own = NAMES.iter().find(|(_, scoring)| *scoring == self);
        Error::invalid(
            "scoring",
            own.map_or_else(String::new, |(name, _)| format!("'{name}'")),
            allowed,
        )
    }
}

/// The names that are wanted, as a choice.
fn names(wanted: impl Fn(Scoring) -> bool) -> String {
    let of = NAMES.iter().filter(|(_, scoring)| wanted(*scoring));
    let quoted: Vec<_> = of.map(|(name, _)| format!("'{name}'")).collect();
    quoted.join(", ")
}

/// What rows are counted or kept as until they are scored together.
enum Tally {
    Labels(ClassCounts),
    /// Scores, how many of them a row has and which of them counts.
    Ranking(Scores, bool, usize, usize),
    /// Losses, and the column of the probabilities that each class is looked for in.
    Losses(LogLoss, Option<Vec<i32>>),
}

/// How a model does on `rows`, of which `codes` are the classes that it knows. It takes 8 bytes a row for `roc_auc`, twice
/// while they are sorted, and for `neg_log_loss`.
///
/// # Errors
/// `InvalidParam` where the score is not defined on these rows, `NonFinite` where the model gives no numbers,
/// `OutOfMemory`.
pub(super) async fn score(
    scoring: Scoring,
    fitted: &Fitted,
    x: &Array2<f64>,
    labels: &Labels,
    codes: &[i32],
    rows: &[u32],
) -> Result<f64> {
    let mut tally = Tally::new(scoring, fitted, labels, codes, rows)?;
    let n_columns = match &tally {
        Tally::Labels(_) => 0,
        Tally::Ranking(_, _, width, _) => *width,
        Tally::Losses(..) => fitted.n_classes(),
    };
    let mut block = Scratch::empty(SCORE_ROWS * x.ncols());
    let mut numbers = Scratch::<f64>::zeros(SCORE_ROWS * n_columns);
    let mut predicted = [0; SCORE_ROWS];
    let at_once = SCORE_NS / fitted.row_ns().max(1);
    for rows in rows.chunks(at_once.clamp(1, SCORE_ROWS)) {
        block.clear();
        for &row in rows {
            block.extend(x.row(row as usize));
        }
        let predicted = &mut predicted[..rows.len()];
        let numbers = &mut numbers[..rows.len() * n_columns];
        match &tally {
            Tally::Labels(_) => fitted.predict_into(&block, codes, predicted),
            Tally::Ranking(_, true, ..) => fitted.decision_function_into(&block, numbers)?,
            _ => fitted.predict_proba_into(&block, numbers)?,
        }
        if let Some(cell) = numbers.iter().position(|number| !number.is_finite()) {
            return Err(Error::NonFinite {
                what: "what the model gives to be scored",
                row: rows[cell / n_columns] as usize,
                col: cell % n_columns,
            });
        }
        let truth = rows.iter().map(|row| labels.codes[*row as usize] as usize);
        tally.add(truth, predicted, numbers);
        pause().await;
    }
    Ok(match tally {
        Tally::Labels(counts) => match scoring {
            Scoring::BalancedAccuracy => counts.balanced_accuracy(),
            Scoring::F1Macro => counts.f1_macro(),
            _ => counts.accuracy(),
        },
        Tally::Ranking(scores, ..) => scores.area(&mut Pace::default()).await?,
        Tally::Losses(losses, _) => -losses.mean(),
    })
}

impl Tally {
    fn new(
        scoring: Scoring,
        fitted: &Fitted,
        labels: &Labels,
        codes: &[i32],
        rows: &[u32],
    ) -> Result<Self> {
        let n_classes = labels.classes.len();
        let undefined = |n_present: usize| {
            let why = format!(
                "another where a fold's test rows are of {n_present} of {n_classes} classes, or cv less"
            );
            Err(scoring.at_fault(why))
        };
        let is_second = |row: &&u32| labels.codes[**row as usize] == 1;
        match scoring {
            Scoring::RocAuc => {
                let n_positive = rows.iter().filter(is_second).count();
                if n_positive == 0 || n_positive == rows.len() {
                    return undefined(1);
                }
                let scores = Scores::new(n_positive, rows.len() - n_positive)?;
                // Of no rows at all: who has none says so.
                if fitted.decision_function_into(&[], &mut []).is_ok() {
                    return Ok(Self::Ranking(scores, true, fitted.n_decisions(), 0));
                }
                Ok(Self::Ranking(scores, false, fitted.n_classes(), 1))
            }
            Scoring::NegLogLoss => {
                // scikit-learn takes the probabilities' columns for the classes of the test rows.
                let columns = labels.present(rows);
                let n_present = columns.as_ref().map_or(n_classes, Vec::len);
                if n_present < 2 || n_present != codes.len() {
                    return undefined(n_present);
                }
                Ok(Self::Losses(LogLoss::new(rows.len())?, columns))
            }
            _ => Ok(Self::Labels(ClassCounts::new(n_classes))),
        }
    }

    /// Takes rows in by what the model says of them.
    fn add(&mut self, truth: impl Iterator<Item = usize>, predicted: &[i32], numbers: &[f64]) {
        match self {
            Self::Labels(counts) => truth
                .zip(predicted)
                .for_each(|(truth, code)| counts.add(truth, *code as usize)),
            Self::Ranking(scores, _, width, column) => truth
                .zip(numbers.chunks(*width))
                .for_each(|(truth, row)| scores.add(truth == 1, row[*column])),
            Self::Losses(losses, columns) => {
                let column = |code: usize| match &*columns {
                    Some(columns) => columns.partition_point(|&c| (c as usize) < code),
                    None => code,
                };
                let width = numbers.len() / predicted.len().max(1);
                for (truth, row) in truth.zip(numbers.chunks(width.max(1))) {
                    // Of two classes scikit-learn asks for the second's only.
                    losses.add(match (row, column(truth)) {
                        ([_, second], 0) => 1.0 - second,
                        (row, column) => row[column],
                    });
                }
            }
        }
    }
}
