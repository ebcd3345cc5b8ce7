//! The inputs of an action that has to execute: fetched, or asked for (R4; P7-P9, P39, P40).

use rewindow::model::{ActionId, ArtifactId, CacheKind, Status, Tier, Verb};
use rewindow::rewind::{Event, FailReason, OnUntyped};

use super::loss::LostFile;
use super::sim::Sim;

impl Sim<'_> {
    /// Derived files that an action reads, in order: as it names them, what they lead to, and the
    /// input that they belong to.
    pub fn input_files(&self, action: ActionId) -> Vec<(LostFile, ArtifactId)> {
        let mut all = Vec::new();
        for &owner in &self.world.actions[&action].inputs {
            let behind = self.world.resolve(owner);
            let is_tree = self.world.tree_files.contains_key(&behind);
            for file in self.world.files(behind) {
                let path = if is_tree { file } else { owner };
                let file = self.world.resolve(file);
                let blob = self.content(file);
                let known = all.iter().any(|(other, _): &(LostFile, _)| other.path == path);
                let derived = self.world.producer.contains_key(&file);
                if let Some(blob) = blob.filter(|_| derived && !known) {
                    all.push((LostFile { path, owner, blob }, file));
                }
            }
        }
        all
    }

    /// P7: whether all that was remote only is on disk now.
    pub fn fetch_inputs(&mut self, action: ActionId) -> bool {
        let (mut lost, mut error) = (Vec::new(), false);
        for (input, file) in self.input_files(action) {
            if self.is_on_disk(file) && !self.run.stay_remote.contains(&file) {
                continue;
            }
            let blob = input.blob;
            let status = match self.world.empty.contains(&blob) {
                true => Status::Ok,
                false => self.read(CacheKind::Cas, blob, Some(action)),
            };
            match status {
                Status::Ok => {
                    self.run.stay_remote.remove(&file);
                    self.run.temporary.insert(file);
                    // What was on disk all the same (R6) is there already.
                    if self.files.insert(file, Some(blob)) != Some(Some(blob)) {
                        self.note(Event::Materialized { artifact: file, for_action: Some(action) });
                    }
                }
                Status::NotFound => lost.push(input),
                Status::Error => error = true,
            }
            if !lost.is_empty() && !self.engine.gathers_losses {
                break;
            }
        }
        self.note_lost_inputs(action, &lost);
        if error {
            self.fail(action, FailReason::IoError);
        } else if !lost.is_empty() {
            self.remember_inputs(action, &lost);
            let off = !self.engine.rewinds_local_inputs;
            self.lose_inputs(action, lost, off);
        } else {
            return true;
        }
        false
    }

    /// P8, P9: whether a worker will find all inputs.
    pub fn find_inputs(&mut self, action: ActionId) -> bool {
        let (mut lost, mut astray, mut left) = (Vec::new(), false, false);
        let inputs = self.input_files(action);
        for (input, file) in &inputs {
            let blob = input.blob;
            if self.world.empty.contains(&blob) {
                continue;
            }
            let known_elsewhere = self.is_known_elsewhere(input.owner);
            let status = self.ask(Verb::Find, Tier::Remote, CacheKind::Cas, blob, Some(action));
            if status == Status::Ok {
                continue;
            }
            if self.is_on_disk(*file) {
                self.run.put.insert((Tier::Remote, blob));
                self.put(Tier::Remote, CacheKind::Cas, blob, None, Some(action));
            } else if self.is_young(*file) {
                left = true;
            } else {
                lost.push(*input);
                astray |= known_elsewhere;
                if !self.engine.gathers_losses {
                    break;
                }
            }
        }
        self.note_lost_inputs(action, &lost);
        if astray {
            // P40.
            self.fail(action, FailReason::IoError);
            return false;
        }
        self.remember_inputs(action, &lost);
        let is_untyped = |blob| self.remote.untyped.contains(&(CacheKind::Cas, blob));
        let not_empty = inputs.iter().filter(|i| !self.world.empty.contains(&i.0.blob));
        let untyped = left || not_empty.into_iter().any(|input| is_untyped(input.0.blob));
        if lost.is_empty() && untyped {
            self.note(Event::Started { action });
            self.note(Event::LossReported { consumer: action });
            if self.engine.on_untyped == OnUntyped::Fail {
                let exit_code = self.engine.exit_on_remote_io_error;
                self.fail_with(action, FailReason::IoError, exit_code);
                return false;
            }
            self.lost_something = true;
            lost = inputs.into_iter().map(|(input, _)| input).collect();
        }
        if !lost.is_empty() {
            let off = lost.len() > 1 && !self.engine.rewinds_several;
            self.lose_inputs(action, lost, off);
            return false;
        }
        true
    }

    /// P39: too young for the cache to be believed.
    fn is_young(&self, file: ArtifactId) -> bool {
        let made_at = self.world.producer.get(&file).and_then(|p| self.made_at.get(p));
        let age = self.clock - made_at.copied().unwrap_or(0);
        age < u64::from(self.engine.trusts_digests_hours) * 60 * 60 * 1000
    }

    /// P40: a tree that came to be known as another one of the same content.
    fn is_known_elsewhere(&mut self, input: ArtifactId) -> bool {
        let tree = self.world.resolve(input);
        let content = self.content(tree).filter(|_| self.world.trees.contains(&tree));
        let Some(content) = content else { return false };
        let first = *self.run.subtrees.entry(content).or_insert(tree);
        first != tree && !self.engine.rewinds_shared_trees
    }

    /// P18.
    fn remember_inputs(&mut self, action: ActionId, lost: &[LostFile]) {
        self.lost_something |= !lost.is_empty();
        if self.engine.forgets_on_replay_loss && self.run.dirty.contains(&action) {
            return;
        }
        for file in lost {
            self.remember(file.blob);
        }
    }

    fn note_lost_inputs(&mut self, consumer: ActionId, lost: &[LostFile]) {
        for file in lost {
            self.note(Event::LostInput { consumer, input: file.path, blob: file.blob });
        }
    }

    /// Whether it is on disk, or what it leads to is, with the right content.
    pub fn is_on_disk(&self, file: ArtifactId) -> bool {
        let content = self.content(file);
        [file, self.world.resolve(file)].iter().any(|f| self.files.get(f) == Some(&content))
    }
}
