//! One run of a build: how far each action has come, and which goes next.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::model::{ActionId, ActionKind, ArtifactId, BlobId, Id, IdSet};

use crate::rewind::scenario::Build;
use crate::rewind::trace::{Event, FailReason, Halt};

use super::contents::readers;
use super::faults::mix;
use super::loss::{Lost, WaitingRewind};
use super::needs::Needs;
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
    /// Per action: its position in `by_rank`.
    rank: Vec<u32>,
    /// The needed actions in the order in which they go, each as soon as it can.
    by_rank: Vec<ActionId>,
    /// Everything before this position of `by_rank` was looked at.
    cursor: usize,
    /// Ranks before the cursor that became ready after they were passed: rewinding, and orders
    /// that are not topological.
    passed: BinaryHeap<Reverse<u32>>,
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
    /// How often each was (P19).
    pub n_dirtied: HashMap<ActionId, u32>,
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
        let n = planner.graph.n_actions();
        Self {
            planner,
            build,
            needs,
            rewinds,
            progress: vec![Progress::default(); n],
            rank: vec![0; n],
            by_rank: Vec::new(),
            cursor: 0,
            passed: BinaryHeap::new(),
            held: Vec::new(),
            schedule: Schedule::default(),
            dirty: IdSet::default(),
            outdated: IdSet::default(),
            silent: IdSet::default(),
            n_dirtied: HashMap::new(),
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
        self.rank_needed();
        // A hit is two events; most builds hit nearly everything.
        let n = self.by_rank.len();
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
        while let Some(Reverse(rank)) = self.passed.pop() {
            let action = self.by_rank[rank as usize];
            while self.passed.peek() == Some(&Reverse(rank)) {
                self.passed.pop();
            }
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
        while let Some(&action) = self.by_rank.get(self.cursor) {
            self.cursor += 1;
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
        self.progress[action.index()].set_phase(phase);
    }

    /// A dirty action waits for those who read its outputs (P16); whether it does.
    fn hold(&mut self, action: ActionId) -> bool {
        let locks = self.planner.engine.coarse_lock && !self.schedule.is_idle();
        if !locks || !self.dirty.contains(action) {
            return false;
        }
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
            self.passed.push(Reverse(self.rank[action.index()]));
        }
    }

    /// `action` has its outputs: consumers that wait for them come nearer.
    pub fn done(&mut self, action: ActionId) {
        self.progress[action.index()].set_done();
        self.planner.world.valid.insert(action);
        self.dirty.remove(action);
        let graph = self.planner.graph;
        for &output in graph.outputs(action) {
            readers(graph, output).for_each(|consumer| self.come_nearer(consumer));
        }
    }

    /// An input of `consumer` is there.
    fn come_nearer(&mut self, consumer: ActionId) {
        if self.progress[consumer.index()].come_nearer() {
            self.enqueue_if_ready(consumer);
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
            self.passed.push(Reverse(self.rank[action.index()]));
        }
    }

    /// Earlier goes first. Actions that ask nothing (valid, made by the tool) go as soon as they
    /// can, so that they never hold up one whose place in the order is known (P4).
    fn rank_needed(&mut self) {
        let (graph, valid) = (self.planner.graph, &self.planner.world.valid);
        let asks = |action: ActionId| {
            graph.action_kind(action) == ActionKind::Spawn && !valid.contains(action)
        };
        let actions = self.needs.actions.iter().copied();
        let mut by_rank = Vec::with_capacity(actions.len());
        by_rank.extend(actions.clone().filter(|&action| !asks(action)));
        let n_silent = by_rank.len();
        by_rank.extend(actions.filter(|&action| asks(action)));
        self.sort(&mut by_rank[n_silent..]);
        self.by_rank = by_rank;
        for (position, &action) in self.by_rank.iter().enumerate() {
            self.progress[action.index()] = Progress::waiting(graph.n_produced_inputs(action));
            self.rank[action.index()] = position as u32;
        }
    }

    /// Sorts actions as the build wishes, else as the seed has it, else as they are.
    fn sort(&self, asking: &mut [ActionId]) {
        let (graph, seed) = (self.planner.graph, self.planner.scenario.seed);
        if seed == 0 && self.build.order.is_empty() {
            return;
        }
        let mut wish = vec![u32::MAX; graph.n_actions()];
        for (position, &action) in self.build.order.iter().enumerate().rev() {
            wish[action.index()] = position as u32;
        }
        let mut shuffled = vec![0; graph.n_actions()];
        if seed != 0 {
            for (position, action) in graph.topological().iter().enumerate() {
                shuffled[action.index()] = mix(seed ^ position as u64);
            }
        }
        // Stable: without a seed, those without a wish keep the topological order.
        asking.sort_by_key(|&action| (wish[action.index()], shuffled[action.index()]));
    }

    /// Ends the run: what never ran is skipped, temporary files go, the outcome is summed up.
    fn finish(self) -> Run {
        let planner = self.planner;
        for &action in self.needs.actions.iter() {
            if matches!(self.progress[action.index()].phase(), Phase::Waiting | Phase::Lost) {
                planner.push(Event::Skipped { action });
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
