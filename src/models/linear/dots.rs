//! Products of several vectors at once.

/// All products of `A` vectors with `B` others of the same length: each loaded value is used several
/// times, and the running sums need not wait for each other.
#[inline]
pub(super) fn dots<const A: usize, const B: usize>(
    a: [&[f64]; A],
    b: [&[f64]; B],
) -> [[f64; B]; A] {
    let mut sums = [[[0.0; 2]; B]; A];
    add_pairs(
        a.map(|a| a.as_chunks().0),
        b.map(|b| b.as_chunks().0),
        &mut sums,
    );
    let mut sums = sums.map(|sums| sums.map(|[even, odd]| even + odd));
    let len = a[0].len();
    if len % 2 == 1 {
        for (a, sums) in a.iter().zip(&mut sums) {
            for (b, sum) in b.iter().zip(sums) {
                *sum += a[len - 1] * b[len - 1];
            }
        }
    }
    sums
}

/// Sums over even and odd places apart. Not inlined: where the compiler sees what becomes of the
/// sums, it makes vectors of neighbouring ones instead and shuffles every value it loads.
#[inline(never)]
fn add_pairs<const A: usize, const B: usize>(
    a: [&[[f64; 2]]; A],
    b: [&[[f64; 2]]; B],
    sums: &mut [[[f64; 2]; B]; A],
) {
    let len = a[0].len();
    let (a, b) = (a.map(|a| &a[..len]), b.map(|b| &b[..len]));
    for i in 0..len {
        for (a, sums) in a.iter().zip(&mut *sums) {
            for (b, sum) in b.iter().zip(sums) {
                sum[0] += a[i][0] * b[i][0];
                sum[1] += a[i][1] * b[i][1];
            }
        }
    }
}

/// The product of two vectors, in eight running sums.
#[inline]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a_eights, a_rest) = a.as_chunks::<8>();
    let (b_eights, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (a, b) in a_eights.iter().zip(b_eights) {
        for i in 0..8 {
            sums[i] += a[i] * b[i];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    let [a, b, c, d, e, f, g, h] = sums;
    (((a + e) + (b + f)) + ((c + g) + (d + h))) + rest
}
