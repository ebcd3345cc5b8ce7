//! Sees through compression: gzip, xz and zstd, nested, told by their first bytes.
//!
//! A wrapper that ends early or is damaged yields what could be read of it, with a warning; one
//! that unpacks to more than a stated limit is refused, so that a small file cannot fill the
//! memory.

use std::borrow::Cow;
use std::io::{self, Read};

use super::card::Place;
use super::notes::{Meter, Notes, Stop};

/// What one file may unpack to. A browser tab has 4 GiB in all.
pub(super) const UNPACKED_BYTES_MAX: usize = 1 << 30;

/// Wrappers in wrappers that are seen through.
const DEPTH_MAX: usize = 4;

/// Memory that an xz stream may ask for, in KiB.
const XZ_MEMORY_KIB: u32 = 256 * 1024;

/// The content of `bytes` and the wrappers around it, outermost first.
pub(super) fn unwrap<'a>(
    bytes: &'a [u8],
    limit: usize,
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<(Cow<'a, [u8]>, Vec<&'static str>), Stop> {
    let mut content = Cow::Borrowed(bytes);
    let mut wrappers = Vec::new();
    while let Some(name) = wrapper(&content) {
        if wrappers.len() == DEPTH_MAX {
            let what = format!("It is compressed more than {DEPTH_MAX} times over.");
            let why = notes.warning(Place::Whole, what, "Unpack it and drop what is inside.");
            return Err(Stop::Unusable(Box::new(why)));
        }
        meter.rewind();
        let unpacked = unpack(name, &content, limit, notes, meter)?;
        content = Cow::Owned(unpacked);
        wrappers.push(name);
    }
    Ok((content, wrappers))
}

fn wrapper(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x1f, 0x8b, 0x08, ..] => Some("gzip"),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some("xz"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("zstd"),
        // A skippable frame; bazel-remote puts one before its zstd blobs.
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some("zstd"),
        _ => None,
    }
}

fn unpack(
    name: &'static str,
    bytes: &[u8],
    limit: usize,
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<Vec<u8>, Stop> {
    let mut out = Vec::new();
    let (ended, left) = match name {
        "gzip" => {
            let mut reader = flate2::bufread::MultiGzDecoder::new(bytes);
            let ended =
                pump(&mut reader, &mut out, limit, meter, bytes.len(), |r| r.get_ref().len());
            (ended, reader.get_ref().len())
        }
        "xz" => unpack_xz(bytes, &mut out, limit, meter),
        _ => unpack_zstd(bytes, &mut out, limit, meter),
    };
    let at = bytes.len() - left;
    match ended {
        Ok(()) => Ok(out),
        Err(Ended::Cancelled) => Err(Stop::Cancelled),
        Err(Ended::Limit) => {
            let mib = limit >> 20;
            let what = format!("The {name} wrapper unpacks to more than {mib} MiB.");
            let remedy = "Drop a smaller export, such as the compact execution log.";
            Err(Stop::Unusable(Box::new(notes.warning(Place::Offset(at as u64), what, remedy))))
        }
        Err(Ended::Damaged(error)) if out.is_empty() => {
            let what = format!("Nothing can be unpacked from the {name} wrapper: {error}.");
            let remedy = "Check that the file was copied whole.";
            Err(Stop::Unusable(Box::new(notes.warning(Place::Offset(at as u64), what, remedy))))
        }
        Err(Ended::Damaged(error)) => {
            let place = Place::Offset(at as u64);
            let what = || {
                let n = out.len();
                format!(
                    "The {name} wrapper ends early or is damaged ({error}); {n} bytes came out."
                )
            };
            notes.add("wrapper", place, what, "What could be unpacked is used.");
            Ok(out)
        }
    }
}

enum Ended {
    Cancelled,
    Limit,
    Damaged(String),
}

/// Reads all of `reader` into `out`.
fn pump<R: Read>(
    reader: &mut R,
    out: &mut Vec<u8>,
    limit: usize,
    meter: &mut Meter,
    all: usize,
    left: impl Fn(&R) -> usize,
) -> Result<(), Ended> {
    let mut chunk = vec![0; 64 << 10];
    loop {
        meter.at(all - left(reader).min(all), all * 2).map_err(|_| Ended::Cancelled)?;
        match reader.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(n) if out.len() + n > limit => return Err(Ended::Limit),
            Ok(n) => out.extend_from_slice(&chunk[..n]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Ended::Damaged(error.to_string())),
        }
    }
}

fn unpack_xz(
    bytes: &[u8],
    out: &mut Vec<u8>,
    limit: usize,
    meter: &mut Meter,
) -> (Result<(), Ended>, usize) {
    let left = std::cell::Cell::new(bytes.len());
    let source = Counted { rest: bytes, left: &left };
    let mut reader = lzma_rust2::XzReader::new_mem_limit(source, true, XZ_MEMORY_KIB);
    let ended = pump(&mut reader, out, limit, meter, bytes.len(), |_| left.get());
    (ended, left.get())
}

/// A slice that tells how much of it is left while another reader owns it.
struct Counted<'a> {
    rest: &'a [u8],
    left: &'a std::cell::Cell<usize>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.rest.read(buf)?;
        self.left.set(self.rest.len());
        Ok(n)
    }
}

/// Several frames one after the other, skippable ones among them.
fn unpack_zstd(
    bytes: &[u8],
    out: &mut Vec<u8>,
    limit: usize,
    meter: &mut Meter,
) -> (Result<(), Ended>, usize) {
    let mut rest = bytes;
    while !rest.is_empty() {
        if let [0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, c, d, more @ ..] = rest {
            let n = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
            let Some(after) = more.get(n..) else {
                return (Err(Ended::Damaged("a skippable frame is cut short".into())), rest.len());
            };
            rest = after;
            continue;
        }
        let mut reader = match ruzstd::decoding::StreamingDecoder::new(rest) {
            Ok(reader) => reader,
            Err(error) => return (Err(Ended::Damaged(error.to_string())), rest.len()),
        };
        let ended = pump(&mut reader, out, limit, meter, bytes.len(), |r| r.get_ref().len());
        rest = reader.into_inner();
        if ended.is_err() {
            return (ended, rest.len());
        }
    }
    (Ok(()), 0)
}
