//! Rounds that are done in another start of the engine, and how they get there: as numbers.

/// One strategy at one size in a leg, and what a call of either side took so far.
#[derive(Debug, Clone, PartialEq)]
pub struct LegUnit {
    pub(super) model: usize,
    pub(super) lane: Option<usize>,
    pub(super) n_rows: usize,
    pub(super) serial_ms: f64,
    pub(super) other_ms: f64,
    /// Rounds and time that it may have.
    pub(super) n_rounds: f64,
    pub(super) left_ms: f64,
}

/// Rounds to be done elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Leg {
    pub(super) units: Vec<LegUnit>,
    /// Number of its first round.
    pub(super) first_round: u32,
}

impl Leg {
    /// The most rows of a batch.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.units.iter().map(|one| one.n_rows).max().unwrap_or(0)
    }

    /// As numbers: how a leg travels.
    #[must_use]
    pub fn write(&self) -> Vec<f64> {
        let mut out = vec![f64::from(self.first_round)];
        for one in &self.units {
            let lane = one.lane.map_or(-1.0, |lane| lane as f64);
            out.extend([one.model as f64, lane, one.n_rows as f64]);
            out.extend([one.serial_ms, one.other_ms, one.n_rounds, one.left_ms]);
        }
        out
    }

    /// Of what [`Leg::write`] wrote, for a plan of so many models and lanes; what does not fit that
    /// is left out.
    #[must_use]
    pub fn read(numbers: &[f64], n_models: usize, n_lanes: usize) -> Self {
        let (first, rest) = numbers.split_first().unwrap_or((&0.0, &[]));
        let (units, _) = rest.as_chunks::<7>();
        let units = units.iter().map(|one| LegUnit {
            model: one[0] as usize,
            lane: (one[1] >= 0.0).then_some(one[1] as usize),
            n_rows: one[2] as usize,
            serial_ms: one[3],
            other_ms: one[4],
            n_rounds: one[5],
            left_ms: one[6],
        });
        let fits = |one: &LegUnit| {
            one.model < n_models && one.lane.is_none_or(|lane| lane < n_lanes) && one.n_rows > 0
        };
        Self {
            units: units.filter(fits).collect(),
            first_round: *first as u32,
        }
    }
}
