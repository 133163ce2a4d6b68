//! Where a curve of ratios, known with noise at some sizes, falls below one and where it rises again.
//!
//! The curve is a valley: with more rows a strategy's overhead counts for less, until something
//! else, memory say, holds it up. So it is fitted monotone, down to its lowest point and up from
//! there (isotonic regression), and the crossing sought on the way down. There what the strategy
//! takes more than serial is nearly a straight line over rows, each being overhead and rows.

/// One size of a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Knot {
    /// Rows.
    pub n_rows: f64,
    /// Mean logarithm of strategy over serial.
    pub ratio: f64,
    /// What a serial call takes, in any unit.
    pub serial: f64,
    /// What it counts for.
    pub weight: f64,
}

impl Knot {
    /// What the strategy takes more than serial where the ratio is this.
    fn more(&self, ratio: f64) -> f64 {
        self.serial * ratio.exp_m1()
    }
}

/// Sizes that a local fit looks at: within this factor of the crossing.
const NEAR: f64 = 3.0;

/// The index of the knot at which the monotone fit turns: down to it, up from it.
#[must_use]
pub(super) fn turn(knots: &[Knot]) -> usize {
    let off = |at: usize| {
        let fit = valley(knots, at);
        let errors = fit.iter().zip(knots);
        errors
            .map(|(fit, knot)| knot.weight * (fit - knot.ratio).powi(2))
            .sum::<f64>()
    };
    // A tie goes to the later turn: a curve that only falls.
    (0..knots.len())
        .rev()
        .min_by(|&a, &b| off(a).total_cmp(&off(b)))
        .unwrap_or(0)
}

/// The fit that falls to knot `at` and rises from there.
fn valley(knots: &[Knot], at: usize) -> Vec<f64> {
    let mut fit = falling(&knots[..(at + 1).min(knots.len())]);
    let mut up: Vec<Knot> = knots[fit.len()..].to_vec();
    up.reverse();
    let mut rest = falling(&up);
    rest.reverse();
    fit.append(&mut rest);
    fit
}

/// Weighted isotonic regression, falling: neighbours that rise are pooled.
fn falling(knots: &[Knot]) -> Vec<f64> {
    let mut blocks: Vec<(f64, f64, usize)> = Vec::with_capacity(knots.len());
    for knot in knots {
        blocks.push((knot.ratio, knot.weight, 1));
        while let [.., a, b] = blocks[..]
            && a.0 < b.0
        {
            let weight = a.1 + b.1;
            let pooled = (a.0 * a.1 + b.0 * b.1) / weight;
            blocks.truncate(blocks.len() - 2);
            blocks.push((pooled, weight, a.2 + b.2));
        }
    }
    let each = blocks.iter();
    each.flat_map(|&(ratio, _, n)| std::iter::repeat_n(ratio, n))
        .collect()
}

/// Rows from which the strategy is faster, on the way down to knot `turn`: the first size where it
/// is at the smallest already, `None` where it is at none.
#[must_use]
pub(super) fn crossing(knots: &[Knot], turn: usize) -> Option<f64> {
    let down = &knots[..(turn + 1).min(knots.len())];
    let fit = falling(down);
    let Some(above) = fit.iter().rposition(|&ratio| ratio >= 0.0) else {
        return down.first().map(|knot| knot.n_rows);
    };
    let below = above + 1;
    let (&r1, to) = (fit.get(below)?, down.get(below)?);
    let (r0, from) = (fit[above], &down[above]);
    let (more, less) = (from.more(r0), to.more(r1));
    let straight = from.n_rows + (to.n_rows - from.n_rows) * more / (more - less);
    let smooth = local(down, straight);
    // Not farther than the next sizes: a local fit may have lost its way.
    let low = above.checked_sub(1).map_or(from.n_rows, |i| down[i].n_rows);
    let high = down.get(below + 1).map_or(to.n_rows, |knot| knot.n_rows);
    Some(smooth.filter(|&n| n > low && n < high).unwrap_or(straight))
}

