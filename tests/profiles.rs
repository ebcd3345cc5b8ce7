//! Trace profiles: durations that they give a graph, and the rewinds that they show.
//! (Counts, hidden names and damage: `importers.rs`.)

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use rewindow::import::{self, Import, InputFile};

fn sample(name: &str) -> InputFile {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(name);
    InputFile { name: name.to_owned(), bytes: std::fs::read(path).expect(name) }
}

fn read(files: &[InputFile]) -> Import {
    import::read(files, &mut |_| ControlFlow::Continue(())).expect("not cancelled")
}

fn text(name: &str, text: &str) -> InputFile {
    InputFile { name: name.to_owned(), bytes: text.as_bytes().to_vec() }
}

fn counts(import: &Import) -> Vec<u64> {
    assert_eq!(import.files[0].format.name(), "bazel_profile", "{:?}", import.files[0].error);
    let kinds = ["events", "actions", "executed", "rewind_plans", "lost"];
    let counts = &import.files[0].counts;
    kinds.map(|kind| counts.iter().find(|c| c.0 == kind).unwrap().1).to_vec()
}

/// What a profile tells of an action, and of a rewind of it.
const EVENTS: &str = r#"
    {"name":"thread_name","ph":"M","pid":1,"tid":0,"args":{"name":"Critical Path"}},
    {"cat":"general information","name":"subprocess.run","ph":"X","ts":10,"dur":30,"pid":1,"tid":7},
    {"cat":"action processing","name":"Executing genrule //:a","ph":"X","ts":5,"dur":100,"tid":7},
    {"cat":"action processing","name":"Executing genrule //:b","ph":"X","ts":8,"dur":100,"tid":8},
    {"cat":"x","name":"Preparing rewind plan for 2 lost inputs of action 'Executing genrule //:c'",
     "ph":"X","ts":2000000,"dur":3,"tid":8},
    {"cat":"x","name":"Preparing rewind plan for 1 lost outputs of //:c","ph":"X","ts":4,"tid":8}
"#;

#[test]
fn rewinds_are_counted_and_told() {
    let whole = format!("{{\"otherData\":{{\"build_id\":\"u\"}},\"traceEvents\":[{EVENTS}]}}");
    let bare = format!("[{EVENTS}]");
    for profile in [whole, bare] {
        let import = read(&[text("x", &profile)]);
        assert_eq!(counts(&import), [6, 2, 1, 2, 3]);
        let told = &import.files[0].told;
        assert!(told[0].contains("1 lost outputs of //:c"), "{told:?}");
        assert!(told[1].contains("At 2.000 s") && told[1].contains("2 lost inputs"), "{told:?}");
        assert!(import.files[0].warnings.is_empty(), "{:?}", import.files[0].warnings);
    }
}

#[test]
fn a_damaged_event_is_left_out_and_a_missing_end_is_told() {
    let damaged = EVENTS.replace("\"ts\":5,", "\"ts\":five,");
    let import = read(&[text("x", &format!("{{\"traceEvents\":[{damaged}"))]);
    assert_eq!(counts(&import), [5, 1, 0, 2, 3]);
    let places: Vec<_> = import.files[0].warnings.iter().map(|w| &w.place).collect();
    assert!(matches!(places[..], [import::Place::Offset(_), import::Place::Offset(_)]));
}

#[test]
fn a_profile_gives_a_graph_the_durations_that_the_log_of_the_same_build_has() {
    // The log of the warm build has hits only, so it tells no durations; that of the cold one does.
    let warm = sample("absl-bazel7.7.1/warm_minimal.exec.pb.gz");
    let without = read(std::slice::from_ref(&warm));
    let with = read(&[warm, sample("absl-bazel7.7.1/cold.profile.gz")]);
    let cold = read(&[sample("absl-bazel7.7.1/cold.exec.compact")]);
    let n = |import: &Import| {
        let graph = &import.graph;
        graph.action_ids().filter(|&a| graph.duration_ms(a).is_some()).count()
    };
    assert_eq!(n(&without), 0);
    // Of the spans of this version only "Linking PATH" says which action it is of; 86 executed.
    assert_eq!(n(&with), 86);
    let by_path: HashMap<&str, _> =
        cold.graph.artifact_ids().map(|artifact| (cold.graph.path(artifact), artifact)).collect();
    // Each of them is near the one in the log of the same build.
    for action in with.graph.action_ids() {
        let Some(ms) = with.graph.duration_ms(action) else { continue };
        let path = with.graph.path(with.graph.outputs(action)[0]);
        let same = cold.graph.producer(by_path[path]).unwrap();
        let logged = cold.graph.duration_ms(same).unwrap();
        assert!(ms.abs_diff(logged) <= 100 + logged / 2, "{path}: {ms} ms, logged {logged} ms");
    }
}

#[test]
fn a_span_that_may_be_of_several_actions_is_left_alone() {
    let log = r#"
{"commandArgs":["a"],"listedOutputs":["bazel-out/k8/bin/a"],"mnemonic":"G","targetLabel":"//:a"}
{"commandArgs":["b"],"listedOutputs":["bazel-out/k8/bin/b"],"mnemonic":"G","targetLabel":"//:a"}
{"commandArgs":["c"],"listedOutputs":["bazel-out/k8/bin/c"],"mnemonic":"H","targetLabel":"//:a"}"#;
    let span = |more: &str| {
        format!(
            r#"{{"traceEvents":[{{"name":"subprocess.run","ts":1,"dur":5000,"tid":1}},
            {{"cat":"action processing","name":"x","ts":0,"dur":6000,"tid":1,{more}}}]}}"#
        )
    };
    let durations = |more: &str| {
        let import = read(&[text("p", &span(more)), text("l", log)]);
        let path = |a| import.graph.path(import.graph.outputs(a)[0]).to_owned();
        let known = import.graph.action_ids().filter(|&a| import.graph.duration_ms(a).is_some());
        known.map(|a| (path(a), import.graph.duration_ms(a).unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(durations(r#""args":{"target":"//:a","mnemonic":"G"}"#), []);
    assert_eq!(durations(r#""args":{"target":"//:a"}"#), []);
    let c = vec![("bazel-out/k8/bin/c".to_owned(), 5)];
    assert_eq!(durations(r#""args":{"target":"//:a","mnemonic":"H"}"#), c);
    let b = vec![("bazel-out/k8/bin/b".to_owned(), 5)];
    assert_eq!(durations(r#""out":"bazel-out/k8/bin/b""#), b);
}
