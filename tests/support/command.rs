//! The real `rewindow`, run on small real files.
//!
//! `tests/cli_samples/` is the gist's build by Bazel 4.2.3: execution log, aquery and a listing of
//! the cache, which holds everything.

use std::process::{Command, Output, Stdio};

use serde_json::Value;

pub const LOG: &str = "cold.exec.json";
pub const AQUERY: &str = "aquery.pb";
pub const LISTING: &str = "httpcache.find.txt";

/// `rewindow ARGS` among the files, with nothing at stdin.
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rewindow"));
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli_samples");
    command.args(args).current_dir(folder).stdin(Stdio::null());
    command
}

/// Status, stdout, stderr.
pub fn run(args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command(args).output().unwrap();
    let (out, err) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert!(!err.contains("panicked"), "{args:?}: {err}");
    (status.code().unwrap(), out, err)
}

/// The same of `rewindow plan` on all files.
pub fn plan(more: &[&str]) -> (i32, String, String) {
    run(&[&["plan", LOG, AQUERY, LISTING], more].concat())
}

/// What `rewindow plan --json` tells when it ends with `status`.
pub fn plan_json(status: i32, more: &[&str]) -> Value {
    let (found, out, err) = plan(&[more, &["--json"]].concat());
    assert_eq!(found, status, "{err}");
    serde_json::from_str(&out).unwrap()
}
