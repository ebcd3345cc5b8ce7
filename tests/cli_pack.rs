//! `rewindow pack`: what it writes is read as the files that it was made of.
#![cfg(not(target_arch = "wasm32"))]

use std::process::Command;

fn rewindow(arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rewindow"));
    let output = command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let output = output.unwrap_or_else(|error| panic!("{error}"));
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_pack_is_read_as_the_files_it_was_made_of() {
    let out = std::env::temp_dir().join(format!("rewindow-pack-{}.zst", std::process::id()));
    let out_text = out.to_string_lossy().into_owned();
    let (log, listing) =
        ("tests/cli_samples/cold.exec.json", "tests/cli_samples/httpcache.find.txt");
    let (is_packed, told) = rewindow(&["pack", log, listing, "--out", &out_text]);
    assert!(is_packed && told.contains("3 actions"), "{told}");
    let (is_read, told) = rewindow(&["inspect", &out_text]);
    let _ = std::fs::remove_file(&out);
    assert!(is_read && told.contains("cold.exec.json"), "{told}");
}
