//! scikit-learn's tree builder and prediction the plain way: `f32` values, sums over samples, no ranks.

use breakeven::models::classifier::TreeAttributes;
use breakeven::models::forest::params::{Amount, MaxFeatures};
use breakeven::models::forest::random_forest::{RandomForest, RandomForestParams};
use breakeven::models::forest::training::criterion::Criterion;
use breakeven::models::forest::training::randomness::{FeatureRandom, bootstrap_counts, tree_seed};
use breakeven::parallel::pause::{Pace, whole};
use ndarray::Array2;

/// Means of the leaves' fractions, in order of the trees.
pub fn proba(model: &RandomForest, x: &[f64], k: usize) -> Vec<f64> {
    let d = breakeven::models::classifier::Classifier::n_features(model);
    let trees: Vec<_> = model.trees().iter().map(|tree| tree.attributes()).collect();
    let mut out = Vec::new();
    for row in x.chunks(d) {
        let mut sums = vec![0.0; k];
        for tree in &trees {
            let mut at = 0;
            while tree.feature[at] >= 0 {
                let right = f64::from(row[tree.feature[at] as usize] as f32) > tree.threshold[at];
                at = if right {
                    tree.children_right[at]
                } else {
                    tree.children_left[at]
                } as usize;
            }
            sums.iter_mut()
                .zip(&tree.value[at])
                .for_each(|(sum, value)| *sum += value);
        }
        out.extend(sums.iter().map(|sum| sum / trees.len() as f64));
    }
    out
}

fn gini(sums: &[f64]) -> f64 {
    let weight: f64 = sums.iter().sum();
    1.0 - sums.iter().map(|s| s * s).sum::<f64>() / (weight * weight)
}

/// The smallest number of samples that scikit-learn takes an amount for.
fn least(amount: Amount, n: usize, min: usize) -> usize {
    match amount {
        Amount::Count(count) => count as usize,
        Amount::Share(share) => min.max((share * n as f64).ceil() as usize),
    }
}

