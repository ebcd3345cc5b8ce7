//! Build events and logs of gRPC calls: what they tell alone and beside a log or an action graph.
//! (Counts, hidden names and damage: `importers.rs`.)

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;

use rewindow::import::{self, FileCard, Import, InputFile};

fn sample(name: &str) -> InputFile {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(name);
    InputFile { name: name.to_owned(), bytes: std::fs::read(path).expect(name) }
}

fn read(files: &[InputFile]) -> Import {
    import::read(files, &mut |_| ControlFlow::Continue(())).expect("not cancelled")
}

fn unpacked(name: &str) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(sample(name).bytes.as_slice()).read_to_end(&mut plain).unwrap();
    plain
}

fn file(bytes: Vec<u8>) -> InputFile {
    InputFile { name: "x".to_owned(), bytes }
}

fn count(card: &FileCard, kind: &str) -> u64 {
    let found = card.counts.iter().find(|c| c.0 == kind);
    found.unwrap_or_else(|| panic!("no {kind} in {:?}", card.counts)).1
}

/// How many artifacts have a known content.
fn n_contents(import: &Import) -> usize {
    let graph = &import.graph;
    graph.artifact_ids().filter(|&a| graph.blob(a).is_some()).count()
}

/// A field of a message: length-delimited.
fn bytes_field(number: u8, bytes: &[u8]) -> Vec<u8> {
    assert!(bytes.len() < 1 << 14);
    let mut out = vec![number << 3 | 2];
    match bytes.len() {
        n if n < 128 => out.push(n as u8),
        n => out.extend([n as u8 & 127 | 128, (n >> 7) as u8]),
    }
    out.extend(bytes);
    out
}

fn number_field(number: u8, value: u8) -> Vec<u8> {
    assert!(value < 128);
    vec![number << 3, value]
}

#[test]
fn both_forms_of_a_stream_tell_the_same() {
    for (json, binary) in [
        ("gist-bazel4.2.3/cold.bep.json", "gist-bazel4.2.3/cold.bep.pb"),
        ("absl-evict-minimal-11/bep.json.gz", "absl-evict-minimal-11/bep.pb.gz"),
    ] {
        let (json, binary) = (read(&[sample(json)]), read(&[sample(binary)]));
        assert_eq!(json.files[0].counts, binary.files[0].counts);
        assert_eq!(json.files[0].told, binary.files[0].told);
        assert_eq!(json.files[0].format.name(), "bazel_bep_json");
        assert_eq!(binary.files[0].format.name(), "bazel_bep_binary");
    }
}

#[test]
fn a_failed_build_tells_its_exit_its_options_and_what_failed() {
    let import = read(&[sample("absl-evict-minimal-11/bep.json.gz")]);
    let card = &import.files[0];
    assert_eq!((count(card, "attempts"), count(card, "targets")), (1, 132));
    let told = card.told.join("\n");
    assert!(told.contains("ended with exit code 36 (LOCAL_ENVIRONMENTAL_ERROR)"), "{told}");
    for option in ["--remote_download_minimal", "--remote_cache=http://", "--keep_going"] {
        assert!(told.contains(option), "{told}");
    }
    let failure = "CppLink of //absl/hash:hash failed: Linking absl/hash/libhash.so failed";
    assert!(told.contains(failure), "{told}");
    // The log lacks the actions that failed before they spawned anything.
    let import = read(&[
        sample("absl-evict-minimal-11/bep.json.gz"),
        sample("absl-evict-minimal-11/exec.json.gz"),
    ]);
    let noted = import.warnings.iter().any(|w| w.what.contains("CppLink of //absl/"));
    assert!(noted, "{:?}", import.warnings);
}

#[test]
fn streams_behind_each_other_are_attempts_and_their_sets_are_kept_apart() {
    let mut bytes = unpacked("absl-evict-minimal-11/bep.pb.gz");
    bytes.extend(sample("gist-bazel4.2.3/cold.bep.pb").bytes);
    let (one, other) = (
        read(&[sample("absl-evict-minimal-11/bep.pb.gz")]),
        read(&[sample("gist-bazel4.2.3/cold.bep.pb")]),
    );
    let both = read(&[file(bytes)]);
    for (kind, n) in &both.files[0].counts {
        let apart = count(&one.files[0], kind) + count(&other.files[0], kind);
        assert_eq!(*n, apart, "{kind}");
    }
    assert_eq!(count(&both.files[0], "attempts"), 2);
    assert!(both.files[0].told[0].starts_with("Attempt 1 of 2 ended with exit code 36"));
}

