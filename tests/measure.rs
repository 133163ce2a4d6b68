//! The measurement room against costs that are known.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::type_complexity, clippy::unwrap_used)]

use breakeven::error::Result;
use breakeven::measure::MeasurePoint;
use breakeven::measure::bench::{Bench, Pace};
use breakeven::measure::break_even::{Reason, Verdict};
use breakeven::measure::cost_model;
use breakeven::measure::leg::Leg;
use breakeven::measure::plan::{Calls, Lane, Plan, Sample, Stages, Used};
use breakeven::measure::report::{MeasureReport, Remark, RemarkKind};
use breakeven::measure::rounds::{Rounds, Turn};
use breakeven::measure::stats::{SplitMix, mad, mean, median, median_interval, middle_95, squares};

const SIZES: [usize; 5] = [10, 100, 1_000, 10_000, 100_000];
/// Labels that are made in one go.
const LABELS: usize = 30_000;
/// What the stages of a call take.
const SHARES: [f64; 4] = [0.1, 0.6, 0.05, 0.25];

/// Calls on some rows, as they were made.
#[derive(Debug, Clone, PartialEq)]
struct Made {
    strategy: String,
    calls: Calls,
    first: usize,
    n_rows: usize,
    /// When they began, and what the clock saw.
    at_ms: f64,
    wall_ms: f64,
}

/// Of a strategy and rows, milliseconds.
type Cost = Box<dyn Fn(&str, f64) -> f64>;
/// Of a strategy, rows and samples before.
type Change = Box<dyn Fn(&str, usize, usize, &mut Sample)>;

/// A machine whose calls cost what is said, and which remembers them. Its workers are called by
/// message; a parked pool takes 20 ms to fall asleep.
struct Machine {
    lanes: Vec<Lane>,
    /// Rows of its matrix.
    n_rows: usize,
    /// Of a call.
    cost: Cost,
    /// Has the last say of a sample, given how many there have been of its strategy and size.
    change: Change,
    /// Times are this much longer on average, skewed to the right, as timings are.
    noise: f64,
    step_ms: f64,
    /// Cores of each probe, over and over; without them the threads are elsewhere.
    cores: Option<Vec<f64>>,
    n_probes: usize,
    /// What the sentinels take, by when the last calls were on which rows.
    sentinel: Box<dyn Fn(usize, usize) -> f64>,
    now_ms: f64,
    prepared: usize,
    rng: SplitMix,
    made: Vec<Made>,
}

impl Machine {
    fn new(plan: &Plan, cost: impl Fn(&str, f64) -> f64 + 'static) -> Self {
        Self {
            lanes: plan.lanes.clone(),
            n_rows: plan.n_rows,
            cost: Box::new(cost),
            change: Box::new(|_, _, _, _| {}),
            noise: 0.05,
            step_ms: plan.clock_resolution_ms,
            cores: Some(vec![1.98]),
            n_probes: 0,
            sentinel: Box::new(|_, _| 0.3),
            now_ms: 0.0,
            prepared: 0,
            rng: SplitMix::new(plan.random_state ^ 77),
            made: Vec::new(),
        }
    }

    fn strategy(&self, lane: Option<usize>) -> &str {
        lane.map_or("serial", |lane| &self.lanes[lane].strategy)
    }

    fn of<'a>(&'a self, strategy: &str, n_rows: usize) -> Vec<&'a Made> {
        let own = |made: &&Made| made.strategy == strategy && made.calls.n_rows == n_rows;
        self.made.iter().filter(own).collect()
    }

    fn work(&mut self, ms: f64) {
        let slower = 1.0 + self.noise * -(1.0 - self.rng.uniform()).ln();
        self.now_ms += ms * slower;
    }

    fn clock(&self) -> f64 {
        (self.now_ms / self.step_ms).floor() * self.step_ms
    }
}

impl Bench for Machine {
    fn now_ms(&self) -> f64 {
        self.now_ms
    }

    fn prepare(&mut self, _: usize, n_rows: usize, _: f64) -> Result<bool> {
        if self.prepared < n_rows {
            self.prepared += LABELS;
            self.now_ms += 10.0;
        }
        Ok(self.prepared >= n_rows)
    }

    fn is_by_message(&self, calls: &Calls) -> bool {
        self.strategy(calls.lane) == "workers"
    }

    fn sample(&mut self, calls: &Calls, first: usize, n_rows: usize) -> Result<Sample> {
        assert!(first + n_rows <= self.n_rows.min(self.prepared.max(1)) && n_rows > 0);
        let strategy = self.strategy(calls.lane).to_owned();
        let part = n_rows as f64 / calls.n_rows as f64;
        let call_ms = (self.cost)(&strategy, calls.n_rows as f64) * part;
        self.work(call_ms * f64::from(calls.n_warm));
        let at_ms = self.now_ms;
        if calls.parked {
            self.now_ms += 20.0 * f64::from(calls.n_calls);
        }
        let begun = self.clock();
        self.work(call_ms * f64::from(calls.n_calls));
        let wall_ms = self.clock() - begun;
        let mut sample = Sample {
            wall_ms,
            busy_ms: wall_ms * 1.5,
            stages: Stages {
                send: wall_ms * SHARES[0],
                compute: wall_ms * SHARES[1],
                gather: wall_ms * SHARES[2],
                wait: wall_ms * SHARES[3],
            },
            hidden: false,
            equal_to_serial: true,
            strategy_used: match strategy.as_str() {
                "auto" if calls.n_rows >= 1_000 => Used::Threads(calls.n_threads),
                other => Used::named(other, calls.n_threads),
            },
        };
        let before = self.of(&strategy, calls.n_rows).len();
        (self.change)(&strategy, calls.n_rows, before, &mut sample);
        self.made.push(Made {
            strategy,
            calls: calls.clone(),
            first,
            n_rows,
            at_ms,
            wall_ms,
        });
        Ok(sample)
    }

