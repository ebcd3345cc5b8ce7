//! Exports of Buck2: event logs, `what-ran`, `aquery`, alone and together.
//!
//! All inputs are synthetic, in the shape of Buck2's `data.proto` and of its JSON: three actions of
//! which the third reads what the others write. The protobuf is written field by field here, so
//! that a wrong field number in the reader shows.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/wire.rs"]
mod wire;

use std::ops::ControlFlow;

use rewindow::import::{self, FileCard, Import, InputFile, Place};
use rewindow::model::{ActionId, ActionKind, Graph};
use wire::{delimited, m, n, t};

const CFG: &str = "cfg//p:linux#0123";
const TRACE: &str = "01234567-89ab-cdef-0123-456789abcdef";

fn read(files: &[(&str, &[u8])]) -> Import {
    let files: Vec<InputFile> = files
        .iter()
        .map(|(name, bytes)| InputFile { name: (*name).to_owned(), bytes: bytes.to_vec() })
        .collect();
    import::read(&files, &mut |_| ControlFlow::Continue(())).expect("not cancelled")
}

fn count(card: &FileCard, kind: &str) -> Option<u64> {
    card.counts.iter().find(|c| c.0 == kind).map(|c| c.1)
}

fn hex(digit: char) -> String {
    digit.to_string().repeat(40)
}

/// An action of the synthetic build.
struct Action {
    name: &'static str,
    index: u64,
    category: &'static str,
    identifier: &'static str,
    /// `ActionKind`, its name in JSON.
    kind: (u64, &'static str),
    execution_kind: u64,
    digest: Option<char>,
    execution_us: u64,
    tiny_digests: &'static [&'static str],
}

const ACTIONS: [Action; 3] = [
    Action {
        name: "gen",
        index: 0,
        category: "write",
        identifier: "",
        kind: (5, "Write"),
        execution_kind: 4,
        digest: None,
        execution_us: 0,
        tiny_digests: &["99999999"],
    },
    Action {
        name: "lib",
        index: 0,
        category: "cxx_compile",
        identifier: "a.cpp (pic)",
        kind: (3, "Run"),
        execution_kind: 1,
        digest: Some('a'),
        execution_us: 1_250_000,
        tiny_digests: &["cccccccc"],
    },
    Action {
        name: "lib",
        index: 1,
        category: "link",
        identifier: "",
        kind: (3, "Run"),
        execution_kind: 3,
        digest: Some('b'),
        execution_us: 0,
        tiny_digests: &["dddddddd", "eeeeeeee"],
    },
];

impl Action {
    fn key(&self) -> String {
        format!("root//app:{} ({CFG})_{}", self.name, self.index)
    }

    fn key_proto(&self) -> Vec<u8> {
        let label = m(1, &[t(1, "root//app"), t(2, self.name)]);
        let owner = m(2, &[label, m(2, &[t(2, CFG)])]);
        m(1, &[m(1, &[self.index.to_le_bytes().to_vec()]), owner, t(3, &self.key())])
    }

