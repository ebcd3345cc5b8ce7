//! The example that the page opens with. (A placeholder by hand until the readers are merged.)

use crate::import::Import;
use crate::model::{
    ActionDigests, ActionKind, ActionSpec, ArtifactKind, Cache, Digest, GraphBuilder,
};

/// The gist's workspace.
pub fn gist() -> Import {
    let mut b = GraphBuilder::default();
    let mut cache = Cache::default();
    let mut blob = |b: &mut GraphBuilder, hex: &str, size: u64| {
        let digest = Digest::from_hex(hex, None).unwrap_or_else(|_| unreachable!());
        b.intern_blob(digest, Some(size))
    };
    let empty = blob(&mut b, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 0);
    let setup =
        b.artifact("external/bazel_tools/tools/genrule/genrule-setup.sh", ArtifactKind::Source);
    let rows = [
        (
            "a",
            "7d5544fcf37335a5659548c710ca58ff3bed749bfbe2b888101b71adf6b00f1c",
            "80b55bf28e458d21cb00a4d7643188988ab1f5238b58030b74dc6aaaa4dd614e",
            "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7",
            2,
        ),
        (
            "b",
            "5aa5da6d7da75f1c2ad31abe00036f299b8c71afaeb4e7374b72d56afda632a4",
            "6f11222799e865f2e11fda3153c477117955c1b002ca6cc2ce99eb10a2ec5bc0",
            "911169ddaaf146aff539f58c26c489af3b892dff0fe283c1c264c65ae5aa59a2",
            4,
        ),
        (
            "c",
            "e26d0bdf8459e5e2b0443e75cd64b9ab74f7f8042301ca730cd8d97a6909fc3d",
            "9556b59cfc35645d555c58cb6e63e0c4e6ee44fd3f719dbbf1366962d6360c63",
            "36a959690c3a34f68c8b017dbb05a7abc9d789dec7427b8ea931a32d84d2cd0b",
            8,
        ),
    ];
    let mut outs = Vec::new();
    cache.cas.insert(empty);
    for (name, key, command, out, size) in rows {
        let path = format!("bazel-out/k8-fastbuild/bin/{name}.txt");
        let output = b.artifact(&path, ArtifactKind::Derived);
        let content = blob(&mut b, out, size);
        b.set_blob(output, content);
        let (key, command) = (blob(&mut b, key, 141), blob(&mut b, command, 192));
        cache.ac.insert(key);
        for id in [key, command, content] {
            cache.cas.insert(id);
        }
        let mut inputs = outs.clone();
        inputs.push(setup);
        outs.push(output);
        b.action(ActionSpec {
            label: format!("//:{name}"),
            mnemonic: "Genrule".to_owned(),
            kind: ActionKind::Spawn,
            inputs,
            outputs: vec![output],
            digests: ActionDigests {
                key: Some(key),
                command: Some(command),
                stdout: Some(empty),
                stderr: Some(empty),
            },
            duration_ms: None,
        });
    }
    Import { graph: b.finish().0, cache, has_cache: true, files: Vec::new(), warnings: Vec::new() }
}
