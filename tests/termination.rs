//! Every plan ends within the bound that `docs/planner.md` states (P36), whatever is lost however
//! often.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use rewindow::model::{
    ActionDigests, ActionKind, ActionSpec, ArtifactKind, Cache, CacheKind, Digest, DigestFunction,
    Graph, GraphBuilder, Id, IdSet, Tier,
};
use rewindow::rewind::{
    Build, CachePolicy, Capacity, DoneConsumers, DownloadMode, Engine, Eviction, Execution,
    Executor, Fault, Halt, HowOften, Lifetime, Report, Scenario, Server, Targets, What, When,
    engines, plan,
};

/// Fewer events than P36 allows an attempt: a thirtieth, which these graphs keep to as well.
fn bound(graph: &Graph) -> usize {
    let n_outputs: usize = graph.action_ids().map(|a| graph.outputs(a).len()).sum();
    let n_losable = graph.n_edges() + n_outputs + 1;
    110 * n_losable * (graph.n_actions() + n_losable + graph.blobs().len())
}

/// `n` actions; each reads the outputs of those that `reads` picks among the earlier ones.
fn graph(n: usize, reads: impl Fn(usize, usize) -> bool) -> (Graph, Cache) {
    let mut builder = GraphBuilder::default();
    let mut n_blobs = 0u64;
    let mut blob = |builder: &mut GraphBuilder| {
        n_blobs += 1;
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&n_blobs.to_be_bytes());
        builder.intern_blob(Digest::new(DigestFunction::Sha256, &bytes).unwrap(), Some(10))
    };
    let mut outputs = Vec::new();
    for i in 0..n {
        let output = builder.artifact(&format!("o{i}"), ArtifactKind::Derived);
        let content = blob(&mut builder);
        builder.set_blob(output, content);
        let inputs = (0..i).filter(|&j| reads(i, j)).map(|j| outputs[j]).collect();
        let (key, command) = (Some(blob(&mut builder)), Some(blob(&mut builder)));
        builder.action(ActionSpec {
            label: format!("//:{i}"),
            mnemonic: "Genrule".to_owned(),
            kind: ActionKind::Spawn,
            inputs,
            outputs: vec![output],
            digests: ActionDigests { key, command, ..ActionDigests::default() },
            duration_ms: Some(10 * (i as u32 % 3)),
        });
        outputs.push(output);
    }
    let (graph, defects) = builder.finish();
    assert!(defects.is_empty());
    let mut cache = Cache::default();
    for action in graph.action_ids() {
        cache.ac.extend(graph.digests(action).key);
        cache.cas.extend(graph.outputs(action).iter().filter_map(|&o| graph.blob(o)));
    }
    (graph, cache)
}

/// Every engine, and rewinding ones with what makes them go on longest.
fn all_engines() -> Vec<Engine> {
    let mut all = engines().to_vec();
    for engine in engines() {
        all.push(Engine {
            gathers_losses: false,
            done_consumers: DoneConsumers::RunAgain,
            ..*engine
        });
        all.push(Engine { done_consumers: DoneConsumers::RunIfChanged, retries: 3, ..*engine });
    }
    all
}

/// Section 7 of the semantics: what x when x how often x tier x report.
fn faults(graph: &Graph) -> Vec<Fault> {
    let half = [CacheKind::Ac, CacheKind::Cas];
    let outputs = graph.action_ids().filter_map(|a| graph.blob(graph.outputs(a)[0]));
    let these = outputs.map(|blob| Eviction { kind: CacheKind::Cas, blob }).collect();
    let mut whats = vec![What::These(these), What::Everything(None), What::AtLeast { bytes: 10 }];
    whats.extend(half.map(|kind| What::Everything(Some(kind))));
    whats.extend(half.map(|kind| What::Share { kind, percent: 50 }));
    whats.extend(half.map(|kind| What::UnusedFor { kind, ms: 20 }));
    let first = graph.action_ids().next().unwrap();
    let whens = [
        When::BeforeBuild(0),
        When::BeforeBuild(1),
        When::AfterAction(first),
        When::AtStep(9),
        When::AtTime(15),
    ];
    let mut all = Vec::new();
    for what in whats {
        for when in whens {
            for how_often in [HowOften::Once, HowOften::FirstUploads(3), HowOften::Always] {
                for tier in [Tier::Remote, Tier::Disk] {
                    for report in [Report::Typed, Report::Untyped] {
                        all.push(Fault { what: what.clone(), when, how_often, tier, report });
                    }
                }
            }
        }
    }
    assert_eq!(all.len(), 9 * 5 * 3 * 2 * 2);
    all
}

