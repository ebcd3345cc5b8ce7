//! Digests for content that a scenario file names: made of the name, so that they are the same
//! everywhere, or as the file gives them.

use sha2::{Digest as _, Sha256};

use crate::model::{BlobId, Blobs, BlobsBuilder, Digest, DigestFunction};

use super::choices::{Content, ContentText};
use super::error::{Place, Problem, Word};

/// Content of this name is empty: its size is 0 and its digest that of no bytes.
pub const EMPTY: &str = "empty";

/// The size of content of which a file tells no size.
pub const SIZE_BYTES_DEFAULT: u64 = 1000;

/// The digest of the content that is called `name`.
pub fn digest_of_name(name: &str) -> Digest {
    let bytes = match name {
        EMPTY => Sha256::digest(b""),
        _ => Sha256::new().chain_update("rewindow content ").chain_update(name).finalize(),
    };
    let digest = Digest::new(DigestFunction::Sha256, &bytes);
    digest.unwrap_or_else(|| unreachable!("it has the length of a SHA-256"))
}

/// Interns what a file names.
#[derive(Default)]
pub(super) struct Contents {
    /// Blobs whose size the file has not told so far.
    unsized_blobs: Vec<BlobId>,
}

impl Contents {
    /// The blob of `content`; `own` is its name if it has no other.
    pub fn intern(
        &mut self,
        blobs: &mut BlobsBuilder,
        content: &Content,
        own: &str,
        place: Place,
    ) -> Result<Option<BlobId>, Problem> {
        let (digest, size_bytes) = match content {
            Content::Absent => return Ok(None),
            Content::Own => (digest_of_name(own), None),
            Content::Named(name) => (digest_of_name(&name.text), None),
            Content::Exact(exact) => {
                let blob = blobs.intern(digest(exact, own)?, exact.size_bytes);
                return self.settle(blobs, blob, exact, place).map(Some);
            }
        };
        let blob = blobs.intern(digest, size_bytes);
        self.unsized_blobs.push(blob);
        Ok(Some(blob))
    }

    /// Gives what has a name but no size the usual one.
    pub fn finish(self, blobs: &mut BlobsBuilder) {
        let empty = digest_of_name(EMPTY);
        for blob in self.unsized_blobs {
            let digest = blobs.digest(blob);
            let size_bytes = if digest == empty { 0 } else { SIZE_BYTES_DEFAULT };
            blobs.intern(digest, Some(size_bytes));
        }
    }

    fn settle(
        &mut self,
        blobs: &BlobsBuilder,
        blob: BlobId,
        exact: &ContentText,
        place: Place,
    ) -> Result<BlobId, Problem> {
        let known = blobs.size_bytes(blob);
        match exact.size_bytes {
            Some(size) if known != Some(size) => {
                let known = known.unwrap_or_default();
                let problem =
                    format!("this content has {size} bytes here and {known} bytes elsewhere");
                Err(Problem::new(place, problem, "Give it one size, or another name"))
            }
            Some(0) if blobs.digest(blob) != digest_of_name(EMPTY) => {
                let problem = format!("content of 0 bytes is called \"{EMPTY}\"");
                Err(Problem::new(place, problem, "Name it so"))
            }
            None if exact.digest.is_none() => {
                self.unsized_blobs.push(blob);
                Ok(blob)
            }
            _ => Ok(blob),
        }
    }
}

/// The blob of `content` among those that a graph knows.
pub(super) fn find(
    blobs: &Blobs,
    content: &Content,
    own: Option<BlobId>,
    place: Place,
) -> Result<Option<BlobId>, Problem> {
    if *content == Content::Absent {
        return Ok(None);
    }
    let Some(digest) = own_digest(content)? else { return Ok(own) };
    let unknown = || {
        let problem = format!("no export tells of the digest {}", digest.short());
        Problem::new(place, problem, "Name a digest of the loaded files")
    };
    blobs.find(&digest).map(Some).ok_or_else(unknown)
}

/// The digest that `content` says by itself, if it does.
pub(super) fn own_digest(content: &Content) -> Result<Option<Digest>, Problem> {
    match content {
        Content::Absent | Content::Own => Ok(None),
        Content::Exact(ContentText { name: None, digest: None, .. }) => Ok(None),
        Content::Named(name) => Ok(Some(digest_of_name(&name.text))),
        Content::Exact(exact) => digest(exact, "").map(Some),
    }
}

fn digest(exact: &ContentText, own: &str) -> Result<Digest, Problem> {
    match (&exact.digest, &exact.name) {
        (Some(hex), None) => parse_digest(hex),
        (None, name) => Ok(digest_of_name(name.as_ref().map_or(own, |name| &name.text))),
        (Some(_), Some(name)) => {
            let problem = "content has a name and a digest: the name makes its digest";
            Err(Problem::new(name.place, problem, "Take one of them out"))
        }
    }
}

/// Hexadecimal digits, after the name of the function and a colon where the length does not tell
/// it.
fn parse_digest(word: &Word) -> Result<Digest, Problem> {
    let named = word.text.split_once(':');
    let function = named.and_then(|(name, _)| DigestFunction::from_name(name));
    let hex = match named {
        Some((_, hex)) if function.is_some() => hex,
        _ => word.text.as_str(),
    };
    Digest::from_hex(hex, function).map_err(|error| {
        Problem::new(word.place, format!("no digest: {error}"), "Give all its digits")
    })
}
