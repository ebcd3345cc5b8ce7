//! Bytes to model: recognises what a file is, reads it, and merges several files into one incident.
//!
//! The only home of wire types (`prost`, `serde`) and of decompression. A reader turns one file
//! into facts; the merge joins facts by path and digest.

mod ac_key;
mod access_line;
mod access_log;
mod aquery;
mod aquery_json;
mod aquery_plain;
mod aquery_text;
mod archive;
mod bazel_bep;
mod bazel_bep_facts;
mod bazel_grpc_facts;
mod bazel_grpc_log;
mod bazel_profile;
mod bazel_profile_facts;
/// AC entries and CAS blobs themselves.
pub mod blobs;
mod buck2_aquery;
mod buck2_event_log;
mod buck2_names;
mod buck2_what_ran;
mod card;
mod console;
mod console_text;
mod digests;
mod encoding;
mod evicted;
mod exec_log;
mod exec_log_compact;
mod execution_graph;
mod facts;
mod feed;
mod feed_json;
mod find_missing;
mod functions;
mod graph_dot;
mod graph_json;
mod graph_nodes;
mod input_sets;
/// Listings of caches.
pub mod listing;
mod log_facts;
mod losses;
mod merge;
mod named_facts;
mod notes;
mod pack;
mod pack_observed;
mod pack_provenance;
mod read;
mod read_as;
mod request_log;
mod sniff;
mod told;
mod unknown;
mod wire;
mod wrapper;

pub use bazel_bep_facts::{Attempt, BepFacts, ReportedAction, ReportedTarget};
pub use bazel_grpc_facts::{CallLog, CallOwner, CalledExecution, CalledFor};
pub use bazel_profile_facts::{PlannedRewind, ProfileFacts, ProfiledAction};
pub use card::{CountKind, Counts, FileCard, Format, ImportError, Place, Progress, Warning};
pub use console::read_losses;
pub use evicted::read_evicted;
pub use execution_graph::ExecutionGraph;
pub use facts::{
    ActionBody, ActionResultBody, BlobFacts, CommandBody, ContentDigest, Facts, ListedBlob,
    ListingFacts, ResultOutput,
};
pub use input_sets::{InputSets, InputWalk, Member};
pub use log_facts::{
    AqueryFacts, ArtifactSet, ExecLogFacts, LoggedFile, LoggedSpawn, LoggedSymlink, LoggedTree,
    MessageDigest, QueriedAction, QueriedArtifact, Rebuilt, RebuiltAction, SetWalk,
};
pub use losses::{LossFacts, LostBlob};
pub use named_facts::{NamedAction, NamedArtifact, NamedFacts};
pub use pack::{ImportInPieces, UnpackError, each_piece, pack, pack_compressed, unpack};
pub use read::{Importer, LargeFile, read};
pub use request_log::{LastProofs, LoggedRequest, RequestLog};
pub use told::{told_by, told_by_set};
pub use unknown::{Unknown, unknowns};

use crate::model::{Cache, Conflict, Graph, Observed, Provenance};

/// A file as dropped or named on the command line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InputFile {
    /// Its name or relative path, for messages only: formats are recognised by content.
    pub name: String,
    /// All its bytes.
    pub bytes: Vec<u8>,
}

/// One incident: what all files together tell.
#[derive(Clone, PartialEq, Debug)]
pub struct Import {
    /// The merged build graph.
    pub graph: Graph,
    /// The merged cache. Empty where no file told of one.
    pub cache: Cache,
    /// Whether any file told what a cache holds.
    pub has_cache: bool,
    /// What files tell of builds that really happened: requests, losses, retries.
    pub observed: Option<Observed>,
    /// One card per file, in the order given; blobs picked from a cache share one.
    pub files: Vec<FileCard>,
    /// Which of the files told each fact of graph and cache.
    pub provenance: Provenance,
    /// Artifacts of which files tell different contents, by ascending id.
    pub conflicts: Vec<Conflict>,
    /// What the merge had to decide: conflicts, unknown producers, cycles.
    pub warnings: Vec<Warning>,
}

impl Import {
    /// A graph and a cache that no file told of.
    pub fn of(graph: Graph, cache: Cache) -> Self {
        Self {
            graph,
            cache,
            has_cache: true,
            observed: None,
            files: Vec::new(),
            provenance: Provenance::default(),
            conflicts: Vec::new(),
            warnings: Vec::new(),
        }
    }
}
