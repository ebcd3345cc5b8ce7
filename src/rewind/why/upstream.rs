//! Causes that lie further up the graph: what changed a key, and what failed so that others are
//! skipped.
//!
//! Both walk from the action towards the sources, always on to one that shares its fate, so they
//! visit about as many actions as the way is long.

use std::collections::HashMap;

use crate::model::{ActionId, ArtifactId, IdSet};
use crate::rewind::trace::Event;

use super::causes::{Past, is_ac_answer, is_done};
use super::index::before;

impl Past<'_> {
    /// Why `action` has another key than before: the edit of a source that it depends on, or the
    /// execution of a producer that yielded something else although its own key is as it was.
    pub(super) fn cause_of_change(&self, at: usize, action: ActionId) -> Option<usize> {
        let edits = self.edits(at);
        let mut seen = IdSet::<ActionId>::default();
        let mut stack = vec![action];
        let mut executed = None;
        while let Some(action) = stack.pop() {
            for &input in self.graph.inputs(action) {
                if let Some(&edit) = edits.get(&input) {
                    return Some(edit);
                }
                let Some(producer) = self.graph.producer(input) else { continue };
                if !seen.insert(producer) {
                    continue;
                }
                if self.has_known_key(at, producer) {
                    let is_execution = |event: &Event| matches!(event, Event::Executed { .. });
                    executed = executed.max(self.latest(at, producer, is_execution));
                } else {
                    stack.push(producer);
                }
            }
        }
        executed
    }

    /// Where each source was edited last before `at`.
    fn edits(&self, at: usize) -> HashMap<ArtifactId, usize> {
        let edits = before(&self.index.edits, at).iter().map(|&position| position as usize);
        let by_artifact = edits.filter_map(|position| match self.events[position] {
            Event::Edited { artifact, .. } => Some((artifact, position)),
            _ => None,
        });
        by_artifact.collect()
    }

    /// Whether `action` asked last with the key that the exports tell, so that what it read was as
    /// they say.
    fn has_known_key(&self, at: usize, action: ActionId) -> bool {
        let answer = self.latest(at, action, is_ac_answer);
        match answer.map(|position| self.events[position]) {
            Some(Event::Asked(request)) => Some(request.blob) == self.graph.digests(action).key,
            _ => false,
        }
    }

    /// The failure that `action` depends on, or else the first one, which stopped the build.
    pub(super) fn cause_of_skip(&self, at: usize, action: ActionId) -> Option<usize> {
        let start = self.index.attempt_start(at);
        let end = self.index.next_start(at).unwrap_or(self.events.len());
        let mut below = Some(action);
        while let Some(action) = below.take() {
            for &input in self.graph.inputs(action) {
                let Some(producer) = self.graph.producer(input) else { continue };
                let is_fate = |event: &Event| {
                    is_done(event) || matches!(event, Event::Failed { .. } | Event::Skipped { .. })
                };
                let fate = self.latest(end, producer, is_fate).filter(|&p| p >= start);
                match fate.map(|position| (position, self.events[position])) {
                    Some((position, Event::Failed { .. })) if position < at => {
                        return Some(position);
                    }
                    Some((_, Event::Skipped { .. })) => {
                        below.get_or_insert(producer);
                    }
                    _ => {}
                }
            }
        }
        self.failure(at)
    }
}
