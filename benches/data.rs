//! Generating data. `npm run bench -- --bench data`
#![allow(missing_docs, clippy::unwrap_used)]

mod notebook;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use notebook::{rows, start_pool};

fn generate(c: &mut Criterion) {
    start_pool();
    let mut group = c.benchmark_group("make_classification, 10 features");
    group.sample_size(10);
    for n_rows in [10_000, 1_000_000] {
        group.throughput(Throughput::Elements(n_rows as u64));
        group.bench_function(BenchmarkId::from_parameter(n_rows), |b| {
            b.iter(|| rows(n_rows, 0));
        });
    }
    group.finish();
}

criterion_group!(benches, generate);
criterion_main!(benches);
