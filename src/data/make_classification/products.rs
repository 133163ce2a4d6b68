//! Products of rows and matrices with the roundings of OpenBLAS on an x86-64 machine with FMA.
//!
//! numpy calls one of several routines, by shape (see `places`), and each adds in an order of its
//! own. Found by trying orders against numpy 2.4 (OpenBLAS 0.3.31, Haswell kernels) until every bit
//! agreed. Not followed: sums of more than 256 terms, which OpenBLAS cuts in two.

use super::places::Place;
use crate::random::fused::mul_add;

/// `out = x · matrix`, row-major, as numpy's `dot` computes this row.
#[inline(always)]
pub(super) fn product(place: Place, x: &[f64], matrix: &[f64], out: &mut [f64]) {
    match (place, &mut *out) {
        (Place::Alone, [one]) => *one = vector_product(x, matrix),
        (Place::Alone, _) => row_product(x, matrix, out),
        (Place::ColumnPair, [one]) => *one = column_pair_product(x, matrix),
        (Place::ColumnSingle, [one]) => *one = column_single_product(x, matrix),
        // A 1×1 matrix is no different.
        (_, [one]) => *one = column_product(x, matrix),
        (Place::Unpaired, _) => unpaired_product(x, matrix, out),
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

/// `x · vector` as BLAS does it where the matrix is a single column: four sums side by side.
#[inline(always)]
fn column_product(x: &[f64], vector: &[f64]) -> f64 {
    column_sums(x, vector, mul_add)
}

/// `column_product` of a row that has no three others to be computed with: each product rounded.
#[cold]
fn column_single_product(x: &[f64], vector: &[f64]) -> f64 {
    column_sums(x, vector, |a, b, sum| a * b + sum)
}

#[inline(always)]
fn column_sums(x: &[f64], vector: &[f64], add: impl Fn(f64, f64, f64) -> f64) -> f64 {
    let (fours, left) = x.as_chunks::<4>();
    let (by_fours, by_left) = vector.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (a, b) in fours.iter().zip(by_fours) {
        for lane in 0..4 {
            sums[lane] = add(a[lane], b[lane], sums[lane]);
        }
    }
    left_over((sums[0] + sums[2]) + (sums[1] + sums[3]), left, by_left)
}

/// `column_product` of two rows without two others: two sums side by side, each product rounded.
#[cold]
fn column_pair_product(x: &[f64], vector: &[f64]) -> f64 {
    let (fours, left) = x.as_chunks::<4>();
    let (by_fours, by_left) = vector.as_chunks::<4>();
    let mut sums = [0.0; 2];
    let terms = fours.as_flattened().iter().zip(by_fours.as_flattened());
    for (k, (a, b)) in terms.enumerate() {
        sums[k % 2] += a * b;
    }
    left_over(sums[0] + sums[1], left, by_left)
}

/// What is left after the last four terms, its second term first.
#[inline(always)]
fn left_over(sum: f64, left: &[f64], by_left: &[f64]) -> f64 {
    match (left, by_left) {
        ([a], [b]) => mul_add(*a, *b, sum),
        ([a, c], [b, d]) => sum + mul_add(*a, *b, c * d),
        ([a, c, e], [b, d, f]) => sum + mul_add(*e, *f, mul_add(*a, *b, c * d)),
        _ => sum,
    }
}

/// `x · vector` where both are all there is: sixteen sums side by side, the rest onto their sum,
/// each product rounded.
#[cold]
fn vector_product(x: &[f64], vector: &[f64]) -> f64 {
    let (blocks, left) = x.as_chunks::<16>();
    let (by_blocks, by_left) = vector.as_chunks::<16>();
    let mut sums = [0.0; 16];
    for (a, b) in blocks.iter().zip(by_blocks) {
        for lane in 0..16 {
            sums[lane] = mul_add(a[lane], b[lane], sums[lane]);
        }
    }
    let (fours, _) = sums.as_chunks::<4>();
    let half = |lane: usize| {
        let pair = |four: usize| fours[four][lane] + fours[four][lane + 2];
        (pair(0) + pair(1)) + (pair(2) + pair(3))
    };
    let sum = half(0) + half(1);
    left.iter()
        .zip(by_left)
        .fold(sum, |sum, (a, b)| sum + a * b)
}

/// `out = x · matrix` as BLAS does it where `x` is the only row and there are several columns: no
/// fused additions but in blocks of four by four.
fn row_product(x: &[f64], matrix: &[f64], out: &mut [f64]) {
    let width = out.len();
    for (j, out) in out.iter_mut().enumerate() {
        let term = |k: usize| (x[k], matrix[k * width + j]);
        let plain = |k: usize| x[k] * matrix[k * width + j];
        let fours = x.len() / 4 * 4;
        let in_block = j < width / 4 * 4;
        let mut sum = 0.0;
        let mut k = 0;
        while k < fours {
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
fn unpaired_product(x: &[f64], matrix: &[f64], out: &mut [f64]) {
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
