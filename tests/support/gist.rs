//! The gist's build, `//:a` <- `//:b` <- `//:c`, with the digests that Bazel 1.1.0 gave it.

use rewindow::model::{
    ActionDigests, ActionKind, ActionSpec, ArtifactId, ArtifactKind, BlobId, Cache, Digest, Graph,
    GraphBuilder,
};
use rewindow::rewind::{Build, DownloadMode, Engine, Eviction, Scenario, Selector, Targets};

/// Output, its digest and size, AC key, digest of the command.
const RULES: [(&str, &str, u64, &str, &str); 3] = [
    (
        "a",
        "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7",
        2,
        "7d5544fcf37335a5659548c710ca58ff3bed749bfbe2b888101b71adf6b00f1c",
        "80b55bf28e458d21cb00a4d7643188988ab1f5238b58030b74dc6aaaa4dd614e",
    ),
    (
        "b",
        "911169ddaaf146aff539f58c26c489af3b892dff0fe283c1c264c65ae5aa59a2",
        4,
        "5aa5da6d7da75f1c2ad31abe00036f299b8c71afaeb4e7374b72d56afda632a4",
        "6f11222799e865f2e11fda3153c477117955c1b002ca6cc2ce99eb10a2ec5bc0",
    ),
    (
        "c",
        "36a959690c3a34f68c8b017dbb05a7abc9d789dec7427b8ea931a32d84d2cd0b",
        8,
        "e26d0bdf8459e5e2b0443e75cd64b9ab74f7f8042301ca730cd8d97a6909fc3d",
        "9556b59cfc35645d555c58cb6e63e0c4e6ee44fd3f719dbbf1366962d6360c63",
    ),
];
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const BIN: &str = "bazel-out/k8-fastbuild/bin/";

/// The graph, and a cache that holds everything.
pub fn gist() -> (Graph, Cache) {
    let mut builder = GraphBuilder::default();
    let mut cache = Cache::default();
    let mut blob = |builder: &mut GraphBuilder, hex: &str, size: Option<u64>| -> BlobId {
        let blob = builder.intern_blob(Digest::from_hex(hex, None).unwrap(), size);
        cache.cas.insert(blob);
        blob
    };
    let empty = blob(&mut builder, EMPTY, Some(0));
    let mut inputs: Vec<ArtifactId> = Vec::new();
    for (name, output, size, key, command) in RULES {
        let content = blob(&mut builder, output, Some(size));
        let artifact = builder.artifact(&format!("{BIN}{name}.txt"), ArtifactKind::Derived);
        builder.set_blob(artifact, content);
        let digests = ActionDigests {
            key: Some(blob(&mut builder, key, None)),
            command: Some(blob(&mut builder, command, None)),
            stdout: Some(empty),
            stderr: Some(empty),
        };
        builder.action(ActionSpec {
            label: format!("//:{name}"),
            mnemonic: "Genrule".to_owned(),
            kind: ActionKind::Spawn,
            inputs: inputs.clone(),
            outputs: vec![artifact],
            digests,
            duration_ms: None,
        });
        inputs.push(artifact);
    }
    let (graph, defects) = builder.finish();
    assert!(defects.is_empty());
    cache.ac = graph.action_ids().filter_map(|a| graph.digests(a).key).collect();
    (graph, cache)
}

/// What selectors select of the gist's full cache.
pub fn evictions(graph: &Graph, cache: &Cache, selectors: &[&str]) -> Vec<Eviction> {
    let one = |text: &&str| Selector::parse(text).unwrap().resolve(graph, cache).unwrap();
    selectors.iter().flat_map(one).collect()
}

/// A clean build of `target` in mode minimal after evictions.
#[allow(dead_code, reason = "not every test that shares this module plays builds")]
pub fn minimal(
    graph: &Graph,
    cache: &Cache,
    engine: &str,
    target: &str,
    evict: &[&str],
) -> Scenario {
    let targets = Targets::parse(graph, &[target.to_owned()]).unwrap();
    let build = Build {
        evict: evictions(graph, cache, evict),
        ..Build::clean(targets, DownloadMode::Minimal)
    };
    Scenario::new(Engine::find(engine).unwrap(), vec![build])
}
