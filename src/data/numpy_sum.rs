//! numpy's order of summing numbers that lie next to each other.

/// Sum of `n` numbers, halved until 128 are left, which go to eight running sums.
pub(crate) fn pairwise_sum(n: usize, value: &impl Fn(usize) -> f64) -> f64 {
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

#[cfg(test)]
mod tests {
    use super::pairwise_sum;

    /// `(1 / (numpy.arange(n) + 3.0)).sum()`, as numpy 2.4.6 prints it.
    #[test]
    fn as_numpy_prints() {
        let printed = [
            (7, 1.328968253968254),
            (10, 1.6032106782106779),
            (129, 3.956224926052236),
            (1000, 5.987467865541362),
        ];
        for (n, sum) in printed {
            let value = |i: usize| 1.0 / (i as f64 + 3.0);
            let one_by_one = (0..n).fold(0.0, |sum, i| sum + value(i));
            assert_eq!(pairwise_sum(n, &value), sum, "{n}");
            // From 8 on another order, which these values show.
            assert_eq!(one_by_one == sum, n < 8, "{n}");
        }
    }
}
