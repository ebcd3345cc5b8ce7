//! Actions that files name without all they read and write (Buck2, DOT, plain graphs), joined by
//! name and by target, category and identifier.

use std::collections::{HashMap, HashSet};

use super::{Merger, Side, Sources};
use crate::import::card::Place;
use crate::import::named_facts::{NamedAction, NamedArtifact, NamedFacts};
use crate::model::{
    ActionDigests, ActionId, ActionKind, ActionSpec, ArtifactId, BlobId, DraftAction, Fact, Id,
};

/// The actions that named facts became.
#[derive(Default)]
pub(super) struct Named {
    by_name: HashMap<String, ActionId>,
    has_name: HashSet<ActionId>,
    /// By target, category and identifier: the first such action.
    by_title: HashMap<(String, String, String), ActionId>,
    /// What to call each action where its outputs have no path.
    titles: HashMap<ActionId, String>,
    /// Per file and action of the file.
    joined: Vec<Vec<ActionId>>,
    /// The file, and the action in it, that tells most outputs of each action.
    fullest: HashMap<ActionId, (usize, usize)>,
}

impl Merger {
    /// Adds or completes the actions of all files. Edges come later: see
    /// [`link_named`](Self::link_named).
    pub(super) fn add_named(&mut self, sources: &Sources) -> Named {
        let mut named = Named::default();
        for (facts, &file) in sources.named.iter().zip(&sources.files.named) {
            self.told.by(file);
            let blobs = facts.blobs.ids().map(|id| facts.blobs.get(id));
            let blobs: Vec<BlobId> = blobs.map(|b| self.intern(b.digest, b.size_bytes)).collect();
            let mut joined = Vec::with_capacity(facts.actions.len());
            for (i, action) in facts.actions.iter().enumerate() {
                let id = self.join_named(facts, i, &blobs, &mut named);
                let at = (named.joined.len(), i);
                let fullest = named.fullest.entry(id).or_insert(at);
                let known = &sources.named[fullest.0];
                if known.actions[fullest.1].outputs.len() < action.outputs.len() {
                    *fullest = at;
                }
                joined.push(id);
            }
            named.joined.push(joined);
        }
        named
    }

    fn join_named(
        &mut self,
        facts: &NamedFacts,
        at: usize,
        blobs: &[BlobId],
        named: &mut Named,
    ) -> ActionId {
        let action = &facts.actions[at];
        let text = |id| facts.texts.get(id);
        let inputs = self.named_artifacts(facts, &action.inputs, blobs);
        let outputs = self.named_artifacts(facts, &action.outputs, blobs);
        let title = (
            text(action.owner).to_owned(),
            text(action.category).to_owned(),
            text(action.identifier).to_owned(),
        );
        let has_title = !title.0.is_empty() && !title.1.is_empty();
        let known = named.by_name.get(text(action.name)).copied();
        // Two actions of one title are two if each has a name of its own.
        let is_nameless = text(action.name).is_empty();
        let alike = named.by_title.get(&title).copied().filter(|_| has_title);
        let known = known.or(alike.filter(|id| is_nameless || !named.has_name.contains(id)));
        let known = known.or_else(|| outputs.iter().find_map(|&o| self.by_output.get(o)));
        let id = known.unwrap_or_else(|| {
            let spec = ActionSpec {
                label: title.0.clone(),
                mnemonic: title.1.clone(),
                kind: ActionKind::Spawn,
                inputs: Vec::new(),
                outputs: Vec::new(),
                digests: ActionDigests::default(),
                duration_ms: None,
            };
            self.add_action(spec, Side::default(), Some(at + 1))
        });
        self.claim(id, &outputs);
        self.builder.name_action(id, &title.0, &title.1);
        let spec = self.builder.get_action_mut(id);
        spec.inputs.extend(inputs);
        let told = complete(spec, action, blobs);
        self.tell_named(id, at, told);
        if has_title {
            let what = format!("{} {}", title.1, title.2);
            named.titles.insert(id, format!("{} ({})", title.0, what.trim()));
        } else {
            named.titles.entry(id).or_insert_with(|| text(action.name).to_owned());
        }
        if !is_nameless {
            named.by_name.insert(text(action.name).to_owned(), id);
            named.has_name.insert(id);
        }
        if has_title {
            named.by_title.entry(title).or_insert(id);
        }
        id
    }

    /// Notes what the action at `at` of its file tells of `action`: its key, its duration.
    fn tell_named(&mut self, action: ActionId, at: usize, (key, duration): (bool, bool)) {
        self.told.tell_at(Fact::Action(action), at + 1);
        if key {
            self.told.tell(Fact::Key(action));
        }
        if duration {
            self.told.tell(Fact::Duration(action));
        }
    }

