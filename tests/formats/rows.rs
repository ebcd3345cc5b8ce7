//! One row per format and shape.

use rewindow::import::Format;

use super::wire::{delimited, gzip, m, n, t, zstd};
use super::{Row, archives, execution_graph, sample};

pub const A: &str = "36a959690c3a34f68c8b017dbb05a7abc9d789dec7427b8ea931a32d84d2cd0b";
pub const B: &str = "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7";
const TRACE: &str = "01234567-89ab-cdef-0123-456789abcdef";

fn row(
    what: &'static str,
    format: Format,
    bytes: impl Into<Vec<u8>>,
    counts: &[(&'static str, u64)],
) -> Row {
    Row { what, format, bytes: bytes.into(), counts: counts.to_vec() }
}

/// All of them.
pub fn all() -> Vec<Row> {
    let parts = [bazel_graphs(), bazel_logs(), buck2(), plain(), listings(), logs(), blobs()];
    parts.into_iter().flatten().collect()
}

fn bazel_graphs() -> Vec<Row> {
    let gist = |name: &str| sample(&format!("gist-bazel4.2.3/{name}"));
    let v1 = |name: &str| sample(&format!("gist-bazel1.1.0/{name}"));
    let streamed = sample("absl-bazel7.7.1/aquery.streamed_proto.gz");
    let three = [("actions", 3), ("artifacts", 4), ("targets", 3), ("dep_sets", 4)];
    vec![
        row("aquery proto, v2", Format::BazelAqueryProto, gist("aquery.pb"), &three),
        row("aquery proto, v1", Format::BazelAqueryProto, v1("aquery.pb"), &three),
        row("streamed", Format::BazelAqueryStreamedProto, streamed, &[("actions", 493)]),
        row("aquery jsonproto, v2", Format::BazelAqueryJsonproto, gist("aquery.json"), &three),
        row("aquery jsonproto, v1", Format::BazelAqueryJsonproto, V1_JSON, &[("actions", 1)]),
        row("textproto, v2", Format::BazelAqueryTextproto, gist("aquery.textproto"), &three),
        row("text for people", Format::BazelAqueryText, gist("aquery.txt"), &three[..3]),
        row("textproto, v1", Format::BazelAqueryTextproto, v1("aquery.textproto"), &three),
        row(
            "execution graph",
            Format::BazelExecutionGraph,
            zstd(&execution_graph::log()),
            &[("nodes", 5), ("actions", 4), ("retries", 1)],
        ),
    ]
}

/// Synthetic: ids that are texts, and whole paths.
const V1_JSON: &str = r#"{"artifacts":[{"id":"0","execPath":"bazel-out/a"}],
    "actions":[{"targetId":"0","mnemonic":"Genrule","outputIds":["0"]}],
    "targets":[{"id":"0","label":"//:a"}]}"#;

fn bazel_logs() -> Vec<Row> {
    let gist = |name: &str| sample(&format!("gist-bazel4.2.3/{name}"));
    let compact = sample("absl-bazel7.7.1/cold.exec.compact");
    let stderr = sample("absl-evict-minimal-11/stderr.txt");
    let grpc = sample("gen300-grpc/warm_minimal.grpclog.gz");
    vec![
        row("JSON log", Format::BazelExecLogJson, gist("cold.exec.json"), &[("spawns", 3)]),
        row("binary log", Format::BazelExecLogBinary, gist("cold.exec.pb"), &[("spawns", 3)]),
        row("compact log, 7.7", Format::BazelExecLogCompact, compact, &[("spawns", 294)]),
        row(
            "compact log, synthetic, 7.1",
            Format::BazelExecLogCompact,
            zstd(&compact_old()),
            &[("spawns", 1), ("entries.directory", 1), ("entries.unresolved_symlink", 1)],
        ),
        row(
            "compact log, synthetic, 8",
            Format::BazelExecLogCompact,
            zstd(&compact_new()),
            &[("spawns", 1), ("entries.runfiles_tree", 1), ("entries.symlink_action", 1)],
        ),
        row("events, JSON", Format::BazelBepJson, gist("cold.bep.json"), &[("events", 39)]),
        row("events, binary", Format::BazelBepBinary, gist("cold.bep.pb"), &[("events", 39)]),
        row("gRPC log", Format::BazelGrpcLog, grpc, &[("entries", 320)]),
        row("profile", Format::BazelProfile, gist("cold.profile.gz"), &[]),
        row("console", Format::ConsoleText, stderr, &[]),
    ]
}

fn digest(digit: &str) -> Vec<u8> {
    m(2, &[t(1, &digit.repeat(64)), n(2, 5)])
}

/// Layout of 7.1 to 7.3: every entry has an id, sets and outputs say what they refer to.
fn compact_old() -> Vec<u8> {
    delimited(&[
        m(2, &[t(1, "SHA-256")]),
        [n(1, 1), m(3, &[t(1, "src"), digest("1")])].concat(),
        [n(1, 2), m(4, &[t(1, "bazel-out/k8/bin/dir"), m(2, &[t(1, "f"), digest("2")])])].concat(),
        [n(1, 3), m(5, &[t(1, "bazel-out/k8/bin/link"), t(2, "far")])].concat(),
        [n(1, 4), m(6, &[n(1, 1), n(2, 2), n(3, 3)])].concat(),
        [n(1, 5), m(3, &[t(1, "bazel-out/k8/bin/o"), digest("3")])].concat(),
        [n(1, 6), m(7, &[t(1, "x"), n(4, 4), m(6, &[n(1, 5)]), t(8, "Genrule"), n(15, 1)])]
            .concat(),
    ])
}

/// Layout of 7.4 and later: nested sets of any entry, runfiles trees, symlink actions.
fn compact_new() -> Vec<u8> {
    delimited(&[
        m(2, &[t(1, "SHA-256"), t(2, "_main")]),
        [n(1, 1), m(3, &[t(1, "src"), digest("1")])].concat(),
        [n(1, 2), m(6, &[n(5, 1)])].concat(),
        [n(1, 3), m(6, &[n(4, 2)])].concat(),
        [n(1, 4), m(10, &[t(1, "bazel-out/k8/bin/t.runfiles"), n(2, 3)])].concat(),
        [n(1, 5), m(6, &[n(5, 4), n(4, 3)])].concat(),
        [n(1, 6), m(3, &[t(1, "bazel-out/k8/bin/o"), digest("3")])].concat(),
        m(7, &[t(1, "x"), n(4, 5), m(6, &[n(5, 6)]), t(8, "Genrule"), n(15, 1)]),
        m(8, &[t(1, "bazel-out/k8/bin/o"), t(2, "bazel-out/k8/bin/l"), t(3, "//:l")]),
    ])
}

/// Synthetic, in the shape of Buck2's `data.proto`; `tests/buck2.rs` has the contents.
fn buck2() -> Vec<Row> {
    let invocation = [t(1, "buck2"), t(1, "build"), t(2, "/repo"), t(3, TRACE)].concat();
    let label = m(1, &[t(1, "root//app"), t(2, "lib")]);
    let owner = m(2, &[label, m(2, &[t(2, "cfg")])]);
    let key = m(1, &[m(1, &[0_u64.to_le_bytes().to_vec()]), owner, t(3, "root//app:lib (cfg)_0")]);
    let end = m(51, &[key, n(4, 3), m(5, &[t(1, "cxx_compile")]), n(22, 1)]);
    let event = m(1, &[m(1, &[n(1, 1_700_000_000)]), t(2, TRACE), n(3, 7), m(21, &[end])]);
    let proto = delimited(&[invocation, event]);
    let action = [("actions", 1)];
    vec![
        row("event log", Format::Buck2EventLog, proto.clone(), &action),
        row("event log, zstd", Format::Buck2EventLog, zstd(&proto), &action),
        row("event log, gzip", Format::Buck2EventLog, gzip(&proto), &action),
        row("event log, lines", Format::Buck2EventLogJson, BUCK2_LINES, &action),
        row("lines, gzip", Format::Buck2EventLogJson, gzip(BUCK2_LINES.as_bytes()), &action),
        row("lines, zstd", Format::Buck2EventLogJson, zstd(BUCK2_LINES.as_bytes()), &action),
        row("what-ran, JSON", Format::Buck2WhatRan, BUCK2_RAN, &[]),
        row("aquery, JSON", Format::Buck2AqueryJson, BUCK2_AQUERY, &action),
        row("aquery, dot", Format::Dot, BUCK2_DOT, &[("actions", 2), ("edges", 1)]),
    ]
}

const BUCK2_LINES: &str = concat!(
    r#"{"command_line_args":["buck2"],"working_dir":"/repo","trace_id":"0"}"#,
    "\n",
    r#"{"Event":{"timestamp":[1,0],"trace_id":"0","span_id":7,"parent_id":0,"data":{"SpanEnd":"#,
    r#"{"stats":null,"duration_us":1,"data":{"ActionExecution":{"key":{"id":"0000000000000000","#,
    r#""key":"root//app:lib (cfg)_0","owner":{"TargetLabel":{"label":{"package":"root//app","#,
    r#""name":"lib"},"configuration":{"full_name":"cfg"}}}},"kind":"Run","name":{"category":"#,
    r#""cxx_compile","identifier":""},"failed":false,"execution_kind":1,"commands":[],"#,
    r#""outputs":[]}}}}}}"#,
    "\n"
);

const BUCK2_RAN: &str = concat!(
    r#"{"reason":"build","identity":"root//app:lib (cfg) (cxx_compile a.cpp)","reproducer":"#,
    r#"{"executor":"Re","details":{"digest":"87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0"#,
    r#"fde60c4cf25c7:140","platform_properties":{}}},"duration":"1.2s"}"#,
    "\n"
);

const BUCK2_AQUERY: &str = r#"{"(target: `root//app:lib (cfg)`, id: `0`)":
    {"kind":"run","category":"cxx_compile","identifier":"","cmd":["x"]}}"#;

