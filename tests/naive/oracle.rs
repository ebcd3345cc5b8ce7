//! Reads recorded runs of real Bazel binaries into graphs and builds.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rewindow::model::{
    ActionDigests, ActionKind, ActionSpec, ArtifactId, ArtifactKind, BlobId, Cache, CacheKind,
    Digest, Graph, GraphBuilder, Id, Revision,
};
use rewindow::rewind::{Build, DownloadMode, Engine, Targets};
use serde_json::Value;

use super::Evict;

/// A recorded case.
pub struct Case {
    pub name: String,
    pub version: String,
    pub engine: Engine,
    pub graph: Graph,
    pub cache: Cache,
    pub revisions: Vec<Revision>,
    pub rules: Vec<String>,
    pub steps: Vec<Step>,
}

/// One build of a case, as asked for and as observed.
pub struct Step {
    pub build: Build,
    pub evict: Evict,
    pub observed: Value,
}

/// Every case of the given folders, or of those of `tests/oracles` and `REWINDOW_ORACLES`.
pub fn cases() -> Vec<Case> {
    let mut folders: Vec<PathBuf> =
        ["bazel", "bazel7"].iter().map(|f| PathBuf::from("tests/oracles").join(f)).collect();
    let more = std::env::var("REWINDOW_ORACLES").unwrap_or_default();
    folders.extend(more.split(':').filter(|f| !f.is_empty()).map(PathBuf::from));
    let entries = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "json"));
    files.sort();
    files.dedup();
    files
        .iter()
        .map(|file| {
            let case: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
            read(file.file_stem().unwrap().to_string_lossy().into_owned(), &case)
        })
        .collect()
}

/// The engine of a Bazel version such as `4.2.3`.
fn engine_of(version: &str) -> Engine {
    let (short, _) = version.rsplit_once('.').unwrap();
    Engine::find(&format!("bazel-{short}")).unwrap()
}

fn read(name: String, case: &Value) -> Case {
    let (spec, digests) = (&case["spec"], list(&case["digests"]));
    let mut builder = GraphBuilder::default();
    let mut outputs: BTreeMap<String, ArtifactId> = BTreeMap::new();
    let rules: Vec<String> = list(&spec["rules"]).iter().map(|r| text(&r["name"])).collect();
    for rule in list(&spec["rules"]) {
        let now = &digests[0][text(&rule["name"])];
        let mut spec = ActionSpec {
            label: format!("//:{}", text(&rule["name"])),
            mnemonic: "Genrule".into(),
            kind: ActionKind::Spawn,
            inputs: Vec::new(),
            outputs: Vec::new(),
            digests: action_digests(&mut builder, now),
            duration_ms: None,
        };
        for src in list(&rule["srcs"]) {
            let kind = match text(src).ends_with(".src") {
                true => ArtifactKind::Source,
                false => ArtifactKind::Derived,
            };
            spec.inputs.push(builder.artifact(&text(src), kind));
        }
        for out in list(&rule["outs"]) {
            let artifact = builder.artifact(&text(out), ArtifactKind::Derived);
            let blob = digest(&mut builder, &now["outputs"][text(out)]);
            builder.set_blob(artifact, blob);
            outputs.insert(text(out), artifact);
            spec.outputs.push(artifact);
        }
        builder.action(spec);
    }
    let revisions = digests[1..]
        .iter()
        .map(|digests| revision(&mut builder, digests, &rules, &outputs))
        .collect();
    let mut cache = Cache::default();
    let before = &case["steps"][0]["cache_before"];
    for (half, kind) in [("ac", CacheKind::Ac), ("cas", CacheKind::Cas)] {
        for name in list(&before[half]) {
            let blob = builder.intern_blob(Digest::from_hex(&text(name), None).unwrap(), None);
            cache.insert(kind, blob);
        }
    }
    let (graph, defects) = builder.finish();
    assert!(defects.is_empty(), "{name}: {defects:?}");
    let version = text(&spec["bazel"]);
    let engine = engine_of(&version);
    let steps = read_steps(case, &graph);
    Case { name, version, engine, graph, cache, revisions, rules, steps }
}

