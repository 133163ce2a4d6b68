//! The rows of a fit, handed out as blocks of columns, and the sums over them that solvers need.

use std::ops::Range;
use std::sync::Arc;

use super::dots::{dot, dots};
use super::lanes::{BLOCK, Column};
use crate::data::TrainingSet;
use crate::data::scratch::Scratch;
use crate::parallel::pause::{PIECE, PRODUCTS, Pace};

/// Columns that take no more bytes than this are gathered once a fit: they stay in the
/// second-level cache. Larger sets are gathered block by block on every pass, so that a fit never
/// copies X.
const GATHERED_BYTES: usize = 1 << 20;
/// Columns from which on to gather a block takes longer than its sums row by row.
const LONG: usize = 256;

/// The rows of a fit, with a constant column appended where there is an intercept.
pub(crate) struct Rows<'a> {
    data: TrainingSet<'a>,
    bias: Option<f64>,
    positive: Option<u32>,
    gathered: Gathered,
}

/// The columns of all blocks, where they were gathered beforehand.
enum Gathered {
    Not,
    Own(Scratch<Column>),
    /// By one fit for all others on the same rows.
    Shared(Arc<Vec<Column>>),
}

impl Gathered {
    fn columns(&self) -> Option<&[Column]> {
        match self {
            Self::Not => None,
            Self::Own(columns) => Some(columns),
            Self::Shared(columns) => Some(columns),
        }
    }
}

impl<'a> Rows<'a> {
    /// `bias` is the value of the appended column. Where a `positive` class is named, the rows of
    /// all others are turned round (times −1): a row's margin is positive where it is classified
    /// rightly.
    pub(crate) fn new(data: TrainingSet<'a>, bias: Option<f64>, positive: Option<u32>) -> Self {
        let mut rows = Self {
            data,
            bias,
            positive,
            gathered: Gathered::Not,
        };
        let n_columns = rows.n_blocks() * rows.width();
        let bytes = n_columns * size_of::<Column>();
        if rows.width() > rows.len() || bytes > GATHERED_BYTES {
            return rows;
        }
        // The rows of a fit, and of its samples, are told by their number.
        let key = [
            rows.len() as u64,
            bias.map_or(u64::MAX, f64::to_bits),
            positive.map_or(u64::MAX, u64::from),
        ];
        let all = || {
            let mut all = vec![[0.0; BLOCK]; n_columns];
            rows.gather_all(&mut all);
            all
        };
        rows.gathered = match data.shared.and_then(|shared| shared.one(key, bytes, all)) {
            Some(all) => Gathered::Shared(all),
            None => {
                let mut own = Scratch::any(n_columns);
                rows.gather_all(&mut own);
                Gathered::Own(own)
            }
        };
        rows
    }

    fn gather_all(&self, columns: &mut [Column]) {
        for (block, columns) in columns.chunks_exact_mut(self.width().max(1)).enumerate() {
            self.gather(block, columns);
        }
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.data.n_samples()
    }

    /// Number of columns, the appended one included.
    pub(crate) fn width(&self) -> usize {
        self.data.n_features() + usize::from(self.bias.is_some())
    }

    /// Whether a row is no shorter than a column.
    pub(crate) fn is_wide(&self) -> bool {
        self.width() >= self.len()
    }

    /// Whether passes had better go row by row.
    pub(crate) fn is_long(&self) -> bool {
        self.gathered.columns().is_none() && (self.is_wide() || self.width() >= LONG)
    }

    /// A row's columns, but for the appended one, neither turned round nor not.
    pub(crate) fn row(&self, row: usize) -> &[f64] {
        let (d, row) = (self.data.n_features(), self.data.rows[row] as usize);
        &self.data.flat()[row * d..(row + 1) * d]
    }

    /// What a row is turned round by.
    pub(crate) fn sign(&self, row: usize) -> f64 {
        self.sign_of(self.data.rows[row])
    }

    fn sign_of(&self, row: u32) -> f64 {
        match self.positive {
            // Without a branch, which labels would mislead every other time.
            Some(class) => f64::from(2 * i32::from(class == self.data.codes[row as usize]) - 1),
            None => 1.0,
        }
    }

