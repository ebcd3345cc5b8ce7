//! The real `rewindow` explaining: `plan --why`, costs, `compare`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[path = "support/command.rs"]
mod command;

use command::{AQUERY, LISTING, LOG, plan, plan_json, run};
use serde_json::{Value, json};

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
    assert_eq!(
        json["behind"],
        json!({"each": ["remembers_lost"], "together": [], "given_up": false})
    );
    assert_eq!(json["differences"].as_array().unwrap().len(), 2);
    let (status, _, err) = run(&[&files[..], &["--left", "engine=bazel-9.3"]].concat());
    assert!(status == 2 && err.contains("--right") && err.contains("engine=ID"), "{err}");
    let (status, _, err) = run(&[&files[..], &evict, &["--left", "retrys=5"]].concat());
    assert!(status == 2 && err.contains("did you mean retries"), "{err}");
}

/// A chain of two, the first of which has lost its output.
const LOST: &str = r#"rewindow = 1
engine = "bazel-9.3"
actions = ["//:a: src -> a.txt", "//:c: a.txt -> c.txt"]

[cache]
minus = ["a.txt", "//:c"]

[[build]]
download = "minimal"
"#;

/// The file NAME with `text`, to be named on the command line.
fn written(name: &str, text: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.toml"));
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn compared(args: &[&str]) -> Value {
    let (status, out, err) = run(&[&["compare"], args, &["--json"]].concat());
    assert_eq!(status, 0, "{args:?}: {err}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn compare_says_in_what_two_scenario_files_differ() {
    let base = written("base", LOST);
    let fault = "\n[[fault]]\nevict = [\"src\"]\nwhen = { after = \"//:a\" }\n";
    let entry = "\n[[cache.entry]]\naction = \"//:a\"\noutputs = { \"a.txt\" = \"another\" }\n";
    let everything = "\n[[fault]]\neverything = \"cas\"\nhow_often = \"always\"\n";
    let second = "\n[[build]]\ndownload = \"minimal\"\n";
    let text = |from: &str, to: &str| LOST.replace(from, to);
    for (name, right, step, behind) in [
        (
            "minus",
            text("minus = [\"a.txt\", \"//:c\"]", "minus = [\"//:c\"]"),
            7,
            "content of the cache",
        ),
        ("fault", LOST.to_owned() + everything, 2, "faults"),
        ("second", LOST.to_owned() + second, 31, "number of builds"),
        ("mode", text("minimal", "all"), 4, "download mode"),
        (
            "engine",
            text("engine = \"bazel-9.3\"", "engine = \"bazel-9.3\"\nset = { on_loss = \"fail\" }"),
            9,
            "on_loss",
        ),
        ("disk", LOST.to_owned() + "\n[disk_cache]\n", 3, "disk cache"),
        ("entry", text("\n[[build]]", &format!("{entry}\n[[build]]")), 7, "content of the cache"),
        ("policy", text("[cache]", "[cache]\npolicy = \"verified\""), 3, "cache policy"),
        ("unused", LOST.to_owned() + fault, 0, ""),
    ] {
        let json = compared(&[&base, &written(name, &right)]);
        let found = json["parting"]["step"].as_u64().unwrap_or(0);
        let each = &json["behind"]["each"];
        println!("{name}: {found} {each}");
        assert_eq!(found, step, "{name}: {json:#}");
        let wanted = if step == 0 { json!([]) } else { json!([behind]) };
        assert_eq!(*each, wanted, "{name}: {json:#}");
        assert_eq!(json["differences"].as_array().unwrap().len(), 1, "{name}");
    }
    let json = compared(&[&base, "--right", "on_loss=fail keep-going=on"]);
    assert_eq!(json["behind"]["each"], json!(["on_loss"]));
    assert_eq!(compared(&[&base, &base])["parting"], Value::Null);
}

#[test]
fn compare_refuses_what_cannot_be_compared() {
    let base = written("one", LOST);
    let longer = LOST.replace("-> c.txt\"", "-> c.txt\", \"//:d: c.txt -> d.txt\"");
    let other = LOST.replace("//:c: a.txt", "//:c: src");
    let larger = LOST.to_owned() + "\n[artifacts]\n\"a.txt\" = { content = { size_bytes = 7 } }\n";
    let unknown = LOST.replace("minus", "minsu");
    let (longer, other) = (written("longer", &longer), written("other", &other));
    let (larger, unknown) = (written("larger", &larger), written("unknown", &unknown));
    for (args, words) in [
        (
            &[base.as_str(), &longer][..],
            "not about the same graph: 2 actions on the left, 3 on the",
        ),
        (&[&base, &other], "//:c reads other inputs"),
        (&[&base, &larger], "artifacts or contents differ"),
        (&[&base, &unknown], "did you mean minus"),
        (&[&base, LOG], "2 files with a scenario among them"),
        (&[&base, &base, &base], "3 files with a scenario among them"),
        (&[&base, &base, "--jobs", "2"], "--jobs: a scenario file says that itself"),
        (&[&base, &base, "--engine", "bazel-9.3"], "--engine: a scenario file says that"),
        (&[&base, "--left", "retries=x"], "--left retries=x"),
    ] {
        let (status, out, err) = run(&[&["compare"], args].concat());
        assert_eq!((status, out.as_str()), (2, ""), "{args:?}");
        assert!(err.contains(words), "{args:?}: {err}");
    }
}
