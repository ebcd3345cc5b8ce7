//! All digests that a graph, its AC keys and its cache speak of, each once.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use super::digest::{Digest, DigestFunction};
use super::ids::{BlobId, Id};
use super::room;
use super::table::IdTable;

/// A digest and, where known, the size of its content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Blob {
    /// Name of the content.
    pub digest: Digest,
    /// Size of the content in bytes; a plain `find` does not tell it.
    pub size_bytes: Option<u64>,
}

const SIZE_UNKNOWN: u32 = u32::MAX;
const SIZE_LARGE: u32 = u32::MAX - 1;

/// Digests between two moments at which sorting them can be broken off.
const HEARD_BLOBS: usize = 1 << 16;

/// Digests and sizes by [`BlobId`], 41 bytes each for digests of up to 32 bytes.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Blobs {
    /// The first 32 bytes of each digest, padded with zeros.
    pub(super) heads: Vec<[u8; 32]>,
    pub(super) functions: Vec<DigestFunction>,
    pub(super) sizes: Vec<u32>,
    /// The rest of digests over 32 bytes, by ascending id.
    pub(super) tails: Vec<(BlobId, [u8; 32])>,
    /// Sizes of 4 GiB and more, by ascending id.
    pub(super) large_sizes: Vec<(BlobId, u64)>,
    /// Ids in ascending order of digest bytes.
    pub(super) sorted: Vec<BlobId>,
}

impl Blobs {
    /// How many digests there are.
    pub fn len(&self) -> usize {
        self.heads.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// All ids, ascending.
    pub fn ids(&self) -> impl Iterator<Item = BlobId> + use<> {
        (0..self.len()).map(BlobId::at)
    }

    /// Whether `id` stands for fresh content: what an action yields that no export tells of, as its
    /// inputs changed or it is nondeterministic. Such ids go on where the known ones end.
    pub fn is_fresh(&self, id: BlobId) -> bool {
        id.index() >= self.len()
    }

    /// Digest and size of `id`.
    pub fn get(&self, id: BlobId) -> Blob {
        Blob { digest: self.digest(id), size_bytes: self.size_bytes(id) }
    }

    /// The digest of `id`. Fresh content has a made-up one: `ff`, its number, and `f` to the end.
    pub fn digest(&self, id: BlobId) -> Digest {
        if self.is_fresh(id) {
            return self.fresh_digest(id);
        }
        let function = self.functions[id.index()];
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&self.heads[id.index()]);
        if let Ok(i) = self.tails.binary_search_by_key(&id, |t| t.0) {
            bytes[32..].copy_from_slice(&self.tails[i].1);
        }
        let digest = Digest::new(function, &bytes[..function.n_bytes()]);
        digest.unwrap_or_else(|| unreachable!("the builder keeps whole digests"))
    }

    /// Size in bytes, where an export told it.
    pub fn size_bytes(&self, id: BlobId) -> Option<u64> {
        match *self.sizes.get(id.index())? {
            SIZE_UNKNOWN => None,
            SIZE_LARGE => {
                let i = self.large_sizes.binary_search_by_key(&id, |s| s.0).ok()?;
                Some(self.large_sizes[i].1)
            }
            size => Some(u64::from(size)),
        }
    }

    /// Whether `id` is known to be the empty blob.
    pub fn is_size_0(&self, id: BlobId) -> bool {
        self.sizes.get(id.index()) == Some(&0)
    }

    fn is(&self, id: BlobId, digest: &Digest) -> bool {
        let is_head = self.functions[id.index()] == digest.function()
            && self.heads[id.index()] == head(digest);
        is_head && (digest.bytes().len() <= 32 || self.digest(id) == *digest)
    }

    fn all_heads(&self) -> impl Iterator<Item = (BlobId, [u8; 32])> + '_ {
        self.ids().zip(self.heads.iter().copied())
    }

    /// All ids in ascending order of digest, unless `hear` breaks it off. Digests of one function
    /// and first byte at a time: they and what they are sorted by fit in a processor's cache.
    fn sort(&self, hear: &mut dyn FnMut() -> ControlFlow<()>) -> Option<Vec<BlobId>> {
        let drawer = |id: BlobId| {
            let function = self.functions[id.index()] as usize;
            function << 8 | usize::from(self.heads[id.index()][0])
        };
        let mut ends = vec![0u32; DigestFunction::ALL.len() << 8];
        self.ids().for_each(|id| ends[drawer(id)] += 1);
        let mut n = 0;
        for end in &mut ends {
            n += std::mem::replace(end, n);
        }
        let mut sorted = vec![BlobId(0); self.len()];
        for id in self.ids() {
            let at = &mut ends[drawer(id)];
            sorted[*at as usize] = id;
            *at += 1;
        }
        let first = |id: BlobId| {
            let head = self.heads[id.index()].first_chunk().copied().unwrap_or_default();
            u64::from_be_bytes(head)
        };
        let (mut start, mut heard, mut drawn) = (0, 0, Vec::new());
        for end in ends.into_iter().map(|end| end as usize) {
            let ids = &mut sorted[start..end];
            start = end;
            drawn.clear();
            drawn.extend(ids.iter().map(|&id| (first(id), id)));
            drawn.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| self.compare(a.1, b.1)));
            ids.iter_mut().zip(&drawn).for_each(|(slot, drawn)| *slot = drawn.1);
            if start - heard > HEARD_BLOBS {
                heard = start;
                hear().continue_value()?;
            }
        }
        Some(sorted)
    }

    /// Compares digests whole. Not inlined, as a sort of std has dozens of comparisons, and next to
    /// none gets beyond the first bytes.
    #[inline(never)]
    fn compare(&self, a: BlobId, b: BlobId) -> Ordering {
        self.digest(a).cmp(&self.digest(b))
    }

    fn fresh_digest(&self, id: BlobId) -> Digest {
        let mut bytes = [0xff; 32];
        let number = 0xff00_0000 | ((id.index() - self.len()) as u32 + 1);
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        let digest = Digest::new(DigestFunction::Sha256, &bytes);
        digest.unwrap_or_else(|| unreachable!("it has the length of a SHA-256"))
    }

    /// The id of `digest`, if anything speaks of it.
    pub fn find(&self, digest: &Digest) -> Option<BlobId> {
        let at = self.sorted.partition_point(|&id| self.digest(id) < *digest);
        self.sorted.get(at).copied().filter(|&id| self.digest(id) == *digest)
    }

    /// Ids whose hexadecimal digest starts with `prefix` (lower case), ascending by digest.
    pub fn find_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = BlobId> + 'a {
        // Digests of several functions are sorted apart, so each function is searched on its own.
        DigestFunction::ALL.into_iter().flat_map(move |function| {
            let before = |&id: &BlobId| {
                let digest = self.digest(id);
                (digest.function(), digest.hex().as_str()) < (function, prefix)
            };
            let at = self.sorted.partition_point(before);
            self.sorted[at..].iter().copied().take_while(move |&id| {
                let digest = self.digest(id);
                digest.function() == function && digest.hex().starts_with(prefix)
            })
        })
    }
}

