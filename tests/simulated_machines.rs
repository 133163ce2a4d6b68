//! Measurements on machines that are made up, whose break-even is known: how often the interval
//! holds it, and how often a verdict is wrong.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use breakeven::error::Result;
use breakeven::measure::bench::{Bench, Pace};
use breakeven::measure::break_even::{BreakEven, Reason, Verdict, judge};
use breakeven::measure::plan::{Calls, Lane, Plan, Sample, Stages, Used};
use breakeven::measure::ratios::{Round, Size};
use breakeven::measure::report::MeasureReport;
use breakeven::measure::rounds::{Rounds, Turn};
use breakeven::measure::stats::{SplitMix, mean, median, squares};

const SEEDS: u64 = 200;

/// What is the matter with a machine.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Trouble {
    /// Nothing but noise.
    None,
    /// Two states of 0.3 s on average, the other one 60 % slower, and threads a twentieth more.
    TwoStates,
    /// 20 % slower at the end of a minute than at its beginning.
    Drift,
    /// One sample in twenty takes up to many times as long.
    HeavyTail,
    /// Another program has a core for about half of the time, three seconds a time.
    CoreTaken,
    /// The same, but always.
    CoreGone,
    /// Each start of the engine has threads of its own speed.
    Loads,
    /// For about half of the time its cores share no cache, three seconds a time: handing work over
    /// takes three times as long.
    Apart,
}

/// 10 ns a row alone.
fn serial_ms(n: f64) -> f64 {
    2e-4 + 1e-5 * n
}

const HAND_OVER_MS: f64 = 5e-3;

/// 5.3 ns a row on two threads: equal at 1021 rows.
fn threads_ms(n: f64) -> f64 {
    HAND_OVER_MS + 5.3e-6 * n
}

/// Memory holds large batches up: equal at 1021 and from some millions of rows on.
fn held_up_ms(n: f64) -> f64 {
    5e-3 + 5.3e-6 * n * (1.0 + n / 3e6)
}

fn always_slower_ms(n: f64) -> f64 {
    HAND_OVER_MS + 1.1 * serial_ms(n)
}

struct Machine {
    trouble: Trouble,
    threads_ms: fn(f64) -> f64,
    step_ms: f64,
    now_ms: f64,
    /// When the state changes next, and which it is.
    until_ms: f64,
    is_other: bool,
    load: f64,
    rng: SplitMix,
}

impl Machine {
    fn new(trouble: Trouble, threads_ms: fn(f64) -> f64, step_ms: f64, seed: u64) -> Self {
        Self {
            trouble,
            threads_ms,
            step_ms,
            now_ms: 1000.0 * SplitMix::new(seed).uniform(),
            until_ms: 0.0,
            is_other: seed.is_multiple_of(2),
            load: 1.0,
            rng: SplitMix::new(seed ^ 0x5eed),
        }
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.rng.uniform()).sum::<f64>() - 6.0
    }

    fn restart(&mut self) {
        self.now_ms += 400.0;
        if self.trouble == Trouble::Loads {
            self.load = (0.1 * self.normal()).exp();
        }
    }

    /// How many times as long work takes now.
    fn pace(&mut self, on_threads: bool) -> f64 {
        while self.now_ms >= self.until_ms {
            let dwell = match self.trouble {
                Trouble::TwoStates => 300.0,
                _ => 3000.0,
            };
            self.until_ms += -dwell * (1.0 - self.rng.uniform()).ln();
            self.is_other = !self.is_other;
        }
        match self.trouble {
            Trouble::TwoStates if self.is_other => 1.6 * if on_threads { 1.05 } else { 1.0 },
            Trouble::Drift => 1.0 + 0.2 * self.now_ms / 60_000.0,
            _ => 1.0,
        }
    }

    /// What a call takes more while the cores are apart.
    fn apart_ms(&self) -> f64 {
        if self.trouble == Trouble::Apart && self.is_other {
            2.0 * HAND_OVER_MS
        } else {
            0.0
        }
    }

    fn is_core_gone(&self) -> bool {
        match self.trouble {
            Trouble::CoreTaken => self.is_other,
            Trouble::CoreGone => true,
            _ => false,
        }
    }

    /// Time passes while some calls are made, in pieces, since the machine may change meanwhile.
    fn work(&mut self, call_ms: f64, on_threads: bool, n_calls: u32) {
        let mut left = call_ms * f64::from(n_calls) * (0.02 * self.normal()).exp();
        let tail = self.trouble == Trouble::HeavyTail && self.rng.below(20) == 0;
        if tail {
            left *= 1.0 + 0.5 * (1.0 - self.rng.uniform()).powf(-1.0 / 1.5);
        }
        while left > 0.0 {
            let piece = left.min(10.0);
            self.now_ms += piece * self.pace(on_threads);
            left -= piece;
        }
    }
}

