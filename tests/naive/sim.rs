//! What the interpreter knows: the caches, the client, the build that runs; and builds in a row.

use std::collections::{BTreeMap, BTreeSet};

use rewindow::model::{ActionId, ActionKind, ArtifactId, BlobId, Cache, Graph, Tier};
use rewindow::rewind::{
    Build, DownloadMode, Engine, Event, Halt, RemembersLost, Report, Scenario, When,
};

use super::caches::Store;
use super::content::Contents;
use super::faults::Struck;
use super::loss::Loss;
use super::world::{Entry, World};

/// What an action is at, within an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Waiting,
    Executing,
    /// It lost inputs, and the rewind for them has to wait (P16, P17).
    Lost,
    Done,
    Failed,
}

/// An execution that has started.
#[derive(Clone, Debug)]
pub struct Running {
    pub action: ActionId,
    pub end: u64,
    pub contents: Contents,
    pub key: Option<BlobId>,
    /// It had a hit, but a blob of it was gone (R3).
    pub fell_through: bool,
}

/// Uploads that have not ended.
#[derive(Clone, Debug)]
pub struct Upload {
    pub action: ActionId,
    pub end: u64,
    pub blobs: Vec<BlobId>,
    pub key: Option<BlobId>,
    pub entry: Entry,
}

/// What is known only while an attempt runs.
#[derive(Clone, Debug, Default)]
pub struct Run {
    pub need: BTreeSet<ActionId>,
    pub top_level: BTreeSet<ArtifactId>,
    pub state: BTreeMap<ActionId, State>,
    /// Lowest first (P4).
    pub rank: BTreeMap<ActionId, (u8, u64)>,
    pub executing: Vec<Running>,
    pub uploads: Vec<Upload>,
    /// Blobs this attempt has uploaded (P12).
    pub put: BTreeSet<(Tier, BlobId)>,
    /// Files fetched as inputs, to be deleted at the end where the engine does so (R7).
    pub temporary: BTreeSet<ArtifactId>,
    /// Outputs that count as remote although they were just made (R6).
    pub stay_remote: BTreeSet<ArtifactId>,
    /// Dirtied and not done again (P19).
    pub dirty: BTreeSet<ActionId>,
    pub times_dirty: BTreeMap<ActionId, u32>,
    /// Executed or taken from the cache in this attempt.
    pub was_done: BTreeSet<ActionId>,
    /// How often each was lost, with its content and without (P13, P15).
    pub losses: BTreeMap<(Option<ActionId>, ArtifactId, Option<BlobId>), u32>,
    /// Passes added (K7).
    pub passes: u32,
    /// Losses whose rewind has to wait.
    pub waiting: Vec<Loss>,
    /// What was asked for of outputs after their action, until that is dirtied (P8).
    pub asked_late: BTreeSet<ArtifactId>,
    /// The first tree of each content that was looked at for a worker (P40).
    pub subtrees: BTreeMap<BlobId, ArtifactId>,
    /// Outputs that a pass has tried to fetch (K7).
    pub queued: BTreeSet<ArtifactId>,
    pub halt: Option<Halt>,
    /// The exit code of what ended it first (P35).
    pub exit_code: u8,
    /// Nothing is taken any more.
    pub stop: bool,
    /// An output that is fetched after its action was found lost, and not rewound for.
    pub output_lost: bool,
}

/// How a build ended.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub events: std::ops::Range<usize>,
    pub success: bool,
    pub exit_code: u8,
    pub attempts: u32,
    pub rewinds: u32,
    pub halt: Option<Halt>,
    pub local: Vec<ArtifactId>,
    /// It stopped at a failure: what else had started depends on the order.
    pub stopped: bool,
    pub output_lost: bool,
    pub end_ms: u64,
}

