//! Brings traces and what the interpreter did into the same terms and says where they differ.

use std::collections::{BTreeMap, BTreeSet};

use rewindow::model::{
    ActionId, ArtifactId, BlobId, Cache, CacheKind, Graph, Id, Request, Status, Tier, Verb,
};
use rewindow::rewind::{Engine, Event, Halt, Scenario, Trace};

use super::interpret;
use super::sim::Outcome;

/// One request with its answer, on whosever behalf.
pub type Asked = (Tier, Verb, CacheKind, BlobId, Status);

/// What one build did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Each execution, in order.
    pub sequence: Vec<ActionId>,
    /// How often each action executed.
    pub executed: BTreeMap<ActionId, usize>,
    pub hits: BTreeMap<ActionId, usize>,
    pub failed: BTreeSet<ActionId>,
    /// How often each action was dirtied by rewinding.
    pub dirtied: BTreeMap<ActionId, usize>,
    pub outdated: BTreeMap<ActionId, usize>,
    /// Who found what lost (`None`: the build), and how often.
    pub lost: BTreeMap<(Option<ActionId>, ArtifactId, BlobId), usize>,
    pub evicted: BTreeMap<(Tier, CacheKind, BlobId), usize>,
    pub success: bool,
    pub exit_code: u8,
    pub halt: Option<Halt>,
    pub attempts: u32,
    pub rewinds: u32,
    pub requests: BTreeMap<Asked, usize>,
    pub end_ms: u64,
    /// Derived artifacts on disk afterwards.
    pub local: BTreeSet<ArtifactId>,
}

fn count<K: Ord>(counts: &mut BTreeMap<K, usize>, key: K) {
    *counts.entry(key).or_default() += 1;
}

impl Report {
    /// What these events say; `before` are those of earlier builds.
    fn of(before: &[Event], events: &[Event]) -> Self {
        let mut report = Self::default();
        for event in events {
            match *event {
                Event::Executed { action, .. } => {
                    report.sequence.push(action);
                    count(&mut report.executed, action);
                }
                Event::CacheHit { action } => count(&mut report.hits, action),
                Event::MarkedDirty { action, .. } => count(&mut report.dirtied, action),
                Event::Outdated { action, .. } => count(&mut report.outdated, action),
                Event::Failed { action, .. } => {
                    report.failed.insert(action);
                }
                Event::LostInput { consumer, input, blob } => {
                    count(&mut report.lost, (Some(consumer), input, blob));
                }
                Event::LostOutput { artifact, blob } => {
                    count(&mut report.lost, (None, artifact, blob));
                }
                Event::Evicted { kind, blob, tier } => {
                    count(&mut report.evicted, (tier, kind, blob));
                }
                Event::Asked(Request { verb, tier, kind, blob, status, .. }) => {
                    count(&mut report.requests, (tier, verb, kind, blob, status));
                }
                _ => {}
            }
        }
        let clock = |event: &Event| match event {
            Event::Clock { ms } => Some(*ms),
            _ => None,
        };
        let all = before.iter().chain(events);
        report.end_ms = all.rev().find_map(clock).unwrap_or(0);
        report
    }

    /// What build `build` of `trace` did.
    pub fn of_trace(trace: &Trace, build: usize) -> Self {
        let outcome = &trace.builds[build];
        Self {
            success: outcome.success,
            exit_code: outcome.exit_code,
            halt: outcome.halt,
            attempts: outcome.attempts,
            rewinds: outcome.rewinds,
            local: outcome.local.iter().copied().collect(),
            ..Self::of(&trace.events[..outcome.first_event], trace.events_of(build))
        }
    }

    /// What the interpreter did in one build.
    pub fn of_outcome(events: &[Event], outcome: &Outcome) -> Self {
        Self {
            success: outcome.success,
            exit_code: outcome.exit_code,
            halt: outcome.halt,
            attempts: outcome.attempts,
            rewinds: outcome.rewinds,
            local: outcome.local.iter().copied().collect(),
            ..Self::of(&events[..outcome.events.start], &events[outcome.events.clone()])
        }
    }
}

