//! What a sweep found, under the names of the JavaScript API.

use serde::Serialize;

use super::break_even::{BreakEven, Pair, break_even};
use super::cost_model::{self, CostModel};
use super::regret::{AutoRegret, regret};
use super::sampler::{PointSamples, Sampler, Stages};
use super::stats::{SERIAL, bootstrap_medians, mad, median, middle_95};

/// One strategy at one size.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct MeasurePoint {
    /// The strategy's name.
    #[cfg_attr(
        target_arch = "wasm32",
        tsify(type = "'serial' | 'threads' | 'workers' | 'async' | 'auto'")
    )]
    pub strategy: String,
    /// What was done: the automatic choice's choice, else the strategy itself.
    #[cfg_attr(
        target_arch = "wasm32",
        tsify(type = "'serial' | 'threads' | 'workers' | 'async'")
    )]
    pub strategy_used: String,
    /// Rows of a batch.
    pub n_rows: usize,
    /// Threads that could take part.
    pub n_threads: usize,
    /// Samples.
    pub n_samples: usize,
    /// Median time of a call.
    pub median_ms: f64,
    /// Median distance from it.
    pub mad_ms: f64,
    /// Shortest.
    pub min_ms: f64,
    /// Bootstrap interval of the median, 95 %.
    pub ci95_ms: [f64; 2],
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

/// A whole sweep.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[cfg_attr(target_arch = "wasm32", tsify(missing_as_null, hashmap_as_object))]
pub struct MeasureReport {
    /// By size, then by strategy in the plan's order.
    pub points: Vec<MeasurePoint>,
    /// A line a strategy.
    pub cost_model: Vec<CostModel>,
    /// A verdict for each strategy but serial.
    pub break_even: Vec<BreakEven>,
    /// The automatic choice beside the best one and a fixed rule, where they were measured.
    pub auto_regret: Option<AutoRegret>,
    /// What was left out or went wrong, and why.
    pub notes: Vec<String>,
}

/// Below this many samples a point is flagged.
const FEW: usize = 20;
/// Spread, as a share of the median, from which a point is flagged.
const NOISY: f64 = 0.1;

impl Sampler {
    /// Sums up; points whose labels differed from serial's are left out of all but the notes.
    #[must_use]
    pub fn report(&self) -> MeasureReport {
        let seed = self.plan().random_state;
        let mut order: Vec<usize> = (0..self.samples().len()).collect();
        order.sort_by_key(|&i| self.plan().points[i].n_rows);
        let mut notes = Vec::new();
        let mut measured = Vec::new();
        for i in order {
            let (plan, samples) = (&self.plan().points[i], &self.samples()[i]);
            if samples.unequal {
                notes.push(format!(
                    "{} at {} rows gave other labels than serial: an error, not a time.",
                    plan.strategy, plan.n_rows
                ));
            } else if samples.wall_ms.is_empty() {
                notes.push(format!(
                    "{} at {} rows was not measured: the page was hidden.",
                    plan.strategy, plan.n_rows
                ));
            } else {
                let medians = bootstrap_medians(&samples.wall_ms, seed ^ i as u64);
                measured.push((self.point(i, &medians), medians));
            }
        }
        let mut strategies: Vec<&str> = Vec::new();
        for plan in &self.plan().points {
            if !strategies.contains(&plan.strategy.as_str()) {
                strategies.push(&plan.strategy);
            }
        }
        let of = |strategy: &str| -> Vec<&(MeasurePoint, Vec<f64>)> {
            measured
                .iter()
                .filter(|(point, _)| point.strategy == strategy)
                .collect()
        };
        let serial = of(SERIAL);
        let cost_model = strategies
            .iter()
            .filter_map(|strategy| {
                let points: Vec<_> = of(strategy)
                    .iter()
                    .map(|(p, _)| (p.n_rows as f64, p.median_ms))
                    .collect();
                cost_model::fit(strategy, &points)
            })
            .collect();
        let verdicts = strategies
            .iter()
            .filter(|strategy| **strategy != SERIAL)
            .filter_map(|strategy| {
                let mut n_threads = 1;
                let pairs: Vec<Pair> = of(strategy)
                    .iter()
                    .filter_map(|(other, other_medians)| {
                        n_threads = other.n_threads;
                        let (serial, medians) = serial
                            .iter()
                            .find(|(serial, _)| serial.n_rows == other.n_rows)?;
                        Some(Pair {
                            n_rows: other.n_rows as f64,
                            serial: (serial.median_ms, medians.clone()),
                            other: (other.median_ms, other_medians.clone()),
                        })
                    })
                    .collect();
                (!pairs.is_empty()).then(|| break_even(strategy, n_threads, &pairs, seed))
            });
        let break_even = verdicts.collect();
        let points: Vec<MeasurePoint> = measured.into_iter().map(|(point, _)| point).collect();
        MeasureReport {
            auto_regret: regret(&points, self.plan().cutoff_rows),
            points,
            cost_model,
            break_even,
            notes,
        }
    }

    fn point(&self, i: usize, medians: &[f64]) -> MeasurePoint {
        let (plan, samples) = (&self.plan().points[i], &self.samples()[i]);
        let median_ms = median(&samples.wall_ms);
        let busy_ms = median(&samples.busy_ms);
        let ci95_ms = middle_95(medians);
        let mad_ms = mad(&samples.wall_ms);
        let n_samples = samples.wall_ms.len();
        let mut flags = Vec::new();
        if samples.saturated {
            flags.push("clock_saturated");
        }
        if samples.was_hidden {
            flags.push("page_hidden");
        }
        if mad_ms > NOISY * median_ms || ci95_ms[1] - ci95_ms[0] > 2.0 * NOISY * median_ms {
            flags.push("noisy");
        }
        if n_samples < FEW.min(self.plan().min_samples) {
            flags.push("few_samples");
        }
        if self.has_drifted(i) {
            flags.push("drift");
        }
        if plan.n_rows > self.plan().n_rows {
            flags.push("streamed");
        }
        MeasurePoint {
            strategy: plan.strategy.clone(),
            strategy_used: samples.strategy_used.clone(),
            n_rows: plan.n_rows,
            n_threads: plan.n_threads,
            n_samples,
            median_ms,
            mad_ms,
            min_ms: samples
                .wall_ms
                .iter()
                .copied()
                .fold(f64::INFINITY, f64::min),
            ci95_ms,
            rows_per_s: plan.n_rows as f64 / median_ms * 1e3,
            busy_ms,
            busy_per_wall: busy_ms / median_ms,
            stages_ms: stages(samples, median_ms),
            equal_to_serial: !samples.unequal,
            flags,
        }
    }
}

/// Mean stages, scaled so that they sum to the median.
fn stages(samples: &PointSamples, median_ms: f64) -> Stages {
    let mut sum = Stages::default();
    for stages in &samples.stages {
        sum.send += stages.send;
        sum.compute += stages.compute;
        sum.gather += stages.gather;
        sum.wait += stages.wait;
    }
    let total = sum.send + sum.compute + sum.gather + sum.wait;
    let factor = if total > 0.0 { median_ms / total } else { 0.0 };
    let Stages {
        send,
        compute,
        gather,
        wait,
    } = sum;
    Stages {
        send: send * factor,
        compute: compute * factor,
        gather: gather * factor,
        wait: wait * factor,
    }
}
