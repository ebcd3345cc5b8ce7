//! A zip of a cache.

use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use zip::{CompressionMethod, ZipArchive};

use super::problems::Problem;
use super::store::{Store, Stored};
use super::{finish, not_a_cache};
use crate::import::card::{Counts, ImportError, Place, Warning};
use crate::import::facts::BlobFacts;
use crate::import::listing::time::leading_time;
use crate::import::wrapper::UNPACKED_BYTES_MAX;

/// An entry with its content, which lies in the archive if it is not compressed.
struct Entry<'a> {
    path: String,
    body: Body<'a>,
    modified_ms: Option<i64>,
    /// Its number in the archive, from 1.
    number: u32,
}

enum Body<'a> {
    Stored(&'a [u8]),
    Unpacked(Vec<u8>),
}

/// Reads a zip of a cache. `progress` is told the bytes read so far.
///
/// Counts as for listings. A blob whose content is not what its name says is in none of them.
pub fn read_zip(
    name: &str,
    bytes: &[u8],
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<(BlobFacts, Counts, Vec<Warning>), ImportError> {
    read_zip_but(name, bytes, &[], progress)
}

/// The same without the entries of the numbers `but`, which ascend from 1.
pub fn read_zip_but(
    name: &str,
    bytes: &[u8],
    but: &[u32],
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<(BlobFacts, Counts, Vec<Warning>), ImportError> {
    // What is unpacked has to stay until the blobs that lead to one another are decoded.
    let mut entries = Vec::new();
    let mut store = Store::new(name);
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(name, &error.to_string()))?;
    let mut left = UNPACKED_BYTES_MAX as u64;
    for index in 0..archive.len() {
        if but.binary_search(&u32::try_from(index + 1).unwrap_or(0)).is_ok() {
            continue;
        }
        match entry(&mut archive, index, bytes, &mut left, &mut store) {
            Ok(Some(entry)) => entries.push(entry),
            Ok(None) => {}
            Err(detail) => {
                let place = Place::Entry(index.to_string());
                store.problems.add_at(Problem::BrokenEntry, place, &detail);
            }
        }
        let done = archive.len().max(1) as u64;
        if progress(bytes.len() as u64 / 2 * index as u64 / done).is_break() {
            return Err(ImportError::Cancelled);
        }
    }
    read_entries(name, bytes.len() as u64 / 2, &entries, store, progress)
}

fn read_entries<'a>(
    name: &str,
    half: u64,
    entries: &'a [Entry<'a>],
    mut store: Store<'a>,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<(BlobFacts, Counts, Vec<Warning>), ImportError> {
    for (i, entry) in entries.iter().enumerate() {
        let done = half + half * i as u64 / entries.len() as u64;
        if progress(done).is_break() {
            return Err(ImportError::Cancelled);
        }
        let body = match &entry.body {
            Body::Stored(body) => body,
            Body::Unpacked(body) => body.as_slice(),
        };
        let Entry { path, modified_ms, number, .. } = entry;
        let stored = Stored { path, body, modified_ms: *modified_ms, entry: *number };
        store.add(&stored, &mut |_| progress(done))?;
    }
    finish(name, store)
}

/// The entry at `index`, unless it is a folder. The error says why it cannot be read.
fn entry<'a>(
    archive: &mut ZipArchive<Cursor<&'a [u8]>>,
    index: usize,
    bytes: &'a [u8],
    left: &mut u64,
    store: &mut Store<'_>,
) -> Result<Option<Entry<'a>>, String> {
    let mut file = archive.by_index(index).map_err(|error| error.to_string())?;
    let path = file.name().map_err(|error| error.to_string())?.into_owned();
    if file.is_dir() || file.is_symlink() {
        store.no_file(&path, file.is_dir());
        return Ok(None);
    }
    let modified_ms = file.last_modified().and_then(|time| {
        // MS-DOS has no zone.
        let day = format!("{:04}-{:02}-{:02}", time.year(), time.month(), time.day());
        let clock = format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second());
        leading_time(&[day.as_bytes(), clock.as_bytes()])?.ms
    });
    let number = u32::try_from(index + 1).unwrap_or(0);
    let size = file.size();
    let start = file.data_start().and_then(|start| usize::try_from(start).ok());
    if file.compression() == CompressionMethod::Stored && !file.encrypted() {
        let range = start.and_then(|start| Some(start..start.checked_add(size as usize)?));
        let body = range.and_then(|range| bytes.get(range)).ok_or("the entry is cut short")?;
        return Ok(Some(Entry { path, body: Body::Stored(body), modified_ms, number }));
    }
    if size > *left {
        return Err("too much would have to be unpacked".to_owned());
    }
    let mut body = Vec::new();
    let read = (&mut file).take(*left + 1).read_to_end(&mut body);
    read.map_err(|error| format!("{path}: {error}"))?;
    *left = left.checked_sub(body.len() as u64).ok_or("too much would have to be unpacked")?;
    Ok(Some(Entry { path, body: Body::Unpacked(body), modified_ms, number }))
}

fn damaged(name: &str, detail: &str) -> ImportError {
    match not_a_cache(name, detail) {
        ImportError::Unusable(why) => ImportError::Unusable(Warning {
            what: format!(
                "The zip cannot be read ({detail}): its directory, which stands at its end, is \
                 damaged or cut off."
            ),
            remedy: "Pack the folder that holds `ac` and `cas` again, or as a tar.".to_owned(),
            ..why
        }),
        cancelled => cancelled,
    }
}
