//! The rows of a fit, handed out as blocks of columns, and the sums over them that solvers need.

use super::dots::{dot, dots};
use super::lanes::{BLOCK, Column};
use super::pause::pause;
use crate::data::TrainingSet;

/// Columns that take no more bytes than this are gathered once a fit: they stay in the
/// second-level cache. Larger sets are gathered block by block on every pass, so that a fit never
/// copies X.
const GATHERED_BYTES: usize = 1 << 20;
/// Multiplications after which a pass pauses: some milliseconds.
const PAUSE_AFTER: usize = 1 << 22;

/// The rows of a fit, with a constant column appended where there is an intercept.
pub(super) struct Rows<'a> {
    data: TrainingSet<'a>,
    bias: Option<f64>,
    positive: Option<u32>,
    gathered: Vec<Column>,
}

impl<'a> Rows<'a> {
    /// `bias` is the value of the appended column. Where a `positive` class is named, the rows of
    /// all others are turned round (times −1): a row's margin is positive where it is classified
    /// rightly.
    pub(super) fn new(data: TrainingSet<'a>, bias: Option<f64>, positive: Option<u32>) -> Self {
        let mut rows = Self {
            data,
            bias,
            positive,
            gathered: Vec::new(),
        };
        let n_columns = rows.n_blocks() * rows.width();
        if n_columns * size_of::<Column>() <= GATHERED_BYTES {
            let mut gathered = vec![[0.0; BLOCK]; n_columns];
            for (block, columns) in gathered.chunks_exact_mut(rows.width().max(1)).enumerate() {
                rows.gather(block, columns);
            }
            rows.gathered = gathered;
        }
        rows
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.data.n_samples()
    }

    /// Number of columns, the appended one included.
    pub(super) fn width(&self) -> usize {
        self.data.n_features() + usize::from(self.bias.is_some())
    }

    /// Number of blocks; what the last one has too many are rows of zeros.
    pub(super) fn n_blocks(&self) -> usize {
        self.len().div_ceil(BLOCK)
    }

    /// The class of each row.
    pub(super) fn codes(&self) -> impl Iterator<Item = u32> + use<'a> {
        let codes = self.data.codes;
        self.data.rows.iter().map(|&row| codes[row as usize])
    }

    /// One value for each row, in blocks; the surplus is 0.
    pub(super) fn spread(&self, values: impl Iterator<Item = f64>) -> Vec<Column> {
        let mut blocks = vec![[0.0; BLOCK]; self.n_blocks()];
        for (slot, value) in blocks.as_flattened_mut().iter_mut().zip(values) {
            *slot = value;
        }
        blocks
    }

    fn gather(&self, block: usize, columns: &mut [Column]) {
        let d = self.data.n_features();
        let x = self.data.flat();
        let first = block * BLOCK;
        let rows = &self.data.rows[first..self.len().min(first + BLOCK)];
        if rows.len() < BLOCK {
            columns.fill([0.0; BLOCK]);
        }
        let (features, constant) = columns.split_at_mut(d);
        let sign = |row: u32| match self.positive {
            // Without a branch, which labels would mislead every other time.
            Some(class) => f64::from(2 * i32::from(class == self.data.codes[row as usize]) - 1),
            None => 1.0,
        };
        let read = |row: u32| &x[row as usize * d..(row as usize + 1) * d];
        // Two rows and two columns at a time: pairs are loaded and pairs are stored.
        let (row_pairs, last) = rows.as_chunks::<2>();
        for (pair, &[a, b]) in row_pairs.iter().enumerate() {
            let signs = [sign(a), sign(b)];
            let (a_pairs, a_rest) = read(a).as_chunks::<2>();
            let (b_pairs, b_rest) = read(b).as_chunks::<2>();
            let (column_pairs, column_rest) = features.as_chunks_mut::<2>();
            let put = |column: &mut Column, a: f64, b: f64| {
                let (slots, _) = column.as_chunks_mut::<2>();
                slots[pair % (BLOCK / 2)] = [signs[0] * a, signs[1] * b];
            };
            for (([even, odd], a), b) in column_pairs.iter_mut().zip(a_pairs).zip(b_pairs) {
                put(even, a[0], b[0]);
                put(odd, a[1], b[1]);
            }
            for ((column, a), b) in column_rest.iter_mut().zip(a_rest).zip(b_rest) {
                put(column, *a, *b);
            }
        }
        for &row in last {
            for (column, value) in features.iter_mut().zip(read(row)) {
                column[(rows.len() - 1) % BLOCK] = sign(row) * value;
            }
        }
        if let (Some(bias), Some(column)) = (self.bias, constant.first_mut()) {
            for (value, &row) in column.iter_mut().zip(rows) {
                *value = bias * sign(row);
            }
        }
    }

    /// Hands every block's number and its `width` columns to `visit`, which multiplies each value
    /// `work` times.
    pub(super) async fn for_blocks(
        &self,
        work: usize,
        visit: &mut (dyn FnMut(usize, &[Column]) + Send),
    ) {
        let width = self.width();
        let mut gathered = self.gathered.chunks_exact(width.max(1));
        let mut columns = Vec::new();
        let mut since_pause = 0;
        for block in 0..self.n_blocks() {
            if let Some(columns) = gathered.next() {
                visit(block, columns);
            } else {
                columns.resize(width, [0.0; BLOCK]);
                self.gather(block, &mut columns);
                visit(block, &columns);
            }
            since_pause += BLOCK * width * work;
            if since_pause >= PAUSE_AFTER {
                since_pause = 0;
                pause().await;
            }
        }
    }
}

