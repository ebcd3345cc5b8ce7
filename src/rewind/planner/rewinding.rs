//! Rewinding: who is dirtied, and what ends it (A2-A8, K7).

use std::collections::VecDeque;

use crate::model::{ActionId, ActionKind, ArtifactId, Graph, IdSet};

use crate::rewind::engine::OnLoss;
use crate::rewind::trace::{Event, FailReason, Halt};

use super::attempt::{Attempt, Phase};
use super::contents::readers;
use super::loss::{Lost, pairs};

/// A loss of one input of one consumer, or of one top-level output, that comes more often than this
/// has no end, unless the cap is higher (P15).
const LOSSES_OF_PATH_MAX: u32 = 100;

impl Attempt<'_, '_> {
    /// Rewinds that wait for the lock get it once nothing executes (P16); whether any did.
    pub fn rewind_with_lock(&mut self) -> bool {
        if !self.schedule.is_idle() {
            return false;
        }
        self.had_lock = true;
        let OnLoss::Rewind { losses_max } = self.planner.engine.on_loss else { return false };
        for waiting in std::mem::take(&mut self.waiting_rewinds) {
            self.rewind(waiting.consumer, &waiting.lost, losses_max);
        }
        true
    }

    /// Marks dirty the producer of each lost file, so that who lost it waits for them (A2).
    ///
    /// Their own inputs are left alone: if those are lost too, a producer finds out when it runs.
    /// Looking ahead would save attempts but is not what Bazel does
    /// (`ActionRewindStrategy.prepareRewindPlan`).
    pub fn rewind(&mut self, consumer: Option<ActionId>, lost: &[Lost], losses_max: u32) {
        if self.is_stopped() {
            // An error that is there already prevents rewinding (A7).
            return self.give_up_on(consumer, lost, FailReason::LostInputs, None);
        }
        let mut worst: Option<(FailReason, Lost, u32)> = None;
        for &lost in lost.iter().filter(|lost| !lost.again) {
            let (n, n_of_path) = self.count_loss(consumer, lost);
            let reason = if n > losses_max {
                FailReason::LostTooOften
            } else if n_of_path > LOSSES_OF_PATH_MAX.max(losses_max) {
                FailReason::NoEnd
            } else {
                continue;
            };
            worst = worst.or(Some((reason, lost, n)));
        }
        if let Some((reason, which, n)) = worst {
            return self.give_up_on(consumer, lost, reason, Some((which, n)));
        }
        *self.rewinds += 1;
        self.planner.push(Event::Rewound { consumer, round: *self.rewinds });
        for lost in lost {
            self.mark_dirty(lost.owner, consumer);
        }
        if let Some(consumer) = consumer {
            self.planner.push(Event::Reset { action: consumer });
            self.undo(consumer);
        }
    }

    /// `consumer` (or the build) fails on what it lost; `which` is what was lost too often.
    fn give_up_on(
        &mut self,
        consumer: Option<ActionId>,
        lost: &[Lost],
        reason: FailReason,
        which: Option<(Lost, u32)>,
    ) {
        let Some(consumer) = consumer else {
            return self.give_up_on_outputs(lost, reason, which);
        };
        let message = match (reason, which) {
            (FailReason::LostTooOften, Some((lost, n))) => {
                self.lost_too_often_message(consumer, lost.file, lost.blob, n)
            }
            (FailReason::NoEnd, Some((lost, _))) => self.no_end_message(Some(consumer), lost.file),
            _ => self.lost_inputs_message(consumer, &pairs(lost)),
        };
        self.fail(consumer, reason, message);
    }

    fn give_up_on_outputs(
        &mut self,
        lost: &[Lost],
        reason: FailReason,
        which: Option<(Lost, u32)>,
    ) {
        match (reason, which) {
            (FailReason::LostTooOften, Some((lost, n))) => {
                let message = self.output_lost_too_often_message(lost.file, lost.blob, n - 1);
                self.messages.push(message);
                let exit_code = self.planner.engine.exit_on_lost_too_often;
                self.halt_on(Halt::LostTooOften, exit_code);
            }
            (FailReason::NoEnd, Some((lost, _))) => {
                let message = self.no_end_message(None, lost.file);
                self.messages.push(message);
                let exit_code = self.planner.engine.exit_on_lost_too_often;
                self.halt_on(Halt::NoEnd, exit_code);
                self.gives_up = true;
            }
            _ => self.fail_on_outputs(lost, Halt::LostOutput),
        }
    }

    /// Makes the producer of `artifact` run again, and through actions that may insensitively
    /// propagate inputs the producers of what they are made of (A2, P14).
    fn mark_dirty(&mut self, artifact: ArtifactId, consumer: Option<ActionId>) {
        let (graph, engine) = (self.planner.graph, self.planner.engine);
        let mut open = vec![artifact];
        while let Some(mut artifact) = open.pop() {
            let is_redirect = |p: ActionId| graph.action_kind(p) == ActionKind::Redirect;
            if engine.canonical_keys && graph.producer(artifact).is_some_and(is_redirect) {
                artifact = self.pass_redirects(artifact);
            }
            let Some(producer) = graph.producer(artifact) else { continue };
            // Two lost inputs may share a producer, which then runs once for both; one that is
            // already on its way is not sent again (A3).
            let is_silent = self.silent.remove(producer);
            if self.phase(producer) != Phase::Done && !is_silent {
                continue;
            }
            self.planner.push(Event::MarkedDirty { action: producer, consumer });
            self.note_dirty(producer);
            self.undo(producer);
            if engine.coarse_lock && self.schedule.cancel_uploads(producer) {
                self.planner.push(Event::UploadCancelled { action: producer });
            }
            if !matches!(graph.action_kind(producer), ActionKind::Spawn | ActionKind::Redirect) {
                open.extend(graph.inputs(producer));
            }
        }
    }

