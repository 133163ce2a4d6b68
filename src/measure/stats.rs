//! Statistics of timings: robust ones, since a browser's samples have a long tail to the right.

/// The strategy that all others are compared with.
pub(super) const SERIAL: &str = "serial";

/// The middle value, the mean of the two middle ones for an even number; NaN of nothing.
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    median_of_sorted(&sorted)
}

fn median_of_sorted(sorted: &[f64]) -> f64 {
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

const RESAMPLES: usize = 1000;

/// Medians of seeded resamples, ascending: the bootstrap distribution of the median.
#[must_use]
pub fn bootstrap_medians(values: &[f64], seed: u64) -> Vec<f64> {
    if values.is_empty() {
        return Vec::new();
    }
    let mut rng = SplitMix::new(seed);
    let mut resample = vec![0.0; values.len()];
    let mut medians: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            resample.fill_with(|| values[rng.below(values.len())]);
            resample.sort_by(f64::total_cmp);
            median_of_sorted(&resample)
        })
        .collect();
    medians.sort_by(f64::total_cmp);
    medians
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
