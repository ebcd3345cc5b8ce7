//! The execution graph log. Synthetic: three actions of which the third waits for the others and
//! is tried twice, and one that was a cache hit.

use rewindow::model::{ActionKind, Graph};

use super::wire::{delimited, m, n, t, zstd};
use super::{read, read_all, sample};

/// A node. `runner` is empty for an action that spawned nothing.
struct Node {
    index: u64,
    description: &'static str,
    label: &'static str,
    mnemonic: &'static str,
    runner: &'static str,
    ms: u64,
    waits_for: &'static [u64],
    retry_of: Option<u64>,
}

const NODES: [Node; 5] = [
    Node {
        index: 0,
        description: "action 'Writing file a.params'",
        label: "//:a",
        mnemonic: "FileWrite",
        runner: "",
        ms: 1,
        waits_for: &[],
        retry_of: None,
    },
    Node {
        index: 1,
        description: "action 'Executing genrule //:a'",
        label: "//:a",
        mnemonic: "Genrule",
        runner: "linux-sandbox",
        ms: 250,
        waits_for: &[0],
        retry_of: None,
    },
    Node {
        index: 2,
        description: "action 'Executing genrule //:b'",
        label: "//:b",
        mnemonic: "Genrule",
        runner: "remote cache hit",
        ms: 9,
        waits_for: &[],
        retry_of: None,
    },
    Node {
        index: 3,
        description: "action 'Testing //:t'",
        label: "//:t",
        mnemonic: "TestRunner",
        runner: "remote",
        ms: 40,
        waits_for: &[1, 2],
        retry_of: None,
    },
    Node {
        index: 4,
        description: "action 'Testing //:t'",
        label: "//:t",
        mnemonic: "TestRunner",
        runner: "remote",
        ms: 70,
        waits_for: &[1, 2],
        retry_of: Some(3),
    },
];

impl Node {
    fn proto(&self, with_edges: bool) -> Vec<u8> {
        let mut fields = vec![t(1, self.description), t(3, self.label), t(4, self.mnemonic)];
        if with_edges {
            fields.insert(1, n(2, self.index));
            let packed = self.waits_for.iter().map(|&index| super::wire::varint(index));
            fields.push(m(6, &packed.collect::<Vec<_>>()));
            fields.extend(self.retry_of.map(|index| n(9, index)));
        }
        fields.push(m(5, &[n(1, 1_700_000_000_000), n(2, self.ms + 5), n(7, self.ms)]));
        fields.push(t(10, "genrule"));
        if !self.runner.is_empty() {
            fields.push(t(7, self.runner));
        }
        fields.concat()
    }
}

pub fn log() -> Vec<u8> {
    delimited(&NODES.iter().map(|node| node.proto(true)).collect::<Vec<_>>())
}

fn waits(graph: &Graph) -> Vec<(String, Vec<String>)> {
    let name = |a| format!("{} {}", graph.label(a), graph.mnemonic(a));
    let mut all: Vec<(String, Vec<String>)> = graph
        .action_ids()
        .map(|action| {
            let producers = graph.inputs(action).iter().filter_map(|&i| graph.producer(i));
            let mut reads: Vec<String> = producers.map(name).collect();
            reads.sort();
            (name(action), reads)
        })
        .collect();
    all.sort();
    all
}

#[test]
fn alone_it_makes_actions_and_edges_and_tells_durations() {
    for bytes in [log(), zstd(&log())] {
        let import = read(&bytes);
        let (card, graph) = (&import.files[0], &import.graph);
        assert_eq!(card.format.name(), "bazel_execution_graph", "{:?}", card.error);
        assert!(card.warnings.is_empty() && card.wrappers.is_empty(), "{card:?}");
        let of = |name: &str, reads: &[&str]| {
            (name.to_owned(), reads.iter().map(|&r| r.to_owned()).collect::<Vec<_>>())
        };
        let expected = [
            of("//:a FileWrite", &[]),
            of("//:a Genrule", &["//:a FileWrite"]),
            of("//:b Genrule", &[]),
            of("//:t TestRunner", &["//:a Genrule", "//:b Genrule"]),
        ];
        assert_eq!(waits(graph), expected);
        let mut durations: Vec<(&str, Option<u32>)> =
            graph.action_ids().map(|a| (graph.label(a), graph.duration_ms(a))).collect();
        durations.sort_unstable();
        // A cache hit took no time to execute, and of two attempts the last counts.
        let expected = [("//:a", None), ("//:a", Some(250)), ("//:b", None), ("//:t", Some(70))];
        assert_eq!(durations, expected);
        let internal = graph.action_ids().find(|&a| graph.mnemonic(a) == "FileWrite").unwrap();
        assert_eq!(graph.action_kind(internal), ActionKind::Internal);
    }
}

#[test]
fn without_dependencies_it_says_how_to_have_them() {
    let nodes: Vec<_> = NODES[..3].iter().map(|node| node.proto(false)).collect();
    let import = read(&delimited(&nodes));
    assert_eq!(import.graph.n_actions(), 3);
    assert_eq!(import.graph.n_edges(), 0);
    let warnings = &import.files[0].warnings;
    assert!(warnings[0].remedy.contains("dep_type=all"), "{warnings:?}");
}

#[test]
fn beside_a_log_it_adds_durations_and_no_actions() {
    let log_of_build = sample("gist-bazel4.2.3/cold.exec.json");
    let alone = read(&log_of_build);
    assert!(alone.graph.action_ids().all(|a| alone.graph.duration_ms(a).is_none()));
    let import = read_all(&[("log", &log_of_build), ("graph", &log())]);
    let graph = &import.graph;
    assert_eq!(graph.n_actions(), 3);
    let a = graph.action_ids().find(|&a| graph.label(a) == "//:a").unwrap();
    assert_eq!(graph.duration_ms(a), Some(250));
}

#[test]
fn damaged_nodes_are_left_out_with_their_offset() {
    let bytes = log();
    let import = read(&bytes[..bytes.len() - 3]);
    let card = &import.files[0];
    assert_eq!(card.counts[0], ("nodes", 4));
    let start = bytes.len() - NODES[4].proto(true).len() - 1;
    assert_eq!(card.warnings[0].place.to_string(), format!("byte {start}"));
}
