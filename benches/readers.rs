//! How long the compact log takes to read, beside bare decompression and decoding of it.
//!
//! `cargo bench --bench readers`. The machine is noisy: read the ratios, not the times. `cargo
//! xtask bench` sets the same beside a page in Chromium and the limits (docs/benches.md).

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "work/reading.rs"]
mod reading;
mod synthetic;

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use reading::{compact_log, decode_bare, read_log};
use synthetic::Layout;

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compact log");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for layout in [Layout::Before74, Layout::Since74] {
        let log = compact_log(20_000, layout);
        let (n_bytes, n_entries) = decode_bare(&log);
        println!("{layout:?}: {n_bytes} bytes, {n_entries} entries, {} packed", log.bytes.len());
        group.throughput(Throughput::Bytes(n_bytes as u64));
        group.bench_function(BenchmarkId::new("decode", format!("{layout:?}")), |b| {
            b.iter(|| black_box(decode_bare(&log)));
        });
        group.bench_function(BenchmarkId::new("read", format!("{layout:?}")), |b| {
            b.iter(|| black_box(read_log(&log).graph.n_actions()));
        });
    }
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
