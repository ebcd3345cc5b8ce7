//! Recorded incidents at scale: the access log of the incident beside the exports of the build
//! before tells what the incident's own execution log tells.

use std::collections::BTreeSet;

use rewindow::import::Import;
use rewindow::model::{ActionId, ActionKind, CacheKind, Observed, Verb};
use rewindow::rewind::{
    Build, Counts, DownloadMode, Engine, Event, Scenario, Targets, Trace, cache_before, divergence,
    evictions, executed, failed, observe, plan,
};

use super::nginx::logged;
use super::{counted, samples, text};

/// First listed outputs of the spawns of an execution log, by whether they ran.
fn spawns(exec_log: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let text = text(exec_log);
    let spawns = serde_json::Deserializer::from_str(&text).into_iter::<serde_json::Value>();
    let (mut ran, mut hit) = (BTreeSet::new(), BTreeSet::new());
    for spawn in spawns.map(Result::unwrap) {
        let output = spawn["listedOutputs"][0].as_str().unwrap().to_owned();
        match spawn["runner"] == "remote cache hit" {
            true => hit.insert(output),
            false => ran.insert(output),
        };
    }
    (ran, hit)
}

fn first_outputs(import: &Import, actions: impl IntoIterator<Item = ActionId>) -> BTreeSet<String> {
    let graph = &import.graph;
    let spawns = actions.into_iter().filter(|&a| graph.action_kind(a) == ActionKind::Spawn);
    spawns.map(|a| graph.path(graph.outputs(a)[0]).to_owned()).collect()
}

fn hits(trace: &Trace) -> Vec<ActionId> {
    let hit = |event: &Event| match event {
        Event::CacheHit { action } => Some(*action),
        _ => None,
    };
    trace.events.iter().filter_map(hit).collect()
}

struct Incident {
    files: &'static [&'static str],
    log: &'static str,
    exec_log: &'static str,
    engine: &'static str,
    mode: DownloadMode,
    keep_going: bool,
}

const ABSEIL: Incident = Incident {
    files: &[
        "absl/cold.exec.json.gz",
        "absl/aquery.pb.gz",
        "absl/httpcache.tar.xz",
        "absl-evict-minimal-11/nginx-access.log",
        "absl-evict-minimal-11/stderr.txt",
        "absl-evict-minimal-11/bep.pb.gz",
    ],
    log: "absl-evict-minimal-11/nginx-access.log",
    exec_log: "absl-evict-minimal-11/exec.json.gz",
    engine: "bazel-4.2",
    mode: DownloadMode::Minimal,
    keep_going: true,
};

const GENERATED: Incident = Incident {
    files: &[
        "gen1200-bazel7.7.1/cold.exec.compact",
        "gen1200-bazel7.7.1/httpcache.tar.xz",
        "gen1200-bazel7.7.1-evict-minimal-21/nginx-access.log.gz",
        "gen1200-bazel7.7.1-evict-minimal-21/stderr.txt",
    ],
    log: "gen1200-bazel7.7.1-evict-minimal-21/nginx-access.log.gz",
    exec_log: "gen1200-bazel7.7.1-evict-minimal-21/exec.json.gz",
    engine: "bazel-7.7",
    mode: DownloadMode::Minimal,
    keep_going: true,
};

const HEALED: Incident = Incident {
    files: &[
        "gen1200/cold.exec.json.gz",
        "gen1200/httpcache.tar.xz",
        "gen1200-evict-all-3/nginx-access.log.gz",
        "gen1200-evict-all-3/stderr.txt",
    ],
    log: "gen1200-evict-all-3/nginx-access.log.gz",
    exec_log: "gen1200-evict-all-3/exec.json.gz",
    engine: "bazel-4.2",
    mode: DownloadMode::All,
    keep_going: false,
};

