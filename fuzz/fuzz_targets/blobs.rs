//! Blobs picked from the folder of a cache: the bytes are cut at each `\n--\n`. Blobs have the
//! names that their contents give them, AC entries that of the blob before, so that ActionResult,
//! Action, Command, Tree and Directory messages can refer to each other. A part that begins with
//! `z` is a casblob of bazel-remote.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};

fuzz_target!(|bytes: &[u8]| {
    let mut files = Vec::new();
    let mut last = "0".repeat(64);
    for (i, body) in parts(bytes).enumerate() {
        let hash: String = Sha256::digest(body).iter().map(|b| format!("{b:02x}")).collect();
        let name = match (i % 2, body.first()) {
            (1, _) => format!("ac/{}/{last}", &last[..2]),
            (_, Some(b'z')) => format!("cas.v2/{}/{hash}-{}-1234", &hash[..2], body.len()),
            _ => format!("cas/{}/{hash}", &hash[..2]),
        };
        let body = body.strip_prefix(b"z").unwrap_or(body);
        files.push((name, body.to_vec()));
        last = hash;
    }
    rewindow_fuzz::read(files);
});

fn parts(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let end = bytes.windows(4).position(|w| w == b"\n--\n");
        let (part, rest) = match end {
            Some(end) => (&bytes[..end], &bytes[end + 4..]),
            None => (bytes, &[][..]),
        };
        bytes = rest;
        Some(part)
    })
    .take(64)
}
