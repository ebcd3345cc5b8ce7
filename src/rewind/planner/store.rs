//! The remote cache as a server that checks, ages and evicts (W5, W6, P26-P29).

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use crate::model::{BlobId, Cache, CacheKind, Graph};

use crate::rewind::fault::{Report, What};
use crate::rewind::scenario::Scenario;
use crate::rewind::server::{Capacity, Lifetime};

/// When something was last used: clock and a serial number; never comes first.
pub type LastUse = Option<(u64, u64)>;

/// The remote cache.
pub struct Store {
    /// What it holds, and the bodies of entries as loaded.
    pub cache: Cache,
    lifetime: Lifetime,
    capacity: Capacity,
    /// Closures of entries present, and who refers to a blob: kept only where the lifetime asks.
    closures: HashMap<BlobId, Vec<BlobId>>,
    referrers: HashMap<BlobId, BTreeSet<BlobId>>,
    /// Least recent use first: kept only where somebody asks.
    ages: Option<Ages>,
    /// Blobs that look present to whoever asks: a fault took them without a word (P9).
    pretended: HashSet<BlobId>,
}

#[derive(Default)]
struct Ages {
    n_uses: u64,
    last: [HashMap<BlobId, (u64, u64)>; 2],
    order: [BTreeSet<(LastUse, BlobId)>; 2],
    cas_bytes: u64,
    n_entries: u64,
}

impl Store {
    /// `cache` behind the server of `scenario`.
    pub fn new(graph: &Graph, cache: &Cache, scenario: &Scenario) -> Self {
        let (lifetime, capacity) = (scenario.server.lifetime, scenario.server.capacity);
        let mut store = Self {
            cache: cache.clone(),
            lifetime,
            capacity,
            closures: HashMap::new(),
            referrers: HashMap::new(),
            ages: None,
            pretended: HashSet::new(),
        };
        if lifetime != Lifetime::Independent {
            for key in cache.ac.iter() {
                store.refer(key, cache.closure(graph, key));
            }
        }
        let asks_age = |what: &What| matches!(what, What::UnusedFor { .. });
        let is_limited = capacity != Capacity::default();
        if is_limited || scenario.faults.iter().any(|f| asks_age(&f.what)) {
            let mut ages = Ages::default();
            for (kind, half) in [(CacheKind::Ac, &cache.ac), (CacheKind::Cas, &cache.cas)] {
                for blob in half.iter() {
                    ages.add(graph, kind, blob);
                }
            }
            store.ages = Some(ages);
        }
        store
    }

    /// Whether it matters what an entry that is put refers to.
    pub fn keeps_closures(&self) -> bool {
        self.lifetime != Lifetime::Independent
    }

    /// Whether somebody who asks is told that `blob` is gone.
    pub fn is_gone(&self, blob: BlobId) -> bool {
        !self.cache.cas.contains(blob) && !self.pretends(blob)
    }

    /// Whether `blob` is gone although it looks present.
    pub fn pretends(&self, blob: BlobId) -> bool {
        !self.pretended.is_empty() && self.pretended.contains(&blob)
    }

    /// `blob` is used now (P27).
    pub fn touch(&mut self, kind: CacheKind, blob: BlobId, now: u64) {
        if let Some(ages) = &mut self.ages
            && self.cache.contains(kind, blob)
        {
            ages.touch(kind, blob, now);
        }
    }

    /// The entry `key` is served: it is used, and with it what the lifetime says.
    pub fn serve_entry(&mut self, key: BlobId, now: u64) {
        self.touch(CacheKind::Ac, key, now);
        if self.lifetime == Lifetime::TouchesBlobs && self.ages.is_some() {
            for blob in self.closures.get(&key).cloned().unwrap_or_default() {
                self.touch(CacheKind::Cas, blob, now);
            }
        }
    }

    /// `blob` is uploaded; `closure` is what an entry refers to. Call
    /// [`over_capacity`](Self::over_capacity) next.
    pub fn put(
        &mut self,
        graph: &Graph,
        kind: CacheKind,
        blob: BlobId,
        closure: Vec<BlobId>,
        now: u64,
    ) {
        let is_new = self.cache.insert(kind, blob);
        if !self.pretended.is_empty() && kind == CacheKind::Cas {
            self.pretended.remove(&blob);
        }
        if kind == CacheKind::Ac && self.keeps_closures() {
            self.unrefer(blob);
            self.refer(blob, closure);
        }
        if let Some(ages) = &mut self.ages {
            if is_new {
                ages.add(graph, kind, blob);
            }
            ages.touch(kind, blob, now);
        }
    }

