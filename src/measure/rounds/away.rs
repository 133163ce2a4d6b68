//! Rounds that are made in another instance: what it is asked for, and what comes back.

use super::{ROUNDS_HERE, Rounds};
use crate::measure::leg::{Leg, LegUnit};
use crate::measure::plan::Plan;
use crate::measure::stats::SplitMix;
use crate::measure::unit::{Pair, Unit};

impl Rounds {
    /// Some rounds of another measurement in this instance.
    #[must_use]
    pub fn leg(plan: Plan, leg: &Leg) -> Self {
        let mut rounds = Self::empty(plan);
        let limits = leg.units.iter().map(|one| (one.n_rounds, one.left_ms));
        rounds.leg = Some(limits.collect());
        rounds.rng = SplitMix::new(rounds.plan.random_state ^ u64::from(leg.first_round) << 20);
        for one in &leg.units {
            rounds
                .units
                .push(Unit::new(one.model, one.lane, one.n_rows));
            for (lane, ms) in [(None, one.serial_ms), (one.lane, one.other_ms)] {
                if ms > 0.0 {
                    rounds.known.insert((one.model, lane, one.n_rows), ms);
                }
            }
        }
        rounds
    }

    /// From now on only batches of more rows than other instances are given, or all again.
    pub fn stay_home(&mut self, only_large: bool) {
        self.only_above = if only_large { self.plan.leg_rows } else { 0 };
    }

    /// No other instance can be had: intervals are of this one alone.
    pub fn stay_alone(&mut self) {
        self.plan.min_loads = 1;
        self.plan.leg_rows = 0;
    }

    /// Whether batches want another round that are too large for another instance.
    #[must_use]
    pub fn has_large(&self) -> bool {
        let large = |i: &usize| self.units[*i].n_rows > self.plan.leg_rows;
        self.wanting().iter().any(large)
    }

    /// Rounds that may be done in another instance: the next ones, unless they are of long batches
    /// or the first; `None` where there are none.
    #[must_use]
    pub fn next_leg(&self) -> Option<Leg> {
        let (mut units, is_long) = self.next_units();
        units.retain(|&i| self.units[i].n_rows <= self.plan.leg_rows);
        if is_long || units.is_empty() || self.n_rounds() < ROUNDS_HERE {
            return None;
        }
        let seeks = |lane: Option<usize>| lane.is_some_and(|lane| self.plan.lanes[lane].can_pay);
        let ms = |model, lane, n_rows| self.known.get(&(model, lane, n_rows)).copied();
        let of = |&i: &usize| {
            let Unit {
                model,
                lane,
                n_rows,
                ..
            } = self.units[i];
            LegUnit {
                model,
                lane,
                n_rows,
                serial_ms: ms(model, None, n_rows).unwrap_or(0.0),
                other_ms: ms(model, lane, n_rows).unwrap_or(0.0),
                n_rounds: if seeks(lane) {
                    f64::INFINITY
                } else {
                    let done = self.judgement.n_rounds(&self.units[i]);
                    f64::from(self.plan.min_rounds.saturating_sub(done).max(1))
                },
                left_ms: self.plan.budget_ms - self.units[i].spent_ms,
            }
        };
        Some(Leg {
            units: units.iter().map(of).collect(),
            first_round: self.n_rounds() as u32,
        })
    }

    /// Everything that a leg measured, as numbers.
    #[must_use]
    pub fn take(&self) -> Vec<f64> {
        let mut out = vec![self.cores.len() as f64];
        out.extend(&self.cores);
        for (i, unit) in self.units.iter().enumerate() {
            let bits = [unit.was_hidden, unit.saturated, unit.unequal];
            out.extend([i as f64, unit.pairs.len() as f64, unit.spent_ms]);
            out.push(f64::from(unit.n_tried));
            out.extend(bits.map(|bit| f64::from(u8::from(bit))));
            for pair in &unit.pairs {
                pair.write(&mut out);
            }
        }
        out
    }

    /// Takes in what a leg measured; `load` is the start of the engine that it was.
    pub fn absorb(&mut self, leg: &Leg, numbers: &[f64], load: u32) {
        let mut left = numbers.iter().copied();
        let mut next = || left.next().unwrap_or(0.0);
        let n_rounds = next() as usize;
        for _ in 0..n_rounds.min(numbers.len()) {
            self.cores.push(next());
            self.loads.push(load);
        }
        for one in &leg.units {
            let [_, n_pairs, spent_ms, n_tried, hidden, saturated, unequal] =
                std::array::from_fn(|_| next());
            let pairs: Vec<Pair> = (0..(n_pairs as usize).min(numbers.len()))
                .map(|_| {
                    let mut pair = Pair::read(&std::array::from_fn(|_| next()));
                    pair.round += leg.first_round;
                    pair
                })
                .collect();
            let is_it =
                |u: &&mut Unit| (u.model, u.lane, u.n_rows) == (one.model, one.lane, one.n_rows);
            if let Some(unit) = self.units.iter_mut().find(is_it) {
                unit.pairs.extend(pairs);
                unit.spent_ms += spent_ms;
                unit.n_tried += n_tried as u32;
                unit.was_hidden |= hidden > 0.0;
                unit.saturated |= saturated > 0.0;
                unit.unequal |= unequal > 0.0;
            }
        }
        self.refine();
    }
}
