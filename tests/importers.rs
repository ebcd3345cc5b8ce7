//! Real exports, whole and damaged: each gives the counts that an independent script counted, also
//! when its name is hidden, and no damage makes a reader panic.
//!
//! `REWINDOW_SAMPLES` (folders, colon separated, each with a `manifest.json`) adds more.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rewindow::import::{self, FileCard, Import, InputFile, Progress};

/// A file of a sample folder and what is known of it.
struct Sample {
    path: PathBuf,
    name: String,
    format: String,
    counts: Vec<(String, u64)>,
}

fn folders() -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let more = std::env::var("REWINDOW_SAMPLES").unwrap_or_default();
    let more = more.split(':').filter(|f| !f.is_empty()).map(PathBuf::from);
    std::iter::once(own).chain(more).collect()
}

fn samples(folder: &Path) -> Vec<Sample> {
    let text = std::fs::read_to_string(folder.join("manifest.json")).expect("manifest.json");
    let manifest: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let mut samples = Vec::new();
    for entry in manifest["samples"].as_array().expect("samples") {
        let entry = entry.as_object().expect("an object");
        let name = entry["file"].as_str().expect("a name").to_owned();
        let mut counts = Vec::new();
        for (key, value) in entry {
            match value {
                serde_json::Value::Number(n) => counts.push((key.clone(), n.as_u64().unwrap())),
                serde_json::Value::Object(inner) => counts.extend(
                    inner.iter().map(|(kind, n)| (format!("{key}.{kind}"), n.as_u64().unwrap())),
                ),
                _ => {}
            }
        }
        let format = entry["format"].as_str().expect("a format").to_owned();
        samples.push(Sample { path: folder.join(&name), name, format, counts });
    }
    samples
}

fn is_read(format: &str) -> bool {
    import::Format::ALL.iter().any(|f| f.name() == format)
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

#[test]
fn every_sample_has_the_counts_of_the_manifest_whatever_its_name() {
    let (mut tried, mut skipped, mut wrong) = (0, BTreeMap::<String, u32>::new(), Vec::new());
    for folder in folders() {
        for sample in samples(&folder) {
            let bytes = std::fs::read(&sample.path).expect(&sample.name);
            if !is_read(&sample.format) {
                *skipped.entry(sample.format.clone()).or_default() += 1;
                let import = read_one("hidden", bytes);
                if import.files[0].error.is_none() {
                    wrong.push(format!("{}: read as something else", sample.name));
                }
                continue;
            }
            tried += 1;
            for name in [sample.name.as_str(), "x"] {
                let import = read_one(name, bytes.clone());
                let card = &import.files[0];
                if card.format.name() != sample.format || card.error.is_some() {
                    wrong.push(format!("{}: {:?} {:?}", sample.name, card.format, card.error));
                    continue;
                }
                // The script that counted tells the halves of a cache by folders; the flat disk
                // cache of Bazel 1 and 2 has none.
                let is_flat = |kind: &str, n: u64| n == 0 && (kind == "ac" || kind == "cas");
                for (kind, n) in &sample.counts {
                    let found = count(card, kind);
                    if found != Some(*n) && !is_flat(kind, *n) {
                        wrong.push(format!("{}: {kind} is {found:?}, not {n}", sample.name));
                    }
                }
                if !card.warnings.is_empty() {
                    wrong.push(format!("{}: {:?}", sample.name, card.warnings));
                }
            }
        }
    }
    println!("{tried} samples read; not read yet: {skipped:?}");
    assert!(tried > 20);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let all = samples(&folder).into_iter().filter(|s| is_read(&s.format));
    let mut files = Vec::new();
    for sample in all {
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
