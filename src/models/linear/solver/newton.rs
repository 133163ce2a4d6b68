//! The solver that all linear models share: proximal Newton.
//!
//! Minimises `f(w) + Σ l1_j |w_j|` for a smooth convex `f`. With few columns the exact Hessian costs
//! little more than a gradient; each step minimises the quadratic model exactly. Nothing is
//! decided by comparing values: near a minimum they say something to half their digits only. The
//! line search looks at slopes, which for a convex objective say as much and are exact to the last.
//! Source: Lee, Sun & Saunders 2014 (proximal Newton); Keerthi & DeCoste 2005 (squared hinge).

use super::conjugate::Left;
use super::quadratic::Quadratic;
use crate::data::scratch::Scratch;
use crate::error::Result;
use crate::models::linear::columns::dots::dot;
use crate::models::linear::loss::Smooth;
use crate::parallel::pause::pause;

/// What may be left to gain, as a share of the objective, where a problem counts as solved.
const SOLVED: f64 = 1e-13;
/// Relative gain of a step within which the Hessian changes too much to be used again.
const FAR: f64 = 1e-3;
/// Share of a step's gain that may be given away while the minimum is far.
const CARELESS: f64 = 1e-2;
/// The same where most rows end up near a kink: a step that is not exact puts some on the wrong side
/// of theirs, and takes more steps to get them back.
const CAREFUL: f64 = 1e-8;
/// Share of what counts as nothing that a step need not bother about.
const NO_MATTER: f64 = 0.1;
/// How much less an old Hessian may gain on the next step than it did on the last.
const FADING: f64 = 4.0;
/// Slope left at the end of a step, as a share of the one at its start.
const OVERSHOT: f64 = 0.3;
const UNDERSHOT: f64 = 0.5;
/// Looks along a step that goes too far, at most.
const MAX_LOOKS: u32 = 60;
/// Slope left at the end of a step, as a share of the one at its start, beyond which going on costs
/// less than the next step, where that takes many products.
const SHORT: f64 = 0.1;
/// How many times as far such a step may go.
const FURTHEST: f64 = 1000.0;
/// Steps in a row that gain no less than the one before, after which only rounding is left.
const MAX_STALLS: u32 = 3;

/// How closely to solve.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Precision {
    /// Share of the objective that may be left to gain.
    pub(crate) gain: f64,
    /// Share of it that the last step may be thought to gain: it is not looked at any more.
    pub(crate) last_gain: f64,
    /// Share of itself by which a coefficient may be wrong, as far as it matters.
    pub(crate) still: f64,
    /// Value at which an objective that falls towards 0 without end counts as solved.
    pub(crate) floor: f64,
    /// Steps at most.
    pub(crate) max_iter: u32,
    /// Whether curvatures differ so much that systems take all second derivatives.
    pub(crate) is_steep: bool,
}

impl Precision {
    /// To the last digits.
    pub(crate) fn full(max_iter: u32) -> Self {
        Self {
            gain: SOLVED,
            last_gain: 1e-9,
            still: 1e-6,
            floor: 0.0,
            max_iter,
            is_steep: false,
        }
    }
}

/// Where a problem's minimum lies.
pub(crate) struct Minimum {
    /// Coefficients, that of the appended column last.
    pub(crate) w: Scratch<f64>,
    /// Value of the objective there.
    pub(crate) objective: f64,
    /// Steps.
    pub(crate) n_iter: u32,
    /// The last quadratic model, for a similar problem to start with.
    model: Option<Quadratic>,
}

impl Minimum {
    /// Coefficients to start from with other columns, where the objective is the same.
    pub(crate) fn moved(w: Scratch<f64>, objective: f64) -> Self {
        Self {
            w,
            objective,
            n_iter: 0,
            model: None,
        }
    }

    /// Whether other coefficients reach it too, where there is no l1 penalty.
    pub(crate) fn is_open(&self) -> bool {
        self.model.as_ref().is_none_or(|model| !model.is_regular())
    }
}

