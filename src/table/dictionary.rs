//! The texts of one column, each once, by numbers in the order in which they came.

use super::MOST_DISTINCT;
use crate::error::{Error, Result};

#[derive(Debug, Clone, Default)]
pub(crate) struct Dictionary {
    texts: String,
    /// Where each ends.
    ends: Vec<usize>,
    counts: Vec<u64>,
    /// Numbers from 1, by the texts' hashes; 0 is an empty slot.
    slots: Vec<u32>,
}

/// What came of one more text.
pub(crate) enum Coded {
    Code(u16),
    /// It would be one too many.
    Full,
}

impl Dictionary {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn text(&self, code: usize) -> &str {
        let start = if code == 0 { 0 } else { self.ends[code - 1] };
        &self.texts[start..self.ends[code]]
    }

    pub(crate) fn count(&self, code: usize) -> u64 {
        self.counts[code]
    }

    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn add(&mut self, text: &str) -> Result<Coded> {
        if self.ends.len() * 2 >= self.slots.len() {
            self.grow()?;
        }
        let slot = self.slot(text);
        if self.slots[slot] == 0 {
            if self.len() == MOST_DISTINCT {
                return Ok(Coded::Full);
            }
            let n = self.texts.len() + text.len();
            let room = self.texts.try_reserve(text.len());
            room.map_err(|_| no_memory(n))?;
            self.texts.push_str(text);
            push(&mut self.ends, self.texts.len())?;
            push(&mut self.counts, 0)?;
            self.slots[slot] = self.len() as u32;
        }
        let code = self.slots[slot] as usize - 1;
        self.counts[code] += 1;
        Ok(Coded::Code(code as u16))
    }

    /// Where a text is, or would be.
    fn slot(&self, text: &str) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash(text.as_bytes()) as usize & mask;
        loop {
            match self.slots[slot] {
                0 => return slot,
                number if self.text(number as usize - 1) == text => return slot,
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    fn grow(&mut self) -> Result<()> {
        let n = (self.slots.len() * 2).max(16);
        let mut slots = Vec::new();
        slots.try_reserve_exact(n).map_err(|_| no_memory(4 * n))?;
        slots.resize(n, 0);
        self.slots = slots;
        for code in 0..self.len() {
            let slot = self.slot(self.text(code));
            self.slots[slot] = code as u32 + 1;
        }
        Ok(())
    }
}

fn push<T>(list: &mut Vec<T>, item: T) -> Result<()> {
    let n = size_of_val(list.as_slice());
    list.try_reserve(1).map_err(|_| no_memory(n))?;
    list.push(item);
    Ok(())
}

fn no_memory(bytes: usize) -> Error {
    Error::OutOfMemory {
        what: "the words of a table",
        needed_bytes: bytes as u64,
        largest_rows: 0,
    }
}

const K: u64 = 0x9e37_79b9_7f4a_7c15;

fn hash(bytes: &[u8]) -> u64 {
    let mix = |hash: u64, word: u64| {
        let wide = u128::from(hash ^ word) * u128::from(K);
        (wide as u64) ^ (wide >> 64) as u64
    };
    let mut hash = K ^ bytes.len() as u64;
    let mut words = bytes.chunks_exact(8);
    for word in &mut words {
        hash = mix(hash, word.iter().fold(0, |sum, &b| sum << 8 | u64::from(b)));
    }
    let rest = words.remainder();
    mix(hash, rest.iter().fold(1, |sum, &b| sum << 8 | u64::from(b)))
}

/// How often each number occurs, up to `MOST_DISTINCT` different ones.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    keys: Vec<f64>,
    counts: Vec<u64>,
    /// The slots that hold one: a table may have thousands of columns, and few of these each.
    used: Vec<u32>,
}

impl Counter {
    const SLOTS: usize = 2 * MOST_DISTINCT;

    /// Empties it, and gives it all the room that it will need.
    pub(crate) fn begin(&mut self) -> Result<()> {
        if self.counts.is_empty() {
            let none = |_| no_memory(16 * Self::SLOTS + 4 * MOST_DISTINCT);
            self.counts.try_reserve_exact(Self::SLOTS).map_err(none)?;
            self.keys.try_reserve_exact(Self::SLOTS).map_err(none)?;
            self.used.try_reserve_exact(MOST_DISTINCT).map_err(none)?;
            self.counts.resize(Self::SLOTS, 0);
            self.keys.resize(Self::SLOTS, 0.0);
        }
        for slot in self.used.drain(..) {
            self.counts[slot as usize] = 0;
        }
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.used.len()
    }

    /// Whether there was room for it.
    pub(crate) fn add(&mut self, value: f64) -> bool {
        // Minus zero is zero.
        let value = value + 0.0;
        let wide = u128::from(value.to_bits() ^ K) * u128::from(K);
        let mut slot = ((wide as u64) ^ (wide >> 64) as u64) as usize & (Self::SLOTS - 1);
        while self.counts[slot] > 0 && self.keys[slot] != value {
            slot = (slot + 1) & (Self::SLOTS - 1);
        }
        if self.counts[slot] == 0 {
            if self.used.len() == MOST_DISTINCT {
                return false;
            }
            self.used.push(slot as u32);
            self.keys[slot] = value;
        }
        self.counts[slot] += 1;
        true
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (f64, u64)> {
        let slots = self.used.iter().map(|&slot| slot as usize);
        slots.map(|slot| (self.keys[slot], self.counts[slot]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart_up_to_a_bound() {
        let mut dictionary = Dictionary::default();
        let name = |i: usize| format!("{}{i}", "x".repeat(i % 11));
        for round in 1..=2 {
            for i in 0..MOST_DISTINCT {
                let Coded::Code(code) = dictionary.add(&name(i)).unwrap() else {
                    panic!("{i} finds no room");
                };
                assert_eq!(usize::from(code), i);
            }
            assert_eq!(dictionary.count(7), round);
        }
        assert!(matches!(dictionary.add("one more").unwrap(), Coded::Full));
        assert_eq!(dictionary.text(300), name(300));
    }

    #[test]
    fn numbers_are_counted_up_to_the_same_bound() {
        let mut counter = Counter::default();
        for _ in 0..2 {
            counter.begin().unwrap();
            for i in 0..MOST_DISTINCT {
                assert!(counter.add(i as f64 / 7.0));
                assert!(counter.add(-0.0));
            }
            assert!(!counter.add(-1.0));
            assert_eq!(counter.len(), MOST_DISTINCT);
            let zeros = counter.all().find(|&(key, _)| key == 0.0).unwrap();
            assert_eq!(zeros.1, MOST_DISTINCT as u64 + 1);
        }
    }
}
