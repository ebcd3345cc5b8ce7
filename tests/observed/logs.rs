//! Logs of other shapes: gRPC calls with owners, two logs of one build, console text alone, packs.

use std::collections::BTreeSet;
use std::fmt::Write;

use rewindow::import::{pack, unpack};
use rewindow::model::{CacheKind, Deed, LossTeller, Status, Verb};
use rewindow::rewind::{
    Build, Counts, DownloadMode, Engine, Event, Scenario, Targets, cache_before, divergence,
    evictions, executed, observe, plan,
};

use super::{file, read, sample, samples};

const COLD: &str = "gen300-grpc/cold.exec.json.gz";

#[test]
fn a_log_of_calls_tells_who_asks_and_what_executed() {
    let import = samples(&[COLD, "gen300-grpc/cold.grpclog.gz"]);
    let observed = import.observed.as_ref().unwrap();
    // All but the questions for the build event service name their action.
    let nobodys = observed.deeds.iter().filter(|deed| deed.owner.is_none());
    let is_question =
        |deed: &Deed| matches!(deed, Deed::Asked { verb: Verb::Find, status: Status::Ok, .. });
    assert_eq!(nobodys.filter(|deed| is_question(&deed.deed)).count(), 768);
    assert_eq!(observed.deeds.iter().filter(|deed| deed.owner.is_some()).count(), 2799);
    assert_eq!(observed.invocations.len(), 1);
    let cache = cache_before(&import.cache, observed);
    let trace = observe(&import.graph, &cache, observed);
    assert_eq!(executed(&trace).len(), 300);
    let counts = Counts::of(&trace.events);
    assert_eq!((counts.n_attempts, counts.n_hits, counts.n_executions), (1, 0, 300));
    assert_eq!(trace.requests().count(), observed.n_requests());
}

#[test]
fn a_second_build_with_hits_only_has_no_execution() {
    let import = samples(&[COLD, "gen300-grpc/warm_minimal.grpclog.gz"]);
    let observed = import.observed.as_ref().unwrap();
    let trace = observe(&import.graph, &cache_before(&import.cache, observed), observed);
    let counts = Counts::of(&trace.events);
    assert_eq!((counts.n_hits, counts.n_executions), (300, 0));
}

#[test]
fn two_invocations_are_two_builds() {
    let names = [COLD, "gen300-grpc/cold.grpclog.gz", "gen300-grpc/warm_minimal.grpclog.gz"];
    let import = samples(&names);
    let observed = import.observed.as_ref().unwrap();
    assert_eq!(observed.invocations.len(), 2);
    assert!(!import.warnings.iter().any(|w| w.what.contains("same requests")));
    let trace = observe(&import.graph, &cache_before(&import.cache, observed), observed);
    let starts = trace.events.iter().filter_map(|event| match event {
        Event::BuildStarted { build, attempt } => Some((*build, *attempt)),
        _ => None,
    });
    assert_eq!(starts.collect::<Vec<_>>(), [(0, 1), (1, 1)]);
    let counts = Counts::of(&trace.events);
    assert_eq!((counts.n_hits, counts.n_executions), (300, 300));
}

/// A plan that uploads by HTTP and a log of gRPC calls: an upload is what it offers.
#[test]
fn a_cold_build_over_grpc_is_the_plan_of_a_cold_build() {
    let import = samples(&[COLD, "gen300-grpc/cold.grpclog.gz"]);
    let observed = import.observed.as_ref().unwrap();
    let empty =
        rewindow::model::Cache { entries: import.cache.entries.clone(), ..Default::default() };
    let trace = observe(&import.graph, &empty, observed);
    let engine = Engine::find("bazel-4.2").unwrap();
    let build = Build::clean(Targets::All, DownloadMode::Minimal);
    let predicted = plan(&import.graph, &empty, &Scenario::new(engine, vec![build]));
    let found = divergence(&import.graph, &predicted, &trace);
    if let Some(found) = &found {
        println!("{found:?}");
    }
    assert_eq!(found, None);
}

