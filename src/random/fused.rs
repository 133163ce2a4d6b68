//! `a·b + c` with one rounding, from ordinary additions and products.
//!
//! WebAssembly has no fused multiply-add and its software replacement is slow. The C library and
//! BLAS that scikit-learn runs on do fuse, so their last bits need it.

/// `a·b` as its rounded value and the exact rest (Dekker, Veltkamp).
#[inline(always)]
pub(crate) fn two_prod(a: f64, b: f64) -> (f64, f64) {
    const SPLIT: f64 = 134_217_729.0; // 2^27 + 1
    let halves = |v: f64| {
        let t = v * SPLIT;
        let high = t - (t - v);
        (high, v - high)
    };
    let p = a * b;
    let ((ah, al), (bh, bl)) = (halves(a), halves(b));
    (p, ((ah * bh - p) + ah * bl + al * bh) + al * bl)
}

/// `a + b` as its rounded value and the exact rest (Knuth).
#[inline(always)]
pub(crate) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let s = a + b;
    let v = s - a;
    (s, (a - (s - v)) + (b - v))
}

/// `a·b + c`, rounded once, for operands between about 1e-140 and 1e140 in size, or zero.
///
/// The low parts are added with rounding to odd, so that the last addition rounds as if it saw
/// them all (Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums", 2008). No
/// branches: loops over it vectorise.
#[inline(always)]
pub(crate) fn mul_add(a: f64, b: f64, c: f64) -> f64 {
    let (p, e) = two_prod(a, b);
    let (s, t) = two_sum(p, c);
    let (v, w) = two_sum(t, e);
    let bits = v.to_bits();
    // One step towards the rest where the last bit is even and the sum was not exact.
    let inexact = u64::from(w != 0.0) & !bits & 1;
    let away = (v.to_bits() ^ w.to_bits()) >> 63; // 1: the rest points towards zero
    let odd = bits
        .wrapping_add(inexact)
        .wrapping_sub((inexact & away) << 1);
    s + f64::from_bits(odd)
}

#[cfg(test)]
mod tests {
    use super::mul_add;
    use crate::random::RandomState;

    #[test]
    fn rounds_once() {
        let mut rng = RandomState::new(7);
        for i in 0..200_000 {
            let mut draw = || {
                let scale = 2f64.powi(rng.interval(60) as i32 - 30);
                (2.0 * rng.random_sample() - 1.0) * scale
            };
            let (a, b) = (draw(), draw());
            // Every third addend nearly cancels the product, every third is a tie-prone power of two.
            let c = match i % 3 {
                0 => draw(),
                1 => -(a * b) * (1.0 + 2f64.powi(-52)),
                _ => 2f64.powi((a * b).abs().log2() as i32 + 50),
            };
            assert_eq!(
                mul_add(a, b, c).to_bits(),
                f64::mul_add(a, b, c).to_bits(),
                "{a} * {b} + {c}"
            );
        }
    }

    #[test]
    fn ties_and_zeros() {
        let e = f64::EPSILON;
        for (a, b, c) in [
            (1.0 + e, 1.0 + e, -1.0 - 2.0 * e),
            (1.0 + e, 1.0 - e, -1.0),
            (0.0, 3.0, 1.5),
            (2f64.powi(-60), 2f64.powi(-60), 1.0 + e),
            (2f64.powi(-53), 1.0 + e, 1.0),
            (2f64.powi(-53), 1.0, 1.0),
            (-(2f64.powi(-53)), 1.0 + e, 1.0 + e),
        ] {
            assert_eq!(mul_add(a, b, c).to_bits(), f64::mul_add(a, b, c).to_bits());
        }
    }
}
