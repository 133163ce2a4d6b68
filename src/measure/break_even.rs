//! The smallest batch from which a strategy is faster than serial, and how well that is known.
//!
//! What is estimated is the mean logarithm of strategy over serial at each size, each ratio taken of
//! calls that stood side by side. Samples of one round see one state of the machine, and rounds of
//! one start of the engine share what that start brought about. So the unit that counts is the
//! group, a round or a start: groups are resampled first, then the samples inside a round.

use serde::Serialize;

use super::crossing::{Knot, crossing, turn};
use super::stats::{SplitMix, mean, median, median_of_sorted, middle_95, squares, student};

/// What the measurements say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
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
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
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
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[cfg_attr(target_arch = "wasm32", tsify(missing_as_null))]
pub struct BreakEven {
    /// The strategy's name.
    #[cfg_attr(
        target_arch = "wasm32",
        tsify(type = "'serial' | 'threads' | 'workers' | 'async' | 'auto'")
    )]
    pub strategy: String,
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

/// What one round says of one size: the logarithm of strategy over serial, pair by pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// Rounds with the same number are resampled together.
    pub group: u32,
    /// One of each pair.
    pub ratios: Vec<f64>,
}

/// One size in all rounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Size {
    /// Rows.
    pub n_rows: f64,
    /// What a serial call takes, milliseconds.
    pub serial_ms: f64,
    /// At least one, none of them empty.
    pub rounds: Vec<Round>,
}

/// The ratio at one size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// Rows.
    pub n_rows: f64,
    /// Mean of the logarithm over the groups.
    pub mean: f64,
    /// Its standard error.
    pub error: f64,
    /// Degrees of freedom of that.
    pub df: f64,
    n_groups: usize,
}

impl Ratio {
    /// How far the mean may be off with probability `1 - alpha`.
    fn half_width(&self, alpha: f64) -> f64 {
        student(alpha, self.df) * self.error
    }

    /// -1 where it is surely faster, 1 where it is surely slower.
    fn sign(&self, alpha: f64) -> i8 {
        let half = self.half_width(alpha) + MARGIN;
        i8::from(self.mean - half > 0.0) - i8::from(self.mean + half < 0.0)
    }
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

/// An interval that is wrong once in twenty times.
const ALPHA: f64 = 0.05;
/// Degrees of freedom that the spread at the other sizes is worth where one size knows little of
/// its own: with two rounds its own says nothing.
const PRIOR_DF: f64 = 3.0;
const RESAMPLES: usize = 400;
/// A median of normal ones varies so many times as much as their mean, where they are many.
const MEDIAN_OF: f64 = std::f64::consts::FRAC_PI_2;
/// The curve between two sizes is not known better than to this factor of rows.
const BEND: f64 = 1.025;
/// Less than this, on the logarithm, is no gain: a clock's steps and what stands first in a pair make
/// as much.
const MARGIN: f64 = 0.01;
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

/// The rounds of one group at one size.
#[derive(Debug, Clone)]
struct Group {
    id: u32,
    rounds: Vec<Vec<f64>>,
    medians: Vec<f64>,
    mean: f64,
    /// What the scatter inside of rounds alone makes the mean vary, in units of that scatter's
    /// variance.
    share: f64,
}

impl Group {
    fn of(size: &Size) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for round in &size.rounds {
            match groups.iter_mut().find(|group| group.id == round.group) {
                Some(group) => group.rounds.push(round.ratios.clone()),
                None => groups.push(Self {
                    id: round.group,
                    rounds: vec![round.ratios.clone()],
                    medians: Vec::new(),
                    mean: 0.0,
                    share: 0.0,
                }),
            }
        }
        for group in &mut groups {
            group.medians = group.rounds.iter().map(|ratios| median(ratios)).collect();
            group.mean = mean(&group.medians);
            let of_median = |ratios: &Vec<f64>| MEDIAN_OF / (ratios.len() as f64 + MEDIAN_OF - 1.0);
            let n = group.rounds.len() as f64;
            group.share = group.rounds.iter().map(of_median).sum::<f64>() / (n * n);
        }
        groups
    }

    /// What scatter inside of rounds alone makes the mean of the groups vary: those few means may agree
    /// by chance, never for sure. 0 where no round has two pairs.
    fn least_variance(groups: &[Self]) -> f64 {
        let rounds = groups
            .iter()
            .flat_map(|group| group.rounds.iter().zip(&group.medians));
        let deviations: Vec<f64> = rounds
            .filter(|(ratios, _)| ratios.len() > 1)
            .map(|(ratios, middle)| {
                let sum: f64 = ratios.iter().map(|ratio| (ratio - middle).abs()).sum();
                // The expected sum of so many normal ones.
                sum / (0.8 * ratios.len() as f64 - 0.6)
            })
            .collect();
        if deviations.is_empty() {
            return 0.0;
        }
        let shares = groups.iter().map(|group| group.share).sum::<f64>();
        median(&deviations).powi(2) * shares / (groups.len() as f64).powi(2)
    }

    /// The same of a resample: of its rounds, or of its pairs where it is a single round.
    fn resampled(&self, rng: &mut SplitMix, room: &mut Vec<f64>) -> f64 {
        let n = self.rounds.len();
        if let [pairs] = &self.rounds[..] {
            room.clear();
            room.extend((0..pairs.len()).map(|_| pairs[rng.below(pairs.len())]));
            room.sort_unstable_by(f64::total_cmp);
            return median_of_sorted(room);
        }
        (0..n).map(|_| self.medians[rng.below(n)]).sum::<f64>() / n as f64
    }
}

