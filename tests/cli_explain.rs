//! The real `rewindow` explaining: `plan --why`, costs, `compare`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const LOG: &str = "cold.exec.json";
const AQUERY: &str = "aquery.pb";
const LISTING: &str = "httpcache.find.txt";

/// Status, stdout, stderr.
fn run(args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rewindow"));
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli_samples");
    command.args(args).current_dir(folder).stdin(Stdio::null());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let (out, err) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert!(!err.contains("panicked"), "{args:?}: {err}");
    (status.code().unwrap(), out, err)
}

fn plan(more: &[&str]) -> (i32, String, String) {
    run(&[&["plan", LOG, AQUERY, LISTING], more].concat())
}

fn plan_json(status: i32, more: &[&str]) -> Value {
    let (found, out, err) = plan(&[more, &["--json"]].concat());
    assert_eq!(found, status, "{err}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn why_explains_an_action_back_to_the_fault() {
    let lost = ["--target", "//:c", "--engine", "bazel-9.3", "--download", "minimal"];
    let evict = ["--evict", "path:a.txt", "ac://:c"];
    let (status, out, err) = plan(&[&lost[..], &evict, &["--why", "//:a"]].concat());
    assert_eq!(status, 0, "{err}");
    let chain: Vec<&str> = out.split("Why //:a, after step ").nth(1).unwrap().lines().collect();
    assert!(chain[1].ends_with("//:a executes, and its outputs are there again."), "{chain:?}");
    assert!(chain.last().unwrap().ends_with("a.txt is evicted from the CAS."), "{chain:?}");
    let json = plan_json(0, &[&lost[..], &evict, &["--why", "//:c@3", "//:a"]].concat());
    assert_eq!((&json["why"][0]["step"], &json["why"][0]["chain"]), (&json!(3), &json!([])));
    let last = json["why"][1]["chain"].as_array().unwrap().last().unwrap();
    assert_eq!(last["sentence"], "a.txt is evicted from the CAS.");
    let (status, _, err) = plan(&[&lost[..], &["--why", "//:aa"]].concat());
    assert_eq!(status, 2);
    assert!(err.contains("--why: no target '//:aa'") && err.contains("did you mean"), "{err}");
}

#[test]
fn costs_are_told_and_written() {
    let args = ["--target", "//:c", "--engine", "bazel-9.3", "--evict", "path:a.txt", "ac://:c"];
    let (_, out, _) = plan(&[&args[..], &["--download", "minimal"]].concat());
    assert!(out.contains("attempts 1, rewinds 1, cache hits 2, executions 2 (1 of them again)"));
    assert!(out.contains("critical path: //:a, //:c"), "{out}");
    let json = plan_json(0, &[&args[..], &["--download", "minimal"]].concat());
    let cost = &json["cost"];
    assert_eq!((&cost["executions"], &cost["reexecutions"]), (&json!(2), &json!(1)));
    let requests = cost["requests"].as_array().unwrap();
    let n: u64 = requests.iter().map(|r| r["count"].as_u64().unwrap()).sum();
    assert_eq!(n as usize, json["requests"].as_array().unwrap().len());
}

#[test]
fn compare_names_the_parting_and_the_parameter() {
    let files = ["compare", LOG, AQUERY, LISTING, "--target", "//:c", "--download", "minimal"];
    let evict = ["--evict", "path:a.txt", "ac://:c", "--engine", "bazel-9.3"];
    let sides = ["--left", "remembers_lost=no jobs=2", "--right", "jobs=1"];
    let (status, out, err) = run(&[&files[..], &evict, &sides].concat());
    assert_eq!(status, 0, "{err}");
    for text in [
        "left   Bazel 9.3 (remembers_lost=no) fails",
        "right  Bazel 9.3 succeeds, exit code 0.",
        "//:a is a cache hit.",
        "Bazel refuses the AC entry of //:a",
        "remembers_lost: no on the left, at-once on the right",
        "rewinds",
    ] {
        assert!(out.contains(text), "{text}: {out}");
    }
    let (_, out, _) = run(&[&files[..], &evict, &sides, &["--json"]].concat());
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["behind"], json!({"each": ["remembers_lost"], "together": []}));
    assert_eq!(json["differences"].as_array().unwrap().len(), 2);
    let (status, _, err) = run(&[&files[..], &["--left", "engine=bazel-9.3"]].concat());
    assert!(status == 2 && err.contains("--right") && err.contains("engine=ID"), "{err}");
    let (status, _, err) = run(&[&files[..], &evict, &["--left", "retrys=5"]].concat());
    assert!(status == 2 && err.contains("did you mean retries"), "{err}");
}
