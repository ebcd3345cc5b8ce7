//! `app/buck2_data/data.proto` and `app/buck2_cli_proto/daemon.proto` of Buck2: the event log, as
//! protobuf and in the JSON of `buck2 log show`, which is serde's of the same messages
//! (`app/buck2_data/build.rs`): a oneof is an object of one key, named as the variant.
//!
//! Outer oneofs are plain optional fields here: those variants that are not read are skipped.

use prost::{Message, Oneof};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::spawn::Duration;

/// The first message.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct Invocation {
    #[prost(string, repeated, tag = "1")]
    pub command_line_args: Vec<String>,
    #[prost(string, tag = "2")]
    pub working_dir: String,
    #[prost(string, optional, tag = "3")]
    pub trace_id: Option<String>,
}

/// Every other message.
#[derive(Clone, PartialEq, Message)]
pub struct CommandProgress {
    #[prost(message, optional, tag = "1")]
    pub event: Option<BuckEvent>,
    #[prost(message, optional, tag = "2")]
    pub result: Option<CommandResult>,
}

#[derive(Clone, PartialEq, Message)]
pub struct BuckEvent {
    #[prost(string, tag = "2")]
    pub trace_id: String,
    #[prost(message, optional, tag = "21")]
    pub span_end: Option<SpanEnd>,
    #[prost(message, optional, tag = "22")]
    pub instant: Option<Instant>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct SpanEnd {
    #[serde(rename = "Command")]
    #[prost(message, optional, tag = "50")]
    pub command: Option<CommandEnd>,
    #[serde(rename = "ActionExecution")]
    #[prost(message, optional, boxed, tag = "51")]
    pub action_execution: Option<Box<ActionExecutionEnd>>,
    #[serde(rename = "CacheUpload")]
    #[prost(message, optional, tag = "64")]
    pub cache_upload: Option<CacheUploadEnd>,
    #[serde(rename = "Materialization")]
    #[prost(message, optional, tag = "69")]
    pub materialization: Option<MaterializationEnd>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct Instant {
    #[serde(rename = "BuildGraphInfo")]
    #[prost(message, optional, tag = "4")]
    pub build_graph_info: Option<BuildGraphInfo>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct BuildGraphInfo {
    #[prost(uint64, tag = "3")]
    pub num_nodes: u64,
    #[prost(uint64, tag = "4")]
    pub num_edges: u64,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct CommandEnd {
    #[prost(bool, tag = "2")]
    pub is_success: bool,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct CommandResult {
    #[serde(rename = "Error")]
    #[prost(message, optional, tag = "1")]
    pub error: Option<ErrorReport>,
    #[serde(rename = "BuildResponse")]
    #[prost(message, optional, tag = "5")]
    pub build_response: Option<BuildResponse>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct BuildResponse {
    #[prost(message, repeated, tag = "102")]
    pub errors: Vec<ErrorReport>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct ErrorReport {
    #[prost(string, tag = "3")]
    pub message: String,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct TargetLabel {
    #[prost(string, tag = "1")]
    pub package: String,
    #[prost(string, tag = "2")]
    pub name: String,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct Configuration {
    #[prost(string, tag = "2")]
    pub full_name: String,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct ConfiguredTargetLabel {
    #[prost(message, optional, tag = "1")]
    pub label: Option<TargetLabel>,
    #[prost(message, optional, tag = "2")]
    pub configuration: Option<Configuration>,
    #[prost(message, optional, tag = "3")]
    pub execution_configuration: Option<Configuration>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct ActionKey {
    /// Index of the action at its holder, little-endian.
    #[prost(bytes = "vec", tag = "1")]
    #[serde(deserialize_with = "hex_bytes")]
    pub id: Vec<u8>,
    #[prost(oneof = "Owner", tags = "2, 5, 7")]
    #[serde(deserialize_with = "lenient")]
    pub owner: Option<Owner>,
    /// `HOLDER_INDEX`.
    #[prost(string, tag = "3")]
    pub key: String,
}

/// Owners that are targets; the key tells of the others.
#[derive(Clone, PartialEq, Oneof, Deserialize)]
pub enum Owner {
    #[prost(message, tag = "2")]
    TargetLabel(ConfiguredTargetLabel),
    #[prost(message, tag = "5")]
    TestTargetLabel(ConfiguredTargetLabel),
    #[prost(message, tag = "7")]
    LocalResourceSetup(ConfiguredTargetLabel),
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct ActionName {
    #[prost(string, tag = "1")]
    pub category: String,
    #[prost(string, tag = "2")]
    pub identifier: String,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct ActionExecutionEnd {
    #[prost(message, optional, tag = "1")]
    pub key: Option<ActionKey>,
    /// 3 is a command; all others are done by Buck2 itself.
    #[prost(int32, tag = "4")]
    #[serde(deserialize_with = "action_kind")]
    pub kind: i32,
    #[prost(message, optional, tag = "5")]
    pub name: Option<ActionName>,
    #[prost(bool, tag = "6")]
    pub failed: bool,
    #[prost(oneof = "ActionFailure", tags = "7, 9")]
    #[serde(deserialize_with = "lenient")]
    pub error: Option<ActionFailure>,
    #[prost(int32, tag = "22")]
    pub execution_kind: i32,
    #[prost(message, optional, tag = "23")]
    #[serde(rename = "wall_time_us", deserialize_with = "micros")]
    pub wall_time: Option<Duration>,
    #[prost(message, repeated, tag = "25")]
    pub commands: Vec<CommandExecution>,
    #[prost(message, repeated, tag = "26")]
    pub outputs: Vec<ActionOutput>,
}

/// Failures that come with a text; that of a command is in its standard error.
#[derive(Clone, PartialEq, Oneof, Deserialize)]
pub enum ActionFailure {
    #[prost(string, tag = "7")]
    Unknown(String),
    #[prost(message, tag = "9")]
    MissingOutputs(MissingOutputs),
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct MissingOutputs {
    #[prost(string, tag = "2")]
    pub message: String,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct ActionOutput {
    /// The first four bytes of the output's digest, as 8 hex digits.
    #[prost(string, tag = "1")]
    pub tiny_digest: String,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct CommandExecution {
    #[prost(message, optional, tag = "1")]
    pub details: Option<CommandDetails>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct CommandDetails {
    #[prost(string, tag = "3")]
    #[serde(rename = "stderr")]
    pub cmd_stderr: String,
    #[prost(sint32, optional, tag = "4")]
    pub signed_exit_code: Option<i32>,
    #[prost(message, optional, tag = "5")]
    pub command_kind: Option<CommandKind>,
    #[prost(message, optional, tag = "13")]
    pub metadata: Option<CommandMetadata>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct CommandKind {
    #[prost(oneof = "Command", tags = "1, 2, 3, 5")]
    #[serde(deserialize_with = "lenient")]
    pub command: Option<Command>,
}

#[derive(Clone, PartialEq, Oneof, Deserialize)]
pub enum Command {
    #[prost(message, tag = "1")]
    #[serde(rename = "LocalCommand")]
    Local(LocalCommand),
    #[prost(message, tag = "2")]
    #[serde(rename = "RemoteCommand")]
    Remote(WithDigest),
    #[prost(message, tag = "3")]
    #[serde(rename = "OmittedLocalCommand")]
    OmittedLocal(WithDigest),
    #[prost(message, tag = "5")]
    #[serde(rename = "WorkerCommand")]
    Worker(LocalCommand),
}

/// A command run here. Its arguments and environment are not read.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct LocalCommand {
    #[prost(string, tag = "3")]
    pub action_digest: String,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct WithDigest {
    /// `HASH:SIZE` of the `Action`.
    #[prost(string, tag = "1")]
    pub action_digest: String,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct CommandMetadata {
    #[prost(message, optional, tag = "2")]
    #[serde(rename = "execution_time_us", deserialize_with = "micros")]
    pub execution_time: Option<Duration>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct CacheUploadEnd {
    #[prost(message, optional, tag = "1")]
    pub key: Option<ActionKey>,
    #[prost(message, optional, tag = "2")]
    pub name: Option<ActionName>,
    #[prost(string, tag = "3")]
    pub action_digest: String,
    #[prost(bool, tag = "4")]
    pub success: bool,
    #[prost(string, repeated, tag = "6")]
    pub file_digests: Vec<String>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub struct MaterializationEnd {
    #[prost(string, tag = "3")]
    pub path: String,
    #[prost(string, optional, tag = "4")]
    pub action_digest: Option<String>,
    #[prost(bool, tag = "5")]
    pub success: bool,
    #[prost(string, optional, tag = "6")]
    pub error: Option<String>,
}

/// A variant, or nothing for one that is not known here.
fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(serde_json::from_value(value).ok())
}

fn micros<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    let micros = Option::<i64>::deserialize(from)?;
    Ok(micros.map(|us| Duration { seconds: us / 1_000_000, nanos: (us % 1_000_000) as i32 * 1000 }))
}

/// Bytes as hex digits; none where they are not.
fn hex_bytes<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(from)?;
    let pairs = text.as_bytes().chunks(2);
    let bytes = pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    Ok(bytes.collect::<Option<_>>().unwrap_or_default())
}

/// The kind of an action by the name of its variant (`ActionKind`).
fn action_kind<'de, D: Deserializer<'de>>(from: D) -> Result<i32, D::Error> {
    const KINDS: [&str; 8] = [
        "NotSet",
        "Copy",
        "DownloadFile",
        "Run",
        "SymlinkedDir",
        "Write",
        "WriteMacrosToFile",
        "CasArtifact",
    ];
    Ok(match serde_json::Value::deserialize(from)? {
        serde_json::Value::String(name) => {
            KINDS.iter().position(|kind| *kind == name).unwrap_or(0) as i32
        }
        other => other.as_i64().unwrap_or(0) as i32,
    })
}
