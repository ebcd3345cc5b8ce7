//! Tars and folders of raw blobs: real ones, and made-up ones with every kind of message.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use proptest::prelude::*;
use rewindow::import::{BlobFacts, Counts, Format, Warning, blobs};
use rewindow::model::{CacheKind, Digest};
use sha2::Digest as _;

use super::known_formats::expected_formats;
use super::manifest::Sample;
use super::shapes::{cache, plain};
use super::tars::tar_of;
use super::{count, flat_counts, read, sample_rows, unwrapped};

fn read_tar(bytes: &[u8]) -> (BlobFacts, Counts, Vec<Warning>) {
    blobs::read_tar("cache.tar", bytes, &mut |_| ControlFlow::Continue(())).unwrap()
}

fn read_folder(files: &[(String, Vec<u8>)]) -> (BlobFacts, Counts, Vec<Warning>) {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(p, b)| (p.as_str(), &b[..])).collect();
    blobs::read_folder("folder", &files, &mut |_| ControlFlow::Continue(())).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn sha256(bytes: &[u8]) -> String {
    hex(&sha2::Sha256::digest(bytes))
}

fn digest(hex: &str) -> Digest {
    Digest::from_hex(hex, None).unwrap()
}

/// A length-delimited field of a message.
fn field(tag: u8, bytes: &[u8]) -> Vec<u8> {
    assert!(bytes.len() < 1 << 14);
    let (low, high) = ((bytes.len() & 127) as u8 | 128, (bytes.len() >> 7) as u8);
    [&[tag << 3 | 2, low, high], bytes].concat()
}

fn digest_field(tag: u8, content: &[u8]) -> Vec<u8> {
    field(tag, &[field(1, sha256(content).as_bytes()), size_field(content.len())].concat())
}

fn size_field(size: usize) -> Vec<u8> {
    assert!(size < 1 << 14);
    vec![16, (size & 127) as u8 | 128, (size >> 7) as u8]
}

fn node(tag: u8, name: &str, content: &[u8]) -> Vec<u8> {
    field(tag, &[field(1, name.as_bytes()), digest_field(2, content)].concat())
}

#[test]
fn real_tars_give_the_counts_of_the_manifest() {
    let mut n_rows = 0;
    let is_tar = |sample: &&Sample| expected_formats(&sample.format).contains(&Format::BlobsTar);
    for sample in sample_rows().iter().filter(is_tar) {
        let path = &sample.path;
        let bytes = unwrapped(path);
        assert!(blobs::sniff_tar(&bytes[..bytes.len().min(1 << 20)]), "{}", path.display());
        let (facts, counts, warnings) = read_tar(&bytes);
        let found = (count(&counts, "ac"), count(&counts, "cas"));
        let said = |kind: &str| sample.counts.iter().find(|c| c.0 == kind).map(|c| c.1);
        let mut expected = (said("ac").unwrap_or(found.0), said("cas").unwrap_or(found.1));
        // The script of the manifest knows no layout without folders.
        if expected == (0, 0) {
            let entries = tar::Archive::new(&bytes[..])
                .entries()
                .unwrap()
                .fold(String::new(), |text, entry| {
                    text + &entry.unwrap().path().unwrap().to_string_lossy() + "\n"
                });
            expected = flat_counts(&entries);
            assert!(expected.0 > 0);
        }
        assert_eq!(found, expected, "{}", path.display());
        assert!(warnings.is_empty(), "{}: {warnings:?}", path.display());
        assert_eq!(facts.results.len() as u64, expected.0);
        n_rows += 1;
        // Others may have been packed amid an incident.
        if !path.starts_with(env!("CARGO_MANIFEST_DIR")) {
            continue;
        }
        // A dump holds the Action and the Command of every entry (W4).
        assert!(facts.results.values().all(Option::is_some));
        assert!(facts.results.keys().all(|key| facts.actions.contains_key(key)));
        assert!(facts.actions.values().all(|a| facts.commands.contains_key(&a.command.digest)));
    }
    println!("{n_rows} real tars");
    assert!(n_rows >= 5, "only {n_rows} samples");
}

