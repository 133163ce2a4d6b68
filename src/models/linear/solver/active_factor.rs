//! Systems over some of many coefficients, which come and go a few at a time.
//!
//! Source: Golub & Van Loan 2013, 6.5 (Cholesky factors that gain or lose a row).

use crate::models::linear::columns::dots::dot;
use crate::parallel::pause::{PRODUCTS, Pace};

/// Share of a coefficient's curvature that is added to it: where it is a combination of others,
/// steps are long, and end where the first coefficient reaches 0.
const LEAST: f64 = 1e-12;
/// Where more than one in so many leaves, what is left is factored anew.
const FEW: usize = 8;

/// A Cholesky factor of a matrix's rows and columns of some coefficients.
#[derive(Default)]
pub(crate) struct ActiveFactor {
    active: Vec<usize>,
    /// Lower triangle, without what is above the diagonal.
    rows: Vec<Vec<f64>>,
    pace: Pace,
}

impl ActiveFactor {
    /// Makes it that of the coefficients for which `is_active` says so.
    pub(crate) async fn follow(&mut self, matrix: &[f64], is_active: &[bool]) {
        let width = is_active.len();
        let leaves = |j: &usize| !is_active[*j];
        if self.active.iter().filter(|j| leaves(j)).count() * FEW > self.active.len() {
            self.active.clear();
            self.rows.clear();
        }
        for at in (0..self.active.len()).rev() {
            if leaves(&self.active[at]) {
                self.remove(at);
                self.pace.after(self.active.len().pow(2) / PRODUCTS).await;
            }
        }
        let mut is_in = vec![false; width];
        self.active.iter().for_each(|&j| is_in[j] = true);
        for j in (0..width).filter(|&j| is_active[j] && !is_in[j]) {
            self.add(j, &matrix[j * width..(j + 1) * width]);
            self.pace.after(self.active.len().pow(2) / PRODUCTS).await;
        }
    }

    fn add(&mut self, j: usize, line: &[f64]) {
        let mut row: Vec<f64> = self.active.iter().map(|&k| line[k]).collect();
        self.solve_lower(&mut row);
        let pivot = (1.0 + LEAST) * line[j] - dot(&row, &row);
        row.push(pivot.max(0.5 * LEAST * line[j]).sqrt());
        self.rows.push(row);
        self.active.push(j);
    }

    /// Rows after the one that leaves have a column too many: rotations clear it.
    fn remove(&mut self, at: usize) {
        self.active.remove(at);
        self.rows.remove(at);
        for k in at..self.rows.len() {
            let [.., a, b] = self.rows[k][..] else { return };
            let length = a.hypot(b);
            let (cosine, sine) = (a / length, b / length);
            for row in &mut self.rows[k..] {
                let (a, b) = (row[k], row[k + 1]);
                (row[k], row[k + 1]) = (cosine * a + sine * b, cosine * b - sine * a);
            }
            self.rows[k].pop();
        }
    }

    fn solve_lower(&self, b: &mut [f64]) {
        for (k, row) in self.rows.iter().enumerate() {
            b[k] = (b[k] - dot(&row[..k], &b[..k])) / row[k];
        }
    }

    /// Where the matrix times the active coefficients is `pull`, the others being 0.
    pub(crate) fn solve(&self, pull: &[f64]) -> Vec<f64> {
        let mut b: Vec<f64> = self.active.iter().map(|&j| pull[j]).collect();
        self.solve_lower(&mut b);
        for (k, row) in self.rows.iter().enumerate().rev() {
            b[k] /= row[k];
            let value = b[k];
            for (b, l) in b[..k].iter_mut().zip(row) {
                *b -= value * l;
            }
        }
        let mut solution = vec![0.0; pull.len()];
        for (&j, value) in self.active.iter().zip(b) {
            solution[j] = value;
        }
        solution
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
        let mut factor = ActiveFactor::default();
        for round in 0..20 {
            let is_active: Vec<bool> = (0..width)
                .map(|j| round == 0 || j % 7 != round % 7)
                .collect();
            whole(factor.follow(&matrix, &is_active));
            let solution = factor.solve(&pull);
            for j in (0..width).filter(|&j| is_active[j]) {
                let product = dot(&matrix[j * width..(j + 1) * width], &solution);
                assert!((product - pull[j]).abs() < 1e-10, "{round}, {j}: {product}");
            }
            assert!((0..width).all(|j| is_active[j] || solution[j] == 0.0));
        }
    }
}
