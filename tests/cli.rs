//! The real `rewindow` on small real files: what it prints, in which form, with which status.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[path = "support/command.rs"]
mod command;

use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;

use command::{AQUERY, LISTING, LOG, command, plan, plan_json, run};
use serde_json::{Value, json};

const A: &str = "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7";

/// A file in a folder of its own, which is removed with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let folder = std::env::temp_dir().join(format!("rewindow-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), bytes).unwrap();
        Self(folder.join(name))
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.0.parent().unwrap());
    }
}

fn sample(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli_samples/");
    std::fs::read(folder.to_owned() + name).unwrap()
}

#[test]
fn help_tells_commands_examples_and_the_grammar() {
    let (status, out, _) = run(&["--help"]);
    assert_eq!(status, 0);
    for word in ["inspect", "plan", "engines", "Examples:", "Exit status:"] {
        assert!(out.contains(word), "{word}: {out}");
    }
    let (status, out, _) = run(&["plan", "--help"]);
    assert_eq!(status, 0);
    let words = [
        "--target",
        "--engine",
        "--download",
        "--evict",
        "--keep-going",
        "--jobs",
        "--json",
        "--cache-policy",
        "cas:HASH",
        "path:GLOB",
        "ac:LABEL",
        "stdout:LABEL",
        "@FILE",
        "bazel-7.7",
        "buck2-1349",
        "toplevel",
    ];
    for word in words {
        assert!(out.contains(word), "{word}: {out}");
    }
}

#[test]
fn flags_that_cannot_be_used_are_status_2() {
    let wrong: [&[&str]; 9] = [
        &[],
        &["play"],
        &["inspect"],
        &["plan", LOG],
        &["plan", "--engine", "bazel-1.1"],
        &["plan", LOG, "--engine", "bazel-0"],
        &["plan", LOG, "--engine", "bazel-1.1", "--download", "some"],
        &["plan", LOG, "--engine", "bazel-1.1", "--jobs", "0"],
        &["plan", LOG, "--engine", "bazel-1.1", "--json", "--verbose"],
    ];
    for args in wrong {
        let (status, out, err) = run(args);
        assert_eq!((status, out.as_str()), (2, ""), "{args:?}");
        assert!(!err.is_empty(), "{args:?}");
    }
    let (_, _, err) = run(&["plan", LOG, "--engine", "bazel-0"]);
    assert!(err.contains("bazel-9.3") && err.contains("buck2-1349"), "{err}");
}

#[test]
fn engines_are_listed_for_people_and_machines() {
    let (status, out, _) = run(&["engines"]);
    assert_eq!(status, 0);
    assert!(out.starts_with("bazel-1.1 ") && out.contains("\nbuck2-1349 "), "{out}");
    assert!(out.contains("\nretries, "), "{out}");
    assert!(out.lines().all(|line| line.len() <= 110), "{out}");
    let (_, out, _) = run(&["engines", "--json"]);
    let value: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(value["engines"].as_array().unwrap().len(), rewindow::rewind::engines().len());
    let names: Vec<_> =
        value["parameters"].as_array().unwrap().iter().map(|p| &p["name"]).collect();
    assert!(names.contains(&&json!("cap")));
    for engine in value["engines"].as_array().unwrap() {
        let parameters = engine["parameters"].as_object().unwrap();
        assert_eq!(parameters.len(), names.len());
        for (name, parameter) in parameters {
            for key in ["value", "in_words", "meaning", "rules", "source"] {
                assert!(parameter[key].as_str().is_some_and(|text| !text.is_empty()), "{name}");
            }
        }
    }
    assert_eq!(value["engines"][0]["parameters"]["retries"]["value"], "0");
    let (_, out, _) = run(&["engines", "--markdown"]);
    assert_eq!(out, rewindow::report::engines_markdown());
}