#[test]
fn the_gists_entries_are_decoded() {
    let path = "gist-bazel1.1.0/httpcache.tar.xz";
    let own = sample_rows().into_iter().find(|sample| sample.path.ends_with(path)).unwrap();
    let (facts, ..) = read_tar(&unwrapped(&own.path));
    let key = digest("7d5544fcf37335a5659548c710ca58ff3bed749bfbe2b888101b71adf6b00f1c");
    let result = facts.results[&key].as_ref().unwrap();
    assert_eq!(result.outputs[0].path, "bazel-out/k8-fastbuild/bin/a.txt");
    assert_eq!(result.outputs[0].content.size_bytes, Some(2));
    assert_eq!(result.stdout.unwrap().size_bytes, Some(0));
    assert_eq!(result.exit_code, 0);
    let command = &facts.commands[&facts.actions[&key].command.digest];
    assert_eq!(command.outputs, ["bazel-out/k8-fastbuild/bin/a.txt"]);
    assert!(command.arguments[0].contains("bash"), "{command:?}");
    let sizes: Vec<u64> = facts.listing.blobs.iter().filter_map(|b| b.content.size_bytes).collect();
    assert_eq!(sizes.iter().sum::<u64>(), 8 + 142 + 267 + 141 + 192 + 2 + 4 + 301 + 142);
}

/// A cache with an entry that has a file, a directory two deep, inlined output, and an input root.
fn rich_cache() -> Vec<Vec<u8>> {
    let deep = node(1, "leaf", b"leaf");
    let top = [node(1, "file", b"in tree"), node(2, "deep", &deep)].concat();
    let tree = [field(1, &top), field(2, &deep)].concat();
    let command = [field(1, b"/bin/sh"), field(1, b"-c"), field(3, b"out/f")].concat();
    let root = [node(1, "src", b"source"), node(2, "deep", &deep)].concat();
    let action = [digest_field(1, &command), digest_field(2, &root)].concat();
    let metadata =
        [field(7, &[8, 100, 16, 0]), field(8, &[8, 102, 16, 0x80, 0xca, 0xb5, 0xee, 1])].concat();
    let directory = [field(1, b"out/d"), digest_field(3, &tree)].concat();
    let result = [
        node(2, "out/f", b"output"),
        field(3, &directory),
        vec![32, 7],
        field(5, b"hello"),
        digest_field(8, b"oops"),
        field(9, &metadata),
    ]
    .concat();
    vec![result, action, command, root, deep, tree, b"in tree".to_vec()]
}

fn check_rich(facts: &BlobFacts, cache: &[Vec<u8>]) {
    let id = |i: usize| digest(&sha256(&cache[i]));
    let result = facts.results[&id(1)].as_ref().unwrap();
    assert_eq!((result.exit_code, result.duration_ms), (7, Some(2500)));
    assert_eq!((result.stdout, result.stdout_inline_bytes), (None, 5));
    assert_eq!(result.stderr.unwrap().digest, digest(&sha256(b"oops")));
    assert_eq!(result.outputs.len(), 2);
    assert!(result.outputs[1].is_tree && !result.outputs[0].is_tree);
    let names = |files: &[(String, rewindow::import::ContentDigest)]| {
        files.iter().map(|f| f.0.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&facts.trees[&id(5)]), ["file", "deep/leaf"]);
    assert_eq!(names(&facts.input_roots[&id(3)]), ["src", "deep/leaf"]);
    assert_eq!(facts.commands[&id(2)].arguments, ["/bin/sh", "-c"]);
    assert_eq!(facts.commands[&id(2)].outputs, ["out/f"]);
}

#[test]
fn every_message_is_decoded_in_every_layout() {
    let cache = rich_cache();
    let key = sha256(&cache[1]);
    type Path = fn(&str) -> String;
    let layouts: [(Path, Path); 4] = [
        (|h| format!("x/ac/{h}"), |h| format!("x/cas/{h}")),
        (|h| format!("ac/{}/{h}", &h[..2]), |h| format!("cas/{}/{h}", &h[..2])),
        (|h| format!("ac_{h}"), |h| h.to_owned()),
        (|h| h.to_owned(), |h| format!("d/{h}")),
    ];
    for (i, (ac, cas)) in layouts.iter().enumerate() {
        // A folder without names for the halves cannot hold an entry and its Action.
        let mut files = vec![(ac(&key), cache[0].clone())];
        files.extend(cache[1..].iter().map(|body| (cas(&sha256(body)), body.clone())));
        for (facts, counts, warnings) in [read_tar(&tar_of(&files)), read_folder(&files)] {
            assert!(warnings.is_empty(), "layout {i}: {warnings:?}");
            assert_eq!((count(&counts, "ac"), count(&counts, "cas")), (1, 6), "layout {i}");
            check_rich(&facts, &cache);
        }
    }
}

