//! The plan of a sweep: which sample comes next, and when a point has enough.
//!
//! The sampler calls nothing: some strategies are driven by messages between workers. It hands out
//! tasks and is told what came of them. Sizes go up; at one size all strategies take turns in a
//! seeded random order, so that a machine that slows down slows all of them. Before, between and
//! after the sizes a sentinel, always the same call, tells whether the machine did. When all sizes
//! are done, sizes between those that bracket a break-even are added (see [`super::bisect`]).

use super::bisect::Bisection;
use super::stats::{SplitMix, is_within, median};

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
    /// Time for one point at most, milliseconds, unless a single call lasts longer; for one that is
    /// added half of it.
    pub budget_ms: f64,
    /// Seed of the order.
    pub random_state: u64,
    /// Smallest step of the clock, milliseconds.
    pub clock_resolution_ms: f64,
    /// Each call comes after the pool has gone to sleep.
    pub parked: bool,
    /// Rows that there are: longer batches repeat them.
    pub n_rows: usize,
    /// Sizes added for each strategy at most, to narrow its break-even down.
    pub max_bisections: u32,
    /// The rule that the automatic choice is compared with: parallel from this many rows.
    pub cutoff_rows: usize,
}

/// What a sample is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A point of the plan, by its index.
    Point(usize),
    /// The call whose time should never change.
    Sentinel,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    /// What to sample.
    pub subject: Subject,
    /// Calls in the sample.
    pub n_calls: u32,
    /// Calls before it that no clock looks at.
    pub n_warm: u32,
    /// Whether the pool must sleep before each call.
    pub parked: bool,
    /// Rows after which a call is interrupted, off the clock, so that a cancel is heard.
    pub part_rows: usize,
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
        Self {
            send: self.send * factor,
            compute: self.compute * factor,
            gather: self.gather * factor,
            wait: self.wait * factor,
        }
    }
}

/// What came of a task; times are those of all its calls together.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct Sample {
    /// Calls.
    pub n_calls: u32,
    /// The calls' wall times.
    pub wall_ms: f64,
    /// Inside the kernels, summed over the threads.
    pub busy_ms: f64,
    /// Where the wall time went.
    pub stages: Stages,
    /// All that the sample took, waits and checks included: counts against the budget.
    pub elapsed_ms: f64,
    /// Whether nobody saw the page.
    pub hidden: bool,
    /// Whether every label of every call was serial's.
    pub equal_to_serial: bool,
    /// What was done: the automatic choice's choice, else the strategy itself.
    #[cfg_attr(
        target_arch = "wasm32",
        tsify(type = "'serial' | 'threads' | 'workers' | 'async'")
    )]
    pub strategy_used: String,
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
    /// What was done last.
    pub strategy_used: String,
    /// Whether samples were dropped because the page was hidden.
    pub was_hidden: bool,
    /// Whether some sample was too short for the clock.
    pub saturated: bool,
    /// Whether any label differed from serial's.
    pub unequal: bool,
    /// The sentinel's watch during which it was measured.
    watch: usize,
    spent_ms: f64,
    n_warm: u32,
    call_ms: f64,
    done: bool,
}

/// Clock steps that a sample must last.
const MIN_STEPS: f64 = 50.0;
/// Calls in a sample at most, hot and parked: before each of the latter the pool goes to sleep.
const MAX_CALLS: u32 = 1 << 16;
const MAX_PARKED_CALLS: u32 = 16;
/// A point is done when its median is known to this share, and it has its samples.
const PRECISION: f64 = 0.02;
/// Warm-up samples; a browser's optimising compiler takes over during them.
const WARM_UPS: u32 = 3;
/// Samples where the budget allows no more.
const FEWEST: usize = 3;
/// Calls longer than this find nothing colder for what was sampled between them.
const WARM_BELOW_MS: f64 = 5.0;
/// How long a call goes on uninterrupted, and its rows where nothing is known of their cost yet.
const PART_MS: f64 = 80.0;
const PART_ROWS: usize = 16_384;
/// Samples of the sentinel each time, and its rows at most.
const SENTINELS: usize = 5;
const SENTINEL_ROWS: usize = 1024;
/// Change of the sentinel's time that makes what was measured beside it suspicious.
const DRIFT: f64 = 0.1;

