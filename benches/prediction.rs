//! Kernels on one thread, and batches on all. `npm run bench -- --bench prediction`
#![allow(missing_docs, clippy::unwrap_used)]

mod notebook;

use std::hint::black_box;

use breakeven::inference::predict::{Split, predict_into};
use breakeven::measure::clock::SystemClock;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use notebook::{classifiers, fit, rows, start_pool, training_rows};

const SIZES: [usize; 4] = [10, 1_000, 100_000, 1_000_000];

fn batches(c: &mut Criterion) {
    start_pool();
    let (x_train, y_train) = training_rows();
    let (x, _) = rows(1_000_000, 1);
    let clock = SystemClock::default();
    for (name, spec) in classifiers() {
        let model = fit(&spec, &x_train, &y_train);
        let mut group = c.benchmark_group(name);
        group.sample_size(10);
        for n_rows in SIZES {
            if name == "RF" && n_rows > 100_000 {
                continue;
            }
            let rows = x.slice(ndarray::s![..n_rows, ..]);
            let serial = model.predict(rows).unwrap();
            let mut out = vec![0; n_rows];
            group.throughput(Throughput::Elements(n_rows as u64));
            for (strategy, n_threads) in [("serial", 1), ("threads", usize::MAX)] {
                let split = Split {
                    n_threads,
                    n_slices: None,
                };
                group.bench_function(BenchmarkId::new(strategy, n_rows), |b| {
                    b.iter(|| predict_into(&model, black_box(rows), &mut out, split, &clock));
                    assert_eq!(out, serial, "{name}, {strategy}, {n_rows} rows");
                });
            }
        }
        group.finish();
    }
}

/// What memory allows: the sum of the same rows.
fn memory(c: &mut Criterion) {
    let x = vec![1.0_f64; 10_000_000];
    let mut group = c.benchmark_group("memory");
    group.throughput(Throughput::Bytes(8 * x.len() as u64));
    group.bench_function("sum of 80 MB", |b| {
        b.iter(|| {
            let mut sums = [0.0; 16];
            for part in black_box(&x).as_chunks::<16>().0 {
                for (sum, value) in sums.iter_mut().zip(part) {
                    *sum += value;
                }
            }
            sums.iter().sum::<f64>()
        });
    });
    group.finish();
}

criterion_group!(benches, memory, batches);
criterion_main!(benches);
