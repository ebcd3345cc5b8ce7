//! The app as a browser runs it: wasm and its JavaScript glue.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::command;
use crate::toolchain::{self, WASM};

/// The binary that is the app. The glue is `NAME.js`, the wasm `NAME_bg.wasm`.
pub const APP: &str = "rewindow-app";

/// Builds the app in release and writes glue, wasm and snippets into the empty folder `out`.
///
/// # Errors
/// Set-up, compiling or wasm-bindgen fails.
pub fn build(root: &Path, out: &Path) -> Result<()> {
    build_program(root, "rewindow", APP, out)
}

/// [`build`] for the binary `program` of any package.
///
/// # Errors
/// Set-up, compiling or wasm-bindgen fails.
pub fn build_program(root: &Path, package: &str, program: &str, out: &Path) -> Result<()> {
    toolchain::ensure_wasm_target(root)?;
    toolchain::check_bindgen_versions(root)?;
    command::run(&mut compile(root, package, program)?)?;

    let compiled = target_folder(root).join(WASM).join("release").join(format!("{program}.wasm"));
    // Half of the bytes are names of functions, of no use to anybody who opens the page.
    Bindgen::new()
        .input_path(&compiled)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(out)
        .with_context(|| format!("wasm-bindgen cannot read {}", compiled.display()))?;
    optimise(&out.join(format!("{program}_bg.wasm")))
}

fn compile(root: &Path, package: &str, program: &str) -> Result<Command> {
    let mut cargo = command::cargo(root);
    cargo.args(["build", "--locked", "--release", "--package", package, "--bin", program]);
    cargo.args(["--target", WASM]);
    cargo.env("CARGO_ENCODED_RUSTFLAGS", path_flags(root)?.join("\x1f"));
    Ok(cargo)
}

/// Panic messages name source files: these flags keep the builder's own folders out of them, and
/// two builders of one commit get the same bytes.
fn path_flags(root: &Path) -> Result<Vec<String>> {
    let mut flags = vec![format!("--remap-path-prefix={}/=", root.display())];
    let home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    if let Some(home) = home {
        let sources = home.join("registry/src");
        if sources.is_dir() {
            for index in fs::read_dir(&sources)? {
                flags.push(format!("--remap-path-prefix={}/=", index?.path().display()));
            }
        }
    }
    Ok(flags)
}

/// Where cargo puts what it builds.
pub fn target_folder(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |set| root.join(set))
}

/// Runs wasm-opt over `wasm`, if there is one. It gains little (docs/decisions/0002-wasm-opt.md),
/// so whatever goes wrong leaves the file as it was.
fn optimise(wasm: &Path) -> Result<()> {
    let Some(program) = command::find("wasm-opt") else { return Ok(()) };
    let smaller = wasm.with_extension("opt");
    let mut run = Command::new(program);
    run.arg(wasm).arg("-o").arg(&smaller).arg("-O3");
    // What rustc uses for this target by default, and older versions of wasm-opt must be told.
    for feature in [
        "bulk-memory",
        "bulk-memory-opt",
        "call-indirect-overlong",
        "multivalue",
        "mutable-globals",
        "nontrapping-float-to-int",
        "reference-types",
        "sign-ext",
    ] {
        run.arg(format!("--enable-{feature}"));
    }
    match command::output(&mut run) {
        Ok(_) => fs::rename(&smaller, wasm)?,
        Err(error) => {
            let line = format!("{error:#}").replace('\n', " ");
            println!("wasm-opt is left out: {}", line.chars().take(300).collect::<String>());
            // It may have written a part.
            if smaller.exists() {
                fs::remove_file(&smaller)?;
            }
        }
    }
    Ok(())
}
