//! The trees below their tops, as units linked to one another, and the walk along the links: with
//! `block` and `split_unit`, the only places without bounds checks.
#![allow(unsafe_code)]

use super::layout::{Grown, LANES, N_EXITS, slot};
use super::unit::Unit;
use crate::data::scratch::{Scratch, kept};
use crate::models::forest::tree::Node;

/// Linked units of some trees.
///
/// A link is an offset in bytes from the first unit that is no leaf. A unit for each leaf lies in
/// front of that one, so links to leaves are below zero. Each leaf leads to itself: rows that have
/// arrived walk on with the others, and stay.
#[derive(Debug, Clone)]
pub(super) struct Units<U> {
    n_leaves: usize,
    units: Vec<U>,
    /// All places of features are below it.
    end: usize,
    trees: Vec<Entry>,
}

/// Where a tree is entered.
#[derive(Debug, Clone)]
struct Entry {
    /// From the slots of its top: links, in units.
    of: [i32; N_EXITS],
    /// How many links all rows follow before it is asked which have arrived.
    n_steps: u32,
}

/// Where a unit begins in its tree, and the steps to reach it.
type Root = (usize, usize);

kept!(Root: (0, 0));

/// Room for the levels of most trees.
const LEVELS: usize = 64;
/// What it costs a row not to have arrived by then, in steps.
const LATE: u64 = 8;

impl<U: Unit> Units<U> {
    const SIZE: i32 = size_of::<U>() as i32;
    const SHIFT: u32 = Self::SIZE.trailing_zeros();

    /// For trees whose leaves have numbers below `n_leaves`, and features places below `end`.
    pub(super) fn new(n_leaves: usize, end: usize) -> Self {
        let link = |leaf: usize| (!(leaf as i32)).wrapping_mul(Self::SIZE);
        let leaves = (0..n_leaves).rev();
        Self {
            n_leaves,
            units: leaves.map(|leaf| U::leading_to(link(leaf))).collect(),
            end,
            trees: Vec::new(),
        }
    }

    /// Appends a tree from the exits of its top on, level by level. False if links cannot reach that far.
    pub(super) fn push(
        &mut self,
        tree: Grown<'_>,
        exits: &[usize],
        place: &impl Fn(usize, f64) -> (usize, i16),
    ) -> bool {
        let Grown {
            nodes,
            leaves,
            weights,
        } = tree;
        if self.units.len() + nodes.len() > (i32::MAX / Self::SIZE) as usize {
            return false;
        }
        let n_units = self.units.len() - self.n_leaves;
        // Units to be packed; weights of leaves a number of steps.
        let mut roots = Scratch::<Root>::empty(nodes.len() / 2);
        let mut arriving = Scratch::<u64>::empty(LEVELS);
        let mut link = |roots: &mut Vec<Root>, node: usize, n_steps: usize| match nodes[node] {
            Node::Leaf(leaf) => {
                assert!(leaves[leaf] < self.n_leaves);
                let n_levels = arriving.len().max(n_steps + 1);
                arriving.resize(n_levels, 0);
                arriving[n_steps] += weights[leaf];
                !(leaves[leaf] as i32) * Self::SIZE
            }
            Node::Split { .. } => {
                roots.push((node, n_steps));
                (n_units + roots.len() - 1) as i32 * Self::SIZE
            }
        };
        let mut of = [!0; N_EXITS];
        for (number, &exit) in exits.iter().enumerate() {
            of[usize::from(slot((1 << number) - 1))] = link(&mut roots, exit, 0) >> Self::SHIFT;
        }
        let mut packed = 0;
        while let Some(&(root, n_steps)) = roots.get(packed) {
            if roots.len() > nodes.len() {
                return false;
            }
            self.units.push(U::pack(
                nodes,
                root,
                &|feature, threshold| {
                    let (place, rank) = place(feature, threshold);
                    assert!(place < self.end);
                    (place, rank)
                },
                |node| link(&mut roots, node, n_steps + 1),
            ));
            packed += 1;
        }
        let n_steps = best_n_steps(&arriving);
        self.trees.push(Entry { of, n_steps });
        true
    }

