//! The measurement room against costs that are known.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use breakeven::measure::break_even::Verdict;
use breakeven::measure::cost_model;
use breakeven::measure::report::MeasureReport;
use breakeven::measure::sampler::{PointPlan, Sample, Sampler, Stages, SweepPlan};
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
        hidden: false,
        equal_to_serial: true,
    }
}

/// Runs a sweep over a machine on which a call takes `cost(strategy, rows)` with `noise`.
fn sweep(
    plan: SweepPlan,
    noise: f64,
    cost: impl Fn(&str, f64) -> f64,
) -> (MeasureReport, Vec<usize>) {
    let mut rng = SplitMix::new(plan.random_state ^ 77);
    let mut sampler = Sampler::new(plan);
    let mut order = Vec::new();
    while let Some(task) = sampler.next_task() {
        let point = sampler.plan().points[task.point].clone();
        // Skewed to the right, as timings are.
        let slower = 1.0 + noise * -(1.0 - rng.uniform()).ln();
        order.push(task.point);
        sampler.record(
            task.point,
            sample(
                task.n_calls,
                cost(&point.strategy, point.n_rows as f64) * slower,
            ),
        );
    }
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
    );
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
        sample.hidden = task.point == 0 && n_hidden < 6;
        n_hidden += usize::from(sample.hidden);
        sample.equal_to_serial = task.point != 1;
        sampler.record(task.point, sample);
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

    let mut rough = Sampler::new(SweepPlan {
        parked: true,
        ..plan(1)
    });
    while let Some(task) = rough.next_task() {
        assert_eq!(task.n_calls, 1);
        rough.record(task.point, sample(1, 0.01));
    }
    assert!(
        rough
            .report()
            .points
            .iter()
            .all(|point| point.flags.contains(&"clock_saturated"))
    );
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
