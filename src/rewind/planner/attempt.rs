//! One run of a build: how far each action has come, and what that makes of others.

use std::collections::HashMap;

use crate::model::{ActionId, ActionKind, ArtifactId, BlobId, Id, IdSet};

use crate::rewind::scenario::Build;
use crate::rewind::trace::{Event, FailReason, Halt};

use super::contents::readers;
use super::loss::{Lost, WaitingRewind};
use super::needs::Needs;
use super::order::Order;
pub use super::progress::Phase;
use super::progress::Progress;
use super::schedule::Schedule;
use super::{Planner, Run, Stopped};

/// One run of one build.
pub struct Attempt<'p, 'a> {
    pub planner: &'p mut Planner<'a>,
    pub build: &'p Build,
    pub needs: &'p Needs<'a>,
    /// Rounds of rewinding so far, over all runs of the build.
    pub rewinds: &'p mut u32,
    /// Per action.
    progress: Vec<Progress>,
    /// How many actions are done.
    n_done: usize,
    /// Which goes first.
    order: Order<'p>,
    /// Ready, but somebody reads what they would write (P16).
    held: Vec<ActionId>,
    /// What executes and uploads.
    pub schedule: Schedule,
    /// Actions that rewinding made run again.
    pub dirty: IdSet<ActionId>,
    /// Actions that run again as what they read has changed (K9).
    pub outdated: IdSet<ActionId>,
    /// Redirects that wait for what they lead to, and are not made again (P14).
    pub silent: IdSet<ActionId>,
    /// Those that were dirtied in this run, and those more than once (P19).
    pub dirtied: IdSet<ActionId>,
    pub dirtied_again: IdSet<ActionId>,
    /// Files that are deleted at the end (R7).
    pub temporary: IdSet<ArtifactId>,
    /// Outputs that count as remote although their action executed here (R6).
    pub stays_remote: IdSet<ArtifactId>,
    /// The tree that was first looked at with this content, where it matters (P40).
    pub subtrees: HashMap<BlobId, ArtifactId>,
    /// How often each consumer lost each input with each content (A4), and with any (P15).
    pub losses: HashMap<(Option<ActionId>, ArtifactId, BlobId), u32>,
    pub losses_of_path: HashMap<(Option<ActionId>, ArtifactId), u32>,
    /// Rewinds that wait until nothing executes (A8).
    pub waiting_rewinds: Vec<WaitingRewind>,
    /// The first rewind has had the lock.
    pub had_lock: bool,
    /// What the actions of this pass lost, for the end of the pass (K2, K7).
    pub requests: Vec<(Option<ActionId>, Lost)>,
    /// What was fetched at the end of a pass (K7).
    pub queued: IdSet<ArtifactId>,
    /// What was asked for of actions that earlier builds left (R9).
    pub fetched_late: IdSet<ArtifactId>,
    pub passes: u32,
    pub messages: Vec<String>,
    /// What ended it.
    pub halt: Option<Halt>,
    /// The exit code of that.
    exit_code: u8,
    /// The attempt ends whatever `keep_going` says.
    pub gives_up: bool,
}

impl<'p, 'a> Attempt<'p, 'a> {
    pub fn new(
        planner: &'p mut Planner<'a>,
        build: &'p Build,
        needs: &'p Needs<'a>,
        rewinds: &'p mut u32,
    ) -> Self {
        Self {
            planner,
            build,
            needs,
            rewinds,
            progress: Vec::new(),
            n_done: 0,
            order: Order::default(),
            held: Vec::new(),
            schedule: Schedule::default(),
            dirty: IdSet::default(),
            outdated: IdSet::default(),
            silent: IdSet::default(),
            dirtied: IdSet::default(),
            dirtied_again: IdSet::default(),
            temporary: IdSet::default(),
            stays_remote: IdSet::default(),
            subtrees: HashMap::new(),
            losses: HashMap::new(),
            losses_of_path: HashMap::new(),
            waiting_rewinds: Vec::new(),
            had_lock: false,
            requests: Vec::new(),
            queued: IdSet::default(),
            fetched_late: IdSet::default(),
            passes: 0,
            messages: Vec::new(),
            halt: None,
            exit_code: 0,
            gives_up: false,
        }
    }

