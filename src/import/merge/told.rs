//! Who told what: notes, while files are merged, which of them each fact comes from, and where they
//! contradict each other.

use std::collections::BTreeMap;

use super::Merger;
use crate::import::card::Place;
use crate::model::{
    ActionId, ArtifactId, BlobId, Conflict, Digest, Fact, FileId, FileSetId, Provenance,
};

/// What is noted so far.
#[derive(Default)]
pub(super) struct Told {
    pub provenance: Provenance,
    /// The file whose facts are being merged.
    file: FileId,
    /// Contents that were told of an artifact beside the one that counts.
    others: BTreeMap<ArtifactId, Vec<(BlobId, FileSetId)>>,
}

impl Told {
    /// From here on `file` tells.
    pub fn by(&mut self, file: FileId) {
        self.file = file;
    }

    /// The file that tells tells `fact`.
    pub fn tell(&mut self, fact: Fact) {
        self.provenance.tell(fact, self.file, None);
    }

    /// The same, with the number of the line, spawn or entry, from 1.
    pub fn tell_at(&mut self, fact: Fact, place: usize) {
        self.provenance.tell(fact, self.file, u32::try_from(place).ok());
    }

    /// The file that tells tells `fact`, whoever told it otherwise.
    pub fn retell(&mut self, fact: Fact) {
        self.provenance.retell(fact, self.file);
    }

    /// The file that tells tells another content than the one that counts.
    fn contradict(&mut self, artifact: ArtifactId, blob: BlobId) {
        let others = self.others.entry(artifact).or_default();
        match others.iter_mut().find(|other| other.0 == blob) {
            Some(other) => other.1 = self.provenance.with(other.1, self.file),
            None => others.push((blob, self.provenance.with(0, self.file))),
        }
    }

    /// The file that tells tells the content that counts from here on, instead of `before`.
    fn overrule(&mut self, artifact: ArtifactId, before: BlobId, blob: BlobId) {
        let told = self.provenance.set(Fact::Content(artifact));
        let others = self.others.entry(artifact).or_default();
        let known = others.iter().position(|other| other.0 == blob);
        let set = known.map_or(0, |at| others.remove(at).1);
        match others.iter_mut().find(|other| other.0 == before) {
            Some(other) => other.1 = told,
            None => others.push((before, told)),
        }
        let set = self.provenance.with(set, self.file);
        self.provenance.put(Fact::Content(artifact), set);
    }

    /// All contradictions, by artifact.
    pub fn conflicts(&mut self) -> Vec<Conflict> {
        let others = std::mem::take(&mut self.others).into_iter();
        let all = others.map(|(artifact, others)| Conflict { artifact, others });
        all.filter(|conflict| !conflict.others.is_empty()).collect()
    }
}

impl Merger {
    /// Says that the file that tells gives `artifact` this content. What is known stays unless
    /// `overrules`.
    pub(super) fn set_blob(&mut self, artifact: ArtifactId, blob: BlobId, overrules: bool) {
        match self.builder.blob(artifact) {
            Some(known) if known == blob => self.told.tell(Fact::Content(artifact)),
            Some(known) if overrules => {
                self.told.overrule(artifact, known, blob);
                self.builder.set_blob(artifact, blob);
            }
            Some(_) => self.told.contradict(artifact, blob),
            None => {
                self.told.tell(Fact::Content(artifact));
                self.builder.set_blob(artifact, blob);
            }
        }
    }

    /// Says that `to` has the content of `from`, since one is a link to the other.
    pub(super) fn share_blob(&mut self, from: ArtifactId, to: ArtifactId, blob: BlobId) {
        let set = self.told.provenance.set(Fact::Content(from));
        self.told.provenance.put(Fact::Content(to), set);
        self.builder.set_blob(to, blob);
    }

    /// The blob of `digest`, whose size, if any, the file that tells tells.
    pub(super) fn intern(&mut self, digest: Digest, size_bytes: Option<u64>) -> BlobId {
        let blob = self.builder.intern_blob(digest, size_bytes);
        if size_bytes.is_some() {
            self.told.tell(Fact::Size(blob));
        }
        blob
    }

    /// Notes what the spec of a new action tells of it.
    pub(super) fn tell_action(&mut self, action: ActionId, place: Option<usize>) {
        match place {
            Some(place) => self.told.tell_at(Fact::Action(action), place),
            None => self.told.tell(Fact::Action(action)),
        }
        let spec = self.builder.get_action(action);
        if spec.digests.key.is_some() {
            self.told.tell(Fact::Key(action));
        }
        if spec.duration_ms.is_some() {
            self.told.tell(Fact::Duration(action));
        }
    }

    /// Says in one warning how many artifacts have several contents.
    pub(super) fn note_conflicts(&mut self, conflicts: &[Conflict]) {
        let Some(first) = conflicts.first() else { return };
        let digest = |blob: Option<BlobId>| {
            blob.map(|blob| self.builder.blobs.digest(blob).short()).unwrap_or_default()
        };
        let path = self.path(first.artifact);
        let kept = digest(self.builder.blob(first.artifact));
        let other = digest(first.others.first().map(|other| other.0));
        let n = conflicts.len();
        let what = match n {
            1 => format!("{path} has two contents: {kept}… and {other}…."),
            n => format!(
                "{n} artifacts have two contents or more; {path} is one: {kept}… and {other}…."
            ),
        };
        let remedy = "It was built again with another result, in another build or attempt, or the \
                      action is not deterministic. Of one log the last content counts, of several \
                      files the first. Drop files of one build only to be exact.";
        self.notes.add("two contents", Place::Whole, || what, remedy);
    }
}
