//! The counts of the manifest are those of a script that shares no code with the readers and counts
//! protobuf files by their twins in JSON.

#![cfg(not(target_arch = "wasm32"))]

use std::process::Command;

#[test]
fn a_script_in_another_language_counts_the_same() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
    let script = [format!("{folder}/counts.py"), format!("{folder}/samples")];
    match Command::new("python3").args(script).output() {
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert!(output.status.success(), "{said}");
            println!("{said}");
        }
        // The manifest stands for it on machines without Python; `importers` checks that.
        Err(error) => println!("not run: python3 cannot be started ({error})"),
    }
}
