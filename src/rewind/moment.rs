//! The world after the first n events of a trace.
//!
//! Whatever an event changes goes through a handful of setters, which note what was there before:
//! so each event can be undone without a rule of its own.

use std::rc::Rc;

use crate::model::{
    ActionId, ActionKind, ArtifactId, BlobId, Cache, CacheKind, Graph, Id, Request, Status, Tier,
    Verb,
};

use super::cells::{Cell, Cells};
use super::holdings::Holdings;
use super::trace::{Event, Trace};
use super::undo::{Counters, Log, Undo, Unlogged};

/// What an action is at a moment: the states of the legend.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum ActionState {
    /// Nothing has happened to it yet in this build.
    #[default]
    NotReached,
    /// Its result came from the cache, or is as an earlier build left it.
    CacheHit,
    /// It is executing.
    Running,
    /// It has executed.
    Executed,
    /// It found inputs lost and waits for their producers.
    LostInput,
    /// It must run again.
    Dirty,
    /// It has executed again after it was done.
    Reexecuted,
    /// It failed.
    Failed,
    /// It will not run.
    Skipped,
}

impl ActionState {
    /// All of them, in their order.
    pub const ALL: [Self; 9] = [
        Self::NotReached,
        Self::CacheHit,
        Self::Running,
        Self::Executed,
        Self::LostInput,
        Self::Dirty,
        Self::Reexecuted,
        Self::Failed,
        Self::Skipped,
    ];
}

impl Cell for ActionState {
    const BITS: usize = 4;

    fn to_bits(self) -> u64 {
        self as u64
    }

    fn from_bits(bits: u64) -> Self {
        Self::ALL[bits as usize]
    }
}

/// What an artifact is at a moment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum ArtifactState {
    /// Not there yet.
    #[default]
    NotReached,
    /// Known by digest only; believed to be in the cache.
    Remote,
    /// On disk.
    Local,
    /// Somebody looked for it and it was gone.
    Lost,
}

impl Cell for ArtifactState {
    const BITS: usize = 4;

    fn to_bits(self) -> u64 {
        self as u64
    }

    fn from_bits(bits: u64) -> Self {
        use ArtifactState::*;
        const ALL: [ArtifactState; 4] = [NotReached, Remote, Local, Lost];
        ALL[bits as usize]
    }
}

/// The world after some events of a trace. A clone is cheap, and shares what stays the same.
#[derive(Clone, PartialEq, Debug)]
pub struct Moment {
    /// How many events have happened.
    pub step: usize,
    /// Which build is running or ran last, an index of `Scenario::builds`.
    pub build: u32,
    /// Which attempt at it, from 1; 0 before the first.
    pub attempt: u32,
    /// Rewind rounds so far in this build.
    pub rewinds: u32,
    /// By action id.
    pub actions: Cells<ActionState>,
    /// By artifact id.
    pub artifacts: Cells<ArtifactState>,
    /// What the cache holds.
    pub cache: Holdings,
    /// Requests to the remote cache so far, over all builds.
    pub n_requests: usize,
    /// Virtual time, in milliseconds since the scenario began.
    pub ms: u64,
}

impl Moment {
    /// The world before the first event: nothing reached, `cache` as loaded. Copies `cache`; see
    /// [`of`](Self::of).
    pub fn start(graph: &Graph, cache: &Cache) -> Self {
        Self::of(graph, Rc::new(cache.clone()))
    }

    /// [`start`](Self::start), sharing the decoded entries of `cache`.
    pub fn of(graph: &Graph, cache: Rc<Cache>) -> Self {
        Self {
            step: 0,
            build: 0,
            attempt: 0,
            rewinds: 0,
            actions: Cells::new(graph.n_actions()),
            artifacts: Cells::new(graph.n_artifacts()),
            cache: Holdings::of(cache),
            n_requests: 0,
            ms: 0,
        }
    }