impl Bench for Machine {
    fn now_ms(&self) -> f64 {
        self.now_ms
    }

    fn prepare(&mut self, _: usize, _: usize, _: f64) -> Result<bool> {
        Ok(true)
    }

    fn is_by_message(&self, _: &Calls) -> bool {
        false
    }

    fn sample(&mut self, calls: &Calls, _: usize, n_rows: usize) -> Result<Sample> {
        let n = n_rows as f64;
        let on_threads = calls.lane.is_some();
        let call_ms = match (on_threads, self.is_core_gone()) {
            (false, _) => serial_ms(n),
            (true, false) => (self.threads_ms)(n) * self.load + self.apart_ms(),
            (true, true) => serial_ms(n) + 5e-3,
        };
        let begun = (self.now_ms / self.step_ms).floor();
        self.work(call_ms, on_threads, calls.n_calls);
        let ended = (self.now_ms / self.step_ms).floor();
        let wall_ms = (ended - begun) * self.step_ms;
        Ok(Sample {
            wall_ms,
            busy_ms: wall_ms,
            stages: Stages {
                compute: wall_ms,
                ..Stages::default()
            },
            hidden: false,
            equal_to_serial: true,
            strategy_used: Used::Serial,
        })
    }

    fn probe(&mut self) -> Option<f64> {
        self.now_ms += 20.0;
        let cores = if self.is_core_gone() { 1.02 } else { 1.98 };
        Some(cores * (0.005 * self.normal()).exp())
    }

    fn pace(&mut self) -> Pace {
        let serial_ms = 0.3 * self.pace(false) * (0.03 * self.normal()).exp();
        let gone = if self.is_core_gone() { 2.1 } else { 1.05 };
        let threads_ms = 0.3 * gone * self.pace(true) * (0.03 * self.normal()).exp();
        self.now_ms += serial_ms + threads_ms;
        Pace {
            serial_ms,
            threads_ms,
            n_threads: 2,
            hand_over_ms: (HAND_OVER_MS * self.pace(true) + self.apart_ms())
                * (0.05 * self.normal()).exp(),
        }
    }

    fn idle(&mut self, share: f64) {
        self.now_ms += share * self.step_ms;
    }
}

fn plan(step_ms: f64, seed: u64) -> Plan {
    Plan {
        models: vec!["NB".to_owned()],
        lanes: vec![Lane {
            strategy: "threads".to_owned(),
            n_threads: 2,
            can_pay: true,
        }],
        batch_sizes: (1..=7).map(|power| 10_usize.pow(power)).collect(),
        n_threads: 2,
        n_cores: 2,
        min_samples: 20,
        budget_ms: 1000.0,
        min_rounds: 5,
        precision: 1.3,
        once_above_rows: 100_000,
        random_state: seed,
        clock_resolution_ms: step_ms,
        parked: false,
        n_rows: 10_000_000,
        max_added: 5,
        cutoff_rows: 10_000,
        min_loads: 5,
        leg_rows: 1_000_000,
    }
}

/// As the engine does it: two rounds, the long batches, then rounds in starts of their own, until
/// every interval is narrow or the time is over.
fn measure(mut machine: Machine, plan: Plan, total_ms: f64) -> MeasureReport {
    let mut rounds = Rounds::new(plan.clone());
    let end = machine.now_ms + total_ms;
    let mut load = 0;
    while machine.now_ms < end {
        if let Some(leg) = rounds.next_leg() {
            load += 1;
            machine.restart();
            let mut away = Rounds::leg(plan.clone(), &leg);
            let until = machine.now_ms + 1000.0;
            while machine.now_ms < until
                && away.advance(&mut machine, f64::INFINITY).unwrap() != Turn::Done
            {}
            rounds.absorb(&leg, &away.take(), load);
        } else if rounds.advance(&mut machine, f64::INFINITY).unwrap() == Turn::Done {
            break;
        }
    }
    rounds.reports().remove(0)
}

/// What happened over all seeds.
#[derive(Debug, Default)]
struct Tally {
    holds: usize,
    pays: usize,
    never: usize,
    unclear: usize,
    widths: Vec<f64>,
    /// The estimate over the truth, on the logarithm.
    off: Vec<f64>,
    reports: Vec<MeasureReport>,
}

