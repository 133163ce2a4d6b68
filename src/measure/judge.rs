//! What the rounds so far say of each lane of each model, and what they should still look at.

use super::break_even::{Finding, Reason, Verdict, judge_seen};
use super::capacity::{Capacity, CoresSeen, Paces};
use super::plan::Plan;
use super::ratios::{Round, Size};
use super::stats::median;
use super::unit::{Pair, Unit};

/// Sizes farther than this factor from a break-even tell little of it.
const NEAR: f64 = 6.0;
/// Sizes on either side of a break-even that are no farther apart than this factor are near enough.
const BRACKET: f64 = 2.2;
/// A new size is this far, as a factor, from those that there are.
const APART: f64 = 1.3;
/// From so many starts of the engine on these are what is resampled, before that rounds.
const SOME_LOADS: usize = 3;

/// What is known so far.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    /// By model and lane, those that can pay.
    pub(super) findings: Vec<(usize, usize, Finding)>,
    pub(super) reasons: Vec<Option<Reason>>,
    pub(super) capacity: Option<Capacity>,
    pub(super) n_loads: usize,
    /// Whether other programs had the cores in most rounds.
    taken: bool,
    paces: Paces,
    quiet: Vec<bool>,
}

impl Judgement {
    pub(super) fn of(plan: &Plan, units: &[Unit], cores: &[f64], loads: &[u32]) -> Self {
        let rounds = CoresSeen::new(plan, cores);
        let paces = Paces::of(units);
        let mut starts = loads.to_vec();
        starts.sort_unstable();
        starts.dedup();
        let by_load = starts.len() >= SOME_LOADS;
        let mut judgement = Self {
            findings: Vec::new(),
            reasons: Vec::new(),
            capacity: rounds.capacity(&paces),
            n_loads: starts.len(),
            taken: false,
            paces,
            quiet: (0..cores.len()).map(|round| rounds.had(round)).collect(),
        };
        let mostly = rounds.are_mostly_taken();
        // Where sentinels tell of each pair whether it had the cores, whole rounds need not be left out.
        if judgement.paces.tell_cores() {
            judgement.quiet.fill(true);
        }
        let n_quiet = units.iter().map(|unit| judgement.n_rounds(unit)).max();
        judgement.taken = rounds.are_lacking() || mostly && n_quiet.unwrap_or(0) < plan.min_rounds;
        if judgement.taken {
            judgement.quiet.fill(true);
        }
        let taken = judgement.taken;
        for model in 0..plan.models.len() {
            for (lane, _) in plan.lanes.iter().enumerate().filter(|(_, l)| l.can_pay) {
                let mut own: Vec<&Unit> = units
                    .iter()
                    .filter(|u| u.model == model && u.lane == Some(lane) && !u.unequal)
                    .collect();
                own.sort_by_key(|unit| unit.n_rows);
                let saturated = own.iter().any(|unit| unit.saturated);
                let sizes: Vec<Size> = own
                    .iter()
                    .filter_map(|unit| judgement.size(unit, by_load.then_some(loads)))
                    .collect();
                let clock: Vec<f64> = if plan.is_coarse() {
                    let measured = own.iter().filter(|unit| judgement.n_rounds(unit) > 0);
                    let of = |unit: &&Unit| judgement.clock_variance(plan, unit);
                    measured.map(of).collect()
                } else {
                    Vec::new()
                };
                let n_rounds = sizes.iter().map(|s| s.rounds.len()).max().unwrap_or(0);
                let seed = plan.random_state ^ (model * 8 + lane) as u64;
                let mut finding = judge_seen(&sizes, &clock, judgement.paces.left_out(), seed);
                let unseen = plan.is_coarse() && saturated && !finding.is_bracketed();
                if taken || unseen && finding.verdict == Verdict::Pays {
                    finding.verdict = Verdict::Unclear;
                }
                // There were rounds, and what they gave did not count.
                let lost = n_rounds < 2 && own.iter().any(|unit| unit.n_tried >= 2);
                let unclear = finding.verdict == Verdict::Unclear;
                let apart = judgement.paces.are_often_apart();
                judgement
                    .reasons
                    .push(if taken || lost && !apart || mostly && unclear {
                        Some(Reason::CoresTaken)
                    } else if saturated {
                        Some(Reason::Clock)
                    } else if n_rounds < 2 {
                        Some(Reason::Budget)
                    } else {
                        None
                    });
                judgement.findings.push((model, lane, finding));
            }
        }
        judgement
    }

    /// Whether a pair counts: in a round that had the cores, and not beside a change of pace.
    pub(super) fn keeps(&self, pair: &Pair) -> bool {
        self.quiet.get(pair.round as usize).is_none_or(|&q| q)
            && (self.taken || self.paces.counts(pair))
    }

    /// What the clock's steps alone make the mean logarithm of a ratio vary: a sample that begins at any
    /// phase of a step is off by at most half of one, squared, on average.
    fn clock_variance(&self, plan: &Plan, unit: &Unit) -> f64 {
        let (mut sum, mut n) = (0.0, 0.0);
        for pair in unit.pairs.iter().filter(|pair| self.keeps(pair)) {
            for side in [Some(pair.serial), pair.other].into_iter().flatten() {
                sum += (plan.clock_resolution_ms / (side.wall_ms * side.n_calls)).powi(2) / 4.0;
            }
            n += 1.0;
        }
        sum / (n * n)
    }

