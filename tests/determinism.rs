//! The same scenario gives the same trace, to the byte, however often and wherever it is planned.
//! The browser does its part in `tests/browser/determinism.rs`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a broken set-up should say where")]

#[path = "support/plans.rs"]
mod plans;

use std::collections::BTreeSet;
use std::process::Command;

/// What a line of the other process begins with.
const MARK: &str = "digest of ";

fn lines() -> Vec<String> {
    let line =
        |(name, text): &(String, String)| format!("{MARK}{name}: {}", plans::digest(name, text));
    plans::scenarios().iter().map(line).collect()
}

#[test]
fn a_second_plan_and_another_process_make_the_same_traces() {
    let first = lines();
    // Not all of them the digest of one thing.
    let kinds: BTreeSet<&str> = first.iter().map(|line| &line[line.len() - 64..]).collect();
    assert!(kinds.len() * 10 > first.len() * 9, "{} digests of {}", kinds.len(), first.len());
    assert_eq!(lines(), first);
    // Another process has other seeds for its hash maps, and other addresses.
    let mut other = Command::new(std::env::current_exe().unwrap());
    other.args(["--exact", "--ignored", "--nocapture", "tells_its_digests"]);
    let output = other.output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let told: Vec<&str> = told.lines().filter(|line| line.starts_with(MARK)).collect();
    assert_eq!(told, first);
}

/// A change of whatever a plan depends on changes its digest, so that equal ones mean something.
#[test]
fn another_scenario_has_another_digest() {
    let (name, text) = plans::scenarios().pop().unwrap();
    let digest = plans::digest(&name, &text);
    let changes = [
        ("seed = 4", "seed = 5"),
        ("percent = 4", "percent = 5"),
        ("edit = [\"src/3\"]", "edit = [\"src/4\"]"),
        ("jobs = 8", "jobs = 7"),
    ];
    for (from, to) in changes {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        assert_ne!(plans::digest(&name, &changed), digest, "{to}");
    }
}

/// The other process.
#[test]
#[ignore = "run by a_second_plan_and_another_process_make_the_same_traces"]
fn tells_its_digests() {
    println!();
    for line in lines() {
        println!("{line}");
    }
}