/// Where planner and interpreter differ, one line each.
pub fn differences(
    graph: &Graph,
    cache: &Cache,
    scenario: &Scenario,
    trace: &Trace,
) -> Vec<String> {
    let (outcomes, sim) = interpret(graph, cache, scenario);
    if trace.builds.len() != outcomes.len() {
        return vec![format!("{} builds instead of {}", trace.builds.len(), outcomes.len())];
    }
    for (i, outcome) in outcomes.iter().enumerate() {
        let naive = Report::of_outcome(&sim.events, outcome);
        let mut planned = Report::of_trace(trace, i);
        // A tree is on disk if its files are.
        planned.local.retain(|&a| graph.tree_files(a).is_empty());
        let found = report_differences(scenario.builds[i].jobs, &naive, &planned);
        if !found.is_empty() {
            // What follows from a difference is no news.
            return found.into_iter().map(|line| format!("build {i}: {line}")).collect();
        }
    }
    let mut lines = Lines::default();
    for (tier, store) in [(Tier::Remote, Some(&sim.remote)), (Tier::Disk, sim.disk.as_ref())] {
        let at_first = match tier {
            Tier::Remote => Some(cache),
            Tier::Disk => scenario.disk_cache.as_ref(),
        };
        let planned = at_first.map(|cache| held_after(cache, trace, tier));
        let naive = store.map(|s| (s.ac.keys().copied().collect(), s.cas.clone()));
        lines.add(&format!("{tier:?} cache afterwards"), &planned, &naive);
    }
    lines.0
}

/// AC and CAS of one cache after all events.
fn held_after(cache: &Cache, trace: &Trace, of: Tier) -> (BTreeSet<BlobId>, BTreeSet<BlobId>) {
    let mut held = cache.clone();
    for event in &trace.events {
        match *event {
            Event::Evicted { kind, blob, tier } if tier == of => {
                held.evict(kind, blob);
            }
            Event::Asked(r) if r.verb == Verb::Put && r.tier == of => {
                held.insert(r.kind, r.blob);
            }
            _ => {}
        }
    }
    (held.ac.iter().collect(), held.cas.iter().collect())
}

fn report_differences(jobs: u32, naive: &Report, planned: &Report) -> Vec<String> {
    let mut lines = Lines::default();
    lines.add("success", &planned.success, &naive.success);
    lines.add("exit code", &planned.exit_code, &naive.exit_code);
    lines.add("halt", &planned.halt, &naive.halt);
    lines.add("attempts", &planned.attempts, &naive.attempts);
    lines.add("rewinds", &planned.rewinds, &naive.rewinds);
    lines.add("executed", &planned.executed, &naive.executed);
    if jobs == 1 {
        lines.add("sequence", &planned.sequence, &naive.sequence);
    }
    lines.add("hits", &planned.hits, &naive.hits);
    lines.add("failed", &planned.failed, &naive.failed);
    lines.add("dirtied", &planned.dirtied, &naive.dirtied);
    lines.add("outdated", &planned.outdated, &naive.outdated);
    lines.add_counts("lost", &planned.lost, &naive.lost);
    lines.add_counts("evicted", &planned.evicted, &naive.evicted);
    lines.add_counts("requests", &planned.requests, &naive.requests);
    lines.add("end", &planned.end_ms, &naive.end_ms);
    lines.add("local", &planned.local, &naive.local);
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

    fn add_counts<K: Ord + std::fmt::Debug>(
        &mut self,
        what: &str,
        planned: &BTreeMap<K, usize>,
        naive: &BTreeMap<K, usize>,
    ) {
        fn only<'a, K: Ord>(
            a: &'a BTreeMap<K, usize>,
            b: &BTreeMap<K, usize>,
        ) -> Vec<(&'a K, usize)> {
            a.iter().filter(|(k, n)| b.get(*k) != Some(*n)).map(|(k, n)| (k, *n)).collect()
        }
        self.add(what, &only(planned, naive), &only(naive, planned));
    }
}

