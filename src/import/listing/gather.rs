//! Collects what the lines of a listing say, and settles what single lines leave open.

use crate::import::card::{CountKind, Warning};
use crate::import::facts::{ContentDigest, ListedBlob, ListingFacts};
use crate::model::{CacheKind, DigestFunction};

use super::defects::{Defect, Defects};
use super::layout::{BlobName, Doubt};

/// What stands beside a name.
#[derive(Clone, Copy, Default)]
pub struct Columns<'a> {
    /// Size in bytes of what is stored.
    pub size_bytes: Option<u64>,
    /// Whether that may be blocks instead.
    pub unit_is_unsure: bool,
    /// Last modification in milliseconds since 1970.
    pub modified_ms: Option<i64>,
    /// A checksum of what is stored.
    pub sum: Option<&'a str>,
    /// Number of the entry of an archive that has it, from 1; 0 in a listing, which has lines.
    pub entry: u32,
}

impl Columns<'_> {
    /// Whether any column is there.
    pub fn has_any(&self) -> bool {
        self.size_bytes.is_some() || self.modified_ms.is_some() || self.sum.is_some()
    }
}

/// Blobs found so far.
#[derive(Default)]
pub struct Gather {
    blobs: Vec<ListedBlob>,
    /// Open doubts, by index of the blob.
    doubts: Vec<(u32, Doubt)>,
    /// Sizes that may be blocks, by index of the blob.
    unsure_sizes: Vec<u32>,
    /// The same sizes of AC entries.
    unsure_ac_sizes: Vec<u64>,
    /// Blobs whose checksum is another than their digest: index and line.
    mismatched: Vec<(u32, u64)>,
    n_matched: u64,
    has_flat_ac: bool,
    n_sure_ac: u64,
    n_ignored: u64,
    has_half: bool,
    has_sums: bool,
    /// What was wrong.
    pub defects: Defects,
}

/// With as many checksums that all differ from the names, the names are of another function.
const MISMATCHES_OF_OTHER_FUNCTION: usize = 8;

impl Gather {
    /// Whether there was a blob, or at least the folder of one half.
    pub fn is_listing(&self) -> bool {
        !self.blobs.is_empty() || self.has_half
    }

    /// How many blobs there are.
    pub fn len(&self) -> usize {
        self.blobs.len()
    }

    /// The function of the first digest.
    pub fn function(&self) -> Option<DigestFunction> {
        self.blobs.first().map(|b| b.content.digest.function())
    }

    /// Whether a checksum stood beside a blob.
    pub fn has_sums(&self) -> bool {
        self.has_sums
    }

    /// Notes a folder that is one half of a cache.
    pub fn half(&mut self) {
        self.has_half = true;
    }

    /// Notes a part of the cache that is no blob.
    pub fn ignored(&mut self) {
        self.n_ignored += 1;
    }

    /// Adds a blob.
    pub fn add(&mut self, line: u64, name: &BlobName, columns: Columns<'_>) {
        let index = u32::try_from(self.blobs.len()).unwrap_or(u32::MAX);
        let stored = columns.size_bytes.filter(|_| !name.is_casblob);
        let is_ac = name.kind == Some(CacheKind::Ac);
        self.has_sums |= columns.sum.is_some();
        self.has_flat_ac |= name.is_flat_ac;
        if name.doubt == Doubt::Half {
            self.defects.add(Defect::HalfNotTold, line, name.digest.hex().as_bytes());
        } else if name.doubt == Doubt::None {
            self.n_sure_ac += u64::from(is_ac);
        } else {
            self.doubts.push((index, name.doubt));
        }
        if let (Some(size), true, None) = (stored, columns.unit_is_unsure, name.size_bytes) {
            self.unsure_sizes.push(index);
            if is_ac {
                self.unsure_ac_sizes.push(size);
            }
        }
        self.check(index, line, name, columns.sum);
        self.blobs.push(ListedBlob {
            kind: name.kind,
            content: ContentDigest {
                digest: name.digest,
                // An AC entry is named after its action, whose size is another.
                size_bytes: name.size_bytes.or(stored).filter(|_| !is_ac),
            },
            modified_ms: columns.modified_ms,
            line: u32::try_from(line).unwrap_or(0).max(columns.entry),
        });
    }

    /// What is in no half by its name is in `half`: somebody said so.
    pub fn take_for(&mut self, half: CacheKind) {
        for &(index, _) in &self.doubts {
            self.blobs[index as usize].kind = None;
        }
        self.doubts.clear();
        for blob in self.blobs.iter_mut().filter(|blob| blob.kind.is_none()) {
            blob.kind = Some(half);
            if half == CacheKind::Ac {
                blob.content.size_bytes = None;
            }
        }
        self.defects.forget(Defect::HalfNotTold);
    }

    /// Settles doubts and puts rows of one blob together.
    pub fn finish(mut self, file: &str) -> (ListingFacts, Vec<(CountKind, u64)>, Vec<Warning>) {
        self.settle_kinds();
        self.settle_units();
        self.drop_corrupt();
        let n_digests = self.merge_rows();
        let n_of = |kind| self.blobs.iter().filter(|b| b.kind == Some(kind)).count() as u64;
        let mut counts =
            vec![("ac", n_of(CacheKind::Ac)), ("cas", n_of(CacheKind::Cas)), ("files", n_digests)];
        if self.n_ignored > 0 {
            counts.push(("ignored", self.n_ignored));
        }
        (ListingFacts { blobs: self.blobs }, counts, self.defects.warnings(file))
    }

