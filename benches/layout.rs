//! How long layouts take: the overview beside one Kahn pass over the same arrays, views of groups
//! beside their quotient laid out flat, a focus.
//!
//! `cargo bench --bench layout`. The machine is noisy: read the ratios, not the times. Other
//! engines are timed by `cargo xtask peers`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod build_graph;
#[allow(dead_code, reason = "only the Kahn pass of it")]
mod work;

use std::hint::black_box;
use std::ops::ControlFlow;
use std::time::Duration;

use build_graph::BuildGraph;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use rewindow::model::{ActionKind, ActionSpec, ArtifactKind, Graph, GraphBuilder};
use rewindow::scene::{
    EdgeKind, Focus, Grouping, Layout, LayoutOptions, Making, ShownArtifacts, Subject,
};
use work::kahn;

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("layout");
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    for n in [1_000, 10_000, 1_000_000] {
        let (graph, _) = BuildGraph::new(n, 1).into_model();
        let grouping = Grouping::new(&graph);
        let open = grouping.opened(300);
        let id = |name: &str| BenchmarkId::new(name, n);
        group.bench_function(id("kahn"), |b| b.iter(|| black_box(kahn(&graph))));
        group.bench_function(id("grouping"), |b| b.iter(|| Grouping::new(&graph)));
        group.bench_function(id("overview"), |b| {
            b.iter(|| lay_out(&graph, Subject::All, 0));
        });
        group.bench_function(id("overview by groups"), |b| {
            b.iter(|| lay_out(&graph, Subject::Overview(&grouping, &open), 0));
        });
        let view = Subject::Groups(&grouping, &open);
        group.bench_function(id("groups"), |b| b.iter(|| lay_out(&graph, view, 0)));
        let flat = quotient(&lay_out(&graph, view, 0));
        group.bench_function(id("their quotient, flat"), |b| {
            b.iter(|| lay_out(&flat, Subject::All, usize::MAX));
        });
        let middle = graph.topological()[n / 2];
        let focus = Focus::around(&graph, &[middle], 4, 4, Focus::ACTIONS_MAX);
        group.bench_function(id("focus"), |b| {
            b.iter(|| lay_out(&graph, Subject::Focus(&focus), 0));
        });
        if n == 1_000 {
            let all = || lay_out(&graph, Subject::All, usize::MAX);
            group.bench_function(id("detail"), |b| b.iter(all));
        }
    }
    group.finish();
}

fn lay_out(graph: &Graph, subject: Subject, detail_max: usize) -> Layout {
    let options =
        LayoutOptions { artifacts: ShownArtifacts::None, detail_max, ..LayoutOptions::default() };
    let never = &mut |_: Making| ControlFlow::Continue(());
    Layout::of(graph, subject, None, &options, never).unwrap()
}

/// The marks and edges of a view of groups as a graph of its own, edges back left out.
fn quotient(layout: &Layout) -> Graph {
    let mut builder = GraphBuilder::default();
    let marks: Vec<_> = layout.marks().collect();
    let position = |mark| marks.iter().position(|&m| m == mark).unwrap();
    let outputs: Vec<_> = (0..marks.len())
        .map(|i| builder.artifact(&format!("out/{i}"), ArtifactKind::Derived))
        .collect();
    let mut inputs = vec![Vec::new(); marks.len()];
    for (i, edge) in layout.edges().iter().enumerate() {
        if layout.edge_kind(i) != EdgeKind::Back {
            inputs[position(edge.to)].push(outputs[position(edge.from)]);
        }
    }
    for (inputs, &output) in inputs.into_iter().zip(&outputs) {
        builder.action(ActionSpec {
            label: String::new(),
            mnemonic: "Group".to_owned(),
            kind: ActionKind::Spawn,
            inputs,
            outputs: vec![output],
            digests: Default::default(),
            duration_ms: None,
        });
    }
    builder.finish().0
}

criterion_group!(layout, benches);
criterion_main!(layout);