    fn probe(&mut self) -> Option<f64> {
        let cores = self.cores.as_ref()?;
        self.n_probes += 1;
        Some(cores[(self.n_probes - 1) % cores.len()])
    }

    fn pace(&mut self) -> Pace {
        let last = self.made.last().map_or(0, |made| made.calls.n_rows);
        let serial_ms = (self.sentinel)(last, self.of("serial", last).len());
        Pace {
            serial_ms,
            threads_ms: 1.05 * serial_ms,
            // Elsewhere: whole rounds count or not.
            n_threads: 1,
            hand_over_ms: 0.0,
        }
    }

    fn idle(&mut self, share: f64) {
        assert!((0.0..1.0).contains(&share));
        self.now_ms += share * self.step_ms;
    }
}

fn lane(strategy: &str) -> Lane {
    Lane {
        strategy: strategy.to_owned(),
        n_threads: 2,
        can_pay: strategy != "auto",
    }
}

fn plan(random_state: u64) -> Plan {
    Plan {
        models: vec!["NB".to_owned()],
        lanes: vec![lane("threads")],
        batch_sizes: SIZES.to_vec(),
        n_threads: 2,
        n_cores: 2,
        min_samples: 20,
        budget_ms: 300.0,
        min_rounds: 5,
        precision: 1.3,
        once_above_rows: usize::MAX,
        random_state,
        clock_resolution_ms: 0.005,
        parked: false,
        n_rows: 1_000_000,
        max_added: 0,
        cutoff_rows: 10_000,
        min_loads: 1,
        leg_rows: 0,
    }
}

/// Until a round is done, or nothing is left to do.
fn round(rounds: &mut Rounds, machine: &mut Machine) -> Turn {
    loop {
        assert!(machine.now_ms < 600_000.0, "it does not end");
        match rounds.advance(machine, f64::INFINITY).unwrap() {
            Turn::Message(calls) => {
                let sample = machine.sample(&calls, 0, calls.n_rows).unwrap();
                rounds.record(sample, machine.now_ms);
            }
            Turn::Probe => rounds.record_cores(1.9),
            Turn::Pause => {}
            turn => return turn,
        }
    }
}

fn rounds(rounds: &mut Rounds, machine: &mut Machine, n: usize) {
    for _ in 0..n {
        assert_eq!(round(rounds, machine), Turn::Round);
    }
}

/// A whole measurement.
fn measure(machine: &mut Machine, plan: Plan) -> MeasureReport {
    let mut under_way = Rounds::new(plan);
    while round(&mut under_way, machine) != Turn::Done {}
    let (done, total) = under_way.done_of();
    assert_eq!(done, total);
    under_way.reports().remove(0)
}

fn point<'a>(report: &'a MeasureReport, strategy: &str, n_rows: usize) -> Option<&'a MeasurePoint> {
    let mut points = report.points.iter();
    points.find(|p| p.strategy == strategy && p.n_rows == n_rows)
}

/// Its stages are parts of its median.
fn assert_stages(point: &MeasurePoint) {
    let stages = point.stages_ms;
    let all = [stages.send, stages.compute, stages.gather, stages.wait];
    for (ms, share) in all.into_iter().zip(SHARES) {
        assert!((ms / point.median_ms - share).abs() < 1e-9, "{point:?}");
    }
}

fn has(report: &MeasureReport, strategy: &str, n_rows: usize, flag: &str) -> bool {
    point(report, strategy, n_rows)
        .unwrap()
        .flags
        .contains(&flag)
}

/// Serial costs 10 ns a row; threads half of it and 5 µs a call: they pay from 1000 rows.
fn two_threads(strategy: &str, n: f64) -> f64 {
    match strategy {
        "serial" => n * 1e-5,
        "workers" => 0.3 + n * 0.8e-5,
        _ => 5e-3 + n * 0.5e-5,
    }
}

fn never(strategy: &str, n: f64) -> f64 {
    n * if strategy == "serial" { 1e-5 } else { 1.2e-5 }
}

#[test]
fn where_it_pays_from_the_first_size_on_never_or_cannot_be_told() {
    let verdict = |seed, noise, cost: fn(&str, f64) -> f64| {
        let mut machine = Machine::new(&plan(seed), cost);
        machine.noise = noise;
        measure(&mut machine, plan(seed)).break_even.remove(0)
    };
    let pays = verdict(1, 0.05, two_threads);
    assert_eq!(pays.verdict, Verdict::Pays);
    let [low, high] = pays.ci95.unwrap();
    assert!(
        low <= 1000.0 && 1000.0 <= high && high <= 1.5 * low,
        "{pays:?}"
    );
    let always = verdict(2, 0.02, |strategy, n| {
        n * if strategy == "serial" { 1e-5 } else { 0.6e-5 }
    });
    assert_eq!(always.n_rows, Some(10.0));
    assert_eq!(
        always.ci95.unwrap()[0],
        1.0,
        "of smaller ones nothing is known"
    );
    let never = verdict(3, 0.02, never);
    assert_eq!((never.verdict, never.n_rows), (Verdict::NeverPays, None));
    let alike = verdict(4, 0.5, |_, n| n * 1e-5);
    assert_eq!((alike.verdict, alike.ci95), (Verdict::Unclear, None));
}

#[test]
fn costs_are_recovered() {
    let points: Vec<_> = SIZES
        .iter()
        .map(|&n| (n as f64, 0.02 + 3e-6 * n as f64))
        .collect();
    let model = cost_model::fit("threads", 4, &points).unwrap();
    assert!(
        (model.overhead_us - 20.0).abs() < 1e-6
            && (model.ns_per_row - 3.0).abs() < 1e-6
            && model.r2 > 0.999_999
            && model.worst_residual < 1e-9
    );
    let mut bent = points.clone();
    bent[2].1 *= 1.25;
    let model = cost_model::fit("threads", 4, &bent).unwrap();
    assert!((0.1..0.25).contains(&model.worst_residual), "{model:?}");
    assert_eq!(cost_model::fit("threads", 4, &points[..1]), None);

    let mut machine = Machine::new(&plan(1), two_threads);
    machine.noise = 0.0;
    let report = measure(&mut machine, plan(1));
    let [serial, threads] = &report.cost_model[..] else {
        panic!("{:?}", report.cost_model)
    };
    assert!((serial.ns_per_row / 10.0 - 1.0).abs() < 0.02, "{serial:?}");
    assert!((threads.ns_per_row / 5.0 - 1.0).abs() < 0.02, "{threads:?}");
    assert!(
        (threads.overhead_us / 5.0 - 1.0).abs() < 0.02,
        "{threads:?}"
    );
}

