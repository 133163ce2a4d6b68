//! Sorting a node's keys: a rank in the high bits, a sample's weight and class in the low ones.

use crate::data::scratch::{Kept, Scratch};
use crate::parallel::pause::{PIECE, Pace};

/// An unsigned integer that holds a rank and a payload.
pub(crate) trait Key: Kept + Ord + Default + Send + Sync + std::fmt::Debug {
    /// Puts a rank above the payload.
    fn pack(rank: u32, payload: u32, shift: u32) -> Self;
    /// The rank.
    fn rank(self, shift: u32) -> u32;
    /// The low 32 bits, of which the payload is the lowest `shift`.
    fn low(self) -> u32;
}

impl Key for u32 {
    #[inline]
    fn pack(rank: u32, payload: u32, shift: u32) -> Self {
        rank << shift | payload
    }
    #[inline]
    fn rank(self, shift: u32) -> u32 {
        self >> shift
    }
    #[inline]
    fn low(self) -> u32 {
        self
    }
}

impl Key for u64 {
    #[inline]
    fn pack(rank: u32, payload: u32, shift: u32) -> Self {
        Self::from(rank) << shift | Self::from(payload)
    }
    #[inline]
    fn rank(self, shift: u32) -> u32 {
        (self >> shift) as u32
    }
    #[inline]
    fn low(self) -> u32 {
        self as u32
    }
}

/// Up to here insertion is quickest.
const SMALL: usize = 24;
/// A bucket with more keys than this is not left to insertion.
const CROWDED: u32 = 40;

/// Room that sorting needs, kept between nodes.
#[derive(Debug)]
pub(crate) struct Room<K: Kept> {
    pub(super) keys: Scratch<K>,
    ends: Scratch<u32>,
}

impl<K: Kept> Room<K> {
    /// To sort so many keys without asking for more.
    pub(super) fn of(n: usize) -> Self {
        Self {
            keys: Scratch::empty(n),
            ends: Scratch::empty(2 * n),
        }
    }
}

/// Sorts keys by rank, those of equal rank in any order; all ranks are in `low..=high`.
///
/// Ranks are spread about evenly, so one pass into as many buckets as there are keys leaves almost
/// nothing for insertion to do.
pub(crate) fn sort_by_rank<K: Key>(
    keys: &mut [K],
    room: &mut Room<K>,
    low: u32,
    high: u32,
    shift: u32,
) {
    let n = keys.len();
    if n <= SMALL {
        insertion(keys);
        return;
    }
    let bits = n.ilog2() + 1;
    let coarse = (u32::BITS - (high - low).leading_zeros()).saturating_sub(bits);
    let bucket = |key: K| ((key.rank(shift) - low) >> coarse) as usize;

    let n_buckets = ((high - low) >> coarse) as usize + 1;
    room.ends.clear();
    room.ends.resize(n_buckets, 0);
    for &key in &*keys {
        room.ends[bucket(key)] += 1;
    }
    let (mut start, mut fullest) = (0, 0);
    for end in &mut **room.ends {
        let count = *end;
        fullest = fullest.max(count);
        *end = start;
        start += count;
    }
    if coarse > 0 && fullest > CROWDED {
        keys.sort_unstable();
        return;
    }
    if room.keys.len() < n {
        room.keys.resize(n, K::default());
    }
    for &key in &*keys {
        let end = &mut room.ends[bucket(key)];
        room.keys[*end as usize] = key;
        *end += 1;
    }
    keys.copy_from_slice(&room.keys[..n]);
    if coarse > 0 {
        insertion(keys);
    }
}

/// Keys are sorted by so many bits of their ranks at a time.
const DIGIT: u32 = 11;

/// The same for as many keys as take long, with pauses; no rank is above `high`. Where keys differ in
/// ranks and ascend with their payloads, they still do. `spare` is room for as many.
pub(crate) async fn sort_long<K: Key>(
    keys: &mut Vec<K>,
    spare: &mut Vec<K>,
    high: u32,
    shift: u32,
    pace: &mut Pace,
) {
    if keys.len() <= PIECE {
        keys.sort_unstable();
        return;
    }
    spare.resize(keys.len(), K::default());
    let mut low = 0;
    while low < u32::BITS && high >> low > 0 {
        let digit = move |key: K| (key.rank(shift) >> low) as usize % (1 << DIGIT);
        let mut ends = Scratch::<u32>::zeros(1 << DIGIT);
        for keys in keys.chunks(PIECE) {
            for &key in keys {
                ends[digit(key)] += 1;
            }
            pace.after(PIECE).await;
        }
        let mut start = 0;
        for end in &mut **ends {
            start += std::mem::replace(end, start);
        }
        for keys in keys.chunks(PIECE) {
            for &key in keys {
                let end = &mut ends[digit(key)];
                spare[*end as usize] = key;
                *end += 1;
            }
            pace.after(PIECE).await;
        }
        std::mem::swap(keys, spare);
        low += DIGIT;
    }
}

fn insertion<K: Key>(keys: &mut [K]) {
    for i in 1..keys.len() {
        let key = keys[i];
        let mut at = i;
        while at > 0 && keys[at - 1] > key {
            keys[at] = keys[at - 1];
            at -= 1;
        }
        keys[at] = key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ranks: &[u32]) {
        let mut keys: Vec<u64> = ranks
            .iter()
            .enumerate()
            .map(|(i, &r)| Key::pack(r, i as u32 % 8, 3))
            .collect();
        let mut wanted = keys.clone();
        wanted.sort_unstable();
        let (low, high) = (*ranks.iter().min().unwrap(), *ranks.iter().max().unwrap());
        sort_by_rank(&mut keys, &mut Room::of(0), low, high, 3);
        let by_rank = |keys: &[u64]| keys.iter().map(|k| k.rank(3)).collect::<Vec<_>>();
        assert_eq!(by_rank(&keys), by_rank(&wanted));
        keys.sort_unstable();
        assert_eq!(keys, wanted);
    }

    #[test]
    fn even_crowded_and_equal_ranks() {
        check(&(0..1000).map(|i| i * 7919 % 1009).collect::<Vec<_>>());
        check(
            &(0..1000)
                .map(|i| if i == 5 { 1 << 28 } else { i * 31 % 300 })
                .collect::<Vec<_>>(),
        );
        check(&[4; 100]);
        check(
            &(0..25)
                .map(|i| u32::MAX - i * 1_000_003)
                .collect::<Vec<_>>(),
        );
        check(&[3, 1, 2]);
    }
}
