//! The command line: `observe`, `plan --observed`, `--evict observed`, `inspect`.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

const ABSEIL: [&str; 6] = [
    "absl/cold.exec.json.gz",
    "absl/aquery.pb.gz",
    "absl/httpcache.find.txt.gz",
    "absl-evict-minimal-11/nginx-access.log",
    "absl-evict-minimal-11/stderr.txt",
    "absl-evict-minimal-11/bep.pb.gz",
];

fn run(command: &str, files: &[&str], flags: &[&str]) -> (i32, String, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let out = Command::new(env!("CARGO_BIN_EXE_rewindow"))
        .arg(command)
        .args(files)
        .args(flags)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.code().unwrap(), text(out.stdout), text(out.stderr))
}

fn json_of(command: &str, flags: &[&str]) -> Value {
    let flags = [flags, &["--json"]].concat();
    serde_json::from_str(&run(command, &ABSEIL, &flags).1).unwrap()
}

#[test]
fn observe_tells_the_story_and_the_end() {
    let (status, text, _) = run("observe", &ABSEIL, &[]);
    assert_eq!(status, 0);
    let lost = "//absl/hash:hash (CppLink libhash.so) finds its input \
                absl/hash/_objs/hash/hash.pic.o lost.";
    for part in [
        "Bazel starts a build.",
        lost,
        "fails: its inputs are lost.",
        "Requests (463)",
        "The build fails with exit code 36.",
        "224 cache hits, 20 executions",
    ] {
        assert!(text.contains(part), "{part}");
    }
    let told = json_of("observe", &[]);
    assert_eq!(told["outcome"], json!({"success": false, "exit_code": 36}));
    let n = |key: &str| told[key].as_array().unwrap().len();
    assert_eq!([n("executed"), n("hits"), n("failed"), n("requests")], [20, 224, 2, 463]);
    assert_eq!(told["observed"]["invocations"].as_array().unwrap().len(), 1);
}

#[test]
fn a_plan_says_where_it_parts_from_the_log() {
    let flags = ["--download", "minimal", "-k", "--evict", "observed", "--observed", "--engine"];
    let with = |engine| [&flags[..], &[engine]].concat();
    let (status, text, _) = run("plan", &ABSEIL, &with("bazel-4.2"));
    assert_eq!(status, 1);
    assert!(text.contains("The log has each request of the plan, and no other."), "{text}");
    assert_eq!(json_of("plan", &with("bazel-4.2"))["divergence"], Value::Null);
    let parting = &json_of("plan", &with("bazel-9.3"))["divergence"];
    assert_eq!(
        (&parting["side"], &parting["request"]["occurrence"]),
        (&json!("predicted"), &json!(2))
    );
    assert_eq!(parting["sentences"][1], "The log does not ask for it so often.");
}

#[test]
fn without_a_log_there_is_nothing_to_observe() {
    let (status, _, err) = run("observe", &ABSEIL[..3], &[]);
    assert_eq!(status, 2);
    assert!(err.contains("no request to a cache") && err.contains("access log"), "{err}");
    let flags = ["--engine", "bazel-4.2", "--evict", "observed"];
    let (_, text, _) = run("plan", &ABSEIL[..3], &flags);
    assert!(text.contains("--evict observed: no file tells of a loss"), "{text}");
}

#[test]
fn inspect_counts_what_was_observed() {
    let (_, text, _) = run("inspect", &ABSEIL, &[]);
    let line = "observed: 463 requests, 1 invocation, 14 blobs lost, 2 actions failed on losses, \
                exit code 36";
    assert!(text.contains(line), "{text}");
    let told = &json_of("inspect", &[])["observed"];
    assert_eq!((&told["requests"], &told["exit_code"]), (&json!(463), &json!(36)));
    let tellers = told["lost"].as_array().unwrap().iter().map(|lost| &lost["teller"]);
    assert_eq!(tellers.filter(|teller| *teller == "console").count(), 2);
}