impl Incident {
    fn read(&self) -> (Import, Observed, Trace) {
        let import = samples(self.files);
        let observed = import.observed.clone().expect("a log of requests is among the files");
        let cache = cache_before(&import.cache, &observed);
        let trace = observe(&import.graph, &cache, &observed);
        (import, observed, trace)
    }

    /// A plan that evicts what the log and the messages found gone, and nothing that only
    /// `evicted.json` tells.
    fn plan(&self, import: &Import, observed: &Observed, engine: &str) -> Trace {
        let evict = evictions(&import.graph, &import.cache, observed);
        let keep_going = self.keep_going;
        let build = Build { keep_going, evict, ..Build::clean(Targets::All, self.mode) };
        let engine = Engine::find(engine).unwrap();
        plan(&import.graph, &import.cache, &Scenario::new(engine, vec![build]))
    }

    fn check(&self) -> (Import, Observed, Trace) {
        let (import, observed, trace) = self.read();
        assert_eq!(counted(&import.graph, &trace), logged(&text(self.log)), "requests");
        let (ran, hit) = spawns(self.exec_log);
        assert_eq!(first_outputs(&import, executed(&trace)), ran, "what ran");
        assert_eq!(first_outputs(&import, hits(&trace)), hit, "what was a hit");
        assert_eq!(Counts::of(&trace.events).n_attempts, 1);
        (import, observed, trace)
    }
}

#[test]
fn abseil_is_told_as_it_happened_and_planned_alike() {
    let (import, observed, trace) = ABSEIL.check();
    let outcome = trace.outcome().unwrap();
    assert_eq!((outcome.success, outcome.exit_code), (false, 36));
    let fails = BTreeSet::from(
        ["hash/libhash.so", "random/libdistributions.a"]
            .map(|path| format!("bazel-out/k8-fastbuild/bin/absl/{path}")),
    );
    let printed = first_outputs(&import, observed.failed.iter().copied());
    assert_eq!(printed, fails, "as printed");
    assert!(first_outputs(&import, failed(&trace)).is_superset(&fails));
    let predicted = ABSEIL.plan(&import, &observed, ABSEIL.engine);
    assert_eq!(divergence(&import.graph, &predicted, &trace), None);
}

#[test]
fn the_wrong_engine_parts_from_abseil_at_the_first_request_that_it_would_make_otherwise() {
    let (import, observed, trace) = ABSEIL.read();
    let predicted = ABSEIL.plan(&import, &observed, "bazel-9.3");
    let found = divergence(&import.graph, &predicted, &trace).expect("9.3 rewinds, 4.2 fails");
    // The object that libhash.so finds lost: 9.3 asks for its producer's entry once more.
    assert!(!found.is_observed);
    assert_eq!(predicted.events[found.odd.position], Event::Asked(found.odd.request));
    let (request, occurrence) = (found.odd.request, found.odd.occurrence);
    assert_eq!((request.verb, request.kind, occurrence), (Verb::Get, CacheKind::Ac, 2));
    let producer = import.graph.action_of_key(request.blob).unwrap();
    let path = import.graph.path(import.graph.outputs(producer)[0]);
    assert!(path.contains("/absl/hash/_objs/hash/hash.pic."), "{path}");
}

#[test]
fn generated_1200_on_7_7_is_told_as_it_happened_and_planned_alike() {
    let (import, observed, trace) = GENERATED.check();
    assert!(!trace.outcome().unwrap().success);
    let predicted = GENERATED.plan(&import, &observed, GENERATED.engine);
    assert_eq!(divergence(&import.graph, &predicted, &trace), None);
}

#[test]
fn generated_1200_in_mode_all_is_told_as_it_happened() {
    let (import, observed, trace) = HEALED.check();
    let predicted = HEALED.plan(&import, &observed, HEALED.engine);
    // One race: two actions write one content, and who is first decides whether the other hits.
    if let Some(found) = divergence(&import.graph, &predicted, &trace) {
        assert!(found.n_predicted + found.n_observed <= 12, "{found:?}");
    }
}
