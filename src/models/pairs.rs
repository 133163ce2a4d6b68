//! Two doubles at once, for kernels that pass over rows: WebAssembly's vectors where there are any.
//!
//! Left to itself the compiler adds up one row after the other and shuffles each sum; here two rows
//! share what is done at their ends, and no label is written by a branch.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) use vector::{Choice, Pair};

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(crate) use plain::{Choice, Pair};

/// Calls `two` for two rows and their labels at a time; gives back what is left, seven rows at most.
///
/// It works at four places of the batch in turn. A processor fetches ahead along each stream of memory
/// but waits for every new page; at four places it waits for four at once. Passing over 80 MB was a
/// third faster that way than from end to end.
#[inline(always)]
pub(crate) fn by_twos<'a, const D: usize>(
    rows: &'a [[f64; D]],
    labels: &'a mut [i32],
    mut two: impl FnMut(&[[f64; D]; 2], &mut [i32; 2]),
) -> (&'a [[f64; D]], &'a mut [i32]) {
    let quarter = rows.len().min(labels.len()) / 8;
    let (rows, rows_left) = rows.split_at(8 * quarter);
    let (labels, labels_left) = labels.split_at_mut(8 * quarter);
    let (first, second) = rows.as_chunks().0.split_at(2 * quarter);
    let (a, b) = labels.as_chunks_mut().0.split_at_mut(2 * quarter);
    let halves = |rows: &'a [[[f64; D]; 2]], labels: &'a mut [[i32; 2]]| {
        let ((first, second), (a, b)) = (rows.split_at(quarter), labels.split_at_mut(quarter));
        first.iter().zip(a).zip(second.iter().zip(b))
    };
    for (((w, a), (x, b)), ((y, c), (z, d))) in halves(first, a).zip(halves(second, b)) {
        two(w, a);
        two(x, b);
        two(y, c);
        two(z, d);
    }
    (rows_left, labels_left)
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod vector {
    #![allow(unsafe_code)]

    use std::arch::wasm32::{
        f64x2, f64x2_abs, f64x2_add, f64x2_gt, f64x2_le, f64x2_mul, f64x2_splat, i32x4_shuffle,
        i32x4_splat, i64x2_bitmask, i64x2_shl, i64x2_shuffle, v128, v128_bitselect, v128_load,
        v128_or, v128_store64_lane,
    };
    use std::ops::{Add, Mul};

    /// Two doubles.
    #[derive(Clone, Copy)]
    pub(crate) struct Pair(v128);

    impl Add for Pair {
        type Output = Self;
        #[inline(always)]
        fn add(self, other: Self) -> Self {
            Self(f64x2_add(self.0, other.0))
        }
    }

    impl Mul for Pair {
        type Output = Self;
        #[inline(always)]
        fn mul(self, other: Self) -> Self {
            Self(f64x2_mul(self.0, other.0))
        }
    }

    impl Pair {
        #[inline(always)]
        pub(crate) fn new(first: f64, second: f64) -> Self {
            Self(f64x2(first, second))
        }

        #[inline(always)]
        pub(crate) fn both(value: f64) -> Self {
            Self(f64x2_splat(value))
        }

        #[inline(always)]
        pub(crate) fn of(values: &[f64; 2]) -> Self {
            // SAFETY: reads what `values` holds; any address will do.
            Self(unsafe { v128_load(values.as_ptr().cast()) })
        }

        /// The sum of this pair, and the sum of the other.
        #[inline(always)]
        pub(crate) fn sums(self, other: Self) -> Self {
            let firsts = i64x2_shuffle::<0, 2>(self.0, other.0);
            let seconds = i64x2_shuffle::<1, 3>(self.0, other.0);
            Self(f64x2_add(firsts, seconds))
        }

        /// All bits that are set in either.
        #[inline(always)]
        pub(crate) fn bits_of_both(self, other: Self) -> Self {
            Self(v128_or(self.0, other.0))
        }

        /// Itself, worked out here rather than where it is needed first: by then all that it comes
        /// of would have filled the registers. What a browser's compiler spills, some processors
        /// now and then fetch late: GaussianNB took 1.3 to 1.6 times as long, for minutes, and for
        /// some batch sizes only.
        #[inline(always)]
        pub(crate) fn now(self) -> Self {
            Self(std::hint::black_box(self.0))
        }

        /// Whether either value is at most `limit` from zero, or either of `bits` has the bit that
        /// numbers from 2 up, infinity and NaN have, and no others.
        #[inline(always)]
        pub(crate) fn is_near(self, limit: Self, bits: Self) -> bool {
            let near = f64x2_le(f64x2_abs(self.0), limit.0);
            // To the place of the sign, where one instruction finds it.
            i64x2_bitmask(v128_or(near, i64x2_shl(bits.0, 1))) != 0
        }
    }

    /// One label or the other.
    #[derive(Clone, Copy)]
    pub(crate) struct Choice {
        no: v128,
        yes: v128,
    }

    impl Choice {
        #[inline(always)]
        pub(crate) fn new([no, yes]: [i32; 2]) -> Self {
            Self {
                no: i32x4_splat(no),
                yes: i32x4_splat(yes),
            }
        }

        /// The second label where a value is above zero.
        #[inline(always)]
        pub(crate) fn write(self, values: Pair, labels: &mut [i32; 2]) {
            let above = f64x2_gt(values.0, f64x2_splat(0.0));
            let chosen =
                v128_bitselect(self.yes, self.no, i32x4_shuffle::<0, 2, 0, 2>(above, above));
            // SAFETY: writes what `labels` holds; any address will do.
            unsafe { v128_store64_lane::<0>(chosen, labels.as_mut_ptr().cast()) }
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod plain {
    use std::ops::{Add, Mul};

    /// Two doubles.
    #[derive(Clone, Copy)]
    pub(crate) struct Pair([f64; 2]);

    impl Add for Pair {
        type Output = Self;
        #[inline(always)]
        fn add(self, other: Self) -> Self {
            Self([self.0[0] + other.0[0], self.0[1] + other.0[1]])
        }
    }

    impl Mul for Pair {
        type Output = Self;
        #[inline(always)]
        fn mul(self, other: Self) -> Self {
            Self([self.0[0] * other.0[0], self.0[1] * other.0[1]])
        }
    }

    impl Pair {
        #[inline(always)]
        pub(crate) fn new(first: f64, second: f64) -> Self {
            Self([first, second])
        }

        #[inline(always)]
        pub(crate) fn both(value: f64) -> Self {
            Self([value; 2])
        }

        #[inline(always)]
        pub(crate) fn of(values: &[f64; 2]) -> Self {
            Self(*values)
        }

        /// The sum of this pair, and the sum of the other.
        #[inline(always)]
        pub(crate) fn sums(self, other: Self) -> Self {
            Self([self.0[0] + self.0[1], other.0[0] + other.0[1]])
        }

        /// All bits that are set in either.
        #[inline(always)]
        pub(crate) fn bits_of_both(self, other: Self) -> Self {
            let or = |i: usize| f64::from_bits(self.0[i].to_bits() | other.0[i].to_bits());
            Self([or(0), or(1)])
        }

        /// Itself: see the other.
        #[inline(always)]
        pub(crate) fn now(self) -> Self {
            self
        }

        /// Whether either value is at most `limit` from zero, or either of `bits` has the bit that
        /// numbers from 2 up, infinity and NaN have, and no others.
        #[inline(always)]
        pub(crate) fn is_near(self, limit: Self, bits: Self) -> bool {
            let near = |i: usize| self.0[i].abs() <= limit.0[i];
            let large = (bits.0[0].to_bits() | bits.0[1].to_bits()) >> 62 & 1;
            near(0) | near(1) | (large != 0)
        }
    }

    /// One label or the other.
    #[derive(Clone, Copy)]
    pub(crate) struct Choice([i32; 2]);

    impl Choice {
        #[inline(always)]
        pub(crate) fn new(labels: [i32; 2]) -> Self {
            Self(labels)
        }

        /// The second label where a value is above zero.
        #[inline(always)]
        pub(crate) fn write(self, values: Pair, labels: &mut [i32; 2]) {
            *labels = values.0.map(|value| self.0[usize::from(value > 0.0)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_meets_its_label_once() {
        for n in 0..50 {
            let rows: Vec<[f64; 1]> = (0..n).map(|row| [f64::from(row)]).collect();
            let mut labels = vec![-1; rows.len()];
            let (rows_left, labels_left) = by_twos(&rows, &mut labels, |rows, labels| {
                for (row, label) in rows.iter().zip(labels) {
                    assert_eq!(*label, -1);
                    *label = row[0] as i32;
                }
            });
            assert!(rows_left.len() < 8);
            for (row, label) in rows_left.iter().zip(labels_left) {
                *label = row[0] as i32;
            }
            assert_eq!(labels, (0..n).collect::<Vec<_>>());
        }
    }
}