    fn key_json(&self) -> String {
        let id: String = self.index.to_le_bytes().iter().map(|b| format!("{b:02x}")).collect();
        format!(
            r#"{{"id":"{id}","key":"{}","owner":{{"TargetLabel":{{"label":{{"package":"root//app",
            "name":"{}"}},"configuration":{{"full_name":"{CFG}"}},
            "execution_configuration":null}}}}}}"#,
            self.key(),
            self.name
        )
    }

    fn end_proto(&self) -> Vec<u8> {
        let mut end = vec![self.key_proto(), n(4, self.kind.0)];
        end.push(m(5, &[t(1, self.category), t(2, self.identifier)]));
        end.push(n(22, self.execution_kind));
        if let Some(digit) = self.digest {
            let digest = format!("{}:140", hex(digit));
            // A command that ran here has its digest in field 3, one from the cache in field 1.
            let command = match self.execution_kind {
                1 => m(1, &[t(3, &digest)]),
                _ => m(2, &[t(1, &digest), n(2, 1)]),
            };
            let micros = self.execution_us;
            let time = m(2, &[n(1, micros / 1_000_000), n(2, micros % 1_000_000 * 1000)]);
            let details = m(1, &[n(4, 0), m(5, &[command]), m(13, &[time])]);
            end.push(m(25, &[details, m(2, &[])]));
        }
        end.extend(self.tiny_digests.iter().map(|d| m(26, &[t(1, d)])));
        event(51, &end)
    }

    fn end_json(&self) -> String {
        let commands = self.digest.map_or(String::new(), |digit| {
            let variant = if self.execution_kind == 1 { "LocalCommand" } else { "RemoteCommand" };
            format!(
                r#"{{"details":{{"stdout":"","stderr":"","signed_exit_code":0,"command_kind":
                {{"command":{{"{variant}":{{"action_digest":"{}:140","argv":["x"]}}}}}},
                "metadata":{{"execution_time_us":{},"start_time":[1,2]}}}},
                "status":{{"Success":{{}}}}}}"#,
                hex(digit),
                self.execution_us
            )
        });
        let tiny: Vec<String> =
            self.tiny_digests.iter().map(|d| format!(r#"{{"tiny_digest":"{d}"}}"#)).collect();
        event_json(
            "ActionExecution",
            &format!(
                r#"{{"key":{},"kind":"{}","name":{{"category":"{}","identifier":"{}"}},
                "failed":false,"error":null,"execution_kind":{},"wall_time_us":null,
                "commands":[{commands}],"outputs":[{}],"an_unknown_field":7}}"#,
                self.key_json(),
                self.kind.1,
                self.category,
                self.identifier,
                self.execution_kind,
                tiny.join(",")
            ),
        )
    }
}

/// A `CommandProgress` with the end of a span.
fn event(number: u64, end: &[Vec<u8>]) -> Vec<u8> {
    let time = m(1, &[n(1, 1_700_000_000)]);
    m(1, &[time, t(2, TRACE), n(3, 7), m(21, &[m(2, &[n(1, 1)]), m(number, end)])])
}

fn event_json(variant: &str, end: &str) -> String {
    let end = end.replace('\n', " ");
    format!(
        r#"{{"Event":{{"timestamp":[1700000000,0],"trace_id":"{TRACE}","span_id":7,"parent_id":0,
        "data":{{"SpanEnd":{{"stats":null,"duration_us":1,"data":{{"{variant}":{end}}}}}}}}}}}"#
    )
    .replace('\n', " ")
}

fn invocation() -> Vec<u8> {
    [t(1, "buck2"), t(1, "build"), t(2, "/repo"), t(3, TRACE), m(4, &[n(1, 1)])].concat()
}

fn log_proto() -> Vec<u8> {
    let mut messages = vec![invocation()];
    messages.extend(ACTIONS.iter().map(Action::end_proto));
    let file = format!("{}:12", hex('c'));
    let digest = format!("{}:140", hex('a'));
    messages.push(event(64, &[ACTIONS[1].key_proto(), t(3, &digest), n(4, 1), t(6, &file)]));
    let path = "buck-out/v2/gen/root/app/a.o";
    messages.push(event(69, &[t(3, path), t(4, &digest), n(5, 1)]));
    messages.push(event(50, &[n(2, 1)]));
    messages.push(m(2, &[m(5, &[])]));
    delimited(&messages)
}