    /// The world after the first `step` events of `trace`; `step` is cut to its length.
    pub fn after(graph: &Graph, cache: &Cache, trace: &Trace, step: usize) -> Self {
        let mut moment = Self::start(graph, cache);
        for event in trace.events.iter().take(step) {
            moment.apply(graph, event);
        }
        moment
    }

    /// Moves on by one event.
    pub fn apply(&mut self, graph: &Graph, event: &Event) {
        self.apply_logged(graph, event, &mut Unlogged);
    }

    /// [`apply`](Self::apply), noting in `log` what was there before.
    pub(super) fn apply_logged(&mut self, graph: &Graph, event: &Event, log: &mut impl Log) {
        let before = self.counters();
        self.step += 1;
        self.change(graph, event, log);
        if self.counters() != before {
            log.note(|| Undo::Counters(before));
        }
    }

    /// Takes back one change. Those of an event are undone from the last to the first; `step` is
    /// for the caller to set.
    pub(super) fn undo(&mut self, undo: Undo) {
        match undo {
            Undo::Action(action, state) => {
                self.actions.set(action.index(), state);
            }
            Undo::Artifact(artifact, state) => {
                self.artifacts.set(artifact.index(), state);
            }
            Undo::Blob(kind, blob, held) => {
                self.cache.set(kind, blob, held);
            }
            Undo::Actions(actions) => self.actions = actions,
            Undo::Artifacts(artifacts) => self.artifacts = artifacts,
            Undo::Counters(Counters { build, attempt, rewinds, n_requests, ms }) => {
                (self.build, self.attempt, self.rewinds) = (build, attempt, rewinds);
                (self.n_requests, self.ms) = (n_requests, ms);
            }
        }
    }

    /// The state of `action`.
    pub fn action(&self, action: ActionId) -> ActionState {
        self.actions.get(action.index())
    }

    /// The state of `artifact`.
    pub fn artifact(&self, artifact: ArtifactId) -> ArtifactState {
        self.artifacts.get(artifact.index())
    }

    /// Whether the cache holds `blob` now.
    pub fn has_blob(&self, kind: CacheKind, blob: BlobId) -> bool {
        self.cache.contains(kind, blob)
    }

    /// Bytes that `self` does not share with `other`.
    pub(super) fn own_bytes(&self, other: &Self) -> usize {
        self.actions.own_bytes(&other.actions)
            + self.artifacts.own_bytes(&other.artifacts)
            + self.cache.own_bytes(&other.cache)
            + size_of::<Self>()
    }

    /// What is a plain number: all of it belongs here, or a step back would not take it back.
    fn counters(&self) -> Counters {
        Counters {
            build: self.build,
            attempt: self.attempt,
            rewinds: self.rewinds,
            n_requests: self.n_requests,
            ms: self.ms,
        }
    }

