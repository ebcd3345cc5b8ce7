//! Why something happened: the chain of events from a moment back to the fault that began it.
//!
//! Each link is the nearest earlier event that the kind of event has as its cause. A chain ends at
//! what has no cause within the trace: a blob or entry is evicted, a source is edited, a build
//! starts, the cache answers what it held from the start.

mod causes;
mod index;
mod upstream;

use crate::model::{ActionId, Graph};

use super::trace::{Event, Trace};
use causes::Past;
use index::Index;

/// What is needed to explain a trace quickly: make it once and ask it often.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Causes {
    index: Index,
}

impl Causes {
    /// Two passes over the trace.
    pub fn new(graph: &Graph, trace: &Trace) -> Self {
        Self { index: Index::of(graph, trace) }
    }

    /// Positions of the events that explain the state of `action` after the first `step` events,
    /// latest first. Empty if nothing has happened to it in the running attempt. `graph` and
    /// `trace` are those that this was made of.
    pub fn why(&self, graph: &Graph, trace: &Trace, action: ActionId, step: usize) -> Vec<usize> {
        let past = Past { graph, events: &trace.events, index: &self.index };
        match past.state_of(action, step.min(trace.events.len())) {
            Some(position) => past.chain(position),
            None => Vec::new(),
        }
    }

    /// The event at `position`, what led to it, what led to that, and so on; latest first.
    pub fn chain(&self, graph: &Graph, trace: &Trace, position: usize) -> Vec<usize> {
        Past { graph, events: &trace.events, index: &self.index }.chain(position)
    }
}

/// [`Causes::why`] for one question: it reads the whole trace.
pub fn why(graph: &Graph, trace: &Trace, action: ActionId, step: usize) -> Vec<usize> {
    Causes::new(graph, trace).why(graph, trace, action, step)
}

/// The action whose state the event changes.
fn subject(event: &Event) -> Option<ActionId> {
    match *event {
        Event::LostInput { consumer, .. } | Event::LossReported { consumer } => Some(consumer),
        Event::Reused { action }
        | Event::CacheHit { action }
        | Event::CacheMiss { action, .. }
        | Event::MarkedDirty { action, .. }
        | Event::Outdated { action, .. }
        | Event::Reset { action }
        | Event::Started { action }
        | Event::Executed { action, .. }
        | Event::Made { action }
        | Event::Failed { action, .. }
        | Event::Skipped { action } => Some(action),
        _ => None,
    }
}
