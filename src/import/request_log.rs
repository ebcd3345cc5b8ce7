//! Requests to a cache as a log tells them, whichever server or client wrote it.

use std::collections::HashMap;

use super::facts::{ContentDigest, ListedBlob, ListingFacts};
use crate::model::{CacheKind, Digest, Status, Verb};

/// One request of a log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoggedRequest {
    /// When it came, in milliseconds since 1970, where told.
    pub time_ms: Option<i64>,
    /// What was wanted.
    pub verb: Verb,
    /// Of which half.
    pub kind: CacheKind,
    /// The blob, or the action whose entry it is.
    pub digest: Digest,
    /// Bytes transferred, where told; of a `Find`, the size of the blob.
    pub size_bytes: Option<u64>,
    /// The answer as HTTP has it; 404 for gRPC's `NOT_FOUND` and for a blob listed as missing.
    pub status_code: u16,
    /// For whom, where told: the action or target.
    pub owner: Option<String>,
}

impl LoggedRequest {
    /// Whether the blob was there after the request; `None` where the answer proves neither.
    pub fn proves(&self) -> Option<bool> {
        match (self.verb, self.status_code) {
            (_, 200..=299) | (Verb::Get | Verb::Find, 304) => Some(true),
            (Verb::Get | Verb::Find, 404 | 410) => Some(false),
            _ => None,
        }
    }

    /// The answer in the planner's terms.
    pub fn status(&self) -> Status {
        match self.status_code {
            200..=299 | 304 => Status::Ok,
            404 | 410 => Status::NotFound,
            _ => Status::Error,
        }
    }
}

/// The requests of one log, in its order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RequestLog {
    /// The requests.
    pub requests: Vec<LoggedRequest>,
    /// Somebody asked by hand: nothing of it is what a build did.
    pub is_by_hand: bool,
}

impl RequestLog {
    /// Requests answered with "not found".
    pub fn n_not_found(&self) -> u64 {
        self.requests.iter().filter(|r| r.status_code == 404).count() as u64
    }

    /// Distinct blobs of the CAS that were asked for and not there, at any time.
    pub fn n_lost(&self) -> u64 {
        let is_loss = |r: &&LoggedRequest| r.kind == CacheKind::Cas && r.proves() == Some(false);
        let mut lost: Vec<Digest> =
            self.requests.iter().filter(is_loss).map(|r| r.digest).collect();
        lost.sort_unstable();
        lost.dedup();
        lost.len() as u64
    }
}

/// What logs prove last of each blob and entry: whether it is there, and since when it is known.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LastProofs {
    /// By half and digest, in the order first met.
    pub order: Vec<(CacheKind, Digest)>,
    /// Presence, and the time of the proof where told.
    pub proofs: HashMap<(CacheKind, Digest), (bool, Option<i64>)>,
}

impl LastProofs {
    /// Of all `logs` together: the later time wins, and where times are missing the later line.
    pub fn of<'a>(logs: impl IntoIterator<Item = &'a RequestLog>) -> Self {
        let mut last = Self::default();
        for request in logs.into_iter().flat_map(|log| &log.requests) {
            let Some(present) = request.proves() else { continue };
            let name = (request.kind, request.digest);
            let proof = (present, request.time_ms);
            match last.proofs.get_mut(&name) {
                Some(known) if known.1.is_some() && proof.1.is_some() && known.1 > proof.1 => {}
                Some(known) => *known = proof,
                None => {
                    last.order.push(name);
                    last.proofs.insert(name, proof);
                }
            }
        }
        last
    }

    /// How many of `kind` are there at the end.
    pub fn n_present(&self, kind: CacheKind) -> u64 {
        let is = |(name, proof): &(&(CacheKind, Digest), &(bool, _))| name.0 == kind && proof.0;
        self.proofs.iter().filter(is).count() as u64
    }

    /// What is there at the end, as a listing.
    pub fn listing(&self) -> ListingFacts {
        let present = |name: &(CacheKind, Digest)| {
            let &(is_there, modified_ms) = self.proofs.get(name)?;
            let content = ContentDigest { digest: name.1, size_bytes: None };
            is_there.then_some(ListedBlob { kind: Some(name.0), content, modified_ms, line: 0 })
        };
        ListingFacts { blobs: self.order.iter().filter_map(present).collect() }
    }
}
