//! Digests as logs write them.

use super::card::Place;
use super::notes::Notes;
use super::wire::spawn;
use crate::model::{Digest, DigestFunction};

/// A logged digest and its size; noted and `None` if it is none.
pub(super) fn of_log(
    logged: &spawn::Digest,
    place: &Place,
    notes: &mut Notes,
) -> Option<(Digest, Option<u64>)> {
    of_log_as(logged, None, place, notes)
}

/// The same in a log that names its digest function once for all.
pub(super) fn of_log_as(
    logged: &spawn::Digest,
    function: Option<DigestFunction>,
    place: &Place,
    notes: &mut Notes,
) -> Option<(Digest, Option<u64>)> {
    // An unset digest, as an old log has it for a file that is not there.
    if logged.hash.is_empty() {
        return None;
    }
    // `SHA256TREE` and the like are told apart by nothing else; their length must do.
    let function = match logged.hash_function_name.as_str() {
        "" => function,
        name => DigestFunction::from_name(name),
    };
    match Digest::from_hex(&logged.hash, function) {
        Ok(digest) => Some((digest, u64::try_from(logged.size_bytes).ok())),
        Err(error) => {
            let what = || {
                let shown: String = logged.hash.chars().take(80).collect();
                format!("'{shown}' is no digest: {error}.")
            };
            notes.add("digest", place.clone(), what, "The file is kept without its content.");
            None
        }
    }
}

/// The digest and size in the name of a resource, as ByteStream reads and writes name it and as
/// `bytestream:` addresses end: `blobs/HASH/SIZE`, `compressed-blobs/zstd/HASH/SIZE`, each with an
/// optional function before the hash, whatever comes before and behind.
pub(super) fn of_resource(name: &str) -> Option<(Digest, Option<u64>)> {
    let parts: Vec<&str> = name.split('/').collect();
    // An instance may itself be called `blobs`: the last that fits counts.
    let starts = (0..parts.len()).rev().filter(|&i| i + 2 < parts.len());
    starts.filter(|&i| matches!(parts[i], "blobs" | "compressed-blobs")).find_map(|i| {
        // The compressor, and functions of which we know only the length (`sha256tree`).
        let is_hex = |part: &str| part.len() >= 32 && part.bytes().all(|b| b.is_ascii_hexdigit());
        let at = (i + 1..parts.len()).take(3).find(|&at| is_hex(parts[at]))?;
        let function = DigestFunction::from_name(parts[at - 1]);
        let size = parts.get(at + 1)?.parse().ok()?;
        Some((Digest::from_hex(parts[at], function).ok()?, Some(size)))
    })
}

/// The digest of no bytes, which the compact log leaves out.
pub(super) fn empty(function: DigestFunction) -> Option<Digest> {
    let hex = match function {
        DigestFunction::Sha256 => {
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        }
        DigestFunction::Sha1 => "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        DigestFunction::Blake3 => {
            "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
        }
        DigestFunction::Sha384 => {
            "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da\
             274edebfe76f65fbd51ad2f14898b95b"
        }
        DigestFunction::Sha512 => {
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce\
             47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
        }
        DigestFunction::Md5 => "d41d8cd98f00b204e9800998ecf8427e",
    };
    Digest::from_hex(hex, Some(function)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_resources_in_every_form() {
        let hex = "36a959690c3a34f68c8b017dbb05a7abc9d789dec7427b8ea931a32d84d2cd0b";
        let sha256 = Digest::from_hex(hex, Some(DigestFunction::Sha256)).ok();
        let blake3 = Digest::from_hex(hex, Some(DigestFunction::Blake3)).ok();
        for (name, digest) in [
            ("blobs/HASH/5", sha256),
            ("a/b/blobs/HASH/5", sha256),
            ("host:8980/inst/blobs/HASH/5", sha256),
            ("host/compressed-blobs/zstd/HASH/5", sha256),
            ("i/uploads/1b4e28ba-2fa1-11d2-883f-0016d3cca427/blobs/HASH/5", sha256),
            ("i/uploads/1b4e28ba/compressed-blobs/zstd/HASH/5/name.o", sha256),
            ("blobs/blake3/HASH/5", blake3),
            ("compressed-blobs/zstd/blake3/HASH/5", blake3),
            ("blobs/sha256tree/HASH/5", sha256),
            ("blobs/x/blobs/HASH/5", sha256),
        ] {
            let found = of_resource(&name.replace("HASH", hex));
            assert_eq!(found, digest.map(|digest| (digest, Some(5))), "{name}");
        }
        for name in ["", "blobs", "blobs/HASH", "blobs/HASH/x", "HASH/5", "blobs/abc/5", "blobs/"] {
            assert_eq!(of_resource(&name.replace("HASH", hex)), None, "{name}");
        }
    }
}
