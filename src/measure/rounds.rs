//! A measurement under way: which calls come next, and when there are enough.
//!
//! A round is one pass over all sizes of all models in a seeded random order. Serial and a strategy
//! stand side by side, the same number of calls each, a few pairs at a time. The first three have one
//! strategy only, so that its break-even is told soon; then the others join. Before and after a
//! round the threads are asked how many cores they get; between its sizes the sentinels run. Long
//! batches are measured once, when five rounds are done.
//!
//! Here is the loop. `wanted` says which sizes come, `pairs` how many calls stand side by side,
//! `sampling` has them made, and `away` has rounds made in another instance.

mod away;
mod pairs;
mod sampling;
mod wanted;

use std::collections::{BTreeMap, VecDeque};

use super::bench::{Bench, Pace};
use super::judge::Judgement;
use super::plan::{Calls, Plan, Sample};
use super::stats::{SplitMix, median};
use super::unit::{Timed, Unit};
use crate::error::Result;

/// What the caller has to do before it calls again.
#[derive(Debug, Clone, PartialEq)]
pub enum Turn {
    /// Nothing: the time is over.
    Pause,
    /// Make these calls and [`Rounds::record`] what came of them.
    Message(Calls),
    /// Have the isolated workers spin and [`Rounds::record_cores`] what they got.
    Probe,
    /// Look at the report, if it likes: a round is done.
    Round,
    /// Nothing more.
    Done,
}
/// A sample must last so many steps of the clock, or, where that is long, a tenth of them and begin
/// at a random phase of one.
const STEPS: f64 = 200.0;
const FEW_STEPS: f64 = 20.0;
/// Of a coarse clock a sample must last some and is taken again where it lasted fewer than two; a round
/// goes on so and takes sizes for so many milliseconds, first those that were in the fewest so far.
const COARSE_STEPS: f64 = 4.0;
const COARSE_LEAST_STEPS: f64 = 2.0;
const COARSE_ROUND_MS: f64 = 15_000.0;
/// What a sample is taken to have lasted at least, whatever its clock is said to see.
const LEAST_MS: f64 = 1e-6;
/// Calls in a sample at most, hot and parked: before each of the latter the pool goes to sleep.
const MAX_CALLS: u32 = 1 << 16;
const MAX_PARKED_CALLS: u32 = 16;
const MAX_COARSE_CALLS: u32 = 1 << 20;
/// Serial calls of so long are made once a round and size: the strategies stand after them in turn.
const SHARED_MS: f64 = 20.0;
/// Calls longer than this need no warm-up: shorter ones of the same kernels have had theirs.
const WARM_BELOW_MS: f64 = 5.0;
/// Rounds before others may be done elsewhere, and before the long batches.
const ROUNDS_HERE: usize = 4;
const ROUNDS_BEFORE_LONG: usize = 5;
/// The sentinels may take this share of the time.
const SENTINEL_SHARE: f64 = 0.05;

#[derive(Debug, Clone, PartialEq)]
enum Task {
    Warm(usize, Option<usize>, usize),
    LineUp,
    Probe,
    /// The sentinels, where they are due; true: in any case.
    Pace(bool),
    Unit(usize),
    Calls(Target, u32),
}

/// What a sample is for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Target {
    Warm(usize, Option<usize>, usize),
    Side { unit: usize, is_serial: bool },
}

/// Calls being made, a part after the other.
#[derive(Debug)]
struct Running {
    target: Target,
    calls: Calls,
    /// Rows of a call that are done, and calls that are.
    done_rows: usize,
    done_calls: u32,
    part_rows: usize,
    sum: Sample,
    begun_ms: f64,
    has_begun: bool,
}

/// A measurement under way.
#[derive(Debug)]
pub struct Rounds {
    plan: Plan,
    pub(super) units: Vec<Unit>,
    /// What a call takes, by model, lane and rows, milliseconds.
    known: BTreeMap<(usize, Option<usize>, usize), f64>,
    /// Cores of each round, and the start of the engine that it belongs to.
    pub(super) cores: Vec<f64>,
    pub(super) loads: Vec<u32>,
    queue: VecDeque<Task>,
    running: Option<Running>,
    half: Option<(bool, Timed, bool)>,
    /// A long serial sample that other strategies of the same model and size stand beside, too.
    shared: Option<(usize, usize, Timed, bool)>,
    pace: Option<(Pace, f64, f64)>,
    /// Pairs, by unit and index, whose second sentinel is to come.
    open: Vec<(usize, usize)>,
    /// Cores that this round got, by its probes and its sentinels.
    readings: Vec<f64>,
    /// From when on a round by a coarse clock takes no more sizes.
    late_ms: f64,
    is_warm: bool,
    is_under_way: bool,
    /// A leg does what it is told: by unit, how many rounds and how long.
    leg: Option<Vec<(f64, f64)>>,
    /// Only batches of more rows than this, while others are measured elsewhere.
    only_above: usize,
    n_added: BTreeMap<(usize, usize), u32>,
    /// What the rounds said when the last one ended.
    pub(super) judgement: Judgement,
    rng: SplitMix,
}

