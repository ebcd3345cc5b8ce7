//! Every event that wants an explanation has one, in random scenarios: a chain back in time whose
//! links are causes by a table of their own, and which ends at what began it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a broken set-up should say where")]

#[path = "support/faulty.rs"]
mod faulty;
mod naive;

use naive::compare::describe;
use naive::generate::{RandomScenario, scenario};
use naive::make::Made;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use rewindow::model::{ActionId, CacheKind, Graph, Request, Status, Verb};
use rewindow::rewind::{Causes, Event, FailReason, MissReason, Scenario, Trace, plan, why};

const N_SCENARIOS: u32 = 8000;

#[test]
fn every_turn_is_explained_back_to_what_began_it() {
    all_are_explained(false, &["dirty", "executed", "failed", "skipped", "reset"]);
}

#[test]
fn so_it_is_with_faults_tiers_executors_and_servers() {
    let kinds = ["dirty", "executed", "failed", "skipped", "reset", "outdated", "reported"];
    all_are_explained(true, &kinds);
}

fn all_are_explained(faulty: bool, wanted: &[&str]) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok());
    let config = Config {
        cases: cases.unwrap_or(N_SCENARIOS),
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut kinds = std::collections::BTreeMap::<&str, usize>::new();
    let counted = std::cell::RefCell::new(&mut kinds);
    let scenarios = (scenario(16), proptest::num::u64::ANY);
    let make = |random: &RandomScenario, seed: u64| {
        let mut made = random.make();
        if faulty {
            faulty::vary(&made.graph, &made.cache, &mut made.scenario, seed);
        }
        made
    };
    let run = TestRunner::new_with_rng(config, rng).run(&scenarios, |(random, seed)| {
        let made = make(&random, seed);
        let trace = plan(&made.graph, &made.cache, &made.scenario);
        let found = unexplained(&made, &trace, |kind| {
            *counted.borrow_mut().entry(kind).or_default() += 1;
        });
        if found.is_empty() { Ok(()) } else { Err(TestCaseError::fail(found.join("\n  "))) }
    });
    if let Err(TestError::Fail(reason, (random, seed))) = run {
        let made = make(&random, seed);
        let trace = plan(&made.graph, &made.cache, &made.scenario);
        let text = describe(&made.graph, &made.cache, &made.scenario);
        let Scenario { server, execution, faults, .. } = &made.scenario;
        let events = trace.events.iter().enumerate().map(|(i, e)| format!("{i} {e:?}\n"));
        let events: String = events.take(300).collect();
        panic!("{reason}\n{text}\n{server:?} {execution:?} {faults:#?}\n{events}");
    }
    println!("explained: {kinds:?}");
    for &kind in wanted {
        assert!(kinds.get(kind).is_some_and(|&n| n > 50), "{kind}: {kinds:?}");
    }
}

