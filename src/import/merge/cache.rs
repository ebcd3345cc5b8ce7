//! The cache that listings and raw blobs tell of together.

use std::collections::{BTreeMap, HashMap};

use super::{Merger, Sources, Told};
use crate::import::facts::{ActionResultBody, BlobFacts, ListedBlob};
use crate::model::{AcEntry, AcOutput, ActionId, BlobId, Cache, CacheKind, Fact};

impl Merger {
    /// The union of all listings and raw blobs.
    pub(super) fn cache(&mut self, sources: &Sources) -> Cache {
        let mut cache = Cache::default();
        let mut keys: HashMap<BlobId, Option<ActionId>> = HashMap::new();
        for blobs in &sources.blobs {
            let names = blobs.results.keys();
            keys.extend(names.map(|&key| (self.builder.intern_blob(key, None), None)));
        }
        if !sources.listings.is_empty() {
            let own = |action| Some((self.builder.get_action(action).digests.key?, Some(action)));
            keys.extend(self.action_ids().filter_map(own));
        }
        for (listing, files) in sources.listings.iter().zip(&sources.files.listings) {
            for &file in files {
                self.told.by(file);
                for listed in &listing.blobs {
                    self.add_listed(listed, &keys, &mut cache);
                }
            }
        }
        cache.entries = self.entries(sources);
        cache
    }

    /// `keys` are all AC keys that are known, with their actions where those are known too.
    fn add_listed(
        &mut self,
        listed: &ListedBlob,
        keys: &HashMap<BlobId, Option<ActionId>>,
        cache: &mut Cache,
    ) {
        // The size of an AC entry is not that of the Action which has the same name.
        let is_ac = listed.kind == Some(CacheKind::Ac);
        let size = listed.content.size_bytes.filter(|_| !is_ac && listed.kind.is_some());
        let blob = self.intern(listed.content.digest, size);
        let line = listed.line as usize;
        let mut add_entry = |told: &mut Told, key: BlobId| {
            cache.ac.insert(key);
            if let Some(&Some(action)) = keys.get(&key) {
                told.tell_at(Fact::Entry(action), line);
            }
        };
        match listed.kind {
            Some(CacheKind::Ac) => {
                let key = self.mangled.get(&blob).copied().unwrap_or(blob);
                return add_entry(&mut self.told, key);
            }
            Some(CacheKind::Cas) => {}
            // A folder that keeps AC entries and blobs side by side has one file for the AC
            // entry and the Action of one name (disk cache of Bazel 1 and 2).
            None if keys.contains_key(&blob) => add_entry(&mut self.told, blob),
            None => {
                self.intern(listed.content.digest, listed.content.size_bytes);
            }
        }
        cache.cas.insert(blob);
        self.told.tell_at(Fact::Blob(blob), line);
    }

    fn entries(&mut self, sources: &Sources) -> Vec<(BlobId, AcEntry)> {
        let mut entries = BTreeMap::new();
        for (blobs, &file) in sources.blobs.iter().zip(&sources.files.blobs) {
            self.told.by(file);
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
            blob: self.intern(output.content.digest, output.content.size_bytes),
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
