//! Products of several vectors at once.

/// Sums over even and over odd places of all products of `A` vectors with `B` others.
pub(crate) type PairSums<const A: usize, const B: usize> = [[[f64; 2]; B]; A];

/// All products of `A` vectors with `B` others.
#[inline]
pub(crate) fn dots<const A: usize, const B: usize, const N: usize>(
    a: [&[f64; N]; A],
    b: [&[f64; N]; B],
) -> [[f64; B]; A] {
    let mut sums = [[[0.0; 2]; B]; A];
    add_dots(a, b, &mut sums);
    sums.map(|sums| sums.map(|[even, odd]| even + odd))
}

/// Adds to such sums. `N` is even.
///
/// Each loaded value is used several times, and the sums need not wait for each other. Not inlined:
/// where the compiler sees what becomes of the sums, it makes vectors of neighbouring ones instead
/// and shuffles every value it loads.
#[inline(never)]
pub(crate) fn add_dots<const A: usize, const B: usize, const N: usize>(
    a: [&[f64; N]; A],
    b: [&[f64; N]; B],
    sums: &mut PairSums<A, B>,
) {
    for i in (0..N - 1).step_by(2) {
        for (a, sums) in a.iter().zip(&mut *sums) {
            for (b, sum) in b.iter().zip(sums) {
                sum[0] += a[i] * b[i];
                sum[1] += a[i + 1] * b[i + 1];
            }
        }
    }
}

/// The product of two vectors, in eight running sums.
#[inline]
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
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