#[derive(Clone, Debug)]
pub struct Sim<'a> {
    pub graph: &'a Graph,
    pub scenario: &'a Scenario,
    pub engine: Engine,
    pub world: World,
    pub events: Vec<Event>,
    pub clock: u64,
    pub told_clock: u64,
    pub n_uses: u64,
    pub remote: Store,
    pub disk: Option<Store>,
    pub faults: Vec<Struck>,
    /// A fault is striking.
    pub strikes: bool,
    /// Those that have struck, in order.
    pub struck: Vec<usize>,
    // Content.
    pub n_fresh: usize,
    pub fresh_keys: BTreeMap<(ActionId, Contents), BlobId>,
    pub fresh_outputs: BTreeMap<(ActionId, Contents), BTreeMap<ArtifactId, BlobId>>,
    /// What was yielded or edited last.
    pub now: BTreeMap<ArtifactId, BlobId>,
    // The client between builds.
    /// Derived files on disk and what is in them.
    pub files: BTreeMap<ArtifactId, Option<BlobId>>,
    /// Actions that succeeded, with the key they had, and that nothing has outdated since.
    pub valid: BTreeMap<ActionId, Option<BlobId>>,
    /// Outputs known by metadata only: their action was a hit that did not want them.
    pub remote_only: BTreeSet<ArtifactId>,
    pub lost_digests: BTreeSet<BlobId>,
    /// Those of the attempt, where they count from its end only (P18).
    pub lost_later: BTreeSet<BlobId>,
    pub mode: Option<DownloadMode>,
    /// The last attempt failed, in a build that lost something.
    pub failed_before: bool,
    pub lost_something: bool,
    /// When each action last had its outputs.
    pub made_at: BTreeMap<ActionId, u64>,
    // The build that runs.
    pub build: Build,
    pub run: Run,
    pub rewinds: u32,
    /// Actions rewound in this build (K8).
    pub rewound: BTreeSet<ActionId>,
    /// Whether the action that is looked at is dirty (P25).
    pub looks_at_dirty: bool,
}

impl<'a> Sim<'a> {
    pub fn new(graph: &'a Graph, cache: &Cache, scenario: &'a Scenario) -> Self {
        let world = World::new(graph);
        let store = |cache: &Cache| Store {
            ac: world.entries(graph, cache, &scenario.revisions),
            cas: cache.cas.iter().collect(),
            ..Store::default()
        };
        Self {
            graph,
            scenario,
            engine: scenario.engine,
            events: Vec::new(),
            clock: 0,
            told_clock: 0,
            n_uses: 0,
            remote: store(cache),
            disk: scenario.disk_cache.as_ref().map(store),
            faults: vec![Struck::default(); scenario.faults.len()],
            strikes: false,
            struck: Vec::new(),
            n_fresh: 0,
            fresh_keys: BTreeMap::new(),
            fresh_outputs: BTreeMap::new(),
            now: BTreeMap::new(),
            files: BTreeMap::new(),
            valid: BTreeMap::new(),
            remote_only: BTreeSet::new(),
            lost_digests: BTreeSet::new(),
            lost_later: BTreeSet::new(),
            mode: None,
            failed_before: false,
            lost_something: false,
            made_at: BTreeMap::new(),
            build: scenario.builds[0].clone(),
            run: Run::default(),
            rewinds: 0,
            rewound: BTreeSet::new(),
            looks_at_dirty: false,
            world,
        }
    }

    /// Notes an event, after whatever comes before it.
    pub fn note(&mut self, event: Event) {
        self.settle();
        assert!(self.events.len() < 300_000, "the interpreter does not end");
        self.events.push(event);
    }

    /// The clock, if it has moved (P1), and faults that wait for a step (P30).
    pub fn settle(&mut self) {
        self.strike_steps();
        if self.told_clock != self.clock {
            self.told_clock = self.clock;
            self.events.push(Event::Clock { ms: self.clock });
            self.strike_steps();
        }
    }

    /// Moves the clock on, stopping at the faults on the way.
    pub fn pass_time(&mut self, until: u64) {
        while let Some(at) = self.next_fault_time().filter(|&at| at <= until) {
            self.clock = self.clock.max(at);
            self.strike_times();
        }
        self.clock = self.clock.max(until);
    }

    pub fn next_fault_time(&self) -> Option<u64> {
        let faults = self.scenario.faults.iter().zip(&self.faults).filter(|f| !f.1.struck);
        let times = faults.filter_map(|(fault, _)| match fault.when {
            When::AtTime(ms) => Some(ms),
            _ => None,
        });
        times.min()
    }

