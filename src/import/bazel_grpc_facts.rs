//! What a log of gRPC calls tells: each request with its answer and, where known, its owner; AC
//! entries with their bodies; blobs that it proves lost.

use std::collections::HashMap;

use super::facts::{ActionResultBody, BlobFacts};
use crate::model::{
    BlobId, Blobs, BlobsBuilder, CacheKind, Digest, Status, TextId, Texts, TextsBuilder, Verb,
};

/// On whose behalf a request was made.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CallOwner {
    /// Digest of its action, where it is one.
    pub action: Option<BlobId>,
    /// Its target; empty where unknown.
    pub label: TextId,
    /// Its sort; empty where unknown.
    pub mnemonic: TextId,
    /// Id of the invocation of the build tool; empty where unknown.
    pub invocation: TextId,
}

/// One request for one blob or AC entry. A call that asks for several is several requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CalledFor {
    /// When it was sent, in milliseconds since 1970, where told.
    pub at_ms: Option<i64>,
    /// What is asked.
    pub verb: Verb,
    /// Which half of the cache.
    pub kind: CacheKind,
    /// Which AC key or blob, in terms of the log's own blobs, which have the size too.
    pub blob: BlobId,
    /// The answer.
    pub status: Status,
    /// Index into [`CallLog::owners`], where known.
    pub owner: Option<u32>,
}

/// A worker was asked to execute an action (`Execute`, `WaitExecution`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CalledExecution {
    /// How many requests of the log came before.
    pub n_before: usize,
    /// When it was asked, in milliseconds since 1970, where told.
    pub at_ms: Option<i64>,
    /// The AC key.
    pub key: BlobId,
    /// The answer: `NotFound` where it lacked something.
    pub status: Status,
    /// What it lacked.
    pub lacked: Vec<BlobId>,
    /// Index into [`CallLog::owners`], where known.
    pub owner: Option<u32>,
}

/// A log of gRPC calls.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallLog {
    /// Labels, mnemonics, invocations.
    pub texts: Texts,
    /// Digests.
    pub blobs: Blobs,
    /// Owners, each once.
    pub owners: Vec<CallOwner>,
    /// Requests in the order of the log.
    pub requests: Vec<CalledFor>,
    /// Executions in the order of the log.
    pub executions: Vec<CalledExecution>,
    /// AC entries that were served or written, with their last bodies; its listing is empty.
    pub bodies: BlobFacts,
    /// CAS blobs that the log proves lost and does not show written again, in the order found: a
    /// read that finds nothing, an execution that lacks an input, a blob that is missing although
    /// the log showed it or an AC entry that names it before.
    pub lost: Vec<BlobId>,
}

/// Collects a [`CallLog`].
#[derive(Default)]
pub(super) struct CallLogBuilder {
    pub texts: TextsBuilder,
    pub blobs: BlobsBuilder,
    owners: Vec<CallOwner>,
    by_owner: HashMap<CallOwner, u32>,
    requests: Vec<CalledFor>,
    executions: Vec<CalledExecution>,
    bodies: BlobFacts,
    /// Each CAS blob that was there or should have been.
    seen: HashMap<BlobId, Seen>,
}

/// What is known of a blob so far.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// When the answer came that shows it.
    shown_ms: Option<i64>,
    /// Number of the request that found it lost, if it is.
    lost_at: Option<usize>,
}

impl CallLogBuilder {
    /// The index of `owner`, new or known.
    pub fn owner(&mut self, owner: CallOwner) -> u32 {
        let next = self.owners.len() as u32;
        let index = *self.by_owner.entry(owner).or_insert(next);
        if index == next {
            self.owners.push(owner);
        }
        index
    }

    /// Adds a request that was answered at `answered_ms`, and follows what it says about the
    /// presence of its blob.
    pub fn push(&mut self, request: CalledFor, answered_ms: Option<i64>) {
        let found_at = self.requests.len();
        self.requests.push(request);
        if request.kind == CacheKind::Ac {
            return;
        }
        match (request.verb, request.status) {
            (_, Status::Ok) => {
                let seen = Seen { shown_ms: answered_ms, lost_at: None };
                self.seen.insert(request.blob, seen);
            }
            (Verb::Get, Status::NotFound) => self.lose(request.blob, found_at),
            (Verb::Find, Status::NotFound) if self.was_shown(request) => {
                self.lose(request.blob, found_at);
            }
            _ => {}
        }
    }

    /// Whether the blob of `request` was shown to be there before it was asked after. Calls
    /// overlap: a blob may be asked after, then written, then be answered to be missing.
    fn was_shown(&self, request: CalledFor) -> bool {
        let seen = self.seen.get(&request.blob);
        seen.is_some_and(|seen| match (seen.shown_ms, request.at_ms) {
            (Some(shown), Some(asked)) => shown < asked,
            _ => true,
        })
    }

    /// Notes that an execution lacks `blob`.
    pub fn lacks(&mut self, blob: BlobId) {
        self.lose(blob, self.requests.len());
    }

    fn lose(&mut self, blob: BlobId, found_at: usize) {
        if !self.blobs_is_size_0(blob) {
            self.seen.entry(blob).or_default().lost_at.get_or_insert(found_at);
        }
    }

    /// The blob of no bytes is there without being stored.
    fn blobs_is_size_0(&self, blob: BlobId) -> bool {
        self.blobs.size_bytes(blob) == Some(0)
    }

    /// Keeps the body of the AC entry `key`, known since `answered_ms`. What it names should be
    /// there from then on.
    pub fn add_body(&mut self, key: Digest, body: ActionResultBody, answered_ms: Option<i64>) {
        let named = body.outputs.iter().map(|output| output.content);
        for content in named.chain(body.stdout).chain(body.stderr) {
            let blob = self.blobs.intern(content.digest, content.size_bytes);
            self.seen.entry(blob).or_insert(Seen { shown_ms: answered_ms, lost_at: None });
        }
        self.bodies.results.insert(key, Some(body));
    }

    /// Adds an execution.
    pub fn execute(&mut self, execution: CalledExecution) {
        self.executions.push(execution);
    }

    /// How many requests there are so far.
    pub fn n_requests(&self) -> usize {
        self.requests.len()
    }

    /// The finished log.
    pub fn finish(self) -> CallLog {
        let mut lost: Vec<(usize, BlobId)> =
            self.seen.iter().filter_map(|(&blob, seen)| Some((seen.lost_at?, blob))).collect();
        lost.sort_unstable();
        CallLog {
            texts: self.texts.finish(),
            blobs: self.blobs.finish(),
            owners: self.owners,
            requests: self.requests,
            executions: self.executions,
            bodies: self.bodies,
            lost: lost.into_iter().map(|(_, blob)| blob).collect(),
        }
    }
}
