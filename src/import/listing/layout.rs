//! What the path of a stored blob says: half of the cache, digest, size, encoding.
//!
//! One rule covers the disk caches of Bazel, flat HTTP caches, bazel-remote (v0, v1, v2) and
//! NativeLink, because they all end in `KIND/[HH/]NAME`. What comes before is where the cache was
//! kept and tells nothing. Sources: Bazel `DiskCacheClient.java` (`toPath`), bazel-remote
//! `cache/disk/load.go`, NativeLink `filesystem_store.rs`.

use crate::model::{CacheKind, Digest, DigestFunction};

/// A name that a cache gives to a blob or an AC entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BlobName {
    /// Which half it is in; `None` where the path does not tell.
    pub kind: Option<CacheKind>,
    /// The digest in the name.
    pub digest: Digest,
    /// Size of the content in bytes, from the name.
    pub size_bytes: Option<u64>,
    /// The file is no plain copy of the content but has bazel-remote's header and may be
    /// compressed.
    pub is_casblob: bool,
    /// Named as in the disk cache of Bazel 1 and 2: `ac_HASH`.
    pub is_flat_ac: bool,
    /// Which doubt about `kind` the rest of the listing has to settle.
    pub doubt: Doubt,
}

/// What a single path leaves open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Doubt {
    /// Nothing.
    None,
    /// A digest in no known folder. If others begin with `ac_`, this is the disk cache of Bazel 1
    /// and 2, and it is a CAS blob.
    Flat,
    /// `HH/NAME` with nothing above it: a listing made inside one half.
    Shard,
    /// NativeLink keeps AC and CAS in two folders that only its configuration tells apart.
    Half,
    /// `ac/ac…` with nothing above it: the AC of a flat cache, or the folder of the blobs that
    /// begin with `ac`, in a listing made inside one half.
    AcOrShard,
}

/// What a path is to a cache.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Named {
    /// A blob or an AC entry.
    Blob(BlobName),
    /// A folder that caches have. `is_half` for the AC or the CAS as a whole.
    Folder {
        /// Whether it is one of the halves.
        is_half: bool,
    },
    /// Part of a cache that holds no blob: temporary files, locks, state of the collector.
    Housekeeping,
    /// In a cache's folder and hexadecimal, but as long as no digest.
    WrongLength,
    /// A digest in the folder of other first digits, where no cache looks for it.
    WrongShard,
    /// Nothing that caches have.
    Other,
}

/// Reads a path with `/` or `\` between its parts.
pub fn classify(path: &[u8]) -> Named {
    let mut parts = path
        .rsplit(|&b| b == b'/' || b == b'\\')
        .filter(|part| !matches!(*part, b"" | b"." | b".."));
    let Some(name) = parts.next() else {
        return Named::Folder { is_half: false };
    };
    if let Some(name) = sized_digest(name, parts.clone()) {
        return Named::Blob(name);
    }
    let (flat_ac, plain) = match name.strip_prefix(b"ac_") {
        Some(rest) => (true, rest),
        None => (false, name),
    };
    let n_digits = plain.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    let (hex, rest) = plain.split_at(n_digits);
    let place = Place::of(parts, hex, rest);
    if place.is_housekeeping {
        return Named::Housekeeping;
    }
    let is_tail = rest.is_empty() || rest.starts_with(b"-") || rest == b".v1";
    let digest = if is_tail { digest(hex, place.function) } else { None };
    let (Some(digest), Some(tail)) = (digest, Tail::of(rest, place.is_v2)) else {
        return not_a_blob(name, n_digits, rest, &place);
    };
    if place.wrong_shard {
        return Named::WrongShard;
    }
    let kind = if flat_ac { Some(CacheKind::Ac) } else { place.kind };
    let is_v2_cas = tail.size_and_random || (place.is_v2 && kind == Some(CacheKind::Cas));
    Named::Blob(BlobName {
        kind,
        digest,
        size_bytes: tail.size_bytes,
        is_casblob: is_v2_cas && !tail.is_v1,
        is_flat_ac: flat_ac,
        doubt: match place.doubt {
            Doubt::Flat if flat_ac || !rest.is_empty() => Doubt::None,
            doubt => doubt,
        },
    })
}

