//! Values as ranks: how many of a forest's thresholds each one exceeds.
//!
//! Ranks compare as the values do, and take 16 bits.

/// The rank of a value that exceeds no threshold.
const LOWEST: i32 = i16::MIN as i32;
/// No rank is above it.
pub(super) const NEVER: i16 = i16::MAX;
/// Most thresholds of a feature, which may all be exceeded.
pub(super) const MAX_THRESHOLDS: usize = u16::MAX as usize;

/// Thresholds a bucket, on average. More buckets would take fewer steps, and more memory than is quick.
const PER_BUCKET: usize = 4;

/// The thresholds of some trees.
#[derive(Debug, Clone)]
pub(super) struct Thresholds {
    features: Vec<Feature>,
}

/// One feature's thresholds.
#[derive(Debug, Clone)]
struct Feature {
    /// Column of the rows.
    column: usize,
    /// Ascending, without repeats; behind them as many infinities as a search may look at.
    sorted: Vec<f32>,
    low: f32,
    buckets_per_unit: f32,
    /// How many thresholds lie in lower buckets, of each bucket.
    starts: Vec<u16>,
    /// Steps of a search within a bucket.
    n_steps: u32,
}

impl Feature {
    fn new(column: usize, mut sorted: Vec<f32>) -> Option<Self> {
        sorted.sort_unstable_by(f32::total_cmp);
        // `==`, so that the two zeros are one.
        sorted.dedup();
        let n = sorted.len();
        if n > MAX_THRESHOLDS {
            return None;
        }
        let (low, high) = (sorted[0], sorted[n - 1]);
        let n_buckets = n.div_ceil(PER_BUCKET);
        let mut feature = Self {
            column,
            sorted,
            low,
            buckets_per_unit: n_buckets as f32 / (high - low),
            starts: vec![0; n_buckets],
            n_steps: 0,
        };
        let mut counts = vec![0_usize; n_buckets];
        for &threshold in &feature.sorted {
            counts[feature.bucket(threshold)] += 1;
        }
        let mut start = 0;
        for (at, count) in feature.starts.iter_mut().zip(&counts) {
            *at = start as u16;
            start += count;
        }
        let fullest = counts.into_iter().max().unwrap_or(0);
        feature.n_steps = usize::BITS - fullest.leading_zeros();
        let longest = 1 << feature.n_steps;
        feature.sorted.resize(n + longest, f32::INFINITY);
        Some(feature)
    }

    /// A bucket of equal width. Every operation here keeps the order of values, so a threshold in a
    /// lower bucket is below the value and one in a higher bucket is above it, whatever the rounding.
    #[inline(always)]
    fn bucket(&self, value: f32) -> usize {
        let at = (value - self.low) * self.buckets_per_unit;
        // Not `max` and `min`: these two also turn NaN into 0, in one instruction each.
        let at = if at > 0.0 { at } else { 0.0 };
        let last = (self.starts.len() - 1) as f32;
        let at = if at < last { at } else { last };
        // The lowest bits of a number between 2^23 and 2^24 count its units.
        ((at + 8_388_608.0).to_bits() & 0xffff) as usize
    }

    /// How many thresholds `value` exceeds, counted from [`LOWEST`] on; NaN exceeds none.
    #[inline(always)]
    fn rank(&self, value: f32) -> i16 {
        let mut rank = usize::from(self.starts[self.bucket(value)]);
        for step in (0..self.n_steps).rev() {
            let middle = rank + (1 << step);
            rank = if self.sorted[middle - 1] < value {
                middle
            } else {
                rank
            };
        }
        (rank as i32 + LOWEST) as i16
    }
}

impl Thresholds {
    /// Of `(column, threshold)` pairs. None where ranks of 16 bits are too small for them.
    pub(super) fn new(
        splits: impl Iterator<Item = (usize, f32)>,
        n_columns: usize,
    ) -> Option<Self> {
        let mut of = vec![Vec::new(); n_columns];
        for (column, threshold) in splits {
            of[column].push(threshold);
        }
        let used = of.into_iter().enumerate().filter(|(_, of)| !of.is_empty());
        let features: Option<_> = used.map(|(column, of)| Feature::new(column, of)).collect();
        features.map(|features| Self { features })
    }

    /// Number of features that have thresholds; they are counted from 0 on.
    pub(super) fn n_features(&self) -> usize {
        self.features.len()
    }

    /// The feature in a column, and the rank of one of its thresholds: a value is above the threshold
    /// exactly if its rank is above that.
    pub(super) fn place(&self, column: usize, threshold: f32) -> (usize, i16) {
        let feature = self
            .features
            .partition_point(|feature| feature.column < column);
        (feature, self.features[feature].rank(threshold))
    }

    /// Each feature's column, and how its values rank.
    pub(super) fn features(&self) -> impl Iterator<Item = (usize, impl Fn(f64) -> i16 + '_)> {
        self.features
            .iter()
            .map(|feature| (feature.column, move |value: f64| feature.rank(value as f32)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(thresholds: &[f32], values: &[f32]) {
        let feature = Feature::new(0, thresholds.to_vec()).unwrap();
        for &value in thresholds.iter().chain(values) {
            let mut below: Vec<f32> = thresholds.iter().copied().filter(|&t| t < value).collect();
            below.sort_unstable_by(f32::total_cmp);
            below.dedup();
            let rank = i32::from(feature.rank(value)) - LOWEST;
            assert_eq!(rank as usize, below.len(), "{value} among {thresholds:?}");
        }
    }

    #[test]
    fn ranks_count_the_thresholds_below() {
        let odd = [
            0.0,
            -0.0,
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::MIN,
            f32::MAX,
            1e-45,
            -1e-45,
        ];
        check(&[0.5], &odd);
        check(&[0.0, -0.0, 1e-45], &odd);
        check(&[f32::MIN, f32::MAX], &odd);
        check(&[f32::MIN, -1.0, 0.0, 1e-30, 2e-30, 1.0, f32::MAX], &odd);
        check(&[-1e-45, 1e-45], &odd);
        let even: Vec<f32> = (0..1000).map(|i| i as f32 * 0.37 - 100.0).collect();
        let between: Vec<f32> = even
            .iter()
            .flat_map(|v| [v.next_up(), v.next_down()])
            .collect();
        check(&even, &between);
        // All but one in one bucket.
        let crowded: Vec<f32> = (0..300)
            .map(|i| 1.0 + i as f32 * f32::EPSILON)
            .chain([1e9])
            .collect();
        let between: Vec<f32> = crowded
            .iter()
            .flat_map(|v| [v.next_up(), v.next_down()])
            .collect();
        check(&crowded, &between);
        check(&crowded, &odd);
        let most: Vec<f32> = (0..MAX_THRESHOLDS).map(|i| i as f32).collect();
        let feature = Feature::new(0, most.clone()).unwrap();
        assert_eq!(feature.rank(1e9), NEVER);
        assert_eq!(feature.rank(3.5), (4 + LOWEST) as i16);
        assert!(Feature::new(0, [most, vec![-1.0]].concat()).is_none());
    }
}
