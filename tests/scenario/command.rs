//! `rewindow run`: what it prints, with which status.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::whole;

/// Status, stdout, stderr.
fn run(args: &[&str], stdin: &str) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rewindow"))
        .arg("run")
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its flags does not read.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn statuses_tell_what_holds_differs_and_cannot_be_used() {
    let right = whole("[expect]\nsuccess = true\n");
    let (status, out, _) = run(&["-"], &right);
    assert_eq!(status, 0, "{out}");
    for word in ["Story", "Requests", "Outcome", "holds   build 1, success: true"] {
        assert!(out.contains(word), "{word}: {out}");
    }
    let (status, out, _) = run(&["-", "--quiet"], &whole("[expect]\nhits = [\"//:a\"]\n"));
    assert_eq!(status, 1);
    assert!(out.contains("DIFFERS stdin"), "{out}");
    assert!(out.contains("stdin:8: build 1, hits: expected //:b x0, found //:b x1"), "{out}");
    let (status, out, err) = run(&["-"], "rewindow = 2");
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.contains("stdin:1:12: the file is of version 2"), "{err}");
    // The other files are played all the same.
    let known = "static/scenarios/stuck-loop-bazel-1.1.toml";
    let (status, out, err) = run(&["-", known, "-q"], "nonsense");
    assert_eq!(status, 2);
    assert!(out.starts_with("holds   static/") && err.contains("no TOML"), "{out}{err}");
    assert_eq!(run(&["no-such-file.toml"], "").0, 2);
    assert_eq!(run(&["src"], "").0, 2, "no scenario in it");
}

#[test]
fn a_directory_stands_for_its_scenarios() {
    let (status, out, err) = run(&["static/scenarios", "--json"], "");
    assert_eq!(status, 0, "{err}");
    let value: Value = serde_json::from_str(&out).unwrap();
    let scenarios = value["scenarios"].as_array().unwrap();
    assert!(scenarios.len() >= 3);
    for scenario in scenarios {
        assert_eq!(scenario["holds"], true, "{scenario}");
        assert!(scenario["plan"]["requests"].is_array() && scenario["builds"].is_array());
    }
}

#[test]
fn engine_and_parameters_can_be_overridden() {
    let lose = whole("[cache]\nminus = [\"a.txt\", \"//:c\"]\n[expect]\nsuccess = true\n");
    assert_eq!(run(&["-q", "-"], &lose).0, 0);
    let (status, out, _) = run(&["-", "--engine", "bazel-1.1"], &lose);
    assert_eq!(status, 0, "the download mode is all, so the loss is a miss: {out}");
    let minimal = lose.replace("[expect]", "[[build]]\ndownload = \"minimal\"\n[expect]");
    assert_eq!(run(&["-q", "-", "--engine", "bazel-1.1"], &minimal).0, 1);
    let fail = ["-q", "-", "--set", "on_loss=fail"];
    assert_eq!(run(&fail, &minimal).0, 0, "9.3 restarts where it does not rewind");
    assert_eq!(run(&[&fail[..], &["--set", "retries=0"]].concat(), &minimal).0, 1);
    let (status, _, err) = run(&["-", "--set", "retry=1"], &minimal);
    assert!(status == 2 && err.contains("did you mean"), "{err}");
    assert_eq!(run(&["-", "--set", "retries"], &minimal).0, 2);
}

#[test]
fn exports_are_read_beside_the_scenario() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli_samples");
    let files = ["cold.exec.json", "aquery.pb", "httpcache.find.txt"];
    let names: Vec<String> = files.map(|name| format!("\"{folder}/{name}\"")).to_vec();
    let text = format!(
        "rewindow = 1\nengine = \"bazel-9.3\"\nfiles = [{}]\n[cache]\nminus = \
         [\"a.txt\", \"//:c\"]\n[[build]]\ndownload = \"minimal\"\n[expect]\nrewinds = 1\nexecuted \
         = [\"//:a\", \"//:c\"]\n",
        names.join(", ")
    );
    let (status, out, err) = run(&["-"], &text);
    assert_eq!(status, 0, "{out}{err}");
    let missing = text.replace("aquery.pb", "nothing.pb");
    assert_eq!(run(&["-"], &missing).0, 2);
}

#[test]
fn what_is_observed_can_be_expected() {
    let bare = whole("[cache]\nminus = [\"a.txt\", \"//:c\"]\n");
    let (status, observed, _) = run(&["-", "--expect"], &bare);
    assert_eq!(status, 0);
    let (status, out, err) = run(&["-"], &format!("{bare}{observed}"));
    assert_eq!(status, 0, "{out}{err}");
    assert!(out.matches("holds ").count() > 5, "{out}");
}