/// Minimises from 0, or from a similar problem's minimum and with its Hessian.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) async fn minimise(
    problem: &mut Smooth<'_>,
    l1: &[f64],
    like: Option<Minimum>,
    precision: Precision,
) -> Result<Minimum> {
    let width = problem.width();
    let zeros = Scratch::zeros(width);
    let penalty = |w: &[f64]| -> f64 { w.iter().zip(l1).map(|(w, l1)| l1 * w.abs()).sum() };
    let mut hessian = Hessian::Unknown;
    let careless = if problem.ends_at_kinks() && l1.iter().all(|&l1| l1 == 0.0) {
        CAREFUL
    } else {
        CARELESS
    };
    let (mut w, mut objective, like) = match like {
        Some(like) => (like.w, like.objective, like.model),
        None => (zeros.clone(), problem.value(&zeros).await, None),
    };
    let mut model = match like {
        Some(model) if model.is_lasting() => {
            hessian = Hessian::OfAnother;
            model
        }
        _ => Quadratic::new(l1, problem.shifted(), precision.is_steep)?,
    };
    let mut valued = objective;
    let [mut gradient, mut step, mut end] = [(); 3].map(|()| Scratch::any(width));
    problem.look(&zeros, &w, &mut gradient).await;
    problem.advance(1.0);
    let mut last_gain = f64::INFINITY;
    let (mut n_iter, mut n_stalls) = (0, 0);
    let is_known_there = loop {
        pause().await;
        let mut gain = f64::INFINITY;
        // Steps need not be better than the quadratic model is.
        let left = Left {
            share: (last_gain / objective).min(careless),
            least: NO_MATTER * SOLVED * objective,
        };
        if hessian == Hessian::Earlier && last_gain > FAR * objective {
            hessian = Hessian::Unknown;
        }
        if hessian != Hessian::Unknown {
            model.step(problem, &gradient, &w, left, &mut step).await;
            gain = -predicted_change(&gradient, &step, &w, l1);
        }
        let is_known = match hessian {
            Hessian::Unknown => false,
            Hessian::OfAnother => true,
            Hessian::Earlier => !is_worth_a_hessian(gain, last_gain, objective, width),
        };
        if !is_known {
            model.update(problem).await?;
            model.step(problem, &gradient, &w, left, &mut step).await;
            gain = -predicted_change(&gradient, &step, &w, l1);
        }
        if gain.is_nan() || gain <= precision.floor {
            break false;
        }
        n_stalls = if gain < 0.5 * last_gain {
            0
        } else {
            n_stalls + 1
        };
        // What would be left after this step, which is the last if that is nothing.
        let rate = if last_gain.is_finite() {
            (FADING * gain / last_gain).min(1.0)
        } else {
            1.0
        };
        let is_solved = |objective: f64| {
            gain * rate <= precision.gain * objective && gain <= precision.last_gain * objective
        };
        if is_solved(objective) {
            if model.is_still(&step, &w, precision.still / rate.sqrt()) {
                for (end, (w, step)) in end.iter_mut().zip(w.iter().zip(&**step)) {
                    *end = w + step;
                }
                objective = problem.value(&end).await + penalty(&end);
                if is_solved(objective) {
                    w = end;
                    break true;
                }
            } else if n_stalls >= MAX_STALLS {
                break false;
            }
        }
        if n_iter == precision.max_iter {
            break false;
        }
        n_iter += 1;
        last_gain = gain;
        hessian = if model.is_lasting() {
            Hessian::Earlier
        } else {
            Hessian::Unknown
        };
        problem.look(&w, &step, &mut gradient).await;
        let along = Along {
            w: &w,
            step: &step,
            l1,
        };
        let slope = along.slope(1.0, dot(&gradient, &step));
        let share = if slope > OVERSHOT * gain {
            let (begin, end) = ((0.0, -gain), (1.0, slope));
            along.search(problem, gain, begin, end).await
        } else if slope < -SHORT * gain && !model.is_lasting() {
            along.further(problem, slope).await
        } else {
            1.0
        };
        if share == 0.0 && !is_known {
            break false;
        }
        // As if the slope changed evenly; looked at again before that has gone too far.
        objective -= 0.5 * share * (gain - slope.min(OVERSHOT * gain));
        problem.advance(share);
        for (w, step) in w.iter_mut().zip(&**step) {
            *w += share * step;
        }
        if share != 1.0 {
            problem.look(&w, &zeros, &mut gradient).await;
            hessian = Hessian::Unknown;
        }
        if objective < 0.5 * valued || share > 1.0 {
            objective = problem.value(&w).await + penalty(&w);
            valued = objective;
        }
    };
    if !is_known_there {
        objective = problem.value(&w).await + penalty(&w);
    }
    Ok(Minimum {
        w,
        objective,
        n_iter,
        model: Some(model),
    })
}

