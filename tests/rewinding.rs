//! What the rewinding engines do, situation by situation, after the rules A1-A7 and K2-K9 and the
//! cases of Bazel's `RewindingTest`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use rewindow::model::{
    ActionDigests, ActionId, ActionKind, ActionSpec, ArtifactId, ArtifactKind, BlobId, Cache,
    CacheKind, Digest, DigestFunction, Graph, GraphBuilder,
};
use rewindow::rewind::{
    Build, CachePolicy, Counts, DownloadMode, Engine, Event, Eviction, ForgetsLost, Halt,
    RemembersLost, Scenario, Server, Targets, Trace, plan,
};

/// A graph made of lines `label: input input -> output output`, with a cache that holds all of it.
struct World {
    graph: Graph,
    cache: Cache,
}

impl World {
    fn new(lines: &[&str]) -> Self {
        let mut builder = GraphBuilder::default();
        for line in lines {
            add_action(&mut builder, line);
        }
        let (graph, defects) = builder.finish();
        assert!(defects.is_empty());
        let mut cache = Cache::default();
        for action in graph.action_ids() {
            let digests = graph.digests(action);
            cache.ac.extend(digests.key);
            cache.cas.extend(digests.key.into_iter().chain(digests.command));
            cache.cas.extend(graph.outputs(action).iter().filter_map(|&o| graph.blob(o)));
        }
        Self { graph, cache }
    }

