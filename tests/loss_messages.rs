//! Console text about lost blobs: as recorded from real builds, as the planner prints it for each
//! version, and as terminals and continuous integration leave it.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;

use proptest::prelude::*;
use rewindow::import::{self, Format, Import, InputFile, LossFacts, read_losses};

const A: &str = "36a959690c3a34f68c8b017dbb05a7abc9d789dec7427b8ea931a32d84d2cd0b";
const B: &str = "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7";
const PATH: &str = "bazel-out/k8-fastbuild/bin/svc/billing/svc_billing_073.out";

fn tests() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"))
}

fn read(name: &str, bytes: Vec<u8>) -> Import {
    let file = InputFile { name: name.to_owned(), bytes };
    import::read(&[file], &mut |_| ControlFlow::Continue(())).unwrap()
}

/// Digests, sizes and paths, in order.
fn lost(text: &str) -> Vec<(String, Option<u64>, Option<String>)> {
    let lost = read_losses(text).lost.into_iter();
    lost.map(|l| (l.content.digest.hex(), l.content.size_bytes, l.path)).collect()
}

fn one(hex: &str, size: Option<u64>, path: Option<&str>) -> (String, Option<u64>, Option<String>) {
    (hex.to_owned(), size, path.map(str::to_owned))
}

#[test]
fn recorded_text_gives_what_grep_counts() {
    let cases: [(&str, &[(&str, u64)]); 4] = [
        ("absl-evict-minimal-11", &[("lost", 2), ("failed_actions", 2)]),
        ("gen1200-bazel7.7.1-evict-minimal-21", &[("lost", 2), ("failed_actions", 2)]),
        (
            "gen1200-bazel7.7.1-evict-minimal-41",
            &[("lost", 6), ("failed_actions", 6), ("retries", 5)],
        ),
        ("gen1200-evict-all-3", &[("lost", 0)]),
    ];
    for (folder, counts) in cases {
        let path = tests().join("samples").join(folder).join("stderr.txt");
        let import = read("x", std::fs::read(path).unwrap());
        let card = &import.files[0];
        assert_eq!((card.format, &card.error), (Format::ConsoleText, &None), "{folder}");
        assert_eq!(card.counts, counts, "{folder}");
        assert!(card.warnings.is_empty(), "{folder}: {:?}", card.warnings);
    }
}

#[test]
fn every_recorded_error_names_its_digests() {
    let mut n_named = 0;
    for folder in ["oracles/bazel", "oracles/bazel7"] {
        for entry in std::fs::read_dir(tests().join(folder)).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let case: serde_json::Value = serde_json::from_str(&text).unwrap();
            for step in case["steps"].as_array().unwrap() {
                let texts = |key: &str| -> Vec<String> {
                    let list = step[key].as_array().cloned().unwrap_or_default();
                    list.iter().filter_map(|t| Some(t.as_str()?.to_owned())).collect()
                };
                let errors = texts("errors").join("\n");
                let in_text: BTreeSet<String> = errors
                    .split(|c: char| !c.is_ascii_hexdigit())
                    .filter(|word| word.len() == 64)
                    .map(str::to_owned)
                    .collect();
                let found: BTreeSet<String> = lost(&errors).into_iter().map(|l| l.0).collect();
                assert_eq!(found, in_text, "{errors}");
                n_named += found.len();
            }
        }
    }
    assert!(n_named > 50, "{n_named}");
}

#[test]
fn each_version_has_its_own_words() {
    let h = A;
    let short = "svc/billing/svc_billing_073.out";
    for (text, expected) in [
        (
            format!(
                "ERROR: /b/x/BUILD:9:1: Couldn't build file c: Executing genrule //:c failed due \
                 to unexpected I/O exception: Failed to fetch file with hash '{h}' because it \
                 does not exist remotely."
            ),
            vec![one(h, None, None)],
        ),
        (
            format!("java.io.IOException: Missing digest: {h}/32 for {PATH}"),
            vec![one(h, Some(32), Some(PATH))],
        ),
        (format!("ERROR: x failed: Missing digest: {h}/32"), vec![one(h, Some(32), None)]),
        (
            format!("ERROR: x failed: lost inputs with digests: {h}/5,{B}/6"),
            vec![one(h, Some(5), None), one(B, Some(6), None)],
        ),
        (
            format!(
                "ERROR: P/BUILD.bazel:38:10: Testing //x failed: Lost inputs no longer available \
                 remotely: {short} ({h}/5), data.txt ({B}/6)"
            ),
            vec![one(h, Some(5), Some(short)), one(B, Some(6), Some("data.txt"))],
        ),
    ] {
        assert_eq!(lost(&text), expected, "{text}");
    }
}

