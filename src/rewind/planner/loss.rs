//! What a lost blob leads to: failure, rewinding inside the build, or another pass of the command.

use crate::model::{ActionId, ArtifactId, BlobId};

use crate::rewind::engine::{Executor, OnLoss, OnUntyped};
use crate::rewind::trace::{Event, FailReason, Halt};

use super::attempt::{Attempt, Phase};
use super::contents::{files_of, origin};

/// A lost file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lost {
    /// What the consumer reads: the file, or a tree that it is in. Who writes this is rewound.
    pub owner: ArtifactId,
    /// The file itself.
    pub file: ArtifactId,
    /// Its content.
    pub blob: BlobId,
    /// The consumer reads the file in another way too, under which its loss counts; this is for
    /// rewinding this way as well (A2).
    pub again: bool,
}

/// A rewind that waits until nothing executes (A8).
pub struct WaitingRewind {
    /// Who lost something; `None`: the build itself, top-level outputs.
    pub consumer: Option<ActionId>,
    pub lost: Vec<Lost>,
}

impl Attempt<'_, '_> {
    /// Notes what `consumer` found gone.
    pub fn note_lost_inputs(&mut self, consumer: ActionId, lost: &[Lost]) {
        for &Lost { file, blob, .. } in lost.iter().filter(|lost| !lost.again) {
            self.planner.push(Event::LostInput { consumer, input: file, blob });
        }
    }

    /// `consumer` found these inputs gone (B3).
    pub fn lose_inputs(&mut self, consumer: ActionId, lost: Vec<Lost>) {
        assert!(!lost.is_empty(), "nothing was lost");
        self.note_lost_inputs(consumer, &lost);
        self.planner.world.doubts_remote = true;
        if !self.planner.engine.forgets_on_replay_loss || !self.dirty.contains(consumer) {
            self.remember(&lost);
        }
        self.recover_or_fail(consumer, lost);
    }

    /// A worker says that inputs of `consumer` are gone, but not which (K3, P9).
    pub fn report_loss(&mut self, consumer: ActionId) {
        self.planner.push(Event::Started { action: consumer });
        self.planner.push(Event::LossReported { consumer });
        match self.planner.engine.on_untyped {
            OnUntyped::RewindAllInputs => {
                self.planner.world.doubts_remote = true;
                let all = self.derived_inputs(consumer);
                self.recover_or_fail(consumer, all);
            }
            OnUntyped::Fail => {
                let message = self.worker_error_message(consumer);
                let exit_code = self.planner.engine.exit_on_remote_io_error;
                self.fail_with(consumer, FailReason::IoError, exit_code, message);
            }
        }
    }

    fn recover_or_fail(&mut self, consumer: ActionId, lost: Vec<Lost>) {
        let n_lost = lost.iter().filter(|lost| !lost.again).count();
        if self.rewinds_inputs(consumer, n_lost) {
            self.recover(Some(consumer), lost);
        } else {
            let message = self.lost_inputs_message(consumer, &pairs(&lost));
            self.fail(consumer, FailReason::LostInputs, message);
        }
    }

    /// These top-level outputs, found gone together, are recovered together or fail the build (A1,
    /// K5).
    pub fn lose_outputs(&mut self, lost: Vec<Lost>) {
        if lost.is_empty() {
            return;
        }
        self.note_lost_outputs(&lost);
        self.planner.world.doubts_remote = true;
        self.remember(&lost);
        if self.planner.engine.rewinds_outputs && self.planner.engine.on_loss != OnLoss::Fail {
            self.recover(None, lost);
        } else {
            self.fail_on_outputs(&lost, Halt::LostOutput);
        }
    }

    /// Notes top-level outputs that were found gone.
    pub fn note_lost_outputs(&mut self, lost: &[Lost]) {
        for &Lost { file, blob, .. } in lost {
            self.planner.push(Event::LostOutput { artifact: file, blob });
        }
    }

    fn remember(&mut self, lost: &[Lost]) {
        for lost in lost.iter().filter(|lost| !lost.again) {
            self.planner.remember(lost.blob);
        }
    }

    /// The build fails on these top-level outputs.
    pub fn fail_on_outputs(&mut self, lost: &[Lost], halt: Halt) {
        for lost in lost {
            self.messages.push(self.lost_output_message(lost.file, lost.blob));
        }
        let engine = self.planner.engine;
        match halt {
            Halt::LostOutput => self.halt_unless_warned(halt, engine.exit_on_lost_output),
            _ => self.halt_on(halt, engine.exit_on_lost_too_often),
        }
    }

    /// A loss that the engine rewinds for: now, when nothing executes, or at the end of the pass.
    fn recover(&mut self, consumer: Option<ActionId>, lost: Vec<Lost>) {
        if let Some(consumer) = consumer {
            self.set_phase(consumer, Phase::Lost);
        }
        match self.planner.engine.on_loss {
            OnLoss::Fail => unreachable!("an engine that fails does not recover"),
            OnLoss::Rewind { .. } if self.planner.engine.coarse_lock && !self.had_lock => {
                self.waiting_rewinds.push(WaitingRewind { consumer, lost });
            }
            OnLoss::Rewind { losses_max } => self.rewind(consumer, &lost, losses_max),
            OnLoss::RewindCommand { .. } => {
                self.requests.extend(lost.into_iter().map(|lost| (consumer, lost)));
            }
        }
    }

    /// Whether the engine rewinds for so many inputs that `consumer` lost (P13).
    fn rewinds_inputs(&self, consumer: ActionId, n_lost: usize) -> bool {
        let engine = self.planner.engine;
        if engine.on_loss == OnLoss::Fail {
            return false;
        }
        match self.planner.scenario.executor(consumer) {
            Executor::Local => engine.rewinds_local_inputs,
            Executor::Remote => engine.rewinds_several || n_lost == 1,
        }
    }

    /// Every file that `action` reads and an action writes, empty ones too: whoever says no more
    /// than that something is gone leaves none out (K3).
    fn derived_inputs(&self, action: ActionId) -> Vec<Lost> {
        let (graph, mut all) = (self.planner.graph, Vec::new());
        for input in graph.inputs(action) {
            for &file in files_of(graph, input) {
                let source = origin(graph, file);
                let blob = self.planner.world.contents.blob(graph, source);
                let blob = blob.filter(|_| graph.producer(source).is_some());
                let again = all.iter().any(|lost: &Lost| lost.file == file);
                all.extend(blob.map(|blob| Lost { owner: *input, file, blob, again }));
            }
        }
        all
    }
}

/// Files and contents, as messages name them.
pub fn pairs(lost: &[Lost]) -> Vec<(ArtifactId, BlobId)> {
    lost.iter().filter(|lost| !lost.again).map(|lost| (lost.file, lost.blob)).collect()
}