    /// What the appended column adds to margins, and the coefficients of the others.
    pub(crate) fn split<'p>(&self, plane: &'p [f64]) -> (f64, &'p [f64]) {
        let (plane, last) = plane.split_at(self.data.n_features());
        let bias = last.first().zip(self.bias);
        (bias.map_or(0.0, |(last, bias)| last * bias), plane)
    }

    /// What the appended column adds to a row's product with itself.
    pub(crate) fn bias_squared(&self) -> f64 {
        self.bias.map_or(0.0, |bias| bias * bias)
    }

    /// Adds `weight` appended columns to `sums`.
    pub(crate) fn add_to_bias(&self, weight: f64, sums: &mut [f64]) {
        if let (Some(bias), Some(last)) = (self.bias, sums.last_mut()) {
            *last += weight * bias;
        }
    }

    /// Number of blocks; what the last one has too many are rows of zeros.
    pub(crate) fn n_blocks(&self) -> usize {
        self.len().div_ceil(BLOCK)
    }

    /// The class of each row.
    pub(crate) fn codes(&self) -> impl Iterator<Item = u32> + use<'a> {
        let codes = self.data.codes;
        self.data.rows.iter().map(|&row| codes[row as usize])
    }

    /// One value for each row, in blocks; the surplus is 0.
    pub(crate) fn spread(&self, values: impl Iterator<Item = f64>) -> Scratch<Column> {
        let mut blocks = Scratch::<Column>::zeros(self.n_blocks());
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
        let sign = |row: u32| self.sign_of(row);
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
    pub(crate) async fn for_blocks(
        &self,
        work: usize,
        visit: &mut (dyn FnMut(usize, &[Column]) + Send),
    ) {
        let (mut room, mut pace) = (Scratch::default(), Pace::default());
        for block in 0..self.n_blocks() {
            visit(block, self.block(block, &mut room));
            pace.after(BLOCK * self.width() * work / PRODUCTS).await;
        }
    }

    /// A block's columns.
    fn block<'b>(&'b self, block: usize, room: &'b mut Scratch<Column>) -> &'b [Column] {
        let width = self.width();
        if let Some(all) = self.gathered.columns() {
            return &all[block * width..(block + 1) * width];
        }
        if room.len() < width {
            *room = Scratch::any(width);
        }
        self.gather(block, room);
        room
    }

    /// Writes `Σ_i weight_i column_j[i] column_k[i]` for all j and k, with `weights` by block.
    pub(crate) async fn gram(&self, weights: &[Column], out: &mut [f64]) {
        let (mut room, mut pace) = (Scratch::default(), Pace::default());
        out.fill(0.0);
        for (block, weights) in weights.iter().enumerate() {
            let columns = self.block(block, &mut room);
            add_gram_long(columns, weights, out, &mut pace).await;
        }
        mirror(out, self.width(), &mut pace).await;
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
pub(crate) fn margins(columns: &[Column], w: &[f64]) -> Column {
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
pub(crate) fn add_gradient(columns: &[Column], slopes: &Column, gradient: &mut [f64]) {
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
pub(crate) fn add_squares(columns: &[Column], weights: &Column, sums: &mut [f64]) {
    for (sum, column) in sums.iter_mut().zip(columns) {
        let mut squares = *column;
        for square in &mut squares {
            *square *= *square;
        }
        *sum += dot(&squares, weights);
    }
}

/// The same as `add_gram` for a matrix of its own, with pauses.
pub(crate) async fn add_gram_long(
    columns: &[Column],
    weights: &Column,
    gram: &mut [f64],
    pace: &mut Pace,
) {
    let width = columns.len();
    // An even number.
    let n_lines = 2 * (PIECE * PRODUCTS / (BLOCK * width.max(1))).max(1);
    for first in (0..width).step_by(n_lines) {
        let end = width.min(first + n_lines);
        add_lines(columns, first..end, weights, gram, width);
        pace.after(BLOCK * (end - first) * end / PRODUCTS).await;
    }
}

/// Adds `Σ_i weight_i column_j[i] column_k[i]` to `gram[j * stride + k]` for k ≤ j; what lies above
/// the diagonal is left to `mirror`.
#[inline]
pub(crate) fn add_gram(columns: &[Column], weights: &Column, gram: &mut [f64], stride: usize) {
    add_lines(columns, 0..columns.len(), weights, gram, stride);
}

/// The same for some j, from an even one on.
#[inline]
fn add_lines(
    columns: &[Column],
    lines: Range<usize>,
    weights: &Column,
    gram: &mut [f64],
    stride: usize,
) {
    let mut weighted = [[0.0; BLOCK]; 2];
    for (j, rows) in lines.clone().step_by(2).zip(columns[lines].chunks(2)) {
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

/// Copies what lies below the diagonal to above it.
pub(crate) async fn mirror(gram: &mut [f64], width: usize, pace: &mut Pace) {
    for j in 0..width {
        for k in 0..j {
            gram[k * width + j] = gram[j * width + k];
        }
        pace.after(j).await;
    }
}
