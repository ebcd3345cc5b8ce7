//! What manifests of samples call formats.

// Not every test that shares it has use for all of it.
#![allow(dead_code)]

use rewindow::import::Format;

/// Names that other manifests may give to formats, each with those that a reader may take such a
/// file for: a word of the file's shape, or the tool's own name of it.
pub const ALIASES: [(&str, &[Format]); 52] = [
    ("bazel_execution_log_json", &[Format::BazelExecLogJson]),
    ("bazel_execution_log_binary", &[Format::BazelExecLogBinary]),
    ("bazel_execution_log_compact", &[Format::BazelExecLogCompact]),
    ("bazel_compact_execution_log", &[Format::BazelExecLogCompact]),
    ("bazel_aquery_json", &[Format::BazelAqueryJsonproto]),
    ("bazel_aquery_streamed", &[Format::BazelAqueryStreamedProto]),
    ("bazel_aquery_txt", &[Format::BazelAqueryText]),
    ("bazel_aquery_textproto_v1", &[Format::BazelAqueryTextproto]),
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
    ("nginx", &[Format::NginxAccessLog]),
    ("bazel_remote", &[Format::BazelRemoteLog]),
    ("listing", &[Format::CacheListing]),
    ("find", &[Format::CacheListing]),
    ("tar", &[Format::BlobsTar]),
    ("zip", &[Format::BlobsZip]),
    ("graphviz", &[Format::Dot]),
    ("what_ran", &[Format::Buck2WhatRan]),
    ("packed", &[Format::Packed]),
];

/// A name without what people spell differently: case, what separates words, the tool's name.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let plain = letters.collect::<String>().to_ascii_lowercase();
    plain.strip_prefix("bazel").map_or(plain.clone(), str::to_owned)
}

/// What a file that a manifest calls `name` may be taken for; none if nobody knows the name.
pub fn expected_formats(name: &str) -> Vec<Format> {
    let is_named = |known: &str| plain(known) == plain(name);
    let own = Format::ALL.into_iter().find(|format| is_named(format.name()));
    let alias = ALIASES.iter().filter(|alias| is_named(alias.0)).flat_map(|alias| alias.1);
    let mut formats: Vec<Format> = own.into_iter().collect();
    for &format in alias {
        if !formats.contains(&format) {
            formats.push(format);
        }
    }
    formats
}

/// All names that a manifest may use.
pub fn known_formats() -> String {
    let own = Format::ALL.iter().map(|format| format.name());
    let all: Vec<&str> = own.chain(ALIASES.iter().map(|alias| alias.0)).collect();
    all.join(", ")
}
