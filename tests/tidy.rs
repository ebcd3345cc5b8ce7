//! The house rules that a compiler doesn't hold: who may use whom, where each crate is at home, how
//! long things may get, and that the documents name what is there.
//!
//! Two small tables say it all; change them together with `ARCHITECTURE.md`.
#![cfg(not(target_arch = "wasm32"))]
// Clippy takes only `#[test]` functions for tests; their helpers may fail a test by panicking too.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "tidy/documents.rs"]
mod documents;
#[path = "tidy/paths.rs"]
mod paths;
#[path = "tidy/ratchets.rs"]
mod ratchets;
#[path = "tidy/source.rs"]
mod source;

use source::{Source, all_files, rust_sources};

/// Each layer (a folder of `src/`, or a program) and the layers that it may use.
const LAYERS: [(&str, &[&str]); 10] = [
    ("model", &[]),
    ("import", &["model"]),
    ("rewind", &["model"]),
    ("scenario", &["model", "rewind"]),
    ("scene", &["model", "rewind"]),
    ("report", &["model", "rewind", "scenario"]),
    ("web", &["scene"]),
    ("app", &["model", "import", "rewind", "scenario", "scene", "report", "web"]),
    ("bin", &["model", "import", "rewind", "scenario", "report"]),
    ("main", &["app", "web"]),
];

/// What is used in some places of `src/` only, and those places.
const HOMES: [(&str, &[&str]); 31] = [
    ("yew", &["src/app/", "src/main.rs"]),
    ("web_sys", &["src/web/", "src/main.rs"]),
    ("js_sys", &["src/web/", "src/main.rs"]),
    ("gloo", &["src/web/", "src/main.rs"]),
    ("wasm_bindgen", &["src/web/", "src/main.rs"]),
    ("wasm_bindgen_futures", &["src/web/", "src/main.rs"]),
    ("serde", &["src/import/", "src/report/", "src/web/"]),
    ("serde_json", &["src/import/", "src/report/", "src/web/"]),
    ("prost", &["src/import/"]),
    ("ruzstd", &["src/import/"]),
    ("flate2", &["src/import/", "src/app/link.rs"]),
    ("base64", &["src/app/link.rs"]),
    ("lzma_rust2", &["src/import/"]),
    ("tar", &["src/import/"]),
    ("zip", &["src/import/"]),
    ("sha2", &["src/import/", "src/scenario/"]),
    ("toml", &["src/scenario/"]),
    ("toml_writer", &["src/scenario/"]),
    ("memchr", &["src/app/search.rs", "src/import/"]),
    ("petgraph", &[]),
    ("hashbrown", &["src/model/", "src/import/"]),
    ("glob", &["src/rewind/"]),
    ("clap", &["src/bin/"]),
    ("std::fs", &["src/bin/"]),
    ("std::env", &["src/bin/"]),
    ("std::net", &[]),
    ("std::process", &["src/bin/"]),
    ("std::thread", &["src/bin/"]),
    ("std::time::Instant", &["src/bin/"]),
    ("std::time::SystemTime", &["src/bin/"]),
    ("std::collections::hash_map::RandomState", &[]),
];

/// Tables that a program wrote: free of the ratchets, and each says what wrote it.
const GENERATED: [&str; 0] = [];

#[test]
fn layers_use_only_what_is_below_them() {
    report(rust_sources("src").iter().flat_map(|source| paths::wrong_layers(source, &LAYERS)));
}

#[test]
fn every_folder_of_src_is_a_layer() {
    let strangers = rust_sources("src").into_iter().filter_map(|source| {
        let layer = paths::layer(&source.name);
        let is_known = layer == "lib" || LAYERS.iter().any(|(name, _)| *name == layer);
        (!is_known).then(|| format!("{}: `{layer}` is no layer of the table", source.name))
    });
    report(strangers);
}

#[test]
fn crates_stay_at_home() {
    report(rust_sources("src").iter().flat_map(|source| paths::far_from_home(source, &HOMES)));
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent = rust_sources("").into_iter().filter(|source| !ratchets::opens_with_words(source));
    report(silent.map(|source| format!("{}:1: the first line is no `//!` sentence", source.name)));
}

#[test]
fn files_functions_and_lines_stay_short() {
    let sources = rust_sources("");
    let written = sources.iter().filter(|source| !GENERATED.contains(&source.name.as_str()));
    report(written.flat_map(ratchets::too_long));
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    report(all_files().iter().flat_map(documents::machine_paths));
}

#[test]
fn documents_name_commands_and_files_that_exist() {
    let files = all_files();
    let tasks = files.iter().find(|file| file.name == "xtask/src/main.rs").expect("xtask is there");
    let documents: Vec<&Source> =
        files.iter().filter(|file| documents::is_document(file)).collect();
    assert!(documents.iter().any(|file| file.name == "README.md"), "there is a README");
    report(documents.iter().flat_map(|file| documents::unknown_commands(file, &tasks.text)));
    report(documents.iter().flat_map(|file| documents::dead_links(file)));
}

fn report(findings: impl Iterator<Item = String>) {
    let findings: Vec<String> = findings.collect();
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}
