//! Reads a plain graph in JSON, the escape hatch for build tools without a reader of their own.
//! The format is described in docs/formats/graphs.md.

use serde::Deserialize;

use super::buck2_event_log::Read;
use super::buck2_names;
use super::card::Place;
use super::graph_nodes::Nodes;
use super::notes::{Meter, Notes, Stop};
use crate::model::{BlobId, BlobsBuilder};

/// Reads one object with nodes and edges.
pub(super) fn read(bytes: &[u8], notes: &mut Notes, meter: &mut Meter) -> Result<Read, Stop> {
    let graph: Graph = match serde_json::from_slice(bytes) {
        Ok(graph) => graph,
        Err(error) => {
            let what = format!("The graph cannot be read: {error}.");
            let remedy = "docs/formats/graphs.md says what is expected.";
            let place = Place::Line(error.line() as u64);
            return Err(Stop::Unusable(Box::new(notes.warning(place, what, remedy))));
        }
    };
    meter.report(0.5)?;
    let mut nodes = Nodes::default();
    for node in graph.nodes {
        add(node, &mut nodes, notes);
    }
    let n_told = nodes.len();
    for edge in &graph.edges {
        let (from, to) = match edge {
            Edge::Pair(from, to) => (from, to),
            Edge::FromTo { from, to } => (from, to),
        };
        nodes.edge(&from.text(), &to.text());
    }
    if n_told > 0 && nodes.len() > n_told {
        let n = nodes.len() - n_told;
        let what = || format!("{n} nodes are ends of edges, but not among the nodes.");
        notes.add("unlisted", Place::Whole, what, "They are added.");
    }
    meter.report(1.0)?;
    nodes.finish(notes)
}

#[derive(Deserialize)]
struct Graph {
    #[serde(default)]
    nodes: Vec<NodeText>,
    #[serde(default, alias = "links")]
    edges: Vec<Edge>,
}

/// The name of a node; some tools number them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Name {
    Text(String),
    Number(u64),
}

impl Name {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NodeText {
    Name(Name),
    Node(Box<Described>),
}

#[derive(Deserialize)]
struct Described {
    id: Name,
    #[serde(default)]
    label: String,
    #[serde(default)]
    mnemonic: String,
    /// `action` or `source`.
    kind: Option<String>,
    #[serde(default)]
    inputs: Vec<ArtifactText>,
    #[serde(default)]
    outputs: Vec<ArtifactText>,
    key: Option<String>,
    duration_ms: Option<u32>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ArtifactText {
    Path(String),
    Content { path: String, digest: Option<String> },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Edge {
    Pair(Name, Name),
    FromTo {
        #[serde(alias = "source")]
        from: Name,
        #[serde(alias = "target")]
        to: Name,
    },
}

fn add(node: NodeText, nodes: &mut Nodes, notes: &mut Notes) {
    let described = match node {
        NodeText::Name(name) => {
            nodes.node(&name.text());
            return;
        }
        NodeText::Node(described) => described,
    };
    let mut artifacts = |all: Vec<ArtifactText>| {
        let with_blob = |artifact| match artifact {
            ArtifactText::Path(path) => (path, None),
            ArtifactText::Content { path, digest } => {
                (path, digest.and_then(|text| blob(&text, &mut nodes.blobs, notes)))
            }
        };
        all.into_iter().map(with_blob).collect::<Vec<_>>()
    };
    let (inputs, outputs) = (artifacts(described.inputs), artifacts(described.outputs));
    let key = described.key.and_then(|text| blob(&text, &mut nodes.blobs, notes));
    let node = nodes.node(&described.id.text());
    node.is_action = match described.kind.as_deref() {
        Some("action") => Some(true),
        Some("source") => Some(false),
        _ => (!described.mnemonic.is_empty() || key.is_some()).then_some(true),
    };
    (node.label, node.category) = (described.label, described.mnemonic);
    (node.inputs, node.outputs) = (inputs, outputs);
    (node.key, node.duration_ms) = (key, described.duration_ms);
}

/// The blob named by `HASH`, `HASH:SIZE` or `HASH/SIZE`.
fn blob(text: &str, blobs: &mut BlobsBuilder, notes: &mut Notes) -> Option<BlobId> {
    let found = buck2_names::digest(&text.replacen('/', ":", 1));
    if found.is_none() {
        let what = || {
            let shown: String = text.chars().take(80).collect();
            format!("'{shown}' is no digest; HASH or HASH:SIZE is expected.")
        };
        notes.add("digest", Place::Whole, what, "The artifact or action is kept without it.");
    }
    let (digest, size) = found?;
    Some(blobs.intern(digest, size))
}
