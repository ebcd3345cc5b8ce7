//! Recorded incidents at scale: evicting what was evicted predicts which actions really ran.
//!
//! Each incident is a build of a real tree by real Bazel after blobs and AC entries were removed
//! from its cache. Graph and cache come from the exports of the build before; the execution log,
//! the exit code and the access log of the incident say what happened.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/nginx.rs"]
mod nginx;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use nginx::logged;
use rewindow::import::{Import, InputFile};
use rewindow::model::{ActionKind, CacheKind, Digest, Verb};
use rewindow::rewind::{
    Build, DownloadMode, Engine, Eviction, Scenario, Targets, Trace, executed, plan,
    top_level_outputs,
};

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(name)
}

fn import(names: &[&str]) -> Import {
    let files: Vec<InputFile> = names
        .iter()
        .map(|name| InputFile {
            name: (*name).to_owned(),
            bytes: std::fs::read(sample(name)).unwrap(),
        })
        .collect();
    let import = rewindow::import::read(&files, &mut |_| ControlFlow::Continue(())).unwrap();
    for card in &import.files {
        assert!(card.error.is_none(), "{:?}", card.error);
    }
    import
}

fn text(name: &str) -> String {
    let bytes = std::fs::read(sample(name)).unwrap();
    if !name.ends_with(".gz") {
        return String::from_utf8(bytes).unwrap();
    }
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
    text
}

/// What the incident removed from the cache.
fn evictions(import: &Import, name: &str) -> Vec<Eviction> {
    let json: serde_json::Value = serde_json::from_str(&text(name)).unwrap();
    let of = |key: &str, kind: CacheKind| -> Vec<Eviction> {
        let hashes = json[key].as_array().unwrap().iter().map(|h| h.as_str().unwrap());
        let find = |hex: &str| import.graph.blobs().find(&Digest::from_hex(hex, None).unwrap());
        hashes.map(|hex| Eviction { kind, blob: find(hex).expect(hex) }).collect()
    };
    [of("evicted_cas", CacheKind::Cas), of("evicted_ac", CacheKind::Ac)].concat()
}

/// First listed outputs of the spawns that really ran.
fn really_ran(exec_log: &str) -> BTreeSet<String> {
    let text = text(exec_log);
    let spawns = serde_json::Deserializer::from_str(&text).into_iter::<serde_json::Value>();
    spawns
        .map(Result::unwrap)
        .filter(|spawn| spawn["runner"] != "remote cache hit")
        .map(|spawn| spawn["listedOutputs"][0].as_str().unwrap().to_owned())
        .collect()
}

/// First declared outputs of the spawns that the plan runs.
fn planned(import: &Import, trace: &Trace) -> BTreeSet<String> {
    let graph = &import.graph;
    executed(trace)
        .into_iter()
        .filter(|&action| graph.action_kind(action) == ActionKind::Spawn)
        .map(|action| graph.path(graph.outputs(action)[0]).to_owned())
        .collect()
}

/// Requests with their number, as `GET cas HASH 200`.
fn asked(import: &Import, trace: &Trace) -> BTreeMap<String, i32> {
    let mut counts = BTreeMap::new();
    for request in trace.requests() {
        let verb = if request.verb == Verb::Put { "PUT" } else { "GET" };
        let kind = format!("{:?}", request.kind).to_lowercase();
        let hash = import.graph.blobs().digest(request.blob).hex();
        *counts.entry(format!("{verb} {kind} {hash} {}", request.status.code())).or_default() += 1;
    }
    counts
}

fn difference(a: &BTreeMap<String, i32>, b: &BTreeMap<String, i32>) -> Vec<(String, i32)> {
    let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let n = |m: &BTreeMap<String, i32>, k: &String| m.get(k).copied().unwrap_or(0);
    keys.into_iter().map(|k| (k.clone(), n(a, k) - n(b, k))).filter(|d| d.1 != 0).collect()
}

struct Incident {
    exports: &'static [&'static str],
    folder: &'static str,
    engine: Engine,
    mode: DownloadMode,
    keep_going: bool,
}

impl Incident {
    fn plan(&self) -> (Import, Trace) {
        let import = import(self.exports);
        let evict = evictions(&import, &format!("{}/evicted.json", self.folder));
        let build =
            Build { keep_going: self.keep_going, evict, ..Build::clean(Targets::All, self.mode) };
        let trace = plan(&import.graph, &import.cache, &Scenario::new(self.engine, vec![build]));
        (import, trace)
    }
}

