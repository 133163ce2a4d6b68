//! The area under the curve of true over false positives.

use crate::data::numpy_sum::pairwise_sum;
use crate::data::scratch::Scratch;
use crate::error::Result;
use crate::parallel::pause::{PIECE, Pace};

/// Steps that a key's sorting within a piece takes, about.
const SORTING: usize = 16;

/// Scores of rows, by whether they are of the class that high scores stand for.
#[derive(Debug)]
pub(crate) struct Scores {
    positive: Scratch<u64>,
    negative: Scratch<u64>,
}

impl Scores {
    /// Of no rows yet, with room for so many of either kind: 8 bytes each.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn new(n_positive: usize, n_negative: usize) -> Result<Self> {
        let room = |n| -> Result<Scratch<u64>> {
            let mut keys = Scratch::ask_zeros("the scores", n, 1)?;
            keys.clear();
            Ok(keys)
        };
        Ok(Self {
            positive: room(n_positive)?,
            negative: room(n_negative)?,
        })
    }

    /// Adds a row by its score, a finite number.
    pub(crate) fn add(&mut self, is_positive: bool, score: f64) {
        let keys = if is_positive {
            &mut self.positive
        } else {
            &mut self.negative
        };
        keys.push(descending(score));
    }

    /// The area, with rows of equal scores as one point of the curve: scikit-learn 1.9.1's `roc_auc_score` of two
    /// classes, its points and its order of adding up. NaN where one class has no rows. n log n, with pauses.
    pub(crate) async fn area(mut self, pace: &mut Pace) -> Result<f64> {
        let n = self.positive.len() + self.negative.len();
        sort(&mut self.positive, pace).await?;
        sort(&mut self.negative, pace).await?;
        let (positive, negative) = (&**self.positive, &**self.negative);
        let (all_true, all_false) = (positive.len() as f64, negative.len() as f64);

        // The areas between neighbouring points, whose coordinates are counts at first.
        let mut areas = Scratch::ask_zeros("the curve", n, 1)?;
        areas.clear();
        let mut last = (0.0, 0.0);
        let mut to = |(t, f): (f64, f64)| {
            let ((x0, y0), (x1, y1)) = (last, (f / all_false, t / all_true));
            areas.push((x1 - x0) * (y1 + y0) / 2.0);
            last = (x1, y1);
        };
        let (mut i, mut j, mut n_points) = (0, 0, 0);
        let (mut before, mut here) = ((0, 0), (0, 0));
        while i < positive.len() || j < negative.len() {
            let at = (positive.get(i).copied().unwrap_or(u64::MAX))
                .min(negative.get(j).copied().unwrap_or(u64::MAX));
            let from = i + j;
            while positive.get(i) == Some(&at) {
                i += 1;
            }
            while negative.get(j) == Some(&at) {
                j += 1;
            }
            // A point on the line between its neighbours is left out, but for the first.
            let corner = i + before.0 != 2 * here.0 || j + before.1 != 2 * here.1;
            if n_points == 1 || n_points > 1 && corner {
                to((here.0 as f64, here.1 as f64));
            }
            (before, here) = (here, (i, j));
            n_points += 1;
            pace.after(i + j - from).await;
        }
        to((here.0 as f64, here.1 as f64));
        Ok(pairwise_sum(areas.len(), &|k| areas[k]))
    }
}

/// A number whose order is the other way round; equal scores have equal ones.
fn descending(score: f64) -> u64 {
    // Both zeros are one.
    let bits = (score + 0.0).to_bits();
    if bits >> 63 == 0 {
        !(bits | 1 << 63)
    } else {
        bits
    }
}

