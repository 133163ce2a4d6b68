//! The plan of a sweep: which sample comes next, and when a point has enough.
//!
//! The sampler calls nothing: some strategies are driven by messages between workers. It hands out
//! tasks and is told what came of them. Sizes go up; at one size all strategies take turns in a
//! seeded random order, so that a machine that slows down slows all of them.

use super::stats::{SplitMix, is_within};

/// One strategy at one size.
#[derive(Debug, Clone, PartialEq)]
pub struct PointPlan {
    /// The strategy's name.
    pub strategy: String,
    /// Rows of a batch.
    pub n_rows: usize,
    /// Threads that may take part.
    pub n_threads: usize,
}

/// How long and how often to measure.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepPlan {
    /// The points, in any order.
    pub points: Vec<PointPlan>,
    /// Samples a point should have at least.
    pub min_samples: usize,
    /// Time for one point at most, milliseconds, unless a single call lasts longer.
    pub budget_ms: f64,
    /// Seed of the order.
    pub random_state: u64,
    /// Smallest step of the clock, milliseconds.
    pub clock_resolution_ms: f64,
    /// One call a sample, each after the pool has gone to sleep.
    pub parked: bool,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    /// Index of the point in the plan.
    pub point: usize,
    /// Calls in the sample.
    pub n_calls: u32,
}

/// Where the time went, milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct Stages {
    /// Handing rows over.
    pub send: f64,
    /// In the kernels.
    pub compute: f64,
    /// Putting labels together.
    pub gather: f64,
    /// The rest.
    pub wait: f64,
}

impl Stages {
    fn scaled(self, factor: f64) -> Self {
        let Self {
            send,
            compute,
            gather,
            wait,
        } = self;
        Self {
            send: send * factor,
            compute: compute * factor,
            gather: gather * factor,
            wait: wait * factor,
        }
    }
}

/// What came of a task; times are those of all its calls together.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct Sample {
    /// Calls.
    pub n_calls: u32,
    /// From the first call to the last answer.
    pub wall_ms: f64,
    /// Inside the kernels, summed over the threads.
    pub busy_ms: f64,
    /// Where the wall time went.
    pub stages: Stages,
    /// Whether nobody saw the page.
    pub hidden: bool,
    /// Whether every label was serial's.
    pub equal_to_serial: bool,
}

/// Everything known of one point, per call.
#[derive(Debug, Clone, Default)]
pub struct PointSamples {
    /// Wall times, milliseconds.
    pub wall_ms: Vec<f64>,
    /// Busy times, milliseconds.
    pub busy_ms: Vec<f64>,
    /// Stages.
    pub stages: Vec<Stages>,
    /// Whether samples were dropped because the page was hidden.
    pub was_hidden: bool,
    /// Whether some sample was too short for the clock.
    pub saturated: bool,
    /// Whether any label differed from serial's.
    pub unequal: bool,
    spent_ms: f64,
    n_warm: u32,
    call_ms: f64,
    done: bool,
}

/// Clock steps that a sample must last.
const MIN_STEPS: f64 = 50.0;
/// Calls in a sample at most.
const MAX_CALLS: u32 = 1 << 16;
/// A point is done when its median is known to this share, and it has its samples.
const PRECISION: f64 = 0.02;
/// Warm-up calls; a browser's optimising compiler takes over during them.
const WARM_UPS: u32 = 3;
/// Samples where the budget allows no more.
const FEWEST: usize = 3;

/// A sweep under way.
#[derive(Debug)]
pub struct Sampler {
    plan: SweepPlan,
    samples: Vec<PointSamples>,
    /// Sizes still to come, the next at the end.
    sizes: Vec<usize>,
    /// Points of this size that want samples, in this round's order, the next at the end.
    round: Vec<usize>,
    rng: SplitMix,
}