#[test]
fn rewinding_and_buck2_have_theirs() {
    let h = A;
    let short = "svc/billing/svc_billing_073.out";
    for (text, expected) in [
        (
            format!(
                "ERROR: Action x failed: lost input too many times (#21) for the same action. \
                 lostInput: File:[[<execution_root>]bazel-out/k8/bin]{short}, lostInput digest: \
                 {h}/5, failedAction: action 'x' (…)"
            ),
            vec![one(h, Some(5), Some(short))],
        ),
        (
            format!(
                "ERROR: Lost output {short} (digest {h}/5), and rewinding was ineffective after \
                 20 attempts."
            ),
            vec![one(h, Some(5), Some(short))],
        ),
        (
            format!(
                "Your build requires materializing an artifact that has expired in the RE CAS and \
                 Buck does not have it. x\n\nDebug information:\n  Path: {PATH}\n  Directory:\n    \
                 {PATH}: {h}:5"
            ),
            vec![one(h, Some(5), Some(PATH))],
        ),
        (
            format!("Action execution requires artifact `{h}:5` but it is missing from remote CAS"),
            vec![one(h, Some(5), None)],
        ),
    ] {
        assert_eq!(lost(&text), expected, "{text}");
    }
}

#[test]
fn retries_rewinds_unnamed_losses_and_the_end_are_counted() {
    let facts = read_losses(
        "ERROR: /x/BUILD:1:1: Executing genrule //:c failed: Exec failed due to IOException: 3 \
         errors during bulk transfer\nFound transient remote cache error, retrying the build...\n\
         ERROR: a failed: Unexpected lost inputs (pass --rewind_lost_inputs to enable recovery): \
         x/a.txt,x/b.txt\nERROR: Lost output x (digest abc/5), and rewinding was ineffective \
         after 20 attempts.\nERROR: Build did NOT complete successfully\n\
         Error: Process completed with exit code 39.\n",
    );
    assert_eq!(facts.n_unnamed, 3);
    assert_eq!(facts.lost_paths, ["x/a.txt", "x/b.txt"]);
    assert_eq!((facts.n_retries, facts.n_rewinds, facts.n_cut), (1, 20, 1));
    assert_eq!((facts.exit_code, facts.succeeded), (Some(39), Some(false)));
    assert_eq!(facts.failed_actions[0], "Executing genrule //:c");
}

/// A failing build of Bazel 7, word by word.
fn console() -> String {
    format!(
        "INFO: Invocation ID: 325191bd-9c54-4739-88be-3dec0d9b5d69\nINFO: Analyzed 3 targets.\n\
         ERROR: /b/x/BUILD.bazel:83:8: Executing genrule //svc/billing:svc_billing_080 failed: \
         Failed to fetch blobs because they do not exist remotely.: 2 errors during bulk \
         transfer:\n\
         com.google.devtools.build.lib.remote.common.CacheNotFoundException: Missing digest: \
         {A}/32 for {PATH}\n\
         com.google.devtools.build.lib.remote.common.CacheNotFoundException: Missing digest: \
         {B}/39 for bazel-out/b.txt\nUse --verbose_failures to see more.\n\
         INFO: Elapsed time: 3.054s\nERROR: Build did NOT complete successfully\n"
    )
}

fn expected() -> Vec<(String, Option<u64>, Option<String>)> {
    vec![one(A, Some(32), Some(PATH)), one(B, Some(39), Some("bazel-out/b.txt"))]
}

fn each_line(text: &str, change: impl Fn(&str) -> String) -> String {
    text.lines().map(|line| change(line) + "\n").collect()
}

