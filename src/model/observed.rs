//! What really happened, as logs tell it: requests to the cache, executions, losses, ends.
//!
//! In terms of the ids of one [`Graph`](super::Graph), and without conclusions: what a request
//! proves is for `rewind` to say.

use super::cache::CacheKind;
use super::ids::{ActionId, ArtifactId, BlobId};
use super::request::{Status, Verb};

/// One thing that a log tells.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Deed {
    /// A request to the remote cache was answered.
    Asked {
        /// What was asked.
        verb: Verb,
        /// Of which half.
        kind: CacheKind,
        /// Which AC key or blob.
        blob: BlobId,
        /// The answer.
        status: Status,
    },
    /// A worker was asked to execute the action `key` (`Execute`); `Ok` if it did.
    Executed {
        /// The AC key.
        key: BlobId,
        /// The answer.
        status: Status,
    },
    /// A worker says that the execution it was asked for lacks `blob`.
    Lacked {
        /// What is lacking.
        blob: BlobId,
    },
}

/// A thing that a log tells, with when and on whose behalf.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ObservedDeed {
    /// When, in milliseconds since 1970, where told.
    pub at_ms: Option<i64>,
    /// What.
    pub deed: Deed,
    /// On whose behalf, where told.
    pub owner: Option<ActionId>,
    /// Index into [`Observed::invocations`], where told.
    pub invocation: Option<u32>,
}

/// A run of the build tool that some file tells of.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Invocation {
    /// Its id; empty if not told.
    pub id: String,
    /// When it began, in milliseconds since 1970, where told.
    pub started_ms: Option<i64>,
    /// Its exit code, where told.
    pub exit_code: Option<u8>,
}

/// Who says that something is lost.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LossTeller {
    /// What the build tool printed.
    Console,
    /// A log of requests: a blob was asked for and was not there.
    Requests,
}

/// A blob, or an artifact, that a file calls lost. At least one of the two is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ObservedLoss {
    /// Its digest, where told.
    pub blob: Option<BlobId>,
    /// The artifact, where told or where only one has this content.
    pub artifact: Option<ArtifactId>,
    /// Who found it lost, where told.
    pub consumer: Option<ActionId>,
    /// Who says so.
    pub teller: LossTeller,
}

/// What files tell of one or more builds that really happened.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Observed {
    /// Requests and executions, in the order of their logs.
    pub deeds: Vec<ObservedDeed>,
    /// Runs of the build tool, in the order of their begin.
    pub invocations: Vec<Invocation>,
    /// What was lost: each blob once a teller, in the order first told.
    pub losses: Vec<ObservedLoss>,
    /// Actions that the build tool says failed on a loss, each once.
    pub failed: Vec<ActionId>,
    /// How often the whole build was tried again, as printed.
    pub n_retries: u32,
    /// Rounds of rewinding, as printed or profiled.
    pub n_rewinds: u32,
    /// The exit code of the last build, where told.
    pub exit_code: Option<u8>,
    /// Whether the last build came to a good end, where told.
    pub success: Option<bool>,
}

impl Observed {
    /// Whether a log of requests is among what was told: there is a trace to play.
    pub fn has_trace(&self) -> bool {
        !self.deeds.is_empty()
    }

    /// How many requests there are.
    pub fn n_requests(&self) -> usize {
        let is_request = |deed: &&ObservedDeed| matches!(deed.deed, Deed::Asked { .. });
        self.deeds.iter().filter(is_request).count()
    }

    /// What is told of the loss of `blob`, if anything.
    pub fn loss_of(&self, blob: BlobId) -> Option<&ObservedLoss> {
        self.losses.iter().find(|loss| loss.blob == Some(blob))
    }
}
