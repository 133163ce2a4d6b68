//! Which rows a tree is grown on, and how often: scikit-learn's bootstrap, draw for draw.

use super::randomness::bootstrap_counts;
use crate::data::TrainingSet;
use crate::data::allocate::room;
use crate::data::numpy_sum::pairwise_sum;
use crate::error::{Error, Result};
use crate::models::class_weight::ClassWeight;
use crate::models::forest::params::{Amount, MOST, RandomForestParams};
use crate::parallel::pause::{PIECE, Pace};
use crate::random::RandomState;

/// Writes what each row of the tree with this seed weighs: how often it is drawn, 0 where it is out of bag.
///
/// Classes that weigh more are drawn more often, as in scikit-learn since 1.9, so a tree sees whole numbers only.
/// Where nothing is drawn a class's weight is that of its rows, which has to be a whole number for that.
///
/// # Errors
/// `InvalidParam` where a class's weight cannot be, `OutOfMemory`.
pub(in crate::models::forest) async fn row_weights(
    params: &RandomForestParams,
    data: &TrainingSet<'_>,
    seed: u32,
    weights: &mut [u32],
    pace: &mut Pace,
) -> Result<()> {
    let n = weights.len();
    let by_class = match params.class_weight {
        ClassWeight::Even => None,
        _ => Some(params.class_weight.of(data)),
    };
    let code = |&row: &u32| data.codes[row as usize] as usize;
    if !params.bootstrap {
        weights.fill(1);
        if let Some(by_class) = by_class {
            let whole = whole_weights(&by_class, n)?;
            for (weight, row) in weights.iter_mut().zip(data.rows) {
                *weight = whole[code(row)];
            }
            if weights.iter().all(|&weight| weight == 0) {
                return Err(weightless(0.0));
            }
        }
        return Ok(());
    }
    let Some(by_class) = by_class else {
        let n_drawn = n_drawn(params.max_samples, n, n as f64)?;
        bootstrap_counts(seed, weights, n_drawn, pace).await;
        return Ok(());
    };
    let of = |i: usize| by_class[code(&data.rows[i])];
    let total = pairwise_sum(n, &of);
    if !(total.is_finite() && total > 0.0) {
        return Err(weightless(total));
    }
    // numpy's `choice` with `p`: each share is looked up among the shares' running sums.
    let mut ends = room("the shares of the rows", n, 1)?;
    let mut sum = 0.0;
    for first in (0..n).step_by(PIECE) {
        for i in first..n.min(first + PIECE) {
            sum += of(i) / total;
            ends.push(sum);
        }
        pace.after(PIECE).await;
    }
    ends.iter_mut().for_each(|end: &mut f64| *end /= sum);
    let mut random = RandomState::new(seed);
    let n_drawn = n_drawn(params.max_samples, n, total)?;
    weights.fill(0);
    for first in (0..n_drawn).step_by(PIECE) {
        for _ in first..n_drawn.min(first + PIECE) {
            let share = random.random_sample();
            let row = ends.partition_point(|&end| end <= share);
            weights[row.min(n - 1)] += 1;
        }
        pace.after(PIECE).await;
    }
    Ok(())
}

/// scikit-learn's `_get_n_samples_bootstrap`: a share is of the rows' weight.
fn n_drawn(max_samples: Option<Amount>, n: usize, total: f64) -> Result<usize> {
    match max_samples {
        None => Ok(n),
        Some(Amount::Count(count)) => Ok(count as usize),
        Some(Amount::Share(share)) if share * total <= f64::from(MOST) => {
            Ok((share * total).max(1.0) as usize)
        }
        Some(Amount::Share(share)) => {
            let allowed =
                format!("a share of at most {MOST} rows: the rows weigh {total} together");
            Err(Error::invalid("max_samples", share, allowed))
        }
    }
}

fn weightless(total: f64) -> Error {
    let got = format!("{total} for all rows together");
    Error::invalid(
        "class_weight",
        got,
        "more than 0, and a number, for the rows together",
    )
}

/// The weights of the classes, if they are whole numbers: then sums do not depend on their order.
fn whole_weights(by_class: &[f64], n_rows: usize) -> Result<Vec<u32>> {
    let most = f64::from(MOST) / n_rows.max(1) as f64;
    let whole = |&weight: &f64| {
        let fits = weight.fract() == 0.0 && weight <= most.max(1.0);
        fits.then_some(weight as u32).ok_or_else(|| {
            let why = "a whole number with bootstrap false: scikit-learn's splits then depend on the order in which \
                       it adds up others, which is not kept here (with bootstrap true, rows are drawn by it)";
            Error::invalid("class_weight", weight, format!("{why}, at most {}", most.floor().max(1.0)))
        })
    };
    by_class.iter().map(whole).collect()
}
