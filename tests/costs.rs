//! What a trace costs: counts, bytes, virtual time, critical path.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a broken set-up should say where")]

#[path = "support/gist.rs"]
mod gist;
mod naive;

use naive::generate::scenario;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use rewindow::model::{
    ActionDigests, ActionId, ActionKind, ActionSpec, ArtifactKind, BlobId, Cache, CacheKind,
    Digest, DigestFunction, Graph, GraphBuilder, Request, Status, Tier, Verb,
};
use rewindow::report::{Names, cost_json, cost_rows, critical_path_text};
use rewindow::rewind::{Cost, Event, MissReason, Trace, plan};

const A: ActionId = ActionId(0);
const B: ActionId = ActionId(1);
const C: ActionId = ActionId(2);

/// `a` and `b` execute 1000 ms and 300 ms, `c` reads both and takes 50 ms; blob 0 to 2 are their
/// outputs of 10, 20 and an unknown number of bytes, 3 to 5 their keys.
fn three() -> Graph {
    let mut builder = GraphBuilder::default();
    let outputs = ["a", "b", "c"].map(|path| builder.artifact(path, ArtifactKind::Derived));
    let blob = |builder: &mut GraphBuilder, n: u8, size| {
        let digest = Digest::new(DigestFunction::Sha256, &[n; 32]).unwrap();
        builder.intern_blob(digest, size)
    };
    for (i, size) in [Some(10), Some(20), None].into_iter().enumerate() {
        let content = blob(&mut builder, i as u8, size);
        builder.set_blob(outputs[i], content);
    }
    for (i, duration_ms) in [1000, 300, 50].into_iter().enumerate() {
        let key = blob(&mut builder, 3 + i as u8, Some(100));
        builder.action(ActionSpec {
            label: format!("//:{}", ["a", "b", "c"][i]),
            mnemonic: "Genrule".into(),
            kind: ActionKind::Spawn,
            inputs: if i == 2 { outputs[..2].to_vec() } else { Vec::new() },
            outputs: vec![outputs[i]],
            digests: ActionDigests { key: Some(key), ..ActionDigests::default() },
            duration_ms: Some(duration_ms),
        });
    }
    let (graph, defects) = builder.finish();
    assert!(defects.is_empty());
    graph
}

fn asked(verb: Verb, tier: Tier, kind: CacheKind, blob: u32, status: Status) -> Event {
    Event::Asked(Request { verb, tier, kind, blob: BlobId(blob), status, owner: Some(C) })
}

fn start(attempt: u32) -> Event {
    Event::BuildStarted { build: 0, attempt }
}

fn end() -> Event {
    Event::BuildFinished { build: 0, success: true, exit_code: 0 }
}

fn executed(action: ActionId) -> Event {
    Event::Executed { action, again: false }
}

fn cost(events: Vec<Event>) -> Cost {
    Cost::of(&three(), &Trace { events, builds: Vec::new() })
}

#[test]
fn requests_are_counted_by_what_is_asked_of_whom() {
    use {CacheKind::*, Status::*, Tier::*, Verb::*};
    let events = vec![
        asked(Get, Remote, Ac, 3, NotFound),
        asked(Get, Remote, Cas, 0, Ok),
        asked(Get, Remote, Cas, 1, Error),
        asked(Get, Remote, Cas, 2, Ok),
        asked(Find, Remote, Cas, 0, Ok),
        asked(Find, Remote, Cas, 1, NotFound),
        asked(Put, Remote, Cas, 1, Ok),
        asked(Put, Remote, Ac, 3, Ok),
        asked(Get, Disk, Cas, 0, Ok),
        asked(Put, Disk, Cas, 1, Ok),
    ];
    let cost = cost(events);
    let requests = cost.counts.requests;
    assert_eq!((requests.n_reads(), requests.n_not_found(), requests.n_writes()), (6, 2, 2));
    assert_eq!(requests.n_disk(), 2);
    assert_eq!(requests.all().map(|count| count.n).sum::<usize>(), 10);
    let finds = requests.remote(|count| count.verb == Find && count.status == NotFound);
    assert_eq!(finds, 1);
    // Blob 0 down, blob 1 up; blob 2 is of unknown size; AC entries, errors and disk do not count.
    assert_eq!((cost.bytes_down, cost.bytes_up, cost.n_unknown_size), (10, 20, 1));
}

#[test]
fn fresh_content_is_of_unknown_size() {
    let cost = cost(vec![asked(Verb::Put, Tier::Remote, CacheKind::Cas, 99, Status::Ok)]);
    assert_eq!((cost.bytes_up, cost.n_unknown_size), (0, 1));
}

#[test]
fn virtual_time_is_that_of_builds() {
    let clock = |ms| Event::Clock { ms };
    let cost = cost(vec![
        clock(500),
        start(1),
        clock(700),
        Event::Retrying { attempt: 1 },
        start(2),
        clock(1000),
        end(),
        clock(5000),
        start(1),
        clock(5010),
        end(),
    ]);
    assert_eq!((cost.virtual_ms, cost.counts.n_attempts), (510, 3));
}

#[test]
fn the_critical_path_is_the_slower_producer_and_its_consumer() {
    let cost = cost(vec![start(1), executed(A), executed(B), executed(C), end()]);
    assert_eq!((cost.critical_path.ms, cost.critical_path.actions), (1050, vec![A, C]));
}