    /// Rounds in which some pair counts.
    pub(super) fn n_rounds(&self, unit: &Unit) -> u32 {
        let mut rounds: Vec<u32> = unit
            .pairs
            .iter()
            .filter(|p| self.keeps(p))
            .map(|p| p.round)
            .collect();
        rounds.dedup();
        rounds.len() as u32
    }

    fn size(&self, unit: &Unit, loads: Option<&[u32]>) -> Option<Size> {
        let keeps = |pair: &Pair| self.keeps(pair);
        let rounds: Vec<Round> = (0..self.quiet.len() as u32)
            .map(|round| Round {
                group: loads.map_or(round, |loads| loads[round as usize]),
                ratios: unit.ratios(round, &keeps).collect(),
            })
            .filter(|round| !round.ratios.is_empty())
            .collect();
        let kept = unit.pairs.iter().filter(|pair| keeps(pair));
        let serial_ms: Vec<f64> = kept.map(|pair| pair.serial.wall_ms).collect();
        (!rounds.is_empty()).then_some(Size {
            n_rows: unit.n_rows as f64,
            serial_ms: median(&serial_ms),
            rounds,
        })
    }

    fn finding(&self, model: usize, lane: usize) -> Option<&Finding> {
        let mut all = self.findings.iter();
        all.find_map(|(m, l, finding)| (*m == model && *l == lane).then_some(finding))
    }

    /// Whether more of this size would tell more of the break-even.
    pub(super) fn wants(&self, plan: &Plan, unit: &Unit) -> bool {
        let Some(finding) = unit.lane.and_then(|lane| self.finding(unit.model, lane)) else {
            return false;
        };
        let n_rows = unit.n_rows as f64;
        // Whatever was measured of it did not count: the curve has a gap there.
        let Some(at) = finding.ratios.iter().position(|r| r.n_rows == n_rows) else {
            return true;
        };
        match (finding.verdict, finding.at) {
            (Verdict::NeverPays, _) => false,
            (Verdict::Pays, Some(_)) if self.is_narrow(plan, finding) => false,
            (Verdict::Pays, Some(found)) => {
                (n_rows / found).ln().abs() <= NEAR.ln() || self.brackets(finding, n_rows, found)
            }
            _ => finding.signs[at] == 0,
        }
    }

    /// Whether the interval is as narrow as is wanted, and of enough starts of the engine.
    pub(super) fn is_narrow(&self, plan: &Plan, finding: &Finding) -> bool {
        self.n_loads >= plan.min_loads && finding.is_narrow(plan.precision)
    }

    /// Whether no other size lies between this one and the crossing.
    fn brackets(&self, finding: &Finding, n_rows: f64, found: f64) -> bool {
        let between =
            |other: f64| (other > n_rows && other <= found) || (other < n_rows && other >= found);
        !finding.ratios.iter().any(|ratio| between(ratio.n_rows))
    }

    /// Model, lane and rows of a size that would bracket a break-even more closely.
    pub(super) fn sizes_to_add(&self, plan: &Plan) -> Vec<(usize, usize, usize)> {
        if self.taken {
            return Vec::new();
        }
        let each = self.findings.iter();
        each.filter_map(|(model, lane, finding)| {
            let at = finding.at?;
            let sizes = || finding.ratios.iter().map(|ratio| ratio.n_rows);
            // One row cannot be split: there it never pays.
            let low = sizes().filter(|&n| n < at).fold(1.0, f64::max);
            let high = sizes().filter(|&n| n >= at).fold(f64::INFINITY, f64::min);
            let is_near = high <= low * BRACKET || high <= low + 1.0;
            if is_near || !high.is_finite() {
                return None;
            }
            let size = beside(low, high, at);
            let fits = size as usize <= plan.once_above_rows && sizes().all(|n| n != size);
            fits.then_some((*model, *lane, size as usize))
        })
        .collect()
    }
}

/// A whole number of two digits strictly between two sizes: the crossing, unless that lies at one of
/// them; then a bracket of it is closed from the other side. Below the smallest size, where it pays
/// already, there are few: half way on the logarithm.
fn beside(low: f64, high: f64, at: f64) -> f64 {
    let size = if low <= 1.0 && at > high / APART {
        high.sqrt()
    } else if at < low * APART {
        (low * BRACKET * 0.9).min((low * high).sqrt())
    } else if at > high / APART {
        (high / BRACKET / 0.9).max((low * high).sqrt())
    } else {
        at
    };
    let step = 10_f64.powf((size.log10().floor() - 1.0).max(0.0));
    ((size / step).round() * step).clamp(low + 1.0, high - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_size_is_whole_and_strictly_between() {
        assert_eq!(beside(100.0, 1000.0, 317.3), 320.0);
        // At a rim: a bracket of it is closed from the other side.
        assert_eq!(beside(100.0, 1000.0, 105.0), 200.0);
        assert_eq!(beside(100.0, 1000.0, 990.0), 510.0);
        assert_eq!(beside(1.0, 10.0, 10.0), 3.0);
        assert_eq!(beside(1.0, 3.0, 2.9), 2.0);
    }
}
