//! smartcore's SVC solver, on one pair of classes.
//!
//! The solver (LASVM) goes over the rows a number of times, its epochs, and stops wherever it is
//! then. Here it starts anew with more epochs until the optimality conditions hold within `tol`,
//! more no longer help, or would take too long.
//!
//! It is given numbers of rows instead of rows, and a kernel that looks them up: smartcore would
//! cut rows short where there are more columns than rows, copies both rows for every value of the
//! kernel, and could not say which rows support.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smartcore::error::Failed;
use smartcore::svm::svc::{SVC, SVCParameters};

use super::rows::{Rows, through_file};
use crate::error::Result;
use crate::models::smartcore::settings::refused;
use crate::models::smartcore::svc::params::{Kernel, SvcParams};

/// smartcore's own default.
const FIRST_EPOCHS: usize = 2;
/// How many times more epochs another start has.
const MORE: usize = 4;
/// Values of the kernel that one more start may take in all pairs of classes, some seconds.
const MOST_VALUES: u64 = 12_000_000;
/// By how much more epochs have to narrow the gap to be worth while.
const NARROWER: f64 = 0.8;

/// What decides between two classes.
pub(super) struct Machine {
    /// A weight a row: 0 where it does not support, else positive in the second class.
    pub(super) weights: Vec<f64>,
    /// Whether the optimality conditions hold within `tol`.
    pub(super) converged: bool,
    pub(super) intercept: f64,
}

/// A kernel of numbers of rows.
#[derive(Debug, Serialize, Deserialize)]
struct ByNumber {
    #[serde(skip)]
    kernel: Kernel,
    #[serde(skip)]
    x: Arc<[f64]>,
    n_cols: usize,
}

impl ByNumber {
    fn row(&self, number: usize) -> &[f64] {
        &self.x[number * self.n_cols..(number + 1) * self.n_cols]
    }
}

#[cfg_attr(not(target_arch = "wasm32"), typetag::serde)]
impl smartcore::svm::Kernel for ByNumber {
    fn apply(&self, a: &Vec<f64>, b: &Vec<f64>) -> std::result::Result<f64, Failed> {
        let (a, b) = (self.row(a[0] as usize), self.row(b[0] as usize));
        Ok(self.kernel.apply(a, b))
    }
}

/// Fits two classes; `x` has a row a code.
pub(super) fn fit(
    params: &SvcParams,
    kernel: Kernel,
    x: &Arc<[f64]>,
    all_codes: &[u32],
    [first, second]: [u32; 2],
    n_pairs: usize,
) -> Result<Machine> {
    let n_cols = x.len() / all_codes.len();
    let (mut numbers, mut codes) = (Vec::new(), Vec::new());
    for (number, &code) in all_codes.iter().enumerate() {
        if code == first || code == second {
            numbers.push(number as f64);
            codes.push(u32::from(code == second));
        }
    }
    let rows = Rows::all(&numbers, 1);
    let mut epochs = FIRST_EPOCHS;
    let mut last_gap = f64::INFINITY;
    loop {
        let by_number = ByNumber {
            kernel,
            x: x.clone(),
            n_cols,
        };
        let settings = SVCParameters::default()
            .with_epoch(epochs)
            .with_c(params.c)
            .with_tol(params.tol)
            .with_seed(Some(u64::from(params.random_state)))
            .with_kernel(by_number);
        type Fields = (
            Option<(u32, u32)>,
            Option<Vec<Vec<f64>>>,
            Option<Vec<f64>>,
            Option<f64>,
        );
        let fitted = SVC::fit(&rows, &codes, &settings).map_err(refused)?;
        let (_, vectors, found, intercept): Fields = through_file(&fitted)?;
        let (vectors, found) = (vectors.unwrap_or_default(), found.unwrap_or_default());
        let mut weights = vec![0.0; all_codes.len()];
        for (number, weight) in vectors.iter().flatten().zip(&found) {
            weights[*number as usize] = *weight;
        }
        epochs *= MORE;
        let values = 3 * epochs as u64 * codes.len() as u64 * found.len() as u64;
        let gap = gap(&weights, params.c, &kernel, x, (&numbers, &codes));
        let narrows = gap < last_gap * NARROWER;
        last_gap = gap;
        if gap <= params.tol || !narrows || values > MOST_VALUES / n_pairs as u64 {
            return Ok(Machine {
                weights,
                converged: gap <= params.tol,
                intercept: intercept.unwrap_or_default(),
            });
        }
    }
}

/// How far the optimality conditions are from holding: libsvm's `m(α) − M(α)`, which it brings
/// below `tol`.
fn gap(
    weights: &[f64],
    c: f64,
    kernel: &Kernel,
    x: &[f64],
    (numbers, codes): (&[f64], &[u32]),
) -> f64 {
    let n_cols = x.len() / weights.len();
    let row = |number: usize| &x[number * n_cols..(number + 1) * n_cols];
    let (mut up, mut down) = (f64::NEG_INFINITY, f64::INFINITY);
    for (&number, &code) in numbers.iter().zip(codes) {
        let number = number as usize;
        let (sign, least, most) = match code {
            1 => (1.0, 0.0, c),
            _ => (-1.0, -c, 0.0),
        };
        let mut gradient = sign;
        for (vector, weight) in weights.iter().enumerate() {
            if *weight != 0.0 {
                gradient -= weight * kernel.apply(row(number), row(vector));
            }
        }
        if weights[number] < most {
            up = up.max(gradient);
        }
        if weights[number] > least {
            down = down.min(gradient);
        }
    }
    up - down
}
