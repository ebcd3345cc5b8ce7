//! How long a plan takes, beside one Kahn pass over the same arrays in the same run.
//!
//! `cargo bench --bench plan`. The machine is noisy: read the ratios, not the times.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod build_graph;

use std::hint::black_box;
use std::time::Duration;

use build_graph::BuildGraph;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use rewindow::model::{CacheKind, Graph, Id};
use rewindow::rewind::{Build, DownloadMode, Engine, Eviction, Scenario, Targets, plan};

/// One plain topological pass: what any planner has to do at least.
fn kahn(graph: &Graph) -> usize {
    let mut waits: Vec<u32> = graph
        .action_ids()
        .map(|a| graph.inputs(a).iter().filter(|&&i| graph.producer(i).is_some()).count() as u32)
        .collect();
    let mut order: Vec<_> = graph.action_ids().filter(|a| waits[a.index()] == 0).collect();
    let mut next = 0;
    while next < order.len() {
        for &output in graph.outputs(order[next]) {
            for &consumer in graph.consumers(output) {
                waits[consumer.index()] -= 1;
                if waits[consumer.index()] == 0 {
                    order.push(consumer);
                }
            }
        }
        next += 1;
    }
    order.len()
}

/// An all-hit build of everything in `minimal` mode with 1 % of the blobs and of the AC entries
/// lost.
fn scenario(graph: &Graph, engine: &str) -> Scenario {
    let mut evict = Vec::new();
    for action in graph.action_ids().step_by(100) {
        let blobs = graph.outputs(action).iter().filter_map(|&o| graph.blob(o));
        evict.extend(blobs.map(|blob| Eviction { kind: CacheKind::Cas, blob }));
    }
    for action in graph.action_ids().skip(50).step_by(100) {
        let key = graph.digests(action).key.into_iter();
        evict.extend(key.map(|blob| Eviction { kind: CacheKind::Ac, blob }));
    }
    let build =
        Build { evict, keep_going: true, ..Build::clean(Targets::All, DownloadMode::Minimal) };
    Scenario::new(Engine::find(engine).unwrap(), vec![build])
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan");
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    for n in [10_000, 100_000, 1_000_000] {
        let (graph, cache) = BuildGraph::new(n, 1).into_model();
        group.bench_with_input(BenchmarkId::new("kahn", n), &graph, |b, graph| {
            b.iter(|| black_box(kahn(graph)));
        });
        for engine in ["bazel-9.3", "buck2-1349", "bazel-4.2"] {
            let scenario = scenario(&graph, engine);
            group.bench_function(BenchmarkId::new(engine, n), |b| {
                b.iter(|| black_box(plan(&graph, &cache, &scenario).events.len()));
            });
        }
    }
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
