//! What a fresh machine with rustup still lacks: the wasm target.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command;

/// The target that the page is built for.
pub const WASM: &str = "wasm32-unknown-unknown";

/// Adds the wasm target to the toolchain in use, if it isn't there.
///
/// # Errors
/// It is missing, and rustup cannot add it.
pub fn ensure_wasm_target(root: &Path) -> Result<()> {
    let sysroot =
        command::output(Command::new("rustc").current_dir(root).args(["--print", "sysroot"]))?;
    if Path::new(&sysroot).join("lib/rustlib").join(WASM).join("lib").is_dir() {
        return Ok(());
    }
    command::run(Command::new("rustup").current_dir(root).args(["target", "add", WASM]))
        .with_context(|| format!("the Rust target {WASM} is missing: add it to your toolchain"))
}

/// Makes sure that the wasm-bindgen which reads the wasm is the one that the wasm was built with.
///
/// The two speak a private format that changes with each version.
///
/// # Errors
/// They differ in `Cargo.lock`, or either isn't there.
pub fn check_bindgen_versions(root: &Path) -> Result<()> {
    let lock = fs::read_to_string(root.join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let wanted = locked_version(&lock, "wasm-bindgen")?;
    let reader = locked_version(&lock, "wasm-bindgen-cli-support")?;
    if wanted != reader {
        bail!(
            "wasm-bindgen is {wanted} but wasm-bindgen-cli-support is {reader} in Cargo.lock: \
             set both to one version, in Cargo.toml and xtask/Cargo.toml"
        );
    }
    Ok(())
}

/// The version of the crate `name` in the text of a `Cargo.lock`.
fn locked_version<'a>(lock: &'a str, name: &str) -> Result<&'a str> {
    let header = format!("name = \"{name}\"\nversion = \"");
    let (_, after) = lock.split_once(&header).with_context(|| format!("{name} is not locked"))?;
    after.split('"').next().with_context(|| format!("{name} has no version in Cargo.lock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n\n\
                        [[package]]\nname = \"wasm-bindgen-cli-support\"\nversion = \"0.2.129\"\n";

    #[test]
    fn a_version_is_that_of_the_whole_name() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen").unwrap(), "0.2.130");
        assert_eq!(locked_version(LOCK, "wasm-bindgen-cli-support").unwrap(), "0.2.129");
        assert!(locked_version(LOCK, "wasm-bindgen-cli").is_err());
    }
}
