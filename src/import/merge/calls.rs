//! What logs of gRPC calls add: whose AC key is whose, and which blobs are lost.
//!
//! Bodies of AC entries come in as those of raw blobs do. That a blob was there or not holds for
//! the time of the log, so it changes no listing: where the two differ, a note says so.

use std::collections::HashMap;

use super::{Merger, Sources};
use crate::import::bazel_grpc_facts::CallOwner;
use crate::import::card::Place;
use crate::model::{Cache, Digest, Fact};

impl Merger {
    /// Fills in labels and mnemonics by AC key.
    pub(super) fn add_owners(&mut self, sources: &Sources) {
        for (log, &file) in sources.calls.iter().zip(&sources.files.calls) {
            self.told.by(file);
            let owners: HashMap<Digest, &CallOwner> = log
                .owners
                .iter()
                .filter_map(|owner| Some((log.blobs.digest(owner.action?), owner)))
                .collect();
            for action in self.action_ids() {
                let Some(key) = self.builder.get_action(action).digests.key else { continue };
                let Some(owner) = owners.get(&self.builder.blobs.digest(key)) else { continue };
                self.told.tell(Fact::Action(action));
                let (label, mnemonic) = (log.texts.get(owner.label), log.texts.get(owner.mnemonic));
                self.builder.name_action(action, label, mnemonic);
            }
        }
    }

    /// Says which blobs the logs prove lost, and whether a listing has them.
    pub(super) fn note_lost(&mut self, sources: &Sources, cache: &Cache) {
        let mut lost = Vec::new();
        for log in &sources.calls {
            lost.extend(log.lost.iter().map(|&blob| log.blobs.get(blob)));
        }
        let Some(first) = lost.first().copied() else { return };
        let blobs: Vec<_> =
            lost.iter().map(|b| self.builder.intern_blob(b.digest, b.size_bytes)).collect();
        let is_listed = !sources.listings.is_empty() && !sources.is_cache_from_requests;
        let n_listed = blobs.iter().filter(|&&blob| is_listed && cache.cas.contains(blob)).count();
        let n = blobs.len();
        let what = || {
            let first = first.digest.short();
            let listed = match (is_listed, n_listed) {
                (false, _) => String::new(),
                (true, 0) => " The listing of the cache has none of them either.".to_owned(),
                (true, listed) => format!(
                    " The listing of the cache has {listed} of them: it is from another time."
                ),
            };
            format!("The log of requests proves {n} blobs lost; {first}… is the first.{listed}")
        };
        let remedy = match n_listed {
            0 => "Evict them to play what happened.",
            _ => "The listing is used. Evict them to play what happened.",
        };
        self.notes.add("lost blobs", Place::Whole, what, remedy);
    }
}
