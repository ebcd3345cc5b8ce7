//! The escape hatches: graphs in DOT and in plain JSON.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::ops::ControlFlow;

use rewindow::import::{self, Import, InputFile, Place};
use rewindow::model::{ArtifactKind, Graph};

fn read(text: &str) -> Import {
    let file = InputFile { name: "x".to_owned(), bytes: text.as_bytes().to_vec() };
    import::read(&[file], &mut |_| ControlFlow::Continue(())).expect("not cancelled")
}

/// Each action by its first output, with what it reads.
fn actions(graph: &Graph) -> Vec<(String, Vec<String>)> {
    let path = |&a: &_| graph.path(a).to_owned();
    let mut actions: Vec<(String, Vec<String>)> = graph
        .action_ids()
        .map(|a| (path(&graph.outputs(a)[0]), graph.inputs(a).iter().map(path).collect()))
        .collect();
    actions.sort();
    actions
}

fn of(output: &str, inputs: &[&str]) -> (String, Vec<String>) {
    (output.to_owned(), inputs.iter().map(|&i| i.to_owned()).collect())
}

#[test]
fn edges_in_dot_lead_from_actions_to_what_they_read() {
    let texts = [
        "digraph g {\n  node [shape=box];\n  \"//:c\"\n  \"//:c\" -> \"//:b\";\n  \
         \"//:b\" -> \"//:a\\n//:z\"\n}\n",
        "// made by hand\nstrict digraph { \"//:c\" -> \"//:b\" -> \"//:a\\n//:z\" [color=red]; }",
        "digraph {\n1 [label=\"//:c\"];\n1 -> 2;\n2 [label=\"//:b\"];\n2 -> 3;\n\
         3 [label=\"//:a\\n//:z\"];\n}",
        "digraph { subgraph cluster_0 { \"//:c\" -> \"//:b\" }\n\
         \"//:b\" -> subgraph { \"//:a\\n//:z\" } }",
    ];
    for text in texts {
        let import = read(text);
        let card = &import.files[0];
        assert_eq!((card.format.name(), &card.error), ("dot", &None), "{text}");
        assert!(card.warnings.is_empty(), "{:?}", card.warnings);
        assert_eq!(card.counts, [("nodes", 3), ("edges", 2), ("actions", 2)], "{text}");
        let expected = [of("//:b", &["//:a //:z"]), of("//:c", &["//:b"])];
        assert_eq!(actions(&import.graph), expected, "{text}");
        assert_eq!(import.graph.n_sources(), 1);
    }
}

#[test]
fn a_bad_line_of_dot_is_left_out_and_its_place_told() {
    let import = read("digraph {\n  a -> b;\n  b -> -> c;\n  c -> d;\n");
    assert_eq!(actions(&import.graph), [of("a", &["b"]), of("c", &["d"])]);
    assert_eq!(import.files[0].warnings[0].place, Place::Line(3));
}

#[test]
fn hostile_dot_is_refused_or_read_but_never_overflows() {
    let deep =
        format!("digraph {{ {} a -> b {} }}", "subgraph {".repeat(50_000), "}".repeat(50_000));
    assert!(read(&deep).files[0].error.is_some());
    let undirected = read("graph {\n a -- b;\n}\n");
    assert!(undirected.files[0].error.as_ref().unwrap().what.contains("direction"));
    let cycle = read("digraph {\n a -> b;\n b -> a;\n}\n");
    assert!(
        cycle.warnings.iter().any(|w| w.what.contains("reads, indirectly")),
        "{:?}",
        cycle.warnings
    );
    let none = read("digraph {\n a;\n}\n");
    assert!(none.files[0].error.is_some());
}

#[test]
fn a_large_graph_in_dot_is_read_by_the_line() {
    let mut text = "digraph {\n".to_owned();
    for i in 0..40_000 {
        text.push_str(&format!("  \"//package/number:target_{}\" -> \"//package:{i}\";\n", i / 4));
    }
    text.push_str("}\n");
    let import = read(&text);
    assert!(text.len() > 1 << 20 && import.files[0].warnings.is_empty());
    assert_eq!(import.graph.n_edges(), 40_000);
}

#[test]
fn a_plain_graph_in_json_names_artifacts_digests_and_keys() {
    let hash = "ab".repeat(32);
    let import = read(&format!(
        r#"{{"nodes":["src",{{"id":"compile","label":"//:a","mnemonic":"Cc","duration_ms":7,
        "inputs":[{{"path":"in.c","digest":"{hash}:3"}}],"outputs":["a.o","a.d"],"key":"{hash}/9"}},
        {{"id":1}}],"edges":[["compile","src"],{{"from":1,"to":"compile"}}]}}"#
    ));
    let graph = &import.graph;
    assert_eq!(import.files[0].error, None);
    assert!(import.files[0].warnings.is_empty(), "{:?}", import.files[0].warnings);
    assert_eq!(actions(graph), [of("1", &["a.o", "a.d"]), of("a.o", &["in.c", "src"])]);
    let compile = graph.action_ids().find(|&a| graph.mnemonic(a) == "Cc").unwrap();
    assert_eq!((graph.label(compile), graph.duration_ms(compile)), ("//:a", Some(7)));
    assert_eq!(graph.blobs().digest(graph.key(compile).unwrap()).hex(), hash);
    let input = graph.inputs(compile).iter().find(|&&a| graph.path(a) == "in.c").unwrap();
    assert_eq!(graph.artifact_kind(*input), ArtifactKind::Source);
    assert!(graph.blob(*input).is_some());
}

#[test]
fn links_with_source_and_target_are_edges_too() {
    let import =
        read(r#"{"directed":true,"nodes":[{"id":"a"}],"links":[{"source":"a","target":"b"}]}"#);
    assert_eq!(actions(&import.graph), [of("a", &["b"])]);
    assert!(import.files[0].warnings[0].what.contains("not among the nodes"));
    let broken = read("{\"nodes\":[],\n\"edges\":[[\"a\"]]}");
    assert_eq!(broken.files[0].error.as_ref().unwrap().place, Place::Line(2));
}
