//! The one interpreter of all engines: what a build tool does, build by build, event by event.
//!
//! `world` is what outlives a build (cache, output tree, memory of the server), `attempt` runs the
//! actions of one run in order, `action` is one action's way from the action cache to execution,
//! `loss` is what a lost blob leads to, `message` is what the tool prints.

mod action;
mod attempt;
mod loss;
mod message;
mod needs;
mod top_level;
mod world;

use std::ops::ControlFlow;

use crate::model::{ArtifactId, Cache, Graph, Tier};

use super::engine::Engine;
use super::scenario::{Build, Scenario};
use super::trace::{BuildOutcome, Event, Halt, Trace};
use attempt::Attempt;
use needs::Needs;
use world::World;

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
    graph: &Graph,
    cache: &Cache,
    scenario: &Scenario,
    progress: &mut dyn FnMut(usize) -> ControlFlow<()>,
) -> Result<Trace, Stopped> {
    let mut planner = Planner {
        graph,
        engine: &scenario.engine,
        scenario,
        world: World::new(graph, cache),
        trace: Trace::default(),
        progress,
    };
    for (index, build) in scenario.builds.iter().enumerate() {
        planner.build(index, build)?;
    }
    Ok(planner.trace)
}

/// What the builds of one plan share.
struct Planner<'a> {
    graph: &'a Graph,
    engine: &'a Engine,
    scenario: &'a Scenario,
    world: World,
    trace: Trace,
    progress: &'a mut dyn FnMut(usize) -> ControlFlow<()>,
}

/// How one run of a build ended.
struct Run {
    exit_code: u8,
    message: String,
    halt: Option<Halt>,
    /// Whether another run of the whole build may do better (R1).
    may_retry: bool,
}

impl Planner<'_> {
    fn build(&mut self, index: usize, build: &Build) -> Result<(), Stopped> {
        let first_event = self.trace.events.len();
        self.prepare(build);
        let needs = Needs::of(self.graph, &build.targets);
        let (mut attempts, mut rewinds) = (0, 0);
        let run = loop {
            attempts += 1;
            self.push(Event::BuildStarted { build: index as u32, attempt: attempts });
            let run = Attempt::new(self, build, &needs, &mut rewinds).run()?;
            let retries_left = attempts <= self.engine.retries;
            if run.exit_code == 0 || !run.may_retry || !retries_left {
                break run;
            }
            self.push(Event::Retrying { attempt: attempts });
            self.world.invalidate_remote(self.graph);
        };
        let success = run.exit_code == 0;
        self.world.finish_build(self.graph, self.engine, success);
        let finished =
            Event::BuildFinished { build: index as u32, success, exit_code: run.exit_code };
        self.push(finished);
        self.trace.builds.push(BuildOutcome {
            first_event,
            end_event: self.trace.events.len(),
            success,
            exit_code: run.exit_code,
            message: run.message,
            attempts,
            rewinds,
            halt: run.halt,
            local: self.local_outputs(),
        });
        Ok(())
    }

    /// Everything that happens before the tool starts: evictions, edits, `clean`, a restart, and
    /// what the tool makes of a switch of mode.
    fn prepare(&mut self, build: &Build) {
        if build.clean {
            self.world.clean();
            self.push(Event::Cleaned);
        }
        if build.restart {
            self.world.restart();
            self.push(Event::ServerRestarted);
        }
        if let Some(revision) = build.edit.and_then(|e| self.scenario.revisions.get(e)) {
            for (artifact, blob) in self.world.edit(self.graph, revision) {
                self.push(Event::Edited { artifact, blob });
            }
        }
        for eviction in &build.evict {
            if self.world.cache.evict(eviction.kind, eviction.blob) {
                self.push(Event::Evicted {
                    kind: eviction.kind,
                    blob: eviction.blob,
                    tier: Tier::Remote,
                });
            }
        }
        self.world.start_build(self.graph, self.engine, build.download);
    }

    fn push(&mut self, event: Event) {
        self.trace.events.push(event);
    }

    /// Calls back; an error if the caller wants no more.
    fn report_progress(&mut self) -> Result<(), Stopped> {
        match (self.progress)(self.trace.events.len()) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Stopped),
        }
    }

    fn local_outputs(&self) -> Vec<ArtifactId> {
        let is_output = |a: &ArtifactId| self.graph.producer(*a).is_some();
        self.world.disk.iter().filter(is_output).collect()
    }
}
