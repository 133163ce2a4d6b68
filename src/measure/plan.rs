//! What is to be measured, and how long.

use serde::Serialize;

use super::clock::COARSE_MS;

/// The strategy that all others are compared with.
pub(super) const SERIAL: &str = "serial";

/// One strategy that is compared with serial.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// Its name.
    pub strategy: String,
    /// Threads that may take part.
    pub n_threads: usize,
    /// Whether it can be faster than serial at all: one that hands everything to one thread, or that
    /// chooses between others, has a cost but no break-even.
    pub can_pay: bool,
}

/// A whole measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Names of the models, which are measured together.
    pub models: Vec<String>,
    /// What serial is compared with; where there is nothing serial is measured alone.
    pub lanes: Vec<Lane>,
    /// Rows of the batches, ascending.
    pub batch_sizes: Vec<usize>,
    /// Threads that are asked for.
    pub n_threads: usize,
    /// Cores that there are, by what the machine says.
    pub n_cores: usize,
    /// Samples a point should have where there is no break-even to know.
    pub min_samples: usize,
    /// Time for one point at most, over all rounds, milliseconds, unless a single call lasts longer.
    pub budget_ms: f64,
    /// Rounds that every size takes part in, where its budget allows.
    pub min_rounds: u32,
    /// Ends of a break-even's interval that are no farther apart than this factor are enough.
    pub precision: f64,
    /// Larger batches are measured once.
    pub once_above_rows: usize,
    /// Seed of the order.
    pub random_state: u64,
    /// Smallest step of the clock, milliseconds.
    pub clock_resolution_ms: f64,
    /// Each call comes after the pool has gone to sleep.
    pub parked: bool,
    /// Rows that there are: longer batches repeat them.
    pub n_rows: usize,
    /// Sizes added for each lane of each model at most, beside its break-even.
    pub max_added: u32,
    /// The rule that the automatic choice is compared with: parallel from this many rows.
    pub cutoff_rows: usize,
    /// Starts of the engine that an interval must come from before it is called narrow.
    pub min_loads: usize,
    /// Rows that another instance can be given.
    pub leg_rows: usize,
}

impl Plan {
    pub(super) fn is_coarse(&self) -> bool {
        self.clock_resolution_ms > COARSE_MS
    }
}

/// Calls of one strategy at one size, to be made one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Calls {
    /// Index of the model.
    pub model: usize,
    /// Index of the lane; `None` is serial.
    pub lane: Option<usize>,
    /// Rows of a batch.
    pub n_rows: usize,
    /// Threads that may take part.
    pub n_threads: usize,
    /// Calls on the clock.
    pub n_calls: u32,
    /// Calls before them that no clock looks at.
    pub n_warm: u32,
    /// Whether the pool must sleep before each call.
    pub parked: bool,
}

/// Where the time went, milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "page", derive(tsify::Tsify))]
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
    /// Each times `factor`.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self {
            send: self.send * factor,
            compute: self.compute * factor,
            gather: self.gather * factor,
            wait: self.wait * factor,
        }
    }

    /// Each plus another's.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            send: self.send + other.send,
            compute: self.compute + other.compute,
            gather: self.gather + other.gather,
            wait: self.wait + other.wait,
        }
    }

    /// All of them.
    #[must_use]
    pub fn sum(self) -> f64 {
        self.send + self.compute + self.gather + self.wait
    }
}

/// A strategy that was carried out, and on how many threads or workers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Used {
    /// One thread.
    #[default]
    Serial,
    /// So many of the pool, the caller's included.
    Threads(usize),
    /// Isolated workers.
    Workers(usize),
    /// One of them, awaited.
    Async(usize),
}

/// Kinds of them, to write one as a number.
const KINDS: usize = 4;

impl Used {
    /// Its name in JavaScript.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Serial => "serial",
            Self::Threads(_) => "threads",
            Self::Workers(_) => "workers",
            Self::Async(_) => "async",
        }
    }

    /// Threads or workers.
    #[must_use]
    pub fn n_threads(self) -> usize {
        match self {
            Self::Serial => 1,
            Self::Threads(n) | Self::Workers(n) | Self::Async(n) => n,
        }
    }

    /// Of its name.
    #[must_use]
    pub fn named(name: &str, n_threads: usize) -> Self {
        match name {
            "threads" => Self::Threads(n_threads),
            "workers" => Self::Workers(n_threads),
            "async" => Self::Async(n_threads),
            _ => Self::Serial,
        }
    }

    pub(super) fn code(self) -> f64 {
        let (kind, n) = match self {
            Self::Serial => (0, 0),
            Self::Threads(n) => (1, n),
            Self::Workers(n) => (2, n),
            Self::Async(n) => (3, n),
        };
        (kind + KINDS * n) as f64
    }

    pub(super) fn of_code(code: f64) -> Self {
        let (kind, n) = (code as usize % KINDS, code as usize / KINDS);
        match kind {
            1 => Self::Threads(n),
            2 => Self::Workers(n),
            3 => Self::Async(n),
            _ => Self::Serial,
        }
    }
}

/// What came of some calls; times are those of all of them together.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sample {
    /// The calls' wall times.
    pub wall_ms: f64,
    /// Inside the kernels, summed over the threads.
    pub busy_ms: f64,
    /// Where the wall time went.
    pub stages: Stages,
    /// Whether nobody saw the page.
    pub hidden: bool,
    /// Whether every label of every call was serial's.
    pub equal_to_serial: bool,
    /// What was done: the automatic choice's choice, else the strategy itself.
    pub strategy_used: Used,
}
