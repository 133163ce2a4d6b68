//! Which strategy is fastest for a batch, and on how many threads, by what this machine's calls of this model cost.
//!
//! More threads are not always faster: each that takes part has its own cost. So costs are known for 1, 2, 4, … and
//! all threads, a line each, and a batch takes the lowest line at its size.
//!
//! Over 400 lines with its tests, whose clocks are simulated.

use ndarray::{ArrayView2, s};

use super::predict::{Split, predict_into};
use crate::error::Result;
use crate::measure::clock::{COARSE_MS, Clock, NoClock};
use crate::measure::cost_model;
use crate::models::model::Model;
use crate::parallel;
use crate::parallel::pause::pause;

/// A strategy that may be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// One thread.
    Serial,
    /// So many threads of the pool, the caller's included.
    Threads(usize),
    /// Isolated workers.
    Workers,
}

/// What a call of one strategy costs, milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Line {
    /// Whatever its size.
    pub overhead_ms: f64,
    /// A row.
    pub row_ms: f64,
}

impl Line {
    fn of(self, n_rows: usize) -> f64 {
        self.overhead_ms + self.row_ms * n_rows as f64
    }

    /// Fitted to `(rows, milliseconds)`; the plain mean where there is one size only.
    #[must_use]
    pub fn fit(times: &[(f64, f64)]) -> Self {
        match cost_model::fit("", 1, times) {
            Some(fitted) => Self {
                overhead_ms: fitted.overhead_us / 1e3,
                row_ms: fitted.ns_per_row / 1e6,
            },
            None => Self {
                overhead_ms: 0.0,
                row_ms: times.first().map_or(0.0, |(n, ms)| ms / n),
            },
        }
    }
}

/// What calls on some threads of the pool cost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Threads {
    /// How many, the caller's included.
    pub n_threads: usize,
    /// While they look for work.
    pub line: Line,
    /// What a call takes longer where they sleep.
    pub wake_ms: f64,
}

/// The measured costs of one model on this machine.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Costs {
    /// One thread.
    pub serial: Line,
    /// The pool, by numbers of threads, ascending.
    pub threads: Vec<Threads>,
    /// Isolated workers, rows and labels sent.
    pub workers: Option<Line>,
    /// What the lines of this instance's threads are fitted to.
    times: Vec<Timed>,
}

impl Costs {
    /// The fastest for `n_rows` rows by these costs, where `is_asleep` says of a number of threads whether any of them
    /// sleeps. Ties go to serial, and to fewer threads.
    #[must_use]
    pub fn choose(&self, n_rows: usize, is_asleep: &dyn Fn(usize) -> bool) -> Choice {
        // One row cannot be split.
        if n_rows < 2 {
            return Choice::Serial;
        }
        let mut best = (Choice::Serial, self.serial.of(n_rows));
        let mut or = |choice: Choice, ms: f64| {
            if ms < best.1 {
                best = (choice, ms);
            }
        };
        for some in &self.threads {
            let wake_ms = if is_asleep(some.n_threads) {
                some.wake_ms
            } else {
                0.0
            };
            or(
                Choice::Threads(some.n_threads),
                some.line.of(n_rows) + wake_ms,
            );
        }
        if let Some(line) = self.workers {
            or(Choice::Workers, line.of(n_rows));
        }
        best.0
    }

    /// Takes in what was measured of the same model before. A machine has phases in which its cores lie apart, or other
    /// programs have them, and costs that were measured in one are wrong ever after: of two times the shorter counts.
    pub fn keep_least(&mut self, before: &Self) {
        for timed in &mut self.times {
            let same = (before.times.iter())
                .find(|other| other.split == timed.split && other.n_rows == timed.n_rows);
            timed.call_ms = same.map_or(timed.call_ms, |other| timed.call_ms.min(other.call_ms));
        }
        self.fit();
    }

    /// Lines through the times.
    fn fit(&mut self) {
        let line = |split: Split| {
            let ours = self.times.iter().filter(|timed| timed.split == split);
            Line::fit(
                &ours
                    .map(|timed| (timed.n_rows as f64, timed.call_ms))
                    .collect::<Vec<_>>(),
            )
        };
        self.serial = line(Split::SERIAL);
        for some in &mut self.threads {
            some.line = line(Split::over(some.n_threads));
        }
    }
}

/// Numbers of threads that costs are measured of, where there are `n_threads`: 2, 4, 8, … and all. By a coarse clock
/// each takes long, so then all alone.
#[must_use]
pub fn widths(n_threads: usize, clock_step_ms: f64) -> Vec<usize> {
    let is_coarse = clock_step_ms > COARSE_MS;
    let powers = (1..usize::BITS).map(|power| 1 << power);
    let fewer = powers.take_while(|&n| n < n_threads && !is_coarse);
    fewer.chain((n_threads > 1).then_some(n_threads)).collect()
}

