//! The natural logarithm, correctly rounded but for about one argument in 10⁴.
//!
//! numpy's normal draws go through the C library's `log`, whose answers differ between libraries
//! in the last bit; wasm has none of its own. A correctly rounded one agrees with the common
//! libraries (errors below 0.52 ULP) on all but a small minority of arguments, and is the same in
//! every browser.

use std::sync::OnceLock;

/// ln 2 in two parts; the first has 21 zero bits at its end, so that `k * LN2_HI` is exact.
const LN2_HI: f64 = f64::from_bits(0x3fe6_2e42_fefa_3800);
const LN2_LO: f64 = f64::from_bits(0x3d2e_f357_93c7_6730);

/// Steps of the table, per unit.
const STEPS: f64 = 128.0;
/// The table covers `FIRST / STEPS … (FIRST + LEN - 1) / STEPS`, a little more than √½ … √2.
const FIRST: usize = 90;
const LEN: usize = 93;

#[derive(Debug, Clone, Copy)]
struct Entry {
    /// About 1 / c, with 14 bits: products with it split exactly.
    inverse: f64,
    /// −ln(inverse) in two parts.
    hi: f64,
    lo: f64,
}

/// A logarithm with its table.
#[derive(Debug, Clone, Copy)]
pub struct Ln(&'static [Entry; LEN]);

impl Default for Ln {
    fn default() -> Self {
        Self::new()
    }
}

impl Ln {
    /// Builds the table the first time.
    #[must_use]
    pub fn new() -> Self {
        static TABLE: OnceLock<[Entry; LEN]> = OnceLock::new();
        Self(TABLE.get_or_init(|| {
            std::array::from_fn(|i| {
                let inverse = (STEPS / (FIRST + i) as f64 * 8192.0).round() / 8192.0;
                let (hi, lo) = ln_of_inverse(inverse);
                Entry { inverse, hi, lo }
            })
        }))
    }

    /// ln x for a positive, normal, finite x.
    #[inline]
    #[must_use]
    pub fn of(self, x: f64) -> f64 {
        let bits = x.to_bits();
        // m in [√½, √2): the exponent is taken from just below √½.
        let shifted = bits.wrapping_sub(0x3fe6_a09e_667f_3bcd);
        let k = (shifted as i64 >> 52) as f64;
        let m = f64::from_bits(bits.wrapping_sub(shifted & (0xfff << 52)));
        let entry = self.0[((m * STEPS + 0.5) as usize - FIRST).min(LEN - 1)];
        // r = m · inverse − 1, exactly in two parts: the halves of m have few bits.
        let m_hi = f64::from_bits(m.to_bits() & !0x7ff_ffff);
        let (r, r_lo) = fast_two_sum(m_hi * entry.inverse - 1.0, (m - m_hi) * entry.inverse);
        // ln(1 + r) = r − r²/2 + r³(1/3 − …), |r| < 2⁻⁷
        let square = r * r;
        let square_lo = product_error(r, square);
        let tail = square
            * r
            * (1.0 / 3.0
                - r * (0.25
                    - r * (0.2
                        - r * (1.0 / 6.0 - r * (1.0 / 7.0 - r * (0.125 - r * (1.0 / 9.0)))))));
        let (sum, e1) = two_sum(k * LN2_HI, entry.hi);
        let (sum, e2) = two_sum(sum, r);
        let (sum, e3) = two_sum(sum, -0.5 * square);
        sum + (e1 + e2 + e3 + (k * LN2_LO + entry.lo + r_lo - r * r_lo - 0.5 * square_lo) + tail)
    }
}

/// −ln(a) in two parts, by the series of atanh in doubled precision.
fn ln_of_inverse(a: f64) -> (f64, f64) {
    let t = divide((a - 1.0, 0.0), (a + 1.0, 0.0));
    let t2 = multiply(t, t);
    let mut sum = (0.0, 0.0);
    for n in (0..30).rev() {
        sum = add(
            multiply(sum, t2),
            divide((1.0, 0.0), (f64::from(2 * n + 1), 0.0)),
        );
    }
    let (hi, lo) = multiply(sum, t);
    (-2.0 * hi, -2.0 * lo)
}

fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}

/// As `two_sum`, for |a| ≥ |b|.
fn fast_two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    if a.abs() >= b.abs() {
        (sum, b - (sum - a))
    } else {
        (sum, a - (sum - b))
    }
}

/// `a² − rounded`, exactly.
fn product_error(a: f64, rounded: f64) -> f64 {
    let hi = f64::from_bits(a.to_bits() & !0x7ff_ffff);
    let lo = a - hi;
    ((hi * hi - rounded) + 2.0 * hi * lo) + lo * lo
}

type Double = (f64, f64);

fn add(a: Double, b: Double) -> Double {
    let (hi, lo) = two_sum(a.0, b.0);
    two_sum(hi, lo + a.1 + b.1)
}

fn multiply(a: Double, b: Double) -> Double {
    let hi = a.0 * b.0;
    two_sum(
        hi,
        two_product_error(a.0, b.0, hi) + (a.0 * b.1 + a.1 * b.0),
    )
}

fn divide(a: Double, b: Double) -> Double {
    let first = a.0 / b.0;
    let rest = add(a, multiply((-first, 0.0), b));
    let second = rest.0 / b.0;
    two_sum(first, second)
}

/// `a · b − rounded`, exactly (Dekker).
pub(crate) fn two_product_error(a: f64, b: f64, rounded: f64) -> f64 {
    let split = |v: f64| {
        let hi = f64::from_bits(v.to_bits() & !0x7ff_ffff);
        (hi, v - hi)
    };
    let ((ah, al), (bh, bl)) = (split(a), split(b));
    ((ah * bh - rounded) + ah * bl + al * bh) + al * bl
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_libraries_logarithm_but_for_a_last_bit_now_and_then() {
        let ln = Ln::new();
        let mut generator = crate::random::mt19937::Mt19937::new(5);
        let (mut different, n) = (0, 200_000);
        for i in 0..n {
            let mut x = crate::random::mt19937::double(generator.next_u32(), generator.next_u32());
            if i % 3 == 0 {
                x = 1.0 - x * 1e-3;
            } else if i % 3 == 1 {
                x *= 1e-9;
            }
            if x <= 0.0 {
                continue;
            }
            let apart = (ln.of(x).to_bits() as i64 - x.ln().to_bits() as i64).abs();
            assert!(apart <= 1, "ln {x}: {} against {}", ln.of(x), x.ln());
            different += apart;
        }
        assert!(different < n / 50, "{different} of {n} differ");
        assert_eq!(ln.of(1.0), 0.0);
    }
}