/// As bazel-remote writes it: header, table, frames of at most a MiB of content.
fn casblob(content: &[u8]) -> Vec<u8> {
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    let frames: Vec<Vec<u8>> = content
        .chunks(1 << 20)
        .map(|chunk| compress_to_vec(chunk, CompressionLevel::Fastest))
        .collect();
    let n_offsets = frames.len() + 1;
    let mut at = 29 + 8 * n_offsets;
    let mut bytes = 0x184D_2A50_u32.to_le_bytes().to_vec();
    bytes.extend((21 + 8 * n_offsets as u32).to_le_bytes());
    bytes.extend((content.len() as u64).to_le_bytes());
    bytes.push(1);
    bytes.extend((1_u32 << 20).to_le_bytes());
    bytes.extend((n_offsets as u64).to_le_bytes());
    for frame in &frames {
        bytes.extend((at as u64).to_le_bytes());
        at += frame.len();
    }
    bytes.extend((at as u64).to_le_bytes());
    bytes.extend(frames.concat());
    bytes
}

#[test]
fn compressed_blobs_of_bazel_remote_are_unpacked() {
    let mut cache = rich_cache();
    cache.push((0..3_000_000_u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect());
    let key = sha256(&cache[1]);
    let mut files = vec![(format!("ac.v2/{}/{key}-77", &key[..2]), cache[0].clone())];
    for body in &cache[1..] {
        let name = sha256(body);
        let path = format!("cas.v2/{}/{name}-{}-1234", &name[..2], body.len());
        files.push((path, casblob(body)));
    }
    let (facts, counts, warnings) = read_tar(&tar_of(&files));
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!((count(&counts, "ac"), count(&counts, "cas")), (1, 7));
    check_rich(&facts, &cache);
    let large = facts.listing.blobs.iter().find(|b| b.content.size_bytes == Some(3_000_000));
    assert_eq!(large.unwrap().content.digest, digest(&sha256(&cache[7])));
    // A flipped bit in a frame: the blob is lost, the others are not.
    let last = files.len() - 1;
    let middle = files[last].1.len() / 2;
    files[last].1[middle] ^= 4;
    let (_, counts, warnings) = read_tar(&tar_of(&files));
    assert_eq!((count(&counts, "cas"), warnings.len()), (6, 1), "{warnings:?}");
}

#[test]
fn other_functions_are_checked_too() {
    let sha1 = hex(&sha1::Sha1::digest(b"content"));
    let sha512 = hex(&sha2::Sha512::digest(b"content"));
    let blake3 = blake3::hash(b"content").to_hex().to_string();
    let bodies = |names: &[String]| {
        names.iter().map(|n| (format!("cas/{n}"), b"content".to_vec())).collect::<Vec<_>>()
    };
    let (_, counts, warnings) = read_folder(&bodies(&[sha1, sha512, blake3.clone()]));
    assert_eq!((count(&counts, "cas"), warnings.len()), (3, 0), "{warnings:?}");
    let told = vec![(format!("blake3/cas/{}/{blake3}", &blake3[..2]), b"content".to_vec())];
    assert_eq!(count(&read_folder(&told).1, "cas"), 1);
    // MD5 is taken at its word, and that is said.
    let (_, counts, warnings) = read_folder(&bodies(&["0".repeat(32)]));
    assert_eq!((count(&counts, "cas"), warnings.len()), (1, 1));
    assert!(warnings[0].what.contains("MD5"), "{}", warnings[0]);
}

#[test]
fn corrupt_blobs_are_absent_and_broken_entries_present() {
    let cache = rich_cache();
    let key = sha256(&cache[1]);
    let good = sha256(b"good");
    let entry = |body: &[u8]| {
        vec![
            (format!("ac/{key}"), body.to_vec()),
            (format!("cas/{good}"), b"good".to_vec()),
            (format!("cas/{}", sha256(b"as it was")), b"as it is".to_vec()),
        ]
    };
    let cut = &cache[0][..cache[0].len() - 1];
    let longer = [&cache[0][..], b"trailing garbage"].concat();
    for body in [&b"no ActionResult"[..], cut, &longer, &field(2, b"\x0a\x01x")] {
        let (facts, counts, warnings) = read_tar(&tar_of(&entry(body)));
        assert_eq!((count(&counts, "ac"), count(&counts, "cas")), (1, 1));
        assert_eq!(facts.results[&digest(&key)], None);
        let said = warnings.iter().map(|w| w.to_string()).collect::<String>();
        assert_eq!(warnings.len(), 2, "{said}");
        assert!(said.contains("ActionResult") && said.contains("digest mismatch"), "{said}");
    }
}

#[test]
fn a_tar_of_something_else_is_an_error() {
    let bytes = tar_of(&[("src/main.rs".to_owned(), b"fn main() {}".to_vec())]);
    assert!(!blobs::sniff_tar(&bytes));
    let error = blobs::read_tar("x.tar", &bytes, &mut |_| ControlFlow::Continue(())).unwrap_err();
    assert!(error.to_string().starts_with("x.tar"), "{error}");
}

#[test]
fn reading_can_be_cancelled() {
    let bytes = tar_of(&[(format!("cas/{}", sha256(b"x")), b"x".to_vec())]);
    let outcome = blobs::read_tar("x.tar", &bytes, &mut |_| ControlFlow::Break(()));
    assert_eq!(outcome.unwrap_err(), rewindow::import::ImportError::Cancelled);
    assert!(blobs::sniff_blob(&sha256(b"x"), b"x"));
    assert!(!blobs::sniff_blob(&sha256(b"x"), b"y"));
}

#[test]
fn shared_directories_do_not_blow_up() {
    // Thirty levels, each with its lower level twice: 2^30 files in a few kilobytes.
    let mut cache: Vec<Vec<u8>> = vec![node(1, "f", b"f")];
    for i in 0..30 {
        let below = &cache[i];
        cache.push([node(2, "a", below), node(2, "b", below)].concat());
    }
    let top = cache.pop().unwrap();
    let children: Vec<u8> = cache.iter().flat_map(|d| field(2, d)).collect();
    let tree = [field(1, &top), children].concat();
    let directory = [field(1, b"out/d"), long_digest(3, &tree)].concat();
    let files = vec![
        (format!("ac/{}", sha256(b"?")), field(3, &directory)),
        (format!("cas/{}", sha256(&tree)), tree),
    ];
    let (facts, _, warnings) = read_tar(&tar_of(&files));
    assert_eq!((facts.trees.len(), warnings.len()), (0, 1), "{warnings:?}");
}

fn long_digest(tag: u8, content: &[u8]) -> Vec<u8> {
    field(tag, &[field(1, sha256(content).as_bytes()), vec![16, 1]].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_tar_gives_what_its_listing_gives(
        bodies in prop::collection::btree_set(prop::collection::vec(any::<u8>(), 0..900), 1..12),
        keys in cache(),
    ) {
        let result = &rich_cache()[0];
        let mut files: Vec<_> =
            bodies.iter().map(|b| (format!("c/cas/{}", sha256(b)), b.clone())).collect();
        files.extend(
            keys.iter()
                .filter(|b| b.kind == CacheKind::Ac)
                .map(|b| (format!("c/ac/{}", b.hex), result.clone())),
        );
        let listing: BTreeSet<String> =
            files.iter().map(|(p, b)| format!("{p}\t{}\t1795309373.0\n", b.len())).collect();
        let listing: String = listing.into_iter().collect();
        let from_listing = read(listing.as_bytes()).unwrap();
        let from_tar = read_tar(&tar_of(&files));
        prop_assert_eq!(plain(&from_tar.0.listing.blobs), plain(&from_listing.0.blobs));
        prop_assert_eq!(&from_tar.1, &from_listing.1);
        let times = |b: &rewindow::import::ListedBlob| b.modified_ms == Some(1_795_309_373_000);
        prop_assert!(from_tar.0.listing.blobs.iter().all(times));
        prop_assert!(from_listing.0.blobs.iter().all(times));
    }
}
