//! The measurement room against costs that are known.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use breakeven::measure::break_even::Verdict;
use breakeven::measure::cost_model;
use breakeven::measure::report::MeasureReport;
use breakeven::measure::sampler::{PointPlan, Sample, Sampler, Stages, Subject, SweepPlan};
use breakeven::measure::stats::{SplitMix, bootstrap_medians, mad, median, middle_95};

const SIZES: [usize; 5] = [10, 100, 1_000, 10_000, 100_000];

fn plan(random_state: u64) -> SweepPlan {
    let points = SIZES.iter().flat_map(|&n_rows| {
        ["serial", "threads"].map(|strategy| PointPlan {
            strategy: strategy.to_owned(),
            n_rows,
            n_threads: 2,
        })
    });
    SweepPlan {
        points: points.collect(),
        min_samples: 20,
        budget_ms: 1000.0,
        random_state,
        clock_resolution_ms: 0.005,
        parked: false,
        n_rows: 1_000_000,
        max_bisections: 0,
        cutoff_rows: 10_000,
    }
}

fn sample(n_calls: u32, call_ms: f64) -> Sample {
    let wall_ms = call_ms * f64::from(n_calls);
    let stages = Stages {
        compute: wall_ms * 0.75,
        wait: wall_ms * 0.25,
        ..Stages::default()
    };
    Sample {
        n_calls,
        wall_ms,
        busy_ms: wall_ms * 1.5,
        stages,
        elapsed_ms: wall_ms,
        hidden: false,
        equal_to_serial: true,
        strategy_used: "serial".to_owned(),
    }
}

/// Runs a sweep over a machine on which a call takes `cost(strategy, rows)` with `noise`; gives its
/// report, and the points in the order of their samples.
fn sweep(
    plan: SweepPlan,
    noise: f64,
    cost: impl Fn(&str, f64) -> f64,
) -> (MeasureReport, Vec<usize>) {
    let mut rng = SplitMix::new(plan.random_state ^ 77);
    let mut sampler = Sampler::new(plan);
    let mut order = Vec::new();
    while let Some(task) = sampler.next_task() {
        let call_ms = match task.subject {
            Subject::Point(point) => {
                order.push(point);
                let PointPlan {
                    strategy, n_rows, ..
                } = &sampler.plan().points[point];
                cost(strategy, *n_rows as f64)
            }
            Subject::Sentinel => cost("serial", sampler.sentinel_rows() as f64),
        };
        // Skewed to the right, as timings are.
        let slower = 1.0 + noise * -(1.0 - rng.uniform()).ln();
        sampler.record(task.subject, sample(task.n_calls, call_ms * slower));
    }
    let (done, total) = sampler.done_of();
    assert_eq!(done, total);
    (sampler.report(), order)
}

/// Serial costs 10 ns a row; threads half of it and 5 µs a call: they pay from 1000 rows.
fn two_threads(strategy: &str, n: f64) -> f64 {
    if strategy == "serial" {
        n * 1e-5
    } else {
        5e-3 + n * 0.5e-5
    }
}

#[test]
fn a_known_break_even_lies_in_its_interval() {
    let mut n_inside = 0;
    for seed in 0..20 {
        let (report, _) = sweep(plan(seed), 0.05, two_threads);
        let found = &report.break_even[0];
        assert_eq!(found.verdict, Verdict::Pays);
        // Interpolated between 100 and 1000, or 1000 and 10000, rows: near, not exact.
        let n_rows = found.n_rows.unwrap();
        assert!((800.0..1250.0).contains(&n_rows), "{n_rows}");
        let [low, high] = found.ci95.unwrap();
        assert!(low <= n_rows && n_rows <= high);
        n_inside += usize::from((low..=high).contains(&1000.0));
        assert!(
            found.sentence.starts_with("2 threads pay from about "),
            "{}",
            found.sentence
        );
    }
    assert!(n_inside >= 15, "{n_inside} of 20 intervals hold the truth");
}

#[test]
fn what_never_pays_or_cannot_be_told_is_said() {
    let (never, _) = sweep(plan(1), 0.02, |strategy, n| {
        if strategy == "serial" {
            n * 1e-5
        } else {
            5e-3 + n * 1.2e-5
        }
    });
    assert_eq!(never.break_even[0].verdict, Verdict::NeverPays);
    assert_eq!(never.break_even[0].n_rows, None);
    let (alike, _) = sweep(plan(2), 0.5, |_, n| n * 1e-5);
    assert_eq!(alike.break_even[0].verdict, Verdict::Unclear);
    let (always, _) = sweep(plan(3), 0.02, |strategy, n| {
        n * if strategy == "serial" { 1e-5 } else { 0.6e-5 }
    });
    assert_eq!(always.break_even[0].n_rows, Some(10.0));
    assert!(
        always.break_even[0]
            .sentence
            .contains("at every size measured")
    );
}

