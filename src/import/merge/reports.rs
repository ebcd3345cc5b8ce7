//! Completes actions and artifacts by what build events report of them.
//!
//! Events tell no inputs, so they make no actions: one that no log and no action graph has would
//! look as if it read nothing.

use std::collections::BTreeMap;

use super::{Merger, Sources, is_generated};
use crate::import::bazel_bep_facts::{BepFacts, ReportedAction};
use crate::import::card::Place;
use crate::model::{ArtifactId, ArtifactKind, Fact};

impl Merger {
    /// Fills in contents of outputs, files of directories, labels and mnemonics.
    pub(super) fn add_reports(&mut self, sources: &Sources) {
        for (report, &file) in sources.reports.iter().zip(&sources.files.reports) {
            self.told.by(file);
            self.add_reported_files(report);
            self.add_reported_actions(report);
        }
    }

    fn add_reported_files(&mut self, report: &BepFacts) {
        let mut in_trees: BTreeMap<ArtifactId, Vec<ArtifactId>> = BTreeMap::new();
        for file in &report.files {
            let path = report.texts.get(file.path);
            let artifact = match self.builder.find_artifact(path) {
                Some(known) => Some(known),
                // A file of a directory that is written as a whole.
                None if is_generated(path) => self.tree_above(path).map(|tree| {
                    let artifact = self.builder.artifact(path, ArtifactKind::TreeFile);
                    in_trees.entry(tree).or_default().push(artifact);
                    artifact
                }),
                None => None,
            };
            let blob = file.blob.map(|blob| report.blobs.get(blob));
            if let (Some(artifact), Some(blob)) = (artifact, blob) {
                let blob = self.intern(blob.digest, blob.size_bytes);
                self.set_blob(artifact, blob, false);
            }
        }
        for (tree, files) in in_trees {
            self.add_tree_files(tree, files.into_iter());
        }
    }

    fn add_reported_actions(&mut self, report: &BepFacts) {
        let text = |id| report.texts.get(id);
        let (mut n_unknown, mut n_failed) = (0, 0);
        let mut first: Option<&ReportedAction> = None;
        for reported in &report.actions {
            let primary = text(reported.primary_output);
            let artifact = self.builder.find_artifact(primary);
            let action = artifact.and_then(|artifact| self.by_output.get(artifact));
            let Some(action) = action else {
                // The status of the workspace is written for every build and read by few.
                if text(reported.mnemonic) != "BazelWorkspaceStatusAction" {
                    n_unknown += 1;
                    n_failed += u32::from(!reported.succeeded);
                    // One that failed tells most.
                    first = first.filter(|f| !f.succeeded || reported.succeeded).or(Some(reported));
                }
                continue;
            };
            self.told.tell(Fact::Action(action));
            self.builder.name_action(action, text(reported.label), text(reported.mnemonic));
        }
        if let Some(first) = first {
            let (mnemonic, label) = (text(first.mnemonic), text(first.label));
            let primary = text(first.primary_output);
            let what = || {
                format!(
                    "{n_unknown} actions that the build events report, {n_failed} of them failed, \
                     are in no log and no action graph; {mnemonic} of {label}, which writes \
                     {primary}, is one."
                )
            };
            let remedy = "They are left out, since events tell no inputs. An aquery export of the \
                          same build (bazel aquery --output=proto) supplies them.";
            self.notes.add("unknown action", Place::Whole, what, remedy);
        }
    }
}