/// Calls `$at!(first, [column, …])` for all columns, four at a time and then the one to three that
/// are left.
macro_rules! by_fours {
    ($columns:expr, $at:ident) => {{
        let columns: &[Column] = $columns;
        let (fours, rest) = columns.as_chunks::<4>();
        for (four, [a, b, c, d]) in fours.iter().enumerate() {
            $at!(4 * four, [a, b, c, d]);
        }
        let first = 4 * fours.len();
        match rest {
            [a] => $at!(first, [a]),
            [a, b] => $at!(first, [a, b]),
            [a, b, c] => $at!(first, [a, b, c]),
            _ => {}
        }
    }};
}

/// `Σ_j w_j column_j`.
#[inline]
pub(super) fn margins(columns: &[Column], w: &[f64]) -> Column {
    let mut sums = [0.0; BLOCK];
    add_margins(columns, w, &mut sums);
    sums
}

/// Adds `Σ_j w_j column_j` to `sums`.
#[inline]
fn add_margins(columns: &[Column], w: &[f64], sums: &mut Column) {
    macro_rules! add {
        ($first:expr, $some:expr) => {{
            add_some(&w[$first..], $some, sums);
        }};
    }
    by_fours!(columns, add);
}

#[inline]
fn add_some<const N: usize>(w: &[f64], columns: [&Column; N], sums: &mut Column) {
    let Some(w) = w.first_chunk::<N>() else {
        return;
    };
    for i in 0..BLOCK {
        for (column, w) in columns.iter().zip(w) {
            sums[i] += w * column[i];
        }
    }
}

/// Adds each column's product with `slopes` to `gradient`.
#[inline]
pub(super) fn add_gradient(columns: &[Column], slopes: &Column, gradient: &mut [f64]) {
    macro_rules! add {
        ($first:expr, $some:expr) => {{
            let [sums] = dots([slopes], $some);
            for (out, sum) in gradient[$first..].iter_mut().zip(sums) {
                *out += sum;
            }
        }};
    }
    by_fours!(columns, add);
}

/// Adds `Σ_i weight_i column_j[i]²` for each column.
pub(super) fn add_squares(columns: &[Column], weights: &Column, sums: &mut [f64]) {
    for (sum, column) in sums.iter_mut().zip(columns) {
        let mut squares = *column;
        for square in &mut squares {
            *square *= *square;
        }
        *sum += dot(&squares, weights);
    }
}

/// Adds `Σ_i weight_i column_j[i] column_k[i]` to `gram[j * stride + k]` for k ≤ j; what lies above
/// the diagonal is left to `mirror`.
#[inline]
pub(super) fn add_gram(columns: &[Column], weights: &Column, gram: &mut [f64], stride: usize) {
    let mut weighted = [[0.0; BLOCK]; 2];
    for (pair, rows) in columns.chunks(2).enumerate() {
        let j = 2 * pair;
        for (weighted, column) in weighted.iter_mut().zip(rows) {
            for i in 0..BLOCK {
                weighted[i] = weights[i] * column[i];
            }
        }
        let pair = weighted.each_ref();
        macro_rules! add {
            ($first:expr, $some:expr) => {{
                let sums = dots(pair, $some);
                for (line, sums) in sums.iter().take(rows.len()).enumerate() {
                    let first = (j + line) * stride + $first;
                    for (out, sum) in gram[first..].iter_mut().zip(sums) {
                        *out += sum;
                    }
                }
            }};
        }
        by_fours!(&columns[..j + rows.len()], add);
    }
}

/// Copies what lies below the diagonal of the leading `width` rows to above it.
pub(super) fn mirror(gram: &mut [f64], width: usize, stride: usize) {
    for j in 0..width {
        for k in 0..j {
            gram[k * stride + j] = gram[j * stride + k];
        }
    }
}
