//! Real exports, whole and damaged: each gives the counts that an independent script counted, also
//! when its name is hidden, and no damage makes a reader panic.
//!
//! `REWINDOW_SAMPLES` (folders, colon separated, each with a `manifest.json` in it or below) adds
//! more; `support/manifest.rs` says what manifests may look like. Counts are those of the file's
//! card, or of the graph and the cache that it makes alone (`actions`, `artifacts`, `edges`,
//! `sources`, `spawns`, `ac`, `cas`, `dangling`).

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/known_formats.rs"]
mod known_formats;
#[path = "support/manifest.rs"]
mod manifest;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rewindow::import::{self, FileCard, Format, Import, InputFile, Progress};
use rewindow::model::ActionKind;

use known_formats::{ALIASES, expected_formats, known_formats};
use manifest::{Sample, folders, is_counted, samples};

fn all_samples() -> Vec<Sample> {
    let samples = folders("tests/samples").into_iter().map(|folder| samples(&folder));
    samples.flat_map(|samples| samples.unwrap_or_else(|why| panic!("{why}"))).collect()
}

fn read(files: &[InputFile]) -> Import {
    import::read(files, &mut |_: Progress| ControlFlow::Continue(())).expect("not cancelled")
}

fn read_one(name: &str, bytes: Vec<u8>) -> Import {
    read(&[InputFile { name: name.to_owned(), bytes }])
}

fn sample(name: &str) -> InputFile {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(name);
    InputFile { name: name.to_owned(), bytes: std::fs::read(path).expect(name) }
}

fn count(card: &FileCard, kind: &str) -> Option<u64> {
    card.counts.iter().find(|c| c.0 == kind).map(|c| c.1)
}

/// A count of what the file made: of the graph or the cache, where its card has none of the name.
fn total(import: &Import, kind: &str) -> Option<u64> {
    let (graph, cache) = (&import.graph, &import.cache);
    let spawns = graph.action_ids().filter(|&a| graph.action_kind(a) == ActionKind::Spawn);
    Some(match kind {
        "actions" => graph.n_actions(),
        "artifacts" => graph.n_artifacts(),
        "edges" => graph.n_edges(),
        "sources" => graph.n_sources(),
        "spawns" => spawns.count(),
        "ac" => cache.ac.len(),
        "cas" => cache.cas.len(),
        "dangling" => cache.dangling(graph).len(),
        _ => return None,
    } as u64)
}

/// Whether a manifest took bodies of 404 bytes for answers of 404, by looking for the number
/// anywhere in a line, and the reader counted the answers.
fn is_body_of_404_bytes(sample: &Sample, kind: &str, n: u64, found: Option<u64>) -> bool {
    if kind != "not_found" || sample.format != "nginx_access_log" {
        return false;
    }
    let bytes = unpacked(&std::fs::read(&sample.path).expect(&sample.name));
    let text = String::from_utf8_lossy(&bytes);
    let n_lines = |part: &str| text.lines().filter(|line| line.contains(part)).count() as u64;
    n_lines(" 404 ") == n && Some(n_lines("\" 404 ")) == found
}

/// What is wrong with `import`, the reading of `sample`.
fn faults(sample: &Sample, import: &Import) -> Vec<String> {
    let card = &import.files[0];
    let name = &sample.name;
    let expected = match sample.format.as_str() {
        "" => Format::ALL.to_vec(),
        name => expected_formats(name),
    };
    if expected.is_empty() {
        let (format, known) = (&sample.format, known_formats());
        return vec![format!("{name}: no format is called {format}; known are: {known}")];
    }
    if !expected.contains(&card.format) || card.error.is_some() {
        return vec![format!("{name}: {:?} {:?}", card.format, card.error)];
    }
    let mut wrong = Vec::new();
    // The script that counted tells the halves of a cache by folders; the flat disk cache of Bazel
    // 1 and 2 has none.
    let is_flat = |kind: &str, n: u64| n == 0 && (kind == "ac" || kind == "cas");
    for (kind, n) in &sample.counts {
        let found = count(card, kind);
        if !is_counted(kind) {
            println!("{name}: nobody counts {kind}");
            continue;
        }
        let is_right = found == Some(*n) || total(import, kind) == Some(*n);
        if !is_right && !is_flat(kind, *n) && !is_body_of_404_bytes(sample, kind, *n, found) {
            wrong.push(format!("{name}: {kind} is {found:?}, not {n}"));
        }
    }
    if !card.warnings.is_empty() {
        wrong.push(format!("{name}: {:?}", card.warnings));
    }
    wrong
}

