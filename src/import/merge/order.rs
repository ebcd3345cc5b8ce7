//! Puts actions into the order in which the build tool came to them, as far as files tell it.
//!
//! The order of independent actions is the tool's own affair, but two of them that share a blob
//! fare differently by who is first. A log may be sorted by name (4.2's JSON is), so the times at
//! which AC entries were written count first; then the order of the log.

use std::collections::HashMap;

use super::{Merger, Sources};
use crate::model::{BlobId, CacheKind, Id};

impl Merger {
    /// Renumbers the actions by the time of their AC entry or else of their Action blob. Those
    /// without either, such as internal ones, are due as soon as their inputs are there.
    pub(super) fn sort_actions(&mut self, sources: &Sources) {
        let (mut of_ac, mut of_cas) = (HashMap::new(), HashMap::new());
        for listed in sources.listings.iter().flat_map(|l| &l.blobs) {
            let Some(time) = listed.modified_ms else { continue };
            let Some(blob) = self.builder.blobs.find(&listed.content.digest) else { continue };
            let blob = self.mangled.get(&blob).copied().unwrap_or(blob);
            let times: &mut HashMap<BlobId, i64> = match listed.kind {
                Some(CacheKind::Ac) => &mut of_ac,
                _ => &mut of_cas,
            };
            let first = times.entry(blob).or_insert(time);
            *first = time.min(*first);
        }
        if of_ac.is_empty() && of_cas.is_empty() {
            return;
        }
        let times: Vec<Option<i64>> = self
            .action_ids()
            .map(|action| {
                let key = self.builder.get_action(action).digests.key?;
                of_ac.get(&key).or_else(|| of_cas.get(&key)).copied()
            })
            .collect();
        if let Some(order) = self.builder.sort_actions_by_key(|action| times[action.index()]) {
            self.told.provenance.reorder_actions(&order);
        }
    }
}
