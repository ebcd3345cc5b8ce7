//! The pitfalls of each format, one test each, on inputs small enough to read.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::ops::ControlFlow;

use rewindow::import::{self, Import, InputFile};
use rewindow::model::{ActionId, ActionKind, ArtifactId, ArtifactKind, Graph};

fn file(name: &str, bytes: impl Into<Vec<u8>>) -> InputFile {
    InputFile { name: name.to_owned(), bytes: bytes.into() }
}

fn read(files: &[InputFile]) -> Import {
    import::read(files, &mut |_| ControlFlow::Continue(())).expect("not cancelled")
}

fn artifact(graph: &Graph, path: &str) -> ArtifactId {
    graph.artifact_ids().find(|&a| graph.path(a) == path).expect(path)
}

fn producer(graph: &Graph, path: &str) -> ActionId {
    graph.producer(artifact(graph, path)).expect(path)
}

fn inputs(graph: &Graph, action: ActionId) -> Vec<&str> {
    graph.inputs(action).iter().map(|&a| graph.path(a)).collect()
}

fn digest_of(graph: &Graph, path: &str) -> Option<String> {
    graph.blob(artifact(graph, path)).map(|b| graph.blobs().digest(b).hex())
}

fn hex(digit: char) -> String {
    digit.to_string().repeat(64)
}

