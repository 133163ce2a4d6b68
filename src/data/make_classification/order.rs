//! Rows into another order, in place.

use crate::data::allocate::zeros;
use crate::data::normals::{in_steps, rows_per_task};
use crate::error::Result;
use crate::parallel::steps::Progress;

/// Up to this size all columns are moved at once, beyond it half of them.
const SMALL_BYTES: usize = 64 << 20;

/// `rows[i] ← rows[order[i]]` for rows of `d` cells. Uses all threads and memory for half of the
/// columns, or where that is not to be had, one thread and a bit a row.
pub(super) async fn reorder<T: Copy + Default + Send + Sync>(
    rows: &mut [T],
    d: usize,
    order: &[u32],
    progress: &Progress,
) -> Result<()> {
    let all = size_of_val(rows) <= SMALL_BYTES || d == 1;
    let width = if all { d } else { d.div_ceil(2) };
    let Ok(mut moved) = zeros::<T>("rows in another order", order.len(), width) else {
        return follow_cycles(rows, d, order, progress).await;
    };
    let per_task = rows_per_task(d);
    for first in (0..d).step_by(width) {
        let width = width.min(d - first);
        let moved = &mut moved[..order.len() * width];
        let source = Columns {
            rows,
            d,
            first,
            width,
        };
        let tasks = moved
            .chunks_mut(per_task * width)
            .zip(order.chunks(per_task));
        let gather = |(out, order): &mut (&mut [T], &[u32])| source.gather(order, out);
        in_steps(tasks, |(out, _)| out.len(), progress, gather).await;
        let tasks = rows
            .chunks_mut(per_task * d)
            .zip(moved.chunks(per_task * width));
        let put_back = |(rows, moved): &mut (&mut [T], &[T])| {
            for (row, cells) in rows.chunks_exact_mut(d).zip(moved.chunks_exact(width)) {
                for (cell, value) in row[first..first + width].iter_mut().zip(cells) {
                    *cell = *value;
                }
            }
        };
        in_steps(tasks, |(_, moved)| moved.len(), progress, put_back).await;
    }
    Ok(())
}

/// Some neighbouring columns of all rows.
struct Columns<'a, T> {
    rows: &'a [T],
    d: usize,
    first: usize,
    width: usize,
}

impl<T: Copy> Columns<'_, T> {
    /// Copies them from the rows in `order`.
    fn gather(&self, order: &[u32], out: &mut [T]) {
        // Memory answers late: the fewer instructions a row takes, the more rows are under way at
        // once. A width known to the compiler takes the fewest.
        match self.width {
            1 => self.gather_fixed::<1>(order, out),
            2 => self.gather_fixed::<2>(order, out),
            3 => self.gather_fixed::<3>(order, out),
            4 => self.gather_fixed::<4>(order, out),
            5 => self.gather_fixed::<5>(order, out),
            6 => self.gather_fixed::<6>(order, out),
            8 => self.gather_fixed::<8>(order, out),
            10 => self.gather_fixed::<10>(order, out),
            20 => self.gather_fixed::<20>(order, out),
            width => {
                for (cells, &row) in out.chunks_exact_mut(width).zip(order) {
                    let start = row as usize * self.d + self.first;
                    cells.copy_from_slice(&self.rows[start..start + width]);
                }
            }
        }
    }

    fn gather_fixed<const W: usize>(&self, order: &[u32], out: &mut [T]) {
        let (out, _) = out.as_chunks_mut::<W>();
        for (cells, &row) in out.iter_mut().zip(order) {
            let start = row as usize * self.d + self.first;
            if let Some(source) = self.rows[start..].first_chunk::<W>() {
                *cells = *source;
            }
        }
    }
}

/// The same without memory for more than one row.
async fn follow_cycles<T: Copy>(
    rows: &mut [T],
    d: usize,
    order: &[u32],
    progress: &Progress,
) -> Result<()> {
    let mut done: Vec<u64> = zeros("which rows have been moved", order.len().div_ceil(64), 1)?;
    let mut saved = Vec::with_capacity(d);
    for start in 0..order.len() {
        if done[start / 64] >> (start % 64) & 1 == 1 {
            continue;
        }
        saved.clear();
        saved.extend_from_slice(&rows[start * d..(start + 1) * d]);
        let mut at = start;
        loop {
            done[at / 64] |= 1 << (at % 64);
            let source = order[at] as usize;
            if source == start {
                rows[at * d..(at + 1) * d].copy_from_slice(&saved);
                break;
            }
            rows.copy_within(source * d..(source + 1) * d, at * d);
            at = source;
            progress.after(2 * d).await;
        }
        progress.after(2 * d).await;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::parallel::pause::whole;
    use crate::random::RandomState;

    #[test]
    fn both_ways_reorder() {
        let mut rng = RandomState::new(1);
        // The largest is moved in two halves of its columns.
        for (n, d) in [(1, 1), (2, 3), (1000, 1), (1000, 7), (1_200_000, 7)] {
            let order = rng.permutation(n);
            let rows: Vec<f64> = (0..n * d).map(|i| i as f64).collect();
            let expected: Vec<f64> = order
                .iter()
                .flat_map(|&row| &rows[row as usize * d..][..d])
                .copied()
                .collect();
            let mut moved = rows.clone();
            whole(reorder(&mut moved, d, &order, &Progress::default())).unwrap();
            assert!(moved == expected, "{n} {d}");
            let mut moved = rows;
            whole(follow_cycles(&mut moved, d, &order, &Progress::default())).unwrap();
            assert!(moved == expected, "{n} {d}");
        }
    }
}