/// Rows that costs are measured at.
const SIZES: [usize; 5] = [2, 16, 128, 1024, 4096];
/// Rows that there should be to measure with.
pub const CALIBRATION_ROWS: usize = SIZES[SIZES.len() - 1];
/// Clock steps that a time must last.
const STEPS: f64 = 40.0;
/// Times at each size, of which the least counts: what disturbs a call only makes it longer.
const REPEATS: usize = 6;
/// Steps of a coarse clock that calls are made for, and how long at least: once, not [`REPEATS`] times.
const COARSE_STEPS: f64 = 2.0;
const COARSE_SPAN_MS: f64 = 50.0;
/// A size whose call lasts longer is the last one, and timed once: the line is known.
const LONG_MS: f64 = 20.0;

/// Measures serial and, where there is a pool, [`widths`] of its threads at some sizes up to the
/// number of rows of `x`, with a pause after each time. `clock_step_ms` is the clock's smallest step.
///
/// # Errors
/// `ShapeMismatch` where the width is not the model's, `InvalidParam` where there are not so many
/// threads.
pub async fn calibrate(
    model: &Model,
    x: ArrayView2<'_, f64>,
    n_threads: usize,
    clock_step_ms: f64,
    clock: &(dyn Clock + Sync),
) -> Result<Costs> {
    model.rows_of(x)?;
    let mut out = vec![0; x.nrows().min(CALIBRATION_ROWS)];
    let mut sizes: Vec<usize> = SIZES.iter().map(|&n| n.min(out.len())).collect();
    sizes.dedup();
    let is_coarse = clock_step_ms > COARSE_MS;
    let mut run = |timed: Timed, n_calls: u32| -> Result<()> {
        let (n_rows, split) = (timed.n_rows, timed.split);
        let rows = x.slice(s![..n_rows, ..]);
        for _ in 0..n_calls {
            predict_into(model, rows, &mut out[..n_rows], split, &NoClock)?;
        }
        Ok(())
    };
    let mut time = |timed: Timed| -> Result<f64> {
        if timed.split != Split::SERIAL {
            // They may have gone to sleep in a pause.
            parallel::rouse(timed.split.n_threads);
        }
        if is_coarse {
            return by_steps(clock_step_ms, clock, timed.split != Split::SERIAL, |n| {
                run(timed, n)
            });
        }
        let start = clock.now_ms();
        run(timed, timed.n_calls)?;
        Ok((clock.now_ms() - start) / f64::from(timed.n_calls))
    };
    let widths = if parallel::n_threads() > 1 {
        widths(n_threads, clock_step_ms)
    } else {
        Vec::new()
    };
    let mut all: Vec<Timed> = Vec::new();
    for n_rows in sizes {
        for &n_threads in [1].iter().chain(&widths) {
            let split = Split::over(n_threads);
            let mut timed = Timed {
                split,
                n_rows,
                n_calls: 1,
                call_ms: 0.0,
            };
            timed.call_ms = time(timed)?;
            pause().await;
            while !is_coarse
                && timed.call_ms * f64::from(timed.n_calls) < STEPS * clock_step_ms
                && timed.n_calls < 1 << 16
            {
                timed.n_calls *= 4;
                timed.call_ms = time(timed)?;
                pause().await;
            }
            all.push(timed);
        }
        if all.iter().any(|timed| timed.call_ms > LONG_MS) {
            break;
        }
    }
    // By turns: what disturbs a while disturbs all of them.
    for _ in 1..if is_coarse { 1 } else { REPEATS } {
        for timed in all.iter_mut().filter(|timed| timed.call_ms <= LONG_MS) {
            timed.call_ms = timed.call_ms.min(time(*timed)?);
            pause().await;
        }
    }
    let threads = widths.into_iter().map(|n_threads| Threads {
        n_threads,
        ..Threads::default()
    });
    let mut costs = Costs {
        threads: threads.collect(),
        times: all,
        ..Costs::default()
    };
    costs.fit();
    Ok(costs)
}

/// What a call takes by a coarse clock: calls from one of its steps on until some have passed, with a
/// look at it ever so many calls. It passed the last of them during the last few calls, so the time lies
/// between two bounds: the `upper` one for what has to be the faster, or serial is chosen.
fn by_steps(
    step_ms: f64,
    clock: &dyn Clock,
    upper: bool,
    mut run: impl FnMut(u32) -> Result<()>,
) -> Result<f64> {
    run(1)?;
    let before = clock.now_ms();
    let mut start = before;
    while start <= before {
        start = clock.now_ms();
    }
    let (mut n_calls, mut some, mut passed) = (0_u32, 0, 0.0);
    while passed < COARSE_SPAN_MS.max(COARSE_STEPS * step_ms) - step_ms / 8.0 {
        some = (n_calls / 32).max(1);
        run(some)?;
        n_calls += some;
        passed = clock.now_ms() - start;
    }
    Ok(match (upper, n_calls - some) {
        (false, _) => passed / f64::from(n_calls),
        (true, 0) => (passed + step_ms) / f64::from(n_calls),
        (true, surely) => passed / f64::from(surely),
    })
}