#[test]
fn every_sample_has_the_counts_of_the_manifest_whatever_its_name() {
    let (mut tried, mut wrong) = (0, Vec::new());
    for sample in all_samples() {
        let bytes = std::fs::read(&sample.path).expect(&sample.name);
        tried += 1;
        let told = read_one(&sample.name, bytes.clone());
        wrong.extend(faults(&sample, &told));
        let hidden = read_one("x", bytes);
        // A single blob is told by its name alone.
        if told.files[0].format == Format::RawBlob {
            continue;
        }
        wrong.extend(faults(&sample, &hidden));
        if hidden.graph != told.graph || hidden.cache != told.cache {
            wrong.push(format!("{}: another graph or cache without its name", sample.name));
        }
    }
    println!("{tried} samples read");
    assert!(tried > 20);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_sample_is_the_same_after_export_and_import() {
    let (mut tried, mut wrong) = (0, Vec::new());
    for sample in all_samples() {
        let bytes = std::fs::read(&sample.path).expect(&sample.name);
        let import = read_one(&sample.name, bytes);
        let packed = import::pack(&import);
        let unpacked = import::unpack(&packed).expect(&sample.name);
        // As a file dropped again, its own card stands before those of what it holds.
        let dropped = read_one("x", packed);
        let same = unpacked == import
            && (&dropped.graph, &dropped.cache) == (&import.graph, &import.cache)
            && dropped.conflicts == import.conflicts
            && dropped.warnings == import.warnings
            && dropped.files[1..] == import.files;
        if !same {
            wrong.push(sample.name);
        }
        tried += 1;
    }
    println!("{tried} samples packed and unpacked");
    assert!(wrong.is_empty(), "not the same: {wrong:?}");
}

#[test]
fn a_name_that_no_format_has_fails_with_those_that_are_known() {
    let path = PathBuf::from("x");
    let sample =
        Sample { path, name: "x".into(), format: "bazel_crystal_ball".into(), counts: Vec::new() };
    let fault = faults(&sample, &read_one("x", b"{}".to_vec())).join("");
    assert!(fault.contains("bazel_crystal_ball") && fault.contains("bazel_grpc_log"), "{fault}");
    for (alias, formats) in ALIASES {
        let is_own = Format::ALL.iter().any(|format| format.name() == alias);
        assert!(!is_own && !formats.is_empty(), "{alias}");
    }
}

#[test]
fn a_log_a_graph_and_a_listing_make_one_graph_with_every_ac_key() {
    let files = [
        sample("absl/cold.exec.json.gz"),
        sample("absl/aquery.pb.gz"),
        sample("absl/httpcache.find.txt.gz"),
    ];
    let import = read(&files);
    let graph = &import.graph;
    for warning in &import.warnings {
        println!("{warning}");
    }
    let matched = import.cache.ac.iter().filter(|&key| graph.action_of_key(key).is_some());
    assert_eq!((import.cache.ac.len(), matched.count()), (246, 246));
    assert_eq!(graph.n_actions(), 580);
}

/// A small generator (xorshift), so that a failure can be repeated.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

/// Samples small enough to be damaged many times over.
fn small_samples() -> Vec<InputFile> {
    let mut files = Vec::new();
    for sample in all_samples() {
        let bytes = std::fs::read(&sample.path).expect(&sample.name);
        let plain = unpacked(&bytes);
        if plain.len() <= 300_000 {
            files.push(InputFile { name: sample.name.clone(), bytes: plain });
        }
        if bytes.len() <= 100_000 {
            files.push(InputFile { name: sample.name, bytes });
        }
    }
    files
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    use std::io::Read;
    let mut plain = Vec::new();
    match flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain) {
        Ok(_) => plain,
        Err(_) => bytes.to_vec(),
    }
}