/// What is wrong with the explanations of `trace`, one line each.
fn unexplained(made: &Made, trace: &Trace, mut count: impl FnMut(&'static str)) -> Vec<String> {
    let (graph, causes) = (&made.graph, Causes::new(&made.graph, trace));
    let mut found = Vec::new();
    for (position, event) in trace.events.iter().enumerate() {
        let (kind, action) = match *event {
            Event::MarkedDirty { action, .. } => ("dirty", action),
            Event::Executed { action, .. } => ("executed", action),
            Event::Failed { action, .. } => ("failed", action),
            Event::LossReported { consumer } => ("reported", consumer),
            Event::Outdated { action, .. } => ("outdated", action),
            Event::Skipped { action } => ("skipped", action),
            Event::Reset { action } => ("reset", action),
            _ => continue,
        };
        count(kind);
        let chain = causes.chain(graph, trace, position);
        if causes.why(graph, trace, action, position + 1) != chain {
            found.push(format!("{position} is not what explains {action:?} right after it"));
        }
        for link in chain.windows(2) {
            let (effect, cause) = (link[0], link[1]);
            let events = &trace.events;
            if cause >= effect || !is_legal(graph, &events[cause], &events[effect]) {
                found.push(format!(
                    "{cause} {:?} is no cause of {effect} {:?}",
                    events[cause], events[effect]
                ));
            }
        }
        let root = &trace.events[*chain.last().unwrap()];
        if !is_root(graph, root) {
            found.push(format!("{position} {event:?} goes back to {root:?}, which has a cause"));
        }
    }
    found
}

/// What needs no explanation from within the trace.
fn is_root(graph: &Graph, event: &Event) -> bool {
    match *event {
        Event::Evicted { .. } | Event::Edited { .. } => true,
        Event::BuildStarted { attempt, .. } => attempt == 1,
        // What the cache held, or not, from the start.
        Event::Asked(request) => request.verb != Verb::Put,
        // The tool does it in every build.
        Event::Made { action } => graph.action_kind(action) != rewindow::model::ActionKind::Spawn,
        _ => false,
    }
}

/// Whether the one can be the reason for the other.
fn is_legal(graph: &Graph, cause: &Event, effect: &Event) -> bool {
    let orders = |action: ActionId| match *cause {
        Event::MarkedDirty { action: who, .. }
        | Event::Outdated { action: who, .. }
        | Event::Reset { action: who } => who == action,
        _ => false,
    };
    let does = |action: ActionId| match *cause {
        Event::Executed { action: who, .. }
        | Event::CacheHit { action: who }
        | Event::Made { action: who } => who == action,
        _ => false,
    };
    let starts = matches!(cause, Event::BuildStarted { .. });
    match *effect {
        Event::Executed { action, .. } | Event::Started { action } => {
            let misses = matches!(*cause, Event::CacheMiss { action: who, .. } if who == action);
            misses || orders(action) || starts
        }
        Event::CacheMiss { action, reason } => {
            orders(action) || is_legal_miss(graph, cause, action, reason)
        }
        Event::CacheHit { action } => {
            let answers = |r: Request| r.owner == Some(action) && r.status == Status::Ok;
            orders(action) || matches!(*cause, Event::Asked(r) if answers(r))
        }
        Event::Made { action } | Event::UploadCancelled { action } => orders(action),
        Event::Reused { action } => does(action),
        Event::Outdated { producer, .. } => does(producer),
        Event::MarkedDirty { consumer, .. } => match *cause {
            Event::LostInput { consumer: who, .. } | Event::LossReported { consumer: who } => {
                consumer == Some(who)
            }
            Event::LostOutput { .. } => consumer.is_none(),
            _ => false,
        },
        Event::Reset { action } => loses(cause, action),
        Event::Failed { action, reason: FailReason::IoError } => {
            loses(cause, action) || matches!(*cause, Event::Asked(r) if r.owner == Some(action))
        }
        Event::Failed { action, .. } => loses(cause, action),
        Event::Skipped { .. } | Event::Retrying { .. } => {
            matches!(cause, Event::Failed { .. } | Event::LostOutput { .. })
                || matches!(cause, Event::Asked(r) if r.status == Status::Error)
        }
        Event::LostInput { .. } | Event::LostOutput { .. } | Event::LossReported { .. } => {
            is_legal_loss(graph, cause, effect)
        }
        Event::Asked(request) => match *cause {
            Event::Evicted { kind, blob, .. } => {
                request.status != Status::Ok && (kind, blob) == (request.kind, request.blob)
            }
            _ => request.verb == Verb::Put && request.owner.is_some_and(does),
        },
        Event::BuildStarted { attempt, .. } => {
            attempt > 1 && *cause == Event::Retrying { attempt: attempt - 1 }
        }
        _ => false,
    }
}

fn is_legal_loss(graph: &Graph, cause: &Event, effect: &Event) -> bool {
    let is_done =
        matches!(cause, Event::Executed { .. } | Event::CacheHit { .. } | Event::Made { .. });
    match *effect {
        Event::LostInput { input: artifact, blob, .. } | Event::LostOutput { artifact, blob } => {
            match *cause {
                Event::Evicted { kind, blob: gone, .. } => (kind, gone) == (CacheKind::Cas, blob),
                Event::Asked(r) => r.blob == blob && r.status != Status::Ok,
                Event::UploadCancelled { action } => graph.producer(artifact) == Some(action),
                // Through symlinks the producer is another.
                _ => is_done,
            }
        }
        Event::LossReported { consumer } => match *cause {
            Event::Evicted { kind, .. } => kind == CacheKind::Cas,
            Event::Started { action } => action == consumer,
            _ => false,
        },
        _ => false,
    }
}

fn is_legal_miss(graph: &Graph, cause: &Event, action: ActionId, reason: MissReason) -> bool {
    let own = |r: Request| r.owner == Some(action) && r.kind == CacheKind::Ac;
    match (reason, *cause) {
        (MissReason::NoEntry, Event::Evicted { kind: CacheKind::Ac, .. }) => true,
        // A server that verifies.
        (MissReason::NoEntry, Event::Evicted { kind: CacheKind::Cas, blob, .. }) => {
            let files = graph.outputs(action).iter().flat_map(|&output| {
                std::iter::once(output).chain(graph.tree_files(output).iter().copied())
            });
            let digests = graph.digests(action);
            files.filter_map(|file| graph.blob(file)).any(|own| own == blob)
                || [digests.stdout, digests.stderr].contains(&Some(blob))
        }
        (MissReason::NoEntry, Event::Edited { artifact, .. }) => {
            depends_on(graph, action, |a| graph.inputs(a).contains(&artifact))
        }
        (MissReason::NoEntry, Event::Executed { action: changed, .. }) => {
            depends_on(graph, action, |a| a == changed)
        }
        (MissReason::NoEntry, Event::Asked(r)) => own(r) && r.status != Status::Ok,
        (MissReason::Broken, Event::Asked(r)) => own(r),
        (MissReason::BlobLost(lost), Event::Asked(r)) => own(r) || r.blob == lost,
        (MissReason::BlobLost(lost), Event::Evicted { kind, blob, .. }) => {
            (kind, blob) == (CacheKind::Cas, lost)
        }
        (MissReason::NamesLost(lost), Event::LostInput { blob, .. })
        | (MissReason::NamesLost(lost), Event::LostOutput { blob, .. }) => lost == blob,
        (MissReason::NotAsked, Event::BuildStarted { .. }) => true,
        _ => false,
    }
}

fn loses(cause: &Event, action: ActionId) -> bool {
    match *cause {
        Event::LostInput { consumer, .. } | Event::LossReported { consumer } => consumer == action,
        _ => false,
    }
}

/// Whether `action` or one that it depends on `is_it`.
fn depends_on(graph: &Graph, action: ActionId, is_it: impl Fn(ActionId) -> bool) -> bool {
    let (mut seen, mut stack) = (std::collections::BTreeSet::new(), vec![action]);
    while let Some(action) = stack.pop() {
        if is_it(action) {
            return true;
        }
        let producers = graph.inputs(action).iter().filter_map(|&input| graph.producer(input));
        stack.extend(producers.filter(|&producer| seen.insert(producer)));
    }
    false
}

/// Three million events: the one that asks waits for the index once, for an answer never.
#[test]
fn long_traces_are_explained_at_once() {
    let (graph, trace) = long(3_000_000);
    let causes = Causes::new(&graph, &trace);
    let start = std::time::Instant::now();
    let n_asked = 300;
    for i in 0..n_asked {
        let position = trace.events.len() - 1 - i * 9973;
        assert!(causes.chain(&graph, &trace, position).len() < 20);
    }
    let each = start.elapsed() / n_asked as u32;
    println!("an answer takes {each:?}");
    // Far above what it takes, far below a scan of the trace.
    assert!(each < std::time::Duration::from_millis(10), "{each:?}");
}

/// A trace of the shape of a large build: `n` events over a chain of actions.
fn long(n: usize) -> (Graph, Trace) {
    use rewindow::model::{
        ActionDigests, ActionKind, ActionSpec, ArtifactKind, Digest, DigestFunction, GraphBuilder,
        Id, Tier,
    };
    let mut builder = GraphBuilder::default();
    let blob = |builder: &mut GraphBuilder, number: u32| {
        let mut bytes = [7; 32];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        let digest = Digest::new(DigestFunction::Sha256, &bytes).unwrap();
        builder.intern_blob(digest, Some(1))
    };
    let mut before = None;
    for i in 0..1000_u32 {
        let output = builder.artifact(&format!("a{i}"), ArtifactKind::Derived);
        let content = blob(&mut builder, 2 * i);
        builder.set_blob(output, content);
        let key = blob(&mut builder, 2 * i + 1);
        builder.action(ActionSpec {
            label: format!("//:{i}"),
            mnemonic: "Genrule".into(),
            kind: ActionKind::Spawn,
            inputs: before.into_iter().collect(),
            outputs: vec![output],
            digests: ActionDigests { key: Some(key), ..ActionDigests::default() },
            duration_ms: None,
        });
        before = Some(output);
    }
    let (graph, _) = builder.finish();
    let mut events = vec![Event::BuildStarted { build: 0, attempt: 1 }];
    while events.len() < n {
        let i = events.len() / 3 % 1000;
        let (action, kind, tier) = (ActionId::at(i), CacheKind::Ac, Tier::Remote);
        let key = graph.digests(action).key.unwrap();
        let (verb, status, owner) = (Verb::Get, Status::NotFound, Some(action));
        events.push(Event::Asked(Request { verb, tier, kind, blob: key, status, owner }));
        events.push(Event::CacheMiss { action, reason: MissReason::NoEntry });
        events.push(Event::Executed { action, again: false });
    }
    let trace = Trace { events, builds: Vec::new() };
    assert!(!why(&graph, &trace, ActionId(5), n).is_empty());
    (graph, trace)
}