/// Calls of one size and split, and the least that one of them took.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Timed {
    split: Split,
    n_rows: usize,
    n_calls: u32,
    call_ms: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::TrainingSet;
    use crate::measure::clock::SystemClock;
    use crate::models::estimator::{EstimatorSpec, Fitted};
    use crate::models::gaussian_nb::{GaussianNb, GaussianNbParams};
    use crate::models::params::Params;
    use crate::parallel::pause::whole;

    /// Twenty times as fast as the real one, in steps.
    struct Coarse(SystemClock, f64);

    impl Clock for Coarse {
        fn now_ms(&self) -> f64 {
            (20.0 * self.0.now_ms() / self.1).floor() * self.1
        }
    }

    #[test]
    #[allow(clippy::unwrap_used)]
    fn a_coarse_clock_tells_costs_in_a_few_seconds() {
        let values: Vec<f64> = (0..2 * CALIBRATION_ROWS)
            .map(|i| ((i * 7919) % 1009) as f64)
            .collect();
        let x = ndarray::ArrayView2::from_shape((CALIBRATION_ROWS, 2), &values).unwrap();
        let codes: Vec<u32> = (0..CALIBRATION_ROWS as u32).map(|i| i % 2).collect();
        let rows: Vec<u32> = (0..CALIBRATION_ROWS as u32).collect();
        let data = TrainingSet {
            x,
            codes: &codes,
            n_classes: 2,
            rows: &rows,
            shared: None,
        };
        let params = Params::default();
        let read = GaussianNbParams::read(&params).unwrap();
        let model = Model {
            spec: EstimatorSpec {
                estimator: "GaussianNB".to_owned(),
                params,
                backend: None,
                preprocess: None,
            },
            classes: vec![0, 1],
            fitted: Fitted::GaussianNb(whole(GaussianNb::fit(&read, &data)).unwrap()),
            schema: None,
        };
        // Twice to three times what it takes alone: other tests run beside.
        for (step_ms, most_ms) in [(50.0 / 3.0, 5_000.0), (100.0, 15_000.0)] {
            let clock = Coarse(SystemClock::default(), step_ms);
            let costs = calibrate(&model, data.x, 2, step_ms, &clock);
            let costs = whole(costs).unwrap();
            assert!(clock.now_ms() <= most_ms, "{step_ms}: {}", clock.now_ms());
            for line in costs
                .threads
                .iter()
                .map(|some| some.line)
                .chain([costs.serial])
            {
                let one = line.of(1);
                assert!(
                    one.is_finite() && one > 0.0 && line.row_ms > 0.0,
                    "{costs:?}"
                );
            }
        }
    }

    /// Calls move it on, and each look at it does a little.
    struct Told(std::cell::Cell<f64>, f64);

    impl Clock for Told {
        fn now_ms(&self) -> f64 {
            self.0.set(self.0.get() + 1e-3);
            (self.0.get() / self.1).floor() * self.1
        }
    }

    #[test]
    #[allow(clippy::unwrap_used)]
    fn what_a_coarse_clock_cannot_tell_apart_stays_serial() {
        for step_ms in [50.0 / 3.0, 100.0] {
            for call_ms in [3e-4, 0.01, 1.0, 15.0, 70.0, 450.0] {
                let times = |upper| {
                    let clock = Told(std::cell::Cell::new(0.0), step_ms);
                    let run = |n: u32| {
                        clock.0.set(clock.0.get() + call_ms * f64::from(n));
                        Ok(())
                    };
                    by_steps(step_ms, &clock, upper, run).unwrap() / call_ms
                };
                let (low, high) = (times(false), times(true));
                assert!(low < high, "{call_ms} by {step_ms}: {low} to {high}");
                // The clock's own call takes a little, too.
                assert!(0.4 < low && low < 1.01, "{call_ms} by {step_ms}: {low}");
                assert!(0.99 < high && high < 1.8, "{call_ms} by {step_ms}: {high}");
            }
        }
    }

    fn line(overhead_us: f64, row_ns: f64) -> Line {
        Line {
            overhead_ms: overhead_us / 1e3,
            row_ms: row_ns / 1e6,
        }
    }

    /// 10 ns a row alone, half of it and 5 µs a call on two threads that need 45 µs to wake.
    fn costs() -> Costs {
        Costs {
            serial: line(0.0, 10.0),
            threads: vec![Threads {
                n_threads: 2,
                line: line(5.0, 5.0),
                wake_ms: 45e-3,
            }],
            ..Costs::default()
        }
    }

    #[test]
    fn what_was_measured_in_a_bad_moment_is_forgotten() {
        let measured = |two_ns: f64| {
            let times = [(Split::SERIAL, 10.0), (Split::over(2), two_ns)].map(|(split, row_ns)| {
                [100, 1000].map(|n_rows| Timed {
                    split,
                    n_rows,
                    n_calls: 1,
                    call_ms: row_ns * n_rows as f64 / 1e6,
                })
            });
            let mut costs = Costs {
                threads: vec![Threads {
                    n_threads: 2,
                    ..Threads::default()
                }],
                times: times.concat(),
                ..Costs::default()
            };
            costs.fit();
            costs
        };
        // Both threads on one core: no faster than one.
        let (bad, good) = (measured(11.0), measured(6.0));
        assert_eq!(bad.choose(1_000_000, &|_| false), Choice::Serial);
        for (mut now, before) in [(bad.clone(), &good), (good.clone(), &bad)] {
            now.keep_least(before);
            assert_eq!(now.choose(1_000_000, &|_| false), Choice::Threads(2));
        }
    }

    #[test]
    fn the_choice_turns_where_the_lines_cross() {
        let costs = costs();
        assert_eq!(costs.choose(999, &|_| false), Choice::Serial);
        assert_eq!(costs.choose(1001, &|_| false), Choice::Threads(2));
        assert_eq!(costs.choose(9_999, &|_| true), Choice::Serial);
        assert_eq!(costs.choose(10_001, &|_| true), Choice::Threads(2));
        let workers = Costs {
            threads: Vec::new(),
            workers: Some(line(100.0, 6.0)),
            ..costs
        };
        assert_eq!(workers.choose(24_000, &|_| true), Choice::Serial);
        assert_eq!(workers.choose(26_000, &|_| true), Choice::Workers);
    }

    #[test]
    fn each_size_takes_as_many_threads_as_are_fastest() {
        let mut costs = costs();
        for (n_threads, overhead_us, row_ns, wake_us) in
            [(4, 15.0, 2.5, 60.0), (8, 40.0, 2.4, 90.0)]
        {
            costs.threads.push(Threads {
                n_threads,
                line: line(overhead_us, row_ns),
                wake_ms: wake_us / 1e3,
            });
        }
        let chosen = |n_rows| costs.choose(n_rows, &|_| false);
        // 5 + 5 n against 15 + 2.5 n cross at 4 µs … per thousand rows; the last two where 25 µs are 0.1 ns a row.
        assert_eq!(chosen(900), Choice::Serial);
        assert_eq!([1_100, 3_900].map(chosen), [Choice::Threads(2); 2]);
        assert_eq!([4_100, 249_000].map(chosen), [Choice::Threads(4); 2]);
        assert_eq!(chosen(251_000), Choice::Threads(8));
        // Asleep, the four are faster from where the two would be.
        assert_eq!(costs.choose(9_900, &|_| true), Choice::Serial);
        assert_eq!(costs.choose(10_100, &|_| true), Choice::Threads(4));
    }

    #[test]
    fn few_threads_stay_the_choice_while_the_others_sleep() {
        let mut costs = costs();
        costs.threads.push(Threads {
            n_threads: 16,
            line: line(15.0, 2.0),
            wake_ms: 200e-3,
        });
        // Hot two are best here, asleep serial is; only those that are used stay awake.
        assert_eq!(costs.choose(2_000, &|_| false), Choice::Threads(2));
        assert_eq!(costs.choose(2_000, &|_| true), Choice::Serial);
        assert_eq!(costs.choose(2_000, &|n| n > 2), Choice::Threads(2));
    }

    #[test]
    fn widths_double_up_to_all() {
        assert!(widths(1, 0.005).is_empty());
        assert_eq!(widths(2, 0.005), [2]);
        assert_eq!(widths(12, 0.005), [2, 4, 8, 12]);
        assert_eq!(widths(16, 0.005), [2, 4, 8, 16]);
        assert_eq!(widths(16, 2.0 * COARSE_MS), [16]);
    }

    #[test]
    fn a_row_alone_and_a_tie_stay_serial() {
        let with = |line| Costs {
            threads: [2, 4]
                .map(|n_threads| Threads {
                    n_threads,
                    line,
                    wake_ms: 0.0,
                })
                .to_vec(),
            ..costs()
        };
        let free = with(Line::default());
        assert_eq!(free.choose(1, &|_| false), Choice::Serial);
        assert_eq!(free.choose(2, &|_| false), Choice::Threads(2));
        let tied = with(costs().serial);
        assert_eq!(tied.choose(1_000_000, &|_| true), Choice::Serial);
        assert_eq!(
            Costs::default().choose(1_000_000, &|_| true),
            Choice::Serial
        );
    }
}
