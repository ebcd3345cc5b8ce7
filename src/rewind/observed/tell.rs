//! Turns deeds into events, attempt by attempt.

use std::collections::{HashMap, HashSet};

use crate::model::{
    ActionId, BlobId, Cache, CacheKind, Deed, Graph, Id, IdSet, Observed, ObservedDeed, Request,
    Status, Tier, Verb,
};
use crate::rewind::trace::{BuildOutcome, Event, Halt, Trace};

use super::before::evictions;
use super::positions::Positions;
use super::roles::Roles;
use super::split::{Stretch, split};
use super::tell_losses::Losses;

/// The clock is told when it has moved on by that much.
const CLOCK_MS: u64 = 1000;
/// A blob that more commands read tells nothing of who reads it.
pub(super) const READERS_MAX: usize = 64;

/// The trace of `observed`.
pub fn tell(roles: &Roles, cache: &Cache, observed: &Observed) -> Trace {
    let mut teller = Teller::new(roles, cache, observed);
    // What was shown before it was gone is evicted on the way.
    for eviction in evictions(roles.graph, cache, observed) {
        teller.evict(eviction.kind, eviction.blob);
    }
    let stretches = split(roles, observed);
    let mut first_event = 0;
    for (i, stretch) in stretches.iter().enumerate() {
        let next = stretches.get(i + 1);
        teller.attempt(stretch);
        match next {
            Some(next) if next.build == stretch.build => {
                teller.events.push(Event::Retrying { attempt: stretch.attempt });
            }
            _ => {
                let first = std::mem::replace(&mut first_event, 0);
                first_event = teller.end_build(stretch, next.is_none(), first);
            }
        }
    }
    let n_builds = stretches.last().map_or(0, |last| last.build as usize + 1);
    let mut trace = Trace { events: teller.events, builds: teller.builds };
    if trace.builds.len() < n_builds {
        trace.builds.clear();
    }
    trace
}

/// What is known of an action in the attempt at hand.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Known {
    /// Nothing yet.
    #[default]
    Nothing,
    /// It has asked, and there is an entry.
    Asked,
    /// It has to execute.
    Open,
    /// It has found an input lost.
    Lost,
    /// Its outputs are there.
    Done,
}

/// Tells one log.
pub(super) struct Teller<'a> {
    pub(super) roles: &'a Roles<'a>,
    pub(super) observed: &'a Observed,
    pub(super) events: Vec<Event>,
    builds: Vec<BuildOutcome>,
    /// What the cache holds now, as far as the log tells.
    held: [IdSet<BlobId>; 2],
    /// Of the attempt at hand.
    pub(super) known: Vec<Known>,
    pub(super) positions: Positions,
    /// Reads in vain that turn a hit into a miss: of whom.
    pub(super) turned: HashMap<usize, ActionId>,
    /// Hits that show only after a later deed, which fetches an output.
    pub(super) settled: HashMap<usize, Vec<ActionId>>,
    /// Positions of executions that are told already.
    pub(super) told: HashSet<(ActionId, usize)>,
    /// Actions that were done before in the attempt.
    pub(super) done: HashSet<ActionId>,
    pub(super) made: HashSet<ActionId>,
    /// What was missed so far, in any attempt.
    pub(super) missed: HashSet<BlobId>,
    pub(super) losses: Losses,
    pub(super) n_rewinds: u32,
    first_ms: Option<i64>,
    clock_ms: u64,
}

impl<'a> Teller<'a> {
    fn new(roles: &'a Roles<'a>, cache: &Cache, observed: &'a Observed) -> Self {
        Self {
            roles,
            observed,
            events: Vec::with_capacity(observed.deeds.len() * 2),
            builds: Vec::new(),
            held: [cache.ac.clone(), cache.cas.clone()],
            known: vec![Known::Nothing; roles.graph.n_actions()],
            positions: Positions::default(),
            turned: HashMap::new(),
            settled: HashMap::new(),
            told: HashSet::new(),
            done: HashSet::new(),
            made: HashSet::new(),
            missed: HashSet::new(),
            losses: Losses::default(),
            n_rewinds: 0,
            first_ms: observed.deeds.iter().find_map(|deed| deed.at_ms),
            clock_ms: 0,
        }
    }

