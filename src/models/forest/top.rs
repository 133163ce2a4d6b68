//! The largest splits of a tree, tested for many rows at once.
//!
//! Instead of going down, all of them are tested, as in QuickScorer (Lucchese et al., 2015): each split
//! that sends a row right closes the exits on its left, and the row takes the first that is open. That
//! needs no branch and no gathered load, so these four levels cost less than one level of a walk.

use super::ranked::Ranked;
use super::thresholds::NEVER;
use super::tree::Node;

/// Splits that are tested at once.
const N_SPLITS: usize = 15;
/// Places they lead to.
pub(super) const N_EXITS: usize = N_SPLITS + 1;
/// Those tested in one pass over the rows.
const PER_PASS: usize = 5;

/// A tree's first splits.
#[derive(Debug, Clone)]
pub(super) struct Top {
    features: [u16; N_SPLITS],
    /// Rows with a rank above it go right.
    thresholds: [i16; N_SPLITS],
    /// The exits on the left, one a bit.
    left: [u16; N_SPLITS],
}

impl Top {
    /// Takes the splits with most below them; gives the nodes that they lead to, from left to right.
    /// `place` says which feature a split tests and how its threshold ranks.
    pub(super) fn of(
        tree: &[Node],
        place: impl Fn(usize, f64) -> (usize, i16),
    ) -> (Self, Vec<usize>) {
        let mut top = Self {
            features: [0; N_SPLITS],
            thresholds: [NEVER; N_SPLITS],
            left: [0; N_SPLITS],
        };
        let mut exits = vec![0];
        let sizes = sizes(tree);
        let mut taken: Vec<(usize, usize, usize)> = Vec::with_capacity(N_SPLITS);
        // Splits one exit at a time: its place is taken by the two that it leads to.
        while taken.len() < N_SPLITS {
            let largest = (0..exits.len()).max_by_key(|&exit| (sizes[exits[exit]], exits[exit]));
            let Some((exit, Node::Split { left, right, .. })) =
                largest.map(|exit| (exit, tree[exits[exit]]))
            else {
                break;
            };
            // Ranges of exits: those behind move up by one, and this one counts twice.
            for (_, start, end) in &mut taken {
                *start += usize::from(*start > exit);
                *end += usize::from(*end > exit);
            }
            taken.push((exits[exit], exit, exit + 1));
            exits.splice(exit..=exit, [left, right]);
        }
        for (split, &(node, start, end)) in taken.iter().enumerate() {
            if let Node::Split {
                feature, threshold, ..
            } = tree[node]
            {
                let (feature, rank) = place(feature, threshold);
                (top.features[split], top.thresholds[split]) = (feature as u16, rank);
                top.left[split] = (start..end).fold(0, |exits, exit| exits | 1 << exit);
            }
        }
        (top, exits)
    }

    /// The slots of the rows' exits.
    pub(super) fn exits(&self, ranked: &Ranked, slots: &mut [u16]) {
        slots.fill(u16::MAX);
        for first in (0..N_SPLITS).step_by(PER_PASS) {
            let splits: [_; PER_PASS] = std::array::from_fn(|i| first + i);
            pass(
                slots,
                splits.map(|split| ranked.column(usize::from(self.features[split]))),
                splits.map(|split| self.thresholds[split]),
                splits.map(|split| self.left[split]),
            );
        }
        for open in slots {
            *open = slot(*open);
        }
    }

    /// The slot of the exit of one row with these ranks.
    pub(super) fn exit(&self, ranks: &[i16]) -> u16 {
        let mut open = u16::MAX;
        let splits = self.features.iter().zip(self.thresholds).zip(self.left);
        for ((&feature, threshold), left) in splits {
            open &= !if ranks[usize::from(feature)] > threshold {
                left
            } else {
                0
            };
        }
        slot(open)
    }
}

/// The slot, below [`N_EXITS`], of the first exit that is open: a number for each, found without a table
/// by multiplying the lowest bit with a de Bruijn sequence.
#[inline(always)]
pub(super) fn slot(open: u16) -> u16 {
    (open & open.wrapping_neg()).wrapping_mul(0x09af) >> 12
}

/// How many splits there are from each node on. Children come after their parents.
fn sizes(tree: &[Node]) -> Vec<usize> {
    let mut sizes = vec![0; tree.len()];
    for (node, split) in tree.iter().enumerate().rev() {
        if let Node::Split { left, right, .. } = *split {
            sizes[node] = 1 + sizes[left] + sizes[right];
        }
    }
    sizes
}

/// Closes exits by five splits.
///
/// A function of its own and a plain loop, so that the compiler knows that nothing overlaps and works on
/// whole vectors.
#[inline(never)]
fn pass(
    open: &mut [u16],
    columns: [&[i16]; PER_PASS],
    thresholds: [i16; PER_PASS],
    left: [u16; PER_PASS],
) {
    let n = open.len();
    let [a, b, c, d, e] = columns.map(|column| &column[..n]);
    let closed = |split: usize, rank: i16| {
        if rank > thresholds[split] {
            left[split]
        } else {
            0
        }
    };
    #[allow(clippy::needless_range_loop)]
    for i in 0..n {
        open[i] &= !(closed(0, a[i])
            | closed(1, b[i])
            | closed(2, c[i])
            | closed(3, d[i])
            | closed(4, e[i]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_numbers_of_the_first_open_exit() {
        let mut seen = [false; N_EXITS];
        for exit in 0..N_EXITS {
            let slot = slot(1 << exit);
            for higher in [0, 0x5555, 0xffff] {
                assert_eq!(super::slot((higher << exit) << 1 | 1 << exit), slot);
            }
            assert!(!std::mem::replace(&mut seen[usize::from(slot)], true));
        }
    }
}
