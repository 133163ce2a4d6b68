//! Two classes: by how much the second leads, for two rows at once.

use super::polynomial::Polynomial;
use crate::models::simd::{Choice, Pair, by_twos};

/// Above this doubt, in nats, too many rows would be looked at again.
const MOST_DOUBT: f64 = 1e-3;

/// The lead, `Σ (a x + b) x + c`, in units in which the terms of ordinary rows are below 2.
///
/// How far rounding can reach depends on Σx², but to add that up would take half as long again. A term
/// below 2 bounds its x, and whether any of them is not below 2 can be read from one bit of all terms
/// together: the one that floating-point numbers from 2 up have, and no smaller ones.
#[derive(Debug, Clone)]
pub(super) struct Lead {
    a: Vec<f64>,
    b: Vec<f64>,
    c: f64,
    /// Leads of rows with ordinary terms are right beyond it.
    doubt: f64,
}

impl Lead {
    /// None where terms do not bound x well enough. A row's doubt is `doubt.0 * Σx² + doubt.1`, and
    /// `largest` the most that an ordinary term may come to.
    pub(super) fn new(lead: &Polynomial, doubt: (f64, f64), largest: f64) -> Option<Self> {
        let unit = (2.0 * largest).log2().ceil().exp2();
        let squares: f64 = (lead.a.iter().zip(&lead.b))
            .map(|(a, b)| {
                // |(a x + b) x| >= (|a| |x| - |b|) |x|
                let (a, b) = (a.abs(), b.abs());
                let x = if a > 0.0 {
                    (b + (b * b + 4.0 * a * unit).sqrt()) / (2.0 * a)
                } else {
                    unit / b
                };
                x * x
            })
            .sum();
        let doubt = doubt.0 * squares + doubt.1;
        // A power of two, which rounds nothing unless a number becomes too small to be kept whole.
        let scale = 2.0 / unit;
        let scaled = |values: &[f64]| values.iter().map(|value| value * scale).collect();
        let lead = Self {
            a: scaled(&lead.a),
            b: scaled(&lead.b),
            c: lead.c * scale,
            doubt: doubt * scale,
        };
        let is_whole = |value: &f64| *value == 0.0 || value.is_normal();
        let whole = (lead.a.iter().chain(&lead.b).chain([&lead.c])).all(is_whole);
        (doubt < MOST_DOUBT && lead.doubt.is_normal() && whole).then_some(lead)
    }

    /// A label a row; `carefully` says it for rows that are not certain.
    #[inline(always)]
    pub(super) fn predict<const D: usize>(
        &self,
        rows: &[[f64; D]],
        labels: [i32; 2],
        out: &mut [i32],
        carefully: impl Fn(&[f64], &mut [i32]),
    ) {
        let (Some(a), Some(b)) = (self.a.first_chunk::<D>(), self.b.first_chunk::<D>()) else {
            return;
        };
        // Copies, which nothing that is written can change: they are loaded once.
        let (a, b) = (*a, *b);
        let (c, doubt, choice) = (
            Pair::both(self.c),
            Pair::both(self.doubt),
            Choice::new(labels),
        );
        let (rows, out) = by_twos(rows, out, |rows, out| {
            let mut bits = Pair::both(0.0);
            let term = |bits: &mut Pair, a: Pair, b: Pair, x: Pair| {
                let term = (a * x + b) * x;
                *bits = bits.bits_of_both(term);
                term
            };
            let sums = rows.each_ref().map(|row| {
                // Adding to -0 changes nothing, so that no addition is left of it.
                let mut sum = Pair::both(-0.0);
                for (x, (a, b)) in (row.as_chunks().0.iter()).zip(coefficients(&a, &b)) {
                    sum = sum + term(&mut bits, a, b, Pair::of(x));
                }
                bits = bits.now();
                sum
            });
            let mut lead = sums[0].sums(sums[1]) + c;
            if D % 2 == 1 {
                let x = Pair::new(rows[0][D - 1], rows[1][D - 1]);
                lead = lead + term(&mut bits, Pair::both(a[D - 1]), Pair::both(b[D - 1]), x);
            }
            choice.write(lead, out);
            // A NaN is among the terms too.
            if lead.is_near(doubt, bits) {
                carefully(rows.as_flattened(), out);
            }
        });
        carefully(rows.as_flattened(), out);
    }
}

#[inline(always)]
fn coefficients<const D: usize>(a: &[f64; D], b: &[f64; D]) -> impl Iterator<Item = (Pair, Pair)> {
    let pairs = a.as_chunks().0.iter().zip(b.as_chunks().0);
    pairs.map(|(a, b)| (Pair::of(a), Pair::of(b)))
}
