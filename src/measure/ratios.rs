//! Strategy over serial at each size, and how well that is known.
//!
//! What is estimated is the mean logarithm of the ratio, each of calls that stood side by side. Samples
//! of one round see one state of the machine, and rounds of one start of the engine share what that
//! start brought about. So the unit that counts is the group, a round or a start.

use super::stats::{SplitMix, mean, median, median_of_sorted, squares, student};

/// An interval that is wrong once in twenty times.
pub(super) const ALPHA: f64 = 0.05;
/// Degrees of freedom that the spread at the other sizes is worth where one size knows little of
/// its own: with two rounds its own says nothing.
const PRIOR_DF: f64 = 3.0;
/// A median of normal ones varies so many times as much as their mean, where they are many.
const MEDIAN_OF: f64 = std::f64::consts::FRAC_PI_2;
/// Less than this, on the logarithm, is no gain: a clock's steps and what stands first in a pair make
/// as much.
const MARGIN: f64 = 0.01;

/// What one round says of one size: the logarithm of strategy over serial, pair by pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// Rounds with the same number are resampled together.
    pub group: u32,
    /// One of each pair.
    pub ratios: Vec<f64>,
}

/// One size in all rounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Size {
    /// Rows.
    pub n_rows: f64,
    /// What a serial call takes, milliseconds.
    pub serial_ms: f64,
    /// At least one, none of them empty.
    pub rounds: Vec<Round>,
}

/// The ratio at one size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// Rows.
    pub n_rows: f64,
    /// Mean of the logarithm over the groups.
    pub mean: f64,
    /// Its standard error.
    pub error: f64,
    /// Degrees of freedom of that.
    pub df: f64,
    pub(super) n_groups: usize,
}

impl Ratio {
    /// How far the mean may be off with probability `1 - alpha`.
    pub(super) fn half_width(&self, alpha: f64) -> f64 {
        student(alpha, self.df) * self.error
    }

    /// -1 where it is surely faster, 1 where it is surely slower.
    pub(super) fn sign(&self, alpha: f64) -> i8 {
        let half = self.half_width(alpha) + MARGIN;
        i8::from(self.mean - half > 0.0) - i8::from(self.mean + half < 0.0)
    }
}

/// The rounds of one group at one size.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) id: u32,
    rounds: Vec<Vec<f64>>,
    medians: Vec<f64>,
    mean: f64,
    /// What the scatter inside of rounds alone makes the mean vary, in units of that scatter's
    /// variance.
    share: f64,
}

impl Group {
    pub(super) fn of(size: &Size) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for round in &size.rounds {
            match groups.iter_mut().find(|group| group.id == round.group) {
                Some(group) => group.rounds.push(round.ratios.clone()),
                None => groups.push(Self {
                    id: round.group,
                    rounds: vec![round.ratios.clone()],
                    medians: Vec::new(),
                    mean: 0.0,
                    share: 0.0,
                }),
            }
        }
        for group in &mut groups {
            group.medians = group.rounds.iter().map(|ratios| median(ratios)).collect();
            group.mean = mean(&group.medians);
            let of_median = |ratios: &Vec<f64>| MEDIAN_OF / (ratios.len() as f64 + MEDIAN_OF - 1.0);
            let n = group.rounds.len() as f64;
            group.share = group.rounds.iter().map(of_median).sum::<f64>() / (n * n);
        }
        groups
    }

    /// What scatter inside of rounds alone makes the mean of the groups vary: those few means may agree
    /// by chance, never for sure. 0 where no round has two pairs.
    fn least_variance(groups: &[Self]) -> f64 {
        let rounds = groups
            .iter()
            .flat_map(|group| group.rounds.iter().zip(&group.medians));
        let deviations: Vec<f64> = rounds
            .filter(|(ratios, _)| ratios.len() > 1)
            .map(|(ratios, middle)| {
                let sum: f64 = ratios.iter().map(|ratio| (ratio - middle).abs()).sum();
                // The expected sum of so many normal ones.
                sum / (0.8 * ratios.len() as f64 - 0.6)
            })
            .collect();
        if deviations.is_empty() {
            return 0.0;
        }
        let shares = groups.iter().map(|group| group.share).sum::<f64>();
        median(&deviations).powi(2) * shares / (groups.len() as f64).powi(2)
    }

    /// The same of a resample: of its rounds, or of its pairs where it is a single round.
    pub(super) fn resampled(&self, rng: &mut SplitMix, room: &mut Vec<f64>) -> f64 {
        let n = self.rounds.len();
        if let [pairs] = &self.rounds[..] {
            room.clear();
            room.extend((0..pairs.len()).map(|_| pairs[rng.below(pairs.len())]));
            room.sort_unstable_by(f64::total_cmp);
            return median_of_sorted(room);
        }
        (0..n).map(|_| self.medians[rng.below(n)]).sum::<f64>() / n as f64
    }
}

/// Means with errors that hold what differs between groups. A size with few groups borrows from the
/// others: its variance is drawn towards theirs (Smyth's moderated t).
pub(super) fn ratios(sizes: &[Size], groups: &[Vec<Group>]) -> Vec<Ratio> {
    let means: Vec<Vec<f64>> = groups
        .iter()
        .map(|groups| groups.iter().map(|group| group.mean).collect())
        .collect();
    let own_df = |means: &[f64]| means.len() as f64 - 1.0;
    let all_df: f64 = means.iter().map(|means| own_df(means)).sum();
    let pooled = means.iter().map(|means| squares(means)).sum::<f64>() / all_df.max(1.0);
    let prior_df = PRIOR_DF.min(all_df);
    sizes
        .iter()
        .zip(&means)
        .zip(groups)
        .map(|((size, means), groups)| {
            let df = own_df(means) + prior_df;
            let variance = (squares(means) + prior_df * pooled) / df.max(1.0);
            let variance = variance / means.len() as f64;
            Ratio {
                n_rows: size.n_rows,
                mean: mean(means),
                // Without any second round nothing is known at all.
                error: if all_df > 0.0 {
                    variance.max(Group::least_variance(groups)).sqrt()
                } else {
                    f64::INFINITY
                },
                df: df.max(1.0),
                n_groups: means.len(),
            }
        })
        .collect()
}
