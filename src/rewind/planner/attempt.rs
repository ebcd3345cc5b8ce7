//! One run of a build: which action goes next, and what happens when one is done.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::model::{ActionId, ActionKind, ArtifactId, BlobId, Id, IdSet};

use crate::rewind::scenario::Build;
use crate::rewind::trace::{Event, FailReason, Halt};

use super::needs::Needs;
use super::{Planner, Run, Stopped};

/// How far an action has come in this run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// Not needed.
    Idle,
    /// Waits for producers, or is ready.
    Waiting,
    /// Has its outputs.
    Done,
    /// Found inputs lost and waits for the end of the pass (K7).
    Lost,
    /// Failed.
    Failed,
}

/// One run of one build.
pub struct Attempt<'p, 'a> {
    pub planner: &'p mut Planner<'a>,
    pub build: &'p Build,
    pub needs: &'p Needs,
    /// Rounds of rewinding so far, over all runs of the build.
    pub rewinds: &'p mut u32,
    pub phase: Vec<Phase>,
    /// Per action: how many of its inputs have a producer that is not done.
    pending: Vec<u32>,
    /// The needed actions in the order in which they go, each as soon as it can.
    by_rank: Vec<ActionId>,
    /// Per action: its position there.
    rank: Vec<u32>,
    /// Everything before this position of `by_rank` was looked at.
    cursor: usize,
    /// Ranks before the cursor that became ready after they were passed: rewinding, and orders
    /// that are not topological.
    passed: BinaryHeap<Reverse<u32>>,
    /// Actions that were done before in this run, for telling a repeated execution.
    done_before: IdSet<ActionId>,
    /// Actions that rewinding made run again.
    pub dirty: IdSet<ActionId>,
    /// Blobs uploaded in this run: each is uploaded once (R5).
    pub uploaded: IdSet<BlobId>,
    /// Files that are deleted at the end (R7).
    pub temporary: IdSet<ArtifactId>,
    /// Outputs that count as remote although their action executed here (R6).
    pub stays_remote: IdSet<ArtifactId>,
    /// How often each consumer lost each input with each content (A4).
    pub losses: HashMap<(Option<ActionId>, ArtifactId, BlobId), u32>,
    /// What the actions of this pass lost, for the end of the pass (K2, K7).
    pub requests: Vec<(Option<ActionId>, ArtifactId)>,
    pub passes: u32,
    pub messages: Vec<String>,
    pub halt: Option<Halt>,
    pub lost_output: bool,
}

impl<'p, 'a> Attempt<'p, 'a> {
    pub fn new(
        planner: &'p mut Planner<'a>,
        build: &'p Build,
        needs: &'p Needs,
        rewinds: &'p mut u32,
    ) -> Self {
        let n = planner.graph.n_actions();
        Self {
            planner,
            build,
            needs,
            rewinds,
            phase: vec![Phase::Idle; n],
            pending: vec![0; n],
            by_rank: Vec::new(),
            rank: Vec::new(),
            cursor: 0,
            passed: BinaryHeap::new(),
            done_before: IdSet::default(),
            dirty: IdSet::default(),
            uploaded: IdSet::default(),
            temporary: IdSet::default(),
            stays_remote: IdSet::default(),
            losses: HashMap::new(),
            requests: Vec::new(),
            passes: 0,
            messages: Vec::new(),
            halt: None,
            lost_output: false,
        }
    }

    /// Runs to the end: everything done, or nothing left that can be.
    pub fn run(mut self) -> Result<Run, Stopped> {
        self.rank_needed();
        self.count_pending();
        self.planner.trace.events.reserve(2 * self.by_rank.len());
        loop {
            self.run_ready()?;
            if !self.next_pass() {
                break;
            }
        }
        Ok(self.finish())
    }

    /// Runs what is ready until nothing is, or the build stops at a failure (R8).
    fn run_ready(&mut self) -> Result<(), Stopped> {
        // With `--nokeep_going` the actions that started together with a failing one still finish.
        let n_jobs = if self.build.keep_going { 1 } else { self.build.jobs.max(1) as usize };
        let mut batch = Vec::with_capacity(n_jobs);
        for n_batches in 1u32.. {
            batch.clear();
            while batch.len() < n_jobs
                && let Some(action) = self.next_ready()
            {
                batch.push(action);
            }
            if batch.is_empty() {
                break;
            }
            for &action in &batch {
                self.run_action(action);
            }
            if self.halt.is_some() && !self.build.keep_going {
                break;
            }
            if n_batches.is_multiple_of(1024) {
                self.planner.report_progress()?;
            }
        }
        Ok(())
    }

    /// The ready action of the lowest rank. Taken actions are not ready any more only once they
    /// ran, but none is offered twice: the cursor moves on, and what was passed is taken off.
    fn next_ready(&mut self) -> Option<ActionId> {
        while let Some(Reverse(rank)) = self.passed.pop() {
            let action = self.by_rank[rank as usize];
            while self.passed.peek() == Some(&Reverse(rank)) {
                self.passed.pop();
            }
            // A producer may have become dirty after the action was found ready.
            if self.is_ready(action) {
                return Some(action);
            }
        }
        while let Some(&action) = self.by_rank.get(self.cursor) {
            self.cursor += 1;
            if self.is_ready(action) {
                return Some(action);
            }
        }
        None
    }

