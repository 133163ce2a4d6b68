//! The best split of one node.

use std::mem::take;

use super::criterion::{Criterion, gini, proxy, sum_of_squares};
pub use super::feature_ranks::Ranks;
use super::sort::{Key, Room, sort_by_rank, sort_long};
use crate::data::scratch::{Scratch, kept};
use crate::parallel::pause::{PIECE, Pace};

/// A sample of a tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// Row of the matrix.
    pub(crate) row: u32,
    /// `weight << class_bits | class`.
    pub(crate) payload: u32,
}

kept!(Sample: Sample { row: 0, payload: 0 });

/// How a sample's weight and class share an integer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// Bits of the class.
    pub(crate) class_bits: u32,
    /// Bits of weight and class together.
    pub(crate) shift: u32,
}

/// The best split so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Split {
    /// Feature it tests.
    pub(crate) feature: usize,
    /// Largest rank that goes left.
    pub(crate) below: u32,
    /// Smallest rank that goes right.
    pub(crate) above: u32,
    /// What was maximised.
    pub(crate) proxy: f64,
}

/// Searches one node's splits; its buffers are kept between nodes.
#[derive(Debug)]
pub(crate) struct Splitter<'a, K: Key> {
    ranks: &'a Ranks,
    layout: Layout,
    criterion: Criterion,
    min_leaf: usize,
    keys: Scratch<K>,
    room: Room<K>,
    left: Scratch<u64>,
    right: Scratch<u64>,
}

impl<'a, K: Key> Splitter<'a, K> {
    /// A splitter for trees of these ranks and of nodes of about so many samples.
    #[must_use]
    pub(crate) fn new(
        ranks: &'a Ranks,
        layout: Layout,
        criterion: Criterion,
        min_leaf: usize,
        n_samples: usize,
    ) -> Self {
        Self {
            ranks,
            layout,
            criterion,
            min_leaf,
            keys: Scratch::empty(n_samples),
            room: Room::of(n_samples),
            left: Scratch::default(),
            right: Scratch::default(),
        }
    }

    /// Looks for a better split of a node on `feature`; false if the feature is constant there.
    ///
    /// `counts` are the node's weights a class.
    ///
    /// Not inlined: within work that pauses the compiler keeps what its loops need in memory.
    #[inline(never)]
    pub(crate) fn evaluate(
        &mut self,
        samples: &[Sample],
        counts: &[u64],
        feature: usize,
        best: &mut Option<Split>,
    ) -> bool {
        self.keys.clear();
        let (low, high) = self.gather(samples, feature);
        if low >= high || !self.ranks.apart(feature, low, high) {
            return false;
        }
        let shift = self.layout.shift;
        sort_by_rank(&mut self.keys, &mut self.room, low, high, shift);
        let mut scan = self.begin(counts);
        self.scan(&mut scan, samples.len(), feature, counts, best);
        true
    }

    /// Whether `evaluate` would take long.
    pub(crate) fn is_long(&self, n_samples: usize, n_classes: usize) -> bool {
        n_samples * self.work_of_split(n_classes) > PIECE
    }

    /// The same as `evaluate`, with pauses.
    pub(crate) async fn evaluate_long(
        &mut self,
        samples: &[Sample],
        counts: &[u64],
        feature: usize,
        best: &mut Option<Split>,
        pace: &mut Pace,
    ) -> bool {
        self.keys.clear();
        let (mut low, mut high) = (u32::MAX, 0);
        for samples in samples.chunks(PIECE) {
            let (lowest, highest) = self.gather(samples, feature);
            (low, high) = (low.min(lowest), high.max(highest));
            pace.after(PIECE).await;
        }
        if low >= high || !self.ranks.apart(feature, low, high) {
            return false;
        }
        let (keys, spare) = (&mut self.keys, &mut self.room.keys);
        sort_long(keys, spare, high, self.layout.shift, pace).await;
        let mut scan = self.begin(counts);
        let piece = (PIECE / self.work_of_split(counts.len())).max(1);
        while scan.n_left < samples.len() {
            let end = samples.len().min(scan.n_left + piece);
            self.scan(&mut scan, end, feature, counts, best);
            pace.after(PIECE).await;
        }
        true
    }

    /// How many numbers are looked at to judge one split.
    fn work_of_split(&self, n_classes: usize) -> usize {
        match self.criterion {
            Criterion::Gini => 1,
            Criterion::Entropy => n_classes,
        }
    }

    /// Appends keys of samples; gives their lowest and highest rank.
    fn gather(&mut self, samples: &[Sample], feature: usize) -> (u32, u32) {
        let (column, shift) = (self.ranks.of(feature), self.layout.shift);
        let (mut low, mut high) = (u32::MAX, 0);
        self.keys.extend(samples.iter().map(|sample| {
            let rank = column[sample.row as usize];
            low = low.min(rank);
            high = high.max(rank);
            K::pack(rank, sample.payload, shift)
        }));
        (low, high)
    }

    /// All samples are on the right.
    fn begin(&mut self, counts: &[u64]) -> Scan {
        let mut scan = Scan::default();
        if !self.is_simple(counts) {
            self.left = Scratch::zeros(counts.len());
            self.right = Scratch::of(counts);
            scan.squares_right = sum_of_squares(counts);
        }
        scan
    }

    /// Whether `scan_two` does.
    fn is_simple(&self, counts: &[u64]) -> bool {
        self.criterion == Criterion::Gini && counts.len() == 2
    }

