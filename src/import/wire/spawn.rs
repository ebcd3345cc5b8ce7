//! `src/main/protobuf/spawn.proto` of Bazel (package `tools.protos`): the execution log, as
//! protobuf and in protobuf's JSON mapping, where 64-bit numbers are texts.

use prost::{Message, Oneof};
use serde::{Deserialize, Deserializer};

/// A digest; `size_bytes` 0 is not written.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Digest {
    #[prost(string, tag = "1")]
    pub hash: String,
    #[prost(int64, tag = "2")]
    #[serde(deserialize_with = "number")]
    pub size_bytes: i64,
    #[prost(string, tag = "3")]
    pub hash_function_name: String,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct File {
    #[prost(string, tag = "1")]
    pub path: String,
    #[prost(message, optional, tag = "2")]
    pub digest: Option<Digest>,
    #[prost(string, tag = "4")]
    pub symlink_target_path: String,
}

/// An environment variable or a property of a platform.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Pair {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub value: String,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Platform {
    #[prost(message, repeated, tag = "1")]
    pub properties: Vec<Pair>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Duration {
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SpawnMetrics {
    #[prost(message, optional, tag = "1")]
    #[serde(rename = "totalTime", deserialize_with = "duration")]
    pub total: Option<Duration>,
    #[prost(message, optional, tag = "8")]
    #[serde(rename = "executionWallTime", deserialize_with = "duration")]
    pub execution_wall: Option<Duration>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SpawnExec {
    #[prost(string, repeated, tag = "1")]
    pub command_args: Vec<String>,
    #[prost(message, repeated, tag = "2")]
    pub environment_variables: Vec<Pair>,
    #[prost(message, optional, tag = "3")]
    pub platform: Option<Platform>,
    #[prost(message, repeated, tag = "4")]
    pub inputs: Vec<File>,
    #[prost(string, repeated, tag = "5")]
    pub listed_outputs: Vec<String>,
    #[prost(bool, tag = "6")]
    pub remotable: bool,
    #[prost(bool, tag = "7")]
    pub cacheable: bool,
    #[prost(int64, tag = "8")]
    #[serde(deserialize_with = "number")]
    pub timeout_millis: i64,
    #[prost(string, tag = "9")]
    pub progress_message: String,
    #[prost(string, tag = "10")]
    pub mnemonic: String,
    #[prost(message, repeated, tag = "11")]
    pub actual_outputs: Vec<File>,
    #[prost(string, tag = "12")]
    pub runner: String,
    /// `remoteCacheHit` in the JSON of older versions.
    #[prost(bool, tag = "13")]
    #[serde(alias = "remoteCacheHit")]
    pub cache_hit: bool,
    #[prost(string, tag = "14")]
    pub status: String,
    #[prost(int32, tag = "15")]
    pub exit_code: i32,
    #[prost(bool, tag = "16")]
    pub remote_cacheable: bool,
    /// Time spent, until 6.x.
    #[prost(message, optional, tag = "17")]
    #[serde(deserialize_with = "duration")]
    pub walltime: Option<Duration>,
    #[prost(string, tag = "18")]
    pub target_label: String,
    #[prost(message, optional, tag = "19")]
    pub digest: Option<Digest>,
    #[prost(message, optional, tag = "20")]
    pub metrics: Option<SpawnMetrics>,
}

/// An entry of the compact log.
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
}

/// `files` have paths relative to the directory.
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
}

/// Fields 1 to 3 up to 7.3, field 5 from 7.4 on.
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
    #[prost(map = "string, uint32", tag = "1")]
    pub direct_entries: std::collections::HashMap<String, u32>,
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
    #[prost(uint32, tag = "4")]
    pub root_symlinks_id: u32,
    #[prost(message, optional, tag = "6")]
    pub repo_mapping_manifest: Option<File>,
}

/// Fields 1 to 3 up to 7.3, field 5 from 7.4 on.
#[derive(Clone, PartialEq, Message)]
pub struct Output {
    #[prost(uint32, tag = "1")]
    pub file_id: u32,
    #[prost(uint32, tag = "2")]
    pub directory_id: u32,
    #[prost(uint32, tag = "3")]
    pub unresolved_symlink_id: u32,
    #[prost(string, tag = "4")]
    pub invalid_output_path: String,
    #[prost(uint32, tag = "5")]
    pub output_id: u32,
}

/// A spawn but for its command, which most readings do without: see
/// [`CommandEntry`](super::command::CommandEntry).
#[derive(Clone, PartialEq, Message)]
pub struct Spawn {
    #[prost(uint32, tag = "4")]
    pub input_set_id: u32,
    #[prost(message, repeated, tag = "6")]
    pub outputs: Vec<Output>,
    #[prost(string, tag = "7")]
    pub target_label: String,
    #[prost(string, tag = "8")]
    pub mnemonic: String,
    #[prost(int32, tag = "9")]
    pub exit_code: i32,
    #[prost(string, tag = "10")]
    pub status: String,
    #[prost(bool, tag = "12")]
    pub cache_hit: bool,
    #[prost(bool, tag = "13")]
    pub remotable: bool,
    #[prost(bool, tag = "14")]
    pub cacheable: bool,
    #[prost(bool, tag = "15")]
    pub remote_cacheable: bool,
    #[prost(message, optional, tag = "16")]
    pub digest: Option<Digest>,
    #[prost(int64, tag = "17")]
    pub timeout_millis: i64,
    #[prost(message, optional, tag = "18")]
    pub metrics: Option<SpawnMetrics>,
}

/// An action that is no spawn; carries no digests and has no id.
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

/// `src/main/protobuf/cache_salt.proto` of Bazel 7: what goes into `Action.salt`.
#[derive(Clone, PartialEq, Message)]
pub struct CacheSalt {
    #[prost(bool, tag = "1")]
    pub may_be_executed_remotely: bool,
}

/// A 64-bit number, which protobuf's JSON writes as a text.
pub(super) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either<'a> {
        Number(i64),
        #[serde(borrow)]
        Text(std::borrow::Cow<'a, str>),
    }
    match Either::deserialize(from)? {
        Either::Number(number) => Ok(number),
        Either::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

/// A duration such as `0.002s`.
fn duration<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    let text = Option::<std::borrow::Cow<'de, str>>::deserialize(from)?;
    let seconds = text.and_then(|t| t.trim_end_matches('s').parse::<f64>().ok());
    Ok(seconds
        .filter(|s| s.is_finite())
        .map(|s| Duration { seconds: s.trunc() as i64, nanos: (s.fract() * 1e9) as i32 }))
}
