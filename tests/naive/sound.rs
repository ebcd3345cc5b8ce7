//! What must hold of any trace, whatever the rules: checked from its events alone.

use std::collections::BTreeSet;
use std::rc::Rc;

use rewindow::model::{
    ActionId, ActionKind, ArtifactId, ArtifactKind, Cache, CacheKind, Graph, Id, Status, Tier, Verb,
};
use rewindow::rewind::{
    ActionState, ArtifactState, Build, DownloadMode, Event, Executor, FailReason, Moment, OnLoss,
    Report, Scenario, Seeker, Targets, Trace,
};

/// What is wrong with `trace`, one line each.
pub fn check(graph: &Graph, cache: &Cache, scenario: &Scenario, trace: &Trace) -> Vec<String> {
    let mut found = builds_partition_events(scenario, trace);
    if found.is_empty() {
        found.extend(moments_follow_events(graph, cache, trace));
        found.extend(cache_follows_requests(graph, cache, scenario, trace));
        found.extend(events_are_bounded(graph, scenario, trace));
        found.extend(failures_have_a_loss(trace));
        found.extend(inputs_come_first(graph, cache, scenario, trace));
        for (i, build) in scenario.builds.iter().enumerate() {
            let lines = build_ends_well(graph, build, trace, i);
            found.extend(lines.into_iter().map(|line| format!("build {i}: {line}")));
        }
    }
    found
}

fn builds_partition_events(scenario: &Scenario, trace: &Trace) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0;
    for (i, outcome) in trace.builds.iter().enumerate() {
        if outcome.first_event != at || outcome.end_event < at {
            found.push(format!("build {i} does not start where the one before ended"));
        }
        at = outcome.end_event;
        let last = trace.events.get(at.wrapping_sub(1));
        let (success, exit_code) = (outcome.success, outcome.exit_code);
        let finished = Event::BuildFinished { build: i as u32, success, exit_code };
        if last != Some(&finished) {
            found.push(format!("build {i} ends with {last:?}, not {finished:?}"));
        }
    }
    if at != trace.events.len() || trace.builds.len() != scenario.builds.len() {
        found.push(format!("{} builds end at {at}", trace.builds.len()));
    }
    found
}

fn moments_follow_events(graph: &Graph, cache: &Cache, trace: &Trace) -> Vec<String> {
    let mut found = Vec::new();
    let mut moment = Moment::start(graph, cache);
    let stride = trace.events.len() / 16 + 1;
    let mut forwards = Vec::new();
    for (n, event) in trace.events.iter().enumerate() {
        forwards.push(moment.clone());
        if n % stride == 0 && Moment::after(graph, cache, trace, n) != moment {
            found.push(format!("the moment after {n} events is not that before event {n}"));
        }
        moment.apply(graph, event);
    }
    let mut seeker = Seeker::with_limits(graph, Rc::new(cache.clone()), 16, usize::MAX);
    seeker.seek(graph, trace, usize::MAX);
    for (n, expected) in forwards.iter().enumerate().rev() {
        if seeker.seek(graph, trace, n) != expected {
            found.push(format!("going back to step {n} is not the way there"));
        }
    }
    if Moment::after(graph, cache, trace, usize::MAX) != moment {
        found.push("the last moment is not that after the last event".into());
    }
    let n_requests = trace.requests().count();
    if moment.n_requests != n_requests || moment.step != trace.events.len() {
        found.push("the last moment has other counts than the trace".into());
    }
    found
}

/// Every answer is what a cache says that has seen the evictions and uploads so far.
fn cache_follows_requests(
    graph: &Graph,
    cache: &Cache,
    scenario: &Scenario,
    trace: &Trace,
) -> Vec<String> {
    let may_be_untyped = scenario.faults.iter().any(|f| f.report == Report::Untyped);
    let mut found = Vec::new();
    let mut now = cache.clone();
    for (n, event) in trace.events.iter().enumerate() {
        match *event {
            Event::Evicted { kind, blob, tier: Tier::Remote } => {
                now.evict(kind, blob);
            }
            Event::Asked(r) if r.tier == Tier::Disk => {}
            Event::Asked(r) if r.verb == Verb::Put => {
                now.insert(r.kind, r.blob);
            }
            Event::Asked(r) => {
                let there = now.contains(r.kind, r.blob);
                // A verified cache may hide an entry that is there; what is reported in words only
                // looks present to `Find` (P9).
                let hidden = there && r.kind == CacheKind::Cas;
                let wrong = match r.status {
                    Status::Ok => !there && (r.verb != Verb::Find || !may_be_untyped),
                    Status::NotFound => hidden,
                    Status::Error => hidden || !may_be_untyped,
                };
                if wrong {
                    found.push(format!("event {n}, {event:?}: in the cache {there}"));
                }
            }
            _ => {}
        }
    }
    if Moment::after(graph, cache, trace, trace.events.len()).cache != now {
        found.push("the last moment's cache is not what evictions and uploads leave".into());
    }
    found
}

