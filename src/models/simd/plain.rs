//! The same without vectors. What each name is for stands in `wasm`.

use std::array::from_fn;
use std::ops::{Add, BitAnd, BitOr, Mul, Shr};

/// Two doubles.
#[derive(Clone, Copy)]
pub(crate) struct Pair(pub(super) [f64; 2]);

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

    /// Itself.
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

/// Eight numbers of 16 bits; sums and products wrap.
#[derive(Clone, Copy)]
pub(crate) struct Shorts([u16; 8]);

impl Shorts {
    #[inline(always)]
    fn with(self, other: Self, of: impl Fn(u16, u16) -> u16) -> Self {
        Self(from_fn(|i| of(self.0[i], other.0[i])))
    }
}

impl Add for Shorts {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.with(other, u16::wrapping_add)
    }
}

impl Mul for Shorts {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.with(other, u16::wrapping_mul)
    }
}

impl BitAnd for Shorts {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        self.with(other, u16::bitand)
    }
}

impl BitOr for Shorts {
    type Output = Self;
    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        self.with(other, u16::bitor)
    }
}

/// Zeros move in.
impl Shr<u32> for Shorts {
    type Output = Self;
    #[inline(always)]
    fn shr(self, bits: u32) -> Self {
        Self(self.0.map(|number| number >> bits))
    }
}

impl Shorts {
    #[inline(always)]
    pub(crate) fn all(number: u16) -> Self {
        Self([number; 8])
    }

    #[inline(always)]
    pub(crate) fn of(numbers: &[i16; 8]) -> Self {
        Self(numbers.map(i16::cast_unsigned))
    }

    /// The numbers at these places, all below 16, of sixteen whose low bytes come before their high bytes.
    #[inline(always)]
    pub(crate) fn picked(planes: &[[u8; 16]; 2], places: &[u8; 8]) -> Self {
        Self(places.map(|place| {
            let place = usize::from(place) % 16;
            u16::from_le_bytes([planes[0][place], planes[1][place]])
        }))
    }

    /// All bits of each place at which this one, with a sign, is above the other.
    #[inline(always)]
    pub(crate) fn above(self, other: Self) -> Self {
        self.with(other, |a, b| {
            if a.cast_signed() > b.cast_signed() {
                u16::MAX
            } else {
                0
            }
        })
    }

    /// Its bits but those of the other.
    #[inline(always)]
    pub(crate) fn without(self, other: Self) -> Self {
        self.with(other, |a, b| a & !b)
    }

    /// The highest bit of each.
    #[inline(always)]
    pub(crate) fn signs(self) -> u8 {
        (0..8).fold(0, |signs, i| signs | ((self.0[i] >> 15) as u8) << i)
    }

    #[inline(always)]
    pub(crate) fn write(self, numbers: &mut [u16; 8]) {
        *numbers = self.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ODD: [f64; 14] = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        1.999_999_999_999_999_8,
        2.0,
        -2.0,
        5e-324,
        -1e-3,
        1e300,
        f64::MAX,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
    ];

    fn odd_pairs() -> impl Iterator<Item = [f64; 2]> + Clone {
        ODD.iter().flat_map(|&a| ODD.map(|b| [a, b]))
    }

    /// Bit for bit, but that any NaN is one.
    fn same(pair: Pair, first: f64, second: f64) -> bool {
        let same = |a: f64, b: f64| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
        same(pair.0[0], first) && same(pair.0[1], second)
    }

    #[test]
    fn pairs_add_and_multiply_each_by_itself() {
        for [a, b] in odd_pairs() {
            assert!(same(Pair::new(a, b), a, b));
            assert!(same(Pair::of(&[a, b]).now(), a, b));
            assert!(same(Pair::both(a), a, a));
            for [c, d] in odd_pairs() {
                let (one, other) = (Pair::new(a, b), Pair::new(c, d));
                assert!(same(one + other, a + c, b + d), "{a} {b} {c} {d}");
                assert!(same(one * other, a * c, b * d), "{a} {b} {c} {d}");
                assert!(same(one.sums(other), a + b, c + d), "{a} {b} {c} {d}");
            }
        }
    }