fn log_json() -> String {
    let mut lines = vec![format!(
        r#"{{"command_line_args":["buck2"],"working_dir":"/repo","trace_id":"{TRACE}"}}"#
    )];
    lines.extend(ACTIONS.iter().map(Action::end_json));
    let (file, digest) = (hex('c'), hex('a'));
    let key = ACTIONS[1].key_json();
    let upload = format!(
        r#"{{"key":{key},"name":null,"action_digest":"{digest}:140","success":true,"error":"",
        "file_digests":["{file}:12"],"tree_digests":[],"output_bytes":12,"re_error_code":null}}"#
    );
    lines.push(event_json("CacheUpload", &upload));
    let materialized = format!(
        r#"{{"file_count":1,"total_bytes":12,"path":"buck-out/v2/gen/root/app/a.o",
        "action_digest":"{digest}:140","success":true,"error":null,"method":0}}"#
    );
    lines.push(event_json("Materialization", &materialized));
    lines.push(event_json("Command", r#"{"data":{"Build":{}},"is_success":true}"#));
    lines
        .push(r#"{"Result":{"result":{"BuildResponse":{"build_targets":[],"errors":[]}}}}"#.into());
    lines.join("\n") + "\n"
}

fn dot() -> String {
    let name = |i: usize| {
        let action = &ACTIONS[i];
        format!("(target: `root//app:{} ({CFG})`, id: `{}`)", action.name, action.index)
    };
    format!(
        "digraph result_graph {{\n  \"{2}\" [style=filled,buck_category=link];\n  \
         \"{2}\" -> \"{1}\";\n  \"{2}\" -> \"{0}\";\n  \"{1}\" [style=filled];\n  \
         \"{0}\" [style=filled];\n  \"{1}\" -> \"{0}\";\n}}\n",
        name(0),
        name(1),
        name(2)
    )
}

fn action(graph: &Graph, mnemonic: &str) -> ActionId {
    graph.action_ids().find(|&a| graph.mnemonic(a) == mnemonic).expect(mnemonic)
}

fn inputs(graph: &Graph, action: ActionId) -> Vec<&str> {
    graph.inputs(action).iter().map(|&a| graph.path(a)).collect()
}

fn assert_is_the_build(import: &Import) {
    let (card, graph) = (&import.files[0], &import.graph);
    assert_eq!(card.error, None);
    assert!(card.warnings.is_empty(), "{:?}", card.warnings);
    for (kind, n) in [
        ("events", 6),
        ("actions", 3),
        ("executed", 2),
        ("cache_hits", 1),
        ("failed", 0),
        ("uploads", 1),
        ("materialized", 1),
        ("command_succeeded", 1),
    ] {
        assert_eq!(count(card, kind), Some(n), "{kind}");
    }
    assert_eq!(graph.n_actions(), 3);
    let compile = action(graph, "cxx_compile");
    assert_eq!(graph.label(compile), format!("root//app:lib ({CFG})"));
    assert_eq!(graph.duration_ms(compile), Some(1250));
    assert_eq!(graph.blobs().digest(graph.key(compile).unwrap()).hex(), hex('a'));
    assert_eq!(graph.path(graph.outputs(compile)[0]), "buck-out/v2/gen/root/app/a.o");
    let blob = graph.blob(graph.outputs(compile)[0]).expect("a whole digest");
    assert_eq!(graph.blobs().digest(blob).hex(), hex('c'));
    let link = action(graph, "link");
    assert_eq!((graph.duration_ms(link), graph.outputs(link).len()), (None, 2));
    assert_eq!(graph.blob(graph.outputs(link)[0]), None, "four bytes are no digest");
    assert_eq!(graph.action_kind(link), ActionKind::Spawn);
    assert_eq!(graph.action_kind(action(graph, "write")), ActionKind::Internal);
}

#[test]
fn an_event_log_gives_actions_as_protobuf_and_as_json() {
    let (proto, json) = (read(&[("x", &log_proto())]), read(&[("y", log_json().as_bytes())]));
    assert_eq!(proto.files[0].format.name(), "buck2_event_log");
    assert_eq!(json.files[0].format.name(), "buck2_event_log_json");
    assert_is_the_build(&proto);
    assert_is_the_build(&json);
    assert!(proto.graph == json.graph, "not the same graph");
    let edges = proto.warnings.iter().find(|w| w.what.contains("read")).expect("a warning");
    assert!(edges.remedy.contains("--output-format dot"), "{edges}");
}

#[test]
fn aquery_in_dot_gives_a_log_its_edges_in_either_order() {
    let (log, dot) = (log_proto(), dot());
    for files in [[("l", &*log), ("d", dot.as_bytes())], [("d", dot.as_bytes()), ("l", &*log)]] {
        let import = read(&files);
        let graph = &import.graph;
        assert_eq!(graph.n_actions(), 3);
        let object = "buck-out/v2/gen/root/app/a.o";
        let mut read = inputs(graph, action(graph, "link"));
        read.sort_unstable();
        assert_eq!(read, [object, "output of root//app:gen (cfg//p:linux#0123) (write)"]);
        assert_eq!(inputs(graph, action(graph, "cxx_compile")).len(), 1);
        let object = graph.artifact_ids().find(|&a| graph.path(a) == object).unwrap();
        assert_eq!(graph.producer(object), Some(action(graph, "cxx_compile")));
        assert!(import.warnings.iter().all(|w| !w.remedy.contains("aquery")), "edges are there");
    }
}

#[test]
fn what_ran_and_aquery_in_json_join_the_actions_of_a_log() {
    let identity = format!("root//app:lib ({CFG}) (cxx_compile a.cpp (pic))");
    let digest = format!("{}:140", hex('a'));
    let text = format!(
        "build\t{identity}\tcache_query\t{digest}\nbuild\t{identity}\tre(os=linux)\t{digest}\n\
         test.run\troot//app:t\tlocal\tenv -- x\n"
    );
    let json = format!(
        r#"{{"reason":"build","identity":"{identity}","reproducer":{{"executor":"Cache",
        "details":{{"digest":"{digest}"}}}},"duration":"0.1s"}}"#
    );
    let query = format!(
        r#"{{"root//app:lib ({CFG})":{{}},"(target: `root//app:lib ({CFG})`, id: `0`)":
        {{"kind":"run","category":"cxx_compile","identifier":"a.cpp (pic)","cmd":"[]"}}}}"#
    );
    let log = log_proto();
    for (name, format, file, counts) in [
        ("text", "buck2_what_ran", text, [("commands", 3), ("actions", 1), ("tests", 1)]),
        ("json", "buck2_what_ran", json, [("commands", 1), ("actions", 1), ("cache_hits", 1)]),
        ("query", "buck2_aquery_json", query, [("actions", 1), ("targets", 1), ("actions", 1)]),
    ] {
        let import = read(&[(name, file.as_bytes()), ("log", &log)]);
        let card = &import.files[0];
        assert_eq!((card.format.name(), &card.error), (format, &None));
        for (kind, n) in counts {
            assert_eq!(count(card, kind), Some(n), "{name}: {kind}");
        }
        assert_eq!(import.graph.n_actions(), 3, "{name}: joined");
        let compile = action(&import.graph, "cxx_compile");
        let key = import.graph.key(compile).expect("a key");
        assert_eq!(import.graph.blobs().digest(key).hex(), hex('a'));
    }
}

