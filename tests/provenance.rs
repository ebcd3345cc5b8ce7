//! Who told what: each fact of a merged incident names the files that it comes from, contradictions
//! are kept, and what no file tells is listed with the file that would.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::ops::ControlFlow;
use std::path::Path;

use rewindow::import::{self, Import, InputFile, told_by, told_by_set, unknowns};
use rewindow::model::{ActionId, ArtifactId, Fact, Id, Provenance, ProvenanceParts};

fn sample(name: &str) -> InputFile {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(name);
    let short = name.rsplit('/').next().unwrap_or(name);
    InputFile { name: short.to_owned(), bytes: std::fs::read(path).expect(name) }
}

fn text(name: &str, text: impl Into<String>) -> InputFile {
    InputFile { name: name.to_owned(), bytes: text.into().into_bytes() }
}

fn read(files: &[InputFile]) -> Import {
    import::read(files, &mut |_| ControlFlow::Continue(())).expect("not cancelled")
}

fn told(import: &Import, fact: Fact) -> String {
    told_by(&import.files, &import.provenance, fact)
}

fn action(import: &Import, label: &str) -> ActionId {
    let graph = &import.graph;
    graph.action_ids().find(|&a| graph.label(a) == label).expect(label)
}

fn artifact(import: &Import, path: &str) -> ArtifactId {
    let graph = &import.graph;
    graph.artifact_ids().find(|&a| graph.path(a) == path).expect(path)
}

const A_TXT: &str = "bazel-out/k8-fastbuild/bin/a.txt";

fn gist() -> Vec<InputFile> {
    ["cold.exec.json", "aquery.pb", "httpcache.find.txt", "cold.bep.json", "cold.profile.gz"]
        .map(|name| sample(&format!("gist-bazel4.2.3/{name}")))
        .into()
}

/// Number of the line of `text` that holds `part`, from 1.
fn line_of(file: &InputFile, part: &str) -> usize {
    let text = String::from_utf8(file.bytes.clone()).expect("text");
    text.lines().position(|line| line.contains(part)).expect(part) + 1
}

#[test]
fn every_fact_names_its_files_and_the_place_in_the_first() {
    let files = gist();
    let import = read(&files);
    let (graph, a) = (&import.graph, action(&import, "//:a"));
    // The log of 4.2 is sorted by its first output, so //:a is its first spawn.
    assert_eq!(
        told(&import, Fact::Action(a)),
        "cold.exec.json (spawn 1), aquery.pb, cold.bep.json"
    );
    assert_eq!(told(&import, Fact::Key(a)), "cold.exec.json", "rebuilt from it");
    let content = artifact(&import, A_TXT);
    // The events of this build, on an HTTP cache, have no digests.
    assert_eq!(told(&import, Fact::Content(content)), "cold.exec.json");
    let blob = graph.blob(content).expect("a content");
    let hex = graph.blobs().digest(blob).hex();
    let line = line_of(&files[2], &format!("cas/{hex}"));
    let place = format!("httpcache.find.txt (line {line})");
    assert_eq!(told(&import, Fact::Blob(blob)), place);
    let sizes = told(&import, Fact::Size(blob));
    assert!(sizes.contains("cold.exec.json") && sizes.contains("httpcache.find.txt"), "{sizes}");
    let key = graph.blobs().digest(graph.key(a).expect("a key")).hex();
    let line = line_of(&files[2], &format!("ac/{key}"));
    assert_eq!(told(&import, Fact::Entry(a)), format!("httpcache.find.txt (line {line})"));
    assert_eq!(told(&import, Fact::Duration(a)), "cold.profile.gz");
}

/// A spawn without a digest that writes `output` and reads `input`.
fn spawn(input: &str, content: char, output: &str, written: char) -> String {
    let hex = |c: char| c.to_string().repeat(64);
    format!(
        r#"{{"commandArgs":["x"],"mnemonic":"Genrule","listedOutputs":["{output}"],
        "inputs":[{{"path":"{input}","digest":{{"hash":"{}","sizeBytes":"3"}}}}],
        "actualOutputs":[{{"path":"{output}","digest":{{"hash":"{}","sizeBytes":"4"}}}}]}}"#,
        hex(content),
        hex(written)
    )
}

const OUT: &str = "bazel-out/k8/bin/out";
const LATE: &str = "bazel-out/k8/bin/late";

