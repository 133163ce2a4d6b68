//! The smallest batch from which a strategy is faster than serial.

use serde::Serialize;

use super::stats::{SplitMix, middle_95};

/// What the measurements say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub enum Verdict {
    /// From some batch on it is faster.
    Pays,
    /// At no measured size.
    NeverPays,
    /// The intervals overlap too much to tell.
    Unclear,
}

/// Where one strategy starts to pay.
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
    /// Rows; `None` where it never pays or is unclear.
    pub n_rows: Option<f64>,
    /// Interval of 95 %.
    pub ci95: Option<[f64; 2]>,
    /// What the measurements say.
    pub verdict: Verdict,
    /// The same in words, to quote.
    pub sentence: String,
}

/// One size measured both ways: the bootstrap distributions of the two medians, milliseconds.
#[derive(Debug, Clone)]
pub struct Pair {
    /// Rows.
    pub n_rows: f64,
    /// Serial's median and its resamples.
    pub serial: (f64, Vec<f64>),
    /// The strategy's median and its resamples.
    pub other: (f64, Vec<f64>),
}

const RESAMPLES: usize = 1000;

/// Where `strategy` on `n_threads` threads overtakes serial for good, by `pairs` in ascending order
/// of rows. Between two sizes the ratio of the times is taken as a straight line over the
/// logarithm of the rows.
#[must_use]
pub fn break_even(strategy: &str, n_threads: usize, pairs: &[Pair], seed: u64) -> BreakEven {
    let medians: Vec<(f64, f64)> = pairs
        .iter()
        .map(|p| (p.n_rows, (p.other.0 / p.serial.0).ln()))
        .collect();
    let found = crossing(&medians);
    let mut rng = SplitMix::new(seed);
    let mut crossings: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| {
            let draw = |resamples: &[f64], rng: &mut SplitMix| {
                resamples.get(rng.below(resamples.len().max(1))).copied()
            };
            let drawn: Option<Vec<(f64, f64)>> = pairs
                .iter()
                .map(|p| {
                    Some((
                        p.n_rows,
                        (draw(&p.other.1, &mut rng)? / draw(&p.serial.1, &mut rng)?).ln(),
                    ))
                })
                .collect();
            crossing(&drawn?)
        })
        .collect();
    crossings.sort_by(f64::total_cmp);
    // A verdict stands where nineteen in twenty resamples agree with it.
    let share = crossings.len() as f64 / RESAMPLES as f64;
    let (verdict, n_rows) = match found {
        Some(n_rows) if share >= 0.95 => (Verdict::Pays, Some(n_rows)),
        None if share <= 0.05 => (Verdict::NeverPays, None),
        _ => (Verdict::Unclear, None),
    };
    let ci95 = n_rows.map(|n_rows| {
        let [low, high] = middle_95(&crossings);
        [low.min(n_rows).floor(), high.max(n_rows).ceil()]
    });
    // The smallest whole batch that is faster.
    let n_rows = n_rows.map(f64::ceil);
    let sizes = (
        pairs.first().map_or(0.0, |p| p.n_rows),
        pairs.last().map_or(0.0, |p| p.n_rows),
    );
    let sentence = sentence(strategy, n_threads, n_rows.zip(ci95), verdict, sizes);
    BreakEven {
        strategy: strategy.to_owned(),
        n_rows,
        ci95,
        verdict,
        sentence,
    }
}

/// The index of the last size, of `(rows, log of strategy over serial)` ascending, at which the
/// strategy is not faster.
pub(super) fn last_not_faster(points: &[(f64, f64)]) -> Option<usize> {
    points.iter().rposition(|&(_, ratio)| ratio >= 0.0)
}

/// Rows from which the logarithm of the ratio stays below 0; `None` where the last is not below.
pub(super) fn crossing(points: &[(f64, f64)]) -> Option<f64> {
    match last_not_faster(points) {
        None => points.first().map(|&(n_rows, _)| n_rows),
        Some(above) => {
            let (&(n0, r0), &(n1, r1)) = (points.get(above)?, points.get(above + 1)?);
            let share = r0 / (r0 - r1);
            Some((n0.ln() + share * (n1.ln() - n0.ln())).exp())
        }
    }
}

fn sentence(
    strategy: &str,
    n_threads: usize,
    found: Option<(f64, [f64; 2])>,
    verdict: Verdict,
    (smallest, largest): (f64, f64),
) -> String {
    let name = match strategy {
        "threads" => format!("{n_threads} threads"),
        "workers" => format!("{n_threads} workers"),
        "async" => "Handing the batch to a worker".to_owned(),
        "auto" => "The automatic choice".to_owned(),
        other => other.to_owned(),
    };
    let (pays, never, is) = match strategy {
        "threads" | "workers" => ("pay", "never pay", "are"),
        _ => ("pays", "never pays", "is"),
    };
    match (verdict, found) {
        (Verdict::Pays, Some((n_rows, _))) if n_rows <= smallest => {
            format!(
                "{name} {pays} at every size measured, from {} up.",
                rows(smallest)
            )
        }
        (Verdict::Pays, Some((n_rows, [low, high]))) => format!(
            "{name} {pays} from about {} (95 % between {} and {}).",
            rows(n_rows),
            grouped(low),
            grouped(high)
        ),
        (Verdict::NeverPays, _) => {
            format!(
                "{name} {never} between {} and {}.",
                grouped(smallest),
                rows(largest)
            )
        }
        _ => {
            let mut name = name;
            if let Some(first) = name.get_mut(..1) {
                first.make_ascii_lowercase();
            }
            format!("Whether {name} {is} faster cannot be told: the measurements scatter too much.")
        }
    }
}

fn rows(n: f64) -> String {
    format!("{} {}", grouped(n), if n == 1.0 { "row" } else { "rows" })
}

/// 1234567 as 1,234,567.
fn grouped(n: f64) -> String {
    let digits = format!("{n:.0}");
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
