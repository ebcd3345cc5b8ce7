//! Files that a reader once failed on, found by fuzzing or by damaging samples at random: none may
//! stop a reader again. See `docs/fuzzing.md`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::ops::ControlFlow;
use std::path::Path;

use rewindow::import::{self, Format, Import, Importer, InputFile};

fn check(import: &Import) {
    for card in &import.files {
        assert!(card.error.is_some() || !card.counts.is_empty(), "{}: nothing is said", card.name);
    }
    let again = import::unpack(&import::pack(import)).expect("what was packed is a pack");
    assert!(again.graph == import.graph, "a pack is another graph");
}

#[test]
fn what_once_stopped_a_reader_stops_none() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/regressions");
    let mut n = 0;
    for entry in std::fs::read_dir(folder).expect("the folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == "README.md" {
            continue;
        }
        n += 1;
        let file = InputFile { name: name.clone(), bytes: std::fs::read(entry.path()).unwrap() };
        let go_on = &mut |_| ControlFlow::Continue(());
        check(&import::read(std::slice::from_ref(&file), go_on).expect("nobody cancels"));
        let format = name.split('-').next().unwrap_or_default();
        if format == "any" {
            continue;
        }
        let format = Format::from_name(format);
        assert!(format != Format::Unknown, "{name} begins with no format");
        let mut importer = Importer::default();
        importer.add_as(&file, format, go_on).expect("nobody cancels");
        check(&importer.import());
    }
    assert!(n > 0, "there are some");
}