#[test]
fn two_contents_of_a_path_are_both_kept_with_who_tells_them() {
    let one = text("one", spawn("src", '1', OUT, '2') + &spawn(OUT, '2', LATE, '3'));
    let two = text("two", spawn("src", '4', OUT, '5'));
    let again = text("again", spawn("src", '4', "bazel-out/k8/bin/z", '6'));
    let import = read(&[one, two, again]);
    let graph = &import.graph;
    let paths: Vec<&str> = import.conflicts.iter().map(|c| graph.path(c.artifact)).collect();
    assert_eq!(paths, ["src", OUT]);
    let first_digit = |blob| graph.blobs().digest(blob).hex()[..1].to_owned();
    let seen = |path: &str| {
        let artifact = artifact(&import, path);
        let conflict = import.conflicts.iter().find(|c| c.artifact == artifact).expect(path);
        let kept = first_digit(graph.blob(artifact).expect("a content"));
        let by = told(&import, Fact::Content(artifact));
        let others = conflict.others.iter().map(|&(blob, files)| {
            (first_digit(blob), told_by_set(&import.files, &import.provenance, files))
        });
        std::iter::once((kept, by)).chain(others).collect::<Vec<_>>()
    };
    let pair = |digit: &str, by: &str| (digit.to_owned(), by.to_owned());
    // Of sources the first file counts, of what is built the last spawn that ended well.
    assert_eq!(seen("src"), [pair("1", "one"), pair("4", "two, again")]);
    assert_eq!(seen(OUT), [pair("5", "two"), pair("2", "one")]);
    let about: Vec<_> =
        import.warnings.iter().filter(|w| w.what.contains("two contents")).collect();
    assert!(about.len() == 1 && about[0].what.starts_with("2 artifacts"), "{about:?}");
}

#[test]
fn what_is_unknown_goes_when_the_file_that_settles_it_comes() {
    let kinds = |files: &[&str]| -> Vec<String> {
        let files: Vec<InputFile> =
            files.iter().map(|name| sample(&format!("gist-bazel4.2.3/{name}"))).collect();
        unknowns(&read(&files)).into_iter().map(|unknown| unknown.kind.into_owned()).collect()
    };
    let bare = kinds(&["aquery.pb"]);
    assert_eq!(bare, ["cache", "keys", "contents", "durations"]);
    assert_eq!(kinds(&["aquery.pb", "cold.exec.json"]), ["cache", "durations"]);
    let listed = ["aquery.pb", "cold.exec.json", "httpcache.find.txt"];
    assert_eq!(kinds(&listed), ["ac_bodies", "durations"]);
    let whole = ["aquery.pb", "cold.exec.json", "httpcache.tar.xz", "cold.profile.gz"];
    assert_eq!(kinds(&whole), Vec::<String>::new());
    assert_eq!(kinds(&["httpcache.find.txt"]), ["graph"]);
}

#[test]
fn a_generated_input_without_a_producer_says_which_export_has_it() {
    let log = text("log", spawn("bazel-out/k8/bin/gen.h", '1', OUT, '2'));
    let all = unknowns(&read(&[log]));
    let unknown = all.iter().find(|unknown| unknown.kind == "producers").expect("producers");
    assert_eq!(unknown.n, 1);
    assert!(unknown.what.contains("gen.h"), "{}", unknown.what);
    assert!(unknown.settled_by.contains("bazel aquery"), "{}", unknown.settled_by);
    let query = r#"{"artifacts":[{"id":"0","execPath":"bazel-out/k8/bin/gen.h"}],
        "actions":[{"targetId":"0","mnemonic":"FileWrite","outputIds":["0"]}]}"#;
    let log = text("log", spawn("bazel-out/k8/bin/gen.h", '1', OUT, '2'));
    let all = unknowns(&read(&[log, text("query", query)]));
    assert!(!all.iter().any(|unknown| unknown.kind == "producers"), "{all:?}");
}

#[test]
fn a_pack_keeps_who_told_what_and_names_the_files_behind_its_own_card() {
    let import = read(&gist());
    let packed = import::pack(&import);
    assert!(import::unpack(&packed).expect("a pack") == import);
    let again = read(&[InputFile { name: "incident".to_owned(), bytes: packed }]);
    assert_eq!(again.files[0].name, "incident");
    for a in import.graph.action_ids() {
        for fact in [Fact::Action(a), Fact::Key(a), Fact::Duration(a), Fact::Entry(a)] {
            assert_eq!(told(&again, fact), told(&import, fact), "{fact:?}");
        }
    }
}

#[test]
fn a_million_actions_cost_a_few_bytes_each() {
    let mut provenance = Provenance::default();
    let n = 1_000_000;
    for action in (0..n).map(ActionId::at) {
        for file in 0..2 {
            provenance.tell(Fact::Action(action), file, Some(7));
            provenance.tell(Fact::Key(action), file, None);
            provenance.tell(Fact::Duration(action), file, None);
            provenance.tell(Fact::Entry(action), file, Some(9));
        }
    }
    assert!(provenance.n_bytes() < n * 17, "{}", provenance.n_bytes());
    assert_eq!(provenance.files(Fact::Key(ActionId::at(n - 1))), [0, 1]);
    assert_eq!(provenance.counts(1)[..4], [n as u64; 4]);
}

#[test]
fn parts_that_name_what_is_not_there_are_refused() {
    let mut provenance = Provenance::default();
    provenance.tell(Fact::Action(ActionId::at(3)), 1, Some(4));
    let parts = provenance.to_parts();
    assert!(Provenance::from_parts(parts.clone(), 2) == Some(provenance));
    assert!(Provenance::from_parts(parts.clone(), 1).is_none(), "file 1 of 1");
    let mut far = parts.clone();
    far.columns[0][3] = 2;
    assert!(Provenance::from_parts(far, 2).is_none(), "combination 2 of 2");
    let short = ProvenanceParts { columns: parts.columns[1..].to_vec(), ..parts };
    assert!(Provenance::from_parts(short, 2).is_none(), "a column is missing");
}