fn read_steps(case: &Value, graph: &Graph) -> Vec<Step> {
    let by_path: BTreeMap<&str, ArtifactId> =
        graph.artifact_ids().map(|a| (graph.path(a), a)).collect();
    let outputs_of = |rule: &str| {
        let label = format!("//:{rule}");
        let action = graph.action_ids().find(|&a| graph.label(a) == label);
        action.map(|a| graph.outputs(a).to_vec())
    };
    let mut n_edits = 0;
    let mut steps = Vec::new();
    for (asked, observed) in list(&case["spec"]["steps"]).iter().zip(list(&case["steps"])) {
        let edit = (!asked["edit"].is_null()).then_some(n_edits);
        n_edits += usize::from(edit.is_some());
        let targets = list(&asked["build"]).iter().flat_map(|target| {
            let name = text(target);
            outputs_of(&name).unwrap_or_else(|| vec![by_path[name.as_str()]])
        });
        let flag = |name: &str| asked[name].as_bool().unwrap_or(false);
        let build = Build {
            clean: flag("clean"),
            restart: flag("restart"),
            keep_going: flag("keep_going"),
            jobs: asked["jobs"].as_u64().unwrap() as u32,
            edit,
            ..Build::clean(
                Targets::Artifacts(targets.collect()),
                DownloadMode::from_name(&text(&asked["mode"])).unwrap(),
            )
        };
        let evict = evictions(asked, &case["digests"][n_edits], observed);
        steps.push(Step { build, evict, observed: observed.clone() });
    }
    steps
}

/// What a step evicts: `now` are the digests after its own edit, although some may not be in the
/// cache yet.
fn evictions(asked: &Value, now: &Value, observed: &Value) -> Evict {
    let mut evict = Evict::new();
    for eviction in asked["evict"].as_array().unwrap_or(&Vec::new()) {
        let kind = text(&eviction["kind"]);
        if kind == "all_cas" {
            // Whatever is there: what the run itself removed.
            for removed in list(&observed["evicted"]) {
                evict.push((CacheKind::Cas, text(&removed[1])));
            }
            continue;
        }
        let rule = &now[eviction["rule"].as_str().unwrap_or_default()];
        let (half, name) = match kind.as_str() {
            "output" => (CacheKind::Cas, &rule["outputs"][text(&eviction["out"])]),
            "ac" => (CacheKind::Ac, &rule["action"]),
            "empty" => (CacheKind::Cas, &Value::Null),
            blob => (CacheKind::Cas, &rule[blob]),
        };
        let name = name.as_str().unwrap_or(EMPTY_SHA256);
        evict.push((half, name.split('/').next().unwrap().to_owned()));
    }
    evict
}

const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn revision(
    builder: &mut GraphBuilder,
    digests: &Value,
    rules: &[String],
    outputs: &BTreeMap<String, ArtifactId>,
) -> Revision {
    let mut revision = Revision::default();
    for (i, rule) in rules.iter().enumerate() {
        let now = &digests[rule];
        revision.actions.push((Id::at(i), action_digests(builder, now)));
        for (out, blob) in now["outputs"].as_object().unwrap() {
            revision.artifacts.push((outputs[out], digest(builder, blob)));
        }
    }
    revision
}

fn action_digests(builder: &mut GraphBuilder, now: &Value) -> ActionDigests {
    let sized = |name: &str| format!("{}/{}", text(&now[name]), now[format!("{name}_size")]);
    ActionDigests {
        key: Some(digest(builder, &sized("action").into())),
        command: Some(digest(builder, &sized("command").into())),
        stdout: Some(digest(builder, &now["stdout"])),
        stderr: Some(digest(builder, &now["stderr"])),
    }
}

/// The blob of `HASH/SIZE`.
fn digest(builder: &mut GraphBuilder, text: &Value) -> BlobId {
    let (hash, size) = text.as_str().unwrap().split_once('/').unwrap();
    builder.intern_blob(Digest::from_hex(hash, None).unwrap(), Some(size.parse().unwrap()))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}
