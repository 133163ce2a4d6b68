//! The best split of a node, as scikit-learn's `BestSplitter` finds it, draw for draw.
//!
//! Features are ranked once per matrix; a node sorts ranks instead of values. Bootstrap weights are
//! whole numbers, so every class sum is exact and no order of equal values, and no other way of
//! sorting, can change a split.

use ndarray::ArrayView2;

use super::impurity::{Criterion, Sums};
use crate::data::dataset::try_vec;
use crate::error::Result;

/// Values closer than this are one value (scikit-learn's `FEATURE_THRESHOLD`).
const THRESHOLD: f32 = 1e-7;

/// Every feature of a matrix by rank: shared by all trees, folds and fits on it.
#[derive(Debug)]
pub struct Ranks {
    n_samples: usize,
    /// Rank of each row among the distinct values of a feature, feature by feature.
    ranks: Vec<u32>,
    /// Distinct values of each feature, ascending.
    values: Vec<Vec<f32>>,
}

impl Ranks {
    /// Ranks the columns of `x`, `(n_samples, n_features)`, as `f32`.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new(x: ArrayView2<'_, f64>) -> Result<Self> {
        let n_samples = x.nrows();
        let mut ranks = try_vec("the ranks", n_samples, x.ncols())?;
        let mut values = Vec::with_capacity(x.ncols());
        for column in x.columns() {
            // + 0.0 makes −0 and 0 one value.
            let column: Vec<f32> = column.iter().map(|&value| value as f32 + 0.0).collect();
            let mut distinct = column.clone();
            distinct.sort_unstable_by(f32::total_cmp);
            distinct.dedup();
            ranks.extend(
                column
                    .iter()
                    .map(|value| distinct.partition_point(|other| other < value) as u32),
            );
            values.push(distinct);
        }
        Ok(Self {
            n_samples,
            ranks,
            values,
        })
    }

    /// Number of features.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.values.len()
    }

    /// Ranks of all rows for one feature.
    pub(super) fn of(&self, feature: usize) -> &[u32] {
        &self.ranks[feature * self.n_samples..(feature + 1) * self.n_samples]
    }
}

/// A row of the tree's sample with what it weighs and its class.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) row: u32,
    /// `weight << CLASS_BITS | class`.
    pub(super) payload: u32,
}

pub(super) const CLASS_BITS: u32 = 12;
pub(super) const CLASS_MASK: u32 = (1 << CLASS_BITS) - 1;

impl Sample {
    pub(super) fn class(self) -> usize {
        (self.payload & CLASS_MASK) as usize
    }

    pub(super) fn weight(self) -> f64 {
        f64::from(self.payload >> CLASS_BITS)
    }
}

/// scikit-learn's `our_rand_r`: xorshift.
#[derive(Debug, Clone)]
pub(super) struct XorShift(pub(super) u32);

impl XorShift {
    /// A whole number in `low..high`.
    fn int(&mut self, low: usize, high: usize) -> usize {
        if self.0 == 0 {
            self.0 = 1;
        }
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        low + ((self.0 & 0x7fff_ffff) as usize) % (high - low)
    }
}

/// A split: rows with a rank up to `rank` of `feature` go left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Split {
    pub(super) feature: usize,
    pub(super) rank: u32,
    pub(super) threshold: f64,
}

/// What one tree's splits carry along from node to node.
#[derive(Debug)]
pub(super) struct Splitter<'a> {
    ranks: &'a Ranks,
    criterion: Criterion,
    max_features: usize,
    min_samples_leaf: usize,
    random: XorShift,
    /// Both belong to the tree: nodes leave them as their draws made them.
    features: Vec<usize>,
    constant_features: Vec<usize>,
    /// `rank << 32 | payload` of the node's samples, and room to sort them.
    keys: Vec<u64>,
    spare: Vec<u64>,
    left: Sums,
    right: Sums,
}

impl<'a> Splitter<'a> {
    pub(super) fn new(
        ranks: &'a Ranks,
        criterion: Criterion,
        n_classes: usize,
        max_features: usize,
        min_samples_leaf: usize,
        random: XorShift,
    ) -> Self {
        Self {
            ranks,
            criterion,
            max_features,
            min_samples_leaf,
            random,
            features: (0..ranks.n_features()).collect(),
            constant_features: vec![0; ranks.n_features()],
            keys: Vec::new(),
            spare: Vec::new(),
            left: Sums::new(n_classes),
            right: Sums::new(n_classes),
        }
    }

