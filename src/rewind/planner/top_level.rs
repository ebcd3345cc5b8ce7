//! Top-level outputs that become wanted although their action is not looked at, or only after it.

use crate::model::{ActionId, ArtifactId, Tier};

use crate::rewind::engine::{FetchTime, TopLevelFetch};
use crate::rewind::scenario::DownloadMode;
use crate::rewind::trace::Halt;

use super::asking::Answer;
use super::attempt::{Attempt, Phase};
use super::contents::{files_of, origin};
use super::loss::Lost;

/// Top-level outputs that could not be fetched.
#[derive(Default)]
struct Missed {
    /// Gone, and said to be.
    lost: Vec<Lost>,
    /// The answer was an error that does not say so.
    failed: Vec<ArtifactId>,
}

impl Attempt<'_, '_> {
    /// An action that is done without having been looked at: its outputs that are wanted now and
    /// not on disk are fetched straight from the CAS where the engine does so (R9). What is wanted
    /// as part of the tree of a template is the template's affair (P38).
    pub fn fetch_late(&mut self, action: ActionId) {
        if self.planner.engine.fetches_newly_wanted {
            let (graph, needs) = (self.planner.graph, self.needs);
            let is_own = |output: ArtifactId| {
                !graph.is_in_memory(output) && !needs.parts_of_trees.contains(output)
            };
            self.fetch_wanted_of(action, is_own);
        }
    }

    /// An action that a worker executed: its outputs that are wanted are fetched (P8).
    pub fn fetch_from_worker(&mut self, action: ActionId) {
        self.fetch_wanted_of(action, |_| true);
    }

    fn fetch_wanted_of(&mut self, action: ActionId, counts: impl Fn(ArtifactId) -> bool) {
        let mut missed = Missed::default();
        for output in self.planner.graph.outputs(action) {
            if counts(*output) {
                for part in self.wanted_parts(action, output) {
                    self.fetch_output(part, Some(action), &mut missed);
                }
            }
        }
        self.miss_outputs(missed);
    }

    /// What could not be fetched together is rewound for together, or not at all if one of it
    /// ended in an error that does not say that it is gone (B6, P9).
    fn miss_outputs(&mut self, missed: Missed) {
        if missed.failed.is_empty() {
            return self.lose_outputs(missed.lost);
        }
        self.note_lost_outputs(&missed.lost);
        for file in missed.failed {
            self.messages.push(self.output_io_error_message(file));
        }
        self.halt_unless_warned(Halt::IoError, self.planner.engine.exit_on_output_io_error);
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
        let mut missed = Missed::default();
        for artifact in wanted {
            if self.is_done(artifact) {
                self.fetch_output(&artifact, None, &mut missed);
            }
        }
        if self.build.upload_final {
            for artifact in self.needs.top_level.iter() {
                if self.is_done(artifact) {
                    self.upload_output(artifact, &mut missed.lost);
                }
            }
        }
        self.miss_outputs(missed);
    }

    fn is_done(&self, artifact: ArtifactId) -> bool {
        let producer = self.planner.graph.producer(artifact);
        producer.is_some_and(|p| self.phase(p) == Phase::Done)
    }

    /// Fetches what of `output` is not on disk; what cannot be had is added to `missed`.
    fn fetch_output(&mut self, output: &ArtifactId, owner: Option<ActionId>, missed: &mut Missed) {
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
                false => self.planner.read(owner, blob),
            };
            match answer {
                Answer::Found => self.materialize(file, owner),
                Answer::Gone => {
                    missed.lost.push(Lost { owner: *output, file, blob, again: false });
                }
                Answer::Failed => missed.failed.push(file),
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
            if self.planner.find(None, blob) == Answer::Found {
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
