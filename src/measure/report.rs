//! What a measurement found, under the names of the JavaScript API. Numbers only: words are made
//! where they are shown.

use serde::Serialize;

use super::break_even::BreakEven;
use super::capacity::Capacity;
use super::cost_model::{self, CostModel};
use super::judge::Judgement;
use super::plan::SERIAL;
use super::point::{About, MeasurePoint};
use super::regret::{AutoRegret, regret};
use super::rounds::Rounds;
use super::unit::{Pair, Timed, Unit};

/// Why there is no point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "page", derive(tsify::Tsify))]
pub enum RemarkKind {
    /// It gave other labels than serial: an error, not a time.
    Unequal,
    /// Nobody saw the page while it was measured.
    Hidden,
    /// A single call would have taken too long.
    LeftOut,
}

/// A point that there is not.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "page", derive(tsify::Tsify))]
pub struct Remark {
    /// Why.
    pub kind: RemarkKind,
    /// What was to be measured.
    pub strategy: String,
    /// Threads or workers that were to take part.
    pub n_threads: usize,
    /// Rows of the batch.
    pub n_rows: usize,
    /// What a call would take, predicted from smaller batches, where that is why; else 0.
    pub call_ms: f64,
}

/// All that was found of one model.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "page", derive(tsify::Tsify))]
#[cfg_attr(feature = "page", tsify(missing_as_null, hashmap_as_object))]
pub struct MeasureReport {
    /// By size, then serial and the plan's lanes.
    pub points: Vec<MeasurePoint>,
    /// A line a strategy.
    pub cost_model: Vec<CostModel>,
    /// A verdict for each strategy that can pay.
    pub break_even: Vec<BreakEven>,
    /// The automatic choice beside the best one and a fixed rule, where they were measured.
    pub auto_regret: Option<AutoRegret>,
    /// Cores that really worked; nothing where one thread was asked for.
    pub capacity: Option<Capacity>,
    /// Rounds over the sizes.
    pub n_rounds: usize,
    /// Starts of the engine that they are spread over.
    pub n_loads: usize,
    /// What was left out or went wrong, and why.
    pub remarks: Vec<Remark>,
}

impl Rounds {
    /// Sums up each model, in the plan's order.
    #[must_use]
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub fn reports(&self) -> Vec<MeasureReport> {
        (0..self.plan().models.len())
            .map(|model| self.report(model, &self.judgement))
            .collect()
    }

    fn report(&self, model: usize, judgement: &Judgement) -> MeasureReport {
        let plan = self.plan();
        let mut units: Vec<&Unit> = self.units.iter().filter(|u| u.model == model).collect();
        units.sort_by_key(|unit| (unit.n_rows, unit.lane));
        let mut points = Vec::new();
        let mut remarks = Vec::new();
        for same in units.chunk_by(|a, b| a.n_rows == b.n_rows) {
            points.extend(self.point(same, None, judgement));
            for unit in same {
                points.extend(
                    unit.lane
                        .and_then(|_| self.point(&[unit], unit.lane, judgement)),
                );
                remarks.extend(self.remark(unit));
            }
        }
        let lanes = plan.lanes.iter();
        let mut strategies = vec![(SERIAL, 1)];
        strategies.extend(lanes.map(|lane| (lane.strategy.as_str(), lane.n_threads)));
        let cost_model = strategies
            .iter()
            .filter_map(|&(strategy, n_threads)| {
                let is_own = |point: &&MeasurePoint| {
                    point.strategy == strategy && point.n_threads == n_threads
                };
                let own = points.iter().filter(is_own);
                let times: Vec<_> = own.map(|p| (p.n_rows as f64, p.median_ms)).collect();
                cost_model::fit(strategy, n_threads, &times)
            })
            .collect();
        let each = judgement.findings.iter().zip(&judgement.reasons);
        MeasureReport {
            cost_model,
            break_even: each
                .filter(|((of, ..), _)| *of == model)
                .map(|((_, lane, finding), reason)| {
                    let lane = &plan.lanes[*lane];
                    finding.told(&lane.strategy, lane.n_threads, *reason)
                })
                .collect(),
            auto_regret: regret(&points, plan.cutoff_rows),
            capacity: judgement.capacity,
            n_rounds: self.n_rounds(),
            n_loads: judgement.n_loads,
            points,
            remarks,
        }
    }

    /// One side of some units of one size: serial of all of them, or one lane.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    fn point(
        &self,
        units: &[&Unit],
        lane: Option<usize>,
        judgement: &Judgement,
    ) -> Option<MeasurePoint> {
        let plan = self.plan();
        let n_rows = units.first()?.n_rows;
        let all: Vec<&Pair> = units
            .iter()
            .filter(|unit| !unit.unequal || lane.is_none())
            .flat_map(|unit| &unit.pairs)
            .collect();
        let kept: Vec<&Pair> = all.iter().copied().filter(|p| judgement.keeps(p)).collect();
        // Where none counts, what there is is better than nothing.
        let pairs = if kept.is_empty() { &all } else { &kept };
        let side = |pair: &Pair| match lane {
            None => Some(pair.serial),
            Some(_) => pair.other,
        };
        let rounds: Vec<Vec<Timed>> = (0..self.n_rounds() as u32)
            .map(|round| {
                let own = pairs.iter().filter(|pair| pair.round == round);
                own.filter_map(|pair| side(pair)).collect()
            })
            .filter(|round: &Vec<Timed>| !round.is_empty())
            .collect();
        let strategy = lane.map_or(SERIAL, |lane| &plan.lanes[lane].strategy);
        let about = About {
            n_rows,
            n_threads: lane.map_or(1, |lane| plan.lanes[lane].n_threads),
            min_samples: plan.min_samples,
            n_left_out: all.len() - kept.len(),
            saturated: units.iter().any(|unit| unit.saturated),
            is_coarse: plan.is_coarse(),
            was_hidden: units.iter().any(|unit| unit.was_hidden),
            streamed: n_rows > plan.n_rows,
        };
        (!rounds.is_empty()).then(|| MeasurePoint::of(strategy, &rounds, about))
    }

    fn remark(&self, unit: &Unit) -> Option<Remark> {
        let kind = if unit.unequal {
            RemarkKind::Unequal
        } else if unit.left_out_ms.is_some() {
            RemarkKind::LeftOut
        } else if unit.pairs.is_empty() && unit.was_hidden {
            RemarkKind::Hidden
        } else {
            return None;
        };
        let lane = unit.lane.map(|lane| &self.plan().lanes[lane]);
        Some(Remark {
            kind,
            strategy: lane.map_or(SERIAL, |lane| &lane.strategy).to_owned(),
            n_threads: lane.map_or(1, |lane| lane.n_threads),
            n_rows: unit.n_rows,
            call_ms: unit.left_out_ms.unwrap_or(0.0),
        })
    }
}