#[test]
fn failures_and_lost_blobs_are_told_with_their_place() {
    let lost = "Your build requires materializing an artifact that has expired in the RE CAS";
    let failed = event(51, &[ACTIONS[2].key_proto(), n(4, 3), n(6, 1), t(7, lost)]);
    let materialization = event(69, &[t(3, "buck-out/v2/gen/x"), n(5, 0), t(6, lost)]);
    let result = m(2, &[m(1, &[t(3, "\u{1b}[31mfailed\u{1b}[0m to build")])]);
    let first = delimited(&[invocation()]);
    let bytes = [first.clone(), delimited(&[failed, materialization, result])].concat();
    let import = read(&[("log", &bytes)]);
    let card = &import.files[0];
    assert_eq!((count(card, "failed"), count(card, "not_materialized")), (Some(1), Some(1)));
    assert_eq!(count(card, "command_succeeded"), Some(0));
    assert_eq!(card.warnings.len(), 3, "{:?}", card.warnings);
    assert_eq!(card.warnings[0].place, Place::Offset(first.len() as u64));
    assert!(card.warnings[0].what.contains("expired in the RE CAS"));
    assert!(card.warnings[1].what.starts_with("buck-out/v2/gen/x could not be"));
    assert!(card.warnings[2].what.ends_with("failed to build"), "{}", card.warnings[2].what);
}

/// Every shorter file, and files with a bit flipped at each place.
#[test]
fn damage_anywhere_is_told_and_never_panics() {
    let whole = [log_proto(), log_json().into_bytes(), dot().into_bytes()];
    for bytes in whole {
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            for damaged in [flipped, bytes[..at].to_vec()] {
                let import = read(&[("x", &damaged)]);
                let card = &import.files[0];
                for warning in card.warnings.iter().chain(&card.error) {
                    assert!(!warning.what.is_empty() && !warning.remedy.is_empty());
                }
                assert!(card.error.is_some() || !card.counts.is_empty(), "at {at}");
            }
        }
        let cut = &bytes[..bytes.len() - 3];
        let card = &read(&[("x", cut)]).files[0];
        assert!(!card.warnings.is_empty() || card.format.name() == "dot", "a cut tail is told");
    }
}
