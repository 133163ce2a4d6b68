//! How many calls make a sample that the clock can see, and what stands beside it.

use super::{
    COARSE_LEAST_STEPS, COARSE_STEPS, FEW_STEPS, LEAST_MS, MAX_CALLS, MAX_COARSE_CALLS,
    MAX_PARKED_CALLS, Rounds, STEPS, Target, Task, WARM_BELOW_MS,
};

/// Long, milliseconds: a clock that goes in steps of 20 µs is as quick to measure by as one of 5.
const LONG_SAMPLE_MS: f64 = 1.0;
/// What the slower side of a pair may take for the sake of the same number of calls.
const SLOW_SIDE_MS: f64 = 5.0;
/// Pairs in a round, and how long they may take together. What differs between pairs that follow each
/// other is little beside what differs between rounds: few pairs, and more rounds. A size that has
/// one round has no other pairs.
const PAIRS: u32 = 2;
const PAIRS_ONCE: u32 = 3;
const PAIRS_MS: f64 = 60.0;
/// Samples without a look, where nothing is known and where only the instance is new.
const WARM_UPS: u32 = 3;
/// Rows of serial's that a strategy's may cost, as long as that is not known.
const ROW_OF_SERIALS: f64 = 8.0;

impl Rounds {
    /// What a call takes: by its own, else along the line through those of the two nearest smaller
    /// sizes. A small batch of a strategy is all overhead, which is none of its rows': a row is not
    /// taken to cost more than so many of serial's.
    pub(super) fn expected(&self, model: usize, lane: Option<usize>, n_rows: usize) -> Option<f64> {
        let smaller = (model, lane, 0)..=(model, lane, n_rows);
        let mut known = self.known.range(smaller).rev();
        let (&(_, _, n), &ms) = known.next()?;
        let (n, rows) = (n as f64, n_rows as f64);
        let mut row_ms = ms / n;
        if let Some((&(.., less), &less_ms)) = known.next() {
            row_ms = row_ms.min(((ms - less_ms) / (n - less as f64)).max(0.0));
        }
        if lane.is_some()
            && let Some(serial_ms) = self.expected(model, None, n_rows)
        {
            row_ms = row_ms.min(ROW_OF_SERIALS * serial_ms / rows);
        }
        Some(ms + row_ms * (rows - n))
    }

    pub(super) fn warm(&mut self, model: usize, lane: Option<usize>, n_rows: usize) {
        let is_coarse = self.plan.is_coarse();
        let is_long = if is_coarse {
            // What a call takes of which the clock saw less is not known, nor that of more rows.
            let smaller = (model, lane, 0)..=(model, lane, n_rows);
            let last = self.known.range(smaller).next_back();
            last.is_some_and(|(_, &ms)| ms >= COARSE_LEAST_STEPS * self.plan.clock_resolution_ms)
        } else {
            let expected = self.expected(model, lane, n_rows);
            expected.is_some_and(|ms| ms >= WARM_BELOW_MS)
        };
        if is_long {
            return;
        }
        let is_known = is_coarse || self.known.contains_key(&(model, lane, n_rows));
        let target = Target::Warm(model, lane, n_rows);
        for _ in 0..if is_known { 1 } else { WARM_UPS } {
            self.queue.push_front(Task::Calls(target, 0));
        }
    }

    pub(super) fn line_up_pairs(&mut self, i: usize) {
        let (model, lane, n_rows, most) = {
            let unit = &mut self.units[i];
            unit.n_tried += 1;
            let most = if unit.once { PAIRS_ONCE } else { PAIRS };
            (unit.model, unit.lane, unit.n_rows, most)
        };
        self.half = None;
        if self.plan.is_coarse() {
            // How many calls can be seen goes by what one takes, which other sizes do not tell.
            let n_tasks = self.queue.len();
            self.queue.push_front(Task::Unit(i));
            self.warm_late(model, lane, n_rows);
            if self.queue.len() > n_tasks + 1 {
                self.units[i].n_tried -= 1;
                return;
            }
            self.queue.pop_front();
        }
        let (n_serial, n_other, pair_ms) = self.n_calls(model, lane, n_rows);
        let n_pairs = ((PAIRS_MS / pair_ms) as u32).clamp(1, most);
        let serial = Task::Calls(
            Target::Side {
                unit: i,
                is_serial: true,
            },
            n_serial,
        );
        let other = Task::Calls(
            Target::Side {
                unit: i,
                is_serial: false,
            },
            n_other,
        );
        if let Some((of, size, timed, hidden)) = self.shared
            && (of, size, n_pairs, n_serial) == (model, n_rows, 1, 1)
            && lane.is_some()
        {
            self.half = Some((true, timed, hidden));
            self.queue.push_front(other);
            return;
        }
        for _ in 0..n_pairs {
            let both = [serial.clone(), other.clone()];
            let [first, second] = if self.rng.below(2) == 0 {
                both
            } else {
                let [a, b] = both;
                [b, a]
            };
            if lane.is_some() {
                self.queue.push_front(second);
                self.queue.push_front(first);
            } else {
                self.queue.push_front(serial.clone());
            }
        }
        self.warm_late(model, lane, n_rows);
    }

    /// A size that came late has not been warmed.
    fn warm_late(&mut self, model: usize, lane: Option<usize>, n_rows: usize) {
        for lane in [None, lane] {
            if !self.known.contains_key(&(model, lane, n_rows)) {
                self.warm(model, lane, n_rows);
            }
        }
    }

    /// What a sample should last, milliseconds.
    pub(super) fn sample_ms(&self) -> f64 {
        let step = self.plan.clock_resolution_ms;
        if self.plan.is_coarse() {
            return COARSE_STEPS * step;
        }
        (STEPS * step).min(LONG_SAMPLE_MS.max(FEW_STEPS * step))
    }

    /// Calls of either side, and what a pair takes. The same number, unless one side is so much
    /// slower that the other's time could not be told.
    fn n_calls(&self, model: usize, lane: Option<usize>, n_rows: usize) -> (u32, u32, f64) {
        // A call too short for the clock at all: many, and the next estimate is better.
        let least = if self.plan.is_coarse() {
            LEAST_MS
        } else {
            self.plan.clock_resolution_ms / 64.0
        };
        let ms = |lane| self.expected(model, lane, n_rows).unwrap_or(1.0).max(least);
        let (serial, other) = (ms(None), ms(lane));
        let enough = self.sample_ms();
        let few = enough.min(FEW_STEPS * self.plan.clock_resolution_ms);
        let most = self.most_calls();
        let calls = |call_ms: f64| ((enough / call_ms).ceil() as u32).clamp(1, most);
        let fits = (SLOW_SIDE_MS.max(2.0 * enough) / serial.max(other)) as u32;
        let both = calls(serial.min(other)).min(fits.max(1));
        let of = |call_ms: f64| {
            if f64::from(both) * call_ms >= (enough / 4.0).max(few) {
                both
            } else {
                calls(call_ms)
            }
        };
        let (n_serial, n_other) = (of(serial), of(other));
        let pair_ms = f64::from(n_serial) * serial + f64::from(n_other) * other;
        (n_serial, n_other, pair_ms)
    }

    pub(super) fn most_calls(&self) -> u32 {
        match (self.plan.parked, self.plan.is_coarse()) {
            (true, _) => MAX_PARKED_CALLS,
            (_, true) => MAX_COARSE_CALLS,
            _ => MAX_CALLS,
        }
    }
}