/// Means with errors that hold what differs between groups. A size with few groups borrows from the
/// others: its variance is drawn towards theirs (Smyth's moderated t).
fn ratios(sizes: &[Size], groups: &[Vec<Group>]) -> Vec<Ratio> {
    let means: Vec<Vec<f64>> = groups
        .iter()
        .map(|groups| groups.iter().map(|group| group.mean).collect())
        .collect();
    let own_df = |means: &[f64]| means.len() as f64 - 1.0;
    let all_df: f64 = means.iter().map(|means| own_df(means)).sum();
    let pooled = means.iter().map(|means| squares(means)).sum::<f64>() / all_df.max(1.0);
    let prior_df = PRIOR_DF.min(all_df);
    sizes
        .iter()
        .zip(&means)
        .zip(groups)
        .map(|((size, means), groups)| {
            let df = own_df(means) + prior_df;
            let variance = (squares(means) + prior_df * pooled) / df.max(1.0);
            let variance = variance / means.len() as f64;
            Ratio {
                n_rows: size.n_rows,
                mean: mean(means),
                // Without any second round nothing is known at all.
                error: if all_df > 0.0 {
                    variance.max(Group::least_variance(groups)).sqrt()
                } else {
                    f64::INFINITY
                },
                df: df.max(1.0),
                n_groups: means.len(),
            }
        })
        .collect()
}

fn knots(sizes: &[Size], ratios: &[Ratio]) -> Vec<Knot> {
    let each = sizes.iter().zip(ratios);
    each.map(|(size, ratio)| Knot {
        n_rows: ratio.n_rows,
        ratio: ratio.mean,
        serial: size.serial_ms,
        weight: ratio.n_groups as f64,
    })
    .collect()
}

/// The interval of a crossing that a run's own is a part of: both errors together.
fn between_runs(at: f64, within: [f64; 2], between: f64, knots: &[Knot], turn: usize) -> [f64; 2] {
    let largest = knots.last().map_or(at, |knot| knot.n_rows.max(at));
    let off = |end: f64, shift: f64| {
        let mut curve = knots.to_vec();
        for knot in &mut curve {
            knot.ratio += shift;
        }
        let shifted = crossing(&curve, turn).unwrap_or(largest);
        (end / at).ln().hypot((shifted / at).ln())
    };
    let half = 1.96 * between;
    let [low, high] = [off(within[0], -half), off(within[1], half)];
    [at * (-low).exp(), at * high.exp()]
}

/// The middle 95 % of the crossings of resampled curves. A resample of few groups scatters too
/// little, by a factor that is known: each size's deviations are stretched to what Student's t and
/// its moderated error say.
fn interval(
    knots: &[Knot],
    ratios: &[Ratio],
    groups: &[Vec<Group>],
    turn: usize,
    seed: u64,
) -> [f64; 2] {
    let mut rng = SplitMix::new(seed);
    let mut ids: Vec<u32> = groups.iter().flatten().map(|group| group.id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut room = Vec::new();
    let mut drawn = vec![0_usize; ids.len()];
    let mut off = vec![0.0; RESAMPLES * knots.len()];
    for off in off.chunks_exact_mut(knots.len()) {
        // The same groups at every size: what they share stays shared.
        drawn.fill(0);
        for _ in 0..ids.len() {
            drawn[rng.below(ids.len())] += 1;
        }
        for ((off, groups), ratio) in off.iter_mut().zip(groups).zip(ratios) {
            let (mut sum, mut n) = (0.0, 0);
            for group in groups {
                let times = ids.binary_search(&group.id).map_or(0, |at| drawn[at]);
                for _ in 0..times {
                    sum += group.resampled(&mut rng, &mut room);
                }
                n += times;
            }
            if n == 0 {
                // None of those that this size was measured in.
                sum = groups[rng.below(groups.len())].resampled(&mut rng, &mut room);
                n = 1;
            }
            *off = sum / n as f64 - ratio.mean;
        }
    }
    for (at, ratio) in ratios.iter().enumerate() {
        let wanted = ratio.half_width(ALPHA) / 1.96;
        let own = off.iter().skip(at).step_by(knots.len());
        let found = (own.map(|off| off * off).sum::<f64>() / RESAMPLES as f64).sqrt();
        let lone = ratio.n_groups < 2 || found <= f64::MIN_POSITIVE;
        for off in off.iter_mut().skip(at).step_by(knots.len()) {
            *off = if lone {
                wanted * standard_normal(&mut rng)
            } else {
                *off * wanted / found
            };
        }
    }
    let mut curve = knots.to_vec();
    let mut found: Vec<f64> = off
        .chunks_exact(knots.len())
        .map(|off| {
            for ((knot, fitted), off) in curve.iter_mut().zip(knots).zip(off) {
                knot.ratio = fitted.ratio + off;
            }
            crossing(&curve, turn).unwrap_or(f64::INFINITY)
        })
        .collect();
    found.sort_unstable_by(f64::total_cmp);
    middle_95(&found)
}

/// Twelve uniform ones, less six: near enough for a percentile of 2.5.
fn standard_normal(rng: &mut SplitMix) -> f64 {
    (0..12).map(|_| rng.uniform()).sum::<f64>() - 6.0
}

impl Finding {
    /// Under the names of the JavaScript API. Whole batches: the smallest that is faster.
    #[must_use]
    pub fn told(&self, strategy: &str, reason: Option<Reason>) -> BreakEven {
        // What disturbs a machine hides that a strategy pays, or delays it; it does not make it.
        let verdict = match reason {
            Some(Reason::CoresTaken) if self.verdict == Verdict::NeverPays => Verdict::Unclear,
            _ => self.verdict,
        };
        let pays = verdict == Verdict::Pays;
        let n_rows = self.at.filter(|_| pays).map(f64::ceil);
        BreakEven {
            strategy: strategy.to_owned(),
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
