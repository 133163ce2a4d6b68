//! Predicting with a forest: blocks of rows go through all trees until their class is certain.

use super::packed::{LANES, MAX_ROWS, Packed};
use super::tree::{Node, Tree};

/// Room for a block's rows as `f32`.
const MAX_VALUES: usize = 8192;
/// Room for a block's sums.
const MAX_SUMS: usize = 4096;
/// After how many trees it is asked which rows are decided.
const ASK: usize = 4;
/// Up to so many rows, each is walked down several trees at once instead.
const FEW: usize = 24;
/// Most features and classes for that.
const NARROW: usize = 64;

/// A forest laid out for prediction; rebuilt from the trees, never saved.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    n_features: usize,
    n_classes: usize,
    packed: Packed,
    /// The class of every node, if all leaves are pure: then votes are counted.
    classes: Option<Vec<u8>>,
    /// Class fractions of every leaf, tree by tree; empty for pure forests.
    fractions: Vec<f64>,
    /// Where each tree's fractions start.
    starts: Vec<usize>,
    /// The trees as they are, where they or their rows do not fit the quick way.
    plain: Option<Vec<(Vec<Node>, Tree)>>,
}

impl Walk {
    pub(super) fn new(n_features: usize, n_classes: usize, trees: &[Tree]) -> Self {
        let nodes: Vec<_> = trees.iter().map(Tree::nodes).collect();
        let mut packed = Packed::new(n_features);
        let roomy = n_features * 8 <= MAX_VALUES && n_classes * 8 <= MAX_SUMS;
        let fits = roomy && nodes.iter().all(|tree| packed.push(tree));
        let mut walk = Self {
            n_features,
            n_classes,
            packed,
            classes: None,
            fractions: Vec::new(),
            starts: Vec::new(),
            plain: None,
        };
        if !fits {
            walk.plain = Some(nodes.into_iter().zip(trees.iter().cloned()).collect());
            return walk;
        }
        walk.classes = walk.pure_classes(trees);
        if walk.classes.is_none() {
            for tree in trees {
                walk.starts.push(walk.fractions.len());
                for leaf in 0..tree.n_leaves() {
                    walk.fractions.extend(fractions(tree.leaf(leaf)));
                }
            }
        }
        walk
    }

    /// The class of every node's leaf (0 for splits); none if a leaf has several.
    fn pure_classes(&self, trees: &[Tree]) -> Option<Vec<u8>> {
        let mut classes = Vec::with_capacity(self.packed.len());
        for (number, tree) in trees.iter().enumerate() {
            let nodes = self.packed.start(number)..self.packed.start(number) + tree.n_nodes();
            let pure = |counts: &[u32]| counts.iter().filter(|&&count| count > 0).count() == 1;
            if self.n_classes > 256 || !(0..tree.n_leaves()).all(|leaf| pure(tree.leaf(leaf))) {
                return None;
            }
            let class = |&leaf: &u32| {
                tree.leaf(leaf as usize)
                    .iter()
                    .position(|&count| count > 0)
                    .unwrap_or(0) as u8
            };
            classes.extend(self.packed.leaves()[nodes].iter().map(class));
        }
        Some(classes)
    }

    fn block_rows(&self) -> usize {
        MAX_ROWS
            .min(MAX_VALUES / self.n_features)
            .min(MAX_SUMS / self.n_classes)
    }

    /// A label a row.
    pub(super) fn predict_into(&self, x: &[f64], classes: &[i32], out: &mut [i32]) {
        if let Some(plain) = &self.plain {
            let mut sums = vec![0.0; self.n_classes];
            for (row, label) in x.chunks_exact(self.n_features).zip(out) {
                plain_proba(plain, row, &mut sums);
                *label = classes[argmax(&sums)];
            }
            return;
        }
        let n_rows = self.block_rows();
        for (x, out) in x
            .chunks(n_rows * self.n_features)
            .zip(out.chunks_mut(n_rows))
        {
            if self.are_few(out.len()) {
                let rows = x.chunks_exact(self.n_features).zip(out);
                rows.for_each(|(row, label)| {
                    self.row(row, true, |sums| *label = classes[argmax(sums)])
                });
                continue;
            }
            match &self.classes {
                Some(votes) => self.vote(votes, x, classes, out),
                None => self.average(x, out.len(), true, |row, sums| {
                    out[row] = classes[argmax(sums)]
                }),
            }
        }
    }