#[test]
fn inspect_tells_what_each_file_is() {
    let (status, out, err) = run(&["inspect", LOG, AQUERY, LISTING, "--json"]);
    assert_eq!(status, 0, "{err}");
    let value: Value = serde_json::from_str(&out).unwrap();
    let files = value["files"].as_array().unwrap();
    let formats: Vec<_> = files.iter().map(|f| f["format"].as_str().unwrap()).collect();
    assert_eq!(formats, ["bazel_exec_log_json", "bazel_aquery_proto", "cache_listing"]);
    assert_eq!(files[0]["name"], LOG);
    assert_eq!(files[0]["counts"]["spawns"], 3);
    assert_eq!(files[1]["counts"]["actions"], 3);
    assert_eq!((&files[2]["counts"]["ac"], &files[2]["counts"]["cas"]), (&json!(3), &json!(9)));
    assert_eq!(value["graph"]["actions"], 3);
    assert_eq!(value["cache"], json!({"ac": 3, "cas": 9, "dangling": 0}));
    let (status, out, _) = run(&["inspect", LOG, AQUERY, LISTING]);
    assert_eq!(status, 0);
    assert!(out.contains("cold.exec.json: Bazel execution log (JSON)"), "{out}");
    assert!(out.contains("cache: 3 AC entries (0 of them dangling), 9 CAS blobs"), "{out}");
    assert!(!out.contains('\x1b'), "no colours in a pipe: {out}");
}

#[test]
fn a_file_that_cannot_be_used_is_status_2_and_the_others_are_shown() {
    let log = sample(LOG);
    let cases = [
        ("empty.json", Vec::new()),
        ("noise.bin", (0..2000u32).map(|i| (i * i % 251) as u8).collect()),
        ("cut.json", log[..log.len() / 8].to_vec()),
    ];
    for (name, bytes) in cases {
        let file = Scratch::new(name, &bytes);
        let (status, out, err) = run(&["inspect", LISTING, file.path(), "--json"]);
        let value: Value = serde_json::from_str(&out).unwrap();
        let files = value["files"].as_array().unwrap();
        assert_eq!(files.len(), 2, "{name}: {out}");
        assert_eq!(files[0]["format"], "cache_listing", "{name}");
        let told = files[1]["error"].is_string() || files[1]["warnings"] != json!([]);
        assert!(told, "{name}: {out} {err}");
        assert_eq!(status == 2, files[1]["error"].is_string(), "{name}: {out}");
        let place = files[1].to_string();
        assert!(place.contains(name), "{place}");
    }
}

#[test]
fn files_that_are_not_there_are_named() {
    for args in
        [&["inspect", "no-such.json"][..], &["plan", "no-such.json", "--engine", "bazel-1.1"]]
    {
        let (status, out, err) = run(args);
        assert_eq!((status, out.as_str()), (2, ""));
        assert!(err.contains("no-such.json"), "{err}");
    }
}

#[test]
fn a_directory_and_stdin_stand_for_files() {
    let (status, by_directory, err) = run(&["inspect", ".", "--json"]);
    assert_eq!(status, 0, "{err}");
    let value: Value = serde_json::from_str(&by_directory).unwrap();
    assert_eq!(value["files"].as_array().unwrap().len(), 3);
    assert_eq!(value["graph"]["actions"], 3);

    let mut child = command(&["inspect", "-", "--json"]);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&sample(LISTING)).unwrap();
    let output = child.wait_with_output().unwrap();
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["files"][0]["name"], "stdin");
    assert_eq!(value["cache"]["cas"], 9);
}

