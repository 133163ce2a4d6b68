//! Predicting with a forest: blocks of rows go through all trees until their class is certain.

use super::layout::{Grown, LANES, MAX_ROWS, NARROW};
use super::packed_tree::{Packed, Room, pack};
use super::ranked_rows::Ranked;
use super::votes::{Fractions, Means, Tally, TwoClasses, Votes, argmax};
use std::cell::RefCell;

use crate::models::forest::tree::{Node, Tree};
use crate::parallel::pause::pause;

/// Room for a block's votes or sums.
const MAX_SUMS: usize = 8192;
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
pub(crate) struct Walk {
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

/// Room that prediction needs, kept by each thread.
struct Scratch {
    ranked: Ranked,
    room: Room,
    /// Numbers of the rows that are left.
    numbers: Vec<u16>,
    kept: Vec<u16>,
    counts: Vec<i32>,
    sums: Vec<f64>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch {
        ranked: Ranked::new(),
        room: Room::new(),
        numbers: vec![0; MAX_ROWS],
        kept: vec![0; MAX_ROWS],
        counts: vec![0; MAX_SUMS],
        sums: vec![0.0; MAX_SUMS],
    });
}

/// The first `n` of what is left.
fn take<'a, T>(left: &mut &'a [T], n: usize) -> &'a [T] {
    let (first, rest) = left.split_at(n);
    *left = rest;
    first
}

impl Walk {
    /// Pauses after each tree.
    pub(crate) async fn new(n_features: usize, n_classes: usize, trees: &[Tree]) -> Self {
        let mut leaves = Fractions::default();
        let mut layout = None;
        if n_classes <= MAX_SUMS / LANES
            && let Some((fractions, numbers)) = Fractions::number(trees, n_classes).await
        {
            // All trees' in one list each: memory is asked for once, not tree by tree.
            let n_nodes = trees.iter().map(Tree::n_nodes).sum();
            let mut nodes = Vec::with_capacity(n_nodes);
            let mut weights = Vec::with_capacity(numbers.len());
            for tree in trees {
                tree.append_nodes(&mut nodes);
                weights.extend((0..tree.n_leaves()).map(|leaf| tree.weight(leaf)));
                pause().await;
            }
            let (mut nodes, mut weights, mut leaves_of) = (&nodes[..], &weights[..], &numbers[..]);
            let grown = trees.iter().map(|tree| {
                let n_leaves = tree.n_leaves();
                Grown {
                    nodes: take(&mut nodes, tree.n_nodes()),
                    leaves: take(&mut leaves_of, n_leaves),
                    weights: take(&mut weights, n_leaves),
                }
            });
            let grown: Vec<_> = grown.collect();
            let packed = pack(&grown, n_features, fractions.len(), NARROW).await;
            layout = packed.map(Layout::Packed);
            leaves = fractions;
        }
        let layout = match layout {
            Some(layout) => layout,
            None => {
                let mut plain = Vec::with_capacity(trees.len());
                for tree in trees {
                    plain.push((tree.nodes(), tree.clone()));
                    pause().await;
                }
                Layout::Plain(plain)
            }
        };
        Self {
            n_features,
            n_classes,
            n_trees: trees.len(),
            leaves,
            layout,
        }
    }

    /// A label a row.
    pub(crate) fn predict_into(&self, x: &[f64], classes: &[i32], out: &mut [i32]) {
        match &self.layout {
            Layout::Packed(packed) if self.are_few(packed, out.len()) => {
                for (row, label) in x.chunks_exact(self.n_features).zip(out) {
                    self.row(packed, row, true, |sums| *label = classes[argmax(sums)]);
                }
            }
            Layout::Packed(packed) => {
                let n_rows = self.block_rows(packed);
                let blocks = x
                    .chunks(n_rows * self.n_features)
                    .zip(out.chunks_mut(n_rows));
                SCRATCH.with_borrow_mut(|scratch| {
                    for (x, out) in blocks {
                        self.block(packed, scratch, x, classes, out);
                    }
                });
            }
            Layout::Plain(trees) => {
                let mut sums = vec![0.0; self.n_classes];
                for (row, label) in x.chunks_exact(self.n_features).zip(out) {
                    plain_proba(trees, row, &mut sums);
                    *label = classes[argmax(&sums)];
                }
            }
        }
    }

