//! Durations of actions from trace profiles, where no log tells them.

use std::collections::HashMap;

use super::{Merger, Sources, is_generated};
use crate::import::bazel_profile_facts::{ProfileFacts, ProfiledAction};
use crate::model::{ActionId, ActionKind, ArtifactId, Fact, Id};

/// What profiles say of actions, in the order of how exactly it says which.
#[derive(Default)]
struct Index {
    /// The only spawn of a target and a mnemonic, or of a target; `None` if there are several.
    by_label: HashMap<(String, String), Option<ActionId>>,
    /// The only artifact by its path below the output root.
    by_short_path: HashMap<String, Option<ActionId>>,
}

impl Merger {
    /// Fills in how long actions execute. A span that may be of several actions is left alone; of
    /// several spans of one action, the last counts.
    pub(super) fn add_profiles(&mut self, sources: &Sources) {
        if sources.profiles.is_empty() {
            return;
        }
        let index = self.profile_index();
        for (profile, &file) in sources.profiles.iter().zip(&sources.files.profiles) {
            self.told.by(file);
            self.add_profile(profile, &index);
        }
    }

    fn add_profile(&mut self, profile: &ProfileFacts, index: &Index) {
        let mut found: HashMap<ActionId, u32> = HashMap::new();
        for span in &profile.actions {
            let Some(us) = span.executed_us else { continue };
            if let Some(action) = self.profiled(profile, span, index) {
                let ms = u32::try_from(us / 1000).unwrap_or(u32::MAX - 1);
                found.insert(action, ms.min(u32::MAX - 1));
            }
        }
        for (action, ms) in found {
            let spec = self.builder.get_action_mut(action);
            if *spec.duration_ms.get_or_insert(ms) == ms {
                self.told.tell(Fact::Duration(action));
            }
        }
    }

    fn profile_index(&self) -> Index {
        let mut index = Index::default();
        for action in self.action_ids() {
            let spec = self.builder.get_action(action);
            let label = self.builder.texts.get(spec.label);
            if spec.kind != ActionKind::Spawn || label.is_empty() {
                continue;
            }
            for mnemonic in [self.builder.texts.get(spec.mnemonic), ""] {
                let key = (label.to_owned(), mnemonic.to_owned());
                let known = index.by_label.entry(key).or_insert(Some(action));
                *known = known.filter(|&a| a == action);
            }
        }
        for artifact in (0..self.builder.n_artifacts()).map(ArtifactId::at) {
            let path = self.builder.path(artifact);
            let Some(action) = self.by_output.get(artifact) else { continue };
            // `bazel-out/CONFIGURATION/bin/PATH`: messages name only the last part.
            let Some(short) = path.splitn(4, '/').nth(3).filter(|_| is_generated(path)) else {
                continue;
            };
            let known = index.by_short_path.entry(short.to_owned()).or_insert(Some(action));
            *known = known.filter(|&a| a == action);
        }
        index
    }

    /// The action that `span` is of, if that is certain.
    fn profiled(
        &self,
        profile: &ProfileFacts,
        span: &ProfiledAction,
        index: &Index,
    ) -> Option<ActionId> {
        let text = |id| profile.texts.get(id);
        let output = text(span.primary_output);
        if !output.is_empty() {
            let artifact = self.builder.find_artifact(output)?;
            return self.by_output.get(artifact);
        }
        let label = text(span.label);
        if !label.is_empty() {
            let key = (label.to_owned(), text(span.mnemonic).to_owned());
            return index.by_label.get(&key).copied().flatten();
        }
        let path = text(span.name).strip_prefix("Linking ")?;
        index.by_short_path.get(path).copied().flatten()
    }
}