fn engine(id: &str) -> Engine {
    Engine::find(id).unwrap()
}

fn abseil(exports: &'static [&'static str]) -> Incident {
    Incident {
        exports,
        folder: "absl-evict-minimal-11",
        engine: engine("bazel-4.2"),
        mode: DownloadMode::Minimal,
        keep_going: true,
    }
}

#[test]
fn abseil_in_minimal_mode_runs_what_really_ran() {
    for exports in [
        &["absl/cold.exec.json.gz", "absl/aquery.pb.gz", "absl/httpcache.find.txt.gz"][..],
        &["absl/cold.exec.json.gz", "absl/aquery.pb.gz", "absl/httpcache.tar.xz"][..],
    ] {
        let (import, trace) = abseil(exports).plan();
        let ran = really_ran("absl-evict-minimal-11/exec.json.gz");
        assert_eq!(planned(&import, &trace), ran, "{exports:?}");
        assert_eq!(trace.builds[0].exit_code, 36);
    }
}

#[test]
fn abseil_in_minimal_mode_asks_what_was_really_asked() {
    let exports = &["absl/cold.exec.json.gz", "absl/aquery.pb.gz", "absl/httpcache.tar.xz"];
    let (import, trace) = abseil(exports).plan();
    let log = logged(&text("absl-evict-minimal-11/nginx-access.log"));
    assert_eq!(difference(&log, &asked(&import, &trace)), []);
}

#[test]
fn generated_1200_in_mode_all_heals_within_its_one_race() {
    let incident = Incident {
        exports: &["gen1200/cold.exec.json.gz", "gen1200/httpcache.tar.xz"],
        folder: "gen1200-evict-all-3",
        engine: engine("bazel-4.2"),
        mode: DownloadMode::All,
        keep_going: false,
    };
    let (import, trace) = incident.plan();
    let (plan, ran) = (planned(&import, &trace), really_ran("gen1200-evict-all-3/exec.json.gz"));
    let apart: Vec<_> = plan.symmetric_difference(&ran).collect();
    assert!(apart.len() <= 1, "{apart:?}");
    assert_eq!(trace.builds[0].exit_code, 0);
}

#[test]
fn generated_1200_on_7_7_runs_what_really_ran() {
    let incident = Incident {
        exports: &["gen1200-bazel7.7.1/cold.exec.compact", "gen1200-bazel7.7.1/httpcache.tar.xz"],
        folder: "gen1200-bazel7.7.1-evict-minimal-21",
        engine: engine("bazel-7.7"),
        mode: DownloadMode::Minimal,
        keep_going: true,
    };
    let (import, trace) = incident.plan();
    let ran = really_ran("gen1200-bazel7.7.1-evict-minimal-21/exec.json.gz");
    assert_eq!(planned(&import, &trace), ran);
    assert_eq!(trace.builds[0].exit_code, 39);
    let log = logged(&text("gen1200-bazel7.7.1-evict-minimal-21/nginx-access.log.gz"));
    assert_eq!(difference(&log, &asked(&import, &trace)), []);
}

/// Each failing attempt of a build without `--keep_going` heals one loss, and there are more.
#[test]
fn generated_1200_on_7_7_with_five_retries_fails_after_six_attempts() {
    let incident = Incident {
        exports: &["gen1200-bazel7.7.1/cold.exec.compact", "gen1200-bazel7.7.1/httpcache.tar.xz"],
        folder: "gen1200-bazel7.7.1-evict-minimal-41",
        engine: Engine { retries: 5, ..engine("bazel-7.7") },
        mode: DownloadMode::Minimal,
        keep_going: false,
    };
    let (_, trace) = incident.plan();
    let outcome = &trace.builds[0];
    assert_eq!((outcome.success, outcome.attempts, outcome.exit_code), (false, 6, 39));
}

/// What the build event stream of the same build lists as built: 64 archives, 64 shared libraries.
#[test]
fn abseil_is_built_for_its_libraries() {
    let graph = import(&["absl/cold.exec.json.gz", "absl/aquery.pb.gz"]).graph;
    let all: Vec<_> = graph.action_ids().collect();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for output in top_level_outputs(&graph, &all) {
        let path = graph.path(output);
        *kinds.entry(path.rsplit('.').next().unwrap()).or_default() += 1;
    }
    assert_eq!(kinds, BTreeMap::from([("a", 64), ("so", 64)]));
}
