//! What the descriptions of the formats warn of, one by one. All bytes are synthetic, field by
//! field after the tools' own protobuf files.

use rewindow::import::{Format, Import, Place};
use rewindow::model::{ActionId, ArtifactKind, DigestFunction, Graph, Id};

use super::wire::{delimited, m, n, t};
use super::{read, read_all};

fn hex(digit: &str) -> String {
    digit.repeat(64)
}

fn producer(graph: &Graph, path: &str) -> ActionId {
    let artifact = graph.artifact_ids().find(|&a| graph.path(a) == path).expect(path);
    graph.producer(artifact).expect(path)
}

fn count(import: &Import, kind: &str) -> Option<u64> {
    import.files[0].counts.iter().find(|count| count.0 == kind).map(|count| count.1)
}

/// An entry of a compact log.
fn entry(id: u64, kind: u64, fields: &[Vec<u8>]) -> Vec<u8> {
    let id = if id == 0 { Vec::new() } else { n(1, id) };
    [id, m(kind, fields)].concat()
}

fn file(id: u64, path: &str, digit: &str) -> Vec<u8> {
    entry(id, 3, &[t(1, path), m(2, &[t(1, &hex(digit)), n(2, 5)])])
}

const OUT: &str = "bazel-out/k8/bin/o";

#[test]
fn a_compact_log_names_its_digest_function_once_and_no_digest_of_empty_files() {
    let log = delimited(&[
        entry(0, 2, &[t(1, "BLAKE3")]),
        file(1, "a.c", "1"),
        entry(2, 3, &[t(1, "empty.h")]),
        entry(3, 6, &[m(5, &[vec![1, 2]])]),
        file(4, OUT, "2"),
        entry(0, 7, &[t(1, "cc"), n(4, 3), m(6, &[n(5, 4)]), t(8, "CppCompile")]),
    ]);
    let import = read(&log);
    let graph = &import.graph;
    let functions: Vec<DigestFunction> =
        graph.blobs().ids().map(|blob| graph.blobs().digest(blob).function()).collect();
    assert_eq!(functions, [DigestFunction::Blake3; 3]);
    let empty = graph.artifact_ids().find(|&a| graph.path(a) == "empty.h").unwrap();
    assert!(graph.blobs().is_size_0(graph.blob(empty).unwrap()));
    // Members of a packed list.
    assert_eq!(graph.inputs(producer(graph, OUT)).len(), 2);
}

#[test]
fn outputs_without_an_entry_have_their_path_and_links_no_content() {
    let log = delimited(&[
        entry(0, 2, &[t(1, "SHA-256")]),
        entry(1, 5, &[t(1, "link"), t(2, "nowhere")]),
        entry(2, 6, &[n(5, 1)]),
        // Field 4 is the path of an output that was not made, or is no file.
        entry(0, 7, &[t(1, "cc"), n(4, 2), m(6, &[t(4, OUT)]), t(8, "Genrule"), n(9, 1)]),
    ]);
    let import = read(&log);
    assert_eq!(import.files[0].warnings, []);
    assert_eq!(count(&import, "listed_outputs"), Some(1));
    let graph = &import.graph;
    let action = producer(graph, OUT);
    assert_eq!(graph.outputs(action).iter().filter_map(|&o| graph.blob(o)).count(), 0);
    assert_eq!(graph.inputs(action).len(), 1);
}

/// The writer of the log keeps an entry per path: after a rewind or another try, both runs of an
/// action name the first one's digest.
#[test]
fn an_action_that_runs_twice_in_one_compact_log_is_one_action() {
    let spawn = entry(0, 7, &[t(1, "cc"), m(6, &[n(5, 1)]), t(8, "Genrule")]);
    let log = [entry(0, 2, &[t(1, "SHA-256")]), file(1, OUT, "2"), spawn.clone(), spawn];
    let import = read(&delimited(&log));
    assert_eq!(count(&import, "spawns"), Some(2));
    assert_eq!((import.graph.n_actions(), import.conflicts.len()), (1, 0));
}

