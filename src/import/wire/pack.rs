//! A packed incident: the columns of graph and cache, cards and warnings.

use prost::Message;

/// Columns of 32-bit numbers are little-endian bytes, so that a million of them are one copy.
#[derive(Clone, PartialEq, Message)]
pub struct Incident {
    #[prost(message, optional, tag = "1")]
    pub graph: Option<Graph>,
    #[prost(message, optional, tag = "2")]
    pub cache: Option<Cache>,
    #[prost(bool, tag = "3")]
    pub has_cache: bool,
    #[prost(message, repeated, tag = "4")]
    pub files: Vec<Card>,
    #[prost(message, repeated, tag = "5")]
    pub warnings: Vec<Warning>,
    #[prost(message, optional, tag = "6")]
    pub observed: Option<Observed>,
    #[prost(message, optional, tag = "20")]
    pub provenance: Option<Provenance>,
}

/// Numbers of 16 bits (`sets`, `columns`) and of 32 (`places`) are little-endian bytes.
#[derive(Clone, PartialEq, Message)]
pub struct Provenance {
    /// Combinations of files but the empty one.
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub sets: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub columns: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "3")]
    pub places: Vec<Vec<u8>>,
    #[prost(message, repeated, tag = "4")]
    pub conflicts: Vec<Conflict>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Conflict {
    #[prost(uint32, tag = "1")]
    pub artifact: u32,
    #[prost(message, repeated, tag = "2")]
    pub others: Vec<Claim>,
}

/// A content, and the combination of files that tells it.
#[derive(Clone, PartialEq, Message)]
pub struct Claim {
    #[prost(uint32, tag = "1")]
    pub blob: u32,
    #[prost(uint32, tag = "2")]
    pub files: u32,
}

#[derive(Clone, PartialEq, Message)]
pub struct Graph {
    #[prost(string, tag = "1")]
    pub text_arena: String,
    #[prost(bytes = "vec", tag = "2")]
    pub blob_functions: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    pub blob_bytes: Vec<u8>,
    #[prost(uint64, repeated, tag = "4")]
    pub blob_sizes: Vec<u64>,
    #[prost(bytes = "vec", tag = "5")]
    pub action_kinds: Vec<u8>,
    #[prost(bytes = "vec", tag = "6")]
    pub artifact_kinds: Vec<u8>,
    /// The columns of 32-bit numbers, in the order of `pack::columns`.
    #[prost(bytes = "vec", repeated, tag = "7")]
    pub columns: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Cache {
    #[prost(bytes = "vec", tag = "1")]
    pub ac: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub cas: Vec<u8>,
    #[prost(message, repeated, tag = "3")]
    pub entries: Vec<Entry>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Entry {
    #[prost(uint32, tag = "1")]
    pub key: u32,
    #[prost(message, repeated, tag = "2")]
    pub outputs: Vec<Output>,
    #[prost(uint32, repeated, tag = "3")]
    pub tree_files: Vec<u32>,
    #[prost(uint32, optional, tag = "4")]
    pub stdout: Option<u32>,
    #[prost(uint32, optional, tag = "5")]
    pub stderr: Option<u32>,
    #[prost(uint32, tag = "6")]
    pub stdout_inline_bytes: u32,
    #[prost(uint32, tag = "7")]
    pub stderr_inline_bytes: u32,
    #[prost(int32, tag = "8")]
    pub exit_code: i32,
    #[prost(bool, tag = "9")]
    pub broken: bool,
}

#[derive(Clone, PartialEq, Message)]
pub struct Output {
    #[prost(uint32, tag = "1")]
    pub path: u32,
    #[prost(uint32, tag = "2")]
    pub blob: u32,
    #[prost(bool, tag = "3")]
    pub is_tree: bool,
}

#[derive(Clone, PartialEq, Message)]
pub struct Card {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub format: String,
    #[prost(string, repeated, tag = "3")]
    pub wrappers: Vec<String>,
    #[prost(uint64, tag = "4")]
    pub size_bytes: u64,
    #[prost(message, repeated, tag = "5")]
    pub counts: Vec<Count>,
    #[prost(message, repeated, tag = "6")]
    pub warnings: Vec<Warning>,
    #[prost(message, optional, tag = "7")]
    pub error: Option<Warning>,
    #[prost(string, repeated, tag = "8")]
    pub told: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Count {
    #[prost(string, tag = "1")]
    pub kind: String,
    #[prost(uint64, tag = "2")]
    pub n: u64,
}

/// At most one of `line`, `offset` and `entry` says where.
#[derive(Clone, PartialEq, Message)]
pub struct Warning {
    #[prost(string, tag = "1")]
    pub file: String,
    #[prost(uint64, optional, tag = "2")]
    pub line: Option<u64>,
    #[prost(uint64, optional, tag = "3")]
    pub offset: Option<u64>,
    #[prost(string, optional, tag = "4")]
    pub entry: Option<String>,
    #[prost(string, tag = "5")]
    pub what: String,
    #[prost(string, tag = "6")]
    pub remedy: String,
    #[prost(uint64, tag = "7")]
    pub count: u64,
    /// Beside `line`.
    #[prost(uint64, optional, tag = "8")]
    pub column: Option<u64>,
}

/// Columns of deeds are of one length; ids that are absent are `u32::MAX`.
#[derive(Clone, PartialEq, Message)]
pub struct Observed {
    /// What was done: 0 asked, 1 executed, 2 lacked; verb, half and status in two bits each above.
    #[prost(bytes = "vec", tag = "1")]
    pub deeds: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub blobs: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    pub owners: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    pub invoked: Vec<u8>,
    /// Milliseconds since 1970; `i64::MIN` where not told.
    #[prost(sfixed64, repeated, tag = "5")]
    pub times_ms: Vec<i64>,
    #[prost(message, repeated, tag = "6")]
    pub invocations: Vec<Invocation>,
    #[prost(message, repeated, tag = "7")]
    pub losses: Vec<Loss>,
    #[prost(uint32, repeated, tag = "8")]
    pub failed: Vec<u32>,
    #[prost(uint32, tag = "9")]
    pub n_retries: u32,
    #[prost(uint32, tag = "10")]
    pub n_rewinds: u32,
    #[prost(uint32, optional, tag = "11")]
    pub exit_code: Option<u32>,
    #[prost(bool, optional, tag = "12")]
    pub success: Option<bool>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Invocation {
    #[prost(string, tag = "1")]
    pub id: String,
    #[prost(sfixed64, optional, tag = "2")]
    pub started_ms: Option<i64>,
    #[prost(uint32, optional, tag = "3")]
    pub exit_code: Option<u32>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Loss {
    #[prost(uint32, optional, tag = "1")]
    pub blob: Option<u32>,
    #[prost(uint32, optional, tag = "2")]
    pub artifact: Option<u32>,
    #[prost(uint32, optional, tag = "3")]
    pub consumer: Option<u32>,
    #[prost(bool, tag = "4")]
    pub by_console: bool,
}
