//! What becomes of an action: it asks, hits, misses, executes, goes on (O5 to O8, O11).

use crate::model::{ActionId, ActionKind, BlobId, CacheKind, Id, Status, Verb};
use crate::rewind::trace::{Event, MissReason};

use super::tell::{Known, READERS_MAX, Teller};

impl Teller<'_> {
    /// O5, O6: an action asks for its entry.
    pub(super) fn look_up(
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

    pub(super) fn hit(&mut self, action: ActionId) {
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
    pub(super) fn execute(&mut self, action: ActionId, at: usize) {
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

    pub(super) fn store(
        &mut self,
        at: usize,
        key: BlobId,
        status: Status,
        owner: Option<ActionId>,
    ) {
        let action = self.graph().action_of_key(key);
        if let Some(action) = action {
            self.execute(action, at);
        }
        self.ask(Verb::Put, CacheKind::Ac, key, status, action.or(owner));
    }

    /// O11: `action` goes on although it was done: it was rewound for what was lost of it.
    pub(super) fn active_again(&mut self, action: ActionId, at: usize) {
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
}