#[test]
fn damage_in_a_command_that_nobody_needs_is_told_with_its_place() {
    let spawn = |arguments: &[Vec<u8>]| {
        let key = m(16, &[t(1, &hex("7")), n(2, 140)]);
        let rest = [m(6, &[n(5, 1)]), t(8, "Genrule"), key];
        entry(0, 7, &[arguments.concat(), rest.concat()])
    };
    let before = [entry(0, 2, &[t(1, "SHA-256")]), file(1, OUT, "2")];
    let read = |arguments: &[Vec<u8>]| {
        let mut log = before.to_vec();
        log.push(spawn(arguments));
        read(&delimited(&log))
    };
    let whole = [t(1, "cc"), m(2, &[t(1, "PATH"), t(2, "ä")]), m(3, &[m(1, &[t(1, "os")])])];
    assert_eq!(read(&whole).files[0].warnings, []);
    let offset = delimited(&before).len() as u64;
    for (damaged, what) in [
        (m(1, &[vec![0xff, 0xfe]]), "argument"),
        (n(1, 7), "argument"),
        (m(2, &[vec![0x0a, 9, b'x']]), "environment"),
        (m(2, &[m(2, &[vec![0xc3]])]), "environment"),
        (m(3, &[m(1, &[vec![0x0a, 9, b'x']])]), "platform"),
    ] {
        let import = read(&[t(1, "cc"), damaged]);
        let warning = &import.files[0].warnings[0];
        assert_eq!(warning.place, Place::Offset(offset), "{warning}");
        assert!(warning.what.contains(what), "{warning}");
        assert_eq!(import.graph.n_actions(), 1);
    }
}

