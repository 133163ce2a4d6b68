//! What stands in for gaps: `SimpleImputer` of scikit-learn 1.9.1. A column that has nothing but gaps has no such thing, and is
//! left out (`keep_empty_features=False`).

use super::settings::Impute;
use super::standard_scaler::sum;
use crate::data::scratch::Scratch;

/// The number that fills gaps, NaN, of a column of numbers; `None` where all of them are gaps. Infinite where their sum is.
#[cfg_attr(target_arch = "wasm32", optimize(size))]
pub(super) fn statistic(strategy: Impute, column: &[f64]) -> Option<f64> {
    let n = column.iter().filter(|value| !value.is_nan()).count();
    if n == 0 {
        return None;
    }
    if let Impute::Mean = strategy {
        // numpy adds the column up as it is, with zeros for gaps.
        let or_zero = |i: usize| if column[i].is_nan() { 0.0 } else { column[i] };
        return Some(sum(column.len(), &or_zero) / n as f64);
    }
    let mut values = Scratch::empty(n);
    values.extend(column.iter().filter(|value| !value.is_nan()));
    // Stable, for that is compiled anyway.
    values.sort_by(f64::total_cmp);
    if let Impute::Median = strategy {
        let middle = values[n / 2];
        return Some(match n % 2 {
            0 => (values[n / 2 - 1] + middle) / 2.0,
            _ => middle,
        });
    }
    let runs = values.chunk_by(|a, b| a == b);
    // Of equally long ones the first.
    let longest = runs.rev().max_by_key(|run| run.len())?;
    longest.first().copied()
}

/// The most frequent code, of several the smallest; `None` where none occurs.
pub(super) fn most_frequent(counts: &[u32]) -> Option<usize> {
    let (code, count) = counts
        .iter()
        .enumerate()
        .rev()
        .max_by_key(|(_, count)| **count)?;
    (*count > 0).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_most_frequent_the_smallest() {
        let column = [3.0, f64::NAN, 1.0, 3.0, 2.0, 1.0];
        assert_eq!(statistic(Impute::MostFrequent, &column), Some(1.0));
        assert_eq!(statistic(Impute::Median, &column), Some(2.0));
        assert_eq!(
            statistic(Impute::Median, &[4.0, 1.0, f64::NAN, 2.0, 9.0]),
            Some(3.0)
        );
        assert_eq!(statistic(Impute::Mean, &column), Some(2.0));
        assert_eq!(statistic(Impute::Mean, &[f64::NAN]), None);
        assert_eq!(most_frequent(&[1, 4, 0, 4]), Some(1));
        assert_eq!(most_frequent(&[0, 0]), None);
    }
}
