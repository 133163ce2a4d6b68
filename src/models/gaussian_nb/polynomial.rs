//! A row's likelihood by a class, or two classes' difference, but for a constant.

/// `Σ (a x + b) x + c`.
#[derive(Debug, Clone)]
pub(super) struct Polynomial {
    pub(super) a: Vec<f64>,
    pub(super) b: Vec<f64>,
    pub(super) c: f64,
}

/// `Σ (a x + b) x` and `Σ x²`, in pairs, so that the compiler uses vectors of two.
#[inline(always)]
pub(super) fn evaluate(a: &[f64], b: &[f64], row: &[f64]) -> (f64, f64) {
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
