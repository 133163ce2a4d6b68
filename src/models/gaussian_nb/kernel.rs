//! Prediction: a polynomial a class in one pass, and scikit-learn's own order of operations where
//! rounding could decide.

use crate::models::numpy_sum::pairwise_sum;
use crate::random::log::log;

/// Below this share of a row's scale two classes are too close to trust the quick way. Its rounding
/// errors stay below `n_features * 1e-15`.
const DOUBT: f64 = 1e-9;

/// The fitted distributions.
#[derive(Debug, Clone)]
pub(super) struct Gaussians {
    pub(super) n_features: usize,
    /// Means, `[class][feature]`.
    pub(super) theta: Vec<f64>,
    /// Variances, `[class][feature]`.
    pub(super) var: Vec<f64>,
    pub(super) class_prior: Vec<f64>,
}

/// `Σ (a x + b) x + c`.
#[derive(Debug, Clone)]
struct Polynomial {
    a: Vec<f64>,
    b: Vec<f64>,
    c: f64,
}

/// What prediction needs beyond the distributions.
#[derive(Debug, Clone)]
pub(super) struct Kernel {
    /// Two classes: one, the second's lead. More: one a class.
    polynomials: Vec<Polynomial>,
    /// A row's doubt is `doubt.0 * Σx² + doubt.1`.
    doubt: (f64, f64),
    /// Logarithm of the prior, and scikit-learn's constant, of each class.
    logs: Vec<(f64, f64)>,
}

impl Kernel {
    pub(super) fn new(gaussians: &Gaussians) -> Self {
        let Gaussians {
            n_features: d,
            theta,
            var,
            class_prior,
        } = gaussians;
        let log_var = |class: usize, j: usize| ln(2.0 * std::f64::consts::PI * var[class * d + j]);
        let logs: Vec<_> = (class_prior.iter().enumerate())
            .map(|(class, prior)| (ln(*prior), -0.5 * pairwise_sum(*d, &|j| log_var(class, j))))
            .collect();
        let mut polynomials: Vec<Polynomial> = Vec::with_capacity(logs.len());
        let (mut square, mut constant) = (0.0_f64, 0.0);
        for (class, (theta, var)) in theta.chunks_exact(*d).zip(var.chunks_exact(*d)).enumerate() {
            let a: Vec<_> = var.iter().map(|var| -0.5 / var).collect();
            let b: Vec<_> = theta
                .iter()
                .zip(var)
                .map(|(theta, var)| theta / var)
                .collect();
            let squares: f64 = theta
                .iter()
                .zip(var)
                .map(|(theta, var)| theta * theta / var)
                .sum();
            // |b x| <= |b| (1 + x²) / 2; all terms' magnitudes, summed over the classes.
            square += a
                .iter()
                .zip(&b)
                .map(|(a, b)| a.abs() + b.abs())
                .fold(0.0, f64::max);
            let logs_of_var: f64 = (0..*d).map(|j| log_var(class, j).abs()).sum();
            constant += squares
                + logs_of_var
                + logs[class].0.abs().min(1e3)
                + b.iter().map(|b| b.abs()).sum::<f64>();
            polynomials.push(Polynomial {
                a,
                b,
                c: logs[class].0 + logs[class].1 - 0.5 * squares,
            });
        }
        if let [first, second] = &polynomials[..] {
            let lead = |of: fn(&Polynomial) -> &[f64]| -> Vec<f64> {
                of(second)
                    .iter()
                    .zip(of(first))
                    .map(|(second, first)| second - first)
                    .collect()
            };
            polynomials = vec![Polynomial {
                a: lead(|p| &p.a),
                b: lead(|p| &p.b),
                c: second.c - first.c,
            }];
        }
        Self {
            polynomials,
            doubt: (DOUBT * square, DOUBT * constant),
            logs,
        }
    }

    /// scikit-learn's joint log-likelihood of a row and a class, operation for operation.
    pub(super) fn joint_log_likelihood(
        &self,
        gaussians: &Gaussians,
        row: &[f64],
        class: usize,
    ) -> f64 {
        let d = gaussians.n_features;
        let (theta, var) = (
            &gaussians.theta[class * d..][..d],
            &gaussians.var[class * d..][..d],
        );
        let distance = pairwise_sum(d, &|j| (row[j] - theta[j]) * (row[j] - theta[j]) / var[j]);
        let (log_prior, constant) = self.logs[class];
        log_prior + (constant - 0.5 * distance)
    }