impl Tally {
    fn of(truth: f64, run: impl Fn(u64) -> MeasureReport) -> Self {
        let mut tally = Self::default();
        for seed in 0..SEEDS {
            let report = run(seed);
            let BreakEven {
                verdict,
                ci95,
                n_rows,
                ..
            } = report.break_even[0].clone();
            match verdict {
                Verdict::Pays => tally.pays += 1,
                Verdict::NeverPays => tally.never += 1,
                Verdict::Unclear => tally.unclear += 1,
            }
            if let (Some([low, high]), Some(at)) = (ci95, n_rows) {
                tally.off.push((at / truth).ln());
                tally.holds += usize::from(low <= truth && truth <= high);
                tally.widths.push(high / low);
            }
            tally.reports.push(report);
        }
        println!(
            "holds {} of {}, never {}, unclear {}, median high / low {:.3}, off by {:.3} ± {:.3}, {:.0} rounds",
            tally.holds,
            tally.pays,
            tally.never,
            tally.unclear,
            tally.width(),
            mean(&tally.off),
            (squares(&tally.off) / tally.off.len() as f64).sqrt(),
            median(
                &tally
                    .reports
                    .iter()
                    .map(|r| r.n_rounds as f64)
                    .collect::<Vec<_>>()
            ),
        );
        tally
    }

    fn width(&self) -> f64 {
        median(&self.widths)
    }

    /// At least nine in ten intervals hold the truth, and no more than one in twenty verdicts is
    /// that it never pays.
    fn assert_covers(&self) {
        let n = self.reports.len();
        assert!(10 * self.holds >= 9 * n, "{} of {n}", self.holds);
        assert!(20 * self.never <= n, "{} never", self.never);
    }
}

/// Where the expected logarithm of the ratio is 0, threads being `factor` times as slow on average.
fn truth(threads_ms: fn(f64) -> f64, factor: f64) -> f64 {
    let (mut low, mut high) = (10.0, 1e5);
    while high - low > 0.1 {
        let n = f64::midpoint(low, high);
        if threads_ms(n) * factor > serial_ms(n) {
            low = n;
        } else {
            high = n;
        }
    }
    high
}

fn tally(trouble: Trouble, step_ms: f64, factor: f64) -> Tally {
    Tally::of(truth(threads_ms, factor), |seed| {
        let machine = Machine::new(trouble, threads_ms, step_ms, seed);
        measure(machine, plan(step_ms, seed), 30_000.0)
    })
}

#[test]
fn a_calm_machine() {
    let tally = tally(Trouble::None, 0.005, 1.0);
    tally.assert_covers();
    assert!(tally.width() <= 1.5, "{}", tally.width());
}

#[test]
fn two_states_of_which_the_slower_hits_threads_harder() {
    tally(Trouble::TwoStates, 0.005, 1.05_f64.sqrt()).assert_covers();
}

#[test]
fn a_slow_drift() {
    tally(Trouble::Drift, 0.005, 1.0).assert_covers();
}

#[test]
fn a_heavy_tail() {
    tally(Trouble::HeavyTail, 0.005, 1.0).assert_covers();
}

#[test]
fn a_clock_of_100_microseconds() {
    tally(Trouble::None, 0.1, 1.0).assert_covers();
}

#[test]
fn a_clock_of_a_millisecond() {
    tally(Trouble::None, 1.0, 1.0).assert_covers();
}

/// What browsers that hide their clock give. Where it tells nothing, nothing is claimed.
fn by_a_coarse_clock(step_ms: f64, total_ms: f64, least_pays: usize) {
    let run = |threads_ms: fn(f64) -> f64, truth| {
        Tally::of(truth, |seed| {
            let machine = Machine::new(Trouble::None, threads_ms, step_ms, seed);
            measure(machine, plan(step_ms, seed), total_ms)
        })
    };
    let wrong = SEEDS as usize / 20;
    let pays = run(threads_ms, truth(threads_ms, 1.0));
    assert!(pays.never <= wrong, "{} never", pays.never);
    assert!(
        pays.pays - pays.holds <= wrong,
        "{} of {}",
        pays.holds,
        pays.pays
    );
    assert!(pays.pays >= least_pays, "{} pay", pays.pays);
    let equal = run(serial_ms, f64::NAN);
    assert!(equal.pays <= wrong && equal.never <= wrong, "{equal:?}");
    let slower = run(always_slower_ms, f64::NAN);
    assert!(slower.pays <= wrong, "{} pay", slower.pays);
    for report in [pays, equal, slower]
        .iter()
        .flat_map(|tally| &tally.reports)
    {
        let found = &report.break_even[0];
        assert!(found.verdict != Verdict::Unclear || found.reason == Some(Reason::Clock));
        for point in &report.points {
            assert!(
                point.rows_per_s.is_finite() && point.median_ms > 0.0,
                "{point:?}"
            );
            let is_short = point.n_rows <= 100_000;
            assert!(
                !is_short || point.flags.contains(&"clock_saturated"),
                "{point:?}"
            );
        }
    }
}

#[test]
fn a_clock_of_16_7_milliseconds() {
    by_a_coarse_clock(50.0 / 3.0, 30_000.0, SEEDS as usize / 2);
}

#[test]
fn a_clock_of_100_milliseconds() {
    by_a_coarse_clock(100.0, 60_000.0, 0);
}

