//! How long plans and seeks take, beside one Kahn pass over the same arrays in the same run.
//!
//! `cargo bench --bench plan`. The machine is noisy: read the ratios, not the times. `cargo xtask
//! bench` sets the same beside a page in Chromium and the limits (docs/benches.md).

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod build_graph;
mod work;

use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};

use build_graph::BuildGraph;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use rewindow::model::{Cache, Graph};
use rewindow::rewind::{Event, Seeker, plan};
use work::{ENGINES, kahn, long_trace, longest_deafness, scenario};

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan");
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    for n in [10_000, 100_000, 1_000_000] {
        let (graph, cache) = BuildGraph::new(n, 1).into_model();
        group.bench_with_input(BenchmarkId::new("kahn", n), &graph, |b, graph| {
            b.iter(|| black_box(kahn(graph)));
        });
        for engine in ENGINES.into_iter().chain(["bazel-4.2"]) {
            let scenario = scenario(&graph, engine);
            group.bench_function(BenchmarkId::new(engine, n), |b| {
                b.iter(|| black_box(plan(&graph, &cache, &scenario).events.len()));
            });
            let events = plan(&graph, &cache, &scenario).events;
            let bytes = events.capacity() * size_of::<Event>();
            println!(
                "{engine}, {n} actions: {} events, {:.1} bytes each; deaf to a cancel for {:.1} ms",
                events.len(),
                bytes as f64 / events.len() as f64,
                longest_deafness(&graph, &cache, engine, now_ms)
            );
        }
    }
    group.finish();
    let (graph, cache) = BuildGraph::new(1_000_000, 1).into_model();
    seeking(criterion, &graph, &Rc::new(cache));
}

/// Milliseconds since the first call.
fn now_ms() -> f64 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1000.0
}

/// Seeks and steps in a trace of 3 million events.
fn seeking(criterion: &mut Criterion, graph: &Graph, cache: &Rc<Cache>) {
    let trace = long_trace(graph, cache, false);
    let n_events = trace.events.len();
    let mut group = criterion.benchmark_group("seek");
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    group.bench_function("index", |b| {
        b.iter(|| {
            let mut seeker = Seeker::new(graph, Rc::clone(cache));
            black_box(seeker.extend(graph, &trace, n_events))
        });
    });
    let mut seeker = Seeker::new(graph, Rc::clone(cache));
    seeker.extend(graph, &trace, n_events);
    println!("checkpoints: {:.1} MB", seeker.size_bytes() as f64 / 1e6);
    let mut step = 0;
    group.bench_function("anywhere", |b| {
        b.iter(|| {
            step = (step + 1_234_577) % (n_events + 1);
            black_box(seeker.seek(graph, &trace, step).step)
        });
    });
    group.bench_function("a step on", |b| {
        b.iter(|| {
            step = (step + 1) % (n_events + 1);
            black_box(seeker.seek(graph, &trace, step).step)
        });
    });
    group.bench_function("a step back", |b| {
        b.iter(|| {
            step = step.checked_sub(1).unwrap_or(n_events);
            black_box(seeker.seek(graph, &trace, step).step)
        });
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