/// The server's own log of the same calls is not played besides.
#[test]
fn of_two_logs_of_one_build_the_one_with_owners_is_played() {
    let alone = samples(&[COLD, "gen300-grpc/cold.grpclog.gz"]);
    let observed = alone.observed.as_ref().unwrap();
    let mut server = String::new();
    for deed in &observed.deeds {
        let Deed::Asked { verb, kind, blob, status } = deed.deed else { continue };
        let hash = alone.graph.blobs().digest(blob).hex();
        let answer = if status == Status::Ok { "OK" } else { "NOT FOUND" };
        let half = if kind == CacheKind::Ac { "AC" } else { "CAS" };
        let verb = match verb {
            Verb::Get => "GET",
            Verb::Put => "PUT",
            Verb::Find => "HEAD",
        };
        writeln!(server, "GRPC {half} {verb} {hash} {answer}").unwrap();
    }
    let names = [COLD, "gen300-grpc/cold.grpclog.gz"];
    let mut files: Vec<_> = names.iter().map(|name| sample(name)).collect();
    files.insert(0, file("server.log", server.clone()));
    let both = read(&files);
    let warned = both.warnings.iter().find(|w| w.what.contains("tell of the same requests"));
    assert!(warned.unwrap().remedy.contains("names who asked"));
    let played = both.observed.as_ref().unwrap();
    assert_eq!(played.n_requests(), observed.n_requests());
    assert_eq!(played.deeds, observed.deeds);
    // Alone it tells the same executions without owners.
    let import = read(&[sample(COLD), file("server.log", server)]);
    let told = import.observed.as_ref().unwrap();
    assert!(told.deeds.iter().all(|deed| deed.owner.is_none()));
    let trace = observe(&import.graph, &cache_before(&import.cache, told), told);
    assert_eq!(executed(&trace).len(), 300);
}

#[test]
fn console_text_alone_tells_losses_and_who_found_them() {
    let import = samples(&[
        "absl/cold.exec.json.gz",
        "absl/aquery.pb.gz",
        "absl/httpcache.find.txt.gz",
        "absl-evict-minimal-11/stderr.txt",
    ]);
    let observed = import.observed.as_ref().unwrap();
    assert!(!observed.has_trace());
    let graph = &import.graph;
    let losses = observed.losses.iter().map(|loss| {
        assert_eq!(loss.teller, LossTeller::Console);
        let consumer = graph.outputs(loss.consumer.unwrap())[0];
        let hex = graph.blobs().digest(loss.blob.unwrap()).hex();
        (hex[..8].to_owned(), graph.path(consumer).rsplit('/').next().unwrap().to_owned())
    });
    let losses: BTreeSet<_> = losses.collect();
    let expected = [("a0c53ea6", "libhash.so"), ("1d2891d6", "libdistributions.a")];
    assert_eq!(losses, expected.map(|(a, b)| (a.to_owned(), b.to_owned())).into());
    let evict = evictions(graph, &import.cache, observed);
    assert_eq!(evict.len(), 2, "both are in the listing");
    assert!(evict.iter().all(|eviction| eviction.kind == CacheKind::Cas));
}

#[test]
fn a_pack_keeps_what_was_observed() {
    let names = [COLD, "gen300-grpc/cold.grpclog.gz", "absl-evict-minimal-11/stderr.txt"];
    let import = samples(&names);
    assert!(import.observed.is_some());
    let packed = pack(&import);
    assert_eq!(unpack(&packed).unwrap(), import);
    // What a damaged pack says is refused or is within the graph.
    for at in (16..packed.len()).step_by(packed.len() / 40) {
        let mut damaged = packed.clone();
        damaged[at] ^= 0x55;
        if let Ok(import) = unpack(&damaged)
            && let Some(observed) = &import.observed
        {
            observe(&import.graph, &import.cache, observed);
        }
    }
}