/// `HASH/SIZE` or `HASH:SIZE`, as clients write digests, also as `…/blobs/HASH/SIZE`.
fn sized_digest<'a>(
    name: &'a [u8],
    mut folders: impl Iterator<Item = &'a [u8]>,
) -> Option<BlobName> {
    let (hex, size) = match name.iter().position(|b| *b == b':') {
        Some(colon) => (&name[..colon], &name[colon + 1..]),
        None => (folders.next()?, name),
    };
    let is_size = !size.is_empty() && size.len() < 16 && size.iter().all(u8::is_ascii_digit);
    let is_hex = is_size && hex.iter().all(u8::is_ascii_hexdigit);
    let parent = folders.next().unwrap_or_default();
    let function = std::str::from_utf8(parent).ok().and_then(DigestFunction::from_name);
    let folder = if function.is_some() { folders.next().unwrap_or_default() } else { parent };
    Some(BlobName {
        kind: (folder == b"blobs").then_some(CacheKind::Cas),
        digest: digest(hex, function).filter(|_| is_hex)?,
        size_bytes: std::str::from_utf8(size).ok()?.parse().ok(),
        is_casblob: false,
        is_flat_ac: false,
        doubt: Doubt::None,
    })
}

/// The digest that hexadecimal digits are, of the function named if they have its length.
fn digest(hex: &[u8], named: Option<DigestFunction>) -> Option<Digest> {
    let is_named = named.filter(|f| f.n_bytes() * 2 == hex.len());
    let by_length = || DigestFunction::from_n_bytes(hex.len() / 2);
    let function = is_named.or_else(by_length).filter(|f| f.n_bytes() * 2 == hex.len())?;
    // Known to be digits, so that the low four bits and the case tell their values.
    let value = |digit: u8| (digit & 15) + if digit > b'9' { 9 } else { 0 };
    let mut bytes = [0; 64];
    for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
        *byte = value(pair[0]) << 4 | value(pair[1]);
    }
    Digest::new(function, &bytes[..function.n_bytes()])
}

/// The half that a folder of this name is, and whether in bazel-remote's second layout.
fn half(folder: &[u8]) -> Option<(CacheKind, bool)> {
    let lower = folder.to_ascii_lowercase();
    Some(match lower.as_slice() {
        b"ac" | b"raw" => (CacheKind::Ac, false),
        b"cas" => (CacheKind::Cas, false),
        // `raw.v2` holds the AC of a server that does not check entries
        // (`--disable_http_ac_validation`).
        b"ac.v2" | b"raw.v2" => (CacheKind::Ac, true),
        b"cas.v2" => (CacheKind::Cas, true),
        _ => return None,
    })
}

/// What the folders above a name say.
struct Place {
    kind: Option<CacheKind>,
    is_v2: bool,
    function: Option<DigestFunction>,
    wrong_shard: bool,
    is_housekeeping: bool,
    doubt: Doubt,
}

impl Place {
    /// From the folders above, innermost first.
    fn of<'a>(mut folders: impl Iterator<Item = &'a [u8]>, hex: &[u8], rest: &[u8]) -> Self {
        let parent = folders.next().unwrap_or_default();
        let above = folders.next().unwrap_or_default();
        let top = folders.next().unwrap_or_default();
        let is_housekeeping =
            [parent, above].iter().take(if hex.len() < 32 { 2 } else { 1 }).any(|f| is_spare(f));
        let is_shard = parent.len() == 2 && parent.iter().all(u8::is_ascii_hexdigit);
        let is_own_shard =
            is_shard && hex.get(..2).is_some_and(|digits| digits.eq_ignore_ascii_case(parent));
        // `ac` is a folder of AC entries and also two hexadecimal digits.
        let is_half = half(parent).is_some();
        let in_half = half(above).is_some() || (above == b"d" && !rest.is_empty());
        let through_shard = is_shard && (!is_half || (is_own_shard && in_half));
        let (folder, outer) = if through_shard { (above, top) } else { (parent, above) };
        let (kind, is_v2) = half(folder).map_or((None, false), |(kind, v2)| (Some(kind), v2));
        // As in NativeLink's own examples: `content_path-cas/d/HASH-SIZE`.
        let is_store = folder == b"d" && !rest.is_empty();
        let kind = kind.or_else(|| store_kind(outer).filter(|_| is_store));
        let doubt = match (kind, through_shard) {
            (None, _) if is_store => Doubt::Half,
            (None, false) => Doubt::Flat,
            (None, true) => Doubt::Shard,
            (Some(_), false) if is_own_shard => Doubt::AcOrShard,
            (Some(_), _) => Doubt::None,
        };
        Self {
            kind,
            is_v2,
            // Bazel keeps functions newer than SHA-256 apart: `blake3/cas/…`.
            function: std::str::from_utf8(outer).ok().and_then(DigestFunction::from_name),
            wrong_shard: through_shard && !is_own_shard && kind.is_some(),
            is_housekeeping,
            doubt,
        }
    }
}

