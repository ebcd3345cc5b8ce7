//! A moment is the same however it is reached: by replay, by checkpoints, step by step, back and
//! forth.

// A test that cannot be set up is a broken test: panicking says where.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod drawn;

use std::ops::ControlFlow;
use std::rc::Rc;

use drawn::{from_edges, full_cache};
use proptest::prelude::*;
use rewindow::model::{
    ActionId, ArtifactId, BlobId, Cache, CacheKind, Graph, Id, Request, Status, Tier, Verb,
};
use rewindow::rewind::{
    Build, DownloadMode, Event, Eviction, FailReason, MissReason, Moment, Scenario, Seeker,
    Targets, Trace, engines, plan,
};

/// Numbers from which an event is made: which kind, and of whom.
type Drawn = (u8, u16, u16, bool);

/// Any event at all, likely or not: a moment must take it.
fn event(graph: &Graph, (kind, a, b, flag): Drawn) -> Event {
    let action = ActionId::at(usize::from(a) % graph.n_actions());
    let consumer = Some(action).filter(|_| flag);
    let artifact = ArtifactId::at(usize::from(b) % graph.n_artifacts());
    let blob = BlobId::at(usize::from(b) % graph.blobs().len());
    let kind_of_cache = if flag { CacheKind::Ac } else { CacheKind::Cas };
    let tier = if a % 5 == 0 { Tier::Disk } else { Tier::Remote };
    match kind % 28 {
        0 => Event::Evicted { kind: kind_of_cache, blob, tier },
        1 => Event::Edited { artifact, blob },
        2 => Event::Cleaned,
        3 => Event::ServerRestarted,
        4 => Event::BuildStarted { build: u32::from(a % 3), attempt: u32::from(b % 3) + 1 },
        5 => Event::Reused { action },
        6 => Event::CacheHit { action },
        7 => Event::CacheMiss { action, reason: MissReason::NoEntry },
        8 => Event::Materialized { artifact, for_action: consumer },
        9 => Event::LostInput { consumer: action, input: artifact, blob },
        10 => Event::LostOutput { artifact, blob },
        11 => Event::Rewound { consumer, round: u32::from(a) },
        12 => Event::MarkedDirty { action, consumer },
        13 => Event::Reset { action },
        14 => Event::Started { action },
        15 => Event::Executed { action, again: flag },
        16 => Event::Made { action },
        17 => Event::LeftRemote { action },
        18 => Event::Failed { action, reason: FailReason::LostInputs },
        19 => Event::Skipped { action },
        20 => Event::Deleted { artifact },
        21 => Event::Retrying { attempt: u32::from(a) },
        22 => Event::Clock { ms: u64::from(a) << 20 },
        23 => Event::LossReported { consumer: action },
        24 => Event::Outdated { action, producer: action },
        25 => Event::UploadCancelled { action },
        _ => {
            let verb = [Verb::Get, Verb::Put, Verb::Find][usize::from(a) % 3];
            let status = if b % 4 == 0 { Status::NotFound } else { Status::Ok };
            Event::Asked(Request { verb, tier, kind: kind_of_cache, blob, status, owner: consumer })
        }
    }
}

fn random_trace(graph: &Graph, drawn: &[Drawn]) -> Trace {
    let events = drawn.iter().map(|&drawn| event(graph, drawn)).collect();
    Trace { events, builds: Vec::new() }
}

/// Goes to each of `steps` and compares with the replay from the start.
fn check(graph: &Graph, cache: &Cache, trace: &Trace, mut seeker: Seeker, steps: &[usize]) {
    for &step in steps {
        let expected = Moment::after(graph, cache, trace, step);
        assert_eq!(*seeker.seek(graph, trace, step), expected, "at step {step}");
        assert_eq!(seeker.now().step, step.min(trace.events.len()));
    }
}

