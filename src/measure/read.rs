//! Reading memory and nothing else: what the kernels' times are compared with.

/// Sums that need not wait for each other: enough to keep vectors of two busy.
const N_SUMS: usize = 16;

/// The sum of all values, in an order of its own.
#[must_use]
pub fn sum(values: &[f64]) -> f64 {
    let (chunks, rest) = values.as_chunks::<N_SUMS>();
    let mut sums = [0.0; N_SUMS];
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += value;
        }
    }
    sums.iter().chain(rest).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_read_once() {
        for n in [0, 1, 15, 16, 17, 100] {
            let values: Vec<f64> = (0..n).map(f64::from).collect();
            assert_eq!(sum(&values), f64::from(n * (n - 1) / 2));
        }
    }
}