    /// Runs to the end: everything done, or nothing left that can be.
    pub fn run(mut self) -> Result<Run, Stopped> {
        self.start_waiting();
        // A hit is two events; most builds hit nearly everything.
        let n = self.order.n_actions();
        self.planner.trace.events.reserve_exact(2 * n + n / 4);
        loop {
            self.run_ready()?;
            if !self.next_pass() {
                break;
            }
        }
        Ok(self.finish())
    }

    /// Whether nothing may be started any more (P5).
    pub fn is_stopped(&self) -> bool {
        self.gives_up || (self.halt.is_some() && !self.build.keep_going)
    }

    /// The ready action of the lowest rank. Taken actions are not ready any more only once they
    /// ran, but none is offered twice: the cursor moves on, and what was passed is taken off.
    pub fn next_ready(&mut self) -> Option<ActionId> {
        while let Some(action) = self.order.pop_passed() {
            // A producer may have become dirty after the action was found ready.
            if !self.is_ready(action) {
                continue;
            }
            if self.silent.remove(action) {
                // Nobody takes it: whoever reads it may go now (P14).
                self.done(action);
            } else if !self.hold(action) {
                return Some(action);
            }
        }
        while let Some(action) = self.order.meet_next() {
            self.progress[action.index()].set_offered();
            if self.is_ready(action) && !self.hold(action) {
                return Some(action);
            }
        }
        None
    }

    pub fn is_ready(&self, action: ActionId) -> bool {
        self.progress[action.index()].is_ready()
    }

    /// How far `action` has come.
    pub fn phase(&self, action: ActionId) -> Phase {
        self.progress[action.index()].phase()
    }

    /// `action` has come so far.
    pub fn set_phase(&mut self, action: ActionId, phase: Phase) {
        let progress = &mut self.progress[action.index()];
        self.n_done -= usize::from(progress.phase() == Phase::Done);
        self.n_done += usize::from(phase == Phase::Done);
        progress.set_phase(phase);
    }

    /// A dirty action waits for those who read its outputs (P16); whether it does.
    #[inline]
    fn hold(&mut self, action: ActionId) -> bool {
        let locks = self.planner.engine.coarse_lock && !self.schedule.is_idle();
        locks && self.dirty.contains(action) && self.hold_dirty(action)
    }

    fn hold_dirty(&mut self, action: ActionId) -> bool {
        let graph = self.planner.graph;
        let is_read = graph.outputs(action).iter().any(|&output| {
            readers(graph, output).any(|reader| self.phase(reader) == Phase::Running)
        });
        if is_read {
            self.held.push(action);
        }
        is_read
    }

    /// Those held are offered again.
    pub fn release_held(&mut self) {
        for action in std::mem::take(&mut self.held) {
            self.order.offer_again(action);
        }
    }

    /// `action` has its outputs: consumers that wait for them come nearer.
    pub fn done(&mut self, action: ActionId) {
        self.set_phase(action, Phase::Done);
        self.planner.world.valid.insert(action);
        self.dirty.remove(action);
        let graph = self.planner.graph;
        for &output in graph.outputs(action) {
            for consumer in readers(graph, output) {
                if self.progress[consumer.index()].come_nearer() {
                    self.order.offer_again(consumer);
                }
            }
        }
    }

    /// Whether `action` was done before in this run.
    pub fn was_done(&self, action: ActionId) -> bool {
        self.progress[action.index()].was_done()
    }

    /// `action`, done until now or lost in its inputs, waits to run again, and whoever waits for it
    /// waits longer.
    pub fn undo(&mut self, action: ActionId) {
        let mut redirects = self.undo_one(action);
        while let Some(redirect) = redirects.pop() {
            // Whoever reads it waits for what is behind it, but it is not made again (P14).
            if self.phase(redirect) == Phase::Done {
                redirects.extend(self.undo_one(redirect));
                self.silent.insert(redirect);
            }
        }
    }

