//! Graphs of nodes and edges without a build tool's own words (DOT, plain JSON), as named facts.
//!
//! An edge leads from what reads to what is read. A node that reads nothing is a source, unless the
//! file says otherwise; any other is an action that writes an artifact of the same name.

use std::collections::HashMap;

use super::buck2_event_log::Read;
use super::buck2_names;
use super::card::Place;
use super::named_facts::{NamedArtifact, NamedBuilder};
use super::notes::{Notes, Stop};
use crate::model::{ActionKind, BlobId, BlobsBuilder};

/// A node, as far as a file tells it.
#[derive(Default, Debug)]
pub(super) struct Node {
    pub name: String,
    /// Target; the name where empty.
    pub label: String,
    pub category: String,
    pub identifier: String,
    pub kind: Option<ActionKind>,
    /// Whether the file says that it is an action or a source.
    pub is_action: Option<bool>,
    pub inputs: Vec<(String, Option<BlobId>)>,
    pub outputs: Vec<(String, Option<BlobId>)>,
    pub key: Option<BlobId>,
    pub duration_ms: Option<u32>,
    /// Nodes that it reads.
    reads: Vec<u32>,
}

/// Nodes and edges as they come.
#[derive(Default)]
pub(super) struct Nodes {
    pub blobs: BlobsBuilder,
    nodes: Vec<Node>,
    by_name: HashMap<String, u32>,
    n_edges: u64,
}

impl Nodes {
    /// The node called `id`, new or known.
    pub fn node(&mut self, id: &str) -> &mut Node {
        let index = self.index(id);
        &mut self.nodes[index as usize]
    }

    /// Adds an edge: `from` reads `to`.
    pub fn edge(&mut self, from: &str, to: &str) {
        let (from, to) = (self.index(from), self.index(to));
        self.n_edges += 1;
        self.nodes[from as usize].reads.push(to);
    }

    /// How many nodes there are so far.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    fn index(&mut self, id: &str) -> u32 {
        if let Some(&index) = self.by_name.get(id) {
            return index;
        }
        let index = self.nodes.len() as u32;
        self.nodes.push(Node { name: id.to_owned(), ..Node::default() });
        self.by_name.insert(id.to_owned(), index);
        index
    }

    /// The facts; an error if there is no action among the nodes.
    pub fn finish(self, notes: &mut Notes) -> Result<Read, Stop> {
        let (n_nodes, n_edges) = (self.nodes.len() as u64, self.n_edges);
        let is_buck = self.nodes.iter().any(|node| buck2_names::of_query(&node.name).is_some());
        let facts = if is_buck { self.buck2_actions() } else { self.plain_actions() };
        if facts.actions.is_empty() {
            let what = format!("Its {n_nodes} nodes and {n_edges} edges make no action.");
            let remedy = "An edge has to lead from an action to what it reads.";
            return Err(Stop::Unusable(Box::new(notes.warning(Place::Whole, what, remedy))));
        }
        let n_actions = facts.actions.len() as u64;
        let counts = vec![("nodes", n_nodes), ("edges", n_edges), ("actions", n_actions)];
        Ok((facts.finish(true), counts))
    }

    /// Nodes named as a query of Buck2 names actions; the others are targets.
    fn buck2_actions(self) -> NamedBuilder {
        let mut named = NamedBuilder::with_blobs(self.blobs);
        let mut indices = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let Some((holder, index)) = buck2_names::of_query(&node.name) else {
                indices.push(None);
                continue;
            };
            let index = named.action(&format!("{holder}_{index}"));
            indices.push(Some(index as u32));
            let texts = &mut named.texts;
            let action = &mut named.actions[index];
            action.owner = texts.intern(holder);
            action.category = texts.intern(&node.category);
            action.identifier = texts.intern(&node.identifier);
            action.kind = node.kind;
        }
        for (node, index) in self.nodes.iter().zip(&indices) {
            let Some(index) = *index else { continue };
            let reads = node.reads.iter().filter_map(|&read| indices[read as usize]);
            named.actions[index as usize].depends_on.extend(reads);
        }
        named
    }

    fn plain_actions(self) -> NamedBuilder {
        let mut named = NamedBuilder::with_blobs(self.blobs);
        let is_action = |node: &Node| {
            let tells = !node.reads.is_empty() || !node.inputs.is_empty();
            node.is_action.unwrap_or(tells || !node.outputs.is_empty())
        };
        for node in self.nodes.iter().filter(|node| is_action(node)) {
            let index = named.action(&node.name);
            let texts = &mut named.texts;
            let mut inputs = Vec::new();
            let mut outputs = Vec::new();
            let mut read = |path: &str, blob| {
                inputs.push(NamedArtifact { path: texts.intern(path), blob });
            };
            node.inputs.iter().for_each(|(path, blob)| read(path, *blob));
            for &dependency in &node.reads {
                let dependency = &self.nodes[dependency as usize];
                match dependency.outputs.as_slice() {
                    [] => read(&dependency.name, None),
                    all => all.iter().for_each(|(path, blob)| read(path, *blob)),
                }
            }
            for (path, blob) in &node.outputs {
                outputs.push(NamedArtifact { path: texts.intern(path), blob: *blob });
            }
            if outputs.is_empty() {
                outputs.push(NamedArtifact { path: texts.intern(&node.name), blob: None });
            }
            let label = if node.label.is_empty() { &node.name } else { &node.label };
            let action = &mut named.actions[index];
            action.owner = texts.intern(label);
            action.category = texts.intern(&node.category);
            action.identifier = texts.intern(&node.identifier);
            action.kind = node.kind;
            (action.inputs, action.outputs) = (inputs, outputs);
            (action.key, action.duration_ms) = (node.key, node.duration_ms);
        }
        named
    }
}
