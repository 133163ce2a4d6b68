//! numpy's legacy `RandomState`, draw for draw.

use super::ln::Ln;
use super::mt19937::{Mt19937, double};

/// Tries of the normal generator evaluated together.
const TRIES: usize = 4096;

/// `numpy.random.RandomState(seed)`.
#[derive(Debug, Clone)]
pub struct RandomState {
    words: Mt19937,
    /// The second of a pair of normals, kept for the next call.
    kept_normal: Option<f64>,
    ln: Ln,
}

impl RandomState {
    /// Seeds with a whole number, as scikit-learn's `random_state`.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        Self {
            words: Mt19937::new(seed),
            kept_normal: None,
            ln: Ln::new(),
        }
    }

    /// The next 32 bits.
    #[inline]
    pub fn next_u32(&mut self) -> u32 {
        self.words.next_u32()
    }

    /// `random_sample()`: uniform in `[0, 1)`.
    #[inline]
    pub fn random_sample(&mut self) -> f64 {
        let a = self.words.next_u32();
        double(a, self.words.next_u32())
    }

    /// `standard_normal()`, by the polar method.
    pub fn standard_normal(&mut self) -> f64 {
        if let Some(normal) = self.kept_normal.take() {
            return normal;
        }
        loop {
            let words = [(); 4].map(|()| self.words.next_u32());
            if let Some((first, second)) = polar(words, self.ln) {
                self.kept_normal = Some(second);
                return first;
            }
        }
    }

    /// Hands `n` draws of `standard_normal()` to `put`, in order. Each try of the polar method
    /// takes exactly four words, so whole blocks of tries are evaluated at once, on all threads;
    /// the values do not depend on their number.
    pub fn standard_normals(&mut self, mut n: usize, mut put: impl FnMut(f64)) {
        if n == 0 {
            return;
        }
        if let Some(normal) = self.kept_normal.take() {
            put(normal);
            n -= 1;
        }
        while n > 1 {
            // No more tries than are sure to be needed: a try gives two draws at most.
            let n_tries = (n / 2).min(TRIES * 64);
            let mut words = vec![0; n_tries * 4];
            self.words.fill(&mut words);
            let mut pairs = vec![(f64::NAN, 0.0); n_tries];
            let ln = self.ln;
            crate::parallel::for_each_chunk(usize::MAX, &mut pairs, TRIES, |chunks| {
                for (first, pairs) in chunks {
                    for (pair, words) in pairs.iter_mut().zip(words[first * 4..].chunks_exact(4)) {
                        if let Some(found) = polar([words[0], words[1], words[2], words[3]], ln) {
                            *pair = found;
                        }
                    }
                }
            });
            for (first, second) in pairs {
                if !first.is_nan() {
                    put(first);
                    put(second);
                    n -= 2;
                }
            }
        }
        if n == 1 {
            put(self.standard_normal());
        }
    }

    /// `randint(n)`: uniform in `0..n`, by masked rejection. `n` of 1 draws nothing.
    #[inline]
    pub fn randint(&mut self, n: u32) -> u32 {
        let largest = n - 1;
        if largest == 0 {
            return 0;
        }
        let mask = u32::MAX >> largest.leading_zeros();
        loop {
            let word = self.words.next_u32() & mask;
            if word <= largest {
                return word;
            }
        }
    }

    /// `shuffle(items)`.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.randint(i as u32 + 1) as usize);
        }
    }

    /// `permutation(n)`.
    #[must_use]
    pub fn permutation(&mut self, n: u32) -> Vec<u32> {
        let mut items: Vec<u32> = (0..n).collect();
        self.shuffle(&mut items);
        items
    }

    /// scikit-learn's `sample_without_replacement(population, n)`, method 'auto'.
    #[must_use]
    pub fn sample_without_replacement(&mut self, population: u32, n: u32) -> Vec<u32> {
        let ratio = if population == 0 {
            1.0
        } else {
            f64::from(n) / f64::from(population)
        };
        if ratio > 0.01 && ratio < 0.99 {
            let mut items = self.permutation(population);
            items.truncate(n as usize);
            items
        } else if ratio < 0.2 {
            // Tracking selection: draw, and draw again what was drawn before.
            let mut seen = std::collections::BTreeSet::new();
            let mut items = Vec::with_capacity(n as usize);
            while items.len() < n as usize {
                let item = self.randint(population);
                if seen.insert(item) {
                    items.push(item);
                }
            }
            items
        } else {
            let mut items: Vec<u32> = (0..n).collect();
            for i in n..population {
                let j = self.randint(i + 1);
                if j < n {
                    items[j as usize] = i;
                }
            }
            items
        }
    }
}

/// One try of the polar method: two normals, in the order in which numpy hands them out.
#[inline]
fn polar(words: [u32; 4], ln: Ln) -> Option<(f64, f64)> {
    let x1 = 2.0 * double(words[0], words[1]) - 1.0;
    let x2 = 2.0 * double(words[2], words[3]) - 1.0;
    let r2 = x1 * x1 + x2 * x2;
    if r2 >= 1.0 || r2 == 0.0 {
        return None;
    }
    let f = (-2.0 * ln.of(r2) / r2).sqrt();
    Some((f * x2, f * x1))
}
