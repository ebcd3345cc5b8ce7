//! Requests counted by what is asked, of which cache, and what it answers.

use crate::model::{CacheKind, Request, Status, Tier, Verb};

const VERBS: [Verb; 3] = [Verb::Get, Verb::Put, Verb::Find];
const STATUSES: [Status; 3] = [Status::Ok, Status::NotFound, Status::Error];
const KINDS: [CacheKind; 2] = [CacheKind::Ac, CacheKind::Cas];
const TIERS: [Tier; 2] = [Tier::Remote, Tier::Disk];
const N_KINDS: usize = VERBS.len() * STATUSES.len() * KINDS.len() * TIERS.len();

/// How many requests of each kind there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RequestCounts([usize; N_KINDS]);

/// How many requests there are of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RequestCount {
    /// Which cache is asked.
    pub tier: Tier,
    /// Which half of it.
    pub kind: CacheKind,
    /// What is asked.
    pub verb: Verb,
    /// The answer.
    pub status: Status,
    /// How many.
    pub n: usize,
}

impl Default for RequestCounts {
    fn default() -> Self {
        Self([0; N_KINDS])
    }
}

impl RequestCounts {
    /// One more.
    pub fn add(&mut self, request: &Request) {
        self.0[index(request.tier, request.kind, request.verb, request.status)] += 1;
    }

    /// Every kind of request with its count, also of those that nobody makes: the remote cache
    /// first, AC first, reads first, successes first.
    pub fn all(&self) -> impl Iterator<Item = RequestCount> + '_ {
        let kinds = TIERS.into_iter().flat_map(|tier| KINDS.into_iter().map(move |k| (tier, k)));
        let asked = kinds.flat_map(|(tier, kind)| VERBS.into_iter().map(move |v| (tier, kind, v)));
        let answered = asked.flat_map(|(tier, kind, verb)| {
            STATUSES.into_iter().map(move |status| (tier, kind, verb, status))
        });
        answered.map(|(tier, kind, verb, status)| {
            let n = self.0[index(tier, kind, verb, status)];
            RequestCount { tier, kind, verb, status, n }
        })
    }

    /// How many requests to the remote cache `is_it`.
    pub fn remote(&self, is_it: impl Fn(&RequestCount) -> bool) -> usize {
        self.all().filter(|c| c.tier == Tier::Remote && is_it(c)).map(|c| c.n).sum()
    }

    /// Reads and existence checks of the remote cache.
    pub fn n_reads(&self) -> usize {
        self.remote(|count| count.verb != Verb::Put)
    }

    /// Reads and checks of the remote cache that found nothing.
    pub fn n_not_found(&self) -> usize {
        self.remote(|count| count.verb != Verb::Put && count.status == Status::NotFound)
    }

    /// Writes to the remote cache.
    pub fn n_writes(&self) -> usize {
        self.remote(|count| count.verb == Verb::Put)
    }

    /// Requests to the cache on disk.
    pub fn n_disk(&self) -> usize {
        self.all().filter(|count| count.tier == Tier::Disk).map(|count| count.n).sum()
    }
}

/// Whether the content of a blob goes over the network.
pub(super) fn moves_blob(request: &Request) -> bool {
    request.tier == Tier::Remote
        && request.kind == CacheKind::Cas
        && request.verb != Verb::Find
        && request.status == Status::Ok
}

fn index(tier: Tier, kind: CacheKind, verb: Verb, status: Status) -> usize {
    let tier = match tier {
        Tier::Remote => 0,
        Tier::Disk => 1,
    };
    let kind = match kind {
        CacheKind::Ac => 0,
        CacheKind::Cas => 1,
    };
    let verb = match verb {
        Verb::Get => 0,
        Verb::Put => 1,
        Verb::Find => 2,
    };
    let status = match status {
        Status::Ok => 0,
        Status::NotFound => 1,
        Status::Error => 2,
    };
    ((tier * KINDS.len() + kind) * VERBS.len() + verb) * STATUSES.len() + status
}