fn wrapped(text: &str, width: usize) -> String {
    each_line(text, |line| {
        let chars: Vec<char> = line.chars().collect();
        chars.chunks(width).map(|c| c.iter().collect::<String>()).collect::<Vec<_>>().join("\n")
    })
}

#[test]
fn colours_stamps_and_line_ends_are_no_part_of_it() {
    let text = console();
    assert_eq!(lost(&text), expected());
    for dressed in [
        text.replace('\n', "\r\n"),
        text.replace("ERROR:", "\u{1b}[31m\u{1b}[1mERROR: \u{1b}[0m")
            .replace("ERROR:  ", "ERROR: "),
        each_line(&text, |line| format!("\r\u{1b}[1A\u{1b}[K{line}")),
        each_line(&text, |line| format!("2026-11-22T01:31:12.1234567Z {line}")),
        each_line(&text, |line| format!("[2026-11-22T01:31:12.123Z] {line}")),
        each_line(&text, |line| format!("(01:31:12) {line}")),
        each_line(&text, |line| format!("[01:31:12] {line}")),
        each_line(&text, |line| format!("2026-11-22T01:31:12.123456Z 00O {line}")),
        each_line(&text, |line| format!("\u{1b}_bk;t=1795309373\u{7}{line}")),
        each_line(&text, |line| format!("    {line}")),
        // The escape got lost in the clipboard, or was made visible.
        text.replace("ERROR:", "[31m[1mERROR: [0m").replace("ERROR:  ", "ERROR: "),
        text.replace("ERROR:", "^[[31m^[[1mERROR: ^[[0m").replace("ERROR:  ", "ERROR: "),
        each_line(&text, |line| format!("_bk;t=1795309373123{line}")),
        each_line(&text, |line| format!("[01:31:12]E:\t [Step 1/3] {line}")),
        each_line(&text, |line| format!("[2026-11-22T01:31:12.123Z] [01:31:12] {line}")),
        // What collectors of logs say of who printed a line.
        each_line(&text, |line| format!("Step #3 - \"build\": {line}")),
        each_line(&text, |line| format!("bazel-1  | {line}")),
        each_line(&text, |line| format!("2026-11-22T01:31:12.123456789Z stderr F {line}")),
        each_line(&text, |line| format!("Nov 22 01:31:12 ci-7 bazel[4711]: {line}")),
        each_line(&text, |line| {
            let log = serde_json::json!({"log": format!("{line}\n"), "stream": "stderr"});
            log.to_string()
        }),
        // Progress on the line above, overwritten.
        each_line(&text, |line| format!("[1,234 / 5,678] 9 actions running\r\u{1b}[K{line}")),
        text.replace('\n', "\r"),
    ] {
        assert_eq!(lost(&dressed), expected(), "{dressed}");
        let facts = read_losses(&dressed);
        assert_eq!(facts.failed_actions, ["Executing genrule //svc/billing:svc_billing_080"]);
        assert_eq!(facts.succeeded, Some(false), "{dressed}");
        for (bytes, how) in in_other_encodings(&dressed) {
            let import = read("x", bytes);
            assert_eq!(import.files[0].counts[0], ("lost", 2), "{how}: {dressed}");
        }
    }
}

