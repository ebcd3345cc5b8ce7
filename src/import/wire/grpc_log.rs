//! `remote_execution_log.proto` of Bazel (package `remote_logging`): the log of gRPC calls. Bodies
//! of AC entries stay bytes, to be decoded as those of raw blobs are.

use prost::Message;

use super::reapi::{Digest, Timestamp};

/// One call and its answer.
#[derive(Clone, PartialEq, Message)]
pub struct LogEntry {
    #[prost(message, optional, tag = "1")]
    pub metadata: Option<RequestMetadata>,
    #[prost(message, optional, tag = "2")]
    pub status: Option<Status>,
    #[prost(string, tag = "3")]
    pub method_name: String,
    #[prost(message, optional, tag = "4")]
    pub details: Option<Details>,
    #[prost(message, optional, tag = "5")]
    pub start_time: Option<Timestamp>,
    #[prost(message, optional, tag = "6")]
    pub end_time: Option<Timestamp>,
}

/// `build.bazel.remote.execution.v2.RequestMetadata`: on whose behalf.
#[derive(Clone, PartialEq, Message)]
pub struct RequestMetadata {
    /// Digest of the action, or a word such as `capabilities`.
    #[prost(string, tag = "2")]
    pub action_id: String,
    #[prost(string, tag = "3")]
    pub tool_invocation_id: String,
    #[prost(string, tag = "5")]
    pub action_mnemonic: String,
    #[prost(string, tag = "6")]
    pub target_id: String,
}

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, Message)]
pub struct Status {
    #[prost(int32, tag = "1")]
    pub code: i32,
    #[prost(string, tag = "2")]
    pub message: String,
    #[prost(message, repeated, tag = "3")]
    pub details: Vec<Any>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
pub struct Any {
    #[prost(string, tag = "1")]
    pub type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    pub value: Vec<u8>,
}

/// `google.rpc.PreconditionFailure`.
#[derive(Clone, PartialEq, Message)]
pub struct PreconditionFailure {
    #[prost(message, repeated, tag = "1")]
    pub violations: Vec<Violation>,
}

/// A blob that an execution lacks has the type `MISSING` and the subject `blobs/HASH/SIZE`.
#[derive(Clone, PartialEq, Message)]
pub struct Violation {
    #[prost(string, tag = "1")]
    pub kind: String,
    #[prost(string, tag = "2")]
    pub subject: String,
}

/// `RpcCallDetails`; at most one is set.
#[derive(Clone, PartialEq, Message)]
pub struct Details {
    #[prost(message, optional, tag = "5")]
    pub read: Option<Read>,
    #[prost(message, optional, tag = "6")]
    pub write: Option<Write>,
    #[prost(message, optional, tag = "7")]
    pub execute: Option<Execute>,
    #[prost(message, optional, tag = "8")]
    pub get_action_result: Option<GetActionResult>,
    #[prost(message, optional, tag = "9")]
    pub wait_execution: Option<WaitExecution>,
    #[prost(message, optional, tag = "10")]
    pub find_missing_blobs: Option<FindMissingBlobs>,
    #[prost(message, optional, tag = "13")]
    pub update_action_result: Option<UpdateActionResult>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Read {
    #[prost(message, optional, tag = "1")]
    pub request: Option<ReadRequest>,
}

#[derive(Clone, PartialEq, Message)]
pub struct ReadRequest {
    #[prost(string, tag = "1")]
    pub resource_name: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Write {
    #[prost(string, repeated, tag = "1")]
    pub resource_names: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Execute {
    #[prost(message, optional, tag = "1")]
    pub request: Option<ExecuteRequest>,
    #[prost(message, repeated, tag = "2")]
    pub responses: Vec<Operation>,
}

#[derive(Clone, PartialEq, Message)]
pub struct ExecuteRequest {
    #[prost(message, optional, tag = "6")]
    pub action_digest: Option<Digest>,
    #[prost(int32, tag = "9")]
    pub digest_function: i32,
}

/// Its request names an operation, so that the action is known from the metadata only.
#[derive(Clone, PartialEq, Message)]
pub struct WaitExecution {
    #[prost(message, repeated, tag = "2")]
    pub responses: Vec<Operation>,
}

/// `google.longrunning.Operation`.
#[derive(Clone, PartialEq, Message)]
pub struct Operation {
    #[prost(message, optional, tag = "5")]
    pub response: Option<Any>,
}

#[derive(Clone, PartialEq, Message)]
pub struct ExecuteResponse {
    /// An `ActionResult`.
    #[prost(bytes = "vec", optional, tag = "1")]
    pub result: Option<Vec<u8>>,
    #[prost(bool, tag = "2")]
    pub cached_result: bool,
    #[prost(message, optional, tag = "3")]
    pub status: Option<Status>,
}

#[derive(Clone, PartialEq, Message)]
pub struct GetActionResult {
    #[prost(message, optional, tag = "1")]
    pub request: Option<GetRequest>,
    /// An `ActionResult`.
    #[prost(bytes = "vec", optional, tag = "2")]
    pub response: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub struct UpdateActionResult {
    #[prost(message, optional, tag = "1")]
    pub request: Option<UpdateRequest>,
}

#[derive(Clone, PartialEq, Message)]
pub struct GetRequest {
    #[prost(message, optional, tag = "2")]
    pub action_digest: Option<Digest>,
    #[prost(int32, tag = "6")]
    pub digest_function: i32,
}

#[derive(Clone, PartialEq, Message)]
pub struct UpdateRequest {
    #[prost(message, optional, tag = "2")]
    pub action_digest: Option<Digest>,
    /// An `ActionResult`.
    #[prost(bytes = "vec", optional, tag = "3")]
    pub action_result: Option<Vec<u8>>,
    #[prost(int32, tag = "5")]
    pub digest_function: i32,
}

#[derive(Clone, PartialEq, Message)]
pub struct FindMissingBlobs {
    #[prost(message, optional, tag = "1")]
    pub request: Option<FindRequest>,
    #[prost(message, optional, tag = "2")]
    pub response: Option<FindResponse>,
}

#[derive(Clone, PartialEq, Message)]
pub struct FindRequest {
    #[prost(message, repeated, tag = "2")]
    pub blob_digests: Vec<Digest>,
    #[prost(int32, tag = "3")]
    pub digest_function: i32,
}

#[derive(Clone, PartialEq, Message)]
pub struct FindResponse {
    #[prost(message, repeated, tag = "2")]
    pub missing_blob_digests: Vec<Digest>,
}
