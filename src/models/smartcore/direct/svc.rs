//! Fits of smartcore's `SVC`.

use std::sync::Arc;

use super::lasvm;
use super::rows::codes;
use crate::data::TrainingSet;
use crate::data::allocate::room;
use crate::error::{Error, Result};
use crate::models::smartcore::svc::params::SvcParams;
use crate::models::smartcore::svc::{Svc, SvcFile};

/// smartcore's solver stays with a row until no margin is off by 1000. From this product of `C` and
/// the kernel on that can take it longer than anybody waits; from 1e18, for ever.
const LARGEST_PRODUCT: f64 = 1e7;

/// Rows of one pair of classes from which the kernel values that smartcore keeps, one for every two
/// support vectors, may not fit into a tab.
const MOST_ROWS: usize = 10_000;

/// Fits every pair of classes.
pub(in crate::models) fn fit(params: &SvcParams, data: &TrainingSet<'_>) -> Result<Svc> {
    let (k, d, n) = (data.n_classes, data.n_features(), data.n_samples());
    let codes = codes(data);
    let mut sizes = vec![0; k];
    codes.iter().for_each(|&code| sizes[code as usize] += 1);
    let (mut most, mut next) = (0, 0);
    for size in sizes {
        (most, next) = (most.max(size), next.max(size.min(most)));
    }
    if most + next > MOST_ROWS {
        let entry = size_of::<(usize, usize, f64)>() as u64;
        let pairs = ((most + next) as u64).saturating_pow(2);
        return Err(Error::OutOfMemory {
            what: "the kernel values that smartcore's SVC keeps",
            needed_bytes: pairs.saturating_mul(entry),
            largest_rows: n as u64 * MOST_ROWS as u64 / (most + next) as u64,
        });
    }
    drop(room::<f64>("the weights of all pairs of classes", n, k)?);
    let kernel = params.kernel(data);
    let squares = data
        .iter()
        .map(|(row, _)| row.iter().map(|v| v * v).sum::<f64>());
    let most = kernel.most(squares.fold(0.0, f64::max));
    if !(kernel.gamma.is_finite() && most.is_finite()) {
        return Err(kernel.beyond_numbers());
    }
    let product = params.c * most;
    // No number where C is infinite and the kernel nothing.
    if product.is_nan() || product > LARGEST_PRODUCT {
        let allowed = format!(
            "at most {:e} where the kernel comes to {most:e}, or smartcore's solver may not \
             come to an end: scale X",
            LARGEST_PRODUCT / most
        );
        return Err(Error::invalid("C", params.c, allowed));
    }
    let x: Arc<[f64]> = data.iter().flat_map(|(row, _)| row).copied().collect();
    // A row's weight against each other class, as the file has it.
    let mut coef_of = vec![vec![0.0; n]; k - 1];
    let n_pairs = k * (k - 1) / 2;
    let mut intercept = Vec::with_capacity(n_pairs);
    let mut converged = true;
    for first in 0..k as u32 {
        for second in first + 1..k as u32 {
            let machine = lasvm::fit(params, kernel, &x, &codes, [first, second], n_pairs)?;
            for (row, weight) in machine.weights.into_iter().enumerate() {
                if weight != 0.0 {
                    // A row is of the second class where its weight is positive.
                    let against = if weight > 0.0 { first } else { second - 1 };
                    coef_of[against as usize][row] = weight;
                }
            }
            intercept.push(machine.intercept);
            converged &= machine.converged;
        }
    }
    let mut file = SvcFile {
        kernel,
        n_features: d as u32,
        n_support: vec![0; k],
        vectors: Vec::new(),
        coef: Vec::new(),
        intercept,
        converged,
    };
    let mut support = Vec::new();
    for class in 0..k {
        for (row, &code) in codes.iter().enumerate() {
            if code as usize == class && coef_of.iter().any(|coef| coef[row] != 0.0) {
                file.n_support[class] += 1;
                file.vectors.extend_from_slice(&x[row * d..(row + 1) * d]);
                support.push(row);
            }
        }
    }
    for coef in coef_of {
        file.coef.extend(support.iter().map(|&row| coef[row]));
    }
    Svc::try_from(file)
}

#[cfg(test)]
mod tests {
    use smartcore::linalg::basic::matrix::DenseMatrix;
    use smartcore::svm::svc::{SVC, SVCParameters};
    use smartcore::svm::{Kernel as _, Kernels};

    use super::*;
    use crate::models::classifier::Classifier;

    /// Rows as columns of sines, of two classes that overlap.
    fn rows(n: usize, d: usize) -> (Vec<f64>, Vec<u32>) {
        let cell = |at: usize| (at as f64 * 1.7).sin() + (at as f64 * 0.31).cos();
        let x: Vec<f64> = (0..n * d).map(cell).collect();
        let code = |row: &[f64]| u32::from(row[0] + 0.4 * (row[1] * 9.0).sin() > 0.1);
        let codes = x.chunks(d).map(code).collect();
        (x, codes)
    }

    #[test]
    fn decisions_are_those_of_smartcore_used_plainly() {
        let (n, d) = (90, 4);
        let (x, codes) = rows(n, d);
        let listed: Vec<u32> = (0..n as u32).collect();
        let data = TrainingSet {
            x: ndarray::ArrayView2::from_shape((n, d), &x).unwrap(),
            codes: &codes,
            n_classes: 2,
            rows: &listed,
            shared: None,
        };
        let matrix = |x: &[f64]| DenseMatrix::new(x.len() / d, d, x.to_vec(), false).unwrap();
        let (train, test) = (matrix(&x), rows(140, d).0);
        for (settings, smart) in [
            ("{}", Kernels::rbf()),
            (r#"{"kernel":"linear"}"#, Kernels::linear()),
            (
                r#"{"kernel":"poly","coef0":0.5}"#,
                Kernels::polynomial().with_degree(3.0).with_coef0(0.5),
            ),
        ] {
            let mut params = SvcParams::read(&serde_json::from_str(settings).unwrap()).unwrap();
            // Content with the first epochs.
            params.tol = 1e9;
            let kernel = params.kernel(&data);
            let smart = smart.with_gamma(kernel.gamma);
            for (a, b) in x.chunks(d).zip(test.chunks(d).rev()) {
                let plain = smart.apply(&a.to_vec(), &b.to_vec()).unwrap();
                assert_eq!(kernel.apply(a, b).to_bits(), plain.to_bits());
            }
            let plain_params = SVCParameters::default()
                .with_kernel(smart)
                .with_tol(1e9)
                .with_seed(Some(0));
            let plain = SVC::fit(&train, &codes, &plain_params).unwrap();
            let test_rows = matrix(&test);
            let wanted = plain.decision_function(&test_rows).unwrap();
            let ours = fit(&params, &data).unwrap();
            let mut got = vec![0.0; 140];
            ours.decision_function_into(&test, &mut got).unwrap();
            for (got, wanted) in got.iter().zip(&wanted) {
                assert!(
                    (got - wanted).abs() < 1e-12,
                    "{settings}: {got} for {wanted}"
                );
            }
        }
    }
}
