//! `cargo xtask bench`: the same work timed natively and in a page in Chromium, as one table.

mod browser;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{checks, command, toolchain, wasm};
use browser::Host;
use table::Figures;

/// The package that is timed. `docs/benches.md` says what its figures mean.
pub const PROGRAM: &str = "rewindow-figures";

const PAGE: &str = include_str!("../../site/bench.html");
const SCRIPT: &str = include_str!("../../site/bench.js");

/// Times graphs of `sizes` actions, `n_passes` times natively and in Chromium by turns, and prints
/// the least of each figure.
///
/// # Errors
/// What it needs is missing, something fails on the way, or a limit is missed.
pub fn run(root: &Path, sizes: &[u32], n_passes: u32) -> Result<()> {
    toolchain::ensure_wasm_target(root)?;
    checks::ensure_browser()?;
    command::run(command::cargo(root).args([
        "build",
        "--locked",
        "--release",
        "--package",
        PROGRAM,
    ]))?;
    let native = wasm::target_folder(root).join("release").join(PROGRAM);
    let page = build_page(root)?;
    let host = Host::start(page, sizes)?;

    let (mut on_host, mut in_page) = (Figures::default(), Figures::default());
    for pass in 1..=n_passes {
        println!("Pass {pass} of {n_passes}: native");
        let arguments = sizes.iter().map(u32::to_string);
        on_host.add(&command::output(Command::new(&native).args(arguments))?)?;
        println!("Pass {pass} of {n_passes}: in Chromium");
        in_page.add(&host.visit()?)?;
    }
    println!("\n{}", table::figures(&on_host, &in_page));
    let limits = table::limits(&on_host, &in_page);
    println!("{}", table::shown(&limits));
    let n_missed = limits.iter().filter(|limit| !limit.is_kept()).count();
    if n_missed > 0 {
        bail!("{n_missed} of {} limits are missed", limits.len());
    }
    Ok(())
}

/// Builds the page that times the same, and returns its folder.
fn build_page(root: &Path) -> Result<PathBuf> {
    let folder = wasm::target_folder(root).join("bench-page");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    wasm::build_program(root, PROGRAM, PROGRAM, &folder)?;
    fs::write(folder.join("index.html"), PAGE).context("cannot write the page")?;
    fs::write(folder.join("bench.js"), SCRIPT)?;
    Ok(folder)
}
