//! Finds the producers of generated inputs that no action declares by that very path: files of
//! directories, and links in runfiles trees.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Merger, is_generated};
use crate::import::card::Place;
use crate::model::{ArtifactId, ArtifactKind, Id, IdSet};

impl Merger {
    /// Resolves what can be, and says in one warning what cannot.
    pub(super) fn resolve_inputs(&mut self) {
        // A directory that nothing produces cannot stand for its files.
        let by_output = &self.by_output;
        self.trees.retain(|tree, _| by_output.contains(*tree));
        let in_trees: HashSet<ArtifactId> = self.trees.values().flatten().copied().collect();
        let mut unknown: Vec<ArtifactId> = Vec::new();
        let mut met = IdSet::with_capacity(self.builder.n_artifacts());
        for action in self.action_ids() {
            for &input in &self.builder.get_action(action).inputs {
                // First: there are many times more inputs than artifacts.
                if !met.insert(input) {
                    continue;
                }
                let known = self.by_output.contains(input) || in_trees.contains(&input);
                let path = self.builder.path(input);
                if !known && is_generated(path) && !is_workspace_status(path) {
                    unknown.push(input);
                }
            }
        }
        let links = self.runfiles(&unknown);
        let mut left = Vec::new();
        let mut found: BTreeMap<ArtifactId, Vec<ArtifactId>> = BTreeMap::new();
        for input in unknown.into_iter().filter(|input| !links.contains_key(input)) {
            match self.tree_around(input) {
                Some(tree) => found.entry(tree).or_default().push(input),
                None => left.push(input),
            }
        }
        for (tree, files) in found {
            self.add_tree_files(tree, files.into_iter());
        }
        for action in self.action_ids().filter(|_| !links.is_empty()) {
            for input in &mut self.builder.get_action_mut(action).inputs {
                *input = links.get(input).copied().unwrap_or(*input);
            }
        }
        self.note_unknown(&left);
    }

    fn note_unknown(&mut self, left: &[ArtifactId]) {
        for &artifact in left {
            if self.builder.kind(artifact) == ArtifactKind::TreeFile {
                self.builder.set_kind(artifact, ArtifactKind::UnknownGenerated);
            }
        }
        if let Some(&first) = left.first() {
            let path = self.path(first);
            let n = left.len();
            let what = || {
                let where_from = "under the output tree are written by no known action";
                format!("{n} inputs {where_from}; {path} is the first.")
            };
            let remedy = "They are taken for sources. An aquery export of the same build \
                (bazel aquery --output=proto) supplies their producers.";
            self.notes.add("unknown producer", Place::Whole, what, remedy);
        }
    }

    /// The produced directory that `artifact` lies in.
    fn tree_around(&self, artifact: ArtifactId) -> Option<ArtifactId> {
        self.tree_above(self.builder.path(artifact))
    }

    /// The produced directory that `path` lies in.
    pub(super) fn tree_above(&self, path: &str) -> Option<ArtifactId> {
        let folders = path.rmatch_indices('/').map(|(at, _)| &path[..at]);
        let produced = |folder: &str| {
            let found = self.builder.find_artifact(folder)?;
            self.by_output.contains(found).then_some(found)
        };
        // The output root itself is nobody's directory; deep hostile paths are not searched whole.
        folders.take(64).take_while(|folder| is_generated(folder)).find_map(produced)
    }

    /// What links in runfiles trees point to: `X.runfiles/WORKSPACE/PATH` to the artifact whose
    /// path below its root is PATH, `X.runfiles/REPO/PATH` to that of `external/REPO/PATH`.
    fn runfiles(&self, unknown: &[ArtifactId]) -> HashMap<ArtifactId, ArtifactId> {
        let mut links = HashMap::new();
        let inside = |artifact: ArtifactId| {
            let path = self.builder.path(artifact);
            path.split_once(".runfiles/").and_then(|(_, inside)| inside.split_once('/'))
        };
        if !unknown.iter().any(|&a| inside(a).is_some()) {
            return links;
        }
        let mut by_short: HashMap<&str, Vec<ArtifactId>> = HashMap::new();
        for artifact in (0..self.builder.n_artifacts()).map(ArtifactId::at) {
            let path = self.builder.path(artifact);
            if !path.contains(".runfiles/") {
                by_short.entry(below_root(path)).or_default().push(artifact);
            }
        }
        for &link in unknown {
            let Some((first, rest)) = inside(link) else { continue };
            let external = format!("external/{first}/{rest}");
            let candidates = [rest, external.as_str()].into_iter().filter_map(|p| by_short.get(p));
            let content = self.builder.blob(link);
            let fits = |&&a: &&ArtifactId| {
                let known = self.builder.blob(a);
                known == content || known.is_none() || content.is_none()
            };
            let mut fitting = candidates.flatten().filter(fits);
            let Some(&found) = fitting.next() else { continue };
            // Of two configurations with equal content either does; a produced one tells more.
            let produced = std::iter::once(&found).chain(fitting);
            let produced = produced.copied().find(|a| self.by_output.contains(*a));
            links.insert(link, produced.unwrap_or(found));
        }
        links
    }
}

/// Whether `path` is the status of the workspace, which Bazel writes in every build: its action,
/// `BazelWorkspaceStatusAction`, is in no log and in no action graph.
pub(in crate::import) fn is_workspace_status(path: &str) -> bool {
    let name = path.split_once('/').map_or("", |(_, name)| name);
    is_generated(path) && ["stable-status.txt", "volatile-status.txt"].contains(&name)
}

/// `path` without `bazel-out/CONFIGURATION/bin/`.
fn below_root(path: &str) -> &str {
    if !is_generated(path) {
        return path;
    }
    path.splitn(4, '/').nth(3).unwrap_or(path)
}
