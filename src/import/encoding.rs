//! Sees through what shells and editors of Windows do to a text: UTF-16, and a byte order mark.
//!
//! PowerShell writes both where a command's output goes into a file. Every reader has UTF-8
//! without a mark.

use std::io::{self, Read};

use super::wrapper::fill;

/// How a text is written where it is not plain UTF-8.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Encoding {
    /// UTF-8 behind a byte order mark.
    Marked,
    Utf16 {
        is_big_endian: bool,
    },
}

/// How the text that `head` begins is written. A length before a message may look like a mark, so
/// that what follows has to look like text.
pub(super) fn encoding(head: &[u8]) -> Option<Encoding> {
    match head {
        // No mark twice: a file of marks would be as many readers in one another.
        [0xef, 0xbb, 0xbf, first, ..] if is_text(*first) && *first != 0xef => {
            Some(Encoding::Marked)
        }
        [0xff, 0xfe, rest @ ..] if is_utf16(rest, 0) => {
            Some(Encoding::Utf16 { is_big_endian: false })
        }
        [0xfe, 0xff, rest @ ..] if is_utf16(rest, 1) => {
            Some(Encoding::Utf16 { is_big_endian: true })
        }
        _ => None,
    }
}

/// Whether one of a few characters is of ASCII; its value is the byte `low` of two.
fn is_utf16(bytes: &[u8], low: usize) -> bool {
    let mut pairs = bytes.chunks_exact(2);
    pairs.any(|pair| pair[1 - low] == 0 && is_text(pair[low]) && pair[low].is_ascii())
}

fn is_text(byte: u8) -> bool {
    byte >= b' ' || byte.is_ascii_whitespace()
}

/// `from`, which begins with a mark, as plain UTF-8.
pub(super) fn decoded<'a>(encoding: Encoding, from: impl Read + 'a) -> Box<dyn Read + 'a> {
    match encoding {
        Encoding::Marked => {
            let mut from = from;
            let mut mark = [0; 3];
            // It was looked at before: what cannot be read now is told by the next read.
            let _ = fill(&mut from, &mut mark);
            Box::new(from)
        }
        Encoding::Utf16 { is_big_endian } => Box::new(Utf16 {
            from,
            is_big_endian,
            is_first: true,
            high: None,
            text: Vec::new(),
            at: 0,
            failed: None,
        }),
    }
}

/// How much of a text is decoded at once.
const STEP_BYTES: usize = 16 << 10;

/// UTF-16 read as UTF-8. What is no character is told as `U+FFFD`.
struct Utf16<R> {
    from: R,
    is_big_endian: bool,
    is_first: bool,
    /// The first half of a character whose second half comes next.
    high: Option<u16>,
    /// What is decoded, and how much of it was given out.
    text: Vec<u8>,
    at: usize,
    failed: Option<io::Error>,
}

impl<R: Read> Utf16<R> {
    fn decode(&mut self) {
        let mut bytes = [0; STEP_BYTES];
        let (n, read) = fill(&mut self.from, &mut bytes);
        self.failed = read.err();
        let pairs = bytes[..n].chunks(2).map(|pair| match (pair, self.is_big_endian) {
            (&[a, b], true) => u16::from_be_bytes([a, b]),
            (&[a, b], false) => u16::from_le_bytes([a, b]),
            // Half a character at the end.
            _ => 0xfffd,
        });
        let mut units: Vec<u16> = self.high.take().into_iter().chain(pairs).collect();
        if n == STEP_BYTES && units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit)) {
            self.high = units.pop();
        }
        let skipped = usize::from(std::mem::take(&mut self.is_first));
        self.text.clear();
        self.at = 0;
        for c in char::decode_utf16(units.into_iter().skip(skipped)) {
            let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
            self.text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.at == self.text.len() {
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            self.decode();
            if self.text.is_empty()
                && let Some(error) = self.failed.take()
            {
                return Err(error);
            }
        }
        let n = buf.len().min(self.text.len() - self.at);
        buf[..n].copy_from_slice(&self.text[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}
