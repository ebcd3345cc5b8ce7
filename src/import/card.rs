//! What the page and `rewindow inspect` say about a file: what it is, counts, warnings.

use std::fmt;

/// A recognised format. The names are those of `rewindow inspect --json`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Format {
    /// `--execution_log_json_file`: concatenated JSON objects.
    BazelExecLogJson,
    /// `--execution_log_binary_file`: delimited `SpawnExec`.
    BazelExecLogBinary,
    /// `--execution_log_compact_file`: zstd over delimited `ExecLogEntry`.
    BazelExecLogCompact,
    /// `aquery --output=proto`.
    BazelAqueryProto,
    /// `aquery --output=streamed_proto`.
    BazelAqueryStreamedProto,
    /// `aquery --output=jsonproto`.
    BazelAqueryJsonproto,
    /// `aquery --output=textproto`.
    BazelAqueryTextproto,
    /// `aquery --output=text`, its default.
    BazelAqueryText,
    /// `--experimental_execution_graph_log_path`: zstd over delimited `Node`.
    BazelExecutionGraph,
    /// `--build_event_json_file`: a JSON object a line.
    BazelBepJson,
    /// `--build_event_binary_file`: delimited `BuildEvent`.
    BazelBepBinary,
    /// `--remote_grpc_log`: delimited `LogEntry`.
    BazelGrpcLog,
    /// `--profile`: JSON in Chrome's trace event format.
    BazelProfile,
    /// A cache server's access log in nginx's `combined` format.
    NginxAccessLog,
    /// The log of bazel-remote.
    BazelRemoteLog,
    /// Requests as lines of verb, code and path, or as a JSON object a line.
    RequestLines,
    /// Answers of `FindMissingBlobs` as JSON.
    FindMissingBlobs,
    /// What a build tool printed on the console.
    ConsoleText,
    /// Buck2's event log: delimited messages.
    Buck2EventLog,
    /// Buck2's event log: a JSON object a line.
    Buck2EventLogJson,
    /// `buck2 log what-ran`, as text or JSON.
    Buck2WhatRan,
    /// `buck2 aquery` as JSON: actions without edges.
    Buck2AqueryJson,
    /// A directed graph in DOT.
    Dot,
    /// A plain graph in JSON.
    GraphJson,
    /// Any listing of a cache.
    CacheListing,
    /// A listing of AC entries whose names do not say so, chosen by hand.
    AcListing,
    /// A listing of CAS blobs whose names do not say so, chosen by hand.
    CasListing,
    /// A tar of AC and CAS blobs.
    BlobsTar,
    /// A zip of AC and CAS blobs.
    BlobsZip,
    /// A single raw AC or CAS blob, or several picked from a folder.
    RawBlob,
    /// An incident packed by `rewindow` itself.
    Packed,
    /// Nothing known.
    Unknown,
}

impl Format {
    /// Every format that is read.
    pub const ALL: [Self; 31] = [
        Self::BazelExecLogJson,
        Self::BazelExecLogBinary,
        Self::BazelExecLogCompact,
        Self::BazelAqueryProto,
        Self::BazelAqueryStreamedProto,
        Self::BazelAqueryJsonproto,
        Self::BazelAqueryTextproto,
        Self::BazelAqueryText,
        Self::BazelExecutionGraph,
        Self::BazelBepJson,
        Self::BazelBepBinary,
        Self::BazelGrpcLog,
        Self::BazelProfile,
        Self::NginxAccessLog,
        Self::BazelRemoteLog,
        Self::RequestLines,
        Self::FindMissingBlobs,
        Self::ConsoleText,
        Self::Buck2EventLog,
        Self::Buck2EventLogJson,
        Self::Buck2WhatRan,
        Self::Buck2AqueryJson,
        Self::Dot,
        Self::GraphJson,
        Self::CacheListing,
        Self::AcListing,
        Self::CasListing,
        Self::BlobsTar,
        Self::BlobsZip,
        Self::RawBlob,
        Self::Packed,
    ];

    /// The format called `name` in machine-readable output.
    pub fn from_name(name: &str) -> Self {
        let known = Self::ALL.into_iter().find(|format| format.name() == name);
        known.unwrap_or(Self::Unknown)
    }

