//! Predicting with a forest: blocks of rows go through all trees until their class is certain.

use super::hop::NARROW;
use super::packed::{Packed, Room, pack};
use super::ranked::{LANES, MAX_ROWS, Ranked};
use super::tally::{Fractions, Means, Tally, TwoClasses, Votes, argmax, fractions};
use super::tree::{Node, Tree};

/// Room for a block's votes or sums.
const MAX_SUMS: usize = 4096;
/// Between how many trees it is asked which rows are certain.
const ASK: usize = 2;
/// Certain rows are taken out once they are this share of all.
const SHARE: usize = 8;
/// Up to so many narrow rows, each is walked down several trees at once instead.
const FEW: usize = 5;
/// Most classes for that.
const FEW_CLASSES: usize = 64;

/// A forest laid out for prediction; rebuilt from the trees, never saved.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    n_features: usize,
    n_classes: usize,
    n_trees: usize,
    leaves: Fractions,
    layout: Layout,
}

#[derive(Debug, Clone)]
enum Layout {
    Packed(Vec<Packed>),
    /// The trees as they are, where they or their rows do not fit the quick way.
    Plain(Vec<(Vec<Node>, Tree)>),
}

impl Walk {
    pub(super) fn new(n_features: usize, n_classes: usize, trees: &[Tree]) -> Self {
        Self::of_narrow(n_features, n_classes, trees, NARROW)
    }

    /// With the layout for narrow rows up to so many features.
    fn of_narrow(n_features: usize, n_classes: usize, trees: &[Tree], narrow: usize) -> Self {
        let (leaves, numbers) = Fractions::number(trees, n_classes);
        let grown: Vec<_> = trees.iter().map(Tree::nodes).zip(numbers).collect();
        let packed = if n_classes * LANES <= MAX_SUMS {
            pack(&grown, n_features, leaves.len(), narrow)
        } else {
            None
        };
        let plain = || {
            Layout::Plain(
                grown
                    .into_iter()
                    .map(|(nodes, _)| nodes)
                    .zip(trees.iter().cloned())
                    .collect(),
            )
        };
        Self {
            n_features,
            n_classes,
            n_trees: trees.len(),
            leaves,
            layout: packed.map_or_else(plain, Layout::Packed),
        }
    }

    /// A label a row.
    pub(super) fn predict_into(&self, x: &[f64], classes: &[i32], out: &mut [i32]) {
        let (k, n_trees) = (self.n_classes, self.n_trees);
        let packed = match &self.layout {
            Layout::Packed(packed) => packed,
            Layout::Plain(trees) => {
                let mut sums = vec![0.0; k];
                for (row, label) in x.chunks_exact(self.n_features).zip(out) {
                    plain_proba(trees, row, &mut sums);
                    *label = classes[argmax(&sums)];
                }
                return;
            }
        };
        if self.are_few(packed, out.len()) {
            for (row, label) in x.chunks_exact(self.n_features).zip(out) {
                self.row(packed, row, true, |sums| *label = classes[argmax(sums)]);
            }
            return;
        }
        let mut ranked = Ranked::new();
        let n_rows = self.block_rows(packed);
        let blocks = x
            .chunks(n_rows * self.n_features)
            .zip(out.chunks_mut(n_rows));
        if !self.leaves.are_pure {
            let mut sums = [0.0; MAX_SUMS];
            for (x, out) in blocks {
                let sums = &mut sums[..out.len().max(1) * k];
                sums.fill(0.0);
                let fractions = &self.leaves;
                let tally = Means {
                    n_classes: k,
                    n_trees,
                    fractions,
                    sums,
                };
                self.label(packed, &mut ranked, x, tally, classes, out);
            }
            return;
        }
        let mut counts = [0; MAX_SUMS];
        for (x, out) in blocks {
            if k == 2 {
                let ones = &mut counts[..out.len()];
                ones.fill(0);
                self.label(
                    packed,
                    &mut ranked,
                    x,
                    TwoClasses { n_trees, ones },
                    classes,
                    out,
                );
            } else {
                let counts = &mut counts[..out.len() * k];
                counts.fill(0);
                self.label(
                    packed,
                    &mut ranked,
                    x,
                    Votes {
                        n_classes: k,
                        counts,
                    },
                    classes,
                    out,
                );
            }
        }
    }