#[test]
fn points_sum_up_what_was_measured() {
    let mut machine = Machine::new(&plan(5), two_threads);
    let report = measure(&mut machine, plan(5));
    let expected: Vec<_> = SIZES
        .iter()
        .flat_map(|&n_rows| [("serial", n_rows, 1), ("threads", n_rows, 2)])
        .collect();
    let found: Vec<_> = report
        .points
        .iter()
        .map(|p| (p.strategy.as_str(), p.n_rows, p.n_threads))
        .collect();
    assert_eq!(found, expected);
    for point in &report.points {
        assert_eq!(point.strategy_used, point.strategy);
        assert!(point.equal_to_serial && point.flags.is_empty(), "{point:?}");
        assert!(point.n_rounds >= 5 && point.n_samples >= 2 * 5, "{point:?}");
        let true_ms = two_threads(&point.strategy, point.n_rows as f64);
        let off = point.median_ms / true_ms;
        assert!((0.99..1.1).contains(&off), "{point:?}");
        assert!(point.min_ms <= point.median_ms && point.median_ms <= point.p95_ms);
        assert!(point.ci95_ms[0] <= point.median_ms && point.median_ms <= point.ci95_ms[1]);
        assert!(point.between_rounds < 0.1 && point.mad_ms < 0.1 * point.median_ms);
        assert!(
            (point.rows_per_s * point.median_ms / 1e3 / point.n_rows as f64 - 1.0).abs() < 1e-9
        );
        assert_stages(point);
        assert!((point.busy_per_wall - 1.5).abs() < 0.01);
    }
    assert!(report.remarks.is_empty() && report.n_loads == 1);
}

#[test]
fn the_order_is_random_and_the_seed_s() {
    let order = |seed| {
        let mut machine = Machine::new(&plan(seed), two_threads);
        let report = measure(&mut machine, plan(seed));
        (report, machine.made)
    };
    assert_eq!(order(5), order(5));
    let sizes = |made: Vec<Made>| {
        made.into_iter()
            .map(|one| one.calls.n_rows)
            .collect::<Vec<_>>()
    };
    assert_ne!(sizes(order(5).1), sizes(order(6).1));
}

#[test]
fn both_sides_of_a_pair_stand_side_by_side_with_as_many_calls() {
    let plan = Plan {
        lanes: vec![lane("threads"), lane("workers")],
        ..plan(1)
    };
    let mut machine = Machine::new(&plan, two_threads);
    let mut under_way = Rounds::new(plan.clone());
    rounds(&mut under_way, &mut machine, 3);
    // The first strategy that can pay is told of first; then the other one joins.
    assert!(machine.made.iter().any(|made| made.strategy == "threads"));
    assert!(machine.made.iter().all(|made| made.strategy != "workers"));
    rounds(&mut under_way, &mut machine, 1);
    // What calls take is known now, and nothing is left to warm.
    machine.made.clear();
    rounds(&mut under_way, &mut machine, 1);
    let mut serial_first = 0;
    let mut n_pairs = [0, 0];
    for pair in machine.made.chunks(2) {
        let [first, second] = pair else { panic!() };
        assert_eq!(first.calls.n_rows, second.calls.n_rows);
        let (serial, other) = match first.strategy == "serial" {
            true => (first, second),
            false => (second, first),
        };
        serial_first += usize::from(first == serial);
        assert!(serial.strategy == "serial" && other.strategy != "serial");
        let (calls, others) = (serial.calls.n_calls, other.calls.n_calls);
        n_pairs[usize::from(other.strategy == "workers")] += 1;
        let times = other.wall_ms / f64::from(others) / (serial.wall_ms / f64::from(calls));
        if times < 4.0 {
            assert_eq!(calls, others, "{pair:?}");
        } else if calls != others {
            // A worker's message takes thousands of serial calls.
            assert!(others < calls && serial.wall_ms > 0.8, "{pair:?}");
        }
        assert!(serial.wall_ms.max(other.wall_ms) < 30.0, "{pair:?}");
        assert!(serial.wall_ms.min(other.wall_ms) > 0.2, "{pair:?}");
    }
    // Two pairs a size, one where it takes long.
    assert!(n_pairs.iter().all(|n| (7..=10).contains(n)), "{n_pairs:?}");
    assert!((3..=17).contains(&serial_first), "{serial_first} of 20");
}

#[test]
fn samples_that_cannot_be_trusted_are_flagged() {
    let noisy = Machine {
        change: Box::new(|strategy, n_rows, before, sample| {
            if strategy == "threads" && n_rows == 100 {
                sample.wall_ms *= [0.7, 1.0, 1.3][before % 3];
            }
        }),
        ..Machine::new(&plan(1), never)
    };
    let report = measure(&mut { noisy }, plan(1));
    for point in &report.points {
        let is_it = (point.strategy.as_str(), point.n_rows) == ("threads", 100);
        assert_eq!(point.flags.contains(&"noisy"), is_it, "{point:?}");
    }

    // Calls of 8 ms whose budget is spent after three rounds.
    let short = Plan {
        budget_ms: 45.0,
        ..plan(1)
    };
    let mut machine = Machine::new(&short, |_, n| n * 8e-5);
    machine.noise = 0.0;
    let report = measure(&mut machine, short);
    for point in &report.points {
        let is_few = point.n_rows == 100_000;
        assert_eq!(point.flags.contains(&"few_samples"), is_few, "{point:?}");
    }
    assert_eq!(point(&report, "threads", 100_000).unwrap().n_rounds, 3);

    // As many calls as there may be are too short for the clock.
    let report = measure(
        &mut Machine::new(&plan(1), |s, n| 1e-2 * never(s, n)),
        plan(1),
    );
    for point in &report.points {
        let is_short = point.n_rows == 10;
        assert_eq!(
            point.flags.contains(&"clock_saturated"),
            is_short,
            "{point:?}"
        );
    }
}

