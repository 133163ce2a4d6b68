//! Which of OpenBLAS's routines computes which row of a product: each adds in an order of its own.
//!
//! That depends on the number of rows and, for large products, on the number of threads they are
//! split between. Two are assumed: the fewest that any of today's machines has, and up to 786 432
//! multiplications what every machine uses, as OpenBLAS takes a thread for each 2^18 of them. On
//! machines with more cores the rows at the ends of a large product's parts (two for each thread)
//! may differ in their last bits.

/// Threads that a large product is split between.
const THREADS: usize = 2;
/// Multiplications from which a product of matrices is split.
const SPLIT_MATRIX: usize = 1 << 19;
/// Rows that are split at once: `GEMM_R` of the Haswell kernels for each thread.
const BLOCK_ROWS: usize = THREADS * 15_856;
/// Numbers of a matrix from which its product with a single column is split.
const SPLIT_COLUMN: usize = 460_800;

/// How a row is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// As most are.
    Usual,
    /// By itself: the last of a part with an odd number of rows.
    Unpaired,
    /// Times a single column, in the last two of rows that are taken by fours.
    ColumnPair,
    /// Times a single column, as the last of rows that are taken by fours.
    ColumnSingle,
    /// As the only row.
    Alone,
}

/// The places of a product's rows.
#[derive(Debug)]
pub(super) struct Places {
    others: Place,
    /// Rows with a place of their own.
    special: Vec<(usize, Place)>,
}

impl Places {
    /// Of `n_rows` rows of `depth` numbers times a matrix of `width` columns.
    pub(super) fn new(n_rows: usize, depth: usize, width: usize) -> Self {
        let others = if n_rows == 1 {
            Place::Alone
        } else {
            Place::Usual
        };
        let mut places = Self {
            others,
            special: Vec::new(),
        };
        // In shorter rows, and narrower matrices, all orders are one.
        if n_rows > 1 && depth >= 8 {
            match width {
                1 => places.times_column(n_rows, depth),
                4.. => places.times_matrix(n_rows, depth * width),
                _ => {}
            }
        }
        places
    }

    fn times_column(&mut self, n_rows: usize, depth: usize) {
        let threads = if n_rows.saturating_mul(depth) < SPLIT_COLUMN {
            1
        } else {
            THREADS
        };
        for (start, len) in parts(n_rows, threads) {
            let end = start + len;
            if len % 4 >= 2 {
                let first = end - len % 4;
                self.special
                    .extend([first, first + 1].map(|row| (row, Place::ColumnPair)));
            }
            if len % 2 == 1 {
                self.special.push((end - 1, Place::ColumnSingle));
            }
        }
    }

    fn times_matrix(&mut self, n_rows: usize, per_row: usize) {
        let mut unpaired = |start: usize, len: usize| {
            if len % 2 == 1 {
                self.special.push((start + len - 1, Place::Unpaired));
            }
        };
        if n_rows.saturating_mul(per_row) < SPLIT_MATRIX {
            return unpaired(0, n_rows);
        }
        // Only the last block has odd parts. A thread takes its part in two halves.
        let last = (n_rows - 1) / BLOCK_ROWS * BLOCK_ROWS;
        for (start, len) in parts(n_rows - last, THREADS) {
            for (half, len) in parts(len, 2) {
                unpaired(last + start + half, len);
            }
        }
    }

    /// The place of a row.
    #[inline(always)]
    pub(super) fn of(&self, row: usize) -> Place {
        self.special
            .iter()
            .find(|special| special.0 == row)
            .map_or(self.others, |special| special.1)
    }
}

/// `n` cut into parts that differ by one at most, the larger ones first: `(start, length)`.
fn parts(n: usize, count: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut start = 0;
    (0..count).map(move |part| {
        let len = (n - start).div_ceil(count - part);
        start += len;
        (start - len, len)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows where numpy's results differ from those of a product that is not split, and whose
    /// order was then found, on a machine with two cores.
    #[test]
    fn as_seen_in_numpy() {
        let special = |n_rows, depth, width| Places::new(n_rows, depth, width).special;
        let unpaired =
            |rows: &[usize]| -> Vec<_> { rows.iter().map(|&row| (row, Place::Unpaired)).collect() };
        assert_eq!(special(10_001, 2, 2), []);
        assert_eq!(special(199, 54, 3), []);
        assert_eq!(special(101, 8, 8), unpaired(&[100]));
        assert_eq!(special(8191, 8, 8), unpaired(&[8190]));
        assert_eq!(special(8193, 8, 8), unpaired(&[2048]));
        assert_eq!(special(209, 54, 54), unpaired(&[52]));
        assert_eq!(special(211, 54, 54), unpaired(&[52, 105, 158]));
        assert_eq!(special(31_714, 8, 8), unpaired(&[31_712, 31_713]));
        assert_eq!(special(100_003, 8, 8), unpaired(&[96_352, 97_569, 98_786]));
        let (pair, single) = (Place::ColumnPair, Place::ColumnSingle);
        assert_eq!(special(3, 9, 1), [(0, pair), (1, pair), (2, single)]);
        assert_eq!(special(23_039, 20, 1).len(), 3);
        assert_eq!(special(23_041, 20, 1), [(11_520, single)]);
        assert_eq!(Places::new(1, 9, 9).of(0), Place::Alone);
        assert_eq!(Places::new(5, 9, 9).of(3), Place::Usual);
        assert_eq!(Places::new(5, 9, 9).of(4), Place::Unpaired);
    }
}