    /// `n_classes` probabilities a row.
    pub(super) fn predict_proba_into(&self, x: &[f64], out: &mut [f64]) {
        let k = self.n_classes;
        if let Some(plain) = &self.plain {
            for (row, out) in x.chunks_exact(self.n_features).zip(out.chunks_exact_mut(k)) {
                plain_proba(plain, row, out);
            }
            return;
        }
        let n_rows = self.block_rows();
        for (x, out) in x
            .chunks(n_rows * self.n_features)
            .zip(out.chunks_mut(n_rows * k))
        {
            let rows = out.len() / k;
            if self.are_few(rows) {
                let rows = x.chunks_exact(self.n_features).zip(out.chunks_exact_mut(k));
                rows.for_each(|(row, out)| self.row(row, false, |sums| out.copy_from_slice(sums)));
                continue;
            }
            self.average(x, rows, false, |row, sums| {
                out[row * k..(row + 1) * k].copy_from_slice(sums)
            });
        }
    }

    fn are_few(&self, n_rows: usize) -> bool {
        n_rows <= FEW && self.n_features <= NARROW && self.n_classes <= NARROW
    }

    /// Adds what a tree says of a row; `node` counts from the start of all nodes.
    #[inline]
    fn add(&self, tree: usize, node: usize, sums: &mut [f64]) {
        if let Some(votes) = &self.classes {
            sums[usize::from(votes[node])] += 1.0;
            return;
        }
        let leaf = self.starts[tree] + self.packed.leaves()[node] as usize * self.n_classes;
        let fractions = &self.fractions[leaf..leaf + self.n_classes];
        for (sum, fraction) in sums.iter_mut().zip(fractions) {
            *sum += fraction;
        }
    }

    /// One row, several trees at once; otherwise like [`Walk::average`].
    fn row(&self, x: &[f64], only_first: bool, done: impl FnOnce(&[f64])) {
        let n_trees = self.packed.n_trees();
        let (mut values, mut sums) = ([0.0; NARROW], [0.0; NARROW]);
        to_f32(x, &mut values);
        let sums = &mut sums[..self.n_classes];
        for first in (0..n_trees).step_by(LANES) {
            let nodes = self.packed.walk_trees(first, &values[..x.len()]);
            for (tree, node) in (first..n_trees).zip(nodes) {
                self.add(tree, node, sums);
            }
            let left = n_trees.saturating_sub(first + LANES);
            if only_first && left <= n_trees / 2 && is_decided(sums, left) {
                break;
            }
        }
        for sum in &mut *sums {
            *sum /= n_trees as f64;
        }
        done(sums);
    }

    /// Counts votes of pure leaves. Rows leave as soon as no class can overtake their first.
    fn vote(&self, votes: &[u8], x: &[f64], classes: &[i32], out: &mut [i32]) {
        let (k, n_trees, mut n) = (self.n_classes, self.packed.n_trees(), out.len());
        let (mut values, mut rows, mut at) =
            ([0.0; MAX_VALUES], [0_u16; MAX_ROWS], [0_u32; MAX_ROWS]);
        let mut counts = [0_u32; MAX_SUMS];
        to_f32(x, &mut values);
        number(&mut rows);
        for tree in 0..n_trees {
            self.packed
                .walk(tree, &values[..x.len()], &rows[..n], &mut at);
            let votes = &votes[self.packed.start(tree)..];
            for (&row, &at) in rows[..n].iter().zip(&at) {
                counts[usize::from(row) * k + usize::from(votes[at as usize])] += 1;
            }
            let left = (n_trees - tree - 1) as u32;
            if left > 0 && (tree % ASK != ASK - 1 || left as usize > n_trees / 2) {
                continue;
            }
            let mut kept = 0;
            for i in 0..n {
                let row = usize::from(rows[i]);
                let (first, lead) = first_and_lead(&counts[row * k..(row + 1) * k]);
                out[row] = classes[first];
                rows[kept] = row as u16;
                kept += usize::from(lead <= left);
            }
            n = kept;
            if n == 0 {
                return;
            }
        }
    }