/// Sorts ascending, with pauses: pieces by themselves, which are then merged.
async fn sort(keys: &mut Scratch<u64>, pace: &mut Pace) -> Result<()> {
    let n = keys.len();
    for piece in keys.chunks_mut(PIECE) {
        piece.sort_unstable();
        pace.after(SORTING * piece.len()).await;
    }
    if n <= PIECE {
        return Ok(());
    }
    let mut spare = Scratch::ask_zeros("the scores", n, 1)?;
    let mut run = PIECE;
    while run < n {
        for start in (0..n).step_by(2 * run) {
            let (middle, end) = ((start + run).min(n), (start + 2 * run).min(n));
            let (mut i, mut j) = (start, middle);
            for piece in spare[start..end].chunks_mut(PIECE) {
                for key in &mut *piece {
                    let left = j == end || i < middle && keys[i] <= keys[j];
                    let from = if left { &mut i } else { &mut j };
                    *key = keys[*from];
                    *from += 1;
                }
                pace.after(piece.len()).await;
            }
        }
        std::mem::swap(keys, &mut spare);
        run *= 2;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::parallel::pause::whole;

    fn area(rows: impl Iterator<Item = (bool, f64)> + Clone) -> f64 {
        let n_positive = rows.clone().filter(|row| row.0).count();
        let mut scores = Scores::new(n_positive, rows.clone().count() - n_positive).unwrap();
        rows.for_each(|(is_positive, score)| scores.add(is_positive, score));
        whole(scores.area(&mut Pace::default())).unwrap()
    }

    /// `roc_auc_score([0, 0, 1, 1, 1, 0, 1, 0], [.1, .4, .4, .8, .35, .35, .4, -2])`, as scikit-learn 1.9.1 prints it.
    #[test]
    fn as_scikit_learn_prints() {
        let truth = [0, 0, 1, 1, 1, 0, 1, 0].map(|label| label == 1);
        let scores = [0.1, 0.4, 0.4, 0.8, 0.35, 0.35, 0.4, -2.0];
        assert_eq!(area(truth.into_iter().zip(scores)), 0.84375);
    }

    #[test]
    fn ties_signs_and_one_class() {
        let rows = |rows: &[(bool, f64)]| area(rows.iter().copied());
        assert_eq!(rows(&[(true, 0.0), (false, -0.0)]), 0.5);
        assert_eq!(rows(&[(true, -1.0), (false, -2.0), (true, 3.0)]), 1.0);
        assert_eq!(rows(&[(true, -1.0), (false, 2.0)]), 0.0);
        assert!(rows(&[(true, -1.0), (true, 2.0)]).is_nan());
        assert!(rows(&[(false, -1.0), (false, 2.0)]).is_nan());
    }

    /// More rows than are sorted at once: the share of pairs in which the positive row has more, of equal ones half.
    #[test]
    fn many_rows_as_pairs_counted_plainly() {
        let n = 3 * PIECE as u64 + 17;
        let draw = |i: u64| (i * 2_654_435_761) % 1009;
        let rows = (0..2 * n).map(|i| (i % 2 == 0, draw(i) as f64 - (i % 3) as f64));
        let mut counts = std::collections::BTreeMap::<i64, (u64, u64)>::new();
        for (is_positive, score) in rows.clone() {
            let (positive, negative) = counts.entry(score as i64).or_default();
            *(if is_positive { positive } else { negative }) += 1;
        }
        let (mut below, mut twice) = (0, 0);
        for (positive, negative) in counts.into_values() {
            twice += positive * (2 * below + negative);
            below += negative;
        }
        let plain = twice as f64 / 2.0 / (n * n) as f64;
        assert!((area(rows) - plain).abs() < 1e-13);
    }

    /// Each piece is some milliseconds of work at most.
    #[test]
    fn many_rows_pause() {
        let n = 4 * PIECE;
        let mut scores = Scores::new(n, n).unwrap();
        (0..2 * n).for_each(|i| scores.add(i % 2 == 0, (i * 7919 % 1_000_003) as f64));
        let mut pace = Pace::default();
        let mut work = pin!(scores.area(&mut pace));
        let mut n_pauses = 0;
        while work.as_mut().poll(&mut Context::from_waker(Waker::noop())) == Poll::Pending {
            n_pauses += 1;
        }
        // After each of four pieces of either kind; in two merges of each; along the curve.
        assert!(n_pauses >= 2 * 4 + 2 * 2 + 2, "{n_pauses}");
    }
}