impl Sampler {
    /// Starts a sweep.
    #[must_use]
    pub fn new(plan: SweepPlan) -> Self {
        let mut sizes: Vec<usize> = plan.points.iter().map(|point| point.n_rows).collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        sizes.dedup();
        let samples = vec![PointSamples::default(); plan.points.len()];
        let rng = SplitMix::new(plan.random_state);
        Self {
            plan,
            samples,
            sizes,
            round: Vec::new(),
            rng,
        }
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &SweepPlan {
        &self.plan
    }

    /// Points done and points in all.
    #[must_use]
    pub fn done_of(&self) -> (usize, usize) {
        (
            self.samples.iter().filter(|samples| samples.done).count(),
            self.samples.len(),
        )
    }

    /// What to do next; `None` when every point has enough.
    pub fn next_task(&mut self) -> Option<Task> {
        loop {
            if let Some(point) = self.round.pop() {
                return Some(Task {
                    point,
                    n_calls: self.n_calls(point),
                });
            }
            let &size = self.sizes.last()?;
            self.round = (0..self.samples.len())
                .filter(|&i| self.plan.points[i].n_rows == size && !self.samples[i].done)
                .collect();
            if self.round.is_empty() {
                self.sizes.pop();
            }
            self.rng.shuffle(&mut self.round);
        }
    }

    /// Calls in a point's next sample: as many as last long enough for the clock to tell.
    fn n_calls(&self, point: usize) -> u32 {
        let samples = &self.samples[point];
        if self.plan.parked || samples.n_warm == 0 {
            return 1;
        }
        let long_enough = MIN_STEPS * self.plan.clock_resolution_ms;
        // A call too short for the clock at all: many, and the next estimate is better.
        let call_ms = samples.call_ms.max(self.plan.clock_resolution_ms / 64.0);
        ((long_enough / call_ms).ceil() as u32).clamp(1, MAX_CALLS)
    }

    /// Takes in what came of a task.
    pub fn record(&mut self, point: usize, sample: Sample) {
        let plan = &self.plan;
        let Some(samples) = self.samples.get_mut(point) else {
            return;
        };
        samples.spent_ms += sample.wall_ms;
        if !sample.equal_to_serial {
            samples.unequal = true;
            samples.done = true;
            return;
        }
        let calls = f64::from(sample.n_calls.max(1));
        let call_ms = sample.wall_ms / calls;
        let is_long = call_ms > plan.budget_ms / FEWEST as f64;
        let is_warm_up = samples.n_warm < WARM_UPS;
        if is_warm_up {
            samples.n_warm += 1;
            samples.call_ms = call_ms;
            if !is_long {
                // Warming up is not measuring: it counts only where a call eats the budget.
                samples.spent_ms = 0.0;
                return;
            }
        }
        if sample.hidden {
            samples.was_hidden = true;
        } else {
            samples.wall_ms.push(call_ms);
            samples.busy_ms.push(sample.busy_ms / calls);
            samples.stages.push(sample.stages.scaled(1.0 / calls));
            samples.call_ms = super::stats::median(&samples.wall_ms);
            // Parked samples are single calls by design.
            let is_short = sample.wall_ms < MIN_STEPS * plan.clock_resolution_ms;
            samples.saturated |= is_short && (plan.parked || sample.n_calls == MAX_CALLS);
        }
        let n = samples.wall_ms.len();
        let is_precise = n >= plan.min_samples && is_within(&samples.wall_ms, PRECISION);
        let fewest = if is_long {
            1
        } else {
            FEWEST.min(plan.min_samples.max(1))
        };
        let is_spent = samples.spent_ms >= plan.budget_ms
            && (n >= fewest || samples.was_hidden && samples.spent_ms >= 2.0 * plan.budget_ms);
        samples.done = is_precise || is_spent;
    }

    /// All samples, in the plan's order of points.
    #[must_use]
    pub fn samples(&self) -> &[PointSamples] {
        &self.samples
    }
}
