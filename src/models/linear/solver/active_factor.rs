//! Systems over some of many coefficients, which come and go a few at a time.
//!
//! Source: Golub & Van Loan 2013, 6.5 (Cholesky factors that gain or lose a row).

use crate::data::scratch::Scratch;
use crate::models::linear::columns::dots::dot;
use crate::parallel::pause::{PRODUCTS, Pace};

/// Share of a coefficient's curvature that is added to it: where it is a combination of others,
/// steps are long, and end where the first coefficient reaches 0.
const LEAST: f64 = 1e-12;
/// Where more than one in so many leaves, what is left is factored anew.
const FEW: usize = 8;

/// A Cholesky factor of a matrix's rows and columns of some coefficients.
pub(crate) struct ActiveFactor {
    /// Number of coefficients in all.
    width: usize,
    active: Scratch<usize>,
    /// The same by coefficient.
    is_in: Scratch<bool>,
    /// Lower triangle, row by row; what is above the diagonal means nothing.
    lower: Scratch<f64>,
    pace: Pace,
}

impl ActiveFactor {
    /// Of none of so many coefficients.
    pub(crate) fn none(width: usize) -> Self {
        Self {
            width,
            active: Scratch::empty(width),
            is_in: Scratch::zeros(width),
            lower: Scratch::default(),
            pace: Pace::default(),
        }
    }

    /// Makes it that of the coefficients for which `is_active` says so.
    pub(crate) async fn follow(&mut self, matrix: &[f64], is_active: &[bool]) {
        let width = self.width;
        if self.lower.is_empty() {
            self.lower = Scratch::any(width * width);
        }
        let n_leaving = self.active.iter().filter(|&&j| !is_active[j]).count();
        if n_leaving * FEW > self.active.len() {
            self.active.clear();
            self.is_in.fill(false);
        }
        for at in (0..self.active.len()).rev() {
            if !is_active[self.active[at]] {
                self.remove(at);
                self.pace.after(self.active.len().pow(2) / PRODUCTS).await;
            }
        }
        for j in 0..width {
            if is_active[j] && !self.is_in[j] {
                self.add(j, &matrix[j * width..(j + 1) * width]);
                self.pace.after(self.active.len().pow(2) / PRODUCTS).await;
            }
        }
    }

    fn add(&mut self, j: usize, line: &[f64]) {
        let n = self.active.len();
        let (above, row) = self.lower.split_at_mut(n * self.width);
        for (value, &k) in row.iter_mut().zip(&**self.active) {
            *value = line[k];
        }
        solve_lower(above, self.width, &mut row[..n]);
        let pivot = (1.0 + LEAST) * line[j] - dot(&row[..n], &row[..n]);
        row[n] = pivot.max(0.5 * LEAST * line[j]).sqrt();
        self.active.push(j);
        self.is_in[j] = true;
    }

    /// Rows after the one that leaves have a column too many: rotations clear it.
    fn remove(&mut self, at: usize) {
        let (n, width) = (self.active.len(), self.width);
        self.is_in[self.active.remove(at)] = false;
        self.lower
            .copy_within((at + 1) * width..n * width, at * width);
        for k in at..n - 1 {
            let [a, b] = [0, 1].map(|next| self.lower[k * width + k + next]);
            let length = a.hypot(b);
            let (cosine, sine) = (a / length, b / length);
            for row in self.lower[k * width..(n - 1) * width].chunks_exact_mut(width) {
                let (a, b) = (row[k], row[k + 1]);
                (row[k], row[k + 1]) = (cosine * a + sine * b, cosine * b - sine * a);
            }
        }
    }

    /// Turns `pull` into where the matrix times the active coefficients is `pull`, the others being 0.
    pub(crate) fn solve(&self, pull: &mut [f64]) {
        let (n, width) = (self.active.len(), self.width);
        let mut b = Scratch::of_all(self.active.iter().map(|&j| pull[j]));
        solve_lower(&self.lower[..n * width], width, &mut b);
        for k in (0..n).rev() {
            let row = &self.lower[k * width..=k * width + k];
            b[k] /= row[k];
            let value = b[k];
            for (b, l) in b[..k].iter_mut().zip(row) {
                *b -= value * l;
            }
        }
        pull.fill(0.0);
        for (&j, value) in self.active.iter().zip(&**b) {
            pull[j] = *value;
        }
    }
}

/// Solves with as many rows of a factor as `b` has numbers.
fn solve_lower(lower: &[f64], width: usize, b: &mut [f64]) {
    for (k, row) in (0..b.len()).zip(lower.chunks_exact(width)) {
        b[k] = (b[k] - dot(&row[..k], &b[..k])) / row[k];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parallel::pause::whole;

    #[test]
    fn coefficients_come_and_go() {
        let width = 30;
        let mut state = 1_u64;
        let mut draw = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 40) as f64 / 16_777_216.0 - 0.5
        };
        let rows: Vec<f64> = (0..40 * width).map(|_| draw()).collect();
        let mut matrix = vec![0.0; width * width];
        for row in rows.chunks_exact(width) {
            for j in 0..width {
                for k in 0..width {
                    matrix[j * width + k] += row[j] * row[k];
                }
            }
        }
        let pull: Vec<f64> = (0..width).map(|_| draw()).collect();
        let mut factor = ActiveFactor::none(width);
        for round in 0..20 {
            let is_active: Vec<bool> = (0..width)
                .map(|j| round == 0 || j % 7 != round % 7)
                .collect();
            whole(factor.follow(&matrix, &is_active));
            let mut solution = pull.clone();
            factor.solve(&mut solution);
            for j in (0..width).filter(|&j| is_active[j]) {
                let product = dot(&matrix[j * width..(j + 1) * width], &solution);
                assert!((product - pull[j]).abs() < 1e-10, "{round}, {j}: {product}");
            }
            assert!((0..width).all(|j| is_active[j] || solution[j] == 0.0));
        }
    }
}