#[test]
fn a_hit_shortens_the_path_and_attempts_do_not_add_up() {
    let hit = Event::CacheHit { action: A };
    let cost = cost(vec![start(1), executed(B), start(2), hit, executed(B), executed(C), end()]);
    assert_eq!((cost.critical_path.ms, cost.critical_path.actions), (350, vec![B, C]));
}

/// `b` runs again only after `c` found its output lost, which was after `a` had executed.
#[test]
fn a_rewound_action_waits_for_the_loss() {
    let dirty = Event::MarkedDirty { action: B, consumer: Some(C) };
    let events = vec![start(1), executed(A), executed(B), dirty, executed(B), executed(C), end()];
    let cost = cost(events);
    assert_eq!((cost.critical_path.ms, cost.critical_path.actions), (1350, vec![A, B, C]));
}

/// What is dirtied while a consumer runs was not what it had waited for.
#[test]
fn a_path_goes_by_what_was_there_when_the_action_started() {
    let started = Event::Started { action: C };
    let dirty = Event::MarkedDirty { action: B, consumer: None };
    let events = vec![start(1), executed(B), started, dirty, executed(B), executed(C), end()];
    let cost = cost(events);
    assert_eq!((cost.critical_path.ms, cost.critical_path.actions), (600, vec![B, B]));
}

#[test]
fn rows_and_json_tell_the_same() {
    let miss = Event::CacheMiss { action: A, reason: MissReason::NoEntry };
    let graph = three();
    let get = asked(Verb::Get, Tier::Remote, CacheKind::Cas, 0, Status::Ok);
    let events = vec![start(1), miss, executed(A), get, Event::Clock { ms: 1000 }, end()];
    let cost = Cost::of(&graph, &Trace { events, builds: Vec::new() });
    let rows = cost_rows(&cost);
    for row in [
        ("attempts", "1"),
        ("executions", "1 (0 of them again)"),
        ("reads", "1 (0 not found)"),
        ("downloaded", "10 B"),
        ("virtual time", "1 s"),
        ("critical path", "1 s"),
    ] {
        assert!(rows.iter().any(|r| (r.0, r.1.as_str()) == row), "{row:?}: {rows:?}");
    }
    let names = Names::new(&graph, &Cache::default(), &[]);
    assert_eq!(critical_path_text(&graph, &names, &cost), "//:a");
    let json = cost_json(&graph, &cost);
    assert_eq!(json["requests"].as_array().unwrap().len(), 1);
    assert_eq!(json["requests"][0]["count"], 1);
    assert_eq!((&json["bytes_down"], &json["virtual_ms"]), (&10.into(), &1000.into()));
    assert_eq!(json["critical_path"]["actions"][0]["label"], "//:a");
}

/// Counted another way, and: nothing is faster than its critical path.
#[test]
fn costs_of_random_scenarios_add_up() {
    let config = Config { cases: 2000, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let run = TestRunner::new_with_rng(config, rng).run(&scenario(16), |random| {
        let made = random.make();
        let trace = plan(&made.graph, &made.cache, &made.scenario);
        let cost = Cost::of(&made.graph, &trace);
        let is_execution = |event: &&Event| matches!(event, Event::Executed { .. });
        let n_executions = trace.events.iter().filter(is_execution).count();
        let n_reads = trace.requests().filter(|r| r.verb != Verb::Put).count();
        let path = &cost.critical_path;
        let has_clock = trace.events.iter().any(|event| matches!(event, Event::Clock { .. }));
        let holds = [
            cost.counts.n_executions == n_executions,
            cost.counts.requests.n_reads() == n_reads,
            cost.counts.requests.n_writes() == trace.requests().count() - n_reads,
            cost.counts.n_attempts
                == trace.builds.iter().map(|b| b.attempts as usize).sum::<usize>(),
            cost.counts.n_rewinds == trace.builds.iter().map(|b| b.rewinds as usize).sum::<usize>(),
            path.actions.is_empty() == (n_executions == 0),
            path.actions.len() <= n_executions,
            !has_clock || path.ms <= cost.virtual_ms,
        ];
        match holds.iter().all(|&it| it) {
            true => Ok(()),
            false => Err(TestCaseError::fail(format!("{holds:?}"))),
        }
    });
    run.unwrap();
}

#[test]
fn the_incident_costs_what_its_log_says() {
    let (graph, cache) = gist::gist();
    let scenario = gist::minimal(&graph, &cache, "bazel-9.3", "//:c", &["path:a.txt", "ac://:c"]);
    let trace = plan(&graph, &cache, &scenario);
    let cost = Cost::of(&graph, &trace);
    let size = |r: Request| graph.blobs().size_bytes(r.blob).unwrap_or(0);
    let put = |r: &Request| (r.verb, r.kind) == (Verb::Put, CacheKind::Cas);
    let got = |r: &Request| (r.verb, r.kind, r.status) == (Verb::Get, CacheKind::Cas, Status::Ok);
    assert_eq!(cost.bytes_up, trace.requests().filter(put).map(size).sum::<u64>());
    assert_eq!(cost.bytes_down, trace.requests().filter(got).map(size).sum::<u64>());
    let unknown = |r: &Request| (put(r) || got(r)) && graph.blobs().size_bytes(r.blob).is_none();
    assert_eq!(cost.n_unknown_size, trace.requests().filter(unknown).count());
    // a runs again since c lost a.txt, then c.
    assert_eq!(cost.critical_path.actions, [A, C]);
}