/// A damaged file yields a card that either has something or says where and why not.
fn assert_told(name: &str, bytes: Vec<u8>, how: &str) {
    let import = read_one(name, bytes);
    let card = &import.files[0];
    for warning in card.warnings.iter().chain(&card.error) {
        assert_eq!(warning.file, name, "{how}: a warning that names no file");
        assert!(!warning.what.is_empty() && !warning.remedy.is_empty(), "{how}: {warning}");
    }
    assert!(card.error.is_some() || !card.counts.is_empty(), "{name}, {how}: nothing is said");
}

#[test]
fn a_truncated_sample_gives_what_it_has_and_says_where_it_ends() {
    let mut seeded = Seeded(0x5eed_0001);
    for file in small_samples() {
        for _ in 0..12 {
            let at = seeded.below(file.bytes.len());
            assert_told(&file.name, file.bytes[..at].to_vec(), &format!("cut at {at}"));
        }
    }
}

#[test]
fn flipped_bits_never_make_a_reader_panic() {
    let mut seeded = Seeded(0x5eed_0002);
    for file in small_samples() {
        for _ in 0..12 {
            let mut bytes = file.bytes.clone();
            let n = 1 + seeded.below(6);
            for _ in 0..n {
                let at = seeded.below(bytes.len());
                bytes[at] ^= 1 << seeded.below(8);
            }
            assert_told(&file.name, bytes, &format!("{n} bits flipped"));
        }
    }
}

#[test]
fn a_bad_file_leaves_the_good_ones_alone() {
    let good = sample("gist-bazel4.2.3/cold.exec.json");
    let alone = read(std::slice::from_ref(&good));
    let bad = InputFile { name: "bad".to_owned(), bytes: vec![7; 1000] };
    let empty = InputFile { name: "empty".to_owned(), bytes: Vec::new() };
    let together = read(&[bad, good, empty]);
    assert!(together.graph == alone.graph, "not the same graph");
    let errors: Vec<bool> = together.files.iter().map(|f| f.error.is_some()).collect();
    assert_eq!(errors, [true, false, true]);
}

#[test]
fn a_pack_is_the_import_again_and_a_damaged_one_is_refused() {
    let import = read(&[
        sample("absl/cold.exec.json.gz"),
        sample("absl/aquery.pb.gz"),
        sample("absl/httpcache.find.txt.gz"),
    ]);
    let packed = import::pack(&import);
    assert!(import::unpack(&packed).expect("a pack") == import, "not the same import");
    let again = read_one("x", packed.clone());
    assert!(again.graph == import.graph && again.files.len() == 4, "not the same graph");
    let mut seeded = Seeded(0x5eed_0003);
    for _ in 0..200 {
        let mut bytes = packed.clone();
        let at = seeded.below(bytes.len());
        bytes[at] ^= 1 << seeded.below(8);
        if let Ok(import) = import::unpack(&bytes) {
            // Whatever is let through can be walked.
            import.cache.dangling(&import.graph);
        }
        bytes.truncate(at);
        assert!(import::unpack(&bytes).is_err());
    }
}

#[test]
fn cancelling_stops_the_import() {
    let files = [sample("absl/cold.exec.json.gz")];
    let stopped = import::read(&files, &mut |_| ControlFlow::Break(()));
    assert!(stopped == Err(import::ImportError::Cancelled), "not cancelled");
}

#[test]
fn rebuilt_ac_keys_are_those_of_the_cache_in_every_version() {
    for (folder, gz, n) in
        [("gist-bazel1.1.0", "", 3), ("gen300-bazel2.1.0", ".gz", 300), ("gist-bazel4.2.3", "", 3)]
    {
        let log = sample(&format!("{folder}/cold.exec.json{gz}"));
        let import = read(&[log, sample(&format!("{folder}/httpcache.find.txt{gz}"))]);
        let keys = import.graph.action_ids().filter_map(|a| import.graph.digests(a).key);
        let known = keys.filter(|&key| import.cache.ac.contains(key)).count();
        assert_eq!((known, import.cache.ac.len()), (n, n), "{folder}");
    }
}
