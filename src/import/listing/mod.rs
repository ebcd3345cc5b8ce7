//! Listings of caches: `find`, `ls -lR`, `tree`, `tree -J`, `du -a`, `sha256sum`,
//! `aws s3 ls`, S3 inventory, `gsutil ls -l` and those of other clouds, lists of digests.
//!
//! `docs/formats/cache_listings.md` says what is read of each shape. The text is read line by line
//! where it lies; only a few lines are ever copied.

mod defects;
pub(in crate::import) mod gather;
mod inventory;
pub(in crate::import) mod layout;
mod line;
mod objects;
mod reader;
pub(in crate::import) mod time;
mod tree_json;
mod words;

use std::ops::ControlFlow;

use super::card::{Counts, ImportError, Place, Warning};
use super::facts::ListingFacts;
use crate::model::CacheKind;

use defects::excerpt;
use gather::Gather;
use reader::Reader;

/// How much of a file is looked at to recognise it.
const HEAD_BYTES: usize = 1 << 20;

/// Whether `bytes`, or a head of them, list a cache: at least one line names a blob, or all there
/// is are the folders of an empty cache.
pub fn sniff(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    // Line ends are rare in binary files, so that a head is enough to tell them.
    let is_binary = head.iter().take(4096).any(|b| *b == 0);
    if is_binary {
        return false;
    }
    let mut never = |_| ControlFlow::Continue(());
    gather(head, &mut never).is_ok_and(|found| {
        found.len() > 0 || (found.is_listing() && !found.defects.has(defects::Defect::Noise))
    })
}

/// Reads a listing. `progress` is told the bytes read so far.
///
/// Counts `ac`, `cas` and `files`: distinct digests in the AC, in the CAS, and altogether; and
/// `ignored`, files of a cache that are no blobs, if any.
pub fn read(
    name: &str,
    bytes: &[u8],
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<(ListingFacts, Counts, Vec<Warning>), ImportError> {
    read_half(name, bytes, None, progress)
}

/// Reads a listing in which everything that names do not tell is of `half`, if that is given.
pub fn read_half(
    name: &str,
    bytes: &[u8],
    half: Option<CacheKind>,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<(ListingFacts, Counts, Vec<Warning>), ImportError> {
    let mut found = gather(bytes, progress)?;
    if let Some(half) = half {
        found.take_for(half);
    }
    if !found.is_listing() {
        let first = bytes.split(|b| *b == b'\n').position(|l| !l.trim_ascii().is_empty());
        let text = bytes.trim_ascii_start().split(|b| *b == b'\n').next().unwrap_or_default();
        return Err(ImportError::Unusable(Warning {
            file: name.to_owned(),
            place: first.map_or(Place::Whole, |line| Place::Line(line as u64 + 1)),
            what: format!(
                "No line names a blob; the first is \"{}\". Expected paths such as cas/HH/HASH.",
                excerpt(text)
            ),
            remedy: "List the cache with `find -type f -printf '%P\\t%s\\t%T@\\n'`.".to_owned(),
            count: 1,
        }));
    }
    Ok(found.finish(name))
}

fn gather(
    bytes: &[u8],
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<Gather, ImportError> {
    // Some shells put a byte order mark before what they save.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if tree_json::sniff(bytes) {
        let found = tree_json::read(bytes, progress)?;
        if found.is_listing() {
            return Ok(found);
        }
    }
    if objects::sniff(bytes) {
        let found = objects::read(bytes, progress)?;
        if found.is_listing() {
            return Ok(found);
        }
    }
    if inventory::sniff(bytes) {
        let found = inventory::read(bytes, progress)?;
        if found.is_listing() {
            return Ok(found);
        }
    }
    let mut reader = Reader::default();
    let mut done = 0_u64;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        done += line.len() as u64;
        let is_cut = reader.line(line);
        if (reader.n_lines().is_multiple_of(8192) || is_cut) && progress(done).is_break() {
            return Err(ImportError::Cancelled);
        }
    }
    Ok(reader.finish())
}
