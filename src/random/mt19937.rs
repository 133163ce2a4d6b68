//! The Mersenne Twister MT19937 with numpy's legacy seeding.
//!
//! Source: Matsumoto & Nishimura 1998; seeding by `init_genrand`, as `numpy.random.RandomState(int)`.

const N: usize = 624;
const M: usize = 397;

/// The generator: 32 bits a call.
#[derive(Debug, Clone)]
pub struct Mt19937 {
    state: [u32; N],
    at: usize,
}

impl Mt19937 {
    /// Seeds by Knuth's generator.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        let mut state = [seed; N];
        for i in 1..N {
            let last = state[i - 1];
            state[i] = 1_812_433_253_u32
                .wrapping_mul(last ^ (last >> 30))
                .wrapping_add(i as u32);
        }
        Self { state, at: N }
    }

    /// The next 32 bits.
    #[inline]
    pub fn next_u32(&mut self) -> u32 {
        if self.at == N {
            self.twist();
        }
        let word = temper(self.state[self.at]);
        self.at += 1;
        word
    }

    /// The next `out.len()` words: the same as as many calls of `next_u32`.
    pub fn fill(&mut self, mut out: &mut [u32]) {
        while !out.is_empty() {
            if self.at == N {
                self.twist();
            }
            let n = out.len().min(N - self.at);
            let (now, later) = out.split_at_mut(n);
            for (word, &state) in now.iter_mut().zip(&self.state[self.at..]) {
                *word = temper(state);
            }
            self.at += n;
            out = later;
        }
    }

    fn twist(&mut self) {
        let mix = |a: u32, b: u32, c: u32| {
            let y = (a & 0x8000_0000) | (b & 0x7fff_ffff);
            c ^ (y >> 1) ^ (0x9908_b0df & (y & 1).wrapping_neg())
        };
        let s = &mut self.state;
        for i in 0..N - M {
            s[i] = mix(s[i], s[i + 1], s[i + M]);
        }
        for i in N - M..N - 1 {
            s[i] = mix(s[i], s[i + 1], s[i + M - N]);
        }
        s[N - 1] = mix(s[N - 1], s[0], s[M - 1]);
        self.at = 0;
    }
}

#[inline]
fn temper(mut y: u32) -> u32 {
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c_5680;
    y ^= (y << 15) & 0xefc6_0000;
    y ^ (y >> 18)
}

/// A double in `[0, 1)` from two words, as numpy's `random_sample`.
#[inline]
#[must_use]
pub fn double(a: u32, b: u32) -> f64 {
    (f64::from(a >> 5) * 67_108_864.0 + f64::from(b >> 6)) / 9_007_199_254_740_992.0
}
