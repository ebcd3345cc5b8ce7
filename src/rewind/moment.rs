//! The world after the first n events of a trace.

use crate::model::{
    ActionId, ActionKind, ArtifactId, BlobId, Cache, CacheKind, Graph, Id, Request, Status, Tier,
    Verb,
};

use super::trace::{Event, Trace};

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

/// The world after some events of a trace.
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
    pub actions: Vec<ActionState>,
    /// By artifact id.
    pub artifacts: Vec<ArtifactState>,
    /// What the cache holds.
    pub cache: Cache,
    /// Requests so far, over all builds.
    pub n_requests: usize,
}

impl Moment {
    /// The world before the first event: nothing reached, `cache` as loaded.
    pub fn start(graph: &Graph, cache: &Cache) -> Self {
        Self {
            step: 0,
            build: 0,
            attempt: 0,
            rewinds: 0,
            actions: vec![ActionState::default(); graph.n_actions()],
            artifacts: vec![ArtifactState::default(); graph.n_artifacts()],
            cache: cache.clone(),
            n_requests: 0,
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
        self.step += 1;
        match *event {
            Event::Evicted { kind, blob, tier: Tier::Remote } => {
                self.cache.evict(kind, blob);
            }
            Event::Clock { .. }
            | Event::Evicted { tier: Tier::Disk, .. }
            | Event::Edited { .. }
            | Event::UploadCancelled { .. } => {}
            Event::Cleaned => self.artifacts.fill(ArtifactState::NotReached),
            Event::ServerRestarted => {}
            Event::BuildStarted { build, attempt } => self.start_build(build, attempt),
            Event::Asked(request) => self.ask(request),
            Event::Reused { action } => self.actions[action.index()] = ActionState::CacheHit,
            Event::CacheHit { action } => self.hit(graph, action),
            Event::CacheMiss { .. } => {}
            Event::Materialized { artifact, .. } => {
                self.artifacts[artifact.index()] = ArtifactState::Local
            }
            Event::LostInput { consumer, input, .. } => {
                self.actions[consumer.index()] = ActionState::LostInput;
                self.artifacts[input.index()] = ArtifactState::Lost;
            }
            Event::LossReported { consumer } => {
                self.actions[consumer.index()] = ActionState::LostInput
            }
            Event::Outdated { action, .. } => self.actions[action.index()] = ActionState::Dirty,
            Event::LostOutput { artifact, .. } => {
                self.artifacts[artifact.index()] = ArtifactState::Lost
            }
            Event::Rewound { round, .. } => self.rewinds = round,
            Event::MarkedDirty { action, .. } => self.actions[action.index()] = ActionState::Dirty,
            Event::Reset { action } => self.actions[action.index()] = ActionState::Dirty,
            Event::Started { action } => self.actions[action.index()] = ActionState::Running,
            Event::Executed { action, again } => self.executed(graph, action, again),
            Event::Made { action } => self.made(graph, action),
            Event::LeftRemote { action } => {
                for output in graph.outputs(action) {
                    self.artifacts[output.index()] = ArtifactState::Remote;
                }
            }
            Event::Failed { action, .. } => self.actions[action.index()] = ActionState::Failed,
            Event::Skipped { action } => self.actions[action.index()] = ActionState::Skipped,
            Event::Deleted { artifact } => self.artifacts[artifact.index()] = ArtifactState::Remote,
            Event::Retrying { .. } | Event::BuildFinished { .. } => {}
        }
    }

    /// The state of `action`.
    pub fn action(&self, action: ActionId) -> ActionState {
        self.actions[action.index()]
    }

    /// The state of `artifact`.
    pub fn artifact(&self, artifact: ArtifactId) -> ArtifactState {
        self.artifacts[artifact.index()]
    }

    /// Whether the cache holds `blob` now.
    pub fn has_blob(&self, kind: CacheKind, blob: BlobId) -> bool {
        self.cache.contains(kind, blob)
    }

    fn start_build(&mut self, build: u32, attempt: u32) {
        if attempt == 1 {
            self.rewinds = 0;
        }
        (self.build, self.attempt) = (build, attempt);
        self.actions.fill(ActionState::NotReached);
        for state in &mut self.artifacts {
            if *state == ArtifactState::Lost {
                *state = ArtifactState::NotReached;
            }
        }
    }

    fn ask(&mut self, request: Request) {
        self.n_requests += 1;
        let is_remote = request.tier == Tier::Remote;
        if is_remote && request.verb == Verb::Put && request.status == Status::Ok {
            self.cache.insert(request.kind, request.blob);
        }
    }

    fn hit(&mut self, graph: &Graph, action: ActionId) {
        self.actions[action.index()] = ActionState::CacheHit;
        for output in graph.outputs(action) {
            let state = &mut self.artifacts[output.index()];
            if *state != ArtifactState::Local {
                *state = ArtifactState::Remote;
            }
        }
    }

    fn made(&mut self, graph: &Graph, action: ActionId) {
        self.actions[action.index()] = ActionState::Executed;
        for output in graph.outputs(action) {
            let state = &mut self.artifacts[output.index()];
            // What a symlink points at may be in the cache only.
            if graph.action_kind(action) == ActionKind::Internal {
                *state = ArtifactState::Local;
            } else if *state == ArtifactState::NotReached {
                *state = ArtifactState::Remote;
            }
        }
    }

    fn executed(&mut self, graph: &Graph, action: ActionId, again: bool) {
        self.actions[action.index()] =
            if again { ActionState::Reexecuted } else { ActionState::Executed };
        for output in graph.outputs(action) {
            self.artifacts[output.index()] = ArtifactState::Local;
        }
    }
}