    pub(super) fn graph(&self) -> &'a Graph {
        self.roles.graph
    }

    pub(super) fn known(&mut self, action: ActionId) -> &mut Known {
        &mut self.known[action.index()]
    }

    fn attempt(&mut self, stretch: &Stretch) {
        let deeds = &self.observed.deeds;
        self.positions = Positions::of(self.roles, deeds, stretch.deeds.clone());
        self.known.fill(Known::Nothing);
        for map in [&mut self.done, &mut self.made] {
            map.clear();
        }
        self.turned.clear();
        self.settled.clear();
        self.told.clear();
        if stretch.attempt == 1 {
            self.n_rewinds = 0;
        }
        let Stretch { build, attempt, .. } = *stretch;
        let first_event = self.events.len();
        self.losses = Losses::default();
        self.events.push(Event::BuildStarted { build, attempt });
        for at in stretch.deeds.clone() {
            let deed = deeds[at];
            self.clock(deed.at_ms);
            self.deed(at, &deed);
            for action in self.settled.remove(&at).unwrap_or_default() {
                self.hit(action);
            }
        }
        self.tell_failures(first_event);
    }

    /// The end of a build, if it is told (O12). The position after its last event.
    fn end_build(&mut self, stretch: &Stretch, is_last: bool, first_event: usize) -> usize {
        let of_deed = |deed: &ObservedDeed| deed.invocation;
        let invocation = self.observed.deeds[stretch.deeds.clone()].iter().rev().find_map(of_deed);
        let invocation = invocation.and_then(|i| self.observed.invocations.get(i as usize));
        let told = invocation.and_then(|invocation| invocation.exit_code);
        let last = self.observed.exit_code.filter(|_| is_last);
        let verdict = self.observed.success.filter(|_| is_last);
        let exit_code = match (told.or(last), verdict) {
            (Some(code), _) => code,
            (None, Some(true)) => 0,
            (None, Some(false)) => Event::EXIT_CODE_UNKNOWN,
            (None, None) => return self.events.len(),
        };
        let (success, build) = (exit_code == 0, stretch.build);
        self.events.push(Event::BuildFinished { build, success, exit_code });
        let is_failure = |event: &Event| matches!(event, Event::Failed { .. });
        let has_failed = self.events[first_event..].iter().any(is_failure);
        self.builds.push(BuildOutcome {
            first_event,
            end_event: self.events.len(),
            success,
            exit_code,
            message: String::new(),
            attempts: stretch.attempt,
            rewinds: self.n_rewinds,
            halt: (!success && has_failed).then_some(Halt::LostInputs),
            local: Vec::new(),
        });
        self.events.len()
    }

    fn clock(&mut self, at_ms: Option<i64>) {
        let (Some(at_ms), Some(first)) = (at_ms, self.first_ms) else { return };
        let ms = u64::try_from(at_ms.saturating_sub(first)).unwrap_or(0);
        if ms >= self.clock_ms + CLOCK_MS {
            self.clock_ms = ms;
            self.events.push(Event::Clock { ms });
        }
    }

    fn half(&mut self, kind: CacheKind) -> &mut IdSet<BlobId> {
        &mut self.held[usize::from(kind == CacheKind::Cas)]
    }

    fn evict(&mut self, kind: CacheKind, blob: BlobId) {
        if self.half(kind).remove(blob) {
            self.events.push(Event::Evicted { kind, blob, tier: Tier::Remote });
        }
    }

    fn deed(&mut self, at: usize, deed: &ObservedDeed) {
        match deed.deed {
            Deed::Asked { verb, kind, blob, status } => {
                self.hold(verb, kind, blob, status);
                match (kind, verb) {
                    (CacheKind::Ac, Verb::Put) => self.store(at, blob, status, deed.owner),
                    (CacheKind::Ac, _) => self.look_up(at, verb, blob, status, deed.owner),
                    (CacheKind::Cas, Verb::Get) => self.read(at, blob, status, deed.owner),
                    (CacheKind::Cas, _) => self.upload(at, verb, blob, status, deed.owner),
                }
            }
            Deed::Executed { key, status } => {
                let action = self.graph().action_of_key(key);
                if let Some(action) = action.filter(|_| status == Status::Ok) {
                    self.execute(action, at);
                    self.events.push(Event::LeftRemote { action });
                }
            }
            Deed::Lacked { blob } => {
                self.missed.insert(blob);
                self.lose(at, blob, deed.owner);
            }
        }
    }

    /// What was there and no longer is has been evicted (O4).
    fn hold(&mut self, verb: Verb, kind: CacheKind, blob: BlobId, status: Status) {
        match (verb, kind, status) {
            (Verb::Get, CacheKind::Cas, Status::NotFound) => self.missed.insert(blob),
            (Verb::Put, CacheKind::Cas, Status::Ok) => self.missed.remove(&blob),
            _ => false,
        };
        match (verb, status) {
            (_, Status::Ok) => {
                self.half(kind).insert(blob);
            }
            (Verb::Get | Verb::Find, Status::NotFound) => self.evict(kind, blob),
            _ => {}
        }
    }

    pub(super) fn ask(
        &mut self,
        verb: Verb,
        kind: CacheKind,
        blob: BlobId,
        status: Status,
        owner: Option<ActionId>,
    ) {
        let tier = Tier::Remote;
        self.events.push(Event::Asked(Request { verb, tier, kind, blob, status, owner }));
    }
}