    /// One build, with everything that precedes it.
    pub fn build(&mut self, index: usize) -> Outcome {
        let first_event = self.events.len();
        self.build = self.scenario.builds[index].clone();
        self.before(index);
        self.rewinds = 0;
        self.rewound.clear();
        self.lost_something = false;
        let mut attempts = 0;
        loop {
            attempts += 1;
            self.note(Event::BuildStarted { build: index as u32, attempt: attempts });
            self.attempt(attempts);
            if !self.would_retry() || attempts > self.engine.retries {
                break;
            }
            self.note(Event::Retrying { attempt: attempts });
        }
        let halt = self.run.halt;
        let exit_code = match halt {
            None => 0,
            Some(_) if self.would_retry() && self.engine.retries > 0 => {
                self.engine.exit_on_retries_spent
            }
            Some(_) => self.run.exit_code,
        };
        let success = halt.is_none();
        if success {
            // P18.
            self.lost_digests.clear();
        }
        self.note(Event::BuildFinished { build: index as u32, success, exit_code });
        Outcome {
            events: first_event..self.events.len(),
            success,
            exit_code,
            attempts,
            rewinds: self.rewinds,
            halt,
            local: self.files.keys().copied().collect(),
            stopped: self.run.stop,
            output_lost: self.run.output_lost,
            end_ms: self.clock,
        }
    }

    /// P20.
    fn would_retry(&self) -> bool {
        match self.run.halt {
            Some(Halt::LostInputs) => true,
            Some(Halt::LostOutput) => self.engine.retries_lost_outputs,
            _ => false,
        }
    }

    /// What precedes a build.
    fn before(&mut self, index: usize) {
        self.run = Run::default();
        let build = self.build.clone();
        self.pass_time(self.clock + build.wait_ms);
        if build.clean {
            self.files.clear();
            self.valid.clear();
            self.remote_only.clear();
            self.lost_digests.clear();
            self.mode = None;
            self.failed_before = false;
            self.note(Event::Cleaned);
        }
        if build.restart {
            self.lost_digests.clear();
            self.note(Event::ServerRestarted);
        }
        if let Some(edit) = build.edit {
            let revision = self.scenario.revisions[edit].clone();
            self.world.edit(&revision);
            for (artifact, blob) in revision.artifacts {
                let producer = self.world.producer.get(&artifact).copied();
                match producer {
                    None => {
                        self.now.remove(&artifact);
                        self.note(Event::Edited { artifact, blob });
                    }
                    // It has no key that an edit could change.
                    Some(action) if self.world.actions[&action].kind == ActionKind::Internal => {
                        self.valid.remove(&action);
                    }
                    Some(_) => {}
                }
            }
        }
        for artifact in build.edit_sources {
            let blob = self.fresh();
            self.now.insert(artifact, blob);
            for consumer in self.world.consumers(&[artifact]) {
                self.valid.remove(&consumer);
            }
            self.note(Event::Edited { artifact, blob });
        }
        for eviction in build.evict {
            self.evict(Tier::Remote, eviction.kind, eviction.blob, Report::Typed);
        }
        self.strike(|when| *when == When::BeforeBuild(index as u32));
    }

    fn attempt(&mut self, number: u32) {
        self.run = Run::default();
        self.forget_invalid(number == 1 && self.build.restart, number > 1);
        self.run.need = self.world.need(&self.build);
        self.run.top_level = self.world.top_level(&self.build);
        self.run.state = self.run.need.iter().map(|&a| (a, State::Waiting)).collect();
        self.rank();
        self.work();
        self.end_uploads();
        if !self.engine.keeps_fetched_inputs {
            for artifact in std::mem::take(&mut self.run.temporary) {
                if self.files.remove(&artifact).is_some() {
                    self.note(Event::Deleted { artifact });
                }
            }
        }
        if self.engine.remembers_lost == RemembersLost::FromNextAttempt {
            self.lost_digests.extend(std::mem::take(&mut self.lost_later));
        }
        for action in self.run.need.clone() {
            if matches!(self.run.state[&action], State::Waiting | State::Lost) {
                self.note(Event::Skipped { action });
            }
        }
        self.mode = Some(self.build.download);
        self.failed_before = self.run.halt.is_some() && self.lost_something;
    }
}
