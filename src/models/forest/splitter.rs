//! The best split of one node.

use super::criterion::{Criterion, gini, proxy, sum_of_squares};
pub use super::ranks::Ranks;
use super::sort::{Key, Scratch, sort_by_rank};

/// A sample of a tree.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sample {
    /// Row of the matrix.
    pub row: u32,
    /// `weight << class_bits | class`.
    pub payload: u32,
}

/// How a sample's weight and class share an integer.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Bits of the class.
    pub class_bits: u32,
    /// Bits of weight and class together.
    pub shift: u32,
}

/// The best split so far.
#[derive(Debug, Clone, Copy)]
pub struct Split {
    /// Feature it tests.
    pub feature: usize,
    /// Largest rank that goes left.
    pub below: u32,
    /// Smallest rank that goes right.
    pub above: u32,
    /// Samples that go left.
    pub n_left: usize,
    /// What was maximised.
    pub proxy: f64,
}

/// Searches one node's splits; its buffers are kept between nodes.
#[derive(Debug)]
pub struct Splitter<'a, K> {
    ranks: &'a Ranks,
    layout: Layout,
    criterion: Criterion,
    min_leaf: usize,
    keys: Vec<K>,
    scratch: Scratch<K>,
    left: Vec<u64>,
    right: Vec<u64>,
}

impl<'a, K: Key> Splitter<'a, K> {
    /// A splitter for trees of these ranks.
    #[must_use]
    pub fn new(ranks: &'a Ranks, layout: Layout, criterion: Criterion, min_leaf: usize) -> Self {
        let (keys, left, right) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            ranks,
            layout,
            criterion,
            min_leaf,
            keys,
            scratch: Scratch::default(),
            left,
            right,
        }
    }

    /// Looks for a better split of a node on `feature`; false if the feature is constant there.
    ///
    /// `counts` are the node's weights a class.
    pub fn evaluate(
        &mut self,
        samples: &[Sample],
        counts: &[u64],
        feature: usize,
        best: &mut Option<Split>,
    ) -> bool {
        let (column, shift) = (self.ranks.of(feature), self.layout.shift);
        self.keys.clear();
        let (mut low, mut high) = (u32::MAX, 0);
        self.keys.extend(samples.iter().map(|sample| {
            let rank = column[sample.row as usize];
            low = low.min(rank);
            high = high.max(rank);
            K::pack(rank, sample.payload, shift)
        }));
        if low >= high || !self.ranks.apart(feature, low, high) {
            return false;
        }
        sort_by_rank(&mut self.keys, &mut self.scratch, low, high, shift);
        match (self.criterion, counts) {
            (Criterion::Gini, &[zeros, ones]) => {
                self.scan_two(feature, zeros as f64, ones as f64, best)
            }
            (criterion, _) => self.scan(criterion, feature, counts, best),
        }
        true
    }

    /// Gini with two classes.
    fn scan_two(&self, feature: usize, zeros: f64, ones: f64, best: &mut Option<Split>) {
        let (shift, n) = (self.layout.shift, self.keys.len());
        let mask = (1_u32 << shift) - 1;
        let total = zeros + ones;
        let (mut weight, mut class1) = (0_u32, 0_u32);
        let mut best_proxy = best.map_or(f64::NEG_INFINITY, |split| split.proxy);
        for (i, pair) in self.keys.windows(2).enumerate() {
            let payload = pair[0].low() & mask;
            weight += payload >> 1;
            class1 += (payload >> 1) * (payload & 1);
            let (below, above) = (pair[0].rank(shift), pair[1].rank(shift));
            if below == above {
                continue;
            }
            let (wl, l1) = (f64::from(weight), f64::from(class1));
            let (l0, wr, r1) = (wl - l1, total - wl, ones - l1);
            let r0 = wr - r1;
            let value = proxy(
                wl,
                gini(l0 * l0 + l1 * l1, wl),
                wr,
                gini(r0 * r0 + r1 * r1, wr),
            );
            let n_left = i + 1;
            if value > best_proxy
                && n_left >= self.min_leaf
                && n - n_left >= self.min_leaf
                && self.ranks.apart(feature, below, above)
            {
                best_proxy = value;
                *best = Some(Split {
                    feature,
                    below,
                    above,
                    n_left,
                    proxy: value,
                });
            }
        }
    }

    /// Any criterion and number of classes.
    fn scan(
        &mut self,
        criterion: Criterion,
        feature: usize,
        counts: &[u64],
        best: &mut Option<Split>,
    ) {
        let (Layout { class_bits, shift }, n) = (self.layout, self.keys.len());
        let (mask, class_mask) = (
            ((1_u64 << shift) - 1) as u32,
            ((1_u64 << class_bits) - 1) as u32,
        );
        let total = counts.iter().sum::<u64>() as f64;
        self.left.clear();
        self.left.resize(counts.len(), 0);
        self.right.clear();
        self.right.extend_from_slice(counts);
        // Whole numbers throughout, so updating the squares gives what summing them anew would.
        let (mut wl, mut squares_left, mut squares_right) = (0.0, 0.0, sum_of_squares(counts));
        let mut best_proxy = best.map_or(f64::NEG_INFINITY, |split| split.proxy);
        for (i, pair) in self.keys.windows(2).enumerate() {
            let payload = pair[0].low() & mask;
            let (class, weight) = (
                (payload & class_mask) as usize,
                u64::from(payload >> class_bits),
            );
            let w = weight as f64;
            squares_left += w * (2.0 * self.left[class] as f64 + w);
            squares_right -= w * (2.0 * self.right[class] as f64 - w);
            self.left[class] += weight;
            self.right[class] -= weight;
            wl += w;
            let (below, above) = (pair[0].rank(shift), pair[1].rank(shift));
            let n_left = i + 1;
            if below == above
                || n_left < self.min_leaf
                || n - n_left < self.min_leaf
                || !self.ranks.apart(feature, below, above)
            {
                continue;
            }
            let wr = total - wl;
            let (left, right) = match criterion {
                Criterion::Gini => (gini(squares_left, wl), gini(squares_right, wr)),
                Criterion::Entropy => (
                    criterion.impurity(&self.left),
                    criterion.impurity(&self.right),
                ),
            };
            let value = proxy(wl, left, wr, right);
            if value > best_proxy {
                best_proxy = value;
                *best = Some(Split {
                    feature,
                    below,
                    above,
                    n_left,
                    proxy: value,
                });
            }
        }
    }
}
