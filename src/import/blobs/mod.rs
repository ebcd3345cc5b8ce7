//! AC entries and CAS blobs themselves: a tar or zip of a cache, or files picked from one.
//!
//! `docs/formats/raw_blobs.md` says what is read. Bodies stay where they lie in the bytes given:
//! only messages that an AC entry leads to are decoded, so that large blobs cost their hashing
//! and no memory.

mod casblob;
mod checksum;
mod decode;
mod problems;
mod result;
mod store;
mod zip;

use std::io::Cursor;
use std::ops::ControlFlow;

use super::card::{Counts, ImportError, Place, Warning};
use super::facts::BlobFacts;
use super::listing::layout::{Named, classify};
use crate::model::{CacheKind, Digest};

pub(super) use result::decode_result;

use checksum::Check;
use problems::Problem;
use store::{Store, Stored};

pub use zip::read_zip;
pub(super) use zip::read_zip_but;

/// Whether `bytes`, or a head of them, are a tar with a blob or a half of a cache among its first
/// entries.
pub fn sniff_tar(bytes: &[u8]) -> bool {
    let mut archive = tar::Archive::new(Cursor::new(bytes));
    let Ok(entries) = archive.entries_with_seek() else {
        return false;
    };
    entries.take(256).map_while(Result::ok).any(|entry| {
        matches!(classify(&entry.path_bytes()), Named::Blob(_) | Named::Folder { is_half: true })
    })
}

/// Whether a file called `path` is a blob or an AC entry: its name is one that caches give, and
/// its content is what the name says, or an ActionResult.
pub fn sniff_blob(path: &str, bytes: &[u8]) -> bool {
    let Named::Blob(name) = classify(path.as_bytes()) else {
        return false;
    };
    if name.is_casblob {
        return casblob::Casblob::new(bytes).is_ok();
    }
    let is_named = |is_blake3| {
        let mut never = |_| ControlFlow::Continue(());
        checksum::check(name.digest, is_blake3, bytes, &mut never) == Some(Check::Same)
    };
    let is_result = || result::decode_result(name.digest.function(), bytes).is_ok();
    name.kind == Some(CacheKind::Ac) || is_named(false) || is_named(true) || is_result()
}

/// The SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> Digest {
    use crate::model::DigestFunction::Sha256;
    let digest = checksum::digest_of(Sha256, false, bytes);
    digest.unwrap_or_else(|| unreachable!("SHA-256 is at hand"))
}

/// Reads a tar of a cache. `progress` is told the bytes read so far.
///
/// Counts as for listings. A blob whose content is not what its name says is in none of them.
pub fn read_tar(
    name: &str,
    bytes: &[u8],
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<(BlobFacts, Counts, Vec<Warning>), ImportError> {
    read_tar_but(name, bytes, &[], progress)
}

/// The same without the entries of the numbers `but`, which ascend from 1.
pub(super) fn read_tar_but(
    name: &str,
    bytes: &[u8],
    but: &[u32],
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<(BlobFacts, Counts, Vec<Warning>), ImportError> {
    let mut store = Store::new(name);
    let mut archive = tar::Archive::new(Cursor::new(bytes));
    let entries = archive.entries_with_seek().map_err(|e| not_a_cache(name, &e.to_string()))?;
    let mut end = 0;
    for (entry, number) in entries.zip(1..) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let place = Place::Offset(end);
                store.problems.add_at(Problem::BrokenArchive, place, &error.to_string());
                end = u64::MAX;
                break;
            }
        };
        let path = entry.path_bytes();
        let path = String::from_utf8_lossy(&path);
        if progress(entry.raw_header_position()).is_break() {
            return Err(ImportError::Cancelled);
        }
        let start = entry.raw_file_position();
        let body_end = start.saturating_add(entry.size());
        end = body_end.checked_next_multiple_of(512).unwrap_or(u64::MAX);
        if but.binary_search(&number).is_ok() {
            continue;
        }
        let kind = entry.header().entry_type();
        if !kind.is_file() {
            store.no_file(&path, kind.is_dir());
            continue;
        }
        let range = usize::try_from(start).ok().zip(usize::try_from(body_end).ok());
        let Some(body) = range.and_then(|(start, end)| bytes.get(start..end)) else {
            let place = Place::Entry(path.into_owned());
            store.problems.add_at(Problem::BrokenArchive, place, "the entry is cut short");
            end = u64::MAX;
            break;
        };
        let modified_ms =
            entry.header().mtime().ok().and_then(|s| i64::try_from(s).ok()?.checked_mul(1000));
        let stored = Stored { path: &path, body, modified_ms, entry: number };
        store.add(&stored, &mut |done| progress(start + done))?;
    }
    // The end of an archive is marked by zeros; without them, entries may have been cut off.
    let marked = usize::try_from(end).is_ok_and(|end| bytes.len() >= end.saturating_add(512));
    if end != u64::MAX && !marked {
        let place = Place::Offset(bytes.len() as u64);
        store.problems.add_at(Problem::BrokenArchive, place, "it has no end mark");
    }
    finish(name, store)
}

/// Reads blobs picked from a folder, each with its path: `cas/…`, `ac/…`, or the mere name, in
/// which case the content tells the half.
pub fn read_folder(
    name: &str,
    files: &[(&str, &[u8])],
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<(BlobFacts, Counts, Vec<Warning>), ImportError> {
    let mut store = Store::new(name);
    let mut done = 0;
    for (path, body) in files {
        if progress(done).is_break() {
            return Err(ImportError::Cancelled);
        }
        let stored = Stored { path, body, modified_ms: None, entry: 0 };
        store.add(&stored, &mut |part| progress(done + part))?;
        done += body.len() as u64;
    }
    finish(name, store)
}

fn finish(name: &str, store: Store<'_>) -> Result<(BlobFacts, Counts, Vec<Warning>), ImportError> {
    if store.is_cache() {
        return Ok(store.finish(name));
    }
    let (_, _, warnings) = store.finish(name);
    let found = warnings.first().map_or("it is empty".to_owned(), ToString::to_string);
    Err(not_a_cache(name, &found))
}

fn not_a_cache(name: &str, found: &str) -> ImportError {
    ImportError::Unusable(Warning {
        file: name.to_owned(),
        place: Place::Whole,
        what: format!("No blob found ({found}). Expected entries such as cas/HH/HASH."),
        remedy: "Pack the folder that holds `ac` and `cas`: `tar cf cache.tar -C ROOT .`"
            .to_owned(),
        count: 1,
    })
}
