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
