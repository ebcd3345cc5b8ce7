//! Turns deeds into events, attempt by attempt.

use std::collections::{HashMap, HashSet};

use crate::model::{
    ActionId, ActionKind, BlobId, Cache, CacheKind, Deed, Graph, Id, IdSet, Observed, ObservedDeed,
    Request, Status, Tier, Verb,
};
use crate::rewind::trace::{BuildOutcome, Event, FailReason, Halt, MissReason, Trace};

use super::before::evictions;
use super::positions::Positions;
use super::roles::Roles;
use super::split::{Stretch, split};
use super::tell_losses::Losses;

/// The clock is told when it has moved on by that much.
const CLOCK_MS: u64 = 1000;
/// A blob that more commands read tells nothing of who reads it.
const READERS_MAX: usize = 64;

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
    turned: HashMap<usize, ActionId>,
    /// Hits that show only after a later deed, which fetches an output.
    settled: HashMap<usize, Vec<ActionId>>,
    /// Positions of executions that are told already.
    told: HashSet<(ActionId, usize)>,
    /// Actions that were done before in the attempt.
    done: HashSet<ActionId>,
    made: HashSet<ActionId>,
    /// What was missed so far, in any attempt.
    missed: HashSet<BlobId>,
    pub(super) losses: Losses,
    n_rewinds: u32,
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

    fn ask(
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

    /// O5, O6: an action asks for its entry.
    fn look_up(
        &mut self,
        at: usize,
        verb: Verb,
        key: BlobId,
        status: Status,
        owner: Option<ActionId>,
    ) {
        let Some(action) = self.graph().action_of_key(key) else {
            return self.ask(verb, CacheKind::Ac, key, status, owner);
        };
        self.active_again(action, at);
        self.need_inputs(action, at);
        self.ask(verb, CacheKind::Ac, key, status, Some(action));
        *self.known(action) = Known::Open;
        let reason = match status {
            Status::NotFound => MissReason::NoEntry,
            Status::Error => MissReason::Broken,
            Status::Ok => {
                *self.known(action) = Known::Asked;
                return self.look_ahead(action, at);
            }
        };
        self.events.push(Event::CacheMiss { action, reason });
    }

    /// O6: whether the entry that `action` found at `at` is taken, and when that shows.
    fn look_ahead(&mut self, action: ActionId, at: usize) {
        let execution = self.positions.execution_of_round(action, at);
        let confirmed = self.positions.confirmed(action).filter(|&reader| reader > at);
        let next = self.positions.next_lookup(action, at + 1);
        let ends = [execution, confirmed, next].into_iter().flatten();
        let end = ends.min().unwrap_or(usize::MAX);
        let reads: Vec<(usize, Status)> = self
            .yields(action)
            .into_iter()
            .filter_map(|blob| self.positions.reads(blob, at, end).next())
            .collect();
        let vain = reads.iter().filter(|read| read.1 == Status::NotFound).map(|read| read.0);
        if let Some(vain) = vain.min()
            && (execution.is_some() || self.goes_on(action, vain))
            && (self.observed.n_rewinds == 0 || self.positions.n_lookups(at + 1..vain) == 0)
        {
            self.turned.insert(vain, action);
            return;
        }
        let is_refused = match execution {
            Some(execution) => !self.is_lost_within(action, at..execution),
            None => {
                let named = self.yields(action).into_iter().any(|b| self.missed.contains(&b));
                named && confirmed.is_none() && self.goes_on(action, at)
            }
        };
        if is_refused {
            return self.refuse(action);
        }
        let last = match confirmed {
            Some(_) => reads.iter().map(|read| read.0).max(),
            // Nobody confirms it: only the reads that follow at once are surely its own.
            None => (at + 1..).take_while(|next| reads.iter().any(|read| read.0 == *next)).last(),
        };
        match last {
            Some(last) => self.settled.entry(last).or_default().push(action),
            None => self.hit(action),
        }
    }

    /// Whether `action` fetches an input after `at` that nobody else can be fetching: it is to
    /// execute.
    fn goes_on(&self, action: ActionId, at: usize) -> bool {
        let graph = self.graph();
        let derived = graph.inputs(action).iter().filter(|&&i| graph.producer(i).is_some());
        let mut blobs = derived.filter_map(|&input| graph.blob(input));
        blobs.any(|blob| {
            let Some((read, _)) = self.positions.reads(blob, at, usize::MAX).next() else {
                return false;
            };
            let readers = self.roles.readers(blob, READERS_MAX);
            let mut others = readers.iter().filter(|&&reader| reader != action);
            let is_idle = |other: &ActionId| self.known[other.index()] != Known::Open;
            readers.len() <= READERS_MAX
                && others.clone().all(is_idle)
                && (others.next().is_none() || self.positions.n_lookups(at + 1..read) == 0)
        })
    }

    /// Whether something that `action` yields is missed `within` these deeds: then it was done.
    fn is_lost_within(&self, action: ActionId, within: std::ops::Range<usize>) -> bool {
        // Before a reader asks, only the action itself asks after what it yields: to upload it.
        let read = self.positions.confirmed(action).filter(|at| within.contains(at));
        let asked = read.map_or(0..0, |read| read..within.end);
        self.yields(action).into_iter().any(|blob| {
            self.positions.is_missed(blob, within.clone())
                || self.positions.is_questioned(blob, asked.clone())
        })
    }

    /// There is an entry and it is not taken, although nothing was fetched in vain: it names what
    /// was found lost before.
    fn refuse(&mut self, action: ActionId) {
        let named = self.yields(action).into_iter().find(|blob| self.missed.contains(blob));
        let reason = named.map_or(MissReason::Broken, MissReason::NamesLost);
        *self.known(action) = Known::Open;
        self.events.push(Event::CacheMiss { action, reason });
    }

    /// What `action` yields, as far as the graph tells.
    fn yields(&self, action: ActionId) -> Vec<BlobId> {
        let graph = self.graph();
        let digests = graph.digests(action);
        let outputs = graph.outputs(action).iter();
        let all = outputs.flat_map(|&o| {
            std::iter::once(&o).chain(graph.tree_files(o)).copied().collect::<Vec<_>>()
        });
        let contents = all.filter_map(|artifact| graph.blob(artifact));
        contents.chain(digests.stdout).chain(digests.stderr).collect()
    }

    fn hit(&mut self, action: ActionId) {
        if *self.known(action) == Known::Asked {
            *self.known(action) = Known::Done;
            self.done.insert(action);
            self.events.push(Event::CacheHit { action });
        }
    }

    /// O7: who asks has all its inputs: their producers are done.
    fn need_inputs(&mut self, reader: ActionId, at: usize) {
        let graph = self.graph();
        let mut walk = vec![(reader, 0)];
        while let Some((action, next)) = walk.last_mut() {
            let Some(&input) = graph.inputs(*action).get(*next) else {
                if let (action, _) = (*action, walk.pop())
                    && action != reader
                {
                    self.events.push(Event::Made { action });
                }
                continue;
            };
            *next += 1;
            let Some(maker) = graph.producer(input) else { continue };
            if graph.action_kind(maker) != ActionKind::Spawn {
                if self.made.insert(maker) {
                    walk.push((maker, 0));
                }
            } else {
                match *self.known(maker) {
                    Known::Open => self.execute(maker, at),
                    Known::Asked => self.hit(maker),
                    _ => {}
                }
            }
        }
    }

    /// O8: the outputs of `action` are there, although it did not take them from its entry.
    fn execute(&mut self, action: ActionId, at: usize) {
        let execution = self.positions.next_execution(action, at).unwrap_or(usize::MAX);
        if !self.told.insert((action, execution)) {
            return;
        }
        self.active_again(action, at);
        let again = !self.done.insert(action);
        *self.known(action) = Known::Done;
        self.losses.forget(action);
        self.events.push(Event::Started { action });
        self.events.push(Event::Executed { action, again });
    }

    fn store(&mut self, at: usize, key: BlobId, status: Status, owner: Option<ActionId>) {
        let action = self.graph().action_of_key(key);
        if let Some(action) = action {
            self.execute(action, at);
        }
        self.ask(Verb::Put, CacheKind::Ac, key, status, action.or(owner));
    }

    /// Whether `action` may have executed just now: its entry is stored later, or, where the log
    /// ends before, it had to execute and nobody else uploads what it yields.
    fn is_ready(&self, action: ActionId, at: usize) -> bool {
        let known = self.known[action.index()];
        match self.positions.next_execution(action, at) {
            None => known == Known::Open && !self.positions.has_workers(),
            Some(_) => {
                let execution = self.positions.next_local(action, at);
                let is_new = |execution| !self.told.contains(&(action, execution));
                known != Known::Nothing && execution.is_some_and(is_new)
            }
        }
    }

    /// Whether `action` has executed and its entry is still to be stored.
    fn is_uploading(&self, action: ActionId, at: usize) -> bool {
        let execution = self.positions.next_local(action, at);
        execution.is_some_and(|execution| self.told.contains(&(action, execution)))
    }

    /// O8, O9: an upload, or the question before it.
    fn upload(
        &mut self,
        at: usize,
        verb: Verb,
        blob: BlobId,
        status: Status,
        owner: Option<ActionId>,
    ) {
        let uploaders: Vec<ActionId> = self.roles.uploaders(blob).collect();
        let near = |is: &dyn Fn(&Self, ActionId) -> bool| -> Vec<ActionId> {
            let mine = uploaders.iter().copied().filter(|&a| owner.is_none_or(|o| o == a));
            let mut found: Vec<ActionId> = mine.filter(|&action| is(self, action)).collect();
            found.dedup();
            found
        };
        let uploading = near(&|teller, action| teller.is_uploading(action, at));
        // Who has its outputs from its entry has nothing to offer.
        let is_open = |teller: &Self, action: ActionId| {
            verb == Verb::Put || teller.known[action.index()] == Known::Open
        };
        let ready = near(&|teller, action| is_open(teller, action) && teller.is_ready(action, at));
        let who = match (&uploading[..], &ready[..]) {
            (&[], &[only]) => {
                self.execute(only, at);
                Some(only)
            }
            (&[only], &[]) => Some(only),
            _ => None,
        };
        self.ask(verb, CacheKind::Cas, blob, status, owner.or(who));
        let is_offered = uploaders.iter().any(|&action| is_open(self, action))
            || !uploading.is_empty()
            || uploaders.is_empty();
        let is_question = verb == Verb::Put || is_offered && self.positions.is_uploaded(blob, at);
        if status == Status::NotFound && !is_question {
            self.lose_asked(at, blob, owner);
        }
    }

    fn read(&mut self, at: usize, blob: BlobId, status: Status, owner: Option<ActionId>) {
        if let Some(&action) = self.turned.get(&at) {
            self.ask(Verb::Get, CacheKind::Cas, blob, status, Some(action));
            *self.known(action) = Known::Open;
            let reason = MissReason::BlobLost(blob);
            return self.events.push(Event::CacheMiss { action, reason });
        }
        if status == Status::NotFound {
            return self.lose_read(at, blob, owner);
        }
        let hit = self.settling(blob);
        let owner = owner.or(hit).or_else(|| self.only_reader(blob));
        self.ask(Verb::Get, CacheKind::Cas, blob, status, owner);
        let artifact = self.roles.artifact_near(blob, owner);
        let artifact = artifact.filter(|&artifact| !self.graph().is_in_memory(artifact));
        if let (Some(artifact), Status::Ok) = (artifact, status) {
            let for_action =
                owner.filter(|owner| !self.graph().outputs(*owner).contains(&artifact));
            self.events.push(Event::Materialized { artifact, for_action });
        }
    }

    /// The only action that has found its entry and may be fetching its output `blob`.
    fn settling(&self, blob: BlobId) -> Option<ActionId> {
        let is_asked = |action: &&ActionId| self.known[action.index()] == Known::Asked;
        let mut asked = self.roles.makers(blob).iter().filter(is_asked);
        asked.next().copied().filter(|_| asked.next().is_none())
    }

    /// The only action that has to execute and reads `blob`.
    fn only_reader(&self, blob: BlobId) -> Option<ActionId> {
        let readers = self.roles.readers(blob, READERS_MAX);
        let is_open = |action: &&ActionId| self.known[action.index()] == Known::Open;
        let mut open = readers.iter().filter(is_open);
        let only = open.next().copied().filter(|_| open.next().is_none());
        only.filter(|_| readers.len() <= READERS_MAX)
    }

    /// O11: `action` goes on although it was done: it was rewound for what was lost of it.
    fn active_again(&mut self, action: ActionId, at: usize) {
        let mut is_marked = !self.done.contains(&action);
        for consumer in self.losses.take_of(action) {
            if self.losses.begin_round(consumer) {
                self.n_rewinds += 1;
                self.events.push(Event::Rewound { consumer, round: self.n_rewinds });
            }
            if !std::mem::replace(&mut is_marked, true) {
                self.events.push(Event::MarkedDirty { action, consumer });
            }
            if let Some(consumer) = consumer
                && *self.known(consumer) == Known::Lost
                && self.positions.is_active(consumer, at)
            {
                *self.known(consumer) = Known::Open;
                self.events.push(Event::Reset { action: consumer });
            }
        }
    }

    /// O10: who lost an input and did not go on has failed, right after its last loss.
    fn tell_failures(&mut self, first_event: usize) {
        let mut last: HashMap<ActionId, usize> = HashMap::new();
        for (at, event) in self.events.iter().enumerate().skip(first_event) {
            if let Event::LostInput { consumer, .. } | Event::LossReported { consumer } = event
                && self.known[consumer.index()] == Known::Lost
            {
                last.insert(*consumer, at);
            }
        }
        let is_over = |action: &ActionId| self.known[action.index()] == Known::Open;
        let named: Vec<ActionId> = self.observed.failed.iter().copied().filter(is_over).collect();
        let reason = FailReason::LostInputs;
        let rest = self.events.split_off(first_event);
        for (i, event) in rest.into_iter().enumerate() {
            self.events.push(event);
            if let Event::LostInput { consumer, .. } | Event::LossReported { consumer } = event
                && last.get(&consumer) == Some(&(first_event + i))
            {
                self.events.push(Event::Failed { action: consumer, reason });
            }
        }
        self.events.extend(named.into_iter().map(|action| Event::Failed { action, reason }));
    }
}
