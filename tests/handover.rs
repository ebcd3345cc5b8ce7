//! What the worker hands to the page in pieces comes back whole, and damaged pieces are refused.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../benches/build_graph/mod.rs"]
mod build_graph;

use build_graph::BuildGraph;
use rewindow::app::outline::Told;
use rewindow::import::{Import, ImportInPieces, each_piece};
use rewindow::model::{AcEntry, AcOutput, BlobId, Cache, Graph, TextId};
use rewindow::report::{FreshRoles, Names};
use rewindow::rewind::{Build, DownloadMode, Engine, Eviction, Scenario, Targets, Trace, plan};

/// Pieces so small that every list is cut.
const PIECE_BYTES: usize = 100;

fn incident() -> (Graph, Cache) {
    let (graph, mut cache) = BuildGraph::new(300, 1).into_model();
    cache.entries = graph.action_ids().filter_map(|a| Some((graph.key(a)?, entry(a.0)))).collect();
    cache.entries.sort_by_key(|entry| entry.0);
    (graph, cache)
}

/// An entry that has a little of everything; each third has less.
fn entry(i: u32) -> AcEntry {
    let output = |path, is_tree| AcOutput { path: TextId(path), blob: BlobId(i), is_tree };
    let n_files = i % 3;
    AcEntry {
        outputs: vec![output(1, false), output(2, n_files > 0)],
        tree_files: (0..n_files).map(BlobId).collect(),
        stdout: (i.is_multiple_of(2)).then_some(BlobId(i)),
        stderr: (i.is_multiple_of(5)).then_some(BlobId(0)),
        stdout_inline_bytes: i,
        stderr_inline_bytes: 7,
        exit_code: -1,
        broken: i.is_multiple_of(7),
    }
}

/// A plan that loses blobs and makes fresh content.
fn planned(graph: &Graph, cache: &Cache) -> Trace {
    let evict = graph.artifact_ids().step_by(9).filter_map(|artifact| graph.blob(artifact));
    let evict = evict.map(|blob| Eviction { kind: rewindow::model::CacheKind::Cas, blob });
    let build = Build::clean(Targets::All, DownloadMode::Minimal);
    let build = Build { evict: evict.collect(), keep_going: true, ..build };
    let mut engine = Engine::find("bazel-9.3").unwrap();
    let _ = engine.set("jobs", "4");
    plan(graph, cache, &Scenario::new(engine, vec![build]))
}

#[test]
fn an_import_in_pieces_is_the_same_import() {
    let (graph, cache) = incident();
    let import = Import::of(graph, cache);
    let mut pieces = ImportInPieces::default();
    let mut n = 0;
    each_piece(&import, PIECE_BYTES, &mut |piece| {
        n += 1;
        pieces.take(&piece).unwrap();
    });
    assert!(n > 100, "{n} pieces");
    assert_eq!(pieces.finish().unwrap(), import);
}

#[test]
fn a_trace_in_pieces_is_the_same_trace_with_the_same_outline() {
    let (graph, cache) = incident();
    let trace = planned(&graph, &cache);
    assert!(trace.events.len() > 1000);
    let mut told = Told::default();
    trace.each_piece(PIECE_BYTES, &mut |piece| told.take(&piece).unwrap());
    told.trace.take_outcomes(&trace.outcomes_to_bytes()).unwrap();
    assert_eq!(told, Told::from(trace));
    assert!(told.outline.interesting.is_some_and(|step| step > 0));
}

#[test]
fn a_trace_refuses_pieces_that_do_not_fit() {
    let (graph, cache) = incident();
    let trace = planned(&graph, &cache);
    let mut pieces = Vec::new();
    trace.each_piece(1 << 20, &mut |piece| pieces.push(piece));
    let mut whole = Trace::default();
    assert!(whole.take_piece(&pieces[0][..3]).is_err(), "too short for a number");
    assert!(whole.take_piece(&pieces[0][..21]).is_err(), "an event is cut");
    let mut unknown = pieces[0].clone();
    unknown[4] = 200;
    assert!(Trace::default().take_piece(&unknown).is_err(), "no such event");
    whole.take_piece(&pieces[0]).unwrap();
    assert!(whole.take_piece(&pieces[0]).is_err(), "more events than were announced");
    let outcomes = trace.outcomes_to_bytes();
    assert!(whole.take_outcomes(&outcomes[..outcomes.len() - 1]).is_err(), "cut");
    assert!(Trace::default().take_outcomes(&outcomes).is_err(), "of another trace");
}

#[test]
fn names_as_bytes_are_the_same_names() {
    let (graph, cache) = incident();
    let names = Names::new(&graph, &cache, &[]);
    let bytes = names.to_bytes();
    assert_eq!(Names::from_bytes(&bytes), Some(names));
    assert_eq!(Names::from_bytes(&bytes[..bytes.len() - 1]), None);
    let fresh = FreshRoles::of(&graph, &planned(&graph, &cache));
    assert_eq!(FreshRoles::from_bytes(&fresh.to_bytes()), Some(fresh));
}