    #[test]
    fn what_is_near_or_large_is_found_in_either_place() {
        let limits = [0.0, 1e-3, 1.0];
        for ([a, b], limit) in odd_pairs().flat_map(|pair| limits.map(|limit| (pair, limit))) {
            for [c, d] in odd_pairs() {
                // Terms of two steps, of which the bits are gathered.
                let bits = Pair::new(c, 0.5).bits_of_both(Pair::new(-0.25, d));
                let near = Pair::new(a, b).is_near(Pair::both(limit), bits);
                let is_small = |term: f64| term.abs() < 2.0;
                let wanted = a.abs() <= limit || b.abs() <= limit || !is_small(c) || !is_small(d);
                assert_eq!(near, wanted, "{a} {b} {limit} {c} {d}");
            }
        }
    }

    #[test]
    fn the_second_label_is_for_what_is_above_zero() {
        for [a, b] in odd_pairs() {
            let mut labels = [0; 2];
            Choice::new([-7, 9]).write(Pair::new(a, b), &mut labels);
            assert_eq!(labels, [a, b].map(|value| if value > 0.0 { 9 } else { -7 }));
        }
    }

    /// Numbers about the ends of what 16 bits hold, with a sign and without.
    fn odd_shorts() -> impl Iterator<Item = [i16; 8]> + Clone {
        let odd = [
            0,
            1,
            2,
            0x7ffe,
            0x7fff,
            i16::MIN,
            i16::MIN + 1,
            -2,
            -1,
            2479,
            255,
            256,
            -256,
        ];
        (0..odd.len() * 5)
            .map(move |at| from_fn(|i| odd[(at + i * (at / odd.len() + 1)) % odd.len()]))
    }

    fn written(numbers: Shorts) -> [u16; 8] {
        let mut out = [0; 8];
        numbers.write(&mut out);
        out
    }

    #[test]
    fn shorts_do_in_each_place_what_longer_numbers_do() {
        for (a, b) in odd_shorts().flat_map(|a| odd_shorts().map(move |b| (a, b))) {
            let (one, other) = (Shorts::of(&a), Shorts::of(&b));
            let each = |of: fn(i64, i64) -> i64| -> [u16; 8] {
                from_fn(|i| of(i64::from(a[i]), i64::from(b[i])).rem_euclid(1 << 16) as u16)
            };
            assert_eq!(written(one), each(|a, _| a));
            assert_eq!(written(one + other), each(|a, b| a + b));
            assert_eq!(written(one * other), each(|a, b| a * b));
            assert_eq!(written(one & other), each(|a, b| a & b));
            assert_eq!(written(one | other), each(|a, b| a | b));
            assert_eq!(written(one.without(other)), each(|a, b| a & !b));
            assert_eq!(
                written(one >> 12),
                each(|a, _| a.rem_euclid(1 << 16) / 4096)
            );
            assert_eq!(written(one.above(other)), each(|a, b| -i64::from(a > b)));
            let signs: Vec<bool> = (0..8).map(|i| one.signs() & 1 << i != 0).collect();
            assert_eq!(signs, a.map(|a| a < 0));
        }
        assert_eq!(written(Shorts::all(0x8001)), [0x8001; 8]);
    }

    #[test]
    fn shorts_are_picked_by_their_places() {
        let numbers: [u16; 16] = from_fn(|i| 0xfedc_u16.wrapping_mul(i as u16 + 3));
        let planes = [0, 8].map(|shift| numbers.map(|number| (number >> shift) as u8));
        for start in 0..16 {
            let places = from_fn(|i| ((start + 5 * i) % 16) as u8);
            let wanted = places.map(|place| numbers[usize::from(place)]);
            assert_eq!(written(Shorts::picked(&planes, &places)), wanted);
        }
    }
}
