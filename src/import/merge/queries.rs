//! Actions from action graphs.

use super::{Merger, Side, Sources};
use crate::import::log_facts::{AqueryFacts, QueriedAction, SetWalk};
use crate::model::{
    ActionDigests, ActionId, ActionKind, ActionSpec, ArtifactId, ArtifactKind, Fact,
};

/// Actions of Bazel that spawn nothing, by mnemonic (`getMnemonic` of the subclasses of
/// `AbstractAction` that are no `SpawnAction`).
const INTERNAL: [&str; 16] = [
    "BaselineCoverage",
    "BazelWorkspaceStatusAction",
    "BuildInfo",
    "CppModuleMap",
    "FileWrite",
    "Middleman",
    "ParameterFile",
    "ParameterFileWrite",
    "ParamFile",
    "RepoMappingManifest",
    "RunfilesTree",
    "SourceManifest",
    "SourceSymlinkManifest",
    "SymlinkTree",
    "TemplateExpand",
    "UmbrellaHeader",
];

/// Whether actions called `mnemonic` are done by Bazel itself.
pub(in crate::import) fn spawns_nothing(mnemonic: &str) -> bool {
    INTERNAL.contains(&mnemonic)
}

impl Merger {
    /// Adds the actions of all graphs that no log has, and completes those that one has.
    pub(super) fn add_queries(&mut self, sources: &Sources) {
        for (query, &file) in sources.queries.iter().zip(&sources.files.queries) {
            self.told.by(file);
            let mut artifacts = Vec::with_capacity(query.artifacts.len());
            for queried in &query.artifacts {
                let artifact = self.artifact(query.texts.get(queried.path));
                if queried.is_tree {
                    self.builder.set_kind(artifact, ArtifactKind::Tree);
                }
                artifacts.push(artifact);
            }
            let tells_commands = query.actions.iter().any(|a| a.has_arguments);
            let mut walk = SetWalk::default();
            for (i, action) in query.actions.iter().enumerate() {
                let outputs: Vec<ArtifactId> =
                    action.outputs.iter().map(|&o| artifacts[o as usize]).collect();
                let known = outputs.iter().find_map(|&o| self.by_output.get(o));
                if let Some(known) = known {
                    self.complete(known, query, action, &outputs);
                    continue;
                }
                let inputs = query.inputs(action, &mut walk);
                let inputs: Vec<ArtifactId> =
                    inputs.iter().map(|&i| artifacts[i as usize]).collect();
                let mnemonic = query.texts.get(action.mnemonic).to_owned();
                let spec = ActionSpec {
                    label: query.texts.get(action.label).to_owned(),
                    kind: kind(&mnemonic, action, &inputs, tells_commands),
                    mnemonic,
                    inputs,
                    outputs,
                    digests: ActionDigests::default(),
                    duration_ms: None,
                };
                self.add_action(spec, Side::default(), Some(i + 1));
            }
        }
    }

    /// Fills in what a log did not tell of `known`. Its inputs stay: the log has those really read
    /// (`discovers_inputs`: the graph has every header that might be).
    fn complete(
        &mut self,
        known: ActionId,
        query: &AqueryFacts,
        action: &QueriedAction,
        outputs: &[ArtifactId],
    ) {
        self.told.tell(Fact::Action(known));
        // Equal actions of two targets are one to Bazel; nothing of the second is new then.
        if self.sides[known.0 as usize].spawn.is_none() {
            return;
        }
        let (label, mnemonic) = (query.texts.get(action.label), query.texts.get(action.mnemonic));
        self.builder.name_action(known, label, mnemonic);
        for &output in outputs {
            if !self.by_output.contains(output) {
                self.builder.get_action_mut(known).outputs.push(output);
                self.by_output.claim(output, known);
            }
        }
    }
}

/// How an action that no log has comes by its outputs.
fn kind(
    mnemonic: &str,
    action: &QueriedAction,
    inputs: &[ArtifactId],
    tells_commands: bool,
) -> ActionKind {
    if spawns_nothing(mnemonic) {
        return ActionKind::Internal;
    }
    if mnemonic.contains("Symlink") && !action.has_arguments {
        let is_one = action.outputs.len() == 1 && !inputs.is_empty();
        return if is_one { ActionKind::Symlink } else { ActionKind::Internal };
    }
    // A graph that tells commands tells them of every spawn but tests.
    if tells_commands && !action.has_arguments && mnemonic != "TestRunner" {
        return ActionKind::Internal;
    }
    ActionKind::Spawn
}