const BUCK2_DOT: &str = "digraph result_graph {\n  \
    \"(target: `root//app:lib (cfg)`, id: `1`)\" [style=filled,buck_category=link];\n  \
    \"(target: `root//app:lib (cfg)`, id: `0`)\" [style=filled];\n  \
    \"(target: `root//app:lib (cfg)`, id: `1`)\" -> \"(target: `root//app:lib (cfg)`, id: `0`)\";\
    \n}\n";

fn plain() -> Vec<Row> {
    let json = r#"{"nodes":[{"id":"c","mnemonic":"Cc","outputs":["o"]}],"edges":[["c","s.c"]]}"#;
    let counts = [("nodes", 2), ("edges", 1), ("actions", 1)];
    vec![
        row("dot", Format::Dot, "digraph { a -> b; b -> c }", &[("edges", 2), ("actions", 2)]),
        row("graph in JSON", Format::GraphJson, json, &counts),
    ]
}

fn listings() -> Vec<Row> {
    let both = [("ac", 1), ("cas", 1)];
    let texts = [
        ("find -printf", format!("ac/{A}\t142\t1.5\ncas/{B}\t5\t1.5\n")),
        ("find", format!("./cache/ac/36/{A}\n./cache/cas/87/{B}\n")),
        (
            "aws s3 ls",
            format!("2024-01-01 00:00:00  142 p/ac/{A}\n2024-01-01 00:00:00 5 p/cas/{B}\n"),
        ),
        (
            "S3 inventory",
            format!("\"b\",\"p%2Fac%2F{A}\",\"142\"\n\"b\",\"p%2Fcas%2F{B}\",\"5\"\n"),
        ),
        (
            "gsutil ls -l",
            format!(
                "   142  2024-01-01T00:00:00Z  gs://b/ac/{A}\n     5  2024-01-01T00:00:00Z  \
                 gs://b/cas/{B}\nTOTAL: 2 objects, 147 bytes (147 B)\n"
            ),
        ),
        (
            "gcloud storage ls -l",
            format!(
                "       142  2024-01-01T00:00:00Z  gs://b/ac/{A}\n         5  \
                 2024-01-01T00:00:00Z  gs://b/cas/{B}\nTOTAL: 2 objects, 147 bytes (147B)\n"
            ),
        ),
        ("bazel-remote v2", format!("ac.v2/36/{A}-1\ncas.v2/87/{B}-5-77\n")),
        ("NativeLink, named", format!("x-ac/d/{A}-142\nx-cas/d/{B}-5\n")),
    ];
    let mut rows: Vec<Row> = texts
        .into_iter()
        .map(|(what, text)| row(what, Format::CacheListing, text, &both))
        .collect();
    let files = |what, text: String| row(what, Format::CacheListing, text, &[("files", 2)]);
    rows.push(files("digests", format!("{A}/142\n{B}/5\n")));
    rows.push(files("NativeLink", format!("d/{A}-142\nd/{B}-5\n")));
    rows
}