#[test]
fn events_give_the_graph_contents_but_no_actions() {
    let graph = sample("gen300-bazel2.1.0/aquery.pb.gz");
    let without = read(std::slice::from_ref(&graph));
    let with = read(&[graph, sample("gen300-grpc/cold.bep.json.gz")]);
    let n = count(&with.files[1], "outputs") as usize;
    assert_eq!((n_contents(&without), with.graph.n_actions()), (0, without.graph.n_actions()));
    // The workspace is the same, so all of them are joined.
    assert_eq!(n_contents(&with), n);
    assert!(n > 300);
    let first = with.graph.artifact_ids().find_map(|a| with.graph.blob(a)).unwrap();
    assert!(with.graph.blobs().size_bytes(first).is_some());
}

#[test]
fn contents_of_the_log_and_of_the_events_agree() {
    let files = ["gen300-grpc/cold.exec.json.gz", "gen300-grpc/cold.bep.json.gz"].map(sample);
    let import = read(&files);
    assert!(!import.warnings.iter().any(|w| w.what.contains("two contents")));
}

#[test]
fn an_address_with_a_password_loses_it() {
    let option = "--remote_cache=grpcs://me:secret@host:1/x";
    let text = [
        r#"{"id":{"started":{}},"children":[],"started":{"uuid":"u","command":"build"}}"#,
        r#"{"id":{"optionsParsed":{}},"optionsParsed":{"cmdLine":["OPTION"]}}"#,
    ];
    let text = text.join("\n").replace("OPTION", option);
    let told = read(&[file(text.into_bytes())]).files[0].told.join("\n");
    assert!(told.contains("--remote_cache=grpcs://host:1/x") && !told.contains("secret"), "{told}");
}

#[test]
fn a_damaged_event_is_named_by_its_line_and_the_others_count() {
    let mut text = String::from_utf8(sample("gist-bazel4.2.3/cold.bep.json").bytes).unwrap();
    let third = text.match_indices('\n').nth(2).unwrap().0;
    text.insert_str(third, "}{");
    let import = read(&[file(text.into_bytes())]);
    let card = &import.files[0];
    assert_eq!(card.warnings.len(), 1);
    assert_eq!(card.warnings[0].place, import::Place::Line(3));
    assert_eq!(count(card, "events"), 39);
}

#[test]
fn a_log_of_calls_tells_every_request_and_every_entry() {
    let cold = read(&[sample("gen300-grpc/cold.grpclog.gz")]);
    let warm = read(&[sample("gen300-grpc/warm_minimal.grpclog.gz")]);
    let (cold_card, warm_card) = (&cold.files[0], &warm.files[0]);
    // 300 entries asked for in vain, then written; in the warm build all are served.
    assert_eq!((count(cold_card, "results"), count(warm_card, "results")), (300, 300));
    assert_eq!((count(warm_card, "requests"), count(warm_card, "not_found")), (319, 0));
    // Uploads find new blobs missing; none of them is lost.
    // (Figures of a few lines of Python over the same bytes.)
    assert_eq!((count(cold_card, "requests"), count(cold_card, "not_found")), (3567, 1526));
    assert_eq!((count(cold_card, "lost"), count(warm_card, "lost")), (0, 0));
    // Without another file, each entry is an action, with its owner's label.
    assert_eq!(warm.graph.n_actions(), 300);
    assert!(warm.graph.action_ids().all(|a| warm.graph.label(a).starts_with("//core/")));
    assert!(warm.graph.action_ids().all(|a| warm.graph.mnemonic(a) == "Genrule"));
    assert_eq!(warm.cache.entries.len(), 300);
    assert!(!warm.has_cache, "a log of calls is no listing");
}

#[test]
fn a_log_of_calls_gives_a_graph_its_keys_and_contents() {
    let import = read(&[
        sample("gen300-bazel2.1.0/aquery.pb.gz"),
        sample("gen300-grpc/warm_minimal.grpclog.gz"),
    ]);
    let graph = &import.graph;
    let keyed = graph.action_ids().filter(|&a| graph.digests(a).key.is_some()).count();
    assert_eq!(keyed, 300);
}

#[test]
fn keys_rebuilt_from_a_log_are_those_that_were_asked_for() {
    let log = sample("gen300-grpc/cold.exec.json.gz");
    let import = read(&[log, sample("gen300-grpc/cold.grpclog.gz")]);
    let graph = &import.graph;
    let known = |a| graph.digests(a).key.is_some_and(|key| import.cache.entry(key).is_some());
    assert_eq!(graph.action_ids().filter(|&a| known(a)).count(), 300);
    assert!(import.warnings.iter().any(|w| w.what.contains("300 of them")));
}