/// A file with content in protobuf's JSON.
fn content(path: &str, digit: char) -> String {
    let hash = hex(digit);
    format!(r#"{{"path":"{path}","digest":{{"hash":"{hash}","sizeBytes":"5"}}}}"#)
}

/// A spawn in protobuf's JSON; `more` adds fields.
fn spawn(inputs: &[String], listed: &[&str], actual: &[String], more: &str) -> String {
    let listed: Vec<String> = listed.iter().map(|l| format!("\"{l}\"")).collect();
    format!(
        "{{\n\"commandArgs\":[\"x\"],\"mnemonic\":\"Genrule\",\"cacheable\":true,\
         \"inputs\":[{}],\"listedOutputs\":[{}],\"actualOutputs\":[{}]{more}\n}}",
        inputs.join(","),
        listed.join(","),
        actual.join(",")
    )
}

const A: &str = "bazel-out/k8/bin/a";
const B: &str = "bazel-out/k8/bin/b";

#[test]
fn outputs_of_an_old_remote_hit_are_the_listed_ones_and_their_contents_those_that_consumers_read() {
    let log = spawn(&[], &[A], &[], r#","remoteCacheHit":true"#)
        + &spawn(&[content(A, '1')], &[B], &[], r#","cacheHit":true"#);
    let graph = read(&[file("log", log)]).graph;
    assert_eq!(inputs(&graph, producer(&graph, B)), [A]);
    assert_eq!(digest_of(&graph, A), Some(hex('1')));
    assert_eq!(digest_of(&graph, B), None);
}

#[test]
fn an_input_listed_twice_counts_once() {
    let log = spawn(&[content("s", '1'), content("s", '1')], &[A], &[], "");
    let graph = read(&[file("log", log)]).graph;
    assert_eq!(inputs(&graph, producer(&graph, A)), ["s"]);
}

#[test]
fn a_path_logged_twice_has_the_content_that_the_last_good_run_wrote() {
    let log = spawn(&[], &[A], &[content(A, '1')], r#","exitCode":1"#)
        + &spawn(&[content("s", '3')], &[A], &[content(A, '2')], "");
    let import = read(&[file("log", log)]);
    assert_eq!(import.graph.n_actions(), 1);
    assert_eq!(digest_of(&import.graph, A), Some(hex('2')));
    assert_eq!(inputs(&import.graph, producer(&import.graph, A)), ["s"]);
}

#[test]
fn labels_come_from_the_target_or_else_the_progress_message() {
    let log = spawn(&[], &[A], &[], r#","targetLabel":"//x:a""#)
        + &spawn(&[], &[B], &[], r#","progressMessage":"Executing genrule //x:b [for host]""#);
    let import = read(&[file("log", log)]);
    let graph = &import.graph;
    assert_eq!(graph.label(producer(graph, A)), "//x:a");
    assert_eq!(graph.label(producer(graph, B)), "//x:b");
    assert!(import.files[0].counts.contains(&("labels", 1)));
}

#[test]
fn a_damaged_object_is_left_out_and_its_place_told() {
    let first = spawn(&[], &[A], &[], "");
    let log =
        first.clone() + &first.replace("mnemonic\":", "mnemonic\"") + &spawn(&[], &[B], &[], "");
    let import = read(&[file("log", log)]);
    assert_eq!(import.graph.n_actions(), 2);
    let warning = &import.files[0].warnings[0];
    assert_eq!(warning.place, import::Place::Offset(first.len() as u64));
}

#[test]
fn a_digest_of_a_wrong_length_is_told_and_its_file_kept() {
    let odd = content("s", '1').replace(&hex('1'), "abc");
    let import = read(&[file("log", spawn(&[odd], &[A], &[], ""))]);
    assert_eq!(digest_of(&import.graph, "s"), None);
    assert_eq!(inputs(&import.graph, producer(&import.graph, A)), ["s"]);
    assert!(import.files[0].warnings[0].what.contains("3"), "{}", import.files[0].warnings[0]);
}

#[test]
fn files_under_a_listed_output_make_it_a_directory() {
    let inside = format!("{A}/x");
    let log = spawn(&[], &[A], &[content(&inside, '1')], "")
        + &spawn(&[content(&inside, '1')], &[B], &[], "");
    let graph = read(&[file("log", log)]).graph;
    assert_eq!(graph.artifact_kind(artifact(&graph, A)), ArtifactKind::Tree);
    assert_eq!(graph.artifact_kind(artifact(&graph, &inside)), ArtifactKind::TreeFile);
    assert_eq!(producer(&graph, &inside), producer(&graph, A));
}

#[test]
fn a_link_in_a_runfiles_tree_is_what_it_points_to() {
    let link = "bazel-out/k8/bin/t.runfiles/ws/a";
    let log =
        spawn(&[], &[A], &[content(A, '1')], "") + &spawn(&[content(link, '1')], &[B], &[], "");
    let graph = read(&[file("log", log)]).graph;
    assert_eq!(inputs(&graph, producer(&graph, B)), [A]);
}

#[test]
fn generated_inputs_without_a_producer_are_summed_up_in_one_warning() {
    let log = spawn(&[content(A, '1'), content("bazel-out/c", '2')], &[B], &[], "");
    let import = read(&[file("log", log)]);
    let kind = import.graph.artifact_kind(artifact(&import.graph, A));
    assert_eq!(kind, ArtifactKind::UnknownGenerated);
    let about: Vec<_> = import.warnings.iter().filter(|w| w.remedy.contains("aquery")).collect();
    assert!(about.len() == 1 && about[0].what.starts_with("2 inputs"), "{about:?}");
}

#[test]
fn two_contents_of_one_path_are_told() {
    let log =
        spawn(&[content("s", '1')], &[A], &[], "") + &spawn(&[content("s", '2')], &[B], &[], "");
    let import = read(&[file("log", log)]);
    assert!(import.warnings.iter().any(|w| w.what.contains("two contents")));
}

/// An action graph (v1, texts for ids and whole paths) with what a log lacks.
fn query() -> String {
    let action = |target: &str, mnemonic: &str, set: &str, output: &str| {
        format!(
            r#"{{"targetId":"{target}","mnemonic":"{mnemonic}",
            "inputDepSetIds":[{set}],"outputIds":["{output}"]}}"#
        )
    };
    format!(
        r#"{{"artifacts":[{{"id":"0","execPath":"{A}"}},{{"id":"1","execPath":"{B}"}},
        {{"id":"2","execPath":"bazel-out/k8/bin/link"}},
        {{"id":"3","execPath":"bazel-out/k8/bin/a.params"}},
        {{"id":"4","execPath":"unread.h"}}],
        "actions":[{},{},{},{}],
        "targets":[{{"id":"0","label":"//q:t"}}],
        "depSetOfFiles":[{{"id":"0","directArtifactIds":["3","4"]}},
        {{"id":"1","transitiveDepSetIds":["0","1"],"directArtifactIds":["0"]}}]}}"#,
        action("0", "CppCompile", "\"0\"", "0"),
        action("0", "FileWrite", "", "3"),
        action("0", "SolibSymlink", "\"1\"", "2"),
        action("0", "Genrule", "\"1\"", "1"),
    )
}

#[test]
fn an_action_graph_adds_what_spawns_nothing_and_the_log_says_what_was_read() {
    let log = spawn(&[content("s.cc", '1')], &[A], &[content(A, '2')], "");
    let graph = read(&[file("graph", query()), file("log", log)]).graph;
    let kind = |path: &str| graph.action_kind(producer(&graph, path));
    assert_eq!(graph.n_actions(), 4);
    // `discovers_inputs`: of the headers that might be read only those that were.
    assert_eq!(inputs(&graph, producer(&graph, A)), ["s.cc"]);
    assert_eq!(graph.label(producer(&graph, A)), "//q:t");
    assert_eq!(kind("bazel-out/k8/bin/a.params"), ActionKind::Internal);
    assert_eq!(kind(B), ActionKind::Spawn);
    // A set that holds itself ends all the same.
    assert_eq!(inputs(&graph, producer(&graph, B)).len(), 3);
}

#[test]
fn a_symlink_has_the_content_of_what_it_points_to() {
    let solo = query().replace(
        r#""inputDepSetIds":["1"],"outputIds":["2"]"#,
        r#""inputDepSetIds":["2"],"outputIds":["2"]"#,
    );
    let solo = solo.replace(
        r#""depSetOfFiles":["#,
        r#""depSetOfFiles":[{"id":"2","directArtifactIds":["0"]},"#,
    );
    let log = spawn(&[], &[A], &[content(A, '2')], "");
    let graph = read(&[file("log", log), file("graph", solo)]).graph;
    let link = "bazel-out/k8/bin/link";
    assert_eq!(graph.action_kind(producer(&graph, link)), ActionKind::Symlink);
    assert_eq!(digest_of(&graph, link), Some(hex('2')));
}

#[test]
fn a_cycle_and_two_producers_become_warnings() {
    let log = spawn(&[content(B, '1')], &[A], &[], "")
        + &spawn(&[content(A, '2')], &[B], &[], "")
        + &spawn(&[], &[B], &[], "").replace("Genrule", "Other");
    let import = read(&[file("log", log)]);
    let says = |what: &str| import.warnings.iter().any(|w| w.what.contains(what));
    assert!(says("reads, indirectly") && says("Two actions write"), "{:?}", import.warnings);
}

#[test]
fn a_chain_of_a_million_actions_is_read_without_recursion() {
    let mut log = String::new();
    let path = |i: usize| format!("bazel-out/{i}");
    for i in (0..1_000_000).rev() {
        let (from, to) = (path(i), path(i + 1));
        log += &format!(
            r#"{{"commandArgs":["x"],"inputs":[{{"path":"{from}"}}],"listedOutputs":["{to}"]}}"#
        );
    }
    let graph = read(&[file("log", log)]).graph;
    assert_eq!(graph.n_actions(), 1_000_000);
}

#[test]
fn garbage_is_refused_at_once_and_told() {
    for garbage in ["\u{1}\u{2}garbage\n".repeat(1_000_000), "{\"a\":".repeat(1_000_000)] {
        let import = read(&[file("garbage", garbage)]);
        let error = import.files[0].error.as_ref().expect("an error");
        assert!(error.what.contains("not known") && !error.remedy.is_empty(), "{error}");
    }
    let broken = "{\"commandArgs\":[}\n".repeat(200_000);
    assert!(read(&[file("log", broken)]).files[0].error.is_some());
}

mod wire {
    //! Encodes just enough protobuf to write compact logs.

    pub fn varint(mut n: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while n > 0x7f {
            bytes.push(n as u8 | 0x80);
            n >>= 7;
        }
        bytes.push(n as u8);
        bytes
    }

    pub fn bytes(field: u64, value: impl AsRef<[u8]>) -> Vec<u8> {
        let value = value.as_ref();
        [varint(field << 3 | 2), varint(value.len() as u64), value.to_vec()].concat()
    }

    pub fn number(field: u64, value: u64) -> Vec<u8> {
        [varint(field << 3), varint(value)].concat()
    }

    /// An entry of a compact log with its length.
    pub fn entry(id: u64, kind: u64, parts: &[Vec<u8>]) -> Vec<u8> {
        let id = if id == 0 { Vec::new() } else { number(1, id) };
        let entry = [id, bytes(kind, parts.concat())].concat();
        [varint(entry.len() as u64), entry].concat()
    }
}

/// A file entry; without `digit` it is empty and so has no digest.
fn logged_file(id: u64, path: &str, digit: Option<char>) -> Vec<u8> {
    let digest =
        digit.map(|d| wire::bytes(2, [wire::bytes(1, hex(d)), wire::number(2, 5)].concat()));
    wire::entry(id, 3, &[wire::bytes(1, path), digest.unwrap_or_default()])
}

fn logged_spawn(id: u64, set: u64, outputs: Vec<Vec<u8>>) -> Vec<u8> {
    let outputs = outputs.into_iter().map(|o| wire::bytes(6, o)).collect::<Vec<_>>().concat();
    let parts = [wire::bytes(1, "x"), wire::number(4, set), outputs, wire::bytes(8, "Genrule")];
    wire::entry(id, 7, &parts)
}

#[test]
fn both_layouts_of_the_compact_log_are_read() {
    let invocation = wire::entry(0, 2, &[wire::bytes(1, "SHA-256")]);
    let files = [logged_file(1, "s", Some('1')), logged_file(2, "empty", None)].concat();
    let output = logged_file(3, A, Some('2'));
    let old = [
        invocation.clone(),
        files.clone(),
        wire::entry(4, 6, &[wire::number(1, 1)]),
        wire::entry(5, 6, &[wire::number(1, 2), wire::number(4, 4)]),
        output.clone(),
        logged_spawn(6, 5, vec![wire::number(1, 3)]),
    ];
    let new = [
        invocation,
        files,
        wire::entry(4, 6, &[wire::number(5, 1)]),
        wire::entry(5, 6, &[wire::number(5, 2), wire::number(4, 4)]),
        output,
        logged_spawn(0, 5, vec![wire::number(5, 3)]),
    ];
    for log in [old, new] {
        let import = read(&[file("x", log.concat())]);
        assert_eq!(import.files[0].format, import::Format::BazelExecLogCompact);
        let graph = &import.graph;
        assert_eq!(inputs(graph, producer(graph, A)), ["s", "empty"]);
        assert!(graph.blobs().is_size_0(graph.blob(artifact(graph, "empty")).expect("a blob")));
        assert_eq!(digest_of(graph, A), Some(hex('2')));
    }
}

#[test]
fn directories_runfiles_and_symlink_actions_of_the_compact_log_are_read() {
    let in_tree = [wire::bytes(1, "x"), wire::bytes(2, wire::bytes(1, hex('3')))].concat();
    let log = [
        wire::entry(0, 2, &[wire::bytes(1, "SHA-256")]),
        wire::entry(1, 4, &[wire::bytes(1, A), wire::bytes(2, in_tree)]),
        logged_spawn(0, 0, vec![wire::number(5, 1)]),
        logged_file(2, "data", Some('4')),
        wire::entry(3, 6, &[wire::number(5, 2)]),
        wire::entry(4, 10, &[wire::bytes(1, "bazel-out/t.runfiles"), wire::number(2, 3)]),
        wire::entry(5, 6, &[wire::number(5, 1), wire::number(5, 4)]),
        logged_file(6, B, Some('5')),
        logged_spawn(0, 5, vec![wire::number(5, 6)]),
        wire::entry(
            0,
            8,
            &[wire::bytes(1, B), wire::bytes(2, "bazel-out/link"), wire::bytes(4, "Symlink")],
        ),
    ];
    let graph = read(&[file("x", log.concat())]).graph;
    let inside = format!("{A}/x");
    assert_eq!(inputs(&graph, producer(&graph, B)), [inside.as_str(), "data"]);
    assert_eq!(producer(&graph, &inside), producer(&graph, A));
    assert_eq!(graph.artifact_kind(artifact(&graph, A)), ArtifactKind::Tree);
    assert_eq!(graph.action_kind(producer(&graph, "bazel-out/link")), ActionKind::Symlink);
    assert_eq!(digest_of(&graph, "bazel-out/link"), Some(hex('5')));
}

#[test]
fn a_decompression_bomb_is_refused_and_a_cut_wrapper_tells_where() {
    use std::io::Write;
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("to memory");
        encoder.finish().expect("to memory")
    };
    let zeros = gzip(&vec![0; 1 << 20]);
    // Members one after the other unpack to more than a gigabyte.
    let import = read(&[file("bomb", zeros.repeat(1100))]);
    let error = import.files[0].error.as_ref().expect("an error");
    assert!(error.what.contains("1024 MiB"), "{error}");
    let log = gzip(spawn(&[], &[A], &[], "").repeat(1000).as_bytes());
    let cut = read(&[file("cut", &log[..log.len() - 4])]);
    assert_eq!(cut.graph.n_actions(), 1);
    assert!(matches!(cut.files[0].warnings[0].place, import::Place::Offset(at) if at > 0));
    let nested = read(&[file("nested", gzip(&gzip(spawn(&[], &[A], &[], "").as_bytes())))]);
    assert_eq!(nested.files[0].wrappers, ["gzip", "gzip"]);
}

/// A listing cannot tell which blobs are standard output: whoever plans on it is told.
#[test]
fn blobs_that_only_ac_entries_name_are_mentioned() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples/gen300-bazel2.1.0/");
    let sample = |name: &str| file(name, std::fs::read(format!("{folder}{name}")).unwrap());
    let mentions = |cache: &str| {
        let import = read(&[sample("cold.exec.json.gz"), sample(cache)]);
        let expected = "19 blobs of the cache are named by nothing";
        import.warnings.iter().any(|w| w.what.starts_with(expected))
    };
    assert!(mentions("httpcache.find.txt.gz"));
    assert!(!mentions("httpcache.tar.xz"));
}