#[test]
fn starts_of_the_engine_that_differ() {
    tally(Trouble::Loads, 0.005, 1.0).assert_covers();
}

/// What is told is told of cores near each other, where a run sees any: a mix of both would be
/// another one each time. A run that only finds them apart says what it takes then.
#[test]
fn cores_that_are_apart_for_half_of_the_time() {
    let tally = tally(Trouble::Apart, 0.005, 1.0);
    let mut holds = 0;
    for report in &tally.reports {
        let found = &report.break_even[0];
        let capacity = report.capacity.unwrap();
        let always_apart = capacity.hand_over_us > 2e3 * HAND_OVER_MS;
        assert!(!always_apart || capacity.apart == 0.0, "{capacity:?}");
        let equal_at = if always_apart { 3149.0 } else { 1021.0 };
        let holds_it = |[low, high]: [f64; 2]| low <= equal_at && equal_at <= high;
        holds += usize::from(found.ci95.is_some_and(holds_it));
    }
    assert!(10 * holds >= 9 * SEEDS as usize, "{holds}");
    // Most runs see both.
    let of_both = |report: &&MeasureReport| report.capacity.unwrap().apart > 0.05;
    assert!(tally.reports.iter().filter(of_both).count() > SEEDS as usize / 2);
    assert_eq!(tally.never, 0);
}

#[test]
fn a_core_taken_for_half_of_the_rounds() {
    let tally = tally(Trouble::CoreTaken, 0.005, 1.0);
    let n = tally.reports.len();
    // Where most rounds were disturbed it says so instead; then it must not say anything else.
    assert!(
        10 * tally.holds >= 9 * tally.pays,
        "{} of {}",
        tally.holds,
        tally.pays
    );
    assert!(2 * tally.pays >= n, "{}", tally.pays);
    assert_eq!(tally.never, 0);
    for report in &tally.reports {
        let found = &report.break_even[0];
        let capacity = report.capacity.unwrap();
        if found.verdict == Verdict::Unclear {
            assert_eq!(found.reason, Some(Reason::CoresTaken));
            assert!(2 * capacity.n_disturbed > capacity.n_rounds);
        }
    }
}

#[test]
fn a_core_that_is_gone_is_no_reason_to_say_that_threads_never_pay() {
    let tally = tally(Trouble::CoreGone, 0.005, 1.0);
    for report in &tally.reports {
        assert_eq!(report.break_even[0].verdict, Verdict::Unclear);
        assert_eq!(report.break_even[0].reason, Some(Reason::CoresTaken));
        assert!(report.capacity.unwrap().median_cores < 1.2);
    }
}

#[test]
fn a_ratio_that_falls_and_rises_again_pays_in_between() {
    let tally = Tally::of(truth(held_up_ms, 1.0), |seed| {
        let machine = Machine::new(Trouble::None, held_up_ms, 0.005, seed);
        measure(machine, plan(0.005, seed), 30_000.0)
    });
    tally.assert_covers();
    let ends = tally
        .reports
        .iter()
        .map(|report| report.break_even[0].to_rows);
    let right = ends.filter(|end| *end == Some(1e6)).count();
    assert!(10 * right >= 9 * tally.reports.len(), "{right}");
}

#[test]
fn where_both_are_equal_nothing_is_claimed() {
    let tally = Tally::of(f64::NAN, |seed| {
        let machine = Machine::new(Trouble::None, serial_ms, 0.005, seed);
        measure(machine, plan(0.005, seed), 30_000.0)
    });
    let n = tally.reports.len();
    assert!(20 * tally.pays <= n, "{} pay", tally.pays);
    assert!(20 * tally.never <= n, "{} never", tally.never);
}

/// Few rounds whose medians agree know no more than their samples do.
#[test]
fn rounds_that_agree_by_chance_are_not_surer_than_their_samples() {
    let interval = |scatter: f64| {
        let size = |n_rows: f64, ratio: f64| Size {
            n_rows,
            serial_ms: 1e-4 * n_rows,
            rounds: (0..3)
                .map(|group| Round {
                    group,
                    ratios: vec![
                        ratio - scatter,
                        ratio + f64::from(group) * 1e-3,
                        ratio + scatter,
                    ],
                })
                .collect(),
        };
        let finding = judge(&[size(100.0, 0.5), size(400.0, 0.1), size(1000.0, -0.3)], 0);
        let [low, high] = finding.interval.unwrap();
        high / low
    };
    // Three rounds of three samples that scatter by a quarter know the ratio to a tenth, and rows to half.
    assert!(interval(0.001) < 1.5, "{}", interval(0.001));
    assert!(interval(0.25) > 1.3 * interval(0.001), "{}", interval(0.25));
    assert!(interval(0.5) > interval(0.25));
}