/// A delimited entry of a log: method, status, number of the details and the details, seconds of
/// its start and end.
fn call(method: &str, status: u8, details: (u8, Vec<u8>), times: [u8; 2]) -> Vec<u8> {
    let entry = [
        bytes_field(1, &bytes_field(5, b"Genrule")),
        bytes_field(2, &number_field(1, status)),
        bytes_field(3, method.as_bytes()),
        bytes_field(4, &bytes_field(details.0, &details.1)),
        bytes_field(5, &number_field(1, times[0])),
        bytes_field(6, &number_field(1, times[1])),
    ]
    .concat();
    // A length before a message is written as one in a field, without the key.
    bytes_field(1, &entry)[1..].to_vec()
}

fn resource(digit: &str) -> Vec<u8> {
    bytes_field(1, format!("blobs/{}/7", digit.repeat(64)).as_bytes())
}

fn read_call(digit: &str, status: u8, times: [u8; 2]) -> Vec<u8> {
    let details = (5, bytes_field(1, &resource(digit)));
    call("google.bytestream.ByteStream/Read", status, details, times)
}

fn find_call(digit: &str, is_missing: bool, times: [u8; 2]) -> Vec<u8> {
    let digest = [bytes_field(1, digit.repeat(64).as_bytes()), number_field(2, 7)].concat();
    let blobs = bytes_field(2, &digest);
    let response = if is_missing { blobs.clone() } else { Vec::new() };
    let details = [bytes_field(1, &blobs), bytes_field(2, &response)].concat();
    let method = "build.bazel.remote.execution.v2.ContentAddressableStorage/FindMissingBlobs";
    call(method, 0, (10, details), times)
}

fn write_call(digit: &str, times: [u8; 2]) -> Vec<u8> {
    call("google.bytestream.ByteStream/Write", 0, (6, resource(digit)), times)
}

fn lost(calls: &[Vec<u8>]) -> (u64, Vec<String>) {
    let import = read(&[file(calls.concat())]);
    let card = &import.files[0];
    assert_eq!(card.format.name(), "bazel_grpc_log", "{:?}", card.error);
    assert_eq!(count(card, "entries"), calls.len() as u64);
    let notes = import.warnings.iter().map(|w| w.what.clone());
    (count(card, "lost"), notes.filter(|w| w.contains("lost")).collect())
}

#[test]
fn only_what_the_log_proves_lost_is_lost() {
    // A read that finds nothing.
    let (n, notes) = lost(&[read_call("a", 5, [1, 1])]);
    assert_eq!(n, 1);
    assert!(notes[0].contains("1 blobs lost; aaaa"), "{notes:?}");
    // An error says nothing of the blob.
    assert_eq!(lost(&[read_call("a", 14, [1, 1])]).0, 0);
    // New blobs are missing before their upload.
    assert_eq!(lost(&[find_call("a", true, [1, 1]), write_call("a", [2, 3])]).0, 0);
    // There, then missing.
    assert_eq!(lost(&[write_call("a", [1, 2]), find_call("a", true, [4, 5])]).0, 1);
    // Asked after before it was written, answered later.
    assert_eq!(lost(&[write_call("a", [2, 4]), find_call("a", true, [3, 5])]).0, 0);
    // Lost, then written again.
    assert_eq!(lost(&[read_call("a", 5, [1, 1]), write_call("a", [2, 3])]).0, 0);
}

#[test]
fn requests_survive_being_cut_anywhere() {
    let bytes = [read_call("a", 5, [1, 1]), find_call("b", true, [2, 3])].concat();
    for end in 1..bytes.len() {
        let import = read(&[file(bytes[..end].to_vec())]);
        let card = &import.files[0];
        assert!(card.error.is_some() || !card.warnings.is_empty() || count(card, "entries") == 1);
    }
}

#[test]
fn a_pack_keeps_what_the_cards_tell() {
    let import = read(&[
        sample("absl-evict-minimal-11/bep.pb.gz"),
        sample("gen300-grpc/warm_minimal.grpclog.gz"),
        sample("absl/cold.profile.gz"),
    ]);
    assert!(!import.files[0].told.is_empty());
    let again = import::unpack(&import::pack(&import)).expect("a pack");
    assert_eq!(again.files, import.files);
    assert!(again == import, "not the same import");
}
