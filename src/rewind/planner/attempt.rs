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
    rank: Vec<u32>,
    ready: BinaryHeap<Reverse<(u32, ActionId)>>,
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
            rank: Vec::new(),
            ready: BinaryHeap::new(),
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
        self.rank = self.ranks();
        self.enqueue_needed();
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
        let mut steps = 0u32;
        loop {
            let batch = self.next_batch();
            if batch.is_empty() {
                return Ok(());
            }
            for action in batch {
                self.run_action(action);
                steps += 1;
                if steps.is_multiple_of(1024) {
                    self.planner.report_progress()?;
                }
            }
            if self.halt.is_some() && !self.build.keep_going {
                return Ok(());
            }
        }
    }

    /// Up to `jobs` ready actions: with `--nokeep_going` those that started together with a failing
    /// one still finish.
    fn next_batch(&mut self) -> Vec<ActionId> {
        let n = if self.build.keep_going { 1 } else { self.build.jobs.max(1) as usize };
        let mut batch = Vec::with_capacity(n);
        while batch.len() < n {
            let Some(Reverse((_, action))) = self.ready.pop() else { break };
            // A producer may have become dirty after the action was found ready.
            let is_ready = self.pending[action.index()] == 0;
            if is_ready && self.phase[action.index()] == Phase::Waiting && !batch.contains(&action)
            {
                batch.push(action);
            }
        }
        batch
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
        });
        self.planner.push(Event::Failed { action, reason });
    }

    fn enqueue_if_ready(&mut self, action: ActionId) {
        let i = action.index();
        if self.pending[i] == 0 && self.phase[i] == Phase::Waiting {
            self.ready.push(Reverse((self.rank[i], action)));
        }
    }

    fn enqueue_needed(&mut self) {
        let graph = self.planner.graph;
        for &action in &self.needs.actions {
            self.phase[action.index()] = Phase::Waiting;
            let producers = graph.inputs(action).iter().filter(|&&i| self.is_awaited(action, i));
            self.pending[action.index()] = producers.count() as u32;
        }
        for &action in &self.needs.actions {
            self.enqueue_if_ready(action);
        }
    }

    /// The consumers of `output` that this run counts in `pending`. Files of a tree are read
    /// through their own rows, so they are looked up by the tree as well as by themselves.
    fn consumers(&self, output: ArtifactId) -> impl Iterator<Item = &'a ActionId> + use<'a> {
        let graph = self.planner.graph;
        let files = graph.tree_files(output).iter().flat_map(|&file| graph.consumers(file));
        graph.consumers(output).iter().chain(files)
    }

    /// Whether `action` has to wait for the producer of `input`.
    fn is_awaited(&self, action: ActionId, input: ArtifactId) -> bool {
        self.planner.graph.producer(input).is_some_and(|producer| producer != action)
    }

    /// Earlier goes first. Actions that ask nothing (valid, internal) go as soon as they can, so
    /// that they never hold up one whose place in the order is known.
    fn ranks(&self) -> Vec<u32> {
        let graph = self.planner.graph;
        let order = &self.build.order;
        let mut rank = vec![0u32; graph.n_actions()];
        for (position, &action) in graph.topological().iter().enumerate() {
            rank[action.index()] = (order.len() + position + 1) as u32;
        }
        for (position, &action) in order.iter().enumerate() {
            rank[action.index()] = position as u32 + 1;
        }
        for &action in &self.needs.actions {
            let asks = graph.action_kind(action) == ActionKind::Spawn
                && !self.planner.world.valid.contains(action);
            if !asks {
                rank[action.index()] = 0;
            }
        }
        rank
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