    /// Gives `action` those of `outputs` that no other has.
    fn claim(&mut self, action: ActionId, outputs: &[ArtifactId]) {
        for &output in outputs {
            if self.by_output.claim(output, action) == action
                && !self.builder.get_action(action).outputs.contains(&output)
            {
                self.builder.get_action_mut(action).outputs.push(output);
            }
        }
    }

    /// Those of `all` that have a path, with their contents.
    fn named_artifacts(
        &mut self,
        facts: &NamedFacts,
        all: &[NamedArtifact],
        blobs: &[BlobId],
    ) -> Vec<ArtifactId> {
        let mut artifacts = Vec::with_capacity(all.len());
        for told in all {
            let path = facts.texts.get(told.path);
            if path.is_empty() {
                continue;
            }
            let artifact = self.artifact(path);
            if let Some(blob) = told.blob {
                self.set_blob(artifact, blobs[blob.0 as usize], false);
            }
            artifacts.push(artifact);
        }
        artifacts
    }

    /// Gives actions without a known output one or more that stand for theirs, and makes edges
    /// between actions inputs: of an action that another depends on, it reads all outputs.
    pub(super) fn link_named(&mut self, named: &Named, sources: &Sources) {
        let mut n_nameless = 0;
        for (i, (facts, joined)) in sources.named.iter().zip(&named.joined).enumerate() {
            for (j, (action, &id)) in facts.actions.iter().zip(joined).enumerate() {
                let is_fullest = named.fullest.get(&id) == Some(&(i, j));
                if is_fullest && self.builder.get_action(id).outputs.is_empty() {
                    n_nameless += 1;
                    self.stand_in(facts, action, id, &named.titles[&id]);
                }
            }
        }
        for (facts, joined) in sources.named.iter().zip(&named.joined) {
            for (action, &id) in facts.actions.iter().zip(joined) {
                for &dependency in &action.depends_on {
                    let read = joined[dependency as usize];
                    if read == id {
                        continue;
                    }
                    let outputs = self.builder.get_action(read).outputs.clone();
                    self.builder.get_action_mut(id).inputs.extend(outputs);
                }
            }
        }
        if n_nameless > 0 {
            let what =
                || format!("{n_nameless} actions are known without the paths of what they write.");
            let remedy = "Artifacts called after their actions stand for those. A cache with its \
                          AC entries supplies the paths.";
            self.notes.add("nameless outputs", Place::Whole, what, remedy);
        }
        let n = named.joined.iter().map(Vec::len).sum::<usize>();
        if n > 0 && !sources.named.iter().any(|facts| facts.tells_edges) {
            let what = || "No file tells what the actions of Buck2 read.".to_owned();
            let remedy = "buck2 aquery --output-format dot 'deps(TARGETS)' of the same build \
                          supplies the edges.";
            self.notes.add("no edges", Place::Whole, what, remedy);
        }
    }

    fn stand_in(&mut self, facts: &NamedFacts, action: &NamedAction, id: ActionId, title: &str) {
        let told: Vec<Option<BlobId>> = action
            .outputs
            .iter()
            .map(|output| {
                let blob = facts.blobs.get(output.blob?);
                Some(self.builder.intern_blob(blob.digest, blob.size_bytes))
            })
            .collect();
        let title = match title {
            "" => format!("action {}", id.index()),
            title => title.to_owned(),
        };
        for i in 0..told.len().max(1) {
            let path = match told.len() {
                0 | 1 => format!("output of {title}"),
                _ => format!("output {} of {title}", i + 1),
            };
            let artifact = self.artifact(&path);
            if let Some(blob) = told.get(i).copied().flatten() {
                self.set_blob(artifact, blob, false);
            }
            // Two actions may be called alike; the second has no stand-in then.
            if self.by_output.claim(artifact, id) == id {
                self.builder.get_action_mut(id).outputs.push(artifact);
            }
        }
    }
}

/// Fills in what `action` tells beside its name and artifacts. Whether the key and the duration
/// that now count are what it tells.
fn complete(spec: &mut DraftAction, action: &NamedAction, blobs: &[BlobId]) -> (bool, bool) {
    let key = action.key.map(|key| blobs[key.0 as usize]);
    spec.kind = action.kind.unwrap_or(spec.kind);
    spec.digests.key = spec.digests.key.or(key);
    spec.duration_ms = spec.duration_ms.or(action.duration_ms);
    let has_key = key.is_some() && spec.digests.key == key;
    (has_key, action.duration_ms.is_some() && spec.duration_ms == action.duration_ms)
}
