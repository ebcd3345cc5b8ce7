//! What a cache holds in small pieces, as `handover` has the graph. Nothing is checked.

use super::cache::{AcEntry, AcOutput, Cache};
use super::handover::{Column, PieceError, Word, each_piece_of, take_piece};
use super::ids::{BlobId, TextId};

/// Number of the first column, far from those of graphs.
const FIRST: u32 = 1 << 16;

/// Takes the pieces of a cache.
#[derive(Default, Debug)]
pub struct CacheInPieces(Cache);

impl Cache {
    /// Tells the cache in pieces of about `n_bytes`.
    pub fn each_piece(&self, n_bytes: usize, tell: &mut dyn FnMut(Vec<u8>)) {
        each_piece_of(&[&self.ac.words, &self.cas.words, &self.entries], FIRST, n_bytes, tell);
    }
}

impl CacheInPieces {
    /// Whether `piece` is of a cache, rather than of a graph.
    pub fn is_mine(piece: &[u8]) -> bool {
        piece.first_chunk::<4>().is_some_and(|first| u32::from_le_bytes(*first) >= FIRST)
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// It is none.
    pub fn take(&mut self, piece: &[u8]) -> Result<(), PieceError> {
        let Cache { ac, cas, entries } = &mut self.0;
        take_piece(&mut [&mut ac.words, &mut cas.words, entries], FIRST, piece)
    }

    /// The cache, once all pieces are there.
    pub fn finish(self) -> Cache {
        self.0
    }
}

impl Column for Vec<(BlobId, AcEntry)> {
    fn n_items(&self) -> usize {
        self.len()
    }

    fn write(&self, at: usize, n_bytes: usize, piece: &mut Vec<u8>) -> usize {
        let start = piece.len();
        for (i, (key, entry)) in self.iter().enumerate().skip(at) {
            if piece.len() - start >= n_bytes {
                return i;
            }
            put_entry(*key, entry, piece);
        }
        self.len()
    }

    fn read(&mut self, n: usize, bytes: &[u8]) -> Option<()> {
        self.reserve_exact(n - self.len().min(n));
        let mut reader = Reader(bytes);
        while !reader.0.is_empty() {
            self.push(reader.entry()?);
        }
        Some(())
    }
}

fn put_entry(key: BlobId, entry: &AcEntry, to: &mut Vec<u8>) {
    let AcEntry { outputs, tree_files, stdout, stderr, .. } = entry;
    let flags = [entry.broken, stdout.is_some(), stderr.is_some()];
    key.put(to);
    to.extend(flags.map(u8::from));
    stdout.unwrap_or(BlobId(0)).put(to);
    stderr.unwrap_or(BlobId(0)).put(to);
    entry.stdout_inline_bytes.put(to);
    entry.stderr_inline_bytes.put(to);
    to.extend(entry.exit_code.to_le_bytes());
    (outputs.len() as u32).put(to);
    for output in outputs {
        output.path.put(to);
        output.blob.put(to);
        to.push(output.is_tree.into());
    }
    (tree_files.len() as u32).put(to);
    tree_files.iter().for_each(|file| file.put(to));
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn entry(&mut self) -> Option<(BlobId, AcEntry)> {
        let key = self.word()?;
        let [broken, has_stdout, has_stderr] = [self.flag()?, self.flag()?, self.flag()?];
        let [stdout, stderr] = [self.word()?, self.word()?];
        let mut entry = AcEntry {
            broken,
            stdout: has_stdout.then_some(stdout),
            stderr: has_stderr.then_some(stderr),
            stdout_inline_bytes: self.word()?,
            stderr_inline_bytes: self.word()?,
            exit_code: self.word::<u32>()?.cast_signed(),
            ..AcEntry::default()
        };
        for _ in 0..self.word::<u32>()? {
            let (path, blob): (TextId, BlobId) = (self.word()?, self.word()?);
            entry.outputs.push(AcOutput { path, blob, is_tree: self.flag()? });
        }
        for _ in 0..self.word::<u32>()? {
            entry.tree_files.push(self.word()?);
        }
        Some((key, entry))
    }

    fn word<W: Word>(&mut self) -> Option<W> {
        let (word, rest) = self.0.split_at_checked(W::N_BYTES)?;
        self.0 = rest;
        W::take(word)
    }

    fn flag(&mut self) -> Option<bool> {
        let (&flag, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(flag != 0)
    }
}
