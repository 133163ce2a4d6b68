//! Trees packed for prediction.

use super::block::Block;
use super::layout::{Grown, LANES, MAX_FEATURES, MAX_ROWS};
use super::links::Units;
use super::ranked_rows::{Ranked, rank_row};
use super::split_unit::Step;
use super::thresholds::{MAX_THRESHOLDS, Thresholds};
use super::tree_top::Top;
use super::unit::Unit;
use crate::models::forest::tree::Node;
use crate::parallel::pause::pause;

/// Trees that share thresholds.
#[derive(Debug, Clone)]
pub(super) struct Packed {
    thresholds: Thresholds,
    tops: Vec<Top>,
    below: Below,
}

/// Room that walking a block needs.
#[derive(Debug)]
pub(super) struct Room {
    slots: Vec<u16>,
    late: Vec<u16>,
    leaves: Vec<i32>,
}

impl Room {
    pub(super) fn new() -> Self {
        Self {
            slots: vec![0; MAX_ROWS],
            late: vec![0; MAX_ROWS],
            leaves: vec![0; MAX_ROWS],
        }
    }
}

/// What lies below the tops.
#[derive(Debug, Clone)]
enum Below {
    /// For few features: three levels a unit.
    Blocks(Units<Block>),
    /// For many: a split a unit.
    Steps(Units<Step>),
}

/// Packs trees, in order, as few together as their thresholds allow; all leaves' numbers are below
/// `n_leaves`. None where there are too many of something, even in one tree.
pub(super) async fn pack(
    trees: &[Grown<'_>],
    n_features: usize,
    n_leaves: usize,
    narrow: usize,
) -> Option<Vec<Packed>> {
    let mut packed = Vec::new();
    let mut start = 0;
    while start < trees.len() {
        let end = start + n_fitting(&trees[start..], n_features).max(1);
        let these = &trees[start..end];
        packed.push(Packed::new(these, n_features, n_leaves, narrow).await?);
        start = end;
    }
    Some(packed)
}

/// How many trees, from the first on, surely have few enough thresholds.
fn n_fitting(trees: &[Grown<'_>], n_features: usize) -> usize {
    let mut n_splits = vec![0; n_features];
    let fits = |tree: &&Grown<'_>| {
        tree.nodes.iter().all(|node| match node {
            Node::Split { feature, .. } => {
                n_splits[*feature] += 1;
                n_splits[*feature] <= MAX_THRESHOLDS
            }
            Node::Leaf(_) => true,
        })
    };
    trees.iter().take_while(fits).count()
}

impl Packed {
    async fn new(
        trees: &[Grown<'_>],
        n_features: usize,
        n_leaves: usize,
        narrow: usize,
    ) -> Option<Self> {
        let splits = trees
            .iter()
            .flat_map(|tree| tree.nodes)
            .filter_map(|node| match *node {
                Node::Split {
                    feature, threshold, ..
                } => Some((feature, floor_f32(threshold))),
                Node::Leaf(_) => None,
            });
        let thresholds = Thresholds::new(splits, n_features)?;
        let n_features = thresholds.n_features();
        let place = |column: usize, threshold: f64| thresholds.place(column, floor_f32(threshold));
        let (tops, below) = if n_features > MAX_FEATURES {
            return None;
        } else if n_features <= narrow {
            let (tops, blocks) = units(trees, Units::new(n_leaves, n_features), place, 1).await?;
            (tops, Below::Blocks(blocks))
        } else {
            let stride = Ranked::n_rows(n_features);
            let end = (n_features - 1) * stride + 1;
            let (tops, steps) = units(trees, Units::new(n_leaves, end), place, stride).await?;
            (tops, Below::Steps(steps))
        };
        Some(Self {
            thresholds,
            tops,
            below,
        })
    }

    pub(super) fn n_trees(&self) -> usize {
        self.tops.len()
    }

    pub(super) fn n_features(&self) -> usize {
        self.thresholds.n_features()
    }

    /// Whether single rows may be walked.
    pub(super) fn is_narrow(&self) -> bool {
        matches!(self.below, Below::Blocks(_))
    }

    /// Ranks the rows of `x` (`width` columns) with these numbers.
    pub(super) fn rank(&self, x: &[f64], width: usize, numbers: &[u16], ranked: &mut Ranked) {
        ranked.fill(&self.thresholds, x, width, numbers);
    }

    /// The numbers of the leaves that the first `n_rows` rows reach in a tree.
    pub(super) fn walk<'a>(
        &self,
        tree: usize,
        ranked: &Ranked,
        n_rows: usize,
        room: &'a mut Room,
    ) -> &'a [i32] {
        let lanes = n_rows.next_multiple_of(LANES);
        let (slots, late) = (&mut room.slots[..lanes], &mut room.late[..lanes]);
        let leaves = &mut room.leaves[..lanes];
        self.tops[tree].exits(ranked, slots);
        match &self.below {
            Below::Blocks(blocks) => blocks.walk(tree, slots, ranked.rows(), late, leaves),
            Below::Steps(steps) => steps.walk(tree, slots, ranked.columns(), late, leaves),
        }
        &leaves[..n_rows]
    }

    /// The leaves' numbers that one row of a narrow forest reaches, tree by tree, while `take` asks for
    /// more.
    pub(super) fn walk_row(&self, x: &[f64], mut take: impl FnMut(&[i32]) -> bool) {
        let Below::Blocks(blocks) = &self.below else {
            return;
        };
        let (ranks, row) = rank_row(&self.thresholds, x);
        for (number, tops) in self.tops.chunks(LANES).enumerate() {
            let tops_of = std::array::from_fn(|lane| &tops[lane.min(tops.len() - 1)]);
            let slots = Top::exits_of_row(tops_of, &ranks);
            let leaves = blocks.walk_trees(number * LANES, slots, std::slice::from_ref(&row));
            if !take(&leaves[..tops.len()]) {
                return;
            }
        }
    }
}

/// Packs all trees; features stand `stride` places apart.
async fn units<U: Unit>(
    trees: &[Grown<'_>],
    mut units: Units<U>,
    place: impl Fn(usize, f64) -> (usize, i16),
    stride: usize,
) -> Option<(Vec<Top>, Units<U>)> {
    let mut tops = Vec::with_capacity(trees.len());
    for tree in trees {
        let (top, exits) = Top::of(tree.nodes, &place);
        tops.push(top);
        let place = |column: usize, threshold: f64| {
            let (feature, rank) = place(column, threshold);
            (feature * stride, rank)
        };
        if !units.push(*tree, &exits, &place) {
            return None;
        }
        pause().await;
    }
    Some((tops, units))
}

/// The largest `f32` that is at most `value`: an `f32` is at most the one exactly if at most the other.
fn floor_f32(value: f64) -> f32 {
    let near = value as f32;
    if f64::from(near) > value {
        near.next_down()
    } else {
        near
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floor_is_below_and_the_next_is_above() {
        for value in [
            0.1,
            -0.1,
            1.0,
            1e-50,
            -1e-50,
            0.3 + 1e-12,
            f64::from(f32::MAX),
        ] {
            let floor = floor_f32(value);
            assert!(
                f64::from(floor) <= value && f64::from(floor.next_up()) > value,
                "{value}"
            );
        }
    }
}
