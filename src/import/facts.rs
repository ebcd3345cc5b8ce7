//! What a single file tells, before it is merged with others.

use std::collections::HashMap;

use super::bazel_bep_facts::BepFacts;
use super::bazel_grpc_facts::CallLog;
use super::bazel_profile_facts::ProfileFacts;
use super::execution_graph::ExecutionGraph;
use super::log_facts::{AqueryFacts, ExecLogFacts};
use super::losses::LossFacts;
use super::named_facts::NamedFacts;
use super::request_log::RequestLog;
use crate::model::{CacheKind, Digest};

/// A digest with the size of its content.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ContentDigest {
    /// Name of the content.
    pub digest: Digest,
    /// Size in bytes, where told.
    pub size_bytes: Option<u64>,
}

/// A blob or AC entry that a listing names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ListedBlob {
    /// Which half it is in; `None` where the layout does not tell and a CAS blob is the likeliest.
    pub kind: Option<CacheKind>,
    /// Name and size. An AC entry has the name of its action, so its own size is not told here.
    pub content: ContentDigest,
    /// Last modification in milliseconds since 1970, where told.
    pub modified_ms: Option<i64>,
    /// Number of the line or entry that names it, from 1; 0 if there is none.
    pub line: u32,
}

/// What a listing tells.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListingFacts {
    /// Every blob and entry named, in order.
    pub blobs: Vec<ListedBlob>,
}

/// One output of an ActionResult.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResultOutput {
    /// Path as the entry has it.
    pub path: String,
    /// Content of the file, or the `Tree` of the directory.
    pub content: ContentDigest,
    /// Whether it is a directory.
    pub is_tree: bool,
}

/// A decoded ActionResult.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ActionResultBody {
    /// Files and directories.
    pub outputs: Vec<ResultOutput>,
    /// Standard output, unless inlined or absent.
    pub stdout: Option<ContentDigest>,
    /// Standard error, unless inlined or absent.
    pub stderr: Option<ContentDigest>,
    /// Size of inlined standard output.
    pub stdout_inline_bytes: u32,
    /// Size of inlined standard error.
    pub stderr_inline_bytes: u32,
    /// Exit code.
    pub exit_code: i32,
    /// Execution time from the metadata, where told.
    pub duration_ms: Option<u32>,
}

/// A decoded `Action` blob.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ActionBody {
    /// Its `Command`.
    pub command: ContentDigest,
    /// Its input root `Directory`.
    pub input_root: ContentDigest,
}

/// A decoded `Command` blob.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CommandBody {
    /// Arguments.
    pub arguments: Vec<String>,
    /// Declared outputs, files and directories together.
    pub outputs: Vec<String>,
}

/// What raw blobs tell. Whether a CAS blob is an `Action`, a `Command`, a `Tree` is known only from
/// what refers to it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BlobFacts {
    /// Every blob and entry there is, with its real size.
    pub listing: ListingFacts,
    /// Bodies of AC entries by key; `None` where the body is no ActionResult.
    pub results: HashMap<Digest, Option<ActionResultBody>>,
    /// Bodies of `Action` blobs by digest.
    pub actions: HashMap<Digest, ActionBody>,
    /// Bodies of `Command` blobs by digest.
    pub commands: HashMap<Digest, CommandBody>,
    /// Files in output directories by digest of the `Tree`: path inside the directory, and content.
    pub trees: HashMap<Digest, Vec<(String, ContentDigest)>>,
    /// Files below input roots whose directories were all at hand, by digest of the root
    /// `Directory`.
    pub input_roots: HashMap<Digest, Vec<(String, ContentDigest)>>,
}

/// What a file tells, by kind of file. Grows with the readers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Facts {
    /// From a listing.
    Listing(ListingFacts),
    /// From raw blobs.
    Blobs(Box<BlobFacts>),
    /// From a log of requests to the cache.
    Requests(Box<RequestLog>),
    /// From what a build tool printed.
    Losses(Box<LossFacts>),
    /// From an execution log.
    ExecLog(Box<ExecLogFacts>),
    /// From an action graph.
    Aquery(Box<AqueryFacts>),
    /// From build events.
    Bep(Box<BepFacts>),
    /// From a log of gRPC calls.
    Calls(Box<CallLog>),
    /// From a trace profile.
    Profile(Box<ProfileFacts>),
    /// From an execution graph log.
    Executed(Box<ExecutionGraph>),
    /// From a log or a graph that names actions and little else.
    Named(Box<NamedFacts>),
}
