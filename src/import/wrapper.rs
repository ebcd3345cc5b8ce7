//! Sees through compression (gzip, xz and zstd, nested) and through encodings of texts, told by the
//! first bytes.
//!
//! What is inside comes as a stream: a log of a gigabyte is read without ever being whole in
//! memory.

use std::cell::Cell;
use std::io::{self, Chain, Cursor, Read};
use std::rc::Rc;

use ruzstd::decoding::StreamingDecoder;

use super::encoding::{decoded, encoding};

/// What is held at once of one file, unpacked. A browser tab has 4 GiB in all.
pub(super) const UNPACKED_BYTES_MAX: usize = 1 << 30;

/// Wrappers in wrappers that are seen through.
const DEPTH_MAX: usize = 4;

/// Memory that an xz stream may ask for, in KiB.
const XZ_MEMORY_KIB: u32 = 256 * 1024;

/// The stream inside all wrappers of a file.
pub(super) struct Unwrapped<'a> {
    reader: Box<dyn Read + 'a>,
    /// Bytes of the file that are not read yet.
    left: Rc<Cell<u64>>,
    n_bytes: u64,
    /// Wrappers seen through, outermost first.
    pub wrappers: Vec<&'static str>,
}

/// It is compressed more often than anybody does.
pub(super) struct TooDeep;

impl<'a> Unwrapped<'a> {
    /// Opens `bytes`; none if there is no wrapper around them.
    pub fn open(bytes: &'a [u8]) -> Option<Result<Self, TooDeep>> {
        if wrapper(bytes).is_none() && encoding(bytes.get(..8).unwrap_or(bytes)).is_none() {
            return None;
        }
        Some(Self::open_stream(bytes, bytes.len() as u64))
    }

    /// Opens what `from` reads, wrapped or not; it has `n_bytes`.
    pub fn open_stream(from: impl Read + 'a, n_bytes: u64) -> Result<Self, TooDeep> {
        let left = Rc::new(Cell::new(n_bytes));
        let mut reader: Box<dyn Read + 'a> = Box::new(Counted { from, left: left.clone() });
        let mut wrappers = Vec::new();
        loop {
            let mut head = [0; 8];
            let (n, read) = fill(&mut reader, &mut head);
            if let Err(error) = read {
                reader = Box::new(Damaged(Some(error)));
            }
            let name = wrapper(&head[..n]);
            let whole = Cursor::new(head).take(n as u64).chain(reader);
            if let Some(encoding) = encoding(&head[..n]) {
                reader = decoded(encoding, whole);
                continue;
            }
            match name {
                None => {
                    let reader = Box::new(whole);
                    return Ok(Self { reader, left, n_bytes, wrappers });
                }
                Some(_) if wrappers.len() == DEPTH_MAX => return Err(TooDeep),
                Some(name) => {
                    wrappers.push(name);
                    reader = decoder(name, whole);
                }
            }
        }
    }

    /// How many bytes of the file were read.
    pub fn done(&self) -> u64 {
        self.n_bytes - self.left.get()
    }

    /// How many bytes the file has.
    pub fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// The innermost wrapper: the one that is damaged, as far as one can tell.
    pub fn innermost(&self) -> &'static str {
        self.wrappers.last().copied().unwrap_or("outer")
    }

    /// Fills `buffer` as far as the stream goes; the rest of it is untouched.
    pub fn fill(&mut self, buffer: &mut [u8]) -> (usize, io::Result<()>) {
        fill(&mut self.reader, buffer)
    }
}

/// Nothing interrupts a read from memory or by a browser: every error is the last word.
pub(super) fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> (usize, io::Result<()>) {
    let mut done = 0;
    while done < buffer.len() {
        match reader.read(&mut buffer[done..]) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(error) => return (done, Err(error)),
        }
    }
    (done, Ok(()))
}

/// What is left of a stream that is damaged: some decoders do not say so twice.
struct Damaged(Option<io::Error>);

impl Read for Damaged {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
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

fn decoder<'a>(name: &str, from: impl Read + 'a) -> Box<dyn Read + 'a> {
    match name {
        "gzip" => Box::new(flate2::read::MultiGzDecoder::new(from)),
        "xz" => Box::new(lzma_rust2::XzReader::new_mem_limit(from, true, XZ_MEMORY_KIB)),
        _ => Box::new(Frames::new(from)),
    }
}

/// A reader that tells how much of it is left while another one owns it.
struct Counted<R> {
    from: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.from.read(buf)?;
        self.left.set(self.left.get().saturating_sub(n as u64));
        Ok(n)
    }
}

/// What is left of a frame, its magic number put back before it.
type Decoder<R> = StreamingDecoder<Chain<Cursor<[u8; 4]>, R>, ruzstd::decoding::FrameDecoder>;

/// Frames of zstd one after the other, skippable ones among them.
struct Frames<R: Read> {
    now: Frame<R>,
}

enum Frame<R: Read> {
    Between(R),
    In(Box<Decoder<R>>),
    Ended,
}

impl<R: Read> Frames<R> {
    fn new(from: R) -> Self {
        Self { now: Frame::Between(from) }
    }

    /// Steps over skippable frames into the next one, if there is one.
    fn open(mut from: R) -> io::Result<Frame<R>> {
        loop {
            let mut magic = [0; 4];
            let (n, read) = fill(&mut from, &mut magic);
            read?;
            match n {
                0 => return Ok(Frame::Ended),
                4 => {}
                _ => return Err(io::Error::other("a frame is cut short")),
            }
            let [0x50..=0x5f, 0x2a, 0x4d, 0x18] = magic else {
                let frame = StreamingDecoder::new(Cursor::new(magic).chain(from));
                return Ok(Frame::In(Box::new(frame.map_err(io::Error::other)?)));
            };
            let mut length = [0; 4];
            let (n, read) = fill(&mut from, &mut length);
            read?;
            let length = u64::from(u32::from_le_bytes(length));
            let skipped = io::copy(&mut from.by_ref().take(length), &mut io::sink())?;
            if n < 4 || skipped < length {
                return Err(io::Error::other("a skippable frame is cut short"));
            }
        }
    }
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            self.now = match std::mem::replace(&mut self.now, Frame::Ended) {
                Frame::Ended => return Ok(0),
                Frame::Between(from) => Self::open(from)?,
                Frame::In(mut frame) => match frame.read(buf) {
                    Ok(0) => Frame::Between(frame.into_inner().into_inner().1),
                    read => {
                        self.now = Frame::In(frame);
                        return read;
                    }
                },
            };
        }
    }
}