#[test]
fn an_old_log_calls_a_hit_and_the_time_otherwise() {
    let spawn = |more: &str| {
        format!(
            "{{\"commandArgs\": [\"x\"], \"listedOutputs\": [\"{OUT}\"], \"mnemonic\": \"G\", \
             \"remotable\": true, \"cacheable\": true{more}}}"
        )
    };
    let duration = |more: &str| {
        let import = read(spawn(more).as_bytes());
        import.graph.duration_ms(producer(&import.graph, OUT))
    };
    assert_eq!(duration(r#", "walltime": "1.250s""#), Some(1250));
    assert_eq!(
        duration(r#", "metrics": {"executionWallTime": "0.040s", "totalTime": "9s"}"#),
        Some(40)
    );
    assert_eq!(duration(r#", "remoteCacheHit": true, "walltime": "1.250s""#), None);
    assert_eq!(duration(r#", "cacheHit": true, "metrics": {"totalTime": "9s"}"#), None);
}

#[test]
fn elements_of_an_action_graph_come_in_any_order_and_middlemen_are_artifacts() {
    let id = |number: u64, id: u64, fields: &[Vec<u8>]| m(number, &[n(1, id), fields.concat()]);
    let parts = [
        // The action first, then its sets, artifacts, fragments from the leaf up.
        m(2, &[n(1, 1), t(4, "Genrule"), t(6, "x"), n(8, 1), n(9, 3), n(13, 3)]),
        id(4, 1, &[n(2, 2), n(3, 1)]),
        id(4, 2, &[n(3, 2)]),
        id(1, 1, &[n(2, 11)]),
        id(1, 2, &[n(2, 14)]),
        id(1, 3, &[n(2, 16)]),
        id(8, 11, &[t(2, "a.c")]),
        id(8, 14, &[t(2, "t-runfiles"), n(3, 13)]),
        id(8, 13, &[t(2, "_middlemen"), n(3, 12)]),
        id(8, 12, &[t(2, "bazel-out")]),
        id(8, 16, &[t(2, "o"), n(3, 12)]),
        id(3, 1, &[t(2, "//:o")]),
    ];
    let proto = parts.concat();
    let streamed = delimited(&parts);
    for (bytes, format) in
        [(proto, Format::BazelAqueryProto), (streamed, Format::BazelAqueryStreamedProto)]
    {
        let import = read(&bytes);
        let card = &import.files[0];
        assert_eq!((card.format, &card.warnings[..]), (format, &[][..]));
        let graph = &import.graph;
        let action = producer(graph, "bazel-out/o");
        let inputs: Vec<&str> = graph.inputs(action).iter().map(|&a| graph.path(a)).collect();
        assert_eq!(inputs, ["a.c", "bazel-out/_middlemen/t-runfiles"]);
        assert_eq!(graph.label(action), "//:o");
        let middleman = graph.inputs(action)[1];
        assert_eq!(graph.artifact_kind(middleman), ArtifactKind::UnknownGenerated);
    }
}

#[test]
fn events_tell_files_in_a_target_and_the_primary_output_of_an_action() {
    let uri = |digit: &str| format!("bytestream://host/i/blobs/{}/7", hex(digit));
    let path = "bazel-out/k8/bin/inline.txt";
    let started = r#"{"id": {"started": {}}, "started": {"uuid": "u", "command": "build"}}"#;
    let target = format!(
        r#"{{"id": {{"targetCompleted": {{"label": "//:t"}}}}, "completed": {{"success": true,
            "outputGroup": [{{"name": "default", "inlineFiles": [{{"name": "inline.txt",
            "pathPrefix": ["bazel-out", "k8", "bin"], "uri": "{}"}}]}}]}}}}"#,
        uri("3")
    );
    let action = format!(
        r#"{{"id": {{"actionCompleted": {{"primaryOutput": "{OUT}", "label": "//:o"}}}}, "action":
            {{"success": true, "type": "Genrule", "primaryOutput": {{"uri": "{}"}}}}}}"#,
        uri("4")
    );
    let events = [started, &target, &action].map(|event| event.replace('\n', " ")).join("\n");
    let log = format!(
        "{{\"commandArgs\": [\"x\"], \"listedOutputs\": [\"{OUT}\", \"{path}\"], \
         \"mnemonic\": \"Genrule\"}}"
    );
    let import = read_all(&[("events", events.as_bytes()), ("log", log.as_bytes())]);
    assert_eq!(import.files[0].format, Format::BazelBepJson);
    assert_eq!(count(&import, "top_level_outputs"), Some(1));
    let graph = &import.graph;
    let contents: Vec<String> = graph
        .outputs(producer(graph, OUT))
        .iter()
        .map(|&o| graph.blobs().digest(graph.blob(o).expect("a content")).hex())
        .collect();
    assert_eq!(contents, [hex("3"), hex("4")]);
}

/// A call of the log of gRPC calls: method, status and details.
fn call(method: &str, status: Vec<Vec<u8>>, details: Vec<u8>) -> Vec<u8> {
    let owner = m(1, &[t(2, &hex("9")), t(5, "Genrule"), t(6, "//:a")]);
    [owner, m(2, &status), t(3, method), m(4, &[details]), m(5, &[n(1, 10)]), m(6, &[n(1, 11)])]
        .concat()
}

#[test]
fn calls_name_blobs_in_every_way_and_violations_name_lost_ones() {
    let read_of = |name: &str| {
        call("google.bytestream.ByteStream/Read", vec![], m(5, &[m(1, &[t(1, name)])]))
    };
    let write_of = |name: &str| {
        call("google.bytestream.ByteStream/Write", vec![], m(6, &[t(1, name), t(1, "")]))
    };
    let missing = |digit: &str| {
        let violation = m(1, &[t(1, "MISSING"), t(2, &format!("blobs/{}/7", hex(digit)))]);
        m(3, &[t(1, "type.googleapis.com/google.rpc.PreconditionFailure"), m(2, &[violation])])
    };
    let digest = |digit: &str| m(6, &[t(1, &hex(digit)), n(2, 140)]);
    let execute = call(
        "build.bazel.remote.execution.v2.Execution/Execute",
        vec![n(1, 9), missing("5"), missing("6")],
        m(7, &[m(1, &[digest("9")])]),
    );
    let log = delimited(&[
        read_of(&format!("blobs/{}/7", hex("1"))),
        read_of(&format!("inst/a/compressed-blobs/zstd/{}/7", hex("2"))),
        write_of(&format!("i/uploads/1b4e28ba/blobs/{}/7", hex("3"))),
        write_of(&format!("uploads/1b4e28ba/compressed-blobs/zstd/{}/7", hex("4"))),
        execute,
        // Calls that are not read: splitting a blob.
        call(
            "build.bazel.remote.execution.v2.ContentAddressableStorage/SplitBlob",
            vec![],
            m(15, &[]),
        ),
    ]);
    let import = read(&log);
    let card = &import.files[0];
    assert_eq!((card.format, &card.warnings[..]), (Format::BazelGrpcLog, &[][..]));
    assert_eq!((count(&import, "entries"), count(&import, "requests")), (Some(6), Some(4)));
    assert_eq!((count(&import, "lost"), count(&import, "owners")), (Some(2), Some(1)));
}

#[test]
fn a_server_without_times_says_other_things_too() {
    let log = format!(
        "bazel-remote is listening\n GET 200       127.0.0.1 /ac/{a}\n\
         REMAP AC HASH {a} : main => {b}\nS3 UPLOAD bucket cas.v2/11/{b} OK\n\
         GRPC CAS HEAD {b} NOT FOUND\n",
        a = hex("1"),
        b = hex("2")
    );
    for dated in [false, true] {
        let lines = log.lines().map(|line| match dated {
            true => format!("2026/11/21 23:59:53 {line}\n"),
            false => format!("{line}\n"),
        });
        let lines: String = lines.skip(usize::from(!dated)).collect();
        let import = read(lines.as_bytes());
        let card = &import.files[0];
        assert_eq!((card.format, &card.warnings[..]), (Format::BazelRemoteLog, &[][..]), "{lines}");
        assert_eq!((count(&import, "requests"), count(&import, "not_found")), (Some(2), Some(1)));
    }
}

#[test]
fn ids_of_buck2_stand_for_the_index_where_a_key_has_no_name() {
    let trace = "1b4e28ba-2fa1-11d2-883f-0016d3cca427";
    let invocation = [t(1, "buck2"), t(1, "build"), t(2, "/repo"), t(3, trace)].concat();
    let end = |key: &[Vec<u8>]| {
        let end = m(51, &[m(1, key), n(4, 3), m(5, &[t(1, "cxx_compile"), t(2, "a.cpp")])]);
        m(1, &[m(1, &[n(1, 1_700_000_000)]), t(2, trace), n(3, 7), m(21, &[end])])
    };
    let label = m(2, &[m(1, &[t(1, "root//app"), t(2, "lib")]), m(2, &[t(2, "cfg")])]);
    let id = m(1, &[3_u64.to_le_bytes().to_vec()]);
    let log = delimited(&[
        invocation,
        end(&[id.clone(), label]),
        // An anonymous target is known by its holder alone.
        end(&[id, m(6, &[t(1, "x")]), t(3, "anon//x:y_3")]),
    ]);
    let dot = "digraph result_graph {\n  \"(target: `root//app:lib (cfg)`, id: `3`)\" -> \
               \"(target: `anon//x:y`, id: `3`)\";\n}\n";
    let import = read_all(&[("log", &log), ("dot", dot.as_bytes())]);
    assert_eq!(import.files[0].format, Format::Buck2EventLog);
    let graph = &import.graph;
    assert_eq!((graph.n_actions(), graph.n_edges()), (2, 1));
    let labels: Vec<&str> = graph.action_ids().map(|action| graph.label(action)).collect();
    assert!(labels.contains(&"root//app:lib (cfg)") && labels.contains(&"anon//x:y"), "{labels:?}");
    assert!(graph.action_ids().all(|action| action.index() < 2));
}

#[test]
fn blake3_is_named_in_requests_and_addresses_alone() {
    let digest = m(2, &[t(1, &hex("3")), n(2, 7)]);
    let find = m(10, &[m(1, &[digest.clone(), n(3, 9)]), m(2, &[digest])]);
    let method = "build.bazel.remote.execution.v2.ContentAddressableStorage/FindMissingBlobs";
    let name = format!("blobs/blake3/{}/7", hex("3"));
    let calls = delimited(&[
        call("google.bytestream.ByteStream/Read", vec![], m(5, &[m(1, &[t(1, &name)])])),
        // Later: of a field that comes twice, the last counts.
        [call(method, vec![], find), m(5, &[n(1, 20)]), m(6, &[n(1, 21)])].concat(),
    ]);
    let event = format!(
        r#"{{"id": {{"namedSet": {{"id": "0"}}}}, "namedSetOfFiles": {{"files": [{{"name": "o",
            "pathPrefix": ["bazel-out", "k8", "bin"], "digest": "{}", "length": "7",
            "uri": "bytestream://host/{name}"}}]}}}}"#,
        hex("3")
    );
    let log = delimited(&[
        entry(0, 2, &[t(1, "BLAKE3")]),
        file(1, OUT, "3"),
        entry(0, 7, &[t(1, "cc"), m(6, &[n(5, 1)]), t(8, "Genrule")]),
    ]);
    let event = event.replace('\n', " ");
    // These name nothing but digits.
    let listing = format!("cas/33/{}\t7\t1.5\n", hex("3"));
    let console = format!("ERROR: x failed: Missing digest: {}/7 for {OUT}\n", hex("3"));
    let import = read_all(&[
        ("calls", &calls),
        ("events", event.as_bytes()),
        ("log", &log),
        ("listing", listing.as_bytes()),
        ("console", console.as_bytes()),
    ]);
    let formats: Vec<Format> = import.files.iter().map(|card| card.format).collect();
    let logs = [Format::BazelGrpcLog, Format::BazelBepJson, Format::BazelExecLogCompact];
    assert_eq!(formats, [&logs[..], &[Format::CacheListing, Format::ConsoleText]].concat());
    // Read, and then missing.
    assert_eq!(count(&import, "lost"), Some(1));
    let blobs = import.graph.blobs();
    let named: Vec<DigestFunction> = blobs
        .ids()
        .map(|blob| blobs.digest(blob))
        .filter(|digest| digest.hex() == hex("3"))
        .map(|digest| digest.function())
        .collect();
    assert_eq!(named, [DigestFunction::Blake3]);
    assert_eq!(import.conflicts.len(), 0);
    let graph = &import.graph;
    let output = graph.outputs(producer(graph, OUT))[0];
    assert!(import.cache.cas.contains(graph.blob(output).unwrap()));
}
