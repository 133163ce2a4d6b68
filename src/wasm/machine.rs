//! This instance and its pool, as a measurement sees them.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use super::bench::Bench;
use super::clock::BrowserClock;
use super::predict::Costs;
use crate::error::Result;
use crate::inference::strategy::Choice;
use crate::measure::bench::{self, Pace};
use crate::measure::clock::{COARSE_MS, Clock};
use crate::measure::plan::{Calls, Lane, Sample, Used};
use crate::parallel;

/// How long the threads spin to see how many cores they get, milliseconds.
const PROBE_MS: f64 = 20.0;
/// Work between two looks at whether the time is over, and what one thread does alone to compare.
const BLOCK_MS: f64 = 0.02;
const ALONE_MS: f64 = 1.0;
/// A thread that has not looked at the clock for longer, or for so many steps of it, did not run.
const GAP_MS: f64 = 0.5;
const GAP_STEPS: f64 = 2.5;
/// How long the sentinels' work takes: so many steps of the clock within these bounds, milliseconds.
const PACE_STEPS: f64 = 20.0;
const PACE_MS: [f64; 2] = [0.2, 8.0];
/// Steps of a coarse clock that tell how fast this core is: enough to wait for a share of a step.
const COARSE_STEPS: f64 = 2.0;
/// Tasks handed over between two looks at the clock: each waits for a thread that has no core.
const HAND_OVERS: u32 = 8;
/// How long a thread waits for the others to come to the sentinel.
const MEET_MS: f64 = 2.0;
/// The pool counts as parked when all its threads have been asleep for so long; it is waited for so
/// long.
const PARKED_MS: f64 = 2.0;
const PARK_PATIENCE_MS: f64 = 1000.0;

/// Models on the rows of one matrix.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) benches: Vec<Bench>,
    /// By model; what the automatic choice goes by.
    pub(super) costs: Vec<Option<Costs>>,
    /// Whether nobody sees the page.
    pub(super) hidden: bool,
    lanes: Vec<Lane>,
    n_threads: usize,
    step_ms: f64,
    /// Turns of `work` that a millisecond takes.
    turns_per_ms: f64,
}

impl Machine {
    pub(super) fn new(benches: Vec<Bench>, lanes: &[Lane], n_threads: usize, step_ms: f64) -> Self {
        Self {
            costs: benches.iter().map(|_| None).collect(),
            benches,
            hidden: false,
            lanes: lanes.to_vec(),
            n_threads,
            step_ms,
            turns_per_ms: turns_per_ms(step_ms),
        }
    }

    /// Whether work of some milliseconds is less than the clock's step: nothing is told of cores then.
    fn is_blind(&self) -> bool {
        self.step_ms > COARSE_MS
    }

    fn strategy(&self, calls: &Calls) -> &str {
        calls
            .lane
            .map_or("serial", |lane| &self.lanes[lane].strategy)
    }

    /// What the calls come to: the automatic choice chooses, the others are themselves.
    pub(super) fn used(&self, calls: &Calls) -> Used {
        let strategy = self.strategy(calls);
        if strategy != "auto" {
            return Used::named(strategy, calls.n_threads);
        }
        match self.costs[calls.model]
            .as_ref()
            .map(|costs| costs.now(calls.n_rows))
        {
            Some(Choice::Threads(n_threads)) => Used::Threads(n_threads),
            Some(Choice::Workers) => Used::Workers(calls.n_threads),
            _ => Used::Serial,
        }
    }

    /// Waits until the pool's threads have been asleep for a while. This one stays awake, as a
    /// caller is who has just got its rows ready: kernels that pack threads put one that is woken
    /// by an idle caller on the caller's own core.
    fn park() {
        let Some(pool) = parallel::pool::pool() else {
            return;
        };
        let begun = BrowserClock.now_ms();
        let mut since = begun;
        loop {
            let now = BrowserClock.now_ms();
            if pool.n_asleep() + 1 < pool.n_threads() {
                since = now;
            }
            if now - since >= PARKED_MS || now - begun >= PARK_PATIENCE_MS {
                return;
            }
        }
    }
}

