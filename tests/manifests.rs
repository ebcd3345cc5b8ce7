//! Manifests of samples in the shapes in which others may write them.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/known_formats.rs"]
mod known_formats;
#[path = "support/manifest.rs"]
mod manifest;

use std::path::{Path, PathBuf};

use known_formats::expected_formats;
use manifest::{is_counted, samples};
use rewindow::import::Format;

/// A folder of its own for a test, with `files`.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("manifests").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// File, format and counts of each sample.
type Told = Vec<(String, String, Vec<(String, u64)>)>;

fn told(name: &str, files: &[(&str, &str)]) -> Result<Told, String> {
    let samples = samples(&folder(name, files))?;
    assert!(samples.iter().all(|sample| sample.path.is_file()));
    Ok(samples.into_iter().map(|s| (s.name, s.format, s.counts)).collect())
}

fn one(file: &str, format: &str, counts: &[(&str, u64)]) -> (String, String, Vec<(String, u64)>) {
    let counts = counts.iter().map(|(kind, n)| ((*kind).to_owned(), *n)).collect();
    (file.to_owned(), format.to_owned(), counts)
}

#[test]
fn entries_may_be_listed_or_named_and_may_lack_all_but_their_file() {
    for (name, manifest) in [
        ("listed", r#"{"note": "x", "samples": [{"file": "a/b.pb", "format": "dot", "ac": 3}]}"#),
        ("bare", r#"[{"file": "a/b.pb", "format": "dot", "ac": 3}]"#),
        ("files", r#"{"files": [{"path": "a/b.pb", "kind": "dot", "ac": 3.0}], "n": 1}"#),
        ("named", r#"{"a/b.pb": {"format": "dot", "ac": 3}, "made_by": "x", "version": 2}"#),
        ("grouped", r#"{"samples": {"a/b.pb": {"format": "dot", "counts": {"ac": 3}}}}"#),
        ("marked", "\u{feff}[{\"file\": \"a/b.pb\", \"format\": \"dot\", \"ac\": 3}]"),
    ] {
        let told = told(name, &[("manifest.json", manifest), ("a/b.pb", "x")]);
        assert_eq!(told, Ok(vec![one("a/b.pb", "dot", &[("ac", 3)])]), "{name}");
    }
    let bare = told("least", &[("manifest.json", r#"[{"file": "x"}]"#), ("x", "")]);
    assert_eq!(bare, Ok(vec![one("x", "", &[])]));
    let remarks = r#"[{"file": "x", "ac": null, "seed": "7", "by": ["a"], "size": -1,
                      "entries": {"file": 2, "why": "x"}}]"#;
    let remarks = told("remarks", &[("manifest.json", remarks), ("x", "")]);
    assert_eq!(remarks, Ok(vec![one("x", "", &[("entries.file", 2)])]));
}

#[test]
fn every_manifest_below_a_folder_counts_and_names_files_from_where_it_is() {
    let files = [
        ("b/manifest.json", r#"[{"file": "x"}, {"file": "a/y"}]"#),
        ("b/x", ""),
        ("a/manifest.json", r#"{"samples": [{"file": "sub/z"}]}"#),
        ("a/sub/z", ""),
        ("a/y", ""),
        ("c/other.json", "{}"),
    ];
    let told: Vec<String> = told("several", &files).unwrap().into_iter().map(|t| t.0).collect();
    assert_eq!(told, ["sub/z", "x", "a/y"]);
}

#[test]
fn what_is_wrong_with_a_folder_is_said_with_its_path() {
    for (name, files, said) in [
        ("none", &[("x", "")][..], "no manifest.json"),
        ("broken", &[("manifest.json", "{\"samples\": [")], "EOF"),
        ("no-list", &[("manifest.json", "{\"samples\": 7}")], "no list"),
        ("no-file", &[("manifest.json", "[{\"format\": \"dot\"}]")], "names no file"),
        ("not-there", &[("manifest.json", "[{\"file\": \"gone.pb\"}]")], "gone.pb is not there"),
        ("no-entry", &[("manifest.json", "[7]")], "found 7"),
    ] {
        let error = told(name, files).unwrap_err();
        assert!(error.contains(said) && error.contains(name), "{error}");
    }
    let error = samples(Path::new("/nowhere/at/all")).err().unwrap();
    assert!(error.contains("/nowhere/at/all"), "{error}");
}

#[test]
fn formats_go_by_any_spelling_and_counts_that_nobody_makes_are_remarks() {
    for (spelling, format) in [
        ("bazel_exec_log_json", Format::BazelExecLogJson),
        ("Bazel-ExecLog-JSON", Format::BazelExecLogJson),
        ("exec_log_compact", Format::BazelExecLogCompact),
        ("execlog.compact", Format::BazelExecLogCompact),
        ("aquery streamed proto", Format::BazelAqueryStreamedProto),
        ("bep-json", Format::BazelBepJson),
        ("BazelBepBinary", Format::BazelBepBinary),
        ("grpc_log", Format::BazelGrpcLog),
        ("grpclog", Format::BazelGrpcLog),
        ("profile", Format::BazelProfile),
        ("nginx", Format::NginxAccessLog),
        ("listing", Format::CacheListing),
        ("tar", Format::BlobsTar),
        ("graphviz", Format::Dot),
        ("buck2_event_log", Format::Buck2EventLog),
    ] {
        assert_eq!(expected_formats(spelling), [format], "{spelling}");
    }
    assert!(expected_formats("bazel_crystal_ball").is_empty());
    for kind in ["spawns", "entries.input_set", "dangling"] {
        assert!(is_counted(kind), "{kind}");
    }
    for kind in ["seed", "bazel.major", "size_bytes"] {
        assert!(!is_counted(kind), "{kind}");
    }
}
