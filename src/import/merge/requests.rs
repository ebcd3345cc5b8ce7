//! What request logs prove about the cache.
//!
//! A listing is the cache itself: beside one, logs change nothing, and what they prove is compared.
//! Without one, the last proof of each blob is all that is known.

use super::{Merger, Sources};
use crate::import::card::Place;
use crate::import::facts::{Facts, ListingFacts};
use crate::import::request_log::LastProofs;
use crate::model::{Cache, CacheKind};

/// What request logs prove to be there at their end, if nothing else tells what the cache holds.
pub(super) fn listing(files: &[(&str, &Facts)]) -> Option<ListingFacts> {
    let is_cache = |facts: &Facts| matches!(facts, Facts::Listing(_) | Facts::Blobs(_));
    if files.iter().any(|f| is_cache(f.1)) {
        return None;
    }
    let logs = files.iter().filter_map(|f| match f.1 {
        Facts::Requests(log) => Some(&**log),
        _ => None,
    });
    let last = LastProofs::of(logs);
    (!last.order.is_empty()).then(|| last.listing())
}

impl Merger {
    /// Fills in what requests leave open, or says where they and the listing disagree.
    pub(super) fn add_requests(&mut self, cache: &mut Cache, sources: &Sources) {
        let last = LastProofs::of(sources.requests.iter().copied());
        if last.order.is_empty() {
            return;
        }
        if sources.is_cache_from_requests {
            return self.trust_entries(cache, &last);
        }
        let (mut n_back, mut n_gone) = (0_u64, 0_u64);
        for &(kind, digest) in &last.order {
            let is_proven = last.proofs.get(&(kind, digest)).is_some_and(|proof| proof.0);
            let blob = self.builder.intern_blob(digest, None);
            let blob = match kind {
                CacheKind::Ac => self.mangled.get(&blob).copied().unwrap_or(blob),
                CacheKind::Cas => blob,
            };
            match (is_proven, cache.contains(kind, blob)) {
                (true, false) => n_gone += 1,
                (false, true) => n_back += 1,
                _ => {}
            }
        }
        if n_gone > 0 {
            let what = || format!("{n_gone} blobs or entries that a log saw last are not listed.");
            let remedy = "The listing counts. They were evicted after the log, or the listing is \
                          older than it.";
            self.notes.add("logged, not listed", Place::Whole, what, remedy);
        }
        if n_back > 0 {
            let what = || {
                format!("{n_back} listed blobs or entries were not found when a log last asked.")
            };
            let remedy = "The listing counts: they came back after the log, or the listing is \
                          older than it. To play the log's build, evict those that it lost.";
            self.notes.add("listed, not found", Place::Whole, what, remedy);
        }
    }

    /// An AC entry that the cache served promises its outputs, which hardly anybody asks for: they
    /// count as present unless a log proves otherwise.
    fn trust_entries(&mut self, cache: &mut Cache, last: &LastProofs) {
        let mut n_promised = 0_u64;
        for action in self.action_ids() {
            let spec = self.builder.get_action(action);
            if !spec.digests.key.is_some_and(|key| cache.ac.contains(key)) {
                continue;
            }
            for output in spec.outputs.clone() {
                let Some(blob) = self.builder.blob(output) else { continue };
                let digest = self.builder.blobs.digest(blob);
                if !last.proofs.contains_key(&(CacheKind::Cas, digest)) && cache.cas.insert(blob) {
                    n_promised += 1;
                }
            }
        }
        let what = || {
            format!(
                "What the cache holds is known only from requests; {n_promised} outputs of served \
                 AC entries were never asked for."
            )
        };
        let remedy = "Those count as present, everything else that no log shows as absent. Drop a \
                      listing of the cache to be exact.";
        self.notes.add("cache from requests", Place::Whole, what, remedy);
    }
}