    /// `n_classes` probabilities a row.
    pub(super) fn predict_proba_into(&self, x: &[f64], out: &mut [f64]) {
        let (k, n_trees) = (self.n_classes, self.n_trees);
        let packed = match &self.layout {
            Layout::Packed(packed) => packed,
            Layout::Plain(trees) => {
                for (row, out) in x.chunks_exact(self.n_features).zip(out.chunks_exact_mut(k)) {
                    plain_proba(trees, row, out);
                }
                return;
            }
        };
        if self.are_few(packed, out.len() / k) {
            for (row, out) in x.chunks_exact(self.n_features).zip(out.chunks_exact_mut(k)) {
                self.row(packed, row, false, |sums| out.copy_from_slice(sums));
            }
            return;
        }
        let mut ranked = Ranked::new();
        let n_rows = self.block_rows(packed);
        let (numbers, mut room) = (numbers(), Room::new());
        for (x, out) in x
            .chunks(n_rows * self.n_features)
            .zip(out.chunks_mut(n_rows * k))
        {
            out.fill(0.0);
            let fractions = &self.leaves;
            let mut tally = Means {
                n_classes: k,
                n_trees,
                fractions,
                sums: out,
            };
            let n = x.len() / self.n_features;
            for packed in packed {
                packed.rank(x, self.n_features, &numbers[..n], &mut ranked);
                for tree in 0..packed.n_trees() {
                    tally.add(packed.walk(tree, &ranked, n, &mut room));
                }
            }
            for row in 0..n {
                tally.means(row);
            }
        }
    }

    fn block_rows(&self, packed: &[Packed]) -> usize {
        let widest = packed.iter().map(Packed::n_features).max().unwrap_or(0);
        let n_rows = Ranked::n_rows(widest).min(MAX_SUMS / self.n_classes);
        n_rows - n_rows % LANES
    }

    fn are_few(&self, packed: &[Packed], n_rows: usize) -> bool {
        n_rows <= FEW && self.n_classes <= FEW_CLASSES && packed.iter().all(Packed::is_narrow)
    }

    /// One row, several trees at once. Gives its means, or where `only_first` suffices, anything with the
    /// same first maximum.
    fn row(&self, packed: &[Packed], x: &[f64], only_first: bool, done: impl FnOnce(&[f64])) {
        let mut sums = [0.0; FEW_CLASSES];
        let sums = &mut sums[..self.n_classes];
        let (n_classes, n_trees, fractions) = (self.n_classes, self.n_trees, &self.leaves);
        let mut left = n_trees;
        for packed in packed {
            packed.walk_row(x, |leaves| {
                for &leaf in leaves {
                    fractions.add(leaf as usize, sums);
                }
                left -= leaves.len();
                let mut tally = Means {
                    n_classes,
                    n_trees,
                    fractions,
                    sums,
                };
                !(only_first && left <= n_trees / 2 && left > 0 && tally.first(0, left).1)
            });
        }
        let mut tally = Means {
            n_classes,
            n_trees,
            fractions,
            sums,
        };
        done(tally.means(0));
    }

    /// Labels a block of rows. They leave as soon as their class is certain.
    fn label(
        &self,
        packed: &[Packed],
        ranked: &mut Ranked,
        x: &[f64],
        mut tally: impl Tally,
        classes: &[i32],
        out: &mut [i32],
    ) {
        let (mut numbers, mut n, mut left) = (numbers(), out.len(), self.n_trees);
        let (mut kept, mut room) = ([0; MAX_ROWS], Room::new());
        for packed in packed {
            packed.rank(x, self.n_features, &numbers[..n], ranked);
            for tree in 0..packed.n_trees() {
                tally.add(packed.walk(tree, ranked, n, &mut room));
                left -= 1;
                // No class leads by more than half before half of the trees.
                let is_early = left > self.n_trees / 2 || left % ASK != 0;
                if left > 0 && (is_early || tally.n_certain(n, left) * SHARE < n) {
                    continue;
                }
                let mut n_kept = 0;
                for row in 0..n {
                    let (first, certain) = tally.first(row, left);
                    out[usize::from(numbers[row])] = classes[first];
                    tally.shift(n_kept, row);
                    numbers[n_kept] = numbers[row];
                    kept[n_kept] = row as u16;
                    n_kept += usize::from(!certain);
                }
                n = n_kept;
                if n == 0 {
                    return;
                }
                ranked.keep(&kept[..n]);
            }
        }
    }
}

/// The numbers of a block's rows.
fn numbers() -> [u16; MAX_ROWS] {
    std::array::from_fn(|row| row as u16)
}

/// scikit-learn's probabilities, one row and tree after the other.
fn plain_proba(trees: &[(Vec<Node>, Tree)], row: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    for (nodes, tree) in trees {
        for (sum, fraction) in out
            .iter_mut()
            .zip(fractions(tree.leaf(Tree::leaf_of(nodes, row))))
        {
            *sum += fraction;
        }
    }
    for sum in out {
        *sum /= trees.len() as f64;
    }
}
