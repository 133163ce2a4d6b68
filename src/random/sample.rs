//! Sampling without replacement.

use std::collections::HashSet;

use super::RandomState;
use crate::parallel::steps::Progress;

/// `n_samples` different numbers in `0..n_population`, by the method that scikit-learn chooses
/// from their ratio. `None` where there are fewer numbers than samples, or no memory to draw
/// them in.
///
/// Source: `sklearn.utils.random.sample_without_replacement`, method "auto", scikit-learn 1.9.
pub async fn sample_without_replacement(
    n_population: u32,
    n_samples: u32,
    rng: &mut RandomState,
    progress: &Progress,
) -> Option<Vec<u32>> {
    if n_samples > n_population {
        return None;
    }
    let ratio = if n_population == 0 {
        1.0
    } else {
        f64::from(n_samples) / f64::from(n_population)
    };
    let mut out = Vec::new();
    if ratio > 0.01 && ratio < 0.99 {
        out.try_reserve_exact(n_population as usize).ok()?;
        out.extend(0..n_population);
        rng.shuffle_in_steps(&mut out, progress).await;
        out.truncate(n_samples as usize);
        return Some(out);
    }
    out.try_reserve_exact(n_samples as usize).ok()?;
    if ratio < 0.2 {
        // Whatever was drawn before is drawn again.
        let mut selected = HashSet::new();
        selected.try_reserve(n_samples as usize).ok()?;
        while out.len() < n_samples as usize {
            let value = rng.randint(0, n_population);
            if selected.insert(value) {
                out.push(value);
            }
            progress.after(1).await;
        }
    } else {
        // The first ones, each later one taking a random place with falling probability.
        out.extend(0..n_samples);
        for i in n_samples..n_population {
            let j = rng.randint(0, i + 1);
            if j < n_samples {
                out[j as usize] = i;
            }
            progress.after(1).await;
        }
    }
    Some(out)
}
