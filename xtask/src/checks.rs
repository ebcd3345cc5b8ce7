//! `cargo xtask test`: set-up, then every check there is. What fails first ends it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::toolchain::{self, WASM};
use crate::{bench, command, site, wasm};

/// Names that Chromium goes by.
pub const CHROMIUM: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Programs of which any one does, and Debian's package that has it.
const NEEDED: [(&[&str], &str); 2] =
    [(&CHROMIUM, "chromium"), (&["chromedriver"], "chromium-driver")];

/// Property tests draw the same cases in every checked run, so that a change is to blame for what
/// fails. `cargo test` alone draws others each time; a variable of that name wins over both.
const PROPERTY_SEED: (&str, &str) = ("PROPTEST_RNG_SEED", "20261122");

/// Runs all checks; `fast` leaves out the site and the browser.
///
/// # Errors
/// The first check that fails, or what is missing to run it.
pub fn run(root: &Path, fast: bool) -> Result<()> {
    toolchain::ensure_wasm_target(root)?;
    if !fast {
        ensure_browser()?;
    }
    command::run(command::cargo(root).args(["fmt", "--all", "--check"]))?;
    clippy(root)?;

    let mut tests = command::cargo(root);
    tests.args(["test", "--locked", "--workspace", "--no-fail-fast"]);
    if std::env::var_os(PROPERTY_SEED.0).is_none() {
        tests.env(PROPERTY_SEED.0, PROPERTY_SEED.1);
    }
    if fast {
        tests.env("REWINDOW_BROWSER", "skip");
    } else {
        println!("{}", site::build(root)?);
    }
    // Last, so that the runner's own lines close the output.
    command::run(&mut tests)
}

fn clippy(root: &Path) -> Result<()> {
    let deny = ["--", "-D", "warnings"];
    command::run(
        command::cargo(root)
            .args(["clippy", "--locked", "--workspace", "--all-targets"])
            .args(deny),
    )?;
    command::run(
        command::cargo(root)
            .args(["clippy", "--locked", "--package", "rewindow", "--lib", "--bin", wasm::APP])
            .args(["--package", bench::PROGRAM, "--bin", bench::PROGRAM, "--target", WASM])
            .args(deny),
    )
}

/// Finds Chromium and its driver; on Debian as root, installs what is missing.
///
/// # Errors
/// It is missing and cannot be installed.
pub fn ensure_browser() -> Result<()> {
    let missing: Vec<&str> = NEEDED
        .into_iter()
        .filter(|(programs, _)| !programs.iter().any(|name| command::find(name).is_some()))
        .map(|(_, package)| package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let wanted = missing.join(" ");
    if command::find("apt-get").is_none() || !is_root() {
        bail!(
            "the browser tests need Chromium and its driver: install {wanted} \
             (Debian: sudo apt-get install {wanted}), or leave them out with --fast"
        );
    }
    let mut install = Command::new("apt-get");
    install.args(["install", "--yes", "--no-install-recommends"]).args(&missing);
    install.env("DEBIAN_FRONTEND", "noninteractive");
    command::run(Command::new("apt-get").arg("update"))?;
    command::run(&mut install).with_context(|| format!("cannot install {wanted}"))
}

fn is_root() -> bool {
    command::output(Command::new("id").arg("-u")).is_ok_and(|id| id == "0")
}
