//! Edits, faults and builds to the tables of a file that say them.

use crate::model::{BlobId, Revision};
use crate::rewind::{Build, Eviction, Fault, HowOften, Targets, What, When};

use super::choices::{Content, Half, How, Strike};
use super::describe::Describer;
use super::error::Word;
use super::text::{BuildText, FaultText, RevisedText, RevisionText, ShareText, UnusedText};
use super::value::Keyed;

impl Describer<'_> {
    fn selectors(&self, evictions: &[Eviction]) -> Vec<Word> {
        evictions.iter().map(|&eviction| self.selector(eviction)).collect()
    }

    pub fn revision(&self, revision: &Revision) -> RevisionText {
        let artifacts = revision.artifacts.iter();
        let artifacts = artifacts.map(|&(a, blob)| (self.path(a), self.exact(blob))).collect();
        let action = revision.actions.iter().map(|&(action, new)| {
            let old = self.graph.digests(action);
            let content = |new: Option<BlobId>, old: Option<BlobId>| match new {
                _ if new == old => None,
                None => Some(Content::Absent),
                Some(blob) => Some(self.exact(blob)),
            };
            RevisedText {
                action: self.name(action),
                key: content(new.key, old.key),
                command: content(new.command, old.command),
                stdout: content(new.stdout, old.stdout),
                stderr: content(new.stderr, old.stderr),
                ..RevisedText::default()
            }
        });
        let action: Vec<RevisedText> = action.collect();
        RevisionText {
            artifacts: Keyed(artifacts),
            action: Some(action).filter(|action| !action.is_empty()),
            ..RevisionText::default()
        }
    }

    pub fn fault(&self, fault: &Fault) -> FaultText {
        let mut text = FaultText::default();
        match &fault.what {
            What::These(evictions) => text.evict = Some(self.selectors(evictions)),
            What::Everything(kind) => text.everything = Some(Half(*kind)),
            What::Share { kind, percent } => {
                let (of, percent) = (Some(*kind), *percent);
                text.share = Some(ShareText { of, percent, ..ShareText::default() });
            }
            What::AtLeast { bytes } => text.at_least_bytes = Some(*bytes),
            What::UnusedFor { kind, ms } => {
                let (of, ms) = (Some(*kind), *ms);
                text.unused_for = Some(UnusedText { of, ms, ..UnusedText::default() });
            }
        }
        text.when = match fault.when {
            When::BeforeBuild(0) => None,
            When::BeforeBuild(index) => Some(Strike::BeforeBuild(index + 1)),
            When::AfterAction(action) => Some(Strike::After(self.name(action))),
            When::AtStep(step) => Some(Strike::Step(step as u64)),
            When::AtTime(ms) => Some(Strike::AtMs(ms)),
        };
        text.how_often = match fault.how_often {
            HowOften::Once => None,
            HowOften::Always => Some(How::Always),
            HowOften::FirstUploads(n) => Some(How::FirstUploads(n)),
        };
        text.tier = Some(fault.tier).filter(|tier| *tier != Default::default());
        text.report = Some(fault.report).filter(|report| *report != Default::default());
        text
    }

    pub fn build(&self, build: &Build) -> BuildText {
        let usual = Build::clean(Targets::All, build.download);
        let differs = |is: bool, usual: bool| (is != usual).then_some(is);
        let some = |words: Vec<Word>| Some(words).filter(|words| !words.is_empty());
        BuildText {
            targets: match &build.targets {
                Targets::All => None,
                Targets::Artifacts(artifacts) => Some(self.paths(artifacts)),
            },
            download: Some(build.download),
            clean: Some(build.clean),
            restart: differs(build.restart, usual.restart),
            keep_going: differs(build.keep_going, usual.keep_going),
            jobs: Some(build.jobs).filter(|jobs| *jobs != usual.jobs),
            accept_cached: differs(build.accept_cached, usual.accept_cached),
            upload: differs(build.upload, usual.upload),
            async_upload: differs(build.async_upload, usual.async_upload),
            upload_final: differs(build.upload_final, usual.upload_final),
            wait_ms: Some(build.wait_ms).filter(|ms| *ms != usual.wait_ms),
            revision: build.edit.map(|index| index as u32 + 1),
            edit: some(self.paths(&build.edit_sources)),
            evict: some(self.selectors(&build.evict)),
            order: some(build.order.iter().map(|&action| self.name(action)).collect()),
            ..BuildText::default()
        }
    }
}