#[test]
fn every_engine_ends_under_every_fault() {
    let graphs = [
        graph(6, |i, j| i == j + 1),
        graph(7, |i, j| i == 6 && j < 6),
        graph(7, |_, j| j == 0),
        graph(6, |_, _| true),
    ];
    let (mut n_plans, mut n_faults, mut longest) = (0, 0, 0.0f64);
    for (graph, cache) in &graphs {
        for engine in all_engines() {
            for fault in faults(graph) {
                // What goes on for ever meets every variant, what does not one of them.
                let goes_on = fault.how_often == HowOften::Always
                    && fault.when == When::BeforeBuild(0)
                    && fault.tier == Tier::Remote;
                n_faults += 1;
                let variants = match goes_on {
                    true => 0..N_VARIANTS,
                    false => n_faults % N_VARIANTS..n_faults % N_VARIANTS + 1,
                };
                for number in variants {
                    let scenario = variant(graph, cache, engine, &fault, number);
                    let trace = plan(graph, cache, &scenario);
                    let bound = 2 * bound(graph) * (engine.retries as usize + 1);
                    let n_events = trace.events.len();
                    assert!(n_events <= bound, "{}: {n_events} > {bound}", engine.id);
                    longest = longest.max(n_events as f64 / bound as f64);
                    n_plans += 1;
                }
            }
        }
    }
    println!("{n_plans} plans ended; the longest took {:.4} of its bound", longest);
}

/// How many [`variant`]s there are.
const N_VARIANTS: usize = 24;

/// Modes, executors, servers, jobs and nondeterminism, drawn so that each meets each engine; two
/// builds in a row.
fn variant(graph: &Graph, cache: &Cache, engine: Engine, fault: &Fault, number: usize) -> Scenario {
    let top = graph.outputs(graph.action_ids().next_back().unwrap())[0];
    let build = Build {
        keep_going: number.is_multiple_of(2),
        jobs: [1, 3][number / 2 % 2],
        async_upload: number.is_multiple_of(5),
        upload_final: number % 4 == 1,
        ..Build::clean(Targets::Artifacts(vec![top]), DownloadMode::ALL[number % 3])
    };
    let again = Build { clean: number.is_multiple_of(7), ..build.clone() };
    let server = Server {
        policy: [CachePolicy::Unverified, CachePolicy::Verified][number / 3 % 2],
        lifetime: [
            Lifetime::Independent,
            Lifetime::TouchesBlobs,
            Lifetime::KeepsBlobs,
            Lifetime::EvictsTogether,
        ][number % 4],
        capacity: Capacity { cas_bytes: (number > 18).then_some(20), ac_entries: None },
        ..Server::default()
    };
    let executor = [None, Some(Executor::Local), Some(Executor::Remote)][number / 4 % 3];
    let all: IdSet<_> = graph.action_ids().collect();
    Scenario {
        server,
        execution: Execution { default: executor, ..Execution::default() },
        nondeterministic: if number % 3 == 1 { all } else { IdSet::default() },
        disk_cache: (fault.tier == Tier::Disk).then(|| cache.clone()),
        faults: vec![fault.clone()],
        seed: number as u64,
        ..Scenario::new(engine, vec![build, again])
    }
}

/// A4: a producer that yields something else each time starts a fresh count each time, so a loss
/// that goes on has no end; the plan has one.
#[test]
fn a_loss_without_end_is_said_to_be_one() {
    let (graph, cache) = graph(2, |_, _| true);
    let action = graph.action_ids().next().unwrap();
    let lost = Fault {
        what: What::Everything(Some(CacheKind::Cas)),
        when: When::BeforeBuild(0),
        how_often: HowOften::Always,
        tier: Tier::Remote,
        report: Report::Typed,
    };
    let mut cache = cache;
    cache.ac.remove(graph.digests(graph.action_ids().nth(1).unwrap()).key.unwrap());
    // On disk nothing is lost: the producer runs on a worker.
    let execution = Execution { default: Some(Executor::Remote), ..Execution::default() };
    let build = Build::clean(Targets::All, DownloadMode::Minimal);
    let scenario = |nondeterministic| Scenario {
        execution: execution.clone(),
        nondeterministic,
        faults: vec![lost.clone()],
        ..Scenario::new(Engine::find("bazel-9.3").unwrap(), vec![build.clone()])
    };
    let capped = plan(&graph, &cache, &scenario(IdSet::default()));
    assert_eq!(capped.builds[0].halt, Some(Halt::LostTooOften));
    assert_eq!(capped.builds[0].rewinds, 20);
    let endless = plan(&graph, &cache, &scenario([action].into_iter().collect()));
    assert_eq!(endless.builds[0].halt, Some(Halt::NoEnd));
    assert_eq!(endless.builds[0].rewinds, 100);
    assert!(action.index() == 0 && !endless.builds[0].success);
}