/// A text as PowerShell or an editor of Windows saves it.
fn in_other_encodings(text: &str) -> [(Vec<u8>, &'static str); 3] {
    let units = || std::iter::once(0xfeff).chain(text.encode_utf16());
    [
        (units().flat_map(u16::to_le_bytes).collect(), "UTF-16, little end first"),
        (units().flat_map(u16::to_be_bytes).collect(), "UTF-16, big end first"),
        ([b"\xef\xbb\xbf", text.as_bytes()].concat(), "UTF-8 with a mark"),
    ]
}

#[test]
fn retries_of_each_version_are_counted_also_behind_a_prefix() {
    for words in ["transient remote cache error", "remote cache eviction error"] {
        let text = format!(
            "INFO: a\nFound {words}, retrying the build...\nINFO: b\n\
             Found {words}, retrying the build...\nFound {words}, retrying\n the build...\n"
        );
        assert_eq!(read_losses(&text).n_retries, 3, "{text}");
        let prefixed = each_line(&text, |line| format!("Step #0 - \"ci\": {line}"));
        assert!(read_losses(&prefixed).n_retries >= 2, "{prefixed}");
    }
}

#[test]
fn the_exit_code_of_a_command_is_not_that_of_the_build() {
    let failed = "ERROR: /x/BUILD:1:1: Executing genrule //:c failed (Exit 1): bash failed: error \
                  executing command /bin/bash -c 'exit status 7': Process exited with status 1\n";
    assert_eq!(read_losses(failed).exit_code, None);
    for end in [
        "Process exited with code 39 (Step: Build (Command Line))",
        "ERROR: Job failed: exit code 39",
        "ERROR: script returned exit code 39",
        "Error: The command exited with status 39",
        "##[error]Process completed with exit code 39.",
        "ERROR: build step 0 \"gcr.io/cloud-builders/bazel\" failed: step exited with non-zero \
         status: 39",
    ] {
        assert_eq!(read_losses(&format!("{failed}{end}\n")).exit_code, Some(39), "{end}");
    }
}

#[test]
fn buck2_tells_where_a_digest_came_from_and_every_file_of_a_directory() {
    let text = format!(
        "Your build requires materializing an artifact that has expired in the RE CAS and Buck \
         does not have it. (not expired: action cache corruption)\n\
         This likely happened because your Buck daemon has been online for a long time.\n\n\
         Debug information:\n  Path: buck-out/v2/gen/x/out\n  Digest origin: {{ \
         \"ActionResult\" }}\n  Directory:\n    buck-out/v2/gen/x/out/a: {A}:5\n    \
         buck-out/v2/gen/x/out/b: {B}:6\n"
    );
    let in_out = |name: &str| format!("buck-out/v2/gen/x/out/{name}");
    let expected = [one(A, Some(5), Some(&in_out("a"))), one(B, Some(6), Some(&in_out("b")))];
    assert_eq!(lost(&text), expected);
}

#[test]
fn a_terminal_of_any_width_may_wrap_it() {
    let text = console();
    let mut wrong = Vec::new();
    for width in 60..165 {
        let wrapped = wrapped(&text, width);
        if lost(&wrapped) != expected() {
            wrong.push((width, lost(&wrapped)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn words_may_be_wrapped_too() {
    let text = console();
    for width in [72, 78, 100] {
        let by_words = each_line(&text, |line| {
            let (mut out, mut n) = (String::new(), 0);
            for word in line.split(' ') {
                if n > 0 && n + word.len() >= width {
                    out.push('\n');
                    n = 0;
                } else if n > 0 {
                    out.push(' ');
                }
                out += word;
                n += word.len() + 1;
            }
            out
        });
        assert_eq!(lost(&by_words), expected(), "{width}: {by_words}");
    }
}

#[test]
fn a_healthy_build_lost_nothing() {
    let text = "INFO: Analyzed 3 targets.\nINFO: Elapsed time: 3.0s\nINFO: Build completed \
                successfully, 1 total action\n";
    let import = read("x", text.as_bytes().to_vec());
    assert_eq!(import.files[0].counts, [("lost", 0)]);
    assert!(read_losses(text).is_empty());
    assert_eq!(read_losses("cas://x:y\nac:*\n"), LossFacts::default());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damage_never_panics_and_never_adds_a_blob(
        cut in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = console().into_bytes();
        bytes.truncate(cut.index(bytes.len()) + 1);
        let known: Vec<String> = expected().into_iter().map(|l| l.0).collect();
        let found = lost(&String::from_utf8_lossy(&bytes));
        prop_assert!(found.iter().all(|l| known.contains(&l.0)), "{:?}", found);
        let i = at.index(bytes.len());
        bytes[i] = byte;
        let import = read("x", bytes);
        let card = &import.files[0];
        prop_assert!(card.error.is_some() || !card.counts.is_empty());
    }

    #[test]
    fn random_text_never_panics(
        text in "(\\PC|\n|\u{1b}\\[|Missing digest: |\\(#|lostInput: ){0,80}") {
        let _ = read_losses(&text);
    }
}
