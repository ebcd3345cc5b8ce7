//! Caches and edits of random scenarios.

use rewindow::model::{
    AcEntry, AcOutput, ActionDigests, ActionId, ActionKind, ArtifactId, BlobId, Cache, CacheKind,
    Id, Revision,
};

use super::generate::{Content, RandomAction};
use super::make::{Maker, Picker};

impl Maker {
    /// Everything in it but the AC entries that are not.
    pub fn cache(&mut self, random: &[RandomAction]) -> Cache {
        let mut cache = Cache::default();
        for artifact in (0..self.builder.n_artifacts()).map(ArtifactId::at) {
            if let Some(blob) = self.builder.blob(artifact) {
                cache.insert(CacheKind::Cas, blob);
            }
        }
        for (i, action) in random.iter().enumerate() {
            let digests = self.digests[i];
            let named = [digests.key, digests.command, digests.stdout, digests.stderr];
            for blob in named.into_iter().flatten() {
                cache.insert(CacheKind::Cas, blob);
            }
            let Some(key) = digests.key.filter(|_| action.in_ac) else { continue };
            cache.insert(CacheKind::Ac, key);
            if action.broken {
                let entry = AcEntry { broken: true, ..Default::default() };
                cache.entries.push((key, entry));
            } else if let Some(other) = action.decoded {
                let entry = self.entry(i, other);
                let blobs = entry.closure().collect::<Vec<_>>();
                cache.cas.extend(blobs);
                cache.entries.push((key, entry));
            }
        }
        cache.entries.sort_by_key(|e| e.0);
        cache
    }

    /// The entry of action `i`; its first output is `other` than the graph says.
    fn entry(&mut self, i: usize, other: bool) -> AcEntry {
        let digests = self.digests[i];
        let mut entry =
            AcEntry { stdout: digests.stdout, stderr: digests.stderr, ..AcEntry::default() };
        for (j, output) in
            self.builder.get_action(ActionId::at(i)).outputs.clone().iter().enumerate()
        {
            let is_tree = self.is_tree(*output);
            let mut blob = self.builder.blob(*output).unwrap();
            if other && j == 0 && !is_tree {
                blob = self.own();
            }
            let path = self.builder.path(*output).to_owned();
            let path = self.builder.texts.intern(&path);
            entry.outputs.push(AcOutput { path, blob, is_tree });
            let files = self.readable.iter().filter(|r| r.2 == Some(*output));
            entry.tree_files.extend(files.filter_map(|r| self.builder.blob(r.0)));
        }
        entry
    }

    /// What of `cache` has this number: the same in every run, about half.
    pub fn share_of(&self, cache: &Cache, number: u64) -> Cache {
        let is_in = |blob: &BlobId| number >> (blob.index() % 61) & 1 == 1;
        Cache {
            ac: cache.ac.iter().filter(is_in).collect(),
            cas: cache.cas.iter().filter(is_in).collect(),
            entries: cache.entries.iter().filter(|e| is_in(&e.0)).cloned().collect(),
        }
    }

    pub fn picker(&self, cache: &Cache) -> Picker {
        let mut outputs: Vec<ArtifactId> = self.readable.iter().map(|r| r.0).collect();
        if outputs.is_empty() {
            outputs = self.sources.clone();
        }
        Picker {
            outputs,
            sources: self.sources.clone(),
            keys: self.digests.iter().filter_map(|d| d.key).collect(),
            blobs: cache.cas.iter().collect(),
            n_actions: self.digests.len(),
        }
    }

    /// An edit of the source of one action: what is behind it gets new keys and contents.
    pub fn revision(&mut self, n: usize, pick: u16, random: &[RandomAction]) -> Revision {
        let mut revision = Revision::default();
        let edited = usize::from(pick) % random.len();
        let source = self.sources[edited];
        let blob = self.blob(500 + n as u64, 10);
        revision.artifacts.push((source, blob));
        let mut changed: Vec<(ArtifactId, BlobId)> = vec![(source, blob)];
        for (i, action) in random.iter().enumerate().skip(edited) {
            let spec = self.builder.get_action(Id::at(i)).clone();
            let reads = |c: &(ArtifactId, BlobId)| {
                let inside = self.readable.iter().filter(|r| r.0 == c.0).filter_map(|r| r.2);
                spec.inputs.contains(&c.0) || inside.into_iter().any(|t| spec.inputs.contains(&t))
            };
            let Some(&(_, first)) = changed.iter().find(|c| reads(c)) else { continue };
            for (j, &output) in spec.outputs.iter().enumerate() {
                let blob = match (spec.kind, action.outputs.get(j).map(|o| o.content)) {
                    (ActionKind::Symlink | ActionKind::Redirect, _) => first,
                    (_, Some(Content::Own) | None) => self.own(),
                    _ => continue,
                };
                changed.push((output, blob));
                if spec.kind == ActionKind::Spawn || spec.kind == ActionKind::Internal {
                    // A tree is another if its files are.
                    let inside = self.readable.iter().filter(|r| r.2 == Some(output));
                    for file in inside.map(|r| r.0).collect::<Vec<_>>() {
                        changed.push((file, self.own()));
                    }
                }
            }
            if spec.kind == ActionKind::Spawn {
                let key = Some(self.own());
                let digests = ActionDigests { key, ..self.digests[i] };
                revision.actions.push((Id::at(i), digests));
            }
        }
        revision.artifacts.extend(changed.into_iter().skip(1));
        revision
    }
}