    /// Walks rows down a tree, a multiple of [`LANES`], from their slots below its top; gives the numbers
    /// of their leaves. `late` is room for as many rows.
    #[inline(never)]
    pub(super) fn walk(
        &self,
        tree: usize,
        slots: &[u16],
        rows: &U::Rows,
        late: &mut [u16],
        leaves: &mut [i32],
    ) {
        let n_rows = leaves.len();
        assert!(n_rows.is_multiple_of(LANES) && n_rows <= U::n_rows(rows, self.end));
        // Leaves without a slot would keep numbers of an earlier walk, and be taken for links below.
        assert_eq!(slots.len(), n_rows);
        let Entry { of, n_steps } = &self.trees[tree];
        let lanes = slots
            .as_chunks::<LANES>()
            .0
            .iter()
            .zip(leaves.as_chunks_mut::<LANES>().0);
        for ((slots, leaves), start) in lanes.zip((0..).step_by(LANES)) {
            let mut links = slots.map(|slot| of[usize::from(slot) % N_EXITS] << Self::SHIFT);
            for _ in 0..*n_steps {
                // SAFETY: the links are of an entry of these units or followed from there; `start + lane` is
                // below `n_rows`, which was found to be at most `U::n_rows` of these rows.
                links = unsafe { self.next(links, rows, |lane| start + lane) };
            }
            *leaves = links;
        }
        // Without a branch: which rows are late cannot be foreseen.
        let mut n_late = 0;
        for (row, &link) in leaves.iter().enumerate() {
            late[n_late] = row as u16;
            n_late += usize::from(link >= 0);
        }
        let late = &mut late[..n_late.next_multiple_of(LANES)];
        if let Some(&row) = late.first() {
            late[n_late..].fill(row);
        }
        for rows_of in late.as_chunks::<LANES>().0 {
            let rows_of = rows_of.map(usize::from);
            let mut links = rows_of.map(|row| leaves[row]);
            while !all_arrived(links) {
                // SAFETY: the links were followed above, which has written all leaves, as many as slots; the
                // rows are numbers of leaves, so below `n_rows`, which is at most `U::n_rows` of these rows.
                links = unsafe { self.next(links, rows, |lane| rows_of[lane]) };
            }
            for (row, link) in rows_of.into_iter().zip(links) {
                leaves[row] = link;
            }
        }
        for leaf in leaves {
            *leaf = Self::leaf(*leaf);
        }
    }

    /// Walks one row, number 0, down as many trees from number `tree` on; past the last, that one again.
    #[inline(never)]
    pub(super) fn walk_trees(
        &self,
        tree: usize,
        slots: [u16; LANES],
        row: &U::Rows,
    ) -> [i32; LANES] {
        assert!(U::n_rows(row, self.end) > 0);
        let last = self.trees.len() - 1;
        let entry = |lane: usize| {
            self.trees[(tree + lane).min(last)].of[usize::from(slots[lane]) % N_EXITS]
        };
        let mut links = std::array::from_fn(|lane| entry(lane) << Self::SHIFT);
        while !all_arrived(links) {
            // SAFETY: the links are of entries of these units or followed from there; row 0 is below
            // `U::n_rows`, which was found to be above 0.
            links = unsafe { self.next(links, row, |_| 0) };
        }
        links.map(Self::leaf)
    }

    /// The number of the leaf that a link leads to.
    fn leaf(link: i32) -> i32 {
        !(link >> Self::SHIFT)
    }

    /// Follows each link to the next.
    ///
    /// # Safety
    /// The links are of entries or units of `self`; `row_of` gives numbers below `U::n_rows` of these rows
    /// and `self.end`.
    #[inline(always)]
    unsafe fn next(
        &self,
        links: [i32; LANES],
        rows: &U::Rows,
        row_of: impl Fn(usize) -> usize,
    ) -> [i32; LANES] {
        // SAFETY: `units` holds `n_leaves` units, from `new` on, and only grows: the place is in the vector or
        // at its end.
        let origin = unsafe { self.units.as_ptr().add(self.n_leaves) };
        let next = |lane: usize| {
            // SAFETY: the link leads to a unit that there is, from its first byte on, so within the vector and
            // aligned: `new` and `push` make no others, for entries and within units, and units follow only
            // those (`Unit`'s duty). Nobody writes to it: `self` is borrowed. The row is one that the unit may
            // read: all places of its features were found below `end`, and it is below `U::n_rows` for that.
            unsafe { (*origin.byte_offset(links[lane] as isize)).next(rows, row_of(lane)) }
        };
        // Written out: in a loop the compiler would keep the links in memory.
        #[rustfmt::skip]
        let links = [next(0), next(1), next(2), next(3), next(4), next(5), next(6), next(7)];
        links
    }
}

/// Whether all links are below zero.
#[inline(always)]
fn all_arrived(links: [i32; LANES]) -> bool {
    links.iter().fold(-1, |all, link| all & link) < 0
}

/// After how many steps most is saved by asking which rows have arrived; `arriving` are weights of rows
/// a number of steps.
fn best_n_steps(arriving: &[u64]) -> u32 {
    let total: u64 = arriving.iter().sum();
    let (mut best, mut late) = ((u64::MAX, 0), total);
    for (n_steps, weight) in (0..).zip(arriving) {
        late -= weight;
        best = best.min((u64::from(n_steps) * total + LATE * late, n_steps));
    }
    best.1
}
