//! Reading memory and nothing else: what the kernels' times are compared with.

/// Values read at each place before it is the next one's turn.
const N_VALUES: usize = 8;

/// The sum of all values, in an order of its own: from end to end, or at four places in turn, which
/// is faster where pages of memory have to be waited for.
#[must_use]
pub fn sum(values: &[f64], at_four_places: bool) -> f64 {
    if !at_four_places {
        let (chunks, rest) = values.as_chunks::<{ 2 * N_VALUES }>();
        let mut sums = [0.0; 2 * N_VALUES];
        for chunk in chunks {
            add(&mut sums, chunk);
        }
        return sums.iter().chain(rest).sum();
    }
    let (chunks, rest) = values.as_chunks::<N_VALUES>();
    let quarter = chunks.len() / 4;
    let (first, second) = chunks.split_at(2 * quarter);
    let ((a, b), (c, d)) = (first.split_at(quarter), second.split_at(quarter));
    let mut sums = [[0.0; 2]; 4];
    for (((a, b), c), d) in a.iter().zip(b).zip(c).zip(d) {
        for (sums, chunk) in sums.iter_mut().zip([a, b, c, d]) {
            for pair in chunk.as_chunks().0 {
                add(sums, pair);
            }
        }
    }
    let left = chunks[4 * quarter..].as_flattened();
    (sums.as_flattened().iter().chain(left).chain(rest)).sum()
}

#[inline(always)]
fn add<const N: usize>(sums: &mut [f64; N], values: &[f64; N]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_read_once() {
        for n in [0, 1, 15, 16, 17, 31, 32, 33, 100] {
            let values: Vec<f64> = (0..n).map(f64::from).collect();
            for at_four_places in [false, true] {
                assert_eq!(sum(&values, at_four_places), f64::from(n * (n - 1) / 2));
            }
        }
    }
}