fn logs() -> Vec<Row> {
    let nginx = sample("gist-bazel4.2.3/nginx-access-cold.log");
    let remote = format!(
        "2026/11/21 23:59:53  GET 200       127.0.0.1 /ac/{A}\n\
         2026/11/21 23:59:53 GRPC CAS HEAD {B} NOT FOUND\n"
    );
    let lines = format!("GET 200 /ac/{A} a.txt\nGET /cas/{B} 404\n");
    let missing = format!(r#"{{"missingBlobDigests":[{{"hash":"{B}","sizeBytes":"5"}}]}}"#);
    vec![
        row("nginx", Format::NginxAccessLog, nginx, &[("requests", 15), ("not_found", 3)]),
        row("bazel-remote's log", Format::BazelRemoteLog, remote, &[("requests", 2)]),
        row("the gist's log", Format::RequestLines, lines, &[("requests", 2), ("not_found", 1)]),
        row("FindMissingBlobs", Format::FindMissingBlobs, missing, &[("not_found", 1)]),
    ]
}

fn blobs() -> Vec<Row> {
    let (tar, zip) = (archives::tar(), archives::zip());
    let both = [("ac", 1), ("cas", 2)];
    vec![
        row("tar", Format::BlobsTar, tar.clone(), &both),
        row("tar.gz", Format::BlobsTar, gzip(&tar), &both),
        row("tar.zst", Format::BlobsTar, zstd(&tar), &both),
        row("zip", Format::BlobsZip, zip, &both),
        row("casblobs of bazel-remote", Format::BlobsTar, archives::casblobs(), &[("cas", 2)]),
    ]
}
