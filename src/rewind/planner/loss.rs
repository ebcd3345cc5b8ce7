//! What a lost blob leads to: failure, rewinding inside the build, or another pass of the command.

use crate::model::{ActionId, ActionKind, ArtifactId, BlobId, Id};

use crate::rewind::engine::OnLoss;
use crate::rewind::trace::{Event, FailReason, Halt};

use super::attempt::{Attempt, Phase};

impl Attempt<'_, '_> {
    /// `consumer` found these inputs gone (B3).
    pub fn lose_inputs(&mut self, consumer: ActionId, lost: &[(ArtifactId, BlobId)]) {
        assert!(!lost.is_empty(), "nothing was lost");
        for &(input, blob) in lost {
            self.planner.push(Event::LostInput { consumer, input, blob });
        }
        self.planner.world.doubts_remote = true;
        match self.planner.engine.on_loss {
            OnLoss::Fail => {
                let message = self.lost_inputs_message(consumer, lost);
                self.fail(consumer, FailReason::LostInputs, message);
            }
            OnLoss::Rewind { losses_max } => self.rewind(consumer, lost, losses_max),
            OnLoss::RewindCommand { .. } => {
                self.phase[consumer.index()] = Phase::Lost;
                let requests = lost.iter().map(|&(input, _)| (Some(consumer), input));
                self.requests.extend(requests);
            }
        }
    }

    /// Marks dirty the producer of each lost input, so that `consumer` waits for them (A2).
    ///
    /// Their own inputs are left alone: if those are lost too, a producer finds out when it runs.
    /// Looking ahead would save attempts but is not what Bazel does
    /// (`ActionRewindStrategy.prepareRewindPlan`).
    fn rewind(&mut self, consumer: ActionId, lost: &[(ArtifactId, BlobId)], losses_max: u32) {
        for &(input, blob) in lost {
            let n_losses = self.count_loss(Some(consumer), input, blob);
            if n_losses > losses_max {
                let message = self.lost_too_often_message(consumer, input, blob, n_losses);
                return self.fail(consumer, FailReason::LostTooOften, message);
            }
            if self.planner.graph.producer(input).is_none() {
                let message = self.lost_inputs_message(consumer, lost);
                return self.fail(consumer, FailReason::LostSource, message);
            }
        }
        *self.rewinds += 1;
        self.planner.push(Event::Rewound { consumer: Some(consumer), round: *self.rewinds });
        for &(input, _) in lost {
            self.mark_dirty(input, Some(consumer));
        }
        self.planner.push(Event::Reset { action: consumer });
        self.wait_again(consumer);
    }

    /// These top-level outputs, found gone together, are recovered together or fail the build (A1,
    /// K5).
    pub fn lose_outputs(&mut self, lost: &[(ArtifactId, BlobId)]) {
        if lost.is_empty() {
            return;
        }
        for &(artifact, blob) in lost {
            self.planner.push(Event::LostOutput { artifact, blob });
        }
        self.planner.world.doubts_remote = true;
        match self.planner.engine.on_loss {
            OnLoss::Fail => self.fail_on_outputs(lost, Halt::LostOutput),
            OnLoss::Rewind { losses_max } => self.rewind_outputs(lost, losses_max),
            OnLoss::RewindCommand { .. } => {
                self.requests.extend(lost.iter().map(|&(artifact, _)| (None, artifact)));
            }
        }
    }

    fn rewind_outputs(&mut self, lost: &[(ArtifactId, BlobId)], losses_max: u32) {
        let mut too_often = None;
        for &(artifact, blob) in lost {
            if self.count_loss(None, artifact, blob) > losses_max {
                too_often = too_often.or(Some((artifact, blob)));
            }
        }
        if let Some((artifact, blob)) = too_often {
            self.messages.push(self.output_lost_too_often_message(artifact, blob, losses_max));
            self.halt.get_or_insert(Halt::LostTooOften);
            self.lost_output = true;
            return;
        }
        *self.rewinds += 1;
        self.planner.push(Event::Rewound { consumer: None, round: *self.rewinds });
        for &(artifact, _) in lost {
            self.mark_dirty(artifact, None);
        }
    }

    fn fail_on_outputs(&mut self, lost: &[(ArtifactId, BlobId)], halt: Halt) {
        for &(artifact, blob) in lost {
            self.messages.push(self.lost_output_message(artifact, blob));
        }
        self.halt.get_or_insert(halt);
        self.lost_output = true;
    }

    /// Makes the producer of `artifact` run again, and through symlinks and runfiles, which may
    /// insensitively propagate inputs, the producers of what they are made of (A2).
    fn mark_dirty(&mut self, artifact: ArtifactId, consumer: Option<ActionId>) {
        let graph = self.planner.graph;
        let mut open = vec![artifact];
        while let Some(artifact) = open.pop() {
            let Some(producer) = graph.producer(artifact) else { continue };
            // Two lost inputs may share a producer, which then runs once for both; one that is
            // already on its way is not sent again (A3).
            if self.phase[producer.index()] != Phase::Done {
                continue;
            }
            self.planner.push(Event::MarkedDirty { action: producer, consumer });
            self.undo(producer);
            if graph.action_kind(producer) != ActionKind::Spawn {
                open.extend(graph.inputs(producer));
            }
        }
    }

    /// Buck2: merges what was lost in a pass, dirties the producers and their consumers, and starts
    /// the next pass (K7). False if the command ends here.
    pub fn next_pass(&mut self) -> bool {
        self.fetch_at_end();
        let requests = std::mem::take(&mut self.requests);
        let OnLoss::RewindCommand { passes_max } = self.planner.engine.on_loss else {
            return self.has_dirty_output();
        };
        if requests.is_empty() {
            return false;
        }
        self.passes += 1;
        if self.passes > passes_max {
            self.give_up(&requests);
            return false;
        }
        *self.rewinds += 1;
        self.planner.push(Event::Rewound { consumer: None, round: *self.rewinds });
        for &(consumer, artifact) in &requests {
            if self.planner.graph.producer(artifact).is_some() {
                self.mark_dirty(artifact, consumer);
            }
        }
        for consumer in requests.iter().filter_map(|r| r.0) {
            if self.phase[consumer.index()] == Phase::Lost {
                self.planner.push(Event::Reset { action: consumer });
                self.undo(consumer);
            }
        }
        true
    }

    /// Bazel: whether a top-level output that was gone has its producer waiting to run again.
    fn has_dirty_output(&self) -> bool {
        let is_waiting =
            |&a: &ActionId| self.phase[a.index()] == Phase::Waiting && self.dirty.contains(a);
        self.halt.is_none() && self.needs.actions.iter().any(is_waiting)
    }

    /// The cap of passes is reached: every action that lost inputs fails (K7).
    fn give_up(&mut self, requests: &[(Option<ActionId>, ArtifactId)]) {
        for &(consumer, artifact) in requests {
            let graph = self.planner.graph;
            let Some(blob) = self.planner.world.blob(graph, artifact) else { continue };
            match consumer {
                Some(consumer) if self.phase[consumer.index()] == Phase::Lost => {
                    let message = self.lost_inputs_message(consumer, &[(artifact, blob)]);
                    self.fail(consumer, FailReason::LostTooOften, message);
                }
                Some(_) => {}
                None => self.fail_on_outputs(&[(artifact, blob)], Halt::LostTooOften),
            }
        }
    }

    fn count_loss(&mut self, who: Option<ActionId>, input: ArtifactId, blob: BlobId) -> u32 {
        let n = self.losses.entry((who, input, blob)).or_default();
        *n += 1;
        *n
    }
}
