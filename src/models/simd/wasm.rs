//! WebAssembly's vectors. Reading and writing them is unsafe since the standard library does it by pointers.
#![allow(unsafe_code)]

use std::arch::wasm32::{
    f64x2, f64x2_abs, f64x2_add, f64x2_gt, f64x2_le, f64x2_mul, f64x2_splat, i8x16_shuffle,
    i8x16_swizzle, i16x8_add, i16x8_bitmask, i16x8_gt, i16x8_mul, i32x4_shuffle, i32x4_splat,
    i64x2_bitmask, i64x2_shl, i64x2_shuffle, u16x8_shr, u16x8_splat, v128, v128_and, v128_andnot,
    v128_bitselect, v128_load, v128_load64_zero, v128_or, v128_store, v128_store64_lane,
};
use std::ops::{Add, BitAnd, BitOr, Mul, Shr};

/// Two doubles.
#[derive(Clone, Copy)]
pub(crate) struct Pair(pub(super) v128);

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
        // SAFETY: reads 16 bytes, which is what `values` holds, initialized and borrowed meanwhile; any
        // address will do, and any bits are a vector.
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
        let chosen = v128_bitselect(self.yes, self.no, i32x4_shuffle::<0, 2, 0, 2>(above, above));
        // SAFETY: writes 8 bytes, which is what `labels` holds, borrowed by nobody else; any address will
        // do, and any bits are labels.
        unsafe { v128_store64_lane::<0>(chosen, labels.as_mut_ptr().cast()) }
    }
}

/// Eight numbers of 16 bits; sums and products wrap.
#[derive(Clone, Copy)]
pub(crate) struct Shorts(v128);

impl Add for Shorts {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(i16x8_add(self.0, other.0))
    }
}

impl Mul for Shorts {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(i16x8_mul(self.0, other.0))
    }
}

impl BitAnd for Shorts {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Self(v128_and(self.0, other.0))
    }
}

impl BitOr for Shorts {
    type Output = Self;
    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        Self(v128_or(self.0, other.0))
    }
}

/// Zeros move in.
impl Shr<u32> for Shorts {
    type Output = Self;
    #[inline(always)]
    fn shr(self, bits: u32) -> Self {
        Self(u16x8_shr(self.0, bits))
    }
}

impl Shorts {
    #[inline(always)]
    pub(crate) fn all(number: u16) -> Self {
        Self(u16x8_splat(number))
    }

    #[inline(always)]
    pub(crate) fn of(numbers: &[i16; 8]) -> Self {
        // SAFETY: reads 16 bytes, which is what `numbers` holds, initialized and borrowed meanwhile; any
        // address will do, and any bits are a vector.
        Self(unsafe { v128_load(numbers.as_ptr().cast()) })
    }

    /// The numbers at these places, all below 16, of sixteen whose low bytes come before their high bytes.
    #[inline(always)]
    pub(crate) fn picked(planes: &[[u8; 16]; 2], places: &[u8; 8]) -> Self {
        // SAFETY: reads 8 bytes, which is what `places` holds, initialized and borrowed meanwhile; any
        // address will do, and any bits are a vector.
        let places = unsafe { v128_load64_zero(places.as_ptr().cast()) };
        let [low, high] = planes.each_ref().map(|plane| {
            // SAFETY: reads 16 bytes, which is what `plane` holds, initialized and borrowed meanwhile; any
            // address will do, and any bits are a vector.
            i8x16_swizzle(unsafe { v128_load(plane.as_ptr().cast()) }, places)
        });
        #[rustfmt::skip]
        let both = i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(low, high);
        Self(both)
    }

    /// All bits of each place at which this one, with a sign, is above the other.
    #[inline(always)]
    pub(crate) fn above(self, other: Self) -> Self {
        Self(i16x8_gt(self.0, other.0))
    }

    /// Its bits but those of the other.
    #[inline(always)]
    pub(crate) fn without(self, other: Self) -> Self {
        Self(v128_andnot(self.0, other.0))
    }

    /// The highest bit of each.
    #[inline(always)]
    pub(crate) fn signs(self) -> u8 {
        i16x8_bitmask(self.0)
    }

    #[inline(always)]
    pub(crate) fn write(self, numbers: &mut [u16; 8]) {
        // SAFETY: writes 16 bytes, which is what `numbers` holds, borrowed by nobody else; any address will
        // do, and any bits are numbers.
        unsafe { v128_store(numbers.as_mut_ptr().cast(), self.0) }
    }
}
