//! Joins decoded AC entries to actions, by key or by what they name.

use super::{Merger, Side, Sources};
use crate::import::card::Place;
use crate::import::facts::{ActionResultBody, BlobFacts, ContentDigest};
use crate::model::{
    ActionDigests, ActionId, ActionKind, ActionSpec, ArtifactId, ArtifactKind, BlobId, Digest, Fact,
};
use std::collections::HashMap;

impl Merger {
    /// Completes actions by AC entries: contents, standard output and error, directories. Without
    /// logs and action graphs every entry makes an action of its own.
    pub(super) fn add_results(&mut self, sources: &Sources) {
        if sources.blobs.is_empty() {
            return;
        }
        let is_all_there_is =
            !sources.has_logs && sources.queries.is_empty() && sources.named.is_empty();
        let mut by_key: HashMap<Digest, ActionId> = HashMap::new();
        for action in self.action_ids() {
            if let Some(key) = self.builder.get_action(action).digests.key {
                by_key.insert(self.builder.blobs.digest(key), action);
            }
        }
        for (blobs, &file) in sources.blobs.iter().zip(&sources.files.blobs) {
            self.told.by(file);
            let mut results: Vec<_> = blobs.results.iter().collect();
            results.sort_unstable_by_key(|(key, _)| **key);
            for (&key, body) in results {
                let Some(body) = body else { continue };
                let action = match by_key.get(&key).copied() {
                    Some(action) => Some(action),
                    None if is_all_there_is => Some(self.add_result(key, body, blobs)),
                    None => self.action_of_outputs(body),
                };
                if let Some(action) = action {
                    self.join_result(action, key, body, blobs);
                }
            }
        }
    }

    /// The action that writes what `body` names, with the same contents where both tell them: the
    /// name of the entry need not be the digest of the action (instance names can be mixed in).
    fn action_of_outputs(&self, body: &ActionResultBody) -> Option<ActionId> {
        let mut found = None;
        for output in &body.outputs {
            let artifact = self.builder.find_artifact(&output.path)?;
            let action = self.by_output.get(artifact)?;
            let known = self.builder.blob(artifact).map(|b| self.builder.blobs.digest(b));
            let is_same = known.is_none_or(|known| known == output.content.digest);
            if !is_same || found.is_some_and(|f| f != action) {
                return None;
            }
            found = Some(action);
        }
        found.filter(|&a| self.builder.get_action(a).kind == ActionKind::Spawn)
    }

    /// An action of which only the AC entry is known and, with remote execution, its inputs.
    fn add_result(&mut self, key: Digest, body: &ActionResultBody, blobs: &BlobFacts) -> ActionId {
        let root = blobs.actions.get(&key).map(|action| action.input_root.digest);
        let files = root.and_then(|root| blobs.input_roots.get(&root));
        let mut inputs = Vec::new();
        for (path, content) in files.into_iter().flatten() {
            let artifact = self.artifact(path);
            let blob = self.content(*content);
            self.set_blob(artifact, blob, false);
            inputs.push(artifact);
        }
        let outputs = body.outputs.iter().map(|output| self.artifact(&output.path)).collect();
        let spec = ActionSpec {
            label: String::new(),
            mnemonic: String::new(),
            kind: ActionKind::Spawn,
            inputs,
            outputs,
            digests: ActionDigests::default(),
            duration_ms: None,
        };
        self.add_action(spec, Side { cacheable: true, ..Side::default() }, None)
    }

    fn join_result(
        &mut self,
        action: ActionId,
        key: Digest,
        body: &ActionResultBody,
        blobs: &BlobFacts,
    ) {
        let key = self.builder.intern_blob(key, None);
        self.join_key(action, key, blobs);
        for output in &body.outputs {
            let artifact = self.artifact(&output.path);
            let blob = self.content(output.content);
            self.set_blob(artifact, blob, false);
            if output.is_tree {
                self.builder.set_kind(artifact, ArtifactKind::Tree);
                self.join_tree(artifact, &output.path, output.content.digest, blobs);
            }
            if !self.by_output.contains(artifact) {
                self.builder.get_action_mut(action).outputs.push(artifact);
                self.by_output.claim(artifact, action);
            }
        }
        let stdout = body.stdout.map(|c| self.content(c));
        let stderr = body.stderr.map(|c| self.content(c));
        let spec = self.builder.get_action_mut(action);
        spec.digests.stdout = spec.digests.stdout.or(stdout);
        spec.digests.stderr = spec.digests.stderr.or(stderr);
        let has_duration = spec.duration_ms.is_none() && body.duration_ms.is_some();
        spec.duration_ms = spec.duration_ms.or(body.duration_ms);
        if has_duration {
            self.told.tell(Fact::Duration(action));
        }
    }

    /// Gives `action` the name of its AC entry as key, or remembers that they differ.
    fn join_key(&mut self, action: ActionId, name: BlobId, blobs: &BlobFacts) {
        let digests = &mut self.builder.get_action_mut(action).digests;
        let key = *digests.key.get_or_insert(name);
        self.told.tell(Fact::Key(action));
        if key != name {
            self.mangled.insert(name, key);
            let what = || {
                "AC entries have other names than the digests of their actions, as caches do that \
                 mix the instance name in."
                    .to_owned()
            };
            let remedy = "They are shown under the digest of their action, as the build tool asks \
                 for them.";
            self.notes.add("mangled", Place::Whole, what, remedy);
        }
        let digest = self.builder.blobs.digest(key);
        if let Some(body) = blobs.actions.get(&digest) {
            let command = self.content(body.command);
            self.builder.get_action_mut(action).digests.command = Some(command);
        }
    }

    fn join_tree(&mut self, tree: ArtifactId, path: &str, digest: Digest, blobs: &BlobFacts) {
        let Some(files) = blobs.trees.get(&digest) else { return };
        let mut artifacts = Vec::with_capacity(files.len());
        for (inside, content) in files {
            let file = self.artifact(&format!("{path}/{inside}"));
            let blob = self.content(*content);
            self.set_blob(file, blob, false);
            artifacts.push(file);
        }
        self.add_tree_files(tree, artifacts.into_iter());
    }

    pub(super) fn content(&mut self, content: ContentDigest) -> BlobId {
        self.intern(content.digest, content.size_bytes)
    }
}
