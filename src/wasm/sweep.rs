//! A sweep under way: Rust plans and judges, JavaScript carries the samples out.

use serde::Deserialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::convert::{from_js, to_js};
use crate::error::Result;
use crate::measure::sampler::{PointPlan, Sample, Sampler, Subject, SweepPlan};

/// What to sweep.
#[derive(Debug, Deserialize)]
struct Plan {
    strategies: Vec<String>,
    batch_sizes: Vec<u32>,
    n_threads: u32,
    min_samples: u32,
    budget_ms: f64,
    random_state: f64,
    clock_resolution_ms: f64,
    parked: bool,
    /// Rows that there are.
    n_rows: u32,
    /// Threads of the async strategy: slices awaited together.
    n_async: u32,
    max_bisections: u32,
    cutoff_rows: u32,
}

/// A sweep under way.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Sweep(Sampler);

/// One sample to take.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug, Clone)]
pub struct SweepTask {
    /// Number of the point; that of the sentinel is undefined.
    pub index: Option<usize>,
    /// Its strategy.
    pub strategy: String,
    /// Its rows.
    pub n_rows: usize,
    /// Threads that may take part.
    pub n_threads: usize,
    /// Calls in the sample.
    pub n_calls: u32,
    /// Calls before it that no clock looks at.
    pub n_warm: u32,
    /// Whether the pool must sleep before each call.
    pub parked: bool,
    /// Rows after which a call is interrupted, off the clock.
    pub part_rows: usize,
}

#[wasm_bindgen]
impl Sweep {
    /// Lines up every strategy at every size.
    ///
    /// # Errors
    /// `invalid_param`.
    #[wasm_bindgen(constructor)]
    pub fn new(plan: JsValue) -> Result<Self> {
        let plan: Plan = from_js("measure", plan)?;
        let points = plan.batch_sizes.iter().flat_map(|&n_rows| {
            plan.strategies.iter().map(move |strategy| {
                let n_threads = match strategy.as_str() {
                    "serial" => 1,
                    "async" => plan.n_async,
                    _ => plan.n_threads,
                };
                PointPlan {
                    strategy: strategy.clone(),
                    n_rows: n_rows as usize,
                    n_threads: n_threads as usize,
                }
            })
        });
        Ok(Self(Sampler::new(SweepPlan {
            points: points.collect(),
            min_samples: plan.min_samples as usize,
            budget_ms: plan.budget_ms,
            random_state: plan.random_state as u64,
            clock_resolution_ms: plan.clock_resolution_ms,
            parked: plan.parked,
            n_rows: plan.n_rows as usize,
            max_bisections: plan.max_bisections,
            cutoff_rows: plan.cutoff_rows as usize,
        })))
    }

    /// The next sample to take; undefined when there are enough.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Option<SweepTask> {
        let task = self.0.next_task()?;
        let (index, strategy, n_rows, n_threads) = match task.subject {
            Subject::Point(point) => {
                let plan = &self.0.plan().points[point];
                let strategy = plan.strategy.clone();
                (Some(point), strategy, plan.n_rows, plan.n_threads)
            }
            Subject::Sentinel => (None, "serial".to_owned(), self.0.sentinel_rows(), 1),
        };
        Some(SweepTask {
            index,
            strategy,
            n_rows,
            n_threads,
            n_calls: task.n_calls,
            n_warm: task.n_warm,
            parked: task.parked,
            part_rows: task.part_rows,
        })
    }

    /// Takes in what came of it.
    ///
    /// # Errors
    /// `invalid_param`.
    pub fn record(
        &mut self,
        index: Option<usize>,
        #[wasm_bindgen(unchecked_param_type = "Sample")] sample: JsValue,
    ) -> Result<()> {
        let sample: Sample = from_js("sample", sample)?;
        let subject = index.map_or(Subject::Sentinel, Subject::Point);
        self.0.record(subject, sample);
        Ok(())
    }

    /// Points done.
    #[wasm_bindgen(getter)]
    pub fn done(&self) -> usize {
        self.0.done_of().0
    }

    /// Points in all.
    #[wasm_bindgen(getter)]
    pub fn total(&self) -> usize {
        self.0.done_of().1
    }

    /// Points, costs, verdicts and notes.
    #[wasm_bindgen(unchecked_return_type = "MeasureReport")]
    pub fn report(&self) -> JsValue {
        to_js(&self.0.report())
    }
}
