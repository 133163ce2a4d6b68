//! The logarithmic loss.

use super::mean;
use crate::data::scratch::Scratch;
use crate::error::Result;
use crate::random::log::log;

/// `-mean(ln p)` of the probabilities `p` that rows' own classes were given, each kept `f64::EPSILON` off 0 and 1:
/// scikit-learn 1.9.1's `log_loss`.
#[derive(Debug)]
pub(crate) struct LogLoss(Scratch<f64>);

impl LogLoss {
    /// Of no rows yet, with room for so many: 8 bytes each.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn new(n_rows: usize) -> Result<Self> {
        let mut losses = Scratch::ask_zeros("the losses", n_rows, 1)?;
        losses.clear();
        Ok(Self(losses))
    }

    /// Adds a row by the probability of its class, which is a number from 0 to 1.
    pub(crate) fn add(&mut self, probability: f64) {
        let p = probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
        self.0.push(-log(p));
    }

    /// The mean over the rows.
    pub(crate) fn mean(&self) -> f64 {
        mean(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::LogLoss;

    /// `log_loss([0, 1, 1, 0], y_proba=[0.2, 0.9, 1.0, 1.0])`, as scikit-learn 1.9.1 prints it: the last row is
    /// certain of the other class.
    #[test]
    fn as_scikit_learn_prints() {
        let mut loss = LogLoss::new(4).unwrap();
        for p in [1.0 - 0.2, 0.9, 1.0, 1.0 - 1.0] {
            loss.add(p);
        }
        assert!(
            (loss.mean() - 9.093039364022298).abs() < 1e-15,
            "{}",
            loss.mean()
        );
    }
}
