//! What the generator writes of Bazel's `spawn.proto`, apart from what the product reads: neither
//! can hide a fault of the other. Also what a bare decoder decodes.

use std::collections::BTreeMap;

use prost::{Message, Oneof};

#[derive(Clone, PartialEq, Message)]
pub struct ExecLogEntry {
    #[prost(uint32, tag = "1")]
    pub id: u32,
    #[prost(oneof = "Entry", tags = "2, 3, 4, 5, 6, 7, 8, 9, 10")]
    pub entry: Option<Entry>,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum Entry {
    #[prost(message, tag = "2")]
    Invocation(Invocation),
    #[prost(message, tag = "3")]
    File(File),
    #[prost(message, tag = "4")]
    Directory(Directory),
    #[prost(message, tag = "5")]
    UnresolvedSymlink(UnresolvedSymlink),
    #[prost(message, tag = "6")]
    InputSet(InputSet),
    #[prost(message, tag = "7")]
    Spawn(Box<Spawn>),
    #[prost(message, tag = "8")]
    SymlinkAction(SymlinkAction),
    #[prost(message, tag = "9")]
    SymlinkEntrySet(SymlinkEntrySet),
    #[prost(message, tag = "10")]
    RunfilesTree(RunfilesTree),
}

#[derive(Clone, PartialEq, Message)]
pub struct Invocation {
    #[prost(string, tag = "1")]
    pub hash_function_name: String,
    #[prost(string, tag = "2")]
    pub workspace_runfiles_directory: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Digest {
    #[prost(string, tag = "1")]
    pub hash: String,
    #[prost(int64, tag = "2")]
    pub size_bytes: i64,
}

#[derive(Clone, PartialEq, Message)]
pub struct File {
    #[prost(string, tag = "1")]
    pub path: String,
    #[prost(message, optional, tag = "2")]
    pub digest: Option<Digest>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Directory {
    #[prost(string, tag = "1")]
    pub path: String,
    #[prost(message, repeated, tag = "2")]
    pub files: Vec<File>,
}

#[derive(Clone, PartialEq, Message)]
pub struct UnresolvedSymlink {
    #[prost(string, tag = "1")]
    pub path: String,
    #[prost(string, tag = "2")]
    pub target_path: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct InputSet {
    #[prost(uint32, repeated, tag = "1")]
    pub file_ids: Vec<u32>,
    #[prost(uint32, repeated, tag = "2")]
    pub directory_ids: Vec<u32>,
    #[prost(uint32, repeated, tag = "3")]
    pub unresolved_symlink_ids: Vec<u32>,
    #[prost(uint32, repeated, tag = "4")]
    pub transitive_set_ids: Vec<u32>,
    #[prost(uint32, repeated, tag = "5")]
    pub input_ids: Vec<u32>,
}

#[derive(Clone, PartialEq, Message)]
pub struct SymlinkEntrySet {
    #[prost(btree_map = "string, uint32", tag = "1")]
    pub direct_entries: BTreeMap<String, u32>,
    #[prost(uint32, repeated, tag = "2")]
    pub transitive_set_ids: Vec<u32>,
}

#[derive(Clone, PartialEq, Message)]
pub struct RunfilesTree {
    #[prost(string, tag = "1")]
    pub path: String,
    #[prost(uint32, tag = "2")]
    pub input_set_id: u32,
    #[prost(uint32, tag = "3")]
    pub symlinks_id: u32,
}

#[derive(Clone, PartialEq, Message)]
pub struct Output {
    #[prost(uint32, tag = "1")]
    pub file_id: u32,
    #[prost(uint32, tag = "2")]
    pub directory_id: u32,
    #[prost(uint32, tag = "3")]
    pub unresolved_symlink_id: u32,
    #[prost(uint32, tag = "5")]
    pub output_id: u32,
}

#[derive(Clone, PartialEq, Message)]
pub struct Pair {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub value: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Duration {
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

#[derive(Clone, PartialEq, Message)]
pub struct SpawnMetrics {
    #[prost(message, optional, tag = "1")]
    pub total: Option<Duration>,
    #[prost(message, optional, tag = "8")]
    pub execution_wall: Option<Duration>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Spawn {
    #[prost(string, repeated, tag = "1")]
    pub args: Vec<String>,
    #[prost(message, repeated, tag = "2")]
    pub env_vars: Vec<Pair>,
    #[prost(uint32, tag = "4")]
    pub input_set_id: u32,
    #[prost(message, repeated, tag = "6")]
    pub outputs: Vec<Output>,
    #[prost(string, tag = "7")]
    pub target_label: String,
    #[prost(string, tag = "8")]
    pub mnemonic: String,
    #[prost(string, tag = "11")]
    pub runner: String,
    #[prost(bool, tag = "13")]
    pub remotable: bool,
    #[prost(bool, tag = "14")]
    pub cacheable: bool,
    #[prost(bool, tag = "15")]
    pub remote_cacheable: bool,
    #[prost(message, optional, tag = "16")]
    pub digest: Option<Digest>,
    #[prost(message, optional, tag = "18")]
    pub metrics: Option<SpawnMetrics>,
}

#[derive(Clone, PartialEq, Message)]
pub struct SymlinkAction {
    #[prost(string, tag = "1")]
    pub input_path: String,
    #[prost(string, tag = "2")]
    pub output_path: String,
    #[prost(string, tag = "3")]
    pub target_label: String,
    #[prost(string, tag = "4")]
    pub mnemonic: String,
}