/// The half that a folder of NativeLink's is named after.
fn store_kind(folder: &[u8]) -> Option<CacheKind> {
    let lower = folder.to_ascii_lowercase();
    let is = |half: &[u8]| {
        let before = lower.strip_suffix(half);
        before.is_some_and(|b| b.last().is_none_or(|c| !c.is_ascii_alphanumeric()))
    };
    if is(b"cas") {
        return Some(CacheKind::Cas);
    }
    is(b"ac").then_some(CacheKind::Ac)
}

/// What follows the digest in a name.
struct Tail {
    size_bytes: Option<u64>,
    size_and_random: bool,
    is_v1: bool,
}

impl Tail {
    /// `[-SIZE][-RANDOM][.v1]`. A single number is a size to NativeLink, and a random part to
    /// bazel-remote, which always has one.
    fn of(rest: &[u8], is_v2: bool) -> Option<Self> {
        let (rest, is_v1) = match rest.strip_suffix(b".v1") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let mut parts = rest.split(|&b| b == b'-').skip(1);
        let (first, second) = (parts.next(), parts.next());
        let is_word = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_alphanumeric);
        if parts.next().is_some() || ![first, second].into_iter().flatten().all(is_word) {
            return None;
        }
        let number = first.and_then(|part| std::str::from_utf8(part).ok()?.parse().ok());
        match (first, second) {
            (Some(_), Some(_)) if number.is_none() => None,
            (Some(_), None) if is_v2 || number.is_none() => {
                Some(Self { size_bytes: None, size_and_random: false, is_v1 })
            }
            _ => Some(Self { size_bytes: number, size_and_random: second.is_some(), is_v1 }),
        }
    }
}

fn not_a_blob(name: &[u8], n_digits: usize, rest: &[u8], place: &Place) -> Named {
    if half(name).is_some() {
        return Named::Folder { is_half: true };
    }
    let is_function = std::str::from_utf8(name).ok().and_then(DigestFunction::from_name);
    let is_digits = |n| name.len() == n && n_digits == n;
    if is_digits(2) || is_function.is_some() || matches!(name, b"d" | b"s" | b"lost+found") {
        return Named::Folder { is_half: false };
    }
    if is_spare(name) || is_temporary(name) {
        return Named::Housekeeping;
    }
    let in_cache = place.kind.is_some() || place.doubt == Doubt::Shard;
    let looks_like_digest = n_digits >= 8 && (rest.is_empty() || rest.starts_with(b"-"));
    if in_cache && looks_like_digest { Named::WrongLength } else { Named::Other }
}

/// Folders and files of Bazel's garbage collector and of uploads under way.
fn is_spare(name: &[u8]) -> bool {
    matches!(name, b"tmp" | b"temp" | b"gc" | b"lock" | b"CACHEDIR.TAG")
}

/// A UUID (early disk caches upload under one), a hidden file, a lock, a part of an upload.
fn is_temporary(name: &[u8]) -> bool {
    let dashes = [8, 13, 18, 23];
    let is_uuid = name.len() == 36
        && name
            .iter()
            .enumerate()
            .all(|(i, b)| if dashes.contains(&i) { *b == b'-' } else { b.is_ascii_hexdigit() });
    is_uuid
        || name.starts_with(b".")
        || [b".tmp".as_slice(), b".lock", b".partial"].iter().any(|end| name.ends_with(end))
}