    /// A chain `r1 -> r2 -> … -> rn`.
    fn chain(n: usize) -> Self {
        let lines: Vec<String> = (1..=n)
            .map(|i| match i {
                1 => "r1: -> o1".to_owned(),
                _ => format!("r{i}: o{} -> o{i}", i - 1),
            })
            .collect();
        Self::new(&lines.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn artifact(&self, path: &str) -> ArtifactId {
        self.graph.artifact_ids().find(|&a| self.graph.path(a) == path).unwrap()
    }

    fn action(&self, label: &str) -> ActionId {
        self.graph.action_ids().find(|&a| self.graph.label(a) == label).unwrap()
    }

    fn blob(&self, path: &str) -> BlobId {
        self.graph.blob(self.artifact(path)).unwrap()
    }

    /// `o1` evicts a blob, `ac:r1` an AC entry.
    fn evict(&self, what: &str) -> Eviction {
        match what.strip_prefix("ac:") {
            Some(label) => {
                let key = self.graph.digests(self.action(label)).key.unwrap();
                Eviction { kind: CacheKind::Ac, blob: key }
            }
            None => Eviction { kind: CacheKind::Cas, blob: self.blob(what) },
        }
    }

    fn build(&self, top: &str, mode: DownloadMode, evict: &[&str]) -> Build {
        let targets = Targets::Artifacts(vec![self.artifact(top)]);
        let evict = evict.iter().map(|what| self.evict(what)).collect();
        Build { evict, ..Build::clean(targets, mode) }
    }

    fn plan(&self, engine: Engine, builds: Vec<Build>) -> Trace {
        plan(&self.graph, &self.cache, &Scenario::new(engine, builds))
    }

    /// Labels of executions in order.
    fn executed(&self, trace: &Trace) -> String {
        self.labels(trace, |e| {
            if let Event::Executed { action, .. } = e { Some(*action) } else { None }
        })
    }

    /// Labels of dirtied actions in order.
    fn dirtied(&self, trace: &Trace) -> String {
        let pick = |e: &Event| match e {
            Event::MarkedDirty { action, .. } => Some(*action),
            _ => None,
        };
        self.labels(trace, pick)
    }

    fn labels(&self, trace: &Trace, pick: impl Fn(&Event) -> Option<ActionId>) -> String {
        let labels = trace.events.iter().filter_map(pick).map(|a| self.graph.label(a));
        labels.collect::<Vec<_>>().join(" ")
    }
}

fn add_action(builder: &mut GraphBuilder, line: &str) {
    let (label, rest) = line.split_once(':').unwrap();
    let (inputs, outputs) = rest.split_once("->").unwrap();
    let intern = |builder: &mut GraphBuilder, what: &str| {
        let mut bytes = [0; 32];
        for (i, byte) in what.bytes().enumerate() {
            bytes[i % 32] ^= byte.rotate_left(i as u32 / 32) ^ i as u8;
        }
        builder.intern_blob(Digest::new(DigestFunction::Sha256, &bytes).unwrap(), Some(7))
    };
    let inputs =
        inputs.split_whitespace().map(|p| builder.artifact(p, ArtifactKind::Source)).collect();
    let outputs: Vec<_> = outputs
        .split_whitespace()
        .map(|path| {
            let artifact = builder.artifact(path, ArtifactKind::Derived);
            let blob = intern(builder, path);
            builder.set_blob(artifact, blob);
            artifact
        })
        .collect();
    let digests = ActionDigests {
        key: Some(intern(builder, &format!("action {label}"))),
        command: Some(intern(builder, &format!("command {label}"))),
        ..ActionDigests::default()
    };
    builder.action(ActionSpec {
        label: label.to_owned(),
        mnemonic: "Genrule".to_owned(),
        kind: ActionKind::Spawn,
        inputs,
        outputs,
        digests,
        duration_ms: None,
    });
}

fn bazel_9_3() -> Engine {
    Engine::find("bazel-9.3").unwrap()
}

fn buck2() -> Engine {
    Engine::find("buck2-1349").unwrap()
}

const MINIMAL: DownloadMode = DownloadMode::Minimal;
const TOP_LEVEL: DownloadMode = DownloadMode::TopLevel;

#[test]
fn without_a_loss_nothing_is_dirtied() {
    let world = World::chain(3);
    for engine in [bazel_9_3(), buck2()] {
        let trace = world.plan(engine, vec![world.build("o3", MINIMAL, &["ac:r3"])]);
        assert!(trace.builds[0].success);
        assert_eq!(world.executed(&trace), "r3");
        assert_eq!(world.dirtied(&trace), "");
    }
}

/// A2: a producer whose own input is gone finds out when it runs.
#[test]
fn a_chain_of_losses_is_discovered_level_by_level() {
    let world = World::chain(4);
    let evict = ["o1", "o2", "o3", "ac:r4"];
    for engine in [bazel_9_3(), buck2()] {
        let trace = world.plan(engine, vec![world.build("o4", MINIMAL, &evict)]);
        assert!(trace.builds[0].success, "{}", engine.id);
        assert_eq!(world.executed(&trace), "r1 r2 r3 r4", "{}", engine.id);
        assert_eq!(world.dirtied(&trace), "r3 r2 r1", "{}", engine.id);
        assert_eq!(trace.builds[0].rewinds, 3, "{}", engine.id);
    }
}

/// `inputsFromSameGeneratingActionSplit`, A3.
#[test]
fn two_lost_inputs_of_one_producer_make_it_run_once() {
    let world = World::new(&["p: -> x y z", "c: x y z -> top"]);
    for engine in [bazel_9_3(), buck2()] {
        let trace = world.plan(engine, vec![world.build("top", MINIMAL, &["x", "y", "ac:c"])]);
        assert_eq!(world.executed(&trace), "p c");
        assert_eq!(trace.builds[0].rewinds, 1);
    }
}

/// `parallelTrackSharedActionsRewound`: a producer on its way is not sent again.
#[test]
fn consumers_that_lose_the_same_blob_share_one_rewind_of_its_producer() {
    let world = World::new(&["p: -> x", "a: x -> oa", "b: x -> ob", "t: oa ob -> top"]);
    for engine in [bazel_9_3(), buck2()] {
        let build = world.build("top", MINIMAL, &["x", "ac:a", "ac:b"]);
        let trace = world.plan(engine, vec![build]);
        assert_eq!(world.dirtied(&trace), "p", "{}", engine.id);
        assert_eq!(world.executed(&trace), "p a b", "{}", engine.id);
    }
}

/// A3, K9: a dirtied producer with equal outputs leaves its other, done consumers alone.
#[test]
fn consumers_that_are_done_stay_done() {
    let world = World::new(&["p: -> x", "a: x -> oa", "b: x oa -> ob"]);
    for engine in [bazel_9_3(), buck2()] {
        let trace = world.plan(engine, vec![world.build("ob", MINIMAL, &["x", "ac:b"])]);
        assert_eq!(world.executed(&trace), "p b", "{}", engine.id);
    }
}

/// Several paths with one digest: losing the blob loses them all, recovery goes by path (W1).
#[test]
fn inputs_that_share_a_blob_are_each_recovered() {
    let mut builder = GraphBuilder::default();
    for line in ["p: -> x", "q: -> y", "c: x y -> top"] {
        add_action(&mut builder, line);
    }
    let (x, y) = (builder.find_artifact("x").unwrap(), builder.find_artifact("y").unwrap());
    let shared = builder.blob(x).unwrap();
    builder.set_blob(y, shared);
    let graph = builder.finish().0;
    let mut cache = Cache::default();
    for action in graph.action_ids().take(2) {
        cache.ac.extend(graph.digests(action).key);
    }
    let top = graph.artifact_ids().find(|&a| graph.path(a) == "top").unwrap();
    let build = Build::clean(Targets::Artifacts(vec![top]), MINIMAL);
    let world = World { graph, cache };
    let trace = world.plan(bazel_9_3(), vec![build]);
    assert_eq!(world.dirtied(&trace), "p q");
    assert_eq!(trace.builds[0].rewinds, 1, "one batch");
}

/// Section 6: 25 wide is one rewind for either tool; 25 deep passes Buck2's cap per command (K7).
#[test]
fn bazel_counts_losses_per_input_and_buck2_passes_per_command() {
    let outs: Vec<String> = (0..25).map(|i| format!("x{i}")).collect();
    let mut lines: Vec<String> = outs.iter().map(|o| format!("p{o}: -> {o}")).collect();
    lines.push(format!("c: {} -> top", outs.join(" ")));
    let wide = World::new(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    let mut evict: Vec<&str> = outs.iter().map(String::as_str).collect();
    evict.push("ac:c");
    for engine in [bazel_9_3(), buck2()] {
        let trace = wide.plan(engine, vec![wide.build("top", MINIMAL, &evict)]);
        assert!(trace.builds[0].success);
        assert_eq!(trace.builds[0].rewinds, 1, "{}", engine.id);
    }
    for (n_levels, buck2_recovers) in [(20, true), (21, false)] {
        let deep = World::chain(n_levels + 1);
        let mut evict: Vec<String> = (1..=n_levels).map(|i| format!("o{i}")).collect();
        evict.push(format!("ac:r{}", n_levels + 1));
        let evict: Vec<&str> = evict.iter().map(String::as_str).collect();
        let build = deep.build(&format!("o{}", n_levels + 1), MINIMAL, &evict);
        assert!(deep.plan(bazel_9_3(), vec![build.clone()]).builds[0].success);
        let trace = deep.plan(buck2(), vec![build]);
        assert_eq!(trace.builds[0].success, buck2_recovers, "{n_levels} levels");
        assert_eq!(trace.builds[0].rewinds, 20);
    }
}

/// `ineffectiveRewinding`, A4, A5 era I: a stale AC entry is believed again until the 21st loss.
#[test]
fn a_stale_ac_entry_that_is_believed_runs_into_the_cap() {
    let world = World::chain(2);
    let era_1 = Engine { remembers_lost: RemembersLost::No, ..bazel_9_3() };
    let build = world.build("o2", MINIMAL, &["o1", "ac:r2"]);
    let trace = world.plan(era_1, vec![build.clone()]);
    let outcome = &trace.builds[0];
    assert_eq!((outcome.success, outcome.exit_code), (false, 1));
    assert_eq!(outcome.halt, Some(Halt::LostTooOften));
    assert_eq!(world.dirtied(&trace).split(' ').count(), 20);
    assert!(outcome.message.contains("lost input too many times (#21) for the same action"));
    // A verified cache never shows the problem (A5).
    let server = Server { policy: CachePolicy::Verified, ..Server::default() };
    let verified = Scenario { server, ..Scenario::new(era_1, vec![build]) };
    let trace = plan(&world.graph, &world.cache, &verified);
    assert!(trace.builds[0].success);
    assert_eq!(world.executed(&trace), "r1 r2");
}

/// The stuck loop of the gist (B5), and that rewinding ends it.
#[test]
fn the_stuck_loop_ends_with_rewinding() {
    let world = World::new(&["a: -> a.txt", "b: a.txt -> b.txt", "c: a.txt b.txt -> c.txt"]);
    let first = world.build("c.txt", MINIMAL, &["a.txt", "ac:c"]);
    let again = world.build("c.txt", MINIMAL, &[]);
    for id in ["bazel-1.1", "bazel-2.1", "bazel-4.2", "bazel-7.7"] {
        let engine = Engine::find(id).unwrap();
        let trace = world.plan(engine, vec![first.clone(), again.clone()]);
        assert!(trace.builds.iter().all(|b| !b.success), "{id}");
    }
    let trace = world.plan(bazel_9_3(), vec![first, again]);
    assert!(trace.builds.iter().all(|b| b.success));
    assert_eq!(world.executed(&trace), "a c");
}

/// An input that no export names a producer of cannot be lost: nobody can say where it comes from.
#[test]
fn an_unknown_generated_input_counts_as_present() {
    let mut builder = GraphBuilder::default();
    add_action(&mut builder, "c: gen -> top");
    let input = builder.find_artifact("gen").unwrap();
    builder.set_kind(input, ArtifactKind::UnknownGenerated);
    let graph = builder.finish().0;
    let top = graph.artifact_ids().find(|&a| graph.path(a) == "top").unwrap();
    let world = World { graph, cache: Cache::default() };
    let build = Build::clean(Targets::Artifacts(vec![top]), MINIMAL);
    assert!(world.plan(bazel_9_3(), vec![build]).builds[0].success);
}

/// K5: a requested output that is gone at the final materialization rewinds its producer; without
/// materialization nobody looks.
#[test]
fn buck2_notices_a_lost_top_level_output_only_when_it_materializes() {
    let world = World::chain(2);
    let trace = world.plan(buck2(), vec![world.build("o2", TOP_LEVEL, &["o2"])]);
    assert!(trace.builds[0].success);
    assert_eq!((world.dirtied(&trace).as_str(), world.executed(&trace).as_str()), ("r2", "r2"));
    assert_eq!(trace.builds[0].rewinds, 1);
    let trace = world.plan(buck2(), vec![world.build("o2", MINIMAL, &["o2"])]);
    assert_eq!(world.executed(&trace), "");
}

/// A1: an output that becomes top-level after its action was done is fetched from the CAS; gone,
/// its producer is rewound, where 7.7 fails with exit 34.
#[test]
fn a_lost_top_level_output_is_rewound_where_7_7_fails() {
    let world = World::chain(2);
    let first = world.build("o2", MINIMAL, &[]);
    let second = Build { clean: false, ..world.build("o2", TOP_LEVEL, &["o2"]) };
    let builds = vec![first, second];
    let trace = world.plan(bazel_9_3(), builds.clone());
    assert!(trace.builds[1].success, "{}", trace.builds[1].message);
    assert_eq!(world.executed(&trace), "r2");
    let trace = world.plan(Engine::find("bazel-7.7").unwrap(), builds);
    assert_eq!(trace.builds[1].exit_code, 34);
}

/// Outputs of one action that are found gone together cost one round.
#[test]
fn top_level_outputs_lost_together_are_rewound_together() {
    let world = World::new(&["p: -> x y"]);
    let targets = Targets::Artifacts(vec![world.artifact("x"), world.artifact("y")]);
    let first = Build::clean(targets.clone(), MINIMAL);
    let evict = vec![world.evict("x"), world.evict("y")];
    let second = Build { clean: false, evict, ..Build::clean(targets, TOP_LEVEL) };
    for engine in [bazel_9_3(), buck2()] {
        let trace = world.plan(engine, vec![first.clone(), second.clone()]);
        assert!(trace.builds[1].success, "{}", engine.id);
        assert_eq!(trace.builds[1].rewinds, 1, "{}", engine.id);
        assert_eq!(world.executed(&trace), "p", "{}", engine.id);
    }
}

/// R1-R3: each retry finds one loss. What is refused is forgotten before it has run, so that a
/// chain of n losses costs n(n + 1)/2 retries; if it were not, one for each level.
#[test]
fn retries_find_one_loss_each() {
    let world = World::chain(4);
    let build = world.build("o4", MINIMAL, &["o1", "o2", "o3", "ac:r4"]);
    for (forgets_lost, needed) in [(ForgetsLost::OnRefusal, 6), (ForgetsLost::OnUpload, 3)] {
        for retries in 0..8 {
            let bazel = Engine::find("bazel-7.7").unwrap();
            let engine = Engine { retries, forgets_lost, ..bazel };
            let trace = world.plan(engine, vec![build.clone()]);
            assert_eq!(trace.builds[0].success, retries >= needed, "{retries} retries");
            assert_eq!(trace.builds[0].attempts, retries.min(needed) + 1);
        }
    }
}

/// Buck2's replay asks no action cache (K8).
#[test]
fn a_rewound_buck2_action_bypasses_the_action_cache() {
    let world = World::chain(2);
    let trace = world.plan(buck2(), vec![world.build("o2", MINIMAL, &["o1", "ac:r2"])]);
    let counts = Counts::of(&trace.events);
    assert_eq!((counts.n_executions, counts.n_reexecutions, counts.n_rewinds), (2, 1, 1));
    let asks_ac = |r: &rewindow::model::Request| {
        r.kind == CacheKind::Ac && r.verb == rewindow::model::Verb::Get
    };
    assert_eq!(trace.requests().filter(asks_ac).count(), 2, "r1 and r2, once each");
}
