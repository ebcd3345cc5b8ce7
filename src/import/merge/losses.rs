//! What console text about losses adds: contents of artifacts, and doubts about the cache.

use super::{Merger, Sources};
use crate::import::card::Place;
use crate::model::Cache;

impl Merger {
    /// Contents of artifacts that only a message tells.
    pub(super) fn add_lost_contents(&mut self, sources: &Sources) {
        for (losses, &file) in sources.losses.iter().zip(&sources.files.losses) {
            self.told.by(file);
            for lost in &losses.lost {
                let blob = self.intern(lost.content.digest, lost.content.size_bytes);
                let path = lost.path.as_ref();
                let artifact = path.and_then(|path| self.builder.find_artifact(path));
                if let Some(artifact) = artifact.filter(|&a| self.builder.blob(a).is_none()) {
                    self.set_blob(artifact, blob, false);
                }
            }
        }
    }

    /// Says how many blobs that were lost are in the cache all the same.
    pub(super) fn compare_losses(&mut self, cache: &Cache, sources: &Sources) {
        let mut n_listed = 0_u64;
        for lost in sources.losses.iter().flat_map(|facts| &facts.lost) {
            let blob = self.builder.intern_blob(lost.content.digest, lost.content.size_bytes);
            n_listed += u64::from(cache.cas.contains(blob));
        }
        if n_listed > 0 {
            let what = || format!("{n_listed} blobs that a build called lost are in the cache.");
            let remedy = "They count as present: they came back, or the listing is older. To play \
                          the loss, evict them: paste the console text where evictions are typed.";
            self.notes.add("lost, listed", Place::Whole, what, remedy);
        }
    }
}
