//! Listings of caches: real ones give the counts of an independent script, made-up ones of the
//! same blobs give the same facts in every shape, and broken ones a warning.

#![cfg(not(target_arch = "wasm32"))]
// A sample or a fixture that is not there is the test's failure.
#![allow(clippy::unwrap_used)]

mod blobs;
mod buckets;
mod clouds;
mod damage;
#[path = "../support/known_formats.rs"]
mod known_formats;
#[path = "../support/manifest.rs"]
mod manifest;
mod shapes;
#[path = "../support/tars.rs"]
mod tars;

use std::collections::BTreeSet;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;

use known_formats::expected_formats;
use manifest::{Sample, folders, samples};
use rewindow::import::{Counts, Format, ImportError, ListingFacts, Warning, listing};

type Listing = (ListingFacts, Counts, Vec<Warning>);

fn read(text: &[u8]) -> Result<Listing, ImportError> {
    listing::read("listing.txt", text, &mut |_| ControlFlow::Continue(()))
}

fn count(counts: &Counts, kind: &str) -> u64 {
    counts.iter().find(|c| c.0 == kind).map_or(0, |c| c.1)
}

/// The samples beside the tests and those of every folder in `REWINDOW_SAMPLES`.
fn sample_rows() -> Vec<Sample> {
    let samples = folders("tests/samples_cache").into_iter().map(|folder| samples(&folder));
    samples.flat_map(|samples| samples.unwrap_or_else(|why| panic!("{why}"))).collect()
}

fn is_listing(sample: &Sample) -> bool {
    expected_formats(&sample.format).contains(&Format::CacheListing)
}

fn unwrapped(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap();
    let mut plain = Vec::new();
    match path.extension().and_then(|e| e.to_str()) {
        Some("gz") => flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut plain).unwrap(),
        Some("xz") => lzma_rust2::XzReader::new(&bytes[..], true).read_to_end(&mut plain).unwrap(),
        _ => return bytes,
    };
    plain
}

/// Distinct digests that stand after `ac_` or not: what a disk cache of Bazel 1 and 2 has.
fn flat_counts(text: &str) -> (u64, u64) {
    let (mut ac, mut cas) = (BTreeSet::new(), BTreeSet::new());
    for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        let hex = word.trim_start_matches("ac_");
        if hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            if hex.len() < word.len() {
                ac.insert(hex)
            } else {
                cas.insert(hex)
            };
        }
    }
    (ac.len() as u64, cas.len() as u64)
}

#[test]
fn real_listings_give_the_counts_of_the_manifest() {
    let mut n_rows = 0;
    for sample in sample_rows().iter().filter(|sample| is_listing(sample)) {
        let path = &sample.path;
        let bytes = unwrapped(path);
        assert!(listing::sniff(&bytes), "{}: not recognised", path.display());
        let (facts, counts, warnings) = read(&bytes).unwrap();
        let said = |kind: &str| sample.counts.iter().find(|c| c.0 == kind).map(|c| c.1);
        let mut expected: Vec<_> = ["ac", "cas", "files"]
            .into_iter()
            .filter_map(|kind| Some((kind, said(kind)?)))
            .collect();
        // The script of the manifest knows no layout without folders.
        if said("ac") == Some(0) && said("cas") == Some(0) {
            let (ac, cas) = flat_counts(&String::from_utf8_lossy(&bytes));
            assert!(ac > 0);
            expected = vec![("ac", ac), ("cas", cas)];
        }
        for (kind, n) in expected {
            assert_eq!(count(&counts, kind), n, "{} {kind}: {counts:?}", path.display());
        }
        assert_eq!(facts.blobs.len() as u64, count(&counts, "ac") + count(&counts, "cas"));
        assert!(warnings.is_empty(), "{}: {warnings:?}", path.display());
        n_rows += 1;
    }
    println!("{n_rows} real listings");
    assert!(n_rows >= 24, "only {n_rows} samples");
}

#[test]
fn other_exports_are_no_listings() {
    let mut n_rows = 0;
    for sample in sample_rows().iter().filter(|sample| !is_listing(sample)) {
        let path = &sample.path;
        let name = path.to_string_lossy();
        if name.ends_with(".tar.xz") || !name.ends_with(".xz") {
            let bytes = unwrapped(path);
            assert!(!listing::sniff(&bytes), "{name} ({}) taken for a listing", sample.format);
            n_rows += 1;
        }
    }
    println!("{n_rows} other exports");
    assert!(n_rows >= 4);
}