    /// `n_classes` probabilities a row.
    pub(crate) fn predict_proba_into(&self, x: &[f64], out: &mut [f64]) {
        let k = self.n_classes;
        match &self.layout {
            Layout::Packed(packed) if self.are_few(packed, out.len() / k) => {
                for (row, out) in x.chunks_exact(self.n_features).zip(out.chunks_exact_mut(k)) {
                    self.row(packed, row, false, |sums| out.copy_from_slice(sums));
                }
            }
            Layout::Packed(packed) => {
                let n_rows = self.block_rows(packed);
                let blocks = x
                    .chunks(n_rows * self.n_features)
                    .zip(out.chunks_mut(n_rows * k));
                SCRATCH.with_borrow_mut(|scratch| {
                    for (x, out) in blocks {
                        self.block_proba(packed, scratch, x, out);
                    }
                });
            }
            Layout::Plain(trees) => {
                for (row, out) in x.chunks_exact(self.n_features).zip(out.chunks_exact_mut(k)) {
                    plain_proba(trees, row, out);
                }
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

    fn means<'a>(&'a self, sums: &'a mut [f64]) -> Means<'a> {
        Means {
            n_classes: self.n_classes,
            n_trees: self.n_trees,
            fractions: &self.leaves,
            sums,
        }
    }

    /// One row, several trees at once. Gives its means, or where `only_first` suffices, anything with the
    /// same first maximum.
    fn row(&self, packed: &[Packed], x: &[f64], only_first: bool, done: impl FnOnce(&[f64])) {
        let mut sums = [0.0; FEW_CLASSES];
        let sums = &mut sums[..self.n_classes];
        let mut left = self.n_trees;
        for packed in packed {
            packed.walk_row(x, |leaves| {
                for &leaf in leaves {
                    self.leaves.add(leaf as usize, sums);
                }
                left -= leaves.len();
                let is_open = left == 0 || left > self.n_trees / 2;
                !only_first || is_open || !self.means(sums).first(0, left).1
            });
        }
        done(self.means(sums).means(0));
    }

    /// Labels a block of rows.
    fn block(
        &self,
        packed: &[Packed],
        scratch: &mut Scratch,
        x: &[f64],
        classes: &[i32],
        out: &mut [i32],
    ) {
        let (n, k, n_trees) = (out.len(), self.n_classes, self.n_trees);
        let Scratch {
            ranked,
            room,
            numbers,
            kept,
            counts,
            sums,
        } = scratch;
        let left = Left {
            ranked,
            room,
            numbers,
            kept,
        };
        if !self.leaves.are_pure {
            let sums = &mut sums[..n * k];
            sums.fill(0.0);
            self.label(packed, left, x, self.means(sums), classes, out);
        } else if k == 2 {
            let ones = &mut counts[..n];
            ones.fill(0);
            self.label(packed, left, x, TwoClasses { n_trees, ones }, classes, out);
        } else {
            let counts = &mut counts[..n * k];
            counts.fill(0);
            self.label(
                packed,
                left,
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

    /// Labels a block of rows. They leave as soon as their class is certain.
    fn label(
        &self,
        packed: &[Packed],
        Left {
            ranked,
            room,
            numbers,
            kept,
        }: Left<'_>,
        x: &[f64],
        mut tally: impl Tally,
        classes: &[i32],
        out: &mut [i32],
    ) {
        let (mut n, mut left) = (out.len(), self.n_trees);
        number(&mut numbers[..n]);
        for packed in packed {
            packed.rank(x, self.n_features, &numbers[..n], ranked);
            for tree in 0..packed.n_trees() {
                tally.add(packed.walk(tree, ranked, n, room));
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

    fn block_proba(&self, packed: &[Packed], scratch: &mut Scratch, x: &[f64], out: &mut [f64]) {
        let Scratch {
            ranked,
            room,
            numbers,
            ..
        } = scratch;
        let n = out.len() / self.n_classes;
        number(&mut numbers[..n]);
        out.fill(0.0);
        let mut tally = self.means(out);
        for packed in packed {
            packed.rank(x, self.n_features, &numbers[..n], ranked);
            for tree in 0..packed.n_trees() {
                tally.add(packed.walk(tree, ranked, n, room));
            }
        }
        for row in 0..n {
            tally.means(row);
        }
    }
}

/// A block's rows that are left, and room for walking them.
struct Left<'a> {
    ranked: &'a mut Ranked,
    room: &'a mut Room,
    numbers: &'a mut [u16],
    kept: &'a mut [u16],
}

fn number(numbers: &mut [u16]) {
    for (row, number) in numbers.iter_mut().enumerate() {
        *number = row as u16;
    }
}

/// scikit-learn's probabilities, one row and tree after the other.
fn plain_proba(trees: &[(Vec<Node>, Tree)], row: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    for (nodes, tree) in trees {
        for (class, fraction) in tree.fractions(Tree::leaf_of(nodes, row)) {
            out[class] += fraction;
        }
    }
    for sum in out {
        *sum /= trees.len() as f64;
    }
}
