//! Products of rows and matrices with the roundings of OpenBLAS on an x86-64 machine with FMA.
//!
//! numpy calls one of several routines, by shape, and each adds in an order of its own. Found by
//! trying orders against numpy 2.4 (OpenBLAS 0.3.31, Haswell kernels) until every bit agreed. Not
//! followed: with 8 informative columns and more, where OpenBLAS splits a large cluster between
//! threads, the last row of each thread's part (that depends on the machine); and products of a
//! single row of 32 and more with one column.

use crate::random::fused::mul_add;

/// Where a row stands among those of one product: that decides the order of addition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// One of many.
    Usual,
    /// The last of an odd number, which has no neighbour to be computed with.
    LastOfOdd,
    /// The only one.
    Alone,
}

impl Place {
    #[inline(always)]
    pub(super) fn of(row: usize, n_rows: usize) -> Self {
        if row + 1 != n_rows || n_rows.is_multiple_of(2) {
            Self::Usual
        } else if n_rows == 1 {
            Self::Alone
        } else {
            Self::LastOfOdd
        }
    }
}

/// `out = x · matrix`, row-major, as numpy's `dot` computes this row.
#[inline(always)]
pub(super) fn product(place: Place, x: &[f64], matrix: &[f64], out: &mut [f64]) {
    match (place, &mut *out) {
        (Place::Alone, _) => row_product(x, matrix, out),
        // A 1×1 matrix is no different.
        (_, [one]) => *one = column_product(x, matrix),
        (Place::LastOfOdd, _) if x.len() >= 8 => last_row_product(x, matrix, out),
        _ => usual_product(x, matrix, out),
    }
}

/// `out = x · matrix` as BLAS does it with fused multiply-add: the first product rounded, the
/// others added to it in order.
#[inline(always)]
fn usual_product(x: &[f64], matrix: &[f64], out: &mut [f64]) {
    let width = out.len();
    if width == 0 {
        return;
    }
    for (k, (&value, row)) in x.iter().zip(matrix.chunks_exact(width)).enumerate() {
        if k == 0 {
            for (cell, &m) in out.iter_mut().zip(row) {
                *cell = value * m;
            }
        } else {
            for (cell, &m) in out.iter_mut().zip(row) {
                *cell = mul_add(value, m, *cell);
            }
        }
    }
}

/// `x · vector` as BLAS does it where the matrix is a single column: four sums side by side, then
/// what is left over, its second term first.
#[inline(always)]
fn column_product(x: &[f64], vector: &[f64]) -> f64 {
    let (fours, left) = x.as_chunks::<4>();
    let (by_fours, by_left) = vector.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (a, b) in fours.iter().zip(by_fours) {
        for lane in 0..4 {
            sums[lane] = mul_add(a[lane], b[lane], sums[lane]);
        }
    }
    let sum = (sums[0] + sums[2]) + (sums[1] + sums[3]);
    match (left, by_left) {
        ([a], [b]) => mul_add(*a, *b, sum),
        ([a, c], [b, d]) => sum + mul_add(*a, *b, c * d),
        ([a, c, e], [b, d, f]) => sum + mul_add(*e, *f, mul_add(*a, *b, c * d)),
        _ => sum,
    }
}

/// `out = x · matrix` as BLAS does it where `x` is the only row: no fused additions but in blocks
/// of four by four.
fn row_product(x: &[f64], matrix: &[f64], out: &mut [f64]) {
    let width = out.len();
    for (j, out) in out.iter_mut().enumerate() {
        let term = |k: usize| (x[k], matrix[k * width + j]);
        let plain = |k: usize| x[k] * matrix[k * width + j];
        let fours = x.len() / 4 * 4;
        let in_block = j < width / 4 * 4;
        let mut sum = 0.0;
        let mut k = 0;
        while k < fours && width > 1 {
            if in_block {
                let pair = |k: usize| {
                    let (a, b) = term(k + 2);
                    mul_add(a, b, plain(k))
                };
                sum += pair(k) + pair(k + 1);
                k += 4;
            } else if width < 4 {
                sum += plain(k) + plain(k + 1);
                k += 2;
            } else {
                sum += plain(k);
                k += 1;
            }
        }
        if in_block && k + 2 <= x.len() {
            sum += plain(k) + plain(k + 1);
            k += 2;
        }
        while k < x.len() {
            sum += plain(k);
            k += 1;
        }
        *out = sum;
    }
}

/// `out = x · matrix` as BLAS does it for a row without a neighbour: in blocks of four columns
/// four sums side by side over the first terms, the rest onto the first of them.
fn last_row_product(x: &[f64], matrix: &[f64], out: &mut [f64]) {
    usual_product(x, matrix, out);
    let width = out.len();
    let eights = x.len() / 8 * 8;
    for (j, out) in out.iter_mut().enumerate().take(width / 4 * 4) {
        let mut sums = [0.0; 4];
        for (k, &value) in x.iter().enumerate() {
            let lane = if k < eights { k % 4 } else { 0 };
            sums[lane] = mul_add(value, matrix[k * width + j], sums[lane]);
        }
        *out = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    }
}