/// P36.
fn events_are_bounded(graph: &Graph, scenario: &Scenario, trace: &Trace) -> Vec<String> {
    let mut found = Vec::new();
    let files = graph.n_artifacts() - graph.n_sources();
    let (edges, blobs) = (graph.n_edges(), graph.blobs().len());
    let bound = 110 * (edges + files + 1) * (graph.n_actions() + edges + files + blobs + 1);
    for (i, outcome) in trace.builds.iter().enumerate() {
        let (rewinds, attempts) = (outcome.rewinds as usize, outcome.attempts as usize);
        let rounds_max = match scenario.engine.on_loss {
            OnLoss::Fail => 0,
            OnLoss::Rewind { .. } => 101 * (edges + files) * attempts,
            OnLoss::RewindCommand { passes_max } => passes_max as usize * attempts,
        };
        if rewinds > rounds_max || attempts > 1 + scenario.engine.retries as usize {
            found.push(format!("build {i}: {rewinds} rounds, {attempts} attempts"));
        }
        let n_events = outcome.end_event - outcome.first_event;
        if n_events > bound * attempts {
            found.push(format!("build {i}: {n_events} events of at most {bound} an attempt"));
        }
    }
    found
}

fn failures_have_a_loss(trace: &Trace) -> Vec<String> {
    let mut found = Vec::new();
    for build in 0..trace.builds.len() {
        let mut losers: BTreeSet<ActionId> = BTreeSet::new();
        for event in trace.events_of(build) {
            match *event {
                Event::LostInput { consumer, .. } | Event::LossReported { consumer } => {
                    losers.insert(consumer);
                }
                Event::Failed { reason: FailReason::IoError, .. } => {}
                Event::Failed { action, .. } if !losers.contains(&action) => {
                    found.push(format!("build {build}: {action:?} failed, but lost nothing"));
                }
                _ => {}
            }
        }
    }
    found
}

/// No action executes before its inputs exist, and locally not before they are on disk.
fn inputs_come_first(
    graph: &Graph,
    cache: &Cache,
    scenario: &Scenario,
    trace: &Trace,
) -> Vec<String> {
    let mut found = Vec::new();
    let mut moment = Moment::start(graph, cache);
    let mut running: BTreeSet<ActionId> = BTreeSet::new();
    for (n, event) in trace.events.iter().enumerate() {
        if let Event::Started { action } = *event {
            running.insert(action);
            for &input in graph.inputs(action) {
                let Some(producer) = graph.producer(input) else { continue };
                let state = moment.action(producer);
                if !is_done(state) {
                    found.push(format!("event {n}: {action:?} starts, {producer:?} is {state:?}"));
                }
                let local = moment.artifact(input) == ArtifactState::Local;
                let plain = graph.artifact_kind(input) == ArtifactKind::Derived
                    && graph.action_kind(producer) == ActionKind::Spawn;
                // What was lost as long as it counted as remote may have been on disk (R6).
                let state = moment.artifact(input);
                let unsure = matches!(state, ArtifactState::Lost | ArtifactState::NotReached);
                let on_disk = scenario.engine.rerun_outputs_stay_remote && unsure;
                let missing = plain && !local && !on_disk;
                if scenario.executor(action) == Executor::Local && missing {
                    found.push(format!("event {n}: {action:?} starts without {input:?} on disk"));
                }
            }
        }
        if let Event::LossReported { consumer } = *event {
            running.remove(&consumer);
        }
        if let Event::Executed { action, .. } = *event
            && !running.remove(&action)
        {
            found.push(format!("event {n}: {action:?} executed without having started"));
        }
        if let Event::BuildFinished { .. } = event
            && !running.is_empty()
        {
            found.push(format!("event {n}: the build ends, but {running:?} run"));
        }
        moment.apply(graph, event);
    }
    found
}

fn is_done(state: ActionState) -> bool {
    matches!(state, ActionState::CacheHit | ActionState::Executed | ActionState::Reexecuted)
}

/// At the end every action has met its fate, and what was asked for is there.
fn build_ends_well(graph: &Graph, build: &Build, trace: &Trace, i: usize) -> Vec<String> {
    let mut found = Vec::new();
    let outcome = &trace.builds[i];
    if outcome.local.windows(2).any(|pair| pair[0] >= pair[1]) {
        found.push("local artifacts are not ascending".into());
    }
    // Some engines only warn of lost outputs (P35).
    let warned = trace.events_of(i).iter().any(|e| match e {
        Event::LostOutput { .. } => true,
        Event::Asked(request) => request.status == Status::Error,
        _ => false,
    });
    let silent = outcome.message.is_empty() || warned;
    if outcome.success != outcome.halt.is_none() || outcome.success && !silent {
        found.push(format!("success {}, but {:?}", outcome.success, outcome.halt));
    }
    if outcome.success != (outcome.exit_code == 0) {
        found.push(format!("success {}, exit code {}", outcome.success, outcome.exit_code));
    }
    let failed = trace.events_of(i).iter().any(|e| matches!(e, Event::Failed { .. }));
    if outcome.success && failed && outcome.attempts == 1 {
        found.push("an action failed and the build did not".into());
    }
    if outcome.success && build.clean {
        let local: BTreeSet<ArtifactId> = outcome.local.iter().copied().collect();
        let Targets::Artifacts(targets) = &build.targets else { return found };
        for &target in targets {
            let is_made = graph.producer(target).is_some_and(|producer| {
                graph.artifact_kind(target) == ArtifactKind::Derived
                    && graph.action_kind(producer) == ActionKind::Spawn
            });
            let wanted = build.download != DownloadMode::Minimal && is_made && !warned;
            if wanted && !local.contains(&target) {
                found.push(format!("target {} is not on disk", target.index()));
            }
        }
    }
    found
}
