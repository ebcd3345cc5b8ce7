//! Whom and what the words of logs and messages mean.

use std::cell::OnceCell;
use std::collections::HashMap;

use crate::model::{ActionId, ActionKind, ArtifactId, BlobId, CacheKind, Digest, Graph};

/// Finds actions and artifacts by what logs and messages call them.
pub(super) struct Finder<'a> {
    /// What is searched.
    pub graph: &'a Graph,
    mangled: &'a HashMap<BlobId, BlobId>,
    labels: OnceCell<HashMap<&'a str, Option<ActionId>>>,
    short_paths: OnceCell<HashMap<&'a str, Option<ArtifactId>>>,
    contents: OnceCell<HashMap<BlobId, Option<ArtifactId>>>,
}

impl<'a> Finder<'a> {
    /// `mangled`: names of AC entries that are not the digest of their action.
    pub fn new(graph: &'a Graph, mangled: &'a HashMap<BlobId, BlobId>) -> Self {
        let (labels, short_paths) = (OnceCell::new(), OnceCell::new());
        Self { graph, mangled, labels, short_paths, contents: OnceCell::new() }
    }

    /// The blob or AC key of `digest`.
    pub fn blob(&self, digest: &Digest, kind: CacheKind) -> Option<BlobId> {
        let blob = self.graph.blobs().find(digest)?;
        let key = self.mangled.get(&blob).filter(|_| kind == CacheKind::Ac);
        Some(key.copied().unwrap_or(blob))
    }

    /// The action with this AC key.
    pub fn of_key(&self, key: &Digest) -> Option<ActionId> {
        self.graph.action_of_key(self.blob(key, CacheKind::Ac)?)
    }

    /// The action with this label, if it is the only one that runs a command.
    pub fn of_label(&self, label: &str) -> Option<ActionId> {
        let labels = self.labels.get_or_init(|| {
            let graph = self.graph;
            let spawns =
                graph.action_ids().filter(|&action| graph.action_kind(action) == ActionKind::Spawn);
            unique(spawns.map(|action| (graph.label(action), action)))
        });
        labels.get(label).copied().flatten().filter(|_| !label.is_empty())
    }

    /// The artifact at this path, told from the execution root or from an output root.
    pub fn of_path(&self, path: &str) -> Option<ArtifactId> {
        let paths = self.short_paths.get_or_init(|| {
            let graph = self.graph;
            let whole = graph.artifact_ids().map(|a| (graph.path(a), a));
            let short = graph.artifact_ids().filter_map(|a| Some((below_root(graph.path(a))?, a)));
            unique(whole.chain(short))
        });
        paths.get(path).copied().flatten()
    }

    /// The derived artifact with this content, if it is the only one.
    pub fn of_content(&self, blob: BlobId) -> Option<ArtifactId> {
        let contents = self.contents.get_or_init(|| {
            let graph = self.graph;
            let derived = graph.artifact_ids().filter(|&a| graph.producer(a).is_some());
            unique(derived.filter_map(|a| Some((graph.blob(a)?, a))))
        });
        contents.get(&blob).copied().flatten()
    }

    /// The action that a progress message is about: it names a label (`Executing genrule //:a`),
    /// an output (`Linking a/liba.so`), or the one source of a compilation (`Compiling a/a.cc`).
    pub fn of_message(&self, what: &str) -> Option<ActionId> {
        what.split_whitespace().rev().find_map(|word| {
            let word = word.trim_end_matches([',', ':', ';']);
            if word.starts_with("//") || word.starts_with('@') {
                return self.of_label(word);
            }
            let artifact = self.of_path(word)?;
            self.graph.producer(artifact).or_else(|| match self.graph.consumers(artifact) {
                &[only] => Some(only),
                _ => None,
            })
        })
    }
}

/// The part of an output's path behind `bazel-out/CONFIGURATION/bin/`.
fn below_root(path: &str) -> Option<&str> {
    let mut parts = path.strip_prefix("bazel-out/")?.splitn(3, '/');
    let (_configuration, _root) = (parts.next()?, parts.next()?);
    parts.next()
}

/// Values by name; `None` under a name that several have.
fn unique<K: std::hash::Hash + Eq, V: PartialEq>(
    all: impl Iterator<Item = (K, V)>,
) -> HashMap<K, Option<V>> {
    let mut found: HashMap<K, Option<V>> = HashMap::new();
    for (name, value) in all {
        match found.get_mut(&name) {
            Some(known) if known.as_ref() != Some(&value) => *known = None,
            Some(_) => {}
            None => {
                found.insert(name, Some(value));
            }
        }
    }
    found
}
