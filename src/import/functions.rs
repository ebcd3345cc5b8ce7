//! One digest function for all files of an incident.
//!
//! SHA-256 and BLAKE3 have digests of one length, and few files say which theirs are: 64 digits
//! alone are taken for SHA-256. Where a log of the build names BLAKE3, those of the other files are
//! that too, or nothing would fit together.

use std::collections::HashMap;
use std::mem::take;

use super::facts::{BlobFacts, ContentDigest, Facts, ListingFacts};
use crate::model::{Blobs, BlobsBuilder, Digest, DigestFunction};

/// Digests looked at to learn the function of a log: it has one for all.
const LOOKED_AT: usize = 1000;

/// Takes the digests of `files` that no file names the function of for those of their log.
pub(super) fn agree<'f>(files: impl Iterator<Item = &'f mut Facts>) {
    let mut files: Vec<&mut Facts> = files.collect();
    if !is_blake3(&files) {
        return;
    }
    for facts in &mut files {
        match facts {
            Facts::Listing(listing) => in_listing(listing),
            Facts::Blobs(blobs) => in_bodies(blobs),
            Facts::Requests(log) => log.requests.iter_mut().for_each(|r| rename(&mut r.digest)),
            Facts::Losses(losses) => {
                losses.lost.iter_mut().for_each(|lost| rename(&mut lost.content.digest));
            }
            Facts::Bep(report) => in_table(&mut report.blobs),
            Facts::Calls(log) => {
                in_table(&mut log.blobs);
                in_bodies(&mut log.bodies);
            }
            _ => {}
        }
    }
}

/// Whether BLAKE3 is named by an execution log, and SHA-256 by none; without such logs, by build
/// events or calls.
fn is_blake3(files: &[&mut Facts]) -> bool {
    let (mut logs, mut others) = (Vec::new(), Vec::new());
    for facts in files {
        match facts {
            Facts::ExecLog(log) => {
                let digests = log.blobs.ids().take(LOOKED_AT).map(|id| log.blobs.digest(id));
                logs.extend(digests.map(|digest| digest.function()));
            }
            Facts::Bep(report) => others.extend(functions(&report.blobs)),
            Facts::Calls(log) => others.extend(functions(&log.blobs)),
            _ => {}
        }
    }
    let names = |function| logs.contains(&function);
    match logs.is_empty() {
        true => others.contains(&DigestFunction::Blake3),
        false => names(DigestFunction::Blake3) && !names(DigestFunction::Sha256),
    }
}

fn functions(blobs: &Blobs) -> impl Iterator<Item = DigestFunction> {
    blobs.ids().take(LOOKED_AT).map(|id| blobs.digest(id).function())
}

fn rename(digest: &mut Digest) {
    if digest.function() == DigestFunction::Sha256 {
        *digest = Digest::new(DigestFunction::Blake3, digest.bytes()).unwrap_or(*digest);
    }
}

fn renamed(mut digest: Digest) -> Digest {
    rename(&mut digest);
    digest
}

/// A disk cache keeps the blobs of both functions, apart: it has said so then.
fn in_listing(listing: &mut ListingFacts) {
    let is_blake3 = |digest: Digest| digest.function() == DigestFunction::Blake3;
    if !listing.blobs.iter().any(|blob| is_blake3(blob.content.digest)) {
        listing.blobs.iter_mut().for_each(|blob| rename(&mut blob.content.digest));
    }
}

fn in_bodies(blobs: &mut BlobFacts) {
    in_listing(&mut blobs.listing);
    let content = |content: &mut ContentDigest| rename(&mut content.digest);
    let files = |files: &mut Vec<(String, ContentDigest)>| {
        files.iter_mut().for_each(|file| rename(&mut file.1.digest));
    };
    by_digest(&mut blobs.results, |result| {
        for result in result.iter_mut() {
            result.outputs.iter_mut().for_each(|output| content(&mut output.content));
            result.stdout.iter_mut().chain(&mut result.stderr).for_each(content);
        }
    });
    by_digest(&mut blobs.actions, |action| {
        content(&mut action.command);
        content(&mut action.input_root);
    });
    by_digest(&mut blobs.commands, |_| {});
    by_digest(&mut blobs.trees, files);
    by_digest(&mut blobs.input_roots, files);
}

fn by_digest<T>(map: &mut HashMap<Digest, T>, change: impl Fn(&mut T)) {
    let all = take(map).into_iter().map(|(digest, mut value)| {
        change(&mut value);
        (renamed(digest), value)
    });
    *map = all.collect();
}

/// Ids stay; a table with the same digits under both names stays as it is.
fn in_table(blobs: &mut Blobs) {
    let mut table = BlobsBuilder::default();
    let is_same = blobs.ids().all(|id| {
        let blob = blobs.get(id);
        table.intern(renamed(blob.digest), blob.size_bytes) == id
    });
    if is_same {
        *blobs = table.finish();
    }
}