impl Machine {
    /// Has the threads work together, and says how many times as much they do as one alone.
    fn cores_busy(&self) -> f64 {
        let turns = (self.turns_per_ms * BLOCK_MS).max(1.0) as u32;
        let few = ((ALONE_MS.max(PACE_STEPS * self.step_ms) / BLOCK_MS) as u32).max(1);
        let one_ms = (0..3)
            .map(|_| alone(few * turns) / f64::from(few))
            .fold(f64::INFINITY, f64::min);
        let n_blocks = AtomicU64::new(0);
        let is_over = AtomicBool::new(false);
        parallel::rouse(self.n_threads);
        let begun = BrowserClock.now_ms();
        parallel::run(self.n_threads, self.n_threads, |tasks| {
            let _ = tasks.next();
            let mut done = 0;
            while !is_over.load(Ordering::Relaxed) {
                work(turns);
                done += 1;
                if tasks.thread() == 0 && BrowserClock.now_ms() - begun >= PROBE_MS {
                    is_over.store(true, Ordering::Relaxed);
                }
            }
            n_blocks.fetch_add(done, Ordering::Relaxed);
        });
        n_blocks.into_inner() as f64 * one_ms / PROBE_MS
    }
}

impl bench::Bench for Machine {
    fn now_ms(&self) -> f64 {
        BrowserClock.now_ms()
    }

    fn prepare(&mut self, model: usize, n_rows: usize, max_ms: f64) -> Result<bool> {
        self.benches[model].prepare(n_rows, max_ms)
    }

    fn is_by_message(&self, calls: &Calls) -> bool {
        matches!(self.used(calls), Used::Workers(_) | Used::Async(_))
    }

    fn sample(&mut self, calls: &Calls, first: usize, n_rows: usize) -> Result<Sample> {
        let used = self.used(calls);
        // The automatic choice is made again in each call: its cost is part of the time.
        let is_auto = self.strategy(calls) == "auto";
        let costs = self.costs[calls.model].as_ref().filter(|_| is_auto);
        let bench = &mut self.benches[calls.model];
        let mut sample = Sample {
            equal_to_serial: true,
            ..Sample::default()
        };
        let one = Calls {
            n_calls: if calls.parked { 1 } else { calls.n_calls },
            n_threads: match used {
                Used::Serial if costs.is_none() => 1,
                _ => calls.n_threads,
            },
            ..calls.clone()
        };
        for _ in 0..if calls.parked { calls.n_calls } else { 1 } {
            if calls.parked {
                Self::park();
            }
            let timed = bench.sample(&one, first, n_rows, costs)?;
            sample.wall_ms += timed.wall_ms;
            sample.busy_ms += timed.busy_ms;
            sample.stages = sample.stages.plus(timed.stages);
            sample.equal_to_serial &= timed.equal_to_serial;
        }
        // Each call of the automatic choice has asked anew. Before the first of those that come back to back the pool may
        // have slept; as it is now, so the others found it.
        sample.strategy_used = if calls.parked { used } else { self.used(calls) };
        sample.hidden = self.hidden;
        Ok(sample)
    }

    fn probe(&mut self) -> Option<f64> {
        (parallel::n_threads() >= self.n_threads && !self.is_blind()).then(|| self.cores_busy())
    }

    fn pace(&mut self) -> Pace {
        if self.is_blind() {
            return Pace::UNKNOWN;
        }
        let [least, most] = PACE_MS;
        let ms = (PACE_STEPS * self.step_ms).clamp(least, most);
        let turns = (ms * self.turns_per_ms) as u32;
        let least = |run: &dyn Fn() -> f64| run().min(run());
        let serial_ms = least(&|| alone(turns));
        let n_threads = self.n_threads.min(parallel::n_threads());
        let (threads_ms, hand_over_ms) = if n_threads > 1 {
            (
                least(&|| together(n_threads, turns)),
                least(&|| hand_over(n_threads, ms)),
            )
        } else {
            (serial_ms, 0.0)
        };
        Pace {
            serial_ms,
            threads_ms,
            n_threads,
            hand_over_ms,
        }
    }

