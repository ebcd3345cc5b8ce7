//! `src/main/protobuf/execution_graph.proto` of Bazel: what ran, and in which order it had to.

use prost::Message;

/// A spawn, or an action that spawned nothing.
#[derive(Clone, PartialEq, Message)]
pub struct Node {
    /// `action '…'`, as `ActionAnalysisMetadata.prettyPrint` has it.
    #[prost(string, tag = "1")]
    pub description: String,
    /// From 0; not set at all without dependencies.
    #[prost(int32, tag = "2")]
    pub index: i32,
    #[prost(string, tag = "3")]
    pub target_label: String,
    #[prost(string, tag = "4")]
    pub mnemonic: String,
    #[prost(message, optional, tag = "5")]
    pub metrics: Option<Metrics>,
    #[prost(int32, repeated, tag = "6")]
    pub dependent_index: Vec<i32>,
    /// Empty for an action that spawned nothing.
    #[prost(string, tag = "7")]
    pub runner: String,
    #[prost(int32, optional, tag = "9")]
    pub retry_of: Option<i32>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub struct Metrics {
    #[prost(int64, tag = "1")]
    pub start_timestamp_millis: i64,
    #[prost(int32, tag = "2")]
    pub duration_millis: i32,
    /// How long the command ran.
    #[prost(int32, tag = "7")]
    pub process_millis: i32,
}