/// The same of the line through all sizes around `n`, where there are more than two.
fn local(knots: &[Knot], n: f64) -> Option<f64> {
    let (mut w, mut wx, mut wy, mut wxx, mut wxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let mut sides = [0, 0];
    for knot in knots {
        let far = (knot.n_rows / n).ln() / NEAR.ln();
        if far.abs() >= 1.0 {
            continue;
        }
        sides[usize::from(far > 0.0)] += 1;
        let (x, y) = (knot.n_rows / n, knot.more(knot.ratio));
        // Equal on the logarithm, and less for what is farther away.
        let error = knot.serial * knot.ratio.exp();
        let weight = knot.weight / (error * error) * (1.0 - far.abs().powi(3)).powi(3);
        w += weight;
        wx += weight * x;
        wy += weight * y;
        wxx += weight * x * x;
        wxy += weight * x * y;
    }
    if sides.contains(&0) || sides[0] + sides[1] < 3 {
        return None;
    }
    let slope = (w * wxy - wx * wy) / (w * wxx - wx * wx);
    let overhead = (wy - slope * wx) / w;
    let found = -n * overhead / slope;
    (overhead > 0.0 && slope < 0.0 && found.is_finite()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(points: &[(f64, f64)]) -> Vec<Knot> {
        let knots = points.iter();
        knots
            .map(|&(n_rows, ratio)| Knot {
                n_rows,
                ratio,
                serial: n_rows,
                weight: 1.0,
            })
            .collect()
    }

    #[test]
    fn rising_neighbours_are_pooled() {
        let knots = curve(&[(1.0, 3.0), (2.0, 1.0), (3.0, 2.0), (4.0, 0.0)]);
        assert_eq!(falling(&knots), [3.0, 1.5, 1.5, 0.0]);
        assert_eq!(valley(&knots, 1), [3.0, 1.0, 1.0, 1.0]);
        assert!(falling(&[]).is_empty());
    }

    #[test]
    fn a_valley_turns_at_its_lowest_point() {
        let knots = curve(&[(10.0, 1.0), (100.0, -0.5), (1e3, -0.6), (1e4, 0.1)]);
        assert_eq!(turn(&knots), 2);
        let found = crossing(&knots, 2).unwrap_or(f64::NAN);
        let (more, less) = (10.0 * 1_f64.exp_m1(), 100.0 * (-0.5_f64).exp_m1());
        assert!((found - (10.0 + 90.0 * more / (more - less))).abs() < 1e-9);
        assert_eq!(turn(&knots[..3]), 2);
    }

    #[test]
    fn one_that_is_faster_everywhere_pays_from_the_smallest_and_one_that_is_nowhere_never() {
        let faster = curve(&[(10.0, -0.1), (100.0, -0.5)]);
        assert_eq!(crossing(&faster, 1), Some(10.0));
        let slower = curve(&[(10.0, 0.5), (100.0, 0.1)]);
        assert_eq!(crossing(&slower, 1), None);
        assert_eq!(crossing(&[], 0), None);
    }

    #[test]
    fn the_costs_of_a_call_give_the_crossing_exactly() {
        // 0.3 µs and 10 ns a row alone; 5 µs and 5.5 ns on two: equal at 1044.4 rows.
        let serial = |n: f64| 300.0 + 10.0 * n;
        let knot = |n: f64| Knot {
            n_rows: n,
            ratio: ((5000.0 + 5.5 * n) / serial(n)).ln(),
            serial: serial(n),
            weight: 1.0,
        };
        for sizes in [&[10.0, 1e5][..], &[10.0, 100.0, 600.0, 1000.0, 2000.0, 1e4]] {
            let knots: Vec<Knot> = sizes.iter().map(|&n| knot(n)).collect();
            let found = crossing(&knots, sizes.len() - 1).unwrap_or(f64::NAN);
            assert!((found / 1044.44 - 1.0).abs() < 1e-4, "{found}");
        }
    }
}
