//! Action graphs as textproto, against the same graphs as protobuf and JSON.

use rewindow::import::Place;
use rewindow::model::Graph;

use super::{Seeded, read, sample};

/// What a graph is, whatever order its artifacts came in.
fn actions(graph: &Graph) -> Vec<(String, String, Vec<String>, Vec<String>)> {
    let paths = |all: &[rewindow::model::ArtifactId]| {
        let mut paths: Vec<String> = all.iter().map(|&a| graph.path(a).to_owned()).collect();
        paths.sort();
        paths
    };
    let of = |action| {
        let (label, mnemonic) = (graph.label(action).to_owned(), graph.mnemonic(action).to_owned());
        (label, mnemonic, paths(graph.inputs(action)), paths(graph.outputs(action)))
    };
    let mut all: Vec<_> = graph.action_ids().map(of).collect();
    all.sort();
    all
}

/// The text for people names no sets, and of artifacts those that actions read or write.
#[test]
fn the_text_for_people_tells_the_same_actions() {
    for folder in ["gist-bazel1.1.0", "gist-bazel4.2.3"] {
        let text = read(&sample(&format!("{folder}/aquery.txt")));
        let card = &text.files[0];
        assert_eq!((card.format.name(), &card.warnings[..]), ("bazel_aquery_text", &[][..]));
        let proto = read(&sample(&format!("{folder}/aquery.pb")));
        assert_eq!(actions(&text.graph), actions(&proto.graph), "{folder}");
    }
}

#[test]
fn the_same_graph_in_all_its_formats_is_the_same() {
    for (folder, twins) in [
        ("gist-bazel1.1.0", &["aquery.textproto", "aquery.pb"][..]),
        ("gist-bazel4.2.3", &["aquery.textproto", "aquery.pb", "aquery.json"]),
        (
            "absl-bazel7.7.1",
            &[
                "aquery.textproto.gz",
                "aquery.proto.gz",
                "aquery.streamed_proto.gz",
                "aquery.jsonproto.gz",
            ],
        ),
    ] {
        let text = read(&sample(&format!("{folder}/{}", twins[0])));
        let expected = actions(&text.graph);
        assert!(expected.len() >= 3 && text.files[0].warnings.is_empty());
        for twin in &twins[1..] {
            let other = read(&sample(&format!("{folder}/{twin}")));
            assert!(actions(&other.graph) == expected, "{folder}/{twin}");
            assert_eq!(other.files[0].counts, text.files[0].counts, "{folder}/{twin}");
        }
    }
}

/// Synthetic: what no sample has but the format allows.
const ODD: &str = r#"# proto-file: analysis_v2.proto
artifacts { id: 1, path_fragment_id: 2; is_tree_artifact: true }
artifacts: < id: 2 path_fragment_id: 3 >
path_fragments { id: 1 label: 'bazel-out' }
path_fragments { id: 2 label: "t\303\244ble\x5f" parent_id: 1 }
path_fragments { id: 3 label: "say \"hi\"\\" }
a_field_of_tomorrow { deep { deeper < x: [1, 2, { y: 3 }] > } z: -1.5e3 w: nan }
dep_set_of_files { id: 1 direct_artifact_ids: [2] }
actions {
  target_id: 7
  mnemonic: "Genrule"
  [some.extension] { a: 1 }
  arguments: "}" arguments: "actions {"
  input_dep_set_ids: 1
  output_ids: [1]
  another_of_tomorrow: ENUM_VALUE
  param_files { exec_path: "p" arguments: "x" }
}
targets { id: 7 label: "//:t" }
"#;

#[test]
fn unknown_fields_lists_comments_and_escapes_are_read_past() {
    let import = read(ODD.as_bytes());
    let (card, graph) = (&import.files[0], &import.graph);
    assert_eq!((&card.error, &card.warnings), (&None, &Vec::new()));
    let expected = (
        "//:t".to_owned(),
        "Genrule".to_owned(),
        vec!["say \"hi\"\\".to_owned()],
        vec!["bazel-out/täble_".to_owned()],
    );
    assert_eq!(actions(graph), [expected]);
}

#[test]
fn a_damaged_element_is_left_out_with_its_line_and_the_rest_is_read() {
    let damaged = ODD.replace("  mnemonic: \"Genrule\"", "  mnemonic: \"Genrule");
    let text = format!("{damaged}actions {{\n  target_id: 7\n  mnemonic: \"Other\"\n}}\n");
    let import = read(text.as_bytes());
    let warnings = &import.files[0].warnings;
    assert_eq!((warnings.len(), &warnings[0].place), (1, &Place::Line(11)), "{warnings:?}");
    assert_eq!(import.files[0].counts[0], ("actions", 1));
    assert_eq!(import.graph.mnemonic(rewindow::model::ActionId(0)), "Other");
}

#[test]
fn a_cut_text_keeps_what_came_before_and_says_where_it_ends() {
    let text = sample("gist-bazel4.2.3/aquery.textproto");
    let whole = read(&text).files[0].counts[0].1;
    let mut seeded = Seeded(0x5eed_0008);
    for _ in 0..200 {
        let at = seeded.below(text.len());
        let card = &read(&text[..at]).files[0];
        let n = card.counts.first().map_or(0, |count| count.1);
        assert!(n <= whole && (n > 0 || card.error.is_some()), "cut at {at}: {card:?}");
    }
}

#[test]
fn nesting_and_damage_without_end_take_linear_time() {
    let deep = format!("actions {{ x {}", "{ y ".repeat(2_000_000));
    assert!(read(deep.as_bytes()).files[0].error.is_some());
    let broken = "actions {\n".repeat(300_000);
    assert!(read(broken.as_bytes()).files[0].error.is_some());
}