    /// What has to go for the cache to be within its capacity, one at a time (P28).
    pub fn over_capacity(&self, kind: CacheKind) -> Option<BlobId> {
        let ages = self.ages.as_ref()?;
        let (held, limit) = match kind {
            CacheKind::Cas => (ages.cas_bytes, self.capacity.cas_bytes),
            CacheKind::Ac => (ages.n_entries, self.capacity.ac_entries),
        };
        if held <= limit? {
            return None;
        }
        ages.order[half(kind)].iter().map(|o| o.1).find(|&blob| !self.is_kept(kind, blob))
    }

    /// Everything that goes when `blob` is evicted, itself first; empty if it is not there or must
    /// stay (P29). What is returned has gone.
    pub fn evict(
        &mut self,
        graph: &Graph,
        kind: CacheKind,
        blob: BlobId,
        report: Report,
    ) -> Vec<(CacheKind, BlobId)> {
        let mut gone = Vec::new();
        if self.is_kept(kind, blob) || !self.remove(graph, kind, blob, report) {
            return gone;
        }
        gone.push((kind, blob));
        let mut next = VecDeque::from([(kind, blob)]);
        while self.lifetime == Lifetime::EvictsTogether
            && let Some((kind, blob)) = next.pop_front()
        {
            let others: Vec<(CacheKind, BlobId)> = match kind {
                CacheKind::Ac => {
                    let closure = self.closures.get(&blob).cloned().unwrap_or_default();
                    self.unrefer(blob);
                    closure.into_iter().map(|b| (CacheKind::Cas, b)).collect()
                }
                CacheKind::Cas => {
                    let keys = self.referrers.get(&blob).cloned().unwrap_or_default();
                    keys.into_iter().map(|k| (CacheKind::Ac, k)).collect()
                }
            };
            for (kind, blob) in others {
                if self.remove(graph, kind, blob, report) {
                    gone.push((kind, blob));
                    next.push_back((kind, blob));
                }
            }
        }
        for &(kind, blob) in &gone {
            if kind == CacheKind::Ac {
                self.unrefer(blob);
            }
        }
        gone
    }

    /// When `blob` was last used.
    pub fn last_use(&self, kind: CacheKind, blob: BlobId) -> LastUse {
        self.ages.as_ref().and_then(|ages| ages.last[half(kind)].get(&blob).copied())
    }

    /// A blob that an entry refers to is kept where the lifetime says so (W6 c).
    fn is_kept(&self, kind: CacheKind, blob: BlobId) -> bool {
        self.lifetime == Lifetime::KeepsBlobs
            && kind == CacheKind::Cas
            && self.referrers.get(&blob).is_some_and(|keys| !keys.is_empty())
    }

    fn remove(&mut self, graph: &Graph, kind: CacheKind, blob: BlobId, report: Report) -> bool {
        let was_there = self.cache.evict(kind, blob);
        if was_there && kind == CacheKind::Cas {
            match report {
                Report::Typed => self.pretended.remove(&blob),
                Report::Untyped => self.pretended.insert(blob),
            };
        }
        if let (true, Some(ages)) = (was_there, &mut self.ages) {
            ages.remove(graph, kind, blob);
        }
        was_there
    }

    fn refer(&mut self, key: BlobId, closure: Vec<BlobId>) {
        for &blob in &closure {
            self.referrers.entry(blob).or_default().insert(key);
        }
        self.closures.insert(key, closure);
    }

    fn unrefer(&mut self, key: BlobId) {
        for blob in self.closures.remove(&key).unwrap_or_default() {
            if let Some(keys) = self.referrers.get_mut(&blob) {
                keys.remove(&key);
            }
        }
    }
}

impl Ages {
    fn add(&mut self, graph: &Graph, kind: CacheKind, blob: BlobId) {
        self.order[half(kind)].insert((None, blob));
        self.last[half(kind)].remove(&blob);
        match kind {
            CacheKind::Ac => self.n_entries += 1,
            CacheKind::Cas => self.cas_bytes += graph.blobs().size_bytes(blob).unwrap_or(1),
        }
    }

    fn touch(&mut self, kind: CacheKind, blob: BlobId, now: u64) {
        self.n_uses += 1;
        let used = (now, self.n_uses);
        let before = self.last[half(kind)].insert(blob, used);
        self.order[half(kind)].remove(&(before, blob));
        self.order[half(kind)].insert((Some(used), blob));
    }

    fn remove(&mut self, graph: &Graph, kind: CacheKind, blob: BlobId) {
        let before = self.last[half(kind)].remove(&blob);
        self.order[half(kind)].remove(&(before, blob));
        match kind {
            CacheKind::Ac => self.n_entries -= 1,
            CacheKind::Cas => self.cas_bytes -= graph.blobs().size_bytes(blob).unwrap_or(1),
        }
    }
}

fn half(kind: CacheKind) -> usize {
    match kind {
        CacheKind::Ac => 0,
        CacheKind::Cas => 1,
    }
}
