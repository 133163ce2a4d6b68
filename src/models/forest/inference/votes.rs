//! What the trees have said of each row so far, and when that decides.

use std::collections::HashMap;

use crate::models::forest::tree::Tree;
use crate::parallel::pause::pause;

/// Said of a block of rows.
pub(super) trait Tally {
    /// Adds what the next tree says: the number of the leaf that each row reached.
    fn add(&mut self, leaves: &[i32]);

    /// How many of the first `n_rows` rows are certain with `left` trees to come.
    fn n_certain(&mut self, n_rows: usize, left: usize) -> usize {
        (0..n_rows).filter(|&row| self.first(row, left).1).count()
    }

    /// The row's first class of most, and whether that is certain with `left` trees to come.
    fn first(&mut self, row: usize, left: usize) -> (usize, bool);

    /// Moves a row's place; the other's is free.
    fn shift(&mut self, to: usize, from: usize);
}

/// Two classes, pure leaves: the number of a leaf is its class.
pub(super) struct TwoClasses<'a> {
    pub(super) n_trees: usize,
    /// Votes for the second class, a row.
    pub(super) ones: &'a mut [i32],
}

impl TwoClasses<'_> {
    /// Votes for the second class from which on it has won, and votes for it up to which it has lost. In
    /// between the rest decides; a tie goes to the first class.
    fn limits(&self, left: usize) -> (i32, i32) {
        let won = self.n_trees / 2 + 1;
        (won as i32, won as i32 - 1 - left as i32)
    }
}

impl Tally for TwoClasses<'_> {
    fn add(&mut self, leaves: &[i32]) {
        for (ones, leaf) in self.ones.iter_mut().zip(leaves) {
            *ones += leaf;
        }
    }

    fn n_certain(&mut self, n_rows: usize, left: usize) -> usize {
        let (won, lost) = self.limits(left);
        let certain = |&ones: &i32| u32::from(ones >= won || ones <= lost);
        self.ones[..n_rows].iter().map(certain).sum::<u32>() as usize
    }

    fn first(&mut self, row: usize, left: usize) -> (usize, bool) {
        let (won, lost) = self.limits(left);
        let ones = self.ones[row];
        (usize::from(ones >= won), ones >= won || ones <= lost)
    }

    fn shift(&mut self, to: usize, from: usize) {
        self.ones[to] = self.ones[from];
    }
}

/// Pure leaves: the number of a leaf is its class.
pub(super) struct Votes<'a> {
    pub(super) n_classes: usize,
    /// `[row][class]`.
    pub(super) counts: &'a mut [i32],
}

impl Tally for Votes<'_> {
    fn add(&mut self, leaves: &[i32]) {
        for (counts, &leaf) in self.counts.chunks_exact_mut(self.n_classes).zip(leaves) {
            counts[leaf as usize] += 1;
        }
    }

    fn first(&mut self, row: usize, left: usize) -> (usize, bool) {
        let counts = &self.counts[row * self.n_classes..(row + 1) * self.n_classes];
        let (mut first, mut most, mut next) = (0, counts[0], 0);
        for (class, &count) in counts.iter().enumerate().skip(1) {
            if count > most {
                (first, next, most) = (class, most, count);
            } else {
                next = next.max(count);
            }
        }
        (first, left == 0 || most - next > left as i32)
    }

    fn shift(&mut self, to: usize, from: usize) {
        let k = self.n_classes;
        self.counts.copy_within(from * k..(from + 1) * k, to * k);
    }
}

/// Leaves of several classes, as fractions, summed in the order of the trees as scikit-learn does.
pub(super) struct Means<'a> {
    pub(super) n_classes: usize,
    pub(super) n_trees: usize,
    /// `[leaf][class]`.
    pub(super) fractions: &'a Fractions,
    /// `[row][class]`.
    pub(super) sums: &'a mut [f64],
}

