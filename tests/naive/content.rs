//! What is in artifacts, and what actions yield (P21, P24).

use std::collections::{BTreeMap, BTreeSet};

use rewindow::model::{ActionId, ArtifactId, BlobId, Id};
use rewindow::rewind::{DoneConsumers, Event};

use super::sim::{Sim, State};

/// The contents of all inputs of an action, in order.
pub type Contents = Vec<Option<BlobId>>;

impl Sim<'_> {
    /// The next fresh digest.
    pub fn fresh(&mut self) -> BlobId {
        self.n_fresh += 1;
        BlobId::at(self.world.n_known_blobs + self.n_fresh - 1)
    }

    /// What is in `artifact`: for symlinks and redirects, in what they lead to.
    pub fn content(&self, artifact: ArtifactId) -> Option<BlobId> {
        let behind = self.world.resolve(artifact);
        let said = || self.world.said.get(&behind).or_else(|| self.world.said.get(&artifact));
        self.now.get(&behind).or_else(said).copied()
    }

    pub fn contents(&self, action: ActionId) -> Contents {
        let inputs = self.world.actions[&action].inputs.iter();
        let files = inputs.flat_map(|&i| self.world.files(self.world.resolve(i)));
        files.map(|file| self.content(file)).collect()
    }

    pub fn has_fresh(&self, contents: &Contents) -> bool {
        contents.iter().flatten().any(|&blob| self.world.is_fresh(blob))
    }

    /// The AC key of `action` for these inputs.
    pub fn key(&mut self, action: ActionId, contents: &Contents) -> Option<BlobId> {
        let said = self.world.actions[&action].digests.key?;
        if !self.has_fresh(contents) {
            return Some(said);
        }
        let of = (action, contents.clone());
        if !self.fresh_keys.contains_key(&of) {
            let key = self.fresh();
            self.fresh_keys.insert(of.clone(), key);
        }
        Some(self.fresh_keys[&of])
    }

    /// What executing `action` on these inputs yields.
    pub fn yields(
        &mut self,
        action: ActionId,
        contents: &Contents,
    ) -> BTreeMap<ArtifactId, BlobId> {
        let outputs = self.world.actions[&action].outputs.clone();
        let inside = |o: &ArtifactId| self.world.tree_files.get(o).cloned().unwrap_or_default();
        let all: Vec<ArtifactId> =
            outputs.iter().flat_map(|o| [inside(o), vec![*o]].concat()).collect();
        if self.scenario.nondeterministic.contains(action) {
            return all.into_iter().map(|a| (a, self.fresh())).collect();
        }
        if !self.has_fresh(contents) {
            let said = &self.world.said;
            return all.into_iter().filter_map(|a| Some((a, *said.get(&a)?))).collect();
        }
        let of = (action, contents.clone());
        if !self.fresh_outputs.contains_key(&of) {
            let yielded = all.into_iter().map(|a| (a, self.fresh())).collect();
            self.fresh_outputs.insert(of.clone(), yielded);
        }
        self.fresh_outputs[&of].clone()
    }

    /// The outputs of `action` have this content from now on (P24).
    pub fn give(&mut self, action: ActionId, content: &BTreeMap<ArtifactId, BlobId>) {
        let changed = content.iter().filter(|(a, b)| self.now.get(a).is_some_and(|old| old != *b));
        let changed: Vec<ArtifactId> = changed.map(|(&a, _)| a).collect();
        self.now.extend(content);
        let changed = self.world.consumers(&changed);
        let outputs = self.world.actions[&action].outputs.clone();
        let all = self.world.consumers(&outputs);
        let nobody = BTreeSet::new();
        let again = match self.engine.done_consumers {
            _ if !self.run.was_done.contains(&action) => &nobody,
            DoneConsumers::StayDone => &nobody,
            DoneConsumers::RunIfChanged => &changed,
            DoneConsumers::RunAgain => &all,
        };
        for &consumer in &all {
            if self.run.state.get(&consumer) != Some(&State::Done) {
                // A link holds nothing that could be another.
                if changed.contains(&consumer) && !self.world.actions[&consumer].is_link() {
                    self.valid.remove(&consumer);
                }
            } else if again.contains(&consumer) {
                self.valid.remove(&consumer);
                self.may_ask_again(consumer);
                self.run.state.insert(consumer, State::Waiting);
                self.note(Event::Outdated { action: consumer, producer: action });
            }
        }
    }
}