/// A sweep under way.
#[derive(Debug)]
pub struct Sampler {
    plan: SweepPlan,
    samples: Vec<PointSamples>,
    /// Sizes still to come, the next at the end, and the one being measured.
    sizes: Vec<usize>,
    size: Option<usize>,
    /// Points of this size that want samples, in this round's order, the next at the end.
    round: Vec<usize>,
    /// The sentinel's samples of each watch, and what its calls cost.
    watches: Vec<Vec<f64>>,
    sentinel: PointSamples,
    sentinel_rows: usize,
    sentinels_due: usize,
    bisection: Bisection,
    /// Points that were planned; the others were added.
    n_planned: usize,
    rng: SplitMix,
}

impl Sampler {
    /// Starts a sweep.
    #[must_use]
    pub fn new(plan: SweepPlan) -> Self {
        let mut sizes: Vec<usize> = plan.points.iter().map(|point| point.n_rows).collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        sizes.dedup();
        let smallest = sizes.last().copied().unwrap_or(1);
        Self {
            samples: vec![PointSamples::default(); plan.points.len()],
            sizes,
            size: None,
            round: Vec::new(),
            watches: vec![Vec::new()],
            sentinel: PointSamples::default(),
            sentinel_rows: smallest.min(SENTINEL_ROWS),
            sentinels_due: SENTINELS + WARM_UPS as usize,
            bisection: Bisection::new(&plan),
            n_planned: plan.points.len(),
            rng: SplitMix::new(plan.random_state),
            plan,
        }
    }

    /// The plan, with the points that were added to it.
    #[must_use]
    pub fn plan(&self) -> &SweepPlan {
        &self.plan
    }

    /// Points done and points in all, those that may still be added included.
    #[must_use]
    pub fn done_of(&self) -> (usize, usize) {
        let done = self.samples.iter().filter(|samples| samples.done).count();
        let (spared, open) = self.bisection.spared_and_open();
        (done + spared, self.samples.len() + spared + open)
    }

    /// What to do next; `None` when every point has enough.
    pub fn next_task(&mut self) -> Option<Task> {
        loop {
            if self.sentinels_due > 0 {
                self.sentinels_due -= 1;
                return Some(self.sentinel_task());
            }
            if let Some(point) = self.round.pop() {
                return Some(self.task(point));
            }
            if let Some(size) = self.size {
                self.round = (0..self.samples.len())
                    .filter(|&i| self.plan.points[i].n_rows == size && !self.samples[i].done)
                    .collect();
                self.rng.shuffle(&mut self.round);
                if self.round.is_empty() {
                    self.size = None;
                    self.watches.push(Vec::new());
                    self.sentinels_due = SENTINELS;
                }
                continue;
            }
            self.size = self.sizes.pop();
            if self.size.is_none() {
                let added = self.bisection.next(&self.plan, &self.samples)?;
                self.size = added.first().map(|point| point.n_rows);
                self.samples
                    .resize(self.samples.len() + added.len(), PointSamples::default());
                self.plan.points.extend(added);
            }
        }
    }

    fn sentinel_task(&self) -> Task {
        Task {
            subject: Subject::Sentinel,
            n_calls: self.n_calls(&self.sentinel, false),
            n_warm: 1,
            parked: false,
            part_rows: self.sentinel_rows,
        }
    }

    /// Rows of the sentinel, which is serial: the smallest size of the plan, unless that is long.
    #[must_use]
    pub fn sentinel_rows(&self) -> usize {
        self.sentinel_rows
    }

    fn task(&self, point: usize) -> Task {
        let call_ms = self.expected_ms(point);
        let is_short = call_ms.is_none_or(|call_ms| call_ms < WARM_BELOW_MS);
        let n_rows = self.plan.points[point].n_rows;
        let part_rows = match call_ms {
            Some(call_ms) => n_rows.div_ceil((call_ms / PART_MS).ceil().max(1.0) as usize),
            None => n_rows.min(PART_ROWS),
        };
        Task {
            subject: Subject::Point(point),
            n_calls: self.n_calls(&self.samples[point], self.plan.parked),
            n_warm: u32::from(!self.plan.parked && is_short),
            parked: self.plan.parked,
            part_rows,
        }
    }

    /// What a call will last: by the point's own calls, else by those of the nearest smaller size.
    fn expected_ms(&self, point: usize) -> Option<f64> {
        if self.samples[point].n_warm > 0 {
            return Some(self.samples[point].call_ms);
        }
        let PointPlan {
            strategy, n_rows, ..
        } = &self.plan.points[point];
        let known = self.plan.points.iter().zip(&self.samples);
        known
            .filter(|(other, samples)| {
                other.strategy == *strategy && other.n_rows <= *n_rows && samples.n_warm > 0
            })
            .max_by_key(|(other, _)| other.n_rows)
            .map(|(other, samples)| samples.call_ms * *n_rows as f64 / other.n_rows as f64)
    }

