//! What a view is about and how near it is looked at: losses, artifacts, groupings, focuses.

use crate::model::{BlobId, CacheKind, Id};
use crate::rewind::Event;
use crate::scene::{Mark, Selection, Viewport};
use crate::web::protocol::WireGroupBy;

use super::looks::{Focused, Look};
use super::msg::Effect;
use super::state::State;

/// The least scale at which a focus is shown whole, and the one at which its middle is shown else.
pub(super) const READABLE: f32 = 0.55;
const READ: f32 = 0.85;
/// Events looked through for a loss.
const LOOKED_BACK: usize = 1 << 16;

impl State {
    /// Gives all artifacts of a focus marks of their own, or takes them away.
    pub(super) fn show_artifacts(&mut self, shown: bool) -> Vec<Effect> {
        self.looking.with_artifacts = shown;
        match self.looking.look.clone() {
            Look::Focus(on) => self.look_at(Look::Focus(on)),
            _ => Vec::new(),
        }
    }

    /// Groups the actions by something else.
    pub(super) fn group_by(&mut self, by: WireGroupBy) -> Vec<Effect> {
        let looking = &mut self.looking;
        looking.group_by = by;
        // Views before are of groups that are no more.
        looking.past.retain(|past| matches!(past.look, Look::All | Look::Focus(_)));
        (looking.grouping, looking.leaving) = (None, None);
        looking.open.clear();
        if let Selection::Group(_) = self.selection {
            self.selection = Selection::None;
        }
        let look = match &self.looking.look {
            Look::Overview => Look::Overview,
            _ => Look::Groups,
        };
        self.layout = None;
        self.look_at(look)
    }

    /// In a focus too large to be read as a whole: its middle at a scale that can be read.
    pub(super) fn look_closely(&mut self) {
        let Look::Focus(on) = &self.looking.look else {
            if self.selected_mark().is_some() && self.looking.look != Look::Overview {
                self.reveal_selected();
            }
            return;
        };
        let on = on.clone();
        let Some(layout) = self.layout.clone() else { return };
        if self.viewport.scale >= READABLE {
            return;
        }
        let selected = self.selected_action().filter(|&a| layout.index_of(a).is_some());
        let action = match on {
            Focused::Around(action, ..) => Some(action),
            Focused::Between(_, to) => Some(to),
            Focused::Loss(blob) => {
                let graph = &self.incident.graph;
                let artifact = graph.artifacts_of_blob(blob).next();
                artifact.and_then(|artifact| graph.producer(artifact))
            }
            Focused::Plan | Focused::CriticalPath => selected,
        };
        let first = || layout.marks().next();
        let mark = action.map(Mark::Action).filter(|&m| layout.centre(m).is_some()).or_else(first);
        let Some(centre) = mark.and_then(|mark| layout.centre(mark)) else { return };
        let near = Viewport { scale: READ, ..self.viewport };
        self.viewport = near.centred_on(centre);
        self.fitted = false;
    }

    /// The blob whose loss a focus on the loss is about: the selected one, else the one found lost
    /// last, else the first that is evicted.
    pub fn lost_blob(&self) -> Option<BlobId> {
        let graph = &self.incident.graph;
        let selected = match self.selection {
            Selection::Artifact(artifact) => graph.blob(artifact),
            Selection::Blob(blob) => Some(blob),
            _ => None,
        };
        let events = &self.timeline.trace.events;
        let done = events.get(..self.player.step.min(events.len())).unwrap_or_default();
        let lost = |event: &Event| match *event {
            Event::LostInput { input, .. } => graph.blob(input),
            Event::LostOutput { artifact, .. } => graph.blob(artifact),
            _ => None,
        };
        let is_gone = |blob: &BlobId| self.is_gone(CacheKind::Cas, *blob);
        let found = done.iter().rev().take(LOOKED_BACK).find_map(lost);
        let later = || events.iter().skip(done.len()).take(LOOKED_BACK).find_map(lost);
        let evicted = || {
            let cas = self.timeline.evicted.keys().filter(|key| key.0 == CacheKind::Cas);
            cas.map(|key| key.1).min_by_key(|blob| blob.index())
        };
        selected.filter(is_gone).or(found).or_else(later).or_else(evicted)
    }
}
