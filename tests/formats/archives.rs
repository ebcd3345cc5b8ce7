//! Archives of cache blobs, synthetic: an AC entry, what it names, and another blob.

use std::io::Write;

use rewindow::import::{self, Format, InputFile};
use rewindow::model::{Digest, Fact};
use sha2::Digest as _;

use super::tars::tar_of;
use super::wire::{m, n, t, zstd};

fn sha256(bytes: &[u8]) -> String {
    sha2::Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

const CONTENT: &[u8] = b"what was written";
const OTHER: &[u8] = b"something else";

fn files() -> Vec<(String, Vec<u8>)> {
    let digest = m(2, &[t(1, &sha256(CONTENT)), n(2, CONTENT.len() as u64)]);
    let result = m(2, &[t(1, "bazel-out/k8/bin/o"), digest]);
    vec![
        (format!("cache/ac/{}", sha256(b"an action")), result),
        (format!("cache/cas/{}", sha256(CONTENT)), CONTENT.to_vec()),
        (format!("cache/cas/{}", sha256(OTHER)), OTHER.to_vec()),
    ]
}

pub fn tar() -> Vec<u8> {
    tar_of(&files())
}

pub fn zip() -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, body) in files() {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(path, options).unwrap();
        writer.write_all(&body).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Blobs with the header of bazel-remote (`cache/disk/casblob/casblob.go`), a zstd frame each.
pub fn casblobs() -> Vec<u8> {
    let casblob = |content: &[u8]| {
        let frame = zstd(content);
        let mut bytes = Vec::new();
        let header = 8 + 8 + 1 + 4 + 8 + 2 * 8_u64;
        bytes.extend(0x184D_2A50_u32.to_le_bytes());
        bytes.extend((header as u32 - 8).to_le_bytes());
        bytes.extend((content.len() as u64).to_le_bytes());
        bytes.push(1);
        bytes.extend((1_u32 << 20).to_le_bytes());
        bytes.extend(2_u64.to_le_bytes());
        bytes.extend(header.to_le_bytes());
        bytes.extend((header + frame.len() as u64).to_le_bytes());
        bytes.extend(frame);
        bytes
    };
    let files: Vec<(String, Vec<u8>)> = [CONTENT, OTHER]
        .iter()
        .map(|content| {
            let (hash, size) = (sha256(content), content.len());
            (format!("cas.v2/{}/{hash}-{size}-7", &hash[..2]), casblob(content))
        })
        .collect();
    tar_of(&files)
}

#[test]
fn blobs_picked_from_a_folder_share_a_card() {
    let picked: Vec<InputFile> =
        files().into_iter().map(|(name, bytes)| InputFile { name, bytes }).collect();
    let mut go_on = |_: rewindow::import::Progress| std::ops::ControlFlow::Continue(());
    let import = rewindow::import::read(&picked, &mut go_on).unwrap();
    assert_eq!(import.files.len(), 1);
    assert_eq!(import.files[0].format, Format::RawBlob);
    assert_eq!(import.graph.n_actions(), 1);
    assert_eq!((import.cache.ac.len(), import.cache.cas.len()), (1, 2));
}

#[test]
fn each_blob_of_an_archive_is_told_with_the_number_of_its_entry() {
    for (name, bytes) in [("cache.tar", tar()), ("cache.zip", zip())] {
        let import = super::read_all(&[(name, &bytes)]);
        let told = |fact| import::told_by(&import.files, &import.provenance, fact);
        let action = import.graph.action_ids().next().expect("the AC entry makes one");
        assert_eq!(told(Fact::Entry(action)), format!("{name} (entry 1)"));
        for (content, number) in [(CONTENT, 2), (OTHER, 3)] {
            let digest = Digest::from_hex(&sha256(content), None).unwrap();
            let blob = import.graph.blobs().find(&digest).expect("a blob of the archive");
            assert_eq!(told(Fact::Blob(blob)), format!("{name} (entry {number})"));
        }
    }
}

/// What continuous integration keeps of a build: exports in folders, and a file of its own.
fn exports() -> Vec<(String, Vec<u8>)> {
    let sample = |name: &str| super::sample(&format!("gist-bazel4.2.3/{name}"));
    vec![
        ("logs/exec.json".to_owned(), sample("cold.exec.json")),
        ("logs/".to_owned(), Vec::new()),
        ("logs/bep.pb".to_owned(), sample("cold.bep.pb")),
        ("graph/aquery.pb".to_owned(), sample("aquery.pb")),
        ("cache-listing.txt".to_owned(), sample("httpcache.find.txt")),
        ("profile".to_owned(), sample("cold.profile.gz")),
        ("__MACOSX/._exec.json".to_owned(), vec![0, 5, 22, 7]),
    ]
}

fn archived(files: &[(String, Vec<u8>)]) -> [(Vec<u8>, &'static str); 3] {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, body) in files.iter() {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated);
        if path.ends_with('/') {
            writer.add_directory(path.as_str(), options).unwrap();
            continue;
        }
        writer.start_file(path.as_str(), options).unwrap();
        writer.write_all(body).unwrap();
    }
    let plain: Vec<_> = files.iter().filter(|(path, _)| !path.ends_with('/')).cloned().collect();
    let tar = tar_of(&plain);
    [
        (writer.finish().unwrap().into_inner(), "build.zip"),
        (tar.clone(), "build.tar"),
        (zstd(&tar), "build.tar.zst"),
    ]
}

#[test]
fn exports_in_an_archive_are_files_of_their_own() {
    let loose: Vec<(&str, Vec<u8>)> = vec![
        ("exec", super::sample("gist-bazel4.2.3/cold.exec.json")),
        ("bep", super::sample("gist-bazel4.2.3/cold.bep.pb")),
        ("aquery", super::sample("gist-bazel4.2.3/aquery.pb")),
        ("listing", super::sample("gist-bazel4.2.3/httpcache.find.txt")),
        ("profile", super::sample("gist-bazel4.2.3/cold.profile.gz")),
    ];
    let loose: Vec<(&str, &[u8])> = loose.iter().map(|(n, b)| (*n, b.as_slice())).collect();
    let expected = super::read_all(&loose);
    for (bytes, name) in archived(&exports()) {
        let import = super::read_all(&[(name, &bytes)]);
        let cards = &import.files;
        assert_eq!(cards.len(), 6, "{name}: {cards:?}");
        assert!(cards.iter().all(|card| card.error.is_none()), "{name}: {cards:?}");
        assert_eq!(cards[0].counts, [("exports", 5)]);
        assert_eq!(cards[1].name, format!("{name}/logs/exec.json"));
        let formats: Vec<Format> = cards[1..].iter().map(|card| card.format).collect();
        let known: Vec<Format> = expected.files.iter().map(|card| card.format).collect();
        assert_eq!(formats, known, "{name}");
        assert!(import.graph == expected.graph, "{name}: another graph");
        assert!(import.cache == expected.cache, "{name}: another cache");
        let packed = import::pack(&import);
        assert!(import::unpack(&packed).unwrap() == import, "{name}: not the same");
    }
}

#[test]
fn an_archive_may_hold_blobs_and_exports_and_what_is_neither() {
    let log = ("exec.json".to_owned(), super::sample("gist-bazel4.2.3/cold.exec.json"));
    let readme = ("notes/README".to_owned(), b"What is where.".to_vec());
    let inner = ("inner.tar".to_owned(), tar());
    let mut mixed = files();
    mixed.extend([log.clone(), readme.clone(), inner.clone()]);
    for (bytes, name) in archived(&mixed) {
        let import = super::read_all(&[(name, &bytes)]);
        let cards = &import.files;
        assert_eq!((cards.len(), cards[1].format), (2, Format::BazelExecLogJson), "{cards:?}");
        let count = |kind| cards[0].counts.iter().find(|c| c.0 == kind).map(|c| c.1);
        assert_eq!((count("ac"), count("cas"), count("exports")), (Some(1), Some(2), Some(1)));
        // The file of notes, and the archive in the archive.
        assert_eq!(cards[0].warnings.iter().map(|w| w.count).sum::<u64>(), 2, "{cards:?}");
    }
    for (bytes, name) in archived(&[log, readme, inner]) {
        let import = super::read_all(&[(name, &bytes)]);
        let card = &import.files[0];
        assert_eq!((import.files.len(), &card.error), (2, &None), "{card:?}");
        let warning = &card.warnings[0];
        assert_eq!((warning.count, warning.file.as_str()), (2, name));
        assert!(warning.what.contains("notes/README"), "{warning}");
    }
}

#[test]
fn a_damaged_export_in_an_archive_is_told_on_its_own_card() {
    let mut log = super::sample("gist-bazel4.2.3/cold.exec.json");
    log.truncate(log.len() - 40);
    for (bytes, name) in archived(&[("exec.json".to_owned(), log)]) {
        let import = super::read_all(&[(name, &bytes)]);
        let card = &import.files[1];
        assert_eq!(card.warnings[0].file, format!("{name}/exec.json"), "{card:?}");
        for end in (0..bytes.len()).step_by(97) {
            let import = super::read_all(&[("x", &bytes[..end])]);
            assert!(!import.files.is_empty());
        }
    }
}