/// Four models, three strategies, seven sizes: what the page measures.
#[test]
fn rounds_by_a_coarse_clock_are_short_and_their_samples_seen() {
    for (step_ms, n_rounds) in [(50.0 / 3.0, 3), (100.0, 16)] {
        let plan = Plan {
            models: ["NB", "KNN", "QDA", "RF"].map(str::to_owned).to_vec(),
            lanes: ["threads", "workers", "auto"].map(lane).to_vec(),
            batch_sizes: (1..=7).map(|power| 10_usize.pow(power)).collect(),
            once_above_rows: 100_000,
            clock_resolution_ms: step_ms,
            n_rows: 10_000_000,
            ..plan(1)
        };
        let mut machine = Machine::new(&plan, two_threads);
        let mut under_way = Rounds::new(plan.clone());
        for _ in 0..n_rounds {
            let before = machine.now_ms;
            round(&mut under_way, &mut machine);
            let took_ms = machine.now_ms - before;
            assert!(took_ms < 25_000.0, "{step_ms}: {took_ms}");
        }
        let longest = machine.made.iter().map(|made| made.wall_ms);
        let longest = longest.fold(0.0, f64::max);
        assert!(longest <= 12.0 * step_ms, "{step_ms}: {longest}");
        let reports = under_way.reports();
        for report in &reports {
            for n_rows in [10, 100, 1_000, 10_000, 100_000] {
                for strategy in ["serial", "threads", "workers", "auto"] {
                    let point = point(report, strategy, n_rows).unwrap();
                    let off = point.median_ms / two_threads(strategy, n_rows as f64);
                    assert!((0.6..1.7).contains(&off), "{point:?}");
                    assert!(point.flags.contains(&"clock_saturated"), "{point:?}");
                }
            }
        }
    }
}

#[test]
fn a_coarse_clock_is_answered_where_a_call_takes_now_little_now_two_hundred_times_as_much() {
    let plan = Plan {
        batch_sizes: vec![100],
        clock_resolution_ms: 100.0,
        ..plan(1)
    };
    // As on a machine whose second core comes and goes: how many calls can be seen is never right.
    let n_samples = std::cell::Cell::new(0);
    let mut machine = Machine::new(&plan, move |strategy, _| match strategy {
        "serial" => 6e-4,
        _ => {
            n_samples.set(n_samples.get() + 1);
            if n_samples.get() % 2 == 0 { 0.4 } else { 2e-3 }
        }
    });
    let mut under_way = Rounds::new(plan);
    round(&mut under_way, &mut machine);
    assert!(machine.now_ms < 25_000.0, "{}", machine.now_ms);
    let report = under_way.reports().remove(0);
    for strategy in ["serial", "threads"] {
        let point = point(&report, strategy, 100).unwrap();
        assert!(point.median_ms > 0.0, "{point:?}");
        assert!(point.flags.contains(&"clock_saturated"), "{point:?}");
    }
}

#[test]
fn what_no_clock_saw_is_flagged_and_finite() {
    // It is said to have no steps, and has long ones.
    let blind = |seed| Plan {
        clock_resolution_ms: 0.0,
        ..plan(seed)
    };
    for seed in 0..20 {
        let mut machine = Machine::new(&blind(seed), two_threads);
        machine.step_ms = 100.0;
        let report = measure(&mut machine, blind(seed));
        for point in &report.points {
            assert!(
                point.rows_per_s.is_finite() && point.median_ms > 0.0,
                "{point:?}"
            );
            assert!(point.flags.contains(&"clock_saturated"), "{point:?}");
        }
        let found = &report.break_even[0];
        assert_eq!(
            (found.verdict, found.reason),
            (Verdict::Unclear, Some(Reason::Clock))
        );
    }
}

#[test]
fn samples_beside_a_change_of_pace_are_left_out_and_said_to_be() {
    let plan = Plan {
        min_rounds: 12,
        ..plan(1)
    };
    let mut machine = Machine {
        // In one of three rounds the machine changes its pace at the largest batch.
        sentinel: Box::new(|n_rows, before| match n_rows {
            100_000 if before / 3 % 3 == 0 => 0.6,
            _ => 0.3,
        }),
        ..Machine::new(&plan, never)
    };
    let report = measure(&mut machine, plan);
    for point in &report.points {
        let is_it = point.n_rows == 100_000;
        assert_eq!(point.flags.contains(&"drift"), is_it, "{point:?}");
    }
    let n_rounds = |n_rows| point(&report, "threads", n_rows).unwrap().n_rounds;
    assert_eq!((report.n_rounds, n_rounds(100_000)), (12, 8));
}

#[test]
fn samples_of_a_hidden_page_are_dropped() {
    let machine = Machine {
        change: Box::new(|strategy, n_rows, before, sample| {
            sample.hidden = match (strategy, n_rows) {
                ("threads", 10) => true,
                ("serial", 100) => before < 12,
                _ => false,
            };
            if sample.hidden {
                sample.wall_ms *= 50.0;
            }
        }),
        ..Machine::new(&plan(1), never)
    };
    let report = measure(&mut { machine }, plan(1));
    assert_eq!(point(&report, "threads", 10), None);
    let hidden = Remark {
        kind: RemarkKind::Hidden,
        strategy: "threads".to_owned(),
        n_threads: plan(1).lanes[0].n_threads,
        n_rows: 10,
        call_ms: 0.0,
    };
    assert_eq!(report.remarks, [hidden]);
    for (strategy, n_rows) in [("serial", 100), ("threads", 100)] {
        assert!(has(&report, strategy, n_rows, "page_hidden"));
        let off =
            point(&report, strategy, n_rows).unwrap().median_ms / never(strategy, n_rows as f64);
        assert!(off < 1.2, "{off}");
    }
    assert!(!has(&report, "threads", 1_000, "page_hidden"));
}

