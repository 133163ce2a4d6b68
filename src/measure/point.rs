//! One strategy at one size, summed up.

use serde::Serialize;

use super::plan::Stages;
use super::stats::{mad, mean, median, quantile, squares, student};
use super::unit::{Timed, mean_stages, medians};

/// One strategy at one size.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "page", derive(tsify::Tsify))]
pub struct MeasurePoint {
    /// The strategy's name.
    #[cfg_attr(
        feature = "page",
        tsify(type = "'serial' | 'threads' | 'workers' | 'async' | 'auto'")
    )]
    pub strategy: String,
    /// What was done: the automatic choice's choice, else the strategy itself.
    #[cfg_attr(
        feature = "page",
        tsify(type = "'serial' | 'threads' | 'workers' | 'async'")
    )]
    pub strategy_used: &'static str,
    /// Rows of a batch.
    pub n_rows: usize,
    /// Threads that could take part.
    pub n_threads: usize,
    /// Threads that the automatic choice took, else those that could take part.
    pub n_threads_used: usize,
    /// Samples.
    pub n_samples: usize,
    /// Rounds that they come from.
    pub n_rounds: usize,
    /// Median time of a call; the mean, where the point is `clock_saturated` by a clock whose steps are longer
    /// than 5 ms.
    pub median_ms: f64,
    /// Median distance from it.
    pub mad_ms: f64,
    /// Shortest.
    pub min_ms: f64,
    /// Nineteen in twenty samples took no longer.
    pub p95_ms: f64,
    /// Interval of the median between rounds, 95 %.
    pub ci95_ms: [f64; 2],
    /// Median distance of the rounds' medians from the middle one, as a share of it.
    pub between_rounds: f64,
    /// Rows a second at the median.
    pub rows_per_s: f64,
    /// Median time inside the kernels, summed over the threads.
    pub busy_ms: f64,
    /// `busy_ms / median_ms`.
    pub busy_per_wall: f64,
    /// Where the median's time went: mean shares of all samples, scaled to its length.
    pub stages_ms: Stages,
    /// Whether every label of every sample was serial's.
    pub equal_to_serial: bool,
    /// Reasons not to trust this point.
    pub flags: Vec<&'static str>,
}

/// A point with fewer samples, unless so few were asked for, is flagged.
const FEW: usize = 10;
/// Spread, as a share of the median, from which a point is flagged.
const NOISY: f64 = 0.1;
/// Changes of pace beside so many of a point's samples are worth telling.
const DRIFT: f64 = 0.25;

/// What is known of a point beside its samples.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct About {
    pub(super) n_rows: usize,
    pub(super) n_threads: usize,
    pub(super) min_samples: usize,
    /// Samples that were left out.
    pub(super) n_left_out: usize,
    pub(super) saturated: bool,
    /// Whether the clock is too coarse for the median of short samples.
    pub(super) is_coarse: bool,
    pub(super) was_hidden: bool,
    pub(super) streamed: bool,
}

impl MeasurePoint {
    /// Of samples by round, at least one.
    pub(super) fn of(strategy: &str, rounds: &[Vec<Timed>], about: About) -> Self {
        let samples: Vec<Timed> = rounds.iter().flatten().copied().collect();
        let walls: Vec<f64> = samples.iter().map(|timed| timed.wall_ms).collect();
        let (mut median_ms, busy_ms) = medians(&samples);
        if about.saturated && about.is_coarse {
            // The middle one is a whole number of steps: all of them together are not.
            let calls: f64 = samples.iter().map(|timed| timed.n_calls).sum();
            let all = samples.iter().map(|timed| timed.wall_ms * timed.n_calls);
            median_ms = all.sum::<f64>() / calls;
        }
        let each: Vec<f64> = rounds.iter().map(|round| medians(round).0).collect();
        let ci95_ms = interval(&each, &walls, median_ms);
        let mad_ms = mad(&walls);
        let n_samples = samples.len();
        let flags = [
            ("clock_saturated", about.saturated),
            ("page_hidden", about.was_hidden),
            (
                "noisy",
                mad_ms > NOISY * median_ms || ci95_ms[1] - ci95_ms[0] > 2.0 * NOISY * median_ms,
            ),
            ("few_samples", n_samples < FEW.min(about.min_samples)),
            ("once", rounds.len() < 2),
            (
                "drift",
                about.n_left_out as f64 > DRIFT * (about.n_left_out + n_samples) as f64,
            ),
            ("streamed", about.streamed),
        ];
        let used = samples.last().map(|t| t.used).unwrap_or_default();
        Self {
            strategy: strategy.to_owned(),
            strategy_used: used.name(),
            n_rows: about.n_rows,
            n_threads: about.n_threads,
            n_threads_used: used.n_threads(),
            n_samples,
            n_rounds: rounds.len(),
            median_ms,
            mad_ms,
            min_ms: walls.iter().copied().fold(f64::INFINITY, f64::min),
            p95_ms: quantile(&walls, 0.95),
            ci95_ms,
            between_rounds: mad(&each) / median(&each),
            rows_per_s: about.n_rows as f64 / median_ms * 1e3,
            busy_ms,
            busy_per_wall: busy_ms / median_ms,
            stages_ms: mean_stages(&samples, median_ms),
            equal_to_serial: true,
            flags: flags
                .into_iter()
                .filter_map(|(flag, is_so)| is_so.then_some(flag))
                .collect(),
        }
    }
}

/// Of the rounds' medians, on the logarithm; of a single round's samples where there is no other.
fn interval(rounds: &[f64], walls: &[f64], middle: f64) -> [f64; 2] {
    let values = if rounds.len() > 1 { rounds } else { walls };
    let logs: Vec<f64> = values.iter().map(|ms| ms.ln()).collect();
    let n = logs.len() as f64;
    if logs.len() < 2 {
        return [middle, middle];
    }
    let half = student(0.05, n - 1.0) * (squares(&logs) / (n - 1.0) / n).sqrt();
    let at = mean(&logs);
    [(at - half).exp().min(middle), (at + half).exp().max(middle)]
}
