//! Brings a trace into the interpreter's terms and says where the two differ.

use std::collections::BTreeSet;

use rewindow::model::{ActionId, BlobId, Cache, CacheKind, Graph, Id};
use rewindow::rewind::{Event, Moment, OnLoss, Scenario, Trace};

use super::{Client, Report, interpret};

/// How much of a scenario's course is determined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Determined {
    /// One job: all of it.
    All,
    /// One job, but files share contents: all of it unless something is rewound or fetched late and
    /// lost, as it is open when that happens among other uploads of the same content.
    AllUnlessLost,
    /// Several jobs, no content shared: what happens, but not how often or in which order.
    Outcome,
}

/// What build `build` of `trace` did, in the interpreter's terms.
pub fn report_of(graph: &Graph, trace: &Trace, build: usize) -> Report {
    let hex = |blob: BlobId| graph.blobs().digest(blob).hex();
    let path = |artifact| graph.path(artifact).to_owned();
    let outcome = &trace.builds[build];
    let mut report = Report {
        success: outcome.success,
        exit_code: outcome.exit_code,
        attempts: outcome.attempts,
        rewinds: outcome.rewinds,
        local: outcome.local.iter().map(|&a| path(a)).collect(),
        ..Report::default()
    };
    for event in trace.events_of(build) {
        match *event {
            Event::Executed { action, .. } => {
                *report.executed.entry(action.index()).or_default() += 1;
            }
            Event::MarkedDirty { action, .. } => {
                *report.dirtied.entry(action.index()).or_default() += 1;
            }
            Event::Failed { action, .. } => {
                report.failed.insert(action.index());
            }
            Event::LostInput { consumer, input, blob } => {
                report.lost.insert((Some(consumer.index()), path(input), hex(blob)));
            }
            Event::LostOutput { artifact, blob } => {
                report.lost.insert((None, path(artifact), hex(blob)));
                report.output_lost |= !outcome.success;
            }
            Event::Asked(r) => {
                let asked = (r.verb, r.kind, hex(r.blob), r.status);
                *report.requests.entry(asked).or_default() += 1;
            }
            _ => {}
        }
    }
    report
}

/// Where planner and interpreter differ, one line each.
pub fn differences(
    graph: &Graph,
    cache: &Cache,
    scenario: &Scenario,
    trace: &Trace,
    determined: Determined,
) -> Vec<String> {
    let (expected, client) = interpret(graph, cache, scenario);
    let mut found = Vec::new();
    if trace.builds.len() != expected.len() {
        return vec![format!("{} builds instead of {}", trace.builds.len(), expected.len())];
    }
    for (i, naive) in expected.iter().enumerate() {
        let planned = report_of(graph, trace, i);
        let lines = match determined {
            Determined::AllUnlessLost if late(naive) || late(&planned) => return found,
            Determined::AllUnlessLost if naive.rewinds > 0 => {
                let mut lines = Lines::default();
                lines.add("success", &planned.success, &naive.success);
                lines.0
            }
            Determined::All | Determined::AllUnlessLost => all(scenario, i, naive, &planned),
            Determined::Outcome => outcome(naive, &planned),
        };
        found.extend(lines.into_iter().map(|line| format!("build {i}: {line}")));
        if !found.is_empty() {
            // What follows from a difference is no news.
            return found;
        }
        if determined == Determined::Outcome && !naive.success {
            // With several jobs it is open what was done before it stopped.
            return found;
        }
        if late(naive) || late(&planned) {
            // What a build does after one that lost top-level outputs is open (N8).
            return found;
        }
    }
    if determined == Determined::All {
        found.extend(cache_differences(graph, cache, trace, &client));
    }
    found
}

/// Whether an output was found lost that was fetched late (N4).
fn late(report: &Report) -> bool {
    report.lost.iter().any(|lost| lost.0.is_none())
}