    /// Its name in machine-readable output.
    pub fn name(self) -> &'static str {
        match self {
            Self::BazelExecLogJson => "bazel_exec_log_json",
            Self::BazelExecLogBinary => "bazel_exec_log_binary",
            Self::BazelExecLogCompact => "bazel_exec_log_compact",
            Self::BazelAqueryProto => "bazel_aquery_proto",
            Self::BazelAqueryStreamedProto => "bazel_aquery_streamed_proto",
            Self::BazelAqueryJsonproto => "bazel_aquery_jsonproto",
            Self::BazelAqueryTextproto => "bazel_aquery_textproto",
            Self::BazelAqueryText => "bazel_aquery_text",
            Self::BazelExecutionGraph => "bazel_execution_graph",
            Self::BazelBepJson => "bazel_bep_json",
            Self::BazelBepBinary => "bazel_bep_binary",
            Self::BazelGrpcLog => "bazel_grpc_log",
            Self::BazelProfile => "bazel_profile",
            Self::NginxAccessLog => "nginx_access_log",
            Self::BazelRemoteLog => "bazel_remote_log",
            Self::RequestLines => "request_log",
            Self::FindMissingBlobs => "find_missing_blobs",
            Self::ConsoleText => "console_text",
            Self::Buck2EventLog => "buck2_event_log",
            Self::Buck2EventLogJson => "buck2_event_log_json",
            Self::Buck2WhatRan => "buck2_what_ran",
            Self::Buck2AqueryJson => "buck2_aquery_json",
            Self::Dot => "dot",
            Self::GraphJson => "graph_json",
            Self::CacheListing => "cache_listing",
            Self::AcListing => "ac_listing",
            Self::CasListing => "cas_listing",
            Self::BlobsTar => "blobs_tar",
            Self::BlobsZip => "blobs_zip",
            Self::RawBlob => "raw_blob",
            Self::Packed => "rewindow_incident",
            Self::Unknown => "unknown",
        }
    }

    /// What it is, for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::BazelExecLogJson => "Bazel execution log (JSON)",
            Self::BazelExecLogBinary => "Bazel execution log (binary)",
            Self::BazelExecLogCompact => "Bazel execution log (compact)",
            Self::BazelAqueryProto => "Bazel aquery (proto)",
            Self::BazelAqueryStreamedProto => "Bazel aquery (streamed_proto)",
            Self::BazelAqueryJsonproto => "Bazel aquery (jsonproto)",
            Self::BazelAqueryTextproto => "Bazel aquery (textproto)",
            Self::BazelAqueryText => "Bazel aquery (text)",
            Self::BazelExecutionGraph => "Bazel execution graph log",
            Self::BazelBepJson => "Bazel build events (JSON)",
            Self::BazelBepBinary => "Bazel build events (binary)",
            Self::BazelGrpcLog => "Bazel log of gRPC calls",
            Self::BazelProfile => "Bazel trace profile",
            Self::NginxAccessLog => "access log (nginx)",
            Self::BazelRemoteLog => "access log (bazel-remote)",
            Self::RequestLines => "log of cache requests",
            Self::FindMissingBlobs => "answers of FindMissingBlobs",
            Self::ConsoleText => "console text of a build",
            Self::Buck2EventLog => "Buck2 event log",
            Self::Buck2EventLogJson => "Buck2 event log (JSON lines)",
            Self::Buck2WhatRan => "Buck2 log what-ran",
            Self::Buck2AqueryJson => "Buck2 aquery (JSON)",
            Self::Dot => "graph in DOT",
            Self::GraphJson => "graph in JSON",
            Self::CacheListing => "cache listing",
            Self::AcListing => "listing of AC entries alone",
            Self::CasListing => "listing of CAS blobs alone",
            Self::BlobsTar => "archive of cache blobs",
            Self::BlobsZip => "zip of cache blobs",
            Self::RawBlob => "cache blob",
            Self::Packed => "Rewindow incident",
            Self::Unknown => "not recognised",
        }
    }
}

/// What is counted in a file. The names are those of `rewindow inspect --json`.
pub type CountKind = &'static str;

/// What was counted in a file, in the order to show it.
pub type Counts = Vec<(CountKind, u64)>;

/// Where in a file something was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// The file as a whole, or several together.
    Whole,
    /// Line, from 1.
    Line(u64),
    /// Line and column in characters, both from 1.
    Column(u64, u64),
    /// Byte offset after unwrapping compression.
    Offset(u64),
    /// Entry of an archive or a message of a log, by name or number.
    Entry(String),
}

impl Place {
    /// Its number, by which places of one sort are in order; 0 if it has none.
    pub fn number(&self) -> u64 {
        match self {
            Self::Whole => 0,
            Self::Line(n) | Self::Column(n, _) | Self::Offset(n) => *n,
            Self::Entry(name) => name.parse().unwrap_or(0),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("whole file"),
            Self::Line(line) => write!(f, "line {line}"),
            Self::Column(line, column) => write!(f, "line {line}, column {column}"),
            Self::Offset(offset) => write!(f, "byte {offset}"),
            Self::Entry(name) => write!(f, "entry {name}"),
        }
    }
}

/// A defect that did not stop the import: where, what was found and expected, what was done or can
/// be done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Warning {
    /// Name of the file; several joined by " + " if it is about their merge.
    pub file: String,
    /// Where in it; the first of `count` places.
    pub place: Place,
    /// What was found and what was expected, as a sentence.
    pub what: String,
    /// What was done about it, or what the reader can do, as a sentence.
    pub remedy: String,
    /// How many places are alike; at least 1.
    pub count: u64,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}: {} {}", self.file, self.place, self.what, self.remedy)?;
        if self.count > 1 {
            write!(f, " ({} places alike)", self.count)?;
        }
        Ok(())
    }
}

/// Nothing can be shown of a file: same parts as a [`Warning`], as an error.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be used.
    #[error("{0}")]
    Unusable(Warning),
    /// The user cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// How far an import has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Index of the file being read.
    pub file: usize,
    /// Bytes read of all files, compressed as given.
    pub done_bytes: u64,
    /// Bytes of all files, compressed as given.
    pub total_bytes: u64,
}

/// One file of an import.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileCard {
    /// Its name as given.
    pub name: String,
    /// What it was taken for.
    pub format: Format,
    /// Compression seen through, outermost first, such as `gzip`.
    pub wrappers: Vec<&'static str>,
    /// Its size in bytes as given.
    pub size_bytes: u64,
    /// What is in it.
    pub counts: Vec<(CountKind, u64)>,
    /// What it tells beyond the graph and the cache, a sentence each: how a build ended, what
    /// failed.
    pub told: Vec<String>,
    /// What was wrong with it.
    pub warnings: Vec<Warning>,
    /// Why nothing of it could be used, if so; the other files are used all the same.
    pub error: Option<Warning>,
}

impl FileCard {
    /// The first defect whose place is known, of those that are told; else why the file cannot be
    /// used.
    pub fn first_error(&self) -> Option<&Warning> {
        let placed = |warning: &&Warning| warning.place != Place::Whole;
        let all = self.error.iter().chain(&self.warnings).filter(placed);
        // Places of one file are of one sort.
        all.min_by_key(|warning| warning.place.number()).or(self.error.as_ref())
    }
}
