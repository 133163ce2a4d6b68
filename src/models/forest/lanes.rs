//! The inner loop of prediction: several rows down one tree, without bounds checks.
#![allow(unsafe_code)]

/// Rows on their way at once: enough to hide the latency of a step.
pub(super) const LANES: usize = 8;
/// Steps between two looks at whether all have arrived.
const STEPS: u32 = 3;

/// A node: `left` is the first of two neighbours; rows above the threshold go to the second.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Node {
    threshold: f32,
    feature: u32,
    left: u32,
}

impl Node {
    /// Leads every row to itself.
    pub(super) fn leaf(place: u32) -> Self {
        Self {
            threshold: f32::INFINITY,
            feature: 0,
            left: place,
        }
    }

    pub(super) fn inner(feature: u32, threshold: f32, left: u32) -> Self {
        Self {
            threshold,
            feature,
            left,
        }
    }
}

/// The leaves that the rows whose values begin at `starts` reach from `root` in `n_levels` steps.
///
/// # Panics
/// Where `starts` lie outside of `values` or `root` outside of `nodes`.
#[inline]
pub(super) fn walk(
    nodes: &[Node],
    n_features: usize,
    values: &[f32],
    starts: [u32; LANES],
    root: u32,
    n_levels: u32,
) -> [u32; LANES] {
    assert!((root as usize) < nodes.len());
    for start in starts {
        assert!(start as usize + n_features <= values.len());
    }
    let mut at = [root; LANES];
    let mut level = 0;
    while level < n_levels {
        let before = at;
        for _ in 0..STEPS {
            for lane in 0..LANES {
                // SAFETY: `at` starts at `root` and only takes values `left` or `left + 1` of nodes;
                // `Walk::push`, the only maker of nodes, lays both children of an inner node out in
                // the same array, and gives a leaf its own place and a threshold nothing exceeds.
                let node = unsafe { *nodes.get_unchecked(at[lane] as usize) };
                // SAFETY: `feature < n_features` in every node (trees are checked when they come
                // from a file), and `start + n_features <= values.len()` was asserted.
                let value =
                    unsafe { *values.get_unchecked(starts[lane] as usize + node.feature as usize) };
                at[lane] = node.left + u32::from(value > node.threshold);
            }
        }
        level += STEPS;
        if at == before {
            break;
        }
    }
    at
}
