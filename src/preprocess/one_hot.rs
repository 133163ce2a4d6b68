//! Columns for categories: `OneHotEncoder(handle_unknown='ignore', max_categories=…)` of scikit-learn 1.9.1, and its
//! `OrdinalEncoder` with −1 for what is unknown.

/// Where the categories of a column went.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Places {
    /// By code, and after them a gap's: 0 where the training rows had none of it, else its place, from 1.
    places: Vec<u32>,
    /// How many places there are.
    pub(super) n: u32,
    /// Whether the last place is of all that are rare.
    has_rare: bool,
}

impl Places {
    /// Of how often each code, and after them a gap, occurs in the training rows; `most` places at most.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub(super) fn of_counts(counts: &[u32], most: Option<u32>) -> Self {
        let present: Vec<usize> = (0..counts.len()).filter(|&code| counts[code] > 0).collect();
        let mut is_rare = vec![false; counts.len()];
        // As scikit-learn counts: where there are as many as may be, the rarest has a place of its own that is for rare ones.
        let has_rare = most.is_some_and(|most| (most as usize) < present.len() + 1);
        if let Some(most) = most.filter(|_| has_rare) {
            // The first of those that are as rare.
            let by_count = |&code: &usize| u64::from(counts[code]) << 32 | code as u64;
            let mut by_count: Vec<u64> = present.iter().map(by_count).collect();
            by_count.sort_unstable();
            let n_rare = present.len() + 1 - (most as usize).min(present.len() + 1);
            for &rare in by_count.iter().take(n_rare) {
                is_rare[rare as u32 as usize] = true;
            }
        }
        let mut places = vec![0; counts.len()];
        let frequent = present.iter().filter(|&&code| !is_rare[code]);
        for (place, &code) in (1..).zip(frequent) {
            places[code] = place;
        }
        let mut n = places.iter().max().copied().unwrap_or_default();
        if has_rare {
            n += 1;
            for code in present.into_iter().filter(|&code| is_rare[code]) {
                places[code] = n;
            }
        }
        Self {
            places,
            n,
            has_rare,
        }
    }

    /// As numbers: whether some are rare, how many codes there are, and where each went.
    pub(super) fn write(&self, all: &mut Vec<f64>) {
        all.extend([f64::from(u8::from(self.has_rare)), self.places.len() as f64]);
        all.extend(self.places.iter().copied().map(f64::from));
    }

    /// Of what `write` wrote.
    #[cfg_attr(target_arch = "wasm32", optimize(size))]
    pub(super) fn read(all: &mut dyn Iterator<Item = f64>) -> Option<Self> {
        let has_rare = whole(all.next()?)?;
        let mut places = Vec::new();
        for _ in 0..whole(all.next()?)? {
            places.push(whole(all.next()?)?);
        }
        Some(Self {
            n: places.iter().max().copied().unwrap_or_default(),
            places,
            has_rare: has_rare == 1,
        })
    }

    /// The place of a cell, a code or NaN, from 1; 0 where it is unknown.
    #[inline]
    pub(super) fn of(&self, cell: f64) -> u32 {
        let code = if cell.is_nan() {
            self.places.len().wrapping_sub(1)
        } else {
            let code = cell as usize;
            // The last place is a gap's alone.
            if code as f64 != cell || code + 1 >= self.places.len() {
                return 0;
            }
            code
        };
        self.places.get(code).copied().unwrap_or_default()
    }

    /// Whether it came from a fit on a column of so many categories.
    pub(super) fn is_possible(&self, n_categories: usize) -> bool {
        let n = self.n as usize;
        if self.places.len() != n_categories + 1 || n > self.places.len() {
            return false;
        }
        let mut counts = vec![0; n];
        let known = self.places.iter().filter(|&&place| place > 0);
        known.for_each(|&place| counts[place as usize - 1] += 1);
        // One each, but for the rare ones.
        let n_alone = n - usize::from(self.has_rare && n > 0);
        counts[..n_alone].iter().all(|&count| count == 1)
            && counts[n_alone..].iter().all(|&count| count > 0)
    }

    /// The places with the codes that went there, the gap's being the number of categories, and whether for rarity.
    pub(super) fn members(&self) -> impl Iterator<Item = (bool, Vec<usize>)> {
        let mut members = vec![Vec::new(); self.n as usize];
        for (code, &place) in self.places.iter().enumerate() {
            if let Some(members) = (place as usize).checked_sub(1).map(|at| &mut members[at]) {
                members.push(code);
            }
        }
        let (n, has_rare) = (self.n, self.has_rare);
        let is_rare = move |place: u32| has_rare && place == n;
        (1..)
            .zip(members)
            .map(move |(place, codes)| (is_rare(place), codes))
    }
}

/// A whole number that was kept as any.
pub(super) fn whole(value: f64) -> Option<u32> {
    (f64::from(value as u32) == value).then_some(value as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `OneHotEncoder(max_categories=…).fit(…).infrequent_categories_` of scikit-learn 1.9.1.
    #[test]
    fn rare_ones_are_those_of_scikit_learn() {
        let rare = |counts: &[u32], most: Option<u32>| {
            let places = Places::of_counts(counts, most);
            assert!(places.is_possible(counts.len() - 1));
            let members = places.members().filter(|(rare, _)| *rare);
            members.flat_map(|(_, codes)| codes).collect::<Vec<_>>()
        };
        let counts = [5, 1, 3, 0, 3, 1, 0];
        assert!(rare(&counts, None).is_empty());
        assert!(rare(&counts, Some(6)).is_empty());
        // As many as there are: the rarest goes by the name of all that are rare.
        assert_eq!(rare(&counts, Some(5)), [1]);
        assert_eq!(rare(&counts, Some(3)), [1, 2, 5]);
        assert_eq!(rare(&counts, Some(1)), [0, 1, 2, 4, 5]);
        // A gap counts as the last category.
        assert_eq!(rare(&[2, 2, 1], Some(3)), [2]);
    }

    #[test]
    fn cells_are_looked_up_and_never_beyond() {
        let places = Places::of_counts(&[2, 0, 1, 4], None);
        let cells = [0.0, 1.0, 2.0, 3.0, 4.0, -1.0, 0.5, 1e300, f64::NAN];
        assert_eq!(
            cells.map(|cell| places.of(cell)),
            [1, 0, 2, 0, 0, 0, 0, 0, 3]
        );
    }
}
