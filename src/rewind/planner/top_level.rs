//! Top-level outputs that become wanted although their action is not looked at, or only at the end.

use crate::model::{ActionId, ArtifactId, BlobId, Id};

use crate::rewind::engine::FetchTime;
use crate::rewind::scenario::DownloadMode;

use super::attempt::{Attempt, Phase};

impl Attempt<'_, '_> {
    /// An action as an earlier build left it: its outputs that are wanted now and not on disk are
    /// fetched straight from the CAS where the engine does so (R9).
    pub fn finish_reused(&mut self, action: ActionId) {
        self.done(action);
        if !self.planner.engine.fetches_newly_wanted {
            return;
        }
        let mut lost = Vec::new();
        for &output in self.planner.graph.outputs(action) {
            if self.is_wanted(action, output) && !self.planner.graph.is_in_memory(output) {
                self.fetch_output(output, Some(action), &mut lost);
            }
        }
        self.lose_outputs(&lost);
    }

    /// Fetches what the mode selects after all actions are done, where the engine does so (K5).
    pub fn fetch_at_end(&mut self) {
        if self.planner.engine.fetch_time != FetchTime::AtEnd || self.halt.is_some() {
            return;
        }
        let graph = self.planner.graph;
        let wanted: Vec<ArtifactId> = match self.build.download {
            DownloadMode::Minimal => return,
            DownloadMode::TopLevel => self.needs.top_level.iter().collect(),
            DownloadMode::All => {
                let outputs = self.needs.actions.iter().flat_map(|&a| graph.outputs(a));
                outputs.copied().collect()
            }
        };
        let mut lost = Vec::new();
        for artifact in wanted {
            let producer = graph.producer(artifact);
            if producer.is_some_and(|p| self.phase[p.index()] == Phase::Done) {
                self.fetch_output(artifact, None, &mut lost);
            }
        }
        self.lose_outputs(&lost);
    }

    /// Fetches what of `output` is not on disk; what is gone is added to `lost`.
    fn fetch_output(
        &mut self,
        output: ArtifactId,
        owner: Option<ActionId>,
        lost: &mut Vec<(ArtifactId, BlobId)>,
    ) {
        let graph = self.planner.graph;
        for file in self.files_of(output) {
            if self.planner.world.disk.contains(file) {
                continue;
            }
            let origin = self.origin(file);
            let Some(blob) = self.planner.world.blob(graph, origin) else { continue };
            if self.is_size_0(blob) || self.fetch(owner, blob) {
                self.materialize(file, owner);
            } else {
                lost.push((file, blob));
            }
        }
    }
}
