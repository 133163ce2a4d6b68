//! A measurement under way: Rust plans, samples and judges; JavaScript lets the event loop turn,
//! and makes the calls that go by message.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::bench::Bench;
use super::clock::BrowserClock;
use super::convert::to_js;
use super::data::Matrix;
use super::machine::{Machine, cores};
use super::model::Model;
use super::predict::Costs;
use crate::error::{Error, Result};
use crate::measure::clock::Clock;
use crate::measure::leg::Leg;
use crate::measure::plan::{Lane, Plan, Sample, Stages, Used};
use crate::measure::rounds::{Rounds, Turn};

/// Settings that are numbers, in this order: how they come.
const N_SETTINGS: usize = 15;

/// A measurement under way.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Measurement {
    rounds: Rounds,
    machine: Machine,
    /// Of which another instance's measurement this is a part.
    leg: bool,
    /// What the calls by message are that are being made.
    by_message: Used,
}

#[wasm_bindgen]
impl Measurement {
    /// Lines up every strategy at every size on rows of `x`, some number of threads being "threads 4"; `leg`: what another instance's
    /// measurement wants done here. Models are added then, in order. `settings` are `n_threads`,
    /// `n_cores`, `n_async` (slices awaited together), `min_samples`, `budget_ms`, `min_rounds`,
    /// `precision`, `once_above_rows`, `random_state`, `clock_resolution_ms`, `parked` (0 or 1),
    /// `max_bisections`, `cutoff_rows`, `min_loads` and `leg_rows`.
    ///
    /// # Errors
    /// `invalid_param`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        models: Vec<String>,
        strategies: Vec<String>,
        mut batch_sizes: Vec<usize>,
        settings: &[f64],
        x: &Matrix,
        leg: Option<Vec<f64>>,
    ) -> Result<Self> {
        let [
            n_threads,
            n_cores,
            n_async,
            min_samples,
            budget_ms,
            min_rounds,
            precision,
            once_above_rows,
            random_state,
            clock_resolution_ms,
            parked,
            max_bisections,
            cutoff_rows,
            min_loads,
            leg_rows,
        ] = *<&[f64; N_SETTINGS]>::try_from(settings)
            .map_err(|_| Error::invalid("settings", settings.len(), N_SETTINGS.to_string()))?;
        let (n_threads, n_async) = (n_threads as usize, n_async as usize);
        batch_sizes.sort_unstable();
        batch_sizes.dedup();
        let lanes: Vec<Lane> = strategies
            .into_iter()
            .filter(|strategy| strategy != "serial")
            .map(|strategy| {
                // "threads 4" is four of them.
                let (name, some) = strategy.split_once(' ').unwrap_or((&strategy, ""));
                let n_threads = match name {
                    "async" => n_async,
                    _ => some.parse().unwrap_or(n_threads),
                };
                Lane {
                    strategy: name.to_owned(),
                    n_threads,
                    can_pay: name != "auto" && n_threads > 1,
                }
            })
            .collect();
        let machine = Machine::new(Vec::new(), &lanes, n_threads, clock_resolution_ms);
        let plan = Plan {
            models,
            lanes,
            batch_sizes,
            n_threads,
            n_cores: n_cores as usize,
            min_samples: min_samples as usize,
            budget_ms,
            min_rounds: min_rounds as u32,
            precision,
            once_above_rows: once_above_rows as usize,
            random_state: random_state as u64,
            clock_resolution_ms,
            parked: parked > 0.0,
            n_rows: x.n_rows(),
            max_added: max_bisections as u32,
            cutoff_rows: cutoff_rows as usize,
            min_loads: min_loads as usize,
            leg_rows: leg_rows as usize,
        };
        let is_leg = leg.is_some();
        let (n_models, n_lanes) = (plan.models.len(), plan.lanes.len());
        Ok(Self {
            rounds: match leg {
                Some(leg) => Rounds::leg(plan, &Leg::read(&leg, n_models, n_lanes)),
                None => Rounds::new(plan),
            },
            machine,
            leg: is_leg,
            by_message: Used::default(),
        })
    }

    /// The next model.
    ///
    /// # Errors
    /// `shape_mismatch` where it does not fit the rows.
    #[wasm_bindgen(js_name = addModel)]
    pub fn add_model(&mut self, model: &Model, x: &Matrix) -> Result<()> {
        self.machine.benches.push(Bench::new(model, x)?);
        self.machine.costs.push(None);
        Ok(())
    }

    /// What calls of a model cost: the automatic choice goes by that.
    #[wasm_bindgen(js_name = setCosts)]
    pub fn set_costs(&mut self, model: usize, costs: &Costs) {
        if let Some(known) = self.machine.costs.get_mut(model) {
            *known = Some(costs.clone());
        }
    }

    /// Measures for about `max_ms`; says what is to be done before the next call. First a number:
    /// nothing (0), calls by message (1), to have isolated workers spin (2), to look at the report
    /// (3), or no more (4). Of calls by message there follow the model's number, whether they go to
    /// all workers (0) or are handed to one (1), rows, calls, calls before the clock, and whether
    /// the pool is to sleep before each.
    ///
    /// # Errors
    /// `out_of_memory`, `invalid_param`.
    pub fn advance(&mut self, max_ms: f64, hidden: bool) -> Result<Vec<f64>> {
        let n_models = self.machine.benches.len();
        if n_models < self.rounds.plan().models.len() {
            return Err(Error::invalid("models", n_models, "all of them"));
        }
        self.machine.hidden = hidden;
        let until = BrowserClock.now_ms() + max_ms;
        Ok(match self.rounds.advance(&mut self.machine, until)? {
            Turn::Pause => vec![0.0],
            Turn::Message(calls) => {
                self.by_message = self.machine.used(&calls);
                let is_async = matches!(self.by_message, Used::Async(_));
                let flag = |is: bool| f64::from(u8::from(is));
                vec![
                    1.0,
                    calls.model as f64,
                    flag(is_async),
                    calls.n_rows as f64,
                    f64::from(calls.n_calls),
                    f64::from(calls.n_warm),
                    flag(calls.parked),
                ]
            }
            Turn::Probe => vec![2.0],
            Turn::Round => vec![3.0],
            Turn::Done => vec![4.0],
        })
    }

    /// Takes in what came of calls by message: times of all of them, milliseconds, `stages` being
    /// send, compute, gather and wait.
    pub fn record(
        &mut self,
        wall_ms: f64,
        busy_ms: f64,
        stages: &[f64],
        hidden: bool,
        equal_to_serial: bool,
    ) {
        let stage = |at: usize| stages.get(at).copied().unwrap_or(0.0);
        let sample = Sample {
            wall_ms,
            busy_ms,
            stages: Stages {
                send: stage(0),
                compute: stage(1),
                gather: stage(2),
                wait: stage(3),
            },
            hidden,
            equal_to_serial,
            strategy_used: self.by_message,
        };
        self.rounds.record(sample, BrowserClock.now_ms());
    }

    /// Takes in how many cores isolated workers got.
    #[wasm_bindgen(js_name = recordCores)]
    pub fn record_cores(&mut self, cores: f64) {
        self.rounds.record_cores(cores);
    }

    /// Whether these are serial's labels of the rows from the first on.
    ///
    /// # Errors
    /// `out_of_memory`; `invalid_param` where there are fewer rows.
    pub fn check(&mut self, model: usize, y: &[i32]) -> Result<bool> {
        match self.machine.benches.get_mut(model) {
            Some(bench) => bench.check(0, y),
            None => Err(Error::invalid(
                "model",
                model,
                "one of those that were added",
            )),
        }
    }

    /// Goes on: with sizes added, another precision, and as much time for each point again.
    #[wasm_bindgen(js_name = goOn)]
    pub fn go_on(&mut self, batch_sizes: Vec<usize>, precision: Option<f64>) {
        self.rounds.go_on(&batch_sizes, precision);
    }

    /// What may be done next in an instance of its own; undefined where it has to be done here.
    #[wasm_bindgen(js_name = nextLeg)]
    pub fn next_leg(&self) -> Option<Vec<f64>> {
        if self.leg {
            return None;
        }
        self.rounds.next_leg().map(|leg| leg.write())
    }

    /// Rows that it needs.
    #[wasm_bindgen(js_name = legRows)]
    pub fn leg_rows(&self) -> usize {
        self.rounds.next_leg().map_or(0, |leg| leg.n_rows())
    }

    /// From now on only batches that are too large for another instance, or all again.
    #[wasm_bindgen(js_name = stayHome)]
    pub fn stay_home(&mut self, only_large: bool) {
        self.rounds.stay_home(only_large);
    }

    /// No other instance can be had: intervals are of this one alone.
    #[wasm_bindgen(js_name = stayAlone)]
    pub fn stay_alone(&mut self) {
        self.rounds.stay_alone();
    }

    /// Whether batches want another round that are too large for another instance.
    #[wasm_bindgen(getter, js_name = hasLarge)]
    pub fn has_large(&self) -> bool {
        self.rounds.has_large()
    }

    /// All that a leg measured.
    pub fn take(&self) -> Vec<f64> {
        self.rounds.take()
    }

    /// Takes it in, in the instance that wanted it; `load` numbers the starts of the engine.
    pub fn absorb(&mut self, leg: &[f64], numbers: &[f64], load: u32) {
        let plan = self.rounds.plan();
        let leg = Leg::read(leg, plan.models.len(), plan.lanes.len());
        self.rounds.absorb(&leg, numbers, load);
    }

    /// Rounds done.
    #[wasm_bindgen(getter, js_name = nRounds)]
    pub fn n_rounds(&self) -> usize {
        self.rounds.n_rounds()
    }

    /// Points that need no more, and all of them.
    #[wasm_bindgen(getter)]
    pub fn done(&self) -> usize {
        self.rounds.done_of().0
    }

    /// Points in all.
    #[wasm_bindgen(getter)]
    pub fn total(&self) -> usize {
        self.rounds.done_of().1
    }

    /// Points, costs and verdicts of each model.
    #[wasm_bindgen(unchecked_return_type = "MeasureReport[]")]
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub fn reports(&self) -> JsValue {
        to_js(&self.rounds.reports())
    }
}

/// How many cores `n_threads` threads of the pool get when all of them work.
#[wasm_bindgen(js_name = probeCores)]
#[must_use]
pub fn probe_cores(n_threads: usize, clock_step_ms: f64) -> f64 {
    cores(n_threads, clock_step_ms)
}