#[test]
fn a_lost_input_fails_under_bazel_4_and_is_status_1() {
    let evict = ["--target", "//:c", "--evict", "path:a.txt", "ac://:c"];
    let flags = ["--engine", "bazel-4.2", "--download", "minimal"];
    let value = plan_json(1, &[&evict[..], &flags[..]].concat());
    assert_eq!(value["engine"], "bazel-4.2");
    assert_eq!(value["outcome"]["success"], false);
    assert_eq!(value["outcome"]["exit_code"], 36);
    let message = value["outcome"]["message"].as_str().unwrap();
    assert!(message.contains(&format!("Failed to fetch file with hash '{A}'")), "{message}");
    assert_eq!(value["attempts"], 1);
    assert_eq!((&value["executed"], &value["rewound"]), (&json!([]), &json!([])));
    let c = "bazel-out/k8-fastbuild/bin/c.txt";
    let failed = json!([{"label": "//:c", "mnemonic": "Genrule", "output": c}]);
    assert_eq!(value["failed"], failed);
    let a = "bazel-out/k8-fastbuild/bin/a.txt";
    assert_eq!(value["lost"], json!([{"consumer": "//:c", "path": a, "digest": A}]));
    let requests = value["requests"].as_array().unwrap();
    let short: Vec<String> = requests
        .iter()
        .map(|r| {
            let digest = &r["digest"].as_str().unwrap()[..8];
            let text = |key: &str| r[key].as_str().unwrap().to_owned();
            format!("{} {} {} {}", text("verb"), text("kind"), digest, r["status"])
        })
        .collect();
    assert_eq!(short.len(), 5, "{short:?}");
    assert!(short.contains(&"GET cas 87428fc5 404".to_owned()), "{short:?}");

    let (status, out, _) = plan(&[&evict[..], &flags[..]].concat());
    assert_eq!(status, 1);
    assert!(out.contains("//:c finds its input a.txt lost."), "{out}");
    assert!(out.contains("GET 404 /cas/87428fc5228  a.txt"), "{out}");
    assert!(out.contains("Bazel 4.2 fails, exit code 36."), "{out}");
}

