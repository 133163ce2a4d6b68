//! The random numbers behind a forest: numpy's legacy generator and the trees' own.

use crate::parallel::pause::{PIECE, Pace};
use crate::random::RandomState;

/// scikit-learn draws seeds below it.
const SEEDS: u32 = i32::MAX as u32;

/// Seed of tree number `tree_index` of a forest with `random_state`.
#[must_use]
pub fn tree_seed(random_state: u32, tree_index: usize) -> u32 {
    let mut random = RandomState::new(random_state);
    let mut seed = random.randint(0, SEEDS);
    for _ in 0..tree_index {
        seed = random.randint(0, SEEDS);
    }
    seed
}

/// Writes how often each sample occurs among `n_drawn` of a tree's bootstrap.
pub async fn bootstrap_counts(seed: u32, counts: &mut [u32], n_drawn: usize, pace: &mut Pace) {
    let mut random = RandomState::new(seed);
    let n = counts.len();
    counts.fill(0);
    for first in (0..n_drawn).step_by(PIECE) {
        for _ in first..n_drawn.min(first + PIECE) {
            counts[random.randint(0, n as u32) as usize] += 1;
        }
        pace.after(PIECE).await;
    }
}

/// The xorshift generator from which a tree draws features.
#[derive(Debug, Clone)]
pub struct FeatureRandom(u32);

impl FeatureRandom {
    /// The generator of the tree with this seed.
    #[must_use]
    pub fn of_tree(seed: u32) -> Self {
        Self(RandomState::new(seed).randint(0, SEEDS))
    }

    /// A number in `low..high`.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        if self.0 == 0 {
            self.0 = 1;
        }
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        low + (self.0 & 0x7fff_ffff) as usize % (high - low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xorshift_from_one() {
        let mut random = FeatureRandom(1);
        let drawn = [(); 3].map(|()| random.between(0, 0x7fff_ffff));
        assert_eq!(drawn, [270_369, 67_634_689, 499_951_813]);
    }
}