#[test]
fn costs_are_recovered() {
    let points: Vec<_> = SIZES
        .iter()
        .map(|&n| (n as f64, 0.02 + 3e-6 * n as f64))
        .collect();
    let model = cost_model::fit("threads", &points).unwrap();
    assert!(
        (model.overhead_us - 20.0).abs() < 1e-6
            && (model.ns_per_row - 3.0).abs() < 1e-6
            && model.r2 > 0.999_999
            && model.worst_residual < 1e-9
    );
    let mut bent = points.clone();
    bent[2].1 *= 1.25;
    let model = cost_model::fit("threads", &bent).unwrap();
    assert!((0.1..0.25).contains(&model.worst_residual), "{model:?}");
    assert_eq!(cost_model::fit("threads", &points[..1]), None);
}

#[test]
fn a_sweep_is_seeded_interleaved_and_within_its_budget() {
    let (report, order) = sweep(plan(5), 0.05, two_threads);
    let (again, same) = sweep(plan(5), 0.05, two_threads);
    assert_eq!((&report, &order), (&again, &same));
    assert_ne!(order, sweep(plan(6), 0.05, two_threads).1);
    // While both strategies of a size want samples they take turns.
    for pair in order.chunks(2).take(20) {
        assert_eq!(pair[0] / 2, pair[1] / 2);
        assert_ne!(pair[0], pair[1]);
    }
    for point in &report.points {
        assert!(point.n_samples >= 20, "{point:?}");
        assert!(point.flags.is_empty(), "{point:?}");
        let stages = point.stages_ms;
        let sum = stages.send + stages.compute + stages.gather + stages.wait;
        assert!((sum - point.median_ms).abs() < 1e-9 * point.median_ms);
        assert!((point.busy_per_wall - 1.5).abs() < 0.1);
    }
    // A call that eats the budget is measured once or twice, not twenty times.
    let (slow, order) = sweep(plan(7), 0.0, |_, _| 1500.0);
    assert!(order.len() <= 2 * slow.points.len());
    assert!(
        slow.points
            .iter()
            .all(|point| point.flags.contains(&"few_samples"))
    );
}

#[test]
fn samples_that_cannot_be_trusted_are_flagged_or_dropped() {
    let mut sampler = Sampler::new(SweepPlan {
        budget_ms: 5.0,
        ..plan(1)
    });
    let mut n_hidden = 0;
    while let Some(task) = sampler.next_task() {
        let mut sample = sample(task.n_calls, 0.1);
        sample.hidden = task.subject == Subject::Point(0) && n_hidden < 6;
        n_hidden += usize::from(sample.hidden);
        sample.equal_to_serial = task.subject != Subject::Point(1);
        sampler.record(task.subject, sample);
    }
    let report = sampler.report();
    assert_eq!(report.points.len(), 2 * SIZES.len() - 1);
    assert!(
        report.notes[0].contains("threads at 10 rows gave other labels than serial"),
        "{:?}",
        report.notes
    );
    assert!(
        report.points[0].flags.contains(&"page_hidden"),
        "{n_hidden} samples were hidden"
    );

    // Too short for the clock however many calls there may be.
    let mut rough = Sampler::new(SweepPlan {
        parked: true,
        clock_resolution_ms: 1.0,
        ..plan(1)
    });
    while let Some(task) = rough.next_task() {
        if task.subject != Subject::Sentinel {
            assert!(task.parked && task.n_calls <= 16 && task.n_warm == 0);
        }
        rough.record(task.subject, sample(task.n_calls, 0.01));
    }
    let report = rough.report();
    assert!(
        report
            .points
            .iter()
            .all(|point| point.flags.contains(&"clock_saturated"))
    );
}

#[test]
fn parked_samples_add_up_calls_until_the_clock_can_tell_and_their_waits_count() {
    let mut sampler = Sampler::new(SweepPlan {
        parked: true,
        budget_ms: 300.0,
        ..plan(1)
    });
    let mut n_samples = 0;
    while let Some(task) = sampler.next_task() {
        // 40 µs a call are 8 steps of the clock; each waits 20 ms for the pool to sleep.
        let mut sample = sample(task.n_calls, 0.04 * f64::from(1 + n_samples % 7));
        if task.subject != Subject::Sentinel {
            sample.elapsed_ms += 20.0 * f64::from(task.n_calls);
            n_samples += 1;
        }
        sampler.record(task.subject, sample);
    }
    let report = sampler.report();
    let flagged = |flag| {
        report
            .points
            .iter()
            .any(|point| point.flags.contains(&flag))
    };
    assert!(!flagged("clock_saturated"));
    assert!(flagged("few_samples"), "the waits eat the budget");
}

#[test]
fn a_machine_that_slows_down_is_found_out_by_the_sentinel() {
    let mut sampler = Sampler::new(plan(1));
    let mut slower = 1.0;
    while let Some(task) = sampler.next_task() {
        if let Subject::Point(point) = task.subject
            && sampler.plan().points[point].n_rows == 100_000
        {
            slower = 1.5;
        }
        sampler.record(task.subject, sample(task.n_calls, 0.1 * slower));
    }
    for point in sampler.report().points {
        // The sentinel after the last size is slower than the others.
        assert_eq!(point.flags.contains(&"drift"), point.n_rows == 100_000);
    }
}

