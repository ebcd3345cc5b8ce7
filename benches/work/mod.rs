//! The work that the benches time: the same for criterion, for the native table and for the page.

use std::ops::ControlFlow;

use rewindow::model::{ActionId, Cache, CacheKind, Graph, Id};
use rewindow::rewind::{
    Build, DownloadMode, Engine, Eviction, Scenario, Targets, Trace, plan, plan_with,
};

/// Engines whose plans are timed: rewinding in Bazel and in Buck2.
pub const ENGINES: [&str; 2] = ["bazel-9.3", "buck2-1349"];

/// Events of the long trace.
pub const LONG_TRACE: usize = 3_000_000;

/// One plain topological pass: what any planner has to do at least.
pub fn kahn(graph: &Graph) -> usize {
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
pub fn scenario(graph: &Graph, engine: &str) -> Scenario {
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
    let engine = Engine::find(engine).expect("the bench names engines that there are");
    Scenario::new(engine, vec![build])
}

/// The first [`LONG_TRACE`] events of clean builds with losses, one after the other; with
/// `scattered`, of actions all over the graph rather than in the order of their ids.
pub fn long_trace(graph: &Graph, cache: &Cache, scattered: bool) -> Trace {
    let mut scenario = scenario(graph, "bazel-9.3");
    if scattered {
        scenario.builds[0].order = scattered_order(graph.n_actions());
    }
    let per_build = graph.n_actions() * 2;
    for _ in 0..LONG_TRACE / per_build {
        scenario.builds.push(scenario.builds[0].clone());
    }
    let mut trace = plan(graph, cache, &scenario);
    assert!(trace.events.len() >= LONG_TRACE, "{} events", trace.events.len());
    trace.events.truncate(LONG_TRACE);
    trace
}

fn scattered_order(n: usize) -> Vec<ActionId> {
    let mut order: Vec<ActionId> = (0..n).map(ActionId::at).collect();
    order.sort_unstable_by_key(|action| action.0.wrapping_mul(0x9e37_79b9));
    order
}

/// The longest time in milliseconds for which a plan cannot be cancelled.
pub fn longest_deafness(graph: &Graph, cache: &Cache, engine: &str, now: fn() -> f64) -> f64 {
    let scenario = scenario(graph, engine);
    let (mut last, mut longest) = (now(), 0.0_f64);
    let mut hear = |_: usize| {
        let time = now();
        longest = longest.max(time - last);
        last = time;
        ControlFlow::Continue(())
    };
    let planned = plan_with(graph, cache, &scenario, &mut hear);
    let _ = hear(planned.map_or(0, |trace| trace.events.len()));
    longest
}
