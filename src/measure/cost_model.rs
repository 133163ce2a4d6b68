//! overhead + cost a row · rows, fitted to the points of one strategy.

use serde::Serialize;

/// The fitted line of one strategy.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "page", derive(tsify::Tsify))]
pub struct CostModel {
    /// The strategy's name.
    #[cfg_attr(
        feature = "page",
        tsify(type = "'serial' | 'threads' | 'workers' | 'async' | 'auto'")
    )]
    pub strategy: String,
    /// Threads or workers that might take part.
    pub n_threads: usize,
    /// Cost of a call, whatever its size, microseconds.
    pub overhead_us: f64,
    /// Cost of a row, nanoseconds.
    pub ns_per_row: f64,
    /// Share of the relative variance that the line explains.
    pub r2: f64,
    /// What the line is off at the size that it fits worst: 0.1 is a tenth of the time measured.
    pub worst_residual: f64,
}

/// Fits to `(rows, milliseconds)` by least squares of relative errors: times span six decades, and
/// each counts alike. Neither cost is negative. `None` with fewer than two sizes.
#[must_use]
pub fn fit(strategy: &str, n_threads: usize, points: &[(f64, f64)]) -> Option<CostModel> {
    let mut sizes: Vec<f64> = points.iter().map(|point| point.0).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    if sizes.len() < 2 {
        return None;
    }
    // Minimise Σ ((a + b n) / t − 1)².
    let (mut aa, mut ab, mut bb, mut ra, mut rb) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for &(n, t) in points {
        let (u, v) = (1.0 / t, n / t);
        aa += u * u;
        ab += u * v;
        bb += v * v;
        ra += u;
        rb += v;
    }
    let determinant = aa * bb - ab * ab;
    let (mut a, mut b) = (
        (ra * bb - rb * ab) / determinant,
        (rb * aa - ra * ab) / determinant,
    );
    if a < 0.0 || !a.is_finite() {
        (a, b) = (0.0, rb / bb);
    } else if b < 0.0 {
        (a, b) = (ra / aa, 0.0);
    }
    // Against the best constant, on the logarithms that the chart shows.
    let logs: Vec<f64> = points.iter().map(|point| point.1.ln()).collect();
    let mean = logs.iter().sum::<f64>() / logs.len() as f64;
    let total: f64 = logs.iter().map(|log| (log - mean).powi(2)).sum();
    let left: f64 = points
        .iter()
        .zip(&logs)
        .map(|(point, log)| ((a + b * point.0).ln() - log).powi(2))
        .sum();
    let r2 = if total > 0.0 { 1.0 - left / total } else { 1.0 };
    let residuals = points
        .iter()
        .map(|point| ((a + b * point.0) / point.1 - 1.0).abs());
    Some(CostModel {
        strategy: strategy.to_owned(),
        n_threads,
        overhead_us: a * 1e3,
        ns_per_row: b * 1e6,
        r2,
        worst_residual: residuals.fold(0.0, f64::max),
    })
}