impl Means<'_> {
    /// The row's means, once all trees are added.
    pub(super) fn means(&mut self, row: usize) -> &[f64] {
        let sums = &mut self.sums[row * self.n_classes..(row + 1) * self.n_classes];
        for sum in &mut *sums {
            *sum /= self.n_trees as f64;
        }
        sums
    }
}

impl Tally for Means<'_> {
    fn add(&mut self, leaves: &[i32]) {
        for (sums, &leaf) in self.sums.chunks_exact_mut(self.n_classes).zip(leaves) {
            self.fractions.add(leaf as usize, sums);
        }
    }

    fn first(&mut self, row: usize, left: usize) -> (usize, bool) {
        if left == 0 {
            return (argmax(self.means(row)), true);
        }
        let sums = &self.sums[row * self.n_classes..(row + 1) * self.n_classes];
        let first = argmax(sums);
        // Far enough that no rounding of the sums or means can change the order.
        let lead = left as f64 + 1e-3;
        let mut others = sums.iter().enumerate().filter(|&(class, _)| class != first);
        (first, others.all(|(_, sum)| sums[first] - sum > lead))
    }

    fn shift(&mut self, to: usize, from: usize) {
        let k = self.n_classes;
        self.sums.copy_within(from * k..(from + 1) * k, to * k);
    }
}

/// Most numbers that are kept of the fractions of all leaves.
const MOST_FRACTIONS: usize = 1 << 22;

/// Class fractions of all leaves that differ.
#[derive(Debug, Clone, Default)]
pub(super) struct Fractions {
    n_classes: usize,
    /// Whether leaf number `class` is all of that class, and there are no others.
    pub(super) are_pure: bool,
    /// `[leaf][class]`.
    of: Vec<f64>,
}

impl Fractions {
    /// Numbers the leaves of trees by their fractions: the numbers, one tree after the other. None where too
    /// many differ.
    pub(super) async fn number(trees: &[Tree], n_classes: usize) -> Option<(Self, Vec<usize>)> {
        let mut known: HashMap<Vec<(usize, u64)>, usize> = HashMap::new();
        let mut of = vec![0.0; n_classes * n_classes];
        of.iter_mut()
            .step_by(n_classes + 1)
            .for_each(|own| *own = 1.0);
        let mut leaves = Vec::with_capacity(trees.iter().map(Tree::n_leaves).sum());
        for tree in trees {
            for leaf in 0..tree.n_leaves() {
                if let [[class, _]] = tree.leaf(leaf) {
                    leaves.push(*class as usize);
                    continue;
                }
                let bits = |(class, fraction): (usize, f64)| (class, fraction.to_bits());
                let key = tree.fractions(leaf).map(bits).collect();
                let start = of.len();
                leaves.push(*known.entry(key).or_insert_with(|| {
                    of.resize(start + n_classes, 0.0);
                    for (class, fraction) in tree.fractions(leaf) {
                        of[start + class] = fraction;
                    }
                    start / n_classes
                }));
                if of.len() > MOST_FRACTIONS {
                    return None;
                }
            }
            pause().await;
        }
        let fractions = Self {
            n_classes,
            are_pure: known.is_empty(),
            of,
        };
        Some((fractions, leaves))
    }

    /// Number of leaves that differ.
    pub(super) fn len(&self) -> usize {
        self.of.len() / self.n_classes
    }

    /// Adds a leaf's fractions to those of other leaves.
    #[inline]
    pub(super) fn add(&self, leaf: usize, sums: &mut [f64]) {
        let fractions = &self.of[leaf * self.n_classes..(leaf + 1) * self.n_classes];
        for (sum, fraction) in sums.iter_mut().zip(fractions) {
            *sum += fraction;
        }
    }
}

/// The place of the first maximum.
pub(super) fn argmax(values: &[f64]) -> usize {
    let mut first = 0;
    for (i, value) in values.iter().enumerate() {
        if *value > values[first] {
            first = i;
        }
    }
    first
}
