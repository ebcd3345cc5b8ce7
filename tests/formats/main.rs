//! Every format that is read, row by row: recognised by content alone, read, packed and unpacked
//! again, and damaged. Bytes are a real sample's where there is a small one; else they are
//! synthetic, made here in the layout of the tool, and say so.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod archives;
mod execution_graph;
mod pitfalls;
mod rows;
mod shapes;
#[path = "../support/tars.rs"]
mod tars;
mod textproto;
#[path = "../support/wire.rs"]
mod wire;

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use rewindow::import::{self, Format, Import, InputFile, Place};

/// One format in one of its shapes.
pub struct Row {
    /// What it is.
    pub what: &'static str,
    pub format: Format,
    pub bytes: Vec<u8>,
    /// Counts of its card that say that it was read, not only recognised.
    pub counts: Vec<(&'static str, u64)>,
}

pub fn read(bytes: &[u8]) -> Import {
    read_all(&[("x", bytes)])
}

pub fn read_all(files: &[(&str, &[u8])]) -> Import {
    let file =
        |&(name, bytes): &(&str, &[u8])| InputFile { name: name.to_owned(), bytes: bytes.to_vec() };
    let files: Vec<InputFile> = files.iter().map(file).collect();
    import::read(&files, &mut |_| ControlFlow::Continue(())).unwrap()
}

pub fn sample(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/samples/{name}", env!("CARGO_MANIFEST_DIR"))).expect(name)
}

#[test]
fn every_format_is_recognised_by_its_content_and_read() {
    let mut seen = BTreeSet::new();
    for row in rows::all() {
        let import = read(&row.bytes);
        let card = &import.files[0];
        assert_eq!(card.format, row.format, "{}: {:?}", row.what, card.error);
        assert_eq!(card.error, None, "{}", row.what);
        for (kind, n) in &row.counts {
            let found = card.counts.iter().find(|count| count.0 == *kind);
            assert_eq!(found.map(|count| count.1), Some(*n), "{}: {kind}", row.what);
        }
        seen.insert(row.format.name());
    }
    // Those are chosen by hand or told by their name; an incident has a test of its own.
    let not_recognised = [Format::AcListing, Format::CasListing, Format::RawBlob, Format::Packed];
    let all = Format::ALL.iter().filter(|format| !not_recognised.contains(format));
    assert_eq!(seen, all.map(|format| format.name()).collect());
}

#[test]
fn what_is_packed_is_the_same_when_unpacked() {
    for row in rows::all() {
        let import = read(&row.bytes);
        let packed = import::pack(&import);
        assert!(import::unpack(&packed).unwrap() == import, "{}: not the same", row.what);
        let again = read(&packed);
        assert_eq!(again.files[0].format, Format::Packed, "{}", row.what);
        assert!(again.graph == import.graph && again.cache == import.cache, "{}", row.what);
        assert!(again.conflicts == import.conflicts, "{}", row.what);
        assert_eq!(again.files[1], import.files[0], "{}: not the same card", row.what);
    }
}

/// A small generator (xorshift), so that a failure can be repeated.
pub struct Seeded(pub u64);

impl Seeded {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

#[test]
fn damage_is_told_with_the_name_of_the_file_and_never_panics() {
    let mut seeded = Seeded(0x5eed_0007);
    for row in rows::all() {
        for round in 0..60 {
            let mut bytes = row.bytes.clone();
            let at = seeded.below(bytes.len());
            match round % 3 {
                0 => bytes.truncate(at),
                1 => bytes[at] ^= 1 << seeded.below(8),
                _ => {
                    let end = (at + 1 + seeded.below(40)).min(bytes.len());
                    bytes.drain(at..end);
                }
            }
            let import = read(&bytes);
            let card = &import.files[0];
            let told = card.error.is_some() || !card.counts.is_empty();
            assert!(told, "{}, round {round}: nothing is said", row.what);
            for warning in card.warnings.iter().chain(&card.error) {
                assert_eq!(warning.file, "x", "{}, round {round}", row.what);
                assert!(!warning.what.is_empty() && !warning.remedy.is_empty());
            }
        }
    }
}

#[test]
fn the_half_that_no_name_tells_can_be_chosen() {
    let digest = "ab".repeat(32);
    let text = format!("d/{digest}-142\n");
    let file = InputFile { name: "x".to_owned(), bytes: text.into_bytes() };
    let as_half = |format: Format| {
        let mut importer = import::Importer::default();
        importer.add_as(&file, format, &mut |_| ControlFlow::Continue(())).unwrap();
        let import = importer.import();
        assert_eq!(import.files[0].warnings, [], "{format:?}");
        (import.cache.ac.len(), import.cache.cas.len())
    };
    assert_eq!(as_half(Format::AcListing), (1, 0));
    assert_eq!(as_half(Format::CasListing), (0, 1));
    let asked = read(&file.bytes);
    let warning = &asked.files[0].warnings[0];
    assert_eq!(warning.place, Place::Line(1));
    assert!(warning.remedy.contains(Format::AcListing.title()), "{warning}");
}