    /// The class that scikit-learn would choose; numpy takes the first NaN, else the first maximum.
    #[cold]
    #[inline(never)]
    fn decide(&self, gaussians: &Gaussians, row: &[f64]) -> usize {
        let mut best = (0, f64::NEG_INFINITY);
        for class in 0..self.logs.len() {
            let value = self.joint_log_likelihood(gaussians, row, class);
            if value.is_nan() {
                return class;
            }
            if value > best.1 {
                best = (class, value);
            }
        }
        best.0
    }

    /// A label a row.
    pub(super) fn predict_into(
        &self,
        gaussians: &Gaussians,
        x: &[f64],
        classes: &[i32],
        out: &mut [i32],
    ) {
        macro_rules! widths {
            ($($d:literal)*) => {
                match gaussians.n_features {
                    $($d => self.predict_fixed::<$d>(gaussians, x, classes, out),)*
                    d => self.predict_rows(gaussians, x.chunks_exact(d), classes, out),
                }
            };
        }
        // Where the width is known, the compiler keeps coefficients in registers and unrolls.
        widths!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 20);
    }

    fn predict_fixed<const D: usize>(
        &self,
        gaussians: &Gaussians,
        x: &[f64],
        classes: &[i32],
        out: &mut [i32],
    ) {
        let rows = x.as_chunks::<D>().0;
        let ([lead], &[no, yes]) = (&self.polynomials[..], classes) else {
            return self.predict_rows(
                gaussians,
                rows.iter().map(<[f64; D]>::as_slice),
                classes,
                out,
            );
        };
        let (mut a, mut b) = ([0.0; D], [0.0; D]);
        a.copy_from_slice(&lead.a);
        b.copy_from_slice(&lead.b);
        for (row, label) in rows.iter().zip(out) {
            let (value, squares) = evaluate(&a, &b, row);
            let value = value + lead.c;
            *label = if value > 0.0 { yes } else { no };
            // Not sure either where something is NaN.
            let sure = value.abs() > self.doubt.0 * squares + self.doubt.1;
            if !sure {
                *label = classes[self.decide(gaussians, row)];
            }
        }
    }

    fn predict_rows<'a>(
        &self,
        gaussians: &Gaussians,
        rows: impl Iterator<Item = &'a [f64]>,
        classes: &[i32],
        out: &mut [i32],
    ) {
        for (row, label) in rows.zip(out) {
            let (mut class, mut best, mut lead, mut squares) =
                (0, f64::NEG_INFINITY, f64::INFINITY, 0.0);
            if let [polynomial] = &self.polynomials[..] {
                let value;
                (value, squares) = evaluate(&polynomial.a, &polynomial.b, row);
                let value = value + polynomial.c;
                (class, lead) = (usize::from(value > 0.0), value.abs());
            } else {
                for (i, polynomial) in self.polynomials.iter().enumerate() {
                    let value;
                    (value, squares) = evaluate(&polynomial.a, &polynomial.b, row);
                    let value = value + polynomial.c;
                    // A NaN stays one, and asks for the exact way.
                    if value > best {
                        lead = if lead.is_nan() { lead } else { value - best };
                        (class, best) = (i, value);
                    } else {
                        let behind = best - value;
                        lead = if behind < lead || behind.is_nan() {
                            behind
                        } else {
                            lead
                        };
                    }
                }
            }
            let sure = lead > self.doubt.0 * squares + self.doubt.1;
            *label = classes[if sure {
                class
            } else {
                self.decide(gaussians, row)
            }];
        }
    }
}

/// `Σ (a x + b) x` and `Σ x²`, in pairs, so that the compiler uses vectors of two.
#[inline(always)]
fn evaluate(a: &[f64], b: &[f64], row: &[f64]) -> (f64, f64) {
    let (mut value, mut squares) = ([0.0; 2], [0.0; 2]);
    let n = row.len();
    let (a, b) = (&a[..n], &b[..n]);
    let even = n - n % 2;
    for j in (0..even).step_by(2) {
        for l in 0..2 {
            let x = row[j + l];
            value[l] += (a[j + l] * x + b[j + l]) * x;
            squares[l] += x * x;
        }
    }
    if even < n {
        let x = row[even];
        value[0] += (a[even] * x + b[even]) * x;
        squares[0] += x * x;
    }
    (value[0] + value[1], squares[0] + squares[1])
}

/// numpy's `log`, of zero and infinity too.
fn ln(x: f64) -> f64 {
    if x.is_normal() && x > 0.0 {
        log(x)
    } else {
        x.ln()
    }
}
