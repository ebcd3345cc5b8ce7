//! Requests to the caches: the disk cache first, then the remote one (P25).

use crate::model::{ActionId, BlobId, Cache, CacheKind, IdSet, Request, Status, Tier, Verb};

use crate::rewind::engine::{ForgetsLost, RemembersLost};
use crate::rewind::server::CachePolicy;
use crate::rewind::trace::Event;

use super::Planner;

/// What a read comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// The content.
    Found,
    /// That it is gone.
    Gone,
    /// An error that does not say that it is gone (P9).
    Failed,
}

impl Planner<'_> {
    /// Reads `blob` from the CAS on behalf of `owner`.
    pub fn read(&mut self, owner: Option<ActionId>, blob: BlobId) -> Answer {
        self.settle();
        if let Some(disk) = &self.world.disk_cache {
            let found = disk.cas.contains(blob);
            self.touch_disk(CacheKind::Cas, blob, found);
            self.note_disk(Verb::Get, CacheKind::Cas, blob, found, owner);
            if found {
                return Answer::Found;
            }
        }
        self.settle();
        let store = &mut self.world.store;
        let answer = if store.cache.cas.contains(blob) {
            store.touch(CacheKind::Cas, blob, self.now);
            Answer::Found
        } else if store.pretends(blob) {
            Answer::Failed
        } else {
            Answer::Gone
        };
        let status = match answer {
            Answer::Found => Status::Ok,
            Answer::Gone => Status::NotFound,
            Answer::Failed => Status::Error,
        };
        self.note(Verb::Get, Tier::Remote, CacheKind::Cas, blob, status, owner);
        if answer == Answer::Found {
            self.put_on_disk_cache(CacheKind::Cas, blob, owner);
        }
        answer
    }

    /// Asks the remote CAS whether it holds `blob`. A blob that looks present is `Found`.
    pub fn find(&mut self, owner: Option<ActionId>, blob: BlobId) -> Answer {
        self.settle();
        let found = !self.world.store.is_gone(blob);
        if found {
            self.world.store.touch(CacheKind::Cas, blob, self.now);
        }
        let status = if found { Status::Ok } else { Status::NotFound };
        self.note(Verb::Find, Tier::Remote, CacheKind::Cas, blob, status, owner);
        if found { Answer::Found } else { Answer::Gone }
    }

    /// Asks for the AC entry `key` of `action`, which may be a rewound one; whether one is served
    /// (P25, P26).
    pub fn ask_action_cache(&mut self, action: ActionId, key: BlobId, is_replay: bool) -> bool {
        self.settle();
        if let Some(disk) = &self.world.disk_cache {
            let engine = self.engine;
            let checks = engine.checks_disk_ac || (is_replay && engine.checks_disk_ac_on_replay);
            let found =
                disk.ac.contains(key) && (!checks || self.is_complete(disk, false, action, key));
            self.touch_disk(CacheKind::Ac, key, found);
            self.note_disk(Verb::Get, CacheKind::Ac, key, found, Some(action));
            if found {
                return true;
            }
            self.settle();
        }
        let cache = &self.world.store.cache;
        let verified = self.scenario.server.policy == CachePolicy::Verified;
        let found =
            cache.ac.contains(key) && (!verified || self.is_complete(cache, true, action, key));
        if found {
            self.world.store.serve_entry(key, self.now);
        }
        let status = if found { Status::Ok } else { Status::NotFound };
        self.note(Verb::Get, Tier::Remote, CacheKind::Ac, key, status, Some(action));
        if found {
            self.put_on_disk_cache(CacheKind::Ac, key, Some(action));
        }
        found
    }

    /// Uploads `blob` to the remote CAS.
    pub fn put_blob(&mut self, owner: Option<ActionId>, blob: BlobId) {
        self.settle();
        self.world.store.put(self.graph, CacheKind::Cas, blob, Vec::new(), self.now);
        if self.engine.forgets_lost == ForgetsLost::OnUpload {
            self.world.forget_lost(blob);
        }
        self.note(Verb::Put, Tier::Remote, CacheKind::Cas, blob, Status::Ok, owner);
        self.after_put(CacheKind::Cas, blob);
    }

    /// Uploads the AC entry `key` of `action` to the remote AC.
    pub fn put_entry(&mut self, action: ActionId, key: BlobId) {
        self.settle();
        let world = &mut self.world;
        let closure = match world.store.keeps_closures() {
            true => world.contents.closure(self.graph, &world.store.cache, action, key),
            false => Vec::new(),
        };
        world.store.put(self.graph, CacheKind::Ac, key, closure, self.now);
        self.note(Verb::Put, Tier::Remote, CacheKind::Ac, key, Status::Ok, Some(action));
        self.after_put(CacheKind::Ac, key);
    }

    /// Writes what the remote cache served, and the disk cache did not, to the disk cache, if there
    /// is one.
    #[inline]
    pub fn put_on_disk_cache(&mut self, kind: CacheKind, blob: BlobId, owner: Option<ActionId>) {
        if self.world.disk_cache.is_some() {
            self.put_served_on_disk_cache(kind, blob, owner);
        }
    }

    fn put_served_on_disk_cache(&mut self, kind: CacheKind, blob: BlobId, owner: Option<ActionId>) {
        self.settle();
        if let Some(disk) = &mut self.world.disk_cache {
            disk.insert(kind, blob);
            self.touch_disk(kind, blob, true);
            self.note(Verb::Put, Tier::Disk, kind, blob, Status::Ok, owner);
            self.take_upload(Tier::Disk, kind, blob);
        }
    }

    /// Writes what an execution yields to the disk cache, whether it is there or not (P10).
    pub fn upload_to_disk_cache(&mut self, owner: ActionId, kind: CacheKind, blob: BlobId) {
        self.settle();
        if let Some(disk) = &mut self.world.disk_cache {
            disk.insert(kind, blob);
            self.touch_disk(kind, blob, true);
            self.note(Verb::Put, Tier::Disk, kind, blob, Status::Ok, Some(owner));
            self.take_upload(Tier::Disk, kind, blob);
        }
    }

    /// `blob` is used in the disk cache, if it is there (P27).
    fn touch_disk(&mut self, kind: CacheKind, blob: BlobId, is_there: bool) {
        if is_there && self.faults.asks_disk_age {
            self.faults.disk_uses.insert((kind, blob), self.now);
        }
    }

    /// The cache of a tier.
    pub fn cache_of(&self, tier: Tier) -> Option<&Cache> {
        match tier {
            Tier::Remote => Some(&self.world.store.cache),
            Tier::Disk => self.world.disk_cache.as_ref(),
        }
    }

    /// What this attempt has uploaded to a tier and is still there.
    pub fn uploaded_to(&mut self, tier: Tier) -> &mut IdSet<BlobId> {
        match tier {
            Tier::Remote => &mut self.uploaded,
            Tier::Disk => &mut self.uploaded_to_disk,
        }
    }

    fn after_put(&mut self, kind: CacheKind, blob: BlobId) {
        self.take_upload(Tier::Remote, kind, blob);
        while let Some(oldest) = self.world.store.over_capacity(kind) {
            self.evict(Tier::Remote, kind, oldest, Default::default());
        }
    }

    /// Whether `cache` holds all that the entry `key` refers to, size 0 excepted.
    fn is_complete(&self, cache: &Cache, is_remote: bool, action: ActionId, key: BlobId) -> bool {
        let store = &self.world.store;
        let closure = self.world.contents.closure(self.graph, &store.cache, action, key);
        closure.into_iter().all(|blob| {
            cache.cas.contains(blob)
                || self.graph.blobs().is_size_0(blob)
                || (is_remote && store.pretends(blob))
        })
    }

    /// `blob` was lost by who needs it: from now on, or from the next attempt on, an AC entry that
    /// names it is refused (P18).
    pub fn remember(&mut self, blob: BlobId) {
        if self.engine.remembers_needs_retries && self.engine.retries == 0 {
            return;
        }
        match self.engine.remembers_lost {
            RemembersLost::No => {}
            RemembersLost::AtOnce => self.world.lost.insert(blob),
            RemembersLost::FromNextAttempt => self.world.lost_in_attempt.push(blob),
        }
    }

    fn note_disk(
        &mut self,
        verb: Verb,
        kind: CacheKind,
        blob: BlobId,
        found: bool,
        owner: Option<ActionId>,
    ) {
        let status = if found { Status::Ok } else { Status::NotFound };
        self.note(verb, Tier::Disk, kind, blob, status, owner);
    }

    /// Notes a request. Whoever calls this has settled what comes before it.
    #[inline]
    fn note(
        &mut self,
        verb: Verb,
        tier: Tier,
        kind: CacheKind,
        blob: BlobId,
        status: Status,
        owner: Option<ActionId>,
    ) {
        self.append(Event::Asked(Request { verb, tier, kind, blob, status, owner }));
    }
}