    /// Adds up the leaves' fractions in order of the trees and gives each row's means to `done`;
    /// `only_first`: their first maximum will do.
    fn average(&self, x: &[f64], n: usize, only_first: bool, mut done: impl FnMut(usize, &[f64])) {
        let (k, n_trees) = (self.n_classes, self.packed.n_trees());
        let (mut values, mut rows, mut at) =
            ([0.0; MAX_VALUES], [0_u16; MAX_ROWS], [0_u32; MAX_ROWS]);
        let mut sums = [0.0; MAX_SUMS];
        to_f32(x, &mut values);
        number(&mut rows);
        let mut n = n;
        for tree in 0..n_trees {
            self.packed
                .walk(tree, &values[..x.len()], &rows[..n], &mut at);
            let start = self.packed.start(tree);
            for (&row, &at) in rows[..n].iter().zip(&at) {
                let sums = &mut sums[usize::from(row) * k..(usize::from(row) + 1) * k];
                self.add(tree, start + at as usize, sums);
            }
            let left = n_trees - tree - 1;
            if left == 0 || !only_first || tree % ASK != ASK - 1 || left > n_trees / 2 {
                continue;
            }
            let mut kept = 0;
            for i in 0..n {
                let row = usize::from(rows[i]);
                let sums = &sums[row * k..(row + 1) * k];
                let decided = is_decided(sums, left);
                if decided {
                    done(row, sums);
                }
                rows[kept] = row as u16;
                kept += usize::from(!decided);
            }
            n = kept;
        }
        for &row in &rows[..n] {
            let sums = &mut sums[usize::from(row) * k..(usize::from(row) + 1) * k];
            for sum in &mut *sums {
                *sum /= n_trees as f64;
            }
            done(usize::from(row), sums);
        }
    }
}

fn to_f32(x: &[f64], values: &mut [f32]) {
    for (value, &x) in values.iter_mut().zip(x) {
        *value = x as f32;
    }
}

fn number(rows: &mut [u16]) {
    for (i, row) in rows.iter_mut().enumerate() {
        *row = i as u16;
    }
}

fn fractions(counts: &[u32]) -> impl Iterator<Item = f64> {
    let total = counts.iter().map(|&c| u64::from(c)).sum::<u64>() as f64;
    counts.iter().map(move |&count| f64::from(count) / total)
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

/// Whether the first maximum stays it whatever `left` further trees say.
fn is_decided(sums: &[f64], left: usize) -> bool {
    let first = argmax(sums);
    // Far enough that no rounding of the sums or means can change the order.
    let lead = left as f64 + 1e-3;
    let mut others = sums.iter().enumerate().filter(|&(class, _)| class != first);
    others.all(|(_, sum)| sums[first] - sum > lead)
}

/// The class with most votes, the lowest of several, and by how many it leads the next.
fn first_and_lead(votes: &[u32]) -> (usize, u32) {
    let (mut first, mut most, mut next) = (0, votes[0], 0);
    for (class, &count) in votes.iter().enumerate().skip(1) {
        if count > most {
            (first, next, most) = (class, most, count);
        } else {
            next = next.max(count);
        }
    }
    (first, most - next)
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
