//! Which sizes to add so that a break-even gets a narrow interval.
//!
//! The sizes of the plan bracket it roughly. The first size to add is where the fitted costs cross,
//! the next ones where the straight line between the bracket's ends does, neither too near an end.

use super::break_even::{crossing, last_not_faster};
use super::cost_model;
use super::sampler::{PointPlan, PointSamples, SweepPlan};
use super::stats::{SERIAL, median, median_interval};

/// A bracket whose ends are this near each other is narrow enough.
const NARROW: f64 = 1.1;
/// The share of a bracket, on a logarithmic scale, that is kept on either side of a new size.
const MARGIN: f64 = 0.2;

/// One strategy's break-even being narrowed down.
#[derive(Debug)]
struct Search {
    strategy: String,
    n_threads: usize,
    rounds_left: u32,
    /// The size added last.
    last: Option<usize>,
    is_over: bool,
}

/// The break-evens of a sweep being narrowed down.
#[derive(Debug)]
pub(super) struct Bisection(Vec<Search>);

/// A size at which both ways are measured: the rows, and the logarithm of strategy over serial.
type Ratio = (f64, f64);

impl Bisection {
    /// One search for each strategy but serial and the automatic choice, which follows another.
    pub(super) fn new(plan: &SweepPlan) -> Self {
        let has_serial = plan.points.iter().any(|point| point.strategy == SERIAL);
        let mut searches: Vec<Search> = Vec::new();
        for point in &plan.points {
            let is_new = searches
                .iter()
                .all(|search| search.strategy != point.strategy);
            let is_searched = has_serial && point.strategy != SERIAL && point.strategy != "auto";
            if is_new && is_searched {
                searches.push(Search {
                    strategy: point.strategy.clone(),
                    n_threads: point.n_threads,
                    rounds_left: plan.max_bisections,
                    last: None,
                    is_over: plan.max_bisections == 0,
                });
            }
        }
        Self(searches)
    }

    /// Points that will not be needed after all, and points that may still come.
    pub(super) fn spared_and_open(&self) -> (usize, usize) {
        let left = |over: bool| {
            let searches = self.0.iter().filter(move |search| search.is_over == over);
            2 * searches
                .map(|search| search.rounds_left as usize)
                .sum::<usize>()
        };
        (left(true), left(false))
    }

    /// The points, all of one size, to measure next.
    pub(super) fn next(
        &mut self,
        plan: &SweepPlan,
        samples: &[PointSamples],
    ) -> Option<Vec<PointPlan>> {
        for search in self.0.iter_mut().filter(|search| !search.is_over) {
            let Some(n_rows) = search.next_size(plan, samples) else {
                search.is_over = true;
                continue;
            };
            search.rounds_left -= 1;
            search.last = Some(n_rows);
            let wanted = [(SERIAL, 1), (&search.strategy, search.n_threads)];
            let missing = wanted.into_iter().filter(|(strategy, _)| {
                let is_it = |p: &PointPlan| p.n_rows == n_rows && p.strategy == *strategy;
                !plan.points.iter().any(is_it)
            });
            let added = missing.map(|(strategy, n_threads)| PointPlan {
                strategy: strategy.to_owned(),
                n_rows,
                n_threads,
            });
            return Some(added.collect());
        }
        None
    }
}

impl Search {
    fn next_size(&self, plan: &SweepPlan, samples: &[PointSamples]) -> Option<usize> {
        if self.rounds_left == 0 {
            return None;
        }
        let serial = measured(plan, samples, SERIAL);
        let own = measured(plan, samples, &self.strategy);
        let mut pairs: Vec<(f64, &PointSamples, &PointSamples)> = own
            .iter()
            .filter_map(|&(n, own)| {
                let (_, serial) = serial.iter().find(|(rows, _)| *rows == n)?;
                Some((n, own, *serial))
            })
            .collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Where the last size could not tell the two apart, no nearer one will.
        let last = self.last.map(|n| n as f64);
        if pairs
            .iter()
            .any(|(n, own, serial)| Some(*n) == last && cannot_be_told(own, serial))
        {
            return None;
        }
        let ratios: Vec<Ratio> = pairs
            .iter()
            .map(|(n, own, serial)| (*n, (median(&own.wall_ms) / median(&serial.wall_ms)).ln()))
            .collect();
        let (low, high) = bracket(&ratios)?;
        let is_narrow = high <= low * NARROW || high <= low + 1.0;
        if is_narrow {
            return None;
        }
        let guess = if self.last.is_none() {
            costs_cross(&serial, &own)
        } else {
            crossing(&ratios)
        };
        let size = between(low, high, guess);
        let is_new = ratios.iter().all(|(n, _)| *n != size);
        is_new.then_some(size as usize)
    }
}