#[test]
fn long_calls_are_cut_and_batches_longer_than_the_rows_are_said_to_be_streamed() {
    let mut sampler = Sampler::new(SweepPlan {
        n_rows: 5_000,
        ..plan(1)
    });
    let mut longest: f64 = 0.0;
    while let Some(task) = sampler.next_task() {
        let Subject::Point(point) = task.subject else {
            sampler.record(task.subject, sample(task.n_calls, 0.1));
            continue;
        };
        let n_rows = sampler.plan().points[point].n_rows;
        let call_ms = n_rows as f64 * 5e-3;
        assert!(task.part_rows >= 1 && task.part_rows <= n_rows);
        longest = longest.max(call_ms * task.part_rows as f64 / n_rows as f64);
        sampler.record(task.subject, sample(task.n_calls, call_ms));
    }
    assert!(longest <= 81.0, "{longest} ms without a turn");
    for point in sampler.report().points {
        assert_eq!(point.flags.contains(&"streamed"), point.n_rows > 5_000);
    }
}

#[test]
fn a_break_even_is_narrowed_down_by_sizes_that_are_added() {
    let bisecting = |seed| SweepPlan {
        max_bisections: 5,
        ..plan(seed)
    };
    let mut n_inside = 0;
    for seed in 0..20 {
        let (coarse, _) = sweep(plan(seed), 0.05, two_threads);
        let (fine, _) = sweep(bisecting(seed), 0.05, two_threads);
        assert!(fine.points.len() > coarse.points.len());
        assert!(fine.points.len() <= coarse.points.len() + 2 * 5);
        let width = |report: &MeasureReport| {
            let [low, high] = report.break_even[0].ci95.unwrap();
            high / low
        };
        assert!(width(&fine) < 1.2, "{:?}", fine.break_even);
        let [low, high] = fine.break_even[0].ci95.unwrap();
        n_inside += usize::from((low * 0.98..=high * 1.02).contains(&1000.0));
    }
    assert!(n_inside >= 17, "{n_inside} of 20 intervals hold the truth");

    // Below the smallest size: a strategy that pays from 4 rows on.
    let (below, _) = sweep(bisecting(3), 0.02, |strategy, n| {
        if strategy == "serial" {
            n * 1e-3
        } else {
            1.9e-3 + n * 0.5e-3
        }
    });
    assert_eq!(below.break_even[0].n_rows, Some(4.0), "{below:?}");
    // Nothing is added where a strategy never pays.
    let (never, _) = sweep(bisecting(1), 0.02, |strategy, n| {
        if strategy == "serial" {
            n * 1e-5
        } else {
            5e-3 + n * 1.2e-5
        }
    });
    assert_eq!(never.points.len(), 2 * SIZES.len());
}

#[test]
fn the_automatic_choice_is_compared_with_the_best_and_with_a_fixed_rule() {
    let mut with_auto = SweepPlan {
        cutoff_rows: 100,
        ..plan(1)
    };
    for n_rows in SIZES {
        with_auto.points.push(PointPlan {
            strategy: "auto".to_owned(),
            n_rows,
            n_threads: 2,
        });
    }
    // Always right: at 1000 rows threads and serial take 10 µs each.
    let auto = |strategy: &str, n: f64| match strategy {
        "auto" if n < 1000.0 => two_threads("serial", n),
        "auto" => two_threads("threads", n),
        other => two_threads(other, n),
    };
    let (report, _) = sweep(with_auto, 0.0, auto);
    let regret = report.auto_regret.unwrap();
    assert_eq!((regret.n_sizes, regret.cutoff_rows), (5, 100));
    assert!(regret.auto.mean.abs() < 1e-9 && regret.auto.worst.abs() < 1e-9);
    // The rule has 100 rows done by threads: 5.5 µs instead of 1.
    assert!((regret.cutoff.worst - 4.5).abs() < 1e-9, "{regret:?}");
    assert_eq!(regret.cutoff.worst_n_rows, 100);
    assert!((regret.cutoff.mean - (5.5_f64.powf(0.2) - 1.0)).abs() < 1e-9);
    let (plain, _) = sweep(plan(1), 0.0, two_threads);
    assert_eq!(plain.auto_regret, None);
}

#[test]
fn statistics_are_what_their_names_say() {
    assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
    assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
    assert!(median(&[]).is_nan());
    assert_eq!(mad(&[1.0, 2.0, 3.0, 4.0, 100.0]), 1.0);
    // About nineteen in twenty intervals hold the true median of 0.
    let mut rng = SplitMix::new(1);
    let n_inside = (0..200)
        .filter(|&seed| {
            let values: Vec<f64> = (0..25).map(|_| rng.uniform() - 0.5).collect();
            let [low, high] = middle_95(&bootstrap_medians(&values, seed));
            low <= 0.0 && 0.0 <= high
        })
        .count();
    assert!((180..=199).contains(&n_inside), "{n_inside} of 200");
}
