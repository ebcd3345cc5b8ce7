//! The real `rewindow inspect`: who tells what, where files disagree, what none tells, and where
//! the first defect of each lies.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// A folder of its own for the files of a test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &[u8])]) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for (name, bytes) in files {
            std::fs::write(folder.join(name), bytes).unwrap();
        }
        Self(folder)
    }

    /// Status and stdout.
    fn inspect(&self, args: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rewindow"));
        command.arg("inspect").args(args).current_dir(&self.0).stdin(Stdio::null());
        let Output { status, stdout, stderr } = command.output().unwrap();
        let err = String::from_utf8(stderr).unwrap();
        assert!(!err.contains("panicked"), "{args:?}: {err}");
        (status.code().unwrap(), String::from_utf8(stdout).unwrap())
    }

    fn json(&self, args: &[&str]) -> (i32, Value) {
        let (status, out) = self.inspect(&[args, &["--json"]].concat());
        (status, serde_json::from_str(&out).unwrap())
    }
}

fn spawn(output: &str, digit: &str) -> String {
    format!(
        r#"{{"commandArgs":["x"],"mnemonic":"Genrule","targetLabel":"//:t","inputs":[],
        "listedOutputs":["{output}"],"actualOutputs":[{{"path":"{output}",
        "digest":{{"hash":"{}","sizeBytes":"4"}}}}]}}"#,
        digit.repeat(64)
    )
}

#[test]
fn conflicts_are_counted_and_listed_with_who_tells_which() {
    let (one, two) = (spawn("bazel-out/k8/bin/o", "1"), spawn("bazel-out/k8/bin/o", "2"));
    let folder =
        Folder::new("conflicts", &[("one.json", one.as_bytes()), ("two.json", two.as_bytes())]);
    let (status, value) = folder.json(&["one.json", "two.json"]);
    assert_eq!(status, 0);
    let told = |digit: &str, by: &str| json!({"digest": digit.repeat(64), "told_by": by});
    let both = json!([told("2", "two.json"), told("1", "one.json")]);
    assert_eq!(value["conflicts"], json!([{"path": "bazel-out/k8/bin/o", "contents": both}]));
    assert_eq!(value["files"][1]["tells"]["actions"], 1);
    let (_, out) = folder.inspect(&["one.json", "two.json"]);
    assert!(out.contains("conflicts: 1 artifacts with several contents"), "{out}");
    let line = "bazel-out/k8/bin/o: 22222222 by two.json; 11111111 by one.json";
    assert!(out.contains(line), "{out}");
    assert!(out.contains("tells, of what they make together: 1 actions"), "{out}");
}

#[test]
fn what_no_file_tells_is_listed_with_what_would() {
    let one = spawn("bazel-out/k8/bin/o", "1");
    let folder = Folder::new("unknown", &[("one.json", one.as_bytes())]);
    let (_, value) = folder.json(&["one.json"]);
    let unknown = value["unknown"].as_array().unwrap();
    let kinds: Vec<&str> = unknown.iter().map(|u| u["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["cache", "keys", "durations"]);
    assert!(unknown[0]["settled_by"].as_str().unwrap().contains("find ROOT"), "{value}");
    assert_eq!(value["has_cache"], false);
    let (_, out) = folder.inspect(&["one.json"]);
    assert!(out.contains("Still unknown\n- What the cache holds is not known"), "{out}");
}

#[test]
fn the_first_defect_of_each_file_has_its_place() {
    let digest = "ab".repeat(32);
    let listing = format!("cas/{digest}\t5\t1.5\nnothing\ncas/abc\t1\t1.5\nnothing\n");
    let log = spawn("bazel-out/k8/bin/o", "1");
    let cut = &log.as_bytes()[..log.len() - 20];
    let two = [log.as_bytes(), b"\n", cut].concat();
    let files: [(&str, &[u8]); 3] =
        [("list", listing.as_bytes()), ("log", &two), ("noise", &[7; 900])];
    let folder = Folder::new("defects", &files);
    let (status, value) = folder.json(&["list", "log", "noise"]);
    assert_eq!(status, 2, "one file is of no use");
    let place = |file: usize| &value["files"][file]["first_error"]["place"];
    assert_eq!(place(0), "line 2");
    assert_eq!(place(1), &json!(format!("byte {}", log.len() + 1)));
    assert_eq!(place(2), "whole file");
    assert_eq!(value["files"][0]["size_bytes"], listing.len());
    let (_, out) = folder.inspect(&["list", "log", "noise"]);
    assert!(out.contains("  first error: line 2\n"), "{out}");
}
