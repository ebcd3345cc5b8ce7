//! bazel-remote's compressed blobs: a header, then zstd frames of 1 MiB of content each.
//!
//! The header makes the whole file a valid zstd stream (a skippable frame); it is what
//! bazel-remote's `cache/disk/casblob/casblob.go` writes.

use std::io::Read;

use ruzstd::decoding::StreamingDecoder;

/// A file with its header taken apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Casblob<'a> {
    /// Size of the content in bytes, as the header has it.
    pub size_bytes: u64,
    is_zstd: bool,
    chunk_bytes: u64,
    offsets: &'a [u8],
    data: &'a [u8],
    bytes: &'a [u8],
}

const MAGIC: [u8; 4] = 0x184D_2A50_u32.to_le_bytes();
const FIXED_BYTES: usize = 29;
const CHUNK_BYTES_MAX: u64 = 16 << 20;

impl<'a> Casblob<'a> {
    /// Reads the header. `Err` says what is wrong with it.
    pub fn new(bytes: &'a [u8]) -> Result<Self, &'static str> {
        if bytes.get(..4) != Some(&MAGIC) {
            return Err("it does not begin with bazel-remote's header");
        }
        let (Some(size), Some(compression), Some(chunk), Some(n_offsets)) =
            (u64_at(bytes, 8), bytes.get(16), u32_at(bytes, 17), u64_at(bytes, 21))
        else {
            return Err("its header is cut short");
        };
        let table = usize::try_from(n_offsets).ok().and_then(|n| n.checked_mul(8));
        let end = table.and_then(|length| length.checked_add(FIXED_BYTES));
        let Some((offsets, data)) =
            end.and_then(|end| Some((bytes.get(FIXED_BYTES..end)?, &bytes[end..])))
        else {
            return Err("its table of chunks is cut short");
        };
        let chunk_bytes = u64::from(chunk);
        if *compression > 1 || chunk_bytes == 0 || chunk_bytes > CHUNK_BYTES_MAX {
            return Err("its header has an unknown compression or chunk size");
        }
        let is_zstd = *compression == 1;
        let blob = Self { size_bytes: size, is_zstd, chunk_bytes, offsets, data, bytes };
        // The table of a blob that is not compressed is never filled in.
        let mut at = 0;
        let mut is_rising = true;
        for (start, end) in blob.chunks() {
            is_rising &= start < end;
            at = end;
        }
        if is_zstd && !(is_rising && at == bytes.len() as u64) {
            return Err("it is shorter or longer than its table of chunks says");
        }
        Ok(blob)
    }

    /// Hands the content piece by piece to `take`, which may stop it by returning false. `Err`
    /// says why the content is not there.
    pub fn each_piece(&self, take: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), String> {
        let mut left = self.size_bytes;
        if !self.is_zstd {
            if self.data.len() as u64 != left {
                return Err("it has more or less content than its header says".to_owned());
            }
            self.data.chunks(1 << 20).all(take);
            return Ok(());
        }
        for (start, end) in self.chunks() {
            let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
            let Some(chunk) = range.and_then(|(start, end)| self.bytes.get(start..end)) else {
                return Err("its table of chunks points outside".to_owned());
            };
            let most = left.min(self.chunk_bytes);
            let decoder = StreamingDecoder::new(chunk).map_err(|e| e.to_string())?;
            let mut piece = Vec::new();
            decoder.take(most + 1).read_to_end(&mut piece).map_err(|e| e.to_string())?;
            if piece.len() as u64 > most {
                return Err("it has more content than its header says".to_owned());
            }
            left -= piece.len() as u64;
            if !take(&piece) {
                return Ok(());
            }
        }
        if left == 0 { Ok(()) } else { Err("it has less content than its header says".to_owned()) }
    }

    /// The content, if at most `size_max` bytes.
    pub fn content(&self, size_max: u64) -> Result<Vec<u8>, String> {
        let mut content = Vec::new();
        if self.size_bytes > size_max {
            return Err(format!("its {} bytes are more than the {size_max} read", self.size_bytes));
        }
        self.each_piece(&mut |piece| {
            content.extend_from_slice(piece);
            true
        })?;
        Ok(content)
    }

    /// Start and end of each chunk.
    fn chunks(&self) -> impl Iterator<Item = (u64, u64)> {
        let offset = |eight: &[u8]| u64_at(eight, 0).unwrap_or(0);
        let starts = self.offsets.chunks_exact(8).map(offset);
        starts.zip(self.offsets.chunks_exact(8).skip(1).map(offset))
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
