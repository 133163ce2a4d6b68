//! The plain hinge loss with an l2 penalty: an interior-point method.
//!
//! Minimises `½ ‖w‖² + Σ c_i ξ_i` under `m_i − 1 + ξ_i = s_i ≥ 0`, `ξ_i ≥ 0`, together with its dual
//! in `0 ≤ α_i ≤ c_i`. Coordinate descent, liblinear's way, needs the more rounds the larger C is and
//! the worse columns are scaled; this needs some twenty steps on the small Gram matrix.
//! Source: Mehrotra 1992 (predictor and corrector); Ferris & Munson 2002 (for these problems).

use super::cholesky::Factor;
use crate::data::allocate::{room, zeros};
use crate::error::Result;
use crate::models::linear::columns::dots::dot;
use crate::models::linear::columns::lanes::BLOCK;
use crate::models::linear::columns::rows::{Rows, add_gradient, margins};
use crate::parallel::pause::{PIECE, Pace, pause};

/// Gap between the objective and its dual, as a share of it, at which the problem counts as solved.
const SOLVED: f64 = 1e-14;
/// Steps in a row that do not narrow the gap, after which only rounding is left.
const MAX_STALLS: u32 = 5;
/// Share of the way to the nearest bound that a step goes at most.
const SHY: f64 = 0.99;

/// Where the minimum lies.
pub(crate) struct Solution {
    pub(crate) w: Vec<f64>,
    pub(crate) objective: f64,
    pub(crate) n_iter: u32,
}

/// A row's numbers: α and how far it is from c, s and ξ. All are positive on the way.
#[derive(Clone, Copy)]
struct Row {
    alpha: f64,
    below: f64,
    slack: f64,
    short: f64,
}

impl Row {
    /// Moves `share` of the way.
    fn moved(self, step: Row, share: f64) -> Row {
        Row {
            alpha: self.alpha + share * step.alpha,
            below: self.below + share * step.below,
            slack: self.slack + share * step.slack,
            short: self.short + share * step.short,
        }
    }

    /// The share of a step at which the first number reaches 0.
    fn room(self, step: Row) -> f64 {
        let room = |value: f64, step: f64| {
            if step < 0.0 {
                -value / step
            } else {
                f64::INFINITY
            }
        };
        let of_dual = room(self.alpha, step.alpha).min(room(self.below, step.below));
        of_dual.min(room(self.slack, step.slack).min(room(self.short, step.short)))
    }

    /// What is 0 at the minimum.
    fn product(self) -> f64 {
        self.alpha * self.slack + self.below * self.short
    }
}

