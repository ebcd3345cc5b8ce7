//! Exports in an archive, beside the blobs of a cache or in place of them: what continuous
//! integration keeps of a build is a zip.

use std::borrow::Cow;
use std::io::{self, Cursor, Read};
use std::ops::ControlFlow;

use super::card::{Format, Place};
use super::listing::layout::{Named, classify};
use super::notes::{Meter, Notes, Stop};
use super::read::{HEAD_BYTES, LargeFile, ReadFile, read_one};
use super::sniff::{Guess, sniff};
use super::wrapper::{TooDeep, UNPACKED_BYTES_MAX, Unwrapped};
use super::{console, listing};

/// Exports that are read of one archive. Nobody keeps more, and each has a card.
const EXPORTS_MAX: usize = 100;

/// An export in an archive.
pub(super) struct Export<'a> {
    /// Its path in the archive.
    pub path: String,
    pub bytes: Cow<'a, [u8]>,
    /// Number of its entry, from 1.
    pub number: u32,
}

/// What an archive holds beside blobs.
#[derive(Default)]
pub(super) struct Exports<'a> {
    pub found: Vec<Export<'a>>,
    /// The first file that is neither a blob nor an export that is known, and how many there are.
    others: Option<(String, u64)>,
}

impl Exports<'_> {
    /// Notes the files that nothing is known of.
    pub fn note_others(&self, notes: &mut Notes) {
        let Some((first, n)) = &self.others else { return };
        for _ in 0..*n {
            let what = || format!("\"{first}\" is neither an export that is known nor a blob.");
            notes.add("entry", Place::Entry(first.clone()), what, "It is left out.");
        }
    }
}

impl<'a> Exports<'a> {
    /// Takes the file `path`, whose name is that of no blob.
    fn take(&mut self, path: String, bytes: Cow<'a, [u8]>, number: u32) {
        if self.found.len() < EXPORTS_MAX && is_export(&bytes) {
            self.found.push(Export { path, bytes, number });
        } else {
            self.others.get_or_insert((path, 0)).1 += 1;
        }
    }
}

/// The exports in `bytes`, an archive. One that is damaged gives none: the reader of blobs, which
/// goes on, tells what is wrong with it.
pub(super) fn exports<'a>(
    format: Format,
    bytes: &'a [u8],
    meter: &mut Meter,
) -> Result<Exports<'a>, Stop> {
    let mut found = Exports::default();
    let mut hear = || match meter.report(0.0) {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    };
    let heard = match format {
        Format::BlobsZip => of_zip(bytes, &mut found, &mut hear),
        _ => of_tar(bytes, &mut found, &mut hear),
    };
    if heard.is_break() { Err(Stop::Cancelled) } else { Ok(found) }
}

/// Whether the file `path` is to be looked into.
fn is_other(path: &str) -> bool {
    // Hidden files are what the system keeps of its own: `.DS_Store`, `__MACOSX/._x`.
    matches!(classify(path.as_bytes()), Named::Other)
}

fn of_tar<'a>(
    bytes: &'a [u8],
    found: &mut Exports<'a>,
    hear: &mut dyn FnMut() -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut archive = tar::Archive::new(Cursor::new(bytes));
    let Ok(entries) = archive.entries_with_seek() else { return ControlFlow::Continue(()) };
    for (entry, number) in entries.map_while(Result::ok).zip(1..) {
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if !entry.header().entry_type().is_file() || !is_other(&path) {
            continue;
        }
        let start = usize::try_from(entry.raw_file_position()).ok();
        let range = start.zip(usize::try_from(entry.size()).ok());
        let body = range.and_then(|(start, size)| bytes.get(start..start.checked_add(size)?));
        let Some(body) = body else { break };
        found.take(path, Cow::Borrowed(body), number);
        hear()?;
    }
    ControlFlow::Continue(())
}

fn of_zip<'a>(
    bytes: &'a [u8],
    found: &mut Exports<'a>,
    hear: &mut dyn FnMut() -> ControlFlow<()>,
) -> ControlFlow<()> {
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else {
        return ControlFlow::Continue(());
    };
    let mut left = UNPACKED_BYTES_MAX as u64;
    for index in 0..archive.len() {
        let Ok(file) = archive.by_index(index) else { continue };
        let Some(path) = file.name().ok().map(Cow::into_owned) else { continue };
        if file.is_dir() || file.is_symlink() || !is_other(&path) {
            continue;
        }
        let mut body = Vec::new();
        let is_whole = file.take(left + 1).read_to_end(&mut body).is_ok();
        let Some(rest) = left.checked_sub(body.len() as u64).filter(|_| is_whole) else { continue };
        let number = u32::try_from(index + 1).unwrap_or(0);
        let n_found = found.found.len();
        found.take(path, Cow::Owned(body), number);
        // What is no export is given back.
        left = if found.found.len() > n_found { rest } else { left };
        hear()?;
    }
    ControlFlow::Continue(())
}

/// Whether `bytes`, compressed or not, are an export that is read. An archive in an archive is not
/// looked into.
fn is_export(bytes: &[u8]) -> bool {
    let mut head = Vec::new();
    let bytes = match Unwrapped::open(bytes) {
        None => bytes,
        Some(Err(TooDeep)) => return false,
        Some(Ok(mut inside)) => {
            head.resize(HEAD_BYTES, 0);
            let (n, _) = inside.fill(&mut head);
            &head[..n]
        }
    };
    match sniff(&bytes[..bytes.len().min(HEAD_BYTES)]) {
        Guess::Read(format) => ![Format::BlobsTar, Format::BlobsZip].contains(&format),
        Guess::NotRead(..) => true,
        Guess::Nothing => listing::sniff(bytes) || console::sniff(bytes),
    }
}

/// Reads the exports of the archive `name`.
pub(super) fn read_inside(
    name: &str,
    exports: Vec<Export>,
    meter: &mut Meter,
) -> Result<Vec<ReadFile>, Stop> {
    let (n, all_bytes) = (exports.len() as u64, meter.file_bytes);
    let mut files = Vec::new();
    for (i, export) in exports.into_iter().enumerate() {
        let mut meter = Meter {
            progress: &mut *meter.progress,
            file: meter.file,
            before_bytes: meter.before_bytes + all_bytes * i as u64 / n,
            file_bytes: all_bytes / n,
            total_bytes: meter.total_bytes,
            next: 0,
        };
        let size = export.bytes.len() as u64;
        let file = LargeFile::new(format!("{name}/{}", export.path), size, Box::new(io::empty()));
        let file = LargeFile { whole: Some(&*export.bytes), ..file };
        files.push(read_one(file, None, &mut meter).map_err(|_| Stop::Cancelled)?);
    }
    Ok(files)
}
