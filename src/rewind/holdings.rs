//! What the cache holds at a moment: the cache as loaded, with evictions and uploads since.

use std::rc::Rc;

use crate::model::{AcEntry, BlobId, Cache, CacheKind, Graph, Id};

use super::cells::Cells;

/// What a cache holds, as a [`Moment`](super::Moment) has it: cheap to clone.
#[derive(Clone, Debug)]
pub struct Holdings {
    /// For the decoded entries: neither evictions nor uploads change what they say.
    loaded: Rc<Cache>,
    ac: Cells<bool>,
    cas: Cells<bool>,
}

impl PartialEq for Holdings {
    fn eq(&self, other: &Self) -> bool {
        let same = Rc::ptr_eq(&self.loaded, &other.loaded);
        self.ac == other.ac
            && self.cas == other.cas
            && (same || self.loaded.entries == other.loaded.entries)
    }
}

/// A cache that holds the same, whatever it has decoded.
impl PartialEq<Cache> for Holdings {
    fn eq(&self, other: &Cache) -> bool {
        self.ac == Cells::from_words(other.ac.words())
            && self.cas == Cells::from_words(other.cas.words())
            && self.loaded.entries == other.entries
    }
}

impl Holdings {
    /// What `loaded` holds.
    pub fn of(loaded: Rc<Cache>) -> Self {
        let ac = Cells::from_words(loaded.ac.words());
        let cas = Cells::from_words(loaded.cas.words());
        Self { loaded, ac, cas }
    }

    /// Whether the half `kind` holds `blob`.
    pub fn contains(&self, kind: CacheKind, blob: BlobId) -> bool {
        self.half(kind).get(blob.index())
    }

    /// What the half `kind` holds, as bits: blob `i` is bit `i % 64` of word `i / 64`.
    pub fn words(&self, kind: CacheKind) -> Vec<u64> {
        self.half(kind).to_words()
    }

    /// Puts `blob` into the half `kind` or takes it out; whether it was there.
    pub fn set(&mut self, kind: CacheKind, blob: BlobId, held: bool) -> bool {
        let half = match kind {
            CacheKind::Ac => &mut self.ac,
            CacheKind::Cas => &mut self.cas,
        };
        half.set(blob.index(), held)
    }

    /// How many blobs, or AC entries, the half `kind` holds.
    pub fn n(&self, kind: CacheKind) -> usize {
        self.half(kind).n_set()
    }

    /// The decoded entry of `key`, if its body was at hand.
    pub fn entry(&self, key: BlobId) -> Option<&AcEntry> {
        self.loaded.entry(key)
    }

    /// As [`Cache::lost_of_entry`], of what is held now.
    pub fn lost_of_entry(&self, graph: &Graph, key: BlobId) -> Vec<BlobId> {
        let mut lost = self.loaded.closure(graph, key);
        lost.retain(|&blob| !self.cas.get(blob.index()) && !graph.blobs().is_size_0(blob));
        lost.sort_unstable();
        lost.dedup();
        lost
    }

    /// The blobs of the half `kind` that only one of the two holds, ascending.
    pub fn differing(&self, other: &Self, kind: CacheKind) -> Vec<BlobId> {
        let found = self.half(kind).differing(other.half(kind));
        found.into_iter().map(BlobId::at).collect()
    }

    /// Bytes that `self` does not share with `other`.
    pub(super) fn own_bytes(&self, other: &Self) -> usize {
        self.ac.own_bytes(&other.ac) + self.cas.own_bytes(&other.cas)
    }

    fn half(&self, kind: CacheKind) -> &Cells<bool> {
        match kind {
            CacheKind::Ac => &self.ac,
            CacheKind::Cas => &self.cas,
        }
    }
}