    fn is_ready(&self, action: ActionId) -> bool {
        self.pending[action.index()] == 0 && self.phase[action.index()] == Phase::Waiting
    }

    /// `action` has its outputs: consumers that wait for them come nearer.
    pub fn done(&mut self, action: ActionId) {
        self.phase[action.index()] = Phase::Done;
        self.done_before.insert(action);
        self.planner.world.valid.insert(action);
        self.dirty.remove(action);
        let graph = self.planner.graph;
        for &output in graph.outputs(action) {
            for &consumer in self.consumers(output) {
                if self.phase[consumer.index()] != Phase::Idle {
                    self.pending[consumer.index()] -= 1;
                    self.enqueue_if_ready(consumer);
                }
            }
        }
    }

    /// Whether `action` was done before in this run.
    pub fn was_done(&self, action: ActionId) -> bool {
        self.done_before.contains(action)
    }

    /// `action` is done no more: it waits to run again, and whoever waits for it waits longer.
    pub fn undo(&mut self, action: ActionId) {
        let was_done = self.phase[action.index()] == Phase::Done;
        self.phase[action.index()] = Phase::Waiting;
        self.planner.world.valid.remove(action);
        self.dirty.insert(action);
        if was_done {
            let graph = self.planner.graph;
            for &output in graph.outputs(action) {
                for &consumer in self.consumers(output) {
                    if self.phase[consumer.index()] != Phase::Idle {
                        self.pending[consumer.index()] += 1;
                    }
                }
            }
        }
        self.enqueue_if_ready(action);
    }

    /// `action` waits again, without being dirty: its producers run first.
    pub fn wait_again(&mut self, action: ActionId) {
        self.phase[action.index()] = Phase::Waiting;
        self.enqueue_if_ready(action);
    }

    /// `action` failed.
    pub fn fail(&mut self, action: ActionId, reason: FailReason, message: String) {
        self.phase[action.index()] = Phase::Failed;
        self.messages.push(message);
        self.halt.get_or_insert(match reason {
            FailReason::LostTooOften => Halt::LostTooOften,
            FailReason::LostInputs | FailReason::LostSource => Halt::LostInputs,
            FailReason::IoError => Halt::IoError,
            FailReason::NoEnd => Halt::NoEnd,
        });
        self.planner.push(Event::Failed { action, reason });
    }

    /// An action ahead of the cursor is met there; one behind it must be remembered.
    fn enqueue_if_ready(&mut self, action: ActionId) {
        let rank = self.rank[action.index()];
        if (rank as usize) < self.cursor && self.is_ready(action) {
            self.passed.push(Reverse(rank));
        }
    }

    fn count_pending(&mut self) {
        let graph = self.planner.graph;
        for &action in &self.by_rank {
            self.phase[action.index()] = Phase::Waiting;
            let produced = |input: &&ArtifactId| graph.producer(**input).is_some();
            let producers = graph.inputs(action).iter().filter(produced);
            self.pending[action.index()] = producers.count() as u32;
        }
    }

    /// The consumers of `output` that this run counts in `pending`. Files of a tree are read
    /// through their own rows, so they are looked up by the tree as well as by themselves.
    fn consumers(&self, output: ArtifactId) -> impl Iterator<Item = &'a ActionId> + use<'a> {
        let graph = self.planner.graph;
        let files = graph.tree_files(output).iter().flat_map(|&file| graph.consumers(file));
        graph.consumers(output).iter().chain(files)
    }

    /// Earlier goes first. Actions that ask nothing (valid, internal) go as soon as they can, so
    /// that they never hold up one whose place in the order is known.
    fn rank_needed(&mut self) {
        let (graph, valid) = (self.planner.graph, &self.planner.world.valid);
        let mut by_rank = self.needs.actions.clone();
        let mut wished = vec![u32::MAX; graph.n_actions()];
        for (position, &action) in self.build.order.iter().enumerate().rev() {
            wished[action.index()] = position as u32 + 1;
        }
        // Stable: within equal wishes the topological order stays.
        by_rank.sort_by_key(|&action| {
            let asks = graph.action_kind(action) == ActionKind::Spawn && !valid.contains(action);
            if asks { wished[action.index()] } else { 0 }
        });
        let mut rank = wished;
        for (position, &action) in by_rank.iter().enumerate() {
            rank[action.index()] = position as u32;
        }
        (self.by_rank, self.rank) = (by_rank, rank);
    }

    /// Ends the run: what never ran is skipped, temporary files go, the outcome is summed up.
    fn finish(self) -> Run {
        let planner = self.planner;
        for &action in &self.needs.actions {
            if matches!(self.phase[action.index()], Phase::Waiting | Phase::Lost) {
                planner.push(Event::Skipped { action });
            }
        }
        for artifact in self.temporary.iter() {
            planner.world.disk.remove(artifact);
            planner.push(Event::Deleted { artifact });
        }
        let engine = planner.engine;
        let exit_code = match self.halt {
            None => 0,
            Some(_) if self.lost_output => engine.exit_on_lost_output,
            Some(_) => engine.exit_on_lost_input,
        };
        let may_retry = self.halt == Some(Halt::LostInputs);
        Run { exit_code, message: self.messages.join("\n"), halt: self.halt, may_retry }
    }
}
