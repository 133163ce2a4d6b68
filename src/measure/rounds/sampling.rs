//! A sample: calls being made, part by part, and what came of them.

use super::{
    COARSE_LEAST_STEPS, FEW_STEPS, LEAST_MS, MAX_CALLS, Rounds, Running, SHARED_MS, Target, Task,
    Turn, WARM_BELOW_MS,
};
use crate::error::Result;
use crate::measure::bench::{Bench, Pace};
use crate::measure::plan::{Calls, Sample};
use crate::measure::unit::{Pair, Timed};

/// How long a call goes on uninterrupted, and its rows where nothing is known of their cost yet.
const PART_MS: f64 = 80.0;
const PART_ROWS: usize = 16_384;
/// Labels are made for so long before the event loop turns.
const PREPARE_MS: f64 = 40.0;

impl Rounds {
    pub(super) fn start(&mut self, target: Target, n_calls: u32) {
        let (model, lane, n_rows) = match target {
            Target::Warm(model, lane, n_rows) => (model, lane, n_rows),
            Target::Side { unit, is_serial } => {
                let unit = &self.units[unit];
                let lane = if is_serial { None } else { unit.lane };
                (unit.model, lane, unit.n_rows)
            }
        };
        let expected = self.expected(model, lane, n_rows);
        let n_calls = match (target, expected) {
            (Target::Warm(..), Some(ms)) if !self.plan.is_coarse() => {
                let calls = (self.sample_ms() / ms.max(1e-6)).ceil() as u32;
                calls.clamp(1, MAX_CALLS)
            }
            (Target::Warm(..), _) => n_calls.max(1),
            _ => n_calls,
        };
        let is_short = expected.is_none_or(|ms| ms < WARM_BELOW_MS);
        let part_rows = match expected {
            Some(ms) => n_rows.div_ceil((ms / PART_MS).ceil().max(1.0) as usize),
            None => n_rows.min(PART_ROWS),
        };
        let is_warm_up = matches!(target, Target::Warm(..));
        self.running = Some(Running {
            target,
            calls: Calls {
                model,
                lane,
                n_rows,
                n_threads: lane.map_or(1, |lane| self.plan.lanes[lane].n_threads),
                n_calls,
                n_warm: u32::from(!self.plan.parked && is_short),
                parked: self.plan.parked && !is_warm_up,
            },
            done_rows: 0,
            done_calls: 0,
            part_rows: part_rows.min(self.plan.n_rows),
            sum: Sample {
                equal_to_serial: true,
                ..Sample::default()
            },
            begun_ms: f64::NAN,
            has_begun: false,
        });
    }

    /// A step of the running sample; what the caller has to do, if anything.
    pub(super) fn work(&mut self, bench: &mut impl Bench, until_ms: f64) -> Result<Option<Turn>> {
        let Some(running) = &mut self.running else {
            return Ok(None);
        };
        let calls = &running.calls;
        if !running.has_begun {
            let n_rows = calls.n_rows.min(self.plan.n_rows);
            if !bench.prepare(calls.model, n_rows, PREPARE_MS)? {
                return Ok((bench.now_ms() >= until_ms).then_some(Turn::Pause));
            }
            running.has_begun = true;
            running.begun_ms = bench.now_ms();
            if bench.is_by_message(calls) {
                return Ok(Some(Turn::Message(calls.clone())));
            }
            if !(self.plan.is_coarse() && matches!(running.target, Target::Warm(..))) {
                bench.idle(self.rng.uniform());
            }
        }
        let is_whole = running.part_rows >= calls.n_rows;
        let first = running.done_rows % self.plan.n_rows;
        let n_rows = running
            .part_rows
            .min(calls.n_rows - running.done_rows)
            .min(self.plan.n_rows - first);
        let part = Calls {
            n_calls: if is_whole { calls.n_calls } else { 1 },
            n_warm: if running.done_rows == 0 && running.done_calls == 0 {
                calls.n_warm
            } else {
                0
            },
            ..calls.clone()
        };
        let sample = bench.sample(&part, first, n_rows)?;
        let sum = &mut running.sum;
        sum.wall_ms += sample.wall_ms;
        sum.busy_ms += sample.busy_ms;
        sum.stages = sum.stages.plus(sample.stages);
        sum.hidden |= sample.hidden;
        sum.equal_to_serial &= sample.equal_to_serial;
        sum.strategy_used = sample.strategy_used;
        running.done_rows += n_rows;
        if running.done_rows >= calls.n_rows {
            running.done_rows = 0;
            running.done_calls += part.n_calls;
        }
        if running.done_calls >= calls.n_calls {
            let sum = *sum;
            self.record(sum, bench.now_ms());
        } else if bench.now_ms() >= until_ms {
            return Ok(Some(Turn::Pause));
        }
        Ok(None)
    }