/// The first tree of a forest.
pub fn tree(
    params: &RandomForestParams,
    x: &Array2<f64>,
    codes: &[u32],
    k: usize,
    rows: &[u32],
) -> TreeAttributes {
    let d = x.ncols();
    let min_leaf = least(params.min_samples_leaf, rows.len(), 1);
    let min_split = least(params.min_samples_split, rows.len(), 2).max(2 * min_leaf);
    let max_features = match params.max_features {
        MaxFeatures::Sqrt => (d as f64).sqrt() as usize,
        MaxFeatures::Log2 => (d as f64).log2() as usize,
        MaxFeatures::All => d,
        MaxFeatures::Count(count) => count as usize,
        MaxFeatures::Share(share) => (share * d as f64) as usize,
    }
    .max(1);
    let impurity = |sums: &[f64]| match params.criterion {
        Criterion::Gini => gini(sums),
        // The C library's logarithm, to the bit: not every machine has it.
        entropy => entropy.impurity(&sums.iter().map(|&s| s as u64).collect::<Vec<_>>()),
    };
    let seed = tree_seed(params.random_state, 0);
    let mut weights = vec![1; rows.len()];
    if params.bootstrap {
        whole(bootstrap_counts(
            seed,
            &mut weights,
            rows.len(),
            &mut Pace::default(),
        ));
    }
    let mut random = FeatureRandom::of_tree(seed);
    let samples: Vec<(usize, f64)> = rows
        .iter()
        .zip(&weights)
        .filter(|(_, w)| **w > 0)
        .map(|(&row, &w)| (row as usize, f64::from(w)))
        .collect();
    let sums = |samples: &[(usize, f64)]| {
        let mut sums = vec![0.0; k];
        samples
            .iter()
            .for_each(|&(row, w)| sums[codes[row] as usize] += w);
        sums
    };
    let (mut features, mut constants): (Vec<usize>, Vec<usize>) = ((0..d).collect(), vec![0; d]);
    let (feature, threshold, children_left, children_right, value) = Default::default();
    let mut tree = TreeAttributes {
        feature,
        threshold,
        children_left,
        children_right,
        value,
    };
    let total_weight: f64 = samples.iter().map(|s| s.1).sum();
    let mut stack = vec![(samples, 0, 0, None, false)];
    while let Some((samples, depth, known, parent, is_left)) = stack.pop() {
        let id = tree.feature.len() as i32;
        if let Some(parent) = parent {
            let children = if is_left {
                &mut tree.children_left
            } else {
                &mut tree.children_right
            };
            let children: &mut Vec<i32> = children;
            children[parent as usize] = id;
        }
        let all = sums(&samples);
        let weight: f64 = all.iter().sum();
        let n = samples.len();
        let mut best: Option<(f64, usize, f64)> = None;
        let (mut drawn, mut found, mut visited, mut total, mut f_i) = (0, 0, 0, known, d);
        let leaf = params.max_depth.is_some_and(|most| depth >= most)
            || n < min_split
            || impurity(&all) <= f64::EPSILON;
        while !leaf && f_i > total && (visited < max_features || visited <= found + drawn) {
            visited += 1;
            let mut f_j = random.between(drawn, f_i - found);
            if f_j < known {
                features.swap(drawn, f_j);
                drawn += 1;
                continue;
            }
            f_j += found;
            let f = features[f_j];
            let mut sorted: Vec<(f32, usize, f64)> = samples
                .iter()
                .map(|&(r, w)| (x[(r, f)] as f32, r, w))
                .collect();
            sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
            if sorted[n - 1].0 <= sorted[0].0 + 1e-7_f32 {
                features.swap(f_j, total);
                found += 1;
                total += 1;
                continue;
            }
            f_i -= 1;
            features.swap(f_i, f_j);
            for p in min_leaf..=n - min_leaf {
                if p == n || sorted[p].0 <= sorted[p - 1].0 + 1e-7_f32 {
                    continue;
                }
                let pick = |part: &[(f32, usize, f64)]| {
                    sums(&part.iter().map(|s| (s.1, s.2)).collect::<Vec<_>>())
                };
                let (left, right) = (pick(&sorted[..p]), pick(&sorted[p..]));
                let (wl, wr): (f64, f64) = (left.iter().sum(), right.iter().sum());
                let proxy = -wr * impurity(&right) - wl * impurity(&left);
                if best.is_none_or(|(most, _, _)| proxy > most) {
                    best = Some((
                        proxy,
                        f,
                        f64::from(sorted[p - 1].0) / 2.0 + f64::from(sorted[p].0) / 2.0,
                    ));
                }
            }
        }
        if !leaf {
            features[..known].copy_from_slice(&constants[..known]);
            constants[known..total].copy_from_slice(&features[known..total]);
        }
        tree.value.push(all.iter().map(|s| s / weight).collect());
        tree.children_left.push(-1);
        tree.children_right.push(-1);
        let (mut left, mut right) = (Vec::new(), Vec::new());
        if let Some((_, f, threshold)) = best {
            (left, right) = samples
                .iter()
                .partition(|s| f64::from(x[(s.0, f)] as f32) <= threshold);
            let (l, r) = (sums(&left), sums(&right));
            let share = |part: &[f64]| part.iter().sum::<f64>() / weight * impurity(part);
            let gain = weight / total_weight * (impurity(&all) - share(&r) - share(&l));
            if gain + f64::EPSILON < params.min_impurity_decrease {
                best = None;
            }
        }
        let Some((_, f, threshold)) = best else {
            tree.feature.push(-2);
            tree.threshold.push(-2.0);
            continue;
        };
        tree.feature.push(f as i32);
        tree.threshold.push(threshold);
        stack.push((right, depth + 1, total, Some(id), false));
        stack.push((left, depth + 1, total, Some(id), true));
    }
    tree
}
