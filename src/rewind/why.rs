//! Why something happened: the chain of events from a moment back to the eviction that began it.

use crate::model::{ActionId, Graph};

use super::trace::Trace;

/// Positions of the events that explain the state of `action` after the first `step` events, latest
/// first, ending with the eviction (or the first event) that began it. Empty if nothing happened to
/// it.
pub fn why(_graph: &Graph, _trace: &Trace, _action: ActionId, _step: usize) -> Vec<usize> {
    Vec::new()
}
