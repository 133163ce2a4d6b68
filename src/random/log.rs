//! The natural logarithm with the bits of the GNU C library on a machine with fused multiply-add.
//!
//! numpy's normals go through that `log`. It is right to 0.52 units in the last place, so neither
//! a correctly rounded one nor another library's gives the same bits. Its fused steps are cheap to
//! approximate: the last bit is decided by the final addition, and only where that is a close call
//! (one time in some thousand) are they repeated exactly.

use super::fused::{mul_add, two_prod};
use super::log_table::{LN2_HIGH, LN2_LOW, NARROW, TABLE, WIDE};

/// `ln x` for a normal, positive `x`; numpy's bits.
///
/// Source: `log` of glibc 2.28 and later (Arm Optimized Routines), its x86-64 build with FMA.
#[inline]
pub(crate) fn log(x: f64) -> f64 {
    const ONE: u64 = 0x3ff0_0000_0000_0000;
    const LOW: u64 = 0x3fee_0000_0000_0000; // 1 - 1/16
    const WIDTH: u64 = 0x0003_08ff_ffff_ffff; // … up to 1.0647
    let bits = x.to_bits();
    if bits.wrapping_sub(LOW) <= WIDTH {
        if bits == ONE { 0.0 } else { near_one(x - 1.0) }
    } else {
        by_table(bits)
    }
}

/// `x = 2^k z`; `ln x = k ln 2 + ln c + ln(1 + r)` with `r = z/c - 1`.
#[inline]
fn by_table(bits: u64) -> f64 {
    const START: u64 = 0x3fe6_0000_0000_0000; // 0.6875
    let above = bits.wrapping_sub(START);
    let (inv_c, log_c) = TABLE[(above >> 45) as usize & 127];
    let k = f64::from((above as i64 >> 52) as i32);
    let z = f64::from_bits(bits.wrapping_sub(above & (0xfff << 52)));

    // z/c - 1 rounded once: the subtraction is exact.
    let (p, e) = two_prod(z, inv_c);
    let r = (p - 1.0) + e;
    // Exact: the table's ln c and ln 2 end in zero bits.
    let w = k * LN2_HIGH + log_c;
    let high = w + r;
    let low = (w - high) + r;
    let r2 = r * r;

    let c = &NARROW;
    let tail =
        (low + k * LN2_LOW + r2 * c[0]) + r * r2 * ((c[1] + r * c[2]) + (c[3] + r * c[4]) * r2);
    // Terms below 2^-17 rounded five times, against results above 2^-5; and k times ln 2's end.
    let doubt = r2 * 2f64.powi(-51) + 2f64.powi(-85);
    if high + (tail - doubt) == high + (tail + doubt) {
        return high + tail;
    }
    by_table_fused(high, low, k, r)
}

#[cold]
#[inline(never)]
fn by_table_fused(high: f64, low: f64, k: f64, r: f64) -> f64 {
    let c = &NARROW;
    let r2 = r * r;
    let low = mul_add(r2, c[0], mul_add(k, LN2_LOW, low));
    let poly = mul_add(mul_add(r, c[4], c[3]), r2, mul_add(r, c[2], c[1]));
    mul_add(r * r2, poly, low) + high
}

/// `ln(1 + r)`, the leading `r - r²/2` in two parts.
#[inline]
fn near_one(r: f64) -> f64 {
    let c = &WIDE;
    let r2 = r * r;
    let r3 = r * r2;
    let shifted = r * 134_217_728.0; // 2^27
    let r_high = (r + shifted) - shifted;
    let r_low = r - r_high;
    let square = r_high * r_high * c[0];
    let high = r + square;
    let low = (r - high) + square;
    let low_factor = c[0] * r_low;

    let poly = (c[1] + r * c[2] + r2 * c[3])
        + r3 * ((c[4] + r * c[5] + r2 * c[6]) + r3 * (c[7] + r * c[8] + r2 * c[9] + r3 * c[10]));
    let tail = low + low_factor * (r_high + r) + r3 * poly;
    let doubt = r3.abs() * 2f64.powi(-51) + r2 * 2f64.powi(-76);
    if high + (tail - doubt) == high + (tail + doubt) {
        return high + tail;
    }
    near_one_fused(r, high, mul_add(low_factor, r_high + r, low))
}

#[cold]
#[inline(never)]
fn near_one_fused(r: f64, high: f64, low: f64) -> f64 {
    let c = &WIDE;
    let r2 = r * r;
    let r3 = r * r2;
    let first = mul_add(r2, c[3], mul_add(r, c[2], c[1]));
    let second = mul_add(r2, c[6], mul_add(r, c[5], c[4]));
    let third = mul_add(r3, c[10], mul_add(r2, c[9], mul_add(r, c[8], c[7])));
    let poly = mul_add(mul_add(third, r3, second), r3, first);
    high + mul_add(poly, r3, low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::RandomState;

    /// Within one unit of Rust's own, whatever C library that is.
    #[test]
    fn close_to_std() {
        let mut rng = RandomState::new(1);
        for _ in 0..200_000 {
            let x = rng.random_sample() * 1.2 + 1e-9;
            let (ours, std) = (log(x), x.ln());
            let ulps = (ours.to_bits() as i64 - std.to_bits() as i64).abs();
            assert!(ulps <= 1, "ln {x}: {ours} {std}");
        }
        assert_eq!(log(1.0), 0.0);
    }

    /// Bit for bit, where the machine has that C library and FMA. By hand: not every one has.
    #[test]
    #[ignore = "compares with this machine's C library"]
    fn equals_glibc() {
        let mut rng = RandomState::new(2);
        for i in 0..100_000_000_u64 {
            let u = rng.random_sample();
            let x = match i % 4 {
                0 => u * u * 1e-3 + 1e-300,
                1 => 0.93 + u * 0.14,
                2 => 1.0 - u * u * u * 1e-4,
                _ => u + 1e-17,
            };
            assert_eq!(log(x).to_bits(), x.ln().to_bits(), "ln {x:e}");
        }
    }

    /// The exact steps alone, so that rare close calls are covered too.
    #[test]
    #[ignore = "compares with this machine's C library"]
    fn fused_steps_equal_glibc() {
        let mut rng = RandomState::new(3);
        for _ in 0..5_000_000 {
            let x = rng.random_sample() * 1.3 + 1e-12;
            let bits = x.to_bits();
            let exact = if (0.9375..1.0646).contains(&x) {
                let r = x - 1.0;
                let shifted = r * 134_217_728.0;
                let r_high = (r + shifted) - shifted;
                let high = r + r_high * r_high * -0.5;
                let low = (r - high) + r_high * r_high * -0.5;
                near_one_fused(r, high, mul_add(-0.5 * (r - r_high), r_high + r, low))
            } else {
                let above = bits.wrapping_sub(0x3fe6_0000_0000_0000);
                let (inv_c, log_c) = TABLE[(above >> 45) as usize & 127];
                let k = f64::from((above as i64 >> 52) as i32);
                let z = f64::from_bits(bits.wrapping_sub(above & (0xfff << 52)));
                let r = f64::mul_add(z, inv_c, -1.0);
                let w = k * LN2_HIGH + log_c;
                let high = w + r;
                by_table_fused(high, (w - high) + r, k, r)
            };
            assert_eq!(exact.to_bits(), x.ln().to_bits(), "ln {x:e}");
        }
    }
}
