//! Scenario files: the documented examples, the errors, writing and reading back, the goldens.
#![cfg(not(target_arch = "wasm32"))]
// Clippy takes only `#[test]` functions for tests; their helpers may fail a test by panicking too.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod command;
mod documented;
mod errors;
mod generate;
mod golden;
mod meaning;
mod round_trip;

use rewindow::scenario::{Play, ScenarioError, ScenarioText};

/// The graph that parts of a file are put on.
const CHAIN: &str = r#"actions = [
  "//:a: src.txt -> a.txt",
  "//:b: a.txt -> b.txt",
  "//:c: a.txt b.txt -> c.txt",
]
"#;

fn parse(text: &str) -> Result<ScenarioText, ScenarioError> {
    ScenarioText::parse("test.toml", text.as_bytes())
}

fn play(text: &str) -> Result<Play, ScenarioError> {
    parse(text)?.compile("test.toml", None)
}

/// A whole file of `part`: what it does not have of version, engine and actions is put before it.
fn whole(part: &str) -> String {
    let has = |key: &str| part.lines().any(|line| line.starts_with(&format!("{key} =")));
    let mut text = String::new();
    for (key, line) in
        [("rewindow", "rewindow = 1\n"), ("engine", "engine = \"bazel-9.3\"\n"), ("actions", CHAIN)]
    {
        if !has(key) {
            text += line;
        }
    }
    text + part
}