fn all(scenario: &Scenario, build: usize, naive: &Report, planned: &Report) -> Vec<String> {
    let mut lines = Lines::default();
    lines.add("success", &planned.success, &naive.success);
    let fails = scenario.engine.on_loss == OnLoss::Fail && !scenario.builds[build].keep_going;
    if fails && (late(naive) || late(planned)) {
        // How far the rest came by then is open (N8).
        return lines.0;
    }
    if !late(naive) || naive.failed.is_empty() {
        // Which code wins of a build that failed both ways is open.
        lines.add("exit code", &planned.exit_code, &naive.exit_code);
    }
    lines.add("attempts", &planned.attempts, &naive.attempts);
    // Whether top-level outputs that are lost together make one round or several is not in the
    // rules.
    if !late(naive) {
        lines.add("rewinds", &planned.rewinds, &naive.rewinds);
    }
    lines.add("executed", &planned.executed, &naive.executed);
    lines.add("failed", &planned.failed, &naive.failed);
    lines.add("lost", &planned.lost, &naive.lost);
    if matches!(scenario.engine.on_loss, OnLoss::RewindCommand { .. }) {
        // Whether a consumer that is put back counts as dirtied is a matter of words.
        let keys = |r: &Report| r.dirtied.keys().copied().collect::<BTreeSet<_>>();
        let consumers: BTreeSet<usize> = naive.lost.iter().filter_map(|l| l.0).collect();
        let more: BTreeSet<usize> = keys(planned).difference(&keys(naive)).copied().collect();
        lines.add("dirtied all", &keys(naive).is_subset(&keys(planned)), &true);
        lines.add("dirtied no more", &more.is_subset(&consumers), &true);
    } else {
        lines.add("dirtied", &planned.dirtied, &naive.dirtied);
    }
    let only = |a: &Report, b: &Report| {
        let more = a.requests.iter().filter(|(r, n)| b.requests.get(r) != Some(n));
        more.map(|(r, n)| (r.clone(), *n)).collect::<Vec<_>>()
    };
    lines.add("requests", &only(planned, naive), &only(naive, planned));
    lines.add("local", &planned.local, &naive.local);
    lines.0
}

fn outcome(naive: &Report, planned: &Report) -> Vec<String> {
    let mut lines = Lines::default();
    lines.add("success", &planned.success, &naive.success);
    if !late(naive) && !late(planned) {
        lines.add("exit code", &planned.exit_code, &naive.exit_code);
    }
    if naive.success {
        let keys = |r: &Report| r.executed.keys().copied().collect::<BTreeSet<_>>();
        lines.add("executed", &keys(planned), &keys(naive));
        lines.add("local", &planned.local, &naive.local);
    }
    lines.0
}

fn cache_differences(graph: &Graph, cache: &Cache, trace: &Trace, client: &Client) -> Vec<String> {
    let mut lines = Lines::default();
    let moment = Moment::after(graph, cache, trace, trace.events.len());
    for (kind, naive) in [(CacheKind::Ac, &client.ac), (CacheKind::Cas, &client.cas)] {
        let held = graph.blobs().ids().filter(|&b| moment.has_blob(kind, b));
        let held: BTreeSet<String> = held.map(|b| graph.blobs().digest(b).hex()).collect();
        lines.add(&format!("{kind:?} afterwards"), &held, naive);
    }
    lines.0
}

#[derive(Default)]
struct Lines(Vec<String>);

impl Lines {
    fn add<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, planned: &T, naive: &T) {
        if planned != naive {
            self.0.push(format!("{what}: planner {planned:?}, interpreter {naive:?}"));
        }
    }
}

/// The scenario in a few lines, for a failing property.
pub fn describe(graph: &Graph, cache: &Cache, scenario: &Scenario) -> String {
    use std::fmt::Write;
    let mut text = format!("engine {}, {:?}\n", scenario.engine.id, scenario.server);
    let path = |a: &_| graph.path(*a).to_owned();
    let in_cas = |b| if cache.cas.contains(b) { "" } else { " gone" };
    let short = |b: BlobId| graph.blobs().digest(b).short();
    for action in graph.action_ids() {
        let digests = graph.digests(action);
        let inputs: Vec<String> = graph.inputs(action).iter().map(path).collect();
        let outputs = graph.outputs(action).iter().map(|&o| {
            let blob = graph.blob(o).unwrap();
            let size = graph.blobs().size_bytes(blob).unwrap_or(1);
            format!("{}={}/{size}{}", path(&o), short(blob), in_cas(blob))
        });
        let std = [digests.stdout, digests.stderr].map(|b| b.map(|b| (short(b), in_cas(b))));
        let ac = cache.ac.contains(digests.key.unwrap());
        let outputs: Vec<String> = outputs.collect();
        let name = action.index();
        let label = graph.label(action);
        writeln!(text, "  {name} {label}: {inputs:?} -> {outputs:?} std {std:?}, AC entry {ac}")
            .unwrap();
    }
    for build in &scenario.builds {
        writeln!(text, "  {build:?}").unwrap();
    }
    text
}

/// The ids of `order` as actions.
pub fn actions(order: &[usize]) -> Vec<ActionId> {
    order.iter().map(|&i| ActionId::at(i)).collect()
}
