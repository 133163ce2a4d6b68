//! Which sizes want another round, and in what order they come.

use super::{ROUNDS_BEFORE_LONG, Rounds, SHARED_MS, Task};
use crate::measure::unit::Unit;

/// A single call of so many times its point's budget is left out.
const LONGEST_BUDGETS: f64 = 10.0;
/// Rounds of the first strategy that can pay alone.
const ROUNDS_OF_LEAD: usize = 3;
/// Times that a long batch is tried, where nobody saw the page.
const ONCE_TRIES: u32 = 3;
/// Rounds of a unit at most, whatever its budget.
const MAX_ROUNDS: u32 = 1000;
/// A point whose median is known to this share is precise.
const PRECISION: f64 = 0.02;

impl Rounds {
    pub(super) fn add_sizes(&mut self, sizes: &[usize]) {
        for &n_rows in sizes {
            for model in 0..self.plan.models.len() {
                if self.plan.lanes.is_empty() {
                    self.add(model, None, n_rows);
                }
                for lane in 0..self.plan.lanes.len() {
                    self.add(model, Some(lane), n_rows);
                }
            }
        }
    }

    /// Whether there was none of it yet.
    pub(super) fn add(&mut self, model: usize, lane: Option<usize>, n_rows: usize) -> bool {
        let is_it = |u: &Unit| u.model == model && u.lane == lane && u.n_rows == n_rows;
        if self.units.iter().any(is_it) {
            return false;
        }
        let mut unit = Unit::new(model, lane, n_rows);
        unit.once = n_rows > self.plan.once_above_rows;
        self.units.push(unit);
        true
    }

    /// Units that another round is to measure.
    pub(super) fn wanting(&self) -> Vec<usize> {
        let all = 0..self.units.len();
        if let Some(limits) = &self.leg {
            let wants = |i: usize| {
                let (unit, (n_rounds, left_ms)) = (&self.units[i], limits[i]);
                !unit.unequal && f64::from(unit.n_tried) < n_rounds && unit.spent_ms < left_ms
            };
            return all.filter(|&i| wants(i)).collect();
        }
        let lanes = &self.plan.lanes;
        let seeks = |lane: Option<usize>| lane.is_some_and(|lane| lanes[lane].can_pay);
        let any_seeks = lanes.iter().any(|lane| lane.can_pay);
        let wants = |i: usize| {
            let unit = &self.units[i];
            if unit.unequal || unit.left_out_ms.is_some() {
                return false;
            }
            if unit.once {
                return unit.n_tried == 0 || unit.n_tried < ONCE_TRIES && unit.pairs.is_empty();
            }
            let is_spent = unit.spent_ms >= self.plan.budget_ms || unit.n_tried >= MAX_ROUNDS;
            if unit.n_tried > 0 && is_spent {
                return false;
            }
            if unit.n_tried < self.plan.min_rounds {
                return true;
            }
            if seeks(unit.lane) {
                return self.judgement.wants(&self.plan, unit);
            }
            // A cost is not worth rounds of its own where a break-even is sought.
            !any_seeks && !unit.is_precise(self.plan.min_samples, PRECISION)
        };
        all.filter(|&i| wants(i)).collect()
    }

    /// Whether it takes part in the first rounds already: there only the first lane that can pay does.
    fn is_early(&self, unit: &Unit) -> bool {
        let lead = self.plan.lanes.iter().position(|lane| lane.can_pay);
        lead.is_none() || unit.lane == lead
    }

    /// Whether the next round would be one, and of which units.
    pub(super) fn next_units(&self) -> (Vec<usize>, bool) {
        let mut wanting = self.wanting();
        let early = |&i: &usize| self.is_early(&self.units[i]);
        let waits = self.leg.is_none() && !self.plan.is_coarse();
        if waits && self.n_rounds() < ROUNDS_OF_LEAD && wanting.iter().any(early) {
            wanting.retain(early);
        }
        let (long, short): (Vec<usize>, Vec<usize>) = wanting
            .into_iter()
            .filter(|&i| self.units[i].once || self.units[i].n_rows > self.only_above)
            .partition(|&i| self.units[i].once);
        let is_long =
            !long.is_empty() && (short.is_empty() || self.n_rounds() >= ROUNDS_BEFORE_LONG);
        if is_long {
            (long, true)
        } else {
            (short, false)
        }
    }

    /// Units that are done with, and all of them.
    #[must_use]
    pub fn done_of(&self) -> (usize, usize) {
        let n = self.units.len();
        (n - self.wanting().len(), n)
    }

    /// Now that it is known what calls take: which sizes are too long for every round, or at all.
    pub(super) fn line_up(&mut self) {
        if self.leg.is_none() {
            for i in 0..self.units.len() {
                let unit = &self.units[i];
                if unit.n_tried > 0 {
                    continue;
                }
                let sides =
                    [None, unit.lane].map(|lane| self.expected(unit.model, lane, unit.n_rows));
                let longest = sides.into_iter().flatten().fold(0.0, f64::max);
                let budget_ms = self.plan.budget_ms;
                let unit = &mut self.units[i];
                unit.once |= longest * f64::from(self.plan.min_rounds) > budget_ms;
                unit.left_out_ms = (longest > LONGEST_BUDGETS * budget_ms).then_some(longest);
            }
        }
        let (mut units, _) = self.next_units();
        self.rng.shuffle(&mut units);
        if self.plan.is_coarse() {
            units.sort_by_key(|&i| self.units[i].n_tried);
        }
        self.gather_long(&mut units);
        if self.plan.n_threads > 1 {
            self.queue.push_back(Task::Probe);
        }
        for unit in units {
            self.queue.extend([Task::Pace(false), Task::Unit(unit)]);
        }
        self.queue.push_back(Task::Pace(true));
        if self.plan.n_threads > 1 {
            self.queue.push_back(Task::Probe);
        }
    }

    /// Has the strategies that share a long serial sample follow each other.
    fn gather_long(&self, units: &mut Vec<usize>) {
        let key = |i: usize| (self.units[i].model, self.units[i].n_rows);
        let is_long = |i: usize| {
            let (model, n_rows) = key(i);
            self.expected(model, None, n_rows)
                .is_some_and(|ms| ms >= SHARED_MS)
        };
        let mut gathered: Vec<usize> = Vec::with_capacity(units.len());
        for &i in units.iter() {
            if gathered.contains(&i) {
                continue;
            }
            gathered.push(i);
            if is_long(i) {
                let same = units
                    .iter()
                    .copied()
                    .filter(|&j| j != i && key(j) == key(i));
                gathered.extend(same);
            }
        }
        *units = gathered;
    }
}