    /// Takes in what came of calls that went by message, or were made here.
    pub fn record(&mut self, sample: Sample, now_ms: f64) {
        let Some(Running {
            target,
            calls,
            begun_ms,
            ..
        }) = self.running.take()
        else {
            return;
        };
        // By a coarse clock no more is asked for next time than eight of its steps.
        let share = if self.plan.is_coarse() { 2.0 } else { 8.0 };
        let least_ms = (self.plan.clock_resolution_ms / share).max(LEAST_MS);
        let timed = Timed::of(&sample, calls.n_calls, least_ms);
        self.known
            .insert((calls.model, calls.lane, calls.n_rows), timed.wall_ms);
        let step = self.plan.clock_resolution_ms;
        let is_coarse = self.plan.is_coarse();
        let most = self.most_calls();
        let is_first_warm_up = matches!(target, Target::Warm(..)) && calls.n_calls == 1;
        if is_coarse
            && now_ms <= self.late_ms
            && sample.wall_ms < COARSE_LEAST_STEPS * step
            && calls.n_calls < most
            && sample.equal_to_serial
            && !is_first_warm_up
        {
            // Until it is known how many calls can be seen; then the pair begins anew.
            if let Target::Side { unit, .. } = target {
                let is_own = |task: &Task| matches!(task, Task::Calls(Target::Side { .. }, _));
                self.queue.retain(|task| !is_own(task));
                self.units[unit].n_tried -= 1;
                self.queue.push_front(Task::Unit(unit));
            }
            let n_calls = (self.sample_ms() / timed.wall_ms).ceil() as u32;
            let again = Target::Warm(calls.model, calls.lane, calls.n_rows);
            self.queue
                .push_front(Task::Calls(again, n_calls.clamp(2, most)));
            return;
        }
        let Target::Side { unit: i, is_serial } = target else {
            return;
        };
        let unit = &mut self.units[i];
        // Both sides of a pair count against the one budget that they have.
        unit.spent_ms += (now_ms - begun_ms) / if unit.lane.is_some() { 2.0 } else { 1.0 };
        unit.was_hidden |= sample.hidden;
        unit.unequal |= !sample.equal_to_serial;
        let few = FEW_STEPS * step / if is_coarse { 1.0 } else { 2.0 };
        let is_few = sample.wall_ms < few && (is_coarse || !self.plan.parked);
        unit.saturated |= is_few || sample.wall_ms <= 0.0;
        if unit.unequal {
            self.queue.retain(
                |task| !matches!(task, Task::Calls(Target::Side { unit, .. }, _) if *unit == i),
            );
            return;
        }
        if is_serial && timed.wall_ms >= SHARED_MS {
            self.shared = Some((unit.model, unit.n_rows, timed, sample.hidden));
        }
        let (serial, other, hidden) = match (self.half.take(), unit.lane) {
            (_, None) => (timed, None, false),
            (None, _) => {
                self.half = Some((is_serial, timed, sample.hidden));
                return;
            }
            (Some((true, serial, hidden)), _) => (serial, Some(timed), hidden),
            (Some((false, other, hidden)), _) => (timed, Some(other), hidden),
        };
        if hidden || sample.hidden {
            return;
        }
        let pace = self.pace.map_or(
            Pace {
                serial_ms: 1.0,
                threads_ms: 1.0,
                n_threads: 1,
                hand_over_ms: 0.0,
            },
            |(pace, ..)| pace,
        );
        unit.pairs.push(Pair {
            round: self.cores.len() as u32,
            serial,
            other,
            before: pace,
            after: pace,
        });
        self.open.push((i, unit.pairs.len() - 1));
    }
}
