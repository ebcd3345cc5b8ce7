//! Chains from what happened to an action back to the eviction that began it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[path = "support/gist.rs"]
mod gist;

use gist::{evictions, gist, minimal};
use rewindow::model::{ActionId, ArtifactId, Cache, CacheKind, Graph, Tier};
use rewindow::rewind::{
    Build, DownloadMode, Engine, Event, FailReason, MissReason, Scenario, Targets, Trace, plan, why,
};

const A: ActionId = ActionId(0);
const B: ActionId = ActionId(1);
const C: ActionId = ActionId(2);

fn chain(graph: &Graph, trace: &Trace, action: ActionId) -> Vec<Event> {
    let positions = why(graph, trace, action, trace.events.len());
    assert!(positions.windows(2).all(|w| w[0] > w[1]), "{positions:?}");
    positions.into_iter().map(|position| trace.events[position]).collect()
}

fn played(engine: &str, target: &str, evict: &[&str]) -> (Graph, Trace) {
    let (graph, cache) = gist();
    let scenario = minimal(&graph, &cache, engine, target, evict);
    let trace = plan(&graph, &cache, &scenario);
    (graph, trace)
}

fn evicted(graph: &Graph, kind: CacheKind, prefix: &str) -> Event {
    Event::Evicted {
        kind,
        blob: graph.blobs().find_prefix(prefix).next().unwrap(),
        tier: Tier::Remote,
    }
}

fn a_txt(graph: &Graph) -> Event {
    evicted(graph, CacheKind::Cas, "87428fc5")
}

#[test]
fn nothing_happened_to_an_action_out_of_reach_or_before_the_build() {
    let (graph, trace) = played("bazel-1.1", "//:a", &["path:a.txt"]);
    assert!(chain(&graph, &trace, C).is_empty());
    assert!(why(&graph, &trace, A, 0).is_empty());
    assert!(why(&graph, &trace, A, 3).is_empty());
}

#[test]
fn a_step_beyond_the_end_is_the_end() {
    let (graph, trace) = played("bazel-1.1", "//:c", &["path:a.txt", "ac://:c"]);
    assert_eq!(why(&graph, &trace, C, usize::MAX), why(&graph, &trace, C, trace.events.len()));
}

#[test]
fn failed_lost_evicted() {
    let (graph, trace) = played("bazel-4.2", "//:c", &["path:a.txt", "ac://:c"]);
    let all = chain(&graph, &trace, C);
    assert_eq!(all[0], Event::Failed { action: C, reason: FailReason::LostInputs });
    assert!(matches!(all[1], Event::LostInput { consumer: C, input: ArtifactId(0), .. }));
    assert_eq!(all[2..], [a_txt(&graph)]);
}

#[test]
fn a_hit_becomes_a_miss_for_the_blob_that_was_evicted() {
    let (graph, cache) = gist();
    let mut scenario = minimal(&graph, &cache, "bazel-1.1", "//:a", &["path:a.txt"]);
    scenario.builds[0].download = DownloadMode::All;
    let trace = plan(&graph, &cache, &scenario);
    let all = chain(&graph, &trace, A);
    assert!(matches!(all[0], Event::Executed { action: A, .. }));
    assert!(matches!(all[1], Event::CacheMiss { reason: MissReason::BlobLost(_), .. }));
    assert_eq!(all[2..], [a_txt(&graph)]);
}

#[test]
fn no_entry_because_it_was_evicted() {
    let (graph, trace) = played("bazel-1.1", "//:a", &["ac://:a"]);
    let all = chain(&graph, &trace, A);
    assert!(matches!(all[1], Event::CacheMiss { reason: MissReason::NoEntry, .. }));
    assert_eq!(all[2..], [evicted(&graph, CacheKind::Ac, "7d5544fc")]);
}

#[test]
fn rewound_because_its_consumer_lost_its_output() {
    for engine in ["bazel-9.3", "buck2-1349"] {
        let (graph, trace) = played(engine, "//:c", &["path:a.txt", "ac://:c"]);
        let all = chain(&graph, &trace, A);
        assert_eq!(all[0], Event::Executed { action: A, again: true }, "{engine}");
        let n = all.len();
        assert_eq!(all[n - 3], Event::MarkedDirty { action: A, consumer: Some(C) }, "{engine}");
        assert!(matches!(all[n - 2], Event::LostInput { consumer: C, .. }), "{engine}");
        assert_eq!(all[n - 1], a_txt(&graph), "{engine}");
    }
}

