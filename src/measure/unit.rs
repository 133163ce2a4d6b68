//! One strategy beside serial at one size: what was sampled of both.

use super::bench::Pace;
use super::plan::{Sample, Stages, Used};
use super::stats::{is_within, median};

/// Times of one sample, per call.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Timed {
    pub(super) n_calls: f64,
    pub(super) wall_ms: f64,
    pub(super) busy_ms: f64,
    pub(super) stages: Stages,
    pub(super) used: Used,
}

impl Timed {
    /// `least_ms` stands for a time that the clock did not see.
    pub(super) fn of(sample: &Sample, n_calls: u32, least_ms: f64) -> Self {
        let n_calls = f64::from(n_calls.max(1));
        Self {
            n_calls,
            wall_ms: sample.wall_ms.max(least_ms) / n_calls,
            busy_ms: sample.busy_ms / n_calls,
            stages: sample.stages.scaled(1.0 / n_calls),
            used: sample.strategy_used,
        }
    }
}

/// Serial and the strategy, one after the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pair {
    pub(super) round: u32,
    pub(super) serial: Timed,
    /// `None` where serial is alone.
    pub(super) other: Option<Timed>,
    /// The sentinels before and after it.
    pub(super) before: Pace,
    pub(super) after: Pace,
}

impl Pair {
    /// Numbers of a pair as it travels between two instances.
    pub(super) const WIDTH: usize = 25;

    pub(super) fn write(&self, out: &mut Vec<f64>) {
        out.push(f64::from(self.round));
        for timed in [Some(self.serial), self.other] {
            let t = timed.unwrap_or_default();
            let s = t.stages;
            let is_there = f64::from(u8::from(timed.is_some()));
            out.extend([is_there * t.n_calls, t.wall_ms, t.busy_ms]);
            out.extend([s.send, s.compute, s.gather, s.wait, t.used.code()]);
        }
        for pace in [self.before, self.after] {
            out.extend([pace.serial_ms, pace.threads_ms, pace.n_threads as f64]);
            out.push(pace.hand_over_ms);
        }
    }

    pub(super) fn read(from: &[f64; Self::WIDTH]) -> Self {
        let timed = |at: usize| Timed {
            n_calls: from[at],
            wall_ms: from[at + 1],
            busy_ms: from[at + 2],
            stages: Stages {
                send: from[at + 3],
                compute: from[at + 4],
                gather: from[at + 5],
                wait: from[at + 6],
            },
            used: Used::of_code(from[at + 7]),
        };
        let pace = |at: usize| Pace {
            serial_ms: from[at],
            threads_ms: from[at + 1],
            n_threads: from[at + 2] as usize,
            hand_over_ms: from[at + 3],
        };
        let other = timed(9);
        Self {
            round: from[0] as u32,
            serial: timed(1),
            other: (other.n_calls > 0.0).then_some(other),
            before: pace(17),
            after: pace(21),
        }
    }
}

/// What is known of one strategy at one size.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unit {
    pub(super) model: usize,
    /// `None`: serial alone.
    pub(super) lane: Option<usize>,
    pub(super) n_rows: usize,
    pub(super) pairs: Vec<Pair>,
    /// Whether it takes part in one round only.
    pub(super) once: bool,
    /// What a call would take of a size that was left out for it, milliseconds.
    pub(super) left_out_ms: Option<f64>,
    /// All that the slower side's samples took, waits and checks included.
    pub(super) spent_ms: f64,
    /// Rounds that it took part in, whether or not anything came of it.
    pub(super) n_tried: u32,
    pub(super) was_hidden: bool,
    pub(super) saturated: bool,
    /// Whether any label differed from serial's: an error, not a time.
    pub(super) unequal: bool,
}

impl Unit {
    pub(super) fn new(model: usize, lane: Option<usize>, n_rows: usize) -> Self {
        Self {
            model,
            lane,
            n_rows,
            pairs: Vec::new(),
            once: false,
            left_out_ms: None,
            spent_ms: 0.0,
            n_tried: 0,
            was_hidden: false,
            saturated: false,
            unequal: false,
        }
    }

    /// Whether its point has so many samples, and a median known to this share.
    pub(super) fn is_precise(&self, min_samples: usize, share: f64) -> bool {
        let own = |pair: &Pair| pair.other.unwrap_or(pair.serial).wall_ms;
        let walls: Vec<f64> = self.pairs.iter().map(own).collect();
        walls.len() >= min_samples && is_within(&walls, share)
    }

    /// The logarithm of strategy over serial in each pair of a round.
    pub(super) fn ratios<'a>(
        &'a self,
        round: u32,
        keeps: &'a dyn Fn(&Pair) -> bool,
    ) -> impl Iterator<Item = f64> + 'a {
        let pairs = self.pairs.iter();
        let kept = pairs.filter(move |pair| pair.round == round && keeps(pair));
        kept.filter_map(|pair| Some((pair.other?.wall_ms / pair.serial.wall_ms).ln()))
    }
}

/// Mean stages, scaled so that they sum to `median_ms`.
pub(super) fn mean_stages(samples: &[Timed], median_ms: f64) -> Stages {
    let sum = samples
        .iter()
        .fold(Stages::default(), |sum, timed| sum.plus(timed.stages));
    let total = sum.sum();
    sum.scaled(if total > 0.0 { median_ms / total } else { 0.0 })
}

/// The median of some samples' walls and of what the threads were busy, per call.
pub(super) fn medians(samples: &[Timed]) -> (f64, f64) {
    let of = |value: fn(&Timed) -> f64| median(&samples.iter().map(value).collect::<Vec<_>>());
    (of(|timed| timed.wall_ms), of(|timed| timed.busy_ms))
}