    fn change(&mut self, graph: &Graph, event: &Event, log: &mut impl Log) {
        match *event {
            Event::Clock { ms } => self.ms = ms,
            Event::Evicted { kind, blob, tier: Tier::Remote } => {
                self.set_blob(kind, blob, false, log);
            }
            Event::Evicted { tier: Tier::Disk, .. }
            | Event::Edited { .. }
            | Event::UploadCancelled { .. } => {}
            Event::Cleaned => {
                log.note(|| Undo::Artifacts(self.artifacts.clone()));
                self.artifacts.clear();
            }
            Event::ServerRestarted => {}
            Event::BuildStarted { build, attempt } => self.start_build(build, attempt, log),
            Event::Asked(request) => self.ask(request, log),
            Event::Reused { action } => self.set_action(action, ActionState::CacheHit, log),
            Event::CacheHit { action } => self.hit(graph, action, log),
            Event::CacheMiss { .. } => {}
            Event::Materialized { artifact, .. } => {
                self.set_artifact(artifact, ArtifactState::Local, log);
            }
            Event::LostInput { consumer, input, .. } => {
                self.set_action(consumer, ActionState::LostInput, log);
                self.set_artifact(input, ArtifactState::Lost, log);
            }
            Event::LossReported { consumer } => {
                self.set_action(consumer, ActionState::LostInput, log);
            }
            Event::LostOutput { artifact, .. } => {
                self.set_artifact(artifact, ArtifactState::Lost, log);
            }
            Event::Rewound { round, .. } => self.rewinds = round,
            Event::MarkedDirty { action, .. }
            | Event::Outdated { action, .. }
            | Event::Reset { action } => self.set_action(action, ActionState::Dirty, log),
            Event::Started { action } => self.set_action(action, ActionState::Running, log),
            Event::Executed { action, again } => self.executed(graph, action, again, log),
            Event::Made { action } => self.made(graph, action, log),
            Event::LeftRemote { action } => {
                for &output in graph.outputs(action) {
                    self.set_artifact(output, ArtifactState::Remote, log);
                }
            }
            Event::Failed { action, .. } => self.set_action(action, ActionState::Failed, log),
            Event::Skipped { action } => self.set_action(action, ActionState::Skipped, log),
            Event::Deleted { artifact } => self.set_artifact(artifact, ArtifactState::Remote, log),
            Event::Retrying { .. } | Event::BuildFinished { .. } => {}
        }
    }

    fn set_action(&mut self, action: ActionId, state: ActionState, log: &mut impl Log) {
        let before = self.actions.set(action.index(), state);
        log.note(|| Undo::Action(action, before));
    }

    fn set_artifact(&mut self, artifact: ArtifactId, state: ArtifactState, log: &mut impl Log) {
        let before = self.artifacts.set(artifact.index(), state);
        log.note(|| Undo::Artifact(artifact, before));
    }

    fn set_blob(&mut self, kind: CacheKind, blob: BlobId, held: bool, log: &mut impl Log) {
        let before = self.cache.set(kind, blob, held);
        log.note(|| Undo::Blob(kind, blob, before));
    }

    fn start_build(&mut self, build: u32, attempt: u32, log: &mut impl Log) {
        if attempt == 1 {
            self.rewinds = 0;
        }
        (self.build, self.attempt) = (build, attempt);
        log.note(|| Undo::Actions(self.actions.clone()));
        self.actions.clear();
        log.note(|| Undo::Artifacts(self.artifacts.clone()));
        self.artifacts.replace(ArtifactState::Lost, ArtifactState::NotReached);
    }

    fn ask(&mut self, request: Request, log: &mut impl Log) {
        if request.tier != Tier::Remote {
            return;
        }
        self.n_requests += 1;
        if request.verb == Verb::Put && request.status == Status::Ok {
            self.set_blob(request.kind, request.blob, true, log);
        }
    }

    fn hit(&mut self, graph: &Graph, action: ActionId, log: &mut impl Log) {
        self.set_action(action, ActionState::CacheHit, log);
        for &output in graph.outputs(action) {
            if self.artifact(output) != ArtifactState::Local {
                self.set_artifact(output, ArtifactState::Remote, log);
            }
        }
    }

    fn made(&mut self, graph: &Graph, action: ActionId, log: &mut impl Log) {
        self.set_action(action, ActionState::Executed, log);
        for &output in graph.outputs(action) {
            // What a symlink points at may be in the cache only.
            if graph.action_kind(action) == ActionKind::Internal {
                self.set_artifact(output, ArtifactState::Local, log);
            } else if self.artifact(output) == ArtifactState::NotReached {
                self.set_artifact(output, ArtifactState::Remote, log);
            }
        }
    }

    fn executed(&mut self, graph: &Graph, action: ActionId, again: bool, log: &mut impl Log) {
        let state = if again { ActionState::Reexecuted } else { ActionState::Executed };
        self.set_action(action, state, log);
        for &output in graph.outputs(action) {
            self.set_artifact(output, ArtifactState::Local, log);
        }
    }
}
