//! How rows and trees lie in memory: what the ways to walk them agree on. Imports none of them.

use crate::models::forest::tree::Node;
use crate::models::simd::Shorts;

/// Rows are walked in groups of this many.
pub(super) const LANES: usize = 8;
/// Most rows of a block; with many features it has fewer.
pub(super) const MAX_ROWS: usize = 1024;
/// Room for the ranks of a block.
pub(super) const ROOM: usize = 16_384;
/// Most features that ranks are kept of.
pub(super) const MAX_FEATURES: usize = ROOM / LANES;
/// Most features of a row.
pub(super) const NARROW: usize = 16;
/// Places that the first splits of a tree lead to.
pub(super) const N_EXITS: usize = 16;

/// A row's ranks: the low bytes of all features, then the high bytes.
#[derive(Debug, Clone, Copy)]
#[repr(align(32))]
pub(super) struct Row(pub(super) [[u8; NARROW]; 2]);

/// A tree to pack.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grown<'a> {
    pub(super) nodes: &'a [Node],
    /// What number each leaf is to have.
    pub(super) leaves: &'a [usize],
    /// How much was trained on in each leaf.
    pub(super) weights: &'a [u64],
}

/// Multiplied by a power of two it has another number in its highest four bits for each.
const DE_BRUIJN: u16 = 0x09af;

/// For each set of closed exits the slot, below [`N_EXITS`], of the first that is open (the last never is
/// closed): another one for each, found without a table.
#[inline(always)]
pub(super) fn slots(closed: Shorts) -> Shorts {
    let first = (closed + Shorts::all(1)).without(closed);
    (first * Shorts::all(DE_BRUIJN)) >> 12
}

/// The same for one set.
pub(super) fn slot(closed: u16) -> u16 {
    let mut each = [0; LANES];
    slots(Shorts::all(closed)).write(&mut each);
    each[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_exit_has_a_slot() {
        let mut seen = [false; N_EXITS];
        for exit in 0..N_EXITS {
            let before = (1_u16 << exit) - 1;
            let slot = slot(before);
            for behind in [0x5555, 0x7fff] {
                assert_eq!(super::slot(before | behind << exit << 1), slot);
            }
            assert!(!std::mem::replace(&mut seen[usize::from(slot)], true));
        }
    }
}