/// Steps here and there, with walks of single steps from each in both directions.
fn walks(n_events: usize, places: &[u16]) -> Vec<usize> {
    let mut steps = vec![usize::MAX];
    for (i, &place) in places.iter().enumerate() {
        let at = usize::from(place) % (n_events + 1);
        steps.push(at);
        let length = 3 + i * 7 % 40;
        match i % 3 {
            0 => steps.extend((at.saturating_sub(length)..at).rev()),
            1 => steps.extend((at..=at + length).chain((at..at + length).rev())),
            _ => {}
        }
    }
    steps
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_events_can_be_sought_and_undone(
        drawn in prop::collection::vec(any::<Drawn>(), 0..300),
        places in prop::collection::vec(any::<u16>(), 1..12),
        spacing in 1usize..80,
        bytes_max in prop_oneof![Just(0usize), Just(20_000), Just(usize::MAX)],
    ) {
        let graph = from_edges(9, &[(0, 3), (1, 3), (3, 5), (5, 8), (2, 7), (4, 7)]);
        let cache = full_cache(&graph);
        let trace = random_trace(&graph, &drawn);
        let seeker = Seeker::with_limits(&graph, Rc::new(cache.clone()), spacing, bytes_max);
        check(&graph, &cache, &trace, seeker, &walks(drawn.len(), &places));
    }

    #[test]
    fn planned_traces_can_be_sought_and_undone(
        edges in prop::collection::vec((0usize..12, 0usize..12), 0..24),
        evicted in prop::collection::vec(any::<u16>(), 0..6),
        engine in 0usize..100,
        places in prop::collection::vec(any::<u16>(), 1..8),
        spacing in 1usize..30,
    ) {
        let graph = from_edges(12, &edges);
        let cache = full_cache(&graph);
        let evict: Vec<Eviction> = evicted.iter().map(|&n| Eviction {
            kind: if n % 2 == 0 { CacheKind::Cas } else { CacheKind::Ac },
            blob: BlobId::at(usize::from(n / 2) % graph.blobs().len()),
        }).collect();
        let clean = Build::clean(Targets::All, DownloadMode::Minimal);
        let builds = vec![clean.clone(), Build { evict, keep_going: true, ..clean }];
        let engine = engines()[engine % engines().len()];
        let trace = plan(&graph, &cache, &Scenario::new(engine, builds));
        let seeker = Seeker::with_limits(&graph, Rc::new(cache.clone()), spacing, usize::MAX);
        check(&graph, &cache, &trace, seeker, &walks(trace.events.len(), &places));
    }
}

/// Executions all over a large graph, in an order that shares few pages: the worst for checkpoints.
fn scattered(graph: &Graph, n_events: usize) -> Trace {
    let (n, mut at) = (graph.n_actions(), 0);
    let events = (0..n_events).map(|i| {
        at = (at + 7919) % n;
        let action = ActionId::at(at);
        match i % 50_000 {
            0 => Event::BuildStarted { build: 0, attempt: 1 + (i / 50_000) as u32 },
            i if i % 2 == 0 => Event::CacheHit { action },
            _ => Event::Executed { action, again: false },
        }
    });
    Trace { events: events.collect(), builds: Vec::new() }
}

#[test]
fn checkpoints_keep_to_their_bytes() {
    let graph = from_edges(30_000, &[]);
    let cache = Rc::new(full_cache(&graph));
    let trace = scattered(&graph, 200_000);
    let bytes_max = 1 << 18;
    let mut seeker = Seeker::with_limits(&graph, Rc::clone(&cache), 64, bytes_max);
    let mut n_slices = 0;
    while !seeker.extend(&graph, &trace, 1000) {
        n_slices += 1;
        assert_eq!(seeker.n_indexed(), n_slices * 1000);
        assert!(seeker.size_bytes() <= bytes_max, "{}", seeker.size_bytes());
    }
    assert!(seeker.size_bytes() > bytes_max / 4, "{} bytes", seeker.size_bytes());
    let steps = [200_000, 199_999, 3, 150_001, 150_000, 149_999, 100_000, 99_999, 0];
    check(&graph, &cache, &trace, seeker, &steps);
}

#[test]
fn an_index_in_the_making_can_be_stopped() {
    let graph = from_edges(100, &[]);
    let cache = Rc::new(full_cache(&graph));
    let trace = scattered(&graph, 300_000);
    let mut calls = Vec::new();
    let stopped = Seeker::index(&graph, Rc::clone(&cache), &trace, &mut |n_events| {
        calls.push(n_events);
        if calls.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(stopped.is_err() && calls.len() == 2 && calls[0] < calls[1] && calls[1] < 300_000);
    let never = &mut |_| ControlFlow::Continue(());
    let whole = Seeker::index(&graph, cache, &trace, never).unwrap();
    assert_eq!(whole.n_indexed(), 300_000);
}
