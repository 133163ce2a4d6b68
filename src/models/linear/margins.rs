//! Prediction by linear models: margins and what follows from them.

use serde::{Deserialize, Serialize};

use crate::models::simd::{Choice, Pair, by_twos};

/// Coefficients of one problem (two classes) or of one a class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Planes {
    coef: Vec<f64>,
    intercept: Vec<f64>,
    n_features: usize,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    coef: Vec<f64>,
    intercept: Vec<f64>,
}

impl From<Planes> for Stored {
    fn from(planes: Planes) -> Self {
        Self {
            coef: planes.coef,
            intercept: planes.intercept,
        }
    }
}

impl TryFrom<Stored> for Planes {
    type Error = &'static str;

    fn try_from(Stored { coef, intercept }: Stored) -> Result<Self, &'static str> {
        let n = intercept.len();
        if n == 0 || n == 2 || coef.is_empty() || coef.len() % n != 0 {
            return Err("a linear model whose parts have different lengths");
        }
        Ok(Self {
            n_features: coef.len() / n,
            coef,
            intercept,
        })
    }
}

impl Planes {
    /// From solutions whose last coefficient belongs to a column of value `bias`, where there is one.
    pub(super) fn new(solutions: &[Vec<f64>], bias: Option<f64>) -> Self {
        let mut planes = Self {
            coef: Vec::new(),
            intercept: Vec::new(),
            n_features: 0,
        };
        for w in solutions {
            let (coef, intercept) = match (bias, w.split_last()) {
                (Some(bias), Some((last, coef))) => (coef, last * bias),
                _ => (&w[..], 0.0),
            };
            planes.n_features = coef.len();
            planes.coef.extend_from_slice(coef);
            planes.intercept.push(intercept);
        }
        planes
    }

    pub(super) fn n_features(&self) -> usize {
        self.n_features
    }

    pub(super) fn n_classes(&self) -> usize {
        if self.intercept.len() == 1 {
            2
        } else {
            self.intercept.len()
        }
    }

    pub(super) fn coef(&self) -> Vec<Vec<f64>> {
        self.coef
            .chunks(self.n_features)
            .map(<[f64]>::to_vec)
            .collect()
    }

    pub(super) fn intercept(&self) -> Vec<f64> {
        self.intercept.clone()
    }

    /// Margins, `[row][plane]`.
    pub(super) fn decisions(&self, x: &[f64], out: &mut [f64]) {
        let k = self.intercept.len();
        for (row, out) in x.chunks_exact(self.n_features).zip(out.chunks_exact_mut(k)) {
            for (plane, margin) in out.iter_mut().enumerate() {
                *margin = self.margin(row, plane);
            }
        }
    }

    #[inline]
    fn margin(&self, row: &[f64], plane: usize) -> f64 {
        let coef = &self.coef[plane * self.n_features..(plane + 1) * self.n_features];
        margin(row, coef, self.intercept[plane])
    }

    pub(super) fn predict_into(&self, x: &[f64], classes: &[i32], out: &mut [i32]) {
        let d = self.n_features;
        if let (&[zero, one], &[intercept]) = (classes, &self.intercept[..]) {
            macro_rules! by_width {
                ($($width:literal)*) => {
                    match d {
                        $($width => two_class_rows::<$width>(x, &self.coef, intercept, [zero, one], out),)*
                        _ => for (row, label) in x.chunks_exact(d).zip(out) {
                            *label = if margin(row, &self.coef, intercept) > 0.0 { one } else { zero };
                        },
                    }
                };
            }
            by_width!(2 4 6 8 10 12 16 20);
            return;
        }
        for (row, label) in x.chunks_exact(d).zip(out) {
            let mut best = (0, self.margin(row, 0));
            for plane in 1..self.intercept.len() {
                let margin = self.margin(row, plane);
                if margin > best.1 {
                    best = (plane, margin);
                }
            }
            *label = classes[best.0];
        }
    }
}

/// Two running sums, as a pair keeps them: whoever adds up a row does it in this order.
#[inline]
fn margin(row: &[f64], coef: &[f64], intercept: f64) -> f64 {
    let (mut even, mut odd) = (0.0, 0.0);
    let (pairs, rest) = row.as_chunks::<2>();
    let (coef_pairs, coef_rest) = coef.as_chunks::<2>();
    for (x, w) in pairs.iter().zip(coef_pairs) {
        even += x[0] * w[0];
        odd += x[1] * w[1];
    }
    for (x, w) in rest.iter().zip(coef_rest) {
        even += x * w;
    }
    (even + odd) + intercept
}

#[inline]
fn two_class_rows<const D: usize>(
    x: &[f64],
    coef: &[f64],
    intercept: f64,
    [zero, one]: [i32; 2],
    out: &mut [i32],
) {
    let Some(coef) = coef.first_chunk::<D>() else {
        return;
    };
    // A copy, which nothing that is written can change: it is loaded once.
    let coef = &{ *coef };
    let choice = Choice::new([zero, one]);
    let (rows, out) = by_twos(x.as_chunks::<D>().0, out, |rows, labels| {
        let sums = rows.each_ref().map(|row| {
            let pairs = row.as_chunks().0.iter().map(Pair::of);
            let coefs = coef.as_chunks().0.iter().map(Pair::of);
            // Adding to -0 changes nothing, so that no addition is left of it.
            (pairs.zip(coefs)).fold(Pair::both(-0.0), |sum, (x, w)| sum + x * w)
        });
        choice.write(sums[0].sums(sums[1]) + Pair::both(intercept), labels);
    });
    for (row, label) in rows.iter().zip(out) {
        *label = [zero, one][usize::from(margin(row, coef, intercept) > 0.0)];
    }
}
