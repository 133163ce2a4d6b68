//! numpy's `RandomState(seed)`: the same numbers from the same calls.

use std::ops::Range;

use super::mt19937::Mt19937;
use super::polar;
use crate::parallel::pause::PIECE;
use crate::parallel::steps::Progress;

/// numpy's legacy generator, for the calls that scikit-learn makes.
///
/// Source: numpy 2.4 `mtrand.pyx`, `legacy-distributions.c`, `distributions.c`.
#[derive(Debug, Clone)]
pub struct RandomState {
    /// The stream of words.
    pub(crate) words: Mt19937,
    /// The second normal of a pair, until it is asked for.
    pub(crate) spare_normal: Option<f64>,
}

impl RandomState {
    /// `numpy.random.RandomState(seed)`.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        Self {
            words: Mt19937::new(seed),
            spare_normal: None,
        }
    }

    /// A double in [0, 1).
    #[inline]
    pub fn random_sample(&mut self) -> f64 {
        let a = self.words.next_u32();
        let b = self.words.next_u32();
        polar::unit_double(a, b)
    }

    /// A double in [low, high).
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.random_sample()
    }

    /// A normal with mean 0 and variance 1.
    pub fn standard_normal(&mut self) -> f64 {
        if let Some(spare) = self.spare_normal.take() {
            return spare;
        }
        loop {
            let words = [(); polar::WORDS_PER_TRY].map(|()| self.words.next_u32());
            if let Some((first, second)) = polar::try_pair(&words) {
                self.spare_normal = Some(second);
                return first;
            }
        }
    }

    /// A whole number in `0..=max`, by masked rejection. No draw for 0.
    #[inline]
    pub fn interval(&mut self, max: u32) -> u32 {
        if max == 0 {
            return 0;
        }
        let mask = u32::MAX >> max.leading_zeros();
        loop {
            let value = self.words.next_u32() & mask;
            if value <= max {
                return value;
            }
        }
    }

    /// A whole number in `low..high`, as `randint(low, high)`; `low` where the range is empty.
    pub fn randint(&mut self, low: u32, high: u32) -> u32 {
        low + self.interval(high.saturating_sub(low).saturating_sub(1))
    }

    /// Shuffles in place, from the last place down.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        self.shuffle_places(items, 1..items.len());
    }

    /// The same, and pauses on the way.
    pub(crate) async fn shuffle_in_steps<T>(&mut self, items: &mut [T], progress: &Progress) {
        let mut end = items.len();
        while end > 1 {
            let start = end.saturating_sub(PIECE).max(1);
            self.shuffle_places(items, start..end);
            progress.after(end - start).await;
            end = start;
        }
    }

    fn shuffle_places<T>(&mut self, items: &mut [T], places: Range<usize>) {
        for i in places.rev() {
            let j = self.interval(i as u32) as usize;
            items.swap(i, j);
        }
    }

    /// `0..n` in shuffled order.
    #[must_use]
    pub fn permutation(&mut self, n: usize) -> Vec<u32> {
        let mut items: Vec<u32> = (0..n as u32).collect();
        self.shuffle(&mut items);
        items
    }

    /// `size` numbers in `0..n`, repetitions allowed: `choice(n, size)` without weights.
    #[must_use]
    pub fn choice(&mut self, n: u32, size: usize) -> Vec<u32> {
        (0..size).map(|_| self.randint(0, n)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::RandomState;

    #[test]
    fn numpy_prints_these() {
        assert_eq!(RandomState::new(0).random_sample(), 0.5488135039273248);
        assert_eq!(RandomState::new(42).random_sample(), 0.3745401188473625);
        let mut rng = RandomState::new(0);
        let normals = [(); 3].map(|()| rng.standard_normal());
        assert_eq!(
            normals,
            [1.764052345967664, 0.4001572083672233, 0.9787379841057392]
        );
        assert_eq!(
            RandomState::new(0).permutation(10),
            [2, 8, 4, 9, 1, 6, 7, 3, 0, 5]
        );
        assert_eq!(
            RandomState::new(2020).permutation(10),
            [2, 4, 9, 1, 5, 7, 6, 3, 8, 0]
        );
        let mut rng = RandomState::new(42);
        assert_eq!([(); 5].map(|()| rng.randint(0, 100)), [51, 92, 14, 71, 60]);
        assert_eq!(
            RandomState::new(0).choice(2_147_483_647, 3),
            [209_652_396, 398_764_591, 924_231_285]
        );
    }
}
