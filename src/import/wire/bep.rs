//! `build_event_stream.proto` of Bazel: the Build Event Protocol, as protobuf and in protobuf's
//! JSON mapping, where 64-bit numbers are texts. Of each event only what is read here.

use prost::Message;
use serde::Deserialize;

use super::spawn::number;

/// One event. At most one of the payloads is set.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BuildEvent {
    #[prost(message, optional, tag = "1")]
    pub id: Option<EventId>,
    #[prost(message, optional, tag = "4")]
    pub aborted: Option<Aborted>,
    #[prost(message, optional, tag = "5")]
    pub started: Option<Started>,
    #[prost(message, optional, tag = "7")]
    pub action: Option<ActionExecuted>,
    #[prost(message, optional, tag = "8")]
    pub completed: Option<TargetComplete>,
    #[prost(message, optional, tag = "13")]
    pub options_parsed: Option<OptionsParsed>,
    #[prost(message, optional, tag = "14")]
    pub finished: Option<Finished>,
    #[prost(message, optional, tag = "15")]
    pub named_set_of_files: Option<NamedSet>,
    #[prost(message, optional, tag = "24")]
    pub build_metrics: Option<BuildMetrics>,
}

/// What an event is about; other kinds than these leave all unset.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EventId {
    #[prost(message, optional, tag = "5")]
    pub target_completed: Option<TargetId>,
    #[prost(message, optional, tag = "6")]
    pub action_completed: Option<ActionCompletedId>,
    #[prost(message, optional, tag = "13")]
    pub named_set: Option<SetId>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TargetId {
    #[prost(string, tag = "1")]
    pub label: String,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ActionCompletedId {
    #[prost(string, tag = "1")]
    pub primary_output: String,
    #[prost(string, tag = "2")]
    pub label: String,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SetId {
    #[prost(string, tag = "1")]
    pub id: String,
}

/// An event that does not come.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Aborted {
    #[prost(string, tag = "2")]
    pub description: String,
}

/// An invocation begins.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Started {
    #[prost(string, tag = "1")]
    pub uuid: String,
    #[prost(int64, tag = "2")]
    #[serde(deserialize_with = "number")]
    pub start_time_millis: i64,
    #[prost(string, tag = "3")]
    pub build_tool_version: String,
    #[prost(string, tag = "5")]
    pub command: String,
}

/// An action, one that failed unless `--build_event_publish_all_actions`.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ActionExecuted {
    #[prost(bool, tag = "1")]
    pub success: bool,
    #[prost(int32, tag = "2")]
    pub exit_code: i32,
    #[prost(string, tag = "5")]
    pub label: String,
    /// Without a name: the id has the path.
    #[prost(message, optional, tag = "6")]
    pub primary_output: Option<File>,
    #[prost(string, tag = "8")]
    #[serde(rename = "type")]
    pub mnemonic: String,
    #[prost(message, optional, tag = "11")]
    pub failure_detail: Option<FailureDetail>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct FailureDetail {
    #[prost(string, tag = "1")]
    pub message: String,
}

/// A target, with what it wrote.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TargetComplete {
    #[prost(bool, tag = "1")]
    pub success: bool,
    #[prost(message, repeated, tag = "2")]
    pub output_group: Vec<OutputGroup>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OutputGroup {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, repeated, tag = "3")]
    pub file_sets: Vec<SetId>,
    /// Files told here rather than in a set (`--build_event_inline_output_groups`).
    #[prost(message, repeated, tag = "5")]
    pub inline_files: Vec<File>,
}

/// The options in effect, those of rc files among them.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OptionsParsed {
    #[prost(string, repeated, tag = "1")]
    pub startup_options: Vec<String>,
    #[prost(string, repeated, tag = "3")]
    pub cmd_line: Vec<String>,
}

/// An invocation ends.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Finished {
    #[prost(int64, tag = "2")]
    #[serde(deserialize_with = "number")]
    pub finish_time_millis: i64,
    #[prost(message, optional, tag = "3")]
    pub exit_code: Option<ExitCode>,
    #[prost(message, optional, tag = "6")]
    pub failure_detail: Option<FailureDetail>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ExitCode {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(int32, tag = "2")]
    pub code: i32,
}

/// Files, and other sets.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NamedSet {
    #[prost(message, repeated, tag = "1")]
    pub files: Vec<File>,
    #[prost(message, repeated, tag = "2")]
    pub file_sets: Vec<SetId>,
}

/// A file. `digest` and `length` are told from 5.0 on; the uri tells both if it is `bytestream:`.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct File {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub uri: String,
    #[prost(string, repeated, tag = "4")]
    pub path_prefix: Vec<String>,
    #[prost(string, tag = "5")]
    pub digest: String,
    #[prost(int64, tag = "6")]
    #[serde(deserialize_with = "number")]
    pub length: i64,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BuildMetrics {
    #[prost(message, optional, tag = "1")]
    pub action_summary: Option<ActionSummary>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ActionSummary {
    #[prost(int64, tag = "2")]
    #[serde(deserialize_with = "number")]
    pub actions_executed: i64,
    #[prost(message, repeated, tag = "6")]
    pub runner_count: Vec<RunnerCount>,
}

/// How many actions came about in one way.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RunnerCount {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(int32, tag = "2")]
    pub count: i32,
}