#[test]
fn the_rewinding_engine_recovers_and_is_status_0() {
    let value = plan_json(
        0,
        &[
            "--engine",
            "bazel-9.3",
            "--download",
            "minimal",
            "--evict",
            "path:a.txt",
            "--evict",
            "ac://:c",
            "--target",
            "//:c",
        ],
    );
    let labels = |key: &str| -> Vec<String> {
        let all = value[key].as_array().unwrap();
        all.iter().map(|action| action["label"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(value["outcome"], json!({"success": true, "exit_code": 0, "message": ""}));
    assert_eq!(labels("executed"), ["//:a", "//:c"]);
    assert_eq!((labels("rewound"), &value["failed"]), (vec!["//:a".to_owned()], &json!([])));
}

#[test]
fn parameters_are_overridden_by_name() {
    let lost = ["--engine", "bazel-9.3", "--download", "minimal", "--evict", "path:a.txt"];
    let lost = [&lost[..], &["--evict", "ac://:c", "--target", "//:c"]].concat();
    let value = plan_json(0, &lost);
    assert_eq!((&value["set"], &value["attempts"]), (&json!({}), &json!(1)));
    let value = plan_json(0, &[&lost[..], &["--set", "on_loss=fail"]].concat());
    assert_eq!(value["set"], json!({"on_loss": "fail"}));
    assert_eq!((&value["attempts"], &value["rewound"]), (&json!(2), &json!([])));
    let set = ["--set", "on_loss=fail", "--set", "retries=0", "--json"];
    let (status, out, err) = plan(&[&lost[..], &set].concat());
    assert_eq!(status, 1, "{err}");
    let value: Value = serde_json::from_str(&out).unwrap();
    let message = value["outcome"]["message"].as_str().unwrap();
    let advice = "Unexpected lost inputs (pass --rewind_lost_inputs to enable recovery): a.txt";
    assert!(message.ends_with(advice), "{message}");
    let (_, out, _) = plan(&[&lost[..], &["--set", "retries=1"]].concat());
    assert!(out.contains("Bazel 9.3 (retries=1) succeeds"), "{out}");
    for (pair, hint) in [("retrys=1", "retries"), ("retries=x", "0 to 100"), ("retries", "VALUE")] {
        let (status, out, err) = plan(&[&lost[..], &["--set", pair]].concat());
        assert_eq!((status, out.as_str()), (2, ""), "{pair}");
        assert!(err.contains("--set") && err.contains(hint), "{err}");
    }
}

#[test]
fn selectors_come_from_files_too() {
    let lines =
        Scratch::new("sels.txt", format!("# lost\n\ncas:{A} # a.txt\nac://:c\n").as_bytes());
    let by_lines = plan_json(
        1,
        &[
            "--engine",
            "bazel-4.2",
            "--download",
            "minimal",
            "--evict",
            &format!("@{}", lines.path()),
        ],
    );
    assert_eq!(by_lines["lost"][0]["digest"], A);
    let digests = json!({"evicted_cas": [A], "evicted_ac": []}).to_string();
    let file = Scratch::new("evicted.json", digests.as_bytes());
    let flags = ["--engine", "bazel-4.2", "--download", "all", "--evict"];
    let by_json = plan_json(0, &[&flags[..], &[&format!("@{}", file.path())]].concat());
    assert_eq!(by_json["executed"][0]["label"], "//:a");

    for (name, text) in [("sels.txt", "ac://:c\nnonsense\n"), ("evicted.json", "{\"cas\": []}")] {
        let file = Scratch::new(name, text.as_bytes());
        let at = format!("@{}", file.path());
        let (status, _, err) = plan(&["--engine", "bazel-4.2", "--evict", &at]);
        assert_eq!(status, 2);
        assert!(err.contains(name), "{err}");
    }
    let bad = Scratch::new("sels.txt", b"ac://:c\nnonsense\n");
    let (_, _, err) = plan(&["--engine", "bazel-4.2", "--evict", &format!("@{}", bad.path())]);
    assert!(err.contains("line 2") && err.contains("cas:HASH"), "{err}");
}

#[test]
fn unknown_targets_and_selectors_are_status_2_with_what_is_near() {
    let cases: [(&[&str], &str); 5] = [
        (&["--target", "//:cc"], "did you mean //:"),
        (&["--target", "bazel-out/k8-fastbuild/bin/d.txt"], "did you mean bazel-out"),
        (&["--evict", "path:a.tx"], "bin/a.txt"),
        (&["--evict", "cas:87428fc6"], A),
        (&["--evict", "what"], "path:GLOB"),
    ];
    for (args, expected) in cases {
        let (status, out, err) = plan(&[&["--engine", "bazel-1.1"], args].concat());
        assert_eq!((status, out.as_str()), (2, ""), "{args:?}");
        assert!(err.contains(expected) && err.contains(args[0]), "{args:?}: {err}");
    }
}

#[test]
fn evicting_what_is_gone_is_remarked_on_and_goes_on() {
    let listing = String::from_utf8(sample(LISTING)).unwrap();
    let less: String =
        listing.lines().filter(|line| !line.contains(A)).map(|line| format!("{line}\n")).collect();
    let file = Scratch::new("less.txt", less.as_bytes());
    let flags = ["--engine", "bazel-9.3", "--evict", "path:a.txt"];
    let (status, out, err) = run(&[&["plan", LOG, AQUERY, file.path()], &flags[..]].concat());
    assert_eq!(status, 0, "{err}");
    assert!(
        out.contains("--evict path:a.txt: the cache does not hold it anyway (0 of 1 present)."),
        "{out}"
    );
}

#[test]
fn a_plan_on_a_truncated_file_is_status_2_or_says_what_is_missing() {
    let aquery = sample(AQUERY);
    let file = Scratch::new("cut.pb", &aquery[..aquery.len() / 2]);
    let (status, out, err) = run(&["plan", file.path(), "--engine", "bazel-1.1"]);
    assert!(status == 2 || out.contains("warning:"), "{status} {out} {err}");
    assert!((out + &err).contains("cut.pb"));
}

#[test]
fn files_without_a_build_are_status_2() {
    let (status, _, err) = run(&["plan", LISTING, "--engine", "bazel-1.1"]);
    assert_eq!(status, 2);
    assert!(err.contains("no action") && err.contains("execution log"), "{err}");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child = command(&["engines", "--json"]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
