//! Prediction: a polynomial a class in one pass, and scikit-learn's own order of operations where
//! rounding could decide.

use super::lead::Lead;
use super::polynomial::{Polynomial, evaluate};
use crate::data::numpy_sum::pairwise_sum;
use crate::random::log::log;

/// Below this share of a row's scale, times `n_features`, two classes are too close to trust the
/// quick way. All rounding errors together, ours and scikit-learn's, come to `n_features + 6` units
/// in the last place a class, a sixth of it at most.
const DOUBT: f64 = 1e-14;

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

/// What prediction needs beyond the distributions.
#[derive(Debug, Clone)]
pub(super) struct Kernel {
    /// Two classes: one, the second's lead. More: one a class.
    polynomials: Vec<Polynomial>,
    /// A row's doubt is `doubt.0 * Σx² + doubt.1`.
    doubt: (f64, f64),
    /// Two classes, whose rows can be told apart two at once.
    lead: Option<Lead>,
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
        let doubt = DOUBT * *d as f64;
        let doubt = (doubt * square, doubt * constant);
        let lead = match &polynomials[..] {
            [lead] => Lead::new(lead, doubt, largest(gaussians, lead)),
            _ => None,
        };
        Self {
            polynomials,
            doubt,
            lead,
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
        let carefully = |x: &[f64], out: &mut [i32]| self.predict_rows(gaussians, x, classes, out);
        let (Some(lead), &[no, yes]) = (&self.lead, classes) else {
            return carefully(x, out);
        };
        macro_rules! widths {
            ($($d:literal)*) => {
                match gaussians.n_features {
                    $($d => lead.predict(x.as_chunks::<$d>().0, [no, yes], out, carefully),)*
                    _ => carefully(x, out),
                }
            };
        }
        // Where the width is known, the compiler keeps coefficients in registers and unrolls.
        widths!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 20);
    }

    #[inline(never)]
    fn predict_rows(&self, gaussians: &Gaussians, x: &[f64], classes: &[i32], out: &mut [i32]) {
        for (row, label) in x.chunks_exact(gaussians.n_features).zip(out) {
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

/// The most that a term of a polynomial comes to where the classes are.
fn largest(gaussians: &Gaussians, Polynomial { a, b, .. }: &Polynomial) -> f64 {
    let columns = (0..gaussians.n_features).cycle();
    (columns.zip(gaussians.theta.iter().zip(&gaussians.var)))
        .map(|(j, (theta, var))| {
            let x = theta.abs() + 8.0 * var.sqrt();
            (a[j].abs() * x + b[j].abs()) * x
        })
        .fold(0.0, f64::max)
}

/// numpy's `log`, of zero and infinity too.
fn ln(x: f64) -> f64 {
    if x.is_normal() && x > 0.0 {
        log(x)
    } else {
        x.ln()
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows beside the classes, far off, half-way, and such as no sum survives.
    fn rows(n: usize, d: usize, seed: u64) -> Vec<f64> {
        let mut state = seed.wrapping_mul(2) + 1;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            state >> 33
        };
        (0..n * d)
            .map(|_| {
                let x = next() as f64 / f64::from(1_u32 << 30) - 1.0;
                match next() % 64 {
                    0 => x * 1e9,
                    1 => x * 1e200,
                    2 => [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0][next() as usize % 4],
                    3..8 => 1.0,
                    _ => 4.0 * x,
                }
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        #[test]
        fn labels_are_those_of_the_careful_way(
            seed in 0_u64..1_000_000, d in 1_usize..22, k in 2_usize..4, n_rows in 0_usize..70,
            scale in prop::sample::select(vec![1.0, 1e-6, 1e6, 1e150]),
            offset in prop::sample::select(vec![0.0, 0.0, 5.0, 1e5]),
            alike in prop::sample::select(vec![0.0, 1e-12, 1.0]),
        ) {
            let spread = |at: usize| 1.0 + alike * ((at * 7 + seed as usize) % 5) as f64;
            let gaussians = Gaussians {
                n_features: d,
                theta: rows(k, d, seed).iter()
                    .map(|x| scale * (offset + if x.abs() < 10.0 { *x } else { 0.0 })).collect(),
                var: (0..k * d).map(|at| scale * scale * spread(at)).collect(),
                class_prior: vec![1.0 / k as f64; k],
            };
            let kernel = Kernel::new(&gaussians);
            let mut x: Vec<f64> = rows(n_rows, d, seed + 1).iter().map(|x| scale * (offset + x)).collect();
            // Half-way between classes that are alike in their variances, or next to it.
            for (i, row) in x.chunks_exact_mut(d).enumerate().filter(|(i, _)| i % 3 == 0) {
                for (x, (a, b)) in row.iter_mut().zip(gaussians.theta.iter().zip(&gaussians.theta[d..])) {
                    *x = (a + b) / 2.0;
                }
                row[i % d] *= 1.0 + [0.0, 1e-16, -3e-16][i / 3 % 3];
            }
            let classes = &[3, 5, 8][..k];
            let mut labels = vec![0; n_rows];
            kernel.predict_into(&gaussians, &x, classes, &mut labels);
            for (row, label) in x.chunks_exact(d).zip(labels) {
                prop_assert_eq!(label, classes[kernel.decide(&gaussians, row)], "{:?}", row);
            }
        }
    }

    #[test]
    fn ordinary_models_take_two_rows_at_once() {
        let gaussians = Gaussians {
            n_features: 2,
            theta: vec![0.0, 1.0, 1.0, -1.0],
            var: vec![1.0, 2.0, 1.5, 2.01],
            class_prior: vec![0.5; 2],
        };
        assert!(Kernel::new(&gaussians).lead.is_some());
        // Where a feature says nothing, it bounds nothing.
        let nothing = Gaussians {
            theta: vec![0.0, 1.0, 1.0, 1.0],
            var: vec![1.0, 2.0, 1.5, 2.0],
            ..gaussians
        };
        assert!(Kernel::new(&nothing).lead.is_none());
    }
}
