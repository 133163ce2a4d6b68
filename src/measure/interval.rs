//! The interval of a crossing: of this run's, by resampling groups first and then what is in them, and of
//! what differs between two runs.

use super::crossing::{Knot, crossing};
use super::ratios::{ALPHA, Group, Ratio, Size};
use super::stats::{SplitMix, middle_95};

const RESAMPLES: usize = 400;

/// The curve that is measured.
pub(super) fn knots(sizes: &[Size], ratios: &[Ratio]) -> Vec<Knot> {
    let each = sizes.iter().zip(ratios);
    each.map(|(size, ratio)| Knot {
        n_rows: ratio.n_rows,
        ratio: ratio.mean,
        serial: size.serial_ms,
        weight: ratio.n_groups as f64,
    })
    .collect()
}

/// The interval of a crossing that a run's own is a part of: both errors together.
pub(super) fn between_runs(
    at: f64,
    within: [f64; 2],
    between: f64,
    knots: &[Knot],
    turn: usize,
) -> [f64; 2] {
    let largest = knots.last().map_or(at, |knot| knot.n_rows.max(at));
    let off = |end: f64, shift: f64| {
        let mut curve = knots.to_vec();
        for knot in &mut curve {
            knot.ratio += shift;
        }
        let shifted = crossing(&curve, turn).unwrap_or(largest);
        (end / at).ln().hypot((shifted / at).ln())
    };
    let half = 1.96 * between;
    let [low, high] = [off(within[0], -half), off(within[1], half)];
    [at * (-low).exp(), at * high.exp()]
}

/// The middle 95 % of the crossings of resampled curves. A resample of few groups scatters too
/// little, by a factor that is known: each size's deviations are stretched to what Student's t and
/// its moderated error say.
pub(super) fn interval(
    knots: &[Knot],
    ratios: &[Ratio],
    groups: &[Vec<Group>],
    turn: usize,
    seed: u64,
) -> [f64; 2] {
    let mut rng = SplitMix::new(seed);
    let mut ids: Vec<u32> = groups.iter().flatten().map(|group| group.id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut room = Vec::new();
    let mut drawn = vec![0_usize; ids.len()];
    let mut off = vec![0.0; RESAMPLES * knots.len()];
    for off in off.chunks_exact_mut(knots.len()) {
        // The same groups at every size: what they share stays shared.
        drawn.fill(0);
        for _ in 0..ids.len() {
            drawn[rng.below(ids.len())] += 1;
        }
        for ((off, groups), ratio) in off.iter_mut().zip(groups).zip(ratios) {
            let (mut sum, mut n) = (0.0, 0);
            for group in groups {
                let times = ids.binary_search(&group.id).map_or(0, |at| drawn[at]);
                for _ in 0..times {
                    sum += group.resampled(&mut rng, &mut room);
                }
                n += times;
            }
            if n == 0 {
                // None of those that this size was measured in.
                sum = groups[rng.below(groups.len())].resampled(&mut rng, &mut room);
                n = 1;
            }
            *off = sum / n as f64 - ratio.mean;
        }
    }
    for (at, ratio) in ratios.iter().enumerate() {
        let wanted = ratio.half_width(ALPHA) / 1.96;
        let own = off.iter().skip(at).step_by(knots.len());
        let found = (own.map(|off| off * off).sum::<f64>() / RESAMPLES as f64).sqrt();
        let lone = ratio.n_groups < 2 || found <= f64::MIN_POSITIVE;
        for off in off.iter_mut().skip(at).step_by(knots.len()) {
            *off = if lone {
                wanted * standard_normal(&mut rng)
            } else {
                *off * wanted / found
            };
        }
    }
    let mut curve = knots.to_vec();
    let mut found: Vec<f64> = off
        .chunks_exact(knots.len())
        .map(|off| {
            for ((knot, fitted), off) in curve.iter_mut().zip(knots).zip(off) {
                knot.ratio = fitted.ratio + off;
            }
            crossing(&curve, turn).unwrap_or(f64::INFINITY)
        })
        .collect();
    found.sort_unstable_by(f64::total_cmp);
    middle_95(&found)
}

/// Twelve uniform ones, less six: near enough for a percentile of 2.5.
fn standard_normal(rng: &mut SplitMix) -> f64 {
    (0..12).map(|_| rng.uniform()).sum::<f64>() - 6.0
}