impl Rounds {
    /// Lines up every lane of every model at every size.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        let mut rounds = Self::empty(plan);
        let sizes = rounds.plan.batch_sizes.clone();
        rounds.add_sizes(&sizes);
        rounds
    }

    fn empty(plan: Plan) -> Self {
        Self {
            units: Vec::new(),
            known: BTreeMap::new(),
            cores: Vec::new(),
            loads: Vec::new(),
            queue: VecDeque::new(),
            running: None,
            half: None,
            shared: None,
            pace: None,
            open: Vec::new(),
            readings: Vec::new(),
            late_ms: f64::INFINITY,
            is_warm: false,
            is_under_way: false,
            leg: None,
            only_above: 0,
            n_added: BTreeMap::new(),
            judgement: Judgement::default(),
            rng: SplitMix::new(plan.random_state),
            plan,
        }
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Rounds done.
    #[must_use]
    pub fn n_rounds(&self) -> usize {
        self.cores.len()
    }

    /// Goes on: sizes beside those that there are, another precision, and as much budget again.
    pub fn go_on(&mut self, sizes: &[usize], precision: Option<f64>) {
        self.add_sizes(sizes);
        self.plan.precision = precision.unwrap_or(self.plan.precision);
        self.drop_round();
        for unit in &mut self.units {
            unit.spent_ms = 0.0;
        }
    }

    /// Forgets a round that was cancelled half way: its calls may never be answered.
    fn drop_round(&mut self) {
        self.queue.clear();
        self.running = None;
        self.half = None;
        self.shared = None;
        self.pace = None;
        self.open.clear();
        self.readings.clear();
        self.is_under_way = false;
        let this = self.cores.len() as u32;
        for unit in &mut self.units {
            unit.pairs.retain(|pair| pair.round < this);
        }
    }

    /// Measures until `until_ms` by the machine's clock, or until somebody else has to do something.
    ///
    /// # Errors
    /// As of [`Bench`].
    pub fn advance(&mut self, bench: &mut impl Bench, until_ms: f64) -> Result<Turn> {
        loop {
            if self.running.is_some() {
                if let Some(turn) = self.work(bench, until_ms)? {
                    return Ok(turn);
                }
                continue;
            }
            if bench.now_ms() >= until_ms {
                return Ok(Turn::Pause);
            }
            let Some(task) = self.queue.pop_front() else {
                if self.is_under_way {
                    self.end_round();
                    return Ok(Turn::Round);
                }
                if !self.begin_round() {
                    return Ok(Turn::Done);
                }
                continue;
            };
            match task {
                Task::Warm(model, lane, n_rows) => self.warm(model, lane, n_rows),
                Task::LineUp => {
                    self.late_ms = bench.now_ms() + COARSE_ROUND_MS;
                    self.line_up();
                }
                Task::Probe => match bench.probe() {
                    Some(cores) => self.record_cores(cores),
                    None => return Ok(Turn::Probe),
                },
                Task::Pace(in_any_case) => self.keep_pace(bench, in_any_case),
                Task::Unit(_) if self.is_late(bench.now_ms()) => {}
                Task::Unit(unit) => self.line_up_pairs(unit),
                Task::Calls(target, n_calls) => self.start(target, n_calls),
            }
        }
    }

    fn begin_round(&mut self) -> bool {
        let (units, _) = self.next_units();
        if units.is_empty() {
            return false;
        }
        self.is_under_way = true;
        if !self.is_warm {
            // Ascending: what larger batches take is known from smaller ones.
            self.is_warm = true;
            let mut cold: Vec<_> = units
                .iter()
                .map(|&i| &self.units[i])
                .flat_map(|u| [(u.n_rows, u.model, None), (u.n_rows, u.model, u.lane)])
                .collect();
            cold.sort_unstable();
            cold.dedup();
            let warm = cold.into_iter();
            self.queue
                .extend(warm.map(|(n_rows, model, lane)| Task::Warm(model, lane, n_rows)));
        }
        self.queue.push_back(Task::LineUp);
        true
    }

    /// Whether a round has taken long enough: by a coarse clock, and once there is something to tell.
    fn is_late(&self, now_ms: f64) -> bool {
        let has_any = |unit: &Unit| !unit.pairs.is_empty();
        self.plan.is_coarse() && now_ms > self.late_ms && self.units.iter().any(has_any)
    }

    fn end_round(&mut self) {
        self.shared = None;
        self.is_under_way = false;
        self.open.clear();
        self.pace = None;
        // Of the two ends of a round the worse one counts; of many readings the middle one.
        let cores = match self.readings[..] {
            [first, last] => first.min(last),
            _ => median(&self.readings),
        };
        self.cores.push(cores);
        self.readings.clear();
        self.loads.push(0);
        if self.leg.is_none() {
            self.refine();
        }
    }

    /// Takes in how many cores the threads got.
    pub fn record_cores(&mut self, cores: f64) {
        self.readings.push(cores);
    }

    fn keep_pace(&mut self, bench: &mut impl Bench, in_any_case: bool) {
        // A coarse clock does not see them.
        if self.plan.is_coarse() {
            return;
        }
        let now = bench.now_ms();
        if let Some((_, at_ms, took_ms)) = self.pace
            && !in_any_case
            && now - at_ms < took_ms / SENTINEL_SHARE
        {
            return;
        }
        let pace = bench.pace();
        let then = bench.now_ms();
        if pace.n_threads > 1 {
            let together = pace.n_threads as f64;
            self.readings
                .push(together * pace.serial_ms / pace.threads_ms);
        }
        for (unit, pair) in self.open.drain(..) {
            self.units[unit].pairs[pair].after = pace;
        }
        self.pace = Some((pace, then, then - now));
    }

    /// Judges anew, and adds sizes beside the break-evens where the present ones are far from them.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    fn refine(&mut self) {
        self.judgement = Judgement::of(&self.plan, &self.units, &self.cores, &self.loads);
        for (model, lane, size) in self.judgement.sizes_to_add(&self.plan) {
            let key = (model, lane);
            let n_added = self.n_added.get(&key).copied().unwrap_or(0);
            // One that nothing counted of yet is asked for again, and is no other.
            if n_added < self.plan.max_added && self.add(model, Some(lane), size) {
                self.n_added.insert(key, n_added + 1);
            }
        }
    }
}