#[test]
fn other_labels_than_serial_s_are_an_error_and_no_time() {
    let mut machine = Machine {
        change: Box::new(|strategy, n_rows, before, sample| {
            sample.equal_to_serial = (strategy, n_rows, before) != ("threads", 10_000, 9);
        }),
        ..Machine::new(&plan(1), two_threads)
    };
    let report = measure(&mut machine, plan(1));
    assert_eq!(point(&report, "threads", 10_000), None);
    let unequal = Remark {
        kind: RemarkKind::Unequal,
        strategy: "threads".to_owned(),
        n_threads: plan(1).lanes[0].n_threads,
        n_rows: 10_000,
        call_ms: 0.0,
    };
    assert_eq!(report.remarks, [unequal]);
    assert_eq!(machine.of("threads", 10_000).len(), 10, "none after that");
    // Serial's times are as good as any, and the other sizes still have a break-even.
    assert!(point(&report, "serial", 10_000).is_some());
    assert_eq!(report.break_even[0].verdict, Verdict::Pays);
}

#[test]
fn long_batches_are_measured_once_and_longer_ones_are_left_out_unseen() {
    let plan = Plan {
        batch_sizes: vec![10, 1_000, 10_000, 100_000, 1_000_000],
        budget_ms: 100.0,
        ..plan(1)
    };
    // 9 µs a row, alone: 90 ms of 10,000 rows, 9 s of a million.
    let cost = |strategy: &str, n: f64| 9e-3 * n * if strategy == "serial" { 1.0 } else { 0.6 };
    let mut machine = Machine::new(&plan, cost);
    let mut under_way = Rounds::new(plan.clone());
    rounds(&mut under_way, &mut machine, 2);
    assert!(machine.of("serial", 10_000).is_empty(), "two rounds first");
    while round(&mut under_way, &mut machine) != Turn::Done {}
    let report = under_way.reports().remove(0);
    for point in &report.points {
        let is_long = point.n_rows >= 10_000;
        assert_eq!(point.flags.contains(&"once"), is_long, "{point:?}");
        assert_eq!(point.n_rounds == 1, is_long);
    }
    assert!(machine.made.iter().all(|one| one.calls.n_rows < 1_000_000));
    let [
        Remark {
            kind: RemarkKind::LeftOut,
            strategy,
            n_rows,
            call_ms,
            ..
        },
    ] = &report.remarks[..]
    else {
        panic!("{:?}", report.remarks)
    };
    assert_eq!((strategy.as_str(), *n_rows), ("threads", 1_000_000));
    assert!((8_500.0..11_000.0).contains(call_ms), "{call_ms}");
}

#[test]
fn larger_batches_than_asked_for_take_part_in_one_round() {
    let plan = Plan {
        once_above_rows: 1_000,
        ..plan(1)
    };
    let report = measure(&mut Machine::new(&plan, two_threads), plan);
    for point in &report.points {
        assert_eq!(
            point.flags.contains(&"once"),
            point.n_rows > 1_000,
            "{point:?}"
        );
    }
}

#[test]
fn parked_calls_are_few_not_warm_and_their_waits_count() {
    let plan = Plan {
        parked: true,
        budget_ms: 2_000.0,
        ..plan(1)
    };
    let mut machine = Machine::new(&plan, two_threads);
    let mut under_way = Rounds::new(plan.clone());
    rounds(&mut under_way, &mut machine, 1);
    machine.made.clear();
    while round(&mut under_way, &mut machine) != Turn::Done {}
    for made in &machine.made {
        assert!(made.calls.parked && made.calls.n_warm == 0 && made.calls.n_calls <= 16);
    }
    assert_eq!(machine.of("threads", 10)[0].calls.n_calls, 16);
    let waited = |n_rows| {
        let both = [machine.of("serial", n_rows), machine.of("threads", n_rows)].concat();
        both.iter()
            .map(|made| 20.0 * f64::from(made.calls.n_calls))
            .sum::<f64>()
    };
    // Of both sides together, beyond the first round: the one that ends it may go over.
    for n_rows in SIZES {
        assert!(
            waited(n_rows) < 2.0 * 2_000.0 + 3.0 * 2.0 * 16.0 * 20.0,
            "{}",
            waited(n_rows)
        );
    }
}

#[test]
fn long_calls_are_cut_and_batches_longer_than_the_rows_are_said_to_repeat_them() {
    let plan = Plan {
        n_rows: 5_000,
        ..plan(1)
    };
    let mut machine = Machine::new(&plan, |_, n| n * 5e-3);
    let report = measure(&mut machine, plan);
    let longest = machine
        .made
        .iter()
        .map(|made| made.wall_ms)
        .fold(0.0, f64::max);
    assert!(longest <= 120.0, "{longest} ms without a turn");
    for point in &report.points {
        assert_eq!(
            point.flags.contains(&"streamed"),
            point.n_rows > 5_000,
            "{point:?}"
        );
        let off = point.median_ms / (point.n_rows as f64 * 5e-3);
        assert!((0.98..1.2).contains(&off), "{point:?}");
    }
    // The parts of a call follow each other, and begin again where the rows end.
    let parts = machine.of("serial", 10_000);
    let firsts: Vec<usize> = parts.iter().map(|made| made.first).collect();
    assert_eq!(
        firsts.iter().filter(|first| **first == 0).count(),
        2 * parts.iter().map(|made| made.n_rows).sum::<usize>() / 10_000
    );
    assert!(
        parts
            .windows(2)
            .all(|w| (w[0].first + w[0].n_rows) % 5_000 == w[1].first)
    );
}