pub(crate) async fn solve(rows: &Rows<'_>, cost: &[f64], max_iter: u32) -> Result<Solution> {
    let (n, width) = (rows.len(), rows.width());
    let mut w = vec![0.0; width];
    // All that is as long as the rows, before any of it is filled.
    let mut state = room("the numbers of the rows", n, 1)?;
    let mut steps = room("the rows' steps", n, 1)?;
    let mut pull = room::<f64>("what pulls at the rows", n, 1)?;
    let in_blocks = || zeros::<f64>("the rows' margins", BLOCK * rows.n_blocks(), 1);
    let (mut here, mut changes, mut curvatures) = (in_blocks()?, in_blocks()?, in_blocks()?);
    state.extend(cost.iter().map(|c| Row {
        alpha: 0.5 * c,
        below: 0.5 * c,
        slack: 0.5,
        short: 1.5,
    }));
    steps.extend_from_slice(&state);
    let mut pace = Pace::default();
    let mut gram = zeros("the products of columns", width, width)?;
    let mut best = Solution {
        w: w.clone(),
        objective: f64::INFINITY,
        n_iter: 0,
    };
    let (mut narrowest, mut n_stalls) = (f64::INFINITY, 0);
    for n_iter in 0..=max_iter {
        pause().await;
        margins_of(rows, &w, &mut here).await;
        let margin = |i: usize| here[i];
        let mut from_alpha = vec![0.0; width];
        add_rows(rows, &mut from_alpha, |i| state[i].alpha).await;
        let losses: f64 = (0..n).map(|i| cost[i] * (1.0 - margin(i)).max(0.0)).sum();
        let objective = 0.5 * dot(&w, &w) + losses;
        let sum: f64 = state.iter().map(|row| row.alpha).sum();
        let gap = objective - (sum - 0.5 * dot(&from_alpha, &from_alpha));
        best.n_iter = n_iter;
        if objective < best.objective {
            (best.w, best.objective) = (w.clone(), objective);
        }
        n_stalls = if gap < 0.9 * narrowest {
            0
        } else {
            n_stalls + 1
        };
        narrowest = narrowest.min(gap);
        if gap <= SOLVED * objective || n_stalls >= MAX_STALLS || n_iter == max_iter {
            break;
        }

        let stiffness = |row: &Row| 1.0 / (row.slack / row.alpha + row.short / row.below);
        for (curvature, row) in curvatures.iter_mut().zip(&state) {
            *curvature = stiffness(row);
        }
        pause().await;
        rows.gram(curvatures.as_chunks().0, &mut gram).await;
        for j in 0..width {
            gram[j * width + j] += 1.0;
        }
        let factor = Factor::new(&gram, width).await?;

        // Towards products of 0, then towards `target` with the first try's second-order part.
        let mean = |rows: &mut dyn Iterator<Item = Row>| {
            rows.map(Row::product).sum::<f64>() / (2 * n) as f64
        };
        let now = mean(&mut state.iter().copied());
        let mut target = 0.0;
        let mut step_w = Vec::new();
        let mut share = 0.0;
        for is_corrector in [false, true] {
            let second = |step: &Row| {
                if is_corrector {
                    (step.alpha * step.slack, step.below * step.short)
                } else {
                    (0.0, 0.0)
                }
            };
            pull.clear();
            for first in (0..n).step_by(PIECE) {
                pull.extend((first..n.min(first + PIECE)).map(|i| {
                    let (row, (a, b)) = (&state[i], second(&steps[i]));
                    let off = margin(i) - 1.0 + row.short - row.slack;
                    (target - a) / row.alpha - row.slack - (target - b) / row.below + row.short
                        - off
                }));
                pace.after(PIECE).await;
            }
            step_w = from_alpha.iter().zip(&w).map(|(a, w)| a - w).collect();
            add_rows(rows, &mut step_w, |i| pull[i] * stiffness(&state[i])).await;
            factor.solve(&mut step_w).await;
            margins_of(rows, &step_w, &mut changes).await;
            let mut free = f64::INFINITY;
            for first in (0..n).step_by(PIECE) {
                for i in first..n.min(first + PIECE) {
                    let (row, (a, b)) = (&state[i], second(&steps[i]));
                    let alpha = (pull[i] - changes[i]) * stiffness(row);
                    steps[i] = Row {
                        alpha,
                        below: -alpha,
                        slack: (target - a - row.slack * alpha) / row.alpha - row.slack,
                        short: (target - b + row.short * alpha) / row.below - row.short,
                    };
                    free = free.min(row.room(steps[i]));
                }
                pace.after(PIECE).await;
            }
            share = free.min(1.0);
            let there = state.iter().zip(&steps);
            let left = mean(&mut there.map(|(row, &step)| row.moved(step, share)));
            target = now * (left / now).powi(3);
            pause().await;
        }
        share = (share * SHY).min(1.0);
        for (w, step) in w.iter_mut().zip(&step_w) {
            *w += share * step;
        }
        for (row, &step) in state.iter_mut().zip(&steps) {
            *row = row.moved(step, share);
        }
    }
    Ok(best)
}

/// `m_i` at `w`, into room for whole blocks.
async fn margins_of(rows: &Rows<'_>, w: &[f64], out: &mut [f64]) {
    let (blocks, _) = out.as_chunks_mut();
    rows.for_blocks(1, &mut |block, columns| blocks[block] = margins(columns, w))
        .await;
}

/// Adds `Σ_i weight_i x_i` to `sums`.
async fn add_rows(rows: &Rows<'_>, sums: &mut [f64], weight: impl Fn(usize) -> f64 + Sync) {
    rows.for_blocks(1, &mut |block, columns| {
        let mut weights = [0.0; BLOCK];
        let first = block * BLOCK;
        for (i, slot) in (first..rows.len()).zip(&mut weights) {
            *slot = weight(i);
        }
        add_gradient(columns, &weights, sums);
    })
    .await;
}
