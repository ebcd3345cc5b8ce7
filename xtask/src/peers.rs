//! `cargo xtask peers`: the layout beside other engines in one page of Chromium.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{checks, command, wasm};

/// The package that is the layout as a module of a page.
const PROGRAM: &str = "rewindow-peers";

/// Builds our module, fetches the peers from npm as `package-lock.json` says, and runs them all.
///
/// # Errors
/// Node, npm or Chromium is missing, or something fails on the way.
pub fn run(root: &Path, arguments: &[String]) -> Result<()> {
    checks::ensure_browser()?;
    let peers = root.join("benches/peers");
    let module = wasm::target_folder(root).join("peers-page");
    if module.exists() {
        fs::remove_dir_all(&module)?;
    }
    fs::create_dir_all(&module)?;
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(&peers);
    command::run(&mut npm).context("the peers come from npm, which comes with Node")?;
    wasm::build_program(root, PROGRAM, PROGRAM, &module)?;
    let mut node = Command::new("node");
    node.arg(peers.join("run.mjs")).arg(module).args(arguments);
    command::run(&mut node)
}