    fn check(&mut self, index: u32, line: u64, name: &BlobName, sum: Option<&str>) {
        let function = name.digest.function();
        let is_checkable = name.kind != Some(CacheKind::Ac)
            && !name.is_casblob
            && function != DigestFunction::Blake3;
        let Some(sum) = sum.filter(|s| is_checkable && s.len() == function.n_bytes() * 2) else {
            return;
        };
        if sum.eq_ignore_ascii_case(&name.digest.hex()) {
            self.n_matched += 1;
        } else {
            self.mismatched.push((index, line));
        }
    }

    fn settle_kinds(&mut self) {
        let is_inside_half =
            self.n_sure_ac == 0 && self.doubts.iter().any(|(_, d)| *d == Doubt::Shard);
        for &(index, doubt) in &self.doubts {
            let kind = &mut self.blobs[index as usize].kind;
            match doubt {
                Doubt::Flat if self.has_flat_ac => *kind = Some(CacheKind::Cas),
                Doubt::AcOrShard if is_inside_half => *kind = None,
                _ => {}
            }
        }
    }

    /// Sizes before the path are bytes (`du -b`) or blocks (`du`). An AC entry names at least one
    /// digest, so it has 64 bytes and more, but is a few blocks long; where no AC entry is listed,
    /// content of all lengths is hardly ever a multiple of 4, but blocks of 4 KiB always are.
    fn settle_units(&mut self) {
        let sizes = &self.unsure_sizes;
        if sizes.is_empty() {
            return;
        }
        let middle = self.unsure_ac_sizes.len() / 2;
        let are_bytes = if self.unsure_ac_sizes.is_empty() {
            let size = |i: &u32| self.blobs[*i as usize].content.size_bytes.unwrap_or(0);
            !sizes.iter().all(|i| size(i).is_multiple_of(4)) && sizes.iter().any(|i| size(i) > 64)
        } else {
            *self.unsure_ac_sizes.select_nth_unstable(middle).1 >= 64
        };
        if are_bytes {
            return;
        }
        for &i in &self.unsure_sizes {
            self.blobs[i as usize].content.size_bytes = None;
        }
        self.defects.add(Defect::BlockSizes, 0, b"");
    }

    fn drop_corrupt(&mut self) {
        let blobs = &self.blobs;
        self.mismatched.retain(|&(i, _)| blobs[i as usize].kind == Some(CacheKind::Cas));
        if self.n_matched == 0 && self.mismatched.len() >= MISMATCHES_OF_OTHER_FUNCTION {
            self.defects.add(Defect::OtherFunction, self.mismatched[0].1, b"");
            return;
        }
        for &(i, line) in &self.mismatched {
            let digest = self.blobs[i as usize].content.digest.hex();
            self.defects.add(Defect::Corrupt, line, digest.as_bytes());
        }
        let mut corrupt = self.mismatched.iter().map(|m| m.0 as usize).peekable();
        let mut index = 0;
        self.blobs.retain(|_| {
            let is_corrupt = corrupt.next_if_eq(&index).is_some();
            index += 1;
            !is_corrupt
        });
    }

    /// Puts rows of the same blob together, in the place of the first, and counts digests.
    fn merge_rows(&mut self) -> u64 {
        let key = |blob: &ListedBlob| (blob.content.digest, blob.kind);
        // The first bytes mostly decide, and lie beside the index: whole rows are far apart.
        let head = |blob: &ListedBlob| blob.content.digest.bytes().first_chunk::<8>().copied();
        let mut heads: Vec<_> = self.blobs.iter().map(head).zip(0_u32..).collect();
        heads.sort_unstable_by(|a, b| {
            let whole = |i: u32| (key(&self.blobs[i as usize]), i);
            a.0.cmp(&b.0).then_with(|| whole(a.1).cmp(&whole(b.1)))
        });
        let order: Vec<u32> = heads.into_iter().map(|(_, i)| i).collect();
        let mut is_repeat = vec![false; self.blobs.len()];
        let mut first = order.first().map_or(0, |&i| i as usize);
        for &i in order.iter().skip(1) {
            let row = self.blobs[i as usize];
            if key(&row) != key(&self.blobs[first]) {
                first = i as usize;
                continue;
            }
            is_repeat[i as usize] = true;
            let kept = &mut self.blobs[first];
            kept.modified_ms = kept.modified_ms.max(row.modified_ms);
            match (kept.content.size_bytes, row.content.size_bytes) {
                (Some(a), Some(b)) if a != b => self.defects.add(Defect::SizeConflict, 0, b""),
                (None, size) => kept.content.size_bytes = size,
                _ => {}
            }
        }
        let digest = |i: &u32| self.blobs[*i as usize].content.digest;
        let n_digests = order.chunk_by(|a, b| digest(a) == digest(b)).count() as u64;
        let mut repeats = is_repeat.into_iter();
        self.blobs.retain(|_| !repeats.next().unwrap_or(false));
        n_digests
    }
}
