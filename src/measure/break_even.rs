//! The smallest batch from which a strategy is faster than serial, and how well that is known.

use serde::Serialize;

use super::crossing::{crossing, turn};
use super::interval::{between_runs, interval, knots};
use super::ratios::{ALPHA, Group, Ratio, Size, ratios};

/// What the measurements say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "page", derive(tsify::Tsify))]
pub enum Verdict {
    /// From some batch on it is faster.
    Pays,
    /// At every size measured it is slower.
    NeverPays,
    /// They do not decide.
    Unclear,
}

/// Why they do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "page", derive(tsify::Tsify))]
pub enum Reason {
    /// Most rounds got fewer cores than were asked for.
    CoresTaken,
    /// Samples were too short for the clock.
    Clock,
    /// There was no time for two rounds.
    Budget,
    /// The ratio is too close to 1.
    Noise,
}

/// Where one strategy pays.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "page", derive(tsify::Tsify))]
#[cfg_attr(feature = "page", tsify(missing_as_null))]
pub struct BreakEven {
    /// The strategy's name.
    #[cfg_attr(
        feature = "page",
        tsify(type = "'serial' | 'threads' | 'workers' | 'async' | 'auto'")
    )]
    pub strategy: String,
    /// Threads or workers that might take part.
    pub n_threads: usize,
    /// What the measurements say.
    pub verdict: Verdict,
    /// Rows from which it is faster; `None` where it never pays or is unclear.
    pub n_rows: Option<f64>,
    /// The largest batch at which it is faster, where it is not at larger ones.
    pub to_rows: Option<f64>,
    /// Interval of `n_rows`, 95 %.
    pub ci95: Option<[f64; 2]>,
    /// Why it is unclear.
    pub reason: Option<Reason>,
}

/// What is known of one strategy.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What the measurements say.
    pub verdict: Verdict,
    /// Rows at which both are equally fast, by the fit; known for unclear ones, too, where there
    /// is a crossing at all.
    pub at: Option<f64>,
    /// Interval of that, 95 %.
    pub interval: Option<[f64; 2]>,
    /// The part of it that more rounds can narrow.
    pub within: Option<[f64; 2]>,
    /// See [`BreakEven::to_rows`].
    pub to_rows: Option<f64>,
    /// At each size, ascending.
    pub ratios: Vec<Ratio>,
    /// Whether each size is surely slower (1), surely faster (-1) or neither.
    pub signs: Vec<i8>,
}

/// The curve between two sizes is not known better than to this factor of rows.
const BEND: f64 = 1.025;
/// What differs between two runs and no start within one shows: a standard error of the ratio's
/// logarithm, chosen by how far sixteen runs on one machine scattered beyond their own intervals.
const BETWEEN_RUNS: f64 = 0.025;
/// As much more, on top, where the machine was at its best for no sample: what is left of a run that
/// was mostly so is of a machine between two states, and each run finds it otherwise.
const BETWEEN_RUNS_LEFT_OUT: f64 = 0.05;
/// Within this, on the logarithm, a strategy ties with serial.
const TIE: f64 = 0.05;

/// Judges one strategy by its `sizes`, ascending.
#[must_use]
#[cfg_attr(target_arch = "wasm32", optimize(size))]
pub fn judge(sizes: &[Size], seed: u64) -> Finding {
    judge_seen(sizes, &[], 0.0, seed)
}

/// The same where a clock's steps alone make each mean vary: `clock` is that variance, by size; and
/// where a share of all samples did not find the machine at its best.
pub(super) fn judge_seen(sizes: &[Size], clock: &[f64], left_out: f64, seed: u64) -> Finding {
    let groups: Vec<Vec<Group>> = sizes.iter().map(Group::of).collect();
    let mut ratios = ratios(sizes, &groups);
    for (ratio, variance) in ratios.iter_mut().zip(clock) {
        // Samples may scatter less by chance, never for sure.
        ratio.error = ratio.error.max(variance.sqrt());
    }
    // Any of the sizes may show that it pays, so each has to be surer.
    let surer = ALPHA / ratios.len().max(1) as f64;
    let signs: Vec<i8> = ratios.iter().map(|ratio| ratio.sign(surer)).collect();
    let knots = knots(sizes, &ratios);
    let turn = turn(&knots);
    let at = crossing(&knots, turn);
    let faster = signs.iter().rposition(|&sign| sign < 0);
    let verdict = match (faster, at) {
        (Some(_), Some(_)) => Verdict::Pays,
        // It has to be slower everywhere: no surer than at each.
        _ if !ratios.is_empty() && ratios.iter().all(|ratio| ratio.sign(ALPHA) > 0) => {
            Verdict::NeverPays
        }
        _ => Verdict::Unclear,
    };
    let to_rows = faster.and_then(|last| {
        let lost = ratios[last + 1..].iter().any(|later| later.mean > -TIE);
        let ends = lost && at.is_some_and(|at| at <= ratios[last].n_rows);
        ends.then(|| ratios[last].n_rows)
    });
    let within = at.map(|at| {
        let [low, high] = interval(&knots, &ratios, &groups, turn, seed);
        // Where it is surely faster it has crossed.
        let first = signs.iter().position(|&sign| sign < 0);
        let most = first.map_or(f64::INFINITY, |first| ratios[first].n_rows.max(at));
        // Where even the smallest size pays nothing is known of smaller ones.
        let low = if at <= knots[0].n_rows {
            1.0
        } else {
            low.min(at)
        };
        [low / BEND, high.min(most).max(at) * BEND]
    });
    let between = BETWEEN_RUNS.hypot(BETWEEN_RUNS_LEFT_OUT * left_out);
    let interval =
        (at.zip(within)).map(|(at, within)| between_runs(at, within, between, &knots, turn));
    Finding {
        verdict,
        at,
        interval,
        within,
        to_rows,
        ratios,
        signs,
    }
}

impl Finding {
    /// Under the names of the JavaScript API. Whole batches: the smallest that is faster.
    #[must_use]
    pub fn told(&self, strategy: &str, n_threads: usize, reason: Option<Reason>) -> BreakEven {
        // What disturbs a machine hides that a strategy pays, or delays it; it does not make it.
        let verdict = match reason {
            Some(Reason::CoresTaken) if self.verdict == Verdict::NeverPays => Verdict::Unclear,
            _ => self.verdict,
        };
        let pays = verdict == Verdict::Pays;
        let n_rows = self.at.filter(|_| pays).map(f64::ceil);
        BreakEven {
            strategy: strategy.to_owned(),
            n_threads,
            verdict,
            n_rows,
            to_rows: self.to_rows.filter(|_| pays),
            ci95: self
                .interval
                .filter(|_| pays)
                .map(|[low, high]| [low.floor().max(1.0), high.ceil()]),
            reason: (verdict == Verdict::Unclear).then(|| reason.unwrap_or(Reason::Noise)),
        }
    }

    /// Whether some size shows that it is slower before it is faster, or the smallest that it is faster.
    pub(super) fn is_bracketed(&self) -> bool {
        let mut known = self.signs.iter().filter(|&&sign| sign != 0);
        let from_slower = known.next() == Some(&1) && known.any(|&sign| sign < 0);
        from_slower || self.signs.first() == Some(&-1)
    }

    /// Whether its ends, as far as rounds can narrow them, are no farther apart than this factor, or
    /// than two rows.
    #[must_use]
    pub fn is_narrow(&self, precision: f64) -> bool {
        self.within
            .is_some_and(|[low, high]| high <= low * precision || high.ceil() - low.floor() <= 2.0)
    }
}
