//! A measurement under way: which calls come next, and when there are enough.
//!
//! A round is one pass over all sizes of all models in a seeded random order. Serial and a strategy
//! stand side by side, the same number of calls each, a few pairs at a time. The first three have one
//! strategy only, so that its break-even is told soon; then the others join. Before and after a
//! round the threads are asked how many cores they get; between its sizes the sentinels run. Long
//! batches are measured once, when five rounds are done. Rounds can be done in another instance: a
//! [`Leg`] says which, and [`Rounds::absorb`] takes in what came of it.

use std::collections::{BTreeMap, VecDeque};

use super::bench::{Bench, Pace};
use super::judge::Judgement;
use super::leg::{Leg, LegUnit};
use super::plan::{Calls, Plan, Sample};
use super::stats::{SplitMix, median};
use super::unit::{Pair, Timed, Unit};
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
/// Long, milliseconds: a clock that goes in steps of 20 µs is as quick to measure by as one of 5.
const LONG_SAMPLE_MS: f64 = 1.0;
/// What the slower side of a pair may take for the sake of the same number of calls.
const SLOW_SIDE_MS: f64 = 5.0;
/// Calls in a sample at most, hot and parked: before each of the latter the pool goes to sleep.
const MAX_CALLS: u32 = 1 << 16;
const MAX_PARKED_CALLS: u32 = 16;
const MAX_COARSE_CALLS: u32 = 1 << 20;
/// Pairs in a round, and how long they may take together. What differs between pairs that follow each
/// other is little beside what differs between rounds: few pairs, and more rounds. A size that has
/// one round has no other pairs.
const PAIRS: u32 = 2;
const PAIRS_ONCE: u32 = 3;
const PAIRS_MS: f64 = 60.0;
/// Serial calls of so long are made once a round and size: the strategies stand after them in turn.
const SHARED_MS: f64 = 20.0;
/// Calls longer than this need no warm-up: shorter ones of the same kernels have had theirs.
const WARM_BELOW_MS: f64 = 5.0;
/// Samples without a look, where nothing is known and where only the instance is new.
const WARM_UPS: u32 = 3;
/// How long a call goes on uninterrupted, and its rows where nothing is known of their cost yet.
const PART_MS: f64 = 80.0;
const PART_ROWS: usize = 16_384;
/// Rows of serial's that a strategy's may cost, as long as that is not known.
const ROW_OF_SERIALS: f64 = 8.0;
/// A single call of so many times its point's budget is left out.
const LONGEST_BUDGETS: f64 = 10.0;
/// Rounds of the first strategy that can pay alone.
const ROUNDS_OF_LEAD: usize = 3;
/// Rounds before others may be done elsewhere, and before the long batches.
const ROUNDS_HERE: usize = 4;
const ROUNDS_BEFORE_LONG: usize = 5;
/// Times that a long batch is tried, where nobody saw the page.
const ONCE_TRIES: u32 = 3;
/// Rounds of a unit at most, whatever its budget.
const MAX_ROUNDS: u32 = 1000;
/// The sentinels may take this share of the time.
const SENTINEL_SHARE: f64 = 0.05;
/// A point whose median is known to this share is precise.
const PRECISION: f64 = 0.02;
/// Labels are made for so long before the event loop turns.
const PREPARE_MS: f64 = 40.0;

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

    /// Some rounds of another measurement in this instance.
    #[must_use]
    pub fn leg(plan: Plan, leg: &Leg) -> Self {
        let mut rounds = Self::empty(plan);
        let limits = leg.units.iter().map(|one| (one.n_rounds, one.left_ms));
        rounds.leg = Some(limits.collect());
        rounds.rng = SplitMix::new(rounds.plan.random_state ^ u64::from(leg.first_round) << 20);
        for one in &leg.units {
            rounds
                .units
                .push(Unit::new(one.model, one.lane, one.n_rows));
            for (lane, ms) in [(None, one.serial_ms), (one.lane, one.other_ms)] {
                if ms > 0.0 {
                    rounds.known.insert((one.model, lane, one.n_rows), ms);
                }
            }
        }
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

    fn add_sizes(&mut self, sizes: &[usize]) {
        for &n_rows in sizes {
            for model in 0..self.plan.models.len() {
                if self.plan.lanes.is_empty() {
                    self.add(model, None, n_rows);
                }
                for lane in 0..self.plan.lanes.len() {
                    self.add(model, Some(lane), n_rows);
                }
            }
        }
    }

    fn add(&mut self, model: usize, lane: Option<usize>, n_rows: usize) {
        let is_it = |u: &Unit| u.model == model && u.lane == lane && u.n_rows == n_rows;
        if !self.units.iter().any(is_it) {
            let mut unit = Unit::new(model, lane, n_rows);
            unit.once = n_rows > self.plan.once_above_rows;
            self.units.push(unit);
        }
    }

    /// Units that another round is to measure.
    fn wanting(&self) -> Vec<usize> {
        let all = 0..self.units.len();
        if let Some(limits) = &self.leg {
            let wants = |i: usize| {
                let (unit, (n_rounds, left_ms)) = (&self.units[i], limits[i]);
                !unit.unequal && f64::from(unit.n_tried) < n_rounds && unit.spent_ms < left_ms
            };
            return all.filter(|&i| wants(i)).collect();
        }
        let lanes = &self.plan.lanes;
        let seeks = |lane: Option<usize>| lane.is_some_and(|lane| lanes[lane].can_pay);
        let any_seeks = lanes.iter().any(|lane| lane.can_pay);
        let wants = |i: usize| {
            let unit = &self.units[i];
            if unit.unequal || unit.left_out_ms.is_some() {
                return false;
            }
            if unit.once {
                return unit.n_tried == 0 || unit.n_tried < ONCE_TRIES && unit.pairs.is_empty();
            }
            let is_spent = unit.spent_ms >= self.plan.budget_ms || unit.n_tried >= MAX_ROUNDS;
            if unit.n_tried > 0 && is_spent {
                return false;
            }
            if unit.n_tried < self.plan.min_rounds {
                return true;
            }
            if seeks(unit.lane) {
                return self.judgement.wants(&self.plan, unit);
            }
            // A cost is not worth rounds of its own where a break-even is sought.
            !any_seeks && !unit.is_precise(self.plan.min_samples, PRECISION)
        };
        all.filter(|&i| wants(i)).collect()
    }

    /// Whether it takes part in the first rounds already: there only the first lane that can pay does.
    fn is_early(&self, unit: &Unit) -> bool {
        let lead = self.plan.lanes.iter().position(|lane| lane.can_pay);
        lead.is_none() || unit.lane == lead
    }

    /// Whether the next round would be one, and of which units.
    fn next_units(&self) -> (Vec<usize>, bool) {
        let mut wanting = self.wanting();
        let early = |&i: &usize| self.is_early(&self.units[i]);
        let waits = self.leg.is_none() && !self.plan.is_coarse();
        if waits && self.n_rounds() < ROUNDS_OF_LEAD && wanting.iter().any(early) {
            wanting.retain(early);
        }
        let (long, short): (Vec<usize>, Vec<usize>) = wanting
            .into_iter()
            .filter(|&i| self.units[i].once || self.units[i].n_rows > self.only_above)
            .partition(|&i| self.units[i].once);
        let is_long =
            !long.is_empty() && (short.is_empty() || self.n_rounds() >= ROUNDS_BEFORE_LONG);
        if is_long {
            (long, true)
        } else {
            (short, false)
        }
    }

    /// From now on only batches of more rows than other instances are given, or all again.
    pub fn stay_home(&mut self, only_large: bool) {
        self.only_above = if only_large { self.plan.leg_rows } else { 0 };
    }

    /// No other instance can be had: intervals are of this one alone.
    pub fn stay_alone(&mut self) {
        self.plan.min_loads = 1;
        self.plan.leg_rows = 0;
    }

    /// Whether batches want another round that are too large for another instance.
    #[must_use]
    pub fn has_large(&self) -> bool {
        let large = |i: &usize| self.units[*i].n_rows > self.plan.leg_rows;
        self.wanting().iter().any(large)
    }

    /// Units that are done with, and all of them.
    #[must_use]
    pub fn done_of(&self) -> (usize, usize) {
        let n = self.units.len();
        (n - self.wanting().len(), n)
    }

    /// Rounds that may be done in another instance: the next ones, unless they are of long batches
    /// or the first; `None` where there are none.
    #[must_use]
    pub fn next_leg(&self) -> Option<Leg> {
        let (mut units, is_long) = self.next_units();
        units.retain(|&i| self.units[i].n_rows <= self.plan.leg_rows);
        if is_long || units.is_empty() || self.n_rounds() < ROUNDS_HERE {
            return None;
        }
        let seeks = |lane: Option<usize>| lane.is_some_and(|lane| self.plan.lanes[lane].can_pay);
        let ms = |model, lane, n_rows| self.known.get(&(model, lane, n_rows)).copied();
        let of = |&i: &usize| {
            let Unit {
                model,
                lane,
                n_rows,
                ..
            } = self.units[i];
            LegUnit {
                model,
                lane,
                n_rows,
                serial_ms: ms(model, None, n_rows).unwrap_or(0.0),
                other_ms: ms(model, lane, n_rows).unwrap_or(0.0),
                n_rounds: if seeks(lane) {
                    f64::INFINITY
                } else {
                    let done = self.judgement.n_rounds(&self.units[i]);
                    f64::from(self.plan.min_rounds.saturating_sub(done).max(1))
                },
                left_ms: self.plan.budget_ms - self.units[i].spent_ms,
            }
        };
        Some(Leg {
            units: units.iter().map(of).collect(),
            first_round: self.n_rounds() as u32,
        })
    }

    /// Everything that a leg measured, as numbers.
    #[must_use]
    pub fn take(&self) -> Vec<f64> {
        let mut out = vec![self.cores.len() as f64];
        out.extend(&self.cores);
        for (i, unit) in self.units.iter().enumerate() {
            let bits = [unit.was_hidden, unit.saturated, unit.unequal];
            out.extend([i as f64, unit.pairs.len() as f64, unit.spent_ms]);
            out.push(f64::from(unit.n_tried));
            out.extend(bits.map(|bit| f64::from(u8::from(bit))));
            for pair in &unit.pairs {
                pair.write(&mut out);
            }
        }
        out
    }

    /// Takes in what a leg measured; `load` is the start of the engine that it was.
    pub fn absorb(&mut self, leg: &Leg, numbers: &[f64], load: u32) {
        let mut left = numbers.iter().copied();
        let mut next = || left.next().unwrap_or(0.0);
        let n_rounds = next() as usize;
        for _ in 0..n_rounds.min(numbers.len()) {
            self.cores.push(next());
            self.loads.push(load);
        }
        for one in &leg.units {
            let [_, n_pairs, spent_ms, n_tried, hidden, saturated, unequal] =
                std::array::from_fn(|_| next());
            let pairs: Vec<Pair> = (0..(n_pairs as usize).min(numbers.len()))
                .map(|_| {
                    let mut pair = Pair::read(&std::array::from_fn(|_| next()));
                    pair.round += leg.first_round;
                    pair
                })
                .collect();
            let is_it =
                |u: &&mut Unit| (u.model, u.lane, u.n_rows) == (one.model, one.lane, one.n_rows);
            if let Some(unit) = self.units.iter_mut().find(is_it) {
                unit.pairs.extend(pairs);
                unit.spent_ms += spent_ms;
                unit.n_tried += n_tried as u32;
                unit.was_hidden |= hidden > 0.0;
                unit.saturated |= saturated > 0.0;
                unit.unequal |= unequal > 0.0;
            }
        }
        self.refine();
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

    /// Now that it is known what calls take: which sizes are too long for every round, or at all.
    fn line_up(&mut self) {
        if self.leg.is_none() {
            for i in 0..self.units.len() {
                let unit = &self.units[i];
                if unit.n_tried > 0 {
                    continue;
                }
                let sides =
                    [None, unit.lane].map(|lane| self.expected(unit.model, lane, unit.n_rows));
                let longest = sides.into_iter().flatten().fold(0.0, f64::max);
                let budget_ms = self.plan.budget_ms;
                let unit = &mut self.units[i];
                unit.once |= longest * f64::from(self.plan.min_rounds) > budget_ms;
                unit.left_out_ms = (longest > LONGEST_BUDGETS * budget_ms).then_some(longest);
            }
        }
        let (mut units, _) = self.next_units();
        self.rng.shuffle(&mut units);
        if self.plan.is_coarse() {
            units.sort_by_key(|&i| self.units[i].n_tried);
        }
        self.gather_long(&mut units);
        if self.plan.n_threads > 1 {
            self.queue.push_back(Task::Probe);
        }
        for unit in units {
            self.queue.extend([Task::Pace(false), Task::Unit(unit)]);
        }
        self.queue.push_back(Task::Pace(true));
        if self.plan.n_threads > 1 {
            self.queue.push_back(Task::Probe);
        }
    }

    /// Whether a round has taken long enough: by a coarse clock, and once there is something to tell.
    fn is_late(&self, now_ms: f64) -> bool {
        let has_any = |unit: &Unit| !unit.pairs.is_empty();
        self.plan.is_coarse() && now_ms > self.late_ms && self.units.iter().any(has_any)
    }

    /// Has the strategies that share a long serial sample follow each other.
    fn gather_long(&self, units: &mut Vec<usize>) {
        let key = |i: usize| (self.units[i].model, self.units[i].n_rows);
        let is_long = |i: usize| {
            let (model, n_rows) = key(i);
            self.expected(model, None, n_rows)
                .is_some_and(|ms| ms >= SHARED_MS)
        };
        let mut gathered: Vec<usize> = Vec::with_capacity(units.len());
        for &i in units.iter() {
            if gathered.contains(&i) {
                continue;
            }
            gathered.push(i);
            if is_long(i) {
                let same = units
                    .iter()
                    .copied()
                    .filter(|&j| j != i && key(j) == key(i));
                gathered.extend(same);
            }
        }
        *units = gathered;
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

    /// What a call takes: by its own, else along the line through those of the two nearest smaller
    /// sizes. A small batch of a strategy is all overhead, which is none of its rows': a row is not
    /// taken to cost more than so many of serial's.
    fn expected(&self, model: usize, lane: Option<usize>, n_rows: usize) -> Option<f64> {
        let smaller = (model, lane, 0)..=(model, lane, n_rows);
        let mut known = self.known.range(smaller).rev();
        let (&(_, _, n), &ms) = known.next()?;
        let (n, rows) = (n as f64, n_rows as f64);
        let mut row_ms = ms / n;
        if let Some((&(.., less), &less_ms)) = known.next() {
            row_ms = row_ms.min(((ms - less_ms) / (n - less as f64)).max(0.0));
        }
        if lane.is_some()
            && let Some(serial_ms) = self.expected(model, None, n_rows)
        {
            row_ms = row_ms.min(ROW_OF_SERIALS * serial_ms / rows);
        }
        Some(ms + row_ms * (rows - n))
    }

    fn warm(&mut self, model: usize, lane: Option<usize>, n_rows: usize) {
        let is_coarse = self.plan.is_coarse();
        let is_long = if is_coarse {
            // What a call takes of which the clock saw less is not known, nor that of more rows.
            let smaller = (model, lane, 0)..=(model, lane, n_rows);
            let last = self.known.range(smaller).next_back();
            last.is_some_and(|(_, &ms)| ms >= COARSE_LEAST_STEPS * self.plan.clock_resolution_ms)
        } else {
            let expected = self.expected(model, lane, n_rows);
            expected.is_some_and(|ms| ms >= WARM_BELOW_MS)
        };
        if is_long {
            return;
        }
        let is_known = is_coarse || self.known.contains_key(&(model, lane, n_rows));
        let target = Target::Warm(model, lane, n_rows);
        for _ in 0..if is_known { 1 } else { WARM_UPS } {
            self.queue.push_front(Task::Calls(target, 0));
        }
    }

    fn line_up_pairs(&mut self, i: usize) {
        let (model, lane, n_rows, most) = {
            let unit = &mut self.units[i];
            unit.n_tried += 1;
            let most = if unit.once { PAIRS_ONCE } else { PAIRS };
            (unit.model, unit.lane, unit.n_rows, most)
        };
        self.half = None;
        if self.plan.is_coarse() {
            // How many calls can be seen goes by what one takes, which other sizes do not tell.
            let n_tasks = self.queue.len();
            self.queue.push_front(Task::Unit(i));
            self.warm_late(model, lane, n_rows);
            if self.queue.len() > n_tasks + 1 {
                self.units[i].n_tried -= 1;
                return;
            }
            self.queue.pop_front();
        }
        let (n_serial, n_other, pair_ms) = self.n_calls(model, lane, n_rows);
        let n_pairs = ((PAIRS_MS / pair_ms) as u32).clamp(1, most);
        let serial = Task::Calls(
            Target::Side {
                unit: i,
                is_serial: true,
            },
            n_serial,
        );
        let other = Task::Calls(
            Target::Side {
                unit: i,
                is_serial: false,
            },
            n_other,
        );
        if let Some((of, size, timed, hidden)) = self.shared
            && (of, size, n_pairs, n_serial) == (model, n_rows, 1, 1)
            && lane.is_some()
        {
            self.half = Some((true, timed, hidden));
            self.queue.push_front(other);
            return;
        }
        for _ in 0..n_pairs {
            let both = [serial.clone(), other.clone()];
            let [first, second] = if self.rng.below(2) == 0 {
                both
            } else {
                let [a, b] = both;
                [b, a]
            };
            if lane.is_some() {
                self.queue.push_front(second);
                self.queue.push_front(first);
            } else {
                self.queue.push_front(serial.clone());
            }
        }
        self.warm_late(model, lane, n_rows);
    }

    /// A size that came late has not been warmed.
    fn warm_late(&mut self, model: usize, lane: Option<usize>, n_rows: usize) {
        for lane in [None, lane] {
            if !self.known.contains_key(&(model, lane, n_rows)) {
                self.warm(model, lane, n_rows);
            }
        }
    }

    /// What a sample should last, milliseconds.
    fn sample_ms(&self) -> f64 {
        let step = self.plan.clock_resolution_ms;
        if self.plan.is_coarse() {
            return COARSE_STEPS * step;
        }
        (STEPS * step).min(LONG_SAMPLE_MS.max(FEW_STEPS * step))
    }

    /// Calls of either side, and what a pair takes. The same number, unless one side is so much
    /// slower that the other's time could not be told.
    fn n_calls(&self, model: usize, lane: Option<usize>, n_rows: usize) -> (u32, u32, f64) {
        // A call too short for the clock at all: many, and the next estimate is better.
        let least = if self.plan.is_coarse() {
            LEAST_MS
        } else {
            self.plan.clock_resolution_ms / 64.0
        };
        let ms = |lane| self.expected(model, lane, n_rows).unwrap_or(1.0).max(least);
        let (serial, other) = (ms(None), ms(lane));
        let enough = self.sample_ms();
        let few = enough.min(FEW_STEPS * self.plan.clock_resolution_ms);
        let most = self.most_calls();
        let calls = |call_ms: f64| ((enough / call_ms).ceil() as u32).clamp(1, most);
        let fits = (SLOW_SIDE_MS.max(2.0 * enough) / serial.max(other)) as u32;
        let both = calls(serial.min(other)).min(fits.max(1));
        let of = |call_ms: f64| {
            if f64::from(both) * call_ms >= (enough / 4.0).max(few) {
                both
            } else {
                calls(call_ms)
            }
        };
        let (n_serial, n_other) = (of(serial), of(other));
        let pair_ms = f64::from(n_serial) * serial + f64::from(n_other) * other;
        (n_serial, n_other, pair_ms)
    }

    fn most_calls(&self) -> u32 {
        match (self.plan.parked, self.plan.is_coarse()) {
            (true, _) => MAX_PARKED_CALLS,
            (_, true) => MAX_COARSE_CALLS,
            _ => MAX_CALLS,
        }
    }

    fn start(&mut self, target: Target, n_calls: u32) {
        let (model, lane, n_rows) = match target {
            Target::Warm(model, lane, n_rows) => (model, lane, n_rows),
            Target::Side { unit, is_serial } => {
                let unit = &self.units[unit];
                let lane = if is_serial { None } else { unit.lane };
                (unit.model, lane, unit.n_rows)
            }
        };
        let expected = self.expected(model, lane, n_rows);
        let n_calls = match (target, expected) {
            (Target::Warm(..), Some(ms)) if !self.plan.is_coarse() => {
                let calls = (self.sample_ms() / ms.max(1e-6)).ceil() as u32;
                calls.clamp(1, MAX_CALLS)
            }
            (Target::Warm(..), _) => n_calls.max(1),
            _ => n_calls,
        };
        let is_short = expected.is_none_or(|ms| ms < WARM_BELOW_MS);
        let part_rows = match expected {
            Some(ms) => n_rows.div_ceil((ms / PART_MS).ceil().max(1.0) as usize),
            None => n_rows.min(PART_ROWS),
        };
        let is_warm_up = matches!(target, Target::Warm(..));
        self.running = Some(Running {
            target,
            calls: Calls {
                model,
                lane,
                n_rows,
                n_threads: lane.map_or(1, |lane| self.plan.lanes[lane].n_threads),
                n_calls,
                n_warm: u32::from(!self.plan.parked && is_short),
                parked: self.plan.parked && !is_warm_up,
            },
            done_rows: 0,
            done_calls: 0,
            part_rows: part_rows.min(self.plan.n_rows),
            sum: Sample {
                equal_to_serial: true,
                ..Sample::default()
            },
            begun_ms: f64::NAN,
            has_begun: false,
        });
    }

    /// A step of the running sample; what the caller has to do, if anything.
    fn work(&mut self, bench: &mut impl Bench, until_ms: f64) -> Result<Option<Turn>> {
        let Some(running) = &mut self.running else {
            return Ok(None);
        };
        let calls = &running.calls;
        if !running.has_begun {
            let n_rows = calls.n_rows.min(self.plan.n_rows);
            if !bench.prepare(calls.model, n_rows, PREPARE_MS)? {
                return Ok((bench.now_ms() >= until_ms).then_some(Turn::Pause));
            }
            running.has_begun = true;
            running.begun_ms = bench.now_ms();
            if bench.is_by_message(calls) {
                return Ok(Some(Turn::Message(calls.clone())));
            }
            if !(self.plan.is_coarse() && matches!(running.target, Target::Warm(..))) {
                bench.idle(self.rng.uniform());
            }
        }
        let is_whole = running.part_rows >= calls.n_rows;
        let first = running.done_rows % self.plan.n_rows;
        let n_rows = running
            .part_rows
            .min(calls.n_rows - running.done_rows)
            .min(self.plan.n_rows - first);
        let part = Calls {
            n_calls: if is_whole { calls.n_calls } else { 1 },
            n_warm: if running.done_rows == 0 && running.done_calls == 0 {
                calls.n_warm
            } else {
                0
            },
            ..calls.clone()
        };
        let sample = bench.sample(&part, first, n_rows)?;
        let sum = &mut running.sum;
        sum.wall_ms += sample.wall_ms;
        sum.busy_ms += sample.busy_ms;
        sum.stages = sum.stages.plus(sample.stages);
        sum.hidden |= sample.hidden;
        sum.equal_to_serial &= sample.equal_to_serial;
        sum.strategy_used = sample.strategy_used;
        running.done_rows += n_rows;
        if running.done_rows >= calls.n_rows {
            running.done_rows = 0;
            running.done_calls += part.n_calls;
        }
        if running.done_calls >= calls.n_calls {
            let sum = *sum;
            self.record(sum, bench.now_ms());
        } else if bench.now_ms() >= until_ms {
            return Ok(Some(Turn::Pause));
        }
        Ok(None)
    }

    /// Takes in what came of calls that went by message, or were made here.
    pub fn record(&mut self, sample: Sample, now_ms: f64) {
        let Some(Running {
            target,
            calls,
            begun_ms,
            ..
        }) = self.running.take()
        else {
            return;
        };
        // By a coarse clock no more is asked for next time than eight of its steps.
        let share = if self.plan.is_coarse() { 2.0 } else { 8.0 };
        let least_ms = (self.plan.clock_resolution_ms / share).max(LEAST_MS);
        let timed = Timed::of(&sample, calls.n_calls, least_ms);
        self.known
            .insert((calls.model, calls.lane, calls.n_rows), timed.wall_ms);
        let step = self.plan.clock_resolution_ms;
        let is_coarse = self.plan.is_coarse();
        let most = self.most_calls();
        let is_first_warm_up = matches!(target, Target::Warm(..)) && calls.n_calls == 1;
        if is_coarse
            && now_ms <= self.late_ms
            && sample.wall_ms < COARSE_LEAST_STEPS * step
            && calls.n_calls < most
            && sample.equal_to_serial
            && !is_first_warm_up
        {
            // Until it is known how many calls can be seen; then the pair begins anew.
            if let Target::Side { unit, .. } = target {
                let is_own = |task: &Task| matches!(task, Task::Calls(Target::Side { .. }, _));
                self.queue.retain(|task| !is_own(task));
                self.units[unit].n_tried -= 1;
                self.queue.push_front(Task::Unit(unit));
            }
            let n_calls = (self.sample_ms() / timed.wall_ms).ceil() as u32;
            let again = Target::Warm(calls.model, calls.lane, calls.n_rows);
            self.queue
                .push_front(Task::Calls(again, n_calls.clamp(2, most)));
            return;
        }
        let Target::Side { unit: i, is_serial } = target else {
            return;
        };
        let unit = &mut self.units[i];
        // Both sides of a pair count against the one budget that they have.
        unit.spent_ms += (now_ms - begun_ms) / if unit.lane.is_some() { 2.0 } else { 1.0 };
        unit.was_hidden |= sample.hidden;
        unit.unequal |= !sample.equal_to_serial;
        let few = FEW_STEPS * step / if is_coarse { 1.0 } else { 2.0 };
        let is_few = sample.wall_ms < few && (is_coarse || !self.plan.parked);
        unit.saturated |= is_few || sample.wall_ms <= 0.0;
        if unit.unequal {
            self.queue.retain(
                |task| !matches!(task, Task::Calls(Target::Side { unit, .. }, _) if *unit == i),
            );
            return;
        }
        if is_serial && timed.wall_ms >= SHARED_MS {
            self.shared = Some((unit.model, unit.n_rows, timed, sample.hidden));
        }
        let (serial, other, hidden) = match (self.half.take(), unit.lane) {
            (_, None) => (timed, None, false),
            (None, _) => {
                self.half = Some((is_serial, timed, sample.hidden));
                return;
            }
            (Some((true, serial, hidden)), _) => (serial, Some(timed), hidden),
            (Some((false, other, hidden)), _) => (timed, Some(other), hidden),
        };
        if hidden || sample.hidden {
            return;
        }
        let pace = self.pace.map_or(
            Pace {
                serial_ms: 1.0,
                threads_ms: 1.0,
                n_threads: 1,
                hand_over_ms: 0.0,
            },
            |(pace, ..)| pace,
        );
        unit.pairs.push(Pair {
            round: self.cores.len() as u32,
            serial,
            other,
            before: pace,
            after: pace,
        });
        self.open.push((i, unit.pairs.len() - 1));
    }

    /// Judges anew, and adds sizes beside the break-evens where the present ones are far from them.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    fn refine(&mut self) {
        self.judgement = Judgement::of(&self.plan, &self.units, &self.cores, &self.loads);
        for (model, lane, size) in self.judgement.sizes_to_add(&self.plan) {
            let added = self.n_added.entry((model, lane)).or_default();
            if *added < self.plan.max_added {
                *added += 1;
                self.add(model, Some(lane), size);
            }
        }
    }
}