    /// The best split of `samples`, whose class sums are `total`; `n_constant` is what the parent
    /// knew, and becomes what the children know, of constant features.
    pub(super) fn best_split(
        &mut self,
        samples: &[Sample],
        total: &Sums,
        n_constant: &mut usize,
    ) -> Option<Split> {
        let known = *n_constant;
        let (mut drawn, mut found, mut visited) = (0, 0, 0);
        let mut f_i = self.features.len();
        let mut n_total = known;
        let mut best = None;
        let mut best_proxy = f64::NEG_INFINITY;
        while f_i > n_total && (visited < self.max_features || visited <= found + drawn) {
            visited += 1;
            let mut f_j = self.random.int(drawn, f_i - found);
            if f_j < known {
                self.features.swap(drawn, f_j);
                drawn += 1;
                continue;
            }
            f_j += found;
            let feature = self.features[f_j];
            let values = &self.ranks.values[feature];
            let (least, most) = self.gather(samples, feature);
            if values[most as usize] <= values[least as usize] + THRESHOLD {
                self.features.swap(f_j, n_total);
                found += 1;
                n_total += 1;
                continue;
            }
            f_i -= 1;
            self.features.swap(f_i, f_j);
            sort_by_rank(&mut self.keys, &mut self.spare, least, most);
            if let Some(split) = self.scan(feature, total, &mut best_proxy) {
                best = Some(split);
            }
        }
        self.features[..known].copy_from_slice(&self.constant_features[..known]);
        self.constant_features[known..known + found]
            .copy_from_slice(&self.features[known..known + found]);
        *n_constant = n_total;
        best
    }

    /// Collects the keys of one feature; the smallest and the largest rank.
    fn gather(&mut self, samples: &[Sample], feature: usize) -> (u32, u32) {
        let ranks = self.ranks.of(feature);
        let (mut least, mut most) = (u32::MAX, 0);
        self.keys.clear();
        self.keys.extend(samples.iter().map(|sample| {
            let rank = ranks[sample.row as usize];
            least = least.min(rank);
            most = most.max(rank);
            u64::from(rank) << 32 | u64::from(sample.payload)
        }));
        (least, most)
    }

    /// The best place to cut the sorted keys, if it beats `best_proxy`.
    fn scan(&mut self, feature: usize, total: &Sums, best_proxy: &mut f64) -> Option<Split> {
        let values = &self.ranks.values[feature];
        let keys = &self.keys;
        let n = keys.len();
        let mut best = None;
        self.left.clear();
        self.right.copy_from(total);
        for p in 1..n {
            let before = keys[p - 1];
            let payload = before as u32;
            let weight = f64::from(payload >> CLASS_BITS);
            let class = (payload & CLASS_MASK) as usize;
            self.left.add(class, weight);
            self.right.add(class, -weight);
            let (rank, next) = ((before >> 32) as u32, (keys[p] >> 32) as u32);
            if rank == next || p < self.min_samples_leaf || n - p < self.min_samples_leaf {
                continue;
            }
            let (low, high) = (values[rank as usize], values[next as usize]);
            if high <= low + THRESHOLD {
                continue;
            }
            let proxy = self.criterion.proxy(&self.left, &self.right);
            if proxy > *best_proxy {
                *best_proxy = proxy;
                let threshold = f64::from(low) / 2.0 + f64::from(high) / 2.0;
                best = Some(Split {
                    feature,
                    rank,
                    threshold,
                });
            }
        }
        best
    }
}

/// Below this many keys the general sort is as fast.
const RADIX_FROM: usize = 96;
const DIGIT_BITS: u32 = 8;

/// Sorts keys by rank, which lies in `least..=most`: digit by digit, lowest first.
fn sort_by_rank(keys: &mut Vec<u64>, spare: &mut Vec<u64>, least: u32, most: u32) {
    if keys.len() < RADIX_FROM {
        keys.sort_unstable();
        return;
    }
    spare.resize(keys.len(), 0);
    let n_bits = u32::BITS - (most - least).leading_zeros();
    let base = u64::from(least) << 32;
    let mut shift = 32;
    while shift < 32 + n_bits {
        let digit = |key: u64| (((key - base) >> shift) & ((1 << DIGIT_BITS) - 1)) as usize;
        let mut starts = [0_u32; 1 << DIGIT_BITS];
        for &key in keys.iter() {
            starts[digit(key)] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += std::mem::replace(start, sum);
        }
        for &key in keys.iter() {
            let place = &mut starts[digit(key)];
            spare[*place as usize] = key;
            *place += 1;
        }
        std::mem::swap(keys, spare);
        shift += DIGIT_BITS;
    }
}
