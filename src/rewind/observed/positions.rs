//! Where in an attempt what is asked: to look ahead.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::model::{ActionId, ActionKind, BlobId, CacheKind, Deed, ObservedDeed, Status, Verb};

use super::roles::Roles;

/// Positions of deeds, ascending.
#[derive(Default)]
pub struct Positions {
    all_lookups: Vec<usize>,
    lookups: HashMap<ActionId, Vec<usize>>,
    executions: HashMap<ActionId, Vec<usize>>,
    /// Executions by workers.
    remote: HashSet<usize>,
    reads: HashMap<BlobId, Vec<(usize, Status)>>,
    uploads: HashMap<BlobId, Vec<usize>>,
    lacked: HashMap<BlobId, Vec<usize>>,
    vain_questions: HashMap<BlobId, Vec<usize>>,
    confirmed: HashMap<ActionId, usize>,
}

impl Positions {
    /// Those of the deeds `within` all `deeds`.
    pub fn of(roles: &Roles, deeds: &[ObservedDeed], within: Range<usize>) -> Self {
        let mut positions = Self::default();
        let mut passed = HashSet::new();
        for at in within {
            match deeds[at].deed {
                Deed::Asked { verb: Verb::Get, kind: CacheKind::Ac, blob, .. } => {
                    positions.all_lookups.push(at);
                    if let Some(action) = roles.graph.action_of_key(blob) {
                        positions.lookups.entry(action).or_default().push(at);
                        positions.confirm(roles, action, at, &mut passed);
                    }
                }
                Deed::Asked { verb: Verb::Put, kind: CacheKind::Ac, blob: key, .. }
                | Deed::Executed { key, status: Status::Ok } => {
                    if matches!(deeds[at].deed, Deed::Executed { .. }) {
                        positions.remote.insert(at);
                    }
                    if let Some(action) = roles.graph.action_of_key(key) {
                        positions.executions.entry(action).or_default().push(at);
                    }
                }
                Deed::Asked { verb: Verb::Get, kind: CacheKind::Cas, blob, status } => {
                    positions.reads.entry(blob).or_default().push((at, status));
                }
                Deed::Asked { verb: Verb::Put, kind: CacheKind::Cas, blob, .. } => {
                    positions.uploads.entry(blob).or_default().push(at);
                }
                Deed::Asked { verb: Verb::Find, blob, status: Status::NotFound, .. } => {
                    positions.vain_questions.entry(blob).or_default().push(at);
                }
                Deed::Lacked { blob } => positions.lacked.entry(blob).or_default().push(at),
                _ => {}
            }
        }
        positions
    }

    /// A look-up needs the digests of all inputs: whoever makes one is done.
    fn confirm(
        &mut self,
        roles: &Roles,
        reader: ActionId,
        at: usize,
        passed: &mut HashSet<ActionId>,
    ) {
        let graph = roles.graph;
        let mut open = vec![reader];
        while let Some(reader) = open.pop() {
            for &input in graph.inputs(reader) {
                let Some(maker) = graph.producer(input) else { continue };
                if graph.action_kind(maker) == ActionKind::Spawn {
                    self.confirmed.entry(maker).or_insert(at);
                } else if passed.insert(maker) {
                    open.push(maker);
                }
            }
        }
    }

    /// The first execution of `action` at `at` or later, and before its next look-up.
    pub fn execution_of_round(&self, action: ActionId, at: usize) -> Option<usize> {
        let next = self.next_lookup(action, at + 1).unwrap_or(usize::MAX);
        self.next_execution(action, at).filter(|&execution| execution < next)
    }

    /// The first execution of `action` at `at` or later.
    pub fn next_execution(&self, action: ActionId, at: usize) -> Option<usize> {
        next(self.executions.get(&action)?, at)
    }

    /// The first execution of `action` on the client's machine at `at` or later.
    pub fn next_local(&self, action: ActionId, at: usize) -> Option<usize> {
        self.next_execution(action, at).filter(|execution| !self.remote.contains(execution))
    }

    /// Whether workers execute: then a client uploads what an execution needs before it.
    pub fn has_workers(&self) -> bool {
        !self.remote.is_empty()
    }

    /// The first look-up of `action` at `at` or later.
    pub fn next_lookup(&self, action: ActionId, at: usize) -> Option<usize> {
        next(self.lookups.get(&action)?, at)
    }

    /// How often any action asks for its entry `within` these deeds.
    pub fn n_lookups(&self, within: Range<usize>) -> usize {
        let all = &self.all_lookups;
        let n_before = |at: usize| all.partition_point(|&position| position < at);
        n_before(within.end).saturating_sub(n_before(within.start))
    }

    /// Whether `action` asks or executes at `at` or later.
    pub fn is_active(&self, action: ActionId, at: usize) -> bool {
        self.next_execution(action, at).is_some() || self.next_lookup(action, at).is_some()
    }

    /// Where the first reader of an output of `action` asks for its own entry.
    pub fn confirmed(&self, action: ActionId) -> Option<usize> {
        self.confirmed.get(&action).copied()
    }

    /// Reads of `blob` after `at` and before `end`.
    pub fn reads(
        &self,
        blob: BlobId,
        at: usize,
        end: usize,
    ) -> impl Iterator<Item = (usize, Status)> + '_ {
        let all = self.reads.get(&blob).map_or(&[][..], Vec::as_slice);
        let first = all.partition_point(|read| read.0 <= at);
        all[first..].iter().copied().take_while(move |read| read.0 < end)
    }

    /// How often `blob` is read in vain.
    pub fn n_vain(&self, blob: BlobId) -> usize {
        self.reads(blob, 0, usize::MAX).filter(|read| read.1 == Status::NotFound).count()
    }

    /// Whether `blob` is read in vain or lacked `within` these deeds.
    pub fn is_missed(&self, blob: BlobId, within: Range<usize>) -> bool {
        let mut reads = self.reads(blob, within.start, within.end);
        let lacked = self.lacked.get(&blob).and_then(|all| next(all, within.start));
        reads.any(|read| read.1 == Status::NotFound) || lacked.is_some_and(|at| at < within.end)
    }

    /// Whether somebody asks after `blob` `within` these deeds and it is not there.
    pub fn is_questioned(&self, blob: BlobId, within: Range<usize>) -> bool {
        let questions = self.vain_questions.get(&blob);
        questions.and_then(|all| next(all, within.start)).is_some_and(|at| at < within.end)
    }

    /// Whether `blob` is uploaded at `at` or later.
    pub fn is_uploaded(&self, blob: BlobId, at: usize) -> bool {
        self.uploads.get(&blob).is_some_and(|all| next(all, at).is_some())
    }
}

fn next(all: &[usize], at: usize) -> Option<usize> {
    all.get(all.partition_point(|&position| position < at)).copied()
}
