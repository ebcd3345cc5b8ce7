//! The cache that listings and raw blobs tell of together.

use std::collections::{BTreeMap, HashSet};

use super::{Merger, Sources};
use crate::import::facts::{ActionResultBody, BlobFacts};
use crate::model::{AcEntry, AcOutput, BlobId, Cache, CacheKind};

impl Merger {
    /// The union of all listings and raw blobs.
    pub(super) fn cache(&mut self, sources: &Sources) -> Cache {
        let mut cache = Cache::default();
        let mut keys: HashSet<BlobId> =
            self.action_ids().filter_map(|a| self.builder.get_action(a).digests.key).collect();
        for blobs in &sources.blobs {
            keys.extend(blobs.results.keys().map(|&key| self.builder.intern_blob(key, None)));
        }
        for listed in sources.listings.iter().flat_map(|l| &l.blobs) {
            // The size of an AC entry is not that of the Action which has the same name.
            let is_ac = listed.kind == Some(CacheKind::Ac);
            let size = listed.content.size_bytes.filter(|_| !is_ac);
            let blob = match listed.kind {
                None => self.builder.intern_blob(listed.content.digest, None),
                Some(_) => self.builder.intern_blob(listed.content.digest, size),
            };
            match listed.kind {
                Some(CacheKind::Ac) => {
                    cache.ac.insert(self.mangled.get(&blob).copied().unwrap_or(blob));
                }
                Some(CacheKind::Cas) => {
                    cache.cas.insert(blob);
                }
                // A folder that keeps AC entries and blobs side by side has one file for the AC
                // entry and the Action of one name (disk cache of Bazel 1 and 2).
                None => {
                    if keys.contains(&blob) {
                        cache.ac.insert(blob);
                    } else {
                        self.builder.intern_blob(listed.content.digest, size);
                    }
                    cache.cas.insert(blob);
                }
            }
        }
        cache.entries = self.entries(sources);
        cache
    }

    fn entries(&mut self, sources: &Sources) -> Vec<(BlobId, AcEntry)> {
        let mut entries = BTreeMap::new();
        for blobs in &sources.blobs {
            for (&key, body) in &blobs.results {
                let name = self.builder.intern_blob(key, None);
                let key = self.mangled.get(&name).copied().unwrap_or(name);
                let entry = match body {
                    Some(body) => self.entry(body, blobs),
                    None => AcEntry { broken: true, ..AcEntry::default() },
                };
                entries.insert(key, entry);
            }
        }
        entries.into_iter().collect()
    }

    fn entry(&mut self, body: &ActionResultBody, blobs: &BlobFacts) -> AcEntry {
        let outputs = body.outputs.iter().map(|output| AcOutput {
            path: self.builder.texts.intern(&output.path),
            blob: self.builder.intern_blob(output.content.digest, output.content.size_bytes),
            is_tree: output.is_tree,
        });
        let outputs = outputs.collect();
        let trees = body.outputs.iter().filter(|o| o.is_tree);
        let inside = trees.filter_map(|o| blobs.trees.get(&o.content.digest)).flatten();
        let tree_files = inside.map(|(_, content)| self.content(*content)).collect();
        AcEntry {
            outputs,
            tree_files,
            stdout: body.stdout.map(|c| self.content(c)),
            stderr: body.stderr.map(|c| self.content(c)),
            stdout_inline_bytes: body.stdout_inline_bytes,
            stderr_inline_bytes: body.stderr_inline_bytes,
            exit_code: body.exit_code,
            broken: false,
        }
    }
}