#[test]
fn skipped_because_a_producer_failed() {
    let evict = ["path:a.txt", "ac://:b", "ac://:c"];
    for keep_going in [false, true] {
        let (graph, cache) = gist();
        let mut scenario = minimal(&graph, &cache, "bazel-4.2", "//:c", &evict);
        scenario.builds[0].keep_going = keep_going;
        let trace = plan(&graph, &cache, &scenario);
        let all = chain(&graph, &trace, C);
        assert_eq!(all[0], Event::Skipped { action: C });
        assert_eq!(all[1], Event::Failed { action: B, reason: FailReason::LostInputs });
        assert_eq!(all.last(), Some(&a_txt(&graph)));
    }
}

#[test]
fn a_later_build_refuses_the_entry_for_the_loss_in_the_build_before() {
    let (graph, cache) = gist();
    let mut scenario = minimal(&graph, &cache, "bazel-7.7", "//:c", &["path:a.txt", "ac://:c"]);
    let again = Build { clean: false, evict: Vec::new(), ..scenario.builds[0].clone() };
    scenario.builds.push(again);
    let trace = plan(&graph, &cache, &scenario);
    assert!(trace.outcome().unwrap().success);
    let all = chain(&graph, &trace, A);
    assert!(matches!(all[0], Event::Executed { action: A, .. }), "{all:?}");
    assert!(matches!(all[1], Event::CacheMiss { reason: MissReason::NamesLost(_), .. }));
    assert!(matches!(all[2], Event::LostInput { consumer: C, .. }));
    assert_eq!(all[3..], [a_txt(&graph)]);
}

#[test]
fn reused_as_an_earlier_build_left_it() {
    let (graph, cache) = gist();
    let mut scenario = minimal(&graph, &cache, "bazel-7.7", "//:a", &["ac://:a"]);
    let again = Build { clean: false, evict: Vec::new(), ..scenario.builds[0].clone() };
    scenario.builds.push(again);
    let trace = plan(&graph, &cache, &scenario);
    let all = chain(&graph, &trace, A);
    assert_eq!(all[0], Event::Reused { action: A });
    assert!(matches!(all[1], Event::Executed { action: A, .. }));
    assert_eq!(all.last(), Some(&evicted(&graph, CacheKind::Ac, "7d5544fc")));
}

#[test]
fn a_loss_from_before_the_trace_goes_back_to_the_hit_that_was_believed() {
    let (graph, mut cache) = gist();
    for eviction in evictions(&graph, &cache, &["path:a.txt", "ac://:c"]) {
        cache.evict(eviction.kind, eviction.blob);
    }
    let scenario = minimal(&graph, &cache, "bazel-4.2", "//:c", &[]);
    let trace = plan(&graph, &cache, &scenario);
    let all = chain(&graph, &trace, C);
    assert!(matches!(all[1], Event::LostInput { .. }));
    assert_eq!(all[2], Event::CacheHit { action: A });
    assert!(matches!(all[3], Event::Asked(request) if request.kind == CacheKind::Ac));
}

#[test]
fn a_lost_top_level_output_explains_its_producer() {
    let (graph, cache) = gist();
    let engine = Engine::find("buck2-1349").unwrap();
    let targets = Targets::parse(&graph, &["//:a".to_owned()]).unwrap();
    let evict = evictions(&graph, &cache, &["path:a.txt"]);
    let build = Build { evict, ..Build::clean(targets, DownloadMode::TopLevel) };
    let trace = plan(&graph, &cache, &Scenario::new(engine, vec![build]));
    let all = chain(&graph, &trace, A);
    assert!(matches!(all[0], Event::Executed { action: A, again: true }), "{all:?}");
    assert_eq!(all[1], Event::MarkedDirty { action: A, consumer: None });
    assert!(matches!(all[2], Event::LostOutput { .. }));
    assert_eq!(all[3..], [a_txt(&graph)]);
}

/// Every event of a trace has a cause that lies before it, whatever the state of the cache.
#[test]
fn every_prefix_of_every_trace_is_explained() {
    let evict = ["path:a.txt", "path:b.txt", "ac://:b", "ac://:c"];
    for engine in rewindow::rewind::engines() {
        for mode in DownloadMode::ALL {
            let (graph, cache): (Graph, Cache) = gist();
            let mut scenario = minimal(&graph, &cache, engine.id, "//:c", &evict);
            scenario.builds[0].download = mode;
            let trace = plan(&graph, &cache, &scenario);
            for step in 0..=trace.events.len() {
                for action in graph.action_ids() {
                    let chain = why(&graph, &trace, action, step);
                    assert!(chain.iter().all(|&position| position < step));
                }
            }
        }
    }
}