    fn idle(&mut self, share: f64) {
        work((share * self.step_ms * self.turns_per_ms) as u32);
    }
}

/// Has `n_threads` threads spin together, and sums up for which share of the time each ran: all that
/// can be told where none can be asked to work alone. Not a number by a clock that is too coarse.
pub(super) fn cores(n_threads: usize, step_ms: f64) -> f64 {
    if step_ms > COARSE_MS {
        return f64::NAN;
    }
    let gap_ms = GAP_MS.max(GAP_STEPS * step_ms);
    let ran_us = AtomicU64::new(0);
    let is_over = AtomicBool::new(false);
    parallel::rouse(n_threads);
    let begun = BrowserClock.now_ms();
    parallel::run(n_threads, n_threads, |tasks| {
        if tasks.next().is_none() {
            return;
        }
        let is_caller = tasks.thread() == 0;
        let (mut last, mut ran) = (BrowserClock.now_ms(), 0.0);
        while !is_over.load(Ordering::Relaxed) {
            let now = BrowserClock.now_ms();
            if now - last < gap_ms {
                ran += now - last;
            }
            last = now;
            if is_caller && now - begun >= PROBE_MS {
                is_over.store(true, Ordering::Relaxed);
            }
        }
        ran_us.fetch_add((1e3 * ran) as u64, Ordering::Relaxed);
    });
    ran_us.into_inner() as f64 / 1e3 / PROBE_MS
}

/// Work that takes the same time whenever a core does nothing else. It keeps the core's arithmetic
/// busy all the time, as the kernels do: two threads that share one core are then seen to.
#[inline(never)]
fn work(turns: u32) {
    let mut values = [1.0_f64; 24];
    for _ in 0..turns {
        for value in &mut values {
            *value = *value * 0.999_999 + 1e-7;
        }
    }
    std::hint::black_box(values);
}

fn alone(turns: u32) -> f64 {
    let begun = BrowserClock.now_ms();
    work(turns);
    BrowserClock.now_ms() - begun
}

/// The same work on each of some threads, which meet before it: where one gets no core the others
/// wait for it, for a while.
fn together(n_threads: usize, turns: u32) -> f64 {
    let here = AtomicUsize::new(0);
    parallel::rouse(n_threads);
    let begun = BrowserClock.now_ms();
    parallel::run(n_threads, n_threads, |tasks| {
        let _ = tasks.next();
        here.fetch_add(1, Ordering::Relaxed);
        let came = BrowserClock.now_ms();
        while here.load(Ordering::Relaxed) < n_threads && BrowserClock.now_ms() - came < MEET_MS {
            std::hint::spin_loop();
        }
        work(turns);
    });
    BrowserClock.now_ms() - begun
}

/// Milliseconds from handing a task to each thread until all have met in it, the mean over `ms`.
fn hand_over(n_threads: usize, ms: f64) -> f64 {
    let (begun, mut n) = (BrowserClock.now_ms(), 0);
    loop {
        for _ in 0..HAND_OVERS {
            parallel::rouse(n_threads);
        }
        n += HAND_OVERS;
        let took = BrowserClock.now_ms() - begun;
        if took >= ms {
            return took / f64::from(n);
        }
    }
}

fn turns_per_ms(step_ms: f64) -> f64 {
    let mut turns = 10_000_u32;
    let steps = if step_ms > COARSE_MS {
        COARSE_STEPS
    } else {
        PACE_STEPS
    };
    loop {
        let ms = alone(turns).min(alone(turns));
        if ms >= steps * step_ms || turns > 1 << 27 {
            return f64::from(turns) / ms.max(step_ms);
        }
        turns *= 2;
    }
}
