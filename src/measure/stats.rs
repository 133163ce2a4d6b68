//! Statistics of timings: robust ones, since a browser's samples have a long tail to the right.

/// The middle value, the mean of the two middle ones for an even number; NaN of nothing.
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    median_of_sorted(&sorted)
}

pub(super) fn median_of_sorted(sorted: &[f64]) -> f64 {
    let n = sorted.len();
    match n {
        0 => f64::NAN,
        _ if n % 2 == 1 => sorted[n / 2],
        _ => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}

/// Median of the distances from the median.
#[must_use]
pub fn mad(values: &[f64]) -> f64 {
    let middle = median(values);
    let distances: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    median(&distances)
}

/// A small seeded generator (SplitMix64): resampling needs no more.
#[derive(Debug, Clone)]
pub struct SplitMix(u64);

impl SplitMix {
    /// Seeds.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in `0..n`, for an `n` far below 2⁶⁴.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next_u64()) * n as u128) >> 64) as usize
    }

    /// Uniform in `[0, 1)`.
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// A random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// The middle 95 % of ascending values.
#[must_use]
pub fn middle_95(sorted: &[f64]) -> [f64; 2] {
    let n = sorted.len();
    if n == 0 {
        return [f64::NAN; 2];
    }
    let at = |share: f64| sorted[((n - 1) as f64 * share).round() as usize];
    [at(0.025), at(0.975)]
}

/// The value below which a share of them lies, by the nearest rank; NaN of nothing.
#[must_use]
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted
        .get(rank.clamp(1, sorted.len().max(1)) - 1)
        .copied()
        .unwrap_or(f64::NAN)
}

/// Arithmetic mean; NaN of nothing.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Sum of the squared distances from the mean.
#[must_use]
pub fn squares(values: &[f64]) -> f64 {
    let middle = mean(values);
    values.iter().map(|value| (value - middle).powi(2)).sum()
}

/// The two-sided quantile of Student's t: with probability `1 - alpha` a variable of `df` degrees
/// of freedom lies between minus this and this. Exact for one and two degrees, else to about 3 %
/// for `alpha` from 0.002 up (Cornish and Fisher's expansion, four terms).
#[must_use]
pub fn student(alpha: f64, df: f64) -> f64 {
    if df < 1.5 {
        return 1.0 / (std::f64::consts::FRAC_PI_2 * alpha).tan();
    }
    if df < 2.5 {
        return (2.0 / (alpha * (2.0 - alpha)) - 2.0).sqrt();
    }
    let z = normal(alpha);
    let z2 = z * z;
    let terms = [
        (z2 + 1.0) / 4.0,
        ((5.0 * z2 + 16.0) * z2 + 3.0) / 96.0,
        (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) / 384.0,
        ((((79.0 * z2 + 776.0) * z2 + 1482.0) * z2 - 1920.0) * z2 - 945.0) / 92_160.0,
    ];
    let series = terms.iter().rev().fold(0.0, |sum, term| (sum + term) / df);
    z * (1.0 + series)
}

/// The same of the normal distribution (Abramowitz and Stegun 26.2.23, to 0.0005).
fn normal(alpha: f64) -> f64 {
    let t = (-2.0 * (alpha / 2.0).ln()).sqrt();
    t - ((0.010_328 * t + 0.802_853) * t + 2.515_517)
        / (((0.001_308 * t + 0.189_269) * t + 1.432_788) * t + 1.0)
}

/// Between which values of the sample the true median lies with about 95 % confidence, by order
/// statistics: cheap enough to ask after every sample. NaN of nothing.
#[must_use]
pub fn median_interval(values: &[f64]) -> [f64; 2] {
    let n = values.len();
    if n == 0 {
        return [f64::NAN; 2];
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    // Ranks n/2 ± 0.98 √n bound the median with 95 %.
    let half = 0.98 * (n as f64).sqrt();
    let low = (n as f64 / 2.0 - half).floor().max(0.0) as usize;
    let high = ((n as f64 / 2.0 + half).ceil() as usize).min(n - 1);
    [sorted[low], sorted[high]]
}

/// Whether the true median lies, with about 95 % confidence, within this share of the sample's.
#[must_use]
pub fn is_within(values: &[f64], share: f64) -> bool {
    let [low, high] = median_interval(values);
    (high - low) / 2.0 <= share * median(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_student_are_the_tables() {
        for (alpha, df, expected) in [
            (0.05, 1.0, 12.706),
            (0.05, 2.0, 4.303),
            (0.05, 3.0, 3.182),
            (0.05, 4.0, 2.776),
            (0.05, 10.0, 2.228),
            (0.05, 30.0, 2.042),
            (0.01, 4.0, 4.604),
            (0.01, 8.0, 3.355),
            (0.002, 6.0, 5.208),
            (0.05, 1e9, 1.960),
        ] {
            let found = student(alpha, df);
            assert!(
                (found / expected - 1.0).abs() < 0.02,
                "{alpha} {df}: {found}"
            );
        }
    }

    #[test]
    fn a_quantile_is_a_value_of_the_sample() {
        let values: Vec<f64> = (1..=20).map(f64::from).collect();
        assert_eq!(quantile(&values, 0.95), 19.0);
        assert_eq!(quantile(&values[..5], 0.95), 5.0);
        assert!(quantile(&[], 0.95).is_nan());
    }
}
