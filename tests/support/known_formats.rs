//! What manifests of samples call formats.

use rewindow::import::Format;

/// Names that other manifests may give to formats, each with those that a reader may take such a
/// file for: a word of the file's shape, or the tool's own name of it.
pub const ALIASES: [(&str, &[Format]); 42] = [
    ("bazel_execution_log_json", &[Format::BazelExecLogJson]),
    ("bazel_execution_log_binary", &[Format::BazelExecLogBinary]),
    ("bazel_execution_log_compact", &[Format::BazelExecLogCompact]),
    ("bazel_compact_execution_log", &[Format::BazelExecLogCompact]),
    ("bazel_aquery_json", &[Format::BazelAqueryJsonproto]),
    ("bazel_aquery_streamed", &[Format::BazelAqueryStreamedProto]),
    ("bazel_aquery_text", &[Format::BazelAqueryTextproto]),
    ("bazel_execution_graph_log", &[Format::BazelExecutionGraph]),
    ("execution_graph", &[Format::BazelExecutionGraph]),
    ("execution_graph_log", &[Format::BazelExecutionGraph]),
    ("bazel_bep", &[Format::BazelBepJson, Format::BazelBepBinary]),
    ("bazel_grpc", &[Format::BazelGrpcLog]),
    ("bazel_remote_grpc_log", &[Format::BazelGrpcLog]),
    ("grpc_log", &[Format::BazelGrpcLog]),
    ("bazel_trace_profile", &[Format::BazelProfile]),
    ("bazel_json_profile", &[Format::BazelProfile]),
    ("json_trace_profile", &[Format::BazelProfile]),
    ("access_log", &[Format::NginxAccessLog, Format::BazelRemoteLog, Format::RequestLines]),
    ("nginx_combined", &[Format::NginxAccessLog]),
    ("bazel_remote_access_log", &[Format::BazelRemoteLog]),
    ("gist_log", &[Format::RequestLines]),
    ("request_lines", &[Format::RequestLines]),
    ("console", &[Format::ConsoleText]),
    ("bazel_console", &[Format::ConsoleText]),
    ("bazel_stderr", &[Format::ConsoleText]),
    ("stderr", &[Format::ConsoleText]),
    ("loss_messages", &[Format::ConsoleText]),
    ("buck2_event_log_pb", &[Format::Buck2EventLog]),
    ("buck2_event_log_binary", &[Format::Buck2EventLog]),
    ("buck2_event_log_json_lines", &[Format::Buck2EventLogJson]),
    ("buck2_log_what_ran", &[Format::Buck2WhatRan]),
    ("buck2_aquery_dot", &[Format::Dot]),
    ("bazel_query_dot", &[Format::Dot]),
    ("plain_graph_json", &[Format::GraphJson]),
    ("json_graph", &[Format::GraphJson]),
    ("digest_list", &[Format::CacheListing]),
    ("s3_inventory", &[Format::CacheListing]),
    ("s3_listing", &[Format::CacheListing]),
    ("gcs_listing", &[Format::CacheListing]),
    ("blobs_tar_gz", &[Format::BlobsTar]),
    ("blobs_tar_zst", &[Format::BlobsTar]),
    ("raw_blobs", &[Format::RawBlob]),
];

/// What a file that a manifest calls `name` may be taken for; none if nobody knows the name.
pub fn expected_formats(name: &str) -> Vec<Format> {
    let own = Format::ALL.into_iter().find(|format| format.name() == name);
    let alias = ALIASES.iter().find(|alias| alias.0 == name);
    own.into_iter().chain(alias.iter().flat_map(|alias| alias.1.iter().copied())).collect()
}

/// All names that a manifest may use.
pub fn known_formats() -> String {
    let own = Format::ALL.iter().map(|format| format.name());
    let all: Vec<&str> = own.chain(ALIASES.iter().map(|alias| alias.0)).collect();
    all.join(", ")
}