    /// Judges the splits that have up to `end` samples on the left.
    fn scan(
        &mut self,
        scan: &mut Scan,
        end: usize,
        feature: usize,
        counts: &[u64],
        best: &mut Option<Split>,
    ) {
        match counts {
            &[zeros, ones] if self.is_simple(counts) => {
                self.scan_two(scan, end, feature, [zeros as f64, ones as f64], best);
            }
            _ => self.scan_any(scan, end, feature, counts, best),
        }
        scan.n_left = end;
    }

    /// The keys of splits up to `end`, in pairs.
    fn pairs(&self, scan: &Scan, end: usize) -> impl Iterator<Item = (usize, &[K])> {
        let keys = &self.keys[scan.n_left..self.keys.len().min(end + 1)];
        (scan.n_left + 1..).zip(keys.windows(2))
    }

    /// Gini with two classes.
    fn scan_two(
        &self,
        scan: &mut Scan,
        end: usize,
        feature: usize,
        [zeros, ones]: [f64; 2],
        best: &mut Option<Split>,
    ) {
        let (shift, n) = (self.layout.shift, self.keys.len());
        let mask = (1_u32 << shift) - 1;
        let total = zeros + ones;
        let [mut weight, mut class1] = scan.weights;
        let mut best_proxy = best.map_or(f64::NEG_INFINITY, |split| split.proxy);
        for (n_left, pair) in self.pairs(scan, end) {
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
                    proxy: value,
                });
            }
        }
        scan.weights = [weight, class1];
    }

    /// Any criterion and number of classes.
    fn scan_any(
        &mut self,
        scan: &mut Scan,
        end: usize,
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
        // Whole numbers throughout, so updating the squares gives what summing them anew would.
        let (mut wl, mut squares_left, mut squares_right) =
            (scan.weight, scan.squares_left, scan.squares_right);
        let mut best_proxy = best.map_or(f64::NEG_INFINITY, |split| split.proxy);
        let (mut left, mut right) = (take(&mut self.left), take(&mut self.right));
        for (n_left, pair) in self.pairs(scan, end) {
            let payload = pair[0].low() & mask;
            let (class, weight) = (
                (payload & class_mask) as usize,
                u64::from(payload >> class_bits),
            );
            let w = weight as f64;
            squares_left += w * (2.0 * left[class] as f64 + w);
            squares_right -= w * (2.0 * right[class] as f64 - w);
            left[class] += weight;
            right[class] -= weight;
            wl += w;
            let (below, above) = (pair[0].rank(shift), pair[1].rank(shift));
            if below == above
                || n_left < self.min_leaf
                || n - n_left < self.min_leaf
                || !self.ranks.apart(feature, below, above)
            {
                continue;
            }
            let wr = total - wl;
            let (impurity_left, impurity_right) = match self.criterion {
                Criterion::Gini => (gini(squares_left, wl), gini(squares_right, wr)),
                Criterion::Entropy => (
                    self.criterion.impurity(&left),
                    self.criterion.impurity(&right),
                ),
            };
            let value = proxy(wl, impurity_left, wr, impurity_right);
            if value > best_proxy {
                best_proxy = value;
                *best = Some(Split {
                    feature,
                    below,
                    above,
                    proxy: value,
                });
            }
        }
        (self.left, self.right) = (left, right);
        (scan.weight, scan.squares_left, scan.squares_right) = (wl, squares_left, squares_right);
    }
}

/// How far the look for a feature's best split has come, and what is on either side there.
#[derive(Debug, Default)]
struct Scan {
    n_left: usize,
    /// Of all classes and of the second, where there are two.
    weights: [u32; 2],
    /// Of any number.
    weight: f64,
    squares_left: f64,
    squares_right: f64,
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::feature_ranks::Column;
    use super::*;
    use crate::parallel::pause::whole;
    use ndarray::Array2;

    #[test]
    fn long_nodes_are_split_as_short_ones_are() {
        for (n, k, criterion) in [
            (100_000, 2, Criterion::Gini),
            (100_000, 5, Criterion::Gini),
            (2000, 40, Criterion::Entropy),
        ] {
            let value = |i: usize| (i * 7919 % 30_011) as f64 / 7.0;
            let x = Array2::from_shape_fn((n, 1), |(row, _)| value(row));
            let column = whole(Column::new(x.view(), 0));
            let ranks = Ranks::of_columns(n, vec![column]).unwrap();
            let class_bits = usize::BITS - (k - 1_usize).leading_zeros();
            let layout = Layout {
                class_bits,
                shift: class_bits + 2,
            };
            let mut counts = vec![0; k];
            let samples: Vec<Sample> = (0..n)
                .map(|row| {
                    let class = (value(row) / 900.0 + (row * 31 % 17) as f64) as usize % k;
                    let weight = 1 + row % 3;
                    counts[class] += weight as u64;
                    Sample {
                        row: row as u32,
                        payload: (weight << class_bits | class) as u32,
                    }
                })
                .collect();
            let mut splitter = Splitter::<u64>::new(&ranks, layout, criterion, 5, 0);
            assert!(splitter.is_long(n, k));
            let (mut short, mut long) = (None, None);
            assert!(splitter.evaluate(&samples, &counts, 0, &mut short));
            let mut pace = Pace::default();
            let looked = splitter.evaluate_long(&samples, &counts, 0, &mut long, &mut pace);
            assert!(whole(looked));
            assert_eq!(format!("{long:?}"), format!("{short:?}"));
            assert!(short.is_some());
        }
    }
}
