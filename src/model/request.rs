//! What a build tool asks of a cache, one line of a request log.

use super::cache::CacheKind;
use super::ids::{ActionId, BlobId};

/// What is asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verb {
    /// Read a blob or an AC entry (HTTP `GET`, gRPC `GetActionResult` and `Read`).
    Get,
    /// Write a blob or an AC entry (HTTP `PUT`, gRPC `UpdateActionResult` and `Write`).
    Put,
    /// Ask whether a blob is there (`FindMissingBlobs`).
    Find,
}

/// What the cache answers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Status {
    /// HTTP 200.
    Ok,
    /// HTTP 404, gRPC `NOT_FOUND`, or listed as missing.
    NotFound,
    /// An error that does not say that the blob is gone (HTTP 500, gRPC `UNKNOWN`).
    Error,
}

impl Status {
    /// The HTTP status code.
    pub fn code(self) -> u16 {
        match self {
            Self::Ok => 200,
            Self::NotFound => 404,
            Self::Error => 500,
        }
    }
}

/// Which cache is asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Tier {
    /// The one that a team shares.
    #[default]
    Remote,
    /// The one on the client's disk (`--disk_cache`).
    Disk,
}

/// One request and its answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Request {
    /// What is asked.
    pub verb: Verb,
    /// Which cache.
    pub tier: Tier,
    /// Which half of the cache.
    pub kind: CacheKind,
    /// Which AC key or blob.
    pub blob: BlobId,
    /// The answer.
    pub status: Status,
    /// On whose behalf; `None` when the build itself asks (a top-level output fetched after the
    /// fact).
    pub owner: Option<ActionId>,
}