/// Where the Hessian in use was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hessian {
    /// None of use is there.
    Unknown,
    /// At a similar problem's minimum.
    OfAnother,
    /// Where the last step began, or before.
    Earlier,
}

/// Whether the steps that a Hessian of this very place saves are worth its cost. The last step, made
/// with the one at hand, left `gain / last_gain` to gain; the next would leave as much again. With
/// a new Hessian the share left is about as large as the relative gain itself.
fn is_worth_a_hessian(gain: f64, last_gain: f64, objective: f64, width: usize) -> bool {
    let (rate, closeness) = (gain / last_gain, (gain / objective).min(0.1));
    if rate.is_nan() || rate >= 1.0 {
        return true;
    }
    let left = (closeness / SOLVED).ln().max(0.0);
    // In steps; a Hessian is `width / 2` gradients' work, less what a gradient's exponentials cost.
    let cost = width as f64 / 8.0;
    cost + left / -closeness.ln() < left / -rate.ln()
}

/// Change of the linear part and the l1 penalty along a step: negative where the step descends.
fn predicted_change(gradient: &[f64], step: &[f64], w: &[f64], l1: &[f64]) -> f64 {
    (0..w.len())
        .map(|j| gradient[j] * step[j] + l1[j] * ((w[j] + step[j]).abs() - w[j].abs()))
        .sum()
}

/// A step from `w`.
struct Along<'a> {
    w: &'a [f64],
    step: &'a [f64],
    l1: &'a [f64],
}

impl Along<'_> {
    /// Slope of the whole objective `share` of the way, coming from its start, where `smooth` is the
    /// smooth part's.
    fn slope(&self, share: f64, smooth: f64) -> f64 {
        let corners = (0..self.w.len()).map(|j| {
            let (step, there) = (self.step[j], self.w[j] + share * self.step[j]);
            let sign = if there == 0.0 {
                -step.signum()
            } else {
                there.signum()
            };
            self.l1[j] * sign * step
        });
        smooth + corners.sum::<f64>()
    }

    /// The share of a step that ends too early, with the slope `end`: where the objective hardly
    /// falls. Margins change evenly along a step, so that no row is looked at.
    async fn further(&self, problem: &Smooth<'_>, end: f64) -> f64 {
        let slope = |share| self.slope(share, problem.slope_at(share, self.w, self.step));
        let (mut low, mut high) = ((1.0, end), (2.0, slope(2.0)));
        while high.1 < 0.0 && high.0 < FURTHEST {
            pause().await;
            low = high;
            high = (2.0 * low.0, slope(2.0 * low.0));
        }
        self.search(problem, -end, low, high).await
    }

    /// The share of a step that goes too far, to a place beyond which the objective hardly falls.
    /// `gain` is its fall at the start; before `low` it is too short, and beyond `high` too long:
    /// shares and slopes there.
    async fn search(
        &self,
        problem: &Smooth<'_>,
        gain: f64,
        mut low: (f64, f64),
        mut high: (f64, f64),
    ) -> f64 {
        for _ in 0..MAX_LOOKS {
            pause().await;
            let root = low.1 / (low.1 - high.1);
            let share = low.0 + (high.0 - low.0) * root.clamp(0.1, 0.9);
            let slope = self.slope(share, problem.slope_at(share, self.w, self.step));
            if slope > OVERSHOT * gain {
                high = (share, slope);
            } else if slope < -UNDERSHOT * gain {
                low = (share, slope);
            } else {
                return share;
            }
            if high.0 - low.0 <= 1e-3 * high.0 {
                // A corner, where the slope jumps.
                break;
            }
        }
        low.0
    }
}
