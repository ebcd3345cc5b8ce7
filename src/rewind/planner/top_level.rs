//! Top-level outputs that become wanted although their action is not looked at, or only after it.

use crate::model::{ActionId, ArtifactId, Tier};

use crate::rewind::engine::{FetchTime, TopLevelFetch};
use crate::rewind::scenario::DownloadMode;
use crate::rewind::trace::Halt;

use super::asking::{Answer, IfGone};
use super::attempt::{Attempt, Phase};
use super::contents::{files_of, origin};
use super::loss::Lost;

impl Attempt<'_, '_> {
    /// An action as an earlier build left it: its outputs that are wanted now and not on disk are
    /// fetched straight from the CAS where the engine does so (R9).
    pub fn finish_reused(&mut self, action: ActionId) {
        self.done(action);
        if self.planner.engine.fetches_newly_wanted {
            let graph = self.planner.graph;
            let is_new = |output: ArtifactId| !graph.is_in_memory(output);
            self.fetch_wanted_of(action, is_new);
        }
    }

    /// An action that a worker executed: its outputs that are wanted are fetched (P8).
    pub fn fetch_from_worker(&mut self, action: ActionId) {
        self.fetch_wanted_of(action, |_| true);
    }

    fn fetch_wanted_of(&mut self, action: ActionId, counts: impl Fn(ArtifactId) -> bool) {
        let mut lost = Vec::new();
        for output in self.planner.graph.outputs(action) {
            if counts(*output) {
                for part in self.wanted_parts(action, output) {
                    self.fetch_output(part, Some(action), &mut lost);
                }
            }
        }
        self.lose_outputs(lost);
    }

    /// Fetches what the mode selects after all actions are done, and uploads what the build is
    /// asked to, where the engine does so (K5, P17).
    pub fn fetch_at_end(&mut self) {
        let is_at_end = match self.planner.engine.fetch_time {
            FetchTime::WithHit => false,
            FetchTime::TopLevelAtEnd => self.build.download == DownloadMode::TopLevel,
            FetchTime::AtEnd => true,
        };
        if !is_at_end || self.halt.is_some() {
            return;
        }
        let graph = self.planner.graph;
        let wanted: Vec<ArtifactId> = match self.build.download {
            DownloadMode::Minimal => Vec::new(),
            DownloadMode::TopLevel => match self.planner.engine.top_level_fetch {
                TopLevelFetch::RequestedFiles => self.needs.top_level.iter().collect(),
                TopLevelFetch::WholeAction => {
                    let actions = self.needs.top_level_actions.iter();
                    actions.flat_map(|a| graph.outputs(a)).copied().collect()
                }
            },
            DownloadMode::All => {
                let outputs = self.needs.actions.iter().flat_map(|&a| graph.outputs(a));
                outputs.copied().collect()
            }
        };
        let mut lost = Vec::new();
        for artifact in wanted {
            if self.is_done(artifact) {
                self.fetch_output(&artifact, None, &mut lost);
            }
        }
        if self.build.upload_final {
            for artifact in self.needs.top_level.iter() {
                if self.is_done(artifact) {
                    self.upload_output(artifact, &mut lost);
                }
            }
        }
        self.lose_outputs(lost);
    }

    fn is_done(&self, artifact: ArtifactId) -> bool {
        let producer = self.planner.graph.producer(artifact);
        producer.is_some_and(|p| self.phase(p) == Phase::Done)
    }

    /// Fetches what of `output` is not on disk; what is gone is added to `lost`.
    fn fetch_output(&mut self, output: &ArtifactId, owner: Option<ActionId>, lost: &mut Vec<Lost>) {
        let graph = self.planner.graph;
        for &file in files_of(graph, output) {
            // A link is as near as what it leads to.
            let source = origin(graph, file);
            let disk = &self.planner.world.disk;
            if disk.contains(file) || disk.contains(source) {
                // Whoever fetched it, now it is there to stay.
                self.temporary.remove(file);
                self.temporary.remove(source);
                continue;
            }
            // A file that is wanted in two ways is asked for once.
            let asked = if owner.is_none() { &mut self.queued } else { &mut self.fetched_late };
            if !asked.insert(file) {
                continue;
            }
            let blob = self.planner.world.contents.blob(graph, source);
            let Some(blob) = blob else { continue };
            let answer = match self.is_size_0(blob) {
                true => Answer::Found,
                false => self.planner.read(owner, blob, IfGone::Remember),
            };
            match answer {
                Answer::Found => self.materialize(file, owner),
                Answer::Gone => lost.push(Lost { owner: *output, file, blob, again: false }),
                Answer::Failed => {
                    self.messages.push(self.output_io_error_message(file));
                    self.halt.get_or_insert(Halt::IoError);
                    self.planner.world.doubts_remote = true;
                }
            }
        }
    }

    /// Uploads what of `output` the CAS lacks from disk; what is not there either is added to
    /// `lost`, unless it is there already.
    fn upload_output(&mut self, output: ArtifactId, lost: &mut Vec<Lost>) {
        let graph = self.planner.graph;
        for &file in files_of(graph, &output) {
            let source = origin(graph, file);
            let blob = self.planner.world.contents.blob(graph, source);
            let Some(blob) = blob.filter(|&blob| !self.is_size_0(blob)) else { continue };
            let disk = &self.planner.world.disk;
            let is_local = disk.contains(file) || disk.contains(source);
            let if_gone = if is_local { IfGone::Forget } else { IfGone::Remember };
            if self.planner.find(None, blob, if_gone) == Answer::Found {
                continue;
            }
            if !is_local {
                let is_new = lost.iter().all(|l| l.file != file);
                lost.extend(is_new.then_some(Lost { owner: output, file, blob, again: false }));
            } else if self.planner.uploaded_to(Tier::Remote).insert(blob) {
                self.planner.put_blob(None, blob);
            }
        }
    }
}
