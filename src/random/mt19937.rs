//! The Mersenne Twister, a block of 624 words at a time.

const N: usize = 624;
const M: usize = 397;

/// MT19937, seeded as numpy's legacy `RandomState` seeds it.
///
/// Source: Matsumoto and Nishimura 1998; numpy 2.4 `mt19937.c`. About a nanosecond a word.
#[derive(Clone)]
pub struct Mt19937 {
    state: [u32; N],
    /// Words of `state` already handed out.
    used: usize,
}

impl std::fmt::Debug for Mt19937 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mt19937")
            .field("used", &self.used)
            .finish_non_exhaustive()
    }
}

impl Mt19937 {
    /// Seeds by Knuth's generator (`init_genrand`).
    #[must_use]
    pub fn new(seed: u32) -> Self {
        let mut state = [seed; N];
        for i in 1..N {
            let last = state[i - 1];
            state[i] = 1_812_433_253_u32
                .wrapping_mul(last ^ (last >> 30))
                .wrapping_add(i as u32);
        }
        Self { state, used: N }
    }

    /// The next word.
    #[inline]
    pub fn next_u32(&mut self) -> u32 {
        if self.used == N {
            self.twist();
            self.used = 0;
        }
        let word = temper(self.state[self.used]);
        self.used += 1;
        word
    }

    /// The next `out.len()` words: the same as so many calls of `next_u32`, but faster.
    pub fn fill(&mut self, mut out: &mut [u32]) {
        while !out.is_empty() {
            if self.used == N {
                self.twist();
                self.used = 0;
            }
            let n = out.len().min(N - self.used);
            let (now, later) = out.split_at_mut(n);
            for (word, &raw) in now.iter_mut().zip(&self.state[self.used..]) {
                *word = temper(raw);
            }
            self.used += n;
            out = later;
        }
    }

    /// Passes over `n` words.
    pub fn skip(&mut self, mut n: u64) {
        while n > 0 {
            if self.used == N {
                self.twist();
                self.used = 0;
            }
            let step = n.min((N - self.used) as u64);
            self.used += step as usize;
            n -= step;
        }
    }

    /// The next 624 raw words, in place.
    fn twist(&mut self) {
        let s = &mut self.state;
        // Three runs in which what is read was not just written, so that each vectorises.
        let (head, tail) = s.split_at_mut(N - M);
        for i in 0..N - M - 1 {
            head[i] = step(head[i], head[i + 1], tail[M - (N - M) + i]);
        }
        head[N - M - 1] = step(head[N - M - 1], tail[0], tail[M - 1]);
        // tail[i] = state[227 + i] needs state[i] as it is now, 227 words before.
        for i in 0..N - M {
            tail[i] = step(tail[i], tail[i + 1], head[i]);
        }
        let mut start = N - M;
        while start < M - 1 {
            let n = (N - M).min(M - 1 - start);
            let (done, rest) = tail.split_at_mut(start);
            let source = &done[start - (N - M)..][..n];
            for i in 0..n {
                rest[i] = step(rest[i], rest[i + 1], source[i]);
            }
            start += n;
        }
        tail[M - 1] = step(tail[M - 1], head[0], tail[M - 1 - (N - M)]);
    }
}

#[inline(always)]
fn step(upper: u32, lower: u32, far: u32) -> u32 {
    let y = (upper & 0x8000_0000) | (lower & 0x7fff_ffff);
    far ^ (y >> 1) ^ ((y & 1).wrapping_neg() & 0x9908_b0df)
}

#[inline(always)]
fn temper(mut y: u32) -> u32 {
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c_5680;
    y ^= (y << 15) & 0xefc6_0000;
    y ^ (y >> 18)
}

#[cfg(test)]
mod tests {
    use super::Mt19937;

    /// The plain recurrence, as the paper writes it.
    fn oracle(seed: u32, n: usize) -> Vec<u32> {
        let mut s = Mt19937::new(seed).state.to_vec();
        for k in 0..n {
            let next = super::step(s[k], s[k + 1], s[k + super::M]);
            s.push(next);
        }
        s[super::N..].iter().map(|&w| super::temper(w)).collect()
    }

    #[test]
    fn equals_the_recurrence() {
        for seed in [0, 1, 42, u32::MAX] {
            let expected = oracle(seed, 5000);
            let mut one = Mt19937::new(seed);
            let singles: Vec<u32> = (0..5000).map(|_| one.next_u32()).collect();
            assert_eq!(singles, expected);

            let mut bulk = Mt19937::new(seed);
            let mut filled = vec![0; 5000];
            let mut rest = &mut filled[..];
            for n in [1, 623, 1, 700, 1500] {
                let (now, later) = rest.split_at_mut(n);
                bulk.fill(now);
                rest = later;
            }
            bulk.fill(rest);
            assert_eq!(filled, expected);

            let mut skipped = Mt19937::new(seed);
            skipped.skip(1999);
            assert_eq!(skipped.next_u32(), expected[1999]);
        }
    }

    #[test]
    fn first_word_of_the_reference_seed() {
        assert_eq!(Mt19937::new(5489).next_u32(), 3_499_211_612);
    }
}
