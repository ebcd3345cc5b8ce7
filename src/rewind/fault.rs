//! What goes wrong with a cache: which blobs are lost, when, how often, and how it is reported.
//!
//! Modelled after the faults of Bazel's own test worker (`--lost_blob_percentage`,
//! `--lost_blob_max_losses`, `--evict_existing_percentage`).

use crate::model::{ActionId, CacheKind, Tier};

use super::scenario::Eviction;

/// Which entries and blobs a fault takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// These.
    These(Vec<Eviction>),
    /// All, of one half or of both.
    Everything(Option<CacheKind>),
    /// A share of one half, in percent: those whose digest, mixed with the seed, falls under it.
    Share {
        /// Of which half.
        kind: CacheKind,
        /// 0 to 100.
        percent: u8,
    },
    /// Blobs of the CAS of at least so many bytes; those of unknown size are none.
    AtLeast {
        /// Size in bytes.
        bytes: u64,
    },
    /// What was not used for so long; what nobody has used yet counts from the start.
    UnusedFor {
        /// Of which half.
        kind: CacheKind,
        /// Virtual milliseconds.
        ms: u64,
    },
}

/// When a fault strikes. Each strikes once; [`HowOften`] says what it does to later uploads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// Before the build with this index, after its own evictions.
    BeforeBuild(u32),
    /// As soon as the action has its outputs for the first time.
    AfterAction(ActionId),
    /// When the trace has this many events.
    AtStep(usize),
    /// When so many virtual milliseconds have passed since the scenario began.
    AtTime(u64),
}

/// How often what a fault takes is lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum HowOften {
    /// What is there when the fault strikes, and no more.
    #[default]
    Once,
    /// Also each of the first so many uploads afterwards, of each blob.
    FirstUploads(u32),
    /// Also every upload afterwards.
    Always,
}

/// What a client is told about a blob that a fault took.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Report {
    /// That it is gone: 404, `NOT_FOUND`, a violation of type `MISSING` with its digest.
    #[default]
    Typed,
    /// Nothing that names it: an existence check says that it is there, a read ends in an error, a
    /// worker reports a failed precondition in words only (K3, B6).
    Untyped,
}

/// One fault.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Which entries and blobs.
    pub what: What,
    /// When it strikes.
    pub when: When,
    /// How often.
    pub how_often: HowOften,
    /// In which cache.
    pub tier: Tier,
    /// What a client is told.
    pub report: Report,
}