/// The scenario in a few lines, for a failing property.
pub fn describe(graph: &Graph, cache: &Cache, scenario: &Scenario) -> String {
    use std::fmt::Write;
    let engine = Engine { sources: &[], summary: "", ..scenario.engine };
    let mut text = format!("{engine:?}\n{:?}\n", scenario.server);
    let in_cas = |b| if cache.cas.contains(b) { "" } else { " gone" };
    let name = |a: &ArtifactId| {
        let blob = graph.blob(*a).map(|b| format!("={}{}", b.index(), in_cas(b)));
        let tree = graph.artifact_kind(*a) == rewindow::model::ArtifactKind::Tree;
        let memory = if graph.is_in_memory(*a) { "!" } else { "" };
        let tree = if tree { "/" } else { memory };
        format!("{}{tree}#{}{}", graph.path(*a), a.index(), blob.unwrap_or_default())
    };
    for action in graph.action_ids() {
        let digests = graph.digests(action);
        let inputs: Vec<String> = graph.inputs(action).iter().map(name).collect();
        let outputs = graph.outputs(action).iter().map(|o| {
            let files: Vec<String> = graph.tree_files(*o).iter().map(name).collect();
            if files.is_empty() { name(o) } else { format!("{}{files:?}", name(o)) }
        });
        let outputs: Vec<String> = outputs.collect();
        let entry = digests.key.filter(|key| cache.ac.contains(*key));
        let entry = entry.map(|key| cache.entry(key));
        let kind = graph.action_kind(action);
        let (label, i, ms) = (graph.label(action), action.index(), graph.duration_ms(action));
        writeln!(text, "  {i} {label} {kind:?} {ms:?}: {inputs:?} -> {outputs:?}").unwrap();
        writeln!(text, "    {digests:?} AC entry {entry:?}").unwrap();
    }
    let empty: Vec<BlobId> = graph.blobs().ids().filter(|&b| graph.blobs().is_size_0(b)).collect();
    writeln!(text, "  blobs {}, empty {empty:?}", graph.blobs().len()).unwrap();
    let Scenario { execution, timing, nondeterministic, seed, .. } = scenario;
    let set = |s: &rewindow::model::IdSet<ActionId>| s.iter().map(Id::index).collect::<Vec<_>>();
    let (here, there) = (set(&execution.local_only), set(&execution.remote_only));
    writeln!(text, "  executor {:?}, local {here:?}, remote {there:?}", execution.default).unwrap();
    writeln!(text, "  {timing:?} nondeterministic {:?} seed {seed}", set(nondeterministic))
        .unwrap();
    if let Some(disk) = &scenario.disk_cache {
        let (ac, cas): (Vec<_>, Vec<_>) = (disk.ac.iter().collect(), disk.cas.iter().collect());
        writeln!(text, "  disk cache {ac:?} {cas:?}").unwrap();
    }
    for line in scenario.revisions.iter().map(|r| format!("{r:?}")) {
        writeln!(text, "  {line}").unwrap();
    }
    for fault in &scenario.faults {
        writeln!(text, "  {fault:?}").unwrap();
    }
    for build in &scenario.builds {
        writeln!(text, "  {build:?}").unwrap();
    }
    if std::env::var("REWINDOW_EVENTS").is_ok() {
        let (_, sim) = interpret(graph, cache, scenario);
        let trace = rewindow::rewind::plan(graph, cache, scenario);
        for (who, events) in [("planner", &trace.events), ("interpreter", &sim.events)] {
            writeln!(text, "{who}:").unwrap();
            for event in events {
                writeln!(text, "    {event:?}").unwrap();
            }
        }
    }
    text
}