/// Collects digests, giving equal digests the same id. Each digest is kept once: the table of known
/// ones has ids only.
#[derive(Clone, Default, Debug)]
pub struct BlobsBuilder {
    blobs: Blobs,
    ids: IdTable<BlobId>,
}

/// Equal digests with equal ids and sizes.
impl PartialEq for BlobsBuilder {
    fn eq(&self, other: &Self) -> bool {
        self.blobs == other.blobs
    }
}

impl Eq for BlobsBuilder {}

impl BlobsBuilder {
    /// The id of `digest`, new or known. A size learned later fills in an unknown one; the first
    /// stays otherwise.
    pub fn intern(&mut self, digest: Digest, size_bytes: Option<u64>) -> BlobId {
        let Self { blobs, ids } = self;
        let new = BlobId::at(blobs.len());
        let is = |id| blobs.is(id, &digest);
        let id = ids.find_or_insert(head(&digest), new, is, || blobs.all_heads());
        if id == new {
            self.push(digest);
        }
        if let (SIZE_UNKNOWN, Some(size)) = (self.blobs.sizes[id.index()], size_bytes) {
            self.set_size(id, size);
        }
        id
    }

    /// The id of `digest` if it was interned before.
    pub fn find(&self, digest: &Digest) -> Option<BlobId> {
        let is = |id| self.blobs.is(id, digest);
        self.ids.find(head(digest), is, || self.blobs.all_heads())
    }

    /// Gives back the memory that finding digests takes, until the next is looked for.
    pub fn rest(&mut self) {
        self.ids.rest();
    }

    /// The digest of `id`.
    pub fn digest(&self, id: BlobId) -> Digest {
        self.blobs.digest(id)
    }

    /// Digest and size of `id`.
    pub fn get(&self, id: BlobId) -> Blob {
        self.blobs.get(id)
    }

    /// All ids, ascending.
    pub fn ids(&self) -> impl Iterator<Item = BlobId> + use<> {
        self.blobs.ids()
    }

    /// The size of `id`, where known.
    pub fn size_bytes(&self, id: BlobId) -> Option<u64> {
        self.blobs.size_bytes(id)
    }

    /// How many digests there are so far.
    pub fn len(&self) -> usize {
        self.blobs.len()
    }

    /// Whether there are none so far.
    pub fn is_empty(&self) -> bool {
        self.blobs.is_empty()
    }

    /// The frozen, searchable table.
    pub fn finish(self) -> Blobs {
        let finished = self.finish_with(&mut || ControlFlow::Continue(()));
        finished.unwrap_or_else(|| unreachable!("nothing breaks it off"))
    }

    /// The same, unless `hear`, which is asked now and then, breaks it off.
    pub(super) fn finish_with(self, hear: &mut dyn FnMut() -> ControlFlow<()>) -> Option<Blobs> {
        drop(self.ids);
        let mut blobs = self.blobs;
        room::trim(&mut blobs.heads);
        room::trim(&mut blobs.functions);
        room::trim(&mut blobs.sizes);
        blobs.sorted = blobs.sort(hear)?;
        Some(blobs)
    }

    fn push(&mut self, digest: Digest) {
        let id = BlobId::at(self.blobs.heads.len());
        if let Some(rest) = digest.bytes().get(32..).filter(|rest| !rest.is_empty()) {
            let mut tail = [0; 32];
            tail[..rest.len()].copy_from_slice(rest);
            self.blobs.tails.push((id, tail));
        }
        room::push(&mut self.blobs.heads, head(&digest));
        room::push(&mut self.blobs.functions, digest.function());
        room::push(&mut self.blobs.sizes, SIZE_UNKNOWN);
    }

    fn set_size(&mut self, id: BlobId, size_bytes: u64) {
        let small = u32::try_from(size_bytes).ok().filter(|&s| s < SIZE_LARGE);
        if small.is_none() {
            let at = self.blobs.large_sizes.partition_point(|s| s.0 < id);
            self.blobs.large_sizes.insert(at, (id, size_bytes));
        }
        self.blobs.sizes[id.index()] = small.unwrap_or(SIZE_LARGE);
    }
}

/// The first 32 bytes of `digest`, padded with zeros.
fn head(digest: &Digest) -> [u8; 32] {
    let mut head = [0; 32];
    let n = digest.bytes().len().min(32);
    head[..n].copy_from_slice(&digest.bytes()[..n]);
    head
}