    /// Calls in a sample: as many as last long enough for the clock to tell.
    fn n_calls(&self, samples: &PointSamples, parked: bool) -> u32 {
        if samples.n_warm == 0 {
            return 1;
        }
        let long_enough = MIN_STEPS * self.plan.clock_resolution_ms;
        // A call too short for the clock at all: many, and the next estimate is better.
        let call_ms = samples.call_ms.max(self.plan.clock_resolution_ms / 64.0);
        let most = if parked { MAX_PARKED_CALLS } else { MAX_CALLS };
        ((long_enough / call_ms).ceil() as u32).clamp(1, most)
    }

    /// Takes in what came of a task.
    pub fn record(&mut self, subject: Subject, sample: Sample) {
        let watch = self.watches.len();
        match subject {
            Subject::Sentinel => {
                let call_ms = sample.wall_ms / f64::from(sample.n_calls.max(1));
                self.sentinel.call_ms = call_ms;
                self.sentinel.n_warm += 1;
                if self.sentinel.n_warm > WARM_UPS
                    && !sample.hidden
                    && let Some(watch) = self.watches.last_mut()
                {
                    watch.push(call_ms);
                }
            }
            Subject::Point(point) => {
                let is_added = point >= self.n_planned;
                let budget_ms = self.plan.budget_ms * if is_added { 0.5 } else { 1.0 };
                if let Some(samples) = self.samples.get_mut(point) {
                    samples.watch = watch;
                    samples.record(&self.plan, budget_ms, sample);
                }
            }
        }
    }

    /// All samples, in the plan's order of points.
    #[must_use]
    pub fn samples(&self) -> &[PointSamples] {
        &self.samples
    }

    /// Whether the sentinel, before or after this point, took another time than usual.
    #[must_use]
    pub fn has_drifted(&self, point: usize) -> bool {
        let medians: Vec<f64> = self.watches.iter().map(|watch| median(watch)).collect();
        let seen: Vec<f64> = medians.iter().copied().filter(|m| m.is_finite()).collect();
        let usual = median(&seen);
        let after = self.samples[point].watch;
        let beside = medians.iter().take(after + 1).skip(after.saturating_sub(1));
        beside
            .filter(|m| m.is_finite())
            .any(|m| (m / usual - 1.0).abs() > DRIFT)
    }
}

impl PointSamples {
    /// Whether it is measured and right.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        !self.unequal && !self.wall_ms.is_empty()
    }

    fn record(&mut self, plan: &SweepPlan, budget_ms: f64, sample: Sample) {
        self.spent_ms += sample.elapsed_ms.max(sample.wall_ms);
        if !sample.equal_to_serial {
            self.unequal = true;
            self.done = true;
            return;
        }
        let calls = f64::from(sample.n_calls.max(1));
        let call_ms = sample.wall_ms / calls;
        let is_long = call_ms > budget_ms / FEWEST as f64;
        if self.n_warm < WARM_UPS {
            self.n_warm += 1;
            self.call_ms = call_ms;
            if !is_long {
                // Warming up is not measuring: it counts only where a call eats the budget.
                self.spent_ms = 0.0;
                return;
            }
        }
        if sample.hidden {
            self.was_hidden = true;
        } else {
            self.wall_ms.push(call_ms);
            self.busy_ms.push(sample.busy_ms / calls);
            self.stages.push(sample.stages.scaled(1.0 / calls));
            self.strategy_used = sample.strategy_used;
            self.call_ms = median(&self.wall_ms);
            let is_short = sample.wall_ms < MIN_STEPS * plan.clock_resolution_ms;
            let most = if plan.parked {
                MAX_PARKED_CALLS
            } else {
                MAX_CALLS
            };
            self.saturated |= is_short && sample.n_calls == most;
        }
        let n = self.wall_ms.len();
        let is_precise = n >= plan.min_samples && is_within(&self.wall_ms, PRECISION);
        let fewest = if is_long {
            1
        } else {
            FEWEST.min(plan.min_samples.max(1))
        };
        let is_spent = self.spent_ms >= budget_ms
            && (n >= fewest || self.was_hidden && self.spent_ms >= 2.0 * budget_ms);
        self.done = is_precise || is_spent;
    }
}