#[test]
fn it_turns_back_in_time_and_after_labels_that_take_long() {
    let mut machine = Machine::new(&plan(1), |_, n| n * 5e-3);
    let mut under_way = Rounds::new(plan(1));
    let mut latest: f64 = 0.0;
    let mut n_turns = 0;
    loop {
        let until = machine.now_ms + 40.0;
        let turn = under_way.advance(&mut machine, until).unwrap();
        latest = latest.max(machine.now_ms - until);
        n_turns += 1;
        match turn {
            Turn::Done => break,
            Turn::Pause | Turn::Round => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(latest < 150.0, "{latest} ms too late");
    assert!(f64::from(n_turns) > machine.now_ms / 150.0);
}

#[test]
fn a_break_even_is_narrowed_down_by_sizes_that_are_added() {
    let adding = |seed| Plan {
        max_added: 5,
        ..plan(seed)
    };
    let added = |report: &MeasureReport| -> Vec<usize> {
        let sizes = report.points.iter().filter(|p| p.strategy == "threads");
        sizes
            .map(|p| p.n_rows)
            .filter(|n| !SIZES.contains(n))
            .collect()
    };
    for seed in 0..10 {
        let report = measure(&mut Machine::new(&adding(seed), two_threads), adding(seed));
        let sizes = added(&report);
        assert!((1..=5).contains(&sizes.len()), "{sizes:?}");
        assert!(sizes.iter().all(|n| (400..2_500).contains(n)), "{sizes:?}");
        for n_rows in sizes {
            assert!(point(&report, "serial", n_rows).is_some());
        }
        let [low, high] = report.break_even[0].ci95.unwrap();
        assert!(high <= 1.4 * low, "{:?}", report.break_even);
    }
    // Below the smallest size: a strategy that pays from 4 rows on.
    let below = measure(
        &mut Machine::new(&adding(3), |strategy, n| match strategy {
            "serial" => n * 1e-3,
            _ => 1.9e-3 + n * 0.5e-3,
        }),
        adding(3),
    );
    let [low, high] = below.break_even[0].ci95.unwrap();
    assert!(
        low <= 4.0 && (4.0..=6.0).contains(&high),
        "{:?}",
        below.break_even
    );
    assert!(added(&below).iter().all(|n| *n < 10), "{:?}", added(&below));
    // Nothing is added where a strategy never pays.
    let never = measure(&mut Machine::new(&adding(1), never), adding(1));
    assert_eq!(added(&never), [] as [usize; 0]);
}

#[test]
fn a_size_that_nothing_counted_of_yet_is_added_once() {
    let two = Plan {
        max_added: 2,
        budget_ms: 2_000.0,
        ..plan(3)
    };
    let machine = Machine {
        // The first that is added, for some rounds.
        change: Box::new(|strategy, n_rows, before, sample| {
            sample.hidden = strategy == "threads" && n_rows == 3 && before < 16;
        }),
        ..Machine::new(&two, |strategy, n| match strategy {
            "serial" => n * 1e-3,
            _ => 1.9e-3 + n * 0.5e-3,
        })
    };
    let report = measure(&mut { machine }, two);
    let mut sizes: Vec<usize> = report.points.iter().map(|p| p.n_rows).collect();
    sizes.retain(|n| !SIZES.contains(n));
    sizes.sort_unstable();
    sizes.dedup();
    assert!(sizes.len() == 2 && sizes.contains(&3), "{sizes:?}");
}

#[test]
fn budgets_end_what_would_never_be_narrow() {
    let plan = Plan {
        budget_ms: 150.0,
        precision: 1.000_001,
        ..plan(1)
    };
    let mut machine = Machine::new(&plan, two_threads);
    let report = measure(&mut machine, plan);
    let spent = |n_rows| {
        let made = [machine.of("serial", n_rows), machine.of("threads", n_rows)].concat();
        made.iter().map(|one| one.wall_ms).sum::<f64>()
    };
    // Of both sides, with warm-ups and the round that ends it.
    assert!((280.0..360.0).contains(&spent(1_000)), "{}", spent(1_000));
    // Far from the break-even there is nothing more to know.
    assert!(spent(100_000) < 150.0, "{}", spent(100_000));
    let n_rounds = |n_rows| point(&report, "threads", n_rows).unwrap().n_rounds;
    assert!(n_rounds(1_000) > 20, "{}", n_rounds(1_000));
    assert_eq!(n_rounds(100_000), 5);
}

#[test]
fn one_that_is_over_goes_on_with_sizes_precision_and_budgets_of_its_own() {
    let plan = Plan {
        budget_ms: 60.0,
        precision: 1.000_001,
        ..plan(1)
    };
    let mut machine = Machine::new(&plan, two_threads);
    let mut under_way = Rounds::new(plan);
    let mut go_on = |sizes: &[usize], precision| {
        under_way.go_on(sizes, precision);
        while round(&mut under_way, &mut machine) != Turn::Done {}
        (under_way.reports().remove(0), under_way.done_of())
    };
    let (first, done) = go_on(&[], None);
    assert_eq!(done, (5, 5));
    // Its budgets are spent: now it has as much again.
    let (second, done) = go_on(&[600, 1_000], None);
    assert_eq!(done, (6, 6), "one of these sizes there was");
    assert!(point(&second, "threads", 600).unwrap().n_rounds >= 5);
    let n_samples = |report| point(report, "threads", 1_000).unwrap().n_samples;
    assert!(
        n_samples(&second) > n_samples(&first) + 10,
        "what was measured stays"
    );
    // This it has reached.
    let (third, _) = go_on(&[], Some(2.0));
    assert_eq!(third.n_rounds, second.n_rounds);
}

#[test]
fn several_models_are_measured_in_the_same_rounds() {
    let plan = Plan {
        models: vec!["NB".to_owned(), "RF".to_owned()],
        ..plan(1)
    };
    let mut machine = Machine::new(&plan, two_threads);
    let mut under_way = Rounds::new(plan);
    rounds(&mut under_way, &mut machine, 1);
    machine.made.clear();
    rounds(&mut under_way, &mut machine, 1);
    let models: Vec<usize> = machine.made.iter().map(|one| one.calls.model).collect();
    let changes = models.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!(changes > 1, "not one after the other");
    let reports = under_way.reports();
    assert_eq!(reports.len(), 2);
    assert!(
        reports
            .iter()
            .all(|one| one.points.len() == 10 && one.n_rounds == 2)
    );
}

#[test]
fn serial_alone_has_costs_and_nothing_to_compare() {
    let plan = Plan {
        lanes: Vec::new(),
        n_threads: 1,
        ..plan(1)
    };
    let mut machine = Machine::new(&plan, two_threads);
    let report = measure(&mut machine, plan);
    assert_eq!(report.points.len(), SIZES.len());
    for point in &report.points {
        assert!(
            point.strategy == "serial" && point.n_samples >= 20,
            "{point:?}"
        );
    }
    assert_eq!((machine.n_probes, report.capacity), (0, None));
    assert!(report.break_even.is_empty() && report.cost_model.len() == 1);
}

#[test]
fn cores_are_probed_at_both_ends_of_a_round_and_the_worse_counts() {
    let mut machine = Machine::new(&plan(1), two_threads);
    // Each third round loses a core before its end.
    machine.cores = Some(vec![1.98, 1.96, 1.97, 1.98, 1.98, 1.02]);
    let report = measure(&mut machine, plan(1));
    assert_eq!(machine.n_probes, 2 * report.n_rounds);
    let capacity = report.capacity.unwrap();
    assert_eq!((capacity.n_threads, capacity.worst_cores), (2, 1.02));
    assert_eq!(capacity.n_disturbed, report.n_rounds / 3);
    assert!(capacity.median_cores >= 1.96);
    // Rounds that lacked one are left out.
    let point = point(&report, "threads", 1_000).unwrap();
    assert_eq!(point.n_rounds, report.n_rounds - report.n_rounds / 3);

    // Where the threads are elsewhere somebody else probes.
    machine.cores = None;
    let report = measure(&mut machine, plan(1));
    assert_eq!(report.capacity.unwrap().median_cores, 1.9);
}

#[test]
fn the_automatic_choice_is_compared_with_the_best_and_with_a_fixed_rule() {
    let with_auto = Plan {
        cutoff_rows: 100,
        lanes: vec![lane("threads"), lane("auto")],
        ..plan(1)
    };
    // Always right: at 1000 rows threads and serial take 10 µs each.
    let mut machine = Machine::new(&with_auto, |strategy, n| match strategy {
        "auto" if n < 1000.0 => two_threads("serial", n),
        other => two_threads(other, n),
    });
    machine.noise = 0.0;
    let report = measure(&mut machine, with_auto);
    let regret = report.auto_regret.clone().unwrap();
    assert_eq!((regret.n_sizes, regret.cutoff_rows), (5, 100));
    assert!(
        regret.auto.mean.abs() < 0.01 && regret.auto.worst.abs() < 0.02,
        "{regret:?}"
    );
    // The rule has 100 rows done by threads: 5.5 µs instead of 1.
    assert!((regret.cutoff.worst - 4.5).abs() < 0.1, "{regret:?}");
    assert_eq!(regret.cutoff.worst_n_rows, 100);
    assert!((regret.cutoff.mean - (5.5_f64.powf(0.2) - 1.0)).abs() < 0.01);
    // It has a cost, what it did, and no break-even.
    let used = |n_rows| {
        let point = point(&report, "auto", n_rows).unwrap();
        (point.strategy_used, point.n_threads_used)
    };
    assert_eq!([100, 1_000].map(used), [("serial", 1), ("threads", 2)]);
    assert_eq!(report.break_even.len(), 1);
    let plain = measure(&mut Machine::new(&plan(1), two_threads), plan(1));
    assert_eq!(plain.auto_regret, None);
}

/// A plan whose batches of up to 1000 rows may be measured elsewhere.
fn travelling() -> Plan {
    Plan {
        min_loads: 3,
        leg_rows: 1_000,
        ..plan(1)
    }
}

/// A leg of `n` rounds, made in a new machine, as the numbers in which it comes back.
fn away(leg: &Leg, machine: &mut Machine, n: usize) -> Vec<f64> {
    let read = Leg::read(&leg.write(), 1, 1);
    assert_eq!(&read, leg);
    let mut under_way = Rounds::leg(travelling(), &read);
    rounds(&mut under_way, machine, n);
    under_way.take()
}

#[test]
fn legs_travel_as_numbers_and_come_back() {
    let mut machine = Machine::new(&travelling(), two_threads);
    let mut home = Rounds::new(travelling());
    assert_eq!(home.next_leg(), None, "four rounds first");
    rounds(&mut home, &mut machine, 4);
    let before = home.reports().remove(0);

    let leg = home.next_leg().unwrap();
    assert_eq!(leg.n_rows(), 1_000);
    assert!(home.has_large());
    let mut other = Machine::new(&travelling(), two_threads);
    other.noise = 0.02;
    let numbers = away(&leg, &mut other, 3);
    assert!(other.made.iter().all(|one| one.calls.n_rows <= 1_000));
    home.absorb(&leg, &numbers, 1);

    let after = home.reports().remove(0);
    assert_eq!((before.n_rounds, before.n_loads), (4, 1));
    assert_eq!((after.n_rounds, after.n_loads), (7, 2));
    assert_eq!(after.capacity.unwrap().n_rounds, 7);
    for (point, earlier) in after.points.iter().zip(&before.points) {
        let came = if point.n_rows <= 1_000 { 3 } else { 0 };
        assert_eq!(point.n_rounds, earlier.n_rounds + came);
        // One to three pairs a round.
        let samples = point.n_samples - earlier.n_samples;
        assert!((came..=3 * came).contains(&samples), "{samples}");
        assert_stages(point);
    }
    // What came back is what was measured there: calls of a sample at a time.
    let point = point(&after, "threads", 100).unwrap();
    let made = other.of("threads", 100);
    let least = made
        .iter()
        .map(|one| one.wall_ms / f64::from(one.calls.n_calls));
    assert_eq!(point.min_ms, least.fold(before.points[3].min_ms, f64::min));
    assert_eq!(home.next_leg().unwrap().n_rows(), 1_000);
}

#[test]
fn what_a_leg_found_wrong_comes_back_too() {
    let mut machine = Machine::new(&travelling(), two_threads);
    let mut home = Rounds::new(travelling());
    rounds(&mut home, &mut machine, 4);
    let leg = home.next_leg().unwrap();
    let mut other = Machine {
        change: Box::new(|strategy, n_rows, _, sample| {
            sample.equal_to_serial = (strategy, n_rows) != ("threads", 100);
            sample.hidden = n_rows == 10;
            if n_rows == 1_000 {
                sample.wall_ms = 0.01;
            }
        }),
        ..Machine::new(&travelling(), two_threads)
    };
    home.absorb(&leg, &away(&leg, &mut other, 1), 1);
    let report = home.reports().remove(0);
    let unequal = Remark {
        kind: RemarkKind::Unequal,
        strategy: "threads".to_owned(),
        n_threads: plan(1).lanes[0].n_threads,
        n_rows: 100,
        call_ms: 0.0,
    };
    assert_eq!(report.remarks, [unequal]);
    assert_eq!(point(&report, "threads", 100), None);
    assert!(has(&report, "threads", 10, "page_hidden"));
    assert!(has(&report, "threads", 1_000, "clock_saturated"));
    assert_eq!(point(&report, "threads", 10).unwrap().n_rounds, 4);
}

#[test]
fn a_change_of_pace_in_a_leg_counts_here() {
    let mut home = Rounds::new(travelling());
    rounds(&mut home, &mut Machine::new(&travelling(), two_threads), 4);
    let leg = home.next_leg().unwrap();
    let mut other = Machine {
        sentinel: Box::new(|n_rows, _| if n_rows == 1_000 { 0.6 } else { 0.3 }),
        ..Machine::new(&travelling(), two_threads)
    };
    home.absorb(&leg, &away(&leg, &mut other, 3), 1);
    let report = home.reports().remove(0);
    assert_eq!(report.n_rounds, 7);
    // But for a round that began with them: nothing changed beside those.
    let n_rounds = point(&report, "threads", 1_000).unwrap().n_rounds;
    assert!((4..=5).contains(&n_rounds), "{n_rounds}");
    assert!(has(&report, "threads", 1_000, "drift"));
}

#[test]
fn a_leg_of_another_plan_is_left_out() {
    let mut home = Rounds::new(travelling());
    rounds(&mut home, &mut Machine::new(&travelling(), two_threads), 4);
    let numbers = home.next_leg().unwrap().write();
    assert_eq!(Leg::read(&numbers, 0, 1).n_rows(), 0);
    assert_eq!(Leg::read(&numbers, 1, 0).n_rows(), 0);
    assert_eq!(Leg::read(&numbers[..8], 1, 1).write(), numbers[..8]);
    assert_eq!(Leg::read(&[], 1, 1).n_rows(), 0);
}

#[test]
fn while_legs_are_away_only_large_batches_stay() {
    let mut machine = Machine::new(&travelling(), two_threads);
    let mut home = Rounds::new(travelling());
    rounds(&mut home, &mut machine, 4);
    machine.made.clear();
    home.stay_home(true);
    rounds(&mut home, &mut machine, 1);
    assert!(!machine.made.is_empty());
    assert!(machine.made.iter().all(|one| one.calls.n_rows > 1_000));
    home.stay_home(false);
    machine.made.clear();
    rounds(&mut home, &mut machine, 1);
    assert!(machine.made.iter().any(|one| one.calls.n_rows <= 1_000));
}

#[test]
fn an_interval_of_too_few_starts_is_not_narrow_unless_there_can_be_no_others() {
    let n_rounds = |alone: bool| {
        let mut machine = Machine::new(&travelling(), two_threads);
        let mut home = Rounds::new(travelling());
        if alone {
            home.stay_alone();
            assert_eq!(home.next_leg(), None);
        }
        while round(&mut home, &mut machine) != Turn::Done {}
        home.n_rounds()
    };
    let (alone, waiting) = (n_rounds(true), n_rounds(false));
    assert!(waiting > 2 * alone, "{alone} and {waiting} rounds");
}

#[test]
fn statistics_are_what_their_names_say() {
    assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
    assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
    assert!(median(&[]).is_nan());
    assert_eq!(mad(&[1.0, 2.0, 3.0, 4.0, 100.0]), 1.0);
    assert_eq!(
        (mean(&[1.0, 2.0, 6.0]), squares(&[1.0, 2.0, 6.0])),
        (3.0, 14.0)
    );
    let hundred: Vec<f64> = (0..=1000).map(|i| f64::from(i) / 10.0).collect();
    assert_eq!(middle_95(&hundred), [2.5, 97.5]);
    // About nineteen in twenty intervals hold the true median of 0.
    let mut rng = SplitMix::new(1);
    let n_inside = (0..400)
        .filter(|_| {
            let values: Vec<f64> = (0..25).map(|_| rng.uniform() - 0.5).collect();
            let [low, high] = median_interval(&values);
            low <= 0.0 && 0.0 <= high
        })
        .count();
    assert!((368..=396).contains(&n_inside), "{n_inside} of 400");
    let mut order: Vec<usize> = (0..100).collect();
    rng.shuffle(&mut order);
    assert!(!order.is_sorted());
    order.sort_unstable();
    assert!(order.iter().enumerate().all(|(i, &n)| i == n));
}