    /// Returns the redirects that lead to what `action` writes, if it was done.
    fn undo_one(&mut self, action: ActionId) -> Vec<ActionId> {
        let was_done = self.phase(action) == Phase::Done;
        self.set_phase(action, Phase::Waiting);
        self.planner.world.valid.remove(action);
        let mut redirects = Vec::new();
        if was_done {
            let graph = self.planner.graph;
            for &output in graph.outputs(action) {
                self.fetched_late.remove(output);
                for &file in graph.tree_files(output) {
                    self.fetched_late.remove(file);
                }
                for consumer in readers(graph, output) {
                    self.progress[consumer.index()].go_farther();
                    if graph.action_kind(consumer) == ActionKind::Redirect {
                        redirects.push(consumer);
                    }
                }
            }
        }
        self.enqueue_if_ready(action);
        redirects
    }

    /// `action` failed, and the build ends with the exit code that goes with the reason.
    pub fn fail(&mut self, action: ActionId, reason: FailReason, message: String) {
        let engine = self.planner.engine;
        let exit_code = match reason {
            FailReason::LostInputs => engine.exit_on_lost_input,
            FailReason::LostTooOften | FailReason::NoEnd => engine.exit_on_lost_too_often,
            FailReason::IoError => engine.exit_on_io_error,
        };
        self.fail_with(action, reason, exit_code, message);
    }

    /// `action` failed, and the build ends with this exit code, unless it failed before.
    pub fn fail_with(
        &mut self,
        action: ActionId,
        reason: FailReason,
        exit_code: u8,
        message: String,
    ) {
        self.set_phase(action, Phase::Failed);
        self.messages.push(message);
        self.gives_up |= reason == FailReason::NoEnd;
        let halt = match reason {
            FailReason::LostTooOften => Halt::LostTooOften,
            FailReason::LostInputs => Halt::LostInputs,
            FailReason::IoError => Halt::IoError,
            FailReason::NoEnd => Halt::NoEnd,
        };
        self.halt_on(halt, exit_code);
        self.planner.push(Event::Failed { action, reason });
    }

    /// The build fails; what it failed on first counts (P35).
    pub fn halt_on(&mut self, halt: Halt, exit_code: u8) {
        if self.halt.is_none() {
            self.halt = Some(halt);
            self.exit_code = exit_code;
        }
    }

    /// The build fails, unless the engine only warns: 0 stands for that.
    pub fn halt_unless_warned(&mut self, halt: Halt, exit_code: u8) {
        if exit_code != 0 {
            self.halt_on(halt, exit_code);
        }
    }

    /// An action ahead of the cursor is met there; one behind it must be remembered.
    fn enqueue_if_ready(&mut self, action: ActionId) {
        let progress = self.progress[action.index()];
        if progress.was_offered() && progress.is_ready() {
            self.order.offer_again(action);
        }
    }

    /// Every needed action waits for what it reads, in the order in which they go.
    fn start_waiting(&mut self) {
        let (graph, needed) = (self.planner.graph, &*self.needs.actions);
        let (valid, seed) = (&self.planner.world.valid, self.planner.scenario.seed);
        self.order = Order::new(graph, needed, valid, self.build, seed);
        let n_inputs = graph.n_produced_inputs();
        if needed.len() == n_inputs.len() {
            self.progress = n_inputs.iter().map(|&n| Progress::waiting(n)).collect();
        } else {
            self.progress = vec![Progress::default(); n_inputs.len()];
            for action in needed.iter().map(|action| action.index()) {
                self.progress[action] = Progress::waiting(n_inputs[action]);
            }
        }
    }

    /// Ends the run: what never ran is skipped, temporary files go, the outcome is summed up.
    fn finish(self) -> Run {
        let planner = self.planner;
        if self.n_done < self.needs.actions.len() {
            for &action in self.needs.actions.iter() {
                if self.progress[action.index()].is_open() {
                    planner.push(Event::Skipped { action });
                }
            }
        }
        for artifact in self.temporary.iter() {
            planner.world.disk.remove(artifact);
            planner.push(Event::Deleted { artifact });
        }
        let may_retry = match self.halt {
            Some(Halt::LostInputs) => true,
            Some(Halt::LostOutput) => planner.engine.retries_lost_outputs,
            _ => false,
        };
        let message = self.messages.join("\n");
        Run { exit_code: self.exit_code, message, halt: self.halt, may_retry }
    }
}
