//! Small graphs to lay out and draw.

use rewindow::model::{
    ActionDigests, ActionKind, ActionSpec, ArtifactId, ArtifactKind, Cache, Digest, DigestFunction,
    Graph, GraphBuilder,
};

/// Adds actions by label and paths; every artifact and action gets a digest of its own.
#[derive(Default)]
pub struct Sketch {
    builder: GraphBuilder,
    n_digests: u64,
}

impl Sketch {
    /// Adds an action.
    pub fn action(&mut self, label: &str, mnemonic: &str, inputs: &[&str], outputs: &[&str]) {
        let inputs = inputs.iter().map(|path| self.artifact(path)).collect();
        let outputs = outputs.iter().map(|path| self.artifact(path)).collect();
        let key = self.digest();
        let key = self.builder.intern_blob(key, None);
        self.builder.action(ActionSpec {
            label: label.to_owned(),
            mnemonic: mnemonic.to_owned(),
            kind: ActionKind::Spawn,
            inputs,
            outputs,
            digests: ActionDigests { key: Some(key), ..ActionDigests::default() },
            duration_ms: None,
        });
    }

    /// The graph; it must need no mending.
    pub fn finish(self) -> Graph {
        let (graph, defects) = self.builder.finish();
        assert_eq!(defects, []);
        graph
    }

    fn artifact(&mut self, path: &str) -> ArtifactId {
        let artifact = self.builder.artifact(path, ArtifactKind::Source);
        if self.builder.blob(artifact).is_none() {
            let digest = self.digest();
            let blob = self.builder.intern_blob(digest, Some(6));
            self.builder.set_blob(artifact, blob);
        }
        artifact
    }

    fn digest(&mut self) -> Digest {
        self.n_digests += 1;
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&self.n_digests.to_be_bytes());
        Digest::new(DigestFunction::Sha256, &bytes).unwrap()
    }
}

/// a → b → c, all with the same tool.
#[allow(dead_code, reason = "not every test file draws every graph")]
pub fn chain_of_three() -> Graph {
    let mut sketch = Sketch::default();
    let tool = "external/bazel_tools/tools/genrule/genrule-setup.sh";
    sketch.action("//:a", "Genrule", &[tool], &["bazel-out/bin/a.txt"]);
    sketch.action("//:b", "Genrule", &[tool, "bazel-out/bin/a.txt"], &["bazel-out/bin/b.txt"]);
    sketch.action("//:c", "Genrule", &[tool, "bazel-out/bin/b.txt"], &["bazel-out/bin/c.txt"]);
    sketch.finish()
}

/// A graph of `n` actions, each with one output, where edge `(x, y)` makes the later of actions
/// x % n and y % n read from the earlier.
#[allow(dead_code, reason = "not every test file draws every graph")]
pub fn from_edges(n: usize, edges: &[(usize, usize)]) -> Graph {
    let mut inputs = vec![Vec::new(); n];
    for (x, y) in edges.iter().map(|&(x, y)| (x % n.max(1), y % n.max(1))) {
        if x != y {
            inputs[x.max(y)].push(format!("out/pkg{}/file{}.o", x.min(y) % 3, x.min(y)));
        }
    }
    let mut sketch = Sketch::default();
    for (i, inputs) in inputs.iter().enumerate() {
        let mut inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let source = format!("pkg{}/source{i}.cc", i % 3);
        if i % 4 == 0 {
            inputs.push(&source);
        }
        let output = format!("out/pkg{}/file{i}.o", i % 3);
        let label = format!("//pkg{}:some_target_{i}", i % 3);
        sketch.action(&label, "CppCompile", &inputs, &[&output]);
    }
    sketch.finish()
}

/// A cache that holds an AC entry and all outputs of every action of `graph`.
#[allow(dead_code, reason = "not every test file draws every graph")]
pub fn full_cache(graph: &Graph) -> Cache {
    let mut cache = Cache::default();
    for action in graph.action_ids() {
        cache.ac.insert(graph.digests(action).key.unwrap());
        for blob in graph.outputs(action).iter().filter_map(|&o| graph.blob(o)) {
            cache.cas.insert(blob);
        }
    }
    cache
}