/// Rows and samples of a strategy's usable points.
fn measured<'a>(
    plan: &'a SweepPlan,
    samples: &'a [PointSamples],
    strategy: &str,
) -> Vec<(f64, &'a PointSamples)> {
    let points = plan.points.iter().zip(samples);
    points
        .filter(|(point, samples)| point.strategy == strategy && samples.is_usable())
        .map(|(point, samples)| (point.n_rows as f64, samples))
        .collect()
}

/// The sizes between which the strategy begins to pay. One row, which cannot be split, pays
/// nowhere: below the smallest size there may be a break-even too.
fn bracket(ratios: &[Ratio]) -> Option<(f64, f64)> {
    let (first, _) = *ratios.first()?;
    match last_not_faster(ratios) {
        None => Some((1.0, first)),
        Some(last) => Some((ratios[last].0, ratios.get(last + 1)?.0)),
    }
}

/// Whether the intervals of two medians overlap.
fn cannot_be_told(a: &PointSamples, b: &PointSamples) -> bool {
    let (a, b) = (median_interval(&a.wall_ms), median_interval(&b.wall_ms));
    a[0] <= b[1] && b[0] <= a[1]
}

/// Where the fitted lines of both cross.
fn costs_cross(serial: &[(f64, &PointSamples)], own: &[(f64, &PointSamples)]) -> Option<f64> {
    let line = |points: &[(f64, &PointSamples)]| {
        let times: Vec<_> = points
            .iter()
            .map(|(n, samples)| (*n, median(&samples.wall_ms)))
            .collect();
        cost_model::fit("", &times)
    };
    let (serial, own) = (line(serial)?, line(own)?);
    let saved = serial.ns_per_row - own.ns_per_row;
    Some((own.overhead_us - serial.overhead_us) * 1e3 / saved)
}

/// A whole number strictly between two, at the guess where that is inside and not at the rim, else
/// at the geometric middle.
fn between(low: f64, high: f64, guess: Option<f64>) -> f64 {
    let width = (high / low).ln();
    let inside = |share: f64| low * (share * width).exp();
    let size = match guess {
        Some(guess) if guess > low && guess < high => {
            guess.clamp(inside(MARGIN), inside(1.0 - MARGIN))
        }
        _ => inside(0.5),
    };
    size.round().clamp(low + 1.0, high - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_size_is_whole_and_strictly_between() {
        assert_eq!(between(10.0, 1000.0, None), 100.0);
        assert_eq!(between(10.0, 1000.0, Some(200.0)), 200.0);
        // Outside, or not a number at all: the middle. At the rim: drawn in.
        assert_eq!(between(10.0, 1000.0, Some(5.0)), 100.0);
        assert_eq!(between(10.0, 1000.0, Some(f64::NAN)), 100.0);
        assert_eq!(between(10.0, 1000.0, Some(11.0)), 25.0);
        assert_eq!(between(1.0, 3.0, None), 2.0);
    }

    #[test]
    fn the_bracket_ends_at_the_last_size_that_is_not_faster() {
        let ratios = [(10.0, 0.5), (20.0, -0.1), (40.0, 0.1), (80.0, -0.3)];
        assert_eq!(bracket(&ratios), Some((40.0, 80.0)));
        assert_eq!(bracket(&ratios[..3]), None);
        assert_eq!(bracket(&[(10.0, -0.1)]), Some((1.0, 10.0)));
        assert_eq!(bracket(&[]), None);
    }
}