    /// What `artifact` is bound to, however often (K6). The redirects on the way are not dirtied,
    /// but whoever reads them waits for what is behind them.
    fn pass_redirects(&mut self, artifact: ArtifactId) -> ArtifactId {
        let graph = self.planner.graph;
        let (mut artifact, mut passed) = (artifact, Vec::new());
        while let Some(producer) = graph.producer(artifact)
            && graph.action_kind(producer) == ActionKind::Redirect
            && let Some(target) = graph.link_target(artifact)
        {
            passed.push(producer);
            artifact = target;
        }
        if graph.producer(artifact).is_some() {
            for redirect in passed {
                if self.phase(redirect) == Phase::Done {
                    self.undo(redirect);
                    self.silent.insert(redirect);
                }
            }
        }
        artifact
    }

    fn note_dirty(&mut self, action: ActionId) {
        self.dirty.insert(action);
        if !self.dirtied.insert(action) {
            self.dirtied_again.insert(action);
        }
    }

    /// Buck2: merges what was lost in a pass, dirties the producers and their consumers, and starts
    /// the next pass (K7, P17). False if the command ends here.
    pub fn next_pass(&mut self) -> bool {
        self.fetch_at_end();
        let requests = std::mem::take(&mut self.requests);
        let OnLoss::RewindCommand { passes_max } = self.planner.engine.on_loss else {
            self.clear_queue();
            return self.has_more_to_do();
        };
        if requests.is_empty() {
            return false;
        }
        if self.halt.is_some() {
            // Something else failed: there is no further pass, and who waits for one fails.
            self.give_up_command(&requests, FailReason::LostInputs);
            return false;
        }
        self.passes += 1;
        if self.passes > passes_max {
            self.give_up_command(&requests, FailReason::LostTooOften);
            return false;
        }
        *self.rewinds += 1;
        self.planner.push(Event::Rewound { consumer: None, round: *self.rewinds });
        for &(consumer, lost) in &requests {
            self.mark_dirty(lost.owner, consumer);
        }
        for consumer in requests.iter().filter_map(|r| r.0) {
            if self.phase(consumer) == Phase::Lost {
                self.planner.push(Event::Reset { action: consumer });
                // The request names the consumer as well: it counts as rewound (K2).
                self.note_dirty(consumer);
                self.undo(consumer);
            }
        }
        self.clear_queue();
        true
    }

    fn clear_queue(&mut self) {
        if self.planner.engine.clears_queue {
            self.queued.clear();
        }
    }

    /// Bazel: whether a top-level output that was gone at the end has its producer waiting to run
    /// again, or waits for the lock.
    fn has_more_to_do(&self) -> bool {
        let is_waiting = |action| self.phase(action) == Phase::Waiting;
        self.halt.is_none()
            && (!self.waiting_rewinds.is_empty() || self.dirty.iter().any(is_waiting))
    }

    /// There is no further pass: every action that lost inputs fails (K7).
    fn give_up_command(&mut self, requests: &[(Option<ActionId>, Lost)], reason: FailReason) {
        let halt = match reason {
            FailReason::LostTooOften => Halt::LostTooOften,
            _ => Halt::LostOutput,
        };
        for &(consumer, lost) in requests {
            match consumer {
                Some(consumer) if self.phase(consumer) == Phase::Lost => {
                    let message = self.lost_inputs_message(consumer, &pairs(&[lost]));
                    self.fail(consumer, reason, message);
                }
                Some(_) => {}
                None => self.fail_on_outputs(&[lost], halt),
            }
        }
    }

    /// How often `lost` was lost, this time included: with this content, and with any.
    fn count_loss(&mut self, who: Option<ActionId>, lost: Lost) -> (u32, u32) {
        let n = self.losses.entry((who, lost.file, lost.blob)).or_default();
        *n += 1;
        let n_of_path = self.losses_of_path.entry((who, lost.file)).or_default();
        *n_of_path += 1;
        (*n, *n_of_path)
    }
}

/// Who reads one of `artifacts` or a file in it, and, through actions that the tool makes itself,
/// the readers of what those write; each once, breadth first (P24).
pub fn consumers_of(graph: &Graph, artifacts: &[ArtifactId]) -> Vec<ActionId> {
    let (mut found, mut seen) = (Vec::new(), IdSet::<ActionId>::default());
    let mut open: VecDeque<ArtifactId> = artifacts.iter().copied().collect();
    while let Some(artifact) = open.pop_front() {
        for consumer in readers(graph, artifact) {
            if seen.insert(consumer) {
                found.push(consumer);
                if graph.action_kind(consumer) != ActionKind::Spawn {
                    open.extend(graph.outputs(consumer));
                }
            }
        }
    }
    found
}
