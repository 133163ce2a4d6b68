//! The multinomial Hessian: a block for each pair of classes, all of the same shape.
//!
//! Adding the same to all classes' coefficients leaves the losses as they are, so every row of blocks
//! sums to 0: those of different classes say everything.

use crate::models::linear::columns::lanes::Column;
use crate::models::linear::columns::rows::{Rows, add_gram};

/// Writes the Hessian of the losses, class by class, where `curvatures` gives a block's products of
/// weight and both classes' chances.
pub(crate) async fn hessian(
    rows: &Rows<'_>,
    curvatures: impl Fn(usize, usize, usize) -> Column + Sync,
    n_classes: usize,
    out: &mut [f64],
) {
    let width = rows.width();
    let stride = n_classes * width;
    out.fill(0.0);
    // Below both diagonals.
    rows.for_blocks(stride * n_classes / 4, &mut |block, columns| {
        for class in 1..n_classes {
            for other in 0..class {
                let curvatures = curvatures(block, class, other);
                let first = class * width * stride + other * width;
                add_gram(columns, &curvatures, &mut out[first..], stride);
            }
        }
    })
    .await;
    for j in 0..width {
        for k in 0..=j {
            spread(out, n_classes, width, j, k);
        }
    }
}

/// Copies one cell of all pairs' blocks to wherever else it belongs, with its sign.
fn spread(out: &mut [f64], n_classes: usize, width: usize, j: usize, k: usize) {
    let stride = n_classes * width;
    let at = |class: usize, j: usize, other: usize, k: usize| {
        (class * width + j) * stride + other * width + k
    };
    let mut sums = vec![0.0; n_classes];
    for class in 1..n_classes {
        for other in 0..class {
            let value = out[at(class, j, other, k)];
            sums[class] += value;
            sums[other] += value;
            for (j, k) in [(j, k), (k, j)] {
                out[at(class, j, other, k)] = -value;
                out[at(other, j, class, k)] = -value;
            }
        }
    }
    for (class, sum) in sums.into_iter().enumerate() {
        out[at(class, j, class, k)] = sum;
        out[at(class, k, class, j)] = sum;
    }
}

/// Adds an l2 penalty of column `j`, alike for all classes.
pub(crate) fn add_ridge(out: &mut [f64], n_classes: usize, width: usize, j: usize, l2: f64) {
    for class in 0..n_classes {
        out[(class * width + j) * (n_classes * width + 1)] += l2;
    }
}

/// Adds curvature along the common part of a column's coefficients, which only a weak penalty or
/// none settles, so that the matrix is regular. No step is changed by it: coefficients that sum to
/// 0 over the classes have no such part, nor has their gradient.
pub(crate) fn stiffen_common_part(out: &mut [f64], n_classes: usize, width: usize, j: usize) {
    let stride = n_classes * width;
    let at = |class: usize, other: usize| (class * width + j) * stride + other * width + j;
    let mean = (0..n_classes)
        .map(|class| out[at(class, class)])
        .sum::<f64>()
        / n_classes as f64;
    for class in 0..n_classes {
        for other in 0..n_classes {
            out[at(class, other)] += mean;
        }
    }
}
