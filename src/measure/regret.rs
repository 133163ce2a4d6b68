//! What the automatic choice costs against the best one, and what a fixed rule would.

use serde::Serialize;

use super::plan::SERIAL;
use super::point::MeasurePoint;

/// How much longer one rule's calls take than the best strategy's, over the sizes measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "page", derive(tsify::Tsify))]
pub struct Regret {
    /// Geometric mean over the sizes: 0.02 is 2 % longer.
    pub mean: f64,
    /// At the worst size.
    pub worst: f64,
    /// That size.
    pub worst_n_rows: usize,
}

/// The automatic choice beside the best one and a fixed rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "page", derive(tsify::Tsify))]
pub struct AutoRegret {
    /// Sizes at which all were measured.
    pub n_sizes: usize,
    /// Of the automatic choice.
    pub auto: Regret,
    /// The fixed rule: parallel from so many rows.
    pub cutoff_rows: usize,
    /// Of the fixed rule.
    pub cutoff: Regret,
}

/// Compares at the sizes at which the automatic choice, serial and some other strategy were
/// measured; `None` where there is none. The fixed rule takes threads, or workers where there are
/// no threads, from `cutoff_rows` rows on.
pub(super) fn regret(points: &[MeasurePoint], cutoff_rows: usize) -> Option<AutoRegret> {
    let time = |strategy: &str, n_rows: usize| {
        let own = points
            .iter()
            .filter(|p| p.strategy == strategy && p.n_rows == n_rows);
        // Of several numbers of threads the most: the rule knows no others.
        own.max_by_key(|p| p.n_threads).map(|p| p.median_ms)
    };
    let has_threads = points.iter().any(|p| p.strategy == "threads");
    let parallel = if has_threads { "threads" } else { "workers" };
    let mut auto = Vec::new();
    let mut cutoff = Vec::new();
    for point in points.iter().filter(|p| p.strategy == "auto") {
        let n_rows = point.n_rows;
        let (Some(serial), Some(split)) = (time(SERIAL, n_rows), time(parallel, n_rows)) else {
            continue;
        };
        let others = points
            .iter()
            .filter(|p| p.n_rows == n_rows && p.strategy != "auto");
        let best = others.map(|p| p.median_ms).fold(f64::INFINITY, f64::min);
        let ruled = if n_rows < cutoff_rows { serial } else { split };
        auto.push((n_rows, point.median_ms / best));
        cutoff.push((n_rows, ruled / best));
    }
    Some(AutoRegret {
        n_sizes: auto.len(),
        auto: summary(&auto)?,
        cutoff_rows,
        cutoff: summary(&cutoff)?,
    })
}

fn summary(ratios: &[(usize, f64)]) -> Option<Regret> {
    let &(worst_n_rows, worst) = ratios.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let logs: f64 = ratios.iter().map(|(_, ratio)| ratio.ln()).sum();
    Some(Regret {
        mean: (logs / ratios.len() as f64).exp() - 1.0,
        worst: worst - 1.0,
        worst_n_rows,
    })
}
