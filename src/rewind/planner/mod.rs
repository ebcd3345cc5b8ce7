//! The one interpreter of all engines: what a build tool does, build by build, event by event.
//!
//! `world` is what outlives a build: `store` the remote cache, `contents` what artifacts contain.
//! `asking` talks to the caches, `faults` takes things out of them. `attempt` knows how far each
//! action of one run is, `order` which goes next, `schedule` runs them in virtual time, `action` is
//! one action's way from the action cache to execution, `inputs` what that needs and `outputs` what
//! it leaves behind, `loss` and `rewinding` what a lost blob leads to, `message` what the tool
//! prints. What the rules leave open is settled in `docs/planner.md`.

mod action;
mod asking;
mod attempt;
mod contents;
mod faults;
mod inputs;
mod loss;
mod message;
mod needs;
mod order;
mod outputs;
mod progress;
mod rewinding;
mod schedule;
mod store;
mod top_level;
mod world;

use std::ops::ControlFlow;

use crate::model::{ArtifactId, BlobId, Cache, Graph, IdSet, Tier};

use super::engine::Engine;
use super::fault::Report;
use super::scenario::{Build, Scenario};
use super::trace::{BuildOutcome, Event, Halt, Trace};
use attempt::Attempt;
use faults::Faults;
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
    let mut planner = Planner::new(graph, cache, scenario, progress);
    planner.run()?;
    planner.trace.events.shrink_to_fit();
    Ok(planner.trace)
}

/// The start of [`plan`]: at least the first `n_events`, or all if there are no more. `progress`
/// may stop it earlier.
pub(super) fn plan_start(
    graph: &Graph,
    cache: &Cache,
    scenario: &Scenario,
    n_events: usize,
    progress: &mut dyn FnMut(usize) -> ControlFlow<()>,
) -> Result<Vec<Event>, Stopped> {
    let mut until_enough = |n| match progress(n) {
        ControlFlow::Continue(()) if n >= n_events => ControlFlow::Break(()),
        flow => flow,
    };
    let mut planner = Planner::new(graph, cache, scenario, &mut until_enough);
    let run = planner.run();
    let events = std::mem::take(&mut planner.trace.events);
    match run {
        Err(Stopped) if events.len() < n_events => Err(Stopped),
        _ => Ok(events),
    }
}

/// How many events may pass without a call of `progress`.
const PROGRESS_EVENTS: usize = 4096;

/// What the builds of one plan share.
struct Planner<'a> {
    graph: &'a Graph,
    engine: &'a Engine,
    scenario: &'a Scenario,
    world: World,
    faults: Faults,
    /// Virtual milliseconds since the scenario began, and what the trace last said of them (P1).
    now: u64,
    now_shown: u64,
    /// Blobs uploaded in this attempt that are still there: each is uploaded once (R5, P12).
    uploaded: IdSet<BlobId>,
    uploaded_to_disk: IdSet<BlobId>,
    trace: Trace,
    progress: &'a mut dyn FnMut(usize) -> ControlFlow<()>,
    /// How many events there are at its next call.
    next_progress: usize,
}

/// How one run of a build ended.
struct Run {
    exit_code: u8,
    message: String,
    halt: Option<Halt>,
    /// Whether another run of the whole build may do better (R1).
    may_retry: bool,
}

impl<'a> Planner<'a> {
    fn new(
        graph: &'a Graph,
        cache: &Cache,
        scenario: &'a Scenario,
        progress: &'a mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Self {
        Self {
            graph,
            engine: &scenario.engine,
            scenario,
            world: World::new(graph, cache, scenario),
            faults: Faults::new(&scenario.faults),
            now: 0,
            now_shown: 0,
            uploaded: IdSet::default(),
            uploaded_to_disk: IdSet::default(),
            trace: Trace::default(),
            progress,
            next_progress: PROGRESS_EVENTS,
        }
    }

    fn run(&mut self) -> Result<(), Stopped> {
        for (index, build) in self.scenario.builds.iter().enumerate() {
            self.build(index, build)?;
        }
        Ok(())
    }

    fn build(&mut self, index: usize, build: &Build) -> Result<(), Stopped> {
        let first_event = self.trace.events.len();
        self.prepare(index, build);
        let needs = Needs::of(self.graph, build);
        let (mut attempts, mut rewinds) = (0, 0);
        let run = loop {
            attempts += 1;
            self.push(Event::BuildStarted { build: index as u32, attempt: attempts });
            self.uploaded.clear();
            self.uploaded_to_disk.clear();
            let run = Attempt::new(self, build, &needs, &mut rewinds).run()?;
            self.world.finish_attempt();
            let retries_left = attempts <= self.engine.retries;
            if !run.may_retry {
                break run;
            }
            if !retries_left {
                let spent = self.engine.retries > 0;
                let exit_code =
                    if spent { self.engine.exit_on_retries_spent } else { run.exit_code };
                break Run { exit_code, ..run };
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

    /// Everything that happens before the tool starts: time passes, `clean`, a restart, edits,
    /// evictions, faults, and what the tool makes of a switch of mode.
    fn prepare(&mut self, index: usize, build: &Build) {
        self.pass_time(self.now + build.wait_ms);
        if build.clean {
            self.push(Event::Cleaned);
            self.world.clean();
        }
        if build.restart {
            self.push(Event::ServerRestarted);
            self.world.restart();
        }
        if let Some(revision) = build.edit.and_then(|e| self.scenario.revisions.get(e)) {
            for (artifact, blob) in self.world.edit(self.graph, revision) {
                self.push(Event::Edited { artifact, blob });
            }
        }
        for &source in &build.edit_sources {
            let blob = self.world.contents.edit_source(self.graph, source);
            self.push(Event::Edited { artifact: source, blob });
            for action in rewinding::consumers_of(self.graph, &[source]) {
                self.world.outdate(self.graph, action);
            }
        }
        for eviction in &build.evict {
            self.evict(Tier::Remote, eviction.kind, eviction.blob, Report::Typed);
        }
        self.strike_before_build(index as u32);
        self.world.start_build(self.graph, self.engine, build.download);
    }

    #[inline]
    fn push(&mut self, event: Event) {
        self.settle();
        self.append(event);
    }

    /// Appends to the trace, which grows by quarters: it is the largest thing there is.
    #[inline]
    fn append(&mut self, event: Event) {
        let events = &mut self.trace.events;
        if events.len() == events.capacity() {
            events.reserve_exact((events.len() / 4).max(256));
        }
        events.push(event);
    }

    /// Calls back now and then; an error if the caller wants no more.
    fn report_progress(&mut self) -> Result<(), Stopped> {
        let n_events = self.trace.events.len();
        if n_events < self.next_progress {
            return Ok(());
        }
        self.next_progress = n_events + PROGRESS_EVENTS;
        match (self.progress)(n_events) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Stopped),
        }
    }

    fn local_outputs(&self) -> Vec<ArtifactId> {
        let is_output = |a: &ArtifactId| self.graph.producer(*a).is_some();
        self.world.disk.iter().filter(is_output).collect()
    }
}
