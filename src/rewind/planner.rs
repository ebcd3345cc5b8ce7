//! The interpreter of engines. (Under construction on another branch; this file fixes its door.)

use std::ops::ControlFlow;

use crate::model::{Cache, Graph};

use super::scenario::Scenario;
use super::trace::Trace;

/// The plan was cancelled from outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the plan was cancelled")]
pub struct Stopped;

/// What `scenario.engine` does, build by build, event by event. Total: not recovering is an
/// outcome.
pub fn plan(graph: &Graph, cache: &Cache, scenario: &Scenario) -> Trace {
    let never = &mut |_| ControlFlow::Continue(());
    plan_with(graph, cache, scenario, never).unwrap_or_default()
}

/// [`plan`], calling `progress` with the number of events so far, now and then; it may stop the
/// plan.
pub fn plan_with(
    _graph: &Graph,
    _cache: &Cache,
    _scenario: &Scenario,
    _progress: &mut dyn FnMut(usize) -> ControlFlow<()>,
) -> Result<Trace, Stopped> {
    Ok(Trace::default())
}
