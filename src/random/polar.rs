//! Normals by the polar method: a pair from every try that falls into the unit disc.

use super::log::log;

/// Words that one try uses: two doubles of two words each.
pub const WORDS_PER_TRY: usize = 4;

/// A double in [0, 1) from two words, 53 bits. numpy's `random_standard_uniform` of MT19937.
#[inline(always)]
#[must_use]
pub fn unit_double(a: u32, b: u32) -> f64 {
    // Below 2^53, so it converts exactly; signed converts faster.
    let bits = (i64::from(a >> 5) << 26) | i64::from(b >> 6);
    bits as f64 * (1.0 / 9_007_199_254_740_992.0)
}

/// The two coordinates of a try in [-1, 1), with the square of their distance from the middle.
#[inline(always)]
fn coordinates(words: &[u32]) -> (f64, f64, f64) {
    let x1 = 2.0 * unit_double(words[0], words[1]) - 1.0;
    let x2 = 2.0 * unit_double(words[2], words[3]) - 1.0;
    (x1, x2, x1 * x1 + x2 * x2)
}

#[inline(always)]
fn inside(r2: f64) -> bool {
    r2 < 1.0 && r2 != 0.0
}

/// What both coordinates of an accepted try are multiplied by.
#[inline(always)]
fn factor(r2: f64) -> f64 {
    (-2.0 * log(r2) / r2).sqrt()
}

/// The normals of one try, first and second, or `None` if it falls outside the disc.
#[inline]
#[must_use]
pub fn try_pair(words: &[u32; WORDS_PER_TRY]) -> Option<(f64, f64)> {
    let (x1, x2, r2) = coordinates(words);
    inside(r2).then(|| {
        let f = factor(r2);
        (f * x2, f * x1)
    })
}

/// The normals of all tries in `words`, in order, into the front of `out`; returns how many.
/// `out` must have room for half as many as there are words.
#[must_use]
pub fn fill_pairs(words: &[u32], out: &mut [f64]) -> usize {
    // Accepted tries of a block are packed without a branch, then all go through the logarithm.
    const BLOCK: usize = 128;
    let mut packed = [(0.0, 0.0, 0.0); BLOCK];
    let mut filled = 0;
    for block in words.chunks(BLOCK * WORDS_PER_TRY) {
        let mut accepted = 0;
        for one in block.chunks_exact(WORDS_PER_TRY) {
            let (x1, x2, r2) = coordinates(one);
            packed[accepted % BLOCK] = (x1, x2, r2);
            accepted += usize::from(inside(r2));
        }
        let room = &mut out[filled..filled + 2 * accepted];
        for (pair, &(x1, x2, r2)) in room.chunks_exact_mut(2).zip(&packed) {
            let f = factor(r2);
            pair[0] = f * x2;
            pair[1] = f * x1;
        }
        filled += 2 * accepted;
    }
    filled
}

/// How many tries in `words` it takes until `pairs` of them were accepted.
#[must_use]
pub fn tries_for_pairs(words: &[u32], pairs: usize) -> usize {
    let mut left = pairs;
    let mut tries = 0;
    for one in words.chunks_exact(WORDS_PER_TRY) {
        if left == 0 {
            break;
        }
        tries += 1;
        left -= usize::from(inside(coordinates(one).2));
    }
    tries
}
