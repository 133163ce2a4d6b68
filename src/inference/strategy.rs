//! Which strategy is fastest for a batch, by what this machine's calls of this model cost.

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
    /// The pool.
    Threads,
    /// Isolated workers.
    Workers,
}

impl Choice {
    /// Its name in JavaScript.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Serial => "serial",
            Self::Threads => "threads",
            Self::Workers => "workers",
        }
    }
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
        match cost_model::fit("", times) {
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

/// The measured costs of one model on this machine.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Costs {
    /// One thread.
    pub serial: Line,
    /// The pool, while its threads look for work.
    pub threads: Option<Line>,
    /// What the pool takes longer to start with when its threads sleep.
    pub wake_ms: f64,
    /// Isolated workers, rows and labels sent.
    pub workers: Option<Line>,
}

impl Costs {
    /// The fastest for `n_rows` rows by these costs, with a pool that sleeps or does not. Ties go
    /// to serial.
    #[must_use]
    pub fn choose(&self, n_rows: usize, asleep: bool) -> Choice {
        let wake_ms = if asleep { self.wake_ms } else { 0.0 };
        let threads = self.threads.map(|line| line.of(n_rows) + wake_ms);
        let workers = self.workers.map(|line| line.of(n_rows));
        let mut best = (Choice::Serial, self.serial.of(n_rows));
        for (choice, ms) in [(Choice::Threads, threads), (Choice::Workers, workers)] {
            if let Some(ms) = ms
                && ms < best.1
                // One row cannot be split.
                && n_rows > 1
            {
                best = (choice, ms);
            }
        }
        best.0
    }
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

/// Measures serial and, where there is a pool, `n_threads` of its threads at some sizes up to the
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
            parallel::rouse(n_threads);
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
    let has_threads = n_threads > 1 && parallel::n_threads() > 1;
    let splits = [
        Some(Split::SERIAL),
        has_threads.then_some(Split::over(n_threads)),
    ];
    let mut all: Vec<Timed> = Vec::new();
    for n_rows in sizes {
        for split in splits.into_iter().flatten() {
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
    let line = |split: Split| {
        let ours = all.iter().filter(|timed| timed.split == split);
        Line::fit(
            &ours
                .map(|timed| (timed.n_rows as f64, timed.call_ms))
                .collect::<Vec<_>>(),
        )
    };
    Ok(Costs {
        serial: line(Split::SERIAL),
        threads: splits[1].map(line),
        ..Costs::default()
    })
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
#[derive(Clone, Copy)]
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
        };
        let params = Params::default();
        let read = GaussianNbParams::read(&params).unwrap();
        let model = Model {
            spec: EstimatorSpec {
                estimator: "GaussianNB".to_owned(),
                params,
                backend: None,
            },
            classes: vec![0, 1],
            fitted: Fitted::GaussianNb(whole(GaussianNb::fit(&read, &data)).unwrap()),
        };
        // Twice to three times what it takes alone: other tests run beside.
        for (step_ms, most_ms) in [(50.0 / 3.0, 5_000.0), (100.0, 15_000.0)] {
            let clock = Coarse(SystemClock::default(), step_ms);
            let costs = calibrate(&model, data.x, 2, step_ms, &clock);
            let costs = whole(costs).unwrap();
            assert!(clock.now_ms() <= most_ms, "{step_ms}: {}", clock.now_ms());
            for line in [Some(costs.serial), costs.threads].into_iter().flatten() {
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

    /// 10 ns a row alone, half of it and 5 µs a call on two threads that need 45 µs to wake.
    const COSTS: Costs = Costs {
        serial: Line {
            overhead_ms: 0.0,
            row_ms: 1e-5,
        },
        threads: Some(Line {
            overhead_ms: 5e-3,
            row_ms: 0.5e-5,
        }),
        wake_ms: 45e-3,
        workers: None,
    };

    #[test]
    fn the_choice_turns_where_the_lines_cross() {
        assert_eq!(COSTS.choose(999, false), Choice::Serial);
        assert_eq!(COSTS.choose(1001, false), Choice::Threads);
        assert_eq!(COSTS.choose(9_999, true), Choice::Serial);
        assert_eq!(COSTS.choose(10_001, true), Choice::Threads);
        let workers = Costs {
            threads: None,
            workers: Some(Line {
                overhead_ms: 0.1,
                row_ms: 0.6e-5,
            }),
            ..COSTS
        };
        assert_eq!(workers.choose(24_000, true), Choice::Serial);
        assert_eq!(workers.choose(26_000, true), Choice::Workers);
    }

    #[test]
    fn a_row_alone_and_a_tie_stay_serial() {
        let free = Costs {
            threads: Some(Line::default()),
            ..COSTS
        };
        assert_eq!(free.choose(1, false), Choice::Serial);
        assert_eq!(free.choose(2, false), Choice::Threads);
        let tied = Costs {
            threads: Some(COSTS.serial),
            wake_ms: 0.0,
            ..COSTS
        };
        assert_eq!(tied.choose(1_000_000, true), Choice::Serial);
        assert_eq!(Costs::default().choose(1_000_000, true), Choice::Serial);
    }
}
