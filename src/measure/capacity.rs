//! Cores that are really there, and which samples to tell apart because they were not.

use serde::Serialize;

use super::plan::Plan;
use super::stats::{median, quantile};
use super::unit::{Pair, Unit};

/// Cores that really worked at once when threads were asked for, probed between rounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "page", derive(tsify::Tsify))]
pub struct Capacity {
    /// Threads that were asked for.
    pub n_threads: usize,
    /// In the middle round.
    pub median_cores: f64,
    /// In the worst.
    pub worst_cores: f64,
    /// Rounds.
    pub n_rounds: usize,
    /// Rounds that got fewer than there are.
    pub n_disturbed: usize,
    /// What handing work to all threads took where they were near each other, microseconds.
    pub hand_over_us: f64,
    /// The share of the samples that found them farther apart.
    pub apart: f64,
}

/// A round that gets less than this share of what the best one got was disturbed, and so was a pair
/// whose sentinels did.
const ENOUGH: f64 = 0.75;
/// Where the best round gets less than this share of the cores that there are said to be, all were,
/// unless what they get is steady and more than one core: then the machine has no more.
const LACKING: f64 = 0.75;
const SEVERAL: f64 = 1.8;
/// The best sentinels are so many.
const BEST: f64 = 0.05;
/// A sentinel that took so much longer or shorter than the one before it, on the logarithm: the
/// machine changed its pace between them.
const STEP: f64 = 0.35;
/// Threads that take so many times as long as at their best to be handed work are farther apart: on
/// cores that share no cache, say.
const FAR: f64 = 1.8;
/// A share of the pairs that may be why too few are left.
const OFTEN: f64 = 0.1;

/// The rounds by what they got.
#[derive(Debug)]
pub(super) struct CoresSeen<'a> {
    plan: &'a Plan,
    cores: &'a [f64],
    full: f64,
    lacking: bool,
}

impl<'a> CoresSeen<'a> {
    /// `cores` by round; not a number where it was not probed.
    pub(super) fn new(plan: &'a Plan, cores: &'a [f64]) -> Self {
        let known: Vec<f64> = cores.iter().copied().filter(|c| c.is_finite()).collect();
        let best = known.iter().copied().fold(0.0, f64::max);
        let full = best.min(plan.n_threads as f64);
        let wanted = plan.n_threads.min(plan.n_cores) as f64;
        let steady = best >= SEVERAL && median(&known) >= ENOUGH * best;
        Self {
            plan,
            cores,
            full,
            lacking: !known.is_empty() && full < LACKING * wanted && !steady,
        }
    }

    fn is_disturbed(&self, cores: f64) -> bool {
        cores.is_finite() && (self.lacking || cores < ENOUGH * self.full)
    }

    fn n_disturbed(&self) -> usize {
        let cores = self.cores.iter();
        cores.filter(|&&cores| self.is_disturbed(cores)).count()
    }

    /// Whether others took the cores in most rounds.
    pub(super) fn are_mostly_taken(&self) -> bool {
        2 * self.n_disturbed() > self.cores.len()
    }

    /// Whether this round had the cores.
    pub(super) fn had(&self, round: usize) -> bool {
        let cores = self.cores.get(round).copied();
        !cores.is_some_and(|cores| self.is_disturbed(cores))
    }

    /// Whether no round had them.
    pub(super) fn are_lacking(&self) -> bool {
        self.lacking
    }

    pub(super) fn capacity(&self, paces: &Paces) -> Option<Capacity> {
        let cores: Vec<f64> = self
            .cores
            .iter()
            .copied()
            .filter(|c| c.is_finite())
            .collect();
        (self.plan.n_threads > 1 && !cores.is_empty()).then(|| Capacity {
            n_threads: self.plan.n_threads,
            median_cores: median(&cores),
            worst_cores: cores.iter().copied().fold(f64::INFINITY, f64::min),
            n_rounds: self.cores.len(),
            n_disturbed: self.n_disturbed(),
            hand_over_us: 1e3 * paces.hand_over_ms,
            apart: paces.apart,
        })
    }
}

/// Which pairs had the cores and did not stand beside a change of the machine's pace, by what the
/// sentinels took.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Paces {
    /// Threads over serial at its best; nothing where there are no threads here.
    together: Option<f64>,
    /// Whether steps are so frequent that they are what the machine is like.
    usual: bool,
    /// What it takes to hand work to threads that are near each other, at the median.
    hand_over_ms: f64,
    /// At most; nothing where no pair had the cores.
    limit_ms: Option<f64>,
    /// In which share of the pairs they are farther apart.
    apart: f64,
    /// For which share somebody else had a part of the cores, or they were apart.
    left_out: f64,
}

impl Paces {
    pub(super) fn of(units: &[Unit]) -> Self {
        let pairs = || units.iter().flat_map(|unit| &unit.pairs);
        let known = pairs().filter(|pair| pair.before.n_threads > 1);
        let ratios: Vec<f64> = known
            .map(|pair| pair.before.threads_ms / pair.before.serial_ms)
            .collect();
        let steps = pairs().filter(|pair| is_step(pair)).count();
        let mut paces = Self {
            together: (!ratios.is_empty()).then(|| quantile(&ratios, BEST).max(1.0)),
            usual: 2 * steps > pairs().count(),
            ..Self::default()
        };
        let with_cores = pairs().filter(|pair| paces.counts(pair));
        let mut all: Vec<f64> = with_cores.map(hand_over_ms).collect();
        let n = all.len();
        if n > 0 {
            let limit_ms = FAR * quantile(&all, BEST);
            all.retain(|&ms| ms <= limit_ms);
            paces.hand_over_ms = median(&all);
            paces.apart = 1.0 - all.len() as f64 / n as f64;
            paces.limit_ms = Some(limit_ms);
        }
        let best = pairs().filter(|pair| paces.has_cores(pair) && paces.are_near(pair));
        paces.left_out = 1.0 - best.count() as f64 / pairs().count().max(1) as f64;
        paces
    }

    /// The share of the pairs for which the machine was not at its best.
    pub(super) fn left_out(&self) -> f64 {
        self.left_out
    }

    /// Whether many pairs were left out because the threads were apart.
    pub(super) fn are_often_apart(&self) -> bool {
        self.apart > OFTEN
    }

    /// Whether the sentinels tell of each pair whether it had the cores: then whole rounds need not
    /// be left out.
    pub(super) fn tell_cores(&self) -> bool {
        self.together.is_some()
    }

    fn has_cores(&self, pair: &Pair) -> bool {
        [&pair.before, &pair.after].into_iter().all(|pace| {
            let enough = |best| ENOUGH * pace.threads_ms <= best * pace.serial_ms;
            self.together.is_none_or(enough)
        })
    }

    fn are_near(&self, pair: &Pair) -> bool {
        self.limit_ms
            .is_none_or(|limit| hand_over_ms(pair) <= limit)
    }

    pub(super) fn counts(&self, pair: &Pair) -> bool {
        self.has_cores(pair) && self.are_near(pair) && (self.usual || !is_step(pair))
    }
}

/// The worse of both.
fn hand_over_ms(Pair { before, after, .. }: &Pair) -> f64 {
    before.hand_over_ms.max(after.hand_over_ms)
}

fn is_step(Pair { before, after, .. }: &Pair) -> bool {
    let step = |a: f64, b: f64| a > 0.0 && b > 0.0 && (a / b).ln().abs() > STEP;
    step(before.serial_ms, after.serial_ms) || step(before.threads_ms, after.threads_ms)
}
