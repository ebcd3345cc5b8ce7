//! A trace survives the way from the worker to the page, and bytes that are no trace are refused.
#![cfg(not(target_arch = "wasm32"))]

use proptest::prelude::*;
use rewindow::model::{ActionId, ArtifactId, BlobId, CacheKind, Request, Status, Tier, Verb};
use rewindow::rewind::{BuildOutcome, Event, FailReason, Halt, MissReason, Trace};

fn action() -> impl Strategy<Value = ActionId> {
    (0..u32::MAX - 1).prop_map(ActionId)
}

fn artifact() -> impl Strategy<Value = ArtifactId> {
    any::<u32>().prop_map(ArtifactId)
}

fn blob() -> impl Strategy<Value = BlobId> {
    any::<u32>().prop_map(BlobId)
}

fn kind() -> impl Strategy<Value = CacheKind> {
    prop_oneof![Just(CacheKind::Ac), Just(CacheKind::Cas)]
}

fn tier() -> impl Strategy<Value = Tier> {
    prop_oneof![Just(Tier::Remote), Just(Tier::Disk)]
}

fn request() -> impl Strategy<Value = Request> {
    let verb = prop_oneof![Just(Verb::Get), Just(Verb::Put), Just(Verb::Find)];
    let status = prop_oneof![Just(Status::Ok), Just(Status::NotFound), Just(Status::Error)];
    (verb, tier(), kind(), blob(), status, proptest::option::of(action())).prop_map(
        |(verb, tier, kind, blob, status, owner)| Request { verb, tier, kind, blob, status, owner },
    )
}

fn miss() -> impl Strategy<Value = MissReason> {
    prop_oneof![
        Just(MissReason::NoEntry),
        blob().prop_map(MissReason::BlobLost),
        blob().prop_map(MissReason::NamesLost),
        Just(MissReason::Broken),
        Just(MissReason::NotAsked),
    ]
}

fn fail() -> impl Strategy<Value = FailReason> {
    prop_oneof![
        Just(FailReason::LostInputs),
        Just(FailReason::LostTooOften),
        Just(FailReason::IoError),
        Just(FailReason::NoEnd),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let maybe = || proptest::option::of(action());
    prop_oneof![
        any::<u64>().prop_map(|ms| Event::Clock { ms }),
        action().prop_map(|consumer| Event::LossReported { consumer }),
        (action(), action()).prop_map(|(action, producer)| Event::Outdated { action, producer }),
        action().prop_map(|action| Event::UploadCancelled { action }),
        (kind(), blob(), tier()).prop_map(|(kind, blob, tier)| Event::Evicted { kind, blob, tier }),
        (artifact(), blob()).prop_map(|(artifact, blob)| Event::Edited { artifact, blob }),
        Just(Event::Cleaned),
        Just(Event::ServerRestarted),
        any::<(u32, u32)>().prop_map(|(build, attempt)| Event::BuildStarted { build, attempt }),
        request().prop_map(Event::Asked),
        action().prop_map(|action| Event::Reused { action }),
        action().prop_map(|action| Event::CacheHit { action }),
        (action(), miss()).prop_map(|(action, reason)| Event::CacheMiss { action, reason }),
        (artifact(), maybe())
            .prop_map(|(artifact, for_action)| Event::Materialized { artifact, for_action }),
        (action(), artifact(), blob()).prop_map(|(consumer, input, blob)| Event::LostInput {
            consumer,
            input,
            blob
        }),
        (artifact(), blob()).prop_map(|(artifact, blob)| Event::LostOutput { artifact, blob }),
        (maybe(), any::<u32>()).prop_map(|(consumer, round)| Event::Rewound { consumer, round }),
        (action(), maybe()).prop_map(|(action, consumer)| Event::MarkedDirty { action, consumer }),
        action().prop_map(|action| Event::Reset { action }),
        action().prop_map(|action| Event::Started { action }),
        (action(), any::<bool>()).prop_map(|(action, again)| Event::Executed { action, again }),
        (action(), fail()).prop_map(|(action, reason)| Event::Failed { action, reason }),
        action().prop_map(|action| Event::Skipped { action }),
        artifact().prop_map(|artifact| Event::Deleted { artifact }),
        action().prop_map(|action| Event::LeftRemote { action }),
        action().prop_map(|action| Event::Made { action }),
        any::<u32>().prop_map(|attempt| Event::Retrying { attempt }),
        any::<(u32, bool, u8)>().prop_map(|(build, success, exit_code)| Event::BuildFinished {
            build,
            success,
            exit_code
        }),
    ]
}

fn outcome(n_events: usize) -> impl Strategy<Value = BuildOutcome> {
    let halt = prop_oneof![
        Just(None),
        Just(Some(Halt::LostInputs)),
        Just(Some(Halt::LostOutput)),
        Just(Some(Halt::LostTooOften))
    ];
    let range = (0..=n_events, 0..=n_events).prop_map(|(a, b)| (a.min(b), a.max(b)));
    let local = proptest::collection::vec(artifact(), 0..5);
    (range, any::<(bool, u8, String, u32, u32)>(), halt, local).prop_map(
        |((first_event, end_event), rest, halt, local)| {
            let (success, exit_code, message, attempts, rewinds) = rest;
            BuildOutcome {
                first_event,
                end_event,
                success,
                exit_code,
                message,
                attempts,
                rewinds,
                halt,
                local,
            }
        },
    )
}

fn trace() -> impl Strategy<Value = Trace> {
    proptest::collection::vec(event(), 0..40).prop_flat_map(|events| {
        let builds = proptest::collection::vec(outcome(events.len()), 0..4);
        (Just(events), builds).prop_map(|(events, builds)| Trace { events, builds })
    })
}

proptest! {
    #[test]
    fn a_trace_reads_back_as_it_was(trace in trace()) {
        prop_assert_eq!(Trace::from_bytes(&trace.to_bytes()), Ok(trace));
    }

    #[test]
    fn a_trace_cut_short_is_refused(trace in trace(), cut in any::<proptest::sample::Index>()) {
        let bytes = trace.to_bytes();
        prop_assert!(Trace::from_bytes(&bytes[..cut.index(bytes.len())]).is_err());
    }

    #[test]
    fn bytes_that_are_no_trace_are_refused_without_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        if let Ok(trace) = Trace::from_bytes(&bytes) {
            prop_assert_eq!(trace.to_bytes().len(), bytes.len());
        }
    }
}
