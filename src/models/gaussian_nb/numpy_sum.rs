//! numpy's order of summing numbers that lie next to each other.

/// Sum of `n` numbers, halved until 128 are left, which go to eight running sums.
pub(super) fn pairwise_sum(n: usize, value: &impl Fn(usize) -> f64) -> f64 {
    part(0, n, value)
}

fn part(start: usize, n: usize, value: &impl Fn(usize) -> f64) -> f64 {
    if n < 8 {
        return (start..start + n).fold(0.0, |sum, i| sum + value(i));
    }
    if n > 128 {
        let half = n / 2 - n / 2 % 8;
        return part(start, half, value) + part(start + half, n - half, value);
    }
    let mut r: [f64; 8] = std::array::from_fn(|l| value(start + l));
    let whole = n - n % 8;
    for i in (8..whole).step_by(8) {
        for (l, r) in r.iter_mut().enumerate() {
            *r += value(start + i + l);
        }
    }
    let eight = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    (start + whole..start + n).fold(eight, |sum, i| sum + value(i))
}
